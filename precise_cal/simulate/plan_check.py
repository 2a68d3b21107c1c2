"""What is wrong with a plan for the trial that it stands beside: fields, words and rules that the trial has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.language.catalog import message
from precise_cal.protocol.near import hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.protocol.schema.tree import FieldSchema
    from precise_cal.simulate.plan import Plan, Spread
    from precise_cal.simulate.trial import Trial

    Location = tuple[str | int, ...]


def plan_problems(plan: Plan, trial: Trial) -> Iterator[tuple[Location, str]]:
    """Every problem, with its place in the file."""
    fields = {".".join(path): field for path, field in trial.fields.items()}
    for name, spread in plan.values.items():
        here: Location = ("values", name)
        if name in fields:
            yield from _about(spread, fields[name], fields, here)
        else:
            yield here, message("{ $name } is no field of the record{ $hint }", name=name, hint=hint(name, fields))
    first_day = plan.first_day or trial.first_day
    if plan.cutoff is not None and plan.cutoff.date() <= first_day:
        text = "{ $day } should lie after the first day of enrollment, { $first }"
        yield ("cutoff",), message(text, day=plan.cutoff.date(), first=first_day)
    rules = {one.id: one for one in (*trial.criteria, *trial.others)}
    for rule, words in plan.verdicts.items():
        if rule not in rules:
            yield ("verdicts", rule), message("{ $rule } is no rule{ $hint }", rule=rule, hint=hint(rule, rules))
            continue
        for word in words:
            if word not in rules[rule].words:
                yield (
                    ("verdicts", rule, word),
                    message(
                        "{ $rule } never says { $word }{ $hint }",
                        rule=rule,
                        word=word,
                        hint=hint(word, rules[rule].words),
                    ),
                )


def _about(
    spread: Spread, field: FieldSchema, fields: dict[str, FieldSchema], here: Location
) -> Iterator[tuple[Location, str]]:
    for word in spread.weights or {}:
        known = field.words or (("true", "false") if field.type.kind == "boolean" else ())
        if known and word not in known:
            yield (
                (*here, "weights", word),
                message("{ $word } is no word of this field{ $hint }", word=word, hint=hint(word, known)),
            )
    times = [name for name, one in fields.items() if one.is_moment]
    if spread.after is not None and spread.after not in times:
        yield (
            (*here, "after"),
            message(
                "{ $after } is no date or instant of the record{ $hint }",
                after=spread.after,
                hint=hint(spread.after, times),
            ),
        )
    if spread.after is not None and not field.is_moment:
        yield (*here, "after"), "`after` is for dates and instants"
    if spread.items is not None and not field.is_list:
        yield (*here, "items"), "`items` is for lists"
    inner = field.part.by_name if field.part else {}
    if spread.of is not None and spread.of not in inner:
        yield (
            (*here, "of"),
            message(
                "{ $of } is no field of the items of this list{ $hint }", of=spread.of, hint=hint(spread.of, inner)
            ),
        )
    for index, word in enumerate(spread.each if spread.of in inner else []):
        if word not in inner[spread.of or ""].words:
            yield (
                (*here, "each", index),
                message(
                    "{ $word } is no word of { $of }{ $hint }",
                    word=word,
                    of=spread.of,
                    hint=hint(word, inner[spread.of or ""].words),
                ),
            )
