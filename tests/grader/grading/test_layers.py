"""Arrows between the rooms of autograder/ go downwards only."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[3] / "autograder"
# From the top; rooms of one line do not know each other.
FLOORS = (
    ("cli",),
    ("prove",),
    ("build",),
    ("output",),
    ("grading",),
    ("diagnosis",),
    ("hidden", "mistakes"),
    ("suite",),
    ("intake",),
    ("sandbox",),
    ("model",),
)
FLOOR = {room: len(FLOORS) - height for height, floor in enumerate(FLOORS) for room in floor}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)
ALLOWED_FOR_HIDDEN = {"suite", "model"}


def rooms_imported(text, room, depth):
    """The rooms of autograder/ that ``text``, a module ``depth`` packages deep in ``room``, imports, itself apart."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level > depth:
            assert node.level == depth + 1, "an import from above the package"
            names = [f"autograder.{node.module or alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = [node.value]  # importlib.import_module("autograder.…")
        found |= {name.split(".")[1] for name in names if name.startswith("autograder.") and " " not in name}
    return {name for name in found if name in FLOOR or name == "student"} - {room}


def imported(path):
    parts = path.relative_to(PACKAGE).parts
    return parts[0], rooms_imported(path.read_text(encoding="utf-8"), parts[0], len(parts) - 1)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_what_lies_below(path):
    room, found = imported(path)
    if room == "student":
        assert not found, "student is shipped alone"
        return
    assert room in FLOOR, f"{room} has no place in the layout"
    assert "student" not in found or room == "build"
    above = {name for name in found - {"student"} if FLOOR[name] >= FLOOR[room]}
    assert not above, f"{room} imports {sorted(above)} from above or beside"
    if room == "sandbox":
        assert not found, "the sandbox knows no course"
    if room == "hidden":
        assert found <= ALLOWED_FOR_HIDDEN


WRONG = {
    "import autograder.cli.main": {"cli"},
    "from autograder.output import feedback": {"output"},
    "from autograder import prove": {"prove"},
    "from ..grading.engine import grade": {"grading"},
    "from .. import grading": {"grading"},
    "import importlib\nimportlib.import_module('autograder.hidden.circuits')": {"hidden"},
    "from . import wire\nimport numpy": set(),
}


@pytest.mark.parametrize(("text", "wanted"), WRONG.items(), ids=WRONG)
def test_the_reader_of_imports_sees_every_form(text, wanted):
    assert rooms_imported(text, "sandbox", 1) == wanted
