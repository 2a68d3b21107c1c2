"""Databases of a desk for tests: kept under a name, put back, dumped."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

POSTGRESQL = os.environ.get("PRECISE_TEST_POSTGRESQL")
"""A server whose databases may be made and dropped, such as ``postgresql://postgres@localhost:5433``."""

ROLES = {"web": "desk_web", "backup": "desk_backup", "inspector": "desk_inspector"}


def _close() -> None:
    from django.db import connections

    connections.close_all()


@dataclass
class Sqlite:
    """The file in the desk's folder."""

    file: Path
    kept: Path

    def keep(self, name: str) -> None:
        _close()
        self.kept.mkdir(exist_ok=True)
        shutil.copy(self.file, self.kept / name)

    def put_back(self, name: str) -> None:
        _close()
        for suffix in ("-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        shutil.copy(self.kept / name, self.file)

    def dump(self) -> bytes:
        """File and write-ahead log."""
        files = [self.file, self.file.with_name(self.file.name + "-wal")]
        return b"".join(one.read_bytes() for one in files if one.exists())


@dataclass
class Postgresql:
    """A database of a server, copied from templates."""

    server: str

    @property
    def url(self) -> str:
        return f"{self.server}/desk"

    def _run(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as connection:
            for one in statements:
                connection.execute(one)  # type: ignore[arg-type,unused-ignore]

    def make(self) -> None:
        self._run("DROP DATABASE IF EXISTS desk WITH (FORCE)", "CREATE DATABASE desk")

    @property
    def url_of_web(self) -> str:
        """As the role that `restrict` makes."""
        return self.url.replace("//postgres@", f"//{ROLES['web']}@")

    def make_roles(self) -> None:
        import psycopg

        for role in ROLES.values():
            with suppress(psycopg.errors.DuplicateObject):
                self._run(f"CREATE ROLE {role} LOGIN")

    def restrict(self) -> None:
        """Let this process be the web server's role from now on."""
        from django.db import connection

        from precise_cal.desk.grants import Roles, grant

        self.make_roles()
        grant(Roles(**ROLES), apply=True)
        _close()
        connection.settings_dict["USER"] = ROLES["web"]

    def keep(self, name: str) -> None:
        _close()
        self._run(f"DROP DATABASE IF EXISTS desk_{name}", f"CREATE DATABASE desk_{name} TEMPLATE desk")

    def put_back(self, name: str) -> None:
        _close()
        self._run("DROP DATABASE IF EXISTS desk WITH (FORCE)", f"CREATE DATABASE desk TEMPLATE desk_{name}")

    def dump(self) -> bytes:
        """What ``pg_dump`` writes."""
        url = urlsplit(self.url)
        command = ["pg_dump", "-h", str(url.hostname), "-p", str(url.port), "-U", str(url.username), "desk"]
        return subprocess.run(command, capture_output=True, check=True).stdout


def store_of(folder: Path) -> Any:
    """The database that the tests run on."""
    if POSTGRESQL:
        return Postgresql(POSTGRESQL)
    return Sqlite(folder / "home" / "desk.sqlite3", folder / "databases")
