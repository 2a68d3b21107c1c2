"""One view of a study: the run opened, the frame chosen, the pixel calibrated, the vessel outlined."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.ndimage import binary_dilation

from precise_cal.language.catalog import Verbatim, message, words_of
from precise_cal.qfr.angio.notices import moved_clicks, notices_of
from precise_cal.qfr.contour.absorbance import absorbance, open_field
from precise_cal.qfr.contour.beside import Beside, beside
from precise_cal.qfr.contour.pinned import Pinned, pinned
from precise_cal.qfr.contour.polygon import within
from precise_cal.qfr.contour.segment import Contour, outline
from precise_cal.qfr.dicom.calibration import Calibration, calibrate, isocenter_factor
from precise_cal.qfr.dicom.source import Source, cut, open_source, stamp
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.frames.phase import Candidate, candidates

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.angio.memory import Memory
    from precise_cal.qfr.dicom.acquisition import Cine
    from precise_cal.qfr.front.fit import Front
    from precise_cal.qfr.lumen.analysis import Remark
    from precise_cal.qfr.study.parts import ViewSpec

ROUGH_FACTOR = 0.25
"""Millimeters per pixel for finding the catheter where the file tells nothing."""


NEAR_MM = 2.5
"""A polygon that is no farther from the midline holds the vessel beside it (own)."""
TIMI_HZ = 30.0
"""Frame rate to which TIMI frame counts are referred."""


MOST_LEFT_OUT: Final = 0.9
"""Share of a vessel's midline that polygons may cover; of what is under them nothing is seen."""


@dataclass(frozen=True, slots=True)
class View:
    """An opened and outlined view.

    Attributes:
        spec: What was asked.
        source: The file.
        cine: The run, of which the study may leave out frames at both ends.
        frame: The analyzed frame, counted from the first one of the file.
        chosen: Candidates from which the program chose, best first; empty where the user gave the frame.
        calibration: Millimeters per pixel.
        found: The vessel as the program outlines it.
        contour: The vessel with what a person corrected.
        pins_before: Where the borders were before pins moved them, under ``left`` and ``right``.
        beside: Where other vessels touch this one or lie over it, at the stations of its contour.
        notices: What a reader should know.
    """

    spec: ViewSpec
    source: Source
    cine: Cine
    frame: int
    chosen: tuple[Candidate, ...]
    calibration: Calibration
    found: Contour
    contour: Contour
    pins_before: dict[str, tuple[tuple[float, float], ...]]
    beside: Beside
    notices: tuple[Remark, ...]

    @property
    def index(self) -> int:
        """The analyzed frame, counted from the first one that the study keeps."""
        return self.frame - (self.spec.first_frame or 0)

    def picture(self, index: int) -> Array:
        """Absorbance of a frame, counted from the first one that the study keeps."""
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


def open_view(spec: ViewSpec, path: Path, name: str, memory: Memory, say: Callable[[str], None]) -> View:
    """Opens and outlines a view.

    Args:
        spec: What is asked.
        path: Its file.
        name: ``A`` or ``B``.
        memory: Steps done before.
        say: Called with the name of a step before it begins.

    Raises:
        QfrError: the file, the frame or a point cannot be used; the message names the view.
    """
    say(message("view { $name }: reading", name=name))
    source = memory.step(f"{name} file", stamp(path), lambda: open_source(path))
    try:
        return _outlined(spec, name, source, memory, say)
    except QfrError as error:
        raise QfrError(
            message("view { $name } ({ $path }): { $error }", name=name, path=Verbatim(path), error=words_of(error))
        ) from error


def _outlined(spec: ViewSpec, name: str, source: Source, memory: Memory, say: Callable[[str], None]) -> View:
    ends = (spec.first_frame, spec.last_frame)
    cine = memory.step(f"{name} run", (source, *ends), lambda: cut(source.cine, *ends))
    mask = memory.step(f"{name} open field", (cine,), lambda: open_field(cine))
    chosen, frame = _framed(spec, name, cine, mask, memory)
    index = frame - (spec.first_frame or 0)
    picture = memory.step(f"{name} picture", (cine, index), lambda: absorbance(cine.acquisition, cine.frame(index)))
    calibration = memory.step(
        f"{name} calibration", (picture, spec.catheter), lambda: _calibrated(spec, cine, picture, mask)
    )
    say(message("view { $name }: contours", name=name))
    left_out = memory.step(f"{name} left out", (picture, spec.exclude), lambda: _left_out(spec, picture))
    stops, factor = np.array(spec.stops, dtype=np.float64), calibration.mm_per_pixel
    linear = cine.acquisition.densitometry_allowed
    found = memory.step(
        f"{name} outline",
        (picture, mask, left_out, spec.stops, factor),
        lambda: _outline(picture, mask, stops, factor, left_out, _beside_frame(cine, index), densitometry=linear),
    )
    pins = {side: points for side in ("left", "right") if (points := getattr(spec.borders, side))}
    moved = memory.step(
        f"{name} pins",
        (found, spec.borders),
        lambda: (
            pinned(picture, found, pins, factor, densitometry=linear, excluded=left_out) if pins else Pinned(found, {})
        ),
    )
    contour = moved.contour
    others = memory.step(
        f"{name} beside", (picture, contour, left_out), lambda: _beside(picture, contour, factor, left_out)
    )
    notices = (*notices_of(name, cine, frame, chosen, calibration, contour), *moved_clicks(spec, name, contour, factor))
    return View(spec, source, cine, frame, chosen, calibration, found, contour, moved.before, others, notices)


def _framed(
    spec: ViewSpec, name: str, cine: Cine, mask: NDArray[np.bool_], memory: Memory
) -> tuple[tuple[Candidate, ...], int]:
    """Candidates where the program chose, and the frame, both counted from the first one of the file."""
    first, count = spec.first_frame or 0, cine.acquisition.frames
    if spec.frame is not None:
        if spec.frame >= first + count:
            raise QfrError(
                message(
                    "frame { $frame } asked for, { $first } to { $first_2 } are there",
                    frame=spec.frame,
                    first=first,
                    first_2=first + count - 1,
                )
            )
        return (), spec.frame
    factor, stops = isocenter_factor(cine.acquisition), np.array(spec.stops, dtype=np.float64)
    chosen = memory.step(
        f"{name} candidates",
        (cine, mask, spec.stops),
        lambda: candidates(cine, mask, stops, None if factor is None else factor[0]),
    )
    counted = tuple(replace(one, frame=one.frame + first) for one in chosen)
    return counted, counted[0].frame


def _left_out(spec: ViewSpec, picture: Array) -> NDArray[np.bool_] | None:
    if not spec.exclude:
        return None
    rows, columns = picture.shape
    return within(spec.exclude, (rows, columns))


def _beside_frame(cine: Cine, index: int) -> list[Array]:
    """Absorbance of the frames before and behind a frame, as far as they are there."""
    near = (one for one in (index - 1, index + 1) if 0 <= one < cine.acquisition.frames)
    return [absorbance(cine.acquisition, cine.frame(one)) for one in near]


def _outline(
    picture: Array, mask: NDArray[np.bool_], stops: Array, factor: float, left_out: NDArray[np.bool_] | None,
    neighbors: list[Array], *, densitometry: bool,
) -> Contour:  # fmt: skip
    """The vessel as the program outlines it, without the pixels that a person left out.

    Raises:
        QfrError: hardly any of the vessel is left.
    """
    found = outline(picture, mask, stops, factor, densitometry=densitometry, excluded=left_out, neighbors=neighbors)
    if left_out is not None:
        columns, rows = np.rint(found.midline).astype(int).T
        last_row, last_column = left_out.shape[0] - 1, left_out.shape[1] - 1
        if left_out[np.clip(rows, 0, last_row), np.clip(columns, 0, last_column)].mean() > MOST_LEFT_OUT:
            raise QfrError("exclude: the polygons leave too little of the vessel to outline it")
    return found


def _beside(picture: Array, contour: Contour, factor: float, left_out: NDArray[np.bool_] | None) -> Beside:
    """Other vessels; those that a person left out beside the vessel do not count, over its midline they still do."""
    found = beside(picture, contour, factor)
    if left_out is None:
        return found
    near = binary_dilation(left_out, iterations=max(round(NEAR_MM / factor), 1))
    column, row = np.rint(contour.midline).astype(int).T
    rows, columns = left_out.shape
    place = np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)
    counted = ~near[place] | left_out[place]
    return Beside(found.touched & counted, found.covered & counted)


def _calibrated(spec: ViewSpec, cine: Cine, picture: Array, mask: Any) -> Calibration:
    if spec.catheter is None:
        return calibrate(cine.acquisition)
    points = np.array(spec.catheter.points, dtype=np.float64)
    found = outline(picture, mask, points, ROUGH_FACTOR, densitometry=False)
    pixels = float(np.median(found.traced_mm)) / ROUGH_FACTOR
    return calibrate(cine.acquisition, spec.catheter.outer_diameter_mm, pixels)
