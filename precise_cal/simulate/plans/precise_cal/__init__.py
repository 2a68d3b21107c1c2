"""The synthetic trial of PRECISE CAL: sites that differ, departures of every kind, two analysts who make mistakes."""

from __future__ import annotations

from precise_cal.simulate.plans.precise_cal.analysts import MISTAKES
from precise_cal.simulate.plans.precise_cal.cohort import Cohort, cohort
from precise_cal.simulate.plans.precise_cal.departures import DEPARTURES
from precise_cal.simulate.plans.precise_cal.settings import Settings

__all__ = ["DEPARTURES", "MISTAKES", "Cohort", "Settings", "cohort"]
