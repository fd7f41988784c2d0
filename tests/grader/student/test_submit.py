"""`backprop submit`: looks first, then makes a zip of exactly the right files, and spoils nothing."""

import sys
import zipfile

import pytest

from autograder import student

MODULES = ["gates.py", "graph.py", "numeric.py", "gate_tests.py"]


def names(path):
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_the_zip_holds_the_modules_and_the_notebook(bundle, run, solve):
    solve("Exp")
    (bundle / "student_src/scratch.py").write_text("x = 1\n")
    with_notebook = ["notebook.ipynb"] if (bundle / "notebook.ipynb").exists() else []
    done = run("submit")
    assert (done.returncode, done.stderr) == (0, "")
    assert names(bundle / "circuits.zip") == sorted([*MODULES, *with_notebook])
    with zipfile.ZipFile(bundle / "circuits.zip") as archive:
        assert archive.read("gates.py") == (bundle / "student_src/gates.py").read_bytes()
    assert "Not attempted: circuits.unbroadcast, " in done.stdout
    assert "circuits.exp" not in done.stdout
    assert "circuits.zip is ready to hand in. In it: gate_tests.py, gates.py, graph.py" in done.stdout


def test_the_same_files_make_the_same_zip_and_an_own_zip_is_replaced(bundle, capsys):
    assert student.main(["submit"]) == 0
    first = (bundle / "circuits.zip").read_bytes()
    assert student.main(["submit", "-o", "again.zip"]) == 0
    assert (bundle / "again.zip").read_bytes() == first
    with (bundle / "student_src/gates.py").open("a") as file:
        file.write("x = 1\n")
    assert student.main(["submit"]) == 0
    assert (bundle / "circuits.zip").read_bytes() != first


def test_a_bundle_without_a_notebook_is_fine(bundle, capsys):
    (bundle / "notebook.ipynb").unlink(missing_ok=True)
    assert student.main(["submit"]) == 0
    assert names(bundle / "circuits.zip") == sorted(MODULES)


@pytest.mark.parametrize(
    ("module", "text", "sentence"),
    [
        ("gates", "def f(:\n", "student_src/gates.py, line 1: invalid syntax"),
        ("numeric", "import no_such_package\n", "student_src/numeric.py does not import: ModuleNotFoundError: "),
        ("numeric", "raise SystemExit(0)\n", "student_src/numeric.py does not import: SystemExit: 0 (line 1)"),
        ("numeric", "import os\nos._exit(7)\n", "student_src/numeric.py does not import: Python ended with status 7"),
        ("numeric", None, "student_src/numeric.py is missing"),
        ("numeric", "from . import scratch\n", "student_src/numeric.py uses scratch.py, which is not handed in: move"),
        ("numeric", "x = 1\0\n", "student_src/numeric.py"),
    ],
)
def test_a_broken_module_stops_the_zip_unless_anyway(bundle, capsys, module, text, sentence):
    path = bundle / f"student_src/{module}.py"
    path.unlink()
    (bundle / "student_src/scratch.py").write_text("x = 1\n")
    if text is not None:
        path.write_text(text)
    assert student.main(["submit"]) == 2
    captured = capsys.readouterr()
    assert sentence in captured.out and "--anyway" in captured.err and captured.err.count("\n") == 1
    assert not (bundle / "circuits.zip").exists()
    assert student.main(["submit", "--anyway"]) == 0
    assert (f"{module}.py" in names(bundle / "circuits.zip")) == (text is not None)


@pytest.mark.slow
def test_an_import_that_never_ends_is_named(bundle, capsys, monkeypatch):
    monkeypatch.setattr(sys.modules["autograder.student.submit"], "IMPORT_LIMIT", 2.0)
    (bundle / "student_src/numeric.py").write_text("while True:\n    pass\n")
    assert student.main(["submit"]) == 2
    assert "student_src/numeric.py does not import: it took more than 2 s" in capsys.readouterr().out


@pytest.mark.parametrize("place", ["out.tar", "missing/out.zip", "notes.zip", "other.zip", "folder.zip"])
def test_nothing_of_somebody_else_is_overwritten(bundle, capsys, place):
    (bundle / "notes.zip").write_text("mine")
    (bundle / "folder.zip").mkdir()
    with zipfile.ZipFile(bundle / "other.zip", "w") as archive:
        archive.writestr("thesis.txt", "three years of work")
    before = {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    assert student.main(["submit", "-o", place]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and captured.out == ""
    assert {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()} == before


def test_there_must_be_something_to_hand_in(bundle, capsys):
    for module in MODULES:
        (bundle / "student_src" / module).unlink()
    assert student.main(["submit", "--anyway"]) == 2
    assert "there is none of gates.py, graph.py, numeric.py, gate_tests.py" in capsys.readouterr().err
