"""A small synthetic trial, judged once, and its documents in every format."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cli.report_study import study_of
from precise_cal.engine.check import Checker
from precise_cal.engine.needed import needed
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.load import records_of
from precise_cal.reports.assemble import Frame, Judged, cases_of, trial_of
from precise_cal.reports.files import FORMATS, files
from precise_cal.reports.ledger import Ledger
from precise_cal.rules import bundled
from precise_cal.simulate import cohort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.reports.case import Trial

read_record = records_of(bundled()).read

PARTICIPANTS, SEED = 24, 5


@pytest.fixture(scope="session")
def records() -> list[dict[str, Any]]:
    """Participants of a synthetic trial, some of them against the protocol; never changed by a test."""
    found = [*cohort(PARTICIPANTS, SEED)]
    found[0]["lesions"][0]["reference_vessel_diameter"][0]["value"] = "2.20"
    found[1]["renal"]["on_dialysis"] = None
    found[2]["labs"] = found[2]["labs"][:1]
    return found


@pytest.fixture(scope="session")
def records_file(records: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same participants as JSON Lines."""
    path = tmp_path_factory.mktemp("records") / "trial.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def frame(book: Rulebook) -> Frame:
    """What reports share: a fixed time, the bundled rules."""
    checker = Checker(book)
    return Frame("2028-01-15T08:00:00+00:00", checker.software, checker.protocol, study_of(book), "device GCP 2022")


@pytest.fixture(scope="session")
def trial(book: Rulebook, frame: Frame) -> Callable[..., Trial]:
    """From records to what documents show."""
    checker = Checker(book)

    def of(documents: Iterable[Any], ledger: Ledger | None = None, *, unmasked: bool = False) -> Trial:
        judged = []
        for document in documents:
            data = json.dumps(document).encode()
            record = read_record(data)
            subject = checker.subject(record, data)
            judged.append(Judged(record, subject, needed=needed(book, data, subject)))
        return trial_of(cases_of(judged, frame.study), frame, ledger or Ledger(), unmasked=unmasked)

    return of


@pytest.fixture(scope="session")
def written() -> Callable[..., dict[str, bytes]]:
    """The files of a trial by name, in the formats asked for."""

    def of(shown: Trial, *formats: Any, only: str = "") -> dict[str, bytes]:
        planned = [file for file in files(shown, formats or FORMATS) if only in file.name]
        return {file.name: file.finish(file.make()) for file in planned}

    return of


@pytest.fixture
def participant(complete: dict[str, Any]) -> dict[str, Any]:
    """A randomized participant with nothing to find, free to change."""
    return copy.deepcopy(complete)


@pytest.fixture(autouse=True)
def _rules_read_once(book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands take the rules that this session has read already; reading them is tested elsewhere."""
    monkeypatch.setattr(
        "precise_cal.cli.report_run.rulebook", lambda folder: book if folder == bundled() else rulebook(folder)
    )
