"""Plots: pictures that any reader of SVG takes, in which each value stands where it belongs and no label on another."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from bench import plots
from bench.plots import bars, decades, lines, shortened, spread_out, stacked, steps

SVG = "{http://www.w3.org/2000/svg}"
SERIES = {"PocketRoom": [(10, 6.0), (100, 1.5), (1000, 1.0)], "C & <one> send": [(10, 1.5), (1000, 1.4)], "plain FastAPI": [(10, 9.0)]}


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def box(svg: str) -> tuple[float, float]:
    _, _, wide, high = map(float, ElementTree.fromstring(svg).attrib["viewBox"].split())
    return wide, high


@pytest.mark.parametrize("log_x", [False, True])
@pytest.mark.parametrize("log_y", [False, True])
def test_names_each_line_where_it_ends_and_stays_well_formed(log_x: bool, log_y: bool) -> None:
    told = texts(lines("Cost & <more>", "under", "members", "µs", SERIES, log_x, log_y))

    assert {"Cost & <more>", "under", "members", "µs", "PocketRoom", "C & <one> send", "plain FastAPI"} <= set(told)


def test_says_so_when_nothing_was_measured() -> None:
    assert "nothing was measured" in texts(lines("t", "u", "x", "y", {"PocketRoom": []}))
    ElementTree.fromstring(bars("t", "u", "unit", {}))


def test_draws_a_length_of_zero_before_the_first_decade_of_a_logarithmic_scale() -> None:
    svg = lines("t", "u", "x", "y", {"PocketRoom": [(0, 1.0), (1_000, 1.0), (10_000, 1.0)]}, log_x=True)
    at = [float(circle.attrib["cx"]) for circle in ElementTree.fromstring(svg).iter(f"{SVG}circle")]

    assert at[1] - at[0] == pytest.approx(at[2] - at[1], abs=0.2)
    assert {"0", "1k", "10k"} <= set(texts(svg))


def test_a_flat_line_is_flat_and_what_is_twice_as_much_stands_twice_as_high() -> None:
    svg = lines("t", "u", "x", "y", {"PocketRoom": [(1, 5.0), (2, 5.0), (3, 10.0)]})
    first, second, third = (float(circle.attrib["cy"]) for circle in ElementTree.fromstring(svg).iter(f"{SVG}circle"))
    zero = max(float(line.attrib["y1"]) for line in ElementTree.fromstring(svg).iter(f"{SVG}line") if line.attrib["class"] == "axis" and line.attrib["y1"] == line.attrib["y2"])

    assert first == second
    assert zero - third == pytest.approx(2 * (zero - first), abs=0.3)


def test_a_bar_is_as_long_as_its_value_and_the_value_stands_at_its_end() -> None:
    svg = bars("t", "u", "per core", {"one": {"PocketRoom": 400, "plain FastAPI": 100}, "two": {"PocketRoom": 1_200}})
    long = [float(rect.attrib["width"]) for rect in ElementTree.fromstring(svg).iter(f"{SVG}rect") if rect.attrib["class"] != "paper"]

    assert long == [pytest.approx(long[2] / 3, abs=0.2), pytest.approx(long[2] / 12, abs=0.2), long[2]]
    assert {"400", "100", "1,200", "per core", "one", "two"} <= set(texts(svg))


def test_each_case_may_have_a_scale_of_its_own() -> None:
    svg = bars("t", "u", "per core", {"one": {"PocketRoom": 4}, "two": {"PocketRoom": 1_200}}, own_scales=True)
    long = [rect.attrib["width"] for rect in ElementTree.fromstring(svg).iter(f"{SVG}rect") if rect.attrib["class"] != "paper"]

    assert long[0] == long[1]


def test_ours_has_one_colour_and_every_other_name_its_own() -> None:
    names = ["PocketRoom", "PocketRoom on disk", "a", "b", "c"]
    looks = [plots.look_of(name, names) for name in names]

    assert [look.colour for look in looks] == [0, 0, 1, 2, 3]
    assert looks[0].dash != looks[1].dash


def test_plots_under_one_another_do_not_overlap() -> None:
    parts = [lines("a", "u", "x", "y", SERIES), bars("b", "u", "unit", {"case": {"PocketRoom": 1}})]
    svg = stacked(parts)
    inner = list(ElementTree.fromstring(svg).iter(f"{SVG}svg"))[1:]

    assert float(inner[1].attrib["y"]) > float(inner[0].attrib["height"]) == box(parts[0])[1]
    assert box(svg)[1] == float(inner[1].attrib["y"]) + float(inner[1].attrib["height"])
    assert svg.count("<style>") == 1


@pytest.mark.parametrize("wanted", [[50, 50, 50, 50], [0, 1, 2], [199, 200, 200], [10, 100, 101], [90]])
def test_labels_keep_apart_and_in_sight(wanted: list[float]) -> None:
    middles = spread_out(wanted, [20] * len(wanted), 0, 200)

    assert all(other - one >= 20 - 1e-9 for one, other in pairwise(middles))
    assert middles[0] >= 10 - 1e-9
    assert middles[-1] <= 190 + 1e-9


def test_ticks_are_round_and_cover_what_was_measured() -> None:
    assert steps(0, 1.3) == [0, 0.5, 1, 1.5]
    assert steps(0, 1_183_000) == [0, 250_000, 500_000, 750_000, 1_000_000, 1_250_000]
    assert decades(1.5, 2_000) == [1, 10, 100, 1_000, 10_000]
    assert decades(3, 40) == [2, 5, 10, 20, 50]
    assert [shortened(value) for value in (0.05, 30, 1_000, 2_500, 1_000_000)] == ["0.05", "30", "1k", "2.5k", "1M"]


def test_is_light_and_dark_and_as_wide_as_its_page() -> None:
    svg = lines("t", "u", "x", "y", SERIES)

    assert "prefers-color-scheme: dark" in svg
    assert not re.search(r"<svg[^>]* width=", svg)
