"""`python -m autograder`: students' commands go to the student room, all others to the command line if it is there."""

import ast
import subprocess
import sys

import pytest


@pytest.fixture
def door(bundle, run):
    """Run a command in the bundle after giving it an autograder/cli.py of this text."""

    def call(text, *arguments):
        (bundle / "autograder/cli.py").write_text(text)
        return run(*arguments)

    return call


@pytest.mark.parametrize("status", [0, 2, 3])
def test_other_commands_reach_the_command_line(door, status):
    done = door(f"def main(argv):\n    print(argv)\n    return {status}\n", "grade", "x")
    assert (done.returncode, done.stdout) == (status, "['grade', 'x']\n")


def test_a_package_that_is_not_installed_is_named(door):
    done = door("import typer\n", "grade")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "this command needs typer" in done.stderr


def test_a_fault_of_our_own_is_not_taken_for_that(door):
    done = door("import autograder.gone\n", "grade")
    assert done.returncode == 1 and "autograder.gone" in done.stderr


def test_students_commands_never_touch_the_command_line(door):
    done = door("raise SystemExit(9)\n", "submit", "-a", "nothing")
    assert done.returncode == 2 and "there is no assignment 'nothing'" in done.stderr


def test_nothing_but_the_standard_library_and_pytest_is_imported(bundle):
    code = "import sys, autograder.student; print(sorted({n.split('.')[0] for n in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=bundle, capture_output=True, text=True, check=True)
    assert not {"yaml", "pydantic", "rich", "typer", "msgspec"} & set(ast.literal_eval(done.stdout))
