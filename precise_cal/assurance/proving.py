"""Every question about the rules of a trial: those of one rule over one solver, rules divided over processes."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.assurance.answer import Topic
from precise_cal.assurance.atoms import Place, dead_atoms, users_of
from precise_cal.assurance.declared import Declared, read_declared
from precise_cal.assurance.learning import learning
from precise_cal.assurance.prove import Joint, reachable
from precise_cal.assurance.together import alone, clauses, gate_allows
from precise_cal.assurance.versions import amended
from precise_cal.assurance.windows import windows
from precise_cal.engine.rulebook import rulebook
from precise_cal.files.workers import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from precise_cal.assurance.answer import Answer
    from precise_cal.assurance.prove import Limits
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook

OF_RULE: Final[Mapping[Topic, Callable[[Joint, ExecutableRule, Task], Iterator[Answer]]]] = {
    Topic.VERDICTS: lambda asked, rule, _: reachable(asked, rule),
    Topic.LEARNING: lambda asked, rule, _: learning(asked, rule),
    Topic.ATOMS: lambda asked, rule, task: dead_atoms(asked, rule, task.atoms),
}
"""What is asked of each rule (`OF_RULE_TOPICS`)."""
OF_TRIAL: Final[Mapping[Topic, Callable[[Rulebook, Limits, Declared], Iterator[Answer]]]] = {
    Topic.GATE: gate_allows,
    Topic.CLAUSES: clauses,
    Topic.ALONE: alone,
    Topic.WINDOWS: windows,
    Topic.VERSIONS: amended,
}
"""What is asked of the rules together."""


class Task(NamedTuple):
    """What one process asks at a time: of a rule, or None of the rules together.

    Attributes:
        rule: the rule.
        topics: what is asked.
        atoms: the atoms that are asked about with this rule, each with all rules that rest on it.
    """

    rule: str | None
    topics: tuple[Topic, ...]
    atoms: Mapping[Place, tuple[str, ...]] = {}


def tasks_of(book: Rulebook, topics: Collection[Topic] = (), only: Collection[str] = ()) -> tuple[Task, ...]:
    """The work to be done, in the order of reports: each rule, then the rules together.

    An atom of a definition is asked about once, with the rule that takes the least time.

    Args:
        book: the rules, read with their meaning.
        topics: what is asked; everything without any.
        only: rules that are asked about alone, and not the rules together.
    """
    of_rule = tuple(one for one in OF_RULE if not topics or one in topics)
    together = tuple(one for one in OF_TRIAL if not only and (not topics or one in topics))
    names = [one.rule.id for one in book.latest.rules if not only or one.rule.id in only]
    users = users_of(book.latest.rules) if Topic.ATOMS in of_rule else {}
    first = {place: next(one for one in known if one in names) for place, known in users.items() if {*known} & {*names}}
    rules = [
        Task(name, of_rule, {place: users[place] for place, one in first.items() if one == name}) for name in names
    ]
    return (*(rules if of_rule else ()), *(Task(None, (one,)) for one in together))


def answers_to(book: Rulebook, task: Task, limits: Limits) -> Iterator[Answer]:
    """The answers to the questions of a task, one after the other. Raises: RuleFileError, of what is declared."""
    declared = read_declared(book.folder)
    if task.rule is None:
        for topic in task.topics:
            yield from (replace(one, topic=topic) for one in OF_TRIAL[topic](book, limits, declared))
        return
    asked = Joint(book, (task.rule,), limits, declared)
    for topic in task.topics:
        found = OF_RULE[topic](asked, book.latest.by_id[task.rule], task)
        yield from (replace(one, topic=topic, rule=task.rule) for one in found)


def prove(book: Rulebook, tasks: Collection[Task], limits: Limits, jobs: int = 1) -> Iterator[Answer]:
    """The answers to all questions, in their order.

    Args:
        book: the rules, read with their meaning; other processes read the same folder.
        tasks: what is asked (`tasks_of`).
        limits: how long each question may take, and within what records are sought.
        jobs: over how many processes the tasks are divided.
    """
    if min(jobs, len(tasks)) <= 1:
        for task in tasks:
            yield from answers_to(book, task, limits)
        return
    with workers(min(jobs, len(tasks))) as pool:
        for found in pool.map(_elsewhere, *zip(*((book.folder, task, limits) for task in tasks), strict=True)):
            yield from found


def _elsewhere(folder: Path, task: Task, limits: Limits) -> list[Answer]:
    return list(answers_to(_book(folder), task, limits))


@lru_cache(maxsize=1)
def _book(folder: Path) -> Rulebook:
    return rulebook(folder, cache=False)
