"""Documents are made from whatever a valid record leaves out, and for whatever trial the rule files state."""

from __future__ import annotations

import copy
import json
import random
import textwrap
from typing import TYPE_CHECKING, Any

from precise_cal.cli.report_study import study_of
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.from_json import RecordError
from precise_cal.reports.assemble import Frame, Judged, cases_of, trial_of
from precise_cal.reports.files import FORMATS, files
from precise_cal.reports.ledger import Ledger
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

read_record = records_of(bundled()).read

VALUES: tuple[Any, ...] = (
    None,
    [],
    {},
    "2026",
    "2026-03",
    "2026-03-10T10:00:00Z",
    "1901-01-01",
    "2199-12-31",
    True,
    0,
    "0.80",
    "DES",
)
FIXED = ("schema_version", "subject_id", "study_id")
LITTLE_TRIAL = {
    "protocol.yaml": """
        study:
          id: NCT99999999
          title: A trial of visits
          short_title: VISITS
          version: "1"
          source: a test
          sponsor: nobody
          utc_offset: "+01:00"
    """,
    "eligibility.yaml": """
        rules:
          - id: IN-A
            kind: inclusion
            title: French site
            quote: at a French site
            source: a test
            met_when: StartsWith(site_id, 'FR')
    """,
}


def places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def changed(base: dict[str, Any], chance: random.Random) -> dict[str, Any] | None:
    """The record with a few values replaced or left out; none where it is no valid record."""
    document = copy.deepcopy(base)
    for _ in range(chance.randrange(1, 5)):
        *above, last = chance.choice([path for path in places(document) if path[0] not in FIXED])
        part: Any = document
        for key in above:
            part = part[key]
        if chance.random() < 0.4 and isinstance(part, dict):
            del part[last]
        else:
            part[last] = copy.deepcopy(chance.choice(VALUES))
    try:
        read_record(json.dumps(document).encode())
    except RecordError:
        return None
    return document


def test_every_format_stands_what_a_record_may_leave_out(
    complete: dict[str, Any], trial: Callable[..., Any], written: Callable[..., dict[str, bytes]]
) -> None:
    chance = random.Random(20260226)
    documents: list[dict[str, Any]] = []
    while len(documents) < 12:
        document = changed(complete, chance)
        if document is not None:
            documents.append(document | {"subject_id": f"ZS01-{len(documents):03}"})
    for unmasked in (False, True):
        made = written(trial(documents, unmasked=unmasked), "html", "markdown", "xlsx", "csv", "sdtm")
        assert all(made.values())


def test_nobody_randomized_and_nothing_known(
    trial: Callable[..., Any], written: Callable[..., dict[str, bytes]]
) -> None:
    empty = [{"schema_version": "1.0", "subject_id": name} for name in ("A", "B")]
    made = written(trial(empty))
    page = made["trial.html"].decode()
    assert "Nobody has been randomized yet." in page
    assert "No QFR that decides is recorded." in page
    assert "Assessed" in page
    assert "Consented" not in page, "a consent that is not recorded is none"
    assert all(made.values())


def test_another_trial_is_reported_by_its_files_alone(tmp_path: Path) -> None:
    for name, text in LITTLE_TRIAL.items():
        (tmp_path / name).write_text(textwrap.dedent(text), "utf-8")
    book = rulebook(tmp_path)
    checker = Checker(book)
    people = []
    for subject, site in (("S1", "FR01"), ("S2", "DE01"), ("S3", None)):
        data = json.dumps({"schema_version": "1.0", "subject_id": subject, "site_id": site}).encode()
        record = read_record(data)
        people.append(Judged(record, checker.subject(record, data)))
    frame = Frame("2028-01-15T08:00:00+00:00", checker.software, checker.protocol, study_of(book))
    shown = trial_of(cases_of(people, frame.study), frame, Ledger(), unmasked=False)
    made = {file.name: file.finish(file.make()) for file in files(shown, FORMATS)}
    assert "VISITS: was the protocol followed?" in made["trial.html"].decode()
    assert json.loads(made["sdtm/ti.json"])["rows"][0][2] == "INA"
    assert [row[2] for row in json.loads(made["sdtm/ie.json"])["rows"]] == ["NCT99999999-S2"]
    assert b"PRECISE CAL" not in made["trial.html"]
    assert b"QFR" not in made["sdtm/ts.json"]
