"""Consequences: what follows from verdicts and events, by forward chaining.

    consequences = compile_consequences(yaml_document)
    derivations = consequences.run([Fact("lesion", {"lesion": "L1", "kept": "NO", …}), …])

Rules and vocabulary come as plain data (docs/consequences.md). durable-rules runs them where it can be
imported, the plain fixpoint evaluator elsewhere; both give the same derivations in the same order, whatever
the order of the facts.
"""

from __future__ import annotations

from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from precise_cal.engine.chaining.facts import ConsequenceError, Derivation, Fact, Value
from precise_cal.engine.chaining.vocabulary import Kind, check_fact, possible_values
from precise_cal.language.catalog import lines_of, message, placed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from precise_cal.engine.chaining.form import ConsequencesForm
    from precise_cal.engine.chaining.model import Rule
    from precise_cal.engine.chaining.parse import Path

__all__ = [
    "ConsequenceError",
    "Consequences",
    "Derivation",
    "Fact",
    "Value",
    "chain_to",
    "compile_consequences",
    "engine_name",
]

EngineChoice = Literal["durable", "plain"]
_MAX_KNOWN: Final = 10_000
"""How many facts are kept with what follows from them; the rules of a trial can give some hundred."""


class _Engine(Protocol):
    def run(self, facts: Iterable[Fact]) -> set[Derivation]: ...


class Consequences:
    """Consequence rules, checked and ready to run. Made by `compile_consequences`."""

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        ranks: Mapping[str, int],
        rules: Sequence[Rule],
        choice: EngineChoice | None = None,
    ) -> None:
        self._kinds = kinds
        self._ranks = ranks
        self._rules = tuple(rules)
        self._choice = choice
        self._known: dict[Fact, frozenset[Derivation]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._kinds, self._ranks, self._rules, self._choice)

    @cached_property
    def _engine(self) -> _Engine:
        return _new_engine(self._rules, self._choice)

    def check(self, fact: Fact) -> None:
        """Hold a fact against the vocabulary. Raises `ConsequenceError`, if it is outside."""
        check_fact(fact, self._kinds)

    def matches(self, fact: Fact) -> bool:
        """Whether any rule follows from a fact, whatever the fields hold that it does not have."""
        held = dict(fact.attributes)
        return any(
            rule.kind == fact.kind
            and all(one.field not in held or one.holds(held[one.field]) for one in rule.conditions)
            for rule in self._rules
        )

    def words(self, kind: str, field: str) -> frozenset[Value]:
        """What rules can conclude of a field: the constants, and whatever may be copied there."""
        found: set[Value] = set()
        for rule in self._rules:
            for template in rule.templates:
                if template.kind == kind:
                    found.update(value for name, value in template.constants if name == field)
                    for origin in (origin for name, origin in template.copies if name == field):
                        tested = [one for one in rule.conditions if one.field == origin]
                        found.update(possible_values(self._kinds[rule.kind].fields[origin], tested) or ())
        return frozenset(found)

    def run(self, facts: Iterable[Fact]) -> tuple[Derivation, ...]:
        """Everything that follows from the facts of one participant or scope, causes before effects.

        A fact concluded in several ways has a derivation for each. The facts' order and repetition do not
        matter.

        Raises:
            ConsequenceError: a fact is outside the vocabulary, or durable-rules failed.
        """
        given: dict[Fact, None] = {}
        for fact in facts:
            check_fact(fact, self._kinds)
            given[fact] = None
        found: set[Derivation] = set().union(*map(self._following, given))
        return tuple(sorted(found, key=self._position))

    def _following(self, fact: Fact) -> frozenset[Derivation]:
        """What follows from one fact. No rule looks at two, so that this is the same for every participant."""
        known = self._known.get(fact)
        if known is None:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            known = self._known[fact] = frozenset(self._engine.run((fact,)))
        return known

    def _position(self, derivation: Derivation) -> tuple[int, Fact, Fact]:
        return self._ranks[derivation.rule_id], derivation.parent, derivation.fact


def compile_consequences(
    document: ConsequencesForm | Mapping[str, Any],
    *,
    engine: EngineChoice | None = None,
    place: Callable[[Path], str] | None = None,
) -> Consequences:
    """Check a vocabulary and its rules, and make them ready to run.

    Args:
        document: `facts`, the vocabulary, and `rules`: checked in form, or plain data that are still to be.
        engine: which engine runs them; by default durable-rules where it can be imported.
        place: shows where a path of keys and positions stands, for instance as file and line.

    Raises:
        ConsequenceError: every fault of the document's form, else every fault of what it says, one a line; or
            `engine="durable"` where durable-rules cannot be imported.
    """
    from precise_cal.engine.chaining.form import ConsequencesForm
    from precise_cal.engine.chaining.order import rank_rules
    from precise_cal.engine.chaining.parse import read_kinds, read_rules

    show = place or _show_path
    faults: list[str] = []

    def report(path: Path, fault: str) -> None:
        faults.append(placed(show(path), fault))

    form = document if isinstance(document, ConsequencesForm) else _of_form(document, show)
    kinds = read_kinds(form.facts, ("facts",), report)
    read = read_rules(form.rules, kinds, ("rules",), report)
    ranks = {} if faults else rank_rules(read, kinds, report)
    if faults:
        raise ConsequenceError(lines_of(faults))
    hindrance = _hindrance() if engine == "durable" else None
    if hindrance is not None:
        raise ConsequenceError(message("durable-rules cannot be imported: { $hindrance }", hindrance=hindrance))
    return Consequences(kinds, ranks, [rule for rule, _ in read], engine)


def _of_form(document: Mapping[str, Any], show: Callable[[Path], str]) -> ConsequencesForm:
    from pydantic import ValidationError

    from precise_cal.engine.chaining.form import ConsequencesForm
    from precise_cal.protocol.form_errors import form_problems

    try:
        return ConsequencesForm.model_validate(document)
    except ValidationError as error:
        problems = form_problems(ConsequencesForm, document, error)
        raise ConsequenceError(lines_of(placed(show(path), text) for path, text in problems)) from None


def chain_to(derivation: Derivation, derivations: Sequence[Derivation]) -> tuple[Derivation, ...]:
    """The steps from a given fact to a derivation, which is the last of them.

    Args:
        derivation: one of `derivations`.
        derivations: what a run returned; where a fact was concluded in several ways, the first counts.
    """
    first: dict[Fact, Derivation] = {}
    for step in derivations:
        first.setdefault(step.fact, step)
    steps = [derivation]
    while steps[-1].parent in first:
        steps.append(first[steps[-1].parent])
    return tuple(reversed(steps))


def engine_name() -> str:
    """Which engine runs by default, and why, such as "durable-rules 2.0.28"."""
    hindrance = _hindrance()
    if hindrance is not None:
        return message("plain evaluator (durable-rules cannot be imported: { $hindrance })", hindrance=hindrance)
    from importlib.metadata import version

    return f"durable-rules {version('durable-rules')}"


def _new_engine(rules: Sequence[Rule], choice: EngineChoice | None) -> _Engine:
    if choice == "plain" or _hindrance() is not None:
        from precise_cal.engine.chaining.reference import PlainEngine

        return PlainEngine(rules)
    from precise_cal.engine.chaining.durable import DurableEngine

    return DurableEngine(rules)


@cache
def _hindrance() -> str | None:
    """Why durable-rules does not run here; None if it does."""
    try:
        import_module("durable.engine")
    except ImportError as error:
        return str(error)
    return None


def _show_path(path: Path) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".")
