"""The lumen of a vessel: samples of position and diameter, checked once, and the CSV file that carries them."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from precise_cal.files.regular import read_regular
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.qfr._types import Array

COLUMNS: Final = ("s_mm", "diameter_mm", "reference_mm")
MOST_SAMPLES: Final = 100_000
MOST_BYTES: Final = 16_000_000
MOST_DIAMETER_MM: Final = 50.0  # own: wider is no vessel, or not in mm
MOST_LENGTH_MM: Final = 1000.0  # own: longer is no vessel, or not in mm


@dataclass(frozen=True, slots=True)
class Lumen:
    """Samples from the proximal to the distal end.

    Attributes:
        position_mm: rising positions, shape (n,), n ≥ 3.
        diameter_mm: lumen diameters, shape (n,).
        reference_mm: diameters of the healthy vessel, shape (n,), or None where nobody gave them.

    Raises:
        QfrError: a value is not finite, not positive or out of order; the message names the sample.
    """

    position_mm: Array
    diameter_mm: Array
    reference_mm: Array | None = None

    def __post_init__(self) -> None:
        for name in ("position_mm", "diameter_mm", "reference_mm"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, _checked(given, name))
        _check_shape(self)

    @property
    def length_mm(self) -> float:
        """Distance from the first to the last sample."""
        return float(self.position_mm[-1] - self.position_mm[0])


def _checked(values: Array, name: str) -> Array:
    array = np.array(values, dtype=np.float64)
    if array.ndim != 1:
        raise QfrError(f"{name}: one value per sample is wanted, not an array of shape {array.shape}")
    for index in np.flatnonzero(~np.isfinite(array)):
        raise QfrError(f"{name}, sample {index}: {array[index]} is not a finite number")
    if name != "position_mm":
        for index in np.flatnonzero(array <= 0.0):
            raise QfrError(f"{name}, sample {index}: {array[index]:g} mm; a diameter is above 0")
        for index in np.flatnonzero(array > MOST_DIAMETER_MM):
            raise QfrError(f"{name}, sample {index}: {array[index]:g} mm; a diameter is up to {MOST_DIAMETER_MM:g} mm")
    array.flags.writeable = False
    return array


def _check_shape(lumen: Lumen) -> None:
    count = lumen.position_mm.size
    if not 3 <= count <= MOST_SAMPLES:
        raise QfrError(f"lumen: {count} samples; from 3 to {MOST_SAMPLES} are wanted")
    for name in ("diameter_mm", "reference_mm"):
        values = getattr(lumen, name)
        if values is not None and values.size != count:
            raise QfrError(f"{name}: {values.size} values for {count} positions")
    for index in np.flatnonzero(np.diff(lumen.position_mm) <= 0.0):
        before, after = lumen.position_mm[index], lumen.position_mm[index + 1]
        raise QfrError(f"position_mm, sample {index + 1}: {after:g} mm after {before:g} mm; positions must rise")
    if lumen.length_mm > MOST_LENGTH_MM:
        raise QfrError(f"position_mm: {lumen.length_mm:g} mm long; up to {MOST_LENGTH_MM:g} mm is wanted")


def read_lumen(path: Path) -> Lumen:
    """Read a CSV file with the header ``s_mm,diameter_mm`` and optionally ``reference_mm``.

    Raises:
        QfrError: the file cannot be read, or a line of it is wrong; the message names file and line.
    """
    rows = _rows(path)
    header = tuple(name.strip() for name in rows[0]) if rows else ()
    if header not in (COLUMNS[:2], COLUMNS):
        wanted = "s_mm,diameter_mm or s_mm,diameter_mm,reference_mm"
        raise QfrError(f"{path}:1: header {','.join(header)!r}; wanted {wanted}")
    numbers = [_numbers(path, line, row, header) for line, row in enumerate(rows[1:], 2) if any(map(str.strip, row))]
    columns = np.array(numbers, dtype=np.float64).reshape(len(numbers), len(header)).T
    try:
        return Lumen(*columns)
    except QfrError as error:
        raise QfrError(f"{path}: {error} (sample 0 is the first line behind the header)") from error


def _rows(path: Path) -> list[list[str]]:
    try:
        data = read_regular(path, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise QfrError(f"{path}: more than {MOST_BYTES} bytes; up to {MOST_SAMPLES} samples are wanted")
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except OSError as error:
        raise QfrError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise QfrError(f"{path}: byte {error.start}: not UTF-8 text") from error
    except csv.Error as error:
        raise QfrError(f"{path}: not a CSV file: {error}") from error


def _numbers(path: Path, line: int, row: list[str], header: tuple[str, ...]) -> list[float]:
    if len(row) != len(header):
        raise QfrError(f"{path}:{line}: {len(row)} fields; wanted {len(header)}: {','.join(header)}")
    numbers: list[float] = []
    for name, field in zip(header, row, strict=True):
        try:
            numbers.append(float(field.replace("_", "?")))
        except ValueError:
            raise QfrError(f"{path}:{line}: {name}: {field!r} is not a number") from None
        if not math.isfinite(numbers[-1]):
            raise QfrError(f"{path}:{line}: {name}: {field!r} is not a finite number")
    return numbers
