"""Reasons against contrast flow: frame rates, and whether the contrast fronts give a velocity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.language.catalog import message
from precise_cal.qfr.angio.limits import against_limit
from precise_cal.qfr.angio.velocity import apart, together
from precise_cal.qfr.lumen.analysis import Remark

if TYPE_CHECKING:
    from precise_cal.qfr.angio.limits import Thresholds
    from precise_cal.qfr.front.fit import Front


def judge_frame_rate(rates: tuple[float | None, ...], limits: Thresholds) -> list[Remark]:
    """Reasons against a frame count: the slowest run decides; an unknown rate is not a sufficient one."""
    reasons = []
    for name, rate in zip("AB", rates, strict=False):
        if rate is None:
            reasons.append(
                Remark("FRAME_RATE_UNKNOWN", message("view { $name }: no frame times, so no frame count", name=name))
            )
        elif rate < limits.frame_rate.value - 1e-3:
            reasons.append(
                against_limit(
                    "FRAME_RATE_TOO_LOW",
                    message("view { $name }: { $rate } frames a second", name=name, rate=f"{rate:.2f}"),
                    limits.frame_rate,
                )
            )
    return reasons


def judge_front(front: Front | None, limits: Thresholds) -> Remark | None:
    """Why the contrast front of a view gives no velocity; None where it does."""
    if front is None:
        text = "no contrast front runs down the vessel, or its time is not known to a third"
        return Remark("NO_CONTRAST_FRONT", text)
    if front.frames < limits.front_frames.value:
        return against_limit(
            "FRONT_TOO_FAST",
            message("the front takes { $frames } frames", frames=f"{front.frames:.2f}"),
            limits.front_frames,
        )
    if front.velocity_m_s < limits.contrast_velocity.value:
        return against_limit(
            "SLOW_FLOW",
            message("contrast moves at { $velocity_m_s } m/s", velocity_m_s=f"{front.velocity_m_s:.3f}"),
            limits.contrast_velocity,
        )
    return None


def judge_fronts(fronts: tuple[Front | None, ...], limits: Thresholds) -> tuple[list[Remark], list[Remark]]:
    """Reasons against contrast flow, and notices. One view that times the front is enough; slow flow in any is not.

    What counts is how well all fronts together tell the hyperemic velocity. Where two views time them too differently,
    by more than their errors explain, the fixed flow is used and it is told (as CAMILLA does by eye).
    """
    judged = [judge_front(front, limits) for front in fronts]
    named = [
        Remark(found.code, message("view { $name }: { $text }", name=name, text=found.text))
        for name, found in zip("AB", judged, strict=False)
        if found is not None
    ]
    timed = [front for front, found in zip(fronts, judged, strict=True) if front is not None and found is None]
    if not timed or any(found.code == "SLOW_FLOW" for found in named):
        return named, []
    differ = 100.0 * apart(timed)
    if differ > limits.flow_difference.value:
        speeds = " and ".join(f"{front.velocity_m_s:.3f}" for front in timed)
        text = message(
            "contrast velocities { $speeds } m/s differ by { $differ } %: the fixed flow is used",
            speeds=speeds,
            differ=f"{differ:.0f}",
        )
        return [], [*named, against_limit("FLOW_VIEWS_DIFFER", text, limits.flow_difference)]
    error = 100.0 * together(timed).hyperemic_error
    if error > limits.front_error.value:
        times = " and ".join(f"{front.error_percent:.0f}" for front in timed)
        text = message(
            "the times of the fronts are known to { $times } %, the hyperemic velocity to { $error } %",
            times=times,
            error=f"{error:.0f}",
        )
        named.append(against_limit("FRONT_UNCERTAIN", text, limits.front_error))
        return named, []
    return [], named
