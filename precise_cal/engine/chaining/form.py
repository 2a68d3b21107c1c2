"""The form of vocabulary and rules as they are written (docs/consequences.md), as Pydantic models."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StringConstraints

from precise_cal.engine.chaining.facts import MAX_INTEGER, MAX_WORD, NAME, WORD
from precise_cal.language.catalog import message

MAX_CONDITIONS: Final = 16

Name = Annotated[str, StringConstraints(pattern=f"^{NAME}$", max_length=MAX_WORD)]
FieldName = Annotated[str, StringConstraints(pattern=rf"^{NAME}\??$", max_length=MAX_WORD)]
Word = Annotated[str, StringConstraints(pattern=f"^{WORD}$", max_length=MAX_WORD)]
Integer = Annotated[StrictInt, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)]
Constant: TypeAlias = StrictBool | Integer | Word
"""A truth value, a small integer or a word."""
Constants: TypeAlias = Annotated[list[Constant], Field(min_length=1)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class RangeForm(_Form):
    """Whole numbers, from the lowest to the highest."""

    integer: tuple[Integer, Integer]


TypeForm: TypeAlias = Literal["identifier", "boolean"] | RangeForm | Annotated[list[Word], Field(min_length=1)]
"""Any word, a truth value, a whole number, or one of some words."""


class KindForm(_Form):
    """A kind of fact. The name of a field that may be absent ends in ``?``."""

    given: StrictBool = Field(False, description="whether the program hands it in; other kinds come from rules alone")
    fields: dict[FieldName, TypeForm]
    about: str | None = None


class NotForm(_Form):
    """Any value but these."""

    not_: Constant | Constants = Field(alias="not")


class CopyForm(_Form):
    """What a field of the matched fact holds."""

    copy_: Name = Field(alias="copy")


ConditionForm: TypeAlias = Constant | Constants | NotForm
Facts: TypeAlias = dict[Name, KindForm]


def _one(entry: dict[str, Any]) -> dict[str, Any]:
    if len(entry) != 1:
        raise ValueError(
            message(
                "should name one kind of fact and its fields, such as {lesion: {…}}; it names { $count }",
                count=len(entry),
            )
        )
    return entry


Matched: TypeAlias = Annotated[
    dict[Name, Annotated[dict[Name, ConditionForm], Field(max_length=MAX_CONDITIONS)]], AfterValidator(_one)
]
"""One kind of fact, and what its fields have to hold."""
Concluded: TypeAlias = Annotated[dict[Name, dict[Name, Constant | CopyForm]], AfterValidator(_one)]
"""One kind of fact, and what its fields hold."""


class RuleForm(_Form):
    """What follows from a fact."""

    id: Name
    about: str | None = Field(None, description="what was found, in words")
    when: Matched
    then: Annotated[list[Concluded], Field(min_length=1)]


class ConsequencesForm(_Form):
    """A vocabulary and its rules."""

    facts: Facts
    rules: list[RuleForm]
