"""Whether every column of a source is used or ignored, and every column that the map names is there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from precise_cal.exchange.cells import fits, plain
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows.fhir import REFERENCE
from precise_cal.language.catalog import Joined, Verbatim, message
from precise_cal.protocol.near import hint

if TYPE_CHECKING:
    from precise_cal.exchange.cells import Place, Row
    from precise_cal.exchange.plan import Plan

_SHOWN: Final = 12
_QUESTION: Final = re.compile(r"(.*\[([^\]]*)\])\.linkId")
"""The column that tells a question of a QuestionnaireResponse of FHIR."""
_LEVEL: Final = re.compile(r"(?:\w+\.)+(\w+:\w+)")
"""A vendor's attribute in ODM behind the level on which it stands."""
_FIELD: Final = re.compile(r"[A-Z][A-Z\d]{2}-(?:NTE-)?\d+")
"""A field of HL7, of which components and repetitions are columns."""
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
    _narrowed: frozenset[str] = frozenset()
    _listing: frozenset[str] = frozenset()
    """The columns of participants' numbers in lists of numbers."""

    def __post_init__(self) -> None:
        items = self.plan.form.sources[self.source].items
        of_items = set() if items is None else {items.name, items.value, *items.per}
        named = frozenset(of_items) if self.of_long_file else self.plan.columns_of(self.source)
        self._listing = frozenset(one.number for one in self.plan.number_lists if one.source == self.source)
        self._named = frozenset(map(self._plain, named))
        self._used = self._named | of_items
        self._narrowed = frozenset() if self.of_long_file else named

    def _plain(self, name: str) -> str:
        """A column of FHIR without what narrows it, one of a vendor in ODM without its level, of HL7 its field.

        Any other is as it stands: names of columns in tables may have brackets.
        """
        match self.plan.form.sources[self.source].format:
            case "fhir":
                return plain(name)
            case "odm":
                level = _LEVEL.fullmatch(name)
                return level[1] if level else name
            case "hl7":
                field_ = _FIELD.match(name)
                return field_[0] if field_ else name
            case _:
                return name

    def heed(self, row: Row) -> bool:
        """Note a row; False where nothing of its kind is used, as the map says."""
        form = self.plan.form.sources[self.source]
        tables = self.plan.of_source(self.source)
        is_taken = any(row.kind in one.form.kind for one in tables) or not self._listing.isdisjoint(row.cells)
        if row.kind and not is_taken and any(fits(row.kind, pattern) for pattern in form.ignore_kinds):
            return False
        if row.kind and not is_taken and all(one.form.kind for one in tables):
            self.kinds.setdefault(row.kind, next(iter(row.cells.values())).place)
            return False
        for name, cell in row.cells.items():
            if name not in self.met:
                self.met[name] = cell.place
                self._heed_name(name, cell.place, row)
        return True

    def _heed_name(self, name: str, place: Place, row: Row) -> None:
        whole = self._plain(name)
        if whole not in self._used and not self.plan.is_ignored(self.source, whole) and name != REFERENCE:
            self.unused.setdefault(whole, place)
        asked = _QUESTION.fullmatch(name)
        if asked is not None and any(one.startswith(f"{asked[1]}.answer") for one in row.cells):
            is_read = any(f"[{asked[2]}]." in one for one in self._narrowed)
            if not is_read and not self.plan.is_ignored(self.source, asked[1]):
                self.unused.setdefault(asked[1], place)

    @property
    def ignored(self) -> set[str]:
        """The columns that were met and that the map ignores."""
        names = {self._plain(one) for one in self.met if one != REFERENCE}
        return {one for one in names - self._used if self.plan.is_ignored(self.source, one)}

    def check(self, file: str, *, at_end: bool) -> None:
        """Refuse what is neither used nor ignored, and names that the file does not have.

        Raises:
            ExchangeError: there are such columns or kinds of rows.
        """
        form = self.plan.form.sources[self.source]
        if not at_end and form.format not in _ALIKE:
            return
        if self.kinds:
            shown = list(self.kinds.items())[:_SHOWN]
            rows = (message("{ $kind } ({ $place })", kind=Verbatim(kind), place=place.words) for kind, place in shown)
            raise ExchangeError(
                message(
                    "{ $file }: rows that no table of the map takes: { $named }; take them, or name them in "
                    "ignore_kinds",
                    file=file,
                    named=Joined(", ", rows),
                )
            )
        if self.unused:
            named = ", ".join(list(self.unused)[:_SHOWN])
            more = message(" and { $count } more", count=len(self.unused) - _SHOWN) if len(self.unused) > _SHOWN else ""
            raise ExchangeError(
                message(
                    "{ $file }: columns that the map neither uses nor ignores: { $named }{ $more }; nothing is "
                    "dropped in silence",
                    file=file,
                    named=Verbatim(named),
                    more=more,
                )
            )
        self._check_names(file)

    def _check_names(self, file: str) -> None:
        known = {self._plain(name) for name in self.met}
        segments = {name.partition("-")[0] for name in known if _FIELD.match(name)}
        is_hl7 = self.plan.form.sources[self.source].format == "hl7"
        for name in sorted(self._named - known):
            if self.plan.may_lack(self.source, name) or (is_hl7 and name.partition("-")[0] in segments):
                continue  # messages leave out empty fields at the end of a segment
            listed = ", ".join(f'"{one}"' for one in list(known)[:_SHOWN]) + (" …" if len(known) > _SHOWN else "")
            near = hint(name, known, message("; it has { $listed }", listed=listed))
            raise ExchangeError(
                message(
                    '{ $file }: has no column "{ $name }", which the map of { $source } names{ $near }',
                    file=file,
                    name=name,
                    source=Verbatim(self.source),
                    near=near,
                )
            )
