"""The notebooks as students run them: with right code from top to bottom, with stubs up to the first question."""

import contextlib
import json
import re
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.model.config import load_course

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "assignments").glob("*/notebook.py"))
BOOKS = [script.with_suffix(".ipynb") for script in SCRIPTS]
NAMES = [script.parent.name for script in SCRIPTS]
SHOWN = {"1_circuits": {"image/svg+xml", "image/png"}}
"""What a notebook must show at least once, where it is not pictures by matplotlib alone."""
ASSIGNMENTS = load_course(ROOT / "grading.yml").assignments
FOLDERS = {assignment.folder: name for name, assignment in ASSIGNMENTS.items()}


def code_cells(book):
    return [cell for cell in book.cells if cell.cell_type == "code"]


def outputs(book):
    return [output for cell in code_cells(book) for output in cell.outputs]


def printed(book):
    return "".join(output.text for output in outputs(book) if output.output_type == "stream")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a notebook in a course folder, the modules to hand in from ``source``, by a kernel of this interpreter."""
    nbclient = pytest.importorskip("nbclient", reason="notebooks are run with the development packages only")
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    def go(name, source):
        course = tmp_path / "course"
        shutil.copytree(ROOT / "solutions", course / "student_src", ignore=shutil.ignore_patterns("__pycache__"))
        for module in ASSIGNMENTS[FOLDERS[name]].modules:
            shutil.copy(ROOT / source / f"{module}.py", course / "student_src")
        folder = course / "assignments" / name
        for each in (name, "shared"):
            to = course / "assignments" / each
            shutil.copytree(ROOT / "assignments" / each, to, ignore=shutil.ignore_patterns("__pycache__"))
        kernels = tmp_path / "kernels"
        (kernels / "python3").mkdir(parents=True)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
        (kernels / "python3" / "kernel.json").write_text(json.dumps(spec))
        for variable in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
            monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
        manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(kernels)], ensure_native_kernel=False),
        )
        book = nbformat.read(folder / "notebook.ipynb", as_version=4)
        client = nbclient.NotebookClient(book, km=manager, timeout=120, resources={"metadata": {"path": str(folder)}})
        with contextlib.suppress(nbclient.exceptions.CellExecutionError):  # as "run all" does: no cell after it
            client.execute()
        return book

    return go


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_runs_to_its_end_with_the_reference(run, name):
    book = run(name, "solutions")
    text = printed(book)
    kinds = {kind for output in outputs(book) for kind in output.get("data", {})}
    assert [output for output in outputs(book) if output.output_type == "error"] == []
    assert all(cell.execution_count for cell in code_cells(book)), "it stopped before its end"
    assert "not written yet" not in text and "Traceback" not in text
    assert "ok  " in text and "LOOK" not in text, "a number that it prints is not the expected one"
    assert SHOWN.get(name, {"image/png"}) <= kinds


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_stops_at_the_first_question_that_is_a_stub(run, name):
    book = run(name, "student_src")
    ran = [cell for cell in code_cells(book) if cell.execution_count]
    assert ran == code_cells(book)[: len(ran)] and len(ran) < len(code_cells(book)), "it did not stop"
    assert [output for cell in ran[:-1] for output in cell.outputs if output.output_type == "error"] == []
    last = "".join(output.text for output in ran[-1].outputs if output.output_type == "stream").splitlines()[-1]
    line = re.fullmatch(r"(\w+)\.(\w+): not written yet – see student_src/(\w+)\.py, line \d+", last)
    assert line, "the last line names no question"
    assert line[1] == FOLDERS[name] and ASSIGNMENTS[line[1]].questions[line[2]].module == line[3]
    assert "Traceback" not in printed(book) and {output.output_type for output in ran[-1].outputs} == {"stream"}


@pytest.mark.parametrize("path", BOOKS, ids=NAMES)
def test_the_file_has_no_outputs_and_an_id_for_every_cell(path):
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    ids = [cell.id for cell in book.cells]
    assert outputs(book) == [] and len(set(ids)) == len(ids) > 10
    assert all(cell.execution_count is None for cell in code_cells(book))
    assert all(re.fullmatch(r"[0-9a-f]{12}", each) for each in ids)


@pytest.mark.parametrize("path", SCRIPTS, ids=NAMES)
def test_ids_stay_when_cells_are_edited(path):
    from autograder.build.notebooks import notebook

    text = path.read_text(encoding="utf-8")
    made = [notebook(each, "notebook.py", path.parent.name) for each in (text, text.replace("the", "their"))]
    one, two = (nbformat.reads(each, as_version=4) for each in made)
    assert made[0] != made[1] and [cell.id for cell in one.cells] == [cell.id for cell in two.cells]
