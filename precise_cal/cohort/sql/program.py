"""The rules of an edition as one program: statements, what their results mean, what is left to the interpreter."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from precise_cal.cohort.layout.exact import instant_bounds
from precise_cal.cohort.layout.tables import UNFIT, layout, role_field
from precise_cal.cohort.sql.chronology import is_contradictory, milliseconds, moments_read
from precise_cal.cohort.sql.context import SqlContext
from precise_cal.cohort.sql.expressions import FALSE, and_, call, case, coalesce, equal, is_null, lit, not_, or_
from precise_cal.cohort.sql.lower import HANDLERS
from precise_cal.cohort.sql.plan import Plan
from precise_cal.cohort.sql.queries import any_of
from precise_cal.cohort.sql.traces import NO_CODE
from precise_cal.cohort.sql.values import NotCompiledError, Value, nothing
from precise_cal.cohort.sql.verdicts import Judged, judged
from precise_cal.cohort.sql.writing import Statement, write
from precise_cal.engine.judging.gate import GATE_ID
from precise_cal.language.catalog import message, words_of
from precise_cal.protocol.verdicts import ALLOW, CRITERIA, FAILING, INCOMPLETE, PASSING, REFUSE, WORST_FIRST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from precise_cal.cohort.layout.tables import Field
    from precise_cal.cohort.sql.dialects import Dialect
    from precise_cal.cohort.sql.graph import Expr, Grain
    from precise_cal.engine.rulebook.chronology import Chronology
    from precise_cal.engine.rulebook.edition import Edition, ExecutableRule
    from precise_cal.protocol.schema.tree import RecordSchema
    from precise_cal.protocol.temporal import DateTime

LEFT_OVER: Final = "left_over"
"""The result that says that a participant is left to the interpreter."""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """The columns of results that tell a rule: ``v3`` its verdict, ``r3`` its reason, ``n3`` its notices as bits."""

    rule: str
    kind: str
    number: int
    notices: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The verdicts by number."""
        return WORST_FIRST[self.kind]


@dataclass(frozen=True, slots=True)
class NotCompiled:
    """A rule that is left to the interpreter, and the construct that has no SQL."""

    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Program:
    """The rules of one edition, compiled.

    Attributes:
        statements: tables to make one after another; the last one is the results, a row for each participant ``k0``.
        rules: the rules that were compiled, in order of the report.
        fields: the fields of the record, and rules, by the number of a reason code.
        left: the rules that are left to the interpreter.
        tables: the tables that the statements read, with the columns of each.
    """

    statements: tuple[Statement, ...]
    rules: tuple[RuleResult, ...]
    fields: tuple[str, ...]
    left: tuple[NotCompiled, ...]
    tables: Mapping[str, tuple[str, ...]]


def compile_edition(
    edition: Edition,
    schema: RecordSchema,
    required: frozenset[str],
    dialect: Dialect,
    *,
    now: DateTime | None,
    offset: int,
    chronology: Chronology,
    only: Iterable[str] | None = None,
    without: Mapping[str, str] = MappingProxyType({}),
    reasons: bool = True,
    is_chosen: bool = False,
) -> Program:
    """The program of an edition.

    Args:
        edition: the rules.
        schema: the form of the records.
        required: the conduct rules that the gate requires.
        dialect: of the engine that runs it.
        now: the instant of ``Now()``; without it, each participant's cut-off.
        offset: the clock of the study, minutes from UTC.
        chronology: the moments that must not be reversed.
        only: the rules to compile, the gate among them; all without it.
        without: rules that are left to the interpreter, and why.
        reasons: whether reason codes are wanted, which cost about as much as the verdicts.
        is_chosen: whether dates tell of whom it is the edition: any of them may be in doubt, whatever rules read.
    """
    field = role_field(schema, "cutoff")
    cutoff = None if field is None else ".".join(field.path)
    context = SqlContext(
        HANDLERS, edition.environment, layout(schema), _now(now, offset, field), cutoff, reasons=reasons
    )
    wanted = None if only is None else frozenset(only)
    found: list[tuple[ExecutableRule, Judged]] = []
    left: list[NotCompiled] = []
    for rule in edition.rules:
        if wanted is not None and rule.rule.id not in wanted:
            continue
        if rule.rule.id in without:
            left.append(NotCompiled(rule.rule.id, without[rule.rule.id]))
            continue
        try:
            found.append((rule, judged(context, rule)))
        except NotCompiledError as reason:
            left.append(NotCompiled(rule.rule.id, words_of(reason)))
    results: dict[str, Expr] = {}
    rules = []
    for number, (rule, said) in enumerate(found):
        results |= {f"v{number}": said.verdict, f"r{number}": said.reason, f"n{number}": _bits(said)}
        rules.append(RuleResult(rule.rule.id, rule.kind, number, tuple(code for code, _ in said.notices)))
    if wanted is None or GATE_ID in wanted:
        _add_gate(context, found, left, required, results, rules)
    reads = Plan(context.root.grain, results).reads if results else {}
    every = frozenset(range(len(chronology.moments)))
    read = every if is_chosen else moments_read(context, chronology, reads)
    contradictory = is_contradictory(context, chronology, read, with_cutoff=now is None)
    plan = Plan(context.root.grain, {LEFT_OVER: or_(_left_over(context), contradictory), **results})
    return Program(tuple(write(plan, dialect)), tuple(rules), tuple(context.fields), tuple(left), plan.reads)


def _now(now: DateTime | None, offset: int, cutoff: Field | None) -> Callable[[Grain], Value]:
    """``Now()``: the one that was given, else the cut-off of each participant, if records have one."""

    def value(root: Grain) -> Value:
        if now is not None:
            low, high = (lit(bound) for bound in instant_bounds(now, offset))
            return Value("DateTime", (low, high, low, high))
        if cutoff is None:
            return nothing("DateTime")
        low, high = milliseconds(cutoff, root)
        return Value("DateTime", (low, high, low, high))

    return value


def _left_over(context: SqlContext) -> Expr:
    """Whether a participant has a value that no column holds, or one that an operator would have to round."""
    found = not_(is_null(context.root.grain.column(UNFIT)))
    for guard in context.guards:
        here = coalesce(guard, FALSE) or FALSE
        while here.grain is not None and here.grain.left is not None:
            here = any_of(here.grain, here)
        found = or_(found, here)
    return found


def _bits(said: Judged) -> Expr:
    found = lit(0)
    for place, (_, raised) in enumerate(said.notices):
        bit = case(raised, lit(1 << place), lit(0))
        found = bit if place == 0 else call("add", found, bit)
    return found


def _add_gate(
    context: SqlContext,
    found: list[tuple[ExecutableRule, Judged]],
    left: list[NotCompiled],
    required: frozenset[str],
    results: dict[str, Expr],
    rules: list[RuleResult],
) -> None:
    """The gate: one failure refuses, what is open without a failure leaves it incomplete (`engine.check.gate_of`)."""
    missing = [one.rule for one in left]
    asked = [(rule, said) for rule, said in found if rule.kind in CRITERIA or rule.rule.id in required]
    if missing:
        left.append(NotCompiled(GATE_ID, message("it needs { $missing }", missing=", ".join(missing))))
        return
    blocking, open_ = NO_CODE, NO_CODE
    for rule, said in reversed(asked):
        words, code = WORST_FIRST[rule.kind], lit(context.code(rule.rule.id))
        fails = or_(FALSE, *[equal(said.verdict, lit(words.index(word))) for word in words if word in FAILING])
        passes = or_(FALSE, *[equal(said.verdict, lit(words.index(word))) for word in words if word in PASSING])
        blocking = case(fails, code, blocking)
        open_ = case(and_(not_(fails), not_(passes)), code, open_)
    number = len(found)
    refuse, incomplete, allow = (lit(WORST_FIRST["gate"].index(word)) for word in (REFUSE, INCOMPLETE, ALLOW))
    verdict = case(not_(is_null(blocking)), refuse, case(not_(is_null(open_)), incomplete, allow))
    results |= {f"v{number}": verdict, f"r{number}": coalesce(blocking, open_) or NO_CODE, f"n{number}": lit(0)}
    rules.append(RuleResult(GATE_ID, "gate", number, ()))
