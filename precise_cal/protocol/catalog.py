# ruff: noqa: PLC0414
"""Moved to `precise_cal.language.catalog`."""

from precise_cal.language.catalog import ENGLISH as ENGLISH
from precise_cal.language.catalog import Bilingual as Bilingual
from precise_cal.language.catalog import Catalog as Catalog
from precise_cal.language.catalog import Joined as Joined
from precise_cal.language.catalog import Message as Message
from precise_cal.language.catalog import Text as Text
from precise_cal.language.catalog import Verbatim as Verbatim
from precise_cal.language.catalog import message as message
from precise_cal.language.catalog import plural as plural
