"""The pixel at the detector, from what a file says in several places that may contradict each other.

A field of view of a cardiac detector is 80 to 450 mm wide. Spacing times matrix must not be wider, and agree with Field
of View and Intensifier Size where these are written, as their side or as their diagonal. A spacing of 1 × 1 mm is what
exports write where they know none.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from precise_cal.language.catalog import message
from precise_cal.qfr.dicom.acquisition import Warn
from precise_cal.qfr.dicom.fields import numbers, positive

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Pair = tuple[float, float]

FIELD_MM = (80.0, 450.0)
"""Sides of the field of a detector in an angiography laboratory (own)."""
FINEST_MM = 0.05
"""No pixel of such a detector is smaller (own)."""
SAME = 0.12
"""Share by which two sizes of a field may differ, or a size and a diagonal: nominal sizes are rounded (own)."""
PLACEHOLDER = (1.0, 1.0)
CONTRADICTED = "SPACING_CONTRADICTED"
"""Two sizes of a pixel, each possible: one was taken, and it may be the wrong one."""


def pair(ds: Dataset, keyword: str) -> Pair | None:
    """Row and column spacing under a keyword, or None."""
    values = numbers(ds, keyword)
    return (values[0], values[1]) if len(values) == 2 and min(values) > 0 else None


def detector_spacing(ds: Dataset, rows: int, columns: int) -> tuple[Pair | None, str | None, list[Warn]]:
    """Row and column spacing in mm, where it comes from, and what was corrected or is to be doubted."""
    imager, field, size = pair(ds, "ImagerPixelSpacing"), _field(ds), positive(ds, "IntensifierSize")
    by_field = None if field is None else (field[1] / rows, field[0] / columns)
    by_size = None if size is None or not _possible(size) else (size / rows, size / columns)
    if imager is not None:
        others = [one for one in (by_field, by_size) if one is not None]
        if any(_alike(imager, one) for one in others):
            return imager, "imager", []
        return _doubted(imager, by_field, by_size, (rows, columns))
    if by_field is not None:
        told = "Imager Pixel Spacing is missing: taken from the field of view over the matrix"
        return by_field, "field_of_view", [Warn("SPACING_FROM_FOV", told)]
    if by_size is not None:
        told = "pixel spacing is a rough guess from the size of the intensifier"
        return by_size, "intensifier", [Warn("SPACING_FROM_INTENSIFIER", told)]
    return None, None, [Warn("NO_SPACING", "no pixel spacing at the detector: calibrate on the catheter")]


def object_spacing(ds: Dataset, rows: int, columns: int, detector: Pair | None) -> tuple[Pair | None, list[Warn]]:
    """Pixel Spacing where it can be that of the object plane: not a placeholder, and not that of the detector again."""
    found = pair(ds, "PixelSpacing")
    if found is None or found == PLACEHOLDER:
        missing = Warn("SPACING_CORRECTED", "Pixel Spacing is 1 × 1 mm, which stands for an unknown one: not used")
        return None, [] if found is None else [missing]
    width = max(found[0] * rows, found[1] * columns)
    if min(found) < 0.5 * FINEST_MM or width > FIELD_MM[1]:
        told = message(
            "Pixel Spacing { $shown } makes a picture of { $width } mm, which cannot be: not used",
            shown=_shown(found),
            width=f"{width:.0f}",
        )
        return None, [Warn("SPACING_CORRECTED", told)]
    return (None, []) if detector is not None and _alike(found, detector, 0.01) else (found, [])


def _doubted(
    imager: Pair, by_field: Pair | None, by_size: Pair | None, matrix: tuple[int, int]
) -> tuple[Pair | None, str | None, list[Warn]]:
    """A spacing that nothing else in the file supports: believed where nothing speaks against it."""
    width = max(imager[0] * matrix[0], imager[1] * matrix[1])
    believable = imager != PLACEHOLDER and min(imager) >= FINEST_MM and width <= FIELD_MM[1]
    other = by_field or by_size
    source = "field_of_view" if by_field is not None else "intensifier"
    if other is None:
        if believable:
            return imager, "imager", []
        told = message(
            "Imager Pixel Spacing { $shown } would make a field of { $width } mm, and nothing else tells one",
            shown=_shown(imager),
            width=f"{width:.0f}",
        )
        return None, None, [Warn("NO_SPACING", message("{ $told }: calibrate on the catheter", told=told))]
    told = message(
        "Imager Pixel Spacing { $shown } makes a field of { $width } mm, the { $source } is { $other } mm wide",
        shown=_shown(imager),
        width=f"{width:.0f}",
        source=source.replace("_", " "),
        other=f"{other[1] * matrix[1]:.0f}",
    )
    if not believable:
        return (
            other,
            source,
            [Warn("SPACING_CORRECTED", message("{ $told }: { $shown } is taken", told=told, shown=_shown(other)))],
        )
    if by_field is None:
        return imager, "imager", [Warn(CONTRADICTED, message("{ $told }: calibrate on the catheter", told=told))]
    return (
        other,
        source,
        [
            Warn(
                CONTRADICTED,
                message("{ $told }: { $shown } is taken; calibrate on the catheter", told=told, shown=_shown(other)),
            )
        ],
    )


def _field(ds: Dataset) -> Pair | None:
    """Width and height of the field of view in mm where that is possible."""
    values = numbers(ds, "FieldOfViewDimensions")
    if not values or not all(_possible(value) for value in values):
        return None
    return values[0], values[-1]


def _possible(width: float) -> bool:
    return FIELD_MM[0] <= width <= FIELD_MM[1]


def _alike(first: Pair, second: Pair, share: float = SAME) -> bool:
    """Whether two spacings are the same, or the second one's field is a diagonal of the first one's."""
    ratios = [a / b for a, b in zip(first, second, strict=True)]
    diagonal = 1.0 / sqrt(2.0) if share == SAME else 1.0
    return any(all(abs(ratio / one - 1.0) <= share for ratio in ratios) for one in (1.0, diagonal))


def _shown(spacing: Pair) -> str:
    return f"{spacing[0]:.4g} × {spacing[1]:.4g} mm"
