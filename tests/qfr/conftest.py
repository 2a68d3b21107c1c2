"""The example's films, which come from the simulator and need not be made again, and what is found on them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydicom
import pytest

from precise_cal.qfr.angio.analysis import AngioResult, run_study
from precise_cal.qfr.angio.memory import Memory
from precise_cal.qfr.study.study import read_study

if TYPE_CHECKING:
    from qfr_lab.simulator.studies import Plan

EXAMPLE = Path(__file__).parents[2] / "examples" / "angiogram"


@pytest.fixture(scope="session")
def plan(program: Any) -> Plan:
    """What the films of the example are made of."""
    return program("examples/make_angiogram.py").PLAN


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with STUDY.json and both films, decoded, so that tests may change pixels. No test writes into it."""
    folder = tmp_path_factory.mktemp("films")
    shutil.copy(EXAMPLE / "STUDY.json", folder)
    for name in ("view-a.dcm", "view-b.dcm"):
        film = pydicom.dcmread(EXAMPLE / name)
        film.decompress()
        film.save_as(folder / name)
    return folder


@pytest.fixture
def form(films: Path) -> dict[str, Any]:
    """STUDY.json of the example, free to change."""
    return json.loads((films / "STUDY.json").read_text())


@pytest.fixture(scope="session")
def memory() -> Memory:
    """The steps of the analysis of the example, for tests of edits."""
    return Memory()


@pytest.fixture(scope="session")
def result(films: Path, memory: Memory) -> AngioResult:
    """The analysis of the example."""
    return run_study(read_study(films / "STUDY.json"), memory=memory)
