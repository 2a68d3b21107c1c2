"""Asking the sealer."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import BaseModel, ValidationError

from precise_cal.language.catalog import message
from precise_cal.sealer.errors import SealerError
from precise_cal.sealer.messages import MOST

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T", bound=BaseModel)
_PATIENCE: Final = 10.0


def ask(place: Path, question: BaseModel, wanted: type[T]) -> T:
    """The sealer's answer to a question.

    Raises:
        SealerError: it refuses, with its code; ``unreachable``: nobody answers.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(_PATIENCE)
            _connect(line, str(place))
            line.sendall(question.model_dump_json().encode() + b"\n")
            with line.makefile("rb") as stream:
                data = stream.readline(MOST + 1)
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


def _connect(line: socket.socket, address: str) -> None:
    """Connect; a queue before the socket that is full is waited for. Raises: OSError."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return line.connect(address)
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
