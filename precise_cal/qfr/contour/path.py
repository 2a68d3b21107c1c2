"""The cheapest way between points through a picture of costs (Dijkstra on the 8-connected grid)."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.language.catalog import message
from precise_cal.qfr.core.accelerate import jit
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

FLOOR = 0.03
"""Vesselness below which a pixel costs as much as it can: bounds the detour around gaps (own)."""
POWER = 1.5


def minimal_path(speed: Array, stops: Array) -> Array:
    """The cheapest path through way-points.

    Args:
        speed: Vesselness, 0 to 1.
        stops: (k, 2) points [column, row], at least two.

    Returns:
        (n, 2) pixels [column, row].

    Raises:
        QfrError: two stops fall on one pixel.
    """
    cost = 1.0 / np.maximum(speed, FLOOR) ** POWER
    legs: list[NDArray[np.int64]] = []
    for start, goal in zip(np.rint(stops[:-1]).astype(int), np.rint(stops[1:]).astype(int), strict=True):
        if tuple(start) == tuple(goal):
            raise QfrError(
                message(
                    "points { $tolist } and { $tolist_2 } lie on one pixel: set them apart",
                    tolist=start.tolist(),
                    tolist_2=goal.tolist(),
                )
            )
        leg = _walk(cost, start[1], start[0], goal[1], goal[0])
        legs.append(leg[1:] if legs else leg)
    return np.concatenate(legs)[:, ::-1].astype(float)


def snapped(speed: Array, points: Array, reach: float) -> Array:
    """Each point moved to the best ridge nearby: highest vesselness, discounted with the distance.

    Args:
        speed: Vesselness.
        points: (k, 2) points [column, row].
        reach: Farthest move in pixels.
    """
    rows, columns = np.arange(speed.shape[0])[:, None], np.arange(speed.shape[1])
    moved = np.empty_like(points)
    for index, point in enumerate(points):
        away = np.hypot(columns - point[0], rows - point[1])
        worth = np.where(away <= reach, (speed + 1e-6) * np.exp(-0.5 * (away / (0.6 * reach)) ** 2), -1.0)
        row, column = divmod(int(worth.argmax()), int(speed.shape[1]))
        moved[index] = column, row
    return moved


@jit
def _walk(cost: Array, row: int, column: int, goal_row: int, goal_column: int) -> NDArray[np.int64]:
    rows, columns = cost.shape
    best = np.full((rows, columns), np.inf)
    came = np.full((rows, columns), -1, np.int64)
    best[row, column] = 0.0
    heap = [(0.0, row * columns + column)]
    while heap:
        spent, here = heapq.heappop(heap)
        r, c = here // columns, here % columns
        if spent > best[r, c]:
            continue
        if r == goal_row and c == goal_column:
            break
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                nr, nc = r + dr, c + dc
                if (dr == 0 and dc == 0) or nr < 0 or nc < 0 or nr >= rows or nc >= columns:
                    continue
                step = 1.4142135623730951 if dr != 0 and dc != 0 else 1.0
                total = spent + step * 0.5 * (cost[r, c] + cost[nr, nc])
                if total < best[nr, nc]:
                    best[nr, nc] = total
                    came[nr, nc] = here
                    heapq.heappush(heap, (total, nr * columns + nc))
    count, here = 1, goal_row * columns + goal_column
    while came[here // columns, here % columns] >= 0:
        here = came[here // columns, here % columns]
        count += 1
    path = np.empty((count, 2), np.int64)
    here = goal_row * columns + goal_column
    for index in range(count - 1, -1, -1):
        path[index, 0], path[index, 1] = here // columns, here % columns
        here = came[here // columns, here % columns]
    return path
