"""Millimeters per pixel: from the geometry (isocenter) by default, from a catheter on request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from precise_cal.language.catalog import message
from precise_cal.qfr.dicom.distances import ASSUMED
from precise_cal.qfr.dicom.spacing import CONTRADICTED
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from precise_cal.qfr.dicom.acquisition import Acquisition

DISAGREEMENT = 0.10
"""Share by which isocenter and catheter may differ before it is told (own)."""
DOUBTFUL = frozenset({ASSUMED, CONTRADICTED})
"""Warnings of a file that leave the size of its pixels open."""
CATHETER_MM = (1.0, 4.0)
"""Outer diameters of catheters that can be meant, in mm (3 F to 12 F; 1 F = 1/3 mm)."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The factor in use and where it comes from.

    Attributes:
        mm_per_pixel: The factor.
        source: ``isocenter``, ``pixel_spacing``, ``assumed`` or ``catheter``.
        isocenter: Factor from the geometry, or None where unknown.
        catheter: Factor from the catheter, or None where none was measured.
        unsure: Why the factor may be wrong by a tenth or much more; None where the file tells it.
    """

    mm_per_pixel: float
    source: str
    isocenter: float | None
    catheter: float | None
    unsure: str | None = None

    @property
    def disagree(self) -> bool:
        """True where both factors are known and differ by more than 10 %."""
        if self.isocenter is None or self.catheter is None:
            return False
        return abs(self.catheter / self.isocenter - 1.0) > DISAGREEMENT


def isocenter_factor(found: Acquisition) -> tuple[float, str] | None:
    """Factor for the object plane: spacing × SOD / SID (PS3.17 FFF.2), else the written Pixel Spacing.

    A distance that is only assumed comes last: its source is ``assumed``.
    """
    distance, spacing = found.distances, found.detector_spacing_mm
    plane, assumed = distance.to_object or distance.to_isocenter, found.warned(ASSUMED)
    if found.object_spacing_mm is not None and (assumed or spacing is None or plane is None):
        return sum(found.object_spacing_mm) / 2.0, "pixel_spacing"
    if spacing is not None and plane is not None and distance.to_detector is not None:
        return sum(spacing) / 2.0 * plane / distance.to_detector, "assumed" if assumed else "isocenter"
    return None


def calibrate(
    found: Acquisition, catheter_mm: float | None = None, catheter_pixels: float | None = None
) -> Calibration:
    """The calibration of a run.

    Args:
        found: What the file says.
        catheter_mm: Measured outer diameter of the catheter; it must be empty of contrast.
        catheter_pixels: Its diameter in the picture.

    Raises:
        QfrError: neither way is open, or the catheter cannot be one.
    """
    automatic = isocenter_factor(found)
    if catheter_mm is None:
        if automatic is None:
            raise QfrError('the file tells no pixel size: give "catheter" with its outer diameter and two points on it')
        doubts = [warning.text for warning in found.warnings if warning.code in DOUBTFUL]
        unsure = "; ".join(doubts) if doubts and automatic[1] != "pixel_spacing" else None
        return Calibration(automatic[0], automatic[1], automatic[0], None, unsure)
    if not CATHETER_MM[0] <= catheter_mm <= CATHETER_MM[1] or not catheter_pixels or catheter_pixels <= 0:
        raise QfrError(
            message(
                "catheter: outer diameter { $catheter_mm } mm over { $catheter_pixels } pixels found, { "
                "$catheter_mm_2 } to { $catheter_mm_3 } mm over a visible width expected",
                catheter_mm=catheter_mm,
                catheter_pixels=catheter_pixels,
                catheter_mm_2=CATHETER_MM[0],
                catheter_mm_3=CATHETER_MM[1],
            )
        )
    by_catheter = catheter_mm / catheter_pixels
    return Calibration(by_catheter, "catheter", automatic[0] if automatic else None, by_catheter)
