"""A rulebook as the text of a Python module: the functions of its conditions, and what judging by them needs.

Trees, parameters and the files as written are not in it: what asks for them reads the rules anew.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.compile import write_functions
from precise_cal.engine.cql.environment import Compiled
from precise_cal.engine.cql.module import Module, listed
from precise_cal.engine.record_types import classes_of, record_type
from precise_cal.engine.rulebook.edition import Edition
from precise_cal.engine.rulebook.looked import looked_text
from precise_cal.engine.rulebook.reading import allocation_rules, editions_of
from precise_cal.engine.rulebook.rulebook import Rulebook
from precise_cal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

BOOK: Final = "BOOK"
"""The name of the rulebook in the module."""


def written(book: Rulebook) -> str:
    """A rulebook as the source text of a module.

    Raises:
        RuleFileError: a rule is wrong.
        CqlError: the code of a condition becomes too long, or too deeply nested.
    """
    module, schema = Module(), book.schema
    classes = classes_of(record_type(schema, book.utc_offset_minutes))
    module.stand_for(schema, module.constant(schema, "of records"))
    made = f"{module.imported(record_type)}({module.expression(schema)}, {book.utc_offset_minutes})"
    module.add(f"CLASSES = {module.imported(classes_of)}({made})")
    for label, condition, reasons in book.functions():
        if condition not in module.labels:
            module.labels[condition] = label
        write_functions(module, (condition, reasons))
    _stand_for(book, module)
    module.add(f"{BOOK} = {module.call(Rulebook, _fields(book))}")
    assert all(classes[name] is one for name, one in module.classes.items())
    return module.source(_about(book))


def _stand_for(book: Rulebook, module: Module) -> None:
    """Expressions, with their functions in the place of their trees."""
    for _, condition, _ in book.functions():
        known = {reasons: module.names.get((condition, reasons)) for reasons in (False, True)}
        functions = ", ".join(f"{reasons}: {name}" for reasons, name in known.items() if name)
        given = (("code", condition.code), ("name", condition.name), ("scope", condition.scope))
        held = [f"{name}={module.expression(value)}" for name, value in given if value is not None]
        text = listed(f"{module.imported(Compiled)}(", [*held, f"functions={{{functions}}}"], ")")
        module.stand_for(condition, module.assigned(text, "condition", module.labels[condition]))
    for edition in editions_of(book):
        for rule in edition.rules:
            module.stand_for(rule, module.constant(rule, rule.rule.id))


def _fields(book: Rulebook) -> Iterator[tuple[str, Any]]:
    """What the kept rulebook is made of."""
    for one in fields(book):
        if not one.name.startswith("_") and one.name not in ("allocation", "looked"):
            yield one.name, getattr(book, one.name)
    yield "allocation", allocation_rules(book)
    yield "looked", looked_text(book)
    yield "_editions", dict(zip(book.timeline.keys, map(_kept, editions_of(book)), strict=True))
    yield "_roles", book.roles
    yield "_across", book.across


def _kept(edition: Edition) -> Edition:
    return Edition(edition.rules, edition.populations, edition.visits)


def _about(book: Rulebook) -> str:
    """The docstring: what was written, from which files, and by what."""
    study = f"{book.version.study_id}, {book.version.version}"
    lines = [
        f"Rules of {study}, as precise-cal {__version__} wrote them; not to be edited.",
        "",
        "From these files:",
        "",
    ]
    lines += [f"{digest}  {name}" for name, digest in book.loaded.files]
    text = "\n".join(lines).replace("\\", "/").replace('"', "'")
    return "".join(one if one.isprintable() or one == "\n" else "?" for one in text) + "\n"
