"""Unknown is never no: a fact that becomes unknown leaves a settled verdict as it is, or makes it unsure."""

from __future__ import annotations

import copy
import json
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from precise_cal.cohort.run.reference import findings
from precise_cal.engine.check import Checker
from precise_cal.engine.judging.gate import GATE_ID
from precise_cal.protocol.from_json import RecordError
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from precise_cal.cohort.layout.dataset import Cohort
    from precise_cal.cohort.run.checking import Check
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject

    Path = tuple[str | int, ...]
    Pair = tuple[str, dict[str, Any], Mapping[str, str], Mapping[str, str]]
    """What is unknown in the poorer record, the richer one, and the verdicts of both."""

OPEN = frozenset({"UNKNOWN", "CANNOT_ASSESS", "PENDING", "REVIEW"})
"""The verdicts that claim nothing."""
NAMES = frozenset({"schema_version", "study_id", "protocol_version", "subject_id", "site_id"})
COURSE = frozenset({"hospital", "labs", "periprocedural", "visits", "events", "sae", "disposition", "last_contact"})
"""What happens after treatment; every other fact that is made unknown is one of these."""
BLANKS = 3
"""How many facts of a record are made unknown, one at a time, where only the interpreter judges."""


@dataclass(frozen=True)
class Clause:
    """Where an empty field says something: the fields, the rules, the verdict before and after, and why."""

    fields: str
    rules: str
    before: frozenset[str]
    after: str
    why: str


CLAUSES = (
    Clause(
        "randomization",
        ".*",
        frozenset({"NOT_DUE", "COMPLIANT", "DEVIATION", "YES", "NO"}),
        "NOT_APPLICABLE|NOT_DUE",
        "contract: null until randomized, and who is not counts nowhere",
    ),
    Clause(
        "randomization",
        "IC-6|IC-7|EX-1|EX-3|CONSENT-1",
        frozenset({"MET", "NOT_MET", "ABSENT", "PRESENT", "COMPLIANT", "DEVIATION"}),
        "MET|NOT_MET|ABSENT|PRESENT|COMPLIANT|DEVIATION",
        "contract: null until randomized, and until then eligibility is judged of what is known now (GATE-2)",
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
        "YES|NO",
        "contract: null for a plain result",
    ),
    Clause(r"events/\*/lesion_id", "MACE-1", frozenset({"YES"}), "NO", "V116: a TVR without a lesion is outside it"),
    Clause(
        r"sae",
        "SAF-1",
        frozenset({"COMPLIANT", "DEVIATION", "NOT_DUE"}),
        "NOT_APPLICABLE",
        "contract: the list of reports is optional, and a site that keeps none is not asked for it",
    ),
    Clause(
        r"sae/\*/reported_at",
        "SAF-1",
        frozenset({"COMPLIANT"}),
        "NOT_DUE",
        "while the time of a report runs, one that is not recorded may still come: NOT_DUE accuses nobody",
    ),
    Clause(
        r"hospital(/discharged_at)?|events(/\*/\w+)?|sae(/\*/\w+)?|last_contact(/\w+)?|disposition(/\w+)?",
        r"PERI-.|PMI-.*",
        frozenset({"NO"}),
        "NOT_DUE",
        "trap 18: without a discharge, and a known death, the stay goes on",
    ),
    Clause(
        r"hospital(/discharged_at)?",
        r"PERI-.|PMI-.*",
        frozenset({"NO"}),
        "YES",
        "trap 18: without a discharge the stay goes on, and what came after it lies within",
    ),
    Clause(
        r"periprocedural(/side_branches|/perforation(/ellis)?|/no_reflow(/occurred)?)?|labs",
        r"PERI-.|PMI-.*",
        frozenset({"YES", "NO"}),
        "NOT_DUE",
        "trap 18: while the stay goes on, what is not recorded yet is no gap",
    ),
    Clause(
        r"(visits|events|sae)(/\*/\w+)?|(disposition|last_contact|procedure)(/\w+)?",
        r"FU-.*|QFR-12M",
        frozenset({"NOT_APPLICABLE"}),
        "NOT_DUE",
        "trap 7: before its time a contact is switched off by what is known; NOT_DUE accuses nobody",
    ),
    Clause(
        r"procedure(/ended_at)?",
        r"PRC-1|ARM-1|BAILOUT-1",
        frozenset({"COMPLIANT", "DEVIATION", "REVIEW", "NOT_APPLICABLE"}),
        "NOT_DUE",
        "a procedure without an end may still go on that day: what it asks for is not due, and NOT_DUE accuses nobody",
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
            and re.fullmatch(one.after, after)
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


def emptied(path: Path, document: dict[str, Any]) -> str:
    """What is unknown in the record without this path: the randomization, where nothing else of it is known."""
    if path[0] == "randomization" and not any((document["randomization"] or {}).values()):
        return "randomization"  # contract: one of which nothing is known counts as null
    return general(path)


def overturned(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The settled verdicts that became another settled one."""
    for rule, word in before.items():
        if rule == GATE_ID:
            continue
        if word not in OPEN and after[rule] != word and after[rule] not in OPEN:
            yield rule, word, after[rule]


def poorer(document: dict[str, Any], chance: random.Random, number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The record without one fact, several times, each with the path of that fact."""
    paths = list(known(document))
    course = [path for path in paths if path[0] in COURSE]
    for _ in range(number):
        path = chance.choice(course if course and chance.random() < 0.5 else paths)
        less = without(document, path)
        yield emptied(path, less), less


def faults(pairs: Iterable[Pair]) -> Iterator[str]:
    """What is overturned without a clause."""
    for path, document, before, after in pairs:
        for rule, word, now in overturned(before, after):
            if clause_of(rule, path, word, now) is None:
                yield f"{rule} from {word} to {now} without {path}: {json.dumps(document)}"


def test_what_becomes_unknown_overturns_nothing(book: Rulebook, random_records: Any) -> None:
    checker, chance = Checker(book, all_reasons=False), random.Random(26)

    def verdicts(document: dict[str, Any]) -> dict[str, str] | None:
        data = json.dumps(document).encode()
        try:
            subject = checker.subject(book.records.read(data), data)
        except RecordError:
            return None
        if any(query.rule == "CHRONOLOGY" for query in subject.queries):
            return None  # of two data that contradict each other, taking one away makes the other known
        return {one.id: one.verdict for one in subject.verdicts if one.id != GATE_ID}

    def pairs() -> Iterator[Pair]:
        for document in random_records.RandomRecords(26, unfit=False).documents(300):
            before = verdicts(document)
            for path, less in poorer(document, chance, BLANKS) if before else ():
                after = verdicts(less)
                if before and after:
                    yield path, document, before, after

    assert list(faults(pairs())) == []


IN_HOSPITAL = {
    "hospital": {"admitted_at": "2026-03-09T08:00:00+08:00"},
    "visits": [],
    "qfr_measurements": [],
    "disposition": None,
    "data_cutoff": "2026-03-11T12:00:00+08:00",
}
LOST = {"reference_diameter": {"value": "2.2", "unit": "mm"}, "timi_pre": 3, "timi_final": 0}
CENSORED = {"test": "ctni", "value": "170", "unit": "ng/L", "uln": {"value": "34", "unit": "ng/L"}, "comparator": ">"}
OTHER_NAME = {"type": "tvr", "onset": "2026-06-18", "lesion_id": "L1", "fatal": False, "adjudication": "confirmed"}
REPORTED_LATE = {"event_id": "A1", "onset": "2026-06-01", "aware_at": "2026-06-02T09:00:00+08:00",
                 "reported_at": "2026-06-04T09:00:00+08:00", "criteria": ["hospitalization"]}  # fmt: skip
REPORTED_AT_ONCE = REPORTED_LATE | {"reported_at": "2026-06-02T10:00:00+08:00"}
AFTER_RANDOMIZATION = {"type": "RA", "started_at": "2026-03-10T10:12:00+08:00", "ended_at": "2026-03-10T10:15:00+08:00",
                       "completed": True}  # fmt: skip
LESION = json.loads((bundled() / "tests" / "complete.json").read_text("utf-8"))["lesions"][0]
EXAMPLES: tuple[tuple[dict[str, Any], Path, str, str, str], ...] = (
    ({}, ("randomization",), "FU-1M", "COMPLIANT", "NOT_APPLICABLE"),
    ({"lesions": [LESION | {"modification": [AFTER_RANDOMIZATION]}]}, ("randomization",), "IC-6", "NOT_MET", "MET"),
    ({"presentation": {"type": "nstemi", "stemi_onset": "2026-03-01"}}, ("presentation", "stemi_onset"), "EX-1",
     "PRESENT", "ABSENT"),
    ({"labs": [CENSORED | {"collected_at": "2026-03-11T04:00:00+08:00"}]}, ("labs", 0, "comparator"), "PERI-4",
     "YES", "NO"),
    ({"events": [OTHER_NAME]}, ("events", 0, "lesion_id"), "MACE-1", "YES", "NO"),
    ({"sae": [REPORTED_LATE]}, ("sae",), "SAF-1", "DEVIATION", "NOT_APPLICABLE"),
    ({"sae": [REPORTED_AT_ONCE], "data_cutoff": "2026-06-02T12:00:00+08:00"}, ("sae", 0, "reported_at"), "SAF-1",
     "COMPLIANT", "NOT_DUE"),
    ({}, ("hospital", "discharged_at"), "PERI-1", "NO", "NOT_DUE"),
    (IN_HOSPITAL | {"hospital": {"discharged_at": "2026-03-10T12:00:00+08:00"},
                    "periprocedural": {"perforation": {"ellis": "V", "at": "2026-03-10T13:00:00+08:00"}}},
     ("hospital", "discharged_at"), "PERI-2", "NO", "YES"),
    (IN_HOSPITAL | {"periprocedural": {"side_branches": [LOST]}}, ("periprocedural", "side_branches"), "PERI-1", "YES",
     "NOT_DUE"),
    ({"visits": [{"visit": "M1", "status": "refused"}], "qfr_measurements": [], "disposition": None,
      "data_cutoff": "2026-03-20T12:00:00+08:00"}, ("visits",), "FU-1M", "NOT_APPLICABLE", "NOT_DUE"),
    ({"data_cutoff": "2026-03-10T12:00:00+08:00"}, ("procedure", "ended_at"), "PRC-1", "COMPLIANT", "NOT_DUE"),
    ({"visits": [], "qfr_measurements": [], "disposition": {"status": "on_study"},
      "last_contact": {"date": "2026-03-20", "vital_status": "dead"}}, ("last_contact",), "FU-6M", "NOT_APPLICABLE",
     "DEVIATION"),
)  # fmt: skip
"""For each clause: what is special about a complete participant, what becomes unknown, what becomes of a verdict."""


@pytest.mark.parametrize(
    ("clause", "example"), list(zip(CLAUSES, EXAMPLES, strict=True)), ids=[one.why for one in CLAUSES]
)
def test_every_clause_is_needed(
    clause: Clause,
    example: tuple[dict[str, Any], Path, str, str, str],
    complete: dict[str, Any],
    judge: Callable[[Any], Subject],
) -> None:
    changes, path, rule, before, after = example
    document = complete | changes
    words = [
        next(one.verdict for one in judge(record).verdicts if one.id == rule)
        for record in (document, without(document, path))
    ]
    assert words == [before, after]
    assert clause_of(rule, general(path), before, after) is clause


EVERY = 7
"""Of the records that SQL judges, the interpreter judges one in so many; a benchmark (`cohort_equality.py`) all."""


@pytest.mark.minutes(2)
@pytest.mark.slow
def test_twenty_thousand_records_by_the_interpreter_and_by_sql(
    book: Rulebook, random_records: Any, import_lines: Callable[[list[bytes]], Cohort], check: Callable[..., Check]
) -> None:
    """Ten thousand records, each beside itself with one fact less: equal row by row, and nothing overturned."""
    chance, rules = random.Random(27), {rule.rule.id: rule for rule in book.edition(None).rules}
    checker = Checker(book)
    documents: list[tuple[str, dict[str, Any]]] = []
    for place, document in enumerate(random_records.RandomRecords(27, unfit=False).documents(10_000)):
        path, less = next(poorer(document, chance, 1))
        documents += [(path, document), (path, less | {"subject_id": f"L-{place:07}"})]
    lines = [json.dumps(document).encode() for _, document in documents]
    job = check(import_lines(lines))
    job.run()
    rows: dict[int, dict[str, tuple[str, str | None, str]]] = {}
    for row in pq.read_table(job.folder / "verdicts").to_pylist():
        rows.setdefault(row["participant"], {})[row["rule"]] = (row["verdict"], row["reason"], row["notices"])

    def judged(number: int) -> Subject:
        return checker.subject(book.records.read(lines[number - 1]), lines[number - 1])

    for number in sorted(rows)[::EVERY]:
        assert rows[number] == {one.rule: tuple(one)[1:] for one in findings(judged(number), rules)}, lines[number - 1]

    def is_doubtful(number: int) -> bool:
        """Of two data that contradict each other, taking one away makes the other known."""
        return any(query.rule == "CHRONOLOGY" for query in judged(number).queries)

    def pairs() -> Iterator[Pair]:
        for number in range(1, len(lines), 2):
            if {number, number + 1} <= rows.keys():
                one, other = ({name: row[0] for name, row in rows[at].items()} for at in (number, number + 1))
                pair = (*documents[number - 1], one, other)
                if list(faults([pair])) and not is_doubtful(number) and not is_doubtful(number + 1):
                    yield pair

    assert list(faults(pairs())) == []
