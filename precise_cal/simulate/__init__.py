"""A synthetic trial to report on: participant records by the contract, drawn at random from a seed.

    from precise_cal.simulate import cohort
    for record in cohort(participants=656, seed=1): ...

Nobody in it exists. Rates and distributions are plausible, not estimated from any data.
"""

from __future__ import annotations

from precise_cal.simulate.cohort import CUTOFF, Cohort, cohort

__all__ = ["CUTOFF", "Cohort", "cohort"]
