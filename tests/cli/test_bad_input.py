"""Whatever comes in, there is a clear message with its place, exit status 2, and never a traceback."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from precise_cal.protocol.scalars import read_unit

if TYPE_CHECKING:
    from collections.abc import Callable

DEEP = b'{"schema_version": "1.0", "subject_id": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
HEAD = b'{"schema_version": "1.0", "subject_id": "S1"'

DOCUMENTS = [
    ("empty", b"", "is empty"),
    ("white space", b" \n\t ", "is empty"),
    ("no JSON", b"subject_id = 7", "is not valid JSON"),
    ("cut off", HEAD, "is not valid JSON"),
    ("two documents", HEAD + b"} 7", "is not valid JSON"),
    ("nested 10,000 deep", DEEP, "is not valid JSON"),
    ("NaN", HEAD + b', "qfr_measurements": [{"value": NaN}]}', "is not valid JSON"),
    ("Infinity", HEAD + b', "qfr_measurements": [{"value": Infinity}]}', "is not valid JSON"),
    ("invalid UTF-8", HEAD + b', "site_id": "\xff"}', "is not valid JSON"),
    ("UTF-16", (HEAD + b"}").decode().encode("utf-16"), "begins with a byte order mark of UTF-16; a record is UTF-8"),
    ("a FHIR bundle", b'{"resourceType": "Bundle", "type": "collection"}', "is a FHIR bundle: see precise import"),
    ("a FHIR resource", b'{"resourceType": "Patient"}', "is a FHIR resource (Patient): see precise import"),
    ("FHIR resources", b'[{"resourceType": "Patient"}]', "is a list of FHIR resources: see precise import"),
    ("FHIR in XML", b'<Bundle xmlns="http://hl7.org/fhir"/>', "is FHIR in XML"),
    ("ODM", b'<?xml version="1.0"?>\n<!-- x -->\n<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3">', "is ODM of CDISC"),
    ("XML", b"<?xml version='1.0'?><a/>", "is XML, no record"),
    ("HL7", b"MSH|^~\\&|LAB|S01", "is a message of HL7 v2: see precise import"),
    ("XPT", b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!", "is a SAS transport file (XPT): see precise import"),
    ("Dataset-JSON", b'{"datasetJSONVersion": "1.1.0", "rows": []}', "is Dataset-JSON of CDISC: see precise import"),
    ("REDCap", b'[{"record_id": "1", "form_complete": "0"}]', "is an export of REDCap: see precise import"),
    ("CSV", b"\xef\xbb\xbfid;sex\n001;1\n", "is a table of delimited text (CSV): see precise import"),
    ("XLSX", b"PK\x03\x04" + b"\x00" * 26 + b"[Content_Types].xml", "is a workbook: see precise import"),
    ("a ZIP archive", b"PK\x03\x04" + b"\x00" * 26 + b"notes.txt", "is a ZIP archive"),
    ("XLS", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 9, "save it as .xlsx"),
    ("DICOM", b"\x00" * 128 + b"DICM", "is a DICOM file: see precise qfr info"),
    ("PDF", b"%PDF-1.7", "is a PDF"),
    ("Parquet", b"PAR1", "is a Parquet file: see precise cohort"),
    ("a report", b'{"schema_version": "1.0", "protocol": {}, "subjects": []}', "is a report of precise check"),
    ("a study of QFR", b'{"vessel": "LAD", "views": []}', "is a study or result of QFR: see precise qfr angio"),
    ("duplicate key", HEAD + b', "subject_id": "S2"}', "is not valid JSON"),
    ("an array", b"[1, 2]", "a participant record is one JSON object"),
    ("a text", b'"x"', "a participant record is one JSON object"),
    ("null", b"null", "a participant record is one JSON object"),
    ("another version", b'{"schema_version": "2.0", "subject_id": "S1"}', "/schema_version"),
    ("no subject", b'{"schema_version": "1.0"}', "/subject_id: is missing"),
    ("another study", HEAD + b', "study_id": "NCT00000000"}', "/study_id"),
]


@pytest.mark.parametrize(("name", "data", "told"), DOCUMENTS, ids=[name for name, _, _ in DOCUMENTS])
def test_document(name: str, data: bytes, told: str, tmp_path: Path, precise: Callable[..., Any]) -> None:
    file = tmp_path / "participant.json"
    file.write_bytes(data)
    said = precise("check", file)
    assert said.status == 2
    assert f"{file}" in said.err
    assert told in said.err
    assert "Traceback" not in said.err


def test_a_file_of_50_mb_is_refused_by_its_size(tmp_path: Path, precise: Callable[..., Any]) -> None:
    file = tmp_path / "large.json"
    file.write_bytes(HEAD + b', "site_id": "' + b"x" * 50_000_000 + b'"}')
    said = precise("check", file)
    assert said.status == 2
    assert "a record has at most 10,000,000" in said.err


def test_a_large_file_that_is_no_record_is_told_for_what_it_is(tmp_path: Path, precise: Callable[..., Any]) -> None:
    file = tmp_path / "labs.json"
    file.write_bytes(b"id,value\n" + b"001,5\n" * 2_000_000)
    assert "is a table of delimited text (CSV): see precise import" in precise("check", file).err


@pytest.mark.parametrize("name", ["one.json", "two.jsonl"])
def test_where_a_document_cannot_be_read_is_told_by_file_line_and_column(
    name: str, tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    file = tmp_path / name
    first = json.dumps(screening) if name.endswith("l") else '{"study_id": null,'
    file.write_text(f'{first}\n"a": 1,}}\n{first}\n' if name == "one.json" else f'{first}\n{{"a": 1,}}\n{first}\n')
    said = precise("check", file)
    column = 8 if name == "one.json" else 9
    assert said.status == 2
    assert f"{file}:2:{column}: the document: is not valid JSON: trailing comma\n" in said.err
    assert f"{file}:2:{column}: 整个文件：" in precise("--lang", "zh", "check", file).err


@pytest.mark.parametrize("name", ["one.json", "one.JSON", "two.JSONL"])
def test_a_byte_order_mark_is_read(
    name: str, tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / name).write_bytes(b"\xef\xbb\xbf" + json.dumps(screening).encode() + b"\n")
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    said = precise("check", folder)
    assert (said.status, f"{folder}: passed over" in said.err, "notes.txt" in said.err) == (0, True, True)
    screening["lesions"][0]["vesel"] = "LAD"
    (folder / name).write_bytes(b"\xef\xbb\xbf" + json.dumps(screening).encode())
    column = json.dumps(screening).index('"LAD"}')
    assert f"{name}:1:{column + 1}: /lesions/0/vesel" in precise("check", folder).err


FIELDS = [
    ("/sitee_id", "S", 'did you mean "site_id"?'),
    ("/lesions/0/vesel", "LAD", 'did you mean "vessel"?'),
    ("/lesions/0/vessel", "lad", 'did you mean "LAD"?'),
    ("/lesions/0/vessel", "N/A", "should be one of"),
    ("/lesions/0/target", "yes", "should be true, false, or null"),
    ("/lesions/0/target", 1, "should be true, false, or null"),
    ("/lesions", {}, "should be an array"),
    ("/lesions/0", 7, "should be an object"),
    ("/lesions/0/lesion_id", None, "should be a text"),
    ("/lesions/0/lesion_id", "unknown", "should be a text"),
    ("/lesions/0/reference_vessel_diameter/0", {"value": "3", "unit": "kg"}, 'should have a unit like "mm"'),
    ("/lesions/0/reference_vessel_diameter/0", {"value": "30", "unit": "mm"}, "should lie between"),
    ("/lesions/0/reference_vessel_diameter/0/unit", "millimeter", "is no UCUM unit"),
    ("/lesions/0/reference_vessel_diameter/0/value", "3,0", "should be a decimal number"),
    ("/qfr_measurements/0/value", "1.2", "should be at most 1"),
    ("/qfr_measurements/0/value", "0." + "1" * 40, "should have at most 28 digits"),
    ("/qfr_measurements/0/value", True, "should be a decimal number"),
    ("/consent/signed_at", "2026-03-09T10:05:00", "has no offset from UTC"),
    ("/consent/signed_at", "2026-02-30", "2026-02-30"),
    ("/consent/signed_at", "0001-01-01T00:00:00+14:00", "should lie in the years 1900 to 2199"),
    ("/procedure/started_at", "9999-12-31", "should lie in the years 1900 to 2199"),
    ("/demographics/birth_date", "1890", "should lie in the years 1900 to 2199"),
    ("/consent/signed_at", 20260309, "should be a date-time"),
    ("/demographics/birth_date", "10/05/1956", "should be a date"),
    ("/demographics/age_at_consent", 17.5, "should be a whole number"),
    ("/labs/0/uln", {"value": "0", "unit": "ng/L"}, "should be above 0"),
]


def _set(document: Any, pointer: str, value: Any) -> None:
    *path, last = (int(name) if name.isdigit() else name for name in pointer.split("/")[1:])
    for name in path:
        document = document[name]
    document[last] = value


@pytest.mark.parametrize(("pointer", "value", "told"), FIELDS)
def test_field(
    pointer: str, value: Any, told: str, tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    _set(screening, pointer, value)
    file = tmp_path / "participant.json"
    file.write_text(json.dumps(screening, indent=1), encoding="utf-8")
    said = precise("check", file)
    assert said.status == 2
    problems = [line for line in said.err.splitlines() if line.startswith(f"{file}:")]
    assert [pointer in line and told in line for line in problems] == [True], said.err


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"value": "2.8", "unit": "cm"}, "is 28 mm; should lie between 0.01 and 10 mm; did you mean mm?"),
        ({"value": "280", "unit": "cm"}, "is 2800 mm; should lie between 0.01 and 10 mm\n"),
    ],
)
def test_another_unit_is_told_as_the_unit_of_the_range(
    value: Any, told: str, tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    _set(screening, "/lesions/0/reference_vessel_diameter/0", value)
    file = tmp_path / "participant.json"
    file.write_text(json.dumps(screening), encoding="utf-8")
    assert told in precise("check", file).err


@pytest.mark.parametrize(
    ("unit", "meant"),
    [
        ("ml/min/1.73m2", "mL/min/{1.73_m2}"),
        ("mL/min/1.73 m²", "mL/min/{1.73_m2}"),
        ("IU/L", "[iU]/L"),
    ],
)
def test_a_unit_that_is_written_otherwise_is_told_as_ucum_has_it(unit: str, meant: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f'is no UCUM unit; write "{meant}"')):
        read_unit(unit)


def test_a_bundle_is_sent_to_the_import(tmp_path: Path, precise: Callable[..., Any]) -> None:
    file = tmp_path / "bundle.json"
    file.write_text('{"resourceType": "Bundle", "type": "collection", "entry": []}', encoding="utf-8")
    said = precise("check", file)
    assert said.status == 2
    assert f"{file}: the document: is a FHIR bundle: see precise import\n" in said.err
    assert said.err.count("\n") == 2


def test_problems_are_told_in_chinese(tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any]) -> None:
    lines = []
    for pointer, value, _ in FIELDS:
        document = json.loads(json.dumps(screening))
        _set(document, pointer, value)
        lines.append(json.dumps(document))
    file = tmp_path / "records.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    *problems, last = precise("check", file, "--lang", "zh").err.splitlines()
    assert len(problems) == len(FIELDS)
    assert last.endswith("条记录未判定")
    for line in problems:
        text = re.sub(r'"[^"]*"|“[^”]*”|/[\w/.]+|\{.*\}', "", line.removeprefix(f"{file}:"))
        assert set(re.findall(r"[a-z]{2,}|[A-Z]{4,}", text)) <= {"true", "false", "null", "mm", "day", "UCUM", *VESSELS}


VESSELS = ("LM", "LAD", "DIAGONAL", "RAMUS", "GRAFT")


def test_all_errors_are_told_at_once_with_lines(
    tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    for pointer, value in (("/sitee_id", "S"), ("/consent/written", "no"), ("/lesions/0/vessel", "XX")):
        _set(screening, pointer, value)
    file = tmp_path / "participant.json"
    text = json.dumps(screening, indent=1)
    file.write_text(text, encoding="utf-8")
    said = precise("check", file)
    for name in ('"written"', '"vessel"', '"sitee_id"'):
        line = 1 + next(number for number, one in enumerate(text.splitlines()) if name in one)
        assert f"{file}:{line}:" in said.err


def test_paths_that_hold_nothing(tmp_path: Path, precise: Callable[..., Any]) -> None:
    (tmp_path / "empty").mkdir()
    for path, told in ((tmp_path / "absent.json", "no such file or folder"), (tmp_path / "empty", "holds no record")):
        said = precise("check", path)
        assert (said.status, said.out) == (2, "")
        assert f"{path}: {told}" in said.err


@pytest.mark.parametrize(("target", "why"), [("nowhere.json", "No such file"), ("lost.json", "Too many levels")])
def test_a_link_that_leads_nowhere_is_no_record_less(
    target: str, why: str, tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    """A participant of a folder went unseen; the argument itself was called absent."""
    (tmp_path / "one.json").write_text(json.dumps(screening), "utf-8")
    (tmp_path / "lost.json").symlink_to(target)
    for argument in (tmp_path, tmp_path / "lost.json"):
        said = precise("check", argument)
        assert said.status == 2
        assert f"{tmp_path / 'lost.json'}: cannot be read: {why}" in said.err


def test_a_folder_that_cannot_be_looked_into_is_told(
    tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.json").write_text(json.dumps(screening), "utf-8")
    (tmp_path / "shut").mkdir()
    look = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(os, "scandir", refuse)
    said = precise("check", tmp_path)
    assert (said.status, said.out) == (2, "")
    assert "cannot be read: Permission denied" in said.err


def test_good_records_beside_bad_ones_are_judged(
    tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    lines = [json.dumps(screening), "{", json.dumps(screening | {"subject_id": "S2"}), "", '{"subject_id": "S3"}']
    file = tmp_path / "participants.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    said = precise("check", file, "--format", "json")
    assert said.status == 2
    assert [one["subject_id"] for one in json.loads(said.out)["subjects"]] == ["ZS01-001", "S2"]
    assert f"{file}:2:1: " in said.err
    assert f"{file}:5:" in said.err
    assert "2 records not evaluated" in said.err


def test_records_come_by_stdin_and_by_folder(
    tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    one, two = json.dumps(screening).encode(), json.dumps(screening | {"subject_id": "S2"}).encode()
    said = precise("check", "-", stdin=one + b"\n" + two + b"\n")
    assert (said.status, said.out.count("ALLOW")) == (0, 3)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "b.jsonl").write_bytes(one)
    (tmp_path / "a.json").write_bytes(json.dumps(screening | {"subject_id": "S2"}, indent=1).encode())
    (tmp_path / "notes.txt").write_text("not a record", encoding="utf-8")
    said = precise("check", tmp_path, "--format", "json")
    assert [subject["subject_id"] for subject in json.loads(said.out)["subjects"]] == ["S2", "ZS01-001"]
    assert precise("check", "-", stdin=b"").status == 2


HOSTILE = "\x1b[31mred\x1b[0m\x07\r\n\u202eevil\x00"


@pytest.mark.parametrize("format_", ["text", "junit", "github"])
def test_record_text_cannot_act_on_a_terminal(
    format_: str, tmp_path: Path, complete: dict[str, Any], precise: Callable[..., Any]
) -> None:
    complete["qfr_measurements"][0]["reported_text"] = HOSTILE
    complete["consent"]["form_version"] = HOSTILE
    file = tmp_path / "participant.json"
    file.write_text(json.dumps(complete), encoding="utf-8")
    said = precise("check", file, "--format", format_, "--verbose", "--color", "never")
    assert said.status == 1
    assert all(character.isprintable() for character in (said.out + said.err).replace("\n", ""))


def test_hostile_values_and_names_are_told_escaped(
    tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    screening[HOSTILE] = 1
    screening["site_id"] = HOSTILE
    file = tmp_path / "participant.json"
    file.write_text(json.dumps(screening), encoding="utf-8")
    said = precise("check", file)
    assert said.status == 2
    assert all(character.isprintable() for character in said.err.replace("\n", ""))


WORDS = ["unknown", "", "LAD", "2199-12-31T23:59:59-14:00", "1900-01-01T00:00:00+14:00", "2026", HOSTILE]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["unknown", "", "LAD", HOSTILE]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, item in items for place in _places(item, (*path, name)))]


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_record_is_judged_or_refused(
    data: st.DataObject, bundled_participants: dict[str, Any], precise: Callable[..., Any]
) -> None:
    document = copy.deepcopy(bundled_participants["complete"])
    for place in data.draw(st.lists(st.sampled_from(_places(document)[1:]), min_size=1, max_size=3)):
        inner = document
        for name in place[:-1]:
            inner = inner[name] if isinstance(inner, dict | list) and _has(inner, name) else {}
        if isinstance(inner, dict) or (isinstance(inner, list) and _has(inner, place[-1])):
            inner[place[-1]] = data.draw(JSON)
    said = precise("check", "-", "--format", "text", stdin=json.dumps(document).encode())
    assert said.status in (0, 1, 2, 3), said.err


def _has(value: Any, name: Any) -> bool:
    return name in value if isinstance(value, dict) else isinstance(name, int) and name < len(value)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.binary(max_size=60))
def test_any_bytes_are_refused(data: bytes, precise: Callable[..., Any]) -> None:
    assert precise("check", "-", stdin=data).status == 2


def test_a_name_that_no_file_can_have(precise: Callable[..., Any]) -> None:
    for command in ("check", "gate"):
        said = precise(command, "x" * 300 + ".json")
        assert said.status == 2
        assert "xxx.json: cannot be read: File name too long" in said.err


def _process(arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = f"{sys.executable} -m precise_cal {arguments}"
    return subprocess.run(command, shell=True, capture_output=True, check=False, env=os.environ | environment)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_told_and_no_fault() -> None:
    done = _process("schema record > /dev/full")
    assert (done.returncode, done.stderr) == (2, b"precise: the output cannot be written: No space left on device\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_closed_streams_are_no_fault(tmp_path: Path, screening: dict[str, Any]) -> None:
    file = tmp_path / "participant.json"
    file.write_text(json.dumps(screening), encoding="utf-8")
    assert _process(f"check {file} >&-").returncode == 0
    done = _process("check - <&-")
    assert (done.returncode, done.stderr) == (2, b"precise: stdin: cannot be read: it is closed\n")


def test_what_a_terminal_cannot_show_is_escaped(tmp_path: Path, screening: dict[str, Any]) -> None:
    screening["subject_id"] = "é-病-001"
    file = tmp_path / "participant.json"
    file.write_text(json.dumps(screening), encoding="utf-8")
    done = _process(f"check {file} --format json", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert json.loads(done.stdout)["subjects"][0]["subject_id"] == "é-病-001"


LONG = "x" * 300
TOO_LONG = [
    "check record.json --rules LONG",
    "rules test --rules LONG",
    "report record.json --out r --merge LONG",
    "report record.json --out LONG",
    "qfr lumen LONG",
    "qfr angio LONG",
    "qfr info LONG",
    "gate verify --public-key LONG",
    "rules eval 1 --record LONG",
    "rules conformance LONG",
    "simulate --out LONG",
]


@pytest.mark.parametrize("command", TOO_LONG)
def test_a_path_that_is_too_long_is_told_by_every_command(
    command: str, tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any], monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("record.json").write_text(json.dumps(screening), encoding="utf-8")
    said = precise(*[LONG if one == "LONG" else one for one in command.split()])
    assert (said.status, LONG in said.err) == (2, True), said.err


def test_an_empty_name_is_not_this_folder(precise: Callable[..., Any]) -> None:
    for command in ("check", "gate"):
        assert precise(command, "").err == "precise: an empty name: expected a file, a folder, or - for stdin\n"


@pytest.mark.parametrize(
    "command",
    [
        ("gate", "keygen", ""),
        ("gate", "keygen", "/"),
        ("gate", "record.json", "--ledger", ""),
        ("gate", "verify", "--ledger", "/"),
        (
            "qfr",
            "lumen",
            "",
            "--into",
            "record.json",
            *["--vessel", "LAD", "--phase", "baseline", "--assessor", "site"],
            "--acquired-at",
            "2026-03-10T10:00:00+08:00",
        ),
    ],
    ids=" ".join,
)
def test_a_folder_is_no_name_of_a_file(
    command: tuple[str, ...], tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any], monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRECISE_GATE_HOME", str(tmp_path / "home"))
    Path("record.json").write_text(json.dumps(screening), encoding="utf-8")
    precise("gate", "record.json")
    said = precise(*command)
    assert (said.status, "irectory" in said.err or "is a folder" in said.err) == (2, True), said.err


@pytest.mark.parametrize("name", ["gate.key", "gate.key.pub", "gate.ledger", "gate.ledger.head"])
def test_a_slip_takes_the_place_of_no_key_and_no_ledger(
    name: str, tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any], monkeypatch: Any
) -> None:
    monkeypatch.setenv("PRECISE_GATE_HOME", str(tmp_path / "home"))
    record = tmp_path / "record.json"
    record.write_text(json.dumps(screening), encoding="utf-8")
    assert precise("gate", record).status == 0
    before = (tmp_path / "home" / name).read_bytes()
    said = precise("gate", record, "--slip", tmp_path / "home" / name, "--force")
    assert (said.status, "is an input of this run" in said.err) == (2, True)
    assert (tmp_path / "home" / name).read_bytes() == before


READERS: dict[str, tuple[str, ...]] = {
    "check": ("check", "FILE"),
    "gate": ("gate", "FILE", "--dry-run"),
    "report": ("report", "FILE", "--out", "OUT"),
    "eval": ("rules", "eval", "consent.written", "--record", "FILE"),
    "into": ("qfr", "lumen", "LUMEN", "--velocity", "0.35", "--into", "FILE", "--vessel", "LAD", "--phase", "baseline"),
}


@pytest.mark.parametrize("command", READERS.values(), ids=READERS)
def test_every_command_that_reads_a_record_names_file_line_pointer_and_value(
    command: tuple[str, ...], tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    _set(screening, "/lesions/0/vessel", "lad")
    file, lumen = tmp_path / "participant.json", tmp_path / "lumen.csv"
    file.write_text(json.dumps(screening, indent=1), encoding="utf-8")
    lumen.write_text("s_mm,diameter_mm\n" + "".join(f"{s},3.0\n" for s in range(0, 40, 2)))
    places = {"FILE": file, "LUMEN": lumen, "OUT": tmp_path / "out"}
    extra = ("--acquired-at", "2026-03-10T09:50:00+08:00", "--assessor", "site") if command[0] == "qfr" else ()
    answer = precise(*(places.get(word, word) for word in command), *extra)
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if '"lad"' in text)
    assert answer.status == 2
    assert f"{file}:{line}:" in answer.err, answer.err
    assert '/lesions/0/vessel: "lad"' in answer.err
