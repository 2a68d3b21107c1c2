"""Hyperemic flow: a fixed velocity, one from the contrast front, or a given one; and how it runs along the vessel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from precise_cal.language.catalog import message
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array

FlowLaw = Literal["reference", "constant"]
FlowMethod = Literal["fixed", "contrast", "given"]

FIXED_VELOCITY: Final = 0.35  # m/s; fixed empiric hyperemic flow velocity, as cited in Sci Rep 2021, s41598-021-82235-y
HFV: Final = (
    0.10,
    1.55,
    -0.93,
)  # m/s, 1, s/m; contrast-flow model of FAVOR Pilot (Tu 2016), read in a secondary source
LEAST_CONTRAST: Final = 0.02  # m/s, own: below it the front does not move
MOST_CONTRAST: Final = -HFV[1] / (2.0 * HFV[2])  # m/s; beyond its vertex the quadratic falls


@dataclass(frozen=True, slots=True)
class Flow:
    """Mean hyperemic velocity in m/s in the reference lumen, and where it comes from."""

    method: FlowMethod
    velocity_m_s: float
    frames: float | None = None
    frame_rate_hz: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.velocity_m_s) and 0.0 < self.velocity_m_s <= 3.0):
            raise QfrError(
                message(
                    "velocity: { $velocity_m_s } m/s; a value above 0 and up to 3 m/s is wanted",
                    velocity_m_s=f"{self.velocity_m_s:g}",
                )
            )


def fixed_flow() -> Flow:
    """The fixed hyperemic velocity, 0.35 m/s."""
    return Flow("fixed", FIXED_VELOCITY)


def given_flow(velocity_m_s: float) -> Flow:
    """A velocity measured or chosen by the user.

    Raises:
        QfrError: it is not above 0 and at most 3 m/s.
    """
    return Flow("given", velocity_m_s)


def hyperemic_velocity(contrast_velocity_m_s: float) -> float:
    """HFV = 0.10 + 1.55 CFV − 0.93 CFV² in m/s (contrast-flow QFR; Tu et al. 2016, JACC Cardiovasc Interv 9:2024).

    Raises:
        QfrError: contrast does not move (the formula would still return 0.10 m/s) or moves faster than the vertex.
    """
    if not contrast_velocity_m_s >= LEAST_CONTRAST:
        wanted = message(
            "the contrast does not move; from { $least_contrast } m/s on it counts as moving",
            least_contrast=f"{LEAST_CONTRAST:g}",
        )
        raise QfrError(
            message(
                "contrast velocity: { $contrast_velocity_m_s } m/s; { $wanted }",
                contrast_velocity_m_s=f"{contrast_velocity_m_s:g}",
                wanted=wanted,
            )
        )
    if contrast_velocity_m_s > MOST_CONTRAST:
        raise QfrError(
            message(
                "contrast velocity: { $contrast_velocity_m_s } m/s; the formula holds up to { $most_contrast } m/s",
                contrast_velocity_m_s=f"{contrast_velocity_m_s:g}",
                most_contrast=f"{MOST_CONTRAST:.3f}",
            )
        )
    return HFV[0] + HFV[1] * contrast_velocity_m_s + HFV[2] * contrast_velocity_m_s**2


def hyperemic_error(contrast_velocity_m_s: float, error: float) -> float:
    """Relative standard deviation of the hyperemic velocity, from that of the contrast velocity."""
    slope = HFV[1] + 2.0 * HFV[2] * contrast_velocity_m_s
    return error * contrast_velocity_m_s * max(slope, 0.0) / hyperemic_velocity(contrast_velocity_m_s)


def contrast_flow(length_mm: float, frames: float, frame_rate_hz: float) -> Flow:
    """Flow from the frames that the contrast front needs for ``length_mm`` of vessel.

    Raises:
        QfrError: a value is not above 0, or the velocity lies outside the formula's range.
    """
    for name, value in (("length", length_mm), ("frames", frames), ("frame rate", frame_rate_hz)):
        if not (math.isfinite(value) and value > 0.0):
            raise QfrError(
                message("contrast flow: { $name } { $value }; a value above 0 is wanted", name=name, value=f"{value:g}")
            )
    velocity = hyperemic_velocity(1e-3 * length_mm * frame_rate_hz / frames)
    return Flow("contrast", velocity, frames, frame_rate_hz)


def contrast_velocity_flow(contrast_velocity_m_s: float) -> Flow:
    """Flow from the velocity of the contrast front in m/s.

    Raises:
        QfrError: the velocity lies outside the formula's range.
    """
    return Flow("contrast", hyperemic_velocity(contrast_velocity_m_s))


def flow_along(velocity_m_s: float, diameter_mm: Array, reference_mm: Array, law: FlowLaw) -> Array:
    """Flow in m³/s, shape (n,): velocity times reference area, or times the area of the first sample everywhere."""
    carrier = reference_mm if law == "reference" else diameter_mm[:1].repeat(diameter_mm.size)
    flow: Array = velocity_m_s * math.pi / 4.0 * (1e-3 * carrier) ** 2
    return flow
