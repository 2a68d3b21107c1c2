"""The course of one participant: the first day, results against their limits, and the year after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import message
from precise_cal.reports.drawing.axis import Axis, logarithmic
from precise_cal.reports.drawing.svg import (
    BLUE,
    GRAY,
    HALO,
    INK,
    LINE,
    ORANGE,
    PALE,
    box,
    drawing,
    hatch,
    line,
    mark,
    path,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 920.0
_LEFT: Final = 118.0
_RIGHT: Final = 904.0
_LETTER: Final = 7.4
"""What a letter takes on the screen, in px, also where the text is said in Chinese, of fewer and wider ones."""
_LANE: Final = 24.0


@dataclass(frozen=True, slots=True)
class Moment:
    """Something at one time, or from one time to another, in a lane of its own kind."""

    lane: str
    words: str
    start: float
    """Hours or days from the start of day zero."""
    end: float | None = None
    shape: str = "circle"
    loud: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """A result: hours from day zero, multiple of its limit, and the value in words."""

    hours: float
    multiple: float
    above: bool
    """Whether it exceeds the registered multiple, computed exactly."""
    words: str


@dataclass(frozen=True, slots=True)
class Window:
    """The window of a contact, in days from day zero."""

    name: str
    first: int
    last: int


def procedure_day(moments: Sequence[Moment], title: str, zero: str) -> str:
    """Lanes over the hours of the day on which what `zero` names began."""
    times = [one.start for one in moments] + [one.end for one in moments if one.end is not None]
    low, high = min(times), max(times)
    margin = max(0.15, 0.06 * (high - low))
    axis = Axis(low - margin, high + margin, _LEFT, _RIGHT)
    lanes = list(dict.fromkeys(one.lane for one in moments))
    bottom = 8 + _LANE * len(lanes)
    parts = _hours(axis, bottom, zero)
    for place, lane in enumerate(lanes):
        y = 8 + _LANE * (place + 0.5)
        parts += [line(_LEFT, y, _RIGHT, y, PALE), say(_LEFT - 10, y + 4, lane, "end", fill=GRAY)]
        parts += _lane(axis, y, [one for one in moments if one.lane == lane])
    return drawing(WIDTH, bottom + 34, parts, title)


def _hours(axis: Axis, bottom: float, zero: str) -> list[str]:
    step = 0.5 if axis.high - axis.low <= 5 else 1 if axis.high - axis.low <= 10 else 6
    parts = []
    count = int(axis.low / step)
    while count * step <= axis.high:
        hours = count * step
        if axis.holds(hours):
            minutes = round(hours * 60)
            parts.append(
                line(axis(hours), 4, axis(hours), bottom, INK if not minutes else LINE, 1.2 if not minutes else 0.7)
            )
            sign = "−" if minutes < 0 else ""
            shown = f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02}"
            parts.append(say(axis(hours), bottom + 14, shown, "middle", 11, fill=GRAY))
        count += 1
    parts.append(
        say(
            _RIGHT,
            bottom + 29,
            message("hours:minutes from the start of the { $zero }", zero=zero),
            "end",
            11,
            fill=GRAY,
        )
    )
    return parts


def _lane(axis: Axis, y: float, moments: Sequence[Moment]) -> list[str]:
    """The marks of a lane; words stand behind their mark, else before it, else not at all: the table has them."""
    parts: list[str] = []
    ordered = sorted(moments, key=lambda one: one.start)
    free = axis.start
    for place, one in enumerate(ordered):
        color = ORANGE if one.loud else BLUE
        x = axis(one.start)
        end = x if one.end is None else max(x + 3, axis(one.end))
        parts.append(mark(x, y, one.shape, color) if one.end is None else box(x, y - 5, end - x, 10, color, rx="2"))
        following = axis(ordered[place + 1].start) - 8 if place + 1 < len(ordered) else axis.end + 12
        width = _LETTER * len(one.words)
        if end + 9 + width <= following:
            parts.append(say(end + 9, y + 4, one.words, size=11.5, **HALO))
            free = end + 9 + width
        elif x - 9 - width >= free:
            parts.append(say(x - 9, y + 4, one.words, "end", 11.5, **HALO))
            free = end
        else:
            free = end
    return parts


def markers(samples: Sequence[Sample], limit: float, title: str, zero: str) -> str:
    """Results as multiples of their own limit, on a logarithmic scale, with the registered threshold."""
    top, bottom = 16.0, 138.0
    most = max(limit * 2, *(one.multiple for one in samples)) * 1.3
    least = min(0.1, *(max(one.multiple, 0.01) for one in samples))
    across = Axis(
        min(-6.0, *(one.hours for one in samples)), max(30.0, *(one.hours for one in samples)), _LEFT, _RIGHT - 90
    )
    up = logarithmic(least, most, bottom, top)
    parts = []
    for value in (0.01, 0.1, 1, 10, 100, 1000):
        if least <= value <= most:
            parts.append(line(_LEFT, up(value), _RIGHT, up(value), PALE))
            parts.append(say(_LEFT - 10, up(value) + 4, f"{value:g} ×", "end", 11, fill=GRAY))
    parts += [
        line(_LEFT, up(limit), _RIGHT, up(limit), ORANGE, 1.4, "6 4"),
        say(_RIGHT, up(limit) - 5, f"{limit:g} × ULN", "end", 11.5, fill=ORANGE),
        line(across(0), top - 6, across(0), bottom, INK, 1),
        say(across(0) + 4, top - 2, zero, size=11, fill=GRAY),
        path([(across(one.hours), up(one.multiple)) for one in samples], GRAY, 1),
    ]
    for one in samples:
        x, y = across(one.hours), up(one.multiple)
        shape, color = ("diamond", ORANGE) if one.above else ("circle", BLUE)
        parts += [mark(x, y, shape, color), say(x + 8, y - 6, one.words, size=11.5, **HALO)]
    step = 6 if across.high - across.low <= 48 else 24
    for hours in range(int(across.low) // step * step, int(across.high) + 1, step):
        if across.holds(hours):
            parts.append(say(across(hours), bottom + 15, f"{hours} h".replace("-", "−"), "middle", 11, fill=GRAY))
    return drawing(WIDTH, bottom + 24, parts, title)


def year(
    moments: Sequence[Moment],
    windows: Sequence[Window],
    cutoff: float | None,
    title: str,
    key: str,
    zero: str,
    first_lanes: Sequence[str],
) -> str:
    """Contacts in their windows, events and the end of participation, over the days after day zero."""
    last = max([400.0, *(one.start for one in moments), *(one.last for one in windows)])
    first = min(-10.0, *(one.start for one in moments)) if moments else -10.0
    axis = Axis(first, last, _LEFT, _RIGHT)
    lanes = list(dict.fromkeys([*first_lanes, *(one.lane for one in moments)]))
    bottom = 24 + _LANE * len(lanes)
    parts = [hatch(f"{key}-hatch", "#a9b8c6")]
    for one in windows:
        x = axis(one.first)
        parts.append(box(x, 20, axis(one.last) - x, bottom - 20, f"url(#{key}-hatch)", LINE, opacity="0.75"))
        parts.append(
            say(
                (x + axis(one.last)) / 2,
                14,
                message("{ $visit } { $first }–{ $last }", visit=one.name, first=one.first, last=one.last),
                "middle",
                11,
                fill=GRAY,
            )
        )
    for place, lane in enumerate(lanes):
        y = 24 + _LANE * (place + 0.5)
        parts += [line(_LEFT, y, _RIGHT, y, LINE, 0.7), say(_LEFT - 10, y + 4, lane, "end", fill=GRAY)]
        parts += _lane(axis, y, [one for one in moments if one.lane == lane])
    for days in (0, 30, 90, 180, 270, 365, *range(450, int(last) + 1, 90)):
        parts += [
            line(axis(days), bottom, axis(days), bottom + 5, GRAY),
            say(axis(days), bottom + 17, days, "middle", 11, fill=GRAY),
        ]
    if cutoff is not None and axis.holds(cutoff):
        x = axis(cutoff)
        parts += [line(x, 18, x, bottom, INK, 1.2, "2 3"), say(x - 4, bottom - 3, "cut-off", "end", 11)]
    parts.append(say(_RIGHT, bottom + 32, message("days from the { $zero } (day 0)", zero=zero), "end", 11, fill=GRAY))
    return drawing(WIDTH, bottom + 38, parts, title)
