"""Asking the sealer."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from precise_cal.language.catalog import message
from precise_cal.sealer.errors import SealerError
from precise_cal.sealer.messages import MOST, AskNews, AskOpen

T = TypeVar("T", bound=BaseModel)
_PATIENCE: Final = 10.0
_STEP: Final = 65_536
_REPEATABLE: Final = (AskNews, AskOpen)
"""Questions that may be asked twice: the second time the answer is the same."""
_KEPT: Final[dict[tuple[str | int, ...], list[socket.socket]]] = {}
"""Connections that nobody uses now, by the process that made them and the socket that they were made to."""


def ask(place: Path, question: BaseModel, wanted: type[T]) -> T:
    """The sealer's answer to a question.

    Raises:
        SealerError: it refuses, with its code; ``unreachable``: nobody answers.
    """
    try:
        data = _answer(str(place), question.model_dump_json().encode() + b"\n", keeps=isinstance(question, _REPEATABLE))
    except OSError as error:
        raise SealerError(
            "unreachable",
            message("{ $place }: the sealer does not answer ({ $value })", place=place, value=error.strerror or error),
        ) from None
    try:
        told = json.loads(data)
        if "refused" in told:
            raise SealerError(told["refused"], told["text"])
        return wanted.model_validate(told)
    except (ValueError, ValidationError, KeyError, TypeError):
        raise SealerError(
            "unreachable", message("{ $place }: the sealer's answer was cut off or is none", place=place)
        ) from None


def _answer(address: str, question: bytes, *, keeps: bool) -> bytes:
    """The line that answers a line.

    Args:
        address: of the socket.
        question: the line.
        keeps: whether connections are kept for later questions. One that the sealer has ended meanwhile is noticed when
            there is no answer: the question is asked once more then.

    Raises:
        OSError: nobody answers.
    """
    kept = _kept(address)
    while True:
        try:
            line, is_new = (kept if keeps else []).pop(), False
        except IndexError:
            line, is_new = _connected(address), True
        data = b""
        try:
            data = _asked(line, question)
        except OSError as error:
            if is_new or isinstance(error, TimeoutError):
                raise
        finally:
            if keeps and data.endswith(b"\n"):
                kept.append(line)
            else:
                line.close()
        if data or is_new:
            return data


def _kept(address: str) -> list[socket.socket]:
    """The connections of this process to the socket that has the address now. Raises: OSError."""
    state = Path(address).stat()
    made = address, os.getpid(), state.st_dev, state.st_ino, state.st_ctime_ns
    if made not in _KEPT:
        for key in [one for one in _KEPT if one[:2] == made[:2]]:  # another sealer was there
            for line in _KEPT.pop(key, []):
                line.close()
    return _KEPT.setdefault(made, [])


def _asked(line: socket.socket, question: bytes) -> bytes:
    line.sendall(question)
    data = bytearray()
    while not data.endswith(b"\n") and len(data) <= MOST and (more := line.recv(_STEP)):
        data += more
    return bytes(data)


def _connected(address: str) -> socket.socket:
    """A connection; a queue before the socket that is full is waited for. Raises: OSError."""
    line, until = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), time.monotonic() + _PATIENCE
    line.settimeout(_PATIENCE)
    while True:
        try:
            line.connect(address)
        except BlockingIOError:
            if time.monotonic() < until:
                time.sleep(0.01)
                continue
            line.close()
            raise
        except OSError:
            line.close()
            raise
        return line
