"""ADaM datasets (ADaMIG 1.3): ADSL, ADDV and ADTTE, as XPT 5, Dataset-JSON 1.1 and Define-XML 2.1."""

from __future__ import annotations

from precise_cal.reports.adam.files import adam_files

__all__ = ["adam_files"]
