# ruff: noqa: PLC0414
"""Moved to `precise_cal.language.house`."""

from precise_cal.language.house import house_catalog as house_catalog
from precise_cal.language.house import house_texts as house_texts
