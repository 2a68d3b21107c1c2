"""Residual QFR: what would be left of a loss if one lesion were opened to its reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.qfr.lumen.analysis import treat

if TYPE_CHECKING:
    from precise_cal.qfr.lumen.analysis import Analysis


def residuals(analysis: Analysis) -> tuple[float | None, ...]:
    """QFR with each lesion opened alone; None where the vessel has no QFR, or has none then."""
    if analysis.qfr is None:
        return (None,) * len(analysis.lesions)
    return tuple(treat(analysis, lesion).qfr for lesion in analysis.lesions)
