"""grading.yml: the real file loads; every fault of it is one line that names the key's path."""

from pathlib import Path

import pytest

from autograder.model.config import DEMO_SECRET, load_course, question_ids
from autograder.model.errors import WrongUse

ROOT = Path(__file__).resolve().parents[3]
SMALL = """\
schema_version: 1
title: Small
secret: {variable: TEST_SECRET}
budget:
  item_wall: 5
assignments:
  circuits:
    title: Gates
    folder: 1_circuits
    modules: [gates]
    given: [doubles]
    points: 10
    questions:
      add:
        title: Add gate
        module: gates
        name: Add
        points: {public: 1, value: 3, purity: 1}
      sum:
        title: Sum
        module: gates
        name: total
        after: [add]
        points: {public: 0.5, value: 4.5}
"""
A = "assignments.circuits"
# name -> (old, new, what the line must hold)
BROKEN = {
    "unknown key": ("title: Small", "titel: Small\ntitle: Small", ["titel: unknown key"]),
    "unknown budget": ("item_wall: 5", "item_walls: 5", ["budget.item_walls: unknown key"]),
    "unknown key of a question": ("name: Add", "name: Add\n        hint: x", [f"{A}.questions.add.hint: unknown"]),
    "missing key": ("        name: Add\n", "", [f"{A}.questions.add.name: is missing"]),
    "missing secret": ("secret: {variable: TEST_SECRET}\n", "", ["secret: is missing"]),
    "no source of the secret": ("{variable: TEST_SECRET}", "{}", ["secret: give exactly one of"]),
    "two sources of the secret": ("{variable: TEST_SECRET}", "{variable: A, file: b}", ["secret: give exactly one"]),
    "text for a number": ("item_wall: 5", "item_wall: fast", ["budget.item_wall: ", "'fast'"]),
    "number for a text": ("title: Small", "title: 3", ["title: ", "string", "got 3"]),
    "list for a text": ("module: gates", "module: [gates]", [f"{A}.questions.add.module: "]),
    "text for a list": ("modules: [gates]", "modules: gates", [f"{A}.modules: "]),
    "no modules": ("modules: [gates]", "modules: []", [f"{A}.modules: "]),
    "no is false": ("title: Small", "title: no", ["title: ", "got False"]),
    "no for a secret": ("{variable: TEST_SECRET}", "{variable: no}", ["secret.variable: ", "got False"]),
    "quoted number": ("points: 10", "points: '10'", [f"{A}.points: "]),
    "yes for points": ("value: 3", "value: yes", [f"{A}.questions.add.points.value: "]),
    "negative points": ("value: 3", "value: -3", [f"{A}.questions.add.points.value: ", "greater than 0"]),
    "not a number": ("value: 3", "value: .nan", [f"{A}.questions.add.points.value: "]),
    "infinite wait": ("item_wall: 5", "item_wall: .inf", ["budget.item_wall: "]),
    "no wait": ("item_wall: 5", "item_wall: 0", ["budget.item_wall: "]),
    "half a timeout": ("item_wall: 5", "timeouts_per_question: 2.5", ["budget.timeouts_per_question: "]),
    "no memory": ("item_wall: 5", "memory: 1", ["budget.memory: "]),
    "points do not add up": ("points: 10", "points: 11", [f"{A}: points: the questions add up to 10, not to 11"]),
    "unknown property": ("purity: 1", "purify: 1", [f"{A}.questions.add.points: unknown property 'purify'"]),
    "no value": ("value: 3, ", "", [f"{A}.questions.add.points: the property 'value' is missing"]),
    "unknown prerequisite": ("after: [add]", "after: [mul]", [f"{A}: questions.sum.after: 'mul' is no question"]),
    "prerequisite below": ("name: Add", "name: Add\n        after: [sum]", [f"{A}: questions.add.after: 'sum'"]),
    "its own prerequisite": ("after: [add]", "after: [sum]", [f"{A}: questions.sum.after: 'sum'"]),
    "module of nobody": ("module: gates\n        name: Add", "module: gate\n        name: Add",
                         [f"{A}: questions.add.module: 'gate' is not one of"]),
    "evil module": ("modules: [gates]", "modules: [../gates]", [f"{A}.modules.0: "]),
    "evil key": ("      add:", "      Add gate:", [f"{A}.questions.Add gate: "]),
    "key twice": ("points: 10", "points: 10\n    points: 12", ["line ", "'points' is given twice"]),
    "question twice": ("      sum:", "      add:", ["line ", "'add' is given twice"]),
    "newer schema": ("schema_version: 1", "schema_version: 2", ["schema_version: "]),
    "unknown level": ("title: Small", "title: Small\nlevel: open", ["level: "]),
    "not YAML": ("questions:", "questions: [", ["line ", "not valid YAML"]),
    "a tag": ("title: Small", "title: !!python/object/apply:os.getcwd []", ["line 2", "not valid YAML"]),
    "an empty file": (SMALL, "", ["the file: "]),
    "a list": (SMALL, "- 1\n", ["the file: "]),
}  # fmt: skip


def load(folder, text):
    path = folder / "grading.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_course(path)


def refused(folder, text):
    with pytest.raises(WrongUse) as caught:
        load(folder, text)
    line = str(caught.value)
    assert line.startswith("grading.yml: ") and "\n" not in line
    return line


def test_the_real_file_loads():
    course = load_course(ROOT / "grading.yml")
    assert course.level == "sealed"
    ids = list(question_ids(course))
    assert len(ids) == len(set(ids)) and "circuits.multiply" in ids
    for assignment in course.assignments.values():
        total = sum(question.max_points for question in assignment.questions.values())
        assert total == pytest.approx(assignment.points) == 100


def test_the_small_file_of_this_table_loads(tmp_path):
    assert load(tmp_path, SMALL).assignment("circuits").prerequisites("sum") == ("add",)


@pytest.mark.parametrize(("old", "new", "parts"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_one_line_with_the_path_of_the_key(tmp_path, old, new, parts):
    assert old in SMALL
    line = refused(tmp_path, SMALL.replace(old, new, 1))
    for part in parts:
        assert part in line


def test_a_number_with_an_exponent_is_a_number(tmp_path):
    assert load(tmp_path, SMALL.replace("item_wall: 5", "item_wall: 1e-1")).budget.item_wall == 0.1


def test_bytes_that_are_no_text(tmp_path):
    assert "UTF-8" in refused(tmp_path, b"title: \xff\n")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(WrongUse, match=r"grading\.yml: cannot be read"):
        load_course(tmp_path / "grading.yml")


def test_an_unknown_assignment_is_told_those_there_are(tmp_path):
    with pytest.raises(WrongUse, match=r"no assignment 'mlp'.*circuits"):
        load(tmp_path, SMALL).assignment("mlp")


def test_prerequisites_reach_through_others():
    assignment = load_course(ROOT / "grading.yml").assignment("circuits")
    assert assignment.prerequisites("scale") == ("unbroadcast", "multiply")
    assert "unbroadcast" in assignment.prerequisites("sigmoid")
    assert assignment.prerequisites("exp") == ()


SECRETS = {"missing": None, "empty": "", "short": "fifteen letters"}


@pytest.mark.parametrize("value", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("source", ["variable", "file"])
def test_a_secret_that_is_missing_or_short_is_refused(tmp_path, monkeypatch, source, value):
    monkeypatch.delenv("TEST_SECRET", raising=False)
    place = "TEST_SECRET" if source == "variable" else "secret.txt"
    if value is not None:
        monkeypatch.setenv("TEST_SECRET", value)
        (tmp_path / "secret.txt").write_text(value + "\n")
    course = load(tmp_path, SMALL.replace("{variable: TEST_SECRET}", f"{{{source}: {place}}}"))
    with pytest.raises(WrongUse, match=rf"secret: .*{place} holds no secret of at least 16.*make one with") as caught:
        course.secret.read(tmp_path)
    assert not value or value not in str(caught.value)


def test_a_secret_is_read_from_its_place(tmp_path, monkeypatch):
    long = "a secret of this test alone"
    monkeypatch.setenv("TEST_SECRET", long)
    (tmp_path / "secret.txt").write_text(long + "\n")
    by_variable = load(tmp_path, SMALL)
    by_file = load(tmp_path, SMALL.replace("{variable: TEST_SECRET}", "{file: secret.txt}"))
    assert by_variable.secret.read(tmp_path) == by_file.secret.read(tmp_path) == long.encode() != DEMO_SECRET
