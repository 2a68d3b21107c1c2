"""The report (contract, section 3): what was found about each participant, and why.

Plain frozen dataclasses: they are made in great numbers. `precise_cal.protocol.to_json` writes them, and
`precise schema report` prints their JSON Schema.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from precise_cal.language.catalog import Bilingual, Joined, Message, message
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import GateVerdict, Kind, VerdictWord  # noqa: TC001 - read when schemas are made

SCHEMA_VERSION: Final = "1.0"

_SPAN: Final = re.compile(r"(-?[0-9.]+) to (-?[0-9.]+)")
_COUNTED: Final = re.compile(r"(\d+) recorded")
_ASKING: Final = frozenset({"how", "what", "when", "where", "whether", "which", "who", "whose", "why"})
"""The words that begin what can be stated; anything else is a datum that can be entered."""

ParameterStatus = Literal["registry", "assumed", "confirmed"]


@immutable(slots=False)
class Software:
    """The program that judged."""

    name: str
    version: str


@immutable(slots=False)
class Protocol:
    """The rules that were applied."""

    study_id: str
    version: str
    sha256: str
    """SHA-256 over the rule files (their names and contents)."""


@immutable(slots=False)
class UsedParameter:
    """A number or choice that a verdict rests on."""

    id: str
    value: str
    status: ParameterStatus


@immutable(slots=False)
class Because:
    """One reason of a verdict: what was observed, where it stands, and what would have been required."""

    pointer: str
    """JSON Pointer of the decisive value in the record."""
    observed: str | None
    """As recorded; null where it is unknown."""
    required: str | None
    """Null where the value itself is the answer."""
    item: str | None = None
    """The lesion or vessel that the reason belongs to."""

    @property
    def shown(self) -> str:
        """What was observed, for a catalog: each word of a list, and of an open number what it lies between."""
        if self.observed is None:
            return "not known"
        span = _SPAN.fullmatch(self.observed)
        if span is not None:
            return message("{ $first } to { $last }", first=span[1], last=span[2])
        return Joined(", ", map(_words, self.observed.split(", ")))


def _words(observed: str) -> str:
    """One of several that were observed, for a catalog; how many entries a list has is told by a pattern."""
    counted = _COUNTED.fullmatch(observed)
    return message("{ $count } recorded", count=counted[1]) if counted else observed


@immutable(slots=False)
class Sentence:
    """What was found, for people, in each language."""

    en: str
    zh: str
    item: str | None = None
    """The lesion or vessel of which it is said."""
    reveals: bool = False
    """Whether it rests on what tells the allocation."""

    @property
    def words(self) -> str:
        """The sentence in the language of a catalog."""
        return Bilingual(self.en, self.zh)

    @property
    def text(self) -> str:
        """The same, after the lesion or vessel of which it is said."""
        return message("{ $item }: { $text }", item=self.item, text=self.words) if self.item else self.words


@immutable(slots=False)
class ItemVerdict:
    """The verdict for one lesion or vessel."""

    scope: str
    key: str
    verdict: VerdictWord


@immutable(slots=False)
class Verdict:
    """What one rule says of one participant."""

    id: str
    kind: Kind
    verdict: VerdictWord
    title: str
    quote: str
    per: tuple[ItemVerdict, ...]
    because: tuple[Because, ...]
    notices: tuple[str, ...]
    """Codes; the participant's notices have their texts."""
    parameters: tuple[UsedParameter, ...]
    says: tuple[Sentence, ...] = ()
    """What was found, in sentences."""


@immutable(slots=False)
class Gate:
    """Whether the participant may be randomized."""

    decision: GateVerdict
    blocking: tuple[str, ...]
    """The rules that forbid it."""
    missing: tuple[str, ...]
    """The rules that cannot be decided."""


@immutable(slots=False)
class Query:
    """A question to the site. An open question is not a deviation."""

    pointer: str
    rule: str
    ask: str

    @property
    def request(self) -> str:
        """The question as a sentence to the site."""
        if self.ask.split(" ", 1)[0] in _ASKING:
            return message("State { $datum }", datum=self.ask)
        return message("Enter { $datum }", datum=self.ask)


@immutable(slots=False)
class Notice:
    """Something to be seen that decides nothing."""

    code: str
    rule: str
    """Empty for a notice on the record itself."""
    text: str
    item: str | None = None
    """The lesion or vessel that it belongs to; the JSON Pointer of a notice on the record itself."""


@immutable(slots=False)
class Reason:
    """One step of the chain that led to a deviation."""

    rule: str
    text: str


@immutable(slots=False)
class Deviation:
    """A candidate for a protocol deviation, until a person confirms it."""

    code: str
    category: str
    term: str
    importance: Literal["important", "non-important"]
    rule: str
    occurred_at: str | None
    status: Literal["candidate", "confirmed", "rejected"]
    populations: dict[str, bool]
    """Whether the participant stays in each analysis population because of this deviation."""
    why: str
    """Why the importance is what it is by default."""
    chain: tuple[Reason, ...]
    """The steps that led to it, the first one from what a rule found."""
    item: str | None = None

    @property
    def decode(self) -> str:
        """The term of the kind of deviation (SDTM DVDECOD), without the criterion that it names."""
        return self.term.values.get("term", self.term) if isinstance(self.term, Message) else self.term


@immutable(slots=False)
class PopulationReason:
    """Why a participant would not be counted in an analysis population."""

    population: str
    code: str
    """That of the deviation, or of what else takes the participant out."""
    text: str


@immutable(slots=False)
class Subject:
    """Everything that was found about one participant."""

    subject_id: str
    site_id: str | None
    record_sha256: str
    """SHA-256 of the bytes of the record, as they were read."""
    gate: Gate
    verdicts: tuple[Verdict, ...]
    deviations: tuple[Deviation, ...]
    queries: tuple[Query, ...]
    notices: tuple[Notice, ...]
    populations: dict[str, bool | None]
    """Whether the participant belongs to each analysis population, if every deviation were confirmed; null: unknown."""
    population_reasons: tuple[PopulationReason, ...]
    """Why not, of a participant who would belong to it otherwise."""


@immutable(slots=False)
class Summary:
    """Counts over all participants."""

    subjects: int
    gate: dict[GateVerdict, int]
    deviations: dict[Literal["important", "other"], int]
    queries: int
    notices: tuple[Notice, ...] = ()
    """What only all participants together show."""


@immutable(slots=False)
class Report:
    """The findings about one or more participants."""

    schema_version: Literal["1.0"]
    generated_at: str
    software: Software
    protocol: Protocol
    subjects: tuple[Subject, ...]
    summary: Summary
