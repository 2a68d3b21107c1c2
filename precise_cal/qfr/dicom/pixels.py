"""Decoding of the frames, one at a time and within limits set beforehand."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from precise_cal.language.catalog import message
from precise_cal.qfr.dicom.codec import decoded
from precise_cal.qfr.dicom.codestream import Claim, claim
from precise_cal.qfr.dicom.fields import integer, text
from precise_cal.qfr.dicom.lookup import modality
from precise_cal.qfr.dicom.refusal import refusing
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from precise_cal.qfr.dicom.acquisition import Acquisition

NATIVE = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"})
"""Uncompressed, little and big endian. Deflated is refused: its size is unbounded."""
RLE = "1.2.840.10008.1.2.5"
EXTENDED, EXTENDED_BITS = "1.2.840.10008.1.2.4.51", 12
"""JPEG Extended has 8 or 12 bits; some encoders write 16 into the header and mean 12."""
CODECS = {
    "1.2.840.10008.1.2.4.50": "JPEG Baseline",
    EXTENDED: "JPEG Extended",
    "1.2.840.10008.1.2.4.57": "JPEG Lossless",
    "1.2.840.10008.1.2.4.70": "JPEG Lossless SV1",
    "1.2.840.10008.1.2.4.80": "JPEG-LS Lossless",
    "1.2.840.10008.1.2.4.81": "JPEG-LS Near-lossless",
    "1.2.840.10008.1.2.4.90": "JPEG 2000 Lossless",
    "1.2.840.10008.1.2.4.91": "JPEG 2000",
}

SPARE = 1 << 16
"""Bytes of markers and tables that a compressed frame may have beside its pixels."""


def readable(transfer_syntax: str) -> bool:
    """True for the transfer syntaxes that :func:`decode` knows."""
    return transfer_syntax in NATIVE or transfer_syntax == RLE or transfer_syntax in CODECS


def check_layout(ds: Dataset) -> None:
    """Refuses pixels that are no plain grayscale picture of 8 to 16 bits.

    Raises:
        QfrError: naming the element, the value found and what is read.
    """
    samples = integer(ds, "SamplesPerPixel")
    if samples != 1:
        raise QfrError(
            message("DICOM element SamplesPerPixel: { $samples } found, 1 expected (grayscale)", samples=samples)
        )
    photometric = text(ds, "PhotometricInterpretation")
    if photometric not in {"MONOCHROME1", "MONOCHROME2"}:
        raise QfrError(
            message(
                "DICOM element PhotometricInterpretation: { $photometric } found, MONOCHROME1 or 2 expected",
                photometric=f"{photometric!r}",
            )
        )
    allocated, stored = integer(ds, "BitsAllocated"), integer(ds, "BitsStored")
    if allocated not in {8, 16} or stored is None or not 8 <= stored <= allocated:
        raise QfrError(
            message(
                "{ $stored } bits stored in { $allocated } allocated found, 8 to 16 stored in 8 or 16 expected",
                stored=stored,
                allocated=allocated,
            )
        )
    if integer(ds, "PixelRepresentation") == 1:
        raise QfrError("DICOM element PixelRepresentation: 1 (signed) found, 0 expected (PS3.3 C.8.7.1)")
    if (high := integer(ds, "HighBit")) is not None and high != stored - 1:
        raise QfrError(
            message("DICOM element HighBit: { $high } found, { $stored } expected", high=high, stored=stored - 1)
        )


def decode(ds: Dataset, acquisition: Acquisition) -> NDArray[np.generic]:
    """All frames, (frames, rows, columns), modality look-up table applied, brighter = more X-rays.

    Raises:
        QfrError: the pixel data are shorter than claimed, or a frame cannot be decoded.
    """
    import numpy as np

    syntax = str(ds.file_meta.TransferSyntaxUID)
    check_length = _check_native if syntax in NATIVE else _check_encapsulated
    check_length(ds, acquisition)
    shape = (acquisition.rows, acquisition.columns)
    physical = modality(ds, acquisition.bits)
    frames: NDArray[Any] | None = None
    count = 0
    with refusing(
        message("the pixel data cannot be decoded as { $transfer_syntax }", transfer_syntax=acquisition.transfer_syntax)
    ):
        for stored in _stored_frames(ds, acquisition, syntax):
            if stored.shape != shape:
                raise QfrError(
                    message(
                        "frame { $count } is { $shape } pixels, { $shape_2 } expected",
                        count=count,
                        shape=stored.shape,
                        shape_2=shape,
                    )
                )
            values = physical.apply(stored)
            if frames is None:
                frames = np.empty((acquisition.frames, *shape), values.dtype.newbyteorder("="))
            frames[count] = values
            count += 1
    if frames is None or count != acquisition.frames:
        raise QfrError(
            message(
                "NumberOfFrames says { $frames }, the pixel data hold { $count }",
                frames=acquisition.frames,
                count=count,
            )
        )
    if text(ds, "PhotometricInterpretation") != "MONOCHROME1":
        return frames
    top = max((1 << acquisition.bits) - 1, frames.max())
    np.subtract(frames.dtype.type(top), frames, out=frames)
    return frames


def _stored_frames(ds: Dataset, acquisition: Acquisition, syntax: str) -> Iterator[NDArray[Any]]:
    """Stored values, frame by frame."""
    if syntax in CODECS:
        frames = []
        for number, data in enumerate(_fragments(ds, acquisition)):
            bits = _checked(claim(data), acquisition, number).bits
            frames.append((data, min(bits, EXTENDED_BITS) if syntax == EXTENDED else bits))
        yield from decoded(frames, syntax, acquisition.rows, acquisition.columns)
    else:
        from pydicom.pixels.utils import iter_pixels

        yield from iter_pixels(ds, raw=True)


def _check_native(ds: Dataset, acquisition: Acquisition) -> None:
    allocated = integer(ds, "BitsAllocated") or 8
    needed = acquisition.frames * acquisition.rows * acquisition.columns * allocated // 8
    if len(ds.PixelData) < needed:
        raise QfrError(
            message(
                "pixel data are { $count } bytes long; { $frames } frames of { $rows } × { $columns } need { $needed }",
                count=len(ds.PixelData),
                frames=acquisition.frames,
                rows=acquisition.rows,
                columns=acquisition.columns,
                needed=needed,
            )
        )


def _check_encapsulated(ds: Dataset, acquisition: Acquisition) -> None:
    """Refuses frames that are longer than compression can make them: they would cost more than they may."""
    longest = 2 * acquisition.rows * acquisition.columns * ((acquisition.bits + 7) // 8) + SPARE
    count = 0
    for data in _fragments(ds, acquisition):
        if len(data) > longest:
            raise QfrError(
                message(
                    "compressed frame { $count } is { $count_2 } bytes long, at most { $longest } can be needed",
                    count=count,
                    count_2=len(data),
                    longest=longest,
                )
            )
        count += 1
    if count < acquisition.frames:
        raise QfrError(
            message(
                "NumberOfFrames says { $frames }, the pixel data hold { $count }",
                frames=acquisition.frames,
                count=count,
            )
        )


def _fragments(ds: Dataset, acquisition: Acquisition) -> Iterator[bytes]:
    """The compressed frames, no more than the file says."""
    from pydicom.encaps import generate_frames

    with refusing("the fragments of the pixel data are broken"):
        yield from islice(generate_frames(ds.PixelData, number_of_frames=acquisition.frames), acquisition.frames)


def _checked(claimed: Claim | None, acquisition: Acquisition, frame: int) -> Claim:
    """Refuses a codestream that is not the frame that the file describes."""
    if claimed is None:
        raise QfrError(message("compressed frame { $frame } has no header of its kind", frame=frame))
    size, expected = (claimed.rows, claimed.columns), (acquisition.rows, acquisition.columns)
    if size != expected:
        raise QfrError(
            message(
                "compressed frame { $frame } is { $size } pixels, { $expected } expected",
                frame=frame,
                size=size,
                expected=expected,
            )
        )
    if claimed.samples != 1:
        raise QfrError(
            message(
                "compressed frame { $frame } has { $samples } samples per pixel, 1 expected (grayscale)",
                frame=frame,
                samples=claimed.samples,
            )
        )
    if not min(acquisition.bits, 8) <= claimed.bits <= 16:
        raise QfrError(
            message(
                "compressed frame { $frame } has { $bits } bits per sample, { $bits_2 } expected",
                frame=frame,
                bits=claimed.bits,
                bits_2=acquisition.bits,
            )
        )
    return claimed
