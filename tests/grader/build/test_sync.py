"""What is generated is compared, mended, and never written when a source is at fault."""

import re

import pytest

from autograder.build.sync import Drift, sync
from autograder.model.errors import WrongUse


def tree(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_fresh_repository_is_generated_and_then_in_step(small):
    before = tree(small)
    drifts = sync(small, check=True)
    assert tree(small) == before
    assert {drift.path for drift in drifts} == {
        "assignments/1_circuits/README.md",
        "assignments/1_circuits/notebook.ipynb",
        "assignments/2_layers/README.md",
        "student_src/__init__.py",
        "student_src/base.py",
        "student_src/doubles.py",
        "student_src/gates.py",
        "student_src/layers.py",
        "tests/public/course.json",
    }
    assert sync(small, check=False) == drifts
    assert sync(small, check=True) == []


@pytest.mark.parametrize(
    ("path", "spoil", "kind"),
    [
        ("student_src/gates.py", lambda path: path.write_text(path.read_text() + "x = 1\n"), "differs"),
        ("student_src/gates.py", lambda path: path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n")), "differs"),
        ("student_src/layers.py", lambda path: path.unlink(), "missing"),
        ("student_src/old.py", lambda path: path.write_text(""), "stale"),
        ("assignments/2_layers/notebook.ipynb", lambda path: path.write_text("{}"), "stale"),
        ("assignments/1_circuits/notebook.ipynb", lambda path: path.write_text("{}"), "differs"),
        ("tests/public/course.json", lambda path: path.write_text("{}"), "differs"),
    ],
)
def test_planted_drift_is_named_and_mended(small, path, spoil, kind):
    sync(small, check=False)
    wanted = tree(small)
    spoil(small / path)
    spoilt = tree(small)
    assert sync(small, check=True) == [Drift(path, kind)]
    assert tree(small) == spoilt
    assert [str(drift) for drift in sync(small, check=False)] == [str(Drift(path, kind))]
    assert tree(small) == wanted


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        ("solutions/gates.py", "        # END SOLUTION\n", "", "solutions/gates.py:33"),
        ("solutions/doubles.py", '"""Given."""', "# BEGIN SOLUTION\nx = 1\n# END SOLUTION", "solutions/doubles.py:1"),
        ("assignments/1_circuits/README.md", "The end.", "`s = float(np.add.reduce(x, axis=None))`", "README.md:13"),
        ("assignments/1_circuits/notebook.py", "np.arange(3)", "np.tanh(x) * 0.25 + 17.0 - x", "notebook.ipynb:"),
        ("assignments/1_circuits/README.md", "<!-- END QUESTIONS -->", "", "README.md: "),
        ("grading.yml", "modules: [gates]", "modules: [gates, gone]", "solutions/gone.py is missing"),
    ],
)
def test_a_faulty_source_is_one_line_and_nothing_is_written(small, path, old, new, words):
    source = small / path
    source.write_text(source.read_text().replace(old, new, 1))
    before = tree(small)
    with pytest.raises(WrongUse, match=re.escape(words)) as caught:
        sync(small, check=False)
    assert "\n" not in str(caught.value)
    assert tree(small) == before
