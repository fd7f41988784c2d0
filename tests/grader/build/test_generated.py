"""Handout tables, notebooks and course.json: complete, deterministic, and silent about what is hidden."""

import json

import nbformat
import pytest

from autograder.build.course_json import course_json
from autograder.build.handout import BEGIN, END, handout
from autograder.build.notebooks import notebook
from autograder.model.config import PROPERTIES, load_course
from autograder.model.errors import WrongUse

SCRIPT = """# %% [markdown]
# # Title

# %% tags=["try"]
1 + 1

# %% deletable=false
# BEGIN SOLUTION
answer = 6 * 7
# END SOLUTION
"""


@pytest.fixture
def course(small):
    return load_course(small / "grading.yml")


def test_the_handout_table_has_a_row_per_question(small, course):
    text = (small / "assignments/1_circuits/README.md").read_text()
    filled = handout(text, "README.md", "circuits", course.assignment("circuits"))
    assert "| `circuits.multiply` | Multiply \\| gate | `gates.py` · `Multiply` | 5 | 1 | – |\n" in filled
    assert "| `circuits.total` | Total | `gates.py` · `total` | 5 | 0.5 | `multiply` |\n" in filled
    assert "| **10** | **1.5** |" in filled
    assert filled.startswith("# Circuits\n") and filled.endswith("The end.\n")
    assert handout(filled, "README.md", "circuits", course.assignment("circuits")) == filled


@pytest.mark.parametrize("text", ["nothing", BEGIN, f"{END}\n{BEGIN}\n", f"{BEGIN}\n{BEGIN}\n{END}\n"])
def test_a_handout_without_its_markers_is_refused(course, text):
    with pytest.raises(WrongUse, match=r"^README\.md: "):
        handout(text, "README.md", "circuits", course.assignment("circuits"))


def test_a_notebook_is_valid_deterministic_and_without_solution():
    text = notebook(SCRIPT, "notebook.py", "circuits")
    book = nbformat.reads(text, as_version=4)
    nbformat.validate(book)
    assert text == notebook(SCRIPT, "notebook.py", "circuits")
    assert "6 * 7" not in text and text.endswith("}\n")
    assert [cell.cell_type for cell in book.cells] == ["markdown", "code", "code"]
    assert [dict(cell.metadata) for cell in book.cells] == [{}, {"tags": ["try"]}, {}]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in book.cells[1:])
    assert book.metadata.kernelspec.name == "python3"
    assert "jupytext" not in text


def test_cell_ids_differ_by_place_and_assignment_and_not_by_content():
    def ids(script, name):
        return [cell.id for cell in nbformat.reads(notebook(script, "n.py", name), as_version=4).cells]

    assert len(set(ids(SCRIPT, "circuits"))) == 3
    assert ids(SCRIPT, "circuits") == ids(SCRIPT.replace("1 + 1", "2 + 2"), "circuits")
    assert not set(ids(SCRIPT, "circuits")) & set(ids(SCRIPT, "layers"))


def test_course_json_tells_points_and_hides_how_they_are_divided(course):
    text = course_json(course)
    data = json.loads(text)
    assert list(data["assignments"]) == ["circuits", "layers"]
    assert data["assignments"]["circuits"]["questions"][1] == {
        "id": "circuits.total",
        "title": "Total",
        "module": "gates",
        "name": "total",
        "points": 5.0,
        "public": 0.5,
        "after": ["circuits.multiply"],
    }
    assert not [name for name in PROPERTIES if name != "public" and f'"{name}"' in text]
    assert "SMALL_SECRET" not in text
    assert list(json.loads(course_json(course, "layers"))["assignments"]) == ["layers"]
