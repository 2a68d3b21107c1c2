"""The trial of a desk, read once in a process: rules, form, texts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, cached_property, lru_cache, partial
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from precise_cal.desk.errors import DeskError
from precise_cal.engine.cql.compile import function_of
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.catalog import catalog_of, chinese_of
from precise_cal.engine.rulebook.load import qfr_of
from precise_cal.engine.rulebook.roles import role_values
from precise_cal.gate.decision import RuleFiles
from precise_cal.gate.evaluate import evaluator
from precise_cal.gate.request import request_of
from precise_cal.gate.snapshot import Snapshots
from precise_cal.language.catalog import ENGLISH, Catalog
from precise_cal.protocol.from_json import parse_json
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from precise_cal.desk.home import Config
    from precise_cal.engine.rulebook.report_form import QfrEntry
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.gate.asking import Evaluate, Request
    from precise_cal.gate.canonical import Json
    from precise_cal.gate.evaluation import Evaluation
    from precise_cal.gate.facts import Facts
    from precise_cal.language.wording import Language

_RECORDS: Final = 16


@dataclass(frozen=True)
class Trial:
    """The rules and what follows from them."""

    book: Rulebook
    files: RuleFiles
    zones: dict[str, str]
    judging: AbstractContextManager[object] = field(default_factory=RLock, compare=False)
    """Held while rules are evaluated: they become functions when they are first needed, which threads may not do at
    once. Nothing waits for the database while it is held."""

    @cached_property
    def evaluate(self) -> Evaluate:
        """The rules as a function, one thread at a time."""
        judge = evaluator(self.book)

        def evaluate(snapshot: Json, facts: Facts | None, as_of: datetime) -> Evaluation:
            with self.judging:
                return judge(snapshot, facts, as_of)

        return evaluate

    @cached_property
    def measured(self) -> QfrEntry | None:
        """Where records take a QFR; None where the trial does not say."""
        return qfr_of(self.book.folder, self.book.schema)

    @cached_property
    def _asked(self) -> Callable[[bytes], Request]:
        """The questions of the last records: one answer of the gate asks each several times."""
        snapshots = Snapshots(self.book)
        return lru_cache(_RECORDS)(partial(request_of, self.book, snapshots=snapshots))

    def request(self, data: bytes, reason: str | None = None) -> Request:
        """The question that a record asks. Raises: RecordError, if the record is not valid."""
        with self.judging:
            asked = self._asked(data)
        return asked if reason is None else replace(asked, reason=reason.strip() or None)

    def warm(self) -> None:
        """Make everything that judging needs now: processes that are made of this one have it."""
        for _, expression, reasons in self.book.functions():
            function_of(expression, reasons=reasons)
        _ = self.evaluate, self._asked, self._chinese, self.book.reporting, self.book.records.model

    def participant(self, data: bytes) -> str:
        """Whom a record is about. Raises: RecordError, if the record is not valid."""
        return str(self._role("participant", data))

    def site(self, data: bytes) -> str:
        """The site of a record; empty where it does not say. Raises: RecordError, if the record is not valid."""
        return str(self._role("site", data) or "")

    def _role(self, name: str, data: bytes) -> Any:
        with self.judging:
            record = self.book.records.record(parse_json(data))
            return role_values(self.book.roles, (name,), record, self.book.utc_offset_minutes)[name]

    @cached_property
    def _chinese(self) -> Catalog:
        own = catalog_of(self.book, "zh")
        return Catalog("zh", {**own.texts, **chinese_of(Path(__file__).parent)})

    def catalog(self, language: Language) -> Catalog:
        """What is said in a language: by the program, the trial, and the desk."""
        return self._chinese if language == "zh" else ENGLISH

    def zone(self, site: str | None) -> tzinfo:
        """The time zone of a site; that of the trial, where none is named."""
        named = self.zones.get(site or "")
        if named is None:
            return timezone(timedelta(minutes=self.book.utc_offset_minutes))
        try:
            return ZoneInfo(named)
        except (ZoneInfoNotFoundError, ValueError):
            raise DeskError(f"desk.json: zones: {named!r} is no time zone; it should be like Asia/Shanghai") from None

    def time(self, moment: datetime, site: str | None) -> str:
        """A moment in a site's zone, with UTC beside it."""
        local, utc = moment.astimezone(self.zone(site)), moment.astimezone(UTC)
        offset = local.utcoffset()
        assert offset is not None
        minutes = int(offset.total_seconds() // 60)
        hours, rest = divmod(abs(minutes), 60)
        name = f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"
        return f"{_second(local)} {name} ({_second(utc)} UTC)"


def _second(moment: datetime) -> str:
    return moment.replace(tzinfo=None, microsecond=0).isoformat(" ")


class Held:
    """A trial as an argument of a cached function that is not looked at: beside it stands the digest of its rules."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held)

    def __hash__(self) -> int:
        return 0


@cache
def load_trial(config_trial: str | None, zones: tuple[tuple[str, str], ...]) -> Trial:
    """The trial of a folder, or the bundled one; once in a process."""
    folder = bundled() if config_trial is None else Path(config_trial)
    book = rulebook(folder, cache=False)
    where = "bundled" if config_trial is None else str(folder)
    files = RuleFiles(dict(book.loaded.files), book.sha256, where, "bundled" if config_trial is None else "named")
    return Trial(book, files, dict(zones))


def trial_of(config: Config) -> Trial:
    """The trial of a desk."""
    return load_trial(config.trial, tuple(sorted(config.zones.items())))
