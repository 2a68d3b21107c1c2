"""``precise rules pack`` and ``verify``: the validation pack of a trial's rules, signed (docs/assurance.md)."""

from __future__ import annotations

import platform
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo
from precise_cal.cli.gate_home import KeyOption, PublicKeyOption
from precise_cal.cli.given import rules_folder
from precise_cal.cli.options import RulesOption
from precise_cal.language.catalog import Joined, Verbatim, message, plural

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.language.catalog import Message
    from precise_cal.protocol.rules_pack import RulesPack

_Mutants = Annotated[
    list[Path] | None,
    typer.Option("--mutants", metavar="FILE", help="What precise rules mutate --format json wrote; may be repeated."),
]
_Proofs = Annotated[
    list[Path] | None,
    typer.Option("--proofs", metavar="FILE", help="What precise rules prove --format json wrote; may be repeated."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `precise rules`."""
    app.command("pack")(pack)
    app.command("verify")(verify)


def pack(
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="The folder of the pack.")],
    mutants: _Mutants = None,
    proofs: _Proofs = None,
    key: KeyOption = None,
    font: Annotated[
        Path | None, typer.Option("--font", metavar="FILE", help="A font with the characters of the PDF.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files of the folder.")] = False,
    rules: RulesOption = None,
) -> int:
    """Write the rules' validation pack: clause, rule, cases, mutants, proofs, program; HTML, PDF, XLSX, JSON, signed.

    The cases are run; mutants and proofs are those of the files that are named, else the pack says that they were not
    run. Files of other rules, cases or programs are refused.

    Exit status: 0 written, 1 written, and a case fails or a proof says no, 2 a file is wrong.
    """
    from precise_cal.cli.gate_home import own_key
    from precise_cal.cli.inputs import check_font
    from precise_cal.cli.spoken import language
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.engine.rulebook.catalog import catalog_of
    from precise_cal.files.folder import Output
    from precise_cal.gate import load_private
    from precise_cal.gate.files import SIGNED, sign_files
    from precise_cal.reports.evidence import pack_files

    check_font(font)
    book = rulebook(rules_folder(rules), cache=False)
    signs = load_private(key or own_key())
    made = _made(book, mutants or [], proofs or [])
    files = pack_files(made, book.study.study.short_title, catalog_of(book, language()), font)
    with Output(out) as output:
        inputs = (*(mutants or ()), *(proofs or ()))
        output.expect([*files, SIGNED], force=force, inputs=inputs)
        for name, data in files.items():
            output.write(name, data)
        output.write(SIGNED, sign_files(files, signs, made.generated_at))
        output.commit()
    echo(_told(out, made))
    return exits.FOUND if any(one.standing == "failed" for one in made.rules) else exits.OK


def verify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A pack as `precise rules pack` writes it.")],
    public_key: PublicKeyOption = None,
) -> int:
    """Check the signature of a validation pack, and that its files are those that were signed.

    Exit status: 0 sound, 1 a file was changed, added or taken away, or the signature is not valid, 2 unreadable.
    """
    from precise_cal.cli.gate_home import data_folder, public_half, trusted_keys
    from precise_cal.gate import load_public
    from precise_cal.gate.files import SignatureError, verify_files

    keys = trusted_keys(public_key) or load_public([public_half(data_folder() / "gate.key")])
    try:
        signed, faults = verify_files(folder, keys)
    except SignatureError as error:
        echo(error.args[0])
        return exits.FOUND
    for one in faults:
        echo(one)
    counted = plural(len(signed.files), "{ $count } file", "{ $count } files")
    text = "{ $files } signed at { $at } with the key { $key }: { $state }"
    state = "changed since" if faults else "sound"
    echo(message(text, files=counted, at=Verbatim(signed.made_at), key=Verbatim(signed.key_id), state=state))
    if faults:
        return exits.FOUND
    _say_of_what(folder)
    return exits.OK


def _say_of_what(folder: Path) -> None:
    """Of which rules, cases and program a sound pack is: who verifies one sees that it is of those in use."""
    from precise_cal.assurance.evidence import read_kept
    from precise_cal.protocol.rules_pack import RulesPack

    of = read_kept(folder / "rules.json", RulesPack).origin
    text = "of { $study } { $version }, rules { $rules }, cases { $cases }, by { $software }, program { $program }"
    echo(
        message(
            text,
            study=Verbatim(of.study_id),
            version=Verbatim(of.version),
            rules=Verbatim(of.rules_sha256[:12]),
            cases=Verbatim(of.cases_sha256[:12]),
            software=Verbatim(of.software),
            program=Verbatim(of.package_sha256[:12]),
        )
    )


def _made(book: Rulebook, mutants: list[Path], proofs: list[Path]) -> RulesPack:
    from precise_cal.assurance.evidence import origin_of, read_evidence
    from precise_cal.assurance.pack import pack_of
    from precise_cal.cli.checking import generated_at
    from precise_cal.engine.cases import read_cases
    from precise_cal.protocol.rules_pack import Proofs, TriedMutants

    origin = origin_of(book)
    return pack_of(
        book,
        read_cases(book.folder),
        origin,
        [read_evidence(one, TriedMutants, origin) for one in mutants],
        [read_evidence(one, Proofs, origin) for one in proofs],
        generated_at=generated_at(None),
        system={"Python": platform.python_version(), "System": platform.platform()},
    )


def _told(out: Path, made: RulesPack) -> Message:
    failed = sum(bool(one.problems) for one in made.cases)
    runs = (("mutants", made.mutants), ("proofs", made.proofs))
    parts = [
        message("{ $passed } of { $count } cases pass", passed=len(made.cases) - failed, count=len(made.cases)),
        *(message("{ $what } not run", what=what) for what, given in runs if not given),
    ]
    standing = Counter(one.standing for one in made.rules if not one.off)
    text = "{ $out }: { $shown } of { $of } rules shown, { $sampled } by a sample; { $parts }"
    counted = {"shown": standing["shown"], "sampled": standing["sampled"], "of": standing.total()}
    return message(text, out=Verbatim(out), parts=Joined(", ", parts), **counted)
