"""What is installed: the package and its data, and nothing that only tests, benchmarks and examples need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_wheel_holds_the_package_alone(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = ZipFile(wheel).namelist()
    rooms = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert rooms == {"precise_cal"}
    tested = [name for name in names if any(word in name for word in ("simulator", "twin", "qfr_lab"))]
    assert tested == []
    for data in ("rules/record.yaml", "qfr/pages/page.html.jinja", "qfr/angio/analysis.py", "py.typed"):
        assert f"precise_cal/{data}" in names
