"""Synthetic participants to report on, drawn at random from a seed. Nobody in them exists.

    from precise_cal.simulate import cohort
    for record in cohort(participants=656, seed=1): ...

Rates and distributions are plausible, not estimated from any data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from precise_cal.rules import bundled
from precise_cal.simulate.plan import FILE, Plan
from precise_cal.simulate.plans import PLANS
from precise_cal.simulate.plans.precise_cal import Settings

if TYPE_CHECKING:
    import datetime

    from precise_cal.simulate.plans.precise_cal import Cohort

__all__ = ["cohort", "plan_of_the_bundled_trial"]


def cohort(participants: int = 656, seed: int = 1, cutoff: datetime.datetime | None = None) -> Cohort:
    """Records of PRECISE CAL, by its plan.

    Args:
        participants: how many records; about nine of ten are randomized.
        seed: of the random numbers.
        cutoff: what happens after it is not yet known; without it, that of the plan. A time without an offset is one
            of the plan's clock.
    """
    settings = Settings.model_validate(plan_of_the_bundled_trial().settings)
    return PLANS["precise_cal"].records(settings, participants, seed, cutoff)


def plan_of_the_bundled_trial() -> Plan:
    """What ``simulate.yaml`` of PRECISE CAL says."""
    return Plan.model_validate(yaml.safe_load((bundled() / FILE).read_bytes()))
