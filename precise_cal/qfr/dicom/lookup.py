"""The modality transformation (PS3.3 C.11.1): a look-up table, or slope and intercept, as the file really holds it.

Descriptors lie: tables declare 8 bits and hold values of 12, declare entries that are not there, or begin where no
pixel is. What is there is read, and each correction is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from precise_cal.language.catalog import message
from precise_cal.qfr.dicom.acquisition import Warn
from precise_cal.qfr.dicom.fields import number, numbers, raw
from precise_cal.qfr.dicom.refusal import refusing
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

WORD = 1 << 16
"""Entries of a table whose descriptor says 0, and one more than the largest entry."""


@dataclass(frozen=True, slots=True)
class Modality:
    """How stored values become physical ones.

    Attributes:
        apply: From an array of stored values to one of physical values.
        warnings: What was corrected.
    """

    apply: Callable[[NDArray[Any]], NDArray[Any]]
    warnings: tuple[Warn, ...] = ()


def modality(ds: Dataset, bits: int) -> Modality:
    """The transformation of a data set whose pixels have so many bits stored.

    Raises:
        QfrError: a table that holds no numbers.
    """
    sequence = raw(ds, "ModalityLUTSequence")
    if sequence is not None:
        with refusing("the modality look-up table cannot be read"):
            return _table(sequence[0], bits, little=bool(ds.file_meta.TransferSyntaxUID.is_little_endian))
    slope, intercept = number(ds, "RescaleSlope"), number(ds, "RescaleIntercept")
    if slope is None and intercept is None:
        return Modality(lambda stored: stored)
    if slope == 0.0:
        return Modality(lambda stored: stored, (Warn("RESCALE", "Rescale Slope is 0: pixels are taken as stored"),))
    return _linear(1.0 if slope is None else slope, intercept or 0.0)


def _linear(slope: float, intercept: float) -> Modality:
    import numpy as np

    return Modality(lambda stored: (stored.astype(np.float64) * slope + intercept).astype(np.float32))


def _table(item: Dataset, bits: int, *, little: bool) -> Modality:
    import numpy as np

    descriptor = [int(value) for value in numbers(item, "LUTDescriptor")]
    if len(descriptor) != 3:
        raise QfrError(
            message("DICOM element LUTDescriptor: { $count } values found, 3 expected", count=len(descriptor))
        )
    declared, first, depth = descriptor[0] % WORD or WORD, descriptor[1], descriptor[2]
    values = _entries(item, declared, little=little)
    corrections = []
    if len(values) != declared:
        corrections.append(
            message("declares { $declared } entries and holds { $count }", declared=declared, count=len(values))
        )
    if int(values.max()) >> depth:
        corrections.append(
            message("declares { $depth } bits and holds values up to { $max }", depth=depth, max=values.max())
        )
    if first != 0 and len(values) == 1 << bits:
        corrections.append(message("begins at { $first } and has an entry for each stored value from 0", first=first))
        first = 0
    text = message(
        "the modality look-up table { $corrections }: read as it is there", corrections="; ".join(corrections)
    )

    def apply(stored: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(values[np.clip(stored.astype(np.int64) - first, 0, len(values) - 1)])

    return Modality(apply, (Warn("MODALITY_LUT", text),) if corrections else ())


def _entries(item: Dataset, declared: int, *, little: bool) -> NDArray[Any]:
    """Entries of a table: a word each, or a byte each where the bytes are as many as the entries declared."""
    import numpy as np

    data = raw(item, "LUTData")
    if data is None:
        raise QfrError("the modality look-up table holds no entries")
    if isinstance(data, bytes):
        kind = "u1" if len(data) in {declared, declared + declared % 2} else "<u2" if little else ">u2"
        return np.frombuffer(data[: len(data) - len(data) % np.dtype(kind).itemsize], kind).astype(np.uint16)
    words = np.atleast_1d(np.asarray(data, np.int64)) % WORD
    if len(words) == (declared + 1) // 2 < declared:
        return words.astype("<u2").view("u1")[:declared].astype(np.uint16)
    return words.astype(np.uint16)
