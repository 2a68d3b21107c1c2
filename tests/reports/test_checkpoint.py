"""Documents bear witness to the log: its signed checkpoint stands in each, so that paper can be held against it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from precise_cal.log.checkpoint import Checkpoint, read_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLE = Path(__file__).parents[2] / "examples" / "participants" / "17-randomized-against-criteria.json"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STATE = Checkpoint("sponsor.example/trial", 1286, bytes(range(32)))


@pytest.mark.parametrize(("lang", "title"), [("en", "Signed checkpoint of the log"), ("zh", "日志的已签检查点")])
def test_checkpoint_can_be_read_back_from_every_document(
    precise: Callable[..., Any], tmp_path: Path, lang: str, title: str
) -> None:
    note = tmp_path / "checkpoint"
    note.write_text(STATE.signed(KEY), "utf-8")
    out = tmp_path / "r"
    said = precise(
        "report", EXAMPLE, "--out", out, "--format", "html,pdf,markdown", "--checkpoint", note, "--lang", lang
    )
    assert said.status == 0, said.err
    origin, size, root, _, signature = note.read_text("utf-8").splitlines()
    documents = [path for path in out.rglob("*") if path.suffix in (".html", ".pdf", ".md")]
    assert len(documents) == 3
    for path in documents:
        if path.suffix == ".pdf":
            text = "".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
        else:
            text = path.read_text("utf-8")
        assert title in text.replace("\n", " "), path
        packed = "".join(text.replace("\u200b", "").split())  # where PDF may break a line
        for line in (origin, root, "".join(signature.split())):
            assert line in packed, path
    assert read_checkpoint(f"{origin}\n{size}\n{root}\n\n{signature}\n", KEY.public_key()) == STATE


@pytest.mark.parametrize("text", ["", "no checkpoint\n", STATE.signed(KEY)[:-4], STATE.signed(KEY) + "\n"])
def test_file_that_is_no_checkpoint_is_refused_by_name(precise: Callable[..., Any], tmp_path: Path, text: str) -> None:
    note = tmp_path / "note"
    note.write_text(text, "utf-8")
    said = precise("report", EXAMPLE, "--out", tmp_path / "r", "--format", "markdown", "--checkpoint", note)
    assert (said.status, f"{note}: no checkpoint" in said.err) == (2, True)
    assert not (tmp_path / "r").exists()
    assert precise("report", EXAMPLE, "--out", tmp_path / "r", "--checkpoint", tmp_path / "none").status == 2
