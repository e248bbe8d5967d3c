"""What one attacker can spoil for the others: their latency while they talk, and the server's memory, under each attack.

    python -m bench.siege                                     # all attacks, three times each, about 15 minutes
    python -m bench.siege --attack messages --attack idle --runs 1 --seconds 5

Forty members, each from an address of their own, talk in one room. They are measured in peace and then while an attacker on
another address (bench/attacks.py, in a process of its own) does its worst. The limits are those that a server has which
nobody configured. The exit status is 1 when a bound is broken by far, or a message of theirs did not arrive. Linux only.
"""

import argparse
import asyncio
import gc
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from bench.attacks import ATTACKS, SOURCE, Attack
from bench.servers import BenchError, Server, allow_open_files, choose_cores, cpu_seconds, running
from bench.slow_members import Member, resident_bytes, until

MEMBERS = 40
RATE = 1.5  # messages a second of each, who may say 100 a minute: 480 in 8 seconds, of which the five slowest are above the p99
WARM_UP = 1.0  # seconds
RATIO = 2.0  # of p99 under an attack over p99 in peace: the aim
BY_FAR = 5.0  # the ratio that is broken by far
SLACK_MS = 5.0  # that one core which two processes share may cost
MEMORY = 96 * 2**20  # bytes that an attack may add
NUMBER = re.compile(rb'"content":"m(\d+) ')
WORDS = "the quick brown fox jumps over the lazy dog"


@dataclass
class Talk:
    """What the members of one room heard, and when."""

    port: int
    size: int = MEMBERS
    first: int = 0  # the first message that is measured
    sent_at: list[int] = field(default_factory=list)  # ns, by number of message
    latencies: list[float] = field(default_factory=list)  # ms
    heard: Counter[int] = field(default_factory=Counter)  # by number of message: how many have it
    members: list[Member] = field(default_factory=list)

    async def begin(self) -> None:
        for number in range(self.size):
            member = Guest(f"Member{number}", self.port, self.hear, f"127.0.1.{number + 1}")
            await member.join()
            self.members.append(member)

    def hear(self, member: Member, text: bytes, now: int) -> None:
        if text.startswith(b'{"type":"welcome"'):
            member.welcomed.set()
        elif text.startswith(b'{"type":"message"') and (found := NUMBER.search(text)):
            number = int(found[1])
            self.heard[number] += 1
            if number >= self.first:
                self.latencies.append((now - self.sent_at[number]) / 1e6)

    async def go_on(self, seconds: float) -> "Quantiles":
        """Talk for so long, at a steady rate; how long it took until others had it."""
        self.first, self.latencies = len(self.sent_at), []
        begun, rate = time.monotonic(), RATE * self.size
        while (spent := time.monotonic() - begun) < seconds:
            while len(self.sent_at) - self.first < spent * rate:
                number = len(self.sent_at)
                self.sent_at.append(time.perf_counter_ns())
                self.members[number % self.size].say(f"m{number} {WORDS}")
            await asyncio.sleep(1 / rate)
        await until(lambda: not self.missing())
        return Quantiles.of(self.latencies)

    def missing(self) -> list[int]:
        return [number for number in range(self.first, len(self.sent_at)) if self.heard[number] < self.size]


class Guest(Member):
    """From an address of their own."""

    def __init__(self, name: str, port: int, heard: Callable[[Member, bytes, int], None], source: str) -> None:
        super().__init__(name, port, heard)
        self._sock.bind((source, 0))


@dataclass(frozen=True)
class Quantiles:
    p50: float
    p99: float

    @classmethod
    def of(cls, values: list[float]) -> "Quantiles":
        cuts = quantiles(values, n=100) if len(values) > 1 else [float("inf")] * 99
        return cls(cuts[49], cuts[98])


@dataclass
class Outcome:
    """One attack, once. Bytes, ms; `wrong`: what did not hold."""

    before: Quantiles
    during: Quantiles
    resident: tuple[int, int, int]  # before, at most, after
    server_cpu: float
    tally: Counter[str]
    sources: Counter[str]  # of the connections that the kernel saw, in the middle of it
    wrong: list[str]

    @property
    def ratio(self) -> float:
        return self.during.p99 / self.before.p99


async def besiege(attack: Attack, port: int, process: int, seconds: float, core: int | None) -> Outcome:
    """Talk in peace, then under `attack`."""
    talk = Talk(port)
    await talk.begin()
    await talk.go_on(WARM_UP)
    before = await talk.go_on(seconds)
    resident, cpu, begun = resident_bytes(process), cpu_seconds(process), time.monotonic()
    attacker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.attacks", attack.name, str(port), str(seconds + WARM_UP), stdout=asyncio.subprocess.PIPE
    )
    if core is not None:
        os.sched_setaffinity(attacker.pid, {core})
    watching = asyncio.create_task(watch(process, port))
    await asyncio.sleep(WARM_UP / 2)  # until it has started
    during = await talk.go_on(seconds)
    told, _ = await attacker.communicate()
    spent = time.monotonic() - begun
    most, sources = await stopped(watching)
    after = await settled(process, resident)
    wrong = [f"{len(missing)} messages did not arrive" for missing in [talk.missing()] if missing]
    wrong += [f"{member.name} was cut off: {member.lost}" for member in talk.members if member.lost]
    for member in talk.members:
        member.hang_up()
    cpu = (cpu_seconds(process) - cpu) / spent
    return Outcome(before, during, (resident, max(most, resident), after), cpu, Counter(json.loads(told)), sources, wrong)


async def watch(process: int, port: int) -> tuple[int, Counter[str]]:
    """The most memory, and where connections came from at most, until cancelled."""
    most, sources = 0, Counter[str]()
    try:
        while True:
            most = max(most, resident_bytes(process))
            sources |= peers(port)
            await asyncio.sleep(0.25)
    except asyncio.CancelledError:
        return most, sources


async def stopped(watching: "asyncio.Task[tuple[int, Counter[str]]]") -> tuple[int, Counter[str]]:
    watching.cancel()
    return await watching


async def settled(process: int, before: int) -> int:
    """Memory when what the attack held is let go, or a while after it."""
    for _ in range(12):
        if resident_bytes(process) <= before:
            break
        await asyncio.sleep(0.25)
    return resident_bytes(process)


def peers(port: int) -> Counter[str]:
    """How many connections the server has taken, by the peer's address, as the kernel tells."""
    found = Counter[str]()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, *_, inode = line.split()[:10]
        if int(local.partition(":")[2], 16) == port and state == "01" and inode != "0":  # 0: it still waits to be taken
            found[".".join(str(byte) for byte in bytes.fromhex(remote[:8])[::-1])] += 1
    return found


# ---- attacks one after the other -----------------------------------------------------------------


def repeat(attack: Attack, options: argparse.Namespace) -> list[str]:
    """Measure one attack, print it; what is wrong."""
    outcomes = [once(attack, options) for _ in range(options.runs)]
    print(row(attack, outcomes), flush=True)
    if options.verbose:
        for outcome in outcomes:
            print("   ", dict(outcome.tally), dict(outcome.sources))
    return judge(attack, outcomes)


def once(attack: Attack, options: argparse.Namespace) -> Outcome:
    cores = choose_cores()
    if cores.load is not None:
        os.sched_setaffinity(0, {cores.load})
    server = Server("PocketRoom", (sys.executable, "main.py"), {"HOST": "127.0.0.1", "LLM": "fake", "SPEAKS": "never"})
    with running(server, cores.server, options.data) as (process, port):
        gc.collect()
        gc.disable()
        try:
            return asyncio.run(besiege(attack, port, process.pid, options.seconds, cores.load))
        finally:
            gc.enable()


HEAD = f"{'attack':15}{'p50 ms':>14}{'p99 ms':>15}{'ratio':>7}{'RSS MB before, most, after':>29}{'CPU':>6}  what the attacker got"


def row(attack: Attack, outcomes: list[Outcome]) -> str:
    def mid(of: Callable[[Outcome], float]) -> float:
        return median(map(of, outcomes))

    p50 = f"{mid(lambda o: o.before.p50):.2f} > {mid(lambda o: o.during.p50):.2f}"
    p99 = f"{mid(lambda o: o.before.p99):.2f} > {mid(lambda o: o.during.p99):.2f}"
    memory = ", ".join(f"{mid(lambda o, n=n: o.resident[n]) / 2**20:.0f}" for n in range(3))
    told = outcomes[0].tally
    got = ", ".join(f"{name} {told[name]:,}" for name in sorted(told, key=lambda name: -told[name]) if name != "bytes")
    return f"{attack.name:15}{p50:>14}{p99:>15}{mid(lambda o: o.ratio):7.2f}{memory:>29}{mid(lambda o: o.server_cpu):6.0%}  {got}"


def judge(attack: Attack, outcomes: list[Outcome]) -> list[str]:
    wrong = [f"{attack.name}: {what}" for outcome in outcomes for what in outcome.wrong]
    ratio, before, during = (median(values) for values in zip(*((o.ratio, o.before.p99, o.during.p99) for o in outcomes), strict=True))
    if ratio > BY_FAR and during > before * RATIO + SLACK_MS:
        wrong.append(f"{attack.name}: the others' p99 is {ratio:.1f} times as long")
    if (grown := max(outcome.resident[1] - outcome.resident[0] for outcome in outcomes)) > MEMORY:
        wrong.append(f"{attack.name}: the server took {grown / 2**20:.0f} MB more")
    if not any(outcome.sources[SOURCE] or outcome.tally["opened"] for outcome in outcomes):
        wrong.append(f"{attack.name}: nothing came from {SOURCE}, so nothing was measured")
    return wrong


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.siege", description="What one attacker can spoil for the others.")
    parser.add_argument("--runs", type=int, default=3, help="of each attack; medians are told (3)")
    parser.add_argument("--seconds", type=float, default=8, help="measured in peace, and under attack (8)")
    parser.add_argument("--attack", action="append", choices=[attack.name for attack in ATTACKS], help="only this; repeatable")
    parser.add_argument("--verbose", action="store_true", help="print all that each attacker counted")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()), help="where the databases lie")
    return parser.parse_args()


def main() -> None:
    options = read_options()
    allow_open_files()
    cores = choose_cores()
    print(f"{MEMBERS} members, {MEMBERS * RATE:g} messages a second; server on core {cores.server}, members and attacker on core {cores.load}")
    print(HEAD, flush=True)
    try:
        chosen = [attack for attack in ATTACKS if not options.attack or attack.name in options.attack]
        wrong = [what for attack in chosen for what in repeat(attack, options)]
    except BenchError as error:
        wrong = [str(error)]
    for what in wrong:
        print(f"! {what}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
