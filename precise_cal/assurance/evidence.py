"""What ``precise rules mutate`` and ``prove`` gave, as files that name the program, rules and cases they are of."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from precise_cal.engine.cases import FOLDER
from precise_cal.engine.check import SOFTWARE
from precise_cal.engine.rulebook.trial_folder import digest_of
from precise_cal.files.package import package_sha256
from precise_cal.files.records import InputError
from precise_cal.language.catalog import Verbatim, message
from precise_cal.language.house import house_catalog
from precise_cal.protocol.rules_pack import Origin, Proof, Proofs, RulesPack, TriedMutant, TriedMutants

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from precise_cal.assurance.answer import Answer, Topic
    from precise_cal.assurance.hunt import Chosen, Hunted
    from precise_cal.engine.rulebook.rulebook import Rulebook

_Evidence = TypeVar("_Evidence", TriedMutants, Proofs)
_Kept = TypeVar("_Kept", TriedMutants, Proofs, RulesPack)
_KINDS: dict[type, str] = {
    TriedMutants: "precise rules mutate --format json",
    Proofs: "precise rules prove --format json",
    RulesPack: "precise rules pack",
}


def origin_of(book: Rulebook) -> Origin:
    """Of what evidence made now would be."""
    return Origin(
        f"{SOFTWARE.name} {SOFTWARE.version}",
        package_sha256(),
        book.version.study_id,
        book.version.version,
        book.sha256,
        cases_sha256(book.folder),
    )


def cases_sha256(folder: Path) -> str:
    """SHA-256 over every file below ``tests/`` of a trial folder, by name and content; of no file where it has none."""
    digest = sha256()
    tests = folder / FOLDER
    for file in sorted(one for one in tests.rglob("*") if one.is_file() and one.suffix in (".yaml", ".json")):
        digest.update(f"{file.relative_to(tests).as_posix()}\0{digest_of(file)}\n".encode())
    return digest.hexdigest()


def mutants_of_run(book: Rulebook, chosen: Chosen, hunted: Iterable[Hunted]) -> TriedMutants:
    """A run of mutants as evidence."""
    tried = tuple(_mutant(book, one) for one in hunted)
    return TriedMutants(origin_of(book), chosen.seed, chosen.count, chosen.rules, tried, chosen.groups)


def _mutant(book: Rulebook, one: Hunted) -> TriedMutant:
    made = one.mutant
    place = str(made.place).removeprefix(f"{book.folder}/")
    return TriedMutant(
        made.group, made.change, made.owner, place, made.was, made.now, one.state, one.reached, one.case
    )  # fmt: skip


def proofs_of_run(
    book: Rulebook, timeout: float, topics: Sequence[Topic], rules: Sequence[str], answers: Iterable[Answer]
) -> Proofs:
    """A run of proofs as evidence."""
    told = tuple(map(_proof, answers))
    return Proofs(origin_of(book), timeout, tuple(map(str, topics)), tuple(rules), told)


def _proof(one: Answer) -> Proof:
    chinese = house_catalog("zh")
    return Proof(
        str(one.topic or ""), one.rule, str(one.question), chinese(one.question), one.outcome, str(one.bound),
        chinese(one.bound), str(one.because), chinese(one.because), round(one.seconds, 3),
    )  # fmt: skip


def read_evidence(path: Path, kind: type[_Evidence], expected: Origin) -> _Evidence:
    """A file of evidence, made of the same program, rules and cases.

    Raises:
        InputError: it cannot be read, has another form, or is of something else.
    """
    read = read_kept(path, kind)
    for name, what in _OF_WHAT:
        was, now = getattr(read.origin, name), getattr(expected, name)
        if was != now:
            text = message(
                "{ $path }: is of { $what } { $was }, these are { $now }: run { $command } again",
                path=Verbatim(path),
                what=what,
                was=Verbatim(was[:12]),
                now=Verbatim(now[:12]),
                command=_KINDS[kind],
            )
            raise InputError(text)
    return read


def read_kept(path: Path, kind: type[_Kept]) -> _Kept:
    """A file of evidence, or the JSON of a validation pack, of whatever it is.

    Raises:
        InputError: it cannot be read, or has another form.
    """
    try:
        read: _Kept = TypeAdapter(kind).validate_json(path.read_bytes())
    except OSError as error:
        text = message("{ $path }: cannot be read: { $strerror }", path=path, strerror=error.strerror)
        raise InputError(text) from error
    except ValidationError as error:
        first: Any = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        text = message(
            "{ $path }: is not what { $command } writes: { $where }: { $why }",
            path=Verbatim(path),
            command=_KINDS[kind],
            where=Verbatim(where),
            why=Verbatim(first["msg"]),
        )
        raise InputError(text) from error
    return read


_OF_WHAT = (("rules_sha256", "rules"), ("cases_sha256", "cases"), ("package_sha256", "a program"))
