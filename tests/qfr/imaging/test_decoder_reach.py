"""The decoder calls nothing of GDCM but frames and codecs: its OpenSSL stays out of reach (docs/security.md)."""

from __future__ import annotations

import ast

from precise_cal.qfr.dicom.codec import WORKER

CODECS = {
    "Fragment", "SequenceOfFragments", "DataElement", "Tag", "Image", "PhotometricInterpretation",
    "TransferSyntax", "PixelFormat",
}  # fmt: skip
FOLDER = WORKER.parents[2]


def used(text: str) -> set[str]:
    """The names of the module `gdcm` that a program uses."""
    return {
        node.attr
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "gdcm"
    }


def test_only_classes_of_codecs_are_used() -> None:
    assert used(WORKER.read_text("utf-8")) == CODECS


def test_nothing_else_imports_it() -> None:
    """The simulator compresses with it; it decodes nothing that somebody sends."""
    importing = {file.name for file in FOLDER.rglob("*.py") if "import gdcm" in file.read_text("utf-8")}
    assert importing <= {WORKER.name, "compress.py"}
