"""A trial that is not PRECISE CAL, without a plan of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

LANTERN = Path(__file__).parents[2] / "examples" / "trials" / "lantern"


@pytest.fixture(scope="session")
def other_trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trial") / "lantern"
    shutil.copytree(LANTERN, folder, ignore=shutil.ignore_patterns("simulate.yaml"))
    return folder


@pytest.fixture(scope="session")
def other_copy(other_trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of it, whose plan is free to change."""
    folder = tmp_path_factory.mktemp("trial") / "other"
    shutil.copytree(other_trial, folder)
    return folder
