# ruff: noqa: PLC0414
"""Moved to `precise_cal.language.wording`."""

from precise_cal.language.wording import LANGUAGES as LANGUAGES
from precise_cal.language.wording import Language as Language
from precise_cal.language.wording import listed as listed
