"""`Message` (CQL 1.5, 9.13): the source is returned, the message goes to the state; severity Error ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.operators.overload import Binding, Overload, T, overloads
from precise_cal.engine.cql.types import BOOLEAN, STRING

if TYPE_CHECKING:
    from precise_cal.engine.cql.state import State


def _message(
    state: State,
    source: Any,
    condition: bool | None,
    code: str | None,
    severity: str | None,
    text: str | None,
) -> Any:
    if condition:
        if severity == "Error":
            raise EvaluationError(f"{code or 'error'}: {text or ''}")
        state.messages.append((severity or "Message", code or "", text or ""))
    return source


OVERLOADS: Final[list[Overload]] = overloads(
    "Message", _message, (T, BOOLEAN, STRING, STRING, STRING, T), nulls=True, binding=Binding.STATE
)
