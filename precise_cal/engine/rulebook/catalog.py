"""What the program and a trial's folder are called in a language: a catalog, which English does without.

``chinese.yaml`` maps English to Chinese, as the folder has the English; what it lacks is said in English. No verdict
rests on it, and the hash of the rules leaves it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.language.catalog import ENGLISH, Catalog, message

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.yaml_source import YamlFile
    from precise_cal.language.wording import Language


def catalog_of(book: Rulebook, language: Language) -> Catalog:
    """What the program and a trial's folder say, in a language.

    Raises:
        RuleFileError: the folder's ``chinese.yaml`` is not as it should be.
    """
    if language == "en":
        return ENGLISH
    from precise_cal.language.house import house_texts

    labels = {text: one[language] for word, one in book.schema.labels.items() for text in (word, one["en"])}
    texts = {**house_texts(), **_spaced({**labels, **chinese_of(book.folder)})}
    return Catalog(language, {**texts, **_of_criteria(book, texts)})


def _spaced(texts: Mapping[str, str]) -> dict[str, str]:
    """The same, and words of the record as documents show them: blanks for what joins them."""
    return {**{text.replace("_", " "): one for text, one in texts.items()}, **texts}


def _of_criteria(book: Rulebook, texts: Mapping[str, str]) -> dict[str, str]:
    """Why a criterion that failed matters, which is one text with a blank for each criterion."""
    from precise_cal.engine.rulebook.deviations import criteria, filled

    text = failed_why(book)
    found = texts.get(text, text) if text else ""
    numbered = enumerate(criteria(book.loaded), 1) if text else ()
    return {
        filled(text, rule, place): filled(found, rule, place, texts.get(rule.kind, rule.kind))
        for place, rule in numbered
    }


def failed_why(book: Rulebook) -> str:
    """Why a criterion that failed matters, with blanks; empty where criteria have no deviations."""
    entry = book.loaded.deviations[0].criteria if book.loaded.deviations else None
    return entry.failed.why if entry else ""


def chinese_of(folder: Path) -> Mapping[str, str]:
    """The Chinese of a folder's texts; none where it has no such file.

    Raises:
        RuleFileError: the file is no mapping from texts to texts.
    """
    source = chinese_file(folder)
    return {} if source is None else source.data


def chinese_file(folder: Path) -> YamlFile | None:
    """The file of a folder's Chinese, a mapping from texts to texts; None where there is none.

    Raises:
        RuleFileError: the file is no such mapping.
    """
    from precise_cal.engine.rulebook.errors import RuleFileError
    from precise_cal.engine.rulebook.trial_folder import CHINESE
    from precise_cal.engine.rulebook.yaml_source import read_yaml

    path = folder / CHINESE
    if not path.exists():
        return None
    source = read_yaml(path, str(path))
    if not isinstance(source.data, dict):
        raise RuleFileError([(source.place(()), "should map English to Chinese: Contact at 1 month: 1 个月随访")])
    wrong = [name for name, one in source.data.items() if type(one) is not str]
    if wrong:
        raise RuleFileError(
            [(source.place((name,)), message('"{ $name }": should be text', name=name)) for name in wrong]
        )
    return source
