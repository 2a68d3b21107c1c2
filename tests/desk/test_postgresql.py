"""The same tests on a real PostgreSQL, which is started here: Debian's package ``postgresql-15``."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.desk.killing import besiege, hold_together
from tests.desk.running import Running, Visitor
from tests.desk.stores import POSTGRESQL, Postgresql
from tests.desk.system_users import deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
BIN = Path("/usr/lib/postgresql/15/bin")
HERE = Path(__file__).parent
OPTIONS = "-c max_connections=120 -c fsync=off -c wal_compression=off -c wal_keep_size=512"
"""Processes die here, and no machine, so that what is written need not reach a disk. What a test wrote is kept."""


def _as_postgres() -> list[str]:
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("there is no user postgres, and the server does not run as root")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@dataclass
class Server:
    """A PostgreSQL that is running."""

    url: str
    control: list[str]

    def stop(self, mode: str) -> None:
        subprocess.run([*self.control, "-m", mode, "stop"], check=False, cwd="/", capture_output=True)

    def start(self) -> None:
        # without a pipe: what the server inherits of it would never be closed
        subprocess.run([*self.control, "start"], check=True, cwd="/", stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
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
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} {OPTIONS}"
        control = [*prefix, str(BIN / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options]
        one = Server(f"postgresql://postgres@127.0.0.1:{port}", control)
        one.start()
        try:
            yield one
        finally:
            one.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.minutes(5)
@pytest.mark.skipif(POSTGRESQL is not None, reason="runs on PostgreSQL already")
def test_the_same_tests_pass_on_postgresql(server: Server, tmp_path: Path) -> None:
    names = (
        "access",
        "accounts",
        "answering",
        "ceremony",
        "designs",
        "gating",
        "grants",
        "inspection",
        "last_seen",
        "log",
        "people",
        "prefill",
        "search",
        "selection",
        "stamps",
        "versions",
        "browser",
        "browser_versions",
    )
    files = [str(HERE / f"test_{name}.py") for name in names]
    environment = os.environ | {"PRECISE_TEST_POSTGRESQL": server.url}
    options = ["-q", "-n", "0", "-m", "slow or not slow", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "t")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *files], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout[-9000:]
    assert " passed" in done.stdout


def _with_roles(server: Server, secrets: Path, name: str) -> str:
    """A database with the roles of deploy/roles.sh, and where it is."""
    import psycopg

    host, port = server.url.rpartition("@")[2].split(":")
    for role in ("owner", "web"):
        (secrets / role).write_text(f"it's {role}'s \\ secret")
    with psycopg.connect(f"{server.url}/postgres", autocommit=True) as line:
        line.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    environment = {"PATH": f"{BIN}:{os.environ['PATH']}", "PGHOST": host, "PGPORT": port, "SECRETS": str(secrets)}
    named = {"POSTGRES_USER": "postgres", "POSTGRES_DB": name}
    script = ["sh", str(HERE.parents[1] / "deploy" / "roles.sh")]
    for _ in range(2):  # roles belong to the whole server, and outlive a database
        done = subprocess.run(script, env=environment | named, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return f"{host}:{port}/{name}"


@pytest.mark.skipif(
    POSTGRESQL is not None, reason="runs once, from the suite on SQLite: it makes the roles of a server"
)
def test_roles_of_deploy_serve_a_desk_that_owns_no_table(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As compose.yaml has it: roles.sh once, init and grants as the owner, run as the web server's role."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is absent: pip install 'precise-cal[desk]'")
    monkeypatch.delenv("PRECISE_SEALER_SOCKET", raising=False)
    address = _with_roles(server, tmp_path, "desk_deployed")
    running = Running(tmp_path / "desk")
    monkeypatch.setenv("PRECISE_DATABASE_URL", f"postgresql://desk_owner@{address}")
    running.make()
    command = [sys.executable, "-m", "precise_cal", "desk", "grants", "--web", "desk_web"]
    done = subprocess.run(command, env=running.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    monkeypatch.setenv("PRECISE_DATABASE_URL", f"postgresql://desk_web@{address}")
    running.start()
    try:
        assert "Demonstration" in Visitor(running, "monitor").get("/participants")
    finally:
        running.stop()
    with psycopg.connect(f"postgresql://desk_web@{address}", autocommit=True) as line:
        owned = "SELECT count(*) FROM pg_tables WHERE tableowner = current_user"
        assert line.execute(owned).fetchone() == (0,)
        for wrong in ("DELETE FROM desk_event", "ALTER TABLE desk_event DISABLE TRIGGER ALL", "CREATE TABLE x (y int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                line.execute(wrong)


@pytest.mark.skipif(
    POSTGRESQL is not None, reason="runs once, from the suite on SQLite: it makes the roles of a server"
)
def test_desk_and_sealer_of_compose_run_as_users_who_cannot_enter_each_others_folders(
    server: Server, tmp_path: Path
) -> None:
    """The commands of compose.yaml, each by its user, in folders as the Containerfile makes them."""
    with deployed(_with_roles(server, tmp_path, "desk_users")) as (desk, sealer, stranger, folder):
        url = f"http://127.0.0.1:{desk.serve()}/healthz"
        for _ in range(600):
            with suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
                assert answer.status == 200
                break
            time.sleep(0.1)
        else:
            raise AssertionError("the desk does not answer")
        assert desk.asks_sealer()
        assert not stranger.asks_sealer()
        for who, whose in ((desk, "sealer"), (sealer, "desk"), (stranger, "desk"), (stranger, "sealer")):
            assert who.run(["ls", str(folder / whose / "home")]).returncode != 0, (who, whose)


@pytest.mark.skipif(POSTGRESQL is not None, reason="kills the server, and is run once")
def test_database_that_dies_under_load_loses_nothing(
    server: Server, record_property: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("django", reason="the desk's extra is not installed: pip install 'precise-cal[desk]'")
    store = Postgresql(server.url)
    store.make()
    monkeypatch.setenv("PRECISE_DATABASE_URL", store.url)
    monkeypatch.delenv("PRECISE_SEALER_SOCKET", raising=False)
    running = Running(tmp_path / "desk")
    running.make()
    running.start()
    strikes = iter(range(2))

    def strike() -> None:
        """Every process of the server aborts at once; the next start recovers from its log."""
        if next(strikes, None) is not None:
            server.stop("immediate")
            time.sleep(0.5)
            server.start()

    try:
        found = besiege(running, 24, strike=strike)
        assert len(found.seen) >= 3
        record_property("allocations", hold_together(running, tmp_path, found))
    finally:
        running.stop(signal.SIGKILL)
