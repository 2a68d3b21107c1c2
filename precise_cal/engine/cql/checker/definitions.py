"""Definitions: each is checked once, when it is first named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql.environment import Compiled, Meaning
from precise_cal.engine.cql.errors import Code
from precise_cal.engine.cql.parser.parse import parse
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from precise_cal.engine.cql.checker.context import CheckContext


def definition(context: CheckContext, name: str) -> Compiled:
    """A definition, checked. Raises `CqlError` if it is wrong or refers to itself, `KeyError` if there is none."""
    checked = context.environment.compiled
    found = checked.get(name)
    if found is None:
        found = checked[name] = _checked(context, name)
    return found


def _checked(context: CheckContext, name: str) -> Compiled:
    environment = context.environment
    source = environment.definition_sources.get(name)
    if source is None:
        raise KeyError(name)
    path = context.defining
    code = Code(source.text, source.origin)
    if name in path:
        cycle = " -> ".join([*path[path.index(name) :], name])
        raise code.error(message("the definition refers to itself: { $cycle }", cycle=Verbatim(cycle)), 0)
    inner = context.of_definition(code, source.scope, name)
    typed = inner.typed(parse(code.text, code.origin))
    used = inner.shared
    meaning = Meaning(environment, typed, frozenset(used.parameters), frozenset(used.definitions))
    return Compiled(code, meaning, name, source.scope)
