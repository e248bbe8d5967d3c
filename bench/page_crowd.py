"""Whether one can type while a crowd talks: members without a browser, and somebody at a keyboard in one."""

import asyncio
import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from playwright.sync_api import Browser, Page
from websockets.asyncio.client import ClientConnection, connect

from bench.page_chromium import percentile, visitor, wait_until
from tests.server import Server

MEMBERS = 100
PER_SECOND = 50  # messages, of all together
KEY_EVERY_MS = 200
WARM_UP_MS = 1_000
SAYINGS = (
    "Did you see that?", "I would rather *wait* for the others.", "ok", "It is in `room.py`, below the imports, if I remember it right.",
    "Here: https://example.org/a/long/way/down and then left.", "No.\nYes.\nBoth, I think, and I can tell you why: it was late.",
)  # fmt: skip

# When a key was pressed, by its event; when its handlers ran; when what they did had been painted; steps over 50 ms.
WATCH_KEYS = """() => {
  window.keys = []; window.steps = [];
  const after = new MessageChannel(), waiting = [];
  after.port1.onmessage = () => { const key = waiting.shift(); key.painted = performance.now() - key.at; };
  document.addEventListener('keydown', ({ timeStamp }) => {
    const key = { at: timeStamp, handled: performance.now() - timeStamp };
    keys.push(key);
    requestAnimationFrame(() => { waiting.push(key); after.port2.postMessage(null); });
  }, true);
  new PerformanceObserver((list) => steps.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' });
}"""


@dataclass(frozen=True)
class Typed:
    """Milliseconds from each key to its handlers and to the next paint; the longest tasks; how much was said meanwhile."""

    slowdown: float
    handled: list[float]
    painted: list[float]
    steps: list[float]
    said_per_second: float

    def cells(self) -> dict[str, float]:
        return {
            "keys": len(self.handled),
            "input delay p50 ms": percentile(self.handled, 0.5),
            "input delay p95 ms": percentile(self.handled, 0.95),
            "to paint p95 ms": percentile(self.painted, 0.95),
            "steps > 50 ms": len(self.steps),
            "longest step ms": max(self.steps, default=0),
            "messages/s": self.said_per_second,
        }


def measure(browser: Browser, seconds: float, slowdowns: tuple[float, ...]) -> Iterator[Typed]:
    for slowdown in slowdowns:
        with tempfile.TemporaryDirectory() as folder:
            server = Server(Path(folder), SPEAKS="never")
            server.start()
            try:
                yield type_in_a_crowd(browser, server, seconds, slowdown)
            finally:
                server.stop()


def type_in_a_crowd(browser: Browser, server: Server, seconds: float, slowdown: float) -> Typed:
    with visitor(browser, slowdown) as page, talking(server) as crowd:
        page.goto(f"{server.url}/r/square")
        wait_until(page, "document.body.dataset.line === 'open' && document.querySelectorAll('.message').length > 50")
        page.wait_for_timeout(WARM_UP_MS)
        page.evaluate(WATCH_KEYS)
        begun, said = monotonic(), crowd.said
        type_for(page, seconds)
        rate = (crowd.said - said) / (monotonic() - begun)
        page.wait_for_timeout(WARM_UP_MS)
        keys = page.evaluate("keys")
        handled, painted = [[key[moment] for key in keys if moment in key] for moment in ("handled", "painted")]
        return Typed(slowdown, handled, painted, page.evaluate("steps"), rate)


def type_for(page: Page, seconds: float) -> None:
    page.locator("#text").focus()
    begun = monotonic()
    for count, letter in enumerate("so many words " * (int(seconds * 1000) // (KEY_EVERY_MS * 14) + 1)):
        ahead = begun + count * KEY_EVERY_MS / 1000 - monotonic()
        if ahead + monotonic() - begun >= seconds:
            return
        page.wait_for_timeout(max(0, ahead * 1000))
        page.keyboard.press("Space" if letter == " " else letter)


# ---- the crowd -----------------------------------------------------------------------------------


class Crowd:
    """`said` is how many messages they have said so far."""

    def __init__(self, url: str) -> None:
        self.url, self.said = url, 0
        self.over = asyncio.Event()
        self.loop = asyncio.new_event_loop()
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            self.loop.run_until_complete(self.talk())
        except BaseException as error:
            self.failed = error
        finally:
            self.loop.close()

    async def talk(self) -> None:
        lines = [await self.enter(number) for number in range(MEMBERS)]
        readers = [asyncio.create_task(read(line)) for line in lines]
        begun = monotonic()
        while not self.over.is_set():
            await lines[self.said % MEMBERS].send(saying(self.said))
            self.said += 1
            await asyncio.sleep(max(0.0, begun + self.said / PER_SECOND - monotonic()))
        await asyncio.gather(*(line.close() for line in lines), *readers)

    async def enter(self, number: int) -> ClientConnection:
        return await connect(f"{self.url}?name=Member{number}", compression=None, ping_interval=None, proxy=None)


def saying(number: int) -> str:
    return json.dumps({"type": "message", "content": f"{number}: {SAYINGS[number % len(SAYINGS)]}"})


async def read(line: ClientConnection) -> None:
    async for _ in line:
        pass


@contextmanager
def talking(server: Server) -> Iterator[Crowd]:
    crowd = Crowd(f"{server.url.replace('http', 'ws')}/ws/square")
    thread = threading.Thread(target=crowd.run)
    thread.start()
    try:
        yield crowd
    finally:
        crowd.loop.call_soon_threadsafe(crowd.over.set)
        thread.join()
    if crowd.failed:
        raise crowd.failed
