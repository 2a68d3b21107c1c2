"""Distances of the gantry, with vendors' meanings: in another unit, exchanged, missing, or to another place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.language.catalog import Verbatim, message
from precise_cal.qfr.dicom.acquisition import Distances, Warn
from precise_cal.qfr.dicom.fields import positive, text
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SIEMENS_ISOCENTER = (0x0021, "SIEMENS SMS-AX  ACQ 1.0", 0x17)
"""Private element in which Siemens writes the distance from source to isocenter."""
ISOCENTER_MM = {"GE": 720.0, "SIEMENS": 750.0, "PHILIPS": 765.0}
"""Source to isocenter of these vendors' systems: all GE and Siemens runs that were looked at; Philips as it is written
in its newer files."""
USUAL_MM = 750.0
"""The same where the vendor is another one (own); C-arms have 700 to 800 mm."""
CENTIMETERS = (45.0, 150.0)
"""Distances that can only have been written in centimeters."""
DETECTOR_MM, OBJECT_MM = (800.0, 1500.0), (450.0, 1000.0)
"""Distances from the source to detector and object that C-arms have (own); outside they are not exchanged."""
ASSUMED = "ISOCENTER_ASSUMED"
"""The distance to the isocenter is that which the vendor's systems usually have."""


def distances(ds: Dataset) -> tuple[Distances, list[Warn]]:
    """The distances, and what was corrected or is to be doubted.

    Raises:
        QfrError: the object would lie behind the detector.
    """
    detector, to_object, isocenter, warnings = _written(ds)
    vendor = (text(ds, "Manufacturer") or "").upper()
    magnification = positive(ds, "EstimatedRadiographicMagnificationFactor")
    if to_object is None and detector is not None and magnification is not None and magnification > 1.0:
        to_object = detector / magnification
        told = "source-to-object distance is missing: taken from the estimated magnification"
        warnings.append(Warn("DISTANCE_FROM_MAGNIFICATION", told))
    plane = isocenter or to_object
    if detector is None:
        warnings.append(Warn("NO_DISTANCES", "source-to-detector distance is missing"))
    elif plane is None:
        isocenter = _usual(vendor)
        warnings.append(Warn("NO_DISTANCES", "source-to-object distance is missing"))
        told = message(
            "{ $isocenter } mm from source to isocenter is assumed, as systems usually have",
            isocenter=f"{isocenter:.0f}",
        )
        warnings.append(
            Warn(
                ASSUMED,
                message("{ $told }; the pixel may be 5 % smaller or larger: calibrate on the catheter", told=told),
            )
        )
    elif plane >= detector:
        found = message(
            "source-to-object distance { $plane } mm found, less than source-to-detector { $detector } mm expected",
            plane=plane,
            detector=detector,
        )
        raise QfrError(found)
    if isocenter is None and to_object is not None and "SIEMENS" in vendor:
        isocenter = _usual(vendor)
        told = message(
            "{ $to_object } mm is source to patient here, not to the isocenter, which this file does not tell",
            to_object=to_object,
        )
        warnings.append(
            Warn(
                "SIEMENS_DISTANCE",
                message("{ $told }; { $isocenter } mm is assumed in 3D", told=told, isocenter=f"{isocenter:.0f}"),
            )
        )
    return Distances(detector, to_object, isocenter), warnings


def _written(ds: Dataset) -> tuple[float | None, float | None, float | None, list[Warn]]:
    """Source to detector, object and isocenter in mm; wrong units and exchanged elements set right."""
    names = ("DistanceSourceToDetector", "DistanceSourceToPatient", "DistanceSourceToIsocenter")
    found = [positive(ds, name) for name in names]
    if found[2] is None:
        found[2] = _siemens_isocenter(ds)
    warnings = []
    for index, value in enumerate(found):
        if value is not None and CENTIMETERS[0] <= value <= CENTIMETERS[1]:
            found[index] = 10.0 * value
            told = message(
                "{ $names } is { $value }, which can only be centimeters: { $value_2 } mm are taken",
                names=Verbatim(names[index]),
                value=f"{value:g}",
                value_2=f"{10.0 * value:g}",
            )
            warnings.append(Warn("DISTANCE_CORRECTED", told))
    detector, to_object = found[:2]
    if detector is not None and to_object is not None and to_object > detector and _exchanged(detector, to_object):
        found[:2] = to_object, detector
        told = message(
            "source-to-object { $to_object } mm and source-to-detector { $detector } mm are exchanged",
            to_object=f"{to_object:g}",
            detector=f"{detector:g}",
        )
        warnings.append(Warn("DISTANCE_CORRECTED", message("{ $told } in this file: set right", told=told)))
    return found[0], found[1], found[2], warnings


def _exchanged(detector: float, to_object: float) -> bool:
    return OBJECT_MM[0] <= detector <= OBJECT_MM[1] and DETECTOR_MM[0] <= to_object <= DETECTOR_MM[1]


def _usual(vendor: str) -> float:
    return next((value for name, value in ISOCENTER_MM.items() if vendor.startswith(name)), USUAL_MM)


def _siemens_isocenter(ds: Dataset) -> float | None:
    group, creator, element = SIEMENS_ISOCENTER
    try:
        value = float(ds.private_block(group, creator)[element].value)
    except (KeyError, TypeError, ValueError):
        return None
    return value if value > 0 else None
