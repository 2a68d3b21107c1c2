"""One contrast velocity from the fronts of all views, and how well it and the hyperemic one are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from precise_cal.qfr.lumen.flow import LEAST_CONTRAST, MOST_CONTRAST, hyperemic_error, hyperemic_velocity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.qfr.front.fit import Front

LEAST_ERROR: Final = 0.5
"""A front is never known better than to this many percent."""
TOO_SURE: Final = 1.3
"""So many times their standard errors fronts of the second simulator were off (root mean square): what is said of a
velocity has them so much wider."""
SIGMAS: Final = 2.0
"""Two fronts differ where they do by more than so many standard errors of the difference (own)."""


@dataclass(frozen=True, slots=True)
class Velocity:
    """Mean contrast velocity, weighted by the standard errors of the fronts, and its relative standard deviation."""

    m_s: float
    error: float

    @property
    def hyperemic_error(self) -> float:
        """Relative standard deviation of the hyperemic velocity that it makes."""
        return hyperemic_error(float(np.clip(self.m_s, LEAST_CONTRAST, MOST_CONTRAST)), self.error)


def together(fronts: Sequence[Front]) -> Velocity:
    """The velocity of at least one front."""
    errors = [TOO_SURE * 1e-2 * max(front.error_percent, LEAST_ERROR) for front in fronts]
    weights = [error**-2 for error in errors]
    mean = float(np.average([front.velocity_m_s for front in fronts], weights=weights))
    return Velocity(mean, float(np.sum(weights)) ** -0.5)


def apart(fronts: Sequence[Front]) -> float:
    """How far the velocities lie apart, as a share of their mean; 0 where their standard errors explain it."""
    speeds = np.array([front.velocity_m_s for front in fronts])
    errors = TOO_SURE * 1e-2 * speeds * [max(front.error_percent, LEAST_ERROR) for front in fronts]
    differ = float(np.ptp(speeds))
    return differ / float(speeds.mean()) if differ > SIGMAS * float(np.linalg.norm(errors)) else 0.0


def scatter(fronts: Sequence[Front]) -> float:
    """Half the range of the hyperemic velocities that fronts make, as a share of the middle one."""
    speeds = [hyperemic_velocity(float(np.clip(front.velocity_m_s, LEAST_CONTRAST, MOST_CONTRAST))) for front in fronts]
    return (max(speeds) - min(speeds)) / (max(speeds) + min(speeds))
