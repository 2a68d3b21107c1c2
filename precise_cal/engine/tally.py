"""Counts over the participants of a run."""

from __future__ import annotations

from collections import Counter
from typing import Any, get_args

from precise_cal.protocol.report import Notice, Subject, Summary
from precise_cal.protocol.verdicts import FAILING, UNDECIDED, GateVerdict


class Tally:
    """Adds up subjects, and remembers whether anything was found or left undecided."""

    def __init__(self) -> None:
        self.subjects = 0
        self.found = False
        self.undecided = False
        self._gate: dict[GateVerdict, int] = dict.fromkeys(get_args(GateVerdict), 0)
        self._important = 0
        self._other = 0
        self._queries = 0

    def add(self, subject: Subject) -> None:
        """Count one participant."""
        self.subjects += 1
        self._gate[subject.gate.decision] += 1
        self._queries += len(subject.queries)
        important = sum(deviation.importance == "important" for deviation in subject.deviations)
        self._important += important
        self._other += len(subject.deviations) - important
        words = {verdict.verdict for verdict in subject.verdicts}
        self.found = self.found or bool(subject.deviations) or not FAILING.isdisjoint(words)
        self.undecided = self.undecided or not UNDECIDED.isdisjoint(words)

    def summary(self, notices: tuple[Notice, ...] = ()) -> Summary:
        """The counts so far, with what all participants together show."""
        return Summary(
            subjects=self.subjects,
            gate={**self._gate},
            deviations={"important": self._important, "other": self._other},
            queries=self._queries,
            notices=notices,
        )


class Overview:
    """Counts of what is shown: by rule and verdict, by deviation, by rule that asks."""

    def __init__(self) -> None:
        self.subjects = 0
        self.verdicts: dict[str, Counter[str]] = {}
        self.deviations: Counter[tuple[str, str]] = Counter()
        """By code and term."""
        self.queries: Counter[str] = Counter()
        self.changes: Counter[str] = Counter()
        """By whether something is new, gone or changed since an earlier report."""

    def add(self, subject: Subject) -> None:
        """Count what is shown of a participant."""
        self.subjects += 1
        for one in subject.verdicts:
            self.verdicts.setdefault(one.id, Counter())[one.verdict] += 1
        self.deviations.update((one.code, str(one.term)) for one in subject.deviations)
        self.queries.update(one.rule for one in subject.queries)

    def as_json(self) -> dict[str, Any]:
        """The counts as JSON data."""
        by_code: Counter[str] = Counter()
        for (code, _), count in sorted(self.deviations.items()):
            by_code[code] += count
        verdicts = {rule: dict(sorted(counts.items())) for rule, counts in self.verdicts.items()}
        return {"verdicts": verdicts, "deviations": dict(by_code), "queries": dict(self.queries)}
