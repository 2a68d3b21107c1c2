"""Damaged films, workbooks, studies and lumens, and values of options that nobody means: no exit 4."""

from __future__ import annotations

import io
import json
import random
import struct
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from openpyxl import Workbook
from pydicom import dcmread

from precise_cal.cli.app import every_command
from qfr_lab.simulator.dicom_file import XaTags, write_xa

from .bounded import bounded

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
COMMANDS = (sys.executable, str(Path(__file__).with_name("commands.py")))


def assert_all_end_well(commands: list[list[str]], *, megabytes: int = 3_000, seconds: int, peak: float) -> None:
    """Run the commands in one process of bounded address space; none ends in a fault."""
    ended = bounded(COMMANDS, megabytes=megabytes, seconds=seconds, stdin=json.dumps(commands).encode())
    assert ended.status == 0, ended.err[-2000:]
    *faults, count = ended.out.splitlines()
    assert not faults, "\n".join(faults[:5])
    assert int(count) == len(commands)
    assert ended.megabytes < peak, ended.megabytes


# ---- 500 films ----

ELEMENTS = {"NumberOfFrames": 0x00280008, "Rows": 0x00280010, "Columns": 0x00280011, "BitsStored": 0x00280101,
            "BitsAllocated": 0x00280100, "HighBit": 0x00280102}  # fmt: skip


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.dcm"
    pixels = np.random.default_rng(1).integers(0, 255, (3, 64, 64)).astype(np.uint8)
    write_xa(path, pixels, XaTags())
    return path


def damaged_films(film: Path, folder: Path, count: int) -> Iterator[Path]:
    """Headers that lie, bytes that are turned, ends that are missing; the first claims 2,147,483,647 frames."""
    source, chance = film.read_bytes(), random.Random(7)
    for number in range(count):
        path = folder / f"{number:03}.dcm"
        if number < 60:
            dataset = dcmread(io.BytesIO(source))
            name = list(ELEMENTS)[number % len(ELEMENTS)]
            value = [2_147_483_647, 65_535, 0, 1, 2_000_000_000, 999][number // len(ELEMENTS) % 6]
            setattr(dataset, name, value if name == "NumberOfFrames" else min(value, 65_535))
            dataset.save_as(path, enforce_file_format=True)
        else:
            data = bytearray(source[: chance.randrange(len(source)) if number % 5 == 0 else None])
            for _ in range(chance.choice([1, 3, 30])):
                if data:
                    data[chance.randrange(min(len(data), 2_000))] = chance.randrange(256)
            if number % 7 == 0 and len(data) > 600:
                struct.pack_into("<I", data, chance.randrange(132, 600), 0xFFFFFFF0)
            path.write_bytes(data)
        yield path


def test_500_films(film: Path, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    films = list(damaged_films(film, tmp_path / "films", 500))
    assert len(films) == 500
    study = tmp_path / "study.json"
    view = {"frame": 1, "proximal": [20, 8], "distal": [30, 50], "through": []}
    study.write_text(
        json.dumps({"vessel": "LAD", "views": [{"file": "films/000.dcm", **view}], "flow": {"method": "fixed"}})
    )
    commands = [["qfr", "info", str(path), *(["--format", "json"] if n % 2 else [])] for n, path in enumerate(films)]
    assert_all_end_well([*commands, ["qfr", "angio", str(study)]], seconds=60, peak=500)


# ---- 30 workbooks ----


def damaged_workbooks(folder: Path) -> Iterator[Path]:
    chance = random.Random(11)
    for number in range(30):
        book, path = Workbook(), folder / f"{number:02}.xlsx"
        book.active.title = "Deviations"
        for name in ("Eligibility", "Queries", "Visits"):
            book.create_sheet(name)
        cell = ["A1", "B7", "XFD1", "A1048576", "XFD1048576", "ZZ9999"][number % 6]
        book["Deviations"][cell] = ["=1+1", "ID", 10**300, "\u2028x", "x" * 32_000][number % 5]
        book.save(path)
        if number % 3 == 1:
            data = bytearray(path.read_bytes())
            for _ in range(20):
                data[chance.randrange(len(data))] = chance.randrange(256)
            path.write_bytes(data)
        elif number % 3 == 2:
            with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(f"xl/worksheets/sheet{number + 50}.xml", b" " * (1_000_000 * number * 5))
        yield path


def test_30_workbooks(tmp_path: Path, complete: dict[str, Any]) -> None:
    record = tmp_path / "record.json"
    record.write_text(json.dumps(complete))
    (tmp_path / "books").mkdir()
    commands = [
        ["report", str(record), "--out", str(tmp_path / f"out{number}"), "--merge", str(path)]
        for number, path in enumerate(damaged_workbooks(tmp_path / "books"))
    ]
    assert_all_end_well(commands, seconds=60, peak=700)


# ---- 350 values of options ----

VALUES = [
    "",
    " ",
    "²",
    "NaN",
    "inf",
    "-1",
    "0",
    "1e999",
    "١",
    "x" * 5_000,
    "\x1b[2J",
    "2026-13-99",
    "☃",
    "-",
    "../..",
    "\ud800",
]
KEPT = ("--reason", "NaN")
"""A reason is free text, which later answers about the same record show: no fault of a number."""
SLOW = {"simulate", "batch", "boundaries", "mutate", "prove", "run", "watch"}
"""Which take long, or go on until somebody stops them."""


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that takes options, with the words that call it."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
    else:
        for name, one in inner.items():
            yield from leaves(one, (*path, name))


def option_values(record: Path, lumen: Path) -> Iterator[list[str]]:
    given = {"FILE": str(record), "FILE…": str(record), "LUMEN.csv": str(lumen), "RULE": "IC-5"}
    for path, command in leaves(every_command()):
        if SLOW & set(path):
            continue
        arguments = [one for one in command.params if one.param_type_name == "argument" and one.required]
        needed = [given.get(one.metavar or "", "nothing") for one in arguments]
        for option in command.params:
            if option.param_type_name == "option" and not option.is_flag:
                name = option.opts[0]
                yield from ([*path, *needed, name, one] for one in VALUES if (name, one) != KEPT)


def test_350_values_of_options(tmp_path: Path, complete: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every option with one of the values, each of them in turn, and as many more as make 350."""
    record, lumen = tmp_path / "record.json", tmp_path / "lumen.csv"
    record.write_text(json.dumps(complete))
    lumen.write_text("s_mm,diameter_mm\n" + "".join(f"{s},3\n" for s in range(0, 60, 2)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRECISE_GATE_HOME", str(tmp_path / "gate"))
    monkeypatch.setenv("PRECISE_DESK_HOME", str(tmp_path / "desk"))
    by_option: dict[tuple[str, ...], list[list[str]]] = {}
    for command in option_values(record, lumen):
        by_option.setdefault(tuple(command[:-1]), []).append(command)
    first = [of_one[place % len(of_one)] for place, of_one in enumerate(by_option.values())]
    others = [command for of_one in by_option.values() for command in of_one if command not in first]
    chance = random.Random(5)
    commands = [*first, *chance.sample(others, 350 - len(first))]
    assert {command[-1] for command in first} == {*VALUES}
    chance.shuffle(commands)
    assert_all_end_well(commands, megabytes=6_000, seconds=100, peak=900)


# ---- 70 studies and lumens ----


def studies(film: Path) -> Iterator[str]:
    view = {"file": film.name, "frame": 1, "proximal": [20, 8], "distal": [30, 50], "through": [], "anchor": [18, 6]}
    study = {"vessel": "LAD", "views": [view], "flow": {"method": "fixed"}}
    odd: list[Any] = [None, True, "", "²", -1, 10**30, 1.5e308, [], {}, [[]], "x" * 3_000, "../film.dcm", "a\0b"]
    yield json.dumps({**study, "views": [view, view]})
    yield json.dumps(study).replace("20,", "NaN,", 1)
    yield "[" * 100_000
    yield '{"views":' * 3_000 + "1" + "}" * 3_000
    yield json.dumps({**study, "views": [view] * 200})
    for name in ("vessel", "views", "flow"):
        yield from (json.dumps({**study, name: value}) for value in odd[:9])
    for name in ("file", "frame", "proximal", "distal"):
        yield from (json.dumps({**study, "views": [{**view, name: value}]}) for value in odd[-6:])


LUMENS = [
    "",
    "s_mm,diameter_mm\n",
    "s_mm,diameter_mm\n0,3\n",
    "s_mm,diameter_mm\n0,3\n0,3\n",
    "s_mm,diameter_mm\n0,²\n1,3\n2,3\n",
    "s_mm,diameter_mm\n0,NaN\n1,3\n2,3\n",
    "s_mm,diameter_mm\n0,1e308\n1e308,3\n2e308,3\n",
    "s_mm,diameter_mm\n0,1e-300\n1,1e-300\n2,3\n",
    "s_mm,diameter_mm\n0,1.6\n2,2.7\n4,4.2\n6,4.2\n8,1.0\n",
    "s_mm,diameter_mm\n" + "".join(f"{n},3\n" for n in range(200_000)),
    "\ufeffs_mm,diameter_mm\n0,3\n1,3\n2,3\n",
    "s_mm;diameter_mm\n0;3\n",
    "s_mm,diameter_mm\r0,3\r1,3\r2,3",
    '"s_mm,diameter_mm\n0,3',
]


def test_70_studies_and_lumens(film: Path, tmp_path: Path) -> None:
    commands = []
    for number, text in enumerate(studies(film)):
        path = tmp_path / f"study{number}.json"
        path.write_text(text)
        commands.append(["qfr", "angio", str(path), "--format", "json"])
    for number, text in enumerate(LUMENS):
        path = tmp_path / f"lumen{number}.csv"
        path.write_text(text)
        commands.append(["qfr", "lumen", str(path), "--velocity", "0.35", "--format", "json"])
    assert len(commands) >= 70
    assert_all_end_well(commands, seconds=90, peak=900)


# ---- records ----


def test_records_at_every_limit(tmp_path: Path, complete: dict[str, Any]) -> None:
    """Lists of 200, texts of 2,000 characters, deep and wide JSON, ten megabytes."""
    texts = [
        "[" * 200_000,
        "{" + '"a":' * 5_000,
        "1" * 5_000_000,
        '"' + "x" * 9_999_990 + '"',
        json.dumps({"a": list(range(400_000))}),
    ]
    for name, value in complete.items():
        if isinstance(value, list) and value:
            texts.append(json.dumps({**complete, name: [value[n % len(value)] for n in range(200)]}))
            texts.append(json.dumps({**complete, name: value * 3_000}))
    commands = []
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}.json"
        path.write_text(text)
        commands += [["check", str(path)], ["check", str(path), "--format", "json"], ["gate", str(path), "--dry-run"]]
    assert_all_end_well(commands, seconds=90, peak=900)
