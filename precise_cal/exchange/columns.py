"""Whether every column of a source is used or ignored, and every column that the map names is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from precise_cal.exchange.cells import plain
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows.fhir import REFERENCE
from precise_cal.protocol.near import hint

if TYPE_CHECKING:
    from precise_cal.exchange.cells import Place, Row
    from precise_cal.exchange.plan import Plan

_SHOWN: Final = 12
_ALIKE: Final = frozenset({"csv", "xlsx", "xpt", "dataset-json"})
"""Formats in which all rows of a file have the same columns."""


@dataclass(slots=True)
class ColumnWatch:
    """Notes the columns of a source while its rows are read; of a long table, those of the file or of its wide rows."""

    plan: Plan
    source: str
    of_long_file: bool = False
    met: dict[str, Place] = field(default_factory=dict)
    unused: dict[str, Place] = field(default_factory=dict)
    kinds: dict[str, Place] = field(default_factory=dict)
    _named: frozenset[str] = frozenset()
    _used: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        items = self.plan.form.sources[self.source].items
        of_items = set() if items is None else {items.name, items.value, *items.per}
        tables = () if self.of_long_file else self.plan.of_source(self.source)
        self._named = frozenset(plain(name) for one in tables for name in one.columns) | (
            frozenset(of_items) if self.of_long_file else frozenset()
        )
        self._used = self._named | of_items

    def heed(self, row: Row) -> bool:
        """Note a row; False where nothing of its kind is used, as the map says."""
        form = self.plan.form.sources[self.source]
        tables = self.plan.of_source(self.source)
        is_taken = any(row.kind in one.form.kind for one in tables)
        if row.kind and not is_taken and any(fnmatchcase(row.kind, pattern) for pattern in form.ignore_kinds):
            return False
        if row.kind and not is_taken and all(one.form.kind for one in tables):
            self.kinds.setdefault(row.kind, next(iter(row.cells.values())).place)
            return False
        for name, cell in row.cells.items():
            if name not in self.met:
                self.met[name] = cell.place
                unnarrowed = plain(name)
                if (
                    unnarrowed not in self._used
                    and not self.plan.is_ignored(self.source, unnarrowed)
                    and name != REFERENCE
                ):
                    self.unused.setdefault(unnarrowed, cell.place)
        return True

    def check(self, file: str, *, at_end: bool) -> None:
        """Refuse what is neither used nor ignored, and names that the file does not have.

        Raises:
            ExchangeError: there are such columns or kinds of rows.
        """
        form = self.plan.form.sources[self.source]
        if not at_end and form.format not in _ALIKE:
            return
        if self.kinds:
            named = ", ".join(f"{kind} ({place})" for kind, place in list(self.kinds.items())[:_SHOWN])
            raise ExchangeError(
                f"{file}: rows that no table of the map takes: {named}; take them, or name them in ignore_kinds"
            )
        if self.unused:
            named = ", ".join(list(self.unused)[:_SHOWN])
            more = f" and {len(self.unused) - _SHOWN} more" if len(self.unused) > _SHOWN else ""
            raise ExchangeError(
                f"{file}: columns that the map neither uses nor ignores: {named}{more}; nothing is dropped in silence"
            )
        self._check_names(file)

    def _check_names(self, file: str) -> None:
        known = {plain(name) for name in self.met}
        for name in sorted(self._named - known):
            if self.plan.may_lack(self.source, name):
                continue
            listed = ", ".join(f'"{one}"' for one in list(known)[:_SHOWN]) + (" …" if len(known) > _SHOWN else "")
            near = hint(name, known, f"; it has {listed}")
            raise ExchangeError(f'{file}: has no column "{name}", which the map of {self.source} names{near}')
