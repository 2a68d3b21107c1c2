"""A record that is sought, what is said of it, and one solver that is asked again and again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal

import z3

from precise_cal.assurance.days import Calendar
from precise_cal.assurance.records import Bounds, Sought
from precise_cal.assurance.soundness import sound
from precise_cal.assurance.symbols import NULL
from precise_cal.assurance.translate import Translator, Words
from precise_cal.engine.judging.evaluation import RecordEvaluation
from precise_cal.language.catalog import message
from precise_cal.protocol.errors import PreciseError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from precise_cal.assurance.logic import Bit
    from precise_cal.assurance.symbols import Whole
    from precise_cal.engine.rulebook.edition import Edition
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.timeline import Key

Found = Literal["yes", "no", "not decided"]
_FOUND: Final[Mapping[str, Found]] = {"sat": "yes", "unsat": "no", "unknown": "not decided"}


class Problem:
    """Questions about one record; what was translated for one is used by the next.

    Args:
        book: the rules, read with their meaning.
        bounds: within what the record is sought.
    """

    def __init__(self, book: Rulebook, bounds: Bounds | None = None) -> None:
        self.book = book
        self.bounds = bounds or Bounds()
        self.calendar, self.words = Calendar(self.bounds.years), Words()
        self.sought = Sought(book.schema, self.calendar, self.words, self.bounds)
        self.sought.at(book.utc_offset_minutes)
        self._solver = z3.Solver()
        self._stated: dict[int, Any] = {}
        self._reads = (-1, -1)
        self._model: z3.ModelRef | None = None

    def translator(self, edition: Edition | None = None, record: Whole | None = None) -> Translator:
        """The translation of an edition of rules, the latest one without any, over the record or another view of it."""
        root = record or self.sought.root
        environment, offset = (edition or self.book.latest).environment, self.book.utc_offset_minutes
        return Translator(environment, root, self.cutoff(root), self.words, self.calendar, offset)

    def cutoff(self, root: Whole) -> Any:
        """The instant of evaluation: the record's own cut-off."""
        path = self.book.schema.role_path("cutoff")
        found: Any = root
        for name in path or ():
            found = found.read(name)
        return found if path else NULL

    def solve(self, asked: Iterable[Bit], seconds: float, assuming: Iterable[Bit] = ()) -> Found:
        """Whether there is a record of which all of this holds; `document` then gives it."""
        self._model = None
        known = [*asked]
        if not self._state() or any(one is False for one in known):
            return self._none
        self._solver.set("timeout", int(seconds * 1000))
        self._solver.push()
        self._solver.add(*[one for one in known if one is not True])
        found = _FOUND[str(self._solver.check(*assuming))]
        if found == "yes":
            self._model = self._solver.model()
        self._solver.pop()
        return self._none if found == "no" else found

    @property
    def _none(self) -> Found:
        """What it says that there is no such record: no more than that, where a longer list may be one."""
        return "not decided" if self.too_short else "no"

    @property
    def too_short(self) -> str:
        """Why what no record shows is not decided: lists shorter than rules count; nothing where they are not."""
        if not self.is_bounded or self.bounds.counted <= self.bounds.items:
            return ""
        values = {"items": self.bounds.items, "counted": self.bounds.counted}
        return message("lists of up to { $items } items are looked at, and up to { $counted } are counted", **values)

    def _state(self) -> bool:
        """Tell the solver what every record must be, as far as fields were read; False where there can be none."""
        known = [*self.calendar.assumed]
        reads = len(self.sought.assumed), len(self.words.codes)
        if self._reads != reads:
            self._reads = reads
            known += [*self.sought.assumed, *sound(self.sought, self.book.chronology, self.book.schema, self.words)]
        if any(one is False for one in known):
            return False
        for one in known:
            if one is not True and one.get_id() not in self._stated:
                self._stated[one.get_id()] = one
                self._solver.add(one)
        return True

    @property
    def document(self) -> dict[str, Any]:
        """The record that was found, as JSON data."""
        assert self._model is not None
        return self.sought.document(self._model)

    def holds(self, bit: Bit) -> bool:
        """Whether something is so of the record that was found."""
        if isinstance(bit, bool):
            return bit
        assert self._model is not None
        return bool(z3.is_true(self._model.eval(bit, model_completion=True)))

    @property
    def is_bounded(self) -> bool:
        """Whether a list was read, so that answers hold up to its bound."""
        return self.sought.has_list


def replayed(
    book: Rulebook, document: Mapping[str, Any], rules: Collection[str], key: Key | None = None
) -> dict[str, str]:
    """What the engine says of a record, by rule. Raises `PreciseError` where it cannot be judged."""
    evaluation = RecordEvaluation(book, book.records.read(json.dumps(document).encode()), None, all_reasons=False)
    in_force = key or book.timeline.keys[-1]
    evaluation.use(in_force)
    by_id = book.edition_of(in_force).by_id
    return {name: str(evaluation.verdict(by_id[name])) for name in rules}


def otherwise(
    book: Rulebook, document: Mapping[str, Any], wanted: Mapping[str, Collection[str]], key: Key | None = None
) -> str:
    """What the engine says of a record that is not wanted; nothing where it agrees."""
    try:
        said = replayed(book, document, wanted, key)
    except PreciseError as error:
        return str(error)
    return ", ".join(f"{name} is {word}" for name, word in said.items() if word not in wanted[name])
