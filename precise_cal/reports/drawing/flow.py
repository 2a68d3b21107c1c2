"""The flow of participants, in the manner of CONSORT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from precise_cal.reports.drawing.svg import GRAY, INK, box, drawing, line, say

WIDTH: Final = 920.0
_BOX: Final = 320.0
_ROW: Final = 17.0

Step = tuple[str, Sequence[str]]
"""A heading, and lines below it."""


def flow(main: Sequence[Step], aside: Sequence[Step | None], split: Sequence[Step], title: str) -> str:
    """Boxes from the top down, what leaves to the right, and what divides at the end.

    Args:
        main: the steps that participants pass.
        aside: beside the arrow that follows each step: who leaves there.
        split: boxes side by side at the end; none where nothing divides.
        title: for screen readers.
    """
    parts: list[str] = []
    x = 30.0
    y = 6.0
    middle = x + _BOX / 2
    for place, step in enumerate(main):
        height = _height(step)
        parts += _box(x, y, _BOX, step)
        y += height
        if place < len(aside):
            leaving = aside[place]
            gap = max(26.0, _height(leaving) + 16 if leaving else 0)
            parts += _arrow(middle, y, middle, y + gap)
            if leaving:
                branch = y + gap / 2
                parts += _arrow(middle, branch, x + _BOX + 60, branch)
                parts += _box(x + _BOX + 62, branch - _height(leaving) / 2, 500, leaving)
            y += gap
    if split:
        width = (WIDTH - 60) / len(split)
        centers = [30 + width * (place + 0.5) for place in range(len(split))]
        left, right = min(middle, *centers), max(middle, *centers)
        parts += [line(middle, y, middle, y + 14, GRAY, 1.2), line(left, y + 14, right, y + 14, GRAY, 1.2)]
        for center, step in zip(centers, split, strict=True):
            parts += _arrow(center, y + 14, center, y + 32)
            parts += _box(center - width / 2 + 10, y + 34, width - 20, step)
        y += 34 + max(_height(step) for step in split)
    return drawing(WIDTH, y + 6, parts, title)


def _height(step: Step) -> float:
    return 28 + _ROW * len(step[1])


def _box(x: float, y: float, width: float, step: Step) -> list[str]:
    heading, lines = step
    parts = [
        box(x, y, width, _height(step), "#ffffff", INK, rx="3"),
        say(x + 12, y + 18.5, heading, size=13, font_weight="600"),
    ]
    return parts + [say(x + 12, y + 34 + _ROW * place, words, size=12, fill=GRAY) for place, words in enumerate(lines)]


def _arrow(x1: float, y1: float, x2: float, y2: float) -> list[str]:
    if x1 == x2:
        head = f"{x2 - 4:.1f},{y2 - 7:.1f} {x2 + 4:.1f},{y2 - 7:.1f} {x2:.1f},{y2:.1f}"
    else:
        head = f"{x2 - 7:.1f},{y2 - 4:.1f} {x2 - 7:.1f},{y2 + 4:.1f} {x2:.1f},{y2:.1f}"
    return [line(x1, y1, x2, y2, GRAY, 1.2), f'<polygon points="{head}" fill="{GRAY}"/>']
