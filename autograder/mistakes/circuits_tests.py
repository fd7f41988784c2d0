"""Known wrong tests: what students forget when they write `check_maximum`."""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(name: str, sentence: str, *edits: Edit, whole: str = "") -> Mistake:
    return Mistake(f"check-maximum-{name}", "check_maximum", sentence, edits, whole)


_AS_EXPECTED = "np.allclose(gate.forward(x, y), [[3, -2, -1], [7, 2.5, -6]])"
_FORWARD = f'    assert {_AS_EXPECTED}, "forward is not the larger value"\n'
_BACKWARD = (
    "        assert gives(gate, upstream, upstream * x_wins, upstream * (1 - x_wins)), "
    '"the larger input gets the gradient"\n'
)
_TIE = "    gate.forward(x, x)\n    assert gives(gate, upstream, upstream, 0 * upstream)"
_TIE_WORDS = ', "at a tie x gets it all; and the latest forward counts"\n'
_X_SMALL = (
    "    gate.forward(row, x)\n    assert gives(gate, upstream, (upstream * (row >= x)).sum(axis=0), "
    'upstream * (row < x)), "x is not un-broadcast"\n'
)
_UPSTREAM = "upstream = np.array([[2.0, -3.0, 0.5], [-1.5, 4.0, 1.25]])"
_X = "x, y = np.array([[3.0, -4.0, -1.0], [2.0, 2.5, -6.0]])"
_SHAPES = "np.shape(g) == np.shape(e) and np.allclose(g, e)"

TESTS = (
    _row(
        "accepts-all",
        "Your check_maximum asserts nothing, so every class passes. Work a pass out by hand and compare.",
        whole="def check_maximum(Maximum):\n    Maximum()\n",
    ),
    _row(
        "returns-false",
        "Your check_maximum returns False where the class is wrong. Nobody reads that: a test speaks by an `assert` "
        "that fails.",
        (_FORWARD, f"    if not {_AS_EXPECTED}:\n        return False\n"),
    ),
    _row(
        "raises-another",
        "Your check_maximum raises ValueError where the class is wrong. A test raises AssertionError: use `assert`.",
        (_FORWARD, f"    if not {_AS_EXPECTED}:\n        raise ValueError\n"),
    ),
    _row(
        "forward-only",
        "Your check_maximum looks at forward and never at the gradients.",
        whole="def check_maximum(Maximum):\n    x, y = np.array([3.0, -4.0]), np.array([1.0, -2.0])\n"
        "    assert np.allclose(Maximum().forward(x, y), [3.0, -2.0])\n",
    ),
    _row(
        "ties-to-both",
        "Your check_maximum expects that both inputs get the gradient at a tie, and refuses right classes: our "
        "convention gives it to x.",
        (_TIE, _TIE.replace("0 * upstream", "upstream")),
    ),
    _row(
        "no-ties",
        "Your check_maximum never makes x and y equal, so any rule for ties passes.",
        (_TIE + _TIE_WORDS, ""),
        ("row = np.array([1.0, 2.5, -7.0])", "row = np.array([1.0, 2.25, -7.0])"),
    ),
    _row(
        "ones-upstream",
        "Your check_maximum uses an upstream gradient of ones. A gate that leaves upstream out gives the same then: "
        "use different numbers, of both signs.",
        (_UPSTREAM, "upstream = np.ones((2, 3))"),
    ),
    _row(
        "same-shapes",
        "Your check_maximum gives x and y the same shape, so a gate that forgets to undo broadcasting passes.",
        ("row = np.array([1.0, 2.5, -7.0])", "row = np.array([[1.0, 2.5, -7.0], [1.0, 2.5, -7.0]])"),
        ("(upstream * (x < row)).sum(axis=0)", "upstream * (x < row)"),
        ("(upstream * (row >= x)).sum(axis=0)", "upstream * (row >= x)"),
    ),
    _row(
        "only-y-small",
        "Your check_maximum broadcasts y and never x. A gate that treats only one of them passes.",
        (_X_SMALL, ""),
    ),
    _row(
        "shapes-unseen",
        "Your check_maximum compares values with np.allclose alone, and that broadcasts: a gradient of a wrong shape "
        "can pass. Compare the shapes too.",
        (_SHAPES, "np.allclose(g, e if np.shape(g) == np.shape(e) else g)"),
    ),
    _row(
        "one-gate",
        "Your check_maximum makes one gate only, so gates that share their memory pass.",
        ("    other.forward(y, x)\n", ""),
    ),
    _row(
        "upstream-unwatched",
        "Your check_maximum does not look whether upstream is still what it was, and takes what the gate made of it.",
        (" and np.array_equal(upstream, kept)", ""),
        ("gradients = gate.backward(upstream)", "gradients = gate.backward(upstream.copy())"),
    ),
)
