"""Bundles: the same bytes each time, nothing that students must not see, nothing written when refused."""

import json
import os
import re
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

from autograder.build.bundles import NOT_ON_GRADESCOPE, bundle_gradescope, bundle_student, trimmed_lock
from autograder.build.strip import find_blocks
from autograder.model.config import DEMO_SECRET, load_course
from autograder.model.errors import WrongUse

ROOT = Path(__file__).resolve().parents[3]
SECRET = b"a secret of this test alone"


def student(root, assignment, out):
    return bundle_student(load_course(root / "grading.yml"), root, assignment, out)


def gradescope(root, assignment, out, secret=SECRET):
    return bundle_gradescope(load_course(root / "grading.yml"), root, assignment, secret, out)


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("build", [student, gradescope])
def test_the_bytes_are_the_same_each_time(small, tmp_path, build):
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    names = build(small, "circuits", one)
    for path in small.rglob("*.py"):
        os.utime(path, (1e9, 1e9))
    build(small, "circuits", two)
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        assert archive.namelist() == names == sorted(names)
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_student_bundle_holds_what_it_should(small, tmp_path):
    out = tmp_path / "student.zip"
    student(small, "circuits", out)
    files = contents(out)
    assert {name for name in files if not name.startswith("autograder/")} == {
        "README.md",
        "drawing.py",
        "notebook.ipynb",
        "pytest.ini",
        "requirements.txt",
        "student_src/__init__.py",
        "student_src/doubles.py",
        "student_src/gates.py",
        "tests/public/conftest.py",
        "tests/public/course.json",
        "tests/public/test_circuits.py",
    }
    assert {name.split("/")[1] for name in files if name.startswith("autograder/")} == {
        "__init__.py",
        "__main__.py",
        "student",
    }
    assert b"](student_src/gates.py)" in files["README.md"]
    assert list(json.loads(files["tests/public/course.json"])["assignments"]) == ["circuits"]


def test_modules_of_earlier_assignments_are_given_in_full(small, tmp_path):
    out = tmp_path / "layers.zip"
    student(small, "layers", out)
    files = contents(out)
    assert b"17.0" in files["student_src/gates.py"] and b"SOLUTION" not in files["student_src/gates.py"]
    assert b"self.w" not in files["student_src/layers.py"]


def test_shared_files_lie_beside_the_notebook_and_with_the_grader_where_they_are(small, tmp_path):
    out = tmp_path / "layers.zip"
    student(small, "layers", out)
    assert contents(out)["data.csv"] == b"1,2,3\n" and "other.csv" not in contents(out)
    gradescope(small, "layers", out)
    assert contents(out)["assignments/shared/data.csv"] == b"1,2,3\n"
    student(small, "circuits", out)
    assert "data.csv" not in contents(out)


def test_what_nobody_writes_is_given_as_it_is(small, tmp_path):
    out = tmp_path / "layers.zip"
    student(small, "layers", out)
    assert b"Given, and needed" in contents(out)["student_src/base.py"]


def test_a_bundle_that_lacks_an_import_is_refused(small, tmp_path):
    path = small / "grading.yml"
    path.write_text(path.read_text().replace("needs: [gates, base]", "needs: []"))
    with pytest.raises(WrongUse, match=r"layers\.py imports .gates."):
        student(small, "layers", tmp_path / "layers.zip")


def test_a_bundle_with_a_solution_in_its_public_tests_is_refused(small, tmp_path):
    (small / "tests/public/test_circuits.py").write_text("y = np.tanh(x) * 0.25 + 17.0 - x\n")
    with pytest.raises(WrongUse, match=r"test_circuits\.py:1: repeats"):
        student(small, "circuits", tmp_path / "student.zip")
    assert not list(tmp_path.glob("*.zip"))


def raw_solution_lines(assignment):
    """Found without the leak check: every line of a block that is long and stands nowhere outside the blocks."""
    lines, given = set(), set()
    for path in (ROOT / "solutions").glob("*.py"):
        text = path.read_text(encoding="utf-8").splitlines()
        inside = set()
        for block in find_blocks("\n".join(text) + "\n", path.name):
            inside.update(range(block.start, block.end - 1))
        if path.stem in (*assignment.needs, *assignment.given):
            inside = set()
        given.update(line.strip() for number, line in enumerate(text) if number not in inside)
        lines.update(text[number].strip() for number in inside)
    return {line for line in lines - given if len(line) >= 30}


@pytest.mark.parametrize("name", list(load_course(ROOT / "grading.yml").assignments))
def test_no_line_of_a_solution_and_nothing_hidden_is_in_a_student_bundle(tmp_path, name):
    out = tmp_path / "student.zip"
    names = student(ROOT, name, out)
    whole = "\n".join(content.decode("utf-8") for file, content in contents(out).items() if file[-4:] != ".png")
    secret = raw_solution_lines(load_course(ROOT / "grading.yml").assignment(name))
    assert len(secret) > 10
    assert [line for line in secret if line in whole] == []
    assert [file for file in names if re.search(r"hidden|mistakes|solutions|grading|sandbox|suite", file)] == []
    assert "SOLUTION" not in whole
    assert "autograder.hidden" not in whole


def test_the_gradescope_bundle_holds_the_grader_and_this_assignment(small, tmp_path):
    out = tmp_path / "gradescope.zip"
    gradescope(small, "circuits", out)
    files = contents(out)
    assert files["secret"] == SECRET
    grading = yaml.safe_load(files["grading.yml"])
    assert (list(grading["assignments"]), grading["secret"]) == (["circuits"], {"file": "secret"})
    assert {"solutions/gates.py", "solutions/layers.py", "tests/public/test_circuits.py"} <= set(files)
    assert "tests/public/test_layers.py" not in files
    assert {"model", "build", "student"} <= {name.split("/")[1] for name in files if name.startswith("autograder/")}
    assert not [name for name in files if "__pycache__" in name or name.endswith(".pyc")]


def test_the_gradescope_bundle_can_be_read_again(small, tmp_path):
    out = tmp_path / "gradescope.zip"
    gradescope(small, "circuits", out)
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path / "source")
    course = load_course(tmp_path / "source" / "grading.yml")
    original = load_course(small / "grading.yml")
    assert course.assignments == {"circuits": original.assignment("circuits")}
    assert course.secret.read(tmp_path / "source") == SECRET


def test_permissions_in_the_gradescope_bundle(small, tmp_path):
    out = tmp_path / "gradescope.zip"
    gradescope(small, "circuits", out)
    with zipfile.ZipFile(out) as archive:
        modes = {entry.filename: stat.S_IMODE(entry.external_attr >> 16) for entry in archive.infolist()}
    special = {"setup.sh": 0o755, "run_autograder": 0o755, "secret": 0o600}
    assert {name: mode for name, mode in modes.items() if mode != 0o644} == special


def test_the_lock_keeps_its_hashes_and_loses_what_is_not_needed():
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    kept = trimmed_lock(lock)
    names = set(re.findall(r"(?m)^([A-Za-z0-9_.-]+)==", kept))
    assert names == set(re.findall(r"(?m)^([A-Za-z0-9_.-]+)==", lock)) - NOT_ON_GRADESCOPE
    assert {"numpy", "pytest", "pydantic", "pyyaml", "msgspec"} <= names
    for pin in re.split(r"(?m)^(?=[A-Za-z0-9])", kept)[1:]:
        assert "--hash=sha256:" in pin


@pytest.mark.parametrize("secret", [DEMO_SECRET, DEMO_SECRET + b"\n", b"short", b""])
def test_no_bundle_with_a_secret_that_is_none(small, tmp_path, secret):
    with pytest.raises(WrongUse, match="secret"):
        gradescope(small, "circuits", tmp_path / "out.zip", secret)
    assert not (tmp_path / "out.zip").exists()


@pytest.mark.parametrize("build", [student, gradescope])
@pytest.mark.parametrize("place", ["out.tar", "missing/out.zip", "notes.zip", "folder.zip", "link.zip"])
def test_a_place_that_will_not_do_is_refused_and_left_alone(small, tmp_path, build, place):
    (tmp_path / "notes.zip").write_text("no zip at all")
    (tmp_path / "folder.zip").mkdir()
    (tmp_path / "link.zip").symlink_to(tmp_path / "elsewhere.zip")
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(WrongUse) as caught:
        build(small, "circuits", tmp_path / place)
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "notes.zip").read_text() == "no zip at all"


def test_an_earlier_bundle_is_replaced(small, tmp_path):
    out = tmp_path / "out.zip"
    student(small, "circuits", out)
    student(small, "layers", out)
    assert "student_src/layers.py" in contents(out)


@pytest.fixture
def harness(tmp_path):
    """A folder laid out as Gradescope's /autograder, with run_autograder copied beside source/."""
    (tmp_path / "source").mkdir()
    shutil.copy(ROOT / "autograder/build/gradescope/run_autograder", tmp_path)

    def run(interpreter=None):
        if interpreter is not None:
            python = tmp_path / "python"
            python.write_text(f"#!/bin/sh\n{interpreter}\n")
            python.chmod(0o755)
            (tmp_path / "source/.python-path").write_text(f"{python}\n")
        done = subprocess.run([tmp_path / "run_autograder"], cwd="/", capture_output=True, text=True, check=True)
        return json.loads((tmp_path / "results/results.json").read_text()), done.stderr

    return run


@pytest.mark.parametrize(
    ("interpreter", "reason"),
    [
        (None, ".python-path is missing"),
        ("exit 3", "ended with status 3 and left no result"),
        ("exit 0", "ended with status 0 and left no result"),
        (": > ../results/results.json", "left no result"),
        ("rm -f ../results/results.json; kill -9 $$", "ended with status 137"),
    ],
)
def test_a_fault_on_gradescope_is_told_and_never_a_zero(harness, interpreter, reason):
    results, errors = harness(interpreter)
    assert reason in errors and reason in results["extra_data"]["reason"]
    assert not {"score", "tests"} & set(results)
    assert "not your fault" in results["output"]


@pytest.mark.parametrize("status", [0, 3])
def test_results_that_the_grader_left_are_kept(harness, status):
    results, _ = harness(
        f"""pwd > ../where; echo "$@" > ../arguments; echo '{{"score": 7}}' > ../results/results.json; exit {status}"""
    )
    assert results == {"score": 7}


def test_the_grader_is_called_in_source_with_the_root(harness, tmp_path):
    harness("""pwd > ../where; echo "$@" > ../arguments; echo '{}' > ../results/results.json""")
    assert (tmp_path / "where").read_text().strip() == str((tmp_path / "source").resolve())
    assert (tmp_path / "arguments").read_text().strip() == f"-m autograder gradescope --root {tmp_path.resolve()}"


def test_an_earlier_result_is_never_taken_for_this_one(harness, tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results/results.json").write_text('{"score": 100}')
    results, _ = harness("exit 1")
    assert "score" not in results


@pytest.mark.parametrize("script", ["setup.sh", "run_autograder"])
def test_the_scripts_are_valid_bash(script):
    subprocess.run(["bash", "-n", ROOT / "autograder/build/gradescope" / script], check=True)
