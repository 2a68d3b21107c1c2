"""``deviations.yaml`` as the chaining takes it: what a file leaves out follows from its taxonomy and from the rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from precise_cal.engine.chaining.form import ConsequencesForm, CopyForm, KindForm, RangeForm, RuleForm
from precise_cal.engine.rulebook.across_form import findings_across
from precise_cal.engine.rulebook.deviation_form import DeviationEntry, DeviationFile
from precise_cal.engine.rulebook.populations import PER_PROTOCOL
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import CRITERIA, LADDERS, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.engine.chaining.form import Constant, Facts, Matched, TypeForm
    from precise_cal.engine.rulebook.deviation_form import FailedEntry, UndecidedEntry
    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.rule_form import RuleEntry
    from precise_cal.engine.rulebook.yaml_source import Location

    Fields = dict[str, TypeForm]
    Held = Constant | CopyForm
    Problem = tuple[Place | None, str]

_NUMBER: Final = re.compile(r"\d+")
_BLANK: Final = re.compile(r"\{(\w*)\}")
_BLANKS: Final = ("id", "kind", "number", "title")


@immutable()
class Consequential:
    """The taxonomy, the vocabulary and the rules of a trial's deviations, whole."""

    entries: Mapping[str, DeviationEntry]
    """Kinds of deviations by code, those of criteria included."""
    form: ConsequencesForm
    """Vocabulary and rules, as `compile_consequences` takes them."""
    origins: tuple[Location, ...]
    """Where the file states each of the rules."""
    stated: frozenset[str]
    """The kinds of facts whose words the file itself lists: these may hold more than the rules use."""


def consequential(loaded: Loaded) -> Consequential:
    """The deviations of the loaded files; where no file states them, every criterion and finding has one."""
    file = loaded.deviations[0] if loaded.deviations else _by_default(loaded)
    entries = {one.code: one for one in (*_of_criteria(loaded, file), *file.deviations)}
    steps = [*_steps(file)]
    rules = [rule for _, rule in steps]
    facts = _given(loaded, file, entries)
    facts |= _concluded(rules, facts | file.facts)
    return Consequential(
        entries=entries,
        form=ConsequencesForm(facts=facts | file.facts, rules=rules),
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


def criteria(loaded: Loaded) -> Iterator[RuleEntry]:
    """The criteria that are judged, in their order."""
    return (one for file, _ in loaded.rules for one in file.rules if one.kind in CRITERIA and one.is_judged)


def code_of(loaded: Loaded, rule: RuleEntry) -> str | None:
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
    of_criteria = {code: one.id for one in criteria(loaded) if (code := code_of(loaded, one)) is not None}
    for index, one in enumerate(file.deviations):
        here = ("deviations", index)
        if one.code in seen:
            yield (
                source.place((*here, "code")),
                message("the deviation { $code } stands twice", code=Verbatim(one.code)),
            )
        seen.add(one.code)
        if one.code in of_criteria and file.criteria is not None and one.follows and one.follows.findings:
            of = of_criteria[one.code]
            text = "{ $code } is the deviation of { $of }: findings need one of their own"
            yield source.place((*here, "code")), message(text, code=Verbatim(one.code), of=Verbatim(of))
        named = [*one.by_finding, *(one.follows.findings if one.follows else ())]
        for name in named if "finding" not in file.facts else ():
            if name not in known:
                yield (
                    source.place(here),
                    message(
                        "{ $code }: no rule has the finding { $name }; there are { $known }",
                        code=Verbatim(one.code),
                        name=Verbatim(name),
                        known=Verbatim(", ".join(known)),
                    ),
                )
    for name in _BLANK.findall(file.criteria.failed.why) if file.criteria else ():
        if name not in _BLANKS:
            place = source.place(("criteria", "failed", "why"))
            yield (
                place,
                message(
                    "{ $blank } stands for nothing; there are { $blanks }",
                    blank=Verbatim(f"{{{name}}}"),
                    blanks=", ".join(f"{{{one}}}" for one in _BLANKS),
                ),
            )


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


def filled(text: str, rule: RuleEntry, place: int, kind: str | None = None) -> str:
    """A text with its blanks filled for a criterion, which stands at a place among them; its kind in other words."""
    numbers = _NUMBER.findall(rule.id) or [str(place)]
    blanks = {"id": rule.id, "kind": kind or rule.kind, "number": numbers[-1], "title": rule.title}
    return _BLANK.sub(lambda found: blanks.get(found[1], found[0]), text)


def _steps(file: DeviationFile) -> Iterator[tuple[Location, RuleForm]]:
    """Every rule of the chaining, with the place in the file that states it."""
    if file.criteria is not None:
        failed, undecided = file.criteria.failed, file.criteria.undecided
        words: list[Constant] = [LADDERS[kind].decided for kind in CRITERIA]
        when: Matched = {"criterion": {"randomized": True, "verdict": words}}
        yield ("criteria", "failed"), _step(failed.id, failed.about, when, CopyForm(copy="deviation"))
        if undecided is not None:
            when = {"criterion": {"randomized": True, "verdict": UNKNOWN}}
            yield ("criteria", "undecided"), _step(undecided.id, undecided.about, when, undecided.code)
    for index, one in enumerate(file.deviations):
        if one.follows is not None:
            name, about = one.follows.id or one.code.lower(), one.follows.about or one.term.lower()
            when = {"finding": {"code": [*one.follows.findings]}}
            yield ("deviations", index, "follows"), _step(name, about, when, one.code, item=CopyForm(copy="item"))
    yield from ((("rules", index), rule) for index, rule in enumerate(file.rules))


def _step(name: str, about: str, when: Matched, code: Held, **more: Held) -> RuleForm:
    held = {"rule": CopyForm(copy="rule"), **more, "code": code}
    return RuleForm(id=name, about=about, when=when, then=[{"deviation": held}])


def _given(loaded: Loaded, file: DeviationFile, entries: Mapping[str, DeviationEntry]) -> Facts:
    """The kinds of facts that every trial has, with the words that this one has; one without words is left out."""
    kinds: Facts = {}
    codes = [*dict.fromkeys(code for rule in criteria(loaded) if (code := code_of(loaded, rule)))]
    if codes:
        words = [*dict.fromkeys(word for kind in CRITERIA for word in LADDERS[kind].words)]
        fields: Fields = {"rule": "identifier", "verdict": [*words], "deviation": codes, "randomized": "boolean"}
        kinds["criterion"] = KindForm(given=True, fields=fields)
    if known := [*findings(loaded)]:
        fields = {"rule": "identifier", "item?": "identifier", "code": known, "done?": "boolean"}
        kinds["finding"] = KindForm(given=True, fields=fields)
    if entries:
        kinds["deviation"] = KindForm(
            given=False, fields={"rule": "identifier", "item?": "identifier", "code": [*entries]}
        )
    return {name: kind for name, kind in kinds.items() if name not in file.facts}


def _concluded(rules: Sequence[RuleForm], known: Facts) -> Facts:
    """The kinds that only rules conclude, with fields as these fill them: words, and what is copied."""
    stated = {name: kind.fields for name, kind in known.items()}
    found: dict[str, Fields] = {}
    for _ in rules:  # what one rule concludes, another may copy from
        for rule in rules:
            source = (stated | found).get(next(iter(rule.when)))
            for kind, body in (one for entry in rule.then for one in entry.items()):
                if source is not None and kind not in stated:
                    fields = found.setdefault(kind, {})
                    for name, entry in body.items():
                        _add(fields, name, entry, source)
    return {name: KindForm(given=False, fields=fields) for name, fields in found.items()}


def _add(fields: Fields, name: str, entry: Held, source: Fields) -> None:
    """Let a field hold what one template puts there."""
    held = fields.get(name)
    match entry:
        case CopyForm(copy_=origin):
            written = next((one for one in (origin, f"{origin}?") if one in source), None)
            if written is None:
                fields.setdefault(name, "identifier")  # reading the rule tells that there is nothing to copy
            else:
                copied = source[written]
                name = f"{name}?" if written.endswith("?") else name
                fields.setdefault(name, [*copied] if isinstance(copied, list) else copied)
        case bool():
            fields.setdefault(name, "boolean")
        case int():
            low, high = held.integer if isinstance(held, RangeForm) else (entry, entry)
            fields[name] = RangeForm(integer=(min(low, entry), max(high, entry)))
        case str() if held is None:
            fields[name] = [entry]
        case str() if isinstance(held, list) and entry not in held:
            held.append(entry)
