"""The same tests on a real PostgreSQL, which is started here: Debian's package ``postgresql-15``."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.desk.stores import POSTGRESQL

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
BIN = Path("/usr/lib/postgresql/15/bin")
HERE = Path(__file__).parent


def _as_postgres() -> list[str]:
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("there is no user postgres, and the server does not run as root")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not BIN.is_dir():
        pytest.skip(f"{BIN} is absent: apt-get install postgresql-15")
    folder, prefix = Path("/tmp") / f"precise-pg-{os.getpid()}", _as_postgres()
    folder.mkdir()
    try:
        if prefix:
            shutil.chown(folder, "postgres", "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        data = str(folder / "data")
        made = [*prefix, str(BIN / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(made, check=True, capture_output=True, cwd="/")
        control = [*prefix, str(BIN / "pg_ctl"), "-D", data, "-w"]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_connections=120"
        subprocess.run([*control, "-l", str(folder / "log"), "-o", options, "start"], check=True, cwd="/")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=False, cwd="/")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(POSTGRESQL is not None, reason="runs on PostgreSQL already")
def test_the_same_tests_pass_on_postgresql(server: str, tmp_path: Path) -> None:
    names = ("access", "ceremony", "gating", "log", "people", "browser")
    files = [str(path) for name in names if (path := HERE / f"test_{name}.py").exists()]
    environment = os.environ | {"PRECISE_TEST_POSTGRESQL": server}
    options = ["-q", "-n", "0", "-m", "slow or not slow", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "t")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *files], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout[-9000:]
    assert " passed" in done.stdout
