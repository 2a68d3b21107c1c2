"""From a typed tree to expressions and traces.

A part of a tree is lowered where the names it uses first hold together: what speaks of a lesion alone is computed once
for each lesion, however many measurements it is then compared with. That is also how definitions are shared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.cohort.sql import constants, logic, operators, properties, queries
from precise_cal.cohort.sql.expressions import TRUE, capture
from precise_cal.cohort.sql.grains import LEFT, RIGHT, Grain, joined
from precise_cal.cohort.sql.names import names_of
from precise_cal.cohort.sql.traces import NOTHING, Mode, atom, changed, read, sequence, when
from precise_cal.cohort.sql.values import SCOPE, Env, Fixed, NotCompiledError, Object, Value, nothing, seen
from precise_cal.engine.cql import tree
from precise_cal.engine.cql.types import BOOLEAN
from precise_cal.engine.cql.types import NOTHING as UNTYPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.cohort.layout.tables import Table
    from precise_cal.cohort.sql.expressions import Expr
    from precise_cal.cohort.sql.traces import Lowered, Trace
    from precise_cal.cohort.sql.values import Any_
    from precise_cal.engine.cql.environment import Compiled, Environment


_CLOCK: Final = frozenset({"Now", "Today"})


class Lowerer:
    """Lowers the expressions of one edition of the rules.

    Args:
        environment: the names that expressions may use.
        root: the grain of participants, as `properties.natural` makes it.
        now: the value of ``Now()``.
        cutoff: the field that tells it, by its path, where each participant has one.
        reasons: whether traces are wanted; without them, all is evaluated quietly.
    """

    def __init__(
        self,
        environment: Environment,
        table: Table,
        now: Callable[[Grain], Value],
        cutoff: str | None,
        *,
        reasons: bool = True,
    ) -> None:
        self.environment = environment
        self.reasons = reasons
        self.root = Env(Grain(1, table=table))
        self.record = Object(table, (), self.root.grain, TRUE)
        self.now = now(self.root.grain)
        self.cutoff = cutoff
        self.fields: dict[str, int] = {}
        self.guards: dict[Expr, None] = {}
        """Where an operator would have to round: participants with such rows are left to the interpreter."""
        self._lowered: dict[tuple[int, int, Mode], Lowered] = {}
        self._grains: dict[tuple[Any, ...], Grain] = {}
        self._envs: dict[tuple[Any, ...], Env] = {}

    # ---- evaluation ----

    def told(self, compiled: Compiled, env: Env) -> Lowered:
        """A condition with the atoms of its logic, as the interpreter evaluates it with reasons."""
        if not self.reasons:
            return self.lower(compiled.tree, env, Mode.QUIET)
        logical = compiled.tree.type in (BOOLEAN, UNTYPED)
        return self.lower(compiled.tree, env, Mode.LOGICAL if logical else Mode.READS)

    def truth(self, typed: tree.Tree, env: Env, mode: Mode) -> tuple[Expr, Trace]:
        """The same of a Boolean expression, as one column."""
        value, trace = self.lower(typed, env, mode)
        if isinstance(value, Value) and value.kind in ("Boolean", "null"):
            return value.parts[0], trace
        raise NotCompiledError(f"a condition of type {typed.type}", typed)

    def lower(self, typed: tree.Tree, env: Env, mode: Mode) -> Lowered:
        """The value and the trace, seen in the grain of `env`."""
        home, path = self._home(typed, env)
        key = (id(typed), id(home), mode)
        if key not in self._lowered:
            handler = _HANDLERS.get(type(typed))
            if handler is None:
                raise NotCompiledError(f"a {type(typed).__name__} of type {typed.type}", typed)
            value, trace = handler(self, typed, home, mode)
            self._lowered[key] = value, trace if mode else NOTHING
        value, trace = self._lowered[key]
        for grain, side in reversed(path):
            value = seen(value, grain, side)
            trace = changed(trace, _captured(grain, side))
        return value, trace

    def _home(self, typed: tree.Tree, env: Env) -> tuple[Env, list[tuple[Grain, str]]]:
        """The coarsest environment where all names that a tree uses hold, and the way there."""
        used = names_of(typed) & env.names.keys()
        path: list[tuple[Grain, str]] = []
        while True:
            for side, other in ((LEFT, env.left), (RIGHT, env.right)):
                if other is not None and used <= other.names.keys():
                    path.append((env.grain, side))
                    env = other
                    break
            else:
                return env, path

    # ---- grains and environments ----

    def combined(self, left: Grain, right: Grain, places: tuple[int, ...], wanted: tuple[Any, Any]) -> Grain:
        """The grain that combines two; each exists once."""
        key = (left, right, places, wanted)
        if key not in self._grains:
            self._grains[key] = joined(left, right, places, wanted)
        return self._grains[key]

    def grain(self, key: tuple[Any, ...], create: Callable[[], Grain]) -> Grain:
        """A grain that is told by a key; each exists once."""
        if key not in self._grains:
            self._grains[key] = create()
        return self._grains[key]

    def env(self, key: tuple[Any, ...], create: Callable[[], Env]) -> Env:
        """An environment that is told by a key; each exists once, so that what is lowered in it is found again."""
        if key not in self._envs:
            self._envs[key] = create()
        return self._envs[key]

    def only_scope(self, env: Env) -> Env:
        """The environment of a definition: it sees the scope variable and nothing else."""
        names: dict[int | str, Any_] = {name: value for name, value in env.names.items() if name == SCOPE}
        if len(names) == len(env.names):
            return env
        return self.env(("scope", id(env)), lambda: Env(env.grain, names, env.left, env.right))

    def code(self, path: str) -> int:
        """The number of a field of the record, from 1."""
        return self.fields.setdefault(path, len(self.fields) + 1)


def _captured(grain: Grain, side: str) -> Callable[[Expr], Expr]:
    return lambda found: capture(found, grain, side)


# ---- nodes that are neither calls, nor properties, nor queries ----


def _context(lowerer: Lowerer, typed: tree.Context, env: Env, mode: Mode) -> Lowered:
    return lowerer.record, NOTHING


def _variable(lowerer: Lowerer, typed: tree.Variable, env: Env, mode: Mode) -> Lowered:
    if typed.slot not in env.names:
        raise NotCompiledError(f"the variable {typed.name} of an aggregate that is no quantifier", typed)
    return env.names[typed.slot], NOTHING


def _scope(lowerer: Lowerer, typed: tree.Scope, env: Env, mode: Mode) -> Lowered:
    return env.names[SCOPE], NOTHING


def _definition(lowerer: Lowerer, typed: tree.Definition, env: Env, mode: Mode) -> Lowered:
    compiled = lowerer.environment.definition(typed.name)
    inner = lowerer.only_scope(env)
    if mode:
        return lowerer.told(compiled, inner)
    return lowerer.lower(compiled.tree, inner, mode)


def _inlined(lowerer: Lowerer, typed: tree.Inlined, env: Env, mode: Mode) -> Lowered:
    return lowerer.lower(typed.body, env, mode)


def _constant(lowerer: Lowerer, typed: tree.Constant, env: Env, mode: Mode) -> Lowered:
    return constants.constant(typed), NOTHING


def _interval(lowerer: Lowerer, typed: tree.MakeInterval, env: Env, mode: Mode) -> Lowered:
    return constants.interval(typed), NOTHING


def _list(lowerer: Lowerer, typed: tree.MakeList, env: Env, mode: Mode) -> Lowered:
    if not all(isinstance(element, tree.Constant) for element in typed.elements):
        raise NotCompiledError("a list that is made of what was recorded", typed)
    return Fixed(tuple(element.value for element in typed.elements if isinstance(element, tree.Constant))), NOTHING


def _let(lowerer: Lowerer, typed: tree.Let, env: Env, mode: Mode) -> Lowered:
    raise NotCompiledError("let", typed)


def _call(lowerer: Lowerer, typed: tree.Call, env: Env, mode: Mode) -> Lowered:
    junction = logic.LOGIC.get(typed.name)
    if junction is not None:
        return junction(lowerer, typed, env, mode)
    lowered = [lowerer.lower(operand, env, min(mode, Mode.READS)) for operand in typed.operands]
    value = operators.call(lowerer, typed, [value for value, _ in lowered])
    trace = sequence(trace for _, trace in lowered)
    if typed.name in _CLOCK and lowerer.cutoff is not None:
        code = lowerer.code(lowerer.cutoff)
        trace = when(lowerer.now.unknown, read(code, lowerer.now.unknown, None, is_part_of_list=False))
    if mode == Mode.LOGICAL and typed.type is BOOLEAN:
        assert isinstance(value, Value)
        trace = atom(trace, value.parts[0])
    return value, trace


def _property(lowerer: Lowerer, typed: tree.Property, env: Env, mode: Mode) -> Lowered:
    value, trace = properties.read_property(lowerer, typed, env, mode)
    if mode == Mode.LOGICAL:
        result = value.parts[0] if isinstance(value, Value) else nothing("Boolean").parts[0]
        trace = atom(trace, result)
    return value, trace


_HANDLERS: Final[dict[type, Callable[[Lowerer, Any, Env, Mode], Lowered]]] = {
    tree.Context: _context,
    tree.Variable: _variable,
    tree.Scope: _scope,
    tree.Definition: _definition,
    tree.Inlined: _inlined,
    tree.Constant: _constant,
    tree.MakeInterval: _interval,
    tree.MakeList: _list,
    tree.Let: _let,
    tree.Call: _call,
    tree.Property: _property,
    tree.If: logic.choice,
    tree.Query: queries.query,
}
