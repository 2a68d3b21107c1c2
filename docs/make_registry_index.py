"""Make `tests/rules/registry_words.txt`: the words of the registry record as digests, in their order.

    python docs/make_registry_index.py NCT07277114-registry-record.txt

The record itself is not part of the repository. With the digests, a test can say whether words are quoted verbatim from
it, and which of its sentences no rule is traced to. Each line is a word or a mark: four hexadecimal digits of its
SHA-256, and ``|`` where a sentence or an item may end.
"""

from __future__ import annotations

import re
import sys
from hashlib import sha256
from pathlib import Path

INDEX = Path(__file__).parents[1] / "tests" / "rules" / "registry_words.txt"
_END = re.compile(r"[•\d.①-⑳]")
_WORD = re.compile(r"\w+|[^\w\s]")


def digests(text: str) -> list[str]:
    """The words and marks of a text, each as its digest."""
    return [sha256(word.encode()).hexdigest()[:4] for word in _WORD.findall(text)]


def index(text: str) -> list[str]:
    """The words as digests, marked where a sentence or an item may end."""
    return [code + "|" * bool(_END.search(word)) for code, word in zip(digests(text), _WORD.findall(text), strict=True)]


def places(quote: str, words: list[str]) -> list[int]:
    """Where the words of a quote follow one another among digests, as places of the first."""
    wanted = digests(quote)
    return [start for start in range(len(words) - len(wanted) + 1) if words[start : start + len(wanted)] == wanted]


if __name__ == "__main__":
    INDEX.write_text("\n".join(index(Path(sys.argv[1]).read_text(encoding="utf-8"))) + "\n", encoding="utf-8")
