"""Every text that a trial's folder says to people beside its sentences, and those that have no Chinese."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from precise_cal.engine.rulebook.catalog import catalog_of, chinese_file, failed_why
from precise_cal.engine.rulebook.deviations import criteria, filled
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.near import hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.rulebook import Rulebook

_QUOTED: Final = re.compile(r"'([^']*)'")
_WORD: Final = re.compile("[a-z]{3}")


def texts_of(book: Rulebook) -> tuple[str, ...]:
    """Every text of a folder that people read beside sentences, quotes and names, each once."""
    parts = (_protocol(book), _rules(book), _deviations(book), _record(book), _report(book))
    return tuple(dict.fromkeys(text for part in parts for text in part if text and any(map(str.isalpha, text))))


def _protocol(book: Rulebook) -> Iterator[str | None]:
    file = book.loaded.protocol
    yield from (file.study.title, file.study.source, file.study.sponsor)
    yield from (one.about for one in file.versions)
    yield from (one.title for one in file.arms)
    yield from (one.name for one in file.across.unique)
    yield from (text for one in file.scopes for text in (one.title, one.word, one.ask))
    for one in file.parameters:
        yield one.meaning
        yield from (word for word in one.words if any(map(str.islower, word)))
        yield from (value.why for value in (*one.values, *(value for row in one.rows for value in row.values)))
    for visit in book.loaded.schedule[0].visits if book.loaded.schedule else ():
        yield from (visit.title, visit.ask, *visit.activities)


def _rules(book: Rulebook) -> Iterator[str | None]:
    for file, _ in book.loaded.rules:
        for rule in file.rules:
            yield from (rule.title, rule.ask)
            yield from (one.text for one in rule.notices)
            yield from (one.ask for one in rule.queries)
        yield from (one.name for one in (file.chronology.moments if file.chronology else ()))
        yield from (text for one in file.populations for text in (one.title, *(two.text for two in one.leaves)))


def _deviations(book: Rulebook) -> Iterator[str | None]:
    yield from book.deviations.about.values()
    yield failed_why(book)
    by_criterion = {filled(failed_why(book), rule, place) for place, rule in enumerate(criteria(book.loaded), 1)}
    for one in book.deviations.taxonomy.values():
        yield from (one.category, one.term, *(two.why for two in one.by_finding.values()))
        yield None if one.why in by_criterion else one.why


def _record(book: Rulebook) -> Iterator[str | None]:
    for _, one in book.schema.walk():
        yield one.about
        yield from (word for word in one.words if any(map(str.islower, word)))


def _quoted(words: str | list[str] | None) -> Iterator[str]:
    """The texts in expressions that people read."""
    for expression in [words] if isinstance(words, str) else words or []:
        yield from (text for text in _QUOTED.findall(expression) if _WORD.search(text))


def _report(book: Rulebook) -> Iterator[str | None]:
    file = book.reporting.file
    yield from (file.day_zero, file.treatment, file.course_title, file.markers.name if file.markers else None)
    yield from (word for words in file.words.values() for word in words.values())
    yield from (one.what for one in (*(file.course.table or ()), *(file.gate or ())))
    lanes = (*(file.course.day or ()), *(file.course.year or ()))
    yield from (one.lane for one in lanes)
    yield from (text for one in (*(file.course.table or ()), *lanes) for text in _quoted(one.words))
    yield from (file.side_findings.title, file.side_findings.caption, file.side_findings.about, file.quality.note)
    yield from (one.title for one in file.quality.limits)
    yield from (file.notes.conclusion, file.notes.comparison, file.notes.source, file.notes.assumed)


def check_chinese(book: Rulebook) -> None:
    """See that ``chinese.yaml`` translates only what the folder says.

    Raises:
        RuleFileError: a line translates a text that stands nowhere; or the file is no mapping.
    """
    source = chinese_file(book.folder)
    if source is None:
        return
    known = texts_of(book)
    unread = [text for text in source.data if text not in known]
    if unread:
        why = '"{ $text }": no text of this folder is so, and nobody reads this line{ $hint }'
        told = [(source.place((text,)), message(why, text=Verbatim(text), hint=hint(text, known))) for text in unread]
        raise RuleFileError(told)


def missing(book: Rulebook) -> Iterator[str]:
    """The texts that a folder which speaks Chinese anywhere does not say in it."""
    known = catalog_of(book, "zh").texts
    yield from (text for text in texts_of(book) if text not in known)
