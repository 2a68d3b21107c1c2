"""What is known of a trial's rules: clause, rule, cases, mutants, proofs, and the program that they were put to.

What was not run is None, and never a number.
"""

from __future__ import annotations

from typing import Literal

from precise_cal.protocol.immutable import immutable

Standing = Literal["shown", "sampled", "partly", "failed"]
"""Everything was tried and is in order; what was tried is, and of mutants or questions not all were; something was not
run, or is open; a case fails, or a proof says no."""

State = Literal["found", "survived", "equivalent", "no rule"]
"""Of a mutant: a case tells it from the rules; none does; it is argued or shown to be the same; it does not compile, or
stands in what no rule in force uses."""
Outcome = Literal["yes", "no", "not decided", "not translated", "not replayed"]
"""It is as asked: shown by a record, or true of every record within the bounds; it is not; the time was too short;
a part of the rule has no translation; the engine says something else of the record, a fault of the translation."""


@immutable()
class Origin:
    """Of what evidence is: the program, the rules and their cases, each by its digest."""

    software: str
    package_sha256: str
    """Over every file of the program."""
    study_id: str
    version: str
    """Of the protocol."""
    rules_sha256: str
    cases_sha256: str
    """Over the files below ``tests/`` of the trial folder: cases, and what is argued and declared."""


@immutable()
class TriedMutant:
    """A change of the rules, and what became of it."""

    group: str
    change: str
    owner: str
    place: str
    was: str
    now: str
    state: State
    reached: tuple[str, ...]
    """The rules that it changes."""
    case: str | None = None
    """The case that tells it from the rules."""


@immutable()
class TriedMutants:
    """What one run of ``precise rules mutate`` gave."""

    origin: Origin
    seed: int
    count: int | None
    """How many were drawn at most; None where all were tried."""
    rules: tuple[str, ...]
    """The rules that it was about; none where it was about all."""
    mutants: tuple[TriedMutant, ...]
    groups: tuple[str, ...] = ()
    """The groups that it was about; none where it was about all."""


@immutable()
class Proof:
    """An answer about all records, in both languages of documents."""

    topic: str
    rule: str | None
    """None where it is about the rules together."""
    question: str
    question_zh: str
    outcome: Outcome
    bound: str
    bound_zh: str
    because: str
    because_zh: str
    seconds: float


@immutable()
class Proofs:
    """What one run of ``precise rules prove`` gave."""

    origin: Origin
    timeout: float
    """How long a question might take, in seconds."""
    topics: tuple[str, ...]
    """What was asked about; none where everything was."""
    rules: tuple[str, ...]
    answers: tuple[Proof, ...]


@immutable()
class TriedCase:
    """A case of a rule, and what differs from what it expects."""

    rule: str
    case: str
    expect: str
    place: str
    problems: tuple[str, ...] = ()


@immutable()
class Atoms:
    """How many atoms a rule rests on, and how many of them the cases decided both ways."""

    of: int
    both: int


@immutable()
class Counted:
    """Mutants that reach a rule, or answers about it: how many are as they should be, and of how many."""

    good: int
    bad: int
    """Mutants that survived; answers that are no, or that the engine contradicts."""
    open: int
    """Mutants that are argued to be the same; answers that are not decided."""


@immutable()
class OfRule:
    """What is known of one rule."""

    id: str
    kind: str
    title: str
    quote: str
    source: str
    cases: int
    failed: int
    atoms: Atoms
    mutants: Counted | None
    proofs: Counted | None
    standing: Standing
    off: str = ""
    """Why it is switched off, where it is."""


@immutable()
class RulesPack:
    """All of it. What was not run is empty, and its counts are None."""

    generated_at: str
    origin: Origin
    system: dict[str, str]
    files: dict[str, str]
    """SHA-256 of each rule file, by name."""
    rules: tuple[OfRule, ...]
    cases: tuple[TriedCase, ...]
    mutants: tuple[TriedMutants, ...]
    proofs: tuple[Proofs, ...]
    schema_version: str = "1.0"
