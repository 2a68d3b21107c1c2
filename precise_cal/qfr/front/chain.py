"""A chain of pieces of a vessel that move together, in one frame and over time: the cheapest displacements on a grid.

The cost of a piece at each displacement is given; neighbors along the vessel that move apart cost as well, and so does
motion from frame to frame. In one frame the best chain is found by dynamic programming along it (pictorial structures;
Felzenszwalb & Huttenlocher 2005). Over time each piece follows its min-marginals, the cost of the best chain that has
it at a displacement, so that a piece that shows nothing goes where its neighbors can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.core.accelerate import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array


@jit
def marginals(cost: Array, apart: float, far: int) -> Array:
    """Cost (pieces, rows, columns) of the best chain of a frame that has a piece at a displacement.

    Args:
        cost: (pieces, rows, columns) of each piece alone.
        apart: Cost of neighbors whose displacements differ by a step of the grid, squared.
        far: Most steps along an axis by which they may differ.
    """
    pieces, rows, columns = cost.shape
    ahead, behind = np.zeros(cost.shape), np.zeros(cost.shape)
    row_from, column_from = np.empty((rows, columns), np.int32), np.empty((rows, columns), np.int32)
    across = np.empty((rows, columns))
    for piece in range(1, pieces):
        _moved(ahead[piece - 1] + cost[piece - 1], apart, far, across, ahead[piece], row_from, column_from)
        back = pieces - 1 - piece
        _moved(behind[back + 1] + cost[back + 1], apart, far, across, behind[back], row_from, column_from)
    return ahead + behind + cost


@jit
def chain(cost: Array, apart: float, far: int) -> NDArray[np.int64]:
    """The cheapest chain (pieces, 2) of rows and columns in a frame; arguments as in :func:`marginals`."""
    pieces, rows, columns = cost.shape
    by_row, by_column = np.empty(cost.shape, np.int32), np.empty(cost.shape, np.int32)
    across, best = np.empty((rows, columns)), np.empty((rows, columns))
    total = cost[0].copy()
    for piece in range(1, pieces):
        _moved(total, apart, far, across, best, by_row[piece], by_column[piece])
        total = best + cost[piece]
    return _traced(total, by_row, by_column)


@jit
def course(cost: Array, motion: float, far: int) -> NDArray[np.int64]:
    """The cheapest course (frames, 2) of rows and columns through costs (frames, rows, columns).

    Args:
        cost: Of each displacement in each frame.
        motion: Cost of moving by a step of the grid from frame to frame, squared.
        far: Most steps along an axis from frame to frame.
    """
    frames, rows, columns = cost.shape
    by_row, by_column = np.empty(cost.shape, np.int32), np.empty(cost.shape, np.int32)
    across, best = np.empty((rows, columns)), np.empty((rows, columns))
    total = cost[0].copy()
    for frame in range(1, frames):
        _moved(total, motion, far, across, best, by_row[frame], by_column[frame])
        total = best + cost[frame]
    return _traced(total, by_row, by_column)


@jit
def _traced(total: Array, by_row: NDArray[np.int32], by_column: NDArray[np.int32]) -> NDArray[np.int64]:
    """Back from the cheapest end: a row is come from at the column that is come from."""
    count, columns = len(by_row), total.shape[1]
    trail = np.empty((count, 2), np.int64)
    last = np.argmin(total)
    trail[-1, 0], trail[-1, 1] = last // columns, last % columns
    for index in range(count - 1, 0, -1):
        row = by_row[index, trail[index, 0], trail[index, 1]]
        trail[index - 1, 0], trail[index - 1, 1] = row, by_column[index, row, trail[index, 1]]
    return trail


@jit
def _moved(
    total: Array, weight: float, far: int, across: Array, best: Array, by_row: NDArray[np.int32],
    by_column: NDArray[np.int32],
) -> None:  # fmt: skip
    """For each place the cheapest one to come from; k steps along an axis cost ``weight`` · k²."""
    rows, columns = total.shape
    for row in range(rows):
        _cheapest_step(total[row], weight, far, across[row], by_column[row])
    for column in range(columns):
        _cheapest_step(across[:, column], weight, far, best[:, column], by_row[:, column])


@jit
def _cheapest_step(total: Array, weight: float, far: int, best: Array, origin: NDArray[np.int32]) -> None:
    for here in range(len(total)):
        best[here] = np.inf
        for other in range(max(0, here - far), min(len(total), here + far + 1)):
            value = total[other] + weight * (here - other) ** 2
            if value < best[here]:
                best[here], origin[here] = value, other
