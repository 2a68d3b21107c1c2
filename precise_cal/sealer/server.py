"""The sealer as a process: a Unix socket that its group may use, questions and answers one after the other."""

from __future__ import annotations

import json
import os
import socket
import socketserver
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from precise_cal.files.locking import lock_file
from precise_cal.language.catalog import message
from precise_cal.protocol.errors import PreciseError
from precise_cal.sealer.errors import SealerError
from precise_cal.sealer.home import Home
from precise_cal.sealer.lines import Lines
from precise_cal.sealer.messages import MOST, answer, read_question
from precise_cal.sealer.sealer import Sealer

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE: Final = 10.0
"""Seconds within which a question has to arrive, and its answer to be taken."""
_MOST_LINES: Final = 64
"""Connections at once."""


class _Handler(socketserver.StreamRequestHandler):
    timeout = _PATIENCE
    server: _Server

    def handle(self) -> None:
        """Answer questions; whatever is wrong is answered too, without what was sent, and ends the connection."""
        with suppress(OSError):
            while line := self.rfile.readline(MOST + 1):
                self.server.lines.heard(self.connection)
                self.wfile.write(self._answer(line) + b"\n")
                if not line.endswith(b"\n"):
                    return
                self.server.lines.asks_again(self.connection)

    def _answer(self, line: bytes) -> bytes:
        try:
            if len(line) > MOST:
                raise SealerError("form", message("a question has at most { $most } bytes", most=MOST))
            return answer(self.server.sealer, read_question(line)).model_dump_json().encode()
        except SealerError as error:
            return json.dumps({"refused": error.code, "text": str(error)}).encode()
        except (PreciseError, OSError) as error:
            return json.dumps({"refused": "fault", "text": str(error)}).encode()


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: Path, sealer: Sealer, patience: float = _PATIENCE) -> None:
        self.sealer = sealer
        self.lines: Lines[socket.socket] = Lines(_MOST_LINES, patience, _cut)
        super().__init__(str(address), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own."""
        self.lines.opened(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        self.lines.closed(request)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """What is done between connections."""
        self.lines.cut_overdue()


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def serve(folder: Path, address: Path) -> None:
    """Serve until the process is ended.

    Args:
        folder: made by `make_home`.
        address: where the socket is made; what is left there of an earlier run is removed.

    Raises:
        SealerError: the folder is not in order.
        FileError: another process serves it.
    """
    with lock_file(folder / "lock", message("{ $folder }: another sealer serves this folder", folder=folder)):
        sealer = Sealer(Home(folder))
        with suppress(FileNotFoundError):
            address.unlink()
        mask = os.umask(0o117)
        try:
            server = _Server(address, sealer)
        finally:
            os.umask(mask)
        with server:
            server.serve_forever()
