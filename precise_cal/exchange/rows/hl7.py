"""Laboratory results of HL7 v2 (ORU): each OBX is a row. Columns are ``PID-3.1``, ``OBR-7``, ``OBX-5`` and so on.

A component is named behind a point; ``OBX-5`` is the whole field as it stands. Of a field that is repeated,
``PID-3(2).1`` is the second, and ``PID-3[MR].1`` the one whose assigning authority or type of identifier is MR. The
segments above an OBX (MSH, PID, PV1, ORC, OBR, SPM before it) count for it, and so do its notes (``NTE-3``) and theirs
(``OBR-NTE-3``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from precise_cal.exchange.cells import Cell, Place, Row
from precise_cal.exchange.errors import ExchangeError
from precise_cal.language.catalog import Verbatim, message, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from precise_cal.exchange.form import SourceForm

    Cells = dict[str, Cell]

_BELOW: Final = {"MSH": ("PID", "PV1", "ORC", "OBR", "SPM"), "PID": ("PV1", "ORC", "OBR", "SPM"), "ORC": ("OBR", "SPM"),
                 "OBR": ("SPM",)}  # fmt: skip
"""What no longer counts when a segment comes."""
_SEPARATORS: Final = 8
_ENVELOPE: Final = frozenset({"FHS", "BHS", "BTS", "FTS"})
_TELLING: Final = (3, 4)
"""The places of the components by which identifiers are told apart: assigning authority and type (HL7 v2, CX)."""
_OF_RANGES: Final = frozenset({"OBX-5.3", "OBX-5.4"})
"""Of a structured number (SN): what stands between two numbers, and the second one."""
_NOTHING: Final = Cell("", Place("", "", 0, ""))


def read_hl7(path: Path, source: SourceForm) -> Iterator[Row]:
    """The results of a file, which may hold several messages; rows are numbered by lines. Raises: ExchangeError."""
    assert source.encoding is not None
    try:
        with path.open(encoding=source.encoding) as lines:  # \r ends a line too
            yield from _Messages(path.name).rows(lines)
    except UnicodeError as error:
        raise ExchangeError(
            message(
                "{ $name }: is not in the encoding that the map names: { $error }",
                name=Verbatim(path.name),
                error=words_of(error),
            )
        ) from None


class _Messages:
    def __init__(self, file: str) -> None:
        self._file, self._marks = file, "|^~\\&"
        self._above: dict[str, Cells] = {}
        self._last = ""
        """The segment that a note belongs to."""

    def rows(self, lines: Iterable[str]) -> Iterator[Row]:
        result: tuple[int, Cells] | None = None
        for number, line in enumerate(lines, 1):
            segment = line.strip("\x0b\x1c \r\n")
            name = segment[:3]
            if not name or name in _ENVELOPE:
                continue
            if name == "MSH":
                self._marks = segment[3:_SEPARATORS]
            elif "MSH" not in self._above:
                raise ExchangeError(
                    message(
                        "{ $file } line { $number }: is no message of HL7 v2: it does not begin with MSH",
                        file=self._file,
                        number=number,
                    )
                )
            cells = self._cells(segment, name, number)
            if name == "NTE":
                _add_note(cells, *(("", result[1]) if result else (f"{self._last}-", self._above[self._last])))
                continue
            if result is not None:
                yield Row(*result)
                result = None
            if name == "OBX":
                result = (number, self._result(cells))
            else:
                self._heed(name, cells)
        if result is not None:
            yield Row(*result)

    def _heed(self, name: str, cells: Cells) -> None:
        """A segment that counts for the results below it."""
        self._above = {key: one for key, one in self._above.items() if key not in _BELOW.get(name, ())}
        self._above[name] = cells
        self._last = name

    def _result(self, cells: Cells) -> Cells:
        """A result with all that counts for it."""
        both = {key: one for above in self._above.values() for key, one in above.items()} | cells
        if both.get("OBX-2", _NOTHING).raw == "SN" and not both.keys().isdisjoint(_OF_RANGES):
            for name in ("OBX-5", "OBX-5.1", "OBX-5.2"):
                cell = both.get(name, both["OBX-5"])
                both[name] = Cell(cell.raw, cell.place, problem="is part of a range or a ratio, no single number")
        return both

    def _cells(self, segment: str, name: str, number: int) -> Cells:
        """The fields of a segment, by every name that they and their components have."""
        parts = segment.split(self._marks[0])[1:]
        first = 1
        if name == "MSH":
            parts, first = parts[1:], 3
        cells: Cells = {}
        special = self._marks[1:4]
        for place, part in enumerate(parts, first):
            if not any(mark in part for mark in special):
                names = _names(name, place, has_text=bool(part))
                cells |= dict.fromkeys(names, Cell(part, Place(self._file, "", number, names[0])))
                continue
            for named, raws in self._named(part, f"{name}-{place}").items():
                text, problem = raws[0], None
                if len(set(raws)) > 1:
                    first_one = f"{name}-{place}(1){named.removeprefix(f'{name}-{place}')}"
                    text, problem = (
                        " ~ ".join(raws),
                        message("is repeated; the map has to name one, such as { $first_one }", first_one=first_one),
                    )
                cells[named] = Cell(text, Place(self._file, "", number, named), problem=problem)
        return cells

    def _named(self, field: str, name: str) -> dict[str, list[str]]:
        """The texts of a field and of its components by their names; several where the field is repeated."""
        repeats = field.split(self._marks[2])
        found: dict[str, list[str]] = {}
        for index, value in enumerate(repeats, 1):
            if not value and index > 1:
                continue
            components = value.split(self._marks[1])
            whole = _text(value, self._marks) if len(components) == 1 else value
            texts = {"": whole} | {
                f".{place}": _text(one, self._marks) for place, one in enumerate(components, 1) if one
            }
            telling = [components[place] for place in _TELLING if place < len(components) and components[place]]
            named = ["", f"({index})", *(f"[{one}]" for one in telling)]
            for key, text in texts.items():
                for one in named:
                    found.setdefault(f"{name}{one}{key}", []).append(text)
        return found


@lru_cache(1024)
def _names(segment: str, place: int, *, has_text: bool) -> tuple[str, ...]:
    """The names of a field that is its only repetition, and of which the only component is the first."""
    name = f"{segment}-{place}"
    return (name, f"{name}(1)", f"{name}.1", f"{name}(1).1") if has_text else (name, f"{name}(1)")


def _add_note(note: Cells, before: str, cells: Cells) -> None:
    """Put a note to what it belongs to; a further one stands behind it."""
    for name, cell in note.items():
        if name.startswith("NTE-3") and cell.raw:
            known = cells.get(f"{before}{name}")
            cells[f"{before}{name}"] = cell if known is None else Cell(f"{known.raw}\n{cell.raw}", known.place)


def _text(value: str, marks: str) -> str:
    """The text behind HL7's escapes (chapter 2, 2.7.1)."""
    escape = marks[3]
    if escape not in value:
        return value
    for name, mark in zip("FSRT", (marks[0], marks[1], marks[2], marks[4]), strict=True):
        value = value.replace(f"{escape}{name}{escape}", mark)
    return value.replace(f"{escape}.br{escape}", "\n").replace(f"{escape}E{escape}", escape)
