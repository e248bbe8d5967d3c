"""What a first visit costs: bytes on the wire, requests, and the time from the server's first word to a page one can write in."""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

from bench.page_chromium import PATIENCE_MS, devtools
from tests.server import QUICK, ROOT

USABLE = "body[data-line=open] #text"


@dataclass
class Wire:
    """What a page sent for and got, by the kind of its files; what came over WebSockets is apart."""

    bytes: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    elsewhere: int = 0  # requests to another host
    frames: int = 0  # bytes of text in WebSocket frames


@dataclass(frozen=True)
class Visit:
    slowdown: float
    seconds: float
    first: Wire
    second: Wire

    def cells(self) -> dict[str, float]:
        return {
            "seconds until usable": self.seconds,
            "first visit KB": self.first.bytes.total() / 1000,
            **{kind: size / 1000 for kind, size in sorted(self.first.bytes.items())},
            "requests": self.first.requests,
            "elsewhere": self.first.elsewhere,
            "frames KB": self.first.frames / 1000,
            "second visit KB": self.second.bytes.total() / 1000,
        }


def measure(browser: Browser, slowdowns: tuple[float, ...]) -> Iterator[Visit]:
    for slowdown in slowdowns:
        yield visit(browser, slowdown)


def visit(browser: Browser, slowdown: float) -> Visit:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    first, second = Wire(), Wire()
    try:
        page = listened(context, first, slowdown)
        with opened() as (url, begun):
            page.goto(url, wait_until="commit")
            page.wait_for_selector(USABLE)
            seconds = monotonic() - begun
            page.wait_for_load_state("networkidle")
            page.close()
            page = listened(context, second, slowdown)
            page.goto(url)
            page.wait_for_selector(USABLE)
            page.wait_for_load_state("networkidle")
    finally:
        context.close()
    return Visit(slowdown, seconds, first, second)


@contextmanager
def opened() -> Iterator[tuple[str, float]]:
    """`python main.py`: its address, and when it said that it is open."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | QUICK | {"PORT": "0", "DATABASE_URL": f"sqlite:///{Path(folder) / 'room.db'}"}
        command = [sys.executable, "-u", str(ROOT / "main.py")]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    if " is open:" in line:
                        yield line.split()[-1], monotonic()
                        return
                raise RuntimeError("the server did not open")
            finally:
                process.terminate()


def listened(context: BrowserContext, wire: Wire, slowdown: float) -> Page:
    page = context.new_page()
    tools = devtools(page)
    kinds: dict[str, str] = {}

    def sent(event: dict) -> None:
        wire.requests += 1
        host = urlsplit(event["request"]["url"]).hostname
        wire.elsewhere += host not in (None, "127.0.0.1")
        kinds[event["requestId"]] = event.get("type", "Other")

    def got(event: dict) -> None:
        wire.bytes[kinds.get(event["requestId"], "Other")] += int(event["encodedDataLength"])

    def told(event: dict) -> None:
        wire.frames += len(event["response"]["payloadData"].encode())

    tools.on("Network.requestWillBeSent", sent)
    tools.on("Network.loadingFinished", got)
    tools.on("Network.webSocketFrameReceived", told)
    tools.send("Network.enable")
    tools.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    return page
