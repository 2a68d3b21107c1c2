"""Engine and SQL climb the ladders of the table: a tiny trial with a rule of each kind, and every way to answer."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from precise_cal.cohort.layout.dataset import open_cohort
from precise_cal.cohort.run.setup import make_check
from precise_cal.cohort.transfer.importing import Import, import_records
from precise_cal.cohort.transfer.pieces import Line
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.protocol.verdicts import LADDERS, UNSETTLED

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = ("north", "east", "south", "west")
LINES = [
    json.dumps({"person": f"P{number}"} | dict(zip(FIELDS, answers, strict=True))).encode()
    for number, answers in enumerate(product((True, False, None), repeat=len(FIELDS)))
]
RULES = {kind: f"{kind.upper().replace('_', '')}-1" for kind in LADDERS}


def climbed(kind: str, answers: dict[str, bool | None]) -> str:
    """What the table says, read as its docstring has it."""
    ladder, is_open = LADDERS[kind], False
    for condition, when_true, when_false in ladder.rungs:
        answer = answers[condition]
        word = {True: when_true, False: when_false, None: None}[answer]
        if word is not None:
            return ladder.unknown if is_open and word not in UNSETTLED else word
        is_open = is_open or answer is None
    return ladder.unknown if is_open else ladder.otherwise


@pytest.fixture(scope="module")
def expected() -> dict[tuple[int, str], str]:
    """The verdict of every rule for every participant, by their number."""
    return {
        (number, rule): climbed(
            kind, dict(zip(LADDERS[kind].conditions, map(json.loads(line).get, FIELDS), strict=False))
        )
        for number, line in enumerate(LINES, 1)
        for kind, rule in RULES.items()
    }


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rule of each kind, each of whose conditions is a field of the record."""
    folder = tmp_path_factory.mktemp("ladders") / "trial"
    folder.mkdir()
    fields: dict[str, Any] = {name: {"type": "boolean", "about": name} for name in FIELDS}
    record = {"person": {"type": "identifier", "required": True, "about": "the participant"}, **fields}
    rules = [
        {"id": RULES[kind], "kind": kind, "title": kind, "quote": "q", "source": "s"}
        | dict(zip(ladder.conditions, FIELDS, strict=False))
        for kind, ladder in LADDERS.items()
    ]
    study = {"id": "T", "title": "T", "short_title": "T", "version": "1", "source": "s", "sponsor": "s"}
    form = {"schema_version": "1.0", "parts": {}, "record": record, "roles": {"participant": "person"}}
    (folder / "record.yaml").write_text(json.dumps(form))
    (folder / "protocol.yaml").write_text(json.dumps({"study": {**study, "utc_offset": "+00:00"}}))
    (folder / "eligibility.yaml").write_text(json.dumps({"rules": rules}))
    return folder


def test_the_engine_follows_the_table(trial: Path, expected: dict[tuple[int, str], str]) -> None:
    book = rulebook(trial, cache=False)
    checker = Checker(book)
    found = {
        (number, one.id): one.verdict
        for number, line in enumerate(LINES, 1)
        for one in checker.subject(book.records.read(line), line).verdicts
    }
    assert {key: word for key, word in found.items() if key[1] in RULES.values()} == expected
    for kind, rule in RULES.items():
        assert {word for (_, one), word in expected.items() if one == rule} == {*LADDERS[kind].words}


def test_the_sql_follows_the_table(trial: Path, tmp_path: Path, expected: dict[tuple[int, str], str]) -> None:
    book = rulebook(trial, cache=False)
    job = Import(tmp_path / "tables", (("lines", len(LINES), 0),), book.schema, "T", 0, 1)
    import_records(job, [Line(f"lines:{place}", line) for place, line in enumerate(LINES, 1)])
    cohort = open_cohort(tmp_path / "tables", book.schema)
    check = make_check(cohort.folder, tmp_path / "out", book, None)
    assert check.left == ()
    assert check.run().by_interpreter == 0
    rows = pq.read_table(tmp_path / "out" / "verdicts").to_pylist()
    found = {(row["participant"], row["rule"]): row["verdict"] for row in rows}
    assert {key: word for key, word in found.items() if key[1] in RULES.values()} == expected
