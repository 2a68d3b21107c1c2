"""Quality tolerance limits: what is measured against them, and whether they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from precise_cal.protocol.verdicts import LADDERS, NOT_JUDGED

if TYPE_CHECKING:
    from precise_cal.reports.case import Case, Trial
    from precise_cal.reports.study import QualityLimit


_DUE = frozenset(LADDERS["conduct"].words) - NOT_JUDGED


@dataclass(frozen=True, slots=True)
class Quality:
    """One limit, and where the trial stands."""

    id: str
    title: str
    limit_percent: float
    affected: int
    of: int
    state: Literal["within", "exceeded", "withheld", "nobody yet"]

    @property
    def percent(self) -> float | None:
        """The share of participants affected."""
        return 100 * self.affected / self.of if self.of else None


def quality(trial: Trial) -> tuple[Quality, ...]:
    """Every limit with its state."""
    return tuple(_measured(one, trial) for one in trial.study.limits)


def _measured(one: QualityLimit, trial: Trial) -> Quality:
    hidden = not trial.unmasked and (one.arm is not None or _is_withheld(one.codes, trial))
    among = [] if hidden else [case for case in trial.cases if _belongs(case, one)]
    affected = sum(any(finding.deviation.code in one.codes for finding in case.counted) for case in among)
    limit = float(one.percent)
    exceeded = bool(among) and 100 * affected > limit * len(among)
    state: Any = "withheld" if hidden else "nobody yet" if not among else "exceeded" if exceeded else "within"
    return Quality(one.id, one.title, limit, affected, len(among), state)


def _is_withheld(codes: frozenset[str], trial: Trial) -> bool:
    shown = {one.deviation.code for _, one in trial.findings if not one.deviation.code[-1].isdigit()}
    return any(code.rsplit("-", 1)[0] in shown for code in codes)


def _belongs(case: Case, one: QualityLimit) -> bool:
    if not case.randomized or (one.arm is not None and case.facts.arm != one.arm):
        return False
    if one.of is None:
        return True
    verdict = case.verdict(one.of)
    return verdict is not None and verdict.verdict in _DUE
