"""From a text to what can be evaluated: read, checked, and generated when its value is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.engine.cql.budget import MAX_STEPS
from precise_cal.engine.cql.environment import Compiled, Environment, Meaning
from precise_cal.engine.cql.errors import Code, CqlError, EvaluationError, Origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.module import Module
    from precise_cal.engine.cql.state import Entry, State
    from precise_cal.engine.cql.types import Type


def compile_expression(
    environment: Environment,
    text: str,
    *,
    expected: Type | None = None,
    scope: str | None = None,
    source: str = "expression",
    line: int = 1,
    column: int = 1,
    is_written: bool = True,
) -> Compiled:
    """Read and check an expression.

    `expected` is the type that it has to have or convert to, `scope` the scope variable it may use; `source`,
    `line` and `column` say where its first character stands, or where that stands from which the text follows.
    Raises `CqlError`.
    """
    from precise_cal.engine.cql.checker.check import check

    code = Code(text, Origin(source, line, column, is_written))
    try:
        checked = check(environment, code, scope=scope, expected=expected)
    except RecursionError:
        raise code.error("the expression and the definitions it uses are nested too deeply", 0) from None
    return Compiled(code, Meaning(environment, checked.tree, checked.parameters, checked.definitions))


def compile_definition(environment: Environment, name: str) -> Compiled:
    """A definition, checked once. Raises `CqlError` if it is wrong or refers to itself, `KeyError` if there is none."""
    from precise_cal.engine.cql.checker.check import check_definition

    return environment.compiled.get(name) or check_definition(environment, name)


def evaluate(compiled: Compiled, state: State) -> Any:
    """The value for a record. Raises `EvaluationError` where CQL defines a run-time error."""
    state.steps = MAX_STEPS
    try:
        return (compiled.functions.get(False) or function_of(compiled, reasons=False))(state)
    except (CqlError, RecursionError) as problem:
        raise _placed(compiled, problem) from None


def explain(compiled: Compiled, state: State) -> tuple[Any, tuple[Entry, ...]]:
    """The value for a record, and what decided it. Raises `EvaluationError` as `evaluate` does."""
    state.steps = MAX_STEPS
    try:
        found: tuple[Any, tuple[Entry, ...]] = (compiled.functions.get(True) or function_of(compiled, reasons=True))(
            state
        )
    except (CqlError, RecursionError) as problem:
        raise _placed(compiled, problem) from None
    return found


def function_of(compiled: Compiled, *, reasons: bool) -> Callable[..., Any]:
    """The generated function of a state, to the value; with reasons, to the value and its entries."""
    found = compiled.functions.get(reasons)
    if found is None:
        module = compiled.environment.module
        name = write_functions(module, (compiled, reasons))[0]
        module.run()
        found = compiled.functions[reasons] = module.namespace[name]
    return found


def write_functions(module: Module, *wanted: tuple[Compiled, bool]) -> list[str]:
    """Write functions of expressions, and those of all definitions that they name, where they are not yet there.

    Args:
        module: where they stand.
        wanted: expressions, each with whether its function has reasons.

    Returns:
        Their names.

    Raises:
        CqlError: the code becomes too long or too deeply nested; nothing is written then.
    """
    from precise_cal.engine.cql.codegen.generator import generate

    with module.whole():
        names = [module.function_of(compiled, reasons=reasons) for compiled, reasons in wanted]
        while module.waiting:
            compiled, reasons = module.waiting.pop()
            try:
                generate(compiled, module, reasons=reasons)
            except (CqlError, RecursionError) as problem:
                raise _placed(compiled, problem) from None
    return names


def _placed(compiled: Compiled, problem: CqlError | RecursionError) -> CqlError:
    if isinstance(problem, RecursionError):
        problem = EvaluationError("the definitions used are nested too deeply")
    if problem.line:
        return problem
    origin = compiled.code.origin
    return type(problem)(problem.message, origin.source, origin.line, origin.column)
