"""A run as a study takes it: the file with its hash, and the frames that count."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from precise_cal.files.regular import open_regular
from precise_cal.language.catalog import Verbatim, message
from precise_cal.qfr.dicom.acquisition import Cine
from precise_cal.qfr.dicom.reader import read_cine
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.qfr.dicom.acquisition import Acquisition


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file: its run, size in bytes and SHA-256."""

    cine: Cine
    size: int
    sha256: str


def open_source(path: Path) -> Source:
    """Reads a file.

    Raises:
        QfrError: no readable XA file.
    """
    cine = read_cine(path)
    try:
        with open_regular(path) as file:
            digest = hashlib.file_digest(file, "sha256")
        return Source(cine, path.stat().st_size, digest.hexdigest())
    except OSError as error:
        raise QfrError(
            message("{ $path }: cannot be read ({ $strerror })", path=Verbatim(path), strerror=error.strerror)
        ) from error


def stamp(path: Path) -> tuple[str, int, int]:
    """What tells whether a file is still the one that was read: path, time of change, size.

    Raises:
        QfrError: there is no such file.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise QfrError(
            message("{ $path }: cannot be read ({ $strerror })", path=Verbatim(path), strerror=error.strerror)
        ) from error
    except ValueError as error:  # a NUL within the name
        raise QfrError(
            message("{ $path }: cannot be read (no file can have this name)", path=Verbatim(path))
        ) from error
    return str(path), state.st_mtime_ns, state.st_size


def cut(cine: Cine, first: int | None, last: int | None) -> Cine:
    """The frames of a run from ``first`` to ``last``, both counted from 0 and included; None: its own ends.

    Raises:
        QfrError: the run has no such frames.
    """
    found = cine.acquisition
    if first is None and last is None:
        return cine
    low, high = first or 0, found.frames - 1 if last is None else last
    for name, frame in (("first_frame", low), ("last_frame", high)):
        if frame >= found.frames:
            raise QfrError(
                message(
                    "{ $name } { $frame } asked for, 0 to { $frames } are there",
                    name=name,
                    frame=frame,
                    frames=found.frames - 1,
                )
            )
    return Cine(_shortened(found, low, high), cine.pixels[low : high + 1])


def _shortened(found: Acquisition, low: int, high: int) -> Acquisition:
    count, times, ecg = high - low + 1, found.times_s, found.ecg
    if ecg is not None:
        share = len(ecg) / found.frames
        ecg = ecg[round(low * share) : max(round((high + 1) * share), round(low * share) + 1)]
    return replace(
        found,
        frames=count,
        times_s=None if times is None else tuple(time - times[low] for time in times[low : high + 1]),
        r_waves=tuple(wave - low for wave in found.r_waves if low <= wave <= high),
        ecg=ecg,
        trim=(0, count - 1),
    )
