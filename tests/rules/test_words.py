"""The words of the rule files: quotes are those of the registry, and every ambiguity has its answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from precise_cal.engine.rulebook.rulebook import Rulebook

ASSUMPTIONS = Path(__file__).parents[2] / "docs" / "assumptions.md"
REGISTRY = "NCT07277114"
AMBIGUITIES = [f"AMB-{number:02}" for number in range(1, 46)]


def _quotes(data: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(data, dict):
        place = data.get("id", place)
        is_from_elsewhere = data.get("kind") != "side_finding" and not data.get("source", REGISTRY).startswith(REGISTRY)
        for key, value in data.items():
            if key == "quote" and not is_from_elsewhere:
                yield place, value
            else:
                yield from _quotes(value, place)
    elif isinstance(data, list):
        for item in data:
            yield from _quotes(item, place)


LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every value as it is written
QUOTES = sorted(
    {
        (f"{name} {place}", quote)
        for name in ("protocol.yaml", "eligibility.yaml", "events.yaml", "schedule.yaml")
        for place, quote in _quotes(yaml.load((bundled() / name).read_text("utf-8"), LOADER), name)
    }
)


@pytest.fixture(scope="module")
def words(index: ModuleType) -> list[str]:
    """The words of the registry record, as digests."""
    return [line.rstrip("|") for line in index.INDEX.read_text("utf-8").split()]


@pytest.mark.parametrize(("place", "quote"), QUOTES, ids=[f"{place}: {quote[:30]}" for place, quote in QUOTES])
def test_quote_is_verbatim(place: str, quote: str, index: ModuleType, words: list[str]) -> None:
    assert index.places(quote, words), f"{place}: the registry record does not say: {quote}"


def test_a_quote_with_another_word_is_found_out(index: ModuleType, words: list[str]) -> None:
    for _, quote in QUOTES:
        first, *rest = quote.split()
        assert not index.places(" ".join([f"{first}x", *rest]), words)


@pytest.mark.realdata
def test_the_digests_are_those_of_the_registry_record(shared: Path, index: ModuleType) -> None:
    file = shared / "trial" / "NCT07277114-registry-record.txt"
    if not file.exists():
        pytest.skip(f"{file} is absent: the registry record is not part of the repository")
    assert index.INDEX.read_text("utf-8").split() == index.index(file.read_text("utf-8"))


def test_every_rule_and_every_registered_value_is_quoted(book: Rulebook) -> None:
    registered = [
        value for parameter in book.study.parameters for value in parameter.values if value.status == "registry"
    ]
    assert all(value.quote for value in registered)
    assert all(rule.rule.quote for rule in book.edition(None).rules)
    assert len(QUOTES) >= len(registered)


@pytest.mark.parametrize("ambiguity", AMBIGUITIES)
def test_ambiguity_has_a_parameter_or_an_assumption(ambiguity: str, book: Rulebook) -> None:
    named = {name for parameter in book.study.parameters for name in parameter.ambiguities}
    written = ASSUMPTIONS.read_text("utf-8") if ASSUMPTIONS.exists() else ""
    assert ambiguity in named or re.search(rf"{ambiguity}\b[^\n]*\w", written)


def test_no_ambiguity_is_unknown_to_the_register(book: Rulebook) -> None:
    named = {name for parameter in book.study.parameters for name in parameter.ambiguities}
    named |= {name for rule in book.edition(None).rules for name in rule.rule.ambiguities}
    assert named <= set(AMBIGUITIES)
