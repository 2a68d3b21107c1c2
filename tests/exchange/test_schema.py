"""`precise schema map`: what editors know of a map is what the program takes."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from precise_cal.exchange.form import MapForm

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLE = Path(__file__).parents[2] / "examples" / "import" / "map.yaml"


@pytest.fixture
def validator(precise: Callable[..., Any]) -> Draft202012Validator:
    schema = json.loads(precise("schema", "map").out)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture
def example() -> Any:
    return yaml.safe_load(EXAMPLE.read_text("utf-8"))


def test_the_example_fits(validator: Draft202012Validator, example: Any) -> None:
    assert list(validator.iter_errors(example)) == []


@pytest.mark.parametrize("form", ["xlsx", "redcap", "odm", "questionnaire"])
def test_the_maps_of_forms_fit(
    form: str, validator: Draft202012Validator, precise: Callable[..., Any], tmp_path: Path
) -> None:
    assert precise("crf", "--format", form, "--out", tmp_path / "form").status == 0
    made = yaml.safe_load((tmp_path / "form" / "map.yaml").read_text("utf-8"))
    assert list(validator.iter_errors(made)) == []


def test_a_column_a_list_and_a_field_are_written_in_each_way(validator: Draft202012Validator, example: Any) -> None:
    for source in ("a column", 7, {"from": "a column"}, {"from": ["a day", "a time"], "format": "yyyy/M/d H:mm"}):
        document = copy.deepcopy(example)
        document["tables"][0]["fields"]["site_id"] = source
        assert list(validator.iter_errors(document)) == []
        MapForm.model_validate(document)


@pytest.mark.parametrize(
    "change",
    [
        lambda map_: map_.pop("tables"),
        lambda map_: map_["tables"][0].pop("participant"),
        lambda map_: map_["tables"][0].update(feilds={}),
        lambda map_: next(iter(map_["sources"].values())).update(format="xls"),
        lambda map_: map_["tables"][0]["fields"].update(site_id={"from": True}),
    ],
)
def test_what_does_not_fit_is_seen_by_both(
    change: Callable[[Any], Any], validator: Draft202012Validator, example: Any
) -> None:
    change(example)
    assert list(validator.iter_errors(example)) != []
    with pytest.raises(ValueError, match="validation error"):
        MapForm.model_validate(example)
