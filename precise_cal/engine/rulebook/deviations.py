"""``deviations.yaml`` as the chaining takes it: what a file leaves out follows from its taxonomy and from the rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.rulebook.across_form import findings_across
from precise_cal.engine.rulebook.deviation_form import DeviationEntry, DeviationFile
from precise_cal.engine.rulebook.populations import PER_PROTOCOL
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import CRITERIA, LADDERS, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.engine.rulebook.deviation_form import FailedEntry, UndecidedEntry
    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.files import Rule
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.yaml_source import Location

    Document = dict[str, Any]
    Problem = tuple[Place | None, str]

_NUMBER: Final = re.compile(r"\d+")
_BLANK: Final = re.compile(r"\{(\w*)\}")
_BLANKS: Final = ("id", "kind", "number", "title")


@immutable()
class Consequential:
    """The taxonomy, the vocabulary and the rules of a trial's deviations, whole."""

    entries: Mapping[str, DeviationEntry]
    """Kinds of deviations by code, those of criteria included."""
    document: Document
    """``facts`` and ``rules``, as `compile_consequences` takes them."""
    origins: tuple[Location, ...]
    """Where the file states each of the rules."""
    stated: frozenset[str]
    """The kinds of facts whose words the file itself lists: these may hold more than the rules use."""


def consequential(loaded: Loaded) -> Consequential:
    """The deviations of the loaded files; where no file states them, every criterion and finding has one."""
    file = loaded.deviations[0] if loaded.deviations else _by_default(loaded)
    entries = {one.code: one for one in (*_of_criteria(loaded, file), *file.deviations)}
    steps = [*_steps(file)]
    facts = _given(loaded, file, entries)
    facts |= _concluded(steps, facts | file.facts)
    return Consequential(
        entries=entries,
        document={"facts": facts | file.facts, "rules": [step for _, step in steps]},
        origins=tuple(origin for origin, _ in steps),
        stated=frozenset(file.facts),
    )


def place_of(loaded: Loaded, found: Consequential, path: Sequence[str | int]) -> Place | None:
    """Where something of the document stands in the file; None where there is no file."""
    if loaded.deviations is None:
        return None
    if path[:1] == ("rules",) and len(path) > 1 and isinstance(path[1], int):
        path = (*found.origins[path[1]], *path[2:])
    return loaded.deviations[1].place(tuple(path))


def criteria(loaded: Loaded) -> Iterator[Rule]:
    """The criteria that are judged, in their order."""
    return (one for file, _ in loaded.rules for one in file.rules if one.kind in CRITERIA and one.is_judged)


def code_of(loaded: Loaded, rule: Rule) -> str | None:
    """The deviation of whoever was enrolled against a criterion; None where it has none."""
    has_criteria = loaded.deviations is None or loaded.deviations[0].criteria is not None
    return rule.deviation or (f"DV-{rule.id}" if has_criteria and rule.kind in CRITERIA else None)


def findings(loaded: Loaded) -> dict[str, Place]:
    """The codes of what rules can find, with the first place that names each."""
    found: dict[str, Place] = {}
    for file, source in loaded.rules:
        for index, rule in enumerate(file.rules):
            for number, one in enumerate(rule.findings if rule.status == "active" else ()):
                found.setdefault(one.code, source.place(("rules", index, "findings", number, "code")))
        if file.chronology is not None:
            found.setdefault(file.chronology.finding, source.place(("chronology", "finding")))
    for code, here in findings_across(loaded.protocol.across):
        found.setdefault(code, loaded.source.place(here))
    return found


def problems(loaded: Loaded) -> Iterator[Problem]:
    """What is wrong with the entries themselves: codes that stand twice, findings that no rule has, blanks."""
    if loaded.deviations is None:
        return
    file, source = loaded.deviations
    seen: set[str] = set()
    known = findings(loaded)
    for index, one in enumerate(file.deviations):
        here = ("deviations", index)
        if one.code in seen:
            yield source.place((*here, "code")), f"the deviation {one.code} stands twice"
        seen.add(one.code)
        named = [*one.by_finding, *(one.follows.findings if one.follows else ())]
        for name in named if "finding" not in file.facts else ():
            if name not in known:
                yield source.place(here), f"{one.code}: no rule has the finding {name}; there are {', '.join(known)}"
    for name in _BLANK.findall(file.criteria.failed.why) if file.criteria else ():
        if name not in _BLANKS:
            place = source.place(("criteria", "failed", "why"))
            yield place, f"{{{name}}} stands for nothing; there are {', '.join(f'{{{one}}}' for one in _BLANKS)}"


def _by_default(loaded: Loaded) -> DeviationFile:
    """A folder that states none: each finding is a deviation, and each criterion that was not kept."""
    kinds = [
        {
            "code": f"DV-{code.replace('_', '-')}",
            "category": "PROTOCOL",
            "term": code.replace("_", " "),
            "importance": "important",
            "why": "nothing says how much it matters",
            "follows": {"findings": [code]},
        }
        for code in findings(loaded)
    ]
    return DeviationFile.model_validate({"criteria": {}, "deviations": kinds})


def _of_criteria(loaded: Loaded, file: DeviationFile) -> Iterator[DeviationEntry]:
    if file.criteria is None:
        return
    failed, undecided = file.criteria.failed, file.criteria.undecided
    shared = failed.model_dump(exclude={"id", "about"}) | {"leaves": leaves_of(failed)}
    for number, rule in enumerate(criteria(loaded), 1):
        own = {"code": code_of(loaded, rule), "why": filled(failed.why, rule, number)}
        yield DeviationEntry.model_validate(shared | own)
    if undecided is not None:
        stated = undecided.model_dump(exclude={"id", "about"})
        yield DeviationEntry.model_validate({**stated, "leaves": leaves_of(undecided)})


def leaves_of(entry: FailedEntry | UndecidedEntry) -> list[str]:
    """The populations that the deviation of a criterion leaves."""
    return [PER_PROTOCOL] if entry.leaves is None else entry.leaves


def filled(text: str, rule: Rule, place: int, kind: str | None = None) -> str:
    """A text with its blanks filled for a criterion, which stands at a place among them; its kind in other words."""
    numbers = _NUMBER.findall(rule.id) or [str(place)]
    blanks = {"id": rule.id, "kind": kind or rule.kind, "number": numbers[-1], "title": rule.title}
    return _BLANK.sub(lambda found: blanks.get(found[1], found[0]), text)


def _steps(file: DeviationFile) -> Iterator[tuple[Location, Document]]:
    """Every rule of the chaining, with the place in the file that states it."""
    if file.criteria is not None:
        failed, undecided = file.criteria.failed, file.criteria.undecided
        when = {"criterion": {"randomized": True, "verdict": [LADDERS[kind].decided for kind in CRITERIA]}}
        yield ("criteria", "failed"), _step(failed.id, failed.about, when, {"copy": "deviation"})
        if undecided is not None:
            when = {"criterion": {"randomized": True, "verdict": UNKNOWN}}
            yield ("criteria", "undecided"), _step(undecided.id, undecided.about, when, undecided.code)
    for index, one in enumerate(file.deviations):
        if one.follows is not None:
            name, about = one.follows.id or one.code.lower(), one.follows.about or one.term.lower()
            when = {"finding": {"code": list(one.follows.findings)}}
            yield ("deviations", index, "follows"), _step(name, about, when, one.code, item={"copy": "item"})
    yield from ((("rules", index), rule) for index, rule in enumerate(file.rules))


def _step(name: str, about: str, when: Document, code: Any, **more: Any) -> Document:
    return {
        "id": name,
        "about": about,
        "when": when,
        "then": [{"deviation": {"rule": {"copy": "rule"}, **more, "code": code}}],
    }


def _given(loaded: Loaded, file: DeviationFile, entries: Mapping[str, DeviationEntry]) -> Document:
    """The kinds of facts that every trial has, with the words that this one has; one without words is left out."""
    kinds: Document = {}
    codes = [*dict.fromkeys(code for rule in criteria(loaded) if (code := code_of(loaded, rule)))]
    if codes:
        fields = {
            "rule": "identifier",
            "verdict": [*dict.fromkeys(word for kind in CRITERIA for word in LADDERS[kind].words)],
            "deviation": codes,
            "randomized": "boolean",
        }
        kinds["criterion"] = {"given": True, "fields": fields}
    if known := [*findings(loaded)]:
        fields = {"rule": "identifier", "item?": "identifier", "code": known, "done?": "boolean"}
        kinds["finding"] = {"given": True, "fields": fields}
    if entries:
        kinds["deviation"] = {"fields": {"rule": "identifier", "item?": "identifier", "code": [*entries]}}
    return {name: kind for name, kind in kinds.items() if name not in file.facts}


def _concluded(steps: Sequence[tuple[Location, Document]], known: Document) -> Document:
    """The kinds that only rules conclude, with fields as these fill them: words, and what is copied."""
    found: Document = {}
    for _ in steps:  # what one rule concludes, another may copy from
        for _, step in steps:
            for kind, body, source in _templates(step, known | found):
                if kind not in known:
                    fields = found.setdefault(kind, {"fields": {}})["fields"]
                    for name, entry in body.items():
                        _add(fields, str(name), entry, source)
    return found


def _templates(step: Document, kinds: Document) -> Iterator[tuple[str, Document, Document]]:
    """Kind and fields of what a rule concludes, with the fields of what it matches; what is malformed is left out."""
    when, then = step.get("when"), step.get("then")
    matched = kinds.get(next(iter(when), "")) if isinstance(when, dict) else None
    if isinstance(matched, dict) and isinstance(matched.get("fields"), dict):
        for one in then if isinstance(then, list) else ():
            if isinstance(one, dict):
                yield from (
                    (str(kind), body, matched["fields"]) for kind, body in one.items() if isinstance(body, dict)
                )


def _add(fields: Document, name: str, entry: Any, source: Document) -> None:
    """Let a field hold what one template puts there."""
    if isinstance(entry, dict):
        origin = str(entry.get("copy"))
        written = next((one for one in (origin, f"{origin}?") if one in source), None)
        if written is None:
            fields.setdefault(name, "identifier")  # reading the rule tells that there is nothing to copy
        else:
            held = source[written]
            fields.setdefault(
                f"{name}?" if written.endswith("?") else name, [*held] if isinstance(held, list) else held
            )
    elif isinstance(entry, bool):
        fields.setdefault(name, "boolean")
    elif isinstance(entry, int):
        low, high = fields.get(name, {}).get("integer", (entry, entry))
        fields[name] = {"integer": [min(low, entry), max(high, entry)]}
    elif isinstance(entry, str):
        words = fields.setdefault(name, [])
        if isinstance(words, list) and entry not in words:
            words.append(entry)
