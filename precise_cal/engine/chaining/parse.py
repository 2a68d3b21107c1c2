"""What vocabulary and rules of the right form mean: every name and value is held against the vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from precise_cal.engine.chaining.facts import Value, name_fault
from precise_cal.engine.chaining.form import CopyForm, NotForm, RangeForm
from precise_cal.engine.chaining.model import Condition, Rule, Template
from precise_cal.engine.chaining.vocabulary import MAX_KIND_FIELDS, FieldType, Kind, possible_values
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from precise_cal.engine.chaining.form import ConditionForm, Constant, KindForm, RuleForm, TypeForm

    Path: TypeAlias = tuple[str | int, ...]
    Report: TypeAlias = Callable[[Path, str], None]
    """Takes a fault and where it stands."""

_WORDS: Final = FieldType(str, None)
_BOOLEANS: Final = FieldType(bool, (True, False))


def read_kinds(forms: Mapping[str, KindForm], path: Path, report: Report) -> dict[str, Kind]:
    """The vocabulary: kind by kind its fields and what they hold."""
    kinds: dict[str, Kind] = {}
    for name, form in forms.items():
        here = (*path, name)
        if (fault := name_fault(name)) is not None:
            report(here, fault)
        fields = _read_fields(form.fields, (*here, "fields"), report)
        required = frozenset(field for field, held in fields.items() if not held.optional)
        kinds[name] = Kind(name, form.given, fields, required)
    return kinds


def read_rules(
    forms: Sequence[RuleForm], kinds: Mapping[str, Kind], path: Path, report: Report
) -> list[tuple[Rule, Path]]:
    """The rules, in their order, each with its place."""
    rules: list[tuple[Rule, Path]] = []
    seen: set[str] = set()
    for number, form in enumerate(forms):
        here = (*path, number)
        if (fault := name_fault(form.id)) is not None:
            report((*here, "id"), fault)
        elif form.id in seen:
            report((*here, "id"), message("'{ $id }' is the id of an earlier rule", id=form.id))
        seen.add(form.id)
        rule = _read_rule(form, kinds, here, report)
        if rule is not None:
            rules.append((rule, here))
    return rules


def _read_fields(forms: Mapping[str, TypeForm], path: Path, report: Report) -> dict[str, FieldType]:
    fields: dict[str, FieldType] = {}
    hashes: dict[int, str] = {}
    for written, form in forms.items():
        here = (*path, written)
        name = written.removesuffix("?")
        if (fault := name_fault(name)) is not None:
            report(here, fault)
        other = hashes.setdefault(_fnv1a(name), name)
        if other != name:
            report(
                here,
                message(
                    "durable-rules cannot tell '{ $name }' from '{ $other }' (same 32-bit FNV-1a hash)",
                    name=name,
                    other=other,
                ),
            )
        if name in fields:
            report(here, message("field '{ $name }' is declared twice", name=name))
        held = _read_type(form, here, report)
        fields[name] = FieldType(held.python_type, held.values, optional=written.endswith("?"))
    if len(fields) > MAX_KIND_FIELDS:
        report(
            path,
            message(
                "{ $count } fields, { $max_kind_fields } at most", count=len(fields), max_kind_fields=MAX_KIND_FIELDS
            ),
        )
    return fields


def _read_type(form: TypeForm, path: Path, report: Report) -> FieldType:
    if isinstance(form, RangeForm):
        low, high = form.integer
        if low > high:
            report(
                (*path, "integer"),
                message("the lowest, { $low }, lies above the highest, { $high }", low=low, high=high),
            )
        return FieldType(int, range(low, max(low, high) + 1))
    if isinstance(form, list):
        return FieldType(str, frozenset(form))
    return _WORDS if form == "identifier" else _BOOLEANS


def _read_rule(form: RuleForm, kinds: Mapping[str, Kind], here: Path, report: Report) -> Rule | None:
    [(name, wanted)] = form.when.items()
    kind = _kind(name, kinds, (*here, "when", name), report)
    if kind is None:
        return None
    conditions = _read_conditions(wanted, kind, (*here, "when", name), report)
    templates = []
    for number, entry in enumerate(form.then):
        [(concluded, body)] = entry.items()
        place = (*here, "then", number, concluded)
        target = _kind(concluded, kinds, place, report)
        if target is not None:
            templates.append(_read_template(target, body, kind, conditions, place, report))
    return Rule(form.id, kind.name, conditions, tuple(templates))


def _kind(name: str, kinds: Mapping[str, Kind], path: Path, report: Report) -> Kind | None:
    if name not in kinds:
        report(path, message("no such kind of fact; there are { $kinds }", kinds=Verbatim(", ".join(sorted(kinds)))))
    return kinds.get(name)


def _field(name: str, kind: Kind, path: Path, report: Report) -> FieldType | None:
    if name not in kind.fields:
        report(
            path,
            message(
                "'{ $name }' has no field '{ $name_2 }'; there are { $fields }",
                name=kind.name,
                name_2=name,
                fields=Verbatim(", ".join(sorted(kind.fields))),
            ),
        )
    return kind.fields.get(name)


def _read_conditions(
    wanted: Mapping[str, ConditionForm], kind: Kind, path: Path, report: Report
) -> tuple[Condition, ...]:
    conditions = []
    for name, form in wanted.items():
        here = (*path, name)
        held = _field(name, kind, here, report)
        if held is None:
            continue
        stated = form.not_ if isinstance(form, NotForm) else form
        values = stated if isinstance(stated, list) else [stated]
        faults = [fault for value in values if (fault := held.fault(value)) is not None]
        for fault in faults:
            report(here, fault)
        if not faults:
            condition = Condition(name, frozenset(values), isinstance(form, NotForm))
            conditions.append(condition)
            if held.values is not None and not any(condition.holds(value) for value in held.values):
                report(here, "every value of the field is excluded: the rule could never fire")
    return tuple(conditions)


def _read_template(
    kind: Kind,
    body: Mapping[str, Constant | CopyForm],
    source: Kind,
    conditions: Sequence[Condition],
    path: Path,
    report: Report,
) -> Template:
    constants: list[tuple[str, Value]] = []
    copies: list[tuple[str, str]] = []
    if kind.given:
        report(path, message("'{ $name }' is given by the caller: rules conclude other kinds", name=kind.name))
    for name, entry in body.items():
        here = (*path, name)
        held = _field(name, kind, here, report)
        if held is None:
            continue
        if isinstance(entry, CopyForm):
            fault = _copy_fault(held, entry.copy_, source, conditions)
            copies.append((name, entry.copy_))
        else:
            fault = held.fault(entry)
            constants.append((name, entry))
        if fault is not None:
            report(here, fault)
    absent = kind.required - set(body)
    if absent:
        report(path, message("'{ $name }' needs { $absent }", name=kind.name, absent=", ".join(sorted(absent))))
    return Template(kind.name, tuple(constants), tuple(copies))


def _copy_fault(target: FieldType, origin: str, source: Kind, conditions: Sequence[Condition]) -> str | None:
    field = source.fields.get(origin)
    if field is None:
        return message(
            "'{ $name }' has no field { $origin } to copy; there are { $fields }",
            name=source.name,
            origin=f"{origin!r}",
            fields=Verbatim(", ".join(sorted(source.fields))),
        )
    tested = [condition for condition in conditions if condition.field == origin]
    if not target.admits(possible_values(field, tested)):
        return message(
            "'{ $origin }' of '{ $name }' is { $field }, which does not fit { $target }",
            origin=origin,
            name=source.name,
            field=Verbatim(field),
            target=Verbatim(target),
        )
    if field.optional and not target.optional and not tested:
        return message(
            "'{ $origin }' may be absent from '{ $name }', this field may not: test '{ $origin }' under when",
            origin=origin,
            name=source.name,
        )
    return None


def _fnv1a(text: str) -> int:
    """32-bit FNV-1a (Fowler, Noll, Vo; RFC 9923), by which durable-rules knows field names."""
    number = 0x811C9DC5
    for byte in text.encode():
        number = (number ^ byte) * 0x01000193 & 0xFFFFFFFF
    return number
