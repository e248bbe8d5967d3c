"""What it takes to search and to export a room of 100,000 messages in many scripts, and what its index costs the writers.

    python -m bench.search                        # about 2 minutes
    python -m bench.search --messages 20000 --queries 50

The room is written through the log, with nothing indexed, as an older version leaves it. Then a real server opens it: the
first search has to index it all, while somebody else says something every few milliseconds. Linux and macOS; memory on Linux.
"""

import argparse
import asyncio
import http.client
import json
import os
import platform
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from random import Random
from statistics import median, quantiles
from urllib.parse import quote

from bench.servers import OURS, ROOT, free_port, stop, wait_until_listening
from utils import sqlite_log
from utils.protocol import Author, Say
from utils.sqlite_log import SqliteLog

ROOM = "bench"
ANN: Author = {"id": "ann", "name": "Ann", "kind": "human"}
IN_FLIGHT = 1_000  # messages on their way into the log
NEVER = 10**9
VOCABULARY = 5_000  # words of each script, the first ones much commoner than the last
LENGTHS = (3, 40)  # words, or characters where there are no words, in one message
TALK_SECONDS = 0.005  # between two messages that are said while the first search indexes
SPACED = ["abcdefghijklmnopqrstuvwxyz", "aäbcdeéfghiklmnoöprsßtuüvwz", "абвгдежзиклмнопрстуфхцчшщыэюя", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
          "कखगघचछजझटडतथदधनपफबभमयरलवशसहािीुूेो", "가나다라마바사아자차카타파하강난당랑망방상앙장창캉탕팡항"]  # fmt: skip
UNSPACED = ["".join(map(chr, range(0x4E00, 0x4E00 + 2_000))), "".join(map(chr, range(0x3042, 0x3094))), "กขคงจชซญดตถทธนบปผพฟภมยรลวศสหอะาิีึืุูเแโใไ่้"]


class Writer:
    """Says sentences of made-up words, each in one of many scripts."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.vocabularies = [[self.word(letters) for _ in range(VOCABULARY)] for letters in SPACED] + [list(letters) for letters in UNSPACED]
        self.weights = [list(accumulate(1 / (n + 1) for n in range(len(words)))) for words in self.vocabularies]

    def word(self, letters: str) -> str:
        return "".join(self.random.choice(letters) for _ in range(self.random.randint(2, 9)))

    def sentence(self) -> str:
        script = self.random.randrange(len(self.vocabularies))
        words = self.random.choices(self.vocabularies[script], cum_weights=self.weights[script], k=self.random.randint(*LENGTHS))
        return (" " if script < len(SPACED) else "").join(words)

    def queries(self) -> dict[str, str]:
        latin, han, thai = self.vocabularies[0], self.vocabularies[len(SPACED)], self.vocabularies[-1]
        return {
            "a word that occurs once": "needle",
            "the commonest word": f'"{latin[0]}"',
            "two common words": f"{latin[0]} {latin[1]}",
            "a phrase": f'"{latin[0]} {latin[1]}"',
            "the beginning of a word, 2 letters": latin[0][:2],
            "the commonest Han character": han[0],
            "two Han characters": han[0] + han[1],
            "four Thai characters": "".join(thai[:4]),
            "nothing": "nowhere to be found",
            "eight beginnings of 2 letters (the worst we know)": " ".join(dict.fromkeys(word[:2] for word in latin[:30])),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description="Search and export a large room.")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=200, help="of each kind")
    parser.add_argument("--data", type=Path, help="a folder on the disk to be measured")
    given = parser.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores, {given.messages:,} messages\n")
    with tempfile.TemporaryDirectory(dir=given.data) as folder:
        path = Path(folder) / "log.db"
        writers(Path(folder), given.messages // 5)
        asyncio.run(write(path, given.messages, index_beyond=NEVER))
        before = path.stat().st_size
        with serving(path) as (server, port):
            first_search(port)
            searches(port, given.queries)
        print(f"\nthe file: {before / 1e6:.0f} MB, with its index {path.stat().st_size / 1e6:.0f} MB\n")
        with serving(path) as (server, port):
            print(f"first search after a start: {timed(lambda: search(port, 'needle')):.1f} ms\n")
            for form in ("jsonl", "md"):
                export(server, port, form)


# ---- writing -------------------------------------------------------------------------------------


def writers(folder: Path, messages: int) -> None:
    """What a flood that never pauses pays for the index, once more waits than may."""
    for pair in range(1, 4):
        rates = {}
        for name, bound in (("never", NEVER), ("all along", 0)):
            rates[name] = messages / asyncio.run(write(folder / f"{name}{pair}.db", messages, index_beyond=bound))
        told = ", ".join(f"indexed {name}: {rate:,.0f}" for name, rate in rates.items())
        print(f"messages/s of a flood, pair {pair}: {told} ({rates['all along'] / rates['never']:.0%})")
    print()


async def write(path: Path, messages: int, index_beyond: int) -> float:
    """Fill a log; returns the seconds. It indexes no sooner than so many changes wait."""
    sqlite_log.MOST_UNINDEXED, sqlite_log.QUIET_SECONDS = index_beyond, NEVER
    writer, log = Writer(1), SqliteLog(str(path))
    texts = [writer.sentence() for _ in range(messages)]
    texts[messages // 3] += " needle"
    log.start(lambda records: None)
    await log.follow(ROOM)
    begun = time.perf_counter()
    for start in range(0, messages, IN_FLIGHT):
        await asyncio.gather(*(log.commit(ROOM, ANN, Say(content=text)) for text in texts[start : start + IN_FLIGHT]))
    seconds = time.perf_counter() - begun
    await log.close()
    return seconds


# ---- reading -------------------------------------------------------------------------------------


@contextmanager
def serving(path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port, output = free_port(), path.with_suffix(".out")
    environment = os.environ | OURS.environment | {"PORT": str(port), "DATABASE_URL": f"sqlite:///{path}"}
    with output.open("w") as out:
        server = subprocess.Popen(OURS.command, cwd=ROOT, env=environment, stdout=out, stderr=out, text=True)
    try:
        wait_until_listening(server, port, OURS.name, output)
        yield server, port
    finally:
        stop(server)


def ask(port: int, path: str, method: str = "GET", body: str | None = None) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request(method, f"/api/rooms/{ROOM}/{path}", body)
    return connection.getresponse()


def search(port: int, query: str) -> list[dict[str, object]]:
    return json.load(ask(port, f"search?q={quote(query)}&limit=20"))["messages"]


def timed(do: object) -> float:
    begun = time.perf_counter()
    do()  # type: ignore[operator]
    return (time.perf_counter() - begun) * 1000


def first_search(port: int) -> None:
    """Of a room of which nothing is indexed, while others talk in it."""
    waits: list[float] = []
    over = threading.Event()

    def talk() -> None:
        while not over.wait(TALK_SECONDS):
            waits.append(timed(lambda: ask(port, "messages", "POST", '{"content": "meanwhile"}').read()))

    talking = threading.Thread(target=talk)
    talking.start()
    milliseconds = timed(lambda: search(port, "needle"))
    over.set()
    talking.join()
    told = f"median {median(waits):.0f} ms, longest {max(waits):.0f} ms"
    print(f"first search, with all of it to be indexed: {milliseconds / 1000:.1f} s; {len(waits)} messages said meanwhile: {told}\n")


def searches(port: int, queries: int) -> None:
    print(f"{'search, over HTTP':<52}{'found':>6}{'median':>9}{'p95':>9}{'max':>9}  ms")
    for kind, query in Writer(1).queries().items():
        found = len(search(port, query))
        taken = [timed(lambda query=query: search(port, query)) for _ in range(queries)]
        print(f"{kind:<52}{found:>6}{median(taken):>9.1f}{quantiles(taken, n=20)[-1]:>9.1f}{max(taken):>9.1f}")


def export(server: subprocess.Popen[str], port: int, form: str) -> None:
    before = memory(server.pid, peak_anew=True)
    size, lines, begun = 0, 0, time.perf_counter()
    answer = ask(port, f"export.{form}")
    while piece := answer.read(1 << 16):
        size, lines = size + len(piece), lines + piece.count(b"\n")
    seconds = time.perf_counter() - begun
    grown = f"{(memory(server.pid) - before) / 1e6:.1f} MB" if before else "not measured"
    print(f"export.{form}: {size / 1e6:.1f} MB, {lines:,} lines in {seconds:.1f} s; memory at most {grown} more than before")


def memory(pid: int, peak_anew: bool = False) -> int:
    """The highest RSS of a process, in bytes; from now on, if so asked. 0 where that cannot be told."""
    try:
        if peak_anew:
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


if __name__ == "__main__":
    main()
