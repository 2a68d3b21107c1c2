"""How the gate writes times and signatures, and that what it reads is exactly what it would write."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from pydantic import ValidationError

from precise_cal.gate.canonical import thaw
from precise_cal.gate.errors import GateError
from precise_cal.language.catalog import message, words_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from precise_cal.gate.canonical import Json


class _Written(Protocol):
    def body(self) -> bytes: ...


Read = TypeVar("Read", bound=_Written)


def read_exactly(body: bytes, from_members: Callable[[Any], Read], what: str, members: Json = None) -> Read:
    """What members were written from; it writes the same bytes.

    Args:
        body: the bytes.
        from_members: makes it of its members.
        what: it is, with its article.
        members: what the bytes hold, where they were read already.

    Raises:
        GateError: the bytes are not exactly what it writes.
    """
    try:
        made = from_members(thaw(body) if members is None else members)
        same = made.body() == body
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        raise GateError(
            message(
                "not { $what } of this program: { $loc }: { $msg }",
                what=what,
                loc=".".join(map(str, found["loc"])),
                msg=found["msg"],
            )
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise GateError(
            message(
                "not { $what } of this program: { $name } at { $error }",
                what=what,
                name=type(error).__name__,
                error=words_of(error),
            )
        ) from error
    if not same:
        raise GateError(message("not { $what } of this program: members were added or rewritten", what=what))
    return made


def read_hex(text: object) -> bytes:
    """The bytes of lower-case hexadecimal digits, the only spelling that is written.

    Raises:
        GateError: it is something else.
    """
    try:
        data = bytes.fromhex(cast("str", text))
    except (TypeError, ValueError) as error:
        raise GateError("the signature is not hexadecimal") from error
    if data.hex() != text:
        raise GateError("the signature is not spelled in lower-case hexadecimal digits: it was changed")
    return data


def write_time(moment: datetime) -> str:
    """An instant in UTC to the microsecond, always equally long.

    Raises:
        GateError: the instant has no offset.
    """
    if moment.utcoffset() is None:
        raise GateError(message("the time { $moment } has no offset from UTC", moment=moment.isoformat()))
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
