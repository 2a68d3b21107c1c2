"""Texts in another language: patterns filled anew, values that are texts themselves, and nothing lost on the way."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest

from precise_cal.language.catalog import ENGLISH, Bilingual, Catalog, Joined, message, plural, words_of
from precise_cal.language.house import house_catalog, house_texts
from precise_cal.language.wording import names_in, read_pattern
from precise_cal.protocol import foreign

EXAMPLES = {
    "the sentence, a pattern of Fluent: Called on day { $day }": {"day"},
    "what to supply: one datum, that a site can answer; { $name } is a value": {"name"},
}
"""Texts that show a pattern, and name no value of their own."""
TYPED = set(
    re.findall(
        "[A-Za-z]+",
        """
        Abs also Angiographic admin Bundle Children Descendants Descendents False Fluent Frame Image Imager Java Lesion
        Medis Motion Office Parquet Pixel Pointer Positioner Precision Python Rescale Slope Spacing Spark spark
        Storage Time Unicode Vector anchors angio arm assay assumed at attestations bailout body boolean
        boxes by cache category check ignore chmod code codes cohort columns conduct confirmed consent constant
        contacts contrast crf criteria csv date days decimal deviation div domains enabled exclude expand
        expect false fhir finet Fisher fixed follows format frame from front gate given hours id identifier import
        importance in info informative init install instant integer iso items join json key kind leave lesion let
        listed
        lint lookup missing mm mod mode months ms name none null number others parent parse participant patient pip
        point precise qfr redcap reference refused registry replaces report revealed roles rules severity
        show sign signature since singleton some sort split test text than title treated trial true unit
        until usdm value velocity verify views visit weeks wheel when with without words xlsx years zh zone
        """,
    )
)
"""Keys and words of files, options, operators and names of programs, which are the same in every language."""
ZH = Catalog(
    "zh",
    {", ": "、", "{ $count } rows": "{ $count } 行", "{ $what }, more exactly": "更精确的{ $what }", "the sex": "性别"},
)


def test_a_text_without_an_entry_stays_english() -> None:
    assert ZH("the date") == "the date"
    assert ENGLISH("the sex") == "the sex"


def test_a_message_is_its_english_and_is_filled_anew() -> None:
    one = message("{ $what }, more exactly", what="the sex")
    assert one == "the sex, more exactly"
    assert ZH(one) == "更精确的性别"


def test_one_and_many_have_one_entry() -> None:
    assert [plural(n, "{ $count } row", "{ $count } rows") for n in (1, 2, 1000)] == ["1 row", "2 rows", "1,000 rows"]
    assert [ZH(plural(n, "{ $count } row", "{ $count } rows")) for n in (1, 1000)] == ["1 行", "1,000 行"]


def test_parts_are_joined_as_the_language_joins_them() -> None:
    parts = Joined(", ", ["the sex", message("{ $count } rows", count=2), Bilingual("yes", "是")])
    assert parts == "the sex, 2 rows, yes"
    assert ZH(parts) == "性别、2 行、是"


@pytest.mark.parametrize("text", [message("{ $a } b", a="the sex"), Joined(", ", ["x", "y"]), Bilingual("a", "甲")])
def test_a_text_survives_its_way_to_another_process(text: str) -> None:
    again = pickle.loads(pickle.dumps(text))
    assert (again, ZH(again)) == (text, ZH(text))


def test_a_value_is_never_read_as_a_pattern() -> None:
    assert ZH(message("{ $count } rows", count="{ $count }")) == "{ $count } 行"


def test_every_text_of_the_house_names_the_values_of_its_english() -> None:
    for english, chinese in house_texts().items():
        wanted = set(re.findall(r"\{ \$(\w+) \}", english)) - EXAMPLES.get(english, set())
        assert set(names_in(read_pattern(chinese, "zh"))) == wanted, english


def test_no_text_of_the_house_is_cut_off_by_the_comment_of_its_file() -> None:
    """An entry that is not quoted ends at a number sign after a blank."""
    assert [english for english, chinese in house_texts().items() if ("#" in english) != ("#" in chinese)] == []


def test_chinese_of_the_house_holds_no_english_but_what_is_typed() -> None:
    """Words in small letters are keys of files, options, operators and programs, each of which its English has too."""
    aside = r"precise [a-z ]+|“[^”]*”|\"[^\"]*\"|`[^`]*`|'[^']*'|\S*[/._-]\S*"
    for english, chinese in house_texts().items():
        left = re.sub(aside, " ", re.sub(r"\{ \$\w+ \}", " ", chinese))
        found = re.findall(r"(?<![A-Za-z0-9_./-])[A-Z]?[a-z]{2,}(?![A-Za-z0-9_])", left)
        assert [word for word in found if word not in TYPED or word.lower() not in english.lower()] == [], chinese


def test_the_catalog_of_english_needs_no_file() -> None:
    assert house_catalog("en") is ENGLISH


def test_what_a_file_is_that_is_no_record_is_told_in_chinese() -> None:
    heads = [(b"\0" * start + mark) for start, mark, _ in foreign._MAGIC]
    heads += [b"PK\x03\x04 xl/", b"PK\x03\x04", b"\xff\xfe", b"<ODM >", b"<Bundle >", b"<html>", b"<x>", b"a,b\n1,2\n"]
    documents: list[Any] = [{"resourceType": "Bundle"}, {"datasetJSONVersion": "1"}, {"subjects": [], "protocol": {}}]
    documents += [
        {"views": [], "vessel": "LAD"},
        [{"resourceType": "Patient"}],
        [{"redcap_event_name": "x"}],
        [{"record_id": "1"}],
    ]
    texts = [*map(foreign.foreign_file, heads), *map(foreign.foreign_document, documents)]
    assert [text for text in texts if text not in house_texts()] == []
    patient = foreign.foreign_document({"resourceType": "Patient"})
    assert patient is not None
    assert house_catalog("zh")(patient) == "是 FHIR 资源（Patient）：见 precise import"


def test_what_cannot_be_decoded_is_told_with_its_byte() -> None:
    """Its first argument is the name of the encoding alone."""
    with pytest.raises(UnicodeDecodeError) as caught:
        b"\xff".decode("utf-8")
    assert "0xff in position 0" in words_of(caught.value)
    assert words_of(ValueError("said")) == "said"
