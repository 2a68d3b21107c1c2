"""To which analysis populations a participant would belong, if every deviation were confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql.compile import evaluate
from precise_cal.protocol.report import PopulationReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from precise_cal.engine.cql.state import State
    from precise_cal.engine.rulebook.populations import Population
    from precise_cal.protocol.report import Deviation


def membership(
    populations: Iterable[Population], deviations: tuple[Deviation, ...], state: State
) -> tuple[dict[str, bool | None], tuple[PopulationReason, ...]]:
    """Whether the participant belongs to each population, and why not where they would belong to it otherwise.

    Args:
        populations: those of the trial.
        deviations: of the participant.
        state: what the conditions are evaluated on.

    Returns:
        By the id of a population whether the participant belongs to it, None where that is unknown; and the reasons.
    """
    belongs: dict[str, bool | None] = {}
    reasons: list[PopulationReason] = []
    for one in populations:
        of = evaluate(one.of, state)
        out, is_open = _leaves(one, state) if of is not False else ([], False)
        if of is not False:
            out += _by_deviations(one.id, deviations)
        reasons += out
        belongs[one.id] = False if of is False or out else None if of is None or is_open else True
    return belongs, tuple(reasons)


def leaving(
    belongs: Mapping[str, bool | None], reasons: tuple[PopulationReason, ...], deviations: tuple[Deviation, ...]
) -> tuple[dict[str, bool | None], tuple[PopulationReason, ...]]:
    """The same populations and reasons after further deviations of the participant."""
    left = {
        name for name, is_in in belongs.items() if is_in is False and all(one.population != name for one in reasons)
    }
    more = [one for name in belongs if name not in left for one in _by_deviations(name, deviations)]
    out = {one.population for one in more}
    return {name: False if name in out else is_in for name, is_in in belongs.items()}, (*reasons, *more)


def _leaves(population: Population, state: State) -> tuple[list[PopulationReason], bool]:
    """Why the participant leaves a population without a deviation, and whether that is open."""
    out, is_open = [], False
    for leave in population.leaves:
        answer = evaluate(leave.when, state)
        is_open |= answer is None
        if answer is True:
            out.append(PopulationReason(population.id, leave.code, leave.text))
    return out, is_open


def _by_deviations(population: str, deviations: Iterable[Deviation]) -> Iterator[PopulationReason]:
    terms = {one.code: one.term for one in deviations if not one.populations.get(population, True)}
    return (PopulationReason(population, code, term) for code, term in terms.items())
