"""A map to begin with, from what files hold. `DECIDE` stands where a person has to; no import accepts it."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

import yaml

from precise_cal.exchange.scan import source_of
from precise_cal.language.catalog import ENGLISH, message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from precise_cal.exchange.column_profile import ColumnProfile
    from precise_cal.exchange.scan import FileProfile
    from precise_cal.language.catalog import Catalog

DECIDE: Final = "DECIDE"
_WIDTH: Final = 110
_FEW: Final = 8
"""Numbers of which there are more are no codes."""
_HEAD: Final = (
    message("A draft: what stands here was seen in the files, and nothing is decided."),
    message(
        "Replace every { $decide }, name fields of the record in place of columns, and move columns that are not used "
        "to ignore (docs/import.md).",
        decide=DECIDE,
    ),
)


def draft(profiles: Iterable[FileProfile], catalog: Catalog = ENGLISH) -> str:
    """A map to begin with. `DECIDE` stands wherever a person has to decide; no import accepts it.

    Args:
        profiles: of the files.
        catalog: the language of its comments.
    """
    sources, tables = {}, []
    for number, one in enumerate(profiles, 1):
        name = f"source{number}"
        source = source_of(one) | {"zone": DECIDE, "missing": {}, "ignore": []}
        if len(one.encodings) > 1:
            source["encoding"] = f"{DECIDE}: {' or '.join(one.encodings)}"
        absent = {word: DECIDE for column in one.columns.values() for word in column.absent}
        sources[name] = source | {"missing": absent}
        tables += [_table(one, name, kind) for kind in one.kinds or ("",)]
    head = "".join(f"# {line}\n" for text in _HEAD for line in wrap(catalog(text), _WIDTH))
    return head + yaml.safe_dump(
        {"sources": sources, "tables": tables}, allow_unicode=True, sort_keys=False, width=_WIDTH
    )


def _table(profile: FileProfile, source: str, kind: str) -> dict[str, object]:
    """A table of the rows of a kind, or of all rows where there are no kinds."""
    table: dict[str, object] = {"source": source}
    if kind:
        table["kind"] = kind
    columns = [one for one in profile.columns.values() if kind in one.kinds]
    fields = {f"{DECIDE} {one.name}": _drafted(one) for one in columns}
    return table | {"participant": DECIDE, "into": DECIDE, "fields": fields}


def _drafted(column: ColumnProfile) -> dict[str, object]:
    found: dict[str, object] = {"from": column.name}
    patterns = column.patterns or [one for one, _ in column.likely]
    if column.patterns and len(patterns) == 1:
        found["format"] = patterns[0]
    elif patterns:
        found["format"] = f"{DECIDE}: {' or '.join(patterns)}"
    elif column.is_coded and not (column.is_number and len(column.words) > _FEW):
        units = column.units
        found["codes"] = {
            word: f"{DECIDE}: {units[word]}" if word in units else DECIDE
            for word in sorted(column.words)
            if word not in column.absent
        }
    if column.has_comma:
        found["decimal_mark"] = f"{DECIDE}: ','"
    return found
