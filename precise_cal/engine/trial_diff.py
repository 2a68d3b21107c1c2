"""Of whom two trial folders, or two versions of one, say something else, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.check import Checker
from precise_cal.engine.judging.gate import GATE_ID
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import FAILING, UNDECIDED

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Because, Subject, UsedParameter, Verdict
    from precise_cal.protocol.temporal import DateTime

_DECISIONS: Final = (GATE_ID,)


@immutable()
class Side:
    """What one of the folders says by a rule, on which grounds; no verdict where it has no such rule."""

    verdict: str | None
    because: tuple[Because, ...]
    parameters: tuple[UsedParameter, ...]
    """Those that the other folder has not, or at another value."""
    rules: tuple[str, ...]
    """Of the gate: the rules that refuse, or leave it open."""


@immutable()
class Change:
    """A rule that says something else of a participant."""

    rule: str
    title: str
    before: Side
    after: Side


@immutable()
class Compared:
    """A participant, by both folders."""

    subject_id: str
    changes: tuple[Change, ...]


class Comparison:
    """Two trial folders, and what they say of records.

    Args:
        before: the rules of the one folder.
        after: those of the other.
        now: the instant at which due and overdue are judged; without it, each record's cut-off.
    """

    def __init__(self, before: Rulebook, after: Rulebook, now: DateTime | None = None) -> None:
        self._sides = tuple((book, Checker(book, now)) for book in (before, after))

    def compare(self, data: bytes) -> Compared:
        """What changes for a participant.

        Raises:
            RecordError: one of the folders cannot read or judge the record.
        """
        before, after = (checker.subject(book.records.read(data), data) for book, checker in self._sides)
        return Compared(before.subject_id, changes(before, after))


def changes(before: Subject, after: Subject) -> tuple[Change, ...]:
    """The rules of which two judgments of one participant say something else, the gate last."""
    old = {one.id: one for one in before.verdicts}
    new = {one.id: one for one in after.verdicts}
    names = [name for name in dict.fromkeys((*old, *new)) if name not in _DECISIONS]
    found = [_change(name, old.get(name), new.get(name)) for name in names if _word(old, name) != _word(new, name)]
    if before.gate.decision != after.gate.decision:
        found.append(
            Change(GATE_ID, old[GATE_ID].title, _gate_side(before), _gate_side(after)),
        )
    return tuple(found)


def _word(verdicts: dict[str, Verdict], name: str) -> str | None:
    return verdicts[name].verdict if name in verdicts else None


def _change(name: str, old: Verdict | None, new: Verdict | None) -> Change:
    title = new.title if new is not None else old.title if old is not None else name
    return Change(name, title, _side(old, new), _side(new, old))


def _side(own: Verdict | None, other: Verdict | None) -> Side:
    if own is None:
        return Side(None, (), (), ())
    known = set(other.parameters) if other is not None else set()
    return Side(own.verdict, own.because, tuple(one for one in own.parameters if one not in known), ())


def _gate_side(subject: Subject) -> Side:
    return Side(subject.gate.decision, (), (), (*subject.gate.blocking, *subject.gate.missing))


def direction(change: Change) -> str:
    """Whether a change is for the worse, for the better, or neither: by order, undecided, and against the protocol."""
    old, new = (_rank(side.verdict) for side in (change.before, change.after))
    return "worse" if new > old else "better" if new < old else "other"


def _rank(word: str | None) -> int:
    return 2 if word in FAILING else 1 if word in UNDECIDED else 0
