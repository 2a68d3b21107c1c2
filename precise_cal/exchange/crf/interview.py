"""A record asked for question by question: what is not answered stays unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from precise_cal.exchange.crf.form import LABELS, UNKNOWN
from precise_cal.exchange.crf.workbook import list_labels
from precise_cal.exchange.crf.workbook_checks import how
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.exchange.crf.answers import AnswerReader, Answers
    from precise_cal.exchange.crf.form import FormSheet, Question

    Row = dict[str, str]

CLEAR: Final = "-"
"""What is typed to take back what is known."""


class _EndedError(Exception):
    """Nobody answers any more."""


@dataclass(slots=True)
class Interview:
    """Asks for one record.

    Args:
        reader: reads the answers.
        read: the next line that is typed; None where there is none.
        say: shows a text; the last text before a line is read is the question.
        known: answers that are known already, which are offered.
    """

    reader: AnswerReader
    read: Callable[[], str | None]
    say: Callable[[str], None]
    known: Answers = field(default_factory=dict)
    _given: Answers = field(default_factory=dict)

    def run(self) -> Answers:
        """All answers, as far as there are any."""
        first = self.reader.form.sheets[0]
        known = (self.known.get(first.table.name) or [{}])[0]
        self._given = {one.table.name: [] for one in self.reader.form.sheets}
        row: Row = {}
        self._given[first.table.name].append(row)
        try:
            self._row(first, row, known)
            for sheet in self._lists(()):
                self._items(sheet, row, None)
        except _EndedError:
            row |= {name: text for name, text in known.items() if name not in row}
            self._keep_rest()
        return self._given

    def _lists(self, into: tuple[str, ...]) -> Iterator[FormSheet]:
        """The tables of lists directly in the record, or in the items of a list."""
        for sheet in self.reader.form.sheets[1:]:
            has_parent = any(one.column.of_parent for one in sheet.questions)
            if (sheet.table.into[: len(into)] == into and sheet.table.into != into) if into else not has_parent:
                yield sheet

    def _items(self, sheet: FormSheet, above: Row, key: str | None) -> None:
        """The items of a list, those that are known first."""
        name = ".".join(sheet.table.into if key is None else sheet.table.into[1:])
        if self._is_closed(above, name):
            return
        participant, parent = sheet.questions[0].column.name, self._parent(sheet)
        shared = {participant: self._participant} | ({parent: key} if parent and key else {})
        known = [one for one in self.known.get(sheet.table.name, ()) if all(one.get(k) == v for k, v in shared.items())]
        while known or self._wants_another(sheet, key):
            row = dict(shared)
            self._given[sheet.table.name].append(row)
            self._row(sheet, row, known.pop(0) if known else {})
            own = sheet.table.key
            for inner in self._lists(sheet.table.into) if own and row.get(own) else ():
                self._items(inner, row, row[str(own)])

    def _is_closed(self, above: Row, name: str) -> bool:
        """Whether it was said that a list has no items, or that nobody knows them."""
        said = above.get(name)
        form, language = self.reader.form, self.reader.language
        return said in (list_labels(form, language)[0], form.catalog(language)(UNKNOWN))

    def _parent(self, sheet: FormSheet) -> str | None:
        return next((one.column.name for one in sheet.questions if one.column.of_parent), None)

    @property
    def _participant(self) -> str:
        first = self.reader.form.sheets[0]
        return self._given[first.table.name][0].get(first.questions[0].column.name, "")

    def _wants_another(self, sheet: FormSheet, key: str | None) -> bool:
        say, language = self.reader.form.catalog(self.reader.language), self.reader.language
        of_item = f"{key}: " if key else ""
        yes, no = say(LABELS["true"]), say(LABELS["false"])
        question = message("{ $list }: another one? { $yes }/{ $no }", list=f"{of_item}{sheet.label(language)}",
                           yes=yes, no=no)  # fmt: skip
        while True:
            self.say(f"{say(question)} ")
            text = self._line()
            if text.lower() in (yes, "y", "yes"):
                return True
            if text.lower() in (no, "n", "no", ""):
                return False

    def _row(self, sheet: FormSheet, row: Row, known: Row) -> None:
        for asked in sheet.questions:
            name = asked.column.name
            if name in row or (asked.column.of_unit and not self._has_number(row, asked)):
                continue
            row[name] = self._answer(sheet, asked, known.get(name, ""))

    def _has_number(self, row: Row, asked: Question) -> bool:
        text = row.get(asked.column.path, "")
        return bool(text) and text != self.reader.form.catalog(self.reader.language)(UNKNOWN)

    def _answer(self, sheet: FormSheet, asked: Question, known: str) -> str:
        say = self.reader.form.catalog(self.reader.language)
        while True:
            self.say(self._question(asked, known))
            text = self._line()
            if not text and (known or asked.column.field is not None):
                return known
            if text == CLEAR and asked.column.field is not None:
                return ""
            answer = self._chosen(asked, text)
            problem = self.reader.problem(sheet.table, asked, answer) if answer else say("needs an answer")
            if problem is None:
                return answer
            self.say(f"  {problem}\n")

    def _question(self, asked: Question, known: str) -> str:
        language = self.reader.language
        say = self.reader.form.catalog(language)
        words = " ".join(f"{number} {word}" for number, word in enumerate(self._words(asked), 1))
        hint = f" [{words or say(how(asked))}]"
        return f"{asked.label(language)}{hint}{f' ({known})' if known else ''}: "

    def _words(self, asked: Question) -> list[str]:
        if not asked.choices:
            return []
        language = self.reader.language
        labels = [one.label(language) for one in asked.choices]
        is_several = asked.column.is_list and asked.column.kind != "rows"
        return labels if is_several else [*labels, self.reader.form.catalog(language)(UNKNOWN)]

    def _chosen(self, asked: Question, text: str) -> str:
        """The choice that a number or a word means; any other text as it is."""
        words = self._words(asked)
        if text.isdecimal() and 0 < int(text) <= len(words):
            return words[int(text) - 1]
        named = {one.word: one.label(self.reader.language) for one in asked.choices}
        return named.get(text, text)

    def _line(self) -> str:
        text = self.read()
        if text is None:
            raise _EndedError
        return text.strip()

    def _keep_rest(self) -> None:
        """Rows that are known, and that were not asked about."""
        for name, rows in self.known.items():
            given = self._given[name]
            if name != self.reader.form.sheets[0].table.name:
                given += [one for one in rows[len(given) :] if one not in given]
