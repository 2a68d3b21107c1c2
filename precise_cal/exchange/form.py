"""The form of a map: what each file is, which rows it has of whom, and which column fills which field.

A map names all that it uses. There is no default for an encoding, a delimiter, a zone, a unit, a code or a format of
dates: where the record needs one, the map states it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

FileFormat = Literal["csv", "xlsx", "redcap", "odm", "fhir", "hl7", "xpt", "dataset-json"]
Parse = Literal["decimal", "integer", "text", "censored_decimal", "upper_limit", "date", "date_time"]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | int) and not isinstance(value, bool) else value


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_field(value: Any) -> Any:
    return {"from": value} if isinstance(value, str | int) and not isinstance(value, bool) else value


def _text_keys(value: Any) -> Any:
    return {_as_text(key): item for key, item in value.items()} if isinstance(value, dict) else value


Text = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | int)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_as_list, json_schema_input_type=str | int | tuple[str | int, ...])]
Missing = Annotated[dict[str, Text], BeforeValidator(_text_keys)]
Codes = Annotated[dict[str, str | bool | int | None], BeforeValidator(_text_keys)]
Rows = dict[str, Texts]


class UnitSource(_Form):
    """The column of a unit, and what its words are in UCUM."""

    column: Text = Field(alias="from")
    codes: Codes | Literal["as_is"]


class FieldSource(_Form):
    """Where the value of a field comes from.

    Attributes:
        columns: a column; several are joined by a blank, as of a date and a time.
        value: in place of columns, a value that the map states for every row.
        codes: what each word of the column is in the record; null is unknown. ``as_is``: the record's own words.
        parse: how a text is read, where the field's type does not say.
        sign: with ``censored_decimal``, the field beside it that takes ``<`` or ``>``.
        format: of days and moments, in the letters of Unicode's date patterns: ``yyyy/M/d H:mm``.
        decimal_mark: of numbers.
        unit: of a measured value: a UCUM unit, or its column.
        within: the least and greatest plausible number, both included; beyond is refused.
        missing: codes of this column that say why there is no value.
        split: of a list in one cell, what stands between its items.
        none: of a list, the words of the column that say that it is empty; with `boxes`, the box that says so.
        some: of a list whose items are rows of another table, the words that say that it is not.
        boxes: of a list of words, the column of each word's box; `codes` say what ticked and not ticked look like.
    """

    columns: Texts = Field(default=(), alias="from")
    value: str | bool | int | None = None
    codes: Codes | Literal["as_is"] | None = None
    parse: Parse | None = None
    format: Texts = ()
    decimal_mark: Literal[".", ","] = "."
    unit: str | UnitSource | None = None
    within: tuple[Text, Text] | None = None
    missing: Missing = Field(default_factory=dict)
    boxes: dict[str, str] = Field(default_factory=dict)
    sign: str | None = None
    none: Texts = ()
    some: Texts = ()
    split: str | None = Field(default=None, min_length=1)

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Every column that it reads."""
        unit = (self.unit.column,) if isinstance(self.unit, UnitSource) else ()
        empty = self.none if self.boxes else ()
        return (*self.columns, *unit, *self.boxes, *empty)


Source = Annotated[FieldSource, BeforeValidator(_as_field, json_schema_input_type=str | int | FieldSource)]


class NumberList(_Form):
    """A source that says which participant has which number of another system, such as the hospital's.

    Attributes:
        source: its name.
        by: its column of the other system's number.
        number: its column of the participant's number.
    """

    source: str
    by: Text
    number: Text


class LookUp(_Form):
    """The number of a participant that stands in no single column.

    Attributes:
        columns: a column of FHIR that refers to a patient, or one of another system's numbers; or several to join.
        patient: of FHIR, what the patient is called, by a path in the patient.
        join: what stands between the texts of several columns.
        listed: where the participant with that number of another system is listed.
        others: whether rows of numbers that are not listed are left.
    """

    columns: Texts = Field(alias="from", min_length=1)
    patient: Text | None = None
    join: str | None = None
    listed: NumberList | None = None
    others: Literal["leave"] | None = None


class Items(_Form):
    """A long table: one row an item. Rows with the same `per` are one row, whose columns are the items' names."""

    name: Text
    value: Text
    per: Texts = ()


class SourceForm(_Form):
    """A kind of file: which files it is, how they are read, and what of them is not used.

    Attributes:
        files: names of files; ``*`` stands for anything.
        zone: the offset of moments that have none of their own.
        local: the offset in which moments are written, whatever their own: the same instant, on the day of the site.
        missing: words that say why there is no value, in any column, each with its reason.
        ignore: columns that no table uses; ``*`` stands for anything.
        ignore_kinds: item groups of ODM, or resource types of FHIR, of which nothing is used; ``*`` as above.
        may_be_empty: whether a file or sheet without rows is in order.
        may_lack: columns that the file has only where somebody filled them in; ``*`` stands for anything.
    """

    files: Texts
    format: FileFormat
    encoding: str | None = None
    delimiter: str | None = None
    sheet: Text | None = None
    header: int = Field(default=1, ge=1)
    dictionary: str | None = None
    zone: str | None = None
    local: str | None = None
    missing: Missing = Field(default_factory=dict)
    items: Items | None = None
    ignore: Texts = ()
    ignore_kinds: Texts = ()
    may_be_empty: bool = False
    may_lack: Texts = ()


class TableForm(_Form):
    """Rows of a source as fields of participants, or as items of a list.

    Attributes:
        source: the name of the source.
        kind: the item group of ODM or the resource type of FHIR whose rows are meant.
        participant: the column of the participant's number, or how it is put together.
        take: for a column, the words of the rows that are meant; ``*`` for all that are not left.
        leave: for the same column, the words of the rows that are not; ``*`` for all others.
        replaces: for a column, the words of rows that correct or take back the earlier row with the same key.
        into: a list of the record by its path, such as ``labs`` or ``lesions.modification``; without it, the record.
        key: fields that tell items apart: rows with the same key are one item. Without it each row is an item.
        parent: of a list within a list, the fields that tell which item of the outer list is meant.
        fields: the fields of the record or of the item, by path.
    """

    source: str
    kind: Texts = ()
    participant: Text | LookUp
    take: Rows = Field(default_factory=dict)
    leave: Rows = Field(default_factory=dict)
    replaces: Rows = Field(default_factory=dict)
    into: str | None = None
    key: Texts = ()
    parent: dict[str, Source] = Field(default_factory=dict)
    fields: dict[str, Source]


class MapForm(_Form):
    """A map. The first table names the participants; the others may speak of no one else."""

    sources: dict[str, SourceForm]
    record: dict[str, Any] = Field(default_factory=dict)
    tables: tuple[TableForm, ...] = Field(min_length=1)


def map_schema() -> dict[str, Any]:
    """The JSON Schema of a map, as a person writes it: one column stands for a list of one, a name for its field."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **MapForm.model_json_schema(),
        "title": "Map of precise import",
    }
