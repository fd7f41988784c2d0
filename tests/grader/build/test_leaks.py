"""A telling line of a solution is found wherever it stands; what students may read anyway is no leak."""

import json

import pytest

from autograder.build.leaks import find_leaks, given_texts, solution_lines


@pytest.fixture
def leaks(gates_text):
    sources = {"solutions/gates.py": gates_text}
    return lambda file, text: find_leaks(solution_lines(sources), given_texts(sources), {file: text})


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("stub.py", "x = 1\n        return upstream * self.y, upstream * self.x\n", 2),
        ("stub.py", "return upstream*self.y,  upstream*self.x  # as in the lecture\n", 1),
        ("stub.py", "# return upstream * self.y, upstream * self.x\n", 1),
        ("README.md", "Write `return float(np.add.reduce(x, axis=None))` and be done.\n", 1),
        ("notebook.py", "result = upstream * self.y, upstream * self.x\n", 1),
        ("README.md", "One\n\n    return np.tanh(x) * 0.25 + 17.0 - x\n", 3),
        ("a.ipynb", json.dumps({"cells": [{"source": ["x = 1\n", "return np.tanh(x) * 0.25 + 17.0 - x"]}]}), 2),
    ],
)
def test_a_planted_line_is_found(leaks, file, text, line):
    (leak,) = leaks(file, text)
    assert (leak.file, leak.line, leak.source.file) == (file, line, "solutions/gates.py")
    assert str(leak).startswith(f"{file}:{line}: ")


@pytest.mark.parametrize(
    "text",
    [
        "return np.multiply(2.0, x)\n",  # given code
        "self.x, self.y = x, y\n",  # nothing but names
        "import numpy as np\n",
        "def _secret_helper(x):\n",
        "return upstream * self.y\n",  # a part of a line
        "",
    ],
)
def test_what_tells_nothing_is_no_leak(leaks, text):
    assert leaks("stub.py", text) == []


def test_the_reference_itself_leaks_every_telling_line(leaks, gates_text):
    assert len(leaks("gates.py", gates_text)) == 4
