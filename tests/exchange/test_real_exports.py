"""Real exports, which are no part of the repository, read by maps that were written from docs/import.md alone."""

from __future__ import annotations

import json
import lzma
import re
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.realdata
HERE = Path(__file__).parent / "real"
REDCAP = yaml.safe_load((HERE / "redcap.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def data(shared: Path) -> Path:
    folder = shared / "data" / "exchange"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    return folder


@pytest.fixture
def imported(precise: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Import files by a map; what was said, and the records by participant."""

    def run(form: Any, *files: Path) -> Any:
        (tmp_path / "map.yaml").write_text(json.dumps(form, ensure_ascii=False), encoding="utf-8")
        out = tmp_path / "out.jsonl"
        said = precise("import", tmp_path / "map.yaml", *files, "--out", out, "--trial", HERE, "--force")
        records = map(json.loads, out.read_text("utf-8").splitlines()) if said.status == 0 else ()
        return said, {one["subject_id"]: one for one in records}

    return run


def _csv(**more: Any) -> dict[str, Any]:
    return {"format": "csv", "encoding": "utf-8", "delimiter": ",", "zone": "+08:00"} | more


@pytest.mark.parametrize("name", REDCAP)
def test_projects_of_redcap(name: str, data: Path, imported: Callable[..., Any]) -> None:
    project = REDCAP[name]
    participant = project.get("participant", "record_id")
    source = _csv(files="data.csv", ignore=["*"])
    if project.get("dictionary"):
        source["dictionary"] = "dictionary.csv"
    first = {"source": "project", "participant": participant, "fields": project["fields"]}
    first |= {name: project[name] for name in ("take", "leave") if name in project}
    tables = [{"source": "project", "participant": participant, **one} for one in project.get("more", ())]
    said, records = imported(
        {"sources": {"project": source}, "tables": [first, *tables]}, data / "redcap" / name / "data.csv"
    )
    if "refused" in project:
        assert said.status in (1, 2)
        assert project["refused"] in said.err
        return
    assert said.status == 0, said.err
    assert len(records) == project["participants"]
    for who, wanted in project.get("expect", {}).items():
        for field, value in wanted.items():
            found = records[who].get(field)
            assert found[: len(value)] == value if isinstance(value, list) else found == value


def _items(file: str, name: str, *per: str, **more: Any) -> dict[str, Any]:
    """A form of ClinSight's EDC: one row an item, under a second row of names."""
    columns = ["SiteCode", "SubjectId", *per]
    return _csv(files=file, header=2, items={"name": name, "value": "ItemValue", "per": columns}, ignore=["*"], **more)


def test_an_edc_with_one_row_an_item(data: Path, imported: Callable[..., Any]) -> None:
    folder = data / "clinsight" / "inst" / "raw_data"
    contact = ("EventSeq", "EventId", "EventDate", "SubjectFormSeq")
    missing = {"NA": "no_information"}
    units = {"µmol/L": "umol/L", "mg/dL": "mg/dL"}
    form = {
        "sources": {
            "people": _items("*_DM.csv", "ItemName"),
            "labs": _items("*_LBSER.csv", "ItemId", *contact, missing=missing),
            "events": _items("*_AE.csv", "ItemId", "SubjectFormSeq", missing=missing),
        },
        "tables": [
            {
                "source": "people",
                "participant": "SubjectId",
                "fields": {
                    "site_id": "SiteCode",
                    "age": "Age",
                    "sex": {"from": "Sex", "codes": {"Male": "male", "Female": "female"}},
                },
            },
            {
                "source": "labs",
                "participant": "SubjectId",
                "into": "results",
                "fields": {
                    "test": {"value": "creatinine"},
                    "value": "LBSER_CREAT_LBORRES",
                    "unit": {"from": "LBSER_CREAT_LBORRESU", "codes": units},
                    "low": "LBSER_CREAT_LBORNR_Lower",
                    "high": "LBSER_CREAT_LBORNR_Upper",
                    "at": {"from": "EventDate", "format": "iso"},
                },
            },
            {
                "source": "events",
                "participant": "SubjectId",
                "into": "events",
                "fields": {
                    "number": "AE_AESPID",
                    "term": "AE_AETERM",
                    "onset": {"from": "AE_AESTDAT", "format": "iso"},
                    "serious": {"from": "AE_AESER", "codes": {"Yes": True, "No": False}},
                },
            },
        ],
    }
    files = [next(folder.glob(f"*_{name}.csv")) for name in ("DM", "LBSER", "AE")]
    said, records = imported(form, *files)
    assert said.status == 0, said.err
    first = records["BEL_08_885"]
    assert (first["site_id"], first["age"], first["sex"]) == ("BEL08", "82", "male")
    results = [one for record in records.values() for one in record.get("results", ())]
    assert {one.get("unit") for one in results} <= {"umol/L", "mg/dL", None}
    assert sum("value" in one for one in results) >= 40
    events = [one for record in records.values() for one in record.get("events", ())]
    assert len(events) == 80
    assert all(isinstance(one["serious"], bool) for one in events)
    form["tables"][1]["fields"]["unit"] = {"from": "LBSER_CREAT_LBORRESU", "codes": {"mg/dL": "mg/dL"}}
    said, _ = imported(form, *files)
    assert (said.status, '"µmol/L" is no code that the map lists' in said.err) == (1, True)


PARTIAL = {"format": ["iso", "yyyy-MM'-NK'", "yyyy'-NK-NK'"]}
FORMS: dict[str, list[tuple[str, dict[str, Any], int]]] = {
    "CM": [("events", {"number": "CM_CMSPID", "term": "CM_CMTRT", "onset": {"from": "CM_CMSTDAT"} | PARTIAL}, 283)],
    "CP": [("events", {"number": "CP_PRSPID", "term": "CP_PRTRT", "onset": {"from": "CP_PRSTDAT"} | PARTIAL}, 4)],
    "MH": [("events", {"number": "MH_MHSPID", "term": "MH_MHTERM", "onset": {"from": "MH_MHSTDAT"} | PARTIAL}, 152)],
    "DS": [("events", {"term": "DS_DECOD", "onset": {"from": "DS_STDAT"} | PARTIAL}, 9)],
    "TT": [("events", {"term": "TT_REAS", "onset": {"from": "TT_DAT"} | PARTIAL}, 3)],
    "RS": [("events", {"term": "RS_RESP_DIS"}, 3)],
    "WHO": [("results", {"test": {"value": "WHO"}, "text": "WHO_TERM"}, 21)],
    "ECOG": [("results", {"test": {"value": "ECOG"}, "value": "ECOG_101ORRES"}, 22)],
    "EX": [("results", {"test": {"value": "dose"}, "value": "EX_EXDOSE", "at": {"from": "EX_EXSTDAT"} | PARTIAL}, 28)],
    "STE": [("visits", {"event": "EventId", "date": {"from": "STE_DAT"} | PARTIAL}, 23)],
    "VS": [
        ("pressures", {"systolic": "VS_SYSBP_VSORRES", "diastolic": "VS_DIABP_VSORRES"}, 68),
        ("visits", {"event": "EventId", "weight": "VS_WEIGHT_VSORRES"}, 68),
    ],
    "LBHM": [
        ("results",
         {"test": {"value": name}, "value": f"LBHM_{name}_LBORRES", "low": f"LBHM_{name}_LBORNR_Lower"}, number)
        for name, number in {"PLAT": 65, "HGB": 65, "HCT": 65, "NEUT": 61, "MONO": 61, "LYM": 61}.items()
    ],
}  # fmt: skip
"""Every other form of ClinSight's EDC: the lists that it fills, and the items that come of it."""


def test_every_other_form_of_that_edc(data: Path, imported: Callable[..., Any]) -> None:
    folder, missing = data / "clinsight" / "inst" / "raw_data", {"NA": "no_information"}
    sources = {"DM": _items("*_DM.csv", "ItemName")}
    tables: list[Any] = [{"source": "DM", "participant": "SubjectId", "fields": {"site_id": "SiteCode"}}]
    for name, lists in FORMS.items():
        sources[name] = _items(f"*_{name}.csv", "ItemId", "EventId", "EventSeq", "SubjectFormSeq", missing=missing)
        tables += [
            {"source": name, "participant": "SubjectId", "into": into, "fields": fields} for into, fields, _ in lists
        ]
    said, records = imported(
        {"sources": sources, "tables": tables}, *(next(folder.glob(f"*_{one}.csv")) for one in sources)
    )
    assert said.status == 0, said.err
    counted = re.findall(r"table (\d+) .*: (\d+) rows taken(?:, (\d+) without anything of it)?", said.out)
    items = {int(number): int(taken) - int(empty or 0) for number, taken, empty in counted}
    assert list(items.values())[1:] == [number for lists in FORMS.values() for _, _, number in lists]
    held = [
        len(record.get(into, ()))
        for record in records.values()
        for into in ("events", "results", "pressures", "visits")
    ]
    assert sum(held) == sum(number for lists in FORMS.values() for _, _, number in lists)
    onsets = {one["onset"] for record in records.values() for one in record.get("events", ()) if "onset" in one}
    assert {"2019", "2023-06"} <= onsets  # 2019-NK-NK, 2023-06-NK


LOINC = "code.coding[http://loinc.org].code"
STATE = "clinicalStatus.coding[http://loinc.org].code"


def _of_condition(code: str, field: str, **more: Any) -> dict[str, Any]:
    return {
        "source": "report",
        "kind": "Condition",
        "participant": {"from": "subject.reference", "patient": "identifier.value"},
        "take": {LOINC: [code], "verificationStatus.coding.code": ["", "confirmed"]},
        "leave": {LOINC: ["*"]},
        "fields": {field: {"from": STATE, "codes": {"LA33-6": True, "LA32-8": False}} | more},
    }


def _seamat(data: Path, program: Any, tmp_path: Path) -> Path:
    fsh = program("tests/exchange/real/fsh.py")
    file = tmp_path / "report.json"
    file.write_text(fsh.bundle(data / "seamat" / "instances", "GOFSH-GENERATED-ID-2"), encoding="utf-8")
    return file


def _seamat_map() -> dict[str, Any]:
    person = {"from": "subject.reference", "patient": "identifier.value"}
    return {
        "sources": {
            "report": {
                "files": "report.json",
                "format": "fhir",
                "zone": "+09:00",
                "ignore": ["*"],
                "may_lack": ["verificationStatus*", "valueQuantity.code"],
                "ignore_kinds": ["Practitioner", "Organization", "PractitionerRole", "Device"],
            }
        },
        "tables": [
            {
                "source": "report",
                "kind": "Patient",
                "participant": "identifier.value",
                "fields": {
                    "sex": {"from": "gender", "codes": {"female": "female", "male": "male"}},
                    "birth_date": {"from": "birthDate", "format": "iso"},
                },
            },
            {
                "source": "report",
                "kind": "Composition",
                "participant": person,
                "fields": {"consented_at": {"from": "event.period.start", "format": "iso"}},
            },
            _of_condition("45842-2", "dialysis"),
            _of_condition("66678-4", "diabetes"),
            {
                "source": "report",
                "kind": "Observation",
                "participant": person,
                "take": {LOINC: ["2160-0", "718-7"], "status": ["final"]},
                "leave": {LOINC: ["*"]},
                "into": "results",
                "fields": {
                    "test": LOINC,
                    "value": "valueQuantity.value",
                    "unit": {"from": "valueQuantity.code", "codes": {"mg/dL": "mg/dL"}},
                },
            },
            {
                "source": "report",
                "kind": "Procedure",
                "participant": person,
                "take": {LOINC: ["76642-8"], "status": ["completed"]},
                "leave": {LOINC: ["*"]},
                "into": "events",
                "fields": {
                    "number": "bodySite.coding.code",
                    "term": {"from": "bodySite.coding.code", "codes": {"LA24463-4": None, "LA24459-2": "LCX"}},
                },
            },
        ],
    }


def test_a_catheterization_report_in_fhir(
    data: Path, program: Any, imported: Callable[..., Any], tmp_path: Path
) -> None:
    said, records = imported(_seamat_map(), _seamat(data, program, tmp_path))
    assert said.status == 0, said.err
    (record,) = records.values()
    assert (record["sex"], record["birth_date"], record["consented_at"]) == (
        "female", "1948-07-07", "2024-01-15T11:30:00+09:00",
    )  # fmt: skip
    assert record["dialysis"] is False  # the Condition exists, and says no
    assert record["diabetes"] is True
    values = {one["test"]: one for one in record["results"]}
    assert values["2160-0"]["value"] == "0.7"
    assert "unit" not in values["2160-0"]  # it has none, and none is assumed
    assert {one.get("term") for one in record["events"]} == {None, "LCX"}  # segments 5-6 are two vessels


def test_a_condition_is_never_read_without_what_it_says(
    data: Path, program: Any, imported: Callable[..., Any], tmp_path: Path
) -> None:
    form = _seamat_map()
    form["tables"][2]["fields"] = {"dialysis": {"from": LOINC, "codes": {"45842-2": True}}}
    said, _ = imported(form, _seamat(data, program, tmp_path))
    assert said.status == 2
    assert "rows of Condition say by clinicalStatus.coding.code whether they hold" in said.err


def _odm(file: str, **more: Any) -> dict[str, Any]:
    return {"files": file, "format": "odm", "zone": "+00:00", "ignore": ["*"]} | more


def test_odm_of_two_edc_systems(data: Path, imported: Callable[..., Any]) -> None:
    virus = {
        "sources": {"edc": _odm("odm-data-snapshot.xml", ignore_kinds=["IG.*"], may_lack=["IT.*"])},
        "tables": [
            {
                "source": "edc",
                "kind": "IG.DM",
                "participant": "SubjectKey",
                "fields": {
                    "sex": {"from": "IT.SEX", "codes": {"Male": "male", "Female": "female"}},
                    "birth_date": {"from": "IT.BRTHDAT", "format": "iso"},
                    "age": "IT.AGE",
                },
            }
        ],
    }
    said, records = imported(virus, data / "odm" / "odmlib" / "odm-data-snapshot.xml")
    assert said.status == 0, said.err
    assert records["SS_0001"]["birth_date"] == "1966-02-10"
    assert "age" not in records["SS_0002"]
    lab = {
        "sources": {"edc": _odm("test_clinical_data_01.xml", ignore_kinds=["AE"])},
        "tables": [
            {"source": "edc", "kind": "DM", "participant": "SubjectKey",
             "fields": {"sex": {"from": "SEX", "codes": {"F": "female", "M": "male"}}}},
            {"source": "edc", "kind": "LB", "participant": "SubjectKey", "into": "results",
             "fields": {"test": "LBTESTCD", "value": "LBORRES", "at": {"from": "LBDTC", "format": "iso"}}},
        ],
    }  # fmt: skip
    said, records = imported(lab, data / "odm" / "odmlib" / "test_clinical_data_01.xml")
    assert said.status == 0, said.err
    assert [one["value"] for one in records["1000"]["results"]] == ["245", "300"]


def test_odm_2_with_groups_in_groups_and_foreign_elements(data: Path, imported: Callable[..., Any]) -> None:
    file = data / "odm" / "odm2" / "examples" / "Data-Collection" / "RepeatingIG-UC-D-Example.xml"
    form = {
        "sources": {"edc": _odm(file.name, may_lack=["I.*"])},
        "tables": [
            {"source": "edc", "kind": "F.MEDHIST", "participant": "SubjectKey", "fields": {}},
            {"source": "edc", "kind": "IG.MEDHIST", "participant": "SubjectKey", "into": "events",
             "fields": {"number": "ItemGroupRepeatKey", "term": "I.MH.TERM"}},
        ],
    }  # fmt: skip
    said, records = imported(form, file)
    assert said.status == 0, said.err
    assert [one["term"] for one in records["1"]["events"]][::3] == ["some problem", "a final problem"]
    file = data / "odm" / "odm2" / "examples" / "FHIR_Integration" / "Data_Retrieval_From_FHIR_in_ODM.xml"
    form = {
        "sources": {"edc": _odm(file.name, may_lack=["IT.*"])},
        "tables": [
            {"source": "edc", "kind": "IG.MH", "participant": "SubjectKey", "into": "events",
             "fields": {"term": "IT.TERM", "onset": {"from": "IT.STDTC", "format": "iso", "parse": "date"}}},
        ],
    }  # fmt: skip
    said, records = imported(form, file)
    assert said.status == 0, said.err
    assert next(iter(records.values()))["events"][0]["onset"] == "2009-05-27"


def test_sdtm_in_transport_files(data: Path, imported: Callable[..., Any]) -> None:
    folder = data / "cdiscpilot"
    xpt = {"format": "xpt", "encoding": "windows-1252", "zone": "+00:00", "ignore": ["*"]}
    form = {
        "sources": {"dm": xpt | {"files": "dm.xpt"}, "ds": xpt | {"files": "ds.xpt"}},
        "tables": [
            {"source": "dm", "participant": "USUBJID", "fields": {
                "site_id": "SITEID", "age": "AGE", "sex": {"from": "SEX", "codes": {"M": "male", "F": "female"}}}},
            {"source": "ds", "participant": "USUBJID", "into": "events", "take": {"DSCAT": "*"},
             "leave": {"DSCAT": "OTHER EVENT"},
             "fields": {"term": "DSDECOD", "onset": {"from": "DSSTDTC", "format": "iso"}}},
        ],
    }  # fmt: skip
    said, records = imported(form, folder / "dm.xpt", folder / "ds.xpt")
    assert said.status == 0, said.err
    assert len(records) == 306
    assert records["01-701-1015"]["sex"] == "female"
    assert "ds: 9 columns ignored" in said.out  # of 13; those that are read are not
    trial = {"sources": {"ts": {"files": "ts.xpt", "format": "xpt", "encoding": "utf-8", "ignore": ["*"]}},
             "tables": [{"source": "ts", "participant": "TSSEQ", "fields": {}}]}  # fmt: skip
    said, _ = imported(trial, folder / "ts.xpt")
    assert (said.status, "cannot be read as a SAS transport file" in said.err) == (2, True)  # byte 0x92


@pytest.mark.parametrize("name", [name for name, one in REDCAP.items() if "refused" not in one])
def test_projects_of_redcap_as_odm(name: str, data: Path, imported: Callable[..., Any]) -> None:
    """Every project has all its participants in ODM too, with REDCap's own attributes."""
    form = {
        "sources": {"edc": _odm("project.xml")},
        "tables": [{"source": "edc", "participant": "SubjectKey", "fields": {}}],
    }
    said, records = imported(form, data / "redcap" / name / "project.xml")
    assert said.status == 0, said.err
    assert len(records) >= min(REDCAP[name]["participants"], 16)


def test_a_project_of_three_thousand_columns(data: Path, imported: Callable[..., Any], tmp_path: Path) -> None:
    with zipfile.ZipFile(data / "redcap" / "super-wide-1.zip") as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "super-wide-1"
    column = "tediously_long_variable_name_3000"
    table = {"source": "project", "participant": "record_id", "fields": {"name": column}}
    source = _csv(files="data.csv", dictionary="dictionary.csv", ignore=["*"])
    said, records = imported({"sources": {"project": source}, "tables": [table]}, folder / "data.csv")
    assert said.status == 0, said.err
    assert {name: one["name"] for name, one in records.items()} == {"1": "1_3000", "2": "2_3000"}
    edc = {"source": "edc", "participant": "SubjectKey", "fields": {}}
    said, records = imported({"sources": {"edc": _odm("project.xml")}, "tables": [edc]}, folder / "project.xml")
    assert (said.status, len(records)) == (0, 2), said.err


def test_a_project_without_data(data: Path, imported: Callable[..., Any], tmp_path: Path) -> None:
    with lzma.open(data / "redcap" / "super-wide-2.tar.xz") as packed, tarfile.open(fileobj=packed) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.3 and before have none
        archive.extractall(tmp_path)
    table = {"source": "project", "participant": "record_id", "fields": {}}
    form = {"sources": {"project": _csv(files="data.csv")}, "tables": [table]}
    said, _ = imported(form, tmp_path / "super-wide-2" / "data.csv")
    assert (said.status, "has no names of columns" in said.err) == (2, True)
    form = {"sources": {"project": _odm("project.xml")}, "tables": [table | {"participant": "SubjectKey"}]}
    said, _ = imported(form, tmp_path / "super-wide-2" / "project.xml")
    assert (said.status, "has no rows" in said.err) == (2, True)
    said, records = imported(form, data / "redcap" / "simple-write" / "project.xml")
    assert (said.status, len(records)) == (0, 5), said.err
