"""The texts of the program itself in other languages: ``chinese.yaml`` of each room, English to Chinese."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import ENGLISH, Catalog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.language.wording import Language

HOUSE: Final = Path(__file__).parents[1]
OF_A_TRIAL: Final = "rules"
"""The room whose catalog is that of a trial."""


def house_files() -> list[Path]:
    """The catalogs of the rooms, in order of their names."""
    return sorted(one for one in HOUSE.glob("*/chinese.yaml") if one.parent.name != OF_A_TRIAL)


@cache
def house_texts() -> Mapping[str, str]:
    """What the program says, by its English, in Chinese."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, str] = {}
    for one in house_files():
        found |= yaml.load(one.read_text(encoding="utf-8"), loader)  # noqa: S506 - a safe loader
    return found


def house_catalog(language: Language) -> Catalog:
    """The texts of the program in a language."""
    return ENGLISH if language == "en" else Catalog(language, house_texts())
