"""Quality tolerance limits: what is measured against them, and whether they hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml

if TYPE_CHECKING:
    from precise_cal.reports.case import Case, Trial

FILE = Path(__file__).parents[1] / "quality_limits.yaml"
_DUE = ("COMPLIANT", "DEVIATION", "CANNOT_ASSESS", "REVIEW")


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
    return tuple(_measured(entry, trial) for entry in yaml.safe_load(FILE.read_text(encoding="utf-8")))


def _measured(entry: dict[str, Any], trial: Trial) -> Quality:
    codes = frozenset(entry["codes"])
    hidden = not trial.unmasked and ("arm" in entry or _is_withheld(codes, trial))
    among = [] if hidden else [case for case in trial.cases if _belongs(case, entry)]
    affected = sum(any(one.deviation.code in codes for one in case.counted) for case in among)
    limit = float(entry["limit"])
    exceeded = bool(among) and 100 * affected > limit * len(among)
    state: Any = "withheld" if hidden else "nobody yet" if not among else "exceeded" if exceeded else "within"
    return Quality(entry["id"], entry["title"], limit, affected, len(among), state)


def _is_withheld(codes: frozenset[str], trial: Trial) -> bool:
    shown = {one.deviation.code for _, one in trial.findings if not one.deviation.code[-1].isdigit()}
    return any(code.rsplit("-", 1)[0] in shown for code in codes)


def _belongs(case: Case, entry: dict[str, Any]) -> bool:
    allocated = case.record.randomization
    if allocated is None or ("arm" in entry and allocated.arm != entry["arm"]):
        return False
    if entry["of"] == "randomized":
        return True
    verdict = case.verdict(entry["of"])
    return verdict is not None and verdict.verdict in _DUE
