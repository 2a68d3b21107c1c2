"""Whether a film is suitable for QFR: reasons by code that vessel, pixels, outlines and both views together give.

Each names its threshold and where that comes from (``limits.py``). Lesions (``at_lesions.py``) and contrast fronts
(``of_fronts.py``) have reasons of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from precise_cal.language.catalog import message
from precise_cal.qfr.angio.limits import against_limit
from precise_cal.qfr.lumen.analysis import Remark

if TYPE_CHECKING:
    from precise_cal.qfr.angio.limits import Thresholds
    from precise_cal.qfr.contour.segment import Contour
    from precise_cal.qfr.dicom.calibration import Calibration
    from precise_cal.qfr.stereo.lumen3d import Reconstruction

VESSEL_MM: Final = (1.0, 6.0)
"""Reference diameters that a coronary artery in which QFR is asked for may have."""


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
                against_limit(
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
                against_limit(
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
            against_limit(
                "ANGLE_TOO_SMALL",
                message("{ $angle_deg }° between the views", angle_deg=f"{found.angle_deg:.1f}"),
                limits.angle,
            )
        )
    if found.residual_mm > limits.residual.value:
        reasons.append(
            against_limit(
                "VIEWS_DO_NOT_FIT",
                message("rays miss each other by { $residual_mm } mm", residual_mm=f"{found.residual_mm:.2f}"),
                limits.residual,
            )
        )
    lost = 100.0 * (1.0 - min(found.matched))
    if lost > limits.unmatched.value:
        text = message("{ $lost } % of the vessel in one view has no partner in the other", lost=f"{lost:.0f}")
        reasons.append(against_limit("VIEWS_SHOW_DIFFERENT_PARTS", text, limits.unmatched))
    first, second = found.widths_mm
    apart = 100.0 * (float(found.diameter_mm.min()) / float(np.sqrt(first.min() * second.min())) - 1.0)
    if apart > limits.lesion_match.value:
        text = message(
            "{ $min } and { $min_2 } mm are least in the two views, but not at one place",
            min=f"{first.min():.2f}",
            min_2=f"{second.min():.2f}",
        )
        reasons.append(against_limit("LESIONS_DO_NOT_MATCH", text, limits.lesion_match))
    differ = 100.0 * abs(float(np.median((first - second) / (0.5 * (first + second)))))
    if differ > limits.reference_difference.value:
        text = message(
            "diameters { $median } and { $median_2 } mm, { $differ } % apart",
            median=f"{np.median(first):.2f}",
            median_2=f"{np.median(second):.2f}",
            differ=f"{differ:.0f}",
        )
        reasons.append(against_limit("CALIBRATIONS_DIFFER", text, limits.reference_difference))
    return reasons
