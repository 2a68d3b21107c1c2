"""The closed vocabulary: which kinds of facts there are, which fields each has, and what a field may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.chaining.facts import MAX_FIELDS, ConsequenceError, Fact, Value, value_fault
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from precise_cal.engine.chaining.model import Condition


@immutable()
class FieldType:
    """What a field may hold: one of `values`, or any word where `values` is None (an identifier)."""

    python_type: type[str | bool | int]
    values: Collection[Value] | None
    optional: bool = False

    def fault(self, value: object) -> str | None:
        """Why the field cannot hold a value; None if it can."""
        if type(value) is self.python_type and (self.values is None or value in self.values):
            return None
        hint = ' (a bare YES, NO, ON or OFF is a truth value in YAML: write "YES")' if self._bare_word(value) else ""
        return value_fault(value) or message(
            "{ $value } is not { $self }{ $hint }", value=f"{value!r}", self=self, hint=hint
        )

    def _bare_word(self, value: object) -> bool:
        return isinstance(value, bool) and self.python_type is str

    def admits(self, others: Collection[Value] | None) -> bool:
        """Whether every one of these values (None: every word) can stand in this field."""
        if self.values is None:
            return self.python_type is str and (others is None or all(isinstance(value, str) for value in others))
        return others is not None and all(self.fault(value) is None for value in others)

    def __str__(self) -> str:
        if self.values is None:
            return "a word"
        if self.python_type is bool:
            return "true or false"
        if isinstance(self.values, range):
            return message(
                "an integer from { $values } to { $values_2 }", values=self.values[0], values_2=self.values[-1]
            )
        return "one of " + ", ".join(sorted(str(value) for value in self.values))


@immutable()
class Kind:
    """A kind of fact; `given` kinds come from the caller, every other one only from rules."""

    name: str
    given: bool
    fields: Mapping[str, FieldType]
    required: frozenset[str]


def possible_values(field: FieldType, conditions: Sequence[Condition]) -> frozenset[Value] | None:
    """The values a field can hold where these conditions on it are met; None for any word."""
    values = field.values
    for condition in conditions:
        if values is not None:
            values = [value for value in values if condition.holds(value)]
        elif not condition.negated:
            values = condition.values
    return None if values is None else frozenset(values)


def check_fact(fact: Fact, kinds: Mapping[str, Kind]) -> None:
    """Hold a fact against the vocabulary.

    Raises:
        ConsequenceError: the kind is not declared or not given by callers, a field is missing or not
            declared, or a value is not one the field can hold.
    """
    kind = kinds.get(fact.kind)
    if kind is None:
        raise ConsequenceError(
            message(
                "fact '{ $kind }': no such kind; there are { $kinds }",
                kind=fact.kind,
                kinds=Verbatim(", ".join(sorted(kinds))),
            )
        )
    if not kind.given:
        raise ConsequenceError(message("fact '{ $kind }': only rules conclude facts of this kind", kind=fact.kind))
    missing = len(kind.required)
    for name, value in fact.attributes:
        field = kind.fields.get(name)
        if field is None:
            known = ", ".join(sorted(kind.fields))
            raise ConsequenceError(
                message(
                    "fact '{ $kind }': no field '{ $name }'; there are { $known }",
                    kind=fact.kind,
                    name=name,
                    known=Verbatim(known),
                )
            )
        fault = field.fault(value)
        if fault is not None:
            raise ConsequenceError(
                message("fact '{ $kind }', field '{ $name }': { $fault }", kind=fact.kind, name=name, fault=fault)
            )
        missing -= not field.optional
    if missing:
        absent = ", ".join(sorted(kind.required - dict(fact.attributes).keys()))
        raise ConsequenceError(
            message(
                "fact '{ $kind }': field { $absent } is missing (an unknown is a word of its own)",
                kind=fact.kind,
                absent=absent,
            )
        )


MAX_KIND_FIELDS = MAX_FIELDS - 3
"""Fields that a kind may declare: the adapter adds three of its own to a fact (session, kind, position)."""
