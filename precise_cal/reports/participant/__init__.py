"""The report about one participant."""

from __future__ import annotations

from precise_cal.reports.participant.document import participant_document

__all__ = ["participant_document"]
