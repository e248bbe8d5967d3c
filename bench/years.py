"""What five years of use come to: 2 million messages in 5,000 rooms, from 20,000 people.

    python -m bench.years                        # about 20 minutes, 6 GB on the disk
    python -m bench.years --messages 100000 --rooms 500 --people 2000

A file of version 2 is filled through SQLite alone, message after message in the order of time, so that each room is strewn over
all of it. Then real servers open it: what bringing it up to date takes, a start, coming into any room; and at last most of it is
removed as too old while somebody talks.
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import accumulate
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import NamedTuple

from pydantic_core import to_json
from websockets.asyncio.client import connect

from bench.servers import OURS, ROOT, free_port, stop, wait_until_listening
from bench.search import Writer
from utils.protocol import Author, Say
from utils.retention import remove_older
from utils.schema import VERSION
from utils.search import words_of
from utils.sqlite_file import BEFORE, open_database
from utils.sqlite_log import SqliteLog, milliseconds

OLD = ROOT / "tests" / "databases" / "version-2.sqlite"
YEARS_MS = 5 * 365 * 24 * 3600 * 1000
HUMAN_TEXTS, ANSWERS = 4_000, 500  # that are different; the rest repeats them
SAID = 80  # characters in what a person says, in the mean
ANSWERED, EDITED, OWNED = 0.2, 0.02, 0.5  # of the messages; of the rooms those with roles of their own
AT_ONCE = 100_000  # rows on their way into the file
TALK_SECONDS = 0.05  # between two things that are said while messages are removed
ROOM_SETTINGS = '{"title":"","instructions":"","speaks":"never","model":""}'
ANN: Author = {"id": "ann", "name": "Ann", "kind": "human"}


class Size(NamedTuple):
    messages: int
    rooms: int
    people: int


def main() -> None:
    parser = argparse.ArgumentParser(description="Start, visit and thin out a house after five years.")
    parser.add_argument("--messages", type=int, default=2_000_000)
    parser.add_argument("--rooms", type=int, default=5_000)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--visits", type=int, default=1_000)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="of talk before anything is removed")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    given = parser.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores")
    size = Size(given.messages, given.rooms, given.people)
    print(f"{size.messages:,} messages in {size.rooms:,} rooms from {size.people:,} people\n")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        path = Path(folder) / "years.db"
        fill(path, size)
        migrate(path)
        add_roles(path, size)
        weigh(path)
        start(path, given.starts)
        visit(path, size, given.visits)
        asyncio.run(thin_out(path, given.seconds))
        weigh(path)


# ---- five years ----------------------------------------------------------------------------------


def fill(path: Path, size: Size, seed: int = 1) -> None:
    """Make a file of version 2, as it is after so long."""
    shutil.copy(OLD, path)
    random = Random(seed)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; BEGIN;")
        for table in ("rooms", "messages", "chunks", "people", "search"):
            db.execute(f"DELETE FROM {table}")
        db.executemany("INSERT INTO people VALUES (?, ?, ?)", ((key, random.randbytes(32), f"Person {key}") for key in range(1, size.people + 1)))
        people = [Author(id=session.hex()[:16], name=name, kind="human") for session, name in db.execute("SELECT session, name FROM people")]
        reached = write_messages(db, size, people, random)
        rooms = ((key, f"room-{key}", f"{random.getrandbits(64):016x}", ROOM_SETTINGS, reached[key]) for key in range(1, size.rooms + 1))
        db.executemany("INSERT INTO rooms (key, name, epoch, settings, indexed) VALUES (?, ?, ?, ?, ?)", rooms)
        db.execute("COMMIT")
    print(f"filled: {path.stat().st_size / 1e6:,.0f} MB of version 2")


def write_messages(db: sqlite3.Connection, size: Size, people: list[Author], random: Random) -> list[int]:
    """Write them, indexed, the first rooms much fuller than the last. Returns the number each room has reached."""
    reached, begun = [0] * (size.rooms + 1), milliseconds() - YEARS_MS
    weights = list(accumulate((n + 1) ** -0.7 for n in range(size.rooms)))
    texts = some_texts(random)
    for start in range(0, size.messages, AT_ONCE):
        count = min(AT_ONCE, size.messages - start)
        rows, words = list[tuple[object, ...]](), list[tuple[int, str]]()
        for n, room in enumerate(random.choices(range(1, size.rooms + 1), cum_weights=weights, k=count), start):
            ts = begun + n * YEARS_MS // size.messages
            row, its_words = message(room, reached, ts, people, texts, random)
            rows.append(row)
            words.append((room << 32 | int(str(row[1])), its_words))
        db.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        db.executemany("INSERT INTO search (rowid, words) VALUES (?, ?)", words)
    return reached


def some_texts(random: Random) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What people say, and what is answered: each with its words."""
    writer = Writer(random.randrange(1000))
    said = [writer.sentence()[: 2 + int(random.expovariate(1 / SAID))] for _ in range(HUMAN_TEXTS)]
    answered = ["\n\n".join(writer.sentence() for _ in range(random.randint(2, 14))) for _ in range(ANSWERS)]
    return [(text, words_of(text)) for text in said], [(text, words_of(text)) for text in answered]


def message(
    room: int, reached: list[int], ts: int, people: list[Author], texts: tuple[list[tuple[str, str]], list[tuple[str, str]]], random: Random
) -> tuple[tuple[object, ...], str]:
    """A row, and what of it is indexed."""
    id = seq = reached[room] = reached[room] + 1
    if random.random() < EDITED:
        seq = reached[room] = reached[room] + 1
    if id > 1 and random.random() < ANSWERED:
        author, key = Author(id="assistant", name="Pocket", kind="assistant"), None
        (text, words), more = random.choice(texts[1]), {"reply_to": id - 1, "usage": {"input": 900, "output": 200}}
    else:
        author, key = random.choice(people), f"{random.getrandbits(96):024x}"
        (text, words), more = random.choice(texts[0]), {"key": key}
    body = {"id": id, "seq": seq, "ts": ts, "author": author, "content": text, "status": "complete", **more}
    return (room, id, seq, "complete", author["id"], key, to_json(body).decode(), None), words


def add_roles(path: Path, size: Size) -> None:
    """Half of the rooms get an owner and some members."""
    random = Random(2)
    with closing(open_database(str(path))) as db:
        people = [id for (id,) in db.execute("SELECT id FROM people")]
        roles = [
            (room, person, "member" if n else "owner")
            for room in range(1, size.rooms + 1) if random.random() < OWNED
            for n, person in enumerate(random.sample(people, min(len(people), random.randint(1, 12))))
        ]  # fmt: skip
        db.executemany("INSERT INTO roles VALUES (?, ?, ?)", roles)
    print(f"roles: {len(roles):,}")


# ---- what it takes -------------------------------------------------------------------------------


def migrate(path: Path) -> None:
    before, begun = path.stat().st_size, time.perf_counter()
    open_database(str(path)).close()
    seconds = time.perf_counter() - begun
    print(f"brought from version 2 to {VERSION}, with a copy of {before / 1e6:,.0f} MB beside it: {seconds:.1f} s")
    os.unlink(f"{path}{BEFORE}")


def weigh(path: Path) -> None:
    """What the file holds."""
    with closing(sqlite3.connect(path)) as db:
        page, pages, free = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count"))
        parts = {"search": 0, "messages": 0}
        for name, size in db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name") if has_dbstat(db) else ():
            parts["search" if name.startswith("search") else "messages"] += size
    told = f"; messages {parts['messages'] / 1e6:,.0f} MB, what finds them {parts['search'] / 1e6:,.0f} MB" if parts["messages"] else ""
    print(f"\nthe file: {page * pages / 1e6:,.0f} MB, of which free {page * free / 1e6:,.0f} MB{told}\n")


def has_dbstat(db: sqlite3.Connection) -> bool:
    return any(option == "ENABLE_DBSTAT_VTAB" for (option,) in db.execute("PRAGMA compile_options"))


@contextmanager
def serving(path: Path) -> Iterator[int]:
    """A real server; its port."""
    port, output = free_port(), path.with_suffix(".out")
    no_limits = {"ROOMS_PER_HOUR": "0", "CONNECTIONS": "0", "ANSWERS_PER_DAY": "0", "SPEAKS": "never"}
    environment = os.environ | OURS.environment | no_limits | {"PORT": str(port), "DATABASE_URL": f"sqlite:///{path}"}
    with output.open("w") as out:
        server = subprocess.Popen(OURS.command, cwd=ROOT, env=environment, stdout=out, stderr=out, text=True)
    try:
        wait_until_listening(server, port, OURS.name, output)
        yield port
    finally:
        stop(server)


def start(path: Path, starts: int) -> None:
    taken, opened = list[float](), list[float]()
    for _ in range(starts):
        begun = time.perf_counter()
        with serving(path):
            taken.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        log = SqliteLog(str(path))
        opened.append(time.perf_counter() - begun)
        log._db.close()
    print(f"a start, until it listens: {median(taken):.2f} s, longest {max(taken):.2f} s; of which the log {median(opened) * 1000:.0f} ms")


def visit(path: Path, size: Size, visits: int) -> None:
    with serving(path) as port:
        taken = asyncio.run(join_rooms(port, size, visits))
    told = f"median {median(taken):.1f} ms, p95 {quantiles(taken, n=20)[-1]:.1f} ms, longest {max(taken):.1f} ms"
    print(f"coming into a room, from the handshake to the welcome, {visits:,} times: {told}")


async def join_rooms(port: int, size: Size, visits: int) -> list[float]:
    """Milliseconds that each took; any room, each by somebody new."""
    random, taken = Random(3), list[float]()
    for room in random.choices(range(1, size.rooms + 1), k=visits):
        begun = time.perf_counter()
        async with connect(f"ws://127.0.0.1:{port}/ws/room-{room}", proxy=None, max_size=None, compression=None) as line:
            welcome = json.loads(await line.recv())
            taken.append((time.perf_counter() - begun) * 1000)
            assert welcome["type"] == "welcome"
    return taken


# ---- what is too old -----------------------------------------------------------------------------


async def thin_out(path: Path, seconds_before: float) -> None:
    """Remove four of the five years, while Ann talks; then have her talk alone."""
    log = SqliteLog(str(path))
    log.start(lambda records: None)
    await log.follow("room-1")
    messages = await log.run(count_messages)
    alone = await talk(log, asyncio.create_task(asyncio.sleep(seconds_before)))
    removing = asyncio.create_task(remove_older(log, milliseconds() - YEARS_MS // 5, lambda removed: None))
    begun = time.perf_counter()
    meanwhile = await talk(log, removing)
    seconds = time.perf_counter() - begun
    left = await log.run(count_messages) - len(alone) - len(meanwhile)
    await log.close()
    print(f"removed {messages - left:,} messages in {seconds:.0f} s: {(messages - left) / seconds:,.0f} a second")
    for name, waits in (("alone", alone), ("meanwhile", meanwhile)):
        print(f"a message that is said {name}: median {median(waits):.1f} ms, p99 {quantiles(waits, n=100)[-1]:.1f} ms, longest {max(waits):.0f} ms")


def count_messages(db: sqlite3.Connection) -> int:
    return db.execute("SELECT count(*) FROM messages").fetchone()[0]


async def talk(log: SqliteLog, until: asyncio.Task[None]) -> list[float]:
    """Milliseconds until each message was saved."""
    taken: list[float] = []
    while not until.done():
        begun = time.perf_counter()
        await log.commit("room-1", ANN, Say(content="Does anybody hear me?"))
        taken.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(TALK_SECONDS)
    await until
    return taken


if __name__ == "__main__":
    main()
