"""What a record says of a participant beside eligibility: enrolled, treated, left, consented.

The snapshot that eligibility is judged on has neither devices nor events nor the arm. What the gate has to know of
them is read from the whole record by the roles of the trial, and stands in the decision as plain facts.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import ConfigDict, StrictBool, TypeAdapter

from precise_cal.engine.rulebook.roles import role_values
from precise_cal.gate.errors import GateError
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.protocol.part import Part

_NEEDED: Final = ("enrolled", "treated", "left", "consented_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the record says beside the snapshot; None is unknown."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    enrolled: StrictBool | None
    treated: StrictBool | None
    left: StrictBool | None
    consented_at: str | None
    """As recorded: an instant or a date."""

    def frozen(self) -> dict[str, bool | str | None]:
        """The members that a decision has."""
        return asdict(self)


@cache
def _adapter() -> TypeAdapter[Facts]:
    return TypeAdapter(Facts)


def read_facts(members: Any) -> Facts:
    """The facts that a decision has as members. Raises: pydantic.ValidationError."""
    return _adapter().validate_python(members)


def facts_of(roles: Mapping[str, Compiled], record: Part, offset_minutes: int) -> Facts:
    """The facts of a record.

    Raises:
        GateError: the trial lacks a role without which the gate cannot tell.
    """
    lacking = [name for name in _NEEDED if name not in roles]
    if lacking:
        raise GateError(
            message(
                "the trial folder names no role { $lacking }: the gate has to know who is enrolled, "
                "treated or has left, and when consent was given (roles of record.yaml)",
                lacking=" and no role ".join(lacking),
            )
        )
    values = role_values(roles, _NEEDED, record, offset_minutes)
    consented_at = values.pop("consented_at")
    return Facts(**values, consented_at=None if consented_at is None else str(consented_at))
