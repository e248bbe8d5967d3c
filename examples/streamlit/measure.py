"""What each way costs on this machine: python -m measure. Takes a minute; docs/streamlit.md has its table.

A session is measured at the end of Streamlit's own socket: what a browser needs to draw comes on top, for every way alike.
"""

import http.server
import json
import random
import statistics
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from websockets.sync.client import connect

from tests.processes import Process, await_that, free_port, streamlit
from tests.scripted import Scripted
from tests.tab import Tab

BURST = 1_000  # messages at once
SLOT_BURST = 100  # where each takes a run of the script
SINGLE = 40  # messages one by one, at random times
CUTS = 8
WAYS = {
    "dedicated": "`Connection`",
    "dedicated, in a fragment": "`Connection` in a fragment",
    "shared": "`SharedConnection` with a callback",
    "worker": "`start_ws_worker`",
    "dedicated, one slot": "`Connection`, one slot (`last_message`)",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = streamlit("tests/probe.py", Path(folder))
        app.start()
        print("| way | messages/s in a burst | latency, median / p95 | back after a cut, median |\n|---|---|---|---|")
        try:
            measure_plain()
            for way, name in WAYS.items():
                measure_way(app, way, name)
            measure_polling(app)
        finally:
            app.kill()


def measure_plain() -> None:
    """No Streamlit: what the line itself can do."""
    feed, came = Scripted(), {}
    feed.start()
    with connect(feed.address) as line:
        reader = threading.Thread(target=lambda: [came.setdefault(json.loads(text), time.monotonic()) for text in line], daemon=True)
        reader.start()
        feed.awaits(1)
        burst = BURST / burst_of(feed, came, BURST)
        print_row("a WebSocket without Streamlit", burst, latencies(feed, came), None)
    feed.stop()


def measure_way(app: Process, way: str, name: str) -> None:
    feed = Scripted()
    feed.start()
    tab = Tab(app, way=way, address=feed.address, name="ann")
    tab.run()
    feed.awaits(1)
    await_that(lambda: tab.runs > 0)
    count = SLOT_BURST if "slot" in way else BURST
    burst = count / burst_of(feed, tab.came, count)
    print_row(name, burst, latencies(feed, tab.came), [back_after_cut(feed, tab.came) for _ in range(CUTS)])
    tab.close()
    feed.stop()


def measure_polling(app: Process) -> None:
    """A fragment with run_every=1, or any rerun once a second, that asks over HTTP what is new."""
    log: list[int] = []

    class Log(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            after = int(parse_qs(urlparse(self.path).query)["after"][0])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(log[after:]).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Quietly."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Log)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tab = Tab(app, way="polled", address=f"http://127.0.0.1:{server.server_port}/")
    ended = threading.Event()

    def poll() -> None:
        while not ended.wait(1):
            tab.run()

    threading.Thread(target=poll, daemon=True).start()
    feed = Scripted()
    feed.log = log
    burst = BURST / burst_of(feed, tab.came, BURST)
    print_row("HTTP, asked once a second", burst, latencies(feed, tab.came, (0, 1)), None)
    ended.set()
    tab.close()
    server.shutdown()


def burst_of(feed: Scripted, came: dict[int, float], count: int) -> float:
    begun, first = time.monotonic(), len(feed.log)
    feed.say(*range(first, first + count))
    await_that(lambda: len(came) == first + count, lambda: f"{len(came)} of {first + count}", patience=60)
    return max(came.values()) - begun


def latencies(feed: Scripted, came: dict[int, float], apart: tuple[float, float] = (0.1, 0.3)) -> list[float]:
    def latency() -> float:
        time.sleep(random.uniform(*apart))
        number, said = len(feed.log), time.monotonic()
        feed.say(number)
        await_that(lambda: number in came)
        return came[number] - said

    return [latency() for _ in range(SINGLE)]


def back_after_cut(feed: Scripted, came: dict[int, float]) -> float:
    lines, heard = len(feed.paths), len(feed.log)
    feed.say(heard)  # so that the line was good: each that was not makes the next pause longer
    await_that(lambda: heard in came)
    cut = time.monotonic()
    feed.cut()
    await_that(lambda: len(feed.paths) > lines and len(feed.lines) == 1)
    return time.monotonic() - cut


def print_row(name: str, burst: float, latencies: list[float], back: list[float] | None) -> None:
    worst = statistics.quantiles(latencies, n=20)[-1]
    times = f"{1000 * statistics.median(latencies):.0f} / {1000 * worst:.0f} ms"
    again = f"{statistics.median(back):.2f} s" if back else "–"
    print(f"| {name} | {round(burst, -1 if burst > 100 else 0):,.0f} | {times} | {again} |", flush=True)


if __name__ == "__main__":
    main()
