"""Boundary cases as a file beside the rules, and how it differs from what would be written now.

``tests/boundaries.yaml`` is a file of cases like any other.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal

import yaml

from precise_cal.assurance.boundaries import boundaries
from precise_cal.assurance.limits import Kept, Start
from precise_cal.engine.cases import FOLDER, Case, judged, read_cases
from precise_cal.engine.rulebook.yaml_source import read_yaml
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.pointer import pointer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from precise_cal.assurance.boundaries import Search
    from precise_cal.assurance.limits import Boundary, Sample
    from precise_cal.engine.cases import PlacedCase
    from precise_cal.engine.rulebook.rulebook import Rulebook

FILE: Final = f"{FOLDER}/boundaries.yaml"

Written = dict[str, list[dict[str, Any]]]
"""Cases by rule, as they stand in the file."""
What = Literal["another verdict", "another participant", "new", "gone"]


@immutable()
class Difference:
    """A case that would be written otherwise now, or is new, or gone.

    Attributes:
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
    first = _kept([one for one in plain if one.place.file == str(own)])
    participants = [Start(document) for _, document in _participants(book.folder)]
    by_hand = [one for one in plain if one.place.file != str(own)]
    starts = [start for one in by_hand for start in _starts(one, book)]
    return boundaries(book, [*participants, *starts], only, first)


def _kept(cases: Iterable[PlacedCase]) -> dict[tuple[str, str], Kept]:
    """The participants of boundary cases, by rule and name of the comparison."""
    found: dict[tuple[str, str], Kept] = {}
    for one in cases:
        name, _, side = one.case.case.rpartition(": ")
        start = _start(one)
        kept = found.get((one.rule, name), Kept({}, start.now, one.rule))
        found[one.rule, name] = kept._replace(documents={**kept.documents, side: start.document})
    return found


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
    said = sample.said
    case |= {"also": dict(said.also)} if said.also else {}
    for key, codes in (("deviations", said.deviations), ("no_deviations", said.no_deviations)):
        case |= {key: sorted(codes)} if codes else {}
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


_NONE: Final = "#   "
HEADER: Final = """# yaml-language-server: $schema=../schema/cases.json
#
# Boundary cases, written by `precise rules boundaries --write` (docs/assurance.md): for each comparison of the rules a
# participant at its limit, one just below and one just above, without the value, and with it in part and in another
# unit. Expectations are what the rules said when they were written; who read them stands in boundaries/reviewed.yaml.
"""


def text_of(cases: Written, undecided: Iterable[tuple[str, str]]) -> str:
    """The file, one line for each case, with the comparisons of which there is none, by rule and name."""
    lines = [HEADER]
    named = [f"{_NONE}{rule}: {name}\n" for rule, name in undecided]
    if named:
        lines += ["#\n# No participant of the cases was found of whom these decide anything:\n", *named]
    for rule, entries in cases.items():
        lines += [f"\n{rule}:\n", *(f"  - {line(entry)}\n" for entry in entries)]
    return "".join(lines)


def kept_undecided(folder: Path) -> list[tuple[str, str]]:
    """The comparisons that the file names as having no case, by rule and name."""
    path = folder / FILE
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    found = [one.removeprefix(_NONE).partition(": ") for one in lines if one.startswith(_NONE)]
    return [(rule, name) for rule, _, name in found]


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
        {(rule, one["case"]): one for rule, one in flat(cases, only)} for cases in (kept(book.folder), new)
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


def flat(cases: Written, only: frozenset[str] | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every case with its rule."""
    yield from ((rule, one) for rule, entries in cases.items() for one in entries if only is None or rule in only)


def _verdict(placed: PlacedCase, book: Rulebook) -> str:
    """What the rules say of a case now; nothing where they cannot judge it."""
    try:
        subject = judged(placed, book, all_reasons=False)
    except PreciseError:
        return ""
    return next((one.verdict for one in subject.verdicts if one.id == placed.rule), "")
