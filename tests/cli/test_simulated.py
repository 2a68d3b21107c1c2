"""Simulated records say so of themselves, wherever they are moved, and so does whatever is made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from precise_cal.protocol.from_json import RecordError, is_simulated

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook


@pytest.fixture(scope="module")
def made(precise: Callable[..., Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in precise("simulate", "--participants", "2", "--seed", "3").out.splitlines()]


def test_every_simulated_record_says_so(made: list[dict[str, Any]], precise: Callable[..., Any]) -> None:
    assert [one["$simulated"] for one in made] == [True, True]
    schema = json.loads(precise("schema", "record").out)
    jsonschema.validate(made[0], schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made[0] | {"$simulated": "yes"}, schema)


def test_check_and_report_say_so_too(made: list[dict[str, Any]], precise: Callable[..., Any], tmp_path: Path) -> None:
    """One of them, under another name and beside a participant who exists, is enough."""
    moved = tmp_path / "moved.json"
    moved.write_text(json.dumps(made[0]), "utf-8")
    real = {name: value for name, value in made[1].items() if name != "$simulated"}
    (tmp_path / "real.json").write_text(json.dumps(real), "utf-8")
    assert "1 participant is simulated" in precise("check", tmp_path).err
    assert "simulated" not in precise("check", tmp_path / "real.json").err
    for name, files, wanted in (
        ("mixed", [moved, tmp_path / "real.json"], True),
        ("real", [tmp_path / "real.json"], False),
    ):
        out = tmp_path / name
        assert precise("report", *files, "--format", "html", "--out", out).status == 0
        pages = [page.read_text("utf-8") for page in out.rglob("*.html")]
        assert pages
        assert all(("SIMULATED" in page) is wanted for page in pages), name


def test_what_the_mark_may_be(book: Rulebook, made: list[dict[str, Any]]) -> None:
    for value, wanted in ((True, True), (False, False), (None, False)):
        data = json.dumps(made[0] | {"$simulated": value}).encode()
        book.records.read(data)
        assert is_simulated(data) is wanted
    with pytest.raises(RecordError, match=r"/\$simulated: \"yes\" should be true, false"):
        book.records.read(json.dumps(made[0] | {"$simulated": "yes"}).encode())
    assert not is_simulated(json.dumps({"a": '"$simulated"'}).encode())
