"""Runs that come as a folder of JPEG frames and a text of their acquisition, as the XA files that they were."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit

from qfr_lab.simulator.dicom_file import XaTags, xa_dataset

if TYPE_CHECKING:
    from pathlib import Path


def save_jpeg_run(folder: Path, target: Path) -> None:
    """Writes an XA file of the frames of a folder, which are JPEG files, with what its text tells; no frame times.

    Args:
        folder: Holds ``*.jpg`` and one ``*_dicominfo.txt`` with angles and distances.
        target: The file that is written.

    Raises:
        ValueError: the text does not tell an angle or a distance.
    """
    text = next(folder.glob("*_dicominfo.txt")).read_text()

    def number(name: str) -> float:
        value = re.search(rf"{name}: (-?[\d.]+)", text)
        if value is None:
            raise ValueError(f"{folder}: no {name}")
        return float(value[1])

    tags = XaTags(
        primary_deg=number("PositionerPrimaryAngle"), secondary_deg=number("PositionerSecondaryAngle"),
        sid_mm=number("DistanceSourceToDetector"), sod_mm=number("DistanceSourceToPatient"), spacing_mm=0.308,
        frame_time_ms=None, relationship=None, bits=8, manufacturer="Siemens",
    )  # fmt: skip
    ds = xa_dataset(np.zeros((1, 512, 512), np.uint8), tags)
    frames = [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]
    ds.NumberOfFrames, ds.LossyImageCompression = len(frames), "01"
    ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    ds.PixelData = encapsulate(frames)
    ds["PixelData"].is_undefined_length = True
    ds.save_as(target, enforce_file_format=True)
