"""The validation pack of a trial's rules: for each clause the rule, its cases, mutants and proofs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from precise_cal.assurance.answer import OF_RULE_TOPICS
from precise_cal.assurance.coverage import coverage
from precise_cal.assurance.given import given_by_cases
from precise_cal.assurance.mutants import GROUPS
from precise_cal.engine.case_names import check_cases
from precise_cal.engine.cases import run_case
from precise_cal.protocol.rules_pack import Atoms, Counted, OfRule, RulesPack, TriedCase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from precise_cal.engine.cases import PlacedCase
    from precise_cal.engine.rulebook.rule_form import RuleEntry
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.rules_pack import Origin, Outcome, Proof, Proofs, Standing, TriedMutant, TriedMutants

_TOPICS = frozenset(str(one) for one in OF_RULE_TOPICS)
_REFUTED: Final[tuple[Outcome, ...]] = ("no", "not replayed")
_STATES: Final = ("found", "equivalent", "survived", "no rule")
_OUTCOMES: Final = ("no", "not replayed", "yes", "not decided", "not translated")
"""What one run says of a mutant or a question goes before what another says: what is settled before what is open."""
_One = TypeVar("_One")


def pack_of(
    book: Rulebook,
    cases: Sequence[PlacedCase],
    origin: Origin,
    mutants: Sequence[TriedMutants],
    proofs: Sequence[Proofs],
    *,
    generated_at: str,
    system: dict[str, str],
) -> RulesPack:
    """Run the cases, see what they decide, and put beside it what mutants and proofs gave.

    Args:
        book: the rules, read with their meaning.
        cases: all cases of the trial.
        origin: of what all of it is.
        mutants: runs of mutants; none was made where it is empty.
        proofs: runs of proofs, likewise.
        generated_at: when.
        system: on what it ran, by name.

    Raises:
        RuleFileError: a case names what the rules have not.
    """
    check_cases(cases, book)
    mutants, proofs = _distinct_mutants(mutants), _distinct_proofs(proofs)
    tried = tuple(_tried(book, one) for one in cases)
    atoms = {one.rule: Atoms(one.atoms, one.both) for one in coverage(book, given_by_cases(book, cases)).rules}
    gathered = _Gathered(tried, atoms, mutants, proofs)
    rules = (*(gathered.of(book, name) for name in book.rules), *_off(book))
    files = dict(book.loaded.files)
    return RulesPack(generated_at, origin, system, files, rules, tried, tuple(mutants), tuple(proofs))


def _distinct_mutants(runs: Sequence[TriedMutants]) -> list[TriedMutants]:
    """Runs of which each mutant stands in one alone."""

    def place(one: TriedMutant) -> tuple[str, ...]:
        return one.owner, one.place, one.was, one.now

    left = _distinct([run.mutants for run in runs], place, lambda one: _STATES.index(one.state))
    return [replace(run, mutants=kept) for run, kept in zip(runs, left, strict=True)]


def _distinct_proofs(runs: Sequence[Proofs]) -> list[Proofs]:
    """Runs of which each question stands in one alone."""

    def place(one: Proof) -> tuple[str | None, ...]:
        return one.topic, one.rule, one.question

    left = _distinct([run.answers for run in runs], place, lambda one: _OUTCOMES.index(one.outcome))
    return [replace(run, answers=kept) for run, kept in zip(runs, left, strict=True)]


def _distinct(
    runs: Sequence[Sequence[_One]], place: Callable[[_One], tuple[Any, ...]], rank: Callable[[_One], int]
) -> list[tuple[_One, ...]]:
    """Of what several runs say of one thing, what is most settled, once."""
    best: dict[tuple[Any, ...], _One] = {}
    for one in (one for run in runs for one in run):
        known = best.setdefault(place(one), one)
        if rank(one) < rank(known):
            best[place(one)] = one
    return [tuple(one for one in run if best.get(place(one)) is one) for run in runs]


def _tried(book: Rulebook, placed: PlacedCase) -> TriedCase:
    place = str(placed.place).removeprefix(f"{book.folder}/")
    problems = tuple(map(str, run_case(placed, book).problems))
    return TriedCase(placed.rule, placed.case.case, placed.case.expect, place, problems)


class _Gathered:
    """Evidence by rule."""

    def __init__(
        self,
        cases: Sequence[TriedCase],
        atoms: dict[str, Atoms],
        mutants: Sequence[TriedMutants],
        proofs: Sequence[Proofs],
    ) -> None:
        self._atoms = atoms
        self._cases = Counter(one.rule for one in cases)
        self._failed = Counter(one.rule for one in cases if one.problems)
        self._mutants = [one for run in mutants for one in run.mutants] if mutants else None
        self._runs, self._proved = mutants, proofs
        self._proofs = [one for run in proofs for one in run.answers] if proofs else None

    def of(self, book: Rulebook, name: str) -> OfRule:
        """What there is of one rule."""
        rule = book.rules[name]
        of_mutants = None if self._mutants is None else _of_mutants(one for one in self._mutants if name in one.reached)
        of_proofs = None if self._proofs is None else _of_proofs(one for one in self._proofs if one.rule == name)
        cases, failed = self._cases[name], self._failed[name]
        text = rule.rule
        standing = _standing(cases, failed, (of_mutants, of_proofs))
        if standing == "shown" and not self._is_all_of(name):
            standing = "sampled"
        atoms = self._atoms.get(name, Atoms(0, 0))
        return OfRule(
            name, rule.kind, text.title, text.quote, text.source, cases, failed, atoms, of_mutants, of_proofs, standing
        )

    def _is_all_of(self, name: str) -> bool:
        """Whether all mutants and all questions of a rule were tried."""
        runs = [one for one in self._runs if one.count is None and (not one.rules or name in one.rules)]
        asked = [one for one in self._proved if not one.rules or name in one.rules]
        groups = {group for one in runs for group in one.groups or GROUPS}
        topics = {topic for one in asked for topic in one.topics or _TOPICS}
        return groups >= {*GROUPS} and topics >= _TOPICS


def _of_mutants(mutants: Iterable[TriedMutant]) -> Counted | None:
    """How many of those that reach a rule a case found; None where none was tried."""
    states = Counter(one.state for one in mutants)
    return Counted(states["found"], states["survived"], states["equivalent"]) if states else None


def _of_proofs(proofs: Iterable[Proof]) -> Counted | None:
    outcomes = Counter(one.outcome for one in proofs)
    bad = sum(outcomes[one] for one in _REFUTED)
    return Counted(outcomes["yes"], bad, outcomes.total() - outcomes["yes"] - bad) if outcomes else None


def _standing(cases: int, failed: int, counted: tuple[Counted | None, Counted | None]) -> Standing:
    mutants, proofs = counted
    if failed or (proofs is not None and proofs.bad):
        return "failed"
    if not cases or mutants is None or mutants.bad or proofs is None or proofs.open:
        return "partly"
    return "shown"


def _off(book: Rulebook) -> Iterator[OfRule]:
    """The rules that are switched off: nothing is shown of them."""
    for file, _ in book.loaded.rules:
        for one in file.rules:
            if one.status == "active" and not one.enabled:
                yield OfRule(
                    one.id, one.kind, one.title, _quote(one), one.source, 0, 0, Atoms(0, 0), None, None, "partly",
                    one.off_because or "",
                )  # fmt: skip


def _quote(rule: RuleEntry) -> str:
    return rule.quote if isinstance(rule.quote, str) else rule.quote[-1].text
