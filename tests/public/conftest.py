"""How the public tests find your code, and how `-m circuits` or `-m circuits.multiply` picks questions."""

import importlib
import os
import re
import sys
import traceback
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("BACKPROP_STUDENT", ROOT / "student_src")).resolve()
sys.path.insert(0, str(Path(__file__).parent))  # for public_checks


class Student:
    """Your modules: `student.gates` is `student_src.gates`, imported when a test first asks for it."""

    def __getattr__(self, module):
        if module.startswith("_"):
            raise AttributeError(module)
        if not (FOLDER / f"{module}.py").is_file():
            pytest.fail(f"{FOLDER.name} has no {module}.py: the name must be exactly this", pytrace=False)
        return importlib.import_module(f"student_src.{module}")


@pytest.fixture(scope="session")
def student():
    """The code under test: student_src, or the folder that BACKPROP_STUDENT names."""
    package = types.ModuleType("student_src")
    package.__path__ = [str(FOLDER)]
    sys.modules["student_src"] = package
    sys.path.insert(0, str(FOLDER))  # for hand-ins that say `from gates import Add`
    return Student()


def pytest_configure(config):
    """Register the one mark that the tests use."""
    config.addinivalue_line("markers", "question(id): the question that a test belongs to")


def pytest_itemcollected(item):
    """Turn `question("circuits.multiply")` into the marks `circuits` and `circuits.multiply`."""
    mark = item.get_closest_marker("question")
    if mark is None:
        return
    question = mark.args[0]
    for name in (question.partition(".")[0], question):
        line = f"{name}: tests of {name}"
        if line not in item.config.getini("markers"):
            item.config.addinivalue_line("markers", line)
        item.add_marker(name)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Say of a stub that it is not written yet, and where it is, instead of a traceback."""
    report = (yield).get_result()
    stub = call.excinfo and re.match(r"(\w+\.\w+): write ", str(call.excinfo.value))
    if stub and call.excinfo.errisinstance(NotImplementedError):
        place = traceback.extract_tb(call.excinfo.value.__traceback__)[-1]
        path = Path(place.filename)
        report.longrepr = f"{stub[1]}: not written yet – see {path.parent.name}/{path.name}, line {place.lineno}"
