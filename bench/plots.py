"""Plots as SVG, by hand: lines, bars, and several under one another, light and dark as their reader is.

They are read between 360 and 900 px wide. Everything is laid out for the large letters that a narrow window needs
(`NARROW`); a wide one shows smaller letters in the same places, which fit all the more.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise
from textwrap import wrap
from typing import NamedTuple

Points = Sequence[tuple[float, float]]

OURS = "PocketRoom"  # what is named so, or begins so, is drawn in our colour
WIDE, MARGIN, GAP = 600, 18, 14
HIGH = 270  # of the area that lines are drawn in
NARROW, LINE = 17, 21  # letters and lines as they are laid out
LETTER, BOLD = 0.55, 0.68  # mean width of a letter, in its size; generous, for fonts differ
NAME_LETTERS = 16  # of a server's name, until its next line
BAR, BARS_GAP = 19, 9
BAR_LEAST = 1.5
MOST_MARKS = 40  # points of a line, beyond which they are not marked
DASHES = ("", "8 4", "2 4", "10 3 2 3", "5 3", "14 4")
COLOURS = (  # light and dark: ours, then the others, told apart in brightness too
    ("1a6b50", "76cbaa"),
    ("b4531f", "f0a070"),
    ("3d6fae", "8fb8ea"),
    ("8a6d10", "e0c25e"),
    ("7a4fa0", "c6a5ea"),
    ("75716a", "a39f97"),
    ("a83a6c", "f29dc0"),
    ("2f8399", "7fd0e2"),
)


def _colours(dark: int) -> str:
    return " ".join(
        f".c{n} {{ stroke: #{pair[dark]}; fill: #{pair[dark]} }} text.c{n} {{ fill: #{pair[dark]} }}"
        for n, pair in enumerate(COLOURS)
    )


STYLE = f"""<style>
  text {{ font: {NARROW}px system-ui, sans-serif; fill: #55524c; stroke: none !important }}
  .title {{ font-size: 19px; font-weight: 600 }} .title, .value, .case {{ fill: #1c1b19 }}
  .case, .name {{ font-weight: 600 }} .end {{ text-anchor: end }} .middle {{ text-anchor: middle }}
  .paper {{ fill: #fcfbf9 }} .grid {{ stroke: #00000016 }} .axis, .leader {{ stroke: #8a867e }} .leader {{ stroke-width: 0.7 }}
  .aim {{ stroke: #8a867e; stroke-dasharray: 5 4 }} path {{ fill: none !important; stroke-width: 2; stroke-linejoin: round }}
  path.c0 {{ stroke-width: 3 }} rect.c0, rect.peer {{ stroke: none }} .peer {{ opacity: 0.72 }} .variant {{ opacity: 0.55 }}
  {_colours(0)}
  @media (min-width: 560px) {{ text {{ font-size: 13.5px }} .title {{ font-size: 16px }} }}
  @media (prefers-color-scheme: dark) {{
    text {{ fill: #a9a59c }} .title, .value, .case {{ fill: #eceae5 }} .paper {{ fill: #161614 }} .grid {{ stroke: #ffffff1a }}
    {_colours(1)}
  }}
</style>"""


# ---- the three ---------------------------------------------------------------------------------------


def lines(
    title: str, under: str, x_label: str, y_label: str, series: Mapping[str, Points],
    log_x: bool = False, log_y: bool = False, aim: float | None = None,
) -> str:  # fmt: skip
    """One line for each name, labelled where it ends. An `aim` is a dashed line across, at that height."""
    drawn = {name: sorted(points) for name, points in series.items() if points}
    top = heading_height(title, under) + LINE + 18
    x, y = scales(drawn, aim, top, log_x, log_y)
    parts = [*heading(title, under), *grid(x, y, x_label, y_label), *aim_line(x, y, aim)]
    if not drawn:
        parts.append(text((x.low_at + x.high_at) / 2, (top + y.low_at) / 2, "nothing was measured", "middle"))
    for name in sorted(drawn, key=lambda name: name.startswith(OURS)):  # ours above the others
        parts += curve(look_of(name, list(drawn)), [(x(a), y(b)) for a, b in drawn[name]])
    parts += labels(drawn, x, y, aim)
    return document(title, y.low_at + 2 * LINE + 16, parts)


def bars(
    title: str, under: str, unit: str, cases: Mapping[str, Mapping[str, float]], own_scales: bool = False
) -> str:
    """A bar for each server under the name of each case; all to one scale, or each case to its own."""
    names = list(dict.fromkeys(name for values in cases.values() for name in values))
    most = max((value for values in cases.values() for value in values.values()), default=0)
    parts, down = [*heading(title, under, unit)], heading_height(title, under, unit)
    for case, values in cases.items():
        down += 12
        for line in folded(case, WIDE - 2 * MARGIN):
            parts.append(text(MARGIN, down + NARROW, line, "case"))
            down += LINE
        down += 5
        scale = max(values.values(), default=0) if own_scales else most
        for name, value in values.items():
            parts += bar(name, value, scale, look_of(name, names), down, name_width(names), most)
            down += bar_height(name)
    return document(title, down + MARGIN, parts)


def stacked(plots: Sequence[str]) -> str:
    """Several plots as one picture, one under the other."""
    parts, down = list[str](), 0.0
    for plot in plots:
        high = height_of(plot)
        inner = plot.replace(STYLE, "", 1).strip()
        parts.append(inner.replace("<svg ", f'<svg y="{down:g}" width="{WIDE}" height="{high:g}" ', 1))
        down += high + GAP
    return opened("Plots", max(down - GAP, 1)) + "\n".join([STYLE, *parts, "</svg>\n"])


# ---- what both have ----------------------------------------------------------------------------------


def document(title: str, high: float, parts: Iterable[str]) -> str:
    paper = f'<rect class="paper" width="{WIDE}" height="{high:g}" rx="10"/>'
    return opened(title, high) + "\n".join([STYLE, paper, *parts, "</svg>\n"])


def opened(title: str, high: float) -> str:
    label = escape(title)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high:g}" role="img" aria-label="{label}">\n'


def height_of(plot: str) -> float:
    found = re.search(r'viewBox="0 0 \S+ (\S+)"', plot)
    assert found, "a plot has a viewBox"
    return float(found[1])


def heading(title: str, *under: str) -> Iterator[str]:
    down = 10
    for line in folded(title, WIDE - 2 * MARGIN, 19):
        down += LINE
        yield text(MARGIN, down, line, "title")
    for line in (line for words in under for line in folded(words, WIDE - 2 * MARGIN)):
        down += LINE
        yield text(MARGIN, down + 2, line)


def heading_height(title: str, *under: str) -> float:
    inside = WIDE - 2 * MARGIN
    return 18 + LINE * (len(folded(title, inside, 19)) + sum(len(folded(words, inside)) for words in under))


def text(x: float, y: float, words: str, kind: str = "") -> str:
    known = f' class="{kind}"' if kind else ""
    return f'<text{known} x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def folded(words: str, wide: float, size: float = NARROW) -> list[str]:
    """Words in as many lines as they need in this width."""
    return wrap(words, max(int(wide / (size * LETTER)), 4))


def in_lines(name: str) -> list[str]:
    return wrap(name, NAME_LETTERS, break_on_hyphens=False) or [""]


def width_of(words: str, letter: float = LETTER) -> float:
    return len(words) * NARROW * letter


def name_width(names: Iterable[str]) -> float:
    return max((width_of(part, BOLD) for name in names for part in in_lines(name)), default=0)


@dataclass(frozen=True)
class Look:
    """The colour of a name, and what tells it from another of that colour."""

    colour: int
    variant: int

    @property
    def dash(self) -> str:
        return DASHES[(self.variant or self.colour) % len(DASHES)]


def look_of(name: str, names: Sequence[str]) -> Look:
    """Ours are all of one colour, differently dashed; each other name has its own colour and dashes."""
    ours = [one for one in names if one.startswith(OURS)]
    if name in ours:
        return Look(0, ours.index(name))
    others = [one for one in names if one not in ours]
    return Look(1 + others.index(name) % (len(COLOURS) - 1), 0)


# ---- scales ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scale:
    """From values to places. On a logarithmic one, zero has a place of its own, a decade before the least."""

    low: float
    high: float
    low_at: float
    high_at: float
    log: bool
    ticks: tuple[float, ...]

    def __call__(self, value: float) -> float:
        share = (self.level(value) - self.level(self.low)) / ((self.level(self.high) - self.level(self.low)) or 1)
        return self.low_at + share * (self.high_at - self.low_at)

    def level(self, value: float) -> float:
        if not self.log:
            return value
        return math.log10(value) if value > 0 else math.log10(self.least) - 1

    @property
    def least(self) -> float:
        return next((tick for tick in self.ticks if tick > 0), self.high)

    def told(self, tick: float) -> str:
        return shortened(tick) if self.log else f"{tick:,.10g}"


def scales(drawn: Mapping[str, Points], aim: float | None, top: float, log_x: bool, log_y: bool) -> tuple[Scale, Scale]:
    """Both, with room beside them for the numbers on the left and the labels on the right."""
    across = [x for points in drawn.values() for x, _ in points] or [0, 1]
    upward = [y for points in drawn.values() for _, y in points] + ([] if aim is None else [aim])
    y = y_scale(upward or [0, 1], log_y, top)
    left = MARGIN + 8 + max(width_of(y.told(tick)) for tick in y.ticks)
    right = WIDE - MARGIN - 12 - name_width(drawn)
    return x_scale(across, log_x, left, right), y


def x_scale(values: Sequence[float], log: bool, left: float, right: float) -> Scale:
    """Over what was measured: each value a tick where there are few, on a logarithmic scale."""
    low, high = min(values), max(values)
    few = log and len(set(values)) <= 9
    ticks = sorted(set(values)) if few else decades(low, high) if log else steps(low, high)
    scale = Scale(low, high, left, right, log, tuple(tick for tick in ticks if low <= tick <= high))
    return replace(scale, ticks=tuple(apart(scale)))


def apart(scale: Scale) -> Iterator[float]:
    """The ticks whose numbers have room beside the one before."""
    free = -math.inf
    for tick in scale.ticks:
        half = width_of(scale.told(tick)) / 2
        if scale(tick) - half >= free:
            yield tick
            free = scale(tick) + half + 6


def y_scale(values: Sequence[float], log: bool, top: float) -> Scale:
    """From zero, or on a logarithmic scale from the tick below the least, to the tick above the most."""
    if not log:
        ticks = steps(min(0, *values), max(values))
        return Scale(ticks[0], ticks[-1], top + HIGH, top, False, tuple(ticks))
    some = [value for value in values if value > 0] or [1]
    ticks = decades(min(some), max(some))
    return Scale(ticks[0], ticks[-1], top + HIGH, top, True, tuple(ticks))


def steps(low: float, high: float) -> list[float]:
    """Four to seven round numbers from below `low` to above `high`."""
    raw = (high - low or abs(high) or 1) / 5
    unit = 10 ** math.floor(math.log10(raw))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{number * step:.12g}") for number in range(first, max(last, first + 1) + 1)]


def decades(low: float, high: float) -> list[float]:
    """Powers of ten around both; 1, 2, 5 of each where there would be few."""
    positive = low if low > 0 else min(1.0, high)
    first, last = math.floor(math.log10(positive) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    many = last - first > 2
    ticks = [float(f"{factor}e{power}") for power in range(first, last + 1) for factor in ((1,) if many else (1, 2, 5))]
    below = max((tick for tick in ticks if tick <= positive * 1.0001), default=ticks[0])
    above = min((tick for tick in ticks if tick >= high * 0.9999), default=ticks[-1])
    kept = [tick for tick in ticks if below <= tick <= above]
    return kept if len(kept) > 1 else [below, below * 10]


def shortened(value: float) -> str:
    """1k, 2.5k, 1M."""
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:.3g}{letter}"
    return f"{value:.3g}"


def number(value: float) -> str:
    """As at the end of a bar: three digits that count, whole numbers in full."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


# ---- lines -------------------------------------------------------------------------------------------


def grid(x: Scale, y: Scale, x_label: str, y_label: str) -> Iterator[str]:
    yield text(MARGIN, y.high_at - 14, y_label)
    for tick in y.ticks:
        kind = "axis" if tick == y.ticks[0] else "grid"
        yield f'<line class="{kind}" x1="{x.low_at:.1f}" x2="{x.high_at:.1f}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        yield text(x.low_at - 8, y(tick) + 5, y.told(tick), "end")
    for tick in x.ticks:
        yield f'<line class="axis" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{y.low_at:.1f}" y2="{y.low_at + 4:.1f}"/>'
        yield text(x(tick), y.low_at + LINE, x.told(tick), "middle")
    yield text((x.low_at + x.high_at) / 2, y.low_at + 2 * LINE + 2, x_label, "middle")


def aim_line(x: Scale, y: Scale, aim: float | None) -> Iterator[str]:
    if aim is not None:
        yield f'<line class="aim" x1="{x.low_at:.1f}" x2="{x.high_at:.1f}" y1="{y(aim):.1f}" y2="{y(aim):.1f}"/>'


def curve(look: Look, places: Sequence[tuple[float, float]]) -> Iterator[str]:
    """A line through these places; each is marked, where there are not many."""
    if len(places) > 1:
        dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
        yield f'<path class="c{look.colour}"{dash} d="M{" L".join(f"{x:.1f} {y:.1f}" for x, y in places)}"/>'
    if len(places) <= MOST_MARKS:
        mark = MARKS[(look.variant or look.colour) % len(MARKS)]
        yield from (mark(f"c{look.colour}", x, y) for x, y in places)


def circle(kind: str, x: float, y: float) -> str:
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'


def square(kind: str, x: float, y: float) -> str:
    return f'<rect class="{kind}" x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7"/>'


def triangle(kind: str, x: float, y: float) -> str:
    return f'<polygon class="{kind}" points="{x:.1f},{y - 5:.1f} {x + 4.5:.1f},{y + 3.5:.1f} {x - 4.5:.1f},{y + 3.5:.1f}"/>'


def diamond(kind: str, x: float, y: float) -> str:
    return f'<polygon class="{kind}" points="{x:.1f},{y - 5:.1f} {x + 5:.1f},{y:.1f} {x:.1f},{y + 5:.1f} {x - 5:.1f},{y:.1f}"/>'


MARKS: tuple[Callable[[str, float, float], str], ...] = (circle, square, triangle, diamond)


def labels(drawn: Mapping[str, Points], x: Scale, y: Scale, aim: float | None) -> Iterator[str]:
    """Each line's name beside its end, moved as far as others need room, with a thin line to where it belongs."""
    names = list(drawn)
    ends = [End(y(points[-1][1]), x(points[-1][0]), name, f"name c{look_of(name, names).colour}") for name, points in drawn.items()]
    ends += [] if aim is None else [End(y(aim), x.high_at, f"aim: {number(aim)}", "")]
    ends.sort()
    heights = [LINE * len(in_lines(end.name)) for end in ends]
    middles = spread_out([end.y for end in ends], heights, y.high_at - 10, y.low_at + 10)
    for end, middle, high in zip(ends, middles, heights, strict=True):
        if abs(middle - end.y) > 3 or x.high_at - end.x > 3:
            yield f'<line class="leader" x1="{end.x + 6:.1f}" y1="{end.y:.1f}" x2="{x.high_at + 10:.1f}" y2="{middle:.1f}"/>'
        for line, part in enumerate(in_lines(end.name)):
            yield text(x.high_at + 13, middle - high / 2 + LINE * (line + 1) - 5, part, end.kind)


class End(NamedTuple):
    """Where a line ends, and how it is named there."""

    y: float
    x: float
    name: str
    kind: str


def spread_out(wanted: Sequence[float], heights: Sequence[float], top: float, bottom: float) -> list[float]:
    """Middles as near to those wanted (in order) as they can be without overlapping; first down, then up again."""
    middles = list(wanted)
    if not middles:
        return []
    middles[0] = max(middles[0], top + heights[0] / 2)
    gaps = [(one + other) / 2 for one, other in pairwise(heights)]
    for index, gap in enumerate(gaps):
        middles[index + 1] = max(middles[index + 1], middles[index] + gap)
    middles[-1] = min(middles[-1], max(bottom - heights[-1] / 2, top + sum(heights) - heights[-1] / 2))
    for index in reversed(range(len(gaps))):
        middles[index] = min(middles[index], middles[index + 1] - gaps[index])
    return middles


# ---- bars --------------------------------------------------------------------------------------------


def bar(name: str, value: float, scale: float, look: Look, down: float, left: float, most: float) -> Iterator[str]:
    """The name, its bar as long as the value is of the scale, and the value."""
    high = bar_height(name) - BARS_GAP
    start = MARGIN + left + 10
    room = WIDE - MARGIN - 8 - width_of(number(most)) - start
    long = max(room * value / scale if scale else 0, BAR_LEAST)
    kind = f"c{look.colour}" + (" peer" if look.colour else "") + (" variant" if look.variant else "")
    middle = down + high / 2
    for line, part in enumerate(parts := in_lines(name)):
        at = middle - LINE * len(parts) / 2 + LINE * (line + 1) - 5
        yield text(start - 10, at, part, "end name c0" if not look.colour else "end")
    yield f'<rect class="{kind}" x="{start:.1f}" y="{middle - BAR / 2:.1f}" width="{long:.1f}" height="{BAR}" rx="2"/>'
    yield text(start + long + 7, middle + 6, number(value), "value")


def bar_height(name: str) -> float:
    return max(LINE * len(in_lines(name)), BAR) + BARS_GAP
