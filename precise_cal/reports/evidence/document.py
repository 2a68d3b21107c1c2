"""The validation pack of a trial's rules as a document: from each clause to what shows that its rule is right."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import Bilingual, Joined, Verbatim, message
from precise_cal.reports.document import (
    Cell,
    Column,
    Count,
    Counts,
    Document,
    Facts,
    Paragraph,
    Section,
    Signatures,
    Table,
    code,
    number,
    text,
)
from precise_cal.reports.words import word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.protocol.rules_pack import Counted, OfRule, Outcome, Proof, RulesPack, TriedMutant, TriedMutants
    from precise_cal.reports.document import Tone

NOT_RUN: Final = "not run"
STANDINGS: Final[dict[str, Tone]] = {"shown": "good", "sampled": "good", "partly": "open", "failed": "bad"}
OUTCOMES: Final[dict[str, Tone]] = {"yes": "good", "no": "bad", "not replayed": "bad"}
_STATES: Final[dict[str, Tone]] = {"found": "good", "survived": "bad", "equivalent": "quiet"}
_STATEMENT: Final = (
    "I have read this pack. It shows what the rules do with the cases, mutants and proofs that it names."
)


def pack_document(pack: RulesPack, title: str) -> Document:
    """The pack as a document.

    Args:
        pack: what is known.
        title: what the study is called for short.
    """
    return Document(
        title="Validation pack of the rules",
        subtitle=message("{ $title } ({ $id })", title=title, id=Verbatim(pack.origin.study_id)),
        kicker="Validation pack",
        facts=Facts(tuple(_facts(pack))),
        sections=(_in_short(pack), _matrix(pack), _mutants(pack), _proofs(pack), *_failed(pack), _made_of(pack),
                  Section("signatures", "Signatures", (Signatures(("Prepared", "Reviewed", "Approved"), _STATEMENT),))),
        footer=message(
            "{ $title } · rules { $sha256 } · { $generated_at }",
            title=title,
            sha256=pack.origin.rules_sha256[:12],
            generated_at=pack.generated_at,
        ),
        landscape=True,
    )  # fmt: skip


def _facts(pack: RulesPack) -> Iterator[tuple[str, Cell]]:
    origin = pack.origin
    yield "Protocol version", text(Verbatim(origin.version))
    yield "Rule files, SHA-256", code(origin.rules_sha256)
    yield "Cases, SHA-256", code(origin.cases_sha256)
    yield "Software", text(Verbatim(origin.software))
    yield "Files of the software, SHA-256", code(origin.package_sha256)
    for name, value in pack.system.items():
        yield name, text(Verbatim(value))
    yield "Made", text(Verbatim(pack.generated_at))


# ---- in short ----


def _in_short(pack: RulesPack) -> Section:
    judged = [one for one in pack.rules if not one.off]
    failed = sum(bool(one.problems) for one in pack.cases)
    standing = Counter(one.standing for one in judged)
    atoms, both = sum(one.atoms.of for one in judged), sum(one.atoms.both for one in judged)
    items = (
        Count(str(standing["shown"]), message("of { $count } rules shown", count=len(judged)),
              message("{ $count } more by a sample", count=standing["sampled"]),
              "good" if standing["shown"] == len(judged) else "open"),
        Count(str(len(pack.cases) - failed), message("of { $count } cases passed", count=len(pack.cases)), "",
              "bad" if failed else "good"),
        Count(str(both), message("of { $count } atoms decided both ways by cases", count=atoms), "by each rule"),
        _mutants_in_short(pack),
        _proofs_in_short(pack),
    )  # fmt: skip
    lead = Paragraph(
        "For each clause of the protocol: the rule that stands for it, the cases that the rule passes, the small "
        "changes of the rule that a case notices (mutants), and what was proved of it for all records. Made by "
        "programs; nothing was typed in. What was not run is said to be not run.",
        "lead",
    )
    return Section("in-short", "In short", (Counts(items), lead))


def _mutants_in_short(pack: RulesPack) -> Count:
    if not pack.mutants:
        return Count(NOT_RUN, "mutants", "precise rules mutate", "open")
    states = Counter(one.state for run in pack.mutants for one in run.mutants)
    found, survived = states["found"], states["survived"]
    detail = message("{ $count } argued to be the same", count=states["equivalent"])
    return Count(
        str(found),
        message("of { $count } mutants found", count=found + survived),
        detail,
        "bad" if survived else "good",
    )


def _proofs_in_short(pack: RulesPack) -> Count:
    if not pack.proofs:
        return Count(NOT_RUN, "proofs", "precise rules prove", "open")
    outcomes = Counter(one.outcome for run in pack.proofs for one in run.answers)
    bad = outcomes["no"] + outcomes["not replayed"]
    left = outcomes.total() - outcomes["yes"] - bad
    detail = message("{ $bad } no, { $open } open", bad=bad, open=left)
    tone: Tone = "bad" if bad else "open" if left else "good"
    return Count(
        str(outcomes["yes"]), message("of { $count } questions answered yes", count=outcomes.total()), detail, tone
    )


# ---- from clause to evidence ----

_MATRIX: Final = (
    Column("Rule", width=1.1),
    Column("Clause", width=3.6),
    Column("Cases", width=1.4),
    Column("Mutants", width=1.3),
    Column("Proofs", width=1.3),
    Column("Standing", width=0.9, filter=True),
)


def _matrix(pack: RulesPack) -> Section:
    note = (
        "Shown: every case passes, no mutant survives, every answer is yes. Sampled: the same, of a sample of the "
        "mutants or some of the questions. Partly: something was not run, a mutant survived, or an answer is open. "
        "Failed: a case fails, or an answer is no."
    )
    rows = tuple(_row(one) for one in pack.rules)
    table = Table("matrix", "Clause, rule, cases, mutants, proofs", _MATRIX, rows, note, searchable=True)
    return Section("rules", "From clause to evidence", (table,))


def _row(one: OfRule) -> tuple[Cell, ...]:
    quoted = message("“{ $quote }”", quote=Verbatim(one.quote))
    head = Joined("\n", [Verbatim(one.id), one.title])
    if one.off:
        clause = Joined("\n", [quoted, Verbatim(one.source), message("off: { $why }", why=one.off)])
        return (text(head), text(clause), *(text("") for _ in range(3)), text("off", "quiet"))
    passed = message("{ $passed } of { $count }", passed=one.cases - one.failed, count=one.cases)
    atoms = message("{ $both } of { $of } atoms both ways", both=one.atoms.both, of=one.atoms.of)
    return (
        text(head),
        text(Joined("\n", [quoted, Verbatim(one.source)])),
        text(Joined("\n", [passed, atoms]), "bad" if one.failed else "" if one.cases else "open"),
        _of_mutants(one.mutants),
        _of_proofs(one.proofs),
        text(one.standing, STANDINGS[one.standing]),
    )


def _of_mutants(counted: Counted | None) -> Cell:
    if counted is None:
        return text(NOT_RUN, "open")
    found = message("{ $found } of { $of } found", found=counted.good, of=counted.good + counted.bad)
    same = [message("{ $count } argued to be the same", count=counted.open)] if counted.open else []
    return text(Joined("\n", [found, *same]), "bad" if counted.bad else "")


def _of_proofs(counted: Counted | None) -> Cell:
    if counted is None:
        return text(NOT_RUN, "open")
    of = counted.good + counted.bad + counted.open
    tone: Tone = "bad" if counted.bad else "open" if counted.open else ""
    return text(message("{ $yes } of { $of } yes", yes=counted.good, of=of), tone)


# ---- mutants ----

_RUNS: Final = (
    Column("What was tried", width=4),
    *(Column(name, "number") for name in ("Tried", "Found", "Survived", "Argued to be the same")),
)
_LEFT: Final = (
    Column("Place", width=1.4),
    Column("Rule or definition", width=1.4),
    Column("Change"),
    Column("As written", width=2.2),
    Column("Changed", width=2.2),
    Column("State", width=0.9, filter=True),
)


def _mutants(pack: RulesPack) -> Section:
    if not pack.mutants:
        words = (
            "Not run: no result of precise rules mutate --format json was given. Nothing is known of what the cases "
            "would miss."
        )
        return Section("mutants", "Mutants", (Paragraph(words),))
    runs = tuple(_run(one) for one in pack.mutants)
    left = tuple(_survivor(one) for run in pack.mutants for one in run.mutants if one.state != "found")
    tables = (
        Table("runs", "Runs of mutants", _RUNS, runs),
        Table(
            "survivors", "Mutants that no case notices, and those argued to be the same", _LEFT, left, searchable=True
        ),
    )
    return Section("mutants", "Mutants", tables)


def _run(run: TriedMutants) -> tuple[Cell, ...]:
    states = Counter(one.state for one in run.mutants)
    about = [
        message("a sample (seed { $seed })", seed=run.seed) if run.count is not None else "all mutants",
        *([message("rules { $rules }", rules=Verbatim(", ".join(run.rules)))] if run.rules else []),
        *run.groups,
    ]
    counted = (len(run.mutants), states["found"], states["survived"], states["equivalent"])
    return text(Joined(", ", about)), *map(number, counted)


def _survivor(one: TriedMutant) -> tuple[Cell, ...]:
    texts = (code(one.place), code(one.owner), text(one.change), code(one.was), code(one.now))
    return *texts, text(one.state, _STATES.get(one.state, ""))


# ---- proofs ----

_ANSWERS: Final = (
    Column("Question", width=3),
    Column("Answer", filter=True),
    Column("Bound", width=1.4),
    Column("Why", width=2.6),
)
_SIDES: Final[tuple[tuple[Outcome, ...], ...]] = (("yes",), ("no", "not replayed"), ("not decided", "not translated"))
"""The outcomes that are counted together."""


def _proofs(pack: RulesPack) -> Section:
    if not pack.proofs:
        words = (
            "Not run: no result of precise rules prove --format json was given. Nothing is known of all records, only "
            "of the cases."
        )
        return Section("proofs", "Proofs", (Paragraph(words),))
    answers = [one for run in pack.proofs for one in run.answers]
    topics = Counter((one.topic, one.outcome) for one in answers)
    names = dict.fromkeys(one.topic for one in answers)
    counted = tuple((text(name), *(number(_count(topics, name, *one)) for one in _SIDES)) for name in names)
    columns = (Column("About", width=2), *(Column(name, "number") for name in ("Yes", "No", "Open")))
    open_ = tuple(_answer(one) for one in answers if one.outcome != "yes")
    together = tuple(_answer(one) for one in answers if one.outcome == "yes" and one.rule is None)
    timeouts = Joined(", ", [message("{ $seconds } s", seconds=one.timeout) for one in pack.proofs])
    note = message("A question may take { $seconds }. Every answer stands in the workbook.", seconds=timeouts)
    return Section(
        "proofs",
        "Proofs",
        (
            Table("topics", "Questions by topic", columns, counted, note),
            Table("open", "Answers other than yes", _ANSWERS, open_),
            Table("together", "Answers about the rules together", _ANSWERS, together, searchable=True),
        ),
    )


def _count(topics: Counter[tuple[str, Outcome]], name: str, *outcomes: Outcome) -> int:
    return sum(topics[name, one] for one in outcomes)


def _answer(one: Proof) -> tuple[Cell, ...]:
    question, bound = Bilingual(one.question, one.question_zh), Bilingual(one.bound, one.bound_zh)
    because = Bilingual(one.because, one.because_zh)
    return text(question), text(one.outcome, OUTCOMES.get(one.outcome, "open")), text(bound), text(because)


# ---- the rest ----


def _failed(pack: RulesPack) -> Iterator[Section]:
    failed = [one for one in pack.cases if one.problems]
    if failed:
        rows = tuple(
            (code(one.rule), text(Verbatim(one.case)), code(one.place), text(Joined("\n", one.problems), "bad"))
            for one in failed
        )
        columns = (Column("Rule"), Column("Case", width=2), Column("Place", width=2), Column("Differs", width=3))
        yield Section("failed", "Cases that fail", (Table("failed-cases", "Cases that fail", columns, rows),))


def _made_of(pack: RulesPack) -> Section:
    rows = tuple((code(name), code(digest)) for name, digest in pack.files.items())
    table = Table("files", "Rule files and their SHA-256", (Column("File"), Column("SHA-256", width=3)), rows)
    kinds = Counter(one.kind for one in pack.rules if not one.off)
    said = Joined(
        ", ", [message("{ $kind }: { $count }", kind=word(kind), count=count) for kind, count in kinds.items()]
    )
    return Section("made-of", "Rules", (Paragraph(said), table))
