"""The findings of a group of participants in columns: a verdict, a reason and notices for each rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from precise_cal.cohort.extras import extra
from precise_cal.cohort.run.engine import WHO
from precise_cal.cohort.sql.program import LEFT_OVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from precise_cal.cohort.run.reference import Finding
    from precise_cal.cohort.sql.program import Program

    Codes = np.ndarray[Any, np.dtype[np.int16]]

WORDS = ["rule", "kind", "verdict", "reason", "notices"]
"""The columns of the verdicts that hold few different words."""
NOT_JUDGED = -1
"""The code of the verdict of a rule that does not hold in the version of the protocol that judges a participant."""
NO_REASON = 0
"""The code of a finding without a reason; the code 1 is the first field."""


@dataclass(slots=True)
class RuleColumns:
    """What a rule says of every participant: codes of words, of fields, and of notices raised together."""

    rule: str
    words: list[str]
    verdicts: Codes
    reasons: Codes
    notices: Codes
    sets: list[str]
    """The notices that were raised together, by code; the first is none."""

    @property
    def judged(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Of whom the rule says anything."""
        found: np.ndarray[Any, np.dtype[np.bool_]] = self.verdicts != NOT_JUDGED
        return found


class Findings:
    """The findings about participants, by rule; `who` tells the participants, a row each."""

    def __init__(self, who: Any, fields: Sequence[str]) -> None:
        self.who = who
        self.fields = ["", *fields]
        self.rules: dict[str, RuleColumns] = {}
        self._field_codes = {name: code for code, name in enumerate(self.fields)}

    def __len__(self) -> int:
        return int(self.who.num_rows)

    def add_program(self, program: Program, results: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """What a program found; which participants it leaves to the interpreter."""
        for one in program.rules:
            verdicts, reasons, bits = (_integers(results[f"{letter}{one.number}"]) for letter in "vrn")
            used, notices = np.unique(bits, return_inverse=True)
            if not len(used) or used[0] != 0:
                used, notices = np.concatenate(([0], used)), notices + 1
            sets = [",".join(code for place, code in enumerate(one.notices) if int(mask) >> place & 1) for mask in used]
            self.rules[one.rule] = RuleColumns(
                one.rule, list(one.words), verdicts, reasons, notices.astype(np.int16).reshape(-1), sets
            )
        left: np.ndarray[Any, np.dtype[np.bool_]] = (
            results[LEFT_OVER].combine_chunks().to_numpy(zero_copy_only=False).astype(bool)
        )
        return left

    def put(self, place: int, findings: Iterable[Finding]) -> None:
        """What the interpreter found about the participant of a row."""
        for finding in findings:
            columns = self.rules.get(finding.rule) or self._blank(finding.rule)
            columns.verdicts[place] = _code(columns.words, finding.verdict)
            columns.notices[place] = _code(columns.sets, finding.notices)
            reason = finding.reason or ""
            if reason not in self._field_codes:
                self._field_codes[reason] = len(self.fields)
                self.fields.append(reason)
            columns.reasons[place] = self._field_codes[reason]

    def _blank(self, rule: str) -> RuleColumns:
        reasons, notices = (np.zeros(len(self), np.int16) for _ in range(2))
        verdicts = np.full(len(self), NOT_JUDGED, np.int16)
        self.rules[rule] = columns = RuleColumns(rule, [], verdicts, reasons, notices, [""])
        return columns


def _integers(column: Any) -> Codes:
    compute = extra("pyarrow.compute")
    filled = compute.fill_null(column, NO_REASON).combine_chunks()
    return np.array(filled.to_numpy(zero_copy_only=False), dtype=np.int16)


def _code(known: list[str], word: str) -> int:
    if word not in known:
        known.append(word)
    return known.index(word)


def long_table(findings: Findings, order: Sequence[str], kinds: Mapping[str, str]) -> list[Any]:
    """Arrow tables, one for each rule in order: a row for each participant."""
    arrow = extra("pyarrow")
    return [_rule_table(arrow, findings, findings.rules[rule], kinds[rule]) for rule in order if rule in findings.rules]


def schema() -> Any:
    """The schema of the verdicts."""
    arrow = extra("pyarrow")
    word = arrow.dictionary(arrow.int16(), arrow.string())
    return arrow.schema(
        [
            ("participant", arrow.int64()),
            ("site_id", arrow.string()),
            ("subject_id", arrow.string()),
            ("rule", word),
            ("kind", word),
            ("verdict", word),
            ("reason", word),
            ("notices", word),
        ]
    )


def _rule_table(arrow: Any, findings: Findings, columns: RuleColumns, kind: str) -> Any:
    same = np.zeros(len(findings), np.int16)
    none = columns.reasons == NO_REASON
    words = [
        _words(arrow, same, [columns.rule]),
        _words(arrow, same, [kind]),
        _words(arrow, np.maximum(columns.verdicts, 0), columns.words),
        arrow.DictionaryArray.from_arrays(
            arrow.array(columns.reasons, mask=none), arrow.array(findings.fields, "string")
        ),
        _words(arrow, columns.notices, columns.sets),
    ]
    who = [findings.who[column].combine_chunks() for column in WHO]
    whole = arrow.Table.from_arrays([*who, *words], schema=schema())
    judged = columns.judged
    return whole if judged.all() else whole.filter(arrow.array(judged))


def _words(arrow: Any, codes: Codes, words: list[str]) -> Any:
    return arrow.DictionaryArray.from_arrays(arrow.array(codes, arrow.int16()), arrow.array(words, "string"))
