"""Laboratory results of HL7 v2 (ORU): each OBX is a row. Columns are ``PID-3.1``, ``OBR-7``, ``OBX-5`` and so on.

A component is named behind a point, a repetition in brackets: ``PID-3(2).1``. The segments above an OBX (MSH, PID,
PV1, ORC, OBR, SPM before it) count for it.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

from precise_cal.exchange.cells import Cell, Place, Row
from precise_cal.exchange.errors import ExchangeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.exchange.form import SourceForm

_BELOW: Final = {"MSH": ("PID", "PV1", "ORC", "OBR", "SPM"), "PID": ("PV1", "ORC", "OBR", "SPM"), "ORC": ("OBR", "SPM"),
                 "OBR": ("SPM",)}  # fmt: skip
"""What no longer counts when a segment comes."""
_SEPARATORS: Final = 8
_LEFT_OUT: Final = frozenset({"NTE", "OBX", "FHS", "BHS", "BTS", "FTS"})


def read_hl7(path: Path, source: SourceForm) -> Iterator[Row]:
    """The results of a file, which may hold several messages. Raises: ExchangeError."""
    assert source.encoding is not None
    try:
        text = path.read_bytes().decode(source.encoding)
    except UnicodeError as error:
        raise ExchangeError(f"{path.name}: is not in the encoding that the map names: {error}") from None
    above: dict[str, dict[str, str]] = {}
    marks, numbers = "|^~\\&", count(1)
    for line, segment in enumerate(text.replace("\r\n", "\r").replace("\n", "\r").split("\r"), 1):
        name = segment.strip("\x0b\x1c ")[:3]
        if not name:
            continue
        if name == "MSH":
            marks = segment.strip("\x0b\x1c ")[3:_SEPARATORS]
        elif "MSH" not in above and name not in _LEFT_OUT:
            raise ExchangeError(f"{path.name} line {line}: is no message of HL7 v2: it does not begin with MSH")
        fields = _fields(segment.strip("\x0b\x1c "), name, marks)
        if name == "OBX":
            cells = {key: raw for one in above.values() for key, raw in one.items()} | fields
            number = next(numbers)
            yield Row(
                number, {key: Cell(raw, Place(path.name, f"line {line}", number, key)) for key, raw in cells.items()}
            )
        elif name not in _LEFT_OUT:
            above = {key: one for key, one in above.items() if key not in _BELOW.get(name, ())}
            above[name] = fields


def _fields(segment: str, name: str, marks: str) -> dict[str, str]:
    parts = segment.split(marks[0])[1:]
    first = 1
    if name == "MSH":
        parts, first = parts[1:], 3
    found: dict[str, str] = {}
    for number, part in enumerate(parts, first):
        for repeat, value in enumerate(part.split(marks[2]), 1):
            place = f"{name}-{number}" if repeat == 1 else f"{name}-{number}({repeat})"
            components = value.split(marks[1])
            if len(components) == 1:
                found[place] = _text(value, marks)
            found |= {f"{place}.{index}": _text(one, marks) for index, one in enumerate(components, 1) if one}
    return found


def _text(value: str, marks: str) -> str:
    """The text behind HL7's escapes (chapter 2, 2.7.1)."""
    escape = marks[3]
    if escape not in value:
        return value
    for name, mark in zip("FSRT", (marks[0], marks[1], marks[2], marks[4]), strict=True):
        value = value.replace(f"{escape}{name}{escape}", mark)
    return value.replace(f"{escape}.br{escape}", "\n").replace(f"{escape}E{escape}", escape)
