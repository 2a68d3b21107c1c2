"""A document as one HTML file that asks for nothing else: no network, no fonts, no scripts but its own."""

from __future__ import annotations

from precise_cal.reports.html.render import as_html

__all__ = ["as_html"]
