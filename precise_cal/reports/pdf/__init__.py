"""A document as PDF: tagged for screen readers, with bookmarks, on A4."""

from __future__ import annotations

from precise_cal.reports.pdf.render import as_pdf

__all__ = ["as_pdf"]
