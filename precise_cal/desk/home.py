"""The folder of a desk: what it is a desk of, its keys, and where its database and its sealer are."""

from __future__ import annotations

import json
import os
import secrets
import stat
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from precise_cal.desk.errors import DeskError
from precise_cal.files.writing import write_file
from precise_cal.gate.keys import keygen, load_private
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.gate.keys import PrivateKey

_FILE: Final = "desk.json"
_LONGEST_SOCKET: Final = 100
"""Bytes of a path that every system takes as a socket."""


@dataclass(frozen=True, slots=True)
class Config:
    """What was decided when the desk was made."""

    origin: str
    """The name of the log: `sponsor.example/trial`."""
    trial: str | None = None
    """The trial's folder; None is the bundled one."""
    demo: bool = False
    zones: Mapping[str, str] = field(default_factory=dict)
    """The time zone of a site (`Asia/Shanghai`), where it is not that of the trial."""
    hosts: tuple[str, ...] = ()
    """The names under which browsers reach the desk, apart from this machine itself."""
    on_call: str = ""
    """The sponsor's telephone number for when the desk cannot be reached."""


@dataclass(frozen=True)
class Place:
    """A folder of a desk that was made."""

    folder: Path

    @cached_property
    def config(self) -> Config:
        """What was decided. Raises: DeskError, if the folder is none."""
        path = self.folder / _FILE
        try:
            members: dict[str, Any] = json.loads(path.read_bytes())
            return Config(**members | {"hosts": tuple(members.get("hosts", ()))})
        except OSError as error:
            raise DeskError(
                message("{ $path }: { $strerror }; precise desk init makes a desk", path=path, strerror=error.strerror)
            ) from None
        except (ValueError, TypeError) as error:
            raise DeskError(
                message("{ $path }: no description of a desk: { $error }", path=path, error=Verbatim(str(error)))
            ) from None

    @cached_property
    def decision_key(self) -> PrivateKey:
        """Signs decisions."""
        return load_private(self.folder / "desk.key")

    @cached_property
    def log_key(self) -> PrivateKey:
        """Signs checkpoints of the log."""
        return load_private(self.folder / "log.key")

    @property
    def secret(self) -> str:
        """What signs sessions."""
        return (self.folder / "secret").read_text(encoding="ascii")

    def link(self, path: str) -> str:
        """The address of a page: under the first name of the desk, else on this machine at the default port."""
        base = f"https://{self.config.hosts[0]}" if self.config.hosts else "http://localhost:8443"
        return f"{base}{path}"

    @property
    def database(self) -> Path:
        """The SQLite file, where no other database is named."""
        return self.folder / "desk.sqlite3"

    @property
    def sealer(self) -> Path:
        """The folder of the sealer that runs beside the desk, where it is no process of its own user."""
        return self.folder / "sealer"

    @property
    def socket(self) -> Path:
        """Where the sealer is asked: ``$PRECISE_SEALER_SOCKET``, else within the folder."""
        named = os.environ.get("PRECISE_SEALER_SOCKET")
        if named:
            return Path(named)
        own = self.folder / "sealer.sock"
        if len(os.fsencode(own)) <= _LONGEST_SOCKET:
            return own
        short = Path(f"/tmp/precise-{os.geteuid()}")  # noqa: S108 - made for this user alone, and checked
        short.mkdir(mode=0o700, exist_ok=True)
        state = short.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or stat.S_IMODE(state.st_mode) & 0o077:
            raise DeskError(
                message("{ $path }: is not this user's own; name a socket by PRECISE_SEALER_SOCKET", path=short)
            )
        return short / f"{self.folder.stat().st_ino}.sock"


def desk_folder() -> Path:
    """``$PRECISE_DESK_HOME``, else in the user's data folder.

    Raises:
        DeskError: there is no home folder.
    """
    named = os.environ.get("PRECISE_DESK_HOME")
    if named:
        return Path(named).absolute()
    base = os.environ.get("XDG_DATA_HOME")
    try:
        return (Path(base) if base else Path.home() / ".local" / "share") / "precise-cal" / "desk"
    except RuntimeError:
        raise DeskError("there is no home folder: set PRECISE_DESK_HOME") from None


def make_place(folder: Path, config: Config) -> Place:
    """Make the folder with new keys.

    Raises:
        DeskError: there is a desk already.
    """
    if (folder / _FILE).exists():
        raise DeskError(message("{ $folder }: is a desk already; nothing was changed", folder=folder))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    keygen(folder / "desk.key", folder / "desk.pub")
    keygen(folder / "log.key", folder / "log.pub")
    write_file(folder / "secret", secrets.token_urlsafe(48).encode(), force=False)
    (folder / "secret").chmod(0o600)
    write_file(folder / _FILE, json.dumps(asdict(config), ensure_ascii=False, indent=2).encode() + b"\n", force=False)
    return Place(folder)
