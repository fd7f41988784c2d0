"""A small repository of two assignments: quick to build, and free to be spoilt."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

GATES = '''"""Gates. (given)"""

import numpy as np


def given(x):
    """Double x: np.multiply(2.0, x)."""
    return np.multiply(2.0, x)


# BEGIN SOLUTION
def _secret_helper(x):
    return np.tanh(x) * 0.25 + 17.0 - x


# END SOLUTION


class Multiply:
    """f(x, y) = x y."""

    def __init__(self, strength=1.0):
        self.strength = strength

    def forward(self, x, y):
        """Return x * y."""
        # BEGIN SOLUTION
        self.x, self.y = x, y
        return _secret_helper(x) * self.strength + y
        # END SOLUTION

    def backward(self, upstream):
        """Return (dx, dy)."""
        # BEGIN SOLUTION
        return upstream * self.y, upstream * self.x
        # END SOLUTION


def total(x):
    """Return the sum."""
    # BEGIN SOLUTION
    return float(np.add.reduce(x, axis=None))
    # END SOLUTION
'''
LAYERS = '''"""Layers."""

from .gates import Multiply


class Affine:
    """x w, with a Multiply inside."""

    def forward(self, x):
        """Return the product."""
        # BEGIN SOLUTION
        return Multiply().forward(x, 3.5) @ self.w
        # END SOLUTION
'''
README = """# Circuits

See [the stubs](../../student_src/gates.py).

<!-- BEGIN QUESTIONS (generated from grading.yml) -->
<!-- END QUESTIONS -->

The end.
"""
NOTEBOOK = """# %% [markdown]
# # Circuits
# Read this first.

# %%
import numpy as np

np.arange(3)

# %% tags=["try"]
# BEGIN SOLUTION
answer = np.exp(3.0) - 2.0 * 7.0
# END SOLUTION
"""
GRADING = """schema_version: 1
title: Small
secret: {variable: SMALL_SECRET}
assignments:
  circuits:
    title: Gates
    folder: 1_circuits
    modules: [gates]
    given: [doubles]
    points: 10
    questions:
      multiply:
        title: Multiply | gate
        module: gates
        name: Multiply
        points: {public: 1, value: 3, purity: 1}
      total:
        title: Total
        module: gates
        name: total
        after: [multiply]
        points: {public: 0.5, value: 4.5}
  layers:
    title: Layers
    folder: 2_layers
    modules: [layers]
    given: [doubles]
    needs: [gates, base]
    shared: [data.csv]
    points: 1
    questions:
      affine:
        title: Affine
        module: layers
        name: Affine
        points: {value: 1}
"""
FILES = {
    "grading.yml": GRADING,
    "solutions/__init__.py": "",
    "solutions/gates.py": GATES,
    "solutions/layers.py": LAYERS,
    "solutions/base.py": '"""Given, and needed."""\n',
    "assignments/shared/data.csv": "1,2,3\n",
    "assignments/shared/other.csv": "4,5,6\n",
    "solutions/doubles.py": '"""Given."""\n',
    "assignments/1_circuits/README.md": README,
    "assignments/1_circuits/notebook.py": NOTEBOOK,
    "assignments/1_circuits/drawing.py": '"""Pictures."""\n',
    "assignments/2_layers/README.md": README,
    "tests/public/conftest.py": '"""Fixtures."""\n',
    "tests/public/test_circuits.py": '"""Public."""\n',
    "tests/public/test_layers.py": '"""Public."""\n',
    "pyproject.toml": "[project]\nname = 'small'\n",
    "requirements.txt": (
        "# made by make lock\nmatplotlib==3 \\\n    --hash=sha256:aa\nnumpy==2 \\\n    --hash=sha256:bb\n"
        "pytest==9 ; python_version > '3' \\\n    --hash=sha256:cc\n"
    ),
}


@pytest.fixture
def small(tmp_path):
    """The root of the small repository, with the real autograder/ beside it."""
    root = tmp_path / "small"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "autograder", root / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture
def gates_text():
    """A reference module with blocks in methods, in a function and at the level of the module."""
    return GATES
