"""SDTM: the facts of CDISC's rules for IE, DV, TI and TV, the schema of Dataset-JSON, and SAS files read back."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pyreadstat
import pytest

from precise_cal.reports.ledger import Entry, Ledger
from precise_cal.reports.sdtm.dataset import MOST, ascii_text, dtc, pieces, shortened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEST_CODE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,7}\Z")
NAMES = ("ie", "dv", "suppdv", "ti", "suppti", "tv", "ts", "ce", "ds")


@pytest.fixture(scope="module")
def decided(records: list[dict[str, Any]], trial: Callable[..., Any]) -> Any:
    """A trial in which every second deviation is confirmed."""
    values = {"Decision": "confirmed", "Decided by": "Dr Li", "Decided on": "2028-01-10"}
    found = trial(records).findings
    entries = [Entry("Deviations", one.id, 1, one.fingerprint, values, "", "", "") for _, one in found[::2]]
    return trial(records, Ledger(tuple(entries)))


@pytest.fixture(scope="module")
def made(decided: Any, written: Callable[..., dict[str, bytes]]) -> dict[str, bytes]:
    return {name.removeprefix("sdtm/"): data for name, data in written(decided, "sdtm").items()}


@pytest.fixture(scope="module")
def tables(made: dict[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    """Rows by variable, from the Dataset-JSON files."""
    found = {}
    for name in NAMES:
        content = json.loads(made[f"{name}.json"])
        columns = [column["name"] for column in content["columns"]]
        found[name] = [dict(zip(columns, row, strict=True)) for row in content["rows"]]
    return found


def violations(tables: dict[str, list[dict[str, Any]]], consents: dict[str, str]) -> set[str]:
    """The rules that rows break: CORE-000001, 11, 25, 86, 155, 156, 220, 227, 228, 318, 541, and CG0253 with CG0254."""
    codes, words = ({row[name] for row in tables["ti"]} for name in ("IETESTCD", "IETEST"))
    broken = set()
    for row in tables["ie"]:
        broken |= {"CORE-000001"} if row["IECAT"] == "INCLUSION" and row["IEORRES"] != "N" else set()
        broken |= {"CORE-000011"} if row["IECAT"] == "EXCLUSION" and row["IEORRES"] != "Y" else set()
        broken |= {"CORE-000025"} if row["IESTRESC"] != row["IEORRES"] else set()
        broken |= {"CORE-000227"} if row["IETEST"] not in words else set()
        broken |= {"CORE-000228"} if row["IETESTCD"] not in codes else set()
        broken |= {"CORE-000220"} if not TEST_CODE.match(row["IETESTCD"]) else set()
    for row in tables["ti"]:
        broken |= {"CORE-000541"} if not TEST_CODE.match(row["IETESTCD"]) else set()
        broken |= {"CG0253", "CG0254"} if not row.get("TIVERS") else set()
    for row in tables["dv"]:
        start, consent = row.get("DVSTDTC", ""), consents.get(row["USUBJID"], "")
        length = min(len(start), len(consent))
        broken |= {"CORE-000086"} if start and start[:length] < consent[:length] else set()
    for row in tables["tv"]:  # there is no TA: a planned arm named here could not be found in it
        broken |= {"CORE-000155"} if row["ARMCD"] else set()
        broken |= {"CORE-000156", "CORE-000318"} if row.get("ARM") else set()
    return broken


def test_the_rules_hold(tables: dict[str, list[dict[str, Any]]], decided: Any) -> None:
    offset = decided.study.utc_offset_minutes
    consents = {f"NCT07277114-{case.id}": dtc(case.record.consent.signed_at, offset) for case in decided.cases}
    assert len(tables["ie"]) > 2
    assert len(tables["dv"]) > 2
    assert violations(tables, consents) == set()


BROKEN: dict[str, tuple[str, dict[str, Any]]] = {
    "CORE-000001": ("ie", {"IECAT": "INCLUSION", "IEORRES": "Y", "IESTRESC": "Y"}),
    "CORE-000011": ("ie", {"IECAT": "EXCLUSION", "IEORRES": "N", "IESTRESC": "N"}),
    "CORE-000025": ("ie", {"IESTRESC": ""}),
    "CORE-000086": ("dv", {"DVSTDTC": "1999-01-01"}),
    "CORE-000155": ("tv", {"ARMCD": "DCB"}),
    "CORE-000156": ("tv", {"ARM": "Drug coated balloon"}),
    "CORE-000220": ("ie", {"IETESTCD": "1IN"}),
    "CORE-000227": ("ie", {"IETEST": "another wording"}),
    "CORE-000228": ("ie", {"IETESTCD": "IN99"}),
    "CORE-000541": ("ti", {"IETESTCD": "IN-1"}),
    "CG0253": ("ti", {"TIVERS": ""}),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_row_that_breaks_a_rule_is_found(rule: str, tables: dict[str, list[dict[str, Any]]], decided: Any) -> None:
    """Our reading of each rule has teeth: one row of the written tables is changed so that it breaks it."""
    name, change = BROKEN[rule]
    offset = decided.study.utc_offset_minutes
    consents = {f"NCT07277114-{case.id}": dtc(case.record.consent.signed_at, offset) for case in decided.cases}
    changed = {**tables, name: [{**tables[name][0], **change}, *tables[name][1:]]}
    assert rule in violations(changed, consents)


COLUMN = {"itemOID", "name", "label", "dataType"}
HEAD = {
    "datasetJSONCreationDateTime",
    "datasetJSONVersion",
    "itemGroupOID",
    "records",
    "name",
    "label",
    "columns",
    "rows",
}


@pytest.mark.parametrize("name", NAMES)
def test_dataset_json_has_what_its_version_asks_for(name: str, made: dict[str, bytes]) -> None:
    """Dataset-JSON 1.1: the attributes that must stand, columns that name themselves, and rows as wide as these."""
    content = json.loads(made[f"{name}.json"])
    assert set(content) >= HEAD
    assert content["datasetJSONVersion"].startswith("1.1")
    assert all(set(column) >= COLUMN for column in content["columns"])
    assert len({column["name"] for column in content["columns"]}) == len(content["columns"])
    assert {column["dataType"] for column in content["columns"]} <= {
        "string",
        "integer",
        "decimal",
        "float",
        "date",
        "datetime",
    }
    assert content["records"] == len(content["rows"])
    assert all(len(row) == len(content["columns"]) for row in content["rows"])
    for row in content["rows"]:
        for value, column in zip(row, content["columns"], strict=True):
            assert value is None or isinstance(value, int if column["dataType"] == "integer" else str), column["name"]


@pytest.mark.realdata
@pytest.mark.parametrize("rule", ["000001", "000011", "000025", "000227", "000228"])
def test_our_reading_of_a_rule_finds_what_cdisc_marks(
    rule: str, shared: Path, tables: dict[str, list[dict[str, Any]]]
) -> None:
    """CDISC's own negative examples break the rule, and its positive examples do not."""
    folder = shared / "data/sdtm/core-rules/Published" / f"CORE-{rule}"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")

    def rows(part: Path, name: str) -> list[dict[str, str]]:
        path = part / "data" / f"{name}.csv"
        return list(csv.DictReader(io.StringIO(path.read_text("utf-8")))) if path.exists() else []

    for kind in ("negative", "positive"):
        for part in sorted((folder / kind).iterdir()):
            ie = [{**row, "IETESTCD": row.get("IETESTCD", "A")} for row in rows(part, "ie")]
            ti = rows(part, "ti") or [{"IETESTCD": row["IETESTCD"], "IETEST": row["IETEST"]} for row in ie]
            found = violations({"ie": ie, "ti": ti, "dv": [], "tv": []}, {})
            assert (f"CORE-{rule}" in found) == (kind == "negative"), (kind, part)


@pytest.mark.realdata
def test_dataset_json_follows_its_schema(made: dict[str, bytes], shared: Path) -> None:
    path = shared / "data/sdtm/dataset-json/dataset.schema.json"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    validator = jsonschema.Draft201909Validator(json.loads(path.read_text("utf-8")))
    for name in NAMES:
        content = json.loads(made[f"{name}.json"])
        assert not list(validator.iter_errors(content)), name
        assert content["records"] == len(content["rows"])
        assert all(len(row) == len(content["columns"]) for row in content["rows"])


@pytest.mark.parametrize("name", NAMES)
def test_sas_file_reads_back_as_what_the_json_has(
    name: str, made: dict[str, bytes], tables: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    path = tmp_path / f"{name}.xpt"
    path.write_bytes(made[f"{name}.xpt"])
    frame, meta = pyreadstat.read_xport(str(path))
    described = {one["name"]: one for one in json.loads(made["define.json"])["datasets"]}[name.upper()]
    assert meta.table_name == name.upper()
    assert meta.column_names == [one["name"] for one in described["variables"]]
    assert meta.column_labels == [one["label"][:40] for one in described["variables"]]
    assert described["records"] == len(frame) == len(tables[name])
    for row, expected in zip(frame.to_dict("records"), tables[name], strict=True):
        for key, value in expected.items():
            if isinstance(value, int):
                assert row[key] == value
            elif value is None:
                assert row[key] != row[key]  # NaN
            else:
                assert str(row[key]).rstrip() == ascii_text(value).rstrip()


def test_only_confirmed_deviations_are_in_dv(decided: Any, tables: dict[str, list[dict[str, Any]]]) -> None:
    by_status: dict[str, set[str]] = {"confirmed": set(), "candidate": set()}
    for _, one in decided.findings:
        by_status[one.status].add(one.id)
    assert {row["DVSPID"] for row in tables["dv"]} == by_status["confirmed"]
    assert {row["IDVARVAL"] for row in tables["suppdv"] if row["QNAM"] == "DVCAND"} == by_status["candidate"]
    sequences = {(row["USUBJID"], row["DVSEQ"]) for row in tables["dv"]}
    assert {(row["USUBJID"], int(row["IDVARVAL"])) for row in tables["suppdv"] if row["IDVAR"] == "DVSEQ"} == sequences


def test_the_rule_of_a_criterion_is_whole(tables: dict[str, list[dict[str, Any]]], decided: Any) -> None:
    for one in decided.study.criteria:
        first = [row["TIRL"] for row in tables["ti"] if row["IETESTCD"] == one.short_name]
        rest = [row["QVAL"] for row in tables["suppti"] if row["IDVARVAL"] == one.short_name]
        assert " ".join([*first, *rest]) == ascii_text(" ".join(one.expression.split()))


def test_study_days_have_no_zero(tables: dict[str, list[dict[str, Any]]]) -> None:
    days = [
        row[name]
        for table, name in (("ds", "DSSTDY"), ("ce", "CESTDY"), ("dv", "DVSTDY"))
        for row in tables[table]
        if name in row
    ]
    assert 0 not in days
    assert 1 in days


def test_no_arm_is_told(made: dict[str, bytes]) -> None:
    for name in ("ds", "ce", "dv", "suppdv"):
        assert b'"DCB"' not in made[f"{name}.json"]
        assert b'"DES"' not in made[f"{name}.json"]


@pytest.mark.parametrize(
    ("convention", "expected"),
    [("category", {"ELIGIBILITY"}), ("importance", {"IMPORTANT", "NON-IMPORTANT"}), ("severity", {"MAJOR", "MINOR"})],
)
def test_dvcat_follows_the_sponsor(decided: Any, convention: str, expected: set[str]) -> None:
    from precise_cal.reports.sdtm.deviations import dv

    found = set(dv(decided, convention).column("DVCAT"))
    assert found <= expected or (convention == "category" and expected <= found)


def test_long_texts_are_cut_or_parted_where_words_end() -> None:
    text = "≥ word " * 60
    assert len(ascii_text(shortened(text))) <= MOST
    assert " ".join(pieces(text)) == ascii_text(text).strip()
    assert max(map(len, pieces("x" * 450))) == MOST
