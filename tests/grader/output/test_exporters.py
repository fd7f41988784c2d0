"""Gradebook, Gradescope and JSON: sums, empty scores, evil names, the documented format."""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
from importlib import resources
from typing import Any

import pytest

from autograder.model.errors import GraderFault
from autograder.model.result import Diagnosis, Outcome, PersonRecord, Result, Run
from autograder.output import EXPORTERS, grades_csv, results_json
from tests.grader.output import examples

ALL = examples.results()
SCORED = [each for each in ALL if each.score is not None]
EVIL = [
    '=cmd|"/c calc"!A1',
    '"; DROP, TABLE',
    "two\nlines",
    "+49",
    "-x",
    "@y",
    "\t=z",
    "\u202eabc",
    "<b>Bobby</b>",
    "O'Neil",
]
SCHEMA: dict[str, Any] = json.loads(
    resources.files("autograder.output.exporters").joinpath("gradescope.schema.json").read_text()
)
KINDS = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int}


def problems(value: Any, schema: dict[str, Any], where: str = "$") -> list[str]:
    """What in ``value`` is not as ``schema`` says; knows the keywords that the file uses, and refuses others."""
    if "$ref" in schema:
        return problems(value, SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]], where)
    found = []
    for keyword, wanted in schema.items():
        match keyword:
            case "type":
                kinds = wanted if isinstance(wanted, list) else [wanted]
                fits = any(isinstance(value, KINDS[kind]) for kind in kinds) and not isinstance(value, bool)
                found += [] if fits else [f"{where}: no {wanted}"]
            case "enum":
                found += [] if value in wanted else [f"{where}: {value!r}"]
            case "minimum":
                found += [] if value >= wanted else [f"{where}: below {wanted}"]
            case "maxLength":
                found += [] if len(str(value)) <= wanted else [f"{where}: too long"]
            case "required":
                found += [f"{where}: no {key}" for key in wanted if key not in value]
            case "additionalProperties":
                found += [f"{where}: unknown {key}" for key in value if key not in schema["properties"]]
            case "properties":
                found += [
                    p
                    for key, sub in wanted.items()
                    if key in value
                    for p in problems(value[key], sub, f"{where}.{key}")
                ]
            case "items":
                found += [p for at, each in enumerate(value) for p in problems(each, wanted, f"{where}[{at}]")]
            case "title" | "$schema" | "$defs":
                pass
            case _:
                raise AssertionError(f"unknown keyword {keyword}")
    return found


def gradescope(result: Result, hidden: str = "after_due_date") -> dict[str, Any]:
    document = json.loads(results_json(result, examples.assignment(hidden)))
    assert problems(document, SCHEMA) == []
    return document


def with_people(result: Result, *names: str) -> Result:
    people = tuple(PersonRecord(name=name, sid=name[::-1]) for name in names)
    return examples.with_submission(result, people=people)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_the_validator_finds_faults() -> None:
    wrong = {
        "output": 3,
        "tests": [{"name": "x", "number": 1, "output": "", "visibility": "seen"}],
        "more": 1,
        "score": -1,
    }
    assert len(problems(wrong, SCHEMA)) == 5


def test_csv_has_a_row_per_hand_in_sorted_with_a_column_per_question() -> None:
    text = grades_csv(ALL, examples.assignment())
    table = rows(text)
    assert [row["submission"] for row in table] == sorted(each.submission.id for each in ALL)
    assert list(table[0]) == [
        "submission", "name", "id", "score", "max_score", "status", *(f"circuits.{key}" for key in examples.QUESTIONS)
    ]  # fmt: skip
    assert "\r" not in text and text.endswith("\n")


@pytest.mark.parametrize("result", SCORED, ids=lambda each: each.submission.id)
def test_csv_questions_add_up_to_the_score(result: Result) -> None:
    (row,) = rows(grades_csv([result], examples.assignment()))
    assert float(row["score"]) == result.score
    assert math.fsum(float(row[f"circuits.{key}"]) for key in examples.QUESTIONS) == result.score


def test_csv_leaves_the_score_of_a_fault_empty_and_never_writes_a_zero_for_it() -> None:
    (row,) = rows(grades_csv([examples.fault()], examples.assignment()))
    assert (row["score"], row["circuits.matmul"], row["status"]) == ("", "", "grader fault")
    assert row["circuits.add"] == "6"


def test_csv_of_nothing_is_its_header() -> None:
    (header,) = csv.reader(io.StringIO(grades_csv([], examples.assignment())))
    assert header[:6] == ["submission", "name", "id", "score", "max_score", "status"]


@pytest.mark.parametrize("name", EVIL)
def test_csv_comes_back_from_evil_names_without_a_formula(name: str) -> None:
    result = with_people(ALL[0], "Ada", name)
    (row,) = rows(grades_csv([result], examples.assignment()))
    assert float(row["score"]) == result.score
    for value in (*row["name"].split("; "), row["name"], row["id"]):
        assert value[:1] not in set("=+-@\t\r")
    assert row["name"].startswith("Ada; ")


def test_csv_joins_the_people_of_a_group() -> None:
    (row,) = rows(grades_csv([with_people(ALL[0], "Emil", "Freja")], examples.assignment()))
    assert (row["name"], row["id"]) == ("Emil; Freja", "limE; ajerF")


@pytest.mark.parametrize("result", SCORED, ids=lambda each: each.submission.id)
def test_gradescope_sums(result: Result) -> None:
    document = gradescope(result)
    assert math.fsum(test["score"] for test in document["tests"]) == pytest.approx(result.score, abs=1e-9)
    assert math.fsum(test["max_score"] for test in document["tests"]) == examples.TOTAL
    assert document["score"] == result.score
    for test in document["tests"]:
        assert (test["status"] == "passed") == (test["score"] == test["max_score"])


def test_gradescope_has_a_public_and_a_hidden_test_per_question_with_the_policy_of_each() -> None:
    tests = gradescope(ALL[0])["tests"]
    assert [test["number"] for test in tests[:4]] == ["1.1", "1.2", "2.1", "2.2"]
    assert tests[4]["name"] == "circuits.multiply — Multiply gate (public tests)"
    assert {(test["number"][-1], test["visibility"]) for test in tests} == {
        ("1", "visible"),
        ("2", "after_due_date"),
    }


def test_gradescope_gives_no_score_at_all_for_a_fault_and_tells_only_the_staff_why() -> None:
    document = gradescope(examples.fault())
    (test,) = document["tests"]
    assert "score" not in document and "score" not in test and "max_score" not in test
    assert test["visibility"] == "hidden"
    assert "the nursery did not answer within 10 s" in test["output"]
    assert "nursery" not in document["output"].lower()
    assert "not a 0" in document["output"]


def test_gradescope_tells_nothing_of_hidden_tests_where_students_look_before_the_date() -> None:
    result = next(each for each in ALL if each.submission.id == "dara-okafor")
    document = gradescope(result)
    shown = json.dumps([document["output"], *(t["output"] for t in document["tests"] if t["visibility"] == "visible")])
    assert "62" not in shown and "10 of 14" not in shown
    assert "Each factor" not in shown and "broadcast" not in shown
    later = [test["output"] for test in document["tests"] if test["visibility"] != "visible"]
    assert any("Each factor's gradient" in text for text in later)
    assert "62 of 91" in gradescope(result, "visible")["output"]


def test_gradescope_shows_public_items_with_their_id_and_hidden_ones_without() -> None:
    result = next(each for each in ALL if each.submission.id == "bela-toth")
    public, hidden = gradescope(result)["tests"][4:6]
    assert "circuits\\.multiply\\.public\\_1" in public["output"]
    assert "value\\_1" not in hidden["output"] and "*Hint:*" in hidden["output"]


def test_gradescope_escapes_what_students_chose() -> None:
    evil = "<img src=x onerror=1> [click](http://evil) **bold** \x1b[31m"
    base = examples.result("eve", lost={"multiply": ("public", "value")})
    items = tuple(item.model_copy(update={"message": evil if item.message else ""}) for item in base.items)
    questions = tuple(
        each.model_copy(update={"diagnosis": Diagnosis(mistake="m", sentence=evil)}) if each.diagnosis else each
        for each in base.questions
    )
    outputs = "".join(
        test["output"] for test in gradescope(base.model_copy(update={"items": items, "questions": questions}))["tests"]
    )
    assert "&lt;img src\\=x" in outputs
    assert "<img" not in outputs and "[click]" not in outputs and "**bold**" not in outputs and "\x1b" not in outputs


def test_gradescope_stays_below_its_limit_however_much_there_is_to_say() -> None:
    long = "<" * 5000
    base = examples.result("eve", lost={key: tuple(points) for key, (_, points, _) in examples.QUESTIONS.items()})
    items = tuple(item.model_copy(update={"message": long, "hint": long}) for item in base.items)
    text = results_json(base.model_copy(update={"items": items, "summary": long}), examples.assignment())
    assert len(text) < 100_000
    assert json.loads(text)["score"] == base.score


def test_gradescope_refuses_points_that_do_not_add_up() -> None:
    with pytest.raises(GraderFault, match="adds up"):
        results_json(ALL[0].model_copy(update={"score": 1.0}), examples.assignment())


def test_a_question_not_attempted_is_told_in_short() -> None:
    result = next(each for each in ALL if each.status == "not attempted")
    assert {test["output"] for test in gradescope(result)["tests"]} == {"Not attempted yet\\."}


def test_gradescope_archive_has_a_document_for_each_under_safe_names() -> None:
    evil = examples.with_submission(ALL[0], id="../../etc/passwd")
    content = EXPORTERS["gradescope"].write([*ALL[1:], evil], examples.assignment())
    assert isinstance(content, bytes)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        names = file.namelist()
        assert len(names) == len(ALL)
        assert all(".." not in name and not name.startswith("/") for name in names)
        assert json.loads(file.read("hana-kim/results.json"))["extra_data"]["status"] == "grader fault"


def test_json_holds_every_result_whole() -> None:
    document = json.loads(EXPORTERS["json"].write(ALL, examples.assignment()))
    assert [Result.model_validate_json(json.dumps(each)) for each in document["results"]] == sorted(
        ALL, key=lambda each: each.submission.id
    )


@pytest.mark.parametrize("name", EXPORTERS)
def test_the_order_of_results_changes_no_byte(name: str) -> None:
    write = EXPORTERS[name].write
    assert write(ALL, examples.assignment()) == write(ALL[::-1], examples.assignment())


def test_the_run_block_changes_nothing_but_time_and_level() -> None:
    other = [each.model_copy(update={"run": Run(seconds=99, level="process", machine="m")}) for each in SCORED]
    assert grades_csv(other, examples.assignment()) == grades_csv(SCORED, examples.assignment())
    for before, after in zip(SCORED, other, strict=True):
        first, second = gradescope(before), gradescope(after)
        for document in (first, second):
            del document["execution_time"], document["extra_data"]["level"]
        assert first == second


def test_every_outcome_has_an_example() -> None:
    assert {item.outcome for each in ALL for item in each.items} == set(Outcome)
