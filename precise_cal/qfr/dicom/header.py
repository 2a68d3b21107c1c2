"""From a DICOM data set to :class:`Acquisition`: attributes of PS3.3 C.8.7 (X-Ray) with vendors' traps."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from precise_cal.qfr.dicom.acquisition import UPRIGHT, Acquisition, Angles, Distances, Shutter, Turn, Warn
from precise_cal.qfr.dicom.fields import integer, number, numbers, positive, raw, text
from precise_cal.qfr.dicom.phase import ecg_curve, r_waves
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

ALWAYS_LOSSY = ("JPEG Baseline", "JPEG Extended", "JPEG-LS Lossy")
"""Beginnings of names of transfer syntaxes that lose; JPEG 2000 may or may not, and the file tells."""
SIEMENS_ISOCENTER = (0x0021, "SIEMENS SMS-AX  ACQ 1.0", 0x17)
"""Private element in which Siemens writes the distance from source to isocenter."""
SIEMENS_DEFAULT_MM = 750.0
"""That distance in all Siemens runs that were looked at."""


def acquisition(ds: Dataset, transfer_syntax: str) -> Acquisition:
    """The acquisition that a data set describes.

    Args:
        ds: Data set without pixel data.
        transfer_syntax: Its name, for the record.

    Raises:
        QfrError: a required element is missing or a value cannot be right.
    """
    rows, columns = _required(ds, "Rows"), _required(ds, "Columns")
    frames = integer(ds, "NumberOfFrames")
    frames = 1 if frames is None else frames
    if frames < 1:
        raise QfrError(f"DICOM element NumberOfFrames: {frames} found, at least 1 expected")
    times, time_warnings = _frame_times(ds, frames)
    angles = _angles(ds)
    distances, distance_warnings = _distances(ds)
    spacing, source, spacing_warnings = _detector_spacing(ds, rows, columns)
    relationship, turn = text(ds, "PixelIntensityRelationship"), _turn(ds)
    return Acquisition(
        rows=rows,
        columns=columns,
        frames=frames,
        bits=_required(ds, "BitsStored"),
        intensity=_intensity(ds, relationship),
        relationship=relationship,
        times_s=times,
        angles=angles,
        distances=distances,
        detector_spacing_mm=spacing,
        spacing_source=source,
        turn=turn,
        object_spacing_mm=_pair(ds, "PixelSpacing"),
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
        ),
    )


def _required(ds: Dataset, keyword: str) -> int:
    value = integer(ds, keyword)
    if value is None:
        raise QfrError(f"DICOM element {keyword} is missing: this is not an X-ray angiogram that can be read")
    if value < 1:
        raise QfrError(f"DICOM element {keyword}: {value} found, at least 1 expected")
    return value


def _pair(ds: Dataset, keyword: str) -> tuple[float, float] | None:
    values = numbers(ds, keyword)
    return (values[0], values[1]) if len(values) == 2 and min(values) > 0 else None


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
    warnings = [Warn("FRAME_TIME_VECTOR", f"Frame Time Vector has {len(vector)} usable values for {frames} frames")]
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
        raise QfrError(f"positioner angles {primary}°, {secondary}° lie outside ±180° and ±90° (PS3.3 C.8.7.5)")
    return Angles(primary, secondary)


def _angle_warnings(ds: Dataset, angles: Angles | None) -> list[Warn]:
    warnings = []
    if angles is None:
        warnings.append(Warn("NO_ANGLES", "positioner angles are missing: no reconstruction from two views"))
    elif text(ds, "PositionerMotion") not in {"STATIC", "DYNAMIC"}:
        warnings.append(
            Warn(
                "ANGLE_SIGN",
                f"Positioner Motion is not written, so the signs of angles ({angles}) are in doubt: compare "
                'them with the picture and set "flip" if they contradict it',
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
        raise QfrError(f"DICOM element FieldOfViewRotation: {degrees} found, 0, 90, 180 or 270 expected")
    if flip not in {None, "YES", "NO"}:
        raise QfrError(f"DICOM element FieldOfViewHorizontalFlip: {flip!r} found, YES or NO expected")
    return Turn(int(degrees or 0.0), flip == "YES")


def _turn_warnings(turn: Turn | None) -> list[Warn]:
    if turn is None or turn == UPRIGHT:
        return []
    told = f"the picture is stored {turn}, relative to the detector, which two views take into account"
    return [Warn("PICTURE_TURNED", f"{told}; check that its left and right, up and down are what the file says")]


def _distances(ds: Dataset) -> tuple[Distances, list[Warn]]:
    detector, to_object = positive(ds, "DistanceSourceToDetector"), positive(ds, "DistanceSourceToPatient")
    isocenter = positive(ds, "DistanceSourceToIsocenter") or _siemens_isocenter(ds)
    vendor = (text(ds, "Manufacturer") or "").upper()
    warnings = []
    magnification = positive(ds, "EstimatedRadiographicMagnificationFactor")
    if to_object is None and detector is not None and magnification is not None and magnification > 1.0:
        to_object = detector / magnification
        told = "source-to-object distance is missing: taken from the estimated magnification"
        warnings.append(Warn("DISTANCE_FROM_MAGNIFICATION", told))
    if detector is None or (to_object is None and isocenter is None):
        warnings.append(Warn("NO_DISTANCES", "source-to-detector or source-to-object distance is missing"))
    elif (isocenter or to_object or 0.0) >= detector:
        raise QfrError(
            f"source-to-object distance {isocenter or to_object} mm found, "
            f"less than source-to-detector {detector} mm expected"
        )
    if isocenter is None and to_object is not None and "SIEMENS" in vendor:
        warnings.append(
            Warn(
                "SIEMENS_DISTANCE",
                f"{to_object} mm is source to patient here, not to the isocenter, which this file does "
                f"not tell; {SIEMENS_DEFAULT_MM:.0f} mm is assumed in 3D",
            )
        )
        isocenter = SIEMENS_DEFAULT_MM
    return Distances(detector, to_object, isocenter), warnings


def _siemens_isocenter(ds: Dataset) -> float | None:
    group, creator, element = SIEMENS_ISOCENTER
    try:
        value = float(ds.private_block(group, creator)[element].value)
    except (KeyError, TypeError, ValueError):
        return None
    return value if value > 0 else None


def _detector_spacing(
    ds: Dataset, rows: int, columns: int
) -> tuple[tuple[float, float] | None, str | None, list[Warn]]:
    pair = _pair(ds, "ImagerPixelSpacing")
    if pair is not None:
        return pair, "imager", []
    field = numbers(ds, "FieldOfViewDimensions")
    if field and min(field) > 0:
        return (
            (field[-1] / rows, field[0] / columns),
            "field_of_view",
            [
                Warn(
                    "SPACING_FROM_FOV",
                    "Imager Pixel Spacing is missing: taken from the field of view over the matrix",
                )
            ],
        )
    size = positive(ds, "IntensifierSize")
    if size is not None:
        return (
            (size / rows, size / columns),
            "intensifier",
            [
                Warn(
                    "SPACING_FROM_INTENSIFIER",
                    "pixel spacing is a rough guess from the size of the intensifier",
                )
            ],
        )
    return None, None, [Warn("NO_SPACING", "no pixel spacing at the detector: calibrate on the catheter")]


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
