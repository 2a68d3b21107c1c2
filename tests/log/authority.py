"""A time-stamping authority of the tests: OpenSSL with a certificate of its own, by file and over the web."""

from __future__ import annotations

import shutil
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CONFIG = """[tsa]
default_tsa = t
[t]
serial = ./serial
signer_cert = ./tsa.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
"""
_EXTENSIONS = "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"
_STEPS = (
    "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj /CN=Root",
    "req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=Authority",
    "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile extensions -out tsa.pem",
)


class Authority:
    """An authority in a folder."""

    def __init__(self, folder: Path) -> None:
        pytest.importorskip("rfc3161_client", reason="the extra is not installed: pip install 'precise-cal[stamp]'")
        if shutil.which("openssl") is None:
            pytest.skip("openssl is absent: apt-get install openssl")
        self.folder, self.root = folder, folder / "ca.pem"
        folder.mkdir()
        for name, text in (("config", _CONFIG), ("extensions", _EXTENSIONS), ("serial", "01\n")):
            (folder / name).write_text(text)
        for step in _STEPS:
            self._openssl(step)

    def _openssl(self, arguments: str) -> None:
        subprocess.run(["openssl", *arguments.split()], cwd=self.folder, check=True, capture_output=True)

    def answer(self, request: bytes) -> bytes:
        (self.folder / "q").write_bytes(request)
        self._openssl("ts -reply -config config -queryfile q -out r")
        return (self.folder / "r").read_bytes()

    @contextmanager
    def served(self) -> Iterator[str]:
        """Its address."""
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.headers["Content-Type"] == "application/timestamp-query"
                data = answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        server = HTTPServer(("localhost", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
