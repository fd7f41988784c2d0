"""Mistakes in numeric.py (assignment 1): numerical gradients, the relative error, the gradient check, the Jacobian."""

from __future__ import annotations

from . import Mistake

_TAKE = "    x = np.array(x, dtype=np.float64)\n"
_TWO = """\
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        gradient[index] = (f(above) - f(below)) / (2 * h)
    return gradient
"""
_ONE = """\
    for index in np.ndindex(x.shape):
        above = x.copy()
        above[index] += h
        gradient[index] = (f(above) - here) / h
    return gradient
"""
_OUT = "    gradient = np.zeros(x.shape)\n"
_MUTATES = "x is changed by the call. Move a copy."
_RESTORES = (
    "x is moved in place and moved back by adding and subtracting h: rounding leaves it a last bit off. Work on a "
    "copy, or keep the old entry and put it back."
)
_INTEGERS = (
    "An integer array is moved as it is: adding h to an integer entry cuts the decimals off, so nothing moves. Take x "
    "as float64 first."
)
_NUMBERS = "A Python number has no shape and no copy(). np.array(x, dtype=np.float64) takes numbers too."
_ROWS = "The loop runs over the first axis only, so whole rows move at once. Visit every entry, such as by np.ndindex."
_FLAT = "The result is flat. It has x's shape."
_STEP = "The step is 1e-5 whatever `h` is. Use the argument."

_TWO_SIDED = (
    Mistake(
        "numerical-one-sided",
        "numerical_gradient",
        "This is the one-sided difference: its error falls with h only. Go to both sides, x + h and x − h.",
        edits=(("below[index] -= h\n", "below[index] -= 0\n"), ("/ (2 * h)", "/ h")),
    ),
    Mistake(
        "numerical-divided-by-h",
        "numerical_gradient",
        "The difference is divided by h. From x − h to x + h it is 2h: the result is twice too large.",
        edits=(("/ (2 * h)", "/ h"),),
    ),
    Mistake(
        "numerical-half-h",
        "numerical_gradient",
        "/ 2 * h divides by 2 and multiplies by h. Write / (2 * h).",
        edits=(("/ (2 * h)", "/ 2 * h"),),
    ),
    Mistake(
        "numerical-sign",
        "numerical_gradient",
        "The difference is the wrong way round: f(x + h) − f(x − h), not f(x − h) − f(x + h).",
        edits=(("f(above) - f(below)", "f(below) - f(above)"),),
    ),
    Mistake(
        "numerical-not-put-back",
        "numerical_gradient",
        "An entry that was moved is not put back before the next one moves.",
        edits=(
            ("        above, below = x.copy(), x.copy()\n        above[index] += h\n", "        x[index] += h\n"),
            ("        below[index] -= h\n", "        above = f(x.copy())\n        x[index] -= 2 * h\n"),
            ("(f(above) - f(below))", "(above - f(x.copy()))"),
        ),
    ),
    Mistake(
        "numerical-all-at-once",
        "numerical_gradient",
        "All entries are moved at once. The gradient needs one move per entry, the others held.",
        edits=(("above[index] += h", "above += h"), ("below[index] -= h", "below -= h")),
    ),
    Mistake(
        "numerical-rows",
        "numerical_gradient",
        _ROWS,
        edits=(("for index in np.ndindex(x.shape):", "for index in range(len(x)):"),),
    ),
    Mistake("numerical-flat", "numerical_gradient", _FLAT, edits=(("return gradient\n", "return gradient.ravel()\n"),)),
    Mistake(
        "numerical-flat-points",
        "numerical_gradient",
        "f is given flat arrays. It takes arrays of x's shape.",
        edits=(("f(above) - f(below)", "f(above.ravel()) - f(below.ravel())"),),
    ),
    Mistake(
        "numerical-columns",
        "numerical_gradient",
        "The entries are visited column by column and stored row by row. Use one order for both: index by index.",
        edits=(("return gradient\n", "return gradient.ravel(order='F').reshape(x.shape)\n"),),
    ),
    Mistake("numerical-own-step", "numerical_gradient", _STEP, edits=((_OUT, "    h = 1e-5\n" + _OUT),)),
    Mistake(
        "numerical-relative-step",
        "numerical_gradient",
        "The step grows with the entry. It is `h` itself, for every entry.",
        edits=(
            (
                "        above, below = x.copy(), x.copy()\n",
                "        step = h * max(1e-8, abs(x[index]))\n        above, below = x.copy(), x.copy()\n",
            ),
            ("above[index] += h", "above[index] += step"),
            ("below[index] -= h", "below[index] -= step"),
            ("/ (2 * h)", "/ (2 * step)"),
        ),
    ),
    Mistake(
        "numerical-other-default",
        "numerical_gradient",
        "The default of h is not 1e-5. Much smaller and rounding speaks, much larger and Taylor's remainder does.",
        edits=(("h=1e-5", "h=1e-6"),),
    ),
    Mistake(
        "numerical-half-step",
        "numerical_gradient",
        "f is evaluated at x ± h/2. The formula goes to x ± h and divides by 2h.",
        edits=(("+= h", "+= h / 2"), ("-= h", "-= h / 2"), ("/ (2 * h)", "/ h")),
    ),
    Mistake(
        "numerical-extra-call",
        "numerical_gradient",
        "f is called once more than needed, at x itself. Two calls per entry are enough.",
        edits=((_OUT, "    f(x.copy())\n" + _OUT),),
    ),
    Mistake(
        "numerical-four-calls",
        "numerical_gradient",
        "f is called four times for each entry. Two calls per entry are enough.",
        edits=(
            (
                "        gradient[index] = (f(above) - f(below)) / (2 * h)\n",
                "        f(above), f(below)\n        gradient[index] = (f(above) - f(below)) / (2 * h)\n",
            ),
        ),
    ),
    Mistake(
        "numerical-float32",
        "numerical_gradient",
        "The difference is taken in float32, where it drowns in rounding. Take x as float64.",
        edits=(("np.array(x, dtype=np.float64)", "np.array(x, dtype=np.float32)"),),
    ),
    Mistake(
        "numerical-integers",
        "numerical_gradient",
        _INTEGERS,
        edits=((_TAKE, "    x = np.array(x)\n"),),
    ),
    Mistake(
        "numerical-integer-result",
        "numerical_gradient",
        "The result has x's own dtype: for an integer x the decimals of the gradient are cut off. It is float64.",
        edits=(
            (_TAKE, "    whole = np.asarray(x)\n" + _TAKE),
            (_OUT, "    gradient = np.zeros_like(whole)\n"),
        ),
    ),
    Mistake("numerical-numbers", "numerical_gradient", _NUMBERS, edits=((_TAKE, "    x = x.astype(np.float64)\n"),)),
    Mistake(
        "numerical-needs-axes",
        "numerical_gradient",
        "x of shape () comes back with an axis too many. The result has x's shape, also where that is ().",
        edits=((_TAKE, "    x = np.atleast_1d(np.array(x, dtype=np.float64))\n"),),
    ),
    Mistake(
        "numerical-moves-back",
        "numerical_gradient",
        _RESTORES,
        edits=(
            (_TAKE, "    x = np.asarray(x, dtype=np.float64)\n"),
            ("        above, below = x.copy(), x.copy()\n        above[index] += h\n", "        x[index] += h\n"),
            ("        below[index] -= h\n", "        above = f(x)\n        x[index] -= 2 * h\n"),
            ("(f(above) - f(below)) / (2 * h)\n", "(above - f(x)) / (2 * h)\n        x[index] += h\n"),
        ),
    ),
    Mistake(
        "numerical-written-into-x",
        "numerical_gradient",
        "The gradient is written into x. " + _MUTATES,
        edits=(
            (_TAKE, "    given = x\n" + _TAKE),
            (
                "    return gradient\n",
                "    if isinstance(given, np.ndarray) and given.dtype == np.float64:\n"
                "        given[...] = gradient\n"
                "    return gradient\n",
            ),
        ),
    ),
)

_ONE_SIDED = (
    Mistake(
        "one-sided-two-sided",
        "one_sided_gradient",
        "This is the two-sided difference. Here one side is asked for: f(x + h) − f(x), divided by h.",
        edits=(
            ("        above = x.copy()\n", "        above, below = x.copy(), x.copy()\n        below[index] -= h\n"),
            ("(f(above) - here) / h", "(f(above) - f(below)) / (2 * h)"),
        ),
    ),
    Mistake(
        "one-sided-from-below",
        "one_sided_gradient",
        "The step goes to x − h. Go to x + h.",
        edits=(("+= h", "-= h"), ("(f(above) - here) / h", "(here - f(above)) / h")),
    ),
    Mistake(
        "one-sided-divided-by-two-h",
        "one_sided_gradient",
        "The difference is divided by 2h. From x to x + h it is h.",
        edits=(("(f(above) - here) / h", "(f(above) - here) / (2 * h)"),),
    ),
    Mistake(
        "one-sided-not-divided",
        "one_sided_gradient",
        "The difference is not divided by h.",
        edits=(("(f(above) - here) / h", "f(above) - here"),),
    ),
    Mistake(
        "one-sided-sign",
        "one_sided_gradient",
        "The difference is the wrong way round: f(x + h) − f(x).",
        edits=(("f(above) - here", "here - f(above)"),),
    ),
    Mistake(
        "one-sided-not-put-back",
        "one_sided_gradient",
        "An entry that was moved is not put back before the next one moves.",
        edits=(
            (
                "        above = x.copy()\n        above[index] += h\n",
                "        x[index] += h\n        above = x.copy()\n",
            ),
        ),
    ),
    Mistake(
        "one-sided-f-every-time",
        "one_sided_gradient",
        "f(x) is computed again for each entry: 2 · size calls. It is the same each time; size + 1 calls are enough.",
        edits=(("    here = f(x.copy())\n", ""), ("f(above) - here", "f(above) - f(x.copy())")),
    ),
    Mistake(
        "one-sided-other-default",
        "one_sided_gradient",
        "The default of h is not 1e-5.",
        edits=(("h=1e-5", "h=1e-6"),),
    ),
    Mistake("one-sided-own-step", "one_sided_gradient", _STEP, edits=((_OUT, "    h = 1e-5\n" + _OUT),)),
    Mistake(
        "one-sided-rows",
        "one_sided_gradient",
        _ROWS,
        edits=(("for index in np.ndindex(x.shape):", "for index in range(len(x)):"),),
    ),
    Mistake("one-sided-flat", "one_sided_gradient", _FLAT, edits=(("return gradient\n", "return gradient.ravel()\n"),)),
    Mistake(
        "one-sided-columns",
        "one_sided_gradient",
        "The entries are visited column by column and stored row by row. Use one order for both: index by index.",
        edits=(("return gradient\n", "return gradient.ravel(order='F').reshape(x.shape)\n"),),
    ),
    Mistake("one-sided-integers", "one_sided_gradient", _INTEGERS, edits=((_TAKE, "    x = np.array(x)\n"),)),
    Mistake("one-sided-numbers", "one_sided_gradient", _NUMBERS, edits=((_TAKE, "    x = x.astype(np.float64)\n"),)),
    Mistake(
        "one-sided-needs-axes",
        "one_sided_gradient",
        "x of shape () comes back with an axis too many. The result has x's shape, also where that is ().",
        edits=((_TAKE, "    x = np.atleast_1d(np.array(x, dtype=np.float64))\n"),),
    ),
    Mistake(
        "one-sided-moves-back",
        "one_sided_gradient",
        _RESTORES,
        edits=(
            (_TAKE, "    x = np.asarray(x, dtype=np.float64)\n"),
            ("        above = x.copy()\n        above[index] += h\n", "        x[index] += h\n"),
            ("(f(above) - here) / h\n", "(f(x) - here) / h\n        x[index] -= h\n"),
        ),
    ),
)


def _error(name: str, sentence: str, *edits: tuple[str, str]) -> Mistake:
    return Mistake(f"relative-{name}", "relative_error", sentence, edits=edits)


_FORMULA = "float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))"
_CHECK = "    if a.shape != b.shape:\n"
_RELATIVE = (
    _error(
        "mean",
        "This is the mean over the entries. One wrong entry among many must show: take the largest.",
        ("np.max(", "np.mean("),
    ),
    _error("sum", "This is the sum over the entries. Take the largest.", ("np.max(", "np.sum(")),
    _error(
        "first",
        "Only the first entry counts. Take the largest over all entries.",
        (_FORMULA, _FORMULA.replace("np.max(", "np.ravel(").replace("))))", ")))[0])")),
    ),
    _error(
        "signed",
        "The difference has no absolute value: entries where a is below b get lost.",
        ("np.abs(a - b)", "(a - b)"),
    ),
    _error(
        "larger-of-two",
        "The denominator is the larger of |a| and |b|. It is their sum.",
        ("np.abs(a) + np.abs(b)", "np.maximum(np.abs(a), np.abs(b))"),
    ),
    _error("of-a", "The denominator is |a| alone. It is |a| + |b|.", ("np.abs(a) + np.abs(b)", "np.abs(a)")),
    _error("of-b", "The denominator is |b| alone. It is |a| + |b|.", ("np.abs(a) + np.abs(b)", "np.abs(b)")),
    _error(
        "sum-signed",
        "The denominator is |a + b|, which is near 0 where the signs differ. It is |a| + |b|.",
        ("np.abs(a) + np.abs(b)", "np.abs(a + b)"),
    ),
    _error(
        "doubled",
        "The result is twice too large: the denominator is |a| + |b|, not their mean.",
        ("np.abs(a) + np.abs(b)", "(np.abs(a) + np.abs(b)) / 2"),
    ),
    _error(
        "absolute",
        "This is the largest difference. Divide each by max(1e-8, |a| + |b|).",
        (" / np.maximum(1e-8, np.abs(a) + np.abs(b))", ""),
    ),
    _error(
        "of-maxima",
        "The largest difference is divided by the largest magnitude. Divide entry by entry, then take the largest.",
        (
            "np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))",
            "np.max(np.abs(a - b)) / np.max(np.maximum(1e-8, np.abs(a) + np.abs(b)))",
        ),
    ),
    _error(
        "of-norms",
        "This compares norms. One wrong entry among many must show: divide entry by entry, then take the largest.",
        (
            "np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))",
            "np.linalg.norm(a - b) / max(1e-8, np.linalg.norm(a) + np.linalg.norm(b))",
        ),
    ),
    _error(
        "no-floor",
        "Nothing keeps the denominator from 0: zero against zero gives NaN. It is at least 1e-8.",
        ("np.maximum(1e-8, np.abs(a) + np.abs(b))", "(np.abs(a) + np.abs(b))"),
    ),
    _error(
        "floor-added",
        "1e-8 is added to the denominator. It is its floor: max(1e-8, |a| + |b|).",
        ("np.maximum(1e-8, np.abs(a) + np.abs(b))", "(1e-8 + np.abs(a) + np.abs(b))"),
    ),
    _error(
        "smaller-floor",
        "The floor of the denominator is not 1e-8, so that rounding in tiny numbers counts as an error.",
        ("np.maximum(1e-8", "np.maximum(1e-12"),
    ),
    _error(
        "zeros-left-out",
        "Entries below 1e-8 are left out. They count, with a denominator of 1e-8.",
        (
            "    return float(",
            "    kept = np.abs(a) + np.abs(b) > 1e-8\n    a, b = a[kept], b[kept]\n    return float(",
        ),
    ),
    _error(
        "nan-lost",
        "A NaN is passed over, as by np.nanmax or Python's max. It must stay visible: np.max keeps it.",
        ("np.max(", "np.nanmax("),
    ),
    _error(
        "zero-only",
        "Only a denominator of exactly 0 is replaced. Below 1e-8 it counts as 1e-8: max(1e-8, |a| + |b|).",
        ("np.maximum(1e-8, np.abs(a) + np.abs(b))", "np.where(np.abs(a) + np.abs(b) == 0, 1.0, np.abs(a) + np.abs(b))"),
    ),
    _error(
        "matrix-norm",
        "np.linalg.norm(…, np.inf) is the largest entry of a vector, but the largest row sum of a matrix. np.max takes "
        "every entry.",
        ("    return float(np.max(", "    return float(np.linalg.norm(np.atleast_1d("),
        ("np.abs(b))))\n", "np.abs(b))), np.inf))\n"),
    ),
    _error(
        "numbers-broadcast",
        "A number is compared with an array by broadcasting. Its shape is (), another: raise a ValueError.",
        (_CHECK, "    if a.ndim and b.ndim and a.shape != b.shape:\n"),
    ),
    _error(
        "entrywise",
        "The result has an entry per entry. Return the largest, one number.",
        (_FORMULA, _FORMULA.removeprefix("float(np.max(").removesuffix("))")),
    ),
    _error(
        "broadcasts",
        "Different shapes are compared by broadcasting. Raise a ValueError when they differ.",
        (_CHECK, "    if False:\n"),
    ),
    _error(
        "sizes-only",
        "Only the sizes are compared. Arrays of equal size and different shapes must be refused too.",
        (_CHECK, "    if a.size != b.size:\n"),
    ),
    _error(
        "refuses-by-assert",
        "Different shapes end in an AssertionError. Raise a ValueError.",
        ("raise ValueError(", "raise AssertionError("),
    ),
    _error(
        "needs-arrays",
        "Numbers are refused. They are arrays of shape (): np.asarray takes them.",
        (_CHECK, "    if a.ndim == 0:\n        raise TypeError('arrays are needed')\n" + _CHECK),
    ),
)


def _check(name: str, sentence: str, *edits: tuple[str, str]) -> Mistake:
    return Mistake(f"check-{name}", "check_gradient", sentence, edits=edits)


_APPEND = "        errors.append(relative_error(gradient, numerical_gradient(f, inputs[i], h)))\n"
_CHECKS = (
    _check(
        "first-input",
        "Only the first input is checked. Check each, and return the largest error.",
        ("np.max(errors)", "errors[0]"),
    ),
    _check(
        "last-input",
        "The result is the error of the last input. Return the largest over all inputs.",
        ("np.max(errors)", "errors[-1]"),
    ),
    _check(
        "mean", "The result is the mean over the inputs. Return the largest.", ("np.max(errors)", "np.mean(errors)")
    ),
    _check("sum", "The result is the sum over the inputs. Return the largest.", ("np.max(errors)", "np.sum(errors)")),
    _check("smallest", "The result is the smallest error. Return the largest.", ("np.max(errors)", "np.min(errors)")),
    _check(
        "ones",
        "The block is checked for an upstream of ones. Use `upstream`, in backward and in the function that is "
        "differentiated.",
        ("    block.forward(*inputs)\n", "    upstream = np.ones_like(block.forward(*inputs))\n"),
    ),
    _check(
        "upstream-not-in-f",
        "The function that is differentiated is the sum of the output. It is sum(upstream * output).",
        ("np.sum(upstream * block", "np.sum(block"),
    ),
    _check(
        "upstream-not-in-backward",
        "backward gets an upstream of ones. Give it `upstream`.",
        ("block.backward(upstream)", "block.backward(np.ones_like(upstream))"),
    ),
    _check(
        "upstream-summed",
        "The sum of the output is multiplied by the sum of upstream. Multiply entry by entry, then sum.",
        (
            "np.sum(upstream * block.forward(*inputs[:i], x, *inputs[i + 1 :]))",
            "np.sum(upstream) * np.sum(block.forward(*inputs[:i], x, *inputs[i + 1 :]))",
        ),
    ),
    _check(
        "backward-too-late",
        "backward is called after the numerical gradient, so it belongs to a forward at a moved point. Call forward at "
        "the inputs, then backward, before anything moves.",
        (
            "    gradients = block.backward(upstream)\n",
            "    for i, x in enumerate(inputs):\n"
            "        rest = inputs[i + 1 :]\n"
            "        numerical_gradient(lambda x, i=i, rest=rest: np.sum(block.forward(*inputs[:i], x, *rest)), x, h)\n"
            "    gradients = block.backward(upstream)\n",
        ),
    ),
    _check(
        "own-step",
        "The numerical gradient is taken by h = 1e-5 whatever `h` is. Pass `h` on.",
        ("numerical_gradient(f, inputs[i], h)", "numerical_gradient(f, inputs[i])"),
    ),
    _check(
        "one-input-unpacked",
        "With one input backward returns the bare array, and its first row is taken for the first gradient. Make it a "
        "tuple of one.",
        ("        gradients = (gradients,)\n", "        pass\n"),
    ),
    _check(
        "two-inputs-only",
        "Only blocks with two inputs can be checked. Loop over the inputs, however many.",
        ("    block.forward(*inputs)\n", "    x, y = inputs\n    block.forward(x, y)\n"),
    ),
    _check(
        "nan-lost",
        "A NaN is lost: Python's max keeps whichever came first. np.max keeps NaN.",
        (
            "    return float(np.max(errors))\n",
            "    worst = 0.0\n    for error in errors:\n        worst = max(worst, error)\n    return worst\n",
        ),
    ),
    _check(
        "absolute",
        "The result is the largest difference. It is the largest relative_error.",
        (_APPEND, "        errors.append(np.max(np.abs(gradient - numerical_gradient(f, inputs[i], h))))\n"),
    ),
    _check(
        "verdict",
        "The result is True or False. Return the error itself: the reader decides what is close.",
        ("    return float(np.max(errors))\n", "    return bool(np.max(errors) < 1e-6)\n"),
    ),
    _check(
        "no-return", "The errors are computed, but nothing is returned.", ("    return float(np.max(errors))\n", "")
    ),
)


def _jacobian(name: str, sentence: str, *edits: tuple[str, str]) -> Mistake:
    return Mistake(f"jacobian-{name}", "numerical_jacobian", sentence, edits=edits)


_STACK = "np.stack(columns, axis=1)"
_JACOBIANS = (
    _jacobian(
        "transposed", "It is transposed. Row i, column j is ∂fᵢ/∂xⱼ: a column per entry of x.", ("axis=1", "axis=0")
    ),
    _jacobian("divided-by-h", "The differences are divided by h. From x − h to x + h it is 2h.", ("/ (2 * h)", "/ h")),
    _jacobian(
        "one-sided",
        "These are one-sided differences. Go to both sides, as in numerical_gradient.",
        ("below[index] -= h", "below[index] -= 0"),
        ("/ (2 * h)", "/ h"),
    ),
    _jacobian("own-step", _STEP, ("    columns = []\n", "    h = 1e-5\n    columns = []\n")),
    _jacobian(
        "outputs-fortran",
        "The outputs are counted column by column. C order is row by row: ravel() as it is.",
        ("difference.ravel()", "difference.ravel(order='F')"),
    ),
    _jacobian(
        "inputs-fortran",
        "The entries of x are counted column by column. C order is row by row, as np.ndindex goes.",
        (
            "    for index in np.ndindex(x.shape):\n",
            "    for index in (place[::-1] for place in np.ndindex(x.shape[::-1])):\n",
        ),
    ),
    _jacobian("rows", _ROWS, ("for index in np.ndindex(x.shape):", "for index in range(len(x)):")),
    _jacobian(
        "flat-points",
        "f is given flat arrays. It takes arrays of x's shape.",
        ("f(above)", "f(above.ravel())"),
        ("f(below)", "f(below.ravel())"),
    ),
    _jacobian(
        "keeps-axes",
        "The axes of f and of x are kept. The Jacobian is a matrix of shape (f size, x size).",
        ("difference.ravel()", "difference"),
        (f"    return {_STACK}\n", "    return np.stack(columns, axis=-1)\n"),
    ),
    _jacobian(
        "row-lost",
        "For a function that returns one number the result has one axis. It is a matrix with one row.",
        (f"return {_STACK}", f"return np.squeeze({_STACK}, axis=0) if difference.ndim == 0 else {_STACK}"),
    ),
    _jacobian(
        "column-lost",
        "For an x of shape () the result has one axis. It is a matrix with one column.",
        (f"return {_STACK}", f"return columns[0] if x.ndim == 0 else {_STACK}"),
    ),
    _jacobian(
        "arrays-only",
        "A function that returns one number is refused. np.asarray takes numbers and arrays alike.",
        ("difference.ravel()", "np.concatenate(list(map(np.atleast_1d, difference)))"),
    ),
    _jacobian(
        "all-at-once",
        "All entries of x are moved at once. Each column needs a move of its own, the others held.",
        ("above[index] += h", "above += h"),
        ("below[index] -= h", "below -= h"),
    ),
    _jacobian(
        "not-put-back",
        "An entry that was moved is not put back before the next one moves.",
        (
            "        above, below = x.copy(), x.copy()\n        above[index] += h\n        below[index] -= h\n",
            "        below = x.copy()\n        x[index] += h\n        above = x.copy()\n        below[index] -= h\n",
        ),
    ),
    _jacobian("integers", _INTEGERS, (_TAKE, "    x = np.array(x)\n")),
    _jacobian("numbers", _NUMBERS, (_TAKE, "    x = x.astype(np.float64)\n")),
    _jacobian(
        "moves-back",
        _RESTORES,
        (_TAKE, "    x = np.asarray(x, dtype=np.float64)\n"),
        (
            "        above, below = x.copy(), x.copy()\n        above[index] += h\n        below[index] -= h\n",
            "        x[index] += h\n        above = x.copy()\n"
            "        x[index] -= 2 * h\n        below = x.copy()\n        x[index] += h\n",
        ),
    ),
)

NUMERIC = (*_TWO_SIDED, *_ONE_SIDED, *_RELATIVE, *_CHECKS, *_JACOBIANS)
