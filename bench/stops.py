"""How long an answer goes on after Stop: at the people's end, and at the provider's.

    python -m bench.stops                       # 240 stops, about a minute
    python -m bench.stops --stops 1000 --json stops.json

A real server asks a scripted provider over real HTTP, which is told to be silent, to talk or to flood. Bea stops what Ann asked for
at a random moment, as soon as she sees that it began. Told per kind: milliseconds from her Stop until all see the end, and until the
provider's socket is closed.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import secrets
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from tests.company import KEY, PATIENCE, Person, person
from tests.provider import Fault, Provider, Script, begun, delta, head, slowly
from tests.server import Server

BOUND = 300  # ms, of the p95
LONGEST_WAIT = 0.2  # seconds between the beginning and the stop
SCRIPTS: dict[str, Script] = {
    "silent before the first byte": [Fault.SILENCE],
    "silent before the first word": [head(), Fault.SILENCE],
    "murmuring": [head(), Fault.MURMUR],
    "thinking": [head(), *[delta(reasoning_content="hm"), 0.01] * 1_000, Fault.SILENCE],
    "talking": slowly([f"{n} " for n in range(1_000)]),
    "flooding": [*begun(*["word " * 20] * 20_000), Fault.SILENCE],
    "silent in the middle": [*begun("Well"), Fault.SILENCE],
    "silent after the last word": [*begun("Well."), delta(finish="length"), Fault.SILENCE],
}


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--stops", type=int, default=240)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        async with Provider() as provider:
            server = Server(Path(folder), LLM="openai:test", OPENAI_API_KEY=KEY, OPENAI_BASE_URL=provider.url, NO_PROXY="127.0.0.1")
            await asyncio.to_thread(server.start)
            stack.callback(server.kill)
            times = await stop_all(server.port, provider, given.stops, random.Random(given.seed))
    tell(times)
    if given.json:
        given.json.write_text(json.dumps(times))
    worst = max(p95(at_provider) for _, at_provider in map(columns, times.values()))
    sys.exit(worst > BOUND)


async def stop_all(port: int, provider: Provider, stops: int, lot: random.Random) -> dict[str, list[tuple[float, float]]]:
    """For each kind, the milliseconds of each stop: until everyone saw it, until the provider's socket was closed."""
    times: dict[str, list[tuple[float, float]]] = {kind: [] for kind in SCRIPTS}
    async with person(port, secrets.token_hex(4), "Ann") as ann, person(port, secrets.token_hex(4), "Cem") as cem:
        await cem.asks("hello")  # the first question pays for loading the SDK
        room = ann.saw("welcome")[0]["room"]["name"]
        async with person(port, room, "Bea") as bea:
            for n in range(stops):
                kind = list(SCRIPTS)[n % len(SCRIPTS)]
                times[kind].append(await stop_one(ann, bea, provider, SCRIPTS[kind], lot.uniform(0, LONGEST_WAIT)))
    return times


async def stop_one(ann: Person, bea: Person, provider: Provider, script: Script, wait: float) -> tuple[float, float]:
    provider.plays(script)
    calls = len(provider.calls)
    id = await ann.begins("@Pocket go on for ever")
    call = await provider.call(calls + 1)
    await asyncio.sleep(wait)
    begun = time.monotonic()
    await bea.sends("stop", id=id)
    await asyncio.gather(ann.sees("end", id=id), bea.sees("end", id=id))
    seen = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        gone = await call.client_is_gone()
    for one in (ann, bea):
        await one.looks_up()
        one.frames.clear()
    return 1_000 * (seen - begun), 1_000 * (gone - begun)


def tell(times: dict[str, list[tuple[float, float]]]) -> None:
    print(f"{sum(map(len, times.values()))} stops, in ms, on {os.cpu_count()} cores\n")
    print(f"{'the provider is':<30}{'everyone sees it':>24}{'its socket is closed':>26}")
    print(f"{'':<30}{'median':>8}{'p95':>8}{'max':>8}{'median':>10}{'p95':>8}{'max':>8}")
    for kind, both in {**times, "all": [pair for pairs in times.values() for pair in pairs]}.items():
        told = [f"{median(column):>8.1f}{p95(column):>8.1f}{max(column):>8.1f}" for column in columns(both)]
        print(f"{kind:<30}{'  '.join(told)}")


def columns(pairs: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [seen for seen, _ in pairs], [gone for _, gone in pairs]


def p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


if __name__ == "__main__":
    asyncio.run(main())
