"""Opening XA files: limits first, then header, then pixels. What is broken gets one clear error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from precise_cal.language.catalog import Verbatim, message, placed, words_of
from precise_cal.qfr.dicom.acquisition import Acquisition, Cine
from precise_cal.qfr.dicom.header import acquisition
from precise_cal.qfr.dicom.pixels import check_layout, decode, readable
from precise_cal.qfr.dicom.refusal import refusing
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import FileDataset

XA_STORAGE = "1.2.840.10008.5.1.4.1.1.12.1"
BIPLANE_STORAGE = "1.2.840.10008.5.1.4.1.1.12.3"
MEBI = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost.

    Attributes:
        file_mib: Size of the file in MiB.
        frames: Number of frames.
        side: Rows and columns.
        pixels_mib: Size of the decoded run in MiB.
    """

    file_mib: int = 1024
    frames: int = 1000
    side: int = 2048
    pixels_mib: int = 400


def read_header(path: Path, limits: Limits | None = None) -> Acquisition:
    """What a file says about its run; no pixel is decoded.

    Raises:
        QfrError: no readable XA file, or beyond the limits.
    """
    return _header(path, _open(path, limits or Limits(), pixels=False), limits or Limits())


def read_cine(path: Path, limits: Limits | None = None) -> Cine:
    """A run with its pixels.

    Raises:
        QfrError: no readable XA file, beyond the limits, or broken pixel data; the message names the file.
    """
    bounds = limits or Limits()
    ds = _open(path, bounds, pixels=True)
    found = _header(path, ds, bounds)
    try:
        if "PixelData" not in ds:
            raise QfrError("there are no pixel data")
        return Cine(found, decode(ds, found))
    except QfrError as error:
        raise QfrError(placed(path, words_of(error))) from error


def _open(path: Path, limits: Limits, *, pixels: bool) -> FileDataset:
    from pydicom import dcmread

    if path.is_dir():
        raise QfrError(message("{ $path }: is a folder; name one film, a file in it", path=Verbatim(path)))
    if not path.is_file():
        raise QfrError(message("{ $path }: no such file", path=Verbatim(path)))
    size = path.stat().st_size
    if size > limits.file_mib * MEBI:
        raise QfrError(
            message(
                "{ $path }: { $size } MiB found, at most { $file_mib } MiB are read",
                path=Verbatim(path),
                size=f"{size / MEBI:.1f}",
                file_mib=limits.file_mib,
            )
        )
    with refusing(message("{ $path }: not readable as DICOM", path=Verbatim(path))):
        _check_syntax(path)
        return dcmread(path, stop_before_pixels=not pixels)


def _check_syntax(path: Path) -> None:
    """Refuses before the data set is parsed: a deflated one would be inflated without a bound."""
    from pydicom.filereader import read_file_meta_info

    with path.open("rb") as file:
        if file.read(132)[128:] != b"DICM":
            raise QfrError(
                message("{ $path }: no DICOM file (the marker DICM is missing at byte 128)", path=Verbatim(path))
            )
    meta = read_file_meta_info(path)
    syntax = str(meta.get("TransferSyntaxUID", "")).strip()
    if not readable(syntax):
        name = meta.TransferSyntaxUID.name if syntax else "none"
        raise QfrError(
            message(
                "{ $path }: transfer syntax { $name } is not read (uncompressed, RLE, JPEG, JPEG-LS, JPEG 2000 are)",
                path=Verbatim(path),
                name=name,
            )
        )


def _header(path: Path, ds: FileDataset, limits: Limits) -> Acquisition:
    try:
        with refusing("the header cannot be read"):
            kind = str(ds.get("SOPClassUID", "") or "")
            if kind not in {XA_STORAGE, BIPLANE_STORAGE}:
                raise QfrError(
                    message(
                        "SOP class { $class_name } found, X-Ray Angiographic Image Storage expected",
                        class_name=_class_name(kind),
                    )
                )
            check_layout(ds)
            found = acquisition(ds, str(ds.file_meta.TransferSyntaxUID.name), limits.frames)
            _check_limits(ds.BitsAllocated, found, limits)
    except QfrError as error:
        raise QfrError(placed(path, words_of(error))) from error
    return found


def _class_name(uid: str) -> str:
    from pydicom.uid import UID

    return UID(uid).name[:64] if uid else "none"


def _check_limits(allocated: int, found: Acquisition, limits: Limits) -> None:
    if max(found.rows, found.columns) > limits.side:
        raise QfrError(
            message(
                "{ $rows } × { $columns } pixels found, at most { $side } × { $side } are read",
                rows=found.rows,
                columns=found.columns,
                side=limits.side,
            )
        )
    mebi = found.frames * found.rows * found.columns * allocated / 8 / MEBI
    if mebi > limits.pixels_mib:
        raise QfrError(
            message(
                "the run decodes to { $mebi } MiB, at most { $pixels_mib } MiB are read",
                mebi=f"{mebi:.0f}",
                pixels_mib=limits.pixels_mib,
            )
        )
