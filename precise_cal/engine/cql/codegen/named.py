"""Definitions, as generated code sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.engine.cql.budget import ELEMENT
from precise_cal.engine.cql.unit import Linkable, Unit
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.cql.state import State


@immutable(eq=False)
class Named(Linkable):
    """A definition: its value is computed once for a record, or for each item of a scope."""

    compiled: Compiled
    reasons: bool

    def link(self) -> Callable[[State, Any], tuple[Any, tuple[Any, ...]]]:
        """The function that computes, and keeps, value and entries under a key."""
        compiled, reasons = self.compiled, self.reasons

        def with_reasons(state: State, key: Any) -> tuple[Any, tuple[Any, ...]]:
            hit: tuple[Any, tuple[Any, ...]] = compiled.linked(reasons=True)(state)
            state.memo[key] = hit
            state.spend(ELEMENT * len(hit[1]))
            return hit

        def quiet(state: State, key: Any) -> tuple[Any, tuple[Any, ...]]:
            hit = state.quiet_memo[key] = (compiled.linked(reasons=False)(state), ())
            return hit

        return with_reasons if reasons else quiet


def named_in(unit: Unit) -> Iterator[Named]:
    """The definitions that generated code names, directly or in the functions that it calls."""
    for one in unit.constants.values():
        if isinstance(one, Named):
            yield one
        elif isinstance(one, Unit):
            yield from named_in(one)
