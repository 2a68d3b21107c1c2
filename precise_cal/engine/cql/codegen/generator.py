"""From the typed tree to Python functions.

A function takes the state and gives the value; with reasons, the value and its entries (`state.Entry`). What can be
decided by the static types is decided here, once. Where a value decides a rule, its Boolean leaves are atoms, and
three-valued logic says which of them are reasons: of a false conjunction only what was false, of an unknown one only
what was unknown. Elsewhere, whatever was read is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.codegen import calls, chains, conversions, properties, queries, selectors, sharing, terms
from precise_cal.engine.cql.codegen.context import CodeContext, Handlers
from precise_cal.engine.cql.codegen.writer import Writer
from precise_cal.engine.cql.types import BOOLEAN, NOTHING

if TYPE_CHECKING:
    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.cql.module import Module

_HANDLERS: Final = Handlers(
    value={
        tree.Constant: terms.constant,
        tree.Context: terms.record,
        tree.Scope: terms.scope,
        tree.Variable: terms.variable,
        tree.Definition: sharing.definition,
        tree.Property: properties.read_property,
        tree.Part: properties.part,
        tree.Call: calls.call,
        tree.As: conversions.as_,
        tree.Is: conversions.is_,
        tree.Convert: conversions.convert,
        tree.Inlined: sharing.inlined,
        tree.Let: terms.let,
        tree.If: chains.if_,
        tree.MakeList: selectors.make_list,
        tree.MakeTuple: selectors.make_tuple,
        tree.MakeInterval: selectors.make_interval,
        tree.Query: queries.query,
    },
    reasoned={
        tree.Definition: sharing.reasoned_definition,
        tree.Property: properties.reasoned_read,
        tree.Call: calls.reasoned_call,
        tree.Is: conversions.reasoned_is,
        tree.Inlined: sharing.reasoned_inlined,
        tree.Let: terms.reasoned_let,
        tree.If: chains.reasoned_if,
        tree.Query: queries.reasoned_query,
    },
)


def generate(compiled: Compiled, module: Module, *, reasons: bool) -> None:
    """Write the function of an expression: of the state, to its value; with reasons, to the value and its entries."""
    name = module.function_of(compiled, reasons=reasons)
    context = CodeContext(_HANDLERS, compiled, Writer(module, name), reasons=reasons)
    decides = compiled.tree.type in (BOOLEAN, NOTHING)
    with context.writer.function(name, ["s"], spends=False):
        if reasons:
            found = context.pair(compiled.tree, negated=False if decides else None)
        else:
            found = context.value(compiled.tree).code
        context.writer.line(f"return {found}")
