"""The web server's processes: slow clients hold up nobody else, in TLS as without; bodies arrive as they were sent."""

from __future__ import annotations

import http.client
import socket
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.desk.running import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_APPLICATION = """
from precise_cal.desk import serving

def answer(environ, start):
    is_echo, length = environ["PATH_INFO"] == "/echo", int(environ.get("CONTENT_LENGTH") or 0)
    data = environ["wsgi.input"].read(length) if is_echo else b"ok"
    start("200 OK", [("Content-Length", str(len(data)))])
    return [data]

serving.Worker.patience = {patience}
serving.serve(answer, "127.0.0.1:{port}", tls={tls!r})
"""
_BEGINNINGS = (
    b"",
    b"G",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n",
    b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx",
)


class Served:
    """A server with one application that echoes."""

    def __init__(self, port: int, certificate: Path | None) -> None:
        self.port = port
        self._tls = ssl.create_default_context(cafile=str(certificate)) if certificate else None

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> bytes:
        more: Any = {"context": self._tls} if self._tls else {}
        kind = http.client.HTTPSConnection if self._tls else http.client.HTTPConnection
        line = kind("localhost", self.port, timeout=20, **more)
        line.request("POST" if body is not None else "GET", path, body, headers)
        answer = line.getresponse().read()
        line.close()
        return answer

    def connect(self, *, handshake: bool = True) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        return self._tls.wrap_socket(line, server_hostname="localhost") if self._tls and handshake else line


@contextmanager
def served(folder: Path, patience: float, *, tls: bool) -> Iterator[Served]:
    pytest.importorskip("gunicorn", reason="the desk's extra is not installed: pip install 'precise-cal[desk]'")
    files = folder / "cert.pem", folder / "key.pem"
    if tls:
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
        command = [*make, *names, "-out", str(files[0]), "-keyout", str(files[1])]
        subprocess.run(command, check=True, capture_output=True)
    port = free_port()
    program = _APPLICATION.format(port=port, patience=patience, tls=(str(files[0]), str(files[1])) if tls else None)
    process = subprocess.Popen([sys.executable, "-c", program])
    one = Served(port, files[0] if tls else None)
    try:
        for _ in range(200):
            with suppress(OSError):
                one.ask("/")
                break
            time.sleep(0.05)
        yield one
    finally:
        process.terminate()
        process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("tls", [False, True])
def test_clients_that_send_slowly_starve_nobody(tmp_path: Path, tls: bool) -> None:
    with served(tmp_path, patience=60, tls=tls) as one:
        for first in _BEGINNINGS:
            with ExitStack() as stack:
                for _ in range(100):
                    stack.enter_context(one.connect(handshake=bool(first))).sendall(first)
                before = time.monotonic()
                assert one.ask("/") == b"ok"
                assert time.monotonic() - before < 3, first
        with ExitStack() as stack:  # more than there are places
            for _ in range(700):
                stack.enter_context(one.connect(handshake=False)).sendall(b"G")
            assert one.ask("/") == b"ok"


def test_request_that_comes_too_slowly_is_cut_off_and_bodies_arrive_whole(tmp_path: Path) -> None:
    with served(tmp_path, patience=0.5, tls=False) as one:
        with one.connect() as line:
            until = time.monotonic() + 10
            with suppress(OSError):
                while time.monotonic() < until:  # a byte now and then, so that no single wait is long
                    line.sendall(b"G")
                    time.sleep(0.1)
            assert time.monotonic() < until
        for body in (b"", b"x", bytes(range(256)) * 10_000):
            assert one.ask("/echo", body) == body
        assert one.ask("/echo", b"later", Expect="100-continue") == b"later"
        assert one.ask("/", b"unread") == b"ok"
