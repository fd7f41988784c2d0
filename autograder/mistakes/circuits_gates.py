"""Known wrong gates: changes to solutions/gates.py, the most telling first within each gate.

The list began with what students of public courses get wrong (ignored upstream gradients, gates that are not
switched, gradients that are not un-broadcast, aliasing, dtype drift); the rest comes from each gate's own formula.
`LEFT_OUT` says why the other entries of that list are not here.
"""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(question: str, name: str, sentence: str, *edits: Edit, whole: str = "", costs_only: bool = False) -> Mistake:
    name = f"{question.replace('_', '-')}-{name}"
    return Mistake(name, question, sentence, edits, whole, costs_only=costs_only)


# Lines of the reference that many rows change

_KEEP = "self.x, self.y = as_float(x), as_float(y)"
_KEEP_X = "self.x = as_float(x)"
_CAST = "return dx.astype(self.x.dtype), dy.astype(self.y.dtype)"
_FLOAT64_BOTH = "self.x, self.y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)"
_AS_GIVEN_BOTH = "self.x, self.y = np.asarray(x), np.asarray(y)"
_BY_HAND = """{gradient}.sum(
            axis=tuple(range(upstream.ndim - self.{name}.ndim))
        )"""

# Sentences that several gates share

_IGNORES = (
    "Your {name} returns its local gradient and leaves `upstream` out. "
    "The chain rule wants both: how much the loss moves with the output, times how much the output moves "
    "with the input."
)
_NO_LOCAL = (
    "Your {name} hands `upstream` on unchanged, as if its local gradient were 1. "
    "Write down df/dx of this gate and multiply it in."
)
_NOT_UNBROADCAST = (
    "Your {name} returns gradients of the output's shape. An input that was repeated by broadcasting "
    "collects the "
    "gradients of all its copies: their sum has the input's own shape."
)
_FIRST_NOT_UNBROADCAST = (
    "Your {name} undoes broadcasting for y only. x can be the smaller input just as well: treat both alike."
)
_FLOAT64 = (
    "Your {name} turns float32 into float64. Convert only what is no floating array yet: float32 inputs keep "
    "their dtype."
)
_INTEGER = (
    "Your {name} lets integers stay integers, and the gradient is cut off at the decimal point. "
    "Integers and Python numbers count as float64: convert them before you keep them."
)
_CLASS_STATE = (
    "All your {name} gates remember their inputs in one place, on the class, so the last forward of any of "
    "them wins. "
    "What a gate remembers belongs to the instance, to `self`."
)
_FIRST_KEPT = (
    "Your {name} remembers the inputs of its first forward for ever. backward belongs to the latest forward: "
    "keep the new inputs each time."
)
_CHANGES_INPUT = (
    "Your {name} writes its output into the array it was given. The caller still needs that array: compute a new one."
)
_CHANGES_UPSTREAM = (
    "Your {name} changes `upstream` in place. Other gates may receive the very same array: leave it as it is "
    "and "
    "build a new one."
)

UNBROADCAST = (
    _row(
        "unbroadcast",
        "not-summed",
        "Your unbroadcast returns the gradient as it came. Each copy that broadcasting made of an input has "
        "a gradient of its own, and the input gets their sum.",
        ("return np.array(summed).reshape(shape)", "return gradient.copy()"),
    ),
    _row(
        "unbroadcast",
        "mean",
        "Your unbroadcast takes the mean over the copies. Gradients add where a value branches out, so they "
        "are summed, however many there are.",
        ("gradient.sum(", "gradient.mean("),
    ),
    _row(
        "unbroadcast",
        "only-leading",
        "Your unbroadcast sums the axes that broadcasting put in front and forgets those of size 1 that were "
        "stretched. A (3, 1) input in a (3, 5) output was repeated too.",
        ("stretched = [added + axis for axis, size in enumerate(shape) if size == 1]", "stretched = []"),
        (".reshape(shape)", ""),
    ),
    _row(
        "unbroadcast",
        "only-stretched",
        "Your unbroadcast sums stretched axes of size 1 and forgets the axes that broadcasting put in front. "
        "A (5,) input in a (3, 5) output was repeated 3 times.",
        ("axis=(*range(added), *stretched))", "axis=tuple(stretched), keepdims=True)"),
        (".reshape(shape)", ""),
    ),
    _row(
        "unbroadcast",
        "keeps-axes",
        "Your unbroadcast keeps an axis of size 1 for each axis that broadcasting added. The result has "
        "exactly the input's shape: a (5,) input has a (5,) gradient, not (1, 5).",
        ("*stretched))", "*stretched), keepdims=True)"),
        (".reshape(shape)", ""),
    ),
    _row(
        "unbroadcast",
        "drops-axes",
        "Your unbroadcast sums the right axes but drops those of size 1. The gradient of a (3, 1) input is "
        "(3, 1), not (3,).",
        (".reshape(shape)", ""),
    ),
    _row(
        "unbroadcast",
        "counts-from-the-left",
        "Your unbroadcast numbers the input's axes from the left. NumPy lines shapes up at the right, so "
        "behind new axes in front, the input's axis 0 is a later axis of the gradient.",
        ("[added + axis for axis", "[axis for axis"),
        ("*stretched))", "*(axis for axis in stretched if axis >= added)))"),
    ),
    _row(
        "unbroadcast",
        "one-leading-axis",
        "Your unbroadcast removes one axis in front and stops. Broadcasting can add several: go on until the "
        "number of axes is right.",
        ("(*range(added), *stretched)", "(*range(min(added, 1)), *stretched)"),
        (
            "return np.array(summed).reshape(shape)",
            "return np.array(summed).reshape(shape) if added < 2 else np.array(summed)",
        ),
    ),
    _row(
        "unbroadcast",
        "one-stretched-axis",
        "Your unbroadcast sums the first stretched axis and stops. A (1, 3, 1) input was stretched along two axes.",
        ("*stretched))", "*stretched[:1]), keepdims=True)"),
        ("return np.array(summed).reshape(shape)", "return summed.reshape(summed.shape[added:])"),
    ),
    _row(
        "unbroadcast",
        "one-copy",
        "Your unbroadcast takes the gradient of one copy. All copies are the same input, so each "
        "contributes: add them.",
        ("summed = gradient.sum(axis=(*range(added), *stretched))", "summed = gradient[(0,) * added]"),
        ("return np.array(summed).reshape(shape)", "return np.array(summed[tuple(slice(size) for size in shape)])"),
    ),
    _row(
        "unbroadcast",
        "matches-sizes",
        "Your unbroadcast looks for the axes to sum by their sizes. Two axes can have the same size: go by "
        "position, from the right.",
        (
            "summed = gradient.sum(axis=(*range(added), *stretched))",
            "summed = gradient.sum(axis=tuple(i for i, size in enumerate(gradient.shape) if size not in shape))",
        ),
        (".reshape(shape)", ".reshape(shape) if summed.size == np.prod(shape) else np.array(summed)"),
    ),
    _row(
        "unbroadcast",
        "number-as-vector",
        "For a single number, of shape (), your unbroadcast returns an array of shape (1,). The gradient has "
        "no axes either.",
        ("return np.array(summed).reshape(shape)", "return np.atleast_1d(summed.reshape(shape))"),
    ),
    _row(
        "unbroadcast",
        "float64",
        "Your unbroadcast turns a float32 gradient into float64. The sum keeps the gradient's dtype.",
        ("gradient = as_float(gradient)", "gradient = np.asarray(gradient, dtype=np.float64)"),
    ),
    _row(
        "unbroadcast",
        "gradient-itself",
        "Where nothing is to be summed, your unbroadcast returns the very array it was given. Return a copy, "
        "or two owners will write into one array.",
        (
            "return np.array(summed).reshape(shape)",
            "return gradient if gradient.shape == tuple(shape) else np.array(summed).reshape(shape)",
        ),
    ),
    _row(
        "unbroadcast",
        "adds-in-place",
        "Your unbroadcast adds the copies up inside the gradient it was given, which changes the caller's "
        "array. Sum into a new one.",
        (
            "summed = gradient.sum(axis=(*range(added), *stretched))",
            "if added and gradient.shape[0] > 1:\n        gradient[0] += gradient[1:].sum(axis=0)\n"
            "        gradient = gradient[:1]\n"
            "    summed = gradient.sum(axis=(*range(added), *stretched))",
        ),
    ),
)

_ADD_DX = "dx = unbroadcast(upstream, self.x.shape)"
_ADD_DY = "dy = unbroadcast(upstream, self.y.shape)"
ADD = (
    _row(
        "add",
        "ignores-upstream",
        _IGNORES.format(name="Add"),
        (_ADD_DX, "dx = np.ones_like(self.x)"),
        (_ADD_DY, "dy = np.ones_like(self.y)"),
    ),
    _row(
        "add",
        "times-input",
        "Your Add multiplies the gradient by the input. The derivative of x + y with respect to x is 1, "
        "wherever x is: add hands its gradient on.",
        (_ADD_DX, "dx = unbroadcast(upstream * self.x, self.x.shape)"),
        (_ADD_DY, "dy = unbroadcast(upstream * self.y, self.y.shape)"),
    ),
    _row(
        "add",
        "like-multiply",
        "Your Add switches its inputs as a multiply gate does. Adding has derivative 1 for both inputs: each "
        "gets the upstream gradient.",
        (_ADD_DX, "dx = unbroadcast(upstream * self.y, self.x.shape)"),
        (_ADD_DY, "dy = unbroadcast(upstream * self.x, self.y.shape)"),
    ),
    _row(
        "add",
        "halves",
        "Your Add splits the gradient between its inputs. Nothing is shared out: if x grows by 1 the sum "
        "grows by 1, and the same holds for y, so both get all of it.",
        (_ADD_DX, _ADD_DX.replace("upstream,", "upstream / 2,")),
        (_ADD_DY, _ADD_DY.replace("upstream,", "upstream / 2,")),
    ),
    _row(
        "add",
        "minus",
        "Your Add gives y the gradient with a minus, as subtraction would. In x + y both inputs pull in the "
        "same direction.",
        (_ADD_DY, "dy = -unbroadcast(upstream, self.y.shape)"),
    ),
    _row(
        "add",
        "not-unbroadcast",
        _NOT_UNBROADCAST.format(name="Add"),
        (_ADD_DX, "dx = np.array(upstream)"),
        (_ADD_DY, "dy = np.array(upstream)"),
    ),
    _row(
        "add", "first-not-unbroadcast", _FIRST_NOT_UNBROADCAST.format(name="Add"), (_ADD_DX, "dx = np.array(upstream)")
    ),
    _row(
        "add",
        "only-leading-summed",
        "Your Add sums the axes in front that an input lacks, and leaves its axes of size 1 stretched. Those "
        "were repeated too: `unbroadcast` deals with both.",
        (_ADD_DX, "dx = " + _BY_HAND.format(gradient="np.asarray(upstream)", name="x")),
        (_ADD_DY, "dy = " + _BY_HAND.format(gradient="np.asarray(upstream)", name="y")),
    ),
    _row(
        "add",
        "upstream-itself",
        "Your Add returns `upstream` itself as a gradient. Whoever changes one of them later changes the "
        "other: return copies.",
        (_ADD_DX, "dx = upstream if self.x.shape == np.shape(upstream) else unbroadcast(upstream, self.x.shape)"),
        (_CAST, "return dx.astype(self.x.dtype, copy=False), dy.astype(self.y.dtype)"),
    ),
    _row(
        "add",
        "one-array-twice",
        "Your Add returns one and the same array as dx and as dy. They have equal values but two owners: "
        "make two arrays.",
        (_ADD_DY, "dy = dx if self.y.shape == self.x.shape else unbroadcast(upstream, self.y.shape)"),
        (_CAST, "return dx.astype(self.x.dtype, copy=False), dy.astype(self.y.dtype, copy=False)"),
    ),
    _row(
        "add",
        "changes-input",
        "Your Add sums into its first input. The caller still needs x: compute a new array.",
        (
            "return self.x + self.y",
            "if self.x.shape == self.y.shape and self.x.dtype == self.y.dtype:\n"
            "            self.x += self.y\n            return self.x.copy()\n        return self.x + self.y",
        ),
    ),
    _row("add", "class-state", _CLASS_STATE.format(name="Add"), (_KEEP, _KEEP.replace("self.", "Add."))),
    _row("add", "float64", _FLOAT64.format(name="Add"), (_KEEP, _FLOAT64_BOTH)),
    _row("add", "integers", _INTEGER.format(name="Add"), (_KEEP, _AS_GIVEN_BOTH)),
    _row(
        "add",
        "plain-numbers",
        "Your Add asks its inputs for a shape or dtype, which a Python number does not have. Turn inputs "
        "into floating arrays first; `as_float` is given for that.",
        (_KEEP, "self.x, self.y = x, y"),
    ),
    _row(
        "add",
        "promoted-gradient",
        "Beside a float64 input, the gradient of your Add's float32 input is float64. Each gradient has the "
        "dtype of its own input.",
        (_CAST, "return dx, dy"),
    ),
)

_MUL_DX = "dx = unbroadcast(upstream * self.y, self.x.shape)"
_MUL_DY = "dy = unbroadcast(upstream * self.x, self.y.shape)"
MULTIPLY = (
    _row(
        "multiply",
        "not-switched",
        "Your Multiply gives each input its own value. If x grows by 1, x·y grows by y: each input's local "
        "gradient is the other input.",
        (_MUL_DX, "dx = unbroadcast(upstream * self.x, self.x.shape)"),
        (_MUL_DY, "dy = unbroadcast(upstream * self.y, self.y.shape)"),
    ),
    _row(
        "multiply",
        "ignores-upstream",
        _IGNORES.format(name="Multiply"),
        (_MUL_DX, "dx = unbroadcast(np.ones_like(upstream) * self.y, self.x.shape)"),
        (_MUL_DY, "dy = unbroadcast(np.ones_like(upstream) * self.x, self.y.shape)"),
    ),
    _row("multiply", "like-add", _NO_LOCAL.format(name="Multiply"), (_MUL_DX, _ADD_DX), (_MUL_DY, _ADD_DY)),
    _row(
        "multiply",
        "y-twice",
        "In your Multiply dx is right, and dy uses y as well. Swap the roles for the second input: dy needs x.",
        (_MUL_DY, "dy = unbroadcast(upstream * self.y, self.y.shape)"),
    ),
    _row(
        "multiply",
        "times-output",
        "Your Multiply multiplies the gradient by the output x·y. The input you differentiate by drops out "
        "of the local gradient; only the other one stays.",
        (_MUL_DX, "dx = unbroadcast(upstream * self.x * self.y, self.x.shape)"),
        (_MUL_DY, "dy = unbroadcast(upstream * self.x * self.y, self.y.shape)"),
    ),
    _row(
        "multiply",
        "divides",
        "Your Multiply gets the other input back by dividing the output by this one, which breaks where an "
        "input is zero. The other input is there already: keep it in forward.",
        (_MUL_DX, "dx = unbroadcast(upstream * (self.x * self.y) / self.x, self.x.shape)"),
        (_MUL_DY, "dy = unbroadcast(upstream * (self.x * self.y) / self.y, self.y.shape)"),
    ),
    _row(
        "multiply",
        "not-unbroadcast",
        _NOT_UNBROADCAST.format(name="Multiply"),
        (_MUL_DX, "dx = upstream * self.y"),
        (_MUL_DY, "dy = upstream * self.x"),
    ),
    _row(
        "multiply",
        "first-not-unbroadcast",
        _FIRST_NOT_UNBROADCAST.format(name="Multiply"),
        (_MUL_DX, "dx = upstream * self.y"),
    ),
    _row(
        "multiply",
        "sums-too-early",
        "Your Multiply sums the upstream gradient over the copies before it multiplies. Each copy met "
        "another value of the other input: multiply first, then sum.",
        (_MUL_DX, "dx = unbroadcast(upstream, self.x.shape) * self.y"),
        (_MUL_DY, "dy = unbroadcast(upstream, self.y.shape) * self.x"),
    ),
    _row(
        "multiply",
        "wrong-axis",
        "Your Multiply sums over the last axes to get rid of those that broadcasting added. NumPy adds axes "
        "in front: sum over the first ones.",
        (
            _MUL_DX,
            "added = upstream.ndim - self.x.ndim\n"
            "        dx = unbroadcast((upstream * self.y).sum(axis=tuple(range(-added, 0))), self.x.shape)",
        ),
        (
            _MUL_DY,
            "added = upstream.ndim - self.y.ndim\n"
            "        dy = unbroadcast((upstream * self.x).sum(axis=tuple(range(-added, 0))), self.y.shape)",
        ),
    ),
    _row(
        "multiply",
        "changes-upstream",
        _CHANGES_UPSTREAM.format(name="Multiply"),
        (
            _MUL_DX + "\n        " + _MUL_DY,
            _MUL_DY + "\n        upstream *= self.y\n        dx = unbroadcast(upstream, self.x.shape)",
        ),
    ),
    _row(
        "multiply",
        "used-up",
        "Your Multiply throws its inputs away in backward, so a second backward fails. Keep them: backward "
        "may be called as often as one likes.",
        (
            _CAST,
            "result = dx.astype(self.x.dtype), dy.astype(self.y.dtype)\n        del self.x, self.y\n"
            "        return result",
        ),
    ),
    _row("multiply", "class-state", _CLASS_STATE.format(name="Multiply"), (_KEEP, _KEEP.replace("self.", "Multiply."))),
    _row(
        "multiply",
        "first-kept",
        _FIRST_KEPT.format(name="Multiply"),
        (_KEEP, 'if not hasattr(self, "x"):\n            ' + _KEEP),
        ("return self.x * self.y", "return as_float(x) * as_float(y)"),
    ),
    _row("multiply", "float64", _FLOAT64.format(name="Multiply"), (_KEEP, _FLOAT64_BOTH)),
    _row("multiply", "integers", _INTEGER.format(name="Multiply"), (_KEEP, _AS_GIVEN_BOTH)),
    _row(
        "multiply",
        "number-not-counted",
        "Your Multiply gives float32 where one input is float32 and the other a Python number. A number is "
        "an input like any other and counts as float64, so the output is float64.",
        ("return self.x * self.y", "return as_float(x * y)"),
    ),
)

_MAX_DX = "dx = unbroadcast(np.where(x_wins, upstream, 0.0), self.x.shape)"
_MAX_DY = "dy = unbroadcast(np.where(x_wins, 0.0, upstream), self.y.shape)"
_WINS = "x_wins = self.x >= self.y"
MAXIMUM = (
    _row(
        "maximum",
        "ties-to-y",
        "At a tie your Maximum gives the gradient to y. Our convention: the first input, x, gets all of it.",
        (_WINS, "x_wins = self.x > self.y"),
    ),
    _row(
        "maximum",
        "ties-to-both",
        "At a tie your Maximum gives the whole gradient to both inputs, as the CS231n notes do. Our "
        "convention differs: x gets all of it, y nothing.",
        (_MAX_DY, "dy = unbroadcast(np.where(self.y >= self.x, upstream, 0.0), self.y.shape)"),
    ),
    _row(
        "maximum",
        "ties-to-none",
        "At a tie your Maximum gives the gradient to nobody. Somebody must get it: our convention says x.",
        (_MAX_DX, "dx = unbroadcast(np.where(self.x > self.y, upstream, 0.0), self.x.shape)"),
    ),
    _row(
        "maximum",
        "ties-halved",
        "At a tie your Maximum halves the gradient. That is a fair idea, but our convention is simpler: x "
        "gets all of it.",
        (_MAX_DX, "dx = unbroadcast(upstream * (0.5 * (self.x > self.y) + 0.5 * x_wins), self.x.shape)"),
        (_MAX_DY, "dy = unbroadcast(upstream * (0.5 * (self.y > self.x) + 0.5 * (self.y >= self.x)), self.y.shape)"),
    ),
    _row(
        "maximum",
        "nearly-tied",
        "Your Maximum treats nearly equal inputs as a tie. The larger one gets the gradient however small "
        "the difference: compare exactly.",
        (_WINS, "x_wins = (self.x > self.y) | np.isclose(self.x, self.y)"),
    ),
    _row(
        "maximum",
        "ties-only-in-equal-shapes",
        "Your Maximum follows the convention for ties where the shapes are equal, and not where inputs are "
        "broadcast. Decide entry by entry, after broadcasting.",
        (_WINS, "x_wins = self.x >= self.y if self.x.shape == self.y.shape else self.x > self.y"),
    ),
    _row(
        "maximum",
        "to-the-smaller",
        "Your Maximum routes the gradient to the smaller input. Only the larger one reaches the output, so "
        "only it can move it.",
        (_WINS, "x_wins = self.x <= self.y"),
    ),
    _row(
        "maximum",
        "to-both",
        "Your Maximum gives both inputs the whole gradient, everywhere. The smaller input does not reach the "
        "output: its gradient is zero.",
        (_MAX_DX, _ADD_DX),
        (_MAX_DY, _ADD_DY),
    ),
    _row(
        "maximum",
        "ignores-upstream",
        _IGNORES.format(name="Maximum"),
        (_MAX_DX, "dx = unbroadcast(np.where(x_wins, np.ones_like(upstream), 0.0), self.x.shape)"),
        (_MAX_DY, "dy = unbroadcast(np.where(x_wins, 0.0, np.ones_like(upstream)), self.y.shape)"),
    ),
    _row(
        "maximum",
        "times-winner",
        "Your Maximum multiplies the gradient by the larger value. Where x wins the output is x itself, and "
        "its derivative is 1.",
        (_MAX_DX, _MAX_DX.replace("upstream", "upstream * self.x")),
        (_MAX_DY, _MAX_DY.replace("upstream", "upstream * self.y")),
    ),
    _row(
        "maximum",
        "like-relu",
        "Your Maximum asks whether x is positive, as ReLU does. Here x competes with y, not with 0.",
        (_WINS, "x_wins = np.broadcast_to(self.x > 0, np.shape(upstream))"),
    ),
    _row(
        "maximum",
        "by-upstream",
        "Your Maximum routes by the sign of the upstream gradient. The route was decided in forward, by "
        "which input was larger.",
        (_WINS, "x_wins = np.asarray(upstream) >= 0"),
    ),
    _row(
        "maximum",
        "whole-array",
        "Your Maximum decides once for the whole array. Each entry has a winner of its own.",
        (_WINS, "x_wins = np.sum(self.x - self.y) >= 0"),
    ),
    _row(
        "maximum",
        "python-max",
        "Your Maximum uses Python's comparison of two whole arrays, which has no single answer. Compare "
        "entry by entry with NumPy.",
        ("return np.maximum(self.x, self.y)", "return self.x if self.x > self.y else self.y"),
    ),
    _row(
        "maximum",
        "minimum",
        "Your Maximum returns the smaller of the two inputs.",
        ("np.maximum(", "np.minimum("),
    ),
    _row(
        "maximum",
        "not-unbroadcast",
        _NOT_UNBROADCAST.format(name="Maximum"),
        (_MAX_DX, "dx = np.where(x_wins, upstream, 0.0)"),
        (_MAX_DY, "dy = np.where(x_wins, 0.0, upstream)"),
    ),
    _row(
        "maximum",
        "first-not-unbroadcast",
        _FIRST_NOT_UNBROADCAST.format(name="Maximum"),
        (_MAX_DX, "dx = np.where(x_wins, upstream, 0.0)"),
    ),
    _row(
        "maximum",
        "number-as-vector",
        "For an input that is a single number, your Maximum returns a gradient of shape (1,). A gradient has "
        "the shape of its input, here ().",
        (_CAST, "return np.atleast_1d(dx).astype(self.x.dtype), np.atleast_1d(dy).astype(self.y.dtype)"),
    ),
    _row(
        "maximum",
        "changes-upstream",
        _CHANGES_UPSTREAM.format(name="Maximum"),
        (
            _MAX_DX + "\n        " + _MAX_DY,
            _MAX_DY + "\n        upstream[~x_wins] = 0.0\n        dx = unbroadcast(upstream, self.x.shape)",
        ),
    ),
    _row("maximum", "class-state", _CLASS_STATE.format(name="Maximum"), (_KEEP, _KEEP.replace("self.", "Maximum."))),
    _row("maximum", "float64", _FLOAT64.format(name="Maximum"), (_KEEP, _FLOAT64_BOTH)),
    _row("maximum", "integers", _INTEGER.format(name="Maximum"), (_KEEP, _AS_GIVEN_BOTH)),
)

_EXP = "self.output = np.exp(as_float(x))"
_TIMES_OUTPUT = "return upstream * self.output"
EXP = (
    _row("exp", "ignores-upstream", _IGNORES.format(name="Exp"), (_TIMES_OUTPUT, "return self.output.copy()")),
    _row("exp", "no-local-gradient", _NO_LOCAL.format(name="Exp"), (_TIMES_OUTPUT, "return upstream.copy()")),
    _row(
        "exp",
        "power-rule",
        "Your Exp uses the power rule, x·e^(x−1). That rule is for x to a constant power; here x is the "
        "exponent, and exp is its own derivative.",
        (_EXP, "self.x = as_float(x)"),
        ("return self.output\n        # END", "return np.exp(self.x)\n        # END"),
        (_TIMES_OUTPUT, "return upstream * self.x * np.exp(self.x - 1)"),
    ),
    _row(
        "exp",
        "times-input",
        "Your Exp multiplies the upstream gradient by its input. The local gradient is exp(x), the output: "
        "that is what forward should keep.",
        (_EXP, "self.x = as_float(x)\n        self.output = np.exp(self.x)"),
        (_TIMES_OUTPUT, "return upstream * self.x"),
    ),
    _row(
        "exp",
        "exp-of-output",
        "Your Exp takes exp of its output in backward, so exp is applied twice. The output is exp(x) already.",
        (_TIMES_OUTPUT, "return upstream * np.exp(self.output)"),
    ),
    _row(
        "exp",
        "base-two",
        "Your Exp computes a power of 2, not of e.",
        (_EXP, "self.output = np.exp2(as_float(x))"),
    ),
    _row(
        "exp",
        "rows-only",
        "Your Exp loops over the first axis, which an array without axes does not have. NumPy's functions "
        "work on any shape at once.",
        (_EXP, "self.output = np.array([np.exp(row) for row in as_float(x)])"),
    ),
    _row(
        "exp",
        "one-tuple",
        "Your Exp returns a tuple of one gradient. A gate with one input returns the bare array; look for a "
        "comma too many.",
        (_TIMES_OUTPUT, "return (upstream * self.output,)"),
    ),
    _row(
        "exp",
        "changes-input",
        _CHANGES_INPUT.format(name="Exp"),
        (_EXP, "x = as_float(x)\n        self.output = np.exp(x, out=np.atleast_1d(x)).reshape(x.shape)"),
    ),
    _row(
        "exp",
        "changes-memory",
        "Your Exp multiplies `upstream` into the output it keeps, so a second backward multiplies it in "
        "again. Leave what forward kept as it is.",
        (_TIMES_OUTPUT, "self.output = self.output * upstream\n        return self.output.copy()"),
    ),
    _row("exp", "class-state", _CLASS_STATE.format(name="Exp"), (_EXP, _EXP.replace("self.", "Exp."))),
    _row(
        "exp", "float64", _FLOAT64.format(name="Exp"), (_EXP, "self.output = np.exp(np.asarray(x, dtype=np.float64))")
    ),
    _row(
        "exp",
        "integers",
        _INTEGER.format(name="Exp"),
        (_EXP, "self.x = np.asarray(x)\n        self.output = np.exp(self.x)"),
        (_TIMES_OUTPUT, "return np.asarray(upstream * self.output).astype(self.x.dtype)"),
    ),
)

_BY_X = "return upstream / self.x"
LOG = (
    _row("log", "ignores-upstream", _IGNORES.format(name="Log"), (_BY_X, "return 1.0 / self.x")),
    _row("log", "no-local-gradient", _NO_LOCAL.format(name="Log"), (_BY_X, "return upstream.copy()")),
    _row(
        "log",
        "times-input",
        "Your Log multiplies by x instead of dividing. The logarithm is steep near 0 and flat far out: its "
        "slope is 1/x.",
        (_BY_X, "return upstream * self.x"),
    ),
    _row(
        "log",
        "by-output",
        "Your Log divides by its output. The local gradient is 1 over the input: keep x in forward, not log(x).",
        (_BY_X, "return upstream / np.log(self.x)"),
    ),
    _row(
        "log",
        "minus",
        "Your Log has a minus in its gradient. The logarithm grows with x, so its slope is positive; the "
        "minus belongs to 1/x.",
        (_BY_X, "return -upstream / self.x"),
    ),
    _row(
        "log",
        "one-derivative-too-many",
        "Your Log uses −1/x², which is the derivative of 1/x. You differentiated twice: the slope of log(x) is 1/x.",
        (_BY_X, "return -upstream / self.x**2"),
    ),
    _row(
        "log",
        "base-ten",
        "Your Log is the logarithm to base 10. Here log is the natural logarithm, the inverse of exp.",
        ("return np.log(self.x)", "return np.log10(self.x)"),
    ),
    _row(
        "log",
        "log-of-one-plus",
        "Your Log computes log(1 + x). Leave the 1 out: x is positive, so log(x) is safe.",
        ("return np.log(self.x)", "return np.log1p(self.x)"),
    ),
    _row(
        "log",
        "shifted",
        "Your Log adds a small number to x to be safe, which makes every output slightly wrong. x is "
        "positive here, so nothing needs protecting.",
        ("return np.log(self.x)", "return np.log(self.x + 1e-8)"),
    ),
    _row(
        "log",
        "accumulates",
        "Your Log adds each gradient to the one before. backward starts afresh each time; gradients are "
        "added up by the graph, not by a gate.",
        (_BY_X, 'self.dx = getattr(self, "dx", 0.0) + upstream / self.x\n        return self.dx.copy()'),
    ),
    _row(
        "log",
        "changes-upstream",
        _CHANGES_UPSTREAM.format(name="Log"),
        (_BY_X, "upstream /= self.x\n        return upstream.copy()"),
    ),
    _row("log", "class-state", _CLASS_STATE.format(name="Log"), (_KEEP_X, "Log.x = as_float(x)")),
    _row(
        "log",
        "first-kept",
        _FIRST_KEPT.format(name="Log"),
        (_KEEP_X, 'if not hasattr(self, "x"):\n            self.x = as_float(x)'),
        ("return np.log(self.x)", "return np.log(as_float(x))"),
    ),
    _row("log", "float64", _FLOAT64.format(name="Log"), (_KEEP_X, "self.x = np.asarray(x, dtype=np.float64)")),
    _row(
        "log",
        "integers",
        _INTEGER.format(name="Log"),
        (_KEEP_X, "self.x = np.asarray(x)"),
        (_BY_X, "return np.asarray(upstream / self.x).astype(self.x.dtype)"),
    ),
)

_INVERSE = "self.output = 1.0 / as_float(x)"
_MINUS_SQUARE = "return -upstream * self.output**2"
RECIPROCAL = (
    _row(
        "reciprocal",
        "sign-lost",
        "Your Reciprocal has lost the minus. 1/x falls when x grows, so its slope is negative: −1/x².",
        (_MINUS_SQUARE, "return upstream * self.output**2"),
    ),
    _row(
        "reciprocal",
        "ignores-upstream",
        _IGNORES.format(name="Reciprocal"),
        (_MINUS_SQUARE, "return -(self.output**2)"),
    ),
    _row(
        "reciprocal",
        "no-local-gradient",
        _NO_LOCAL.format(name="Reciprocal"),
        (_MINUS_SQUARE, "return upstream.copy()"),
    ),
    _row(
        "reciprocal",
        "not-squared",
        "Your Reciprocal has −1/x for its slope. The power rule takes one off the exponent: x to the −1 "
        "becomes −x to the −2.",
        (_MINUS_SQUARE, "return -upstream * self.output"),
    ),
    _row(
        "reciprocal",
        "logarithm",
        "Your Reciprocal uses log(x), which is what 1/x is the derivative of. You integrated; you want the "
        "other direction.",
        (_MINUS_SQUARE, "return upstream * -np.log(np.abs(self.output))"),
    ),
    _row(
        "reciprocal",
        "by-output",
        "Your Reciprocal squares x where it should square 1/x: it divides by the square of the output. Say "
        "which of the two you kept in forward.",
        (_MINUS_SQUARE, "return -upstream / self.output**2"),
    ),
    _row(
        "reciprocal",
        "squares-upstream",
        "Your Reciprocal squares the upstream gradient along with 1/x. The gradient of a gate is always "
        "proportional to `upstream`: set the brackets so that only 1/x is squared.",
        (_MINUS_SQUARE, "return -((upstream * self.output) ** 2)"),
    ),
    _row(
        "reciprocal",
        "cubed",
        "Your Reciprocal divides by x once too often. The slope is −1/x².",
        (_MINUS_SQUARE, "return -upstream * self.output**3"),
    ),
    _row(
        "reciprocal",
        "integer-power",
        "Your Reciprocal raises integers to a negative power, which NumPy refuses. Integers count as "
        "float64: convert first.",
        (_INVERSE, "self.output = np.asarray(x) ** -1"),
    ),
    _row(
        "reciprocal",
        "first-gradient-kept",
        "Your Reciprocal works its gradient out once and returns it for ever. Each backward brings an "
        "upstream gradient of its own.",
        (_INVERSE, _INVERSE + "\n        self.dx = None"),
        (
            _MINUS_SQUARE,
            "if self.dx is None:\n            self.dx = -upstream * self.output**2\n        return self.dx.copy()",
        ),
    ),
    _row(
        "reciprocal",
        "class-state",
        _CLASS_STATE.format(name="Reciprocal"),
        (_INVERSE, _INVERSE.replace("self.", "Reciprocal.")),
    ),
    _row(
        "reciprocal",
        "float64",
        _FLOAT64.format(name="Reciprocal"),
        (_INVERSE, "self.output = 1.0 / np.asarray(x, dtype=np.float64)"),
    ),
    _row(
        "reciprocal",
        "changes-input",
        _CHANGES_INPUT.format(name="Reciprocal"),
        (_INVERSE, "x = np.asarray(as_float(x))\n        np.divide(1.0, x, out=x)\n        self.output = x.copy()"),
    ),
)

_SCALED = "return self.factor * as_float(x)"
_SCALED_BACK = "return self.factor * as_float(upstream)"
SCALE = (
    _row(
        "scale",
        "factor-forgotten",
        "Your Scale forgets the factor on the way back. If x grows by 1, a·x grows by a: that is the local gradient.",
        (_SCALED_BACK, "return as_float(upstream).copy()"),
    ),
    _row(
        "scale",
        "ignores-upstream",
        _IGNORES.format(name="Scale"),
        (_SCALED_BACK, "return np.full_like(upstream, self.factor)"),
    ),
    _row(
        "scale",
        "times-input",
        "Your Scale multiplies the upstream gradient by x. That would be the gradient of the factor; it is a "
        "constant here, and x gets `factor` times upstream.",
        (_SCALED, "self.x = as_float(x)\n        return self.factor * self.x"),
        (_SCALED_BACK, "return self.x * as_float(upstream)"),
    ),
    _row(
        "scale",
        "divides",
        "Your Scale divides by the factor on the way back, as if it undid forward. A gradient is not the "
        "inverse: it is multiplied by the slope, which is the factor.",
        (_SCALED_BACK, "return as_float(upstream) / self.factor"),
    ),
    _row(
        "scale",
        "factor-squared",
        "Your Scale multiplies by the factor twice on the way back. Once is right: the slope of a·x is a.",
        (_SCALED_BACK, "return self.factor**2 * as_float(upstream)"),
    ),
    _row(
        "scale",
        "two-gradients",
        "Your Scale returns a gradient for its factor too. The factor is a constant, not an input: return "
        "the gradient of x alone.",
        (_SCALED, "self.x = as_float(x)\n        return self.factor * self.x"),
        (_SCALED_BACK, "return self.factor * as_float(upstream), np.sum(upstream * self.x)"),
    ),
    _row(
        "scale",
        "adds",
        "Your Scale adds the factor in forward. Scaling multiplies; adding a constant is what Shift does.",
        (_SCALED, "return self.factor + as_float(x)"),
    ),
    _row(
        "scale",
        "changes-input",
        _CHANGES_INPUT.format(name="Scale"),
        (_SCALED, "x = np.asarray(as_float(x))\n        x *= self.factor\n        return x.copy()"),
    ),
    _row(
        "scale",
        "class-state",
        "All your Scale gates share one factor, the latest. What a gate is made with belongs to the "
        "instance, to `self`.",
        ("self.factor = factor", "Scale.factor = factor"),
    ),
    _row(
        "scale",
        "float64",
        "Your Scale turns float32 into float64: the factor became a float64 array on the way. As a plain "
        "Python number it leaves float32 alone.",
        (_SCALED, "return np.array(self.factor) * as_float(x)"),
        (_SCALED_BACK, "return np.array(self.factor) * as_float(upstream)"),
    ),
    _row(
        "scale",
        "integers",
        "Your Scale makes the factor an integer when x holds integers, and loses its decimals. Integers "
        "count as float64: convert x, not the factor.",
        (_SCALED, "x = np.asarray(x)\n        return as_float(np.asarray(self.factor).astype(x.dtype) * x)"),
    ),
)

_SHIFTED = "return self.offset + as_float(x)"
_COPIED = "return as_float(upstream).copy()"
SHIFT = (
    _row(
        "shift",
        "times-offset",
        "Your Shift multiplies the gradient by the offset. A constant that is added does not change the "
        "slope: it is 1.",
        (_COPIED, "return self.offset * as_float(upstream)"),
    ),
    _row(
        "shift", "ignores-upstream", _IGNORES.format(name="Shift"), (_COPIED, "return np.ones_like(as_float(upstream))")
    ),
    _row(
        "shift",
        "adds-offset",
        "Your Shift adds the offset to the gradient as well. Derivatives forget added constants: hand on what came.",
        (_COPIED, "return self.offset + as_float(upstream)"),
    ),
    _row(
        "shift",
        "zero",
        "Your Shift returns zero. The derivative of the constant is zero, but c + x also has the x, whose "
        "derivative is 1.",
        (_COPIED, "return np.zeros_like(as_float(upstream))"),
    ),
    _row(
        "shift",
        "times-input",
        "Your Shift multiplies the gradient by x. The slope of c + x is 1, wherever x is.",
        (_SHIFTED, "self.x = as_float(x)\n        return self.offset + self.x"),
        (_COPIED, "return self.x * upstream"),
    ),
    _row(
        "shift",
        "subtracts",
        "Your Shift subtracts: it computes c − x or its negative instead of c + x.",
        (_SHIFTED, "return as_float(x) - self.offset"),
    ),
    _row(
        "shift",
        "minus",
        "Your Shift turns the gradient's sign around. c + x grows with x, so the slope is +1.",
        (_COPIED, "return -as_float(upstream)"),
    ),
    _row(
        "shift",
        "upstream-itself",
        "Your Shift returns the very array `upstream`. Whoever changes one later changes the other: return a copy.",
        (_COPIED, "return upstream"),
    ),
    _row(
        "shift",
        "changes-input",
        _CHANGES_INPUT.format(name="Shift"),
        (_SHIFTED, "x = np.asarray(as_float(x))\n        x += self.offset\n        return x.copy()"),
    ),
    _row(
        "shift",
        "class-state",
        "All your Shift gates share one offset, the latest. What a gate is made with belongs to the "
        "instance, to `self`.",
        ("self.offset = offset", "Shift.offset = offset"),
    ),
    _row(
        "shift",
        "float64",
        "Your Shift turns float32 into float64: the offset became a float64 array on the way. As a plain "
        "Python number it leaves float32 alone.",
        (_SHIFTED, "return np.array(self.offset) + as_float(x)"),
    ),
    _row(
        "shift",
        "integers",
        "Your Shift makes the offset an integer when x holds integers, and loses its decimals. Integers "
        "count as float64: convert x, not the offset.",
        (_SHIFTED, "x = np.asarray(x)\n        return as_float(np.asarray(self.offset).astype(x.dtype) + x)"),
    ),
)

_STABLE = "e = np.exp(-np.abs(x))  # never overflows: for x < 0, s(x) = e / (1 + e)"
_SQUASHED = "self.output = np.where(x >= 0, 1.0 / (1.0 + e), e / (1.0 + e))"
_SLOPE = "return upstream * self.output * (1.0 - self.output)"
_X = "        x = as_float(x)\n"
SIGMOID = (
    _row(
        "sigmoid",
        "slope-of-input",
        "Your Sigmoid puts its input into s·(1 − s). The s in that formula is the output: keep it in forward.",
        (_SQUASHED, _SQUASHED + "\n        self.x = x"),
        (_SLOPE, "return upstream * self.x * (1.0 - self.x)"),
    ),
    _row(
        "sigmoid",
        "ignores-upstream",
        _IGNORES.format(name="Sigmoid"),
        (_SLOPE, "return self.output * (1.0 - self.output)"),
    ),
    _row("sigmoid", "no-local-gradient", _NO_LOCAL.format(name="Sigmoid"), (_SLOPE, "return upstream.copy()")),
    _row(
        "sigmoid",
        "only-one-minus",
        "Your Sigmoid uses 1 − s for its slope. The slope is s·(1 − s): small on both sides, a quarter in the middle.",
        (_SLOPE, "return upstream * (1.0 - self.output)"),
    ),
    _row(
        "sigmoid",
        "only-output",
        "Your Sigmoid uses s for its slope, as exp would. The slope is s·(1 − s): it goes to zero on both sides.",
        (_SLOPE, "return upstream * self.output"),
    ),
    _row(
        "sigmoid",
        "twice",
        "Your Sigmoid applies itself to its own output in backward. What you kept is s(x) already: put it "
        "straight into s·(1 − s).",
        (_SLOPE, "s = 1.0 / (1.0 + np.exp(-self.output))\n        return upstream * s * (1.0 - s)"),
    ),
    _row(
        "sigmoid",
        "tanh-slope",
        "Your Sigmoid has 1 − s² for its slope, which belongs to tanh. For the sigmoid it is s·(1 − s).",
        (_SLOPE, "return upstream * (1.0 - self.output**2)"),
    ),
    _row(
        "sigmoid",
        "tanh",
        "Your Sigmoid runs from −1 to 1, as tanh does. The sigmoid runs from 0 to 1, and is ½ at 0.",
        (_SQUASHED, "self.output = np.tanh(x)"),
    ),
    _row(
        "sigmoid",
        "minus-forgotten",
        "Your Sigmoid falls from 1 to 0: the minus in exp(−x) is missing. For large x the exponential must vanish.",
        (_SQUASHED, "self.output = np.where(x < 0, 1.0 / (1.0 + e), e / (1.0 + e))"),
    ),
    _row(
        "sigmoid",
        "sign",
        "Your Sigmoid's gradient has the wrong sign. The sigmoid grows with x, so its slope s·(1 − s) is positive.",
        (_SLOPE, "return upstream * self.output * (self.output - 1.0)"),
    ),
    _row(
        "sigmoid",
        "python-if",
        "Your Sigmoid asks `if x >= 0` of a whole array, which has no single answer. Decide entry by entry.",
        (_SQUASHED, "self.output = 1.0 / (1.0 + e) if x >= 0 else e / (1.0 + e)"),
    ),
    _row(
        "sigmoid",
        "overflow",
        "Your Sigmoid computes exp(x)/(1 + exp(x)), which is infinity over infinity for large x. Arrange it "
        "so that the exponent is never large and positive.",
        (_STABLE, "e = np.exp(x)"),
        (_SQUASHED, "self.output = e / (1.0 + e)"),
    ),
    _row(
        "sigmoid",
        "overflow-in-backward",
        "Your Sigmoid is right in forward, but its backward uses exp(−x), as the chain of the four gates "
        "would: far to the left that is infinite, and infinity times or over something ends as NaN. The "
        "slope needs no exponential, s is kept already.",
        (_STABLE, "self.e = np.exp(-x)"),
        (_SQUASHED, "self.output = 1.0 / (1.0 + self.e)"),
        (_SLOPE, "return -1.0 * (self.e * (-upstream * self.output**2))"),
    ),
    _row(
        "sigmoid",
        "clipped",
        "Your Sigmoid clips its input at ±10. At 10 it is still visibly below 1: avoid the overflow without "
        "changing the values.",
        (_X, "        x = np.clip(as_float(x), -10.0, 10.0)\n"),
    ),
    _row(
        "sigmoid",
        "clipped-slope",
        "Your Sigmoid never lets its slope fall below a small number. Where the sigmoid is flat the gradient "
        "really vanishes; that is worth seeing, not hiding.",
        (_SLOPE, "return upstream * np.maximum(self.output * (1.0 - self.output), 1e-6)"),
    ),
    _row(
        "sigmoid",
        "differences",
        "Your Sigmoid estimates its slope by differences of outputs. Where it is nearly flat these lose "
        "their digits: use the formula s·(1 − s).",
        (_SQUASHED, _SQUASHED + "\n        self.x = x"),
        (
            _SLOPE,
            "x = self.x.astype(np.float64)\n"
            "        ahead, behind = (1.0 / (1.0 + np.exp(-x - h)) for h in (1e-5, -1e-5))\n"
            "        return upstream * ((ahead - behind) / 2e-5).astype(self.x.dtype)",
        ),
    ),
    _row(
        "sigmoid",
        "changes-memory",
        "Your Sigmoid turns the output it keeps into the slope, so a second backward starts from something "
        "else. Leave what forward kept as it is.",
        (_SLOPE, "self.output = self.output * (1.0 - self.output)\n        return upstream * self.output"),
    ),
    _row(
        "sigmoid",
        "class-state",
        _CLASS_STATE.format(name="Sigmoid"),
        (_SQUASHED, _SQUASHED.replace("self.", "Sigmoid.")),
    ),
    _row(
        "sigmoid",
        "float64",
        _FLOAT64.format(name="Sigmoid"),
        (_X, "        x = np.asarray(x, dtype=np.float64)\n"),
    ),
    _row(
        "sigmoid",
        "integers",
        "For integers your Sigmoid stores its output in an integer array, where everything between 0 and 1 "
        "is 0. Integers count as float64: convert x first.",
        (_X, "        x = np.asarray(x)\n"),
        (_SQUASHED, _SQUASHED + "\n        self.output = as_float(self.output.astype(x.dtype))"),
    ),
)

_MM_DX = "dx = upstream @ self.y.T"
_MM_DY = "dy = self.x.T @ upstream"
MAT_MUL = (
    _row(
        "mat_mul",
        "not-transposed",
        "Your MatMul multiplies by y itself, and the shapes do not fit. dx has x's shape: lay upstream (n, "
        "k) and y (m, k) so that (n, m) comes out.",
        (_MM_DX, "dx = upstream @ self.y"),
        (_MM_DY, "dy = self.x @ upstream"),
    ),
    _row(
        "mat_mul",
        "transposed",
        "Your MatMul returns its gradients transposed. dx has the shape of x, dy that of y: turn the order "
        "of the product around.",
        (_MM_DX, "dx = self.y @ upstream.T"),
        (_MM_DY, "dy = upstream.T @ self.x"),
    ),
    _row(
        "mat_mul",
        "swapped",
        "Your MatMul returns (dy, dx). The gradients come in the order of the inputs.",
        (_CAST, "return dy.astype(self.y.dtype), dx.astype(self.x.dtype)"),
    ),
    _row(
        "mat_mul",
        "upstream-first",
        "In your MatMul dy has upstream on the wrong side. In x y, y stands on the right, so in dy upstream "
        "stands on the right: xᵀ comes first.",
        (_MM_DY, "dy = upstream @ self.x.T"),
    ),
    _row(
        "mat_mul",
        "ignores-upstream",
        _IGNORES.format(name="MatMul"),
        (_MM_DX, "dx = np.ones_like(upstream) @ self.y.T"),
        (_MM_DY, "dy = self.x.T @ np.ones_like(upstream)"),
    ),
    _row(
        "mat_mul",
        "guesses-by-shape",
        "Your MatMul transposes only where the shapes force it to, so square matrices come out wrong. It is "
        "yᵀ always: each entry of x meets a row of y, and its gradient collects along that row.",
        (_MM_DX, "dx = upstream @ (self.y if upstream.shape[1] == self.y.shape[0] else self.y.T)"),
    ),
    _row(
        "mat_mul",
        "elementwise",
        "Your MatMul multiplies entry by entry. The matrix product sums over the inner axis: NumPy writes it `@`.",
        ("return self.x @ self.y", "return self.x * self.y"),
    ),
    _row(
        "mat_mul",
        "mean-over-rows",
        "Your MatMul divides dy by the number of rows. A gate sums over rows; a mean is the business of the loss.",
        (_MM_DY, "dy = self.x.T @ upstream / len(self.x)"),
    ),
    _row(
        "mat_mul",
        "minus",
        "Your MatMul's dx has the wrong sign. The product grows with x exactly as y says, without a minus.",
        (_MM_DX, "dx = -upstream @ self.y.T"),
    ),
    _row(
        "mat_mul",
        "squeezed",
        "Your MatMul drops axes of size 1. The product of an (n, m) and an (m, k) matrix is (n, k), also "
        "where n or k is 1.",
        ("return self.x @ self.y", "return np.squeeze(self.x @ self.y)"),
    ),
    _row(
        "mat_mul",
        "loops",
        "Your MatMul's gradients are right, but a loop works them out entry by entry. Each of them is one "
        "matrix product.",
        (_MM_DX, "dx = np.array([[np.dot(g, row) for row in self.y] for g in upstream])"),
        (_MM_DY, "dy = np.array([[np.dot(column, g) for g in upstream.T] for column in self.x.T])"),
        costs_only=True,
    ),
    _row(
        "mat_mul",
        "used-up",
        "Your MatMul throws its matrices away in backward, so a second backward fails. "
        "Keep them: backward may be called as often as one likes.",
        (_MM_DX, "x, y = self.x, self.y\n        del self.x, self.y\n        dx = upstream @ y.T"),
        (_MM_DY, "dy = x.T @ upstream"),
        (_CAST, "return dx.astype(x.dtype), dy.astype(y.dtype)"),
    ),
    _row("mat_mul", "class-state", _CLASS_STATE.format(name="MatMul"), (_KEEP, _KEEP.replace("self.", "MatMul."))),
    _row("mat_mul", "float64", _FLOAT64.format(name="MatMul"), (_KEEP, _FLOAT64_BOTH)),
    _row("mat_mul", "integers", _INTEGER.format(name="MatMul"), (_KEEP, _AS_GIVEN_BOTH)),
    _row(
        "mat_mul",
        "promoted-gradient",
        "Beside a float64 matrix, the gradient of your MatMul's float32 matrix is float64. Each gradient has "
        "the dtype of its own input.",
        (_CAST, "return dx, dy"),
    ),
)

GATES: tuple[Mistake, ...] = (
    *UNBROADCAST,
    *ADD,
    *MULTIPLY,
    *MAXIMUM,
    *EXP,
    *LOG,
    *RECIPROCAL,
    *SCALE,
    *SHIFT,
    *SIGMOID,
    *MAT_MUL,
)

LEFT_OUT = {
    "overwrites gradient at branch": "the graph adds at branches, not a gate: see circuits_graph.py",
    "no reverse topological order": "see circuits_graph.py",
    "recursion per path, recursion limit": "see circuits_graph.py",
    "constants or inputs without a gradient": "see circuits_graph.py; a gate returns one gradient for each input",
    "stores a view, history entries alias": "gates keep no history; a gate may keep references for backward",
    "1/(1 + exp(-x)) at ±1000": "right to 4e-18, it only warns: accepted",
    "sigmoid by tanh, ½(1 + tanh(x/2))": "right within the tolerance everywhere: accepted",
    "sigmoid clipped at ±30 or further": "right within the tolerance everywhere: accepted",
    "MatMul by differences of forward": "360 000 forward passes end at the limit of CPU time, which costs "
    "each replay "
    "seconds; the loop over entries stands for it",
    "complex step in a gate of one input": "as exact and nearly as fast as the formula: nothing can tell",
}
"""Known mistakes that have no row here, and why."""
