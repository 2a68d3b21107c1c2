"""What must hold for any participant: more data never overturns a verdict, and form never matters."""

from __future__ import annotations

import copy
import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from precise_cal.engine.record_types import at_offset
from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.scalars import read_instant
from precise_cal.protocol.schema.tree import PartSchema, Scalar
from precise_cal.rules import bundled
from tests.bundled_cases import CASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.protocol.report import Subject

    Path = tuple[str | int, ...]


ROOT = records_of(bundled()).schema.root
DOCUMENTS = [case.document for case in CASES if case.rule != "nothing"]
DEFINITE = frozenset({"MET", "NOT_MET", "ABSENT", "PRESENT"})
QUIET = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.filter_too_much])

MEANINGFUL_ABSENCES = {
    ("presentation/stemi_onset", "EX-1"): (
        "no date is read as no infarction, and ABSENCE_ASSUMED says so",
        {},
        "2026-03-01",
        ("ABSENT", "PRESENT"),
    ),
    ("demographics/age_at_consent", "IC-1"): (
        "a second source beside the birth date; where they disagree, the criterion is open",
        {},
        17,
        ("MET", "UNKNOWN"),
    ),
    ("demographics/birth_date", "IC-1"): (
        "a second source beside the stated age; where they disagree, the criterion is open",
        {"demographics": {"age_at_consent": 17}},
        "1956-05-10",
        ("NOT_MET", "UNKNOWN"),
    ),
    ("qfr_measurements/0/reported_text", "IC-7"): (
        "a second source beside the value; where they disagree, the criterion is open",
        {},
        "0.79",
        ("MET", "UNKNOWN"),
    ),
    ("qfr_measurements/0/value", "EX-3"): (
        "only a QFR with its value contradicts an angiogram that is called unsuitable for it (AMB-13)",
        {"angiography": {"suitable_for_qfr": False}},
        "0.88",
        ("PRESENT", "UNKNOWN"),
    ),
    ("hospital/admitted_at", "EX-1"): (
        "no stay is taken to last longer than a year; an admission that says otherwise leaves the criterion open",
        {"presentation": {"type": "chronic_coronary_syndrome", "stemi_onset": "2025-03-09"}},
        "2025-01-05T08:00:00+08:00",
        ("ABSENT", "UNKNOWN"),
    ),
    ("randomization", "IC-6"): (
        "no randomization means not yet randomized, so a modification is early enough; without its time, nobody knows",
        {},
        {"at": None, "arm": "DCB"},
        ("MET", "UNKNOWN"),
    ),
    ("randomization", "IC-7"): (
        "no randomization means not yet randomized, so a QFR is early enough; it may turn out to be too late",
        {},
        {"at": "2026-03-10T09:58:00+08:00", "arm": "DCB"},
        ("MET", "UNKNOWN"),
    ),
}
"""Field and criterion where absence says something: why, and a participant in whom filling it changes the verdict."""
EXCEPTIONS = {(path.replace("/0", "/*"), rule) for path, rule in MEANINGFUL_ABSENCES}


def _leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    elif path[0] not in ("schema_version", "subject_id", "study_id") and path[-1] != "lesion_id":
        yield path


def _blanks(value: Any, part: PartSchema = ROOT, path: Path = ()) -> Iterator[Path]:
    """The fields of a record, as its schema knows them, that are absent or null."""
    for name, field in part.by_name.items():
        item = value.get(name)
        inner = field.part
        if item is None:
            yield (*path, name)
        elif inner and isinstance(item, list):
            for index, one in enumerate(item):
                yield from _blanks(one, inner, (*path, name, index))
        elif inner and isinstance(item, dict):
            yield from _blanks(item, inner, (*path, name))


def _general(path: Path) -> str:
    return "/".join("*" if isinstance(name, int) else name for name in path)


def _at(document: Any, path: Path) -> Any:
    for name in path:
        document = document[name]
    return document


def _pool() -> dict[str, list[Any]]:
    """Values for every field: those of the cases, and every word of a closed vocabulary."""
    pool: dict[str, list[Any]] = {}

    def collect(value: Any, part: PartSchema, path: Path) -> None:
        for name, field in part.by_name.items():
            here = (*path, name)
            values = pool.setdefault(_general(here), [])
            values += [word for word in field.words if word not in values]
            if field.type == Scalar("boolean"):
                values += [truth for truth in (True, False) if truth not in values]
            item, inner = value.get(name), field.part
            if item is not None and item not in values:
                values.append(item)
            for index, one in enumerate(item if isinstance(item, list) else [item]):
                if inner and isinstance(one, dict):
                    collect(one, inner, (*here, index) if isinstance(item, list) else here)

    for document in DOCUMENTS:
        collect(document, ROOT, ())
    return pool


POOL = _pool()


def _criteria(subject: Subject) -> dict[str, str]:
    return {verdict.id: verdict.verdict for verdict in subject.verdicts if verdict.kind in ("inclusion", "exclusion")}


@QUIET
@given(data=st.data())
def test_more_data_never_overturns_a_criterion(data: st.DataObject, judge: Callable[[Any], Subject]) -> None:
    poorer = copy.deepcopy(data.draw(st.sampled_from(DOCUMENTS)))
    for path in data.draw(st.lists(st.sampled_from(list(_leaves(poorer))), max_size=8, unique=True)):
        _at(poorer, path[:-1])[path[-1]] = None
    blanks = [path for path in _blanks(poorer) if POOL.get(_general(path))]
    assume(blanks)
    richer = copy.deepcopy(poorer)
    path = data.draw(st.sampled_from(blanks))
    _at(richer, path[:-1])[path[-1]] = data.draw(st.sampled_from(POOL[_general(path)]))
    try:
        less, more = judge(poorer), judge(richer)
    except RecordError:
        assume(False)
    assume(not any(query.rule == "CHRONOLOGY" for query in more.queries))  # dates in doubt count as unknown
    before, after = _criteria(less), _criteria(more)
    overturned = {
        rule
        for rule, word in before.items()
        if word in DEFINITE and after[rule] != word and (_general(path), rule) not in EXCEPTIONS
    }
    assert overturned == set(), (path, _at(richer, path))


@pytest.mark.parametrize("exception", MEANINGFUL_ABSENCES, ids=" ".join)
def test_every_exception_is_needed(
    exception: tuple[str, str], screening: dict[str, Any], judge: Callable[[Any], Subject]
) -> None:
    path = tuple(int(name) if name.isdigit() else name for name in exception[0].split("/"))
    _, changes, value, words = MEANINGFUL_ABSENCES[exception]
    poorer = screening | copy.deepcopy(changes)
    _at(poorer, path[:-1])[path[-1]] = None
    richer = copy.deepcopy(poorer)
    _at(richer, path[:-1])[path[-1]] = value
    assert (_criteria(judge(poorer))[exception[1]], _criteria(judge(richer))[exception[1]]) == words


def _findings(subject: Subject) -> Any:
    return (
        {verdict.id: verdict.verdict for verdict in subject.verdicts},
        Counter((verdict.id, item.key, item.verdict) for verdict in subject.verdicts for item in verdict.per),
        subject.gate,
        Counter((one.code, one.rule, one.item, one.occurred_at) for one in subject.deviations),
        Counter((one.code, one.rule, re.sub(r"/\d+", "/*", one.item or "")) for one in subject.notices),
        Counter((query.rule, re.sub(r"/\d+", "/*", query.ask)) for query in subject.queries),
    )


@QUIET
@given(data=st.data())
def test_the_order_of_lists_never_matters(data: st.DataObject, judge: Callable[[Any], Subject]) -> None:
    document = data.draw(st.sampled_from(DOCUMENTS))
    shuffled = copy.deepcopy(document)
    waiting = [shuffled]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            value[:] = data.draw(st.permutations(value))
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    assert _findings(judge(shuffled)) == _findings(judge(document))


UNITS = {
    "mm": [("cm", Decimal("0.1")), ("um", Decimal(1000)), ("m", Decimal("0.001"))],
    "%": [("1", Decimal("0.01")), ("[ppth]", Decimal(10))],
    "ng/L": [
        ("pg/mL", Decimal(1)),
        ("ug/L", Decimal("0.001")),
        ("ng/mL", Decimal("0.001")),
        ("ng/dL", Decimal("0.1")),
    ],
    "ng/mL": [("ng/L", Decimal(1000)), ("ug/L", Decimal(1))],
    "deg": [("'", Decimal(60)), ("''", Decimal(3600))],
    "mL/min/{1.73_m2}": [("L/min/{1.73_m2}", Decimal("0.001"))],
}


def _without_amounts(subject: Subject) -> Any:
    """The findings, with questions that quote amounts as they are recorded, in whatever unit."""
    *found, queries = _findings(subject)
    return found, Counter((rule, re.sub(r"\d[\d.]* [^\s:]+", "*", ask)) for rule, ask in queries.elements())


def _in_other_units(value: Any, draw: Callable[[Any], Any]) -> Any:
    if isinstance(value, list):
        return [_in_other_units(item, draw) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {name: _in_other_units(item, draw) for name, item in value.items()}
    if value.get("value") is not None and value.get("unit") in UNITS:
        unit, factor = draw(st.sampled_from(UNITS[value["unit"]]))
        changed |= {"value": f"{Decimal(str(value['value'])) * factor:f}", "unit": unit}
    return changed


@QUIET
@given(data=st.data())
def test_units_never_matter(data: st.DataObject, judge: Callable[[Any], Subject]) -> None:
    document = data.draw(st.sampled_from(DOCUMENTS))
    other = _in_other_units(document, data.draw)
    assert _without_amounts(judge(other)) == _without_amounts(judge(document))


def _at_other_offsets(value: Any, draw: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {name: _at_other_offsets(item, draw) for name, item in value.items()}
    if isinstance(value, list):
        return [_at_other_offsets(item, draw) for item in value]
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        return str(at_offset(read_instant(value), draw(st.sampled_from([0, -300, 330, 480, 840]))))
    return value


@QUIET
@given(data=st.data())
def test_time_zones_never_matter(data: st.DataObject, judge: Callable[[Any], Subject]) -> None:
    document = data.draw(st.sampled_from(DOCUMENTS))
    other = _at_other_offsets(document, data.draw)
    before, after = judge(document), judge(other)
    assert {one.id: one.verdict for one in after.verdicts} == {one.id: one.verdict for one in before.verdicts}
    assert after.gate == before.gate
    assert [(one.code, one.item) for one in after.deviations] == [(one.code, one.item) for one in before.deviations]
    assert [(one.code, one.rule) for one in after.notices] == [(one.code, one.rule) for one in before.notices]


@pytest.mark.parametrize("format_", ["json", "junit", "github", "text"])
def test_the_same_input_gives_the_same_bytes(format_: str, precise: Callable[..., Any]) -> None:
    folder = bundled() / "tests"
    arguments = ["check", folder / "complete.json", folder / "screening.json", "--format", format_]
    arguments += ["--now", "2027-04-20T12:00:00+08:00"]
    assert precise(*arguments) == precise(*arguments)
