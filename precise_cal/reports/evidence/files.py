"""The validation pack of a trial's rules in each of its formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from precise_cal.reports.evidence.document import pack_document
from precise_cal.reports.evidence.workbook import pack_workbook
from precise_cal.reports.html import as_html
from precise_cal.reports.pdf import as_pdf
from precise_cal.reports.spoken import spoken

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.language.catalog import Catalog
    from precise_cal.protocol.rules_pack import RulesPack


def pack_files(pack: RulesPack, title: str, catalog: Catalog, font: Path | None = None) -> dict[str, bytes]:
    """The files of a pack by name.

    Args:
        pack: what is known of the rules.
        title: what the study is called for short.
        catalog: of the language of page, PDF and workbook.
        font: a file with the characters that the fonts of the PDF lack.

    Raises:
        GlyphError: no font has the characters of the language.
    """
    document = spoken(pack_document(pack, title), catalog)
    return {
        "rules.html": as_html(document).encode(),
        "rules.pdf": as_pdf(document, font),
        "rules.xlsx": pack_workbook(pack, catalog),
        "rules.json": orjson.dumps(pack, option=orjson.OPT_INDENT_2) + b"\n",
    }
