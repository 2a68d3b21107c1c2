"""YAML read safely and with positions: plain data, and where each piece of it stands.

Only what a rule file needs is accepted: mappings with text keys, lists and scalars. Tags (``!!python/…``), anchors and
aliases, duplicate keys and several documents are refused, so that a file cannot run code or grow without bound.
Numbers with a fraction stay text, and nothing but ``true`` and ``false`` is a truth value: ``NO`` is a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from precise_cal.engine.rulebook.errors import Place, RuleFileError
from precise_cal.engine.rulebook.trial_folder import as_read, digest
from precise_cal.files.regular import read_regular
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAX_BYTES: Final = 2_000_000
MAX_DEPTH: Final = 24

_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}
_INTEGER: Final = re.compile(r"-?(0|[1-9]\d{0,17})\Z", re.ASCII)
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Location = tuple[str | int, ...]
"""The path of a piece of data: mapping keys and list indices from the root."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A rule file as plain data, with the place of every value."""

    name: str
    sha256: str
    data: Any
    places: Mapping[Location, Place]

    def place(self, location: Location) -> Place:
        """The place of a value, or of the nearest one around it."""
        while location and location not in self.places:
            location = location[:-1]
        return self.places.get(location, Place(self.name, 1, 1))


def read_yaml(path: Path, name: str) -> YamlFile:
    """A rule file, called ``name`` in messages.

    Raises:
        RuleFileError: the file cannot be read, is no YAML, or holds what a rule file may not hold.
    """
    try:
        content = read_regular(path, MAX_BYTES + 1)
    except OSError as error:
        raise RuleFileError(
            [(None, message("{ $name }: cannot be read: { $strerror }", name=Verbatim(name), strerror=error.strerror))]
        ) from None
    return parse_yaml(content, name)


def parse_yaml(content: bytes, name: str) -> YamlFile:
    """The same for bytes already read. Raises: RuleFileError, as `read_yaml` does."""
    if len(content) > MAX_BYTES:
        raise RuleFileError(
            [
                (
                    None,
                    message(
                        "{ $name }: has { $count } bytes; a rule file has at most { $max_bytes }",
                        name=Verbatim(name),
                        count=f"{len(content):,}",
                        max_bytes=f"{MAX_BYTES:,}",
                    ),
                )
            ]
        )
    content = as_read(content)
    places: dict[Location, Place] = {}
    try:
        text = content.decode("utf-8")
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else None
        raise RuleFileError(
            [(place, message("is not valid YAML: { $value }", value=error.problem or error.context))]
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RuleFileError(
            [
                (
                    None,
                    message(
                        "{ $name }: is not valid YAML: { $splitlines }",
                        name=Verbatim(name),
                        splitlines=str(error).splitlines()[0],
                    ),
                )
            ]
        ) from None
    if root is None:
        raise RuleFileError([(None, message("{ $name }: is empty", name=Verbatim(name)))])
    data = _Builder(name, text.splitlines(), places, set()).build(root, ())
    return YamlFile(name, digest(content), data, places)


@dataclass(frozen=True, slots=True)
class _Builder:
    name: str
    lines: list[str]
    places: dict[Location, Place]
    seen: set[int]

    def build(self, node: yaml.Node, location: Location) -> Any:
        self.places[location] = place = self._place(node)
        if len(location) > MAX_DEPTH:
            raise RuleFileError([(place, message("is nested deeper than { $max_depth } levels", max_depth=MAX_DEPTH))])
        if id(node) in self.seen:
            raise RuleFileError([(place, "aliases (&name and *name) are not allowed in rule files: repeat the value")])
        self.seen.add(id(node))
        if not node.tag.startswith("tag:yaml.org,2002:") or ":python/" in node.tag:
            raise RuleFileError([(place, message("tags are not allowed in rule files: remove { $tag }", tag=node.tag))])
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*location, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise RuleFileError([(self._place(key_node), "a key should be a word")])
            key = key_node.value
            if key in result:
                raise RuleFileError([(self._place(key_node), message('the key "{ $key }" stands twice', key=key))])
            result[key] = self.build(value_node, (*location, key))
        return result

    def _place(self, node: yaml.Node) -> Place:
        """Where the text itself begins: behind a quote, or on the line after the bar of a block."""
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        style = getattr(node, "style", None) if isinstance(node, yaml.ScalarNode) else None
        if style in ("'", '"'):
            return Place(self.name, line, column + 1)
        if style in ("|", ">"):
            first = next((text for text in self.lines[line:] if text.strip()), "")
            return Place(self.name, line + 1, len(first) - len(first.lstrip(" ")) + 1)
        return Place(self.name, line, column)


def _scalar(node: yaml.ScalarNode) -> str | int | bool | None:
    text: str = node.value
    if node.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.match(text) else text
