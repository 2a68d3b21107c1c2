"""A form for the records of a trial: its tables, what people are asked in each language, and what may stand there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from precise_cal.engine.rulebook.catalog import catalog_of
from precise_cal.exchange.crf.needed import needed_fields
from precise_cal.exchange.forms import NONE, PARTICIPANT, SOME, form_tables
from precise_cal.language.catalog import ENGLISH, message
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.schema.tree import QuantityKind, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.exchange.forms import FormColumn, FormTable
    from precise_cal.language.catalog import Catalog
    from precise_cal.language.wording import Language
    from precise_cal.protocol.schema.tree import PartSchema, RecordSchema

UNKNOWN: Final = "unknown"
"""The choice that says that nobody knows; in exports, the reason for which there is no value."""
_CODE: Final = re.compile(r"[^a-z0-9]+")
LABELS: Final[Mapping[str, str]] = {
    "true": "yes", "false": "no", NONE: "none", SOME: "some, in the table of its own", UNKNOWN: "unknown",
}  # fmt: skip
"""What a form calls the words of the house; the trial says what it calls its own."""


@immutable()
class Choice:
    """A word that may be chosen: what it is in the record, and what people read."""

    word: str
    en: str
    zh: str

    @property
    def value(self) -> str | bool:
        """The word as a value of the record."""
        return {"true": True, "false": False}.get(self.word, self.word)

    def label(self, language: Language) -> str:
        """What people read."""
        return self.zh if language == "zh" else self.en


@immutable()
class Question:
    """What a form asks: a column with its name for systems that want short ones, and its text in each language.

    `choices` are the words of the record; beside them people may always choose that it is unknown.
    """

    column: FormColumn
    code: str
    en: str
    zh: str
    choices: tuple[Choice, ...]

    def label(self, language: Language) -> str:
        """What people read."""
        return self.zh if language == "zh" else self.en

    @property
    def range(self) -> tuple[str | None, str | None]:
        """The least and greatest number that a record may hold, in the unit that the record's form names."""
        kind = self.column.field.inner if self.column.field is not None and not self.column.of_unit else None
        if not isinstance(kind, Scalar | QuantityKind):
            return None, None
        low, high = (None if one is None else f"{one:f}" for one in (kind.low, kind.high))
        return low, high


@immutable()
class FormSheet:
    """A table of a form, with its questions."""

    table: FormTable
    code: str
    en: str
    zh: str
    questions: tuple[Question, ...]

    def label(self, language: Language) -> str:
        """What people read."""
        return self.zh if language == "zh" else self.en

    def of(self, column: FormColumn) -> Question:
        """The question of a column."""
        return next(one for one in self.questions if one.column == column)


@immutable()
class Form:
    """A form.

    Attributes:
        study: the registry number of the study.
        title: of the study, in each language.
        zone: the offset from UTC of moments that are written without one.
        stated: fields that are the same for every record, which nobody is asked.
        sheets: the tables.
        texts: what the program and the trial say in Chinese.
    """

    study: str
    title: str
    zone: str
    stated: Mapping[str, str]
    sheets: tuple[FormSheet, ...]
    texts: Catalog

    def catalog(self, language: Language) -> Catalog:
        """What is said in a language."""
        return self.texts if language == "zh" else ENGLISH

    @property
    def tables(self) -> list[FormTable]:
        """The tables, without what people read."""
        return [one.table for one in self.sheets]

    def sheet(self, table: FormTable) -> FormSheet:
        """The sheet of a table."""
        return next(one for one in self.sheets if one.table is table)


def form_of(
    book: Rulebook,
    *,
    zone: str | None = None,
    rules_only: bool = False,
    fields: frozenset[tuple[str, ...]] | None = None,
) -> Form:
    """The form of a trial's records.

    Args:
        book: the trial.
        zone: the offset from UTC of moments without one; without it, that of the trial.
        rules_only: whether only what the rules read is asked.
        fields: those that are asked; without it all, or all that the rules read.
    """
    schema, study = book.schema, book.study.study
    said = schema.role_path("study")
    stated = {".".join(said): study.id} if said else {}
    needed = needed_fields(book) if rules_only and fields is None else fields
    tables = form_tables(schema, lambda path: path != said and (needed is None or path in needed))
    texts = catalog_of(book, "zh")
    codes: set[str] = set()
    sheets = tuple(_sheet(one, schema, texts, codes) for one in tables)
    return Form(study.id, study.title, zone or _offset(book.utc_offset_minutes), stated, sheets, texts)


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _sheet(table: FormTable, schema: RecordSchema, texts: Catalog, codes: set[str]) -> FormSheet:
    field = schema.field(table.into) if table.into else None
    en, zh = _both(_text(field.title, field.about, field.name) if field else "Participant", texts)
    questions = tuple(_question(one, table.into, schema, texts, codes) for one in table.columns)
    return FormSheet(table, _CODE.sub("_", table.name.lower()).strip("_"), en, zh, questions)


def _question(
    column: FormColumn, into: tuple[str, ...], schema: RecordSchema, texts: Catalog, codes: set[str]
) -> Question:
    field = column.field
    if field is None:
        text: str = "participant's study number"
    elif column.of_unit:
        text = message("{ $datum } (unit)", datum=_text(field.title, field.about, field.name))
    else:
        text = _text(field.title, field.about, field.name)
    en, zh = _both(text, texts)
    if field is not None and field.title_zh and not column.of_unit:
        zh = field.title_zh
    choices = tuple(_choice(word, schema, texts) for word in _words(column, schema.at(into)))
    return Question(column, _code("_".join((*into, column.name)), codes), en, zh, _told_apart(choices))


def _text(title: str | None, about: str | None, name: str) -> str:
    return title or about or name.replace("_", " ")


def _both(text: str, texts: Catalog) -> tuple[str, str]:
    """A text in both languages, with a capital at its beginning."""
    english = ENGLISH(text)
    return english[:1].upper() + english[1:], texts(text)


def _words(column: FormColumn, part: PartSchema | None) -> tuple[str, ...]:
    """The words of a column; of a unit, the one that the record's form names."""
    if column.of_unit:
        return (column.unit,) if column.unit else ()
    if column.kind == "unit" and part is not None and part.measured is not None:
        return (part.measured.like,) if part.measured.like else ()
    return column.words


def _choice(word: str, schema: RecordSchema, texts: Catalog) -> Choice:
    labels = schema.labels.get(word, {})
    is_unit = word not in schema.labels and not word.replace("_", "").isalnum()
    plain = word if is_unit else LABELS.get(word, word.replace("_", " "))
    return Choice(word, labels.get("en", plain), labels.get("zh") or texts.texts.get(word) or texts(plain))


def _told_apart(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """The choices; words whose labels are the same, or that of *unknown*, keep themselves as labels."""

    def label(one: Choice, text: str, others: Iterable[str]) -> str:
        return one.word if [*others].count(text) > 1 or text.lower() in (UNKNOWN, "未知") else text

    en, zh = [one.en for one in choices], [one.zh for one in choices]
    return tuple(Choice(one.word, label(one, one.en, en), label(one, one.zh, zh)) for one in choices)


def _code(name: str, taken: set[str]) -> str:
    """A name of small letters, digits and underscores, which no other question of the form has."""
    code = _CODE.sub("_", name.lower()).strip("_")
    found, number = code, 2
    while found in taken:
        found, number = f"{code}_{number}", number + 1
    taken.add(found)
    return found


def participant_code(form: Form) -> str:
    """The name of the question for the participant's number, in the first table."""
    return next(one.code for one in form.sheets[0].questions if one.column.name == PARTICIPANT)
