"""The texts of the program itself in other languages: ``chinese.yaml`` beside this module, English to Chinese."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.catalog import ENGLISH, Catalog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.protocol.wording import Language

FILE: Final = Path(__file__).with_name("chinese.yaml")


@cache
def house_texts() -> Mapping[str, str]:
    """What the program says, by its English, in Chinese."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, str] = yaml.load(FILE.read_text(encoding="utf-8"), loader)  # noqa: S506 - a safe loader
    return found


def house_catalog(language: Language) -> Catalog:
    """The texts of the program in a language."""
    return ENGLISH if language == "en" else Catalog(language, house_texts())
