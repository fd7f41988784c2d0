"""results/<id>.json: the same text for the same result, read back whole, and a damaged one is named."""

import json

import pytest

from autograder.model.errors import GraderFault
from autograder.model.result import Run, read_result
from tests.grader.output import examples

ALL = examples.results()
IDS = [each.submission.id for each in ALL]


@pytest.mark.parametrize("result", ALL, ids=IDS)
def test_a_result_is_read_back_as_it_was(result):
    text = result.to_json()
    again = read_result(text, "x.json")
    assert again == result and again.to_json() == text
    assert text.endswith("}\n") and "\r" not in text


@pytest.mark.parametrize("result", ALL, ids=IDS)
def test_only_the_run_block_tells_two_runs_apart(result):
    other = result.model_copy(update={"run": Run(started="later", seconds=9.0, item_seconds={"x": 1.0})})
    assert other.to_json() != result.to_json()
    assert other.without_run() == result.without_run() and "run" not in result.without_run()


def test_keys_are_sorted_and_a_fault_has_no_score():
    fault = next(each for each in ALL if each.status == "grader fault")
    document = json.loads(fault.to_json())
    assert document["score"] is None
    assert list(document) == sorted(document)


DAMAGED = {
    "half": lambda text: text[: len(text) // 2],
    "empty": lambda _: "",
    "other schema": lambda text: text.replace('"schema_version": 1', '"schema_version": 2'),
    "unknown key": lambda text: text.replace('"schema_version": 1', '"schema_version": 1, "more": 1'),
    "a list": lambda _: "[]",
    "unknown outcome": lambda text: text.replace('"outcome": "passed"', '"outcome": "fine"'),
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_result_is_a_fault_of_ours_that_names_the_file(damage):
    text = next(each for each in ALL if each.score == each.max_score).to_json()
    damaged = damage(text)
    assert damaged != text
    with pytest.raises(GraderFault, match=r"anna\.json is no result of schema 1"):
        read_result(damaged, "anna.json")
