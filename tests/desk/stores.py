"""Databases of a desk for tests: kept under a name, put back, dumped."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
    first_segment: str = ""
    """The file of the write-ahead log that was written when the desk was put back last."""

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
        self.first_segment = self._log()[1]

    def dump(self) -> bytes:
        """What ``pg_dump`` writes."""
        url = urlsplit(self.url)
        command = ["pg_dump", "-h", str(url.hostname), "-p", str(url.port), "-U", str(url.username), "desk"]
        return subprocess.run(command, capture_output=True, check=True).stdout

    def segments(self) -> list[bytes]:
        """The files of the server's write-ahead log, in their order, from where the desk was put back last."""
        folder, last = self._log()
        names = sorted(one.name for one in folder.iterdir() if one.is_file())
        return [(folder / one).read_bytes() for one in names if self.first_segment <= one <= last]

    def _log(self) -> tuple[Path, str]:
        """The folder of the write-ahead log, and the name of the file that is written now."""
        import psycopg

        with psycopg.connect(f"{self.server}/postgres") as owner:
            row = owner.execute(
                "SELECT setting, pg_walfile_name(pg_current_wal_insert_lsn()) FROM pg_settings "
                "WHERE name = 'data_directory'"
            ).fetchone()
        assert row is not None
        return Path(row[0]) / "pg_wal", row[1]


def store_of(folder: Path) -> Any:
    """The database that the tests run on."""
    if POSTGRESQL:
        return Postgresql(POSTGRESQL)
    return Sqlite(folder / "home" / "desk.sqlite3", folder / "databases")
