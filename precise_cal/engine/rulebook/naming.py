"""Names that would mean two things: a definition that hides a field of the record, a word of the rule language."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.parser.words import RESERVED
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.types import ClassType
    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.loaded import Loaded

RESERVED_IDS = frozenset({"GATE"})
"""The id under which reports tell the gate's decision."""


class _Name(NamedTuple):
    """A name that a file gives, what it is given to, and how many operands that takes; None for what takes none."""

    text: str
    what: str
    operands: int | None
    place: Place


def clashes(loaded: Loaded, context: ClassType) -> Iterator[tuple[Place | None, str]]:
    """Everything that is wrong with the names of definitions, functions, scope variables, parameters and rules."""
    first: dict[tuple[str, int | None], _Name] = {}
    for name in _names(loaded):
        known = first.setdefault((name.text, name.operands), name)
        taken = _taken(name, context)
        if taken is not None:
            yield (
                name.place,
                message(
                    'the { $what } "{ $text }" { $taken }: choose another name',
                    what=name.what,
                    text=name.text,
                    taken=taken,
                ),
            )
        elif known is not name and (known.what, name.what) != ("scope variable", "scope variable"):
            yield (
                name.place,
                message(
                    'the { $what } "{ $text }" has the name of a { $what_2 } at { $place }',
                    what=name.what,
                    text=name.text,
                    what_2=known.what,
                    place=known.place,
                ),
            )
    for file, source in loaded.rules:
        for index, rule in enumerate(file.rules):
            if rule.id in RESERVED_IDS:
                yield (
                    source.place(("rules", index, "id")),
                    message("{ $id } is the id of the gate's decision: choose another", id=Verbatim(rule.id)),
                )


def _taken(name: _Name, context: ClassType) -> str | None:
    """What a name is already, whatever a trial defines."""
    if name.text in RESERVED:
        return "is a word of the rule language"
    if name.operands is not None:
        return "hides the function of that name" if name.text in OPERATORS else None
    return message("hides the record's field { $text }", text=name.text) if name.text in context.elements else None


def _names(loaded: Loaded) -> Iterator[_Name]:
    protocol, source = loaded.protocol, loaded.source
    groups = {parameter.id.partition(".")[0]: index for index, parameter in reversed([*enumerate(protocol.parameters)])}
    for group, index in reversed(groups.items()):
        yield _Name(group, "group of parameters", None, source.place(("parameters", index, "id")))
    for index, one in enumerate(protocol.parameters):
        if one.lookup is not None:
            yield _Name(one.lookup, "function", len(one.by), source.place(("parameters", index, "lookup")))
    for index, scope in enumerate(protocol.scopes):
        yield _Name(scope.variable, "scope variable", None, source.place(("scopes", index, "variable")))
    for file, written in loaded.rules:
        for index, definition in enumerate(file.definitions):
            place = written.place(("definitions", index, "define"))
            operands = len(definition.operands) or None
            yield _Name(definition.define, "function" if operands else "definition", operands, place)
            for operand in definition.operands:
                if operand in RESERVED:
                    yield _Name(operand, "operand", None, written.place(("definitions", index, "operands", operand)))
