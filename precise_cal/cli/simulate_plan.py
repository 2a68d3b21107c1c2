"""The plan that stands in a trial folder, checked against the trial."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from precise_cal.cli.simulate_trial import trial_of
from precise_cal.engine.cases import read_cases
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.load import checked_part
from precise_cal.engine.rulebook.yaml_source import read_yaml
from precise_cal.language.catalog import message
from precise_cal.simulate.participants import Made, participants
from precise_cal.simulate.plan import FILE, Plan
from precise_cal.simulate.plan_check import plan_problems
from precise_cal.simulate.plans import PLANS

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.engine.rulebook.yaml_source import YamlFile
    from precise_cal.simulate.trial import Record, Trial


def simulated(folder: Path, number: int, seed: int, cutoff: datetime.datetime | None) -> Made:
    """Participants of a trial folder, by its plan if it has one.

    Raises:
        RuleFileError: a file of the folder is wrong.
    """
    plan, source = read_plan(folder)
    if plan.plan is not None and source is not None:
        settings = _settings(plan, source)
        return Made(PLANS[plan.plan].records(settings, number, seed, cutoff), (), is_any_allowed=True)
    trial = trial_of(rulebook(folder, cache=False), _examples(folder))
    problems = list(plan_problems(plan, trial))
    if problems and source is not None:
        raise RuleFileError([(source.place(location), text) for location, text in problems])
    if cutoff is not None:
        zone = plan.cutoff.tzinfo if plan.cutoff else trial.zone
        moment = cutoff.replace(tzinfo=zone) if cutoff.tzinfo is None else cutoff
        plan = plan.model_copy(update={"cutoff": moment})
    return participants(trial, _spread(plan, trial), number, seed)


def _examples(folder: Path) -> Iterator[Record]:
    """The participants of the folder's cases, each once."""
    documents = (json.dumps(case.document, default=str) for case in read_cases(folder))
    return map(json.loads, dict.fromkeys(documents))


def _spread(plan: Plan, trial: Trial) -> Plan:
    """The plan over the sites of the folder and past the last amendment, where it does not say otherwise."""
    update: dict[str, Any] = {}
    if "sites" not in plan.model_fields_set and trial.sites:
        update["sites"] = dict.fromkeys(trial.sites, 1)
    if "days" not in plan.model_fields_set and trial.periods:
        first = plan.first_day or trial.first_day
        update["days"] = max(plan.days, (trial.periods[-1].first_day - first).days + plan.days // 2)
    return plan.model_copy(update=update)


def about(made: Made) -> Iterator[str]:
    """What was looked for in vain."""
    if not made.is_any_allowed:
        yield message(
            "no record was met that the gate allows; { $file } may say how the fields that its criteria read are drawn",
            file=FILE,
        )
    for rule, word in made.missed:
        yield message("no record was met of which { $rule } says { $word }", rule=rule, word=word)
    if made.is_cut_short:
        yield message(
            "the search was ended before all of this was looked for as long as the rest: there are many rules"
        )


def read_plan(folder: Path) -> tuple[Plan, YamlFile | None]:
    """The plan of a trial folder and where its entries stand; one without any entries where there is no file."""
    path = folder / FILE
    if not path.exists():
        return Plan.model_validate({}), None
    source = read_yaml(path, str(path))
    plan = checked_part(Plan, source)
    if plan.plan is not None and plan.plan not in PLANS:
        known = ", ".join(PLANS)
        raise RuleFileError(
            [
                (
                    source.place(("plan",)),
                    message("{ $plan }: there is no such plan; known are { $known }", plan=plan.plan, known=known),
                )
            ]
        )
    return plan, source


def check_plan(folder: Path) -> None:
    """Raises `RuleFileError` where the plan of a trial folder is wrong."""
    plan, source = read_plan(folder)
    if source is not None and plan.plan is not None:
        _settings(plan, source)
    elif source is not None:
        problems = list(plan_problems(plan, trial_of(rulebook(folder, cache=False))))
        if problems:
            raise RuleFileError([(source.place(location), text) for location, text in problems])


def _settings(plan: Plan, source: YamlFile) -> Any:
    return checked_part(PLANS[plan.plan or ""].settings, source, ("settings",))
