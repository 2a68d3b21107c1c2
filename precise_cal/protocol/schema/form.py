"""The form of ``record.yaml``, as Pydantic models: its check on reading, and the JSON Schema that editors use."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints

PartName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]*$")]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
FieldPath = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]
Number = Annotated[str, StringConstraints(pattern=r"^-?(0|[1-9]\d*)(\.\d+)?$")] | int
Sentence = Annotated[str, StringConstraints(min_length=1)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Words = Annotated[list[Word], Field(min_length=1)]
Role = Literal[
    "participant", "site", "study", "protocol_version", "cutoff", "consented_at", "day_zero", "enrolled_at", "enrolled",
    "arm", "treated", "left",
]  # fmt: skip
"""What the house needs to know of a record of any trial."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class QuantityForm(_Entry):
    """A kind of measured value: a number with its UCUM unit."""

    like: Sentence | None = Field(None, description="a UCUM unit that the recorded unit must be convertible to")
    low: Number | None = Field(None, description="the least value, in the unit of `like`, included")
    high: Number | None = Field(None, description="the greatest value, in the unit of `like`, included")
    positive: StrictBool = Field(False, description="whether the value must be above 0")
    about: Sentence


class SparingForm(_Entry):
    """All of a field tells the allocation, but for the earliest value of one field within it."""

    except_: FieldName = Field(alias="except")


class FieldForm(_Entry):
    """A field of a part."""

    type: Sentence = Field(
        description="boolean, integer, decimal, text, identifier, date, instant, unit, words, the name of words, of a "
        "quantity or of a part, or `list of` one of these"
    )
    about: Sentence | None = Field(None, description="the words that a query asks with")
    words: Words | None = Field(None, description="the words that the field accepts, for the type `words`")
    required: StrictBool = Field(False, description="whether every record must have it")
    known: StrictBool = Field(False, description="whether the part always exists, though all of it may be unknown")
    or_: list[Sentence] = Field([], alias="or", description="further types that the field accepts")
    from_: Number | None = Field(None, alias="from", description="the least value, included")
    to: Number | None = Field(None, description="the greatest value, included")
    pattern: Sentence | None = Field(None, description="a regular expression that the text must match")
    title: Sentence | None = Field(None, description="the label in forms")
    title_zh: Sentence | None = Field(None, description="the label in Chinese forms")
    table: FieldName | None = Field(None, description="what cohorts call the table of a list, if not as the field")
    reveals: StrictBool | SparingForm = Field(False, description="whether it tells the allocation")


class PartForm(BaseModel):
    """A named object: its fields by name, and what it is as a whole."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)
    __pydantic_extra__: dict[FieldName, FieldForm] = Field(init=False)

    about_: Sentence | None = Field(None, alias="$about", description="what the part is")
    measured: PartName | None = Field(
        None, alias="$measured", description="the quantity of which it has value and unit"
    )
    quantity: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]* [a-z][a-z0-9_]*$")] | None = Field(
        None, alias="$quantity", description="the names of two fields that make a quantity: value and unit"
    )

    @property
    def fields(self) -> dict[str, FieldForm]:
        """The fields by name, in the order of the file."""
        return self.__pydantic_extra__


class Label(_Entry):
    """What a word of the record is called in sentences."""

    en: Sentence | None = Field(None, description="in English, if not as it stands")
    zh: Sentence


class RecordFile(_Entry):
    """``record.yaml``: what a participant record of the trial holds."""

    schema_version: Literal["1.0"] = Field(description="the version of the form of this file")
    words: dict[PartName, Words] = Field({}, description="named lists of words")
    quantities: dict[PartName, QuantityForm] = Field({}, description="kinds of measured values")
    parts: dict[PartName, PartForm] = Field({}, description="named objects")
    record: PartForm = Field(description="the record itself")
    unique: dict[FieldPath, FieldName] = Field({}, description="a list, and the field that may not repeat in it")
    labels: dict[Word, Label] = Field({}, description="what words are called in sentences, by language")
    roles: dict[Role, Sentence] = Field({}, description="what the house needs to know, as CQL over the record")
