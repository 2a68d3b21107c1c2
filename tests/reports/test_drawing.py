"""Drawings: everything lies within its frame, axes reach their ends, and heights are counts."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from precise_cal.reports.drawing.axis import Axis, logarithmic, ticks
from precise_cal.reports.drawing.charts import histogram, shares, trend
from precise_cal.reports.drawing.flow import flow
from precise_cal.reports.drawing.pullback import pullback
from precise_cal.reports.drawing.timeline import Moment, Sample, Window, markers, procedure_day, year
from precise_cal.reports.pullback import Pullback

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SVG = "{http://www.w3.org/2000/svg}"
BINS = [(0.78, 1), (0.79, 0), (0.80, 4), (0.81, 2)]
PULLBACK = Pullback(
    vessel="LAD",
    phase="post",
    file="a.json",
    qfr=0.85,
    interval=None,
    position_mm=tuple(range(41)),
    qfr_along=tuple(1.0 - one / 200 for one in range(41)),
    diameter_mm=(3.0,) * 41,
    reference_mm=(3.2,) * 41,
    lesions=((10.0, 20.0),),
)
MOMENTS = [
    Moment("modification", "balloon", 0.2, 0.5),
    Moment("modification", "lithotripsy", 0.6, 0.8),
    Moment("QFR", "0.84", 1.0, shape="diamond"),
    Moment("QFR", "a long text that has no room behind its mark", 1.6, loud=True),
    Moment("consent", "signed", -2.0, shape="square"),
]
DRAWINGS = {
    "histogram": lambda: histogram(BINS, 0.01, 0.8, "QFR", "q"),
    "shares": lambda: shares({"A": [("in", 3, "solid"), ("out", 1, "hatch")], "B": [("in", 2, "open")]}, "Shares", "s"),
    "trend": lambda: trend(["1", "2", "3"], {"one": [1, 2, 3], "two": [3, None, 2.9], "three": [0, 0, 0]}, "n", "T"),
    "pullback": lambda: pullback(PULLBACK, 0.8, "QFR along the vessel"),
    "day": lambda: procedure_day(MOMENTS, "The day", "procedure"),
    "markers": lambda: markers(
        [Sample(-3.0, 0.4, False, "0.4 ×"), Sample(6.0, 2.0, False, "2 ×"), Sample(16.0, 8.0, True, "8 ×")],
        5.0, "Troponin", "start",
    ),
    "year": lambda: year(
        [Moment("visits", "done", 31.0, shape="square"), Moment("events", "infarction", 200.0, 203.0, loud=True)],
        [Window("M1", 23, 37), Window("M12", 335, 395)],
        300.0, "The year", "y", "procedure", ["visits", "events"],
    ),
    "flow": lambda: flow(
        [("Screened", ["30"]), ("Asked", ["24", "of them at S1 12"]), ("Randomized", ["20"])],
        [("Left", ["6", "IC-1 4"]), None],
        [("DCB", ["10"]), ("DES", ["10"])],
        "Participants",
    ),
}  # fmt: skip
GOLDEN = Path(__file__).with_name("drawings.txt")
"""Every shape of these drawings, for changes that somebody looked at: `python tests/reports/test_drawing.py`."""


def parsed(name: str) -> Element:
    return ElementTree.fromstring(str(DRAWINGS[name]()))


def numbers(element: Element, *names: str) -> list[float]:
    return [float(element.attrib[name]) for name in names if name in element.attrib]


def words(root: Element) -> dict[str, tuple[float, float]]:
    """Where texts stand; of several that are alike, the last."""
    return {
        "".join(one.itertext()): (float(one.attrib["x"]), float(one.attrib["y"])) for one in root.iter(f"{SVG}text")
    }


@pytest.mark.parametrize(
    ("low", "high", "about", "expected"),
    [
        (0, 10, 4, [0, 5, 10]),
        (0, 4, 4, [0, 1, 2, 3, 4]),
        (0, 7, 4, [0, 2, 4, 6]),
        (0.5, 1.0, 5, [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        (0, 95, 8, [0, 20, 40, 60, 80]),
        (3, 3, 5, [3]),
        (-10, 10, 4, [-10, -5, 0, 5, 10]),
    ],
)
def test_ticks_are_round_and_reach_both_ends(low: float, high: float, about: int, expected: list[float]) -> None:
    assert ticks(low, high, about) == pytest.approx(expected)


def test_axes_put_values_in_their_places() -> None:
    axis = Axis(10, 20, 100, 300)
    assert [axis(value) for value in (10, 15, 20, 5, 25)] == [100, 200, 300, 100, 300]
    assert [axis.holds(value) for value in (9.9, 10, 20, 20.1)] == [False, True, True, False]
    assert Axis(3, 3, 100, 300)(3) == 100
    assert [logarithmic(1, 100, 0, 10)(value) for value in (0, 1, 10, 100)] == pytest.approx([0, 0, 5, 10])


@pytest.mark.parametrize("name", DRAWINGS)
def test_nothing_stands_outside_the_frame(name: str) -> None:
    root = parsed(name)
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    assert (left, top) == (0, 0)
    assert [float(root.attrib[one]) for one in ("width", "height")] == [width, height]
    lowest = 0.0
    for one in root.iter():
        if one.tag in (f"{SVG}pattern", f"{SVG}defs") or (one.tag == f"{SVG}rect" and "x" not in one.attrib):
            continue
        points = [pair.split(",") for pair in one.attrib.get("points", "").split()]
        across = [*numbers(one, "x", "x1", "x2", "cx"), *(float(x) for x, _ in points)]
        down = [*numbers(one, "y", "y1", "y2", "cy"), *(float(y) for _, y in points)]
        if one.tag == f"{SVG}rect":
            across.append(sum(numbers(one, "x", "width")))
            down.append(sum(numbers(one, "y", "height")))
        assert all(0 <= value <= width for value in across), one.attrib
        assert all(0 <= value <= height for value in down), one.attrib
        lowest = max([lowest, *down])
    assert height - lowest < 15, "no empty strip below"


def test_bars_are_as_high_as_their_counts_and_hatched_up_to_the_threshold() -> None:
    root = parsed("histogram")
    bars = [one for one in root.iter(f"{SVG}rect") if "x" in one.attrib]
    heights = [float(one.attrib["height"]) for one in bars]
    assert heights == pytest.approx([heights[0], 4 * heights[0], 2 * heights[0]], abs=0.11)
    assert heights[0] > 20
    assert {sum(numbers(one, "y", "height")) for one in bars} == {190.0}
    assert [one.attrib["fill"].startswith("url") for one in bars] == [True, False, False]
    assert {"0.78", "0.80", "0.82"} <= words(root).keys(), "both ends are named"
    assert {"0", "2", "4"} <= words(root).keys()


def test_parts_of_a_row_lie_side_by_side() -> None:
    root = parsed("shares")
    first = [one for one in root.iter(f"{SVG}rect") if one.attrib.get("height") == "24.0" and one.attrib["y"] == "28.0"]
    (left, width), (right, other) = (numbers(one, "x", "width") for one in first)
    assert (left, left + width) == (120.0, right)
    assert width == pytest.approx(3 * other)
    assert words(root)["B"][1] - words(root)["A"][1] == 34.0
    assert [text for text in words(root) if text.isdigit()] == ["3", "1", "2"]


def test_names_of_lines_stand_apart() -> None:
    root = parsed("trend")
    places = [words(root)[name] for name in ("one", "two", "three")]
    assert all(abs(one[1] - other[1]) >= 14.9 for one, other in combinations(places, 2))
    lines = [one.attrib["points"] for one in root.iter(f"{SVG}polyline")]
    assert [len(one.split()) for one in lines] == [3, 2, 3]
    assert len({x for one in lines for x in re.findall(r"([\d.]+),", one)}) == 3


def test_a_pullback_has_its_lesion_and_both_ends() -> None:
    root = parsed("pullback")
    (lesion,) = (one for one in root.iter(f"{SVG}rect") if "x" in one.attrib)
    assert numbers(lesion, "x", "width") == pytest.approx([118 + 772 / 4, 772 / 4], abs=0.11)
    assert words(root)["0"][0] == 118.0
    assert words(root)["40"][0] == 890.0
    qfr, diameter, reference = (one.attrib["points"].split() for one in root.iter(f"{SVG}polyline"))
    assert len(qfr) >= 41
    assert qfr[0] == "118.0,14.0", "QFR 1 at the ostium stands at the top"
    assert float(diameter[0].split(",")[1]) > float(reference[0].split(",")[1]), "a smaller diameter stands lower"


def _shapes() -> str:
    """Every drawing, one shape a line, without what all share."""
    return "".join(f"# {name}\n{str(made()).replace('><', f'>{chr(10)}<')}\n" for name, made in DRAWINGS.items())


def test_no_drawing_changes_unseen() -> None:
    assert _shapes() == GOLDEN.read_text(encoding="utf-8"), "look at it, then: python tests/reports/test_drawing.py"


if __name__ == "__main__":
    GOLDEN.write_text(_shapes(), encoding="utf-8")
