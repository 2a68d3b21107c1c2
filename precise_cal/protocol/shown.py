"""A value of a record as messages show it."""

from __future__ import annotations

from typing import Any, Final

_MOST: Final = 80


def shown(value: Any) -> str:
    """A value as JSON, in at most 80 characters, without what a terminal would interpret."""
    text = _json_text(value)
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"


def _json_text(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value if value.isprintable() else value.encode("unicode_escape").decode("ascii")}"'
    if isinstance(value, dict):
        is_plain = not any(isinstance(one, dict | list) for one in value.values())
        return (
            "{" + ", ".join(f'"{name}": {_json_text(one)}' for name, one in value.items()) + "}"
            if is_plain
            else "{ … }"
        )
    if isinstance(value, list):
        return "[ … ]" if value else "[]"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
