"""Unknown is never no: a fact that becomes unknown leaves a settled verdict as it is, or makes it unsure.

The interpreter says so here; that compiled rules say what the interpreter says, reason by reason, is held on the same
records, before and after.
"""

from __future__ import annotations

import copy
import json
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import GATE_ID, Checker
from precise_cal.protocol.from_json import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.engine.rulebook.rulebook import Rulebook

    Path = tuple[str | int, ...]

OPEN = frozenset({"UNKNOWN", "CANNOT_ASSESS", "PENDING", "REVIEW"})
"""The verdicts that claim nothing."""
NAMES = frozenset({"schema_version", "study_id", "protocol_version", "subject_id", "site_id"})
BLANKS = 3
"""How many facts of a record are made unknown, one at a time."""


@dataclass(frozen=True)
class Clause:
    """Where an empty field says something: the fields, the rules, what the verdict may become, and why."""

    fields: str
    rules: str
    before: frozenset[str]
    after: str
    why: str


CLAUSES = (
    Clause(
        r"randomization(/\w+)?",
        r".*",
        frozenset({"NOT_DUE", "COMPLIANT", "DEVIATION", "NOT_MET", "YES", "NO", "MET", "ABSENT", "PRESENT"}),
        "",
        "contract: null until randomized, and what is judged before randomization is judged of what is known now",
    ),
    Clause(
        r"presentation(/stemi_onset)?",
        "EX-1",
        frozenset({"PRESENT"}),
        "ABSENT",
        "no date is read as no infarction; ABSENCE_ASSUMED",
    ),
    Clause(
        r"labs/\*/comparator",
        r"PERI-4|PMI-.*",
        frozenset({"YES", "NO"}),
        "",
        "contract: null for a plain result",
    ),
    Clause(r"events/\*/lesion_id", "MACE-1", frozenset({"YES"}), "NO", "V116: a TVR without a lesion is outside it"),
    Clause(
        r"hospital(/discharged_at)?|events/\*/(type|fatal)|events|last_contact|disposition(/status)?",
        r"PERI-.|PMI-.*",
        frozenset({"NO"}),
        "NOT_DUE",
        "trap 18: without a discharge, and a known death, the stay goes on",
    ),
    Clause(
        r"periprocedural(/side_branches|/perforation(/ellis)?|/no_reflow(/occurred)?)?|labs",
        r"PERI-.|PMI-.*",
        frozenset({"YES", "NO"}),
        "NOT_DUE",
        "trap 18: while the stay goes on, what is not recorded yet is no gap",
    ),
    Clause(
        r"visits(/\*/\w+)?|events(/\*/\w+)?|disposition(/\w+)?|last_contact(/\w+)?|procedure(/\w+)?",
        r"FU-.*|QFR-12M",
        frozenset({"NOT_APPLICABLE"}),
        "NOT_DUE",
        "trap 7: before its time a contact is switched off by what is known; NOT_DUE accuses nobody",
    ),
    Clause(
        r"last_contact(/\w+)?",
        r"FU-.*|QFR-12M",
        frozenset({"NOT_APPLICABLE"}),
        "DEVIATION",
        "contract: the last contact is optional; without one, nothing says that the participant died",
    ),
)


def clause_of(rule: str, path: str, before: str, after: str) -> Clause | None:
    """The clause that lets a settled verdict become another one."""
    for one in CLAUSES:
        if (
            re.fullmatch(one.fields, path)
            and re.fullmatch(one.rules, rule)
            and before in one.before
            and after.startswith(one.after)
        ):
            return one
    return None


def known(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where something is known: every value, list and part."""
    if value is None:
        return
    if path and not isinstance(path[-1], int) and path[0] not in NAMES:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from known(item, (*path, name))


def without(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """The same record, where this is unknown."""
    poorer = copy.deepcopy(document)
    owner: Any = poorer
    for name in path[:-1]:
        owner = owner[name]
    owner[path[-1]] = None
    return poorer


def general(path: Path) -> str:
    """A path without the places in lists."""
    return "/".join("*" if isinstance(name, int) else name for name in path)


def overturned(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The settled verdicts that became another settled one."""
    for rule, word in before.items():
        if word not in OPEN and after[rule] != word and after[rule] not in OPEN:
            yield rule, word, after[rule]


class Pairs:
    """Random records, each with poorer ones beside it, and their verdicts."""

    def __init__(self, book: Rulebook, records: Any, seed: int) -> None:
        self.book = book
        self.records = records.RandomRecords(seed, unfit=False)
        self.checker = Checker(book, all_reasons=False)
        self.chance = random.Random(seed)

    def verdicts(self, document: dict[str, Any]) -> dict[str, str] | None:
        """By rule; None where the record is not valid."""
        data = json.dumps(document).encode()
        try:
            subject = self.checker.subject(self.book.records.read(data), data)
        except RecordError:
            return None
        return {one.id: one.verdict for one in subject.verdicts if one.id != GATE_ID}

    def faults(self, count: int, used: set[Clause]) -> Iterator[str]:
        """What is overturned without a clause; the clauses that were used are added to a set."""
        for document in self.records.documents(count):
            before = self.verdicts(document)
            paths = list(known(document))
            for path in self.chance.sample(paths, min(BLANKS, len(paths))) if before else ():
                after = self.verdicts(without(document, path))
                for rule, word, now in overturned(before or {}, after) if after else ():
                    clause = clause_of(rule, general(path), word, now)
                    if clause is None:
                        yield f"{rule} from {word} to {now} without {general(path)}: {json.dumps(document)}"
                    else:
                        used.add(clause)


def test_what_becomes_unknown_overturns_nothing(book: Rulebook, random_records: Any) -> None:
    assert list(Pairs(book, random_records, 26).faults(300, set())) == []


@pytest.mark.slow
def test_what_becomes_unknown_overturns_nothing_in_twenty_thousand_records(book: Rulebook, random_records: Any) -> None:
    used: set[Clause] = set()
    assert list(Pairs(book, random_records, 27).faults(20_000, used)) == []
    assert used == set(CLAUSES)
