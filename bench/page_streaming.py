"""What a streaming answer costs the main thread: our page, and the usual way, before the same server and the same answer."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
from playwright import sync_api
from playwright.sync_api import Browser, Page, Route

from bench.page_answer import Writer, markdown_tokens, writer
from bench.page_chromium import LOOK_EVERY_MS, Frame, percentile, traced, visitor
from examples.client import units
from tests.server import Server

TENTHS = 10
LATE_MS = 30_000  # behind the server, when a page is given up: the usual way falls minutes behind on a slow machine
BURSTS = 5  # answers at full speed: one alone is over in some frames
MARKED = Path(__file__).parent / "marked.esm.js"  # all of it: the page itself has only a part of its lexer

# As tutorials have it: all of the text is parsed again for each token. What it lacks of our page (rows, roles, a policy,
# a sanitiser) makes it cheaper; it follows the end once per frame only, where most do so for each token.
USUAL = """<!doctype html><html lang="en"><meta charset="utf-8"><title>The usual way</title>
<link rel="stylesheet" href="/static/style.css">
<style>body { display: block } #scroller { height: 100vh; overflow-y: auto }</style>
<div id="scroller"><ol id="transcript"><li class="row message assistant"><div class="body"></div></li></ol></div>
<script type="module">
  import { marked } from './marked.esm.js';
  const body = document.querySelector('.body'), scroller = document.querySelector('#scroller');
  const socket = new WebSocket(location.href.replace('http', 'ws').replace('/usual/', '/ws/'));
  let text = '', chunks = 0;
  const follow = () => { scroller.scrollTop = scroller.scrollHeight; };
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type === 'welcome') document.body.dataset.line = 'open';
    if (frame.type === 'start') text = '';
    if (frame.type === 'end') document.querySelector('.message').classList.add('complete');
    if (frame.type !== 'chunk') return;
    text += frame.content;
    if (++chunks % 100 === 0) console.debug(text.length);
    body.innerHTML = marked.parse(text);
    requestAnimationFrame(follow);
  };
</script></html>"""


@dataclass(frozen=True)
class Answer:
    """Who writes it (the offline assistant its numbers, or a provider Markdown), and how fast; 0: as fast as it goes."""

    title: str
    markdown: bool
    per_second: int
    times: int = 1


@dataclass(frozen=True)
class Streamed:
    """All frames of a page while an answer came, of `times` such answers."""

    answer: Answer
    page: str
    slowdown: float
    frames: list[Frame]
    drawn: float = 1  # of the answer, when it was given up

    def cells(self) -> dict[str, float]:
        costs = [frame.milliseconds for frame in self.frames]
        return {
            "frames": len(costs),
            "p50 ms": percentile(costs, 0.5),
            "p95 ms": percentile(costs, 0.95),
            "first tenth p50 ms": median(self.tenth(0)),
            "last tenth p50 ms": median(self.tenth(TENTHS - 1)),
            "longest step ms": max(frame.step for frame in self.frames),
            "p95 ms by the clock": percentile([frame.waited for frame in self.frames], 0.95),
            "drawn %": self.drawn * 100,
            "in all ms": sum(costs) / self.answer.times,
        }

    def tenth(self, number: int) -> list[float]:
        """What each frame cost in one tenth of the answer; of a burst there may be none, which costs nothing."""
        return [f.milliseconds for f in self.frames if min(int(f.share * TENTHS), TENTHS - 1) == number] or [0.0]


ANSWERS = (
    Answer("numbers, at once", markdown=False, per_second=0, times=BURSTS),
    Answer("Markdown, at once", markdown=True, per_second=0, times=BURSTS),
    Answer("Markdown, 200/s", markdown=True, per_second=200),
)
PAGES = ("PocketRoom", "the usual way")


def measure(browser: Browser, tokens: int, slowdowns: tuple[float, ...]) -> Iterator[Streamed]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        provider = stack.enter_context(writer())
        offline = start(stack, folder / "offline")
        modelled = start(stack, folder / "modelled", LLM="openai:test", OPENAI_BASE_URL=provider.url, OPENAI_API_KEY="none")
        for answer in ANSWERS:
            for slowdown in slowdowns:
                for page in PAGES:
                    server = modelled if answer.markdown else offline
                    yield watch(browser, server, provider, answer, page, slowdown, tokens)


def start(stack: ExitStack, folder: Path, **settings: str) -> Server:
    folder.mkdir()
    server = Server(folder, None, SPEAKS="always", **settings)
    server.start()
    stack.callback(server.stop)
    return server


def watch(browser: Browser, server: Server, provider: Writer, answer: Answer, name: str, slowdown: float, tokens: int) -> Streamed:
    frames, drawn = list[Frame](), 1.0
    for time in range(answer.times):
        room = f"{name.split()[-1].lower()}-{answer.per_second}-{slowdown:g}-{time}"
        with visitor(browser, slowdown) as page:
            enter(page, server, name, room)
            with traced(browser, page) as seen:
                if answer.markdown:
                    provider.writes(markdown_tokens(tokens), answer.per_second)
                drawn = ask_and_see(page, server, room, answer, tokens)
            frames += [replace(frame, share=frame.share * drawn) for frame in seen]
    return Streamed(answer, name, slowdown, frames, drawn)


def ask_and_see(page: Page, server: Server, room: str, answer: Answer, tokens: int) -> float:
    """Who asks has no browser, so that only the answer is measured. Returns how much of it the page drew until it was given up."""
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    url = f"{server.url}/api/rooms/{room}/messages"
    httpx2.post(url, json={"content": f"Pocket, tell me all. !tokens={tokens} !rate={answer.per_second}"}).raise_for_status()
    said: dict[str, Any] = {"status": "streaming"}
    while said["status"] == "streaming" or said["author"]["kind"] != "assistant":
        page.wait_for_timeout(LOOK_EVERY_MS)
        said = httpx2.get(url).json()["messages"][-1]
    try:
        page.wait_for_selector(".message.assistant.complete", state="attached", timeout=LATE_MS)
    except sync_api.TimeoutError:
        return int(told[-1]) / units(said["content"])
    return 1.0


def enter(page: Page, server: Server, name: str, room: str) -> None:
    page.route("**/usual/*", serve_usual)  # from our own address, which the server's check of Origin asks for
    page.goto(f"{server.url}/{'r' if name == PAGES[0] else 'usual'}/{room}")
    page.wait_for_selector("body[data-line=open]", state="attached")


def serve_usual(route: Route) -> None:
    if route.request.url.endswith(MARKED.name):
        route.fulfill(content_type="text/javascript", path=MARKED)
    else:
        route.fulfill(content_type="text/html", body=USUAL)


def ratios(results: list[Streamed]) -> Iterator[tuple[str, float]]:
    """How many times more main thread the usual way took, for each answer."""
    for ours in results:
        for usual in results:
            same = (ours.answer, ours.slowdown) == (usual.answer, usual.slowdown)
            if same and (ours.page, usual.page) == PAGES:
                title = f"{ours.answer.title}, {ours.slowdown:g}x"
                yield title, usual.cells()["in all ms"] / ours.cells()["in all ms"]
