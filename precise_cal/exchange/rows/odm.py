"""Clinical data of CDISC ODM 1.3 and 2.0, read as a stream: each item group is a row.

Columns are the items' OIDs, and the keys under which they stand: ``SubjectKey``, ``StudyEventOID``, ``FormRepeatKey``
and so on, with the attributes of vendors under their prefix in the file (``mdsol:SubjectName``), and behind their level
(``FormData.OpenClinica:Status``). Those of an item are ``OID@OpenClinica:ReasonForNull`` and so on.
"""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import ParseError, XMLPullParser

from precise_cal.exchange.cells import Cell, Place, Row
from precise_cal.exchange.errors import ExchangeError
from precise_cal.language.catalog import Verbatim, message, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from precise_cal.exchange.form import SourceForm

_BLOCK: Final = 1 << 16
_LEVELS: Final = ("ClinicalData", "SubjectData", "StudyEventData", "FormData", "ItemGroupData")
_SITE: Final = "SiteRef"
_TRANSACTION: Final = "TransactionType"
_OUTER: Final = "outer."
"""Before the keys of an item group that holds others (ODM 2.0)."""
_REPEAT: Final = "ItemGroupRepeatKey"
_KEYS: Final = frozenset(
    {"SubjectKey", "StudyEventOID", "StudyEventRepeatKey", "FormOID", "FormRepeatKey", "ItemGroupOID", _REPEAT}
)
"""What tells an item group apart."""
_GONE: Final = ("Remove",)


def read_odm(path: Path, source: SourceForm) -> Iterator[Row]:
    """The item groups of a file. Raises: ExchangeError, where it is no ODM."""
    del source
    try:
        yield from _Walk(path.name).rows(path)
    except ParseError as error:
        raise ExchangeError(
            message("{ $name }: is not well-formed XML: { $error }", name=Verbatim(path.name), error=words_of(error))
        ) from None


class _Walk:
    def __init__(self, file: str) -> None:
        self._file = file
        self._prefixes: dict[str, str] = {}
        self._above: list[tuple[str, dict[str, str]]] = []
        self._numbers = count(1)
        self._is_history = False
        """Whether the file holds what was entered at different times (transactional), not a state."""

    def rows(self, path: Path) -> Iterator[Row]:
        parser: Any = XMLPullParser(("start", "end", "start-ns", "end-ns"))
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
                    raise ExchangeError(
                        message("{ $file }: has a document type declaration, which ODM does not need", file=self._file)
                    )
                parser.feed(block)
                yield from self._events(parser)
        parser.close()
        yield from self._events(parser)

    def _events(self, parser: Any) -> Iterator[Row]:
        for event, one in parser.read_events():
            if event == "start-ns":
                self._prefixes[one[1]] = one[0]
            elif event == "start" and _local(one.tag) == "ODM":
                self._is_history = one.get("FileType") == "Transactional"
            elif event == "start" and _local(one.tag) in _LEVELS:
                self._above.append((_local(one.tag), self._attributes(one)))
            elif event == "start" and _local(one.tag) == _SITE and self._above:
                self._above[-1][1].update(
                    {name if name not in self._above[-1][1] else f"{_SITE}.{name}": value
                     for name, value in self._attributes(one).items()}
                )  # fmt: skip
            elif event == "end" and _local(one.tag) in _LEVELS:
                if _local(one.tag) == "ItemGroupData":
                    yield self._row(one)
                self._above.pop()
                one.clear()

    def _attributes(self, element: Any) -> dict[str, str]:
        return {self._named(name): value for name, value in element.attrib.items()}

    def _named(self, name: str) -> str:
        if not name.startswith("{"):
            return name
        space, local = name[1:].split("}")
        return f"{self._prefixes.get(space, space)}:{local}"

    def _row(self, group: Any) -> Row:
        number, kind = next(self._numbers), self._above[-1][1].get("ItemGroupOID", "")
        cells: dict[str, Cell] = {}
        removed = next((value for _, one in self._above if (value := one.get(_TRANSACTION)) in _GONE), None)
        problem = message("stands in a transaction of the type { $removed }", removed=removed) if removed else None

        def put(name: str, raw: str, why: str | None = None) -> None:
            if name in cells and cells[name].raw != raw:
                why = message("stands twice in this item group, as { $shown } too", shown=cells[name].shown)
            cells[name] = Cell(raw, Place(self._file, kind, number, name), problem=why or problem)

        for place, (level, attributes) in enumerate(self._above):
            is_outer = any(inner == level for inner, _ in self._above[place + 1 :])
            for name, value in attributes.items():
                if name != _TRANSACTION:
                    put(f"{_OUTER}{name}" if is_outer else _column(level, name), value)
                if ":" in name:
                    put(f"{level}.{name}", value)
        for item in group:
            if _local(item.tag).startswith("ItemData"):
                self._item(item, put)
        return Row(number, cells, kind, self._identity())

    def _identity(self) -> str:
        """The keys of the item group that is open, where they tell it apart from others."""
        if not self._is_history and _REPEAT not in self._above[-1][1]:
            return ""
        keys = [[value for name, value in one.items() if name in _KEYS] for _, one in self._above]
        return json.dumps(keys)

    def _item(self, item: Any, put: Any) -> None:
        oid, attributes = item.get("ItemOID", ""), self._attributes(item)
        raw = item.get("Value")
        if raw is None:
            inner = [one.text or "" for one in item if _local(one.tag) == "Value"]
            raw = inner[0] if inner else (item.text or "" if _local(item.tag) != "ItemData" else "")
            if len(inner) > 1:
                put(oid, " ".join(inner), "has several values in one item")
                return
        is_null = item.get("IsNull") == "Yes"
        for name, value in attributes.items():
            if ":" in name:
                put(f"{oid}@{name}", value)
        wrong = "is marked as null (IsNull) and has a value" if is_null and raw.strip() else None
        put(oid, raw, "is removed by its transaction" if attributes.get(_TRANSACTION) in _GONE else wrong)
        unit = _unit(item, attributes)
        if unit is not None:
            put(f"{oid}@unit", unit)


def _column(level: str, name: str) -> str:
    """The column of a key: its own name where that says of what it is, or is a vendor's; else behind its level."""
    stands_alone = ":" in name or name in ("SubjectKey", "LocationOID") or name.startswith(level.removesuffix("Data"))
    return name if stands_alone else f"{level}.{name}"


def _unit(item: Any, attributes: Mapping[str, str]) -> str | None:
    inner = next((one.get("MeasurementUnitOID") for one in item if _local(one.tag) == "MeasurementUnitRef"), None)
    return inner or attributes.get("MeasurementUnitOID") or attributes.get("UnitOID")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
