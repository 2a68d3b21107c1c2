"""Desk and sealer as the users of compose.yaml: each with a number of the system, and a folder; one socket."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.desk.running import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SEAL = 61003
"""The group of the socket."""
PRECISE = [sys.executable, "-c", "from precise_cal.cli.main import main; main()"]
SEALER = [sys.executable, "-c", "from precise_cal.cli.sealer import main; main()"]
_ASK = """
import sys
from pathlib import Path
from precise_cal.sealer.client import ask
from precise_cal.sealer.messages import AskStatus, Status
ask(Path(sys.argv[1]), AskStatus(), Status)
"""


@dataclass
class Person:
    """A user of the system."""

    user: int
    group: int
    more: int | None
    folder: Path
    stack: ExitStack
    environment: dict[str, str] = field(default_factory=dict)

    def _as(self, command: list[str]) -> list[str]:
        groups = "--clear-groups" if self.more is None else f"--groups={self.more}"
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.group}", groups, *command]

    def run(self, command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        given = self.environment | environment
        return subprocess.run(
            self._as(command), env=given, capture_output=True, text=True, check=False, cwd=ROOT, timeout=120
        )

    def do(self, command: list[str], **environment: str) -> None:
        """Run a command that works."""
        done = self.run(command, **environment)
        assert done.returncode == 0, done.stderr

    def start(self, command: list[str]) -> None:
        """Run a command until the end of the test."""
        process = subprocess.Popen(self._as(command), env=self.environment, cwd=ROOT)
        self.stack.callback(lambda: (process.terminate(), process.wait(timeout=30)))

    def serve(self) -> int:
        """Run the desk; its port."""
        port = free_port()
        self.start([*PRECISE, "desk", "run", "--behind-proxy", "--port", str(port)])
        return port

    def asks_sealer(self) -> bool:
        """Whether the sealer answers this user."""
        return self.run([sys.executable, "-c", _ASK, str(self.folder / "seal" / "socket")]).returncode == 0


@contextmanager
def deployed(database: str) -> Iterator[tuple[Person, Person, Person, Path]]:
    """The desk made and its sealer running, by the commands of compose.yaml; a stranger beside them.

    Args:
        database: host, port and name, with the roles of roles.sh.
    """
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can be other users, by setpriv")
    folder = Path("/tmp") / f"precise-users-{os.getpid()}"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    common = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        own = {"PRECISE_DESK_HOME": str(folder / "desk" / "home"), "PYTHONWARNINGS": "ignore",
               "PRECISE_SEALER_SOCKET": str(folder / "seal" / "socket"),
               "PRECISE_DATABASE_URL": f"postgresql://desk_web@{database}"}  # fmt: skip
        desk = Person(61001, 61001, SEAL, folder, stack, common | own)
        sealer = Person(61002, SEAL, None, folder, stack, common)
        stranger = Person(61004, 61004, None, folder, stack, common)
        if desk.run([sys.executable, "-c", "import precise_cal.cli.desk, django, psycopg"]).returncode != 0:
            pytest.skip(f"{sys.executable} or {ROOT} lies where another user cannot read")
        for name, who, mode in (("desk", desk, 0o700), ("sealer", sealer, 0o700), ("seal", sealer, 0o750)):
            (folder / name).mkdir()
            os.chown(folder / name, who.user, who.group)
            (folder / name).chmod(mode)
        owner = f"postgresql://desk_owner@{database}"
        init = ["desk", "init", "--origin", "sponsor.example/trial", "--host", "desk.sponsor.example"]
        desk.do([*PRECISE, *init], PRECISE_DATABASE_URL=owner)
        desk.do([*PRECISE, "desk", "grants", "--web", "desk_web"], PRECISE_DATABASE_URL=owner)
        shutil.copy(folder / "desk" / "home" / "desk.pub", folder / "desk.pub")
        (folder / "desk.pub").chmod(0o644)
        home = ["--home", str(folder / "sealer" / "home")]
        sealer.do([*SEALER, "init", *home, "--trust", str(folder / "desk.pub")])
        sealer.start([*SEALER, "run", *home, "--socket", str(folder / "seal" / "socket")])
        yield desk, sealer, stranger, folder
