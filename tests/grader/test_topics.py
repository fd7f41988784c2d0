"""assignments/README.md: every topic of the lecture notes leads to questions, and all that it names is there."""

import operator
import re
from pathlib import Path

import pytest

import solutions
from autograder.grading.instrument import use_instrument
from autograder.model.config import load_course

ROOT = Path(__file__).resolve().parents[2]
COURSE = load_course(ROOT / "grading.yml")
WRITTEN = {
    f"{name}.{key}": f"{question.module}.{question.name}"
    for name, assignment in COURSE.assignments.items()
    for key, question in assignment.questions.items()
}
NOTES = range(5)


def tables():
    """Yield (heading, rows) of each table of the page; a row is the list of its cells."""
    text = (ROOT / "assignments" / "README.md").read_text(encoding="utf-8")
    for part in re.split(r"\n(?=#|\*\*)", text):
        heading, _, body = part.partition("\n")
        rows = [line.strip().strip("|").split(" | ") for line in body.splitlines() if line.startswith("|")]
        if rows:
            yield heading, [[cell.strip() for cell in row] for row in rows[2:]]


TABLES = dict(tables())
TOPICS = {heading: rows for heading, rows in TABLES.items() if heading.startswith("### Note")}
QUESTIONS = {
    row[0].strip("`"): row for heading, rows in TABLES.items() if heading.startswith("**") for row in rows
}


def test_each_of_the_five_notes_has_its_topics():
    assert [heading[9] for heading in TOPICS] == [str(number) for number in NOTES]
    assert all(len(rows) >= 20 for rows in TOPICS.values())


@pytest.mark.parametrize("heading", TOPICS)
def test_a_topic_names_questions_and_what_is_written_for_them(heading):
    for topic, cell in TOPICS[heading]:
        named = re.findall(r"`([\w.]+)` \(`([\w.]+)`\)", cell)
        assert named, f"{topic}: no question"
        assert len(named) == cell.count("(")
        assert [(key, WRITTEN.get(key)) for key, _ in named] == named, topic


def test_every_question_belongs_to_a_topic_and_stands_in_the_list():
    of_topics = {key for rows in TOPICS.values() for row in rows for key in re.findall(r"`(\S+)` \(`", row[1])}
    assert of_topics == set(WRITTEN) == set(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_a_question_asks_for_exists(question):
    assert QUESTIONS[question][1] == f"`{WRITTEN[question]}`"
    module, _, name = WRITTEN[question].partition(".")
    __import__(f"solutions.{module}")
    assert callable(operator.attrgetter(name)(getattr(solutions, module)))


@pytest.mark.parametrize("name", COURSE.assignments)
def test_the_tests_named_are_those_that_grade_it(name):
    found = {}

    def work(instrument):
        for each in instrument.collected.items:
            function = "test_" + each.id.split("/", 2)[2].partition("[")[0]
            found.setdefault(each.question, {"public": [], "hidden": []})[each.visibility].append(function)

    use_instrument(ROOT, name, b"a secret of this test alone", work)
    for key, kinds in found.items():
        cells = [", ".join(f"`{each}`" for each in dict.fromkeys(kinds[kind])) for kind in ("public", "hidden")]
        assert QUESTIONS[key][2:] == cells, f"{key}: the row in assignments/README.md must end with these tests"
