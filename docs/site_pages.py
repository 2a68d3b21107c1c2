"""What makes a site of these pages: mkdocs calls it (`hooks` in mkdocs.yml).

The pages beside this folder (README, CONTRIBUTING, …) become pages of the site, and links between them and those in
`docs/`, which are written for the repository, are turned to where the pages stand in the site. A link to a file that is
no page, such as a module, stays as the words it had.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
BESIDE = {
    "README.md": "overview.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "benchmarks/README.md": "benchmarks.md",
}
"""Pages of the repository that do not stand in docs/, with their names in the site; its first page is docs/index.md."""
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s:#]+)(#[^()\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The pages beside this folder are pages of the site."""
    for file, name in BESIDE.items():
        files.append(File.generated(config, name, content=(ROOT / file).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, files: Files, **_others: Any) -> str:
    """Links as the site has them."""
    place = page.file.src_uri
    file = next((file for file, name in BESIDE.items() if name == place), f"docs/{place}")
    return _LINK.sub(lambda link: _turned(link, posixpath.dirname(file), files), markdown)


def _turned(link: re.Match[str], folder: str, files: Files) -> str:
    words, target, anchor = link.group(1), link.group(2), link.group(3) or ""
    file = posixpath.normpath(posixpath.join(folder, target))
    name = BESIDE.get(file, file.removeprefix("docs/"))
    if files.get_file_from_path(name) is not None:
        return f"[{words}]({name}{anchor})"
    return words if (ROOT / file).exists() else link.group(0)
