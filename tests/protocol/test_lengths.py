"""No list of a record is longer than rules can look at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.protocol.model import MAX_ITEMS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def lists(document: Any, pointer: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where the lists of a document stand."""
    found = [pointer] if isinstance(document, list) and document else []
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for name, value in list(items)[:1] if isinstance(document, list) else items:
        found += lists(value, (*pointer, name))
    return found


def test_every_list_has_a_length(complete: dict[str, Any], precise: Callable[..., Any], tmp_path: Path) -> None:
    pointers = lists(complete)
    assert len(pointers) >= 8
    for pointer in pointers:
        document = json.loads(json.dumps(complete))
        owner = document
        for name in pointer[:-1]:
            owner = owner[name]
        owner[pointer[-1]] = owner[pointer[-1]][:1] * (MAX_ITEMS + 1)
        file = tmp_path / "long.json"
        file.write_text(json.dumps(document))
        said = precise("check", file)
        assert said.status == 2
        where = "".join(f"/{name}" for name in pointer)
        assert f"{where}: [ … ] has {MAX_ITEMS + 1} items; a list of a record has at most {MAX_ITEMS}" in said.err


@pytest.mark.parametrize("name", ["qfr_measurements", "labs", "visits"])
def test_the_longest_list_is_judged(
    name: str, complete: dict[str, Any], precise: Callable[..., Any], tmp_path: Path
) -> None:
    items = complete[name]
    complete[name] = [items[n % len(items)] for n in range(MAX_ITEMS)]
    file = tmp_path / "long.json"
    file.write_text(json.dumps(complete))
    assert precise("check", file).status in (0, 1, 3)


def test_the_schema_says_it(precise: Callable[..., Any]) -> None:
    schema = precise("schema", "record").out
    assert f'"maxItems": {MAX_ITEMS}' in schema
    arrays = schema.count('"type": "array"')
    assert schema.count('"maxItems"') == arrays
