"""``precise gate``: may this participant be randomized now?"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from precise_cal.cli import exits
from precise_cal.cli.echo import echo, echo_json, tell
from precise_cal.cli.gate_home import (
    KeyOption,
    LedgerOption,
    PublicKeyOption,
    TrustRulesOption,
    data_folder,
    open_keeper,
    own_files,
    trial_rules,
    trusted_keys,
)
from precise_cal.cli.gate_ledger import register
from precise_cal.cli.given import read_now
from precise_cal.cli.options import OutputFormat, RulesOption
from precise_cal.cli.spoken import language
from precise_cal.language.catalog import message
from precise_cal.protocol.verdicts import ALLOW, INCOMPLETE, REFUSE
from precise_cal.version import __version__

if TYPE_CHECKING:
    from precise_cal.cli.gate_home import TrialRules
    from precise_cal.files.records import Source
    from precise_cal.gate import Answer, PublicKeys, Request
    from precise_cal.language.catalog import Catalog

_ASK: Final = "ask"


class _AskGroup(TyperGroup):
    """``precise gate FILE`` is ``precise gate ask FILE``: asking is what the gate is for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = [_ASK, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_AskGroup,
    help="May this participant be randomized? `precise gate FILE` decides, and records the decision.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
register(app)

_EXITS: Final = {ALLOW: exits.OK, REFUSE: exits.FOUND, INCOMPLETE: exits.UNDECIDED}


@app.command(_ASK)
def ask(
    file: Annotated[str, typer.Argument(metavar="FILE", help="One participant record, or - for stdin.")],
    rules: RulesOption = None,
    trust_rules: TrustRulesOption = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why the record was changed after a REFUSE.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="INSTANT", help="Judge for another moment; nothing is recorded.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge now; nothing is recorded.")] = False,
    ledger: LedgerOption = None,
    key: KeyOption = None,
    public_key: PublicKeyOption = None,
    slip: Annotated[
        Path | None, typer.Option("--slip", metavar="FILE.html", help="Also write the decision as a page to print.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file of the slip.")] = False,
    format_: Annotated[OutputFormat, typer.Option("--format", help="How the decision is written.")] = OutputFormat.text,
) -> int:
    """Decide before randomization, and record the decision, signed, in an append-only ledger.

    Exit status: 0 ALLOW and recorded, 1 REFUSE, 3 INCOMPLETE or not recorded, 2 bad usage or unreadable input.
    """
    from precise_cal.cli.record_errors import naming
    from precise_cal.engine.rulebook.catalog import catalog_of
    from precise_cal.gate.request import request_of
    from precise_cal.protocol.from_json import is_simulated

    trial = trial_rules(rules, trust_rules)
    source = _only_source(file)
    moment = _other_moment(as_of)
    is_recorded = moment is None and not dry_run
    if slip is not None:
        read = [Path(file), *own_files(ledger, key), *(public_key or ())]
        _check_slip(slip, read, force=force, recorded=is_recorded)
    with naming(source):
        request = request_of(trial.book, source.data, reason)
        if is_recorded:
            answer = _recorded(request, trial, ledger, key, public_key)
        else:
            answer = _considered(request, trial, ledger, key, trusted_keys(public_key), moment)
    catalog = catalog_of(trial.book, language())
    simulated = is_simulated(source.data)
    _warn(answer, trial, catalog, simulated=simulated)
    _write(answer, trial, format_, catalog)
    if slip is not None and answer.signed is not None:
        from precise_cal.cli.gate_slip import slip_html
        from precise_cal.files.writing import write_file

        page = slip_html(answer, answer.signed, trial.book, catalog, simulated=simulated)
        write_file(slip, page.encode(), force=force)
    status = _EXITS[answer.evaluation.decision]
    return exits.UNDECIDED if status == exits.OK and answer.signed is None else status


def _recorded(
    request: Request, trial: TrialRules, ledger: Path | None, key: Path | None, public_key: list[Path] | None
) -> Answer:
    from precise_cal.gate import Gate

    with open_keeper(ledger, key, public_key) as keeper:
        gate = Gate(keeper, evaluate=trial.evaluate, rules=trial.files, software_version=__version__)
        return gate.ask(request)


def _considered(
    request: Request,
    trial: TrialRules,
    ledger: Path | None,
    key: Path | None,
    trusted: PublicKeys | None,
    moment: datetime.datetime | None,
) -> Answer:
    """Judge without recording: neither folder nor key nor ledger is made."""
    from precise_cal.gate import PublicKeys, consider, load_private

    private = key or data_folder() / "gate.key"
    own = load_private(private).public() if key or private.exists() else PublicKeys({})
    return consider(
        ledger or data_folder() / "gate.ledger",
        own if trusted is None else own | trusted,
        trial.evaluate,
        request,
        moment or datetime.datetime.now(datetime.UTC),
    )


def _other_moment(text: str | None) -> datetime.datetime | None:
    """The moment of ``--as-of``; None where there is no such option, and nowhere else."""
    from precise_cal.files.records import InputError
    from precise_cal.gate.request import instant_of

    if text is None:
        return None
    moment = instant_of(read_now(text, "--as-of"))
    if moment is None:
        wanted = 'a date-time with an offset, such as "2026-03-10T10:08:00+08:00"'
        raise InputError(message('--as-of "{ $text }": should be { $wanted }', text=text, wanted=wanted))
    return moment


def _only_source(file: str) -> Source:
    from precise_cal.cli.inputs import record_files
    from precise_cal.files.records import InputError, read_sources

    sources = read_sources(record_files([file]))
    source = next(sources, None)
    if source is None or next(sources, None) is not None:
        raise InputError(message("{ $file }: the gate decides about one participant at a time", file=file))
    return source


def _check_slip(slip: Path, inputs: list[Path], *, force: bool, recorded: bool) -> None:
    """Refuse what could not be written, before anything is recorded."""
    from precise_cal.files.records import InputError
    from precise_cal.files.writing import check_target

    if not recorded:
        raise InputError("--slip: only a recorded decision has a slip; leave out --as-of and --dry-run")
    check_target(slip, force=force, inputs=inputs)


def _write(answer: Answer, trial: TrialRules, format_: OutputFormat, catalog: Catalog) -> None:
    from precise_cal.cli.gate_text import answer_lines, unrecorded_json
    from precise_cal.gate.needed import needed_at_gate

    if format_ is OutputFormat.text:
        needed = needed_at_gate(trial.book, answer.question)
        echo("\n".join(answer_lines(answer, trial.book.utc_offset_minutes, catalog, needed)))
    else:
        echo_json(unrecorded_json(answer) if answer.signed is None else answer.signed.envelope().decode())


def _warn(answer: Answer, trial: TrialRules, catalog: Catalog, *, simulated: bool) -> None:
    from precise_cal.cli.gate_text import warnings
    from precise_cal.cli.inputs import tell_simulated

    tell_simulated(int(simulated))
    for line in warnings(answer, trial.files):
        tell(catalog(line))
