"""Rule cases: small YAML tests that stand beside the rules, each a participant, a change, and what must follow.

A case file holds cases by rule id. ``fragments`` names pieces of records that cases add.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StrictBool, TypeAdapter, ValidationError

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook.errors import Place, RuleFileError
from precise_cal.engine.rulebook.yaml_source import read_yaml
from precise_cal.language.catalog import Verbatim, message, placed, words_of
from precise_cal.protocol.form_errors import form_problems
from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.pointer import steps_of
from precise_cal.protocol.scalars import read_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.yaml_source import YamlFile
    from precise_cal.protocol.report import Deviation, Query, Subject

FOLDER: Final = "tests"


class Case(BaseModel):
    """One case, as written."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    case: str = Field(description="what is special about the participant")
    from_: str = Field("screening", alias="from", description="the participant it starts from: a file beside the cases")
    set: dict[str, Any] = Field({}, description="values by JSON Pointer")
    remove: list[str] = Field([], description="JSON Pointers of what is taken away")
    add: dict[str, Any] = Field({}, description="items by JSON Pointer of the list they join; a word names a fragment")
    now: str | None = Field(None, description="the instant at which due and overdue are judged")
    parameters: dict[str, Any] = Field({}, description="values that parameters hold here, by id")
    expect: str = Field(description="the verdict of the rule")
    gate: str | None = Field(None, description="the decision of the gate")
    says: str | None = Field(None, description="a sentence that the rule says, in English")
    asks: str | None = Field(None, description="a question that the rule asks, in English")
    asks_at: str | None = Field(None, description="the JSON Pointer of what the rule asks for")
    query: StrictBool | None = Field(None, description="whether the rule asks for something")
    also: dict[str, str] = Field({}, description="the verdicts of other rules, by id")
    notices: list[str] = Field([], description="codes that the rule raises")
    silent: list[str] = Field([], description="codes that the rule does not raise")
    raises: list[str] | None = Field(None, description="all codes that the rule raises, and no others")
    deviations: list[str] = Field([], description="deviation codes that must follow")
    no_deviations: list[str] = Field([], description="deviation codes that must not follow")
    deviates: list[str] | None = Field(None, description="all deviation codes that follow, and no others")
    leaves: list[str] | None = Field(
        None,
        description="all analysis populations that deviations take the participant out of, and no others",
    )


@dataclass(frozen=True, slots=True)
class PlacedCase:
    """A case with its rule, and where it stands."""

    rule: str
    case: Case
    place: Place
    document: dict[str, Any]
    """The record that it makes."""
    place_of: Callable[..., Place]
    """From a path within the case to where that stands."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case showed; empty problems mean that it passed."""

    case: PlacedCase
    problems: tuple[str, ...]


def case_schema() -> dict[str, Any]:
    """The JSON Schema of a case file."""
    item = TypeAdapter(list[Case]).json_schema(by_alias=True)
    definitions = item.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cases of the rules, by rule id",
        "type": "object",
        "properties": {"fragments": {"type": "object"}},
        "patternProperties": {"^[A-Z]": item},
        "additionalProperties": False,
        "$defs": definitions,
    }


def read_cases(folder: Path) -> tuple[PlacedCase, ...]:
    """The cases that stand beside the rules of a folder; none where it has no ``tests``.

    Raises:
        RuleFileError: a case file is wrong.
    """
    tests = folder / FOLDER
    files = sorted(tests.glob("*.yaml")) if tests.is_dir() else []
    return tuple(case for file in files for case in _cases_in(file))


def run_case(case: PlacedCase, book: Rulebook) -> Outcome:
    """Judge the record of a case and compare."""
    try:
        varied = book.varied(case.case.parameters)
    except KeyError as error:
        return Outcome(case, (message("{ $args } is no parameter", args=error.args[0]),))
    except ValueError as error:
        return Outcome(case, (message("a parameter cannot hold this: { $error }", error=words_of(error)),))
    try:
        if not any(_differences(case, judged(case, varied, all_reasons=False))):
            return Outcome(case, ())
        return Outcome(case, tuple(_differences(case, judged(case, varied))))
    except RecordError as error:
        return Outcome(case, (message("the record is not valid: { $error }", error=words_of(error)),))


def judged(case: PlacedCase, book: Rulebook, *, all_reasons: bool = True) -> Subject:
    """What rules say of the record of a case. Raises `RecordError` where it is not valid."""
    data = json.dumps(case.document, default=_as_text).encode()
    now = read_instant(case.case.now) if case.case.now else None
    return Checker(book, now, all_reasons).subject(book.records.read(data), data)


def _differences(placed: PlacedCase, subject: Subject) -> Iterator[str]:
    case, rule = placed.case, placed.rule
    verdict = next((one for one in subject.verdicts if one.id == rule), None)
    if verdict is None:
        text = "{ $rule } does not judge this participant: the version of the protocol in force then has no such rule"
        yield message(text, rule=rule)
        return
    if verdict.verdict != case.expect:
        told = "; ".join(f"{because.pointer} {because.observed}" for because in verdict.because)
        yield message(
            "expected { $expect }, got { $verdict }", expect=Verbatim(case.expect), verdict=Verbatim(verdict.verdict)
        ) + (message(" because of { $told }", told=told) if told else "")
    if case.gate is not None and subject.gate.decision != case.gate:
        yield message(
            "expected the gate to say { $gate }, got { $decision }",
            gate=Verbatim(case.gate),
            decision=Verbatim(subject.gate.decision),
        )
    said = [sentence.en for sentence in verdict.says]
    if case.says is not None and case.says not in said:
        yield message(
            "expected it to say “{ $says }”, it says { $value }", says=case.says, value=" · ".join(said) or "nothing"
        )
    queries = [query for query in subject.queries if query.rule == rule]
    yield from _differences_of_questions(case, queries)
    if case.query is not None and bool(queries) != case.query:
        yield "expected a query" if case.query else "expected no query"
    yield from (
        message("expected the notice { $code }", code=Verbatim(code))
        for code in case.notices
        if code not in verdict.notices
    )
    yield from (
        message("expected no notice { $code }", code=Verbatim(code)) for code in case.silent if code in verdict.notices
    )
    if case.raises is not None and set(case.raises) != {*verdict.notices}:
        yield message(
            "expected the notices { $codes }, got { $raised }",
            codes=Verbatim(", ".join(case.raises) or "none"),
            raised=Verbatim(", ".join(verdict.notices) or "none"),
        )
    yield from _differences_of_others(case, subject)
    codes = {deviation.code for deviation in subject.deviations}
    yield from (
        message("expected the deviation { $code }", code=Verbatim(code))
        for code in case.deviations
        if code not in codes
    )
    yield from (
        message("expected no deviation { $code }", code=Verbatim(code)) for code in case.no_deviations if code in codes
    )
    if case.deviates is not None and set(case.deviates) != codes:
        yield message(
            "expected the deviations { $codes }, got { $found }",
            codes=Verbatim(", ".join(case.deviates) or "none"),
            found=Verbatim(", ".join(sorted(codes)) or "none"),
        )
    left = populations_left(subject.deviations)
    if case.leaves is not None and set(case.leaves) != left:
        yield message(
            "expected deviations to take the participant out of { $populations }, they do of { $left }",
            populations=Verbatim(", ".join(case.leaves) or "none"),
            left=Verbatim(", ".join(sorted(left)) or "none"),
        )


def populations_left(deviations: Iterable[Deviation]) -> frozenset[str]:
    """The analysis populations that a participant is taken out of by deviations."""
    return frozenset(name for one in deviations for name, stays in one.populations.items() if not stays)


def _differences_of_questions(case: Case, queries: Sequence[Query]) -> Iterator[str]:
    """What the rule does not ask, and should."""
    words, places = [one.ask for one in queries], [one.pointer for one in queries]
    for expected, asked in ((case.asks, words), (case.asks_at, places)):
        if expected is not None and expected not in asked:
            text = "expected it to ask “{ $asks }”, it asks { $value }"
            yield message(text, asks=expected, value=" · ".join(asked) or "nothing")


def _differences_of_others(case: Case, subject: Subject) -> Iterator[str]:
    """What other rules say of the participant, and should not."""
    said = {one.id: one.verdict for one in subject.verdicts}
    for rule, expected in case.also.items():
        if said.get(rule) != expected:
            yield message(
                "expected { $rule } to say { $expect }, it says { $verdict }",
                rule=rule,
                expect=Verbatim(expected),
                verdict=Verbatim(said.get(rule, "nothing")),
            )


def _cases_in(file: Path) -> Iterator[PlacedCase]:
    source = read_yaml(file, str(file))
    if not isinstance(source.data, dict):
        raise RuleFileError([(source.place(()), "should be cases by rule id")])
    fragments = source.data.get("fragments") or {}
    wrong = [rule for rule, entries in source.data.items() if rule != "fragments" and not isinstance(entries, list)]
    if wrong or not isinstance(fragments, dict):
        text = "should be a list of cases" if wrong else "should be pieces of records by name"
        raise RuleFileError([(source.place((name,)), placed(name, text)) for name in wrong or ["fragments"]])
    for rule, entries in source.data.items():
        for index, entry in enumerate(entries if rule != "fragments" else ()):
            yield _case(file, source, rule, index, entry, fragments)


def _case(file: Path, source: YamlFile, rule: str, index: int, entry: Any, fragments: dict[str, Any]) -> PlacedCase:
    place = partial(_place_within, source, rule, index)
    try:
        case = Case.model_validate(entry)
    except ValidationError as error:
        raise RuleFileError([(place(*path), text) for path, text in form_problems(Case, entry, error)]) from None
    try:
        return PlacedCase(rule, case, place(), _document(file, case, fragments, tuple(entry)), place)
    except OSError:
        there = ", ".join(sorted(one.stem for one in file.parent.glob("*.json"))) or "none"
        text = message(
            'from: there is no "{ $text }.json" beside the cases; there are { $there }', text=case.from_, there=there
        )
        raise RuleFileError([(place("from"), text)]) from None
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise RuleFileError(
            [
                (
                    place(),
                    message('the case "{ $case }" cannot be made: { $reason }', case=case.case, reason=_reason(error)),
                )
            ]
        ) from None


def _place_within(source: YamlFile, rule: str, index: int, *path: str | int) -> Place:
    return source.place((rule, index, *path))


def _reason(error: Exception) -> str:
    """Why a record cannot be changed as a case says."""
    if isinstance(error, KeyError):
        return message("there is no { $args }", args=f"{error.args[0]!r}")
    if isinstance(error, TypeError | AttributeError):
        return "a pointer leads through what is no object and no list"
    return str(error)


def _document(file: Path, case: Case, fragments: dict[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    """The record of a case; its changes are made in the order in which they are written."""
    text = (file.parent / f"{case.from_}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text, parse_float=Decimal)
    steps = {"add": _add, "set": _set, "remove": _remove}
    for name in order:
        if name in steps:
            steps[name](document, case, fragments)
    return document


def _add(document: dict[str, Any], case: Case, fragments: dict[str, Any]) -> None:
    for pointer, value in case.add.items():
        item = copy.deepcopy(fragments[value]) if isinstance(value, str) else value
        _at(document, steps_of(pointer)).append(item)


def _set(document: dict[str, Any], case: Case, _: dict[str, Any]) -> None:
    for pointer, value in case.set.items():
        parent, name = _parent(document, pointer)
        parent[name] = value


def _remove(document: dict[str, Any], case: Case, _: dict[str, Any]) -> None:
    for pointer in case.remove:
        parent, name = _parent(document, pointer)
        del parent[name]


def _parent(document: Any, pointer: str) -> tuple[Any, Any]:
    *path, last = steps_of(pointer)
    parent = _at(document, path)
    return parent, int(last) if isinstance(parent, list) else last


def _at(document: Any, path: Sequence[str]) -> Any:
    for name in path:
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document


def _as_text(value: Any) -> str:
    return str(value)
