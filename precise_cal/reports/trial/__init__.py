"""The report about a trial."""

from __future__ import annotations

from precise_cal.reports.trial.document import trial_document

__all__ = ["trial_document"]
