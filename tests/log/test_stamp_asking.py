"""What is asked of an authority that is none."""

from __future__ import annotations

import socket
import threading

import pytest

from precise_cal.log.errors import LogError
from precise_cal.log.stamp import ask


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n"])
def test_an_answer_that_is_no_web_answer_is_told(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                line.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(LogError, match="does not answer"):
            ask(f"http://127.0.0.1:{server.getsockname()[1]}/", b"x")
