"""What files hold, before anybody maps them: encodings, columns, words with counts, dates and units.

Nothing is decided here (`drafting`).
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from precise_cal.exchange.column_profile import KEPT, ColumnProfile, traits
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.form import SourceForm
from precise_cal.exchange.formats import SAMPLE, format_of, sample_of
from precise_cal.exchange.other_names import is_other_name
from precise_cal.exchange.rows.reading import read_rows
from precise_cal.language.catalog import Joined, Verbatim, message, placed, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.exchange.cells import Row
    from precise_cal.exchange.form import FileFormat

_ENCODINGS: Final = ("utf-8", "gb18030", "utf-16", "windows-1252")
_DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(slots=True)
class FileProfile:
    """What a file holds. `encodings` and `delimiters` are those in which it can be read, the likely one first."""

    path: Path
    format: FileFormat
    encodings: list[str] = field(default_factory=list)
    delimiters: list[str] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    header: int = 1
    rows: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    columns: dict[str, ColumnProfile] = field(default_factory=dict)
    problem: str | None = None
    """Why the rest of it cannot be read."""


def scan(path: Path) -> list[FileProfile]:
    """The profile of a file; of a workbook, one for each sheet.

    Raises:
        ExchangeError: it is of no format that can be read, or cannot be read.
    """
    format_ = format_of(path)
    found = FileProfile(path, format_)
    if format_ == "xpt":
        found.encodings = [one for one in ("utf-8", "gb18030", "windows-1252") if _reads(path, one)]
    if format_ in ("csv", "hl7"):
        sample = sample_of(path)
        found.encodings = _encodings(sample)
        if not found.encodings:
            raise ExchangeError(
                message(
                    "{ $name }: is in none of the encodings { $encodings }",
                    name=Verbatim(path.name),
                    encodings=", ".join(_ENCODINGS),
                )
            )
        found.delimiters = _delimiters(sample.decode(found.encodings[0], "ignore")) if format_ == "csv" else []
    profiles = [found]
    if format_ == "xlsx":
        profiles = [FileProfile(path, format_, sheets=[name]) for name in _sheets(path)]
    for one in profiles:
        try:
            _fill(one)
        except ExchangeError as error:
            one.problem = words_of(error)
    return profiles


def _reads(path: Path, encoding: str) -> bool:
    """Whether a transport file can be read in an encoding."""
    source = SourceForm.model_validate({"files": path.name, "format": "xpt", "encoding": encoding})
    try:
        for _ in read_rows(path, source):
            pass
    except ExchangeError:
        return False
    return True


def _encodings(sample: bytes) -> list[str]:
    """The encodings in which a beginning can be read: UTF-16 only with its byte order mark."""
    found = []
    for name in _ENCODINGS:
        if name == "utf-16" and not sample.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            sample[: len(sample) - len(sample) % 2].decode(name)
        except UnicodeDecodeError as error:
            if error.start < len(sample) - 8 or len(sample) < SAMPLE:
                continue
        found.append(name)
    return ["utf-16"] if "utf-16" in found else found


def _delimiters(text: str) -> list[str]:
    """The delimiters by which all rows of a beginning have the same number of cells, more cells first."""
    lines = text.splitlines()[:200]
    counts = {}
    for one in _DELIMITERS:
        try:
            widths = {len(row) for row in csv.reader(lines, delimiter=one) if row}
        except csv.Error:
            continue
        if len(widths) == 1 and widths != {1}:
            counts[one] = widths.pop()
    return sorted(counts, key=lambda one: -counts[one])


def _sheets(path: Path) -> list[str]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True)
    except (BadZipFile, KeyError, ValueError) as error:
        raise ExchangeError(
            message("{ $name }: is no workbook (.xlsx): { $error }", name=Verbatim(path.name), error=words_of(error))
        ) from None
    names = [one.title for one in book.worksheets if one.sheet_state == "visible"]
    book.close()
    return names


def _fill(profile: FileProfile) -> None:
    if profile.format == "csv" and not profile.delimiters:
        return
    profile.header = _header(profile)
    for row in _rows(profile):
        profile.rows += 1
        if row.kind:
            profile.kinds[row.kind] += 1
        _heed(profile, row)


def _rows(profile: FileProfile) -> Iterator[Row]:
    return read_rows(profile.path, SourceForm.model_validate(source_of(profile)))


def _header(profile: FileProfile) -> int:
    """The row of the names of columns: the second, where it says those of the first again, in other letters."""
    first = next(_rows(profile), None) if profile.format in ("csv", "xlsx") else None
    return 2 if first is not None and _is_header(first) else 1


def _is_header(row: Row) -> bool:
    """Whether a row says the names of its columns again, in other letters."""
    names = [(name, cell.raw) for name, cell in row.cells.items() if not cell.is_blank]
    return len(names) > 1 and all(_letters(name) == _letters(raw) for name, raw in names)


def _letters(name: str) -> str:
    return "".join(one for one in name.casefold() if one.isalnum())


def _heed(profile: FileProfile, row: Row) -> None:
    for name, cell in row.cells.items():
        if is_other_name(profile.format, row, name):
            continue
        column = profile.columns.setdefault(name, ColumnProfile(name))
        column.kinds.add(row.kind)
        if cell.problem is not None:
            column.problems[cell.problem] += 1
        if cell.is_blank:
            column.blank += 1
            continue
        column.filled += 1
        text = cell.raw.strip()
        if text in column.words or len(column.words) <= KEPT:
            column.words[text] += 1


def source_of(profile: FileProfile) -> dict[str, object]:
    """How a map would read the file."""
    source: dict[str, object] = {"files": profile.path.name, "format": profile.format}
    if profile.encodings:
        source["encoding"] = profile.encodings[0]
    if profile.delimiters:
        source["delimiter"] = profile.delimiters[0]
    if profile.sheets:
        source["sheet"] = profile.sheets[0]
    if profile.header > 1:
        source["header"] = profile.header
    return source


def profile_lines(profile: FileProfile) -> Iterator[str]:
    """A profile as text."""
    sheet = f"!{profile.sheets[0]}" if profile.sheets else ""
    yield message(
        "{ $name }{ $sheet }: { $format }, { $rows } rows, { $count } columns",
        name=Verbatim(profile.path.name),
        sheet=Verbatim(sheet),
        format=Verbatim(profile.format),
        rows=f"{profile.rows:,}",
        count=len(profile.columns),
    )
    if profile.encodings:
        yield message("  can be read as { $encodings }", encodings=Joined(" or ", profile.encodings))
    if profile.format == "csv":
        shown = Joined(" or ", map(repr, profile.delimiters)) or "none of , ; tab | gives rows of one width"
        yield message("  delimiter: { $shown }", shown=shown)
    if profile.header > 1:
        yield message("  row { $row } says the names of columns again, and is the header", row=profile.header)
    for kind, number in profile.kinds.most_common():
        yield f"  {kind}: {number:,}"
    for one in profile.columns.values():
        yield "  " + placed(one.name, Joined(", ", traits(one)))
    if profile.problem is not None:
        yield message("  cannot be read: { $problem }", problem=profile.problem)
