"""A participant of whom two versions of the rules say something else, sought by Z3 and shown by the engine.

The versions are the rules and a mutant of them, or a protocol before and after an amendment.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Literal

import yaml

from precise_cal.assurance.logic import both, either, no
from precise_cal.assurance.problem import Problem
from precise_cal.assurance.reach import reaching
from precise_cal.assurance.records import Bounds
from precise_cal.assurance.symbols import NULL, UntranslatedError, truth
from precise_cal.assurance.verdicts import members, verdicts
from precise_cal.engine.cases import FOLDER, Case
from precise_cal.engine.check import Checker
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from precise_cal.assurance.logic import Bit
    from precise_cal.assurance.translate import Translator
    from precise_cal.engine.rulebook.edition import Edition, ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook

Outcome = Literal["told apart", "the same", "not decided", "not translated", "not replayed"]
"""A record tells them apart; none does within the bounds; the time was too short; something has no translation; the
engine says the same of every record that was found, so that it tells apart what no case can look at."""


@immutable()
class Shown:
    """What the engine says of a record by one version of a rule, as far as a case can look at it."""

    verdict: str
    notices: frozenset[str]
    deviations: frozenset[str]


@immutable()
class Witness:
    """Whether two versions of the rules can be told apart.

    Attributes:
        outcome: see `Outcome`.
        bound: how many items a list has at most of which this holds; None where no list is read.
        rule: the rule that says something else.
        record: of whom, as JSON data.
        was: what the first version says of the record.
        now: what the second one says.
        because: what has no translation.
    """

    outcome: Outcome
    bound: int | None = None
    rule: str = ""
    record: Mapping[str, Any] | None = None
    was: Shown | None = None
    now: Shown | None = None
    because: str = ""


def witness(book: Rulebook, changed: Rulebook, seconds: float = 10, bounds: Bounds | None = None) -> Witness:
    """A participant of whom changed rules say something else, by the latest edition that the change reaches.

    Args:
        book: the rules, read with their meaning.
        changed: the same with a change (`mutants.Mutant.of`).
        seconds: how long each rule may take.
        bounds: within what the participant is sought.

    Raises:
        RuleFileError: what is changed is no rule.
    """
    for key in reversed(book.timeline.keys):
        before, after = book.edition_of(key), changed.edition_of(key)
        reached = [one.rule.id for one in after.rules if before.by_id.get(one.rule.id) is not one]
        if reached:
            judged = [edition.by_id[name] for name in reached for edition in (before, after) if name in edition.by_id]
            problem = Problem(book, reaching(bounds or Bounds(), judged))
            found = [_of_rule(problem, (book, before), (changed, after), name, seconds) for name in reached]
            return next((one for one in found if one.outcome == "told apart"), _weakest(found))
    return Witness("the same")


def _weakest(found: list[Witness]) -> Witness:
    """The same only where every rule is; else why it is not known."""
    return next((one for one in found if one.outcome != "the same"), found[-1])


def _of_rule(
    problem: Problem, was: tuple[Rulebook, Edition], now: tuple[Rulebook, Edition], name: str, seconds: float
) -> Witness:
    try:
        sides = [aspects(problem.translator(edition), edition.by_id[name]) for _, edition in (was, now)]
    except UntranslatedError as error:
        return Witness("not translated", rule=name, because=str(error))
    bound = problem.bounds.items if problem.is_bounded else None
    until, found = time.monotonic() + seconds, False
    apart = [both(one, no(other)) for one, other in _pairs(*sides)]
    for differ in (either(*apart), *apart):
        outcome = problem.solve([differ], max(until - time.monotonic(), 0.1))
        if outcome == "no" and not found:
            return Witness("the same", bound, name)
        if outcome == "yes":
            found, record = True, problem.document
            before, after = (shown(book, record, name) for book, _ in (was, now))
            if before is not None and after is not None and before != after:
                return Witness("told apart", bound, name, record, before, after)
        if time.monotonic() > until:
            break
    return Witness("not replayed" if found else "not decided", bound, name, because="" if found else problem.too_short)


def _pairs(was: Mapping[str, Bit], now: Mapping[str, Bit]) -> Iterator[tuple[Bit, Bit]]:
    for name in was.keys() | now.keys():
        one, other = was.get(name, False), now.get(name, False)
        if one is not other:
            yield one, other
            yield other, one


def aspects(translator: Translator, rule: ExecutableRule) -> dict[str, Bit]:
    """What a case can look at, each with when it is so: verdicts, notices, findings. Raises `UntranslatedError`."""
    found: dict[str, Bit] = {**verdicts(translator, rule)}
    items: list[tuple[Bit, Bit, Mapping[str, Any]]] = [(True, True, {})]
    if rule.scope is not None:
        variable = rule.scope.variable
        items = [
            (both(there, no(member.not_)), both(there, member.yes), {variable: item})
            for there, item, member in members(translator, rule.scope)
        ] or [(False, False, {variable: NULL})]
    for notice in rule.notices:
        held = [both(meant, truth(translator.value(notice.when, scopes)).yes) for meant, _, scopes in items]
        found[f"notice {notice.notice.code}"] = either(*held)
    for finding in rule.findings:
        for place, (_, sure, scopes) in enumerate(items):
            when = both(sure, truth(translator.value(finding.when, scopes)).yes)
            found[f"finding {finding.code} {place}"] = when
            if finding.done is not None:
                done = truth(translator.value(finding.done, scopes))
                found[f"done {finding.code} {place}"] = both(when, done.yes)
                found[f"not done {finding.code} {place}"] = both(when, done.not_)
    return found


def shown(book: Rulebook, record: Mapping[str, Any], rule: str) -> Shown | None:
    """What the engine says of a record by a rule; None where it cannot be judged by it."""
    data = json.dumps(record, default=str).encode()
    try:
        subject = Checker(book).subject(book.records.read(data), data)
    except PreciseError:
        return None
    verdict = next((one for one in subject.verdicts if one.id == rule), None)
    if verdict is None:
        return None
    deviations = frozenset(one.code for one in subject.deviations)
    return Shown(verdict.verdict, frozenset(one.code for one in subject.notices if one.rule == rule), deviations)


# ---- as a case ----


def case_of(book: Rulebook, changed: Rulebook, found: Witness, about: str) -> str:
    """A witness as a case that can be put beside the rules: what differs from a participant that cases start from.

    Args:
        book: the rules.
        changed: the rules that the case tells from them.
        found: a witness that tells them apart.
        about: what is special about the participant.
    """
    assert found.record is not None
    base, start = _base(book.folder)
    changes = dict(_changes(start, found.record, ""))
    for pointer in list(changes):
        fewer = {one: value for one, value in changes.items() if one != pointer}
        if _tells(book, changed, _changed(start, fewer), found.rule):
            changes = fewer
    record = _changed(start, changes)
    was, now = shown(book, record, found.rule), shown(changed, record, found.rule)
    if was is None or now is None or was == now:
        was, now = found.was, found.now
        changes = dict(_changes(start, found.record, ""))
    assert was is not None
    assert now is not None
    case: dict[str, Any] = {"case": about, "from": base, "set": changes, "expect": was.verdict}
    for name, here in (
        ("notices", was.notices - now.notices),
        ("silent", now.notices - was.notices),
        ("deviations", was.deviations - now.deviations),
        ("no_deviations", now.deviations - was.deviations),
    ):
        if here:
            case[name] = sorted(here)
    return yaml.safe_dump({found.rule: [case]}, sort_keys=False, allow_unicode=True, width=110)


def _base(folder: Path) -> tuple[str, dict[str, Any]]:
    """A participant that cases start from, by name: the one that they start from unsaid, or the first one."""
    usual = Case.model_fields["from_"].default
    known = sorted((folder / FOLDER).glob("*.json"), key=lambda path: (path.stem != usual, path))
    return (known[0].stem, json.loads(known[0].read_text("utf-8"), parse_float=str)) if known else ("", {})


_KEPT = ("schema_version", "$schema", "$simulated")


def _changes(start: Mapping[str, Any], wanted: Mapping[str, Any], at: str) -> Iterator[tuple[str, Any]]:
    """The values by pointer that make the one record the other; what it lacks is null."""
    for name in dict.fromkeys((*start, *wanted)):
        one, other, pointer = start.get(name), wanted.get(name), f"{at}/{name}"
        if one == other or (not at and name in _KEPT):
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _changes(one, other, pointer)
        elif other is not None or one is not None:
            yield pointer, other


def _changed(start: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(json.dumps(start))
    for pointer, value in changes.items():
        *path, last = pointer.split("/")[1:]
        part = record
        for name in path:
            part = part.setdefault(name, {})
        part[last] = value
    return record


def _tells(book: Rulebook, changed: Rulebook, record: Mapping[str, Any], rule: str) -> bool:
    was, now = shown(book, record, rule), shown(changed, record, rule)
    return was is not None and now is not None and was != now
