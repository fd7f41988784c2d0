"""Helpers of the notebook: a table of numbers, and a clear word for what is not written yet. Given."""

import re
import traceback
from pathlib import Path

import numpy as np


def missing_question(error):
    """'preparation.whiten: not written yet – see student_src/preprocessing.py, line 96', from the traceback."""
    named = re.match(r"\w+\.\w+", str(error))
    question = named.group() if named else f"{error}"
    frames = list(traceback.walk_tb(error.__traceback__))
    own = [(f, line) for f, line in frames if Path(f.f_code.co_filename).parent.name == "student_src"]
    if not own:
        return f"{question}: not written yet"
    frame, line = own[-1]
    return f"{question}: not written yet – see student_src/{Path(frame.f_code.co_filename).name}, line {line}"


def stop_at_missing():
    """From here on a NotImplementedError says in one line which question is missing, and stops the run."""
    from IPython import get_ipython

    def say(shell, kind, error, tb, tb_offset=None):
        print(missing_question(error))

    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((NotImplementedError,), say)


def compare(*rows):
    """Print rows (name, yours, expected) and whether they agree to six decimals; arrays entry by entry."""
    for name, yours, expected in rows:
        yours, expected = np.asarray(yours, dtype=float), np.asarray(expected, dtype=float)
        same = yours.shape == expected.shape and bool(np.allclose(yours, expected, rtol=0, atol=1e-6))
        print(f"{'ok  ' if same else 'LOOK'}  {name:<28} yours {short(yours):<30} expected {short(expected)}")


def up_to_sign(yours, expected):
    """`expected`, each column with the sign that yours has: both signs of an axis are right."""
    yours, expected = np.asarray(yours, dtype=float), np.asarray(expected, dtype=float)
    if yours.shape != expected.shape:
        return expected
    return expected * np.where(np.sum(yours * expected, axis=0) < 0, -1.0, 1.0)


def short(array):
    """An array as text on one line."""
    return np.array2string(array, precision=6, suppress_small=True, separator=", ").replace("\n", "")
