"""Mutants of a trial's rules: the same rulebook with one small change in a condition, a definition or a parameter."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel

from precise_cal.assurance.edits import edits_of
from precise_cal.engine.cql import tree
from precise_cal.engine.rulebook.errors import Place
from precise_cal.engine.rulebook.parameter_tables import row_id, single
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import CONDITIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.assurance.edits import Change, Edit
    from precise_cal.engine.rulebook.edition import Edition
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.protocol_form import ParameterEntry, ParameterValue
    from precise_cal.engine.rulebook.rule_form import RuleEntry
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.yaml_source import Location

Group = Literal["conditions", "definitions", "notices and findings", "parameters"]
GROUPS: Final[tuple[Group, ...]] = ("conditions", "definitions", "notices and findings", "parameters")
_IN_ORDER: Final = frozenset({"IndexOf", "First", "Last", "Indexer", "Skip", "Tail", "Take"})
"""The operators that look at the order of a list."""


@immutable()
class Spot:
    """An expression of a file: its file's number, the steps to it, and its text."""

    group: Group
    owner: str
    """The rule or definition."""
    file: int
    location: Location
    text: str


@immutable()
class Mutant:
    """A change of the rules.

    Attributes:
        group: of what it is a change.
        change: which kind of slip it is.
        owner: the rule, definition or parameter, with the key within it: ``IC-5 met_when``.
        place: file, line and column of the first difference.
        was: the lines that differ, as written.
        now: the same lines, changed.
    """

    group: Group
    change: Change
    owner: str
    place: Place
    was: str
    now: str
    _spot: Spot | None
    _value: Any

    def of(self, book: Rulebook) -> Rulebook:
        """The rulebook with the change; it is compiled when it is asked for rules."""
        if self._spot is None:
            return book.varied({self.owner: self._value})
        return book.with_files(_rewritten(book.loaded, self._spot, self._value))


def mutants_of(book: Rulebook) -> tuple[Mutant, ...]:
    """Every mutant of the rules in force, in the order of files; not all of them are well typed."""
    others = _other_words(book)
    found = [
        _of_spot(book.loaded, spot, edit) for spot in spots_of(book.loaded) for edit in edits_of(spot.text, others)
    ]
    return (*found, *_of_parameters(book))


def spots_of(loaded: Loaded) -> Iterator[Spot]:
    """The expressions that are changed: those that decide, not those that only speak or ask."""
    for number, (file, _) in enumerate(loaded.rules):
        for index, definition in enumerate(file.definitions):
            yield Spot("definitions", definition.define, number, ("definitions", index, "as_"), definition.as_)
        for index, rule in enumerate(file.rules):
            if rule.is_judged:
                yield from _spots_of_rule(rule, number, ("rules", index))


def _spots_of_rule(rule: RuleEntry, file: int, here: Location) -> Iterator[Spot]:
    for name in CONDITIONS:
        text = getattr(rule, name)
        if text is not None:
            yield Spot("conditions", rule.id, file, (*here, name), text)
    for key, entries, names in (("findings", rule.findings, ("when", "done")), ("notices", rule.notices, ("when",))):
        for index, entry in enumerate(entries):
            for name in names:
                text = getattr(entry, name)
                if text is not None:
                    yield Spot("notices and findings", rule.id, file, (*here, key, index, name), text)


def _of_spot(loaded: Loaded, spot: Spot, edit: Edit) -> Mutant:
    source = loaded.rules[spot.file][1]
    begins = source.place(tuple(str(step).removesuffix("_") if step == "as_" else step for step in spot.location))
    changed = edit.of(spot.text)
    was, now = _lines(spot.text, changed)
    line = spot.text.count("\n", 0, edit.start)
    column = edit.start - (spot.text.rfind("\n", 0, edit.start) + 1)
    place = Place(begins.file, begins.line + line, begins.column + column)
    return Mutant(spot.group, edit.change, _owner(loaded, spot), place, was, now, spot, changed)


def _owner(loaded: Loaded, spot: Spot) -> str:
    """The rule with the key, or the definition."""
    if spot.group == "definitions":
        return spot.owner
    if spot.group == "conditions":
        return f"{spot.owner} {spot.location[-1]}"
    entry = _at(loaded.rules[spot.file][0], spot.location[:-1])
    return f"{spot.owner} {entry.code} {spot.location[-1]}"


def _lines(old: str, new: str) -> tuple[str, str]:
    """The lines of two texts that differ, each without the space around it."""
    was, now = old.rstrip("\n").split("\n"), new.rstrip("\n").split("\n")
    while len(was) > 1 and len(now) > 1 and was[0] == now[0]:
        was, now = was[1:], now[1:]
    while len(was) > 1 and len(now) > 1 and was[-1] == now[-1]:
        was, now = was[:-1], now[:-1]
    return " ".join(one.strip() for one in was), " ".join(one.strip() for one in now)


def _at(part: Any, steps: Location) -> Any:
    for step in steps:
        part = part[step] if isinstance(step, int) else getattr(part, step)
    return part


def _rewritten(loaded: Loaded, spot: Spot, text: str) -> Loaded:
    rules = list(loaded.rules)
    file, source = rules[spot.file]
    rules[spot.file] = _with(file, spot.location, text), source
    return replace(loaded, rules=tuple(rules))


def _with(part: Any, steps: Location, value: Any) -> Any:
    """The same, with another value at a place; all beside the way there are the same objects."""
    if not steps:
        return value
    step, *rest = steps
    if isinstance(step, int):
        return [_with(item, tuple(rest), value) if place == step else item for place, item in enumerate(part)]
    assert isinstance(part, BaseModel)
    return part.model_copy(update={step: _with(getattr(part, step), tuple(rest), value)})


def _other_words(book: Rulebook) -> Mapping[str, str]:
    """For every word of a closed vocabulary, the next one of it."""
    found: dict[str, str] = {}
    vocabularies = [tuple(one.words) for _, one in book.schema.walk() if one.words]
    vocabularies += [tuple(one.words) for one in book.study.parameters if one.words]
    for words in vocabularies:
        for word, other in zip(words, (*words[1:], words[0]), strict=True):
            if word != other:
                found.setdefault(word, other)
    return found


# ---- parameters ----


def _of_parameters(book: Rulebook) -> Iterator[Mutant]:
    """Other values of the parameters that rules name."""
    editions = [book.edition_of(key) for key in book.timeline.keys]
    used = frozenset[str]().union(*(one.used for one in editions))
    places, ordered = _places(book), {name for one in editions for name in _looked_up(one)}
    for parameter in single(book.study.parameters):
        if parameter.id not in used or parameter.informative:
            continue
        entry = parameter.values[-1]
        for change, value in _other_values(parameter, entry):
            if change == "order" and parameter.id not in ordered:
                continue
            was, now = _shown(entry.value), _shown(value)
            yield Mutant("parameters", change, parameter.id, places[parameter.id], was, now, None, value)


def _looked_up(edition: Edition) -> Iterator[str]:
    """The parameters that are lists whose order an operator looks at."""
    expressions = [one for rule in edition.rules for one in rule.expressions()]
    expressions += edition.environment.compiled.values()
    for expression in expressions:
        for node in tree.nodes(expression.tree):
            if isinstance(node, tree.Call) and node.name in _IN_ORDER:
                yield from (
                    one.parameter for one in tree.nodes(node) if isinstance(one, tree.Constant) and one.parameter
                )


def _places(book: Rulebook) -> Mapping[str, Place]:
    found = {}
    for index, one in enumerate(book.study.parameters):
        found[one.id] = book.loaded.source.place(("parameters", index, "values"))
        for at, row in enumerate(one.rows):
            found[row_id(one, row)] = book.loaded.source.place(("parameters", index, "rows", at))
    return found


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)


def _other_values(parameter: ParameterEntry, entry: ParameterValue) -> Iterator[tuple[Change, Any]]:
    value: Any = entry.value
    match parameter.type:
        case "boolean":
            yield "parameter", not value
        case "integer":
            yield from (("parameter", value + step) for step in (1, -1))
        case "decimal" | "quantity" | "duration":
            yield from (("parameter", one) for one in _neighbors(Decimal(value)))
        case "date":
            day = datetime.date.fromisoformat(value)
            yield from (("parameter", str(day + datetime.timedelta(step))) for step in (1, -1))
        case "word":
            yield from (("parameter", word) for word in parameter.words if word != value)
        case "words":
            yield from _other_lists(value, parameter.words)


def _neighbors(value: Decimal) -> Iterator[str]:
    """One more and one less in the last digit."""
    step = Decimal((0, (1,), min(0, int(value.as_tuple().exponent))))
    yield from (f"{value + one:f}" for one in (step, -step))


def _other_lists(value: list[str], words: list[str]) -> Iterator[tuple[Change, list[str]]]:
    """One word less, one more, and two neighbors exchanged."""
    yield from (("parameter", value[:place] + value[place + 1 :]) for place in range(len(value)) if len(value) > 1)
    yield from (("parameter", [*value, word]) for word in words if word not in value)
    for place in range(len(value) - 1):
        yield "order", [*value[:place], value[place + 1], value[place], *value[place + 2 :]]
