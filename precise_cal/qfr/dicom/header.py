"""From a DICOM data set to :class:`Acquisition`: attributes of PS3.3 C.8.7 (X-Ray) with vendors' traps."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from precise_cal.language.catalog import Verbatim, message
from precise_cal.qfr.dicom.acquisition import UPRIGHT, Acquisition, Angles, Shutter, Turn, Warn
from precise_cal.qfr.dicom.distances import distances
from precise_cal.qfr.dicom.fields import integer, number, numbers, positive, raw, text
from precise_cal.qfr.dicom.lookup import modality
from precise_cal.qfr.dicom.phase import ecg_curve, r_waves
from precise_cal.qfr.dicom.spacing import detector_spacing, object_spacing
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

ALWAYS_LOSSY = ("JPEG Baseline", "JPEG Extended", "JPEG-LS Lossy")
"""Beginnings of names of transfer syntaxes that lose; JPEG 2000 may or may not, and the file tells."""


def acquisition(ds: Dataset, transfer_syntax: str, most_frames: int) -> Acquisition:
    """The acquisition that a data set describes.

    Args:
        ds: Data set without pixel data.
        transfer_syntax: Its name, for the record.
        most_frames: Frames that are read; a time is made for each only after this was checked.

    Raises:
        QfrError: a required element is missing or a value cannot be right.
    """
    rows, columns, bits = (_required(ds, keyword) for keyword in ("Rows", "Columns", "BitsStored"))
    frames = integer(ds, "NumberOfFrames")
    frames = 1 if frames is None else frames
    if frames < 1:
        raise QfrError(message("DICOM element NumberOfFrames: { $frames } found, at least 1 expected", frames=frames))
    if frames > most_frames:
        raise QfrError(
            message(
                "NumberOfFrames: { $frames } found, at most { $most_frames } are read",
                frames=frames,
                most_frames=most_frames,
            )
        )
    times, time_warnings = _frame_times(ds, frames)
    angles = _angles(ds)
    found_distances, distance_warnings = distances(ds)
    spacing, source, spacing_warnings = detector_spacing(ds, rows, columns)
    in_object, object_warnings = object_spacing(ds, rows, columns, spacing)
    relationship, turn = text(ds, "PixelIntensityRelationship"), _turn(ds)
    return Acquisition(
        rows=rows,
        columns=columns,
        frames=frames,
        bits=bits,
        intensity=_intensity(ds, relationship),
        relationship=relationship,
        times_s=times,
        angles=angles,
        distances=found_distances,
        detector_spacing_mm=spacing,
        spacing_source=source,
        turn=turn,
        object_spacing_mm=in_object,
        r_waves=r_waves(ds, frames),
        ecg=ecg_curve(ds, _duration(times)),
        shutter=_shutter(ds, rows, columns),
        trim=_trim(ds, frames),
        transfer_syntax=transfer_syntax,
        manufacturer=text(ds, "Manufacturer") or "",
        lossy=text(ds, "LossyImageCompression") == "01" or transfer_syntax.startswith(ALWAYS_LOSSY),
        warnings=(
            *time_warnings,
            *_angle_warnings(ds, angles),
            *_turn_warnings(turn),
            *distance_warnings,
            *spacing_warnings,
            *object_warnings,
            *modality(ds, bits).warnings,
        ),
    )


def _required(ds: Dataset, keyword: str) -> int:
    value = integer(ds, keyword)
    if value is None:
        raise QfrError(
            message(
                "DICOM element { $keyword } is missing: this is not an X-ray angiogram that can be read",
                keyword=Verbatim(keyword),
            )
        )
    if value < 1:
        raise QfrError(
            message(
                "DICOM element { $keyword }: { $value } found, at least 1 expected",
                keyword=Verbatim(keyword),
                value=value,
            )
        )
    return value


def _intensity(ds: Dataset, relationship: str | None) -> str:
    """LOG becomes linear through a modality look-up table (PS3.3 C.8.7.1.1.2); DISP stays unknown."""
    if relationship == "LIN":
        return "linear"
    if relationship == "LOG":
        return "linear" if raw(ds, "ModalityLUTSequence") is not None else "logarithmic"
    return "unknown"


def _frame_times(ds: Dataset, frames: int) -> tuple[tuple[float, ...] | None, list[Warn]]:
    """Times from Frame Time Vector or Frame Time; Cine Rate is rounded by vendors and never used."""
    vector = numbers(ds, "FrameTimeVector")
    if vector and len(vector) == frames and min(vector[1:], default=1.0) > 0:
        return tuple(value / 1000.0 for value in accumulate((0.0, *vector[1:]))), []
    warnings = [
        Warn(
            "FRAME_TIME_VECTOR",
            message(
                "Frame Time Vector has { $count } usable values for { $frames } frames",
                count=len(vector),
                frames=frames,
            ),
        )
    ]
    step = positive(ds, "FrameTime")
    if step is None:
        missing = Warn("NO_FRAME_TIME", "neither Frame Time nor Frame Time Vector is written: no frame rate, no flow")
        return None, [missing] if frames > 1 else []
    return tuple(step * frame / 1000.0 for frame in range(frames)), warnings if vector else []


def _duration(times: tuple[float, ...] | None) -> float | None:
    """Seconds from the beginning of the first frame to the end of the last."""
    return None if times is None or len(times) < 2 else times[-1] * len(times) / (len(times) - 1)


def _angles(ds: Dataset) -> Angles | None:
    primary, secondary = number(ds, "PositionerPrimaryAngle"), number(ds, "PositionerSecondaryAngle")
    if primary is None or secondary is None:
        return None
    if abs(primary) > 180 or abs(secondary) > 90:
        raise QfrError(
            message(
                "positioner angles { $primary }°, { $secondary }° lie outside ±180° and ±90° (PS3.3 C.8.7.5)",
                primary=primary,
                secondary=secondary,
            )
        )
    return Angles(primary, secondary)


def _angle_warnings(ds: Dataset, angles: Angles | None) -> list[Warn]:
    warnings = []
    if angles is None:
        warnings.append(Warn("NO_ANGLES", "positioner angles are missing: no reconstruction from two views"))
    elif text(ds, "PositionerMotion") not in {"STATIC", "DYNAMIC"}:
        warnings.append(
            Warn(
                "ANGLE_SIGN",
                message(
                    "Positioner Motion is not written, so the signs of angles ({ $angles }) are in doubt: "
                    'compare them with the picture and set "flip" if they contradict it',
                    angles=angles,
                ),
            )
        )
    if text(ds, "PositionerMotion") == "DYNAMIC":
        warnings.append(Warn("ROTATIONAL", "the gantry moved during the run: angles hold for the first frame only"))
    return warnings


def _turn(ds: Dataset) -> Turn | None:
    """Field of View Rotation and Horizontal Flip; None where neither is written."""
    degrees, flip = number(ds, "FieldOfViewRotation"), text(ds, "FieldOfViewHorizontalFlip")
    if degrees is None and flip is None:
        return None
    if (degrees or 0.0) not in {0.0, 90.0, 180.0, 270.0}:
        raise QfrError(
            message(
                "DICOM element FieldOfViewRotation: { $degrees } found, 0, 90, 180 or 270 expected", degrees=degrees
            )
        )
    if flip not in {None, "YES", "NO"}:
        raise QfrError(
            message("DICOM element FieldOfViewHorizontalFlip: { $flip } found, YES or NO expected", flip=f"{flip!r}")
        )
    return Turn(int(degrees or 0.0), flip == "YES")


def _turn_warnings(turn: Turn | None) -> list[Warn]:
    if turn is None or turn == UPRIGHT:
        return []
    told = message(
        "the picture is stored { $turn }, relative to the detector, which two views take into account", turn=turn
    )
    return [
        Warn(
            "PICTURE_TURNED",
            message("{ $told }; check that its left and right, up and down are what the file says", told=told),
        )
    ]


def _shutter(ds: Dataset, rows: int, columns: int) -> Shutter | None:
    """Rectangular shutter or collimator (the tighter edge of both), clipped to the frame."""
    left, right, upper, lower = 1, columns, 1, rows
    for name in ("Shutter", "Collimator"):
        left = max(left, integer(ds, f"{name}LeftVerticalEdge") or left)
        right = min(right, integer(ds, f"{name}RightVerticalEdge") or right)
        upper = max(upper, integer(ds, f"{name}UpperHorizontalEdge") or upper)
        lower = min(lower, integer(ds, f"{name}LowerHorizontalEdge") or lower)
    if (left, right, upper, lower) == (1, columns, 1, rows) or left >= right or upper >= lower:
        return None
    return Shutter(left - 1, right - 1, upper - 1, lower - 1)


def _trim(ds: Dataset, frames: int) -> tuple[int, int]:
    first, last = integer(ds, "StartTrim") or 1, integer(ds, "StopTrim") or frames
    if not 1 <= first <= last <= frames:
        return 0, frames - 1
    return first - 1, last - 1
