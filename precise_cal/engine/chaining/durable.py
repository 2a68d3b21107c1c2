"""The adapter to durable-rules 2.0.28, which matches facts and rules in its Rete network.

The library is trusted with little (see docs/consequences.md): one pattern a rule, one private host whose
threads never start, one live session at a time, facts asserted one by one, actions that only take note, a
session that is always ended. What an action notes is turned into facts here, by the rule's own template, and
asserted in its turn.
"""

from __future__ import annotations

import itertools
import threading
import warnings
import weakref
from collections import defaultdict
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, Self

from precise_cal.engine.chaining.facts import ConsequenceError
from precise_cal.engine.chaining.model import Condition, Rule, chain
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType

    from precise_cal.engine.chaining.facts import Derivation, Fact

MAX_RULES: Final = 60
"""Rules of one ruleset, the sentinel among them; the library fails at more than 64 that match one fact."""

_KIND: Final = "_kind"
_POSITION: Final = "_position"
_SENTINEL: Final = {_KIND: "_sentinel", _POSITION: 0}

_lock = threading.RLock()
_numbers: Iterator[int] = itertools.count(1)


class DurableEngine:
    """The consequence rules in as many rulesets of durable-rules as they need.

    Raises:
        ImportError: durable-rules is not installed, or does not run on this Python.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        host = _new_host()
        size = MAX_RULES - 1
        self._rulesets = [_Ruleset(host, rules[start : start + size]) for start in range(0, len(rules), size)]

    def run(self, facts: Iterable[Fact]) -> set[Derivation]:
        """Everything that follows from the facts.

        Raises:
            ConsequenceError: an action failed, or the library took a fact for one it had seen.
        """
        with _lock, ExitStack() as stack:
            sessions: defaultdict[str, list[_Session]] = defaultdict(list)
            for ruleset in self._rulesets:
                session = stack.enter_context(_Session(ruleset))
                for kind in ruleset.kinds:
                    sessions[kind].append(session)

            def firing(fact: Fact) -> Iterator[Rule]:
                for session in sessions.get(fact.kind, ()):
                    yield from session.fired_by(fact)

            return chain(facts, firing)


class _Ruleset:
    """Rules compiled into the library, freed with this object, and the list of what fired."""

    def __init__(self, host: Any, rules: Sequence[Rule]) -> None:
        from durable import engine

        self.host = host
        self.name = f"consequences-{next(_numbers)}"
        self.kinds = sorted({rule.kind for rule in rules})
        self.notes: list[tuple[Rule | None, int]] = []
        definition: dict[str, Any] = {"_sentinel": {"all": [{"m": {_KIND: "_sentinel"}}], "run": self._action(None)}}
        for number, rule in enumerate(rules):
            definition[f"r{number}"] = {"all": [{"m": pattern(rule)}], "run": self._action(rule)}
        host.register_rulesets({self.name: definition})
        handle = host.get_ruleset(self.name)._handle  # noqa: SLF001 - rulesets have no other way out
        weakref.finalize(self, engine.durable_rules_engine.delete_ruleset, handle)

    def _action(self, rule: Rule | None) -> Callable[[Any], None]:
        def note(match: Any) -> None:
            self.notes.append((rule, match.m[_POSITION]))

        return note


class _Session:
    """One run of one ruleset: opened by the sentinel, else deleting it would crash; always deleted."""

    def __init__(self, ruleset: _Ruleset) -> None:
        self._ruleset = ruleset
        self._sid = f"s{next(_numbers)}"
        self._positions = itertools.count(1)

    def __enter__(self) -> Self:
        self._ruleset.notes.clear()
        self._assert(_SENTINEL)
        if self._ruleset.notes != [(None, 0)]:
            raise ConsequenceError("durable-rules did not open a session: the sentinel rule did not fire")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ruleset.host.delete_state(self._ruleset.name, self._sid)
        self._ruleset.notes.clear()

    def fired_by(self, fact: Fact) -> list[Rule]:
        """Assert a fact, and name the rules that it fires."""
        position = next(self._positions)
        self._ruleset.notes.clear()
        self._assert({**dict(fact.attributes), _KIND: fact.kind, _POSITION: position})
        if any(noted != position for _, noted in self._ruleset.notes):
            raise ConsequenceError(message("durable-rules fired a rule for another fact than { $fact }", fact=fact))
        return list({rule.id: rule for rule, _ in self._ruleset.notes if rule is not None}.values())

    def _assert(self, told: dict[str, Any]) -> None:
        from durable.engine import MessageNotHandledException, MessageObservedException

        host, name = self._ruleset.host, self._ruleset.name
        try:
            state = host.assert_fact(name, {**told, "sid": self._sid})
        except MessageNotHandledException:
            return
        except MessageObservedException as error:
            raise ConsequenceError(
                message("durable-rules takes { $fact } for a fact that it has seen", fact=str(told))
            ) from error
        if state is not None and "exception" in state:
            raise ConsequenceError(
                message("an action of durable-rules failed: { $exception }", exception=state["exception"])
            )


def pattern(rule: Rule) -> dict[str, Any]:
    """The library's form of a rule: the kind, and a conjunction of comparisons of fields with constants."""
    terms = [{_KIND: rule.kind}, *(_term(condition) for condition in rule.conditions)]
    return terms[0] if len(terms) == 1 else {"$and": terms}


def _term(condition: Condition) -> dict[str, Any]:
    values = sorted(condition.values)
    if condition.negated:
        terms: list[dict[str, Any]] = [{"$neq": {condition.field: value}} for value in values]
    else:
        terms = [{condition.field: value} for value in values]
    if len(terms) == 1:
        return terms[0]
    return {"$and" if condition.negated else "$or": terms}


def _new_host() -> Any:
    """A host of our own, whose two background threads never start: they would touch sessions during a run."""
    from durable import engine

    # On Python 3.12 each action warns of datetime.utcfromtimestamp; with `-W error` it would fail.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"durable\.engine")

    class QuietHost(engine.Host):  # type: ignore[misc] # the library has no types
        def _run(self) -> None:
            """Start nothing."""

    return QuietHost()
