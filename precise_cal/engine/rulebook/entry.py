"""What entries of the rule files are made of: names, texts and expressions, as Pydantic types."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
ParameterId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")]
Path = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]
DeviationCode = Annotated[str, StringConstraints(pattern=r"^DV(-[A-Z0-9]+)+$")]
Ambiguity = Annotated[str, StringConstraints(pattern=r"^AMB-\d\d$")]
Words = Annotated[str, StringConstraints(min_length=1)]


def _text(value: Any) -> Any:
    """A version called ``2`` is a number in YAML."""
    return str(value) if type(value) is int else value


def _day_or_version(value: Any) -> Any:
    """A day where it is written as one, else the id of a version: ``2.0``, ``amendment-1``."""
    text = _text(value)
    is_day = isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) is not None
    return datetime.date.fromisoformat(text) if is_day else text


VersionId = Annotated[str, StringConstraints(pattern=r"^\S(.*\S)?$"), BeforeValidator(_text)]
Bound = Annotated[datetime.date | str, BeforeValidator(_day_or_version)]
Since = Annotated[Bound | None, Field(description="the version of the protocol, or the day, from which it holds")]
Until = Annotated[
    Bound | None,
    Field(description="the first version of the protocol, or the first day, with which it holds no more"),
]
Cql = Annotated[str, StringConstraints(min_length=1), Field(description="a CQL expression (docs/cql.md)")]


class Entry(BaseModel):
    """An entry of a rule file: frozen, and closed to keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
