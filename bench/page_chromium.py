"""A Chromium to measure the page in: a slower machine on request, and from a trace what each frame cost its main thread."""

import json
import shutil
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

PATIENCE_MS = 60_000  # for what a slowed page may take
LOOK_EVERY_MS = 250
CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
AFTERMATH_US = 200_000  # after the last bytes: what they cause is drawn by then, and what comes later has other causes
NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without the second, a page that the benchmark itself serves may not open a WebSocket to this machine.
FLAGS = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"]


@dataclass(frozen=True)
class Frame:
    """One frame and the main thread's work since the frame before: all of it, and its longest task.

    That is CPU time of this thread, which does not count what else the machine has to do; `waited` is how long those tasks
    lasted by the clock. `share` of all bytes that came over the WebSocket had come when it was drawn.
    """

    share: float
    milliseconds: float
    step: float
    waited: float


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Without a display and without pages; ends with everything in it."""
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, NAMES)), None)
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visitor(browser: Browser, slowdown: float = 1, **options: Any) -> Iterator[Page]:
    """A page of somebody who was never here, as on a machine so many times slower."""
    context = browser.new_context(**options)
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        devtools(page).send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        yield page
    finally:
        context.close()


def wait_until(page: Page, is_so: str) -> None:
    """Until the JavaScript expression is true. Looked at seldom, as looking costs the page time, and not in every frame."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(is_so):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so after {PATIENCE_MS // 1000} s: {is_so}")
        page.wait_for_timeout(LOOK_EVERY_MS)


def devtools(page: Page) -> CDPSession:
    return page.context.new_cdp_session(page)


@contextmanager
def traced(browser: Browser, page: Page) -> Iterator[list[Frame]]:
    """Fills the list that it yields with the frames that were drawn meanwhile."""
    frames: list[Frame] = []
    browser.start_tracing(page=page, categories=CATEGORIES)
    yield frames
    frames.extend(frames_of(json.loads(browser.stop_tracing())["traceEvents"]))


def frames_of(events: Sequence[dict[str, Any]]) -> list[Frame]:
    """The frames while a page got something over its WebSocket, from the events of Chromium's tracing."""
    came = sorted((event for event in events if event["name"] == "WebSocketReceive"), key=lambda event: event["ts"])
    if not came:
        return []
    main = (came[0]["pid"], came[0]["tid"])
    here = [event for event in events if (event["pid"], event["tid"]) == main]
    begin, end = came[0]["ts"], came[-1]["ts"] + AFTERMATH_US
    tasks = sorted((e["ts"], e["tdur"], e["dur"]) for e in here if e["name"] == "RunTask" and e["ph"] == "X" and e["ts"] + e["dur"] > begin)
    drawn = sorted(e["ts"] for e in here if e["name"] == "AnimationFrame" and e["ph"] == "e" and begin < e["ts"] < end)
    return list(between_frames(tasks, drawn, Received(came)))


class Received:
    """Which share of all bytes had come by a time."""

    def __init__(self, events: Sequence[dict[str, Any]]) -> None:
        self.times = [event["ts"] for event in events]
        self.bytes = [0]
        for event in events:
            self.bytes.append(self.bytes[-1] + event["args"]["data"].get("dataLength", 1))

    def by(self, time: float) -> float:
        return self.bytes[bisect_left(self.times, time)] / self.bytes[-1]


def between_frames(tasks: Sequence[tuple[float, float, float]], drawn: Sequence[float], received: Received) -> Iterator[Frame]:
    """Each task belongs to the frame that it draws, or to the next one."""
    at = 0
    for frame in drawn:
        until = bisect_left(tasks, (frame, 0.0, 0.0))
        costs = [cpu / 1000 for _, cpu, _ in tasks[at:until]]
        waited = sum(clock for _, _, clock in tasks[at:until]) / 1000
        at = until
        if costs:
            yield Frame(received.by(frame), sum(costs), max(costs), waited)


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that `share` of all do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)] if ordered else 0.0
