"""Random records that reach what rules can do: every case of the rule files, changed in many places at once."""

from __future__ import annotations

import copy
import json
import random
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from precise_cal.assurance.boundary_cases import FILE
from precise_cal.cohort.layout.tables import layout, tables
from precise_cal.engine.cases import read_cases
from precise_cal.engine.rulebook.load import records_of
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.cohort.layout.tables import Field, Table

SCHEMA = records_of(bundled()).schema
_INSTANTS = (
    "2026-03-09T10:05:00+08:00", "2026-03-10T09:00:00+08:00", "2026-03-10T09:24+08:00", "2026-03-10T09:36:00.250+08:00",
    "2026-03-10T10:02:00+08:00", "2026-03-10T02:02:00Z", "2026-03-09T21:02:00-05:00", "2026-03-10T10:02:00.001+08:00",
    "2026-03-10T10:10:00+08:00", "2026-03-10T10:20:00+08:00", "2026-03-10T10:45:00+08:00", "2026-03-10T11:00+08:00",
    "2026-03-10T23:59:59+08:00", "2026-03-09T16:00:00Z", "2026-03-11T08:00:00+08:00", "2026-03-12T10:45:00+08:00",
    "2026-03-13T10:00:00+08:00", "2026-04-09T09:00:00+08:00", "2026-09-10T09:00:00+08:00", "2027-03-10T09:00:00+08:00",
    "2027-04-20T12:00:00+08:00", "2026-03-12T11:00:00+08:00", "2026-03-12", "2026-03-30", "2026-04-10", "2026-06-18",
    "2026-09-26", "2027-03-10", "2027-03-11", "2026-03-10", "2026-03-09", "2026-03", "2026", "2026-04", "2027",
    "2028-02-29",
)  # fmt: skip
_DATES = (
    "2008-03-09", "2008-03-10", "2008-03", "2008", "2008-02-29", "1956-05-10", "1956-05", "1956", "2007-12-31",
    "2026-02-08", "2026-02-07", "2026-03-10", "2026-03", "2026-03-11", "2026-09-10", "2026-09-11", "2026-09", "2027",
    "2026-04-09", "2026-04-02", "2026-04-16", "2026-04-17", "2026-04", "2026-09-06", "2026-08-23", "2026-09-20",
    "2026-09-21", "2027-03-10", "2027-02-08", "2027-04-09", "2027-04-10", "2026", "2026-02",
)  # fmt: skip
_DIAMETERS = (
    ("2.25", "mm"), ("2.2499", "mm"), ("2.24999999", "mm"), ("4.0", "mm"), ("4.00000001", "mm"), ("4.01", "mm"),
    ("0.225", "cm"),
    ("0.2249", "cm"), ("2250", "um"), ("2249.9", "um"), ("0.004", "m"), ("3", "mm"), ("2.30", "mm"), ("2.31", "mm"),
    ("3.95", "mm"), ("3.94999999", "mm"), ("0.1", "[in_i]"), ("2.0", "mm"), ("1.99999999", "mm"), (None, "mm"),
    ("3", None), ("2249.99999999", "um"),
)  # fmt: skip
_LEVELS = (
    ("0.170", "ng/mL"), ("170", "ng/L"), ("170.00000001", "ng/L"), ("169.9", "ng/L"), ("34", "ng/L"), ("0.034", "ug/L"),
    ("340", "pg/mL"), ("2380", "ng/L"), ("1190", "ng/L"), ("25", "U/L"), ("250", "U/L"), ("125", "U/L"), ("126", "U/L"),
    ("5", "ug/L"), ("50", "ug/L"), ("0.00000001", "ug/L"), ("0.04166667", "ug/L"), ("41.66666667", "ng/L"),
    ("7", "[pH]"),
    ("9999999999", "g/L"), (None, "ng/L"), ("34", None), ("14", "ng/L"), ("70", "ng/L"), ("0.4", "ukat/L"),
    ("3", "mol/L"),
)  # fmt: skip
_QUANTITIES = {
    "egfr": (("15", "mL/min/{1.73_m2}"), ("14.9", "mL/min/{1.73_m2}"), ("60", "mL/min/{1.73_m2}"), ("60", None)),
    "ivus_arc": (("270", "deg"), ("269.99", "deg"), ("360", "deg"), ("4.7", "rad"), (None, "deg")),
    "diameter_stenosis": (("50", "%"), ("49.9", "%"), ("0.5", "1"), ("0.499", "1"), ("80", "%"), ("80", None)),
    "uln": _LEVELS,
}
_FRACTIONS = (
    "0.80", "0.8", "0.80000001", "0.81", "0.82", "0.821", "0.79", "0.78", "0.801", "1", "0", "0.86", "0.77999999",
    "0.9",
)  # fmt: skip
_PRINTED = (
    "0.80",
    "0.8",
    "0.81",
    "0.79",
    "+0.81",
    "0.801",
    "n/a",
    "0.8000000000",
    "0.800000001",
    ".8",
    "0,81",
    "00.80",
    "",
)
_TEXTS = ("v1", "v2", "")


class RandomRecords:
    """Records that differ in what decides; the same seed gives the same ones.

    Args:
        seed: of the generator.
        unfit: whether some hold a value that no column of a cohort holds exactly.
    """

    def __init__(self, seed: int, *, unfit: bool = True) -> None:
        self.chance = random.Random(seed)
        self.unfit = unfit

    def documents(self, count: int, first: int = 0) -> Iterator[dict[str, Any]]:
        """So many records, as JSON data; the first has this number."""
        for number in range(first, first + count):
            document = json.loads(self.chance.choice(_bases(self.unfit)))
            self._change(layout(SCHEMA), document, self.chance.choice((0.02, 0.05, 0.1, 0.3)))
            document |= {"schema_version": "1.0", "study_id": "NCT07277114", "subject_id": f"P-{number:07}"}
            document["site_id"] = f"S{number % 7}"
            yield document

    def lines(self, count: int, first: int = 0) -> Iterator[bytes]:
        """The same as lines of a JSON Lines file."""
        for document in self.documents(count, first):
            yield json.dumps(document).encode()

    def _change(self, table: Table, document: dict[str, Any], often: float) -> None:
        for field in table.fields:
            if field.kind in ("presence", "list", "derived", "instead") or {*field.path} & _KEPT:
                continue
            if self.chance.random() < often:
                self._put(document, field.path, self._value(table, field))
        if table.name in ("labs", "diameters") and self.chance.random() < often:
            document["value"], document["unit"] = self._measured(_LEVELS if table.name == "labs" else _DIAMETERS)
        for child in table.children:
            self._change_list(child, document, often)

    def _change_list(self, child: Table, document: dict[str, Any], often: float) -> None:
        owner = document
        for name in child.path[:-1]:
            owner = owner.get(name) or {}
        items = owner.get(child.path[-1]) or []
        if self.chance.random() < often / 2:
            self._put(document, child.path, self.chance.choice((None, [])))
            return
        if items and self.chance.random() < 2 * often and len(items) < 5:
            items.append(copy.deepcopy(self.chance.choice(items)))
        elif self.chance.random() < often:
            items.append(self._new(child))
        if child.name in _CROWDED and self.chance.random() < often:
            items += [self._new(child) for _ in range(self.chance.randint(1, 3))]
        for place, item in enumerate(items):
            self._change(child, item, often)
            if child.name in _NAMED:
                item[_NAMED[child.name]] = f"X{place}"
        if items:
            self._put(document, child.path, items)

    def _new(self, child: Table) -> dict[str, Any]:
        item: dict[str, Any] = {"lesion_id": "L9"} if child.name == "lesions" else {}
        if child.name in ("labs", "diameters"):
            item["value"], item["unit"] = self._measured(_LEVELS if child.name == "labs" else _DIAMETERS)
        self._change(child, item, 0.8)
        return item

    def _put(self, document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
        for name in path[:-1]:
            if document.get(name) is None:
                if name == "randomization" and self.chance.random() < 0.8:
                    return
                document[name] = {}
            document = document[name]
        if path[:-1] == ("randomization",) and self.chance.random() < 0.02:
            value = None
        document[path[-1]] = value

    def _value(self, table: Table, field: Field) -> Any:
        if self.chance.random() < 0.3:
            return None
        return _MAKERS[field.kind](self, table, field)

    def _text(self, table: Table, field: Field) -> Any:
        if field.path[-1] == "reported_text":
            return self.chance.choice(_PRINTED if self.unfit else _PRINTED[:6])
        return self.chance.choice(_words(table.name, field.path) or _TEXTS)

    def _quantity(self, _table: Table, field: Field) -> Any:
        value, unit = self._measured(_QUANTITIES.get(field.path[-1], _DIAMETERS))
        return {"value": value, "unit": unit}

    def _measured(self, known: Sequence[tuple[str | None, str | None]]) -> tuple[str | None, str | None]:
        """One of these; seldom one that no column holds exactly."""
        found = self.chance.choice(known)
        while found in _UNFIT and (not self.unfit or self.chance.random() < 0.8):
            found = self.chance.choice(known)
        return found


_UNFIT = frozenset({("7", "[pH]"), ("9999999999", "g/L"), ("4.7", "rad"), ("2249.99999999", "um"), ("3", "mol/L"),
                    ("0.00000001", "ug/L"), ("0.04166667", "ug/L"), ("41.66666667", "ng/L"),
                    ("170.00000001", "ng/L")})  # fmt: skip
_KEPT = frozenset(
    {"schema_version", "study_id", "subject_id", "site_id", "lesion_id", "event_id", "unit", "number", "analysis"}
)
_CROWDED = frozenset({"events", "visits", "labs", "assessments"})
"""The lists in which several rows speak of one thing."""
_NAMED = {"lesions": "lesion_id", "events": "event_id"}
_MAKERS: dict[str, Any] = {
    "boolean": lambda self, _, field: self.chance.random() < 0.5,
    "integer": lambda self, _, field: (
        self.chance.randint(0, 3) if "timi" in field.name else self.chance.choice((17, 18, 60))
    ),
    "decimal": lambda self, _, field: self.chance.choice(_FRACTIONS if self.unfit else _FRACTIONS[3:12]),
    "date": lambda self, _, field: self.chance.choice(_DATES),
    "instant": lambda self, _, field: self.chance.choice(_INSTANTS),
    "text": RandomRecords._text,
    "quantity": RandomRecords._quantity,
}


@cache
def _bases(unfit: bool) -> list[str]:
    texts = [
        json.dumps(case.document, default=str) for case in read_cases(bundled()) if not case.place.file.endswith(FILE)
    ]
    return [text for text in texts if unfit or re.search(r"\.\d{8}", text) is None]


@cache
def _words(table: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a closed vocabulary."""
    part = tables(SCHEMA)[table].part
    for name in path[:-1]:
        part = part.by_name[name].part or part
    return part.by_name[path[-1]].words
