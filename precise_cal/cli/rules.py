"""``precise rules``: look at the rules, test them, check them, and try their language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo, echo_json, tell
from precise_cal.cli.given import read_now, rules_folder
from precise_cal.cli.options import NowOption, RulesOption
from precise_cal.cli.rules_assure import register
from precise_cal.cli.spoken import language
from precise_cal.language.catalog import message, placed, plural

if TYPE_CHECKING:
    from precise_cal.engine.cases import Outcome

app = typer.Typer(
    help="Look at the rules, test them, and try their language.", no_args_is_help=True, rich_markup_mode=None
)

register(app)
RuleId = Annotated[str, typer.Argument(metavar="RULE", help="The id of a rule, such as IC-5.")]


@app.command("list")
def list_rules(rules: RulesOption = None) -> None:
    """List every rule with its kind, its scope and its title."""
    from precise_cal.cli.rules_text import rule_lines
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.engine.rulebook.catalog import catalog_of

    book = rulebook(rules_folder(rules))
    echo("\n".join(rule_lines(book, catalog_of(book, language()))))


@app.command("show")
def show_rule(rule: RuleId, rules: RulesOption = None) -> None:
    """Print a rule: its clause, its conditions, the parameters it rests on, and its cases."""
    from precise_cal.cli.rules_text import rule_page
    from precise_cal.engine.case_names import check_cases
    from precise_cal.engine.cases import read_cases
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.engine.rulebook.catalog import catalog_of

    folder = rules_folder(rules)
    book, cases = rulebook(folder, cache=False), read_cases(folder)
    check_cases(cases, book)
    echo("\n".join(rule_page(book, rule, cases, catalog_of(book, language()))))


@app.command("test")
def test_rules(
    only: Annotated[list[str] | None, typer.Argument(metavar="[RULE…]", help="Only the cases of these rules.")] = None,
    rules: RulesOption = None,
) -> int:
    """Run the cases that stand beside the rules. Exit status: 0 all pass, 1 one fails, 2 a file is wrong."""
    from precise_cal.cli.rules_text import check_rule
    from precise_cal.engine.case_names import check_cases
    from precise_cal.engine.cases import read_cases, run_case
    from precise_cal.engine.rulebook import rulebook

    folder = rules_folder(rules)
    book = rulebook(folder, cache=False)  # with the meaning of its conditions, cases vary what they name alone
    written = read_cases(folder)
    check_cases(written, book)
    for name in only or ():
        check_rule(book, name)
    cases = [case for case in written if not only or case.rule in only]
    outcomes = [run_case(case, book) for case in cases]
    for outcome in outcomes:
        _tell(outcome)
    failed = sum(bool(outcome.problems) for outcome in outcomes)
    echo(message("{ $count } passed, { $failed } failed", count=len(outcomes) - failed, failed=failed))
    if not outcomes:
        tell(message("no cases found in { $folder }", folder=folder))
        return exits.BAD_INPUT
    return exits.FOUND if failed else exits.OK


@app.command("lint")
def lint_rules(rules: RulesOption = None) -> int:
    """Check the rule files: form, types, names, and that every rule has its cases. Exit status: 0, 1 or 2."""
    from precise_cal.cli.simulate_plan import check_plan
    from precise_cal.engine.lint import lint
    from precise_cal.engine.rulebook import rulebook

    folder = rules_folder(rules)
    remarks = lint(rulebook(folder, cache=False), folder)
    check_plan(folder)
    for remark in remarks:
        echo(remark)
    echo(plural(len(remarks), "{ $count } remark", "{ $count } remarks"))
    return exits.FOUND if remarks else exits.OK


@app.command("eval")
def eval_expression(
    expression: Annotated[str, typer.Argument(help="A CQL expression.")],
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="A participant record to read from.")
    ] = None,
    rules: RulesOption = None,
    now: NowOption = None,
) -> None:
    """Evaluate a CQL expression and print its value as JSON. Parameters and definitions of the rules can be used."""
    from precise_cal.cli.record_errors import naming
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.engine.trial_expression import evaluate_expression
    from precise_cal.files.records import Source, read_one

    data = read_one(record) if record else None
    with naming(Source(str(record), None, data or b"")):
        value = evaluate_expression(rulebook(rules_folder(rules), cache=False), expression, data, read_now(now))
    echo_json(json.dumps(value, ensure_ascii=False))


@app.command("publish")
def publish(
    format_: Annotated[
        str, typer.Option("--format", metavar="FORM", help="fhir (R5, EvidenceVariable) or usdm (v4, JSON).")
    ],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A file, instead of stdout.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    rules: RulesOption = None,
) -> None:
    """Write the criteria for other systems: clause, condition in CQL, parameters. Exit status: 0, 2 bad usage."""
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.exchange.publish import as_fhir, as_usdm
    from precise_cal.files.records import InputError
    from precise_cal.files.writing import write_file

    formats = {"fhir": as_fhir, "usdm": as_usdm}
    if format_ not in formats:
        raise InputError(message('--format "{ $format }": should be fhir or usdm', format=format_))
    text = json.dumps(formats[format_](rulebook(rules_folder(rules), cache=False)), ensure_ascii=False, indent=1)
    if out is None:
        echo_json(text)
    else:
        write_file(out, f"{text}\n".encode(), force=force)


@app.command("conformance")
def conformance(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.xml…", help="Test files in the form of cql-tests.")],
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also list what is unsupported, and why.")] = False,
) -> int:
    """Run conformance tests of the CQL language. Exit status: 0 none failed, 1 one failed, 2 unreadable input."""
    from precise_cal.engine.cql.conformance import run_file
    from precise_cal.files.records import InputError

    counts = {"passed": 0, "failed": 0, "unsupported": 0}
    for file in files:
        results = list(run_file(file))
        if not results:
            raise InputError(message("{ $file }: holds no test; expected the form of cql-tests", file=file))
        for result in results:
            counts[result.outcome] += 1
            if result.outcome == "failed" or (verbose and result.outcome == "unsupported"):
                place = f"{file.name} {result.group}/{result.name}"
                echo(
                    message(
                        "{ $outcome }: { $place }: { $detail }",
                        outcome=result.outcome,
                        place=place,
                        detail=result.detail,
                    )
                )
    echo(
        message(
            "{ $passed } passed, { $failed } failed, { $unsupported } unsupported",
            passed=counts["passed"],
            failed=counts["failed"],
            unsupported=counts["unsupported"],
        )
    )
    return exits.FOUND if counts["failed"] else exits.OK


def _tell(outcome: Outcome) -> None:
    for problem in outcome.problems:
        echo(placed(f"{outcome.case.place}: {outcome.case.rule}: {outcome.case.case.case}", problem))
