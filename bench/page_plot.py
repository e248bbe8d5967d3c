"""A plot as SVG, by hand: what each frame of a streaming answer cost, ours and the usual way."""

import math
from collections.abc import Iterator, Sequence

from bench.page_chromium import Frame, percentile
from bench.page_streaming import PAGES, Streamed

WIDE, HIGH = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 50, 34, 64, 46
PIECES = 100  # of the answer; of the frames of each, the median and the 95th percentile are drawn
LEAST, MOST = 1, 300  # milliseconds, the ends of the logarithmic scale
TICKS = (1, 10, 100)
AIM = 8
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #55524c } .title { font-size: 15px; font-weight: 600; fill: #1c1b19 }
  .grid { stroke: #00000018 } .aim { stroke: #8a867e; stroke-dasharray: 4 4 }
  .ours { stroke: #1a6b50; fill: #1a6b50 } .usual { stroke: #b4531f; fill: #b4531f }
  path { fill: none !important; stroke-width: 2; stroke-linejoin: round } .worst { stroke-width: 1; opacity: 0.55 }
  text.ours, text.usual { stroke: none; font-weight: 600 } .paper { fill: #fcfbf9 }
  @media (prefers-color-scheme: dark) {
    text { fill: #a9a59c } .title { fill: #eceae5 } .grid { stroke: #ffffff1c } .paper { fill: #161614 }
    .ours { stroke: #76cbaa; fill: #76cbaa } .usual { stroke: #f0a070; fill: #f0a070 }
  }"""


def plot(results: Sequence[Streamed]) -> str:
    """The longest of the answers, on the slowest machine: there the two ways differ as a reader feels it."""
    longest = max(results, key=lambda result: (result.slowdown, len(result.frames)))
    shown = [result for result in results if (result.answer, result.slowdown) == (longest.answer, longest.slowdown)]
    machine = "" if longest.slowdown == 1 else f", on a machine {longest.slowdown:g} times slower"
    lines = [line for result in shown for line in lines_of(result)]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="Main thread per frame over the course of an answer">',
        f"<style>{STYLE}</style>", f'<rect class="paper" width="{WIDE}" height="{HIGH}" rx="10"/>',
        f'<text class="title" x="{LEFT}" y="26">Main thread per frame, in ms ({longest.answer.title}{machine})</text>',
        *scales(), *lines, "</svg>\n",
    ])  # fmt: skip


def scales() -> Iterator[str]:
    for tick in TICKS:
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick}</text>'
    yield f'<line class="aim" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y(AIM):.1f}" y2="{y(AIM):.1f}"/>'
    yield f'<text x="{WIDE - RIGHT}" y="26" text-anchor="end">dashed: the aim, {AIM} ms</text>'
    for share in (0, 0.25, 0.5, 0.75, 1):
        yield f'<text x="{x(share):.1f}" y="{HIGH - BOTTOM + 20}" text-anchor="middle">{share:.0%}</text>'
    yield f'<text x="{x(0.5):.1f}" y="{HIGH - 8}" text-anchor="middle">of the answer has come</text>'


def lines_of(result: Streamed) -> Iterator[str]:
    kind = "ours" if result.page == PAGES[0] else "usual"
    pieces = [piece for number in range(PIECES) if (piece := costs(result.frames, number))]
    yield curve(f"{kind} worst", [(share, percentile(values, 0.95)) for share, values in pieces])
    yield curve(kind, [(share, percentile(values, 0.5)) for share, values in pieces])
    column = LEFT if kind == "ours" else LEFT + 290
    yield f'<text class="{kind}" x="{column}" y="48">{result.page}: median, and p95 (thin)</text>'


def costs(frames: Sequence[Frame], number: int) -> tuple[float, list[float]] | None:
    """What the frames of one piece of the answer cost, and where the piece is."""
    values = [frame.milliseconds for frame in frames if min(int(frame.share * PIECES), PIECES - 1) == number]
    return ((number + 0.5) / PIECES, values) if values else None


def curve(kind: str, points: Sequence[tuple[float, float]]) -> str:
    return f'<path class="{kind}" d="M{" L".join(f"{x(share):.1f} {y(cost):.1f}" for share, cost in points)}"/>'


def x(share: float) -> float:
    return LEFT + share * (WIDE - LEFT - RIGHT)


def y(cost: float) -> float:
    low, high = math.log(LEAST), math.log(MOST)
    share = (math.log(min(max(cost, LEAST), MOST)) - low) / (high - low)
    return HIGH - BOTTOM - share * (HIGH - TOP - BOTTOM)
