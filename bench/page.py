"""What the page costs the reader's machine, in a real Chromium before a real server, as it is and four times slower.

    python -m bench.page                                 # all parts, about 20 minutes on two quiet cores
    python -m bench.page --only streaming --tokens 2000
    python -m bench.page --json page.json --plot docs/streaming.svg

Parts: `streaming`, a long answer beside the usual way (marked.parse + innerHTML for each token), `crowd`, typing while
100 members talk, `history`, a long room scrolled to its beginning, `visit`, the first and the second load.
"""

import argparse
import json
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Browser

from bench import page_crowd, page_history, page_streaming, page_visit
from bench.page_chromium import chromium
from bench.page_plot import plot
from bench.page_streaming import Streamed, ratios

PARTS = ("streaming", "crowd", "history", "visit")
SLOWDOWNS = (1.0, 4.0)
# What each part may take at most on a machine that is not slowed down.
AIMS: dict[str, float] = {
    "p95 ms": 8, "longest step ms": 50, "input delay p95 ms": 50, "most message nodes": 600, "messages not reached": 0,
    "first visit KB": 60, "seconds until usable": 1, "elsewhere": 0,
}  # fmt: skip


class Result(Protocol):
    @property
    def slowdown(self) -> float: ...
    def cells(self) -> Mapping[str, float]: ...


def main() -> None:
    given = options()
    told: dict[str, list[dict[str, float | str]]] = {}
    streamed: list[Streamed] = []
    with chromium() as browser:
        for part in given.only or PARTS:
            print(f"\n{part}", flush=True)
            rows = told[part] = []
            for result in measure(part, browser, given):
                row = {"title": title(result), **result.cells()}
                rows.append(row)
                print(describe(row, aims(result)), flush=True)
                if isinstance(result, Streamed):
                    streamed.append(result)
    for case, ratio in ratios(streamed):
        print(f"{case}: the usual way takes {ratio:.1f} times the main thread")
    if given.json:
        given.json.write_text(json.dumps({**where(), **told, "ratios": dict(ratios(streamed))}, indent=1) + "\n")
    if given.plot and streamed:
        given.plot.write_text(plot(streamed), encoding="utf-8")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the page in Chromium.")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part; may be given again")
    parser.add_argument("--slowdown", type=float, action="append", help="how many times slower than this machine; 1 and 4 if not given")
    parser.add_argument("--tokens", type=int, default=10_000, help="of a streaming answer")
    parser.add_argument("--seconds", type=float, default=60, help="of typing in a crowd")
    parser.add_argument("--messages", type=int, default=20_000, help="of the long room")
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--plot", type=Path, help="draw the main thread's work per frame over the course of an answer there (SVG)")
    return parser.parse_args()


def measure(part: str, browser: Browser, given: argparse.Namespace) -> Iterable[Result]:
    slowdowns = tuple(given.slowdown or SLOWDOWNS)
    match part:
        case "streaming":
            return page_streaming.measure(browser, given.tokens, slowdowns)
        case "crowd":
            return page_crowd.measure(browser, given.seconds, slowdowns)
        case "history":
            return page_history.measure(browser, given.messages, slowdowns)
        case _:
            return page_visit.measure(browser, slowdowns)


def title(result: Result) -> str:
    case = f"{result.answer.title}: {result.page}, " if isinstance(result, Streamed) else ""
    return f"{case}{result.slowdown:g}x"


def aims(result: Result) -> Mapping[str, float]:
    """The aims that hold for this result: none for a slower machine, and none for the usual way."""
    ours = not isinstance(result, Streamed) or result.page == page_streaming.PAGES[0]
    return AIMS if ours and result.slowdown == 1 else {}


def describe(row: Mapping[str, float | str], aims: Mapping[str, float]) -> str:
    lines = [f"  {row['title']}"]
    for name, value in row.items():
        if isinstance(value, str):
            continue
        aim = aims.get(name)
        verdict = "" if aim is None else f"   {'reached' if value <= aim else 'MISSED'}, the aim is {aim:g}"
        lines.append(f"    {name:<24}{value:>12,.{1 if isinstance(value, float) else 0}f}{verdict}")
    return "\n".join(lines)


def where() -> dict[str, str]:
    return {"at": datetime.now(UTC).isoformat(timespec="seconds"), "python": platform.python_version(), "system": platform.platform()}


if __name__ == "__main__":
    main()
