"""Boundary cases as a file beside the rules, how it differs from what would be written now, and what was reviewed.

``tests/boundaries.yaml`` is a file of cases like any other. ``tests/boundaries/reviewed.yaml`` names, by the digest of
its line, every case that somebody has read; a case that is written anew, or by hand, has another digest.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Literal

import yaml
from pydantic import TypeAdapter, ValidationError

from precise_cal.assurance.boundaries import Start, boundaries
from precise_cal.engine.cases import FOLDER, Case, judged, read_cases
from precise_cal.engine.rulebook.entry import Entry, Words
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.yaml_source import read_yaml
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.pointer import pointer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from precise_cal.assurance.boundaries import Boundary, Sample, Search
    from precise_cal.engine.cases import PlacedCase
    from precise_cal.engine.rulebook.rulebook import Rulebook

FILE: Final = f"{FOLDER}/boundaries.yaml"
REVIEWED: Final = f"{FOLDER}/boundaries/reviewed.yaml"

Written = dict[str, list[dict[str, Any]]]
"""Cases by rule, as they stand in the file."""
What = Literal["another verdict", "another participant", "new", "gone"]


class Review(Entry):
    """Who read which cases, by rule the digests of their lines."""

    by: Words
    on: Words
    cases: dict[Words, tuple[Words, ...]]


@immutable()
class Difference:
    """A case that would be written otherwise now, or is new, or gone.

    Attributes:
        rule: the rule under which it stands.
        case: its name.
        what: how it differs; where its participant has another verdict by the rules as they are, that alone is said.
        was: the verdict that the file expects; nothing where it is new.
        now: the verdict by the rules as they are: of the participant of the file, else of the new one.
        before: the line of the file.
        after: the line that would be written.
    """

    rule: str
    case: str
    what: What
    was: str
    now: str
    before: str
    after: str


def generated(book: Rulebook, only: frozenset[str] | None = None) -> Search:
    """The boundaries of a trial's rules, sought from the participants of its cases, those of its boundary cases first.

    Raises:
        RuleFileError: a case file is wrong.
    """
    cases = read_cases(book.folder)
    own = book.folder / FILE
    plain = [one for one in cases if not one.case.parameters and one.rule in book.rules]
    first = {(one.rule, _stem(one.case.case)): _start(one) for one in plain if one.place.file == str(own)}
    participants = [Start(document) for _, document in _participants(book.folder)]
    by_hand = [one for one in plain if one.place.file != str(own)]
    starts = [start for one in by_hand for start in _starts(one, book)]
    return boundaries(book, [*participants, *starts], only, first)


def _stem(name: str) -> str:
    """The name of the comparison in the name of a case."""
    return name.rpartition(": ")[0]


def _start(placed: PlacedCase) -> Start:
    return Start(json.loads(json.dumps(placed.document, default=str)), placed.case.now, placed.rule)


def _starts(placed: PlacedCase, book: Rulebook) -> Iterator[Start]:
    """The participant of a case; where it names an instant, also as a record with that cut-off, which can be moved."""
    start = _start(placed)
    path = book.schema.role_path("cutoff")
    if start.now is not None and path is not None and len(path) == 1:
        yield Start({**start.document, path[0]: start.now}, None, start.for_rule)
    yield start


def _participants(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """The participants that cases start from, by name: the one that they start from unsaid first."""
    usual = Case.model_fields["from_"].default
    known = sorted((folder / FOLDER).glob("*.json"), key=lambda path: (path.stem != usual, path.stem))
    return [(path.stem, json.loads(path.read_text("utf-8"))) for path in known]


# ---- as cases ----


def written(book: Rulebook, search: Search) -> Written:
    """Boundaries as cases, by rule."""
    participants = _participants(book.folder)
    found: Written = {}
    for boundary in search.boundaries:
        for sample in boundary.samples:
            found.setdefault(boundary.rule, []).append(_case(boundary, sample, participants))
    return found


def _case(boundary: Boundary, sample: Sample, participants: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    changes = [(name, Changes(start, sample.document)) for name, start in participants]
    base, least = min(changes, key=lambda one: len(one[1]))
    case: dict[str, Any] = {"case": f"{boundary.name}: {sample.side}"}
    if base != Case.model_fields["from_"].default:
        case["from"] = base
    case |= {key: value for key, value in (("set", least.set), ("add", least.add), ("remove", least.remove)) if value}
    if boundary.now is not None:
        case["now"] = boundary.now
    case["expect"] = sample.said.verdict
    case["raises"] = sorted(sample.said.notices)
    if sample.said.also:
        case["also"] = dict(sample.said.also)
    return case


class Changes:
    """What makes one record of another, as a case says it."""

    def __init__(self, start: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        self.set: dict[str, Any] = {}
        self.add: dict[str, Any] = {}
        self.remove: list[str] = []
        self._of(start, wanted, ())

    def __len__(self) -> int:
        return len(self.set) + len(self.add) + len(self.remove)

    def _of(self, start: Any, wanted: Any, place: tuple[str | int, ...]) -> None:
        if start == wanted:
            return
        if isinstance(start, dict) and isinstance(wanted, dict):
            for name in dict.fromkeys((*start, *wanted)):
                if name not in wanted:
                    self.remove.append(pointer_of((*place, name)))
                elif name not in start:
                    self.set[pointer_of((*place, name))] = wanted[name]
                else:
                    self._of(start[name], wanted[name], (*place, name))
        elif _is_longer(start, wanted):
            for number, one in enumerate(start):
                self._of(one, wanted[number], (*place, number))
            if len(wanted) > len(start):
                self.add[pointer_of(place)] = wanted[-1]
        else:
            self.set[pointer_of(place)] = wanted


def _is_longer(start: Any, wanted: Any) -> bool:
    """Whether two lists are of the same length, or the second has an object more."""
    if not isinstance(start, list) or not isinstance(wanted, list):
        return False
    more = len(wanted) - len(start)
    return more == 0 or (more == 1 and isinstance(wanted[-1], dict))


HEADER: Final = """# yaml-language-server: $schema=../schema/cases.json
#
# Boundary cases, written by `precise rules boundaries --write` (docs/assurance.md): for each comparison of the rules a
# participant at its limit, one just below and one just above, without the value, and with it in part and in another
# unit. Expectations are what the rules said when they were written; who read them stands in boundaries/reviewed.yaml.
"""


def text_of(cases: Written, search: Search) -> str:
    """The file, one line for each case, with the comparisons of which there is none."""
    lines = [HEADER]
    if search.undecided:
        lines.append("#\n# No participant of the cases was found of whom these decide anything:\n")
        lines += [f"#   {rule}: {one.name(rule)}\n" for rule, one in search.undecided]
    for rule, entries in cases.items():
        lines += [f"\n{rule}:\n", *(f"  - {line(entry)}\n" for entry in entries)]
    return "".join(lines)


def line(entry: Mapping[str, Any]) -> str:
    """A case on one line."""
    text: str = yaml.safe_dump(dict(entry), default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
    return text.strip()


def kept(folder: Path) -> Written:
    """The boundary cases that stand beside the rules; none where there is no such file. Raises: RuleFileError."""
    path = folder / FILE
    if not path.exists():
        return {}
    data = read_yaml(path, str(path)).data or {}
    return {rule: list(entries) for rule, entries in data.items()}


def differences(book: Rulebook, new: Written, only: frozenset[str] | None = None) -> tuple[Difference, ...]:
    """How the file differs from the cases that would be written now.

    Args:
        book: the rules.
        new: the cases (`written`).
        only: the rules that are looked at; without it, all.
    """
    path = book.folder / FILE
    said = {
        (one.rule, one.case.case): _verdict(one, book) for one in read_cases(book.folder) if one.place.file == str(path)
    }
    before, after = (
        {(rule, one["case"]): one for rule, one in _flat(cases, only)} for cases in (kept(book.folder), new)
    )
    found = []
    for place in dict.fromkeys((*before, *after)):
        old, now = before.get(place), after.get(place)
        if old == now:
            continue
        turned = old is not None and said.get(place, old["expect"]) != old["expect"]
        what: What = (
            "new" if old is None else "another verdict" if turned else "gone" if now is None else "another participant"
        )
        verdict = said[place] if turned else "" if now is None else now["expect"]
        lines = ["" if one is None else line(one) for one in (old, now)]
        found.append(Difference(*place, what, "" if old is None else old["expect"], verdict, lines[0], lines[1]))
    return tuple(found)


def _flat(cases: Written, only: frozenset[str] | None) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((rule, one) for rule, entries in cases.items() for one in entries if only is None or rule in only)


def _verdict(placed: PlacedCase, book: Rulebook) -> str:
    """What the rules say of a case now; nothing where they cannot judge it."""
    try:
        subject = judged(placed, book, all_reasons=False)
    except PreciseError:
        return ""
    return next((one.verdict for one in subject.verdicts if one.id == placed.rule), "")


# ---- what was reviewed ----


def digest(rule: str, entry: Mapping[str, Any]) -> str:
    """What tells a case as it was read."""
    return sha256(f"{rule}: {line(entry)}".encode()).hexdigest()[:12]


def read_reviews(folder: Path) -> tuple[Review, ...]:
    """Who read which cases; nothing where nobody did. Raises: RuleFileError, of a file of another form."""
    path = folder / REVIEWED
    if not path.exists():
        return ()
    source = read_yaml(path, str(path))
    try:
        return tuple(TypeAdapter(list[Review]).validate_python(source.data))
    except ValidationError as error:
        raise RuleFileError([(source.place(tuple(one["loc"])), one["msg"]) for one in error.errors()]) from None


def unread(cases: Written, reviews: Iterable[Review]) -> tuple[tuple[str, str], ...]:
    """The cases that nobody has read as they are, by rule and name."""
    known = {(rule, one) for review in reviews for rule, digests in review.cases.items() for one in digests}
    return tuple((rule, one["case"]) for rule, one in _flat(cases, None) if (rule, digest(rule, one)) not in known)


def reviewed(cases: Written, reviews: Iterable[Review], by: str, on: str) -> str:
    """The file of reviews with one more, of all that nobody has read; what is no case any more is left out."""
    there = {(rule, digest(rule, one)) for rule, one in _flat(cases, None)}
    rows = []
    for review in reviews:
        left = {rule: [one for one in known if (rule, one) in there] for rule, known in review.cases.items()}
        rows.append((review.by, review.on, {rule: known for rule, known in left.items() if known}))
    old = {(rule, one) for *_, known in rows for rule, digests in known.items() for one in digests}
    added: dict[str, list[str]] = {}
    for rule, one in _flat(cases, None):
        if (rule, digest(rule, one)) not in old:
            added.setdefault(rule, []).append(digest(rule, one))
    entries = [{"by": who, "on": when, "cases": known} for who, when, known in (*rows, (by, on, added)) if known]
    return yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)
