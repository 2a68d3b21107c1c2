"""The page on which a statistician compares designs: the figures of the library, and nothing that is kept."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.desk.conftest import Desk

ASKED = {"participants": "40", "sites": "3", "trials": "5", "seed": "7"}


def figures(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr><td>(.*?)</tr>", page, re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", one) for one in re.split(r"</td>", row)][:5] for row in rows]


def test_page_shows_the_figures_of_the_library(desk: Desk, client: Any, precise: Any, tmp_path: Path) -> None:
    web = client("statistician")
    first = re.search(r"<textarea[^>]*>(.*?)</textarea>", web.get("/lists/designs").content.decode(), re.DOTALL)
    assert first is not None
    designs = first[1].replace("&#39;", "'")
    events = len(desk.events("session.begun"))
    shown = figures(web.post("/lists/designs", {**ASKED, "designs": designs}).content.decode())
    numbers = "".join(f"{name}: {ASKED[name]}\n" for name in ("participants", "sites", "trials"))
    (tmp_path / "designs.yaml").write_text(f"{numbers}designs:\n{designs}")
    said = precise("lists", "compare", tmp_path / "designs.yaml", "--seed", "7", "--format", "json")
    expected = [
        [f"{100 * one['guessed']:.1f}%", f"{100 * one['certain']:.1f}%", f"{one['imbalance']:.1f}", str(one["worst"])]
        for one in json.loads(said.out)["designs"]
    ]
    assert [row[1:] for row in shown] == expected
    assert [row[0] for row in shown] == [
        "permuted blocks of 4", "permuted blocks of 4, 6", "permuted blocks of 4, 6, 8", "big stick 3", "simple"
    ]  # fmt: skip
    assert b"permuted" not in desk.store.dump(), "who reads the log knows no design"
    assert len(desk.events("session.begun")) == events


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"sites": "x"}, "sites: &#34;x&#34; should be a whole number"),
        ({"participants": "0"}, "participants"),
        ({"designs": "- {design: permuted_blocks, ratio: {A: 1, B: 1}, sizes: [5]}"}, "cannot hold 2 shares evenly"),
        ({"designs": "- {"}, "YAML"),
        ({"trials": "10000", "participants": "656"}, "more than a page does"),
    ],
)
def test_what_is_no_question_is_told(desk: Desk, client: Any, changed: dict[str, str], words: str) -> None:
    asked = {**ASKED, "designs": "- {design: simple, ratio: {A: 1, B: 1}}", **changed}
    answer = client("statistician").post("/lists/designs", asked)
    assert answer.status_code == 400
    assert words in answer.content.decode()


def test_nobody_but_the_statistician_compares(desk: Desk, client: Any) -> None:
    for role in ("coordinator", "sponsor", "inspector", "administrator"):
        assert client(role).get("/lists/designs").status_code == 403
