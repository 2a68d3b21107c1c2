"""The lumen of a vessel: samples of position and diameter, checked once, and the CSV file that carries them."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from precise_cal.files.regular import read_regular
from precise_cal.language.catalog import Verbatim, message, words_of
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
        raise QfrError(
            message(
                "{ $name }: one value per sample is wanted, not an array of shape { $shape }",
                name=name,
                shape=array.shape,
            )
        )
    for index in np.flatnonzero(~np.isfinite(array)):
        raise QfrError(
            message(
                "{ $name }, sample { $index }: { $array } is not a finite number",
                name=name,
                index=index,
                array=array[index],
            )
        )
    if name != "position_mm":
        for index in np.flatnonzero(array <= 0.0):
            raise QfrError(
                message(
                    "{ $name }, sample { $index }: { $array } mm; a diameter is above 0",
                    name=name,
                    index=index,
                    array=f"{array[index]:g}",
                )
            )
        for index in np.flatnonzero(array > MOST_DIAMETER_MM):
            raise QfrError(
                message(
                    "{ $name }, sample { $index }: { $array } mm; a diameter is up to { $most_diameter_mm } mm",
                    name=name,
                    index=index,
                    array=f"{array[index]:g}",
                    most_diameter_mm=f"{MOST_DIAMETER_MM:g}",
                )
            )
    array.flags.writeable = False
    return array


def _check_shape(lumen: Lumen) -> None:
    count = lumen.position_mm.size
    if not 3 <= count <= MOST_SAMPLES:
        raise QfrError(
            message(
                "lumen: { $count } samples; from 3 to { $most_samples } are wanted",
                count=count,
                most_samples=MOST_SAMPLES,
            )
        )
    for name in ("diameter_mm", "reference_mm"):
        values = getattr(lumen, name)
        if values is not None and values.size != count:
            raise QfrError(
                message(
                    "{ $name }: { $size } values for { $count } positions", name=name, size=values.size, count=count
                )
            )
    for index in np.flatnonzero(np.diff(lumen.position_mm) <= 0.0):
        before, after = lumen.position_mm[index], lumen.position_mm[index + 1]
        raise QfrError(
            message(
                "position_mm, sample { $index }: { $after } mm after { $before } mm; positions must rise",
                index=index + 1,
                after=f"{after:g}",
                before=f"{before:g}",
            )
        )
    if lumen.length_mm > MOST_LENGTH_MM:
        raise QfrError(
            message(
                "position_mm: { $length_mm } mm long; up to { $most_length_mm } mm is wanted",
                length_mm=f"{lumen.length_mm:g}",
                most_length_mm=f"{MOST_LENGTH_MM:g}",
            )
        )


def read_lumen(path: Path) -> Lumen:
    """Read a CSV file with the header ``s_mm,diameter_mm`` and optionally ``reference_mm``.

    Raises:
        QfrError: the file cannot be read, or a line of it is wrong; the message names file and line.
    """
    rows = _rows(path)
    header = tuple(name.strip() for name in rows[0]) if rows else ()
    if header not in (COLUMNS[:2], COLUMNS):
        wanted = "s_mm,diameter_mm or s_mm,diameter_mm,reference_mm"
        raise QfrError(
            message(
                "{ $path }:1: header { $header }; wanted { $wanted }",
                path=Verbatim(path),
                header=f"{','.join(header)!r}",
                wanted=wanted,
            )
        )
    numbers = [_numbers(path, line, row, header) for line, row in enumerate(rows[1:], 2) if any(map(str.strip, row))]
    columns = np.array(numbers, dtype=np.float64).reshape(len(numbers), len(header)).T
    try:
        return Lumen(*columns)
    except QfrError as error:
        raise QfrError(
            message(
                "{ $path }: { $error } (sample 0 is the first line behind the header)",
                path=Verbatim(path),
                error=words_of(error),
            )
        ) from error


def _rows(path: Path) -> list[list[str]]:
    try:
        data = read_regular(path, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise QfrError(
                message(
                    "{ $path }: more than { $most_bytes } bytes; up to { $most_samples } samples are wanted",
                    path=Verbatim(path),
                    most_bytes=MOST_BYTES,
                    most_samples=MOST_SAMPLES,
                )
            )
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except OSError as error:
        raise QfrError(
            message("{ $path }: cannot be read: { $strerror }", path=Verbatim(path), strerror=error.strerror)
        ) from error
    except UnicodeDecodeError as error:
        raise QfrError(
            message("{ $path }: byte { $start }: not UTF-8 text", path=Verbatim(path), start=error.start)
        ) from error
    except csv.Error as error:
        raise QfrError(
            message("{ $path }: not a CSV file: { $error }", path=Verbatim(path), error=words_of(error))
        ) from error


def _numbers(path: Path, line: int, row: list[str], header: tuple[str, ...]) -> list[float]:
    if len(row) != len(header):
        raise QfrError(
            message(
                "{ $path }:{ $line }: { $count } fields; wanted { $count_2 }: { $header }",
                path=Verbatim(path),
                line=line,
                count=len(row),
                count_2=len(header),
                header=",".join(header),
            )
        )
    numbers: list[float] = []
    for name, field in zip(header, row, strict=True):
        try:
            numbers.append(float(field.replace("_", "?")))
        except ValueError:
            raise QfrError(
                message(
                    "{ $path }:{ $line }: { $name }: { $field } is not a number",
                    path=Verbatim(path),
                    line=line,
                    name=name,
                    field=f"{field!r}",
                )
            ) from None
        if not math.isfinite(numbers[-1]):
            raise QfrError(
                message(
                    "{ $path }:{ $line }: { $name }: { $field } is not a finite number",
                    path=Verbatim(path),
                    line=line,
                    name=name,
                    field=f"{field!r}",
                )
            )
    return numbers
