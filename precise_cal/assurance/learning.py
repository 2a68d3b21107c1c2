"""Whether learning a fact can turn what was decided: a record, and the same one with some of its values not known.

Facts are values of fields and lists as a whole; another item of a list is another record, not a fact that is
learned, nor is the instant of evaluation, nor a field whose absence says something, as the trial declares.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import z3

from precise_cal.assurance.answer import Answer
from precise_cal.assurance.days import Day, Instant
from precise_cal.assurance.logic import both, either
from precise_cal.assurance.problem import replayed
from precise_cal.assurance.symbols import (
    Amount,
    Listed,
    Number,
    Text,
    Truth,
    UntranslatedError,
    Whole,
    absent_where,
)
from precise_cal.assurance.verdicts import verdicts
from precise_cal.language.catalog import message
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.pointer import pointer_of
from precise_cal.protocol.verdicts import FAILING, KEPT, NO, YES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.assurance.logic import Bit
    from precise_cal.assurance.prove import Joint
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.protocol.schema.tree import PartSchema

    Path = tuple[str | int, ...]

DEFINITE = FAILING | KEPT | {YES, NO}
"""The verdicts that say that it is so, or that it is not."""


class _Veil:
    """A view of a record in which any field may be unknown, but those that are kept; `hidden` says which."""

    def __init__(self, kept: frozenset[str]) -> None:
        self.hidden: dict[Path, Any] = {}
        self._kept = kept

    def over(self, value: Any, path: Path, part: PartSchema | None, *, always: bool) -> Any:
        """The value as it may be known."""
        bit: Bit = False
        if not always and ".".join(one for one in path if isinstance(one, str)) not in self._kept:
            bit = self.hidden.setdefault(path, z3.Bool(f"hidden {pointer_of(path)}"))
        match value:
            case Whole():
                known: dict[str, Any] = {}

                def read(name: str) -> Any:
                    if name not in known:
                        known[name] = self._field(value, name, path, part)
                    return known[name]

                return Whole(either(bit, value.null), read)
            case Listed():
                items = tuple(
                    (there, self.over(one, (*path, place), part, always=True))
                    for place, (there, one) in enumerate(value.items)
                )
                return Listed(either(bit, value.null), items, value.is_set)
            case Truth() | Number() | Text() | Amount() | Day() | Instant():
                return absent_where(bit, value)
        return value

    def _field(self, owner: Whole, name: str, path: Path, part: PartSchema | None) -> Any:
        field = None if part is None else part.by_name.get(name)
        always = field is not None and (field.required or field.known)
        return self.over(owner.read(name), (*path, name), None if field is None else field.part, always=always)


def learning(asked: Joint, rule: ExecutableRule) -> Iterator[Answer]:
    """Whether some fact, once it is known, turns a definite verdict of a rule into another definite one."""
    yield _learned(asked, rule)


def _learned(asked: Joint, rule: ExecutableRule) -> Answer:
    name, begun = rule.rule.id, time.perf_counter()
    question = message("learning a fact never turns a verdict of { $rule }", rule=name)
    if name in asked.untranslated:
        return Answer(question, "not translated", 0, because=asked.untranslated[name])
    schema = asked.book.schema.root
    kept = [one.field for one in asked.declared.absent_says if not one.rules or name in one.rules]
    cutoff = ".".join(asked.book.schema.role_path("cutoff") or ())
    veil = _Veil(frozenset({*kept, cutoff}))
    before = veil.over(asked.problem.sought.root, (), schema, always=True)
    try:
        said = verdicts(asked.problem.translator(record=before), rule)
    except UntranslatedError as error:
        return Answer(question, "not translated", time.perf_counter() - begun, because=str(error))
    now = asked.said[name]
    words = [word for word in now if word in DEFINITE]
    turned = [both(said[one], now[other]) for one in words for other in words if one != other]
    found = asked.problem.solve([either(*turned)], asked.limits.seconds)
    if found != "yes":
        outcome: Any = "yes" if found == "no" else found
        took = time.perf_counter() - begun
        return Answer(question, outcome, took, because=asked.why_open(outcome), items=asked.items)
    record = asked.problem.document
    hidden = [path for path, bit in veil.hidden.items() if asked.problem.holds(bit)]
    known, pointers, words_then, words_now = _fewest(asked, name, record, hidden)
    took = time.perf_counter() - begun
    if words_then == words_now or not words_now:
        return Answer(question, "not replayed", took, record, words_now, asked.items)
    because = message(
        "{ $before }, and { $after } once { $facts } is known",
        before=words_then,
        after=words_now,
        facts=" ".join(pointers),
    )
    return Answer(question, "no", took, known, because, asked.items)


def _fewest(
    asked: Joint, name: str, record: Mapping[str, Any], hidden: list[Path]
) -> tuple[dict[str, Any], list[str], str, str]:
    """The record with as few values unknown as turn the verdict; which; the verdict then and with them."""
    now = _said(asked, record, name)
    there = [path for path in hidden if _value(record, path) is not None]
    kept = there
    for path in there:
        fewer = [one for one in kept if one != path]
        if _said(asked, _without(record, fewer), name) in DEFINITE - {now}:
            kept = fewer
    known = _without(record, kept)
    return known, [pointer_of(path) for path in kept], _said(asked, known, name), now


def _said(asked: Joint, record: Mapping[str, Any], name: str) -> str:
    try:
        return replayed(asked.book, record, [name])[name]
    except PreciseError:
        return ""


def _value(record: Any, path: Path) -> Any:
    for step in path:
        try:
            record = record[step]
        except (KeyError, IndexError, TypeError):
            return None
    return record


def _without(record: Mapping[str, Any], paths: list[Path]) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(json.dumps(record))
    for path in paths:
        owner = _value(known, path[:-1])
        if isinstance(owner, dict):
            owner.pop(str(path[-1]), None)
            if path[-1] == "quantity":
                owner.pop("value", None)
    return known
