"""What a rule says of a participant, as a sentence in each language."""

from __future__ import annotations

import re
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from precise_cal.engine.cql.compile import evaluate
from precise_cal.engine.cql.values import Uncertainty
from precise_cal.engine.rulebook.edition import ASSUMED
from precise_cal.language.catalog import Bilingual, Verbatim, message
from precise_cal.language.wording import LANGUAGES, Coded, Listed, render, span
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.report import Sentence
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.engine.cql.state import State
    from precise_cal.engine.rulebook.edition import Condition, SentenceTemplate
    from precise_cal.language.wording import Language
    from precise_cal.protocol.temporal import Date


Labels: TypeAlias = "Mapping[str, Mapping[str, str]]"
"""By word of the record, what it is called in each language."""
_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {"unknown": "not known", "or": "{} or {}", "to": "{} to {}", ASSUMED: " (assumed)", "none": "none"},
    "zh": {"unknown": "未知", "or": "{} 或 {}", "to": "{} 至 {}", ASSUMED: "（假定）", "none": "无"},
}
_UNITS: Final = ("year", "month", "week", "day", "hour", "minute", "second")
_SPANS: Final = {f"{one}{plural}": one for one in _UNITS for plural in ("", "s")}
_MINUTE: Final = len("2026-03-10 10:05")
_AGES: Final = 100_000
"""A number that is open by more than it can be of a person's life, in whatever unit, is unknown."""
_QUOTED: Final = re.compile(r"“\{ \$(\w+) \}”")
NO_LABELS: Final[Labels] = MappingProxyType({})


def say(template: SentenceTemplate, item: str | None, state: State, labels: Labels) -> Sentence:
    """A template with the values that it names.

    Args:
        template: of the rule.
        item: the lesion or vessel that it is said of, as the site calls it.
        state: of the record, with the item as scope.
        labels: of the trial's words.
    """
    values = {name: evaluate(condition, state) for name, condition in template.values.items()}
    texts = {}
    for language in LANGUAGES:
        quoted = template.quoted[language]
        called = {name: NO_LABELS if name in quoted else labels for name in values}
        shown = {name: _value(value, language, called[name]) for name, value in values.items()}
        shown[ASSUMED] = _WORDS[language][ASSUMED] if template.is_assumed else ""
        texts[language] = render(template.patterns[language], shown, language)
    return Sentence(texts["en"], texts["zh"], item, template.reveals)


def ask(pattern: str, values: Mapping[str, Condition], state: State, labels: Labels) -> str:
    """A question with the values that it names."""
    if not values:
        return pattern
    quoted = frozenset(_QUOTED.findall(pattern))
    shown: dict[str, Any] = {}
    for name, condition in values.items():
        value = evaluate(condition, state)
        shown[name] = Verbatim(value) if name in quoted and isinstance(value, str) else _in_both(value, labels)
    return message(pattern, **shown)


def _in_both(value: Any, labels: Labels) -> str | int | Listed:
    """A value as each language has it, such as a span of the calendar."""
    english, chinese = (_value(value, one, labels) for one in LANGUAGES)
    is_said = isinstance(english, str) and isinstance(chinese, str) and english != chinese
    return Bilingual(str(english), str(chinese)) if is_said else english


def _value(value: Any, language: Language, labels: Labels) -> str | int | Listed:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, tuple):
        items = tuple(_words(one, language, labels) for one in value)
        return Listed(items) if items else _WORDS[language]["none"]
    return _words(value, language, labels)


def _words(value: Any, language: Language, labels: Labels) -> str:
    known = _WORDS[language]
    if value is None:
        return Coded(known["unknown"], "unknown")
    if isinstance(value, str):
        return Coded(labels.get(value, {}).get(language, value), value)
    if isinstance(value, DateTime):
        return minute_of(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Quantity):
        return _quantity(value, language)
    if isinstance(value, Uncertainty) and isinstance(value.low, int) and value.high - value.low > _AGES:
        return Coded(known["unknown"], "unknown")  # of a moment that may be any
    if isinstance(value, Uncertainty):
        pattern = known["or" if isinstance(value.low, int) and value.high == value.low + 1 else "to"]
        return pattern.format(*(_words(one, language, labels) for one in (value.low, value.high)))
    return str(value)


def minute_of(value: Date | DateTime) -> str:
    """A date, or an instant to the minute, as sentences write it."""
    return str(value)[:_MINUTE].replace("T", " ")


def _quantity(value: Quantity, language: Language) -> str:
    """A quantity with its unit; spans of the calendar in words."""
    if value.unit in _SPANS:
        return span(value.value, _SPANS[value.unit], language)
    return f"{value.value:f}" if value.unit == "1" else str(value)
