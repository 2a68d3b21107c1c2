"""Which mutants the cases of a trial tell from its rules."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from precise_cal.assurance.bench import Bench
from precise_cal.assurance.equivalents import is_argued
from precise_cal.assurance.mutants import mutants_of
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from precise_cal.assurance.equivalents import Equivalent
    from precise_cal.assurance.mutants import Group, Mutant
    from precise_cal.assurance.witness import Witness
    from precise_cal.engine.cases import PlacedCase
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.rules_pack import State


@immutable()
class Hunted:
    """A mutant, what became of it, and the rules that it reaches."""

    mutant: Mutant
    state: State
    reached: tuple[str, ...] = ()
    case: str | None = None
    """The case that tells it from the rules."""
    witness: Witness | None = None
    """Of one that no case tells, what was sought."""


@immutable()
class Tally:
    """How many mutants of a group were found, of those that are not equivalent."""

    group: Group
    found: int
    of: int
    equivalent: int


@immutable()
class Chosen:
    """Which mutants are tried: so many by chance, of some rules only, or one part of several of them."""

    seed: int = 0
    count: int | None = None
    rules: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    part: tuple[int, int] = (0, 1)
    """Every how many-th mutant, from which on: what one of several processes tries."""


def chosen_mutants(book: Rulebook, chosen: Chosen) -> Iterator[Mutant]:
    """The mutants to try, in the order of files; `hunt` passes over those that are no rules."""
    known = [one for one in mutants_of(book) if not chosen.groups or one.group in chosen.groups]
    if chosen.rules:
        names = {*chosen.rules}
        for rule in chosen.rules:
            names.update(name for one in book.rules[rule].expressions() for name in (*one.definitions, *one.parameters))
        known = [one for one in known if one.owner in names or one.owner.split(" ")[0] in names]
    order = list(range(len(known)))
    if chosen.count is not None:
        random.Random(chosen.seed).shuffle(order)
    first, parts = chosen.part
    yield from (known[place] for place in order[first::parts])


def hunt(
    book: Rulebook,
    cases: Sequence[PlacedCase],
    chosen: Chosen,
    equivalents: Iterable[Equivalent] = (),
    seek: Callable[[Mutant], Witness] | None = None,
) -> Iterator[Hunted]:
    """Try mutants until there are as many as were asked for.

    Args:
        book: the rules, with their meaning; their cases pass.
        cases: all cases of the trial.
        chosen: which mutants.
        equivalents: the mutants that are argued to be the same as the rules.
        seek: what seeks a participant who tells a survivor from the rules; none does of what is equivalent.
    """
    bench = Bench(book, cases)
    argued, left = tuple(equivalents), chosen.count
    for mutant in chosen_mutants(book, chosen):
        if left == 0:
            return
        judged = _judged(bench, mutant, cases)
        if judged.state == "survived" and is_argued(mutant, argued):
            judged = Hunted(mutant, "equivalent", judged.reached)
        if judged.state == "survived" and seek is not None:
            found = seek(mutant)
            state: State = "equivalent" if found.outcome == "the same" else "survived"
            judged = Hunted(mutant, state, judged.reached, witness=found)
        if judged.state == "no rule":
            continue
        left = None if left is None else left - 1
        yield judged


def tallies(hunted: Iterable[Hunted]) -> Iterator[Tally]:
    """How many were found, by group, in the order in which groups come."""
    by_group: dict[Group, list[State]] = {}
    for one in hunted:
        by_group.setdefault(one.mutant.group, []).append(one.state)
    for group, states in by_group.items():
        same = states.count("equivalent")
        yield Tally(group, states.count("found"), len(states) - same, same)


def _judged(bench: Bench, mutant: Mutant, cases: Sequence[PlacedCase]) -> Hunted:
    try:
        changed = mutant.of(bench.book)
        reached = bench.reached(changed)
    except (RuleFileError, ValueError):
        return Hunted(mutant, "no rule")
    if not reached:
        return Hunted(mutant, "no rule")
    names = tuple(sorted(reached))
    for number in bench.in_order(reached):
        if _tells(bench, number, changed, reached):
            return Hunted(mutant, "found", names, f"{cases[number].rule}: {cases[number].case.case}")
    return Hunted(mutant, "survived", names)


def _tells(bench: Bench, number: int, changed: Rulebook, reached: frozenset[str]) -> bool:
    """Whether a case fails on changed rules; one that cannot be run at all fails."""
    try:
        return bench.tells(number, changed, reached)
    except PreciseError:
        return True
