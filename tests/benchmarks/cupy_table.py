"""What CuPy and its stand-in `pretend_cupy` do with each operation that the course's code meets, side by side.

    python tests/benchmarks/cupy_table.py > tests/benchmarks/cupy.md

Without a GPU the column of CuPy says "not run". `tests/grader/test_cupy.py` runs over the same tables.
"""

import importlib
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from solutions import pretend_cupy  # noqa: E402 - the root must be on the path first

A, B = np.arange(6.0).reshape(2, 3) - 2.5, np.array([0.5, -1.0, 2.0])
LABELS = np.array([2, 0])


def real_cupy():
    """Return CuPy if it is installed and finds a GPU, else None."""
    try:
        cupy = importlib.import_module("cupy")
        return cupy if cupy.cuda.runtime.getDeviceCount() else None
    except Exception:  # whatever a broken driver raises, there is no GPU to run on
        return None


def _assigned(xp, a, value):
    a[...] = value
    return a


def _added(xp, a, value):
    a += value
    return a


# name → function of (xp, a, b, labels): a (2, 3), b (3,) and labels (2,) are arrays of xp's
OPERATIONS = {
    "a + b": lambda xp, a, b, y: a + b,
    "2.0 * a - 1": lambda xp, a, b, y: 2.0 * a - 1,
    "a @ a.T": lambda xp, a, b, y: a @ a.T,
    "a / b": lambda xp, a, b, y: a / b,
    "a ** 2": lambda xp, a, b, y: a**2,
    "-a": lambda xp, a, b, y: -a,
    "a > b": lambda xp, a, b, y: a > b,
    "a += b": lambda xp, a, b, y: _added(xp, a, b),
    "a[...] = b": lambda xp, a, b, y: _assigned(xp, a, b),
    "a[...] = 0.0": lambda xp, a, b, y: _assigned(xp, a, 0.0),
    "a[[1, 0]]": lambda xp, a, b, y: a[[1, 0]],
    "a[numpy indices]": lambda xp, a, b, y: a[np.array([1, 0, 1])],
    "a[xp.arange(2), labels]": lambda xp, a, b, y: a[xp.arange(2), y],
    "a[a > 0]": lambda xp, a, b, y: a[a > 0],
    "a.sum(axis=0)": lambda xp, a, b, y: a.sum(axis=0),
    "a.mean()": lambda xp, a, b, y: a.mean(),
    "a.max(axis=1, keepdims=True)": lambda xp, a, b, y: a.max(axis=1, keepdims=True),
    "a.argmax(axis=1)": lambda xp, a, b, y: a.argmax(axis=1),
    "a.argmax(axis=1).astype(numpy.int64)": lambda xp, a, b, y: a.argmax(axis=1).astype(np.int64),
    "a.reshape(3, -1)": lambda xp, a, b, y: a.reshape(3, -1),
    "a.copy()": lambda xp, a, b, y: a.copy(),
    "a.astype(float32)": lambda xp, a, b, y: a.astype(np.float32),
    "numpy.exp(a)": lambda xp, a, b, y: np.exp(a),
    "numpy.tanh(a)": lambda xp, a, b, y: np.tanh(a),
    "numpy.sum(a, axis=1)": lambda xp, a, b, y: np.sum(a, axis=1),
    "numpy.where(a > 0, a, 0.0)": lambda xp, a, b, y: np.where(a > 0, a, 0.0),
    "numpy.maximum(a, 0.0)": lambda xp, a, b, y: np.maximum(a, 0.0),
    "numpy.zeros_like(a)": lambda xp, a, b, y: np.zeros_like(a),
    "numpy.clip(a, -1.0, 1.0)": lambda xp, a, b, y: np.clip(a, -1.0, 1.0),
    "numpy.sqrt(a * a)": lambda xp, a, b, y: np.sqrt(a * a),
    "numpy.log(a * a + 1)": lambda xp, a, b, y: np.log(a * a + 1),
    "numpy.sign(a)": lambda xp, a, b, y: np.sign(a),
    "numpy.einsum('ij,j->i', a, b)": lambda xp, a, b, y: np.einsum("ij,j->i", a, b),
    "numpy.concatenate([a, a])": lambda xp, a, b, y: np.concatenate([a, a]),
    "numpy.asarray(mask, like=a)": lambda xp, a, b, y: np.asarray(np.array([True, False, True]), like=a),
    "xp.zeros(3, dtype=float32)": lambda xp, a, b, y: xp.zeros(3, dtype=np.float32),
    "xp.asarray(numpy array)": lambda xp, a, b, y: xp.asarray(B),
    "xp.array(numpy array, dtype=float32)": lambda xp, a, b, y: xp.array(B, dtype=np.float32),
    "float(a.sum())": lambda xp, a, b, y: float(a.sum()),
    "len(a)": lambda xp, a, b, y: len(a),
}
# What must be refused, with TypeError: NumPy's arrays beside xp's, silent copies to the CPU, options CuPy lacks.
REFUSALS = {
    "a + numpy array": lambda xp, a, b, y: a + B,
    "numpy array * a": lambda xp, a, b, y: B * a,
    "a @ numpy array": lambda xp, a, b, y: a @ B,
    "numpy.maximum(a, numpy array)": lambda xp, a, b, y: np.maximum(a, B),
    "numpy.where(a > 0, a, numpy array)": lambda xp, a, b, y: np.where(a > 0, a, B),
    "numpy.asarray(a)": lambda xp, a, b, y: np.asarray(a),
    "numpy.array([a.sum()])": lambda xp, a, b, y: np.array([a.sum()]),
    "numpy array += a": lambda xp, a, b, y: _added(xp, A.copy(), a),
    "numpy array[...] = a": lambda xp, a, b, y: _assigned(xp, A.copy(), a),
    "a[...] = numpy array": lambda xp, a, b, y: _assigned(xp, a, B),
    "xp.exp(numpy array)": lambda xp, a, b, y: xp.exp(B),
    "numpy.einsum('ij,j->i', a, b, out=…)": lambda xp, a, b, y: np.einsum("ij,j->i", a, b, out=xp.zeros(2)),
}


def outcome(xp, operation):
    """Return the result of one operation on fresh arrays of `xp`, or the exception that it raised."""
    try:
        return operation(xp, xp.asarray(A.copy()), xp.asarray(B.copy()), xp.asarray(LABELS.copy()))
    except Exception as error:  # any refusal is an outcome
        return error


def told(result):
    """Return an outcome as a few words: the type's name, dtype and shape; or the exception's name."""
    if isinstance(result, Exception):
        return type(result).__name__
    if isinstance(result, bool | int | float) and not isinstance(result, np.generic):
        return type(result).__name__
    return f"{np.dtype(result.dtype).name} {tuple(result.shape)}"


def same(one, other):
    """Return whether two outcomes agree: both refused, or equal in type, dtype, shape and (to 1e-12) value."""
    if isinstance(one, Exception) or isinstance(other, Exception):
        return isinstance(one, Exception) and isinstance(other, Exception)
    one, other = (each.get() if hasattr(each, "get") else each for each in (one, other))
    return told(one) == told(other) and bool(np.allclose(one, other, rtol=1e-12, atol=0))


def main():
    """Print the table."""
    cupy = real_cupy()
    where = "no GPU was at hand: the column of CuPy was not run"
    if cupy:
        where = f"CuPy {cupy.__version__}, {cupy.cuda.runtime.getDeviceProperties(0)['name'].decode()}"
    print("# CuPy and its stand-in, operation by operation\n")
    print("Made by `python tests/benchmarks/cupy_table.py`. `a` (2, 3) and `b` (3,) are arrays of the library `xp`.")
    print(f"NumPy {np.__version__}; {where}.\n")
    print("| operation | pretend_cupy | CuPy | agree |\n|---|---|---|---|")
    for name, operation in {**OPERATIONS, **REFUSALS}.items():
        pretended = outcome(pretend_cupy, operation)
        real = outcome(cupy, operation) if cupy else None
        columns = (told(real), "yes" if same(pretended, real) else "NO") if cupy else ("not run", "")
        print(f"| `{name}` | {told(pretended)} | {columns[0]} | {columns[1]} |")


if __name__ == "__main__":
    main()
