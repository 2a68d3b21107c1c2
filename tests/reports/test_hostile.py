"""Text of a record comes out as text in every format, and acts in none."""

from __future__ import annotations

import copy
import csv
import importlib.util
import io
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyreadstat
import pytest
from openpyxl import load_workbook

from precise_cal.files.errors import FileError
from precise_cal.reports.delimited import as_csv
from precise_cal.reports.file_names import file_names
from precise_cal.reports.markdown import plain
from precise_cal.reports.plain import visible

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = importlib.util.spec_from_file_location("reading", Path(__file__).parent / "reading.py")
assert SPEC is not None
assert SPEC.loader is not None
reading = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reading)

SCRIPT = "<script>alert(1)</script>"
LINK = '=HYPERLINK("http://x.example","y")'
TURNED = "abc\u202edef"
HEBREW = "שלום"
MARKUP = "*b* [a](http://x.example) #panic() $x$ | `c`"


@pytest.fixture
def hostile(participant: dict[str, Any]) -> Any:
    """Two participants whose every free text wants to be more than text; both have a deviation and a query."""
    first = copy.deepcopy(participant)
    first |= {"subject_id": SCRIPT, "site_id": LINK, "protocol_version": "v\x1b[31m\x07"}
    first["lesions"][0] |= {
        "reference_vessel_diameter": [{"value": "2.2", "unit": "mm", "method": "qca"}],
    }
    first["renal"]["on_dialysis"] = None
    first["consent"]["form_version"] = MARKUP + TURNED
    second = copy.deepcopy(first) | {"subject_id": "../../etc/" + HEBREW, "site_id": '"><img/src=x/onerror=alert(1)>'}
    return [first, second]


@pytest.fixture
def made(hostile: Any, trial: Callable[..., Any], written: Callable[..., dict[str, bytes]]) -> dict[str, bytes]:
    return written(trial(hostile, unmasked=True))


def test_html_has_no_element_that_is_not_ours(made: dict[str, bytes]) -> None:
    pages = [data.decode() for name, data in made.items() if name.endswith(".html")]
    assert len(pages) == 5, "the trial, two participants, a letter to each of two sites"
    for page in pages:
        told = reading.Page(page)
        tags = [tag for tag, _ in told.elements]
        assert tags.count("script") == 1
        assert "img" not in tags
        assert not any(name.startswith("on") for _, attributes in told.elements for name in attributes)
        assert "\u202e" not in page
        assert "\x1b" not in page
    trial_page = reading.Page(next(page for page in pages if "participants-table" in page))
    assert {row[0] for row in trial_page.tables["participants-table"][1:]} == {SCRIPT, "../../etc/" + HEBREW}
    assert LINK in {row[0] for row in trial_page.tables["listing-table"][1:]}


def test_files_stay_in_their_folder(made: dict[str, bytes]) -> None:
    assert not any(".." in name or "<" in name or "\\" in name for name in made)
    assert len([name for name in made if name.startswith("participants/") and name.endswith(".html")]) == 2


def test_workbook_and_csv_have_no_formula(made: dict[str, bytes]) -> None:
    book = load_workbook(io.BytesIO(made["findings.xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    sites = [cell for cell in cells if cell.value == LINK]
    assert sites
    assert all(cell.quotePrefix for cell in sites)
    assert any("\\u202e" in str(cell.value) for cell in cells)
    for name, data in made.items():
        if name.endswith(".csv"):
            rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
            assert not any(text[:1] in "=+-@" and text for row in rows for text in row), name
            if not name.startswith("queries/"):  # of one site each: not every site has the formula
                assert any(text == f"'{LINK}" for row in rows for text in row), name


def test_pdf_and_markdown_show_it_as_text(made: dict[str, bytes]) -> None:
    told = reading.pdf_text(made["trial.pdf"])
    assert SCRIPT in told
    assert "HYPERLINK" in told
    text = made["trial.md"].decode()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    participant = next(
        data.decode() for name, data in made.items() if name.startswith("participants/") and name.endswith(".md")
    )
    assert not re.search(r"(?<!\\)\]\(http", participant)
    assert "\u202e" not in participant


def test_sdtm_is_ascii_in_xpt_and_text_in_json(made: dict[str, bytes], tmp_path: Path) -> None:
    for name in ("ie", "dm", "ds"):
        path = tmp_path / f"{name}.xpt"
        path.write_bytes(made[f"sdtm/{name}.xpt"])
        frame, _ = pyreadstat.read_xport(str(path))
        assert len(frame)
        assert all(str(value).isascii() for row in frame.itertuples(index=False) for value in row)
    ids = {row[2] for row in json.loads(made["sdtm/ie.json"])["rows"]}
    assert ids == {f"NCT07277114-{SCRIPT}", f"NCT07277114-../../etc/{HEBREW}"}


@pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "a\x85b", "a\ufeffb", "a\U000e0041b", "a\ud800b"])
def test_hidden_characters_are_shown(text: str) -> None:
    assert visible(text) == text.encode("unicode_escape", "surrogatepass").decode("ascii")
    assert visible(f"{HEBREW} – ≥ 张 \n") == f"{HEBREW} – ≥ 张 \n"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1"])
def test_csv_guards_what_a_spreadsheet_would_compute(text: str) -> None:
    assert as_csv([[text, 5, -5]]).decode() == f"'{text},5,-5\r\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a|b", "a\\|b"), ("- x", "\\- x"), ("1. x", "\\1. x"), ("<b>", "&lt;b&gt;"), ("a_b*c", "a\\_b\\*c")],
)
def test_markdown_is_plain(text: str, shown: str) -> None:
    assert plain(text) == shown


TWINS = [
    ("html", [f"A_b-{sha256(b'a/b').hexdigest()[:8]}", "a/b"], "come to one file name"),
    ("sdtm", ["S×1", "Sx1"], "come to one USUBJID, NCT07277114-Sx1"),
    ("sdtm", ["Sé1", "S\\xe91"], "come to one USUBJID"),
    ("sdtm", ["病" * 63 + "1", "病" * 63 + "2"], "come to one USUBJID"),
]


@pytest.mark.parametrize(("form", "ids", "told"), TWINS, ids=[f"{form} {ids[0][:5]}" for form, ids, _ in TWINS])
def test_participants_never_become_one(
    form: Any,
    ids: list[str],
    told: str,
    participant: dict[str, Any],
    trial: Callable[..., Any],
    written: Callable[..., dict[str, bytes]],
) -> None:
    with pytest.raises(FileError, match=told) as caught:
        written(trial([participant | {"subject_id": one} for one in ids]), form)
    assert all(one in str(caught.value) for one in ids)
    assert written(trial([participant | {"subject_id": ids[0]}, participant | {"subject_id": "other"}]), form)


def test_file_names_are_safe_and_differ() -> None:
    names = file_names(["S01-001", "s01-001", "a/b", "a_b", "..", "CON", "x" * 64])
    assert names["S01-001"] == "S01-001"
    assert len({name.lower() for name in names.values()}) == len(names)
    assert not any("/" in name or name.startswith(".") or name.upper() == "CON" for name in names.values())


def test_pdf_writes_what_no_font_has_as_escapes(
    participant: dict[str, Any], trial: Callable[..., Any], written: Callable[..., dict[str, bytes]]
) -> None:
    participant["lesions"][0]["lesion_id"] = "L\U00012000"  # a cuneiform sign
    told = reading.pdf_text(written(trial([participant]), "pdf")["participant-ZS01-001.pdf"])
    assert "\\U00012000" in told.replace(" ", "") or "\U00012000" in told
