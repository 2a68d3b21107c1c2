"""What the type of a field needs that a map has to state: codes, units, formats, what stands between items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.exchange.moments import PatternError, read_pattern
from precise_cal.language.catalog import Verbatim, message, words_of
from precise_cal.protocol.near import hint
from precise_cal.protocol.schema.tree import MOMENTS, PartSchema, QuantityKind, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.exchange.form import FieldSource, SourceForm
    from precise_cal.protocol.schema.tree import FieldSchema


def field_problems(field: FieldSchema, source: FieldSource, file: SourceForm) -> Iterator[str]:
    """What is wrong with the source of a field of the record.

    Args:
        field: of the record.
        source: as the map states it.
        file: where its columns stand.
    """
    kind = field.inner
    if isinstance(kind, PartSchema):
        if not source.columns or not source.none or source.codes or source.boxes or source.split:
            yield "is a list whose items are rows of another table; here a column can say that it is empty: none, some"
        return
    if (source.value is not None) + bool(source.columns) + bool(source.boxes) != 1:
        yield "needs either from (a column), boxes, or value (the same for every row)"
        return
    yield from _list_problems(field, source)
    if isinstance(kind, QuantityKind):
        if source.unit is None and source.value is None:
            yield "is a measured value: name its unit, or the column of its unit"
    elif source.unit is not None:
        yield "has no unit of its own; its unit is another field"
    if isinstance(kind, Scalar):
        yield from _scalar_problems(kind, source, file)


def _list_problems(field: FieldSchema, source: FieldSource) -> Iterator[str]:
    if field.is_list:
        if not (source.boxes or source.split):
            yield "is a list: name the column of each word's box in boxes, or what stands between its items in split"
        if source.some:
            yield "some is for a list whose items are rows of another table"
        return
    for name in ("boxes", "split", "none", "some"):
        if getattr(source, name):
            yield message("{ $name } is for lists; this field has one value", name=Verbatim(name))


def _scalar_problems(kind: Scalar, source: FieldSource, file: SourceForm) -> Iterator[str]:
    by_words = kind.kind in ("boolean", "words", "unit")
    if by_words and source.columns and source.codes is None:
        yield "needs codes: what each word of the column is in the record (or codes: as_is)"
    if isinstance(source.codes, dict) and not source.boxes:
        for word, value in source.codes.items():
            yield from (
                message('the code "{ $word }": { $text }', word=word, text=text) for text in _code_problems(kind, value)
            )
    words = set(source.boxes.values()) - set(kind.words) if kind.words else set()
    yield from (
        message(
            '"{ $word }" is no word of this field; it has { $words }', word=word, words=Verbatim(", ".join(kind.words))
        )
        for word in sorted(words)
    )
    if source.boxes and not isinstance(source.codes, dict):
        yield 'boxes need codes: what a ticked box looks like, such as codes: {"1": true, "0": false}'
    if kind.kind in MOMENTS and source.columns and source.codes is None:
        yield from _moment_problems(kind, source, file)
    elif source.format:
        yield message("is no day or moment: it is of the type { $kind }, which has no format", kind=Verbatim(kind.kind))
    if source.parse == "censored_decimal" and (kind.kind != "decimal" or source.sign is None):
        yield "censored_decimal fills a number; name the field beside it that takes < or > in sign"


def _moment_problems(kind: Scalar, source: FieldSource, file: SourceForm) -> Iterator[str]:
    if not source.format and file.format != "xlsx":
        yield 'needs format: how days are written, such as "yyyy/M/d H:mm", or iso'
    for text in source.format:
        try:
            pattern = read_pattern(text)
        except PatternError as error:
            yield message('the format "{ $text }" { $error }', text=text, error=words_of(error))
            continue
        if kind.kind == "date" and pattern.has_time and text != "iso" and source.parse != "date":
            yield message(
                'is a day, and the format "{ $text }" has a time: say parse: date to take the day alone', text=text
            )
        if kind.kind == "instant" and pattern.has_time and file.zone is None and "offset" not in pattern.parts:
            yield message(
                'is a moment, and neither the format "{ $text }" nor the source names a zone, such as zone: "+08:00"',
                text=text,
            )


def _code_problems(kind: Scalar, value: Any) -> Iterator[str]:
    if value is None:
        return
    if kind.kind == "boolean" and not isinstance(value, bool):
        yield message("{ $value } is neither true nor false", value=f"{value!r}")
    elif kind.kind != "boolean" and isinstance(value, bool):
        yield message(
            "{ $value } is no value of a field of the type { $kind }",
            value=str(value).lower(),
            kind=Verbatim(kind.kind),
        )
    elif kind.words and value not in kind.words:
        meant = hint(str(value), kind.words, message("; it has { $words }", words=Verbatim(", ".join(kind.words))))
        yield message('"{ $value }" is no word of this field{ $meant }', value=value, meant=meant)
    elif kind.kind == "integer" and not isinstance(value, int):
        yield message("{ $value } is no whole number", value=f"{value!r}")
