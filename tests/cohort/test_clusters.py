"""Where a Spark session comes from, and folders that are none of this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cohort.errors import CohortError
from precise_cal.cohort.layout.dataset import held, open_cohort
from precise_cal.cohort.run.setup import make_check
from precise_cal.cohort.run.spark import source_of
from tests.cohort.test_equality import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.cohort.layout.dataset import Cohort
    from precise_cal.cohort.run.checking import Check
    from precise_cal.engine.rulebook.rulebook import Rulebook

RULES = ("IC-1", "IC-2", "EX-8")


@pytest.mark.parametrize(
    ("master", "environment", "source"),
    [
        (None, {}, "local"),
        (None, {"PYSPARK_SUBMIT_ARGS": "--driver-memory 2g pyspark-shell"}, "local"),
        (None, {"PYSPARK_SUBMIT_ARGS": "--master spark://one:7077 pyspark-shell"}, "submitted"),
        (None, {"PYSPARK_GATEWAY_PORT": "40001", "PYSPARK_GATEWAY_SECRET": "x"}, "submitted"),
        (None, {"SPARK_REMOTE": "sc://one:15002"}, "connect"),
        ("spark://one:7077", {}, "named"),
        ("spark://one:7077", {"SPARK_REMOTE": "sc://one:15002"}, "named"),
        ("sc://one:15002", {}, "connect"),
    ],
)
def test_a_master_that_is_named_or_submitted_to_is_taken(
    master: str | None, environment: dict[str, str], source: str
) -> None:
    """Only where nothing names one, Spark runs in this process."""
    assert source_of(master, environment) == source


def test_an_object_store_is_no_folder_of_this_machine(
    book: Rulebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its address is told as it was given, and no folder of such a name is made."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CohortError, match=r"^s3a://bucket/x: is the address of an object store"):
        open_cohort(Path("s3a://bucket/x"), book.schema)
    with pytest.raises(CohortError, match=r"^gs://bucket/verdicts: "), held(Path("gs://bucket/verdicts")):
        pass
    assert list(tmp_path.iterdir()) == []
    with held(Path("a:b")):
        pass


def test_a_master_is_sparks(
    import_lines: Callable[[list[bytes]], Cohort], complete: Any, book: Rulebook, tmp_path: Path
) -> None:
    cohort = import_lines([json.dumps(complete).encode()])
    with pytest.raises(CohortError, match="--spark-master goes with --engine spark"):
        make_check(cohort.folder, tmp_path / "out", book, None, master="spark://one:7077")


def _port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _spark(home: Path, log: Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A process of Spark, in a group of its own with all that it starts."""
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *arguments]
    environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_NO_DAEMONIZE": "1"}
    with log.open("wb") as out:
        return subprocess.Popen(
            command, env=environment, stdout=out, stderr=out, cwd=log.parent, start_new_session=True
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "took too long"
        time.sleep(0.2)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]], list[Path]]]:
    """The address of a standalone master on loopback, its two workers, and what they log."""
    pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'precise-cal[spark]'")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, which is not on the path")
    home, port = Path(pyspark.__file__).parent, _port()
    address = f"spark://127.0.0.1:{port}"
    listens = ("--host", "127.0.0.1", "--webui-port", "0")
    logs = [tmp_path / f"{name}.log" for name in ("one", "two")]
    started = [_spark(home, tmp_path / "master.log", "master.Master", *listens, "--port", str(port))]
    try:
        for log in logs:
            work = ("-c", "1", "-m", "1g", "-d", str(tmp_path / f"{log.stem}-work"))
            started.append(_spark(home, log, "worker.Worker", *listens, *work, address))
        _until(lambda: all("Successfully registered" in log.read_text() for log in logs), 120)
        yield address, started[1:], logs
    finally:
        for process in started:
            _end(process)


@pytest.mark.slow
@pytest.mark.minutes(3)
def test_on_a_cluster_that_loses_an_executor(
    cluster: tuple[str, list[subprocess.Popen[bytes]], list[Path]],
    few: Any,
    check: Callable[..., Check],
    tmp_path: Path,
) -> None:
    """The master that is named is used, and the verdicts are DuckDB's, though a worker is killed on the way."""
    address, processes, logs = cluster
    here = check(few.cohort, "here", only=RULES)
    here.run()
    options = [part for rule in RULES for part in ("--rule", rule)]
    command = [sys.executable, "-m", "precise_cal", "cohort", "check", str(few.cohort.folder), "--engine", "spark"]
    run = subprocess.Popen(
        [*command, "--spark-master", address, "--out", str(tmp_path / "there"), *options],
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    _until(lambda: run.poll() is not None or all("Asked to launch executor" in log.read_text() for log in logs), 200)
    _end(processes[0])
    _, told = run.communicate(timeout=400)
    assert run.returncode in (0, 1, 3), told.decode()
    assert rows(tmp_path / "there") == rows(here.folder)
