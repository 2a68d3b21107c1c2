"""A desk as it really runs, in processes of its own, and visitors who speak HTTP to it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

_RUN = "from precise_cal.cli.main import main; main()"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def children(pid: int) -> dict[int, str]:
    """The processes that a process started, with their command lines."""
    found = {}
    of_threads = [one.read_text() for one in Path(f"/proc/{pid}/task").glob("*/children")]
    for one in " ".join(of_threads).split():
        with suppress(OSError):
            found[int(one)] = Path(f"/proc/{one}/cmdline").read_text()
    return found


@dataclass
class Running:
    """A demonstration desk, made and served."""

    home: Path
    url: str = ""
    users: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"PRECISE_DESK_HOME": str(self.home), "PYTHONWARNINGS": "ignore"}

    def make(self) -> None:
        command = [sys.executable, "-c", _RUN, "desk", "init", "--demo"]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        self.users = dict(re.findall(r"^  (\S+) +(\S+)$", done.stdout, re.MULTILINE))

    def start(self) -> None:
        port = free_port()
        self.url = f"http://localhost:{port}"
        command = [sys.executable, "-c", _RUN, "desk", "run", "--port", str(port)]
        with (self.home / "out").open("ab") as out:
            self.process = subprocess.Popen(command, env=self.environment, stdout=out, stderr=out)
        for _ in range(1200):
            with suppress(URLError, OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
            assert self.process.poll() is None, (self.home / "out").read_text()
            time.sleep(0.1)
        raise AssertionError((self.home / "out").read_text())

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=30)

    def workers(self) -> list[int]:
        assert self.process is not None
        return [pid for pid, line in children(self.process.pid).items() if "sealer" not in line]

    def sealers(self) -> list[int]:
        assert self.process is not None
        return [pid for pid, line in children(self.process.pid).items() if "sealer" in line]


class Visitor:
    """Somebody with a browser without scripts."""

    def __init__(self, desk: Running, name: str) -> None:
        self._desk = desk
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open
        page = self._ask("/login")[1]
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        form = {"csrfmiddlewaretoken": token[1], "user": name, "password": desk.users[name]}
        self._ask("/login", urlencode(form).encode())

    def _ask(self, path: str, data: bytes | None = None, kind: str | None = None) -> tuple[str, str]:
        request = urllib.request.Request(f"{self._desk.url}{path}", data)
        if kind:
            request.add_header("Content-Type", kind)
        with self._open(request, timeout=60) as answer:
            return answer.url, answer.read().decode()

    def get(self, path: str) -> str:
        return self._ask(path)[1]

    def post(self, path: str, **form: str) -> tuple[str, str]:
        page = self.get("/account")
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        return self._ask(path, urlencode({"csrfmiddlewaretoken": token[1], **form}).encode())

    def check(self, who: str, record: bytes) -> str:
        """Check a record; the digest by which it is signed."""
        page = self.get("/gate")
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        parts = [
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in (("csrfmiddlewaretoken", token[1]), ("participant", who))
        ]
        parts.append(b'--x\r\nContent-Disposition: form-data; name="record"; filename="r.json"\r\n\r\n')
        _, page = self._ask("/gate", b"".join([*parts, record, b"\r\n--x--\r\n"]), "multipart/form-data; boundary=x")
        found = re.search(r'name="record" value="([0-9a-f]{64})"', page)
        said = re.search(r'name="meaning" value="([^"]+)"', page)
        self._signing = {"csrfmiddlewaretoken": token[1], "meaning": said[1] if said else ""}
        return found[1] if found else ""

    def sign(self, digest: str) -> str:
        """Sign what was checked; where that leads."""
        return self._ask("/gate/sign", urlencode({**self._signing, "record": digest}).encode())[0]


FAILURES: Any = (HTTPError, URLError, OSError, HTTPException)


def record(base: Path, who: str) -> bytes:
    return json.dumps(json.loads(base.read_bytes()) | {"subject_id": who, "site_id": who[:4]}).encode()
