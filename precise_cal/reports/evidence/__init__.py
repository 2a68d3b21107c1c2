"""The validation pack of a trial's rules as files."""

from __future__ import annotations

from precise_cal.reports.evidence.files import pack_files

__all__ = ["pack_files"]
