"""The web server's processes: a request reaches a thread that works only once it has arrived as a whole.

Connections are read by many threads; a few at a time answer, and have the database meanwhile. So clients that send
slowly, or not at all, hold up nobody else, in TLS as without.
"""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext, suppress
from socket import SHUT_RDWR, socket
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, Final

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from precise_cal.desk.numbers import number_of
from precise_cal.sealer.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

MOST_BYTES: Final = 20_000_000
"""Of a request; what is larger is not read."""
WORKERS: Final = 2
THREADS: Final = 4
"""That answer at once, in each worker."""
READERS: Final = 200
"""That read, in each worker."""
PATIENCE: Final = 60.0
"""Seconds within which a request has to arrive as a whole."""
_IN_MEMORY: Final = 1_000_000
_STEP: Final = 65_536


class Worker(ThreadWorker):  # type: ignore[misc,unused-ignore]
    """A worker that reads requests as a whole before it answers."""

    patience = PATIENCE
    answering: Callable[[], AbstractContextManager[None]] = staticmethod(nullcontext)
    """Around every answer."""

    def init_process(self) -> None:
        """Begin."""
        self._lines: Lines[Any] = Lines(READERS, self.patience, _cut)
        self._places = threading.BoundedSemaphore(THREADS)
        threading.Thread(target=self._watch, daemon=True).start()
        super().init_process()

    def _watch(self) -> None:
        while True:
            time.sleep(min(1.0, self.patience / 4))
            self._lines.cut_overdue()

    def enqueue_req(self, conn: Any) -> None:
        """A connection on which something may have come."""
        self._lines.opened(conn)
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Read a request, and have it answered."""
        try:
            return super().handle(conn)
        finally:
            self._lines.closed(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Read the body, and answer when there is a place."""
        _receive(req, conn.sock)
        self._lines.heard(conn)
        with self._places, self.answering():
            return super().handle_request(req, conn)


def _cut(conn: Any) -> None:
    with suppress(OSError):
        socket.shutdown(conn.sock, SHUT_RDWR)  # of TLS as well: its own would wait for the other thread


def _receive(req: Any, sock: Any) -> None:
    """Put the body where the application reads it. Without a length, or where it is too large, it stays unread."""
    headers: Mapping[str, str] = dict(req.headers)
    length = number_of(headers.get("CONTENT-LENGTH", "0"))
    if not length or length > MOST_BYTES:
        return
    if headers.get("EXPECT", "").lower() == "100-continue":
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    kept = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it ends with the request
    while data := req.body.read(_STEP):
        kept.write(data)
    kept.seek(0)
    req.body = kept


def serve(
    application: Callable[..., Any],
    bind: str,
    *,
    tls: tuple[str, str] | None = None,
    answering: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> None:
    """Serve until the process is ended.

    Args:
        application: of WSGI.
        bind: address and port.
        tls: certificate and key.
        answering: around every answer, `THREADS` of them at a time; begun in one thread or another.
    """
    options: dict[str, Any] = {
        "bind": bind,
        "workers": WORKERS,
        "threads": READERS,
        "worker_connections": 2 * READERS,
        "worker_class": type("Worker", (Worker,), {"answering": staticmethod(answering)}),
        "timeout": 60,
        "preload_app": True,
        "forwarded_allow_ips": "127.0.0.1",
        "limit_request_line": 4094,
        "loglevel": "warning",
        "proc_name": "precise-desk",
    }
    if tls:
        options |= {"certfile": tls[0], "keyfile": tls[1]}

    class Application(BaseApplication):  # type: ignore[misc,unused-ignore]
        def load_config(self) -> None:
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return application

    Application().run()
