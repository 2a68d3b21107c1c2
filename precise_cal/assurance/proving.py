"""Every question about the rules of a trial: those of one rule over one solver, rules divided over processes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.assurance.answer import Topic
from precise_cal.assurance.prove import Joint, gate_allows, reachable
from precise_cal.engine.rulebook import rulebook
from precise_cal.files.workers import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from precise_cal.assurance.answer import Answer
    from precise_cal.assurance.prove import Limits
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook

OF_RULE: Final[Mapping[Topic, Callable[[Joint, ExecutableRule], Iterator[Answer]]]] = {Topic.VERDICTS: reachable}
"""What is asked of each rule."""
OF_TRIAL: Final[Mapping[Topic, Callable[[Rulebook, Limits], Iterator[Answer]]]] = {Topic.GATE: gate_allows}
"""What is asked of the rules together."""


class Task(NamedTuple):
    """What one process asks at a time: of a rule, or None of the rules together."""

    rule: str | None
    topics: tuple[Topic, ...]


def tasks_of(book: Rulebook, topics: Collection[Topic] = (), only: Collection[str] = ()) -> tuple[Task, ...]:
    """The work to be done, in the order of reports: each rule, then the rules together.

    Args:
        book: the rules, read with their meaning.
        topics: what is asked; everything without any.
        only: rules that are asked about alone, and not the rules together.
    """
    of_rule = tuple(one for one in OF_RULE if not topics or one in topics)
    together = tuple(one for one in OF_TRIAL if not only and (not topics or one in topics))
    names = [one.rule.id for one in book.latest.rules if not only or one.rule.id in only]
    return (*(Task(name, of_rule) for name in names if of_rule), *(Task(None, (one,)) for one in together))


def answers_to(book: Rulebook, task: Task, limits: Limits) -> Iterator[Answer]:
    """The answers to the questions of a task, one after the other."""
    if task.rule is None:
        for topic in task.topics:
            yield from OF_TRIAL[topic](book, limits)
        return
    asked = Joint(book, (task.rule,), limits)
    for topic in task.topics:
        yield from OF_RULE[topic](asked, book.latest.by_id[task.rule])


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
