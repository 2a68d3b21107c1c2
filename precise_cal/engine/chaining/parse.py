"""Reads vocabulary and rules from plain data, as a YAML reader hands them over, and reports every fault.

The form is described in docs/consequences.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from precise_cal.engine.chaining.facts import MAX_INTEGER, Value, name_fault, value_fault
from precise_cal.engine.chaining.model import Condition, Rule, Template
from precise_cal.engine.chaining.vocabulary import MAX_KIND_FIELDS, FieldType, Kind

Path: TypeAlias = tuple[str | int, ...]
Report: TypeAlias = Callable[[Path, str], None]
"""Takes a fault and where it stands."""

MAX_CONDITIONS: Final = 16

_WORDS: Final = FieldType(str, None)
_BOOLEANS: Final = FieldType(bool, (True, False))


def read_kinds(data: object, path: Path, report: Report) -> dict[str, Kind]:
    """The vocabulary: kind by kind its fields and what they hold."""
    kinds: dict[str, Kind] = {}
    for name, entry in _mapping(data, path, report).items():
        here = (*path, name)
        body = _mapping(entry, here, report)
        _known_keys(body, ("given", "fields", "about"), here, report)
        given = body.get("given", False)
        if not isinstance(given, bool):
            report((*here, "given"), f"{given!r} is not true or false")
        fields = _read_fields(body.get("fields"), (*here, "fields"), report)
        if (fault := name_fault(name)) is not None:
            report(here, fault)
        required = frozenset(field for field, held in fields.items() if not held.optional)
        kinds[name] = Kind(name, given is True, fields, required)
    return kinds


def read_rules(data: object, kinds: Mapping[str, Kind], path: Path, report: Report) -> list[tuple[Rule, Path]]:
    """The rules, in their order, each with its place."""
    rules: list[tuple[Rule, Path]] = []
    seen: set[str] = set()
    for number, entry in enumerate(_sequence(data, path, report)):
        here = (*path, number)
        body = _mapping(entry, here, report)
        _known_keys(body, ("id", "when", "then", "about"), here, report)
        rule_id = body.get("id")
        if (fault := name_fault(rule_id)) is not None:
            report((*here, "id"), fault)
        elif rule_id in seen:
            report((*here, "id"), f"'{rule_id}' is the id of an earlier rule")
        seen.add(str(rule_id))
        rule = _read_rule(str(rule_id), body, kinds, here, report)
        if rule is not None:
            rules.append((rule, here))
    return rules


def _read_fields(data: object, path: Path, report: Report) -> dict[str, FieldType]:
    fields: dict[str, FieldType] = {}
    hashes: dict[int, str] = {}
    for written, entry in _mapping(data, path, report).items():
        here = (*path, written)
        name = written.removesuffix("?")
        if (fault := name_fault(name)) is not None:
            report(here, fault)
        other = hashes.setdefault(_fnv1a(name), name)
        if other != name:
            report(here, f"durable-rules cannot tell '{name}' from '{other}' (same 32-bit FNV-1a hash)")
        if name in fields:
            report(here, f"field '{name}' is declared twice")
        held = _read_type(entry, here, report)
        fields[name] = FieldType(held.python_type, held.values, optional=written.endswith("?"))
    if len(fields) > MAX_KIND_FIELDS:
        report(path, f"{len(fields)} fields, {MAX_KIND_FIELDS} at most")
    return fields


def _read_type(entry: object, path: Path, report: Report) -> FieldType:
    if entry == "identifier":
        return _WORDS
    if entry == "boolean":
        return _BOOLEANS
    if isinstance(entry, Mapping) and set(entry) == {"integer"}:
        return _read_range(entry["integer"], path, report)
    if isinstance(entry, Sequence) and not isinstance(entry, str) and entry:
        for word in entry:
            fault = value_fault(word) if isinstance(word, str) else f'{word!r} is no word; quote it: "{word}"'
            if fault is not None:
                report(path, fault)
        return FieldType(str, frozenset(word for word in entry if isinstance(word, str)))
    report(path, "should be a list of words, boolean, identifier, or {integer: [lowest, highest]}")
    return _WORDS


def _read_range(bounds: object, path: Path, report: Report) -> FieldType:
    if isinstance(bounds, Sequence) and len(bounds) == 2 and all(type(bound) is int for bound in bounds):
        low, high = bounds
        if -MAX_INTEGER <= low <= high <= MAX_INTEGER:
            return FieldType(int, range(low, high + 1))
    report(path, f"should be {{integer: [lowest, highest]}} within ±{MAX_INTEGER}")
    return FieldType(int, range(1))


def _read_rule(
    rule_id: str, body: Mapping[str, Any], kinds: Mapping[str, Kind], here: Path, report: Report
) -> Rule | None:
    when = _one_kind(body.get("when"), kinds, (*here, "when"), report)
    if when is None:
        return None
    kind, wanted = when
    conditions = _read_conditions(wanted, kind, (*here, "when", kind.name), report)
    templates = []
    entries = _sequence(body.get("then"), (*here, "then"), report)
    for number, entry in enumerate(entries):
        place = (*here, "then", number)
        then = _one_kind(entry, kinds, place, report)
        if then is not None:
            templates.append(_read_template(then[0], then[1], kind, conditions, (*place, then[0].name), report))
    if not entries:
        report((*here, "then"), "a rule concludes at least one fact")
    return Rule(rule_id, kind.name, conditions, tuple(templates))


def _read_conditions(wanted: Mapping[str, Any], kind: Kind, path: Path, report: Report) -> tuple[Condition, ...]:
    if len(wanted) > MAX_CONDITIONS:
        report(path, f"{len(wanted)} conditions, {MAX_CONDITIONS} at most")
    conditions = []
    for name, entry in wanted.items():
        here = (*path, name)
        held = kind.fields.get(name)
        if held is None:
            report(here, f"'{kind.name}' has no field '{name}'; there are {', '.join(sorted(kind.fields))}")
            continue
        negated = isinstance(entry, Mapping)
        if negated:
            _known_keys(entry, ("not",), here, report)
        wanted_values = entry.get("not") if negated else entry
        listed = isinstance(wanted_values, Sequence) and not isinstance(wanted_values, str)
        values = wanted_values if listed else [wanted_values]
        faults = [fault for value in values if (fault := held.fault(value)) is not None]
        for fault in faults:
            report(here, fault)
        if not values:
            report(here, "an empty list: no value would do")
        elif not faults:
            condition = Condition(name, frozenset(values), negated)
            conditions.append(condition)
            if held.values is not None and not any(condition.holds(value) for value in held.values):
                report(here, "every value of the field is excluded: the rule could never fire")
    return tuple(conditions)


def _read_template(
    kind: Kind,
    body: Mapping[str, Any],
    source: Kind,
    conditions: Sequence[Condition],
    path: Path,
    report: Report,
) -> Template:
    constants: list[tuple[str, Value]] = []
    copies: list[tuple[str, str]] = []
    if kind.given:
        report(path, f"'{kind.name}' is given by the caller: rules conclude other kinds")
    for name, entry in body.items():
        here = (*path, name)
        held = kind.fields.get(name)
        if held is None:
            report(here, f"'{kind.name}' has no field '{name}'; there are {', '.join(sorted(kind.fields))}")
        elif isinstance(entry, Mapping):
            _known_keys(entry, ("copy",), here, report)
            origin = entry.get("copy")
            fault = _copy_fault(held, origin, source, conditions)
            if fault is None:
                copies.append((name, str(origin)))
            else:
                report(here, fault)
        elif (fault := held.fault(entry)) is None:
            constants.append((name, entry))
        else:
            report(here, fault)
    absent = kind.required - set(body)
    if absent:
        report(path, f"'{kind.name}' needs {', '.join(sorted(absent))}")
    return Template(kind.name, tuple(constants), tuple(copies))


def _copy_fault(target: FieldType, origin: object, source: Kind, conditions: Sequence[Condition]) -> str | None:
    field = source.fields.get(origin) if isinstance(origin, str) else None
    if field is None:
        return f"'{source.name}' has no field {origin!r} to copy; there are {', '.join(sorted(source.fields))}"
    tested = [condition for condition in conditions if condition.field == origin]
    if not target.admits(possible_values(field, tested)):
        return f"'{origin}' of '{source.name}' is {field}, which does not fit {target}"
    if field.optional and not target.optional and not tested:
        return f"'{origin}' may be absent from '{source.name}', this field may not: test '{origin}' under when"
    return None


def possible_values(field: FieldType, conditions: Sequence[Condition]) -> frozenset[Value] | None:
    """The values a field can hold where these conditions on it are met; None for any word."""
    values = field.values
    for condition in conditions:
        if values is not None:
            values = [value for value in values if condition.holds(value)]
        elif not condition.negated:
            values = condition.values
    return None if values is None else frozenset(values)


def _one_kind(
    data: object, kinds: Mapping[str, Kind], path: Path, report: Report
) -> tuple[Kind, Mapping[str, Any]] | None:
    entry = _mapping(data, path, report)
    if len(entry) != 1:
        report(
            path,
            f"should name one kind of fact and its fields, such as {{lesion: {{…}}}}; it names {len(entry)}",
        )
        return None
    (name, body), *_ = entry.items()
    if name not in kinds:
        report((*path, name), f"no such kind of fact; there are {', '.join(sorted(kinds))}")
        return None
    return kinds[name], _mapping(body, (*path, name), report)


def _mapping(data: object, path: Path, report: Report) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        report(
            path,
            f"should be a mapping, is {type(data).__name__}" if data is not None else "a mapping is missing",
        )
        return {}
    for key in data:
        if not isinstance(key, str):
            report(path, f'{key!r} is no name; quote it: "{key}"')
    return {key: value for key, value in data.items() if isinstance(key, str)}


def _sequence(data: object, path: Path, report: Report) -> Sequence[Any]:
    if isinstance(data, Sequence) and not isinstance(data, str):
        return data
    report(path, f"should be a list, is {type(data).__name__}" if data is not None else "a list is missing")
    return []


def _known_keys(body: Mapping[str, Any], known: Sequence[str], path: Path, report: Report) -> None:
    for key in body:
        if key not in known:
            report((*path, key), f"no such key; there are {', '.join(known)}")


def _fnv1a(text: str) -> int:
    """32-bit FNV-1a (Fowler, Noll, Vo; RFC 9923), by which durable-rules knows field names."""
    number = 0x811C9DC5
    for byte in text.encode():
        number = (number ^ byte) * 0x01000193 & 0xFFFFFFFF
    return number
