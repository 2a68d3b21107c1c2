"""Checkpoints: what was signed is read back, by the keys' one spelling; nothing else is."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from precise_cal.log.checkpoint import Checkpoint, read_checkpoint
from precise_cal.log.errors import LogError

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STATE = Checkpoint("sponsor.example/zs01", 12, sha256(b"").digest())
NOTE = STATE.signed(KEY)


def test_the_form_is_that_of_c2sp() -> None:
    """Each part, from the description: name, key identifier, signature over the text with its last line end."""
    text, signature = NOTE.split("\n\n")
    assert text == f"sponsor.example/zs01\n12\n{base64.b64encode(STATE.root).decode()}"
    dash, name, encoded = signature.removesuffix("\n").split(" ")
    assert (dash, name) == ("\u2014", STATE.origin)
    raw = base64.b64decode(encoded)
    public = KEY.public_key()
    assert raw[:4] == sha256(b"sponsor.example/zs01\n\x01" + public.public_bytes_raw()).digest()[:4]
    public.verify(raw[4:], text.encode() + b"\n")


def test_read_back() -> None:
    assert read_checkpoint(NOTE, KEY.public_key()) == STATE


def test_another_key_is_not_believed() -> None:
    with pytest.raises(LogError, match="another key"):
        read_checkpoint(NOTE, Ed25519PrivateKey.generate().public_key())


@given(st.integers(0, len(NOTE) - 1), st.characters(codec="utf-8"))
def test_no_character_can_be_changed(place: int, character: str) -> None:
    changed = NOTE[:place] + character + NOTE[place + 1 :]
    if changed != NOTE:
        with pytest.raises(LogError):
            read_checkpoint(changed, KEY.public_key())


@given(st.integers(0, len(NOTE)), st.text(min_size=1, max_size=3))
def test_nothing_can_be_added(place: int, text: str) -> None:
    with pytest.raises(LogError):
        read_checkpoint(NOTE[:place] + text + NOTE[place:], KEY.public_key())


@pytest.mark.parametrize("line", [2, 4])
def test_base64_is_written_in_one_way(line: int) -> None:
    """The last letter of root and signature has bits that decode to nothing."""
    rows = NOTE.split("\n")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = rows[line].rstrip("=")[-1]
    encoded = rows[line].split(" ")[-1]
    other = encoded.replace(f"{last}=", f"{letters[letters.index(last) ^ 1]}=")
    assert other != encoded
    assert base64.b64decode(other) == base64.b64decode(encoded)
    with pytest.raises(LogError, match="not written in the one way"):
        read_checkpoint(NOTE.replace(encoded, other), KEY.public_key())


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "line\nend", "é"])
def test_a_name_that_no_key_can_have(origin: str) -> None:
    with pytest.raises(LogError, match="no name of a log"):
        Checkpoint(origin, 1, STATE.root).signed(KEY)
