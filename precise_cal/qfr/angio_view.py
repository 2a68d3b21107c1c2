"""One view of a study: the run opened, the frame chosen, the pixel calibrated, the vessel outlined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from precise_cal.qfr.analysis import Remark
from precise_cal.qfr.beside import Beside, beside
from precise_cal.qfr.calibration import Calibration, calibrate
from precise_cal.qfr.contour.absorbance import absorbance, open_field
from precise_cal.qfr.contour.segment import UNSURE_MM, Contour, outline
from precise_cal.qfr.dicom.reader import read_cine
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.phase import Candidate, candidates

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.dicom.acquisition import Cine
    from precise_cal.qfr.front.fit import Front
    from precise_cal.qfr.study import ViewSpec

ROUGH_FACTOR = 0.25
"""Millimeters per pixel for finding the catheter where the file tells nothing."""


TIMI_HZ = 30.0
"""Frame rate to which TIMI frame counts are referred."""


@dataclass(frozen=True, slots=True)
class View:
    """An opened and outlined view.

    Attributes:
        spec: What was asked.
        cine: The run.
        frame: The analyzed frame.
        chosen: Candidates from which the program chose, best first; empty where the user gave the frame.
        calibration: Millimeters per pixel.
        contour: The vessel.
        beside: Where other vessels touch this one or lie over it, at the stations of its contour.
        notices: What a reader should know.
    """

    spec: ViewSpec
    cine: Cine
    frame: int
    chosen: tuple[Candidate, ...]
    calibration: Calibration
    contour: Contour
    beside: Beside
    notices: tuple[Remark, ...]

    def picture(self, index: int) -> Array:
        """Absorbance of a frame."""
        return absorbance(self.cine.acquisition, self.cine.frame(index))

    def as_data(self, front: Front | None) -> dict[str, Any]:
        """The view in the contract's form, with quality beside it."""
        angles, rate, contour = self.cine.acquisition.angles, self.cine.acquisition.frame_rate_hz, self.contour
        return {
            "frame": self.frame,
            "frame_source": self.chosen[0].source if self.chosen else "given",
            "frame_candidates": [one.frame for one in self.chosen],
            "mm_per_pixel": round(self.calibration.mm_per_pixel, 5),
            "calibration": self.calibration.source,
            "mm_per_pixel_isocenter": self.calibration.isocenter,
            "mm_per_pixel_catheter": self.calibration.catheter,
            "angles_deg": None if angles is None else [angles.primary, angles.secondary],
            "angles_text": None if angles is None else str(angles),
            "frame_rate_hz": None if rate is None else round(rate, 4),
            "blur_mm": round(contour.blur.mean, 3),
            "blur_spread_mm": round(contour.blur.spread, 3),
            "contrast_to_noise": round(float(np.median(contour.contrast_to_noise)), 2),
            "unresolved_percent": round(100.0 * float(contour.unresolved.mean()), 2),
            "doubtful_percent": round(100.0 * float(contour.doubtful.mean()), 2),
            "overlap_percent": round(100.0 * float(self.beside.covered.mean()), 2),
            "contrast_velocity_m_s": None if front is None else round(front.velocity_m_s, 4),
            "contrast_error_percent": None if front is None else round(front.error_percent, 1),
            "contrast_frames": None if front is None else round(front.frames, 2),
            "timi_frame_count": None if front is None or rate is None else round(front.frames * TIMI_HZ / rate, 2),
        }


def open_view(spec: ViewSpec, name: str, say: Callable[[str], None]) -> View:
    """Opens and outlines a view.

    Raises:
        QfrError: the file, the frame or a point cannot be used; the message names the view.
    """
    say(f"view {name}: reading")
    cine = read_cine(spec.file)
    try:
        return _outlined(spec, name, cine, say)
    except QfrError as error:
        raise QfrError(f"view {name} ({spec.file}): {error}") from error


def _outlined(spec: ViewSpec, name: str, cine: Cine, say: Callable[[str], None]) -> View:
    found, mask = cine.acquisition, open_field(cine)
    if spec.frame is not None and spec.frame >= found.frames:
        raise QfrError(f"frame {spec.frame} asked for, 0 to {found.frames - 1} are there")
    chosen = candidates(cine, mask) if spec.frame is None else ()
    frame = chosen[0].frame if spec.frame is None else spec.frame
    picture = absorbance(found, cine.frame(frame))
    calibration = _calibrated(spec, cine, picture, mask)
    say(f"view {name}: contours")
    stops = np.array(spec.stops, dtype=np.float64)
    contour = outline(picture, mask, stops, calibration.mm_per_pixel, densitometry=found.densitometry_allowed)
    others = beside(picture, contour, calibration.mm_per_pixel)
    notices = [Remark(warning.code, f"view {name}: {warning.text}") for warning in found.warnings]
    if chosen:
        text = (
            f"view {name}: frame {frame} chosen by {chosen[0].source} of {', '.join(str(one.frame) for one in chosen)}"
        )
        notices.append(Remark("FRAME_CHOSEN", text))
    if calibration.disagree:
        text = f"isocenter {calibration.isocenter:.4f}, catheter {calibration.catheter:.4f} mm per pixel"
        notices.append(Remark("CALIBRATIONS_DISAGREE", f"view {name}: {text}"))
    if contour.unresolved.any():
        share, at = 100.0 * float(contour.unresolved.mean()), int(np.argmin(contour.diameter_mm))
        text = f"over {share:.0f} % of the vessel the picture leaves more than {UNSURE_MM} mm or a quarter of it open"
        least = f"{contour.diameter_mm[at]:.2f} ± {contour.spread_mm[at]:.2f} mm, blur {contour.blur.mean:.2f} mm"
        notices.append(Remark("BELOW_RESOLUTION", f"view {name}: {text}; narrowest {least}"))
    return View(spec, cine, frame, chosen, calibration, contour, others, tuple(notices))


def _calibrated(spec: ViewSpec, cine: Cine, picture: Array, mask: Any) -> Calibration:
    if spec.catheter is None:
        return calibrate(cine.acquisition)
    points = np.array(spec.catheter.points, dtype=np.float64)
    found = outline(picture, mask, points, ROUGH_FACTOR, densitometry=False)
    pixels = float(np.median(found.traced_mm)) / ROUGH_FACTOR
    return calibrate(cine.acquisition, spec.catheter.outer_diameter_mm, pixels)
