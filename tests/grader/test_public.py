"""The public tests, run by pytest as a student runs them: right work passes, stubs and mistakes are named."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.model.config import load_course

ROOT = Path(__file__).resolve().parents[2]
VARIANTS = ROOT / "tests/grader/variants"
ASSIGNMENTS = load_course(ROOT / "grading.yml").assignments
STYLES = [(path.parent.name, path.name) for path in sorted(VARIANTS.glob("*/*")) if path.is_dir()]

# assignment → (question, its module, what stands there, the mistake, what pytest then says)
MISTAKES = {
    "circuits": ("log", "gates", "return upstream / self.x", "return upstream * self.x", "circuits.log: dx is"),
    "nonlinearities": (
        "tanh",
        "activations",
        "return upstream * (1.0 - self.output**2)",
        "return upstream * (1.0 - self.output)",
        "nonlinearities.tanh: dx is",
    ),
    "preparation": (
        "whiten",
        "preprocessing",
        "np.sqrt(variances + self.eps)",
        "variances + self.eps",
        "divide by sqrt",
    ),
    "optimization": (
        "step_decay",
        "schedules",
        "epoch // self.every",
        "epoch / self.every",
        "optimization.step_decay: ",
    ),
    "mlp": (
        "fit",
        "training",
        "model.params[name][...] = best",
        "model.params[name] = best",
        "another array in the dict",
    ),
    "architectures": (
        "residual",
        "residual",
        "return upstream + self.block.backward(upstream)",
        "return self.block.backward(upstream)",
        "architectures.residual: dx is",
    ),
}


BUT_ONE_SLOW = [pytest.param(name, marks=[] if name == "circuits" else [pytest.mark.slow]) for name in ASSIGNMENTS]


def hand_in(folder, assignment, source):
    """Copy the modules of ``source``, and those that are given or released, to ``folder``; return it."""
    for name in ASSIGNMENTS[assignment].modules:
        shutil.copy(source / f"{name}.py", folder)
    for name in (*ASSIGNMENTS[assignment].given, *ASSIGNMENTS[assignment].needs):
        shutil.copy(ROOT / "solutions" / f"{name}.py", folder)
    return folder


def public_tests(folder, mark):
    """Run the public tests on a hand-in; return the finished process."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/public", "-m", mark]
    environment = os.environ | {"BACKPROP_STUDENT": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_reference_passes(tmp_path, assignment):
    done = public_tests(hand_in(tmp_path, assignment, ROOT / "solutions"), assignment)
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("assignment", "style"), STYLES)
def test_correct_styles_pass(tmp_path, assignment, style):
    done = public_tests(hand_in(tmp_path, assignment, VARIANTS / assignment / style), assignment)
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout


@pytest.mark.parametrize("assignment", BUT_ONE_SLOW)
def test_stubs_fail_every_test_in_one_line_with_the_question_and_the_place(tmp_path, assignment):
    done = public_tests(hand_in(tmp_path, assignment, ROOT / "student_src"), assignment)
    lines = re.findall(rf"(?m)^{assignment}\.(\w+): not written yet – see [\w-]+/(\w+)\.py, line \d+$", done.stdout)
    questions = ASSIGNMENTS[assignment].questions
    assert set(lines) <= {(name, each.module) for name, each in questions.items()}
    unseen = set(questions) - {name for name, _ in lines}
    assert all(questions[name].after for name in unseen), "only what stands on another stub may be hidden by it"
    assert re.search(rf"(?m)^{len(lines)} failed(, \d+ deselected)? in", done.stdout), done.stdout
    assert "Traceback" not in done.stdout and "Error" not in done.stdout


@pytest.mark.parametrize("assignment", BUT_ONE_SLOW)
def test_a_mistake_fails_the_tests_of_its_question_only(tmp_path, assignment):
    question, module, right, wrong, words = MISTAKES[assignment]
    path = hand_in(tmp_path, assignment, ROOT / "solutions") / f"{module}.py"
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    done = public_tests(tmp_path, f"{assignment}.{question}")
    assert done.returncode == 1 and words in done.stdout, done.stdout
    assert public_tests(tmp_path, f"{assignment} and not {assignment}.{question}").returncode == 0


def test_an_own_not_implemented_error_keeps_its_traceback(tmp_path):
    folder = hand_in(tmp_path, "circuits", ROOT / "solutions")
    text = (folder / "gates.py").read_text(encoding="utf-8")
    wrong = text.replace("return upstream / self.x", 'raise NotImplementedError("later: write this")')
    (folder / "gates.py").write_text(wrong, encoding="utf-8")
    done = public_tests(folder, "circuits.log")
    assert "NotImplementedError: later" in done.stdout and "not written yet" not in done.stdout
