"""A run that ends in an error ends at once, whatever its processes were doing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.files.workers import workers

if TYPE_CHECKING:
    from pathlib import Path

STOPPED = """
import sys, time
from pathlib import Path
from precise_cal.files.workers import workers

def answer(file):
    Path(file).touch()
    return bytes(150_000_000)  # more than a pipe takes at once

if __name__ == "__main__":
    for number in range(4):
        file = Path(f"begun{number}")
        try:
            with workers(2) as pool:
                for _ in range(2):
                    pool.submit(answer, str(file))
                while not file.exists():
                    time.sleep(0.005)
                time.sleep(0.12 + 0.03 * number)
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            print("ended", flush=True)
"""


@pytest.mark.slow
def test_a_process_that_is_killed_as_it_answers_is_not_waited_for(tmp_path: Path) -> None:
    """Four times, since each may be killed before or after its answer."""
    (tmp_path / "stopped.py").write_text(STOPPED, "utf-8")
    done = subprocess.run([sys.executable, "stopped.py"], cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.split()) == (0, [b"ended"] * 4)


def test_the_pipes_of_a_pool_have_the_names_by_which_they_are_closed() -> None:
    """They are none that the library promises; without them nothing is closed, and nothing is told."""
    with workers(1) as pool:
        pipes: dict[str, Any] = vars(pool)
        assert pipes["_call_queue"]._reader.fileno() > 0
        assert pipes["_result_queue"]._writer.fileno() > 0
