"""A long room, scrolled from its end to its beginning: what stands in the document, and whether anything stalls."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from playwright.sync_api import Browser, Page
from websockets.asyncio.client import ClientConnection, connect

from bench.page_chromium import devtools, visitor
from bench.page_crowd import SAYINGS
from tests.server import Server

PEOPLE = 5
IN_FLIGHT = 500  # messages sent and not heard yet, so that nobody falls behind
WHEEL = -1_500  # pixels of one step, a hard swipe
STUCK_SECONDS = 30
WIDE, HIGH = 1280, 800

# The most messages that any frame had in the document, and the tasks that took more than 50 ms.
WATCH_NODES = """() => {
  window.most = 0; window.steps = [];
  const rows = document.getElementById('transcript').getElementsByClassName('message');
  const look = () => { most = Math.max(most, rows.length); requestAnimationFrame(look); };
  look();
  new PerformanceObserver((list) => steps.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' });
}"""


@dataclass(frozen=True)
class Scrolled:
    slowdown: float
    messages: int
    not_reached: int  # messages, the oldest ones
    wheel_steps: int
    seconds: float
    most_nodes: int
    steps: list[float]
    heap_mib: float

    def cells(self) -> dict[str, float]:
        return {
            "messages": self.messages,
            "messages not reached": self.not_reached,
            "most message nodes": self.most_nodes,
            "steps > 50 ms": len(self.steps),
            "longest step ms": max(self.steps, default=0),
            "heap MiB": self.heap_mib,
            "wheel steps": self.wheel_steps,
            "seconds": self.seconds,
        }


def measure(browser: Browser, messages: int, slowdowns: tuple[float, ...]) -> Iterator[Scrolled]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), SPEAKS="never")
        server.start()
        try:
            with ThreadPoolExecutor() as threads:  # in this one Playwright has a loop of its own
                threads.submit(asyncio.run, fill(server, messages)).result()
            for slowdown in slowdowns:
                yield scroll(browser, server, messages, slowdown)
        finally:
            server.stop()


async def fill(server: Server, messages: int) -> None:
    url = f"{server.url.replace('http', 'ws')}/ws/archive"
    lines = [await connect(f"{url}?name=Member{n}", compression=None, ping_interval=None, proxy=None, max_queue=None) for n in range(PEOPLE)]
    heard = asyncio.Semaphore(IN_FLIGHT)
    readers = [asyncio.create_task(hear(line, heard if line is lines[0] else None, messages)) for line in lines]
    for number in range(1, messages + 1):
        await heard.acquire()
        speaker = number // 3 % PEOPLE
        await lines[speaker].send(json.dumps({"type": "message", "content": f"{number}: {SAYINGS[number % len(SAYINGS)]}"}))
    await readers[0]
    await asyncio.gather(*(line.close() for line in lines), *readers)


async def hear(line: ClientConnection, heard: asyncio.Semaphore | None, messages: int) -> None:
    """Reads what is said; with `heard`, until all has been said."""
    async for text in line:
        if heard is None:
            continue
        frame = json.loads(text)
        said = [frame] if frame["type"] == "message" else frame["messages"] if frame["type"] == "welcome" and frame["resumed"] else []
        for _ in said:
            heard.release()
        if said and said[-1]["content"].startswith(f"{messages}: "):
            return


def scroll(browser: Browser, server: Server, messages: int, slowdown: float) -> Scrolled:
    with visitor(browser, slowdown, viewport={"width": WIDE, "height": HIGH}) as page:
        page.goto(f"{server.url}/r/archive")
        page.wait_for_selector("body[data-line=open]", state="attached")
        page.wait_for_selector(".message")
        page.evaluate(WATCH_NODES)
        page.mouse.move(WIDE / 2, HIGH / 2)
        begun = monotonic()
        oldest, wheel_steps = to_the_beginning(page)
        seconds = monotonic() - begun
        tools = devtools(page)
        tools.send("HeapProfiler.collectGarbage")
        heap = tools.send("Runtime.getHeapUsage")["usedSize"] / 2**20
        return Scrolled(slowdown, messages, oldest - 1, wheel_steps, seconds, page.evaluate("most"), page.evaluate("steps"), heap)


def to_the_beginning(page: Page) -> tuple[int, int]:
    """Wheels up until the first message is in sight, or nothing moves any more; the oldest one's number, and the steps."""
    steps, oldest, moved_at, last = 0, 0, monotonic(), (0, 0.0)
    while monotonic() - moved_at < STUCK_SECONDS:
        page.mouse.wheel(0, WHEEL)
        steps += 1
        oldest, top = page.evaluate("[parseInt(document.querySelector('.message .body').textContent), document.getElementById('scroller').scrollTop]")
        if oldest == 1 and top == 0:
            break
        if (oldest, top) != last:
            last, moved_at = (oldest, top), monotonic()
    return oldest, steps
