"""What lowering works on: names, grains and environments, each of which exists once.

A part of a tree is lowered where the names it uses first hold together: what speaks of a lesion alone is computed once
for each lesion, however many measurements it is then compared with. That is also how definitions are shared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.cohort.sql.expressions import TRUE
from precise_cal.cohort.sql.graph import LEFT, RIGHT, Grain, capture, joined
from precise_cal.cohort.sql.names import names_of
from precise_cal.cohort.sql.traces import NOTHING, Mode, changed
from precise_cal.cohort.sql.values import SCOPE, Env, NotCompiledError, Object, Value, seen
from precise_cal.engine.cql.types import BOOLEAN
from precise_cal.engine.cql.types import NOTHING as UNTYPED
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from precise_cal.cohort.layout.tables import Table
    from precise_cal.cohort.sql.graph import Expr
    from precise_cal.cohort.sql.traces import Lowered, Trace
    from precise_cal.cohort.sql.values import SqlValue
    from precise_cal.engine.cql import tree
    from precise_cal.engine.cql.environment import Compiled, Environment

    Handlers = Mapping[type[tree.Tree], Callable[["SqlContext", Any, Env, Mode], Lowered]]


class SqlContext:
    """The expressions of one edition of the rules, as they are lowered.

    Args:
        handlers: what lowers each kind of tree.
        environment: the names that expressions may use.
        root: the grain of participants, as `properties.natural` makes it.
        now: the value of ``Now()``.
        cutoff: the field that tells it, by its path, where each participant has one.
        reasons: whether traces are wanted; without them, all is evaluated quietly.
    """

    def __init__(
        self,
        handlers: Handlers,
        environment: Environment,
        table: Table,
        now: Callable[[Grain], Value],
        cutoff: str | None,
        *,
        reasons: bool = True,
    ) -> None:
        self.handlers = handlers
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
        raise NotCompiledError(message("a condition of type { $type }", type=Verbatim(typed.type)), typed)

    def lower(self, typed: tree.Tree, env: Env, mode: Mode) -> Lowered:
        """The value and the trace, seen in the grain of `env`."""
        home, path = self._home(typed, env)
        key = (id(typed), id(home), mode)
        if key not in self._lowered:
            handler = self.handlers.get(type(typed))
            if handler is None:
                raise NotCompiledError(
                    message(
                        "a { $name } of type { $type }", name=Verbatim(type(typed).__name__), type=Verbatim(typed.type)
                    ),
                    typed,
                )
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
        names: dict[int | str, SqlValue] = {name: value for name, value in env.names.items() if name == SCOPE}
        if len(names) == len(env.names):
            return env
        return self.env(("scope", id(env)), lambda: Env(env.grain, names, env.left, env.right))

    def code(self, path: str) -> int:
        """The number of a field of the record, from 1."""
        return self.fields.setdefault(path, len(self.fields) + 1)


def _captured(grain: Grain, side: str) -> Callable[[Expr], Expr]:
    return lambda found: capture(found, grain, side)
