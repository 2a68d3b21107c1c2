"""Pictures that a vendor stores turned or mirrored, and where their points then lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Turned:
    """A clockwise rotation by 0, 90, 180 or 270 degrees, then a mirror that exchanges left and right."""

    rotation_deg: int = 0
    flip: bool = False

    def pictures(self, frames: NDArray[Any]) -> NDArray[Any]:
        """Square frames (n, size, size) as they are stored."""
        turned = np.rot90(frames, -self.rotation_deg // 90, axes=(1, 2))
        return np.ascontiguousarray(turned[:, :, ::-1] if self.flip else turned)

    def points(self, points: NDArray[np.float64], size: int) -> NDArray[np.float64]:
        """Where points [column, row] (n, 2) of frames of a size lie in the stored picture."""
        middle = 0.5 * (size - 1)
        angle = np.deg2rad(self.rotation_deg)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        moved = (points - middle) @ turn.T
        return np.asarray(middle + moved * np.array([-1.0 if self.flip else 1.0, 1.0]))
