"""A cohort judged, group by group: files of verdicts that appear as a whole, and counts beside each."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from precise_cal.cohort.errors import CohortError
from precise_cal.cohort.extras import extra
from precise_cal.cohort.layout.dataset import held, is_empty, write_json, written
from precise_cal.cohort.layout.tables import KEY
from precise_cal.cohort.run.across import across_cohort
from precise_cal.cohort.run.columns import WORDS, Findings, long_table, schema
from precise_cal.cohort.run.editions import Governing, governing
from precise_cal.cohort.run.engine import WHO
from precise_cal.cohort.run.interpreter import Interpreters, Task
from precise_cal.cohort.run.summary import Totals, totals
from precise_cal.engine.judging.gate import GATE_ID
from precise_cal.files.writing import replacing
from precise_cal.language.catalog import Verbatim, message, placed
from precise_cal.protocol.verdicts import CRITERIA
from precise_cal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from precise_cal.cohort.layout.dataset import Cohort, Part
    from precise_cal.cohort.run.engine import Engine
    from precise_cal.cohort.sql.dialects import Dialect
    from precise_cal.cohort.sql.program import NotCompiled
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.temporal import DateTime

_Count = TypeVar("_Count")
RUN: Final = "run.json"
SUMMARY: Final = "summary.json"
VERDICTS: Final = "verdicts"
_COUNTS: Final = ".counts"


@dataclass
class Check:
    """What to judge, by which rules, and where the verdicts go.

    Attributes:
        cohort: the participants.
        book: the rules.
        now: the instant at which due and overdue are judged; without it, each participant's cut-off.
        folder: for the verdicts; a run of the same that was stopped there is taken up.
        engine: what runs the compiled rules, and its dialect.
        only: the ids of the rules to judge; all without it.
        reasons: whether reason codes are wanted.
        workers: groups that are judged at the same time.
        group: participants that are judged together.
    """

    cohort: Cohort
    book: Rulebook
    now: DateTime | None
    folder: Path
    engine: Engine
    dialect: Dialect
    only: tuple[str, ...] | None = None
    reasons: bool = True
    workers: int = 1
    group: int = 100_000
    _interpreters: Interpreters = field(init=False, repr=False)

    @cached_property
    def editions(self) -> tuple[Governing, ...]:
        """The rules, compiled."""
        return governing(self.book, self.now, self.dialect, self.only, reasons=self.reasons)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of every rule that is asked for, in order of the report; the gate last."""
        rules = {one.id: one.kind for one in self.book.lineup}
        known: dict[str, str] = {**rules, GATE_ID: "gate"}
        unknown = [rule for rule in self.only or () if rule not in known]
        if unknown:
            raise CohortError(
                message(
                    "{ $unknown } is no rule; known: { $known }", unknown=unknown[0], known=Verbatim(", ".join(known))
                )
            )
        return {rule: kind for rule, kind in known.items() if self.only is None or rule in self.only}

    @property
    def left(self) -> tuple[NotCompiled, ...]:
        """The rules that the interpreter evaluates, each with what has no SQL."""
        return tuple(dict.fromkeys(one for edition in self.editions for one in edition.program.left))

    def run(self, seen: Callable[[int], None] = lambda _number: None) -> Totals:
        """Judge everybody who was not judged yet.

        Args:
            seen: is told how many more participants were judged.

        Raises:
            CohortError: the folder holds another run, or the tables are not those of the layout.
        """
        with held(self.folder):
            return self._all(seen)

    def _all(self, seen: Callable[[int], None]) -> Totals:
        groups = list(self._groups())
        with written(self.folder):
            self._prepare()
        with Interpreters(self.workers) as self._interpreters, ThreadPoolExecutor(self.workers) as pool:
            found = list(pool.map(lambda group: self._group(group[0], group[1], seen), enumerate(groups)))
        whole = Totals()
        for one in found:
            whole.add(one)
        whole.across = across_cohort(self.cohort, self.book)
        across = [one.as_json() for one in whole.across]
        write_json(self.folder / SUMMARY, {**self._said, **self._ordered(whole).as_json(), "across": across})
        return whole

    def _ordered(self, whole: Totals) -> Totals:
        """The same counts with the rules in order of the report."""
        _put_in_order(whole.verdicts, self.kinds)
        _put_in_order(whole.attrition, self.kinds)
        return whole

    def _groups(self) -> Iterator[list[Part]]:
        """Consecutive files with about as many participants as a group has."""
        group: list[Part] = []
        for part in self.cohort.parts:
            if group and sum(one.participants for one in group) + part.participants > self.group:
                yield group
                group = []
            group.append(part)
        yield group

    # ---- the folder ----

    @cached_property
    def _said(self) -> dict[str, Any]:
        """What the verdicts are of: the summary says it too."""
        return {
            "schema_version": "1.0",
            "software": __version__,
            "study": self.book.version.study_id,
            "rules_version": self.book.version.version,
            "rules_sha256": self.book.sha256,
            "now": None if self.now is None else str(self.now),
            "rules": list(self.kinds),
            "reasons": self.reasons,
            "cohort_sha256": self.cohort.content_sha256,
            "left_to_interpreter": [{"rule": one.rule, "why": one.why} for one in self.left],
        }

    @property
    def _run(self) -> dict[str, Any]:
        """What tells this run apart from any other one: also how it parts the participants."""
        return {**self._said, "group": self.group}

    def _prepare(self) -> None:
        if self.cohort.manifest.study_id != self.book.version.study_id:
            text = message(
                "is a cohort of { $study_id }; these rules are those of { $study_id_2 }",
                study_id=self.cohort.manifest.study_id,
                study_id_2=self.book.version.study_id,
            )
            raise CohortError(placed(self.cohort.folder, text))
        if self.cohort.manifest.utc_offset_minutes != self.book.utc_offset_minutes:
            raise CohortError(
                message(
                    "{ $folder }: tells days on another clock than the rules: import it anew", folder=self.cohort.folder
                )
            )
        run = self.folder / RUN
        if run.exists():
            if json.loads(run.read_text("utf-8")) != self._run:
                told = "holds a run over other data, or by other rules; name another folder, or remove this one"
                raise CohortError(placed(self.folder, told))
        elif not is_empty(self.folder):
            raise CohortError(
                message("{ $folder }: is not empty; name a new folder for the verdicts", folder=self.folder)
            )
        for folder in (VERDICTS, _COUNTS):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        for rest in self.folder.glob("*/*.tmp"):
            rest.unlink()
        write_json(run, self._run)

    # ---- a group ----

    def _group(self, place: int, parts: list[Part], seen: Callable[[int], None]) -> Totals:
        """Judge a group, unless its file is there."""
        target, counts = self.folder / VERDICTS / f"part-{place:05}.parquet", self.folder / _COUNTS / f"{place:05}.json"
        if not target.exists():
            everything = [self._judged(edition, parts) for edition in self.editions]
            self._count([findings for findings, _ in everything], parts)
            whole = Totals()
            for findings, by_interpreter in everything:
                found = totals(findings, self._criteria)
                found.by_interpreter = by_interpreter
                whole.add(found)
            write_json(counts, whole.as_json())
            self._write([findings for findings, _ in everything], target)
        seen(sum(part.participants for part in parts))
        return Totals.from_json(json.loads(counts.read_text("utf-8")))

    def _count(self, everything: list[Findings], parts: list[Part]) -> None:
        judged, imported = sum(map(len, everything)), sum(part.participants for part in parts)
        if judged != imported:
            text = message(
                "{ $judged } participants were judged, but { $imported } were imported: nothing is written",
                judged=f"{judged:,}",
                imported=f"{imported:,}",
            )
            raise CohortError(placed(self.cohort.folder, text))

    @property
    def _criteria(self) -> list[str]:
        return [rule for rule, kind in self.kinds.items() if kind in CRITERIA]

    def _judged(self, edition: Governing, parts: list[Part]) -> tuple[Findings, int]:
        """By SQL what has SQL; by the interpreter the other rules, and whom no column tells exactly."""
        results = self.engine.run(edition.program, self.cohort, parts, edition.where)
        findings = Findings(results.select(list(WHO)), edition.program.fields)
        left_over = findings.add_program(edition.program, results) | edition.is_left
        numbers = results[KEY].to_numpy()
        left_rules = frozenset(one.rule for one in edition.program.left if not edition.is_left)
        if left_rules:
            self._interpret(findings, parts, numbers, np.arange(len(numbers)), left_rules)
        places = np.flatnonzero(left_over)
        self._interpret(findings, parts, numbers, places, frozenset(self.kinds))
        return findings, len(places)

    def _interpret(
        self, findings: Findings, parts: Sequence[Part], numbers: Any, places: Any, wanted: frozenset[str]
    ) -> None:
        if not len(places):
            return
        task = Task(self.book.folder, self.now, self.cohort, tuple(parts), wanted)
        judged = self._interpreters.judge(task, numbers[places].tolist())
        for place, found in zip(places.tolist(), judged, strict=True):
            findings.put(place, found if self.reasons else [one._replace(reason=None) for one in found])

    def _write(self, everything: list[Findings], target: Path) -> None:
        """A file with a group of rows for each rule."""
        parquet = extra("pyarrow.parquet")
        with (
            replacing(target, force=True) as rest,
            parquet.ParquetWriter(
                rest, schema(), compression="zstd", compression_level=1, use_dictionary=WORDS
            ) as writer,
        ):
            for rule in self.kinds:
                for findings in everything:
                    for table in long_table(findings, [rule], self.kinds):
                        writer.write_table(table, row_group_size=max(table.num_rows, 1))


def _put_in_order(counts: dict[str, _Count], order: Iterable[str]) -> None:
    kept = {name: counts[name] for name in order if name in counts}
    counts.clear()
    counts.update(kept)
