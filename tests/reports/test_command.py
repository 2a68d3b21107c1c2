"""``precise report`` as users meet it: files whole or not at all, clear refusals, documents that read well."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import re
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pypdf
import pytest

from precise_cal.cli.report_record import readers_of
from precise_cal.cli.report_study import _counted, study_of
from precise_cal.files.errors import FileError
from precise_cal.files.folder import Output
from precise_cal.reports.produce import produce

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.reports.record import Facts

SPEC = importlib.util.spec_from_file_location("reading", Path(__file__).parent / "reading.py")
assert SPEC is not None
assert SPEC.loader is not None
reading = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reading)
EXAMPLE = Path(__file__).parents[2] / "examples" / "participants" / "17-randomized-against-criteria.json"


def test_documents_know_of_a_participant_what_the_record_says(book: Rulebook, participant: dict[str, Any]) -> None:
    def known(document: dict[str, Any]) -> Facts:
        return readers_of(book).facts(book.records.record(document))

    facts = known(participant)
    record = book.records.record(participant)
    assert (facts.enrolled, facts.enrolled_at, facts.arm) == (True, record.randomization.at, "DCB")
    assert (facts.consented, facts.consented_at) == (True, record.consent.signed_at)
    assert (facts.cutoff, facts.protocol_version) == (record.data_cutoff, "registry-2026-02-26")
    assert facts.day_zero is not None
    assert (facts.ended_at, facts.treatment_ended_at) == (record.disposition.date, record.hospital.discharged_at)
    none = known(participant | {"randomization": None, "consent": {"written": None}})
    assert (none.enrolled, none.enrolled_at, none.arm, none.consented, none.consented_at) == (
        *(False, None, None),
        *(False, None),
    )


def test_findings_beside_outcomes_have_a_caption_of_their_own_where_the_trial_gives_one(book: Rulebook) -> None:
    assert study_of(book).counted.caption.startswith("Periprocedural infarction by the registered definition")
    side = SimpleNamespace(title=None, caption=None, about=None, beside=())
    report: Any = SimpleNamespace(side_findings=side, by_arm=SimpleNamespace(outcomes=None))
    edition: Any = SimpleNamespace(rules=())
    found = _counted(report, edition)
    assert (found.side, found.caption, found.about, found.beside, found.by_arm) == ("", "Side findings", "", (), ())


def test_one_participant_gives_one_report_in_each_format(precise: Callable[..., Any], tmp_path: Path) -> None:
    said = precise("report", EXAMPLE, "--out", tmp_path / "r")
    assert (said.status, said.out) == (0, "")
    names = {str(path.relative_to(tmp_path / "r")) for path in (tmp_path / "r").rglob("*") if path.is_file()}
    assert {
        "participant-ZS01-017.html",
        "participant-ZS01-017.pdf",
        "findings.xlsx",
        "sdtm/ie.xpt",
        "sdtm/define.xml",
    } <= names
    page = (tmp_path / "r" / "participant-ZS01-017.html").read_text("utf-8")
    for words in (
        "2.2 mm",
        "Reference diameter 2.2 mm by QCA: below 2.25 mm",
        "/lesions/0/reference_vessel_diameter/0",
        "randomized against inclusion criterion 5",
    ):
        assert words in page
    assert precise("report", EXAMPLE, "--out", tmp_path / "r").status == 2
    assert [path.name for path in tmp_path.iterdir()] == ["r"], "nothing is left beside the folder"


def test_existing_files_stay_unless_forced(precise: Callable[..., Any], tmp_path: Path) -> None:
    target = tmp_path / "participant-ZS01-017.html"
    target.write_text("mine", encoding="utf-8")
    said = precise("report", EXAMPLE, "--out", tmp_path, "--format", "html,csv")
    assert (said.status, "--force" in said.err, target.read_text("utf-8")) == (2, True, "mine")
    assert not (tmp_path / "csv").exists()
    assert precise("report", EXAMPLE, "--out", tmp_path, "--format", "html,csv", "--force").status == 0
    assert target.read_text("utf-8").startswith("<!doctype html>")


def test_candidates_are_written_where_they_are_asked_for(precise: Callable[..., Any], tmp_path: Path) -> None:
    assert precise("report", EXAMPLE, "--out", tmp_path, "--format", "sdtm", "--no-submission").status == 0
    assert b"DVCAND" in (tmp_path / "sdtm" / "suppdv.json").read_bytes()


def test_without_the_library_of_descriptions_datasets_are_written_and_that_is_told(
    precise: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("reports.sdtm.files", "cli.report_run"):
        monkeypatch.setattr(f"precise_cal.{module}.find_spec", lambda _: None)
    said = precise("report", EXAMPLE, "--out", tmp_path, "--format", "sdtm")
    assert said.status == 0
    assert "define.xml is left out: it needs pip install 'precise-cal[submission]'" in said.err
    assert not (tmp_path / "sdtm" / "define.xml").exists()
    assert "metaDataRef" not in json.loads((tmp_path / "sdtm" / "dm.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--format", "docx"], '--format "docx": should be some of html, pdf, xlsx, sdtm, adam, csv, markdown'),
        (["--format", ","], "should be some of"),
        (["--dvcat", "grade"], '--dvcat "grade": should be category, importance or severity'),
        (["--now", "2027-01"], "should be a whole date"),
        (["--merge", "absent.xlsx"], "absent.xlsx: not merged, nothing was written"),
    ],
)
def test_wrong_options_are_told(precise: Callable[..., Any], tmp_path: Path, options: list[str], told: str) -> None:
    said = precise("report", EXAMPLE, "--out", tmp_path / "r", *options)
    assert (said.status, told in said.err) == (2, True), said.err
    assert not (tmp_path / "r").exists()


def test_a_record_that_cannot_be_read_stops_everything(precise: Callable[..., Any], tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"schema_version": "1.0", "subject_id": "X", "sexx": 1}', encoding="utf-8")
    said = precise("report", EXAMPLE, bad, "--out", tmp_path / "r")
    assert said.status == 2
    assert "sexx" in said.err
    assert "1 record cannot be reported on; nothing was written" in said.err
    assert not (tmp_path / "r").exists()


def test_a_participant_who_comes_twice_is_told(precise: Callable[..., Any], tmp_path: Path) -> None:
    twin = tmp_path / "twin.json"
    twin.write_bytes(EXAMPLE.read_bytes())
    said = precise("report", EXAMPLE, twin, "--out", tmp_path / "r")
    assert (said.status, '"ZS01-017" was read from' in said.err) == (2, True)


def test_a_failure_midway_leaves_nothing(tmp_path: Path) -> None:
    def half(*, fails: bool) -> None:
        with Output(tmp_path / "r") as output:
            output.expect(["a", "b"], force=False)
            output.write("a", b"1")
            if fails:
                raise RuntimeError
            output.commit()

    with pytest.raises(RuntimeError):
        half(fails=True)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileError, match="was not made"):
        half(fails=False)
    assert not (tmp_path / "r").exists()


@pytest.mark.slow
def test_other_processes_make_the_same_files(
    records: list[dict[str, Any]], trial: Callable[..., Any], written: Callable[..., Any]
) -> None:
    from precise_cal.reports.files import files

    shown = trial(records[:13])
    assert dict(produce(list(files(shown, ["pdf"])))) == written(shown, "pdf")


def test_the_same_input_gives_the_same_files(precise: Callable[..., Any], tmp_path: Path) -> None:
    for name in ("a", "b"):
        options = ("--format", "html,pdf,csv,markdown", "--now", "2027-06-30T00:00:00+08:00")
        assert precise("report", EXAMPLE, "--out", tmp_path / name, *options).status == 0
    files = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file()]
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)


@pytest.fixture(scope="module")
def pages(trial: Callable[..., Any], records: list[dict[str, Any]], written: Callable[..., Any]) -> dict[str, str]:
    return {name: data.decode() for name, data in written(trial(records), "html").items()}


def test_pages_ask_for_nothing_and_can_be_read_aloud(pages: dict[str, str]) -> None:
    for name in ("trial.html", min(one for one in pages if one.startswith("participants/"))):
        page = reading.Page(pages[name])
        ids = [attributes["id"] for _, attributes in page.elements if attributes.get("id")]
        assert len(ids) == len(set(ids)), name
        tags = [tag for tag, _ in page.elements]
        assert tags.count("h1") == 1
        assert tags.count("table") == tags.count("caption")
        levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
        assert all(after - before <= 1 for before, after in pairwise(levels))
        for tag, attributes in page.elements:
            assert tag not in ("img", "link", "iframe", "object")
            assert "style" not in attributes
            href = attributes.get("href", "") or ""
            assert href.startswith("#") or re.fullmatch(r"(\.\./)?[\w./-]+\.html", href) or not href
            if tag == "th":
                assert attributes.get("scope") in ("col", "row", "rowgroup")
            if tag == "svg":
                assert attributes.get("role") == "img"
                assert attributes.get("aria-label")
            for reference in (
                attributes.get("aria-labelledby"),
                href.removeprefix("#") if href.startswith("#") else None,
            ):
                assert reference is None or reference in ids
        assert ("html", {"lang": "en"}) in page.elements or any(
            tag == "html" and attributes.get("lang") == "en" for tag, attributes in page.elements
        )
        assert "http://" not in pages[name].replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in pages[name]


def test_links_between_pages_lead_somewhere(pages: dict[str, str]) -> None:
    links = {attributes["href"] for tag, attributes in reading.Page(pages["trial.html"]).elements if tag == "a"}
    assert {link for link in links if link and not link.startswith("#")} == set(pages) - {"trial.html"}


def test_words_come_before_color(pages: dict[str, str]) -> None:
    """Every tone stands on a word with a mark of its own."""
    for span in re.findall(r'<span class="w (\w+)">(.*?)</span>', pages["trial.html"]):
        mark = {"bad": "✗", "open": "?", "good": "✓", "quiet": "·"}[span[0]]
        assert re.fullmatch(rf'<i aria-hidden="true">{re.escape(mark)}</i>.+', span[1])


def test_unknown_is_never_shown_as_failure_or_pass(
    trial: Callable[..., Any], participant: dict[str, Any], written: Callable[..., Any]
) -> None:
    participant["renal"] = None
    page = reading.Page(written(trial([participant]), "html")["participant-ZS01-001.html"].decode())
    row = next(row for row in page.tables["criteria-table"] if row[0].startswith("EX-2"))
    assert row[1:4] == ["unknown", "Not known whether the participant is on dialysis, or requires it", "not known"]
    assert "Every criterion is met" not in page.text


def test_pdf_is_tagged_with_title_language_and_bookmarks(
    trial: Callable[..., Any], records: list[dict[str, Any]], written: Callable[..., Any]
) -> None:
    data = written(trial(records[:2]), "pdf", only="trial.pdf")["trial.pdf"]
    reader = pypdf.PdfReader(io.BytesIO(data))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == "PRECISE CAL: was the protocol followed?"
    assert "Open queries" in [one.title for one in reader.outline if not isinstance(one, list)]


def test_a_qfr_analysis_brings_its_pullback(
    precise: Callable[..., Any], participant: dict[str, Any], tmp_path: Path
) -> None:
    profile = {"s_mm": [0, 10, 20], "diameter_mm": [3, 1.5, 3], "reference_mm": [3, 3, 3], "qfr": [1, 0.93, 0.884]}
    interval = {"level": 0.95, "low": 0.83, "high": 0.92}
    analysis = {"qfr": 0.884, "interval": interval, "profile": profile, "lesions": [{"start_mm": 7, "end_mm": 13}]}
    saved = tmp_path / "analysis.json"
    saved.write_text(json.dumps(analysis), encoding="utf-8")
    digest = hashlib.sha256(saved.read_bytes()).hexdigest()
    participant["qfr_measurements"][0]["analysis"] = {"file": "analysis.json", "sha256": digest}
    record = tmp_path / "record.json"
    record.write_text(json.dumps(participant), encoding="utf-8")
    assert precise("report", record, "--out", tmp_path / "r", "--format", "html").status == 0
    page = (tmp_path / "r" / "participant-ZS01-001.html").read_text("utf-8")
    assert "LAD, post modification: QFR 0.884, interval 0.83 to 0.92 (analysis.json)" in page
    saved.write_text("{}", encoding="utf-8")
    said = precise("report", record, "--out", tmp_path / "s", "--format", "html")
    assert (said.status, "is not the file whose SHA-256 the record has" in said.err) == (0, True)
    assert (
        "pullback" not in reading.Page((tmp_path / "s" / "participant-ZS01-001.html").read_text("utf-8")).text.lower()
    )
