"""Why some participants are never randomized: a criterion fails at screening, or a datum is missing at the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.simulate.plans.precise_cal.departures import DEPARTURES
from precise_cal.simulate.plans.precise_cal.settings import drawn

if TYPE_CHECKING:
    from random import Random

    from precise_cal.simulate.plans.precise_cal.settings import Settings

Record = dict[str, Any]


def fail_screening(settings: Settings, record: Record, chance: Random) -> None:
    """Give the record one reason why the participant is not randomized."""
    DEPARTURES[drawn(settings.screening.reasons, chance)](settings, record, chance)
