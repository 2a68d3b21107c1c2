"""What is new, gone and changed in the findings about a participant since an earlier report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from precise_cal.language.catalog import placed
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping
    from typing import Literal

    from precise_cal.protocol.report import Subject

    Kind = Literal["new", "gone", "changed"]


class SinceError(PreciseError):
    """An earlier report that is none."""


@immutable()
class Change:
    """One difference."""

    kind: Kind
    what: str
    """verdict, deviation, query or participant."""
    id: str
    """Of the rule, or the code of the deviation; the name of the participant."""
    rule: str
    text: str
    """What it is, or was."""
    before: str | None = None
    after: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """The change as JSON data."""
        return {
            "kind": self.kind,
            "what": self.what,
            "id": self.id,
            "rule": self.rule,
            "text": str(self.text),
            "before": self.before,
            "after": self.after,
        }


@dataclass(slots=True)
class _Known:
    """What an earlier report said of a participant."""

    site_id: str | None
    verdicts: Mapping[str, str]
    deviations: Mapping[tuple[str, str, str], str]
    queries: Mapping[tuple[str, str], str]


class Earlier:
    """An earlier report, and who of it has not been met again.

    Args:
        data: the report as JSON (``precise check --format json``).
        name: of the file, for errors.

    Raises:
        SinceError: it is no such report.
    """

    def __init__(self, data: bytes, name: str) -> None:
        try:
            import json

            report = json.loads(data)
            self.generated_at = str(report["generated_at"])
            self._subjects = {str(one["subject_id"]): _known(one) for one in report["subjects"]}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            text = "is no report of precise check: make one with --format json"
            raise SinceError(placed(name, text)) from None

    def changes(self, subject: Subject) -> tuple[Change, ...]:
        """The differences of a participant, who counts as met from now on."""
        before = self._subjects.pop(subject.subject_id, None)
        if before is None:
            return (Change("new", "participant", subject.subject_id, "", subject.gate.decision),)
        return (*_verdicts(before, subject), *_deviations(before, subject), *_queries(before, subject))

    def gone(self, sites: Container[str | None] | None = None) -> tuple[str, ...]:
        """The participants of the earlier report, of some sites or all, who were not met again."""
        return tuple(sorted(name for name, one in self._subjects.items() if not sites or one.site_id in sites))


def _known(subject: Any) -> _Known:
    return _Known(
        subject.get("site_id"),
        {str(one["id"]): str(one["verdict"]) for one in subject["verdicts"]},
        {(str(one["code"]), str(one["rule"]), str(one.get("item"))): str(one["term"]) for one in subject["deviations"]},
        {(str(one["rule"]), str(one["pointer"])): str(one["ask"]) for one in subject["queries"]},
    )


def _verdicts(before: _Known, subject: Subject) -> Iterator[Change]:
    for one in subject.verdicts:
        was = before.verdicts.get(one.id)
        if was is not None and was != one.verdict:
            yield Change("changed", "verdict", one.id, one.id, one.title, was, one.verdict)


def _deviations(before: _Known, subject: Subject) -> Iterator[Change]:
    now = {(one.code, one.rule, str(one.item)): one.term for one in subject.deviations}
    for key in sorted(now.keys() - before.deviations.keys()):
        yield Change("new", "deviation", key[0], key[1], now[key])
    for key in sorted(before.deviations.keys() - now.keys()):
        yield Change("gone", "deviation", key[0], key[1], before.deviations[key])


def _queries(before: _Known, subject: Subject) -> Iterator[Change]:
    now = {(one.rule, one.pointer): one.ask for one in subject.queries}
    for key in sorted(now.keys() | before.queries.keys()):
        asks, asked = now.get(key), before.queries.get(key)
        if asked is None:
            yield Change("new", "query", key[0], key[0], asks or "")
        elif asks is None:
            yield Change("gone", "query", key[0], key[0], asked)
        elif str(asks) != asked:
            yield Change("changed", "query", key[0], key[0], asks, asked, str(asks))
