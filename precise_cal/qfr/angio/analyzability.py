"""Whether a film is suitable for QFR: a list of reasons by code, each with its threshold and where that comes from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from precise_cal.language.catalog import message
from precise_cal.qfr.angio.velocity import apart, together
from precise_cal.qfr.lumen.analysis import Remark

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.segment import Contour
    from precise_cal.qfr.dicom.calibration import Calibration
    from precise_cal.qfr.front.fit import Front
    from precise_cal.qfr.lumen.lesions import Lesion
    from precise_cal.qfr.stereo.lumen3d import Reconstruction


VESSEL_MM: Final = (1.0, 6.0)
"""Reference diameters that a coronary artery in which QFR is asked for may have."""
THROAT_SAMPLES: Final = 8
"""Samples on either side of a least diameter, a quarter of a millimeter each, over which no vessel may lie (own)."""
BRANCH_SAMPLES: Final = 3
"""Samples of a lesion, a quarter of a millimeter each, that another vessel must touch to be told (own)."""
BRANCH_ERROR: Final = "the flank with it is left out of account; on simulated films diameters were within 0.11 mm then"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit, and whether it is ``published`` or ``own``."""

    value: float
    unit: str
    status: Literal["published", "own"]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """All limits; ``own`` ones are to be frozen in the statistical analysis plan before the first participant."""

    angle: Threshold = Threshold(25.0, "deg", "published", "CAMILLA methods; Medis 3D-QFR")
    frame_rate: Threshold = Threshold(12.5, "1/s", "published", "CAMILLA methods")
    residual: Threshold = Threshold(1.0, "mm", "own")
    unmatched: Threshold = Threshold(15.0, "%", "own")
    foreshortening: Threshold = Threshold(20.0, "%", "own")
    overlap: Threshold = Threshold(20.0, "%", "own", "of the vessel, by what lies beyond its lesions")
    lesion_overlap: Threshold = Threshold(25.0, "%", "own", "of the lesion, and none within 2 mm of its least diameter")
    contrast_to_noise: Threshold = Threshold(3.0, "1", "own")
    undefined: Threshold = Threshold(10.0, "%", "own")
    throat_spread: Threshold = Threshold(20.0, "%", "own", "of the least diameter: its fourth power decides")
    lesion_match: Threshold = Threshold(25.0, "%", "own", "least diameter above what the views' own least widths make")
    reference_difference: Threshold = Threshold(10.0, "%", "own")
    front_frames: Threshold = Threshold(1.0, "frames", "own")
    front_error: Threshold = Threshold(15.0, "%", "own", "of the hyperemic velocity: 0.05 of a QFR of 0.80")
    contrast_velocity: Threshold = Threshold(0.05, "m/s", "own", "in place of TIMI grade 3")
    flow_difference: Threshold = Threshold(30.0, "%", "own", "CAMILLA does the same by eye")

    def listed(self) -> list[dict[str, Any]]:
        """The limits as data."""
        return [
            {"id": field.name, "value": limit.value, "unit": limit.unit, "status": limit.status, "source": limit.source}
            for field in fields(self)
            for limit in (getattr(self, field.name),)
        ]


def judge_vessel(vessel: str) -> list[Remark]:
    """Reasons that the name of the vessel gives: QFR is not validated in grafts (FAVOR III Europe excludes them)."""
    if vessel.upper() != "GRAFT":
        return []
    return [Remark("GRAFT", "the vessel is a graft: QFR holds for native coronary arteries (published)")]


def judge_scale(calibrations: tuple[Calibration, ...], contours: tuple[Contour, ...]) -> list[Remark]:
    """Reasons that the size of a pixel gives: not told for sure, or it makes a vessel that cannot be one."""
    reasons = []
    for name, calibration, contour in zip("AB", calibrations, contours, strict=False):
        if calibration.unsure is not None:
            reasons.append(
                Remark(
                    "PIXEL_SIZE_UNSURE", message("view { $name }: { $unsure }", name=name, unsure=calibration.unsure)
                )
            )
        width = float(np.percentile(contour.diameter_mm, 80))
        if not VESSEL_MM[0] <= width <= VESSEL_MM[1]:
            told = message(
                "view { $name }: { $width } mm wide at { $mm_per_pixel } mm a pixel",
                name=name,
                width=f"{width:.1f}",
                mm_per_pixel=f"{calibration.mm_per_pixel:.3f}",
            )
            expected = message(
                "coronary arteries have { $vessel_mm } to { $vessel_mm_2 } mm (own)",
                vessel_mm=f"{VESSEL_MM[0]:g}",
                vessel_mm_2=f"{VESSEL_MM[1]:g}",
            )
            reasons.append(
                Remark(
                    "VESSEL_SIZE_IMPLAUSIBLE",
                    message("{ $told }, { $expected }: calibrate on the catheter", told=told, expected=expected),
                )
            )
    return reasons


def judge_contours(contours: tuple[Contour, ...], limits: Thresholds) -> list[Remark]:
    """Reasons that the pictures alone give: too little contrast, or no diameter over much of the vessel."""
    reasons = []
    for name, contour in zip("AB", contours, strict=False):
        faint = float(np.median(contour.contrast_to_noise))
        if faint < limits.contrast_to_noise.value:
            reasons.append(
                _reason(
                    "LOW_CONTRAST",
                    message("view { $name }: contrast to noise { $faint }", name=name, faint=f"{faint:.1f}"),
                    limits.contrast_to_noise,
                )
            )
        if contour.narrow:
            text = message(
                "view { $name }: narrow everywhere, { $median } mm: no diameter is resolved",
                name=name,
                median=f"{np.median(contour.diameter_mm):.2f}",
            )
            reasons.append(Remark("DIAMETER_UNDEFINED", text))
        lost = 100.0 * float(np.mean(contour.doubtful))
        if lost > limits.undefined.value:
            reasons.append(
                _reason(
                    "DIAMETER_UNDEFINED",
                    message(
                        "view { $name }: borders doubtful over { $lost } % of the vessel", name=name, lost=f"{lost:.0f}"
                    ),
                    limits.undefined,
                )
            )
    return reasons


def judge_geometry(found: Reconstruction, limits: Thresholds) -> list[Remark]:
    """Reasons that two views together give."""
    reasons = []
    if found.angle_deg < limits.angle.value:
        reasons.append(
            _reason(
                "ANGLE_TOO_SMALL",
                message("{ $angle_deg }° between the views", angle_deg=f"{found.angle_deg:.1f}"),
                limits.angle,
            )
        )
    if found.residual_mm > limits.residual.value:
        reasons.append(
            _reason(
                "VIEWS_DO_NOT_FIT",
                message("rays miss each other by { $residual_mm } mm", residual_mm=f"{found.residual_mm:.2f}"),
                limits.residual,
            )
        )
    lost = 100.0 * (1.0 - min(found.matched))
    if lost > limits.unmatched.value:
        text = message("{ $lost } % of the vessel in one view has no partner in the other", lost=f"{lost:.0f}")
        reasons.append(_reason("VIEWS_SHOW_DIFFERENT_PARTS", text, limits.unmatched))
    first, second = found.widths_mm
    apart = 100.0 * (float(found.diameter_mm.min()) / float(np.sqrt(first.min() * second.min())) - 1.0)
    if apart > limits.lesion_match.value:
        text = message(
            "{ $min } and { $min_2 } mm are least in the two views, but not at one place",
            min=f"{first.min():.2f}",
            min_2=f"{second.min():.2f}",
        )
        reasons.append(_reason("LESIONS_DO_NOT_MATCH", text, limits.lesion_match))
    differ = 100.0 * abs(float(np.median((first - second) / (0.5 * (first + second)))))
    if differ > limits.reference_difference.value:
        text = message(
            "diameters { $median } and { $median_2 } mm, { $differ } % apart",
            median=f"{np.median(first):.2f}",
            median_2=f"{np.median(second):.2f}",
            differ=f"{differ:.0f}",
        )
        reasons.append(_reason("CALIBRATIONS_DIFFER", text, limits.reference_difference))
    return reasons


def judge_lesions(lesions: tuple[Lesion, ...], lost: Array | None, covered: Array, limits: Thresholds) -> list[Remark]:
    """Reasons that need to know where the lesions are.

    Args:
        lesions: Lesions as sample ranges of the lumen.
        lost: (views, n) share of the length lost by foreshortening at each sample; None with one view.
        covered: (views, n) bool, another vessel lies over this one.
        limits: Thresholds.
    """
    reasons = []
    beyond = covered.copy()
    for lesion in lesions:
        beyond[:, lesion.first : lesion.last + 1] = False
    share = 100.0 * np.mean(beyond, axis=1)
    if (share > limits.overlap.value).all():
        reasons.append(
            _reason(
                "OVERLAP",
                message("over { $min } % of the vessel or more in every view", min=f"{share.min():.0f}"),
                limits.overlap,
            )
        )
    for number, lesion in enumerate(lesions, 1):
        if lesion.first == 0:
            text = message(
                "lesion { $number } begins at the proximal point: set it farther up; an aorto-ostial lesion is refused",
                number=number,
            )
            reasons.append(Remark("LESION_AT_PROXIMAL_END", text))
        inside = slice(lesion.first, lesion.last + 1)
        share = 100.0 * float(covered[:, inside].mean(axis=1).min())
        throat = covered[:, max(lesion.throat - THROAT_SAMPLES, 0) : lesion.throat + THROAT_SAMPLES + 1]
        if throat.any(axis=1).all() or share > limits.lesion_overlap.value:
            where = "the least diameter" if throat.any(axis=1).all() else f"{share:.0f} %"
            text = message(
                "another vessel lies over { $where } of lesion { $number } in every view", where=where, number=number
            )
            reasons.append(_reason("OVERLAP_AT_LESION", text, limits.lesion_overlap))
        worst = 0.0 if lost is None else 100.0 * float(lost[:, inside].mean(axis=1).min())
        if worst > limits.foreshortening.value:
            reasons.append(
                _reason(
                    "FORESHORTENED",
                    message(
                        "lesion { $number } loses { $worst } % or more in both views",
                        number=number,
                        worst=f"{worst:.0f}",
                    ),
                    limits.foreshortening,
                )
            )
    return reasons


def judge_throats(
    lesions: tuple[Lesion, ...], diameter_mm: Array, spread_mm: Array, limits: Thresholds
) -> list[Remark]:
    """Reasons where the picture leaves too much of a least diameter open.

    Args:
        lesions: Lesions as sample ranges of the lumen.
        diameter_mm: (n,) diameters of the lumen.
        spread_mm: (n,) their standard deviations.
        limits: Thresholds.
    """
    reasons = []
    for number, lesion in enumerate(lesions, 1):
        least, spread = float(diameter_mm[lesion.throat]), float(spread_mm[lesion.throat])
        if 100.0 * spread > limits.throat_spread.value * least:
            text = message(
                "lesion { $number }: { $least } mm, with a standard deviation of { $spread } mm",
                number=number,
                least=f"{least:.2f}",
                spread=f"{spread:.2f}",
            )
            reasons.append(_reason("DIAMETER_UNDEFINED", text, limits.throat_spread))
    return reasons


HIDDEN: Final = "BRANCH_IN_LESION"
"""A notice that becomes a reason against a number where that may lie on either side of the cutoff."""


def tell_hidden(lesions: tuple[Lesion, ...], hidden: NDArray[np.bool_]) -> list[Remark]:
    """Notices where a branch hides one border at the least diameter of a lesion in a view (views, n)."""
    told = "its mouth hides the lumen there, which is drawn from what is seen beside it (own): set pins, or accept it"
    return [
        Remark(
            HIDDEN,
            message("a branch as wide as lesion { $number } leaves within it: { $told }", number=number, told=told),
        )
        for number, lesion in enumerate(lesions, 1)
        if hidden[:, max(lesion.throat - THROAT_SAMPLES, 0) : lesion.throat + THROAT_SAMPLES + 1].any()
    ]


def tell_branches(lesions: tuple[Lesion, ...], touched: NDArray[np.bool_]) -> list[Remark]:
    """Notices for lesions at which a branch leaves, or another vessel touches, in every view (views, n)."""
    return [
        Remark(
            "BRANCH_AT_LESION",
            message(
                "a vessel touches lesion { $number } in every view: { $branch_error }",
                number=number,
                branch_error=BRANCH_ERROR,
            ),
        )
        for number, lesion in enumerate(lesions, 1)
        if (np.count_nonzero(touched[:, lesion.first : lesion.last + 1], axis=1) >= BRANCH_SAMPLES).all()
    ]


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
                _reason(
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
        return _reason(
            "FRONT_TOO_FAST",
            message("the front takes { $frames } frames", frames=f"{front.frames:.2f}"),
            limits.front_frames,
        )
    if front.velocity_m_s < limits.contrast_velocity.value:
        return _reason(
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
        return [], [*named, _reason("FLOW_VIEWS_DIFFER", text, limits.flow_difference)]
    error = 100.0 * together(timed).hyperemic_error
    if error > limits.front_error.value:
        times = " and ".join(f"{front.error_percent:.0f}" for front in timed)
        text = message(
            "the times of the fronts are known to { $times } %, the hyperemic velocity to { $error } %",
            times=times,
            error=f"{error:.0f}",
        )
        named.append(_reason("FRONT_UNCERTAIN", text, limits.front_error))
        return named, []
    return [], named


def _reason(code: str, text: str, limit: Threshold) -> Remark:
    unit = "" if limit.unit == "1" else f" {limit.unit}"
    return Remark(
        code,
        message(
            "{ $text }; limit { $value }{ $unit } ({ $status })",
            text=text,
            value=f"{limit.value:g}",
            unit=unit,
            status=limit.status,
        ),
    )
