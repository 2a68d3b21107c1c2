"""A trial that is not PRECISE CAL."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("PRECISE_SHARED", Path(__file__).parents[3] / "shared")) / "contract" / "trial-example"


@pytest.fixture(scope="session")
def other_trial() -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there")
    return SHARED


@pytest.fixture(scope="session")
def other_copy(other_trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of it, whose plan is free to change."""
    folder = tmp_path_factory.mktemp("trial") / "other"
    shutil.copytree(other_trial, folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    return folder
