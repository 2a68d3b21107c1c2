"""Everything that the desk says has Chinese beside it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import yaml

import precise_cal.desk
from precise_cal.desk.roles import ROLES
from precise_cal.language.house import house_texts
from precise_cal.language.wording import read_pattern

ROOM = Path(precise_cal.desk.__file__).parent
_CALL = re.compile(r"""\bt\(("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
_SHOWN_ELSEWHERE = ("cli", "settings.py", "home.py", "setup.py", "run.py", "beside.py", "init.py", "grants.py")
"""Whose messages are told on the command line."""


_TELLING = ("DeskError", "OtherSiteError", "message")


def said() -> set[str]:
    """The texts of templates, and those of Python that pages show."""
    texts = {ast.literal_eval(one) for file in ROOM.rglob("*.html") for one in _CALL.findall(file.read_text("utf-8"))}
    for file in ROOM.rglob("*.html"):
        texts |= {one for one in re.findall(r'"([A-Z][^"{}<>]+\.)"', file.read_text("utf-8")) if " " in one}
    for file in ROOM.rglob("*.py"):
        if file.name not in _SHOWN_ELSEWHERE and "migrations" not in file.parts:
            texts |= set(_told(ast.parse(file.read_text("utf-8"))))
    return texts | set(ROLES)


def _told(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if (
                name in ("DeskError", "OtherSiteError", "message")
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.append(node.args[0].value)
        if isinstance(node, ast.List):
            texts = [one.value for one in node.elts if isinstance(one, ast.Constant)]
            found += [one for one in texts if isinstance(one, str) and one.endswith(".") and " " in one]
        target = node.target if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [None])[0]
        if isinstance(node, ast.Assign | ast.AnnAssign) and getattr(target, "id", "") in ("MEANINGS", "_PAGES"):
            assert node.value is not None
            constants = [one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant)]
            found += [one for one in constants if not one.startswith("/")]
    return found


def test_every_text_has_chinese_with_the_same_places() -> None:
    chinese = yaml.safe_load((ROOM / "chinese.yaml").read_text("utf-8"))
    assert sorted(said() - chinese.keys() - house_texts().keys()) == []
    for english, text in chinese.items():
        assert set(re.findall(r"\$\w+", english)) == set(re.findall(r"\$\w+", text)), english
        read_pattern(text, "zh")


def test_no_chinese_stands_there_in_vain() -> None:
    chinese = yaml.safe_load((ROOM / "chinese.yaml").read_text("utf-8"))
    by_value = {"password", "passkey", "password and code", "link", "yes", "no", "unknown", "session (demonstration)"}
    assert sorted(chinese.keys() - said() - by_value) == []
