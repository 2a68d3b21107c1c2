"""The desk under load, by the benchmark itself: figures for the validation pack, and a bound that holds on any machine.

What the issue wants is wanted on two quiet cores; where it is not met this skips, and says the figures.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
LINE = re.compile(
    r"^(\w+) .*?: \d+ in .*?, ([\d.]+)/s, median (\d+) ms, p99 (\d+) ms, CPU ([\d.]+) ms each$", re.MULTILINE
)
WANTED = {"gate": (40.0, 500), "list": (150.0, 200)}
"""By what is measured: how many a second, and p99 in ms."""
WANTED_OF_PROCESSOR = 12.0
"""Milliseconds of a gate with allocation, and its page."""
BOUND = {"gate": 100.0, "list": 30.0}
"""Processor time in ms that no machine should need; three times what a busy one did."""


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[float, int, float]]:
    """By what is measured: how many a second, p99 and processor time in ms. `.ci/run` measures beside nothing else."""
    pytest.importorskip("gunicorn", reason="the desk's extra is not installed: pip install 'precise-cal[desk]'")
    left_out = ("PRECISE_DATABASE_URL", "PRECISE_SEALER_SOCKET")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    command = [sys.executable, str(ROOT / "benchmarks" / "desk.py"), "--randomizations", "80", "--reads", "160"]
    done = subprocess.run(
        command,
        env=environment | {"TMPDIR": str(tmp_path_factory.mktemp("load"))},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = {what: (float(rate), int(p99), float(cpu)) for what, rate, _, p99, cpu in LINE.findall(done.stdout)}
    assert found.keys() == WANTED.keys()
    return found


def test_rates_and_latencies_are_those_that_are_wanted(
    figures: dict[str, tuple[float, int, float]], record_property: Any
) -> None:
    missed = []
    for what, (rate, p99, _) in figures.items():
        record_property(what, f"{rate}/s, p99 {p99} ms")
        if rate < WANTED[what][0] or p99 > WANTED[what][1]:
            missed.append(f"{what} {rate}/s, p99 {p99} ms")
    if missed:
        pytest.skip(f"not met on this machine as it is loaded now: {'; '.join(missed)}")


def test_processor_time_is_the_one_that_is_wanted(
    figures: dict[str, tuple[float, int, float]], record_property: Any
) -> None:
    for what, (_, _, cpu) in figures.items():
        record_property(what, f"{cpu} ms of processor time")
        assert cpu < BOUND[what]
    if figures["gate"][2] > WANTED_OF_PROCESSOR:
        pytest.skip(f"not met: a gate with allocation takes {figures['gate'][2]} ms, wanted {WANTED_OF_PROCESSOR} ms")
