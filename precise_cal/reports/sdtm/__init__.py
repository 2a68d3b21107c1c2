"""SDTM datasets (SDTMIG 3.4): IE, DV with SUPPDV, TI with SUPPTI, TV, TS, CE, DS, as XPT 5 and Dataset-JSON 1.1."""

from __future__ import annotations

from precise_cal.reports.sdtm.deviations import DVCAT
from precise_cal.reports.sdtm.files import sdtm_files

__all__ = ["DVCAT", "sdtm_files"]
