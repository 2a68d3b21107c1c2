"""SDTM: the facts of CDISC's rules, the schemas of Dataset-JSON and Define-XML, and SAS files read back."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import jsonschema
import odmlib
import pandas as pd
import pyreadstat
import pytest
import xmlschema

from precise_cal.protocol.sdtm import codelists, datasets
from precise_cal.reports.ledger import Entry, Ledger
from precise_cal.reports.sdtm.dataset import _note
from precise_cal.reports.sdtm.deviations import dv
from precise_cal.reports.sdtm.files import clocks_of
from precise_cal.reports.sdtm.files import datasets as sdtm_datasets
from precise_cal.reports.sdtm.text import MOST, ascii_text, dtc, pieces, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

TEST_CODE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,7}\Z")
NAMES = (
    *(
        "ce",
        "cv",
        "di",
        "dm",
        "ds",
        "dv",
        "ie",
        "lb",
        "pr",
        "relrec",
        "se",
        "suppdv",
        "sv",
        "ta",
        "te",
        "ti",
        "ts",
        "tv",
    ),
    *("dx", "du", "ae"),
)
CAPA = "研究中心已重新培训全体研究者并核对所有受试者的知情同意书，" * 5
"""A Chinese text of 145 characters."""


@pytest.fixture(scope="module")
def decided(records: list[dict[str, Any]], trial: Callable[..., Any]) -> Any:
    """A trial in which every second deviation is confirmed."""
    values = {
        "Decision": "confirmed",
        "Decided by": "Dr Li",
        "Decided on": "2028-01-10",
        "Corrective and preventive action": CAPA,
    }
    found = trial(records, unmasked=True).findings
    entries = [Entry("Deviations", one.id, 1, one.fingerprint, values, "", "", "") for _, one in found[::2]]
    return trial(records, Ledger(tuple(entries)), unmasked=True)


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
    for row in tables["tv"]:
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
            expected = {"integer": int, "float": float}.get(column["dataType"], str)
            assert value is None or isinstance(value, expected), column["name"]


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


def frame_of(made: dict[str, bytes], name: str, folder: Path) -> tuple[Any, Any]:
    """A SAS file as pyreadstat reads it."""
    path = folder / f"{name}.xpt"
    path.write_bytes(made[f"{name}.xpt"])
    return pyreadstat.read_xport(str(path))


def test_sas_files_read_back_as_what_the_json_has(
    made: dict[str, bytes], tables: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    for name in sorted({*NAMES} - {"suppdv", "ts", "ti"}):
        frame, meta = frame_of(made, name, tmp_path)
        columns = json.loads(made[f"{name}.json"])["columns"]
        assert meta.table_name == name.upper()
        assert meta.column_names == [one["name"] for one in columns]
        assert meta.column_labels == [one["label"] for one in columns]
        assert len(frame) == len(tables[name])
        for row, expected in zip(frame.to_dict("records"), tables[name], strict=True):
            for key, value in expected.items():
                if isinstance(value, int | float):
                    assert row[key] == value
                elif value is None:
                    assert row[key] != row[key]  # NaN
                else:
                    assert str(row[key]).rstrip() == ascii_text(value).rstrip()


def test_pandas_reads_every_sas_file(made: dict[str, bytes], tmp_path: Path) -> None:
    for name in NAMES:
        path = tmp_path / f"{name}.xpt"
        path.write_bytes(made[f"{name}.xpt"])
        assert len(pd.read_sas(path, format="xport", encoding="ascii")) > 0, name


def test_no_dataset_is_empty(made: dict[str, bytes], trial: Callable[..., Any], written: Callable[..., Any]) -> None:
    assert all(json.loads(data)["records"] for name, data in made.items() if name.endswith(".json"))
    undecided = written(trial([]), "sdtm", only="dv")
    assert undecided == {}, "nothing is confirmed: there is no DV"


def test_chinese_is_whole_in_json_and_parted_in_sas_files(
    made: dict[str, bytes], tables: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    assert {row["QVAL"] for row in tables["suppdv"] if row["QNAM"] == "DVCAPA"} == {CAPA}
    frame, _ = frame_of(made, "suppdv", tmp_path)
    parts = frame[frame.QNAM.str.startswith("DVCAPA")]
    whole = parts.groupby(["USUBJID", "IDVARVAL"]).QVAL.sum()
    assert {text.encode("ascii").decode("unicode_escape") for text in whole} == {CAPA}
    assert set(parts.QNAM) == {"DVCAPA", *(f"DVCAPA{number}" for number in range(1, 5))}
    assert frame.QVAL.str.len().max() <= MOST


def test_only_confirmed_deviations_are_in_dv(decided: Any, tables: dict[str, list[dict[str, Any]]]) -> None:
    confirmed = {one.id for _, one in decided.findings if one.status == "confirmed"}
    assert {row["DVSPID"] for row in tables["dv"]} == confirmed
    sequences = {(row["USUBJID"], row["DVSEQ"]) for row in tables["dv"]}
    assert {(row["USUBJID"], int(row["IDVARVAL"])) for row in tables["suppdv"]} == sequences


def test_candidates_stand_in_a_working_copy_alone(decided: Any, tables: dict[str, list[dict[str, Any]]]) -> None:
    made = sdtm_datasets(decided, "category", submission=False)
    candidates = {one.id for _, one in decided.findings if one.status == "candidate"}
    assert candidates
    assert {row["IDVARVAL"] for row in made["SUPPDV"].records if row["QNAM"] == "DVCAND"} == candidates
    assert not [row for row in tables["suppdv"] if row["QNAM"].startswith("DVCAND")]


def test_the_rule_of_a_criterion_is_whole(
    tables: dict[str, list[dict[str, Any]]], made: dict[str, bytes], decided: Any
) -> None:
    """In JSON and in the description; a transport file has room for 200 characters, and says where the rest is."""
    expected = {one.short_name: " ".join(one.expression.split()) for one in decided.study.criteria}
    assert {row["IETESTCD"]: row["TIRL"] for row in tables["ti"]} == expected
    found = ElementTree.fromstring(made["define.xml"]).iter("{http://www.cdisc.org/ns/odm/v1.3}FormalExpression")
    assert {one.text for one in found} == set(expected.values())
    assert "suppti.xpt" not in made


def test_deviations_are_told_in_words(tables: dict[str, list[dict[str, Any]]], decided: Any) -> None:
    titles = tuple(decided.study.titles.values())
    for row in tables["dv"]:
        assert row["DVTERM"].startswith(titles) or row["DVTERM"] == row["DVDECOD"], row["DVTERM"]
        assert not re.search(r"(true|false|\b[A-Z]+-\d+: )", row["DVTERM"])


def test_labels_and_order_of_variables_are_those_of_the_guide(made: dict[str, bytes]) -> None:
    for name in NAMES:
        known = datasets()["SUPPQUAL" if name.startswith("supp") else name.upper()]
        labels = {one.name: one.label for one in known.variables}
        columns = json.loads(made[f"{name}.json"])["columns"]
        assert [one["label"] for one in columns] == [labels[one["name"]] for one in columns]
        assert [one["name"] for one in columns] == [one for one in known.names if one in {c["name"] for c in columns}]


def test_rows_stand_in_the_order_of_their_keys_which_tell_them_apart(decided: Any) -> None:
    for one in sdtm_datasets(decided, "category", submission=True).values():
        rows = [tuple(_sortable(row[key]) for key in one.keys) for row in one.records]
        assert rows == sorted(rows), one.name
        assert len(set(rows)) == len(rows), one.name


def _sortable(value: Any) -> tuple[float, str]:
    return (0, value) if isinstance(value, str) else (-1 if value is None else value, "")


def test_terms_of_closed_lists_are_terms(decided: Any) -> None:
    for one in sdtm_datasets(decided, "category", submission=True).values():
        for variable in one.variables:
            lists = [codelists()[code] for code in variable.codelists]
            if lists and not any(each.is_extensible for each in lists):
                known = {term for each in lists for term in each.terms}
                assert {value for value in one.column(variable.name) if value} <= known, variable.name


def test_epochs_are_those_of_the_elements(tables: dict[str, list[dict[str, Any]]]) -> None:
    """Every observation has the epoch of the element in which it lies; what has no date, one that was entered."""
    spans: dict[str, list[dict[str, Any]]] = {}
    for row in tables["se"]:
        spans.setdefault(row["USUBJID"], []).append(row)
    seen = set()
    for name, date in (("ce", "CESTDTC"), ("ds", "DSSTDTC"), ("dv", "DVSTDTC"), ("lb", "LBDTC"), ("pr", "PRSTDTC")):
        for row in tables[name]:
            at = row[date]
            of_subject = [
                one for one in spans[row["USUBJID"]] if at and one["SESTDTC"][: len(at)] <= at[: len(one["SESTDTC"])]
            ]
            assert not of_subject or row["EPOCH"] == of_subject[-1]["EPOCH"], row
            seen.add(row["EPOCH"])
    assert seen == {"SCREENING", "TREATMENT", "FOLLOW-UP"}


def test_there_is_no_study_day_without_a_reference(tables: dict[str, list[dict[str, Any]]]) -> None:
    without = {row["USUBJID"] for row in tables["dm"] if not row["RFSTDTC"]}
    assert without
    for rows in tables.values():
        for row in rows:
            if row.get("USUBJID") in without:
                assert not [key for key in row if key.endswith("DY") and key != "VISITDY" and row[key] is not None], row


def test_trial_summary_is_complete(tables: dict[str, list[dict[str, Any]]]) -> None:
    found = {row["TSPARMCD"]: row for row in tables["ts"]}
    assert {"FDADEIND", "SDTMDVER", "FCNTRY", "OBJPRIM", "ADDON", "STOPRULE", "TTYPE", "LENGTH", "SENDTC"} <= {*found}
    codes = {"INTTYPE": "C16830", "TBLIND": "C49659", "TPHASE": "C48660", "RANDOM": "C49488"}
    for name, code in codes.items():
        assert (found[name]["TSVALCD"], found[name]["TSVCDREF"]) == (code, "CDISC CT")
        assert found[name]["TSVCDVER"] == "2025-03-28"
    assert all(row["TSVAL"] or row["TSVALNF"] for row in tables["ts"])


def test_composites_are_in_analysis_data_alone(tables: dict[str, list[dict[str, Any]]]) -> None:
    assert {row["CECAT"] for row in tables["ce"]} == {"EVENT REPORTED BY THE SITE"}


def test_a_deviation_is_related_to_its_criterion(tables: dict[str, list[dict[str, Any]]]) -> None:
    unmet = {(row["USUBJID"], str(row["IESEQ"])): row["IESPID"] for row in tables["ie"]}
    pairs: dict[tuple[str, str], dict[str, str]] = {}
    for row in tables["relrec"]:
        pairs.setdefault((row["USUBJID"], row["RELID"]), {})[row["RDOMAIN"]] = row["IDVARVAL"]
    deviations = {(row["USUBJID"], str(row["DVSEQ"])): row["DVSPID"] for row in tables["dv"]}
    found = [(subject, pair) for (subject, _), pair in pairs.items() if "DV" in pair]
    assert found
    for subject, pair in found:
        assert unmet[subject, pair["IE"]] in deviations[subject, pair["DV"]]


def test_results_stand_in_one_unit_of_each_test(tables: dict[str, list[dict[str, Any]]]) -> None:
    units: dict[str, set[str]] = {}
    for row in tables["lb"]:
        units.setdefault(row["LBTESTCD"], set()).add(row["LBSTRESU"])
        assert (row["LBNRIND"] == "HIGH") == (row["LBSTRESN"] > row["LBSTNRHI"])
    assert all(len(one) == 1 for one in units.values())


def test_define_is_valid_and_tells_every_variable(made: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "define.xml"
    path.write_bytes(made["define.xml"])
    folder = Path(odmlib.__file__).parent / "schemas/define/2.1"
    schema = xmlschema.XMLSchema(str(folder / "define2-1-0.xsd"))
    assert [error.reason for error in schema.iter_errors(str(path))] == []
    name = {"odm": "http://www.cdisc.org/ns/odm/v1.3"}
    root = ElementTree.fromstring(made["define.xml"])
    told = {
        one.get("Name"): len(one.findall("odm:ItemRef", name)) for one in root.iter(f"{{{name['odm']}}}ItemGroupDef")
    }
    written = {path.removesuffix(".xpt").upper() for path in made if path.endswith(".xpt")}
    assert {*told} == written
    for one in {*NAMES} - {"ts", "suppdv"}:
        assert told[one.upper()] == len(json.loads(made[f"{one}.json"])["columns"])


LABELS = {
    "dm": """
        STUDYID Study Identifier; USUBJID Unique Subject Identifier; SUBJID Subject Identifier for the Study;
        RFSTDTC Subject Reference Start Date/Time; RFICDTC Date/Time of Informed Consent;
        RFPENDTC Date/Time of End of Participation; DTHFL Subject Death Flag; SITEID Study Site Identifier; AGE Age;
        AGEU Age Units; SEX Sex; ARMCD Planned Arm Code; ARM Description of Planned Arm; ACTARMCD Actual Arm Code;
        ACTARM Description of Actual Arm; COUNTRY Country
    """,
    "ds": """
        DSSEQ Sequence Number; DSTERM Reported Term for the Disposition Event;
        DSDECOD Standardized Disposition Term; DSCAT Category for Disposition Event;
        DSSTDTC Start Date/Time of Disposition Event; DSSTDY Study Day of Start of Disposition Event
    """,
    "ti": """
        IETESTCD Incl/Excl Criterion Short Name; IETEST Inclusion/Exclusion Criterion;
        IECAT Inclusion/Exclusion Category
    """,
    "tv": "VISITNUM Visit Number; VISIT Visit Name; ARMCD Planned Arm Code; TVSTRL Visit Start Rule",
}
"""Labels that the variables of any study have (SDTMIG 3.4, sections 5.2, 6.2.3, 7.4.1 and 7.3.1)."""


@pytest.mark.parametrize("name", LABELS)
def test_variables_have_the_labels_of_the_standard(name: str, made: dict[str, bytes]) -> None:
    labels = {one["name"]: one["label"] for one in json.loads(made[f"{name}.json"])["columns"]}
    standard = dict(" ".join(one.split()).split(" ", 1) for one in LABELS[name].split(";"))
    assert {variable: labels.get(variable) for variable in standard} == standard


def test_the_real_study_of_cdisc_has_our_labels(shared: Path) -> None:
    """Labels of the variables that CDISC's pilot study has too, but those that SDTMIG 3.4 changed."""
    folder = shared / "data/exchange/cdiscpilot"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    for name in ("dm", "ds", "sv", "ti", "tv"):
        _, meta = pyreadstat.read_xport(str(folder / f"{name}.xpt"), encoding="cp1252")
        known = {one.name: one.label for one in datasets()[name.upper()].variables}
        real = dict(zip(meta.column_names, meta.column_labels, strict=True))
        same = [one for one in real if known.get(one, "").lower() == real[one].lower()]
        assert len(same) >= len({*real} & {*known}) - 2, {one: (real[one], known.get(one)) for one in real}


def test_study_days_have_no_zero(tables: dict[str, list[dict[str, Any]]]) -> None:
    days = [
        row[name]
        for table, name in (("ds", "DSSTDY"), ("ce", "CESTDY"), ("dv", "DVSTDY"))
        for row in tables[table]
        if name in row
    ]
    assert 0 not in days
    assert 1 in days


def test_study_days_count_from_the_reference(tables: dict[str, list[dict[str, Any]]]) -> None:
    """SDTMIG 3.4, 4.4.4: the day of the reference is day 1, the one before it day -1; a day not known has no number."""
    references = {row["USUBJID"]: row["RFSTDTC"] for row in tables["dm"]}
    seen = set()
    for name, rows in tables.items():
        for row in rows:
            for dated, day in ((one, f"{one[:-3]}DY") for one in row if one.endswith("DTC") and f"{one[:-3]}DY" in row):
                reference, date = references[row["USUBJID"]] or "", row[dated] or ""
                apart = None
                if len(reference) >= 10 and len(date) >= 10:
                    apart = (datetime.date.fromisoformat(date[:10]) - datetime.date.fromisoformat(reference[:10])).days
                assert row[day] == (apart if apart is None or apart < 0 else apart + 1), (name, dated, row)
                seen.add(dated)
    assert {"SVSTDTC", "SVENDTC", "CESTDTC", "DSSTDTC", "DVSTDTC"} <= seen


def test_no_arm_is_told(records: list[dict[str, Any]], trial: Callable[..., Any]) -> None:
    """Masked, the arms stand in what is planned; of no participant is told which."""
    made = sdtm_datasets(trial(records), "category", submission=True)
    planned = ("TA", "TE", "TI", "TS", "DI")
    values = {value for name, one in made.items() if name not in planned for row in one.rows for value in row}
    assert not values & {"DCB", "DES", "Drug coated balloon", "Drug eluting stent"}
    assert {row["ARMNRS"] for row in made["DM"].records} == {"ALLOCATION MASKED", "SCREEN FAILURE"}
    assert "DX" not in made


@pytest.mark.parametrize(
    ("convention", "expected"),
    [("category", {"ELIGIBILITY"}), ("importance", {"IMPORTANT", "NON-IMPORTANT"}), ("severity", {"MAJOR", "MINOR"})],
)
def test_dvcat_follows_the_sponsor(decided: Any, convention: str, expected: set[str]) -> None:
    found = set(dv(clocks_of(decided), convention).column("DVCAT"))
    assert found <= expected or (convention == "category" and expected <= found)


def test_long_texts_are_cut_or_parted_where_words_end() -> None:
    text = "≥ word " * 60
    assert len(ascii_text(shortened(text))) <= MOST
    assert " ".join(pieces(text)) == ascii_text(text).strip()
    assert max(map(len, pieces("x" * 450))) == MOST


def test_a_death_has_one_date(participant: dict[str, Any], trial: Callable[..., Any]) -> None:
    """DS has a day, the event its time of day: an agency reads one moment in DM, DS, AE and DD."""
    day = participant["visits"][0]["date"]
    at = f"{day}T19:08:00+08:00"
    death = {"event_id": "E9", "type": "death", "onset": at, "fatal": True, "cause": "cardiovascular"}
    participant |= {"events": [death], "disposition": {"status": "died", "date": day}}
    made = sdtm_datasets(trial([participant]), "category", submission=True)
    (dm,), (ae,), (dd,) = (made[name].records for name in ("DM", "AE", "DD"))
    (ds,) = (row for row in made["DS"].records if row["DSDECOD"] == "DEATH")
    assert dm["DTHDTC"] == ds["DSSTDTC"] == ae["AEENDTC"] == dd["DDDTC"] == f"{day}T19:08:00"
    assert (dm["DTHFL"], ae["AEOUT"], ae["AESER"], dd["DDORRES"]) == ("Y", "FATAL", "Y", "CARDIOVASCULAR")
    assert {row["RDOMAIN"] for row in made["RELREC"].records} == {"AE", "CE"}


@pytest.mark.parametrize(
    ("status", "cutoff", "rows"),
    [
        ("missed", "2027-06-30T00:00:00+08:00", [("N", "MISSED")]),
        ("missed", "2027-03-01T00:00:00+08:00", []),
        ("refused", "2027-06-30T00:00:00+08:00", []),
    ],
)
def test_a_visit_that_was_missed_is_told_once_its_window_is_over(
    status: str, cutoff: str, rows: list[Any], participant: dict[str, Any], trial: Callable[..., Any]
) -> None:
    participant["visits"][2] = {"visit": "M12", "status": status}
    participant |= {"data_cutoff": cutoff, "disposition": {"status": "on_study"}}
    made = sdtm_datasets(trial([participant]), "category", submission=True)["SV"].records
    assert [(row["SVOCCUR"], row["SVREASOC"]) for row in made if row["VISITNUM"] == 5] == rows


@pytest.mark.parametrize(
    ("name", "is_number", "origin", "words"),
    [
        ("LBDY", True, "Derived", "Calendar days from DM.RFSTDTC, which is day 1; the day before it is -1"),
        ("LBSEQ", True, "Derived", "Records of a participant counted in the order of their dates"),
        ("TAETORD", True, "Derived", "The planned order of the element within the arm"),
        ("VISITDY", True, "Protocol", ""),
        ("VISITNUM", True, "Protocol", ""),
        ("LBSTRESN", True, "Assigned", ""),
        ("LBBODY", False, "Assigned", ""),
    ],
)
def test_what_is_derived_follows_from_the_kind_of_a_variable(
    name: str, is_number: bool, origin: str, words: str
) -> None:
    variable: Any = SimpleNamespace(name=name, is_number=is_number)
    found = _note(variable)
    assert (found.origin, found.derivation) == (origin, words)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"value": "0.050", "unit": "ug/L"}, ("0.050", 50, "ng/L", 34, "HIGH")),
        ({"value": "5", "unit": "ng/L", "comparator": "<"}, ("<5", None, "ng/L", 34, "")),
        ({"value": "12", "unit": None}, ("12", 12, "", None, "")),
    ],
)
def test_a_result_stands_as_reported_and_in_the_standard_unit(
    participant: dict[str, Any], trial: Callable[..., Any], result: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    """Converted exactly, limit and all; what is censored or has no unit is no number in the standard unit."""
    lab = {"test": "ctni", "comparator": None, "uln": {"value": "34", "unit": "ng/L"}}
    participant["labs"] = [{**lab, "collected_at": participant["procedure"]["ended_at"], **result}]
    (row,) = sdtm_datasets(trial([participant]), "category", submission=True)["LB"].records
    names = ("LBORRES", "LBSTRESN", "LBSTRESU", "LBSTNRHI", "LBNRIND")
    assert tuple(row[name] for name in names) == expected
    assert (row["LBTESTCD"], row["LBTEST"]) == ("TROPONI", "Troponin I")


def test_nothing_is_later_than_the_last_day_that_is_known(tables: dict[str, list[dict[str, Any]]]) -> None:
    last = {row["USUBJID"]: row["RFPENDTC"] for row in tables["dm"]}
    for name in ("cv", "lb", "pr", "ce", "sv", "se"):
        for row in tables[name]:
            days = [value[:10] for key, value in row.items() if key.endswith("DTC") and value]
            assert all(day <= last[row["USUBJID"]] for day in days if len(day) == 10), row
