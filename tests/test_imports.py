"""Starting is fast because nothing heavy is imported before it is needed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from precise_cal.rules import bundled

HEAVY = (
    "numba",
    "scipy",
    "numpy",
    "pydicom",
    "gdcm",
    "cryptography",
    "jinja2",
    "typst",
    "openpyxl",
    "pandas",
    "pyreadstat",
)
PROGRAM = """
import sys
from precise_cal.cli.main import run
status = run(sys.argv[1:])
print("imported:", *sorted(set({heavy!r}) & set(sys.modules)), file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["check", str(bundled() / "tests" / "complete.json")],
        ["check", str(bundled() / "tests" / "complete.json"), "--format", "json"],
        ["rules", "list"],
        ["schema", "record"],
    ],
    ids=" ".join,
)
def test_command_imports_nothing_heavy(arguments: list[str]) -> None:
    program = PROGRAM.format(heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "imported:")


def test_a_plain_check_imports_neither_typer_nor_pydantic() -> None:
    program = PROGRAM.format(heavy=("typer", "pydantic", "pydantic_core", "rich", "importlib.metadata", "calendar"))
    command = [sys.executable, "-c", program, "check", str(bundled() / "tests" / "complete.json"), "--format", "json"]
    assert subprocess.run(command, capture_output=True, check=True).stderr.splitlines()[-1] == b"imported:"


def test_hash_seeds_never_matter() -> None:
    command = [sys.executable, "-m", "precise_cal", "check", str(bundled() / "tests" / "complete.json")]
    command += ["--format", "json", "--now", "2027-04-20T12:00:00+08:00"]
    runs = [
        subprocess.run(command, capture_output=True, check=True, env=os.environ | {"PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
