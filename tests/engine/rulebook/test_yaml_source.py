"""YAML as plain data with places; nothing is guessed."""

from __future__ import annotations

import pytest

from precise_cal.engine.rulebook.yaml_source import MAX_DEPTH, Place, RuleFileError, parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("on", "on"),
        ("true", True),
        ("True", "True"),
        ("null", None),
        ("~", None),
        ("2.25", "2.25"),
        ("1e3", "1e3"),
        ("18", 18),
        ("-18", -18),
        ("018", "018"),
        ("0x10", "0x10"),
        ("2026-02-01", "2026-02-01"),
        ("12:30", "12:30"),
        ('"18"', "18"),
        (".inf", ".inf"),
    ],
)
def test_scalars_are_what_they_look_like(text: str, value: object) -> None:
    found = parse_yaml(f"key: {text}\n".encode(), "f").data["key"]
    assert (found, type(found)) == (value, type(value))


def test_places_are_those_of_the_text() -> None:
    file = parse_yaml(b"a:\n  - plain\n  - 'quoted'\n  - |\n    block\n    more\n", "f.yaml")
    assert file.data == {"a": ["plain", "quoted", "block\nmore\n"]}
    assert file.place(("a", 0)) == Place("f.yaml", 2, 5)
    assert file.place(("a", 1)) == Place("f.yaml", 3, 6)
    assert file.place(("a", 2)) == Place("f.yaml", 5, 5)
    assert file.place(("a", 2, "nothing", 7)) == file.place(("a", 2))
    assert str(file.place(("a", 0))) == "f.yaml:2:5"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\na: 2", 'f:2:1: the key "a" stands twice'),
        ("a: &x 1\nb: *x", "f:1:4: aliases (&name and *name) are not allowed"),
        ("a: !!python/object:os.system {}", "f:1:4: tags are not allowed"),
        ("a: !mine 1", "f:1:4: tags are not allowed"),
        ("? [1, 2]\n: 3", "a key should be a word"),
        ("--- 1\n--- 2", "is not valid YAML"),
        ("a: b: c", "f:1:5: is not valid YAML"),
        ("\ta: 1", "is not valid YAML"),
        ("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2), f"is nested deeper than {MAX_DEPTH} levels"),
        ("a: \x07", "is not valid YAML"),
    ],
)
def test_refusals(text: str, told: str) -> None:
    with pytest.raises(RuleFileError) as caught:
        parse_yaml(text.encode(), "f")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "stored", [b"a: 1\r\nb: |\r\n  x\r\n  y\r\n", b"a: 1\rb: |\r  x\r  y\r", b"\xef\xbb\xbfa: 1\nb: |\n  x\n  y\n"]
)
def test_what_is_hashed_is_what_is_read_not_how_it_is_stored(stored: bytes) -> None:
    plain, other = parse_yaml(b"a: 1\nb: |\n  x\n  y\n", "f"), parse_yaml(stored, "f")
    assert (other.data, other.sha256) == (plain.data, plain.sha256)
