"""From the form of ``record.yaml`` to the tree: every name resolved, every contradiction told with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from precise_cal.language.catalog import message, words_of
from precise_cal.protocol.near import hint_or_all
from precise_cal.protocol.schema.tree import (
    QUANTITY,
    ROOT,
    UNIT,
    VALUE,
    FieldSchema,
    ListOf,
    PartSchema,
    QuantityKind,
    RecordSchema,
    Reveals,
    Scalar,
    ScalarKind,
)
from precise_cal.protocol.units import UnitError, parse_unit

if TYPE_CHECKING:
    from precise_cal.protocol.schema.form import FieldForm, PartForm, QuantityForm, RecordFile
    from precise_cal.protocol.schema.tree import FieldType

    Location = tuple[str | int, ...]

SCALARS: Final = get_args(ScalarKind)
_LIST: Final = "list of "
_TEXTS: Final = ("text", "identifier", "decimal", "date", "instant", "unit")
"""The types that JSON writes as text."""
_FOREIGN: Final = {
    **dict.fromkeys(("int", "number", "count"), '"integer" or "decimal"'),
    **dict.fromkeys(("float", "double", "real", "numeric"), '"decimal"'),
    **dict.fromkeys(("str", "string", "char"), '"text"'),
    **dict.fromkeys(("bool", "logical", "yes_no"), '"boolean"'),
    **dict.fromkeys(("datetime", "date-time", "timestamp", "time"), '"instant"'),
    **dict.fromkeys(("enum", "choice", "coded", "category"), '"words"'),
    **dict.fromkeys(("list", "array"), '"list of" and a type'),
    **dict.fromkeys(("object", "dict", "struct"), "the name of a part"),
    **dict.fromkeys(("quantity", "measurement"), "the name of a quantity"),
    "id": '"identifier"',
}
"""What the types are called elsewhere."""
_RANGED: Final = ("integer", "decimal")


def read_schema(form: RecordFile, sha256: str) -> tuple[RecordSchema | None, list[tuple[Location, str]]]:
    """The schema that a checked form states, and every problem with its place; no schema where there is a problem.

    Args:
        form: of ``record.yaml``.
        sha256: of its bytes.
    """
    reader = _Reader(form)
    schema = reader.schema(sha256)
    return (None if reader.problems else schema), reader.problems


@dataclass(slots=True)
class _Reader:
    form: RecordFile
    problems: list[tuple[Location, str]] = field(default_factory=list)
    quantities: dict[str, QuantityKind] = field(default_factory=dict)
    parts: dict[str, PartSchema] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    """The parts that are being read, each within the one before it."""

    def problem(self, location: Location, text: str) -> None:
        self.problems.append((location, text))

    def schema(self, sha256: str) -> RecordSchema:
        self._check_names()
        self.quantities = {name: self._quantity(name, one) for name, one in self.form.quantities.items()}
        root = self._part(ROOT, self.form.record, ("record",))
        schema = RecordSchema(
            sha256,
            root,
            dict(self.parts),
            dict(self.form.unique),
            dict[str, str](self.form.roles.items()),
            {word: {"en": one.en or word.replace("_", " "), "zh": one.zh} for word, one in self.form.labels.items()},
        )
        self._check_unique(schema)
        self._check_use()
        return schema

    def _check_use(self) -> None:
        """See that every name is the type of a field: one that is not was mistyped where it was meant."""
        forms = [self.form.record, *(self.form.parts[name] for name in self.parts)]
        used = {one.type.removeprefix(_LIST) for form in forms for one in form.fields.values()}
        used |= {form.measured for form in forms if form.measured is not None}
        for section in ("words", "quantities", "parts"):
            for name in getattr(self.form, section):
                if name not in used:
                    self.problem(
                        (section, name), message("{ $name }: no field of the record is of this type", name=name)
                    )

    def _check_names(self) -> None:
        seen: dict[str, str] = {ROOT: "record"}
        for section in ("words", "quantities", "parts"):
            for name in getattr(self.form, section):
                if name in seen:
                    self.problem(
                        (section, name),
                        message(
                            "{ $name }: stands among { $seen } already: choose another name", name=name, seen=seen[name]
                        ),
                    )
                seen.setdefault(name, section)

    def _quantity(self, name: str, form: QuantityForm) -> QuantityKind:
        here: Location = ("quantities", name)
        if form.like is not None:
            try:
                parse_unit(form.like)
            except UnitError as error:
                self.problem(
                    (*here, "like"),
                    message("{ $like } is no UCUM unit: { $error }", like=f"{form.like!r}", error=words_of(error)),
                )
        elif form.low is not None or form.high is not None:
            self.problem(here, message("{ $name }: a range needs `like`, the unit that it is stated in", name=name))
        low, high = _number(form.low), _number(form.high)
        if (low is None) != (high is None):
            self.problem(here, message("{ $name }: has one end of a range; state both `low` and `high`", name=name))
        if low is not None and high is not None and low > high:
            self.problem(
                (*here, "low"),
                message("{ $name }: `low` { $low } lies above `high` { $high }", name=name, low=low, high=high),
            )
        return QuantityKind(name, form.about, form.like or "", low, high, form.positive)

    def _part(self, name: str, form: PartForm, here: Location) -> PartSchema:
        self.path.append(name)
        fields = tuple(self._field(one, inner, (*here, one)) for one, inner in form.fields.items())
        measured = self._measured(form, here)
        amount = self._amount(form, here)
        self.path.pop()
        if not fields and measured is None:
            self.problem(here, message("{ $name }: has no fields", name=name))
        if measured is not None and {"value", "unit"} & set(form.fields):
            self.problem(
                here, message("{ $name }: `$measured` gives it the fields value and unit: leave them out", name=name)
            )
        part = PartSchema(name, form.about_, (VALUE, UNIT, *fields) if measured else fields, measured, amount)
        if name != ROOT:
            self.parts[name] = part
        return part

    def _measured(self, form: PartForm, here: Location) -> QuantityKind | None:
        if form.measured is None:
            return None
        if form.measured not in self.quantities:
            self.problem(
                (*here, "$measured"),
                message(
                    "{ $measured } is no quantity{ $hint_or_all }",
                    measured=form.measured,
                    hint_or_all=hint_or_all(form.measured, self.quantities),
                ),
            )
        return self.quantities.get(form.measured)

    def _amount(self, form: PartForm, here: Location) -> tuple[str, str] | None:
        if form.quantity is None:
            return None
        value, unit = form.quantity.split(" ")
        for name, kind in ((value, "decimal"), (unit, "unit")):
            if name not in form.fields or form.fields[name].type != kind:
                self.problem(
                    (*here, "$quantity"),
                    message("{ $name }: should be a field of the type { $kind } of this part", name=name, kind=kind),
                )
        return value, unit

    def _field(self, name: str, form: FieldForm, here: Location) -> FieldSchema:
        if name == QUANTITY:
            self.problem(
                here,
                message(
                    "{ $quantity } is what rules call value and unit together: choose another name", quantity=QUANTITY
                ),
            )
        kind = self._type(form.type, form, (*here, "type"))
        if form.known and not isinstance(kind, PartSchema):
            self.problem(
                (*here, "known"), message("{ $name }: only a part that is no list can always exist", name=name)
            )
        reveals = form.reveals
        sparing = None if isinstance(reveals, bool) else reveals.except_
        made = FieldSchema(
            name=name,
            type=kind,
            about=form.about,
            required=form.required,
            known=form.known,
            alternatives=tuple(self._alternative(one, (*here, "or", index)) for index, one in enumerate(form.or_)),
            title=form.title,
            title_zh=form.title_zh,
            reveals=Reveals(sparing) if reveals else None,
            table=form.table,
        )
        if sparing is not None and (made.part is None or sparing not in made.part.by_name):
            self.problem(
                (*here, "reveals", "except"),
                message("{ $sparing }: is no field of what { $name } holds", sparing=sparing, name=name),
            )
        if form.about is None and not form.known:
            self.problem(here, message("{ $name }: needs `about`, the words that a query asks with", name=name))
        return made

    def _alternative(self, text: str, here: Location) -> Scalar:
        if text not in _TEXTS:
            self.problem(
                here,
                message("{ $text }: a further type should be one of { $texts }", text=text, texts=", ".join(_TEXTS)),
            )
        return Scalar(cast("ScalarKind", text))

    def _type(self, text: str, form: FieldForm, here: Location) -> FieldType:
        if text.startswith(_LIST):
            inner = self._type(text.removeprefix(_LIST), form, here)
            if isinstance(inner, ListOf):
                self.problem(
                    here,
                    message("{ $text }: a list of lists is no type; give the inner list a part of its own", text=text),
                )
                return inner
            return ListOf(inner)
        if text in SCALARS:
            return self._scalar(cast("ScalarKind", text), form, here)
        self._check_bounds(form, here, message("of the type { $text }", text=text))
        if text in self.form.words:
            return Scalar("words", self._distinct(self.form.words[text], ("words", text)))
        if text in self.quantities:
            return self.quantities[text]
        if text in self.form.parts:
            return self._inner(text, here)
        known = [*SCALARS, *self.form.words, *self.quantities, *self.form.parts]
        meant = _FOREIGN.get(text.lower())
        self.problem(
            here,
            message(
                "{ $text } is no type{ $hint_or_all }",
                text=text,
                hint_or_all=hint_or_all(text, known) if meant is None else f"; did you mean {meant}?",
            ),
        )
        return Scalar("text")

    def _inner(self, name: str, here: Location) -> FieldType:
        if name in self.path:
            circle = " > ".join([*self.path[self.path.index(name) :], name])
            self.problem(here, message("{ $name } would hold itself: { $circle }", name=name, circle=circle))
            return Scalar("text")
        return self.parts.get(name) or self._part(name, self.form.parts[name], ("parts", name))

    def _scalar(self, kind: ScalarKind, form: FieldForm, here: Location) -> Scalar:
        if (kind == "words") != (form.words is not None):
            needs = "the type words needs a list of `words`" if kind == "words" else "`words` belong to the type words"
            self.problem(here, needs)
        if kind != "text" and form.pattern is not None:
            self.problem((*here[:-1], "pattern"), "a pattern belongs to the type text")
        if form.pattern is not None:
            self._check_pattern(form.pattern, (*here[:-1], "pattern"))
        low, high = _number(form.from_), _number(form.to)
        if kind not in _RANGED:
            self._check_bounds(form, here, message("of the type { $kind }", kind=kind))
        elif low is not None and high is not None and low > high:
            self.problem((*here[:-1], "from"), message("`from` { $low } lies above `to` { $high }", low=low, high=high))
        return Scalar(kind, self._distinct(form.words or [], here), low, high, form.pattern)

    def _check_bounds(self, form: FieldForm, here: Location, what: str) -> None:
        if form.from_ is not None or form.to is not None:
            self.problem(
                here, message("`from` and `to` bound whole and decimal numbers, not a field { $what }", what=what)
            )

    def _check_pattern(self, pattern: str, here: Location) -> None:
        try:
            re.compile(pattern)
        except re.error as error:
            self.problem(
                here,
                message(
                    "{ $pattern } is no regular expression: { $error }", pattern=f"{pattern!r}", error=words_of(error)
                ),
            )

    def _distinct(self, words: list[str], here: Location) -> tuple[str, ...]:
        for word in dict.fromkeys(words):
            if words.count(word) > 1:
                self.problem(here, message("the word { $word } stands twice", word=f"{word!r}"))
        return tuple(words)

    def _check_unique(self, schema: RecordSchema) -> None:
        for path, name in schema.unique.items():
            held = schema.field(tuple(path.split(".")))
            if held is None or not held.is_list:
                self.problem(("unique", path), message("{ $path }: is no list of the record", path=path))
            elif held.rows is None or name not in held.rows.by_name:
                self.problem(
                    ("unique", path), message("{ $name }: is no field of what { $path } holds", name=name, path=path)
                )


def _number(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)
