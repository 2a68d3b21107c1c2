"""Criteria that a person answers: `attested` names where the record holds the answer, and stands for the condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.rulebook.rule_form import QueryEntry, RuleFile
from precise_cal.language.catalog import Verbatim, message, placed
from precise_cal.protocol.verdicts import CRITERIA, LADDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.rule_form import RuleEntry
    from precise_cal.engine.rulebook.yaml_source import YamlFile
    from precise_cal.protocol.schema.tree import FieldSchema, PartSchema, RecordSchema

    Problems = list[tuple[Place | None, str]]

ANSWER: Final = "answer"
CRITERION: Final = "criterion"
SIGNED: Final = {"by": "who answered", "at": "when it was answered"}
"""Fields without which an answer is nobody's, where the part has them; with what to ask for."""
LIST: Final = "attestations"
"""The list that `attested: true` means."""


def with_attested(file: RuleFile, source: YamlFile, schema: RecordSchema, problems: Problems) -> RuleFile:
    """The same file, in which each attested criterion has its condition, and the questions for its answer."""
    rules = []
    for index, rule in enumerate(file.rules):
        problem = None
        if rule.attested is not None:
            rule, problem = _attested(rule, schema)  # noqa: PLW2901 - the same rule, whole
        if problem is not None:
            problems.append((source.place(("rules", index, "attested")), placed(rule.id, problem)))
        rules.append(rule)
    return file.model_copy(update={"rules": rules})


def _attested(rule: RuleEntry, schema: RecordSchema) -> tuple[RuleEntry, str | None]:
    """The rule with its condition; and what is wrong with what it names."""
    if rule.kind not in CRITERIA:
        return rule, "only a criterion, inclusion or exclusion, can be attested"
    name = LADDERS[rule.kind].needed
    if rule.conditions or rule.for_each is not None:
        return rule, message(
            "what a person answers needs no condition and no scope: leave out { $name }, for_each", name=Verbatim(name)
        )
    path = LIST if rule.attested is True else str(rule.attested)
    field = schema.field(tuple(path.split(".")))
    if field is None:
        return rule, message(
            '"{ $path }" is no field of the record; it holds the answer, or a part or list with "{ $answer }"',
            path=path,
            answer=ANSWER,
        )
    problem = _form_problem(path, field)
    if problem is not None:
        return rule, problem
    condition = _condition(rule, path, field)
    return rule.model_copy(update={name: condition, "queries": [*rule.queries, *_questions(rule, path, field)]}), None


def _form_problem(path: str, field: FieldSchema) -> str | None:
    if field.type.kind == "boolean":
        return None
    answer = field.part.by_name.get(ANSWER) if field.part else None
    if answer is None or answer.type.kind != "boolean":
        return message(
            "{ $path } holds no answer: it should be a boolean, or a part or list of parts with a "
            'boolean "{ $answer }"',
            path=Verbatim(path),
            answer=ANSWER,
        )
    if field.rows is not None and CRITERION not in field.rows.by_name:
        return message(
            'the items of { $path } should say in "{ $criterion }" which criterion they answer',
            path=Verbatim(path),
            criterion=CRITERION,
        )
    return None


def _condition(rule: RuleEntry, path: str, field: FieldSchema) -> str:
    """What makes an inclusion criterion met, and an exclusion criterion present: that the answer to it is yes."""
    if field.is_list:
        mine = f"A.{CRITERION} = '{rule.id}'"
        answer = _answer("A", field.part)
        yes = f"{path} A aggregate found starting false: found or ({mine} and {answer})"
        no = f"{path} A aggregate found starting false: found or ({mine} and not ({answer}))"
        return (
            f"case\n  when ({yes}) and not ({no}) then true\n  when ({no}) and not ({yes}) then false\n  else null\nend"
        )
    return _answer(path, field.part)


def _answer(path: str, part: PartSchema | None) -> str:
    """The answer of a part; unknown where nobody stands for it."""
    if part is None:
        return path
    signed = [f"{path}.{name} is null" for name in SIGNED if name in part.by_name]
    answer = f"{path}.{ANSWER}"
    return f"(if {' or '.join(signed)} then null else {answer})" if signed else answer


def _questions(rule: RuleEntry, path: str, field: FieldSchema) -> Iterator[QueryEntry]:
    """What is asked while the answer is not there; of a list, for the list."""
    ask = f"The investigator answers: {rule.quote}"
    if field.is_list:
        yield QueryEntry(
            when=f"({_condition(rule, path, field)}) is null", field=path, ask=rule.ask or ask, item=None, values={}
        )
        return
    answer = f"{path}.{ANSWER}" if field.part else path
    yield QueryEntry(when=f"{answer} is null", field=answer, ask=rule.ask or ask, item=None, values={})
    known = field.part.by_name if field.part else {}
    for name, words in SIGNED.items():
        if name in known:
            when = f"{answer} is not null and {path}.{name} is null"
            yield QueryEntry(when=when, field=f"{path}.{name}", ask=f"{words}: {rule.quote}", item=None, values={})
