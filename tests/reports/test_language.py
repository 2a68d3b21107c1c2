"""Documents and terminal text in Chinese: no English but names, units, codes and the words of the protocol."""

from __future__ import annotations

import ast
import dataclasses
import html
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import precise_cal
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook.catalog import catalog_of
from precise_cal.language.house import house_texts
from precise_cal.reports.workbook.read import read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.reports.case import Trial

_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"", re.DOTALL)
_POINTER = re.compile(r"(?:/[a-z0-9_]+)+")


def chinese(book: Rulebook, shown: Trial) -> Trial:
    return dataclasses.replace(shown, catalog=catalog_of(book, "zh"))


def leaves(value: Any) -> Iterator[str]:
    """Every text of a record."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str):
        yield value


def known_words(book: Rulebook, records: Any) -> set[str]:
    """Latin words that Chinese text may hold: those of its own catalog, of sentences, ids, codes, records."""
    coded = {word for _, field in book.schema.walk() for word in field.words if not word.isupper()}
    texts = [*catalog_of(book, "zh").texts.values(), *(text for text in leaves(records) if text not in coded)]
    for file, _ in book.loaded.rules:
        for rule in file.rules:
            texts += [rule.id, *(one.code for one in rule.notices), *(one.zh or "" for one in rule.says)]
    taxonomy = book.deviations
    parameters = book.parameters_of(book.timeline.keys[0])
    texts += [*taxonomy.taxonomy, *taxonomy.about, *taxonomy.populations, *parameters]
    texts += [str(one.used.value) for one in parameters.values()]
    about = book.version
    texts += [
        about.study_id,
        about.version,
        about.sha256,
        about.sha256[:12],
        book.study.study.short_title,
        "precise-cal",
    ]
    return {word for text in texts for word in _LATIN.findall(text)}


def read_as_people_do(text: str, form: str) -> str:
    """The text without what its format adds."""
    if form == "html":
        body = re.sub(r"<(script|style)>.*?</\1>", " ", text, flags=re.DOTALL)
        return html.unescape(re.sub(r"<[^>]+>", " ", body))
    if form == "markdown":
        return html.unescape(re.sub(r"\\(.)", r"\1", re.sub(r"\]\([^)]*\)|<br>", " ", text)))
    return text


def assert_chinese(text: str, known: set[str], where: str) -> None:
    left = _POINTER.sub(" ", _QUOTED.sub(" ", text))
    found = {word for word in _LATIN.findall(left) if word not in known and word.strip(".-_") not in known}
    strange = sorted(
        word for word in found if re.search("[a-z]{2}|[A-Z]{4}", word) and not re.fullmatch(r"[0-9a-f]{6,}", word)
    )
    assert strange == [], where


@pytest.fixture(scope="module")
def shown(book: Rulebook, trial: Callable[..., Trial], records: list[dict[str, Any]]) -> list[Trial]:
    return [chinese(book, trial(records[:8], unmasked=unmasked)) for unmasked in (False, True)]


@pytest.fixture(scope="module")
def known(book: Rulebook, records: list[dict[str, Any]]) -> set[str]:
    return known_words(book, records)


@pytest.mark.parametrize("form", ["html", "markdown", "csv"])
def test_documents_in_chinese_hold_no_english(
    form: str, shown: list[Trial], known: set[str], written: Callable[..., dict[str, bytes]]
) -> None:
    for one in shown:
        for name, data in written(one, form).items():
            assert_chinese(read_as_people_do(data.decode(), form), known, name)


def test_the_pdf_in_chinese_holds_no_english(
    book: Rulebook, shown: list[Trial], known: set[str], written: Callable[..., dict[str, bytes]]
) -> None:
    """Lines break within codes and pointers, so that a part of a word or of a field is one too; clauses are quoted."""
    import pypdf

    planned = written(shown[0], "pdf", only="participants/")
    name, data = next(iter(planned.items()))
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    clauses = {word for one in shown[0].cases[0].subject.verdicts for word in _LATIN.findall(one.quote)}
    fields = {name for path, _ in book.schema.walk() for name in path}
    whole = " ".join([*known, *clauses, *fields])
    left = _POINTER.sub(" ", text)
    strange = {word for word in re.findall("[A-Za-z][a-z]{2,}", left) if word not in whole}
    assert "受试者" in text
    assert strange == set(), name


def test_the_workbook_in_chinese_holds_no_english(
    shown: list[Trial], known: set[str], written: Callable[..., dict[str, bytes]]
) -> None:
    import openpyxl

    for one in shown:
        book = openpyxl.load_workbook(io.BytesIO(written(one, "xlsx")["findings.xlsx"]))
        for sheet in book.worksheets:
            assert_chinese(sheet.title, known, "title")
            for row in sheet.iter_rows(values_only=True):
                assert_chinese(" | ".join(str(value) for value in row if value is not None), known, sheet.title)


def test_every_sheet_is_as_wide_as_a_page_and_says_of_a_simulated_trial_that_it_is_one(
    shown: list[Trial], written: Callable[..., dict[str, bytes]]
) -> None:
    import openpyxl

    simulated = dataclasses.replace(shown[0], is_simulated=True)
    for sheet in openpyxl.load_workbook(io.BytesIO(written(simulated, "xlsx")["findings.xlsx"])).worksheets:
        assert sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.title
        assert (sheet.page_setup.fitToHeight, sheet.page_setup.orientation) == (0, "landscape"), sheet.title
        assert "模拟" in str(sheet.oddHeader.center.text), sheet.title


def test_text_of_a_site_is_never_translated(book: Rulebook, complete: dict[str, Any]) -> None:
    """What a site wrote stays as it is, also where it is a word that a catalog knows."""
    complete["qfr_measurements"][0]["reported_text"] = "none"
    complete["consent"] |= {"form_version": "death", "form_version_in_force": "other"}
    complete["lesions"][0]["devices"].append(
        {"type": "DES", "role": "crossover", "at": "2026-03-10T10:25:00+08:00", "reason": "mild"}
    )
    data = json.dumps(complete).encode()
    subject = Checker(book).subject(book.records.read(data), data)
    catalog = catalog_of(book, "zh")
    says = " ".join(one.zh for verdict in subject.verdicts for one in verdict.says)
    assert "“death”" in says
    assert "“other”" in says
    assert "“mild”" in says
    (query,) = [one for one in subject.queries if one.rule == "IC-7"]
    assert "“none”" in catalog(query.request)


def test_drawings_speak_the_language_of_the_page(shown: list[Trial], written: Callable[..., dict[str, bytes]]) -> None:
    page = next(iter(written(shown[0], "html", only="participants/").values())).decode()
    drawn = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert drawn
    assert all(re.search("[\u4e00-\u9fff]", one) for one in drawn)


def test_a_chinese_workbook_is_read_back(
    book: Rulebook, shown: list[Trial], written: Callable[..., dict[str, bytes]], tmp_path: Path
) -> None:
    import openpyxl

    path = tmp_path / "reviewed.xlsx"
    path.write_bytes(written(shown[0], "xlsx")["findings.xlsx"])
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["偏离"]
    titles = [cell.value for cell in sheet[1]]
    for title, value in (("决定", "已确认"), ("决定人", "Li Na"), ("决定日期", "2027-07-01")):
        sheet.cell(row=2, column=titles.index(title) + 1, value=value)
    workbook.save(path)
    (row,) = [row for row in read_workbook(path) if row.values]
    assert row.sheet == "Deviations"
    assert row.values == {"Decision": "confirmed", "Decided by": "Li Na", "Decided on": "2027-07-01"}


@pytest.mark.parametrize("form", ["text", "junit", "github"])
def test_check_in_chinese_holds_no_english(
    form: str, records: list[dict[str, Any]], records_file: Path, known: set[str], precise: Callable[..., Any]
) -> None:
    said = precise("check", records_file, "--lang", "zh", "--format", form).out
    if form != "text":  # the words of the format itself
        said = re.sub(r"::(error|warning) [^:]*::", "", re.sub(r"<[^>]*?message=|<[^>]*>|[a-z]+=", " ", said))
    assert_chinese(said, known, form)


def test_json_and_sdtm_do_not_change_with_the_language(
    records_file: Path, shown: list[Trial], trial: Callable[..., Trial], records: Any,
    written: Callable[..., dict[str, bytes]], precise: Callable[..., Any],
) -> None:  # fmt: skip
    now = ("--now", "2027-07-01T00:00:00+08:00", "--format", "json")
    assert precise("check", records_file, *now, "--lang", "zh").out == precise("check", records_file, *now).out
    of = [written(one, "sdtm") for one in (shown[0], trial(records[:8]))]
    dated = (".xpt",)  # the time at which such a file is made stands in it
    assert {name: data for name, data in of[0].items() if not name.endswith(dated)} == {
        name: data for name, data in of[1].items() if not name.endswith(dated)
    }


def test_the_locale_chooses_where_no_option_does(
    records_file: Path, precise: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = (
        ("LANG", "zh_CN.UTF-8", "名受试者"),
        ("LC_MESSAGES", "en_US.UTF-8", "participants"),
        ("LC_ALL", "zh_CN", "名受试者"),
    )
    for name, value, wanted in cases:
        if name == "LANG":
            monkeypatch.delenv("LC_ALL", raising=False)
            monkeypatch.delenv("LC_MESSAGES", raising=False)
        monkeypatch.setenv(name, value)
        assert wanted in precise("check", records_file).out, name
    assert "participants" in precise("check", records_file, "--lang", "en").out


def test_every_text_of_the_code_has_chinese() -> None:
    """Patterns that code fills: what has words has an entry."""
    missing = []
    for path in sorted(Path(precise_cal.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name not in ("message", "counting", "plural"):
                continue
            at = 0 if name == "message" else 2
            key = node.args[at] if len(node.args) > at else None
            if isinstance(key, ast.Constant) and re.search("[a-z]{2}", re.sub(r"\{ \$\w+ \}", "", key.value)):
                missing += [f"{path.name}: {key.value}"] if key.value not in house_texts() else []
    assert missing == []


def test_plain_texts_of_imports_have_chinese() -> None:
    """What code yields, raises or keeps as a problem without values: a text of several words has an entry."""
    folder = Path(precise_cal.__file__).parent / "exchange"
    texts = {one for path in folder.rglob("*.py") for one in _plain_texts(ast.parse(path.read_text("utf-8")))}
    assert {one for one in texts if re.search("[a-z]{2,} [a-z]{2,}", one)} - house_texts().keys() == set()


def _plain_texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Yield(spoken) | ast.Return(spoken) | ast.Raise(ast.Call(args=[spoken])):
                yield from _constants(spoken)
            case ast.keyword("problem", spoken) | ast.Assign([ast.Name("problem" | "wanted" | "hint")], spoken):
                yield from _constants(spoken)


def _constants(spoken: ast.expr | None) -> Iterator[str]:
    match spoken:
        case ast.Tuple(elts) | ast.List(elts):
            for one in elts:
                yield from _constants(one)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _constants(body)
            yield from _constants(orelse)
        case ast.JoinedStr(values):
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in values)
        case ast.Constant(str(text)):
            yield text


def test_the_masked_pages_of_both_arms_are_alike_in_chinese(
    book: Rulebook, trial: Callable[..., Trial], participant: dict[str, Any], written: Callable[..., dict[str, bytes]]
) -> None:
    pages = []
    for arm in ("DCB", "DES"):
        document = json.loads(json.dumps(participant))
        document["randomization"]["arm"] = arm
        for lesion in document["lesions"]:
            for device in lesion["devices"]:
                device["type"] = arm
        pages.append(written(chinese(book, trial([document])), "html", "csv"))
    assert pages[0] == pages[1]


def test_a_font_without_chinese_is_told_and_nothing_is_written(
    records_file: Path, precise: Callable[..., Any], tmp_path: Path
) -> None:
    latin = next(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"), None)
    if latin is None:
        pytest.skip("no DejaVuSans.ttf: apt-get install fonts-dejavu-core")
    participant = tmp_path / "one.json"
    participant.write_text(records_file.read_text("utf-8").splitlines()[0], "utf-8")
    options = ("--format", "pdf", "--lang", "zh", "--font", latin, "--out", tmp_path / "out")
    said = precise("report", participant, *options)
    assert said.status == 2
    assert "--font 文件" in said.err
    assert not list((tmp_path / "out").glob("*.pdf"))
