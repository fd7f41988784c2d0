"""Known wrong activations and experiments: changes to solutions/activations.py, the most telling first in each.

The list began with what students of public courses get wrong (slopes of the wrong variable, masks of the wrong array,
slopes lost, both pieces of maxout fed, overflow); the rest comes from each formula. `LEFT_OUT` says why the other
entries of that list are not here.
"""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(question: str, name: str, sentence: str, *edits: Edit, costs_only: bool = False) -> Mistake:
    return Mistake(f"{question.replace('_', '-')}-{name}", question, sentence, edits, costs_only=costs_only)


# Sentences that several activations share

_IGNORES = (
    "Your {name} returns its slope and leaves `upstream` out. The chain rule wants both: how much the loss moves with "
    "the output, times how much the output moves with the input."
)
_NO_SLOPE = (
    "Your {name} hands `upstream` on unchanged, as if its slope were 1. Multiply by the slope of this activation at "
    "each entry of x."
)
_MASK_OF_UPSTREAM = (
    "Your {name} looks at the sign of `upstream` to decide what passes. What decides is the x of the forward pass: "
    "keep it, or where it was positive."
)
_CLASS_STATE = (
    "All your {name} blocks remember their forward pass in one place, on the class, so the last forward of any of "
    "them wins. What a block remembers belongs to the instance, to `self`."
)
_FLOAT64 = (
    "Your {name} turns float32 into float64. Constants are best plain Python numbers, and no conversion is needed."
)
_INTEGER_MASK = (
    "Your {name} multiplies `upstream` by an array of integers, which turns float32 into float64. A mask of bools, or "
    "of x's own dtype, does not."
)
_CHANGES_INPUT = (
    "Your {name} writes into the array x that it was given. The caller still needs it: compute a new array."
)
_CHANGES_UPSTREAM = (
    "Your {name} changes `upstream` in place. Others may receive the very same array: leave it as it is and build a "
    "new one."
)

IDENTITY = (
    _row(
        "identity",
        "ignores-upstream",
        "Your Identity returns ones: that is its slope, without `upstream`. Slope 1 means that what arrives goes on.",
        ("return upstream.copy()", "return np.ones_like(upstream)"),
    ),
    _row(
        "identity",
        "times-input",
        "Your Identity multiplies the gradient by x. The slope of f(x) = x is 1, wherever x is.",
        ("return x.copy()", "self.x = x\n        return x.copy()"),
        ("return upstream.copy()", "return upstream * self.x"),
    ),
    _row(
        "identity",
        "no-copies",
        "Your Identity returns the very arrays it was given, in both passes. Whoever changes one later changes the "
        "other: return copies.",
        ("return x.copy()", "return x"),
        ("return upstream.copy()", "return upstream"),
    ),
    _row(
        "identity",
        "input-itself",
        "Your Identity's forward returns the very array x. Whoever changes one later changes the other: return a copy.",
        ("return x.copy()", "return x"),
    ),
    _row(
        "identity",
        "upstream-itself",
        "Your Identity's backward returns the very array `upstream`. Whoever changes one later changes the other: "
        "return a copy.",
        ("return upstream.copy()", "return upstream"),
    ),
)

_STEP = "return (x > 0).astype(x.dtype)"
_NOTHING = "return np.zeros_like(upstream)"
STEP = (
    _row(
        "step",
        "straight-through",
        "Your Step hands `upstream` on. A step is flat on both sides of 0, so its gradient is 0 everywhere; that is "
        "why nobody can train with it.",
        (_NOTHING, "return upstream.copy()"),
    ),
    _row(
        "step",
        "like-relu",
        "Your Step has the gradient of a ReLU. Where x > 0 the step is flat too, at 1: its slope is 0 everywhere.",
        (_STEP, "self.x = x\n        " + _STEP),
        (_NOTHING, "return np.where(self.x > 0, upstream, 0.0)"),
    ),
    _row(
        "step",
        "sign",
        "Your Step goes from -1 to 1, as the sign does. Heaviside's step goes from 0 to 1.",
        (_STEP, "return np.sign(x)"),
    ),
    _row(
        "step",
        "one-at-zero",
        "Your Step is 1 at 0. In this course it is still 0 there: only x > 0 counts.",
        (_STEP, "return (x >= 0).astype(x.dtype)"),
    ),
    _row(
        "step",
        "half-at-zero",
        "Your Step is 1/2 at 0. In this course it is 0 there.",
        (_STEP, "return np.heaviside(x, 0.5)"),
    ),
    _row(
        "step",
        "bools",
        "Your Step returns bools, or integers, instead of numbers of x's dtype. The next layer multiplies them: turn "
        "them into x's dtype.",
        (_STEP, "return x > 0"),
    ),
    _row(
        "step",
        "changes-upstream",
        _CHANGES_UPSTREAM.format(name="Step"),
        (_NOTHING, "upstream *= 0.0\n        return upstream.copy()"),
    ),
)

_E = "e = np.exp(-np.abs(x))  # at most 1: for x < 0, s(x) = exp(x) / (1 + exp(x))"
_SQUASHED = "self.output = np.where(x >= 0, 1.0, e) / (1.0 + e)"
_SLOPE = "return upstream * self.output * (1.0 - self.output)"
_DIFFERENCES = (
    "Your {name} estimates its slope by differences of outputs. Where it is nearly flat these lose their digits: use "
    "the formula {formula}."
)
SIGMOID = (
    _row(
        "sigmoid",
        "slope-of-input",
        "Your Sigmoid puts its input into s (1 - s). The s in that formula is the output: keep it in forward.",
        (_SQUASHED, _SQUASHED + "\n        self.x = x"),
        (_SLOPE, "return upstream * self.x * (1.0 - self.x)"),
    ),
    _row(
        "sigmoid",
        "ignores-upstream",
        _IGNORES.format(name="Sigmoid"),
        (_SLOPE, "return self.output * (1.0 - self.output)"),
    ),
    _row("sigmoid", "no-slope", _NO_SLOPE.format(name="Sigmoid"), (_SLOPE, "return upstream.copy()")),
    _row(
        "sigmoid",
        "twice",
        "Your Sigmoid applies itself to its own output in backward. What you kept is s(x) already: put it straight "
        "into s (1 - s).",
        (_SLOPE, "s = 1.0 / (1.0 + np.exp(-self.output))\n        return upstream * s * (1.0 - s)"),
    ),
    _row(
        "sigmoid",
        "overflow",
        "Your Sigmoid computes exp(x) / (1 + exp(x)), which is infinity over infinity for large x. Arrange it so that "
        "the exponent is never large and positive.",
        (_E, "e = np.exp(x)"),
        (_SQUASHED, "self.output = e / (1.0 + e)"),
    ),
    _row(
        "sigmoid",
        "overflow-in-backward",
        "Your Sigmoid is right in forward, but its backward uses exp(-x) / (1 + exp(-x))²: far to the left that is "
        "infinity over infinity. The slope needs no exponential, s is kept already.",
        (_SQUASHED, _SQUASHED + "\n        self.e = np.exp(-x)"),
        (_SLOPE, "return upstream * self.e / (1.0 + self.e) ** 2"),
    ),
    _row(
        "sigmoid",
        "differences",
        _DIFFERENCES.format(name="Sigmoid", formula="s (1 - s)"),
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
        "Your Sigmoid turns the output it keeps into the slope, so a second backward starts from something else. "
        "Leave what forward kept as it is.",
        (_SLOPE, "self.output = self.output * (1.0 - self.output)\n        return upstream * self.output"),
    ),
    _row(
        "sigmoid", "class-state", _CLASS_STATE.format(name="Sigmoid"), (_SQUASHED, _SQUASHED.replace("self", "Sigmoid"))
    ),
    _row("sigmoid", "float64", _FLOAT64.format(name="Sigmoid"), (_E, "x = x.astype(np.float64)\n        " + _E)),
)

_TANH = "self.output = np.tanh(x)"
_TANH_SLOPE = "return upstream * (1.0 - self.output**2)"
TANH = (
    _row(
        "tanh",
        "slope-of-input",
        "Your Tanh has the slope 1 - x². The square is that of the output: it is 1 - tanh(x)².",
        (_TANH, "self.x, self.output = x, np.tanh(x)"),
        (_TANH_SLOPE, "return upstream * (1.0 - self.x**2)"),
    ),
    _row(
        "tanh",
        "not-squared",
        "Your Tanh has the slope 1 - tanh(x). The square is missing: 1 - tanh(x)² is the same on both sides of 0.",
        (_TANH_SLOPE, "return upstream * (1.0 - self.output)"),
    ),
    _row(
        "tanh",
        "sigmoid-slope",
        "Your Tanh has y (1 - y) for its slope, which belongs to the sigmoid. For tanh it is 1 - y².",
        (_TANH_SLOPE, "return upstream * self.output * (1.0 - self.output)"),
    ),
    _row("tanh", "ignores-upstream", _IGNORES.format(name="Tanh"), (_TANH_SLOPE, "return 1.0 - self.output**2")),
    _row(
        "tanh",
        "half",
        "Your Tanh computes tanh(x/2): the inner 2 of 2 s(2x) - 1 is missing. Twice the height needs half the width.",
        (_TANH, "self.output = np.tanh(x / 2)"),
    ),
    _row(
        "tanh",
        "half-the-slope",
        "Your Tanh goes through the sigmoid and forgets one of the two factors 2 in backward. In 2 s(2x) - 1 the outer "
        "2 counts and the inner 2 counts: the slope is 4 s' (2x).",
        (_TANH_SLOPE, "return upstream * (1.0 - self.output**2) / 2"),
    ),
    _row(
        "tanh",
        "overflow",
        "Your Tanh divides sums of exp(x) and exp(-x), which is infinity over infinity far out. NumPy has a tanh.",
        (_TANH, "self.output = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))"),
    ),
    _row(
        "tanh",
        "differences",
        _DIFFERENCES.format(name="Tanh", formula="1 - tanh(x)²"),
        (_TANH, "self.x, self.output = x, np.tanh(x)"),
        (
            _TANH_SLOPE,
            "x = self.x.astype(np.float64)\n"
            "        slope = (np.tanh(x + 1e-5) - np.tanh(x - 1e-5)) / 2e-5\n"
            "        return upstream * slope.astype(self.x.dtype)",
        ),
    ),
    _row("tanh", "float64", _FLOAT64.format(name="Tanh"), (_TANH, "self.output = np.tanh(x.astype(np.float64))")),
)

_INSIDE = "self.inside = np.abs(x) < 1"
_CLIPPED = "return np.clip(x, -1.0, 1.0)"
_WHERE_INSIDE = "return np.where(self.inside, upstream, 0.0)"
HARD_TANH = (
    _row(
        "hard_tanh",
        "passes-outside",
        "Your HardTanh lets the gradient through where the output is cut off at -1 or 1. There it is flat: slope 0.",
        (_WHERE_INSIDE, "return upstream.copy()"),
    ),
    _row(
        "hard_tanh",
        "one-side",
        "Your HardTanh blocks the gradient above 1 and not below -1. It is flat on both sides.",
        (_INSIDE, "self.inside = x < 1"),
    ),
    _row(
        "hard_tanh",
        "mask-of-upstream",
        "Your HardTanh looks at `upstream` to decide what passes. What decides is the x of the forward pass.",
        (_WHERE_INSIDE, "return np.where(np.abs(upstream) < 1, upstream, 0.0)"),
    ),
    _row(
        "hard_tanh",
        "clips-upstream",
        "Your HardTanh clips the gradient to [-1, 1], as forward does with x. The slope decides: 1 inside, 0 outside.",
        (_WHERE_INSIDE, "return np.clip(upstream, -1.0, 1.0)"),
    ),
    _row(
        "hard_tanh",
        "ignores-upstream",
        _IGNORES.format(name="HardTanh"),
        (_WHERE_INSIDE, "return self.inside.astype(upstream.dtype)"),
    ),
    _row(
        "hard_tanh",
        "edges-pass",
        "Your HardTanh has slope 1 at exactly -1 and 1. In this course the slope at these two kinks is 0.",
        (_INSIDE, "self.inside = np.abs(x) <= 1"),
    ),
    _row(
        "hard_tanh",
        "changes-input",
        _CHANGES_INPUT.format(name="HardTanh"),
        (_CLIPPED, "return np.clip(x, -1.0, 1.0, out=x).copy()"),
    ),
    _row(
        "hard_tanh", "class-state", _CLASS_STATE.format(name="HardTanh"), (_INSIDE, _INSIDE.replace("self", "HardTanh"))
    ),
    _row(
        "hard_tanh",
        "float64",
        _FLOAT64.format(name="HardTanh"),
        (_CLIPPED, "return np.clip(x, *np.array([-1.0, 1.0]))"),
    ),
)

_POSITIVE = "self.positive = x > 0"
_CUT = "return np.where(self.positive, x, 0.0)"
_GATED = "return np.where(self.positive, upstream, 0.0)"
RELU = (
    _row(
        "relu",
        "mask-of-upstream",
        _MASK_OF_UPSTREAM.format(name="ReLU"),
        (_GATED, "return np.where(upstream > 0, upstream, 0.0)"),
    ),
    _row(
        "relu",
        "passes-everywhere",
        "Your ReLU lets every gradient through, also where x was negative; a test such as output >= 0 is always true. "
        "Where x is negative the output stays 0 whatever x does: slope 0.",
        (_GATED, "return upstream.copy()"),
    ),
    _row(
        "relu",
        "ignores-upstream",
        _IGNORES.format(name="ReLU"),
        (_GATED, "return self.positive.astype(upstream.dtype)"),
    ),
    _row(
        "relu",
        "passes-at-zero",
        "Your ReLU has slope 1 at exactly 0. In this course the branch x ≤ 0 counts at the kink: slope 0, so the mask "
        "is x > 0, not x >= 0.",
        (_POSITIVE, "self.positive = x >= 0"),
    ),
    _row(
        "relu",
        "half-at-zero",
        "Your ReLU has slope 1/2 at exactly 0, as the mean of both sides. In this course it is 0 there.",
        (_CUT, "self.zero = x == 0\n        " + _CUT),
        (_GATED, "return np.where(self.positive, upstream, np.where(self.zero, upstream / 2, 0.0))"),
    ),
    _row(
        "relu",
        "changes-input",
        _CHANGES_INPUT.format(name="ReLU"),
        (_CUT, "x[~self.positive] = 0.0\n        return x.copy()"),
    ),
    _row(
        "relu",
        "changes-upstream",
        _CHANGES_UPSTREAM.format(name="ReLU"),
        (_GATED, "upstream[~self.positive] = 0.0\n        return upstream.copy()"),
    ),
    _row("relu", "class-state", _CLASS_STATE.format(name="ReLU"), (_POSITIVE, _POSITIVE.replace("self", "ReLU"))),
    _row(
        "relu",
        "integer-mask",
        _INTEGER_MASK.format(name="ReLU"),
        (_GATED, "return upstream * np.where(self.positive, 1, 0)"),
    ),
)

_LEAK = "return np.where(self.positive, x, self.slope * x)"
_LEAK_BACK = "return np.where(self.positive, upstream, self.slope * upstream)"
LEAKY_RELU = (
    _row(
        "leaky_relu",
        "no-leak",
        "Your LeakyReLU blocks the gradient where x is negative, like a plain ReLU. The leak is the point of it: there "
        "the slope is `slope`.",
        (_LEAK_BACK, _GATED),
    ),
    _row(
        "leaky_relu",
        "no-leak-in-forward",
        "Your LeakyReLU's forward is 0 where x is negative, like a plain ReLU. It is slope · x there.",
        (_LEAK, _CUT),
    ),
    _row(
        "leaky_relu",
        "fixed-slope",
        "Your LeakyReLU uses 0.01 whatever slope it was made with. Use `self.slope`.",
        (_LEAK, _LEAK.replace("self.slope", "0.01")),
        (_LEAK_BACK, _LEAK_BACK.replace("self.slope", "0.01")),
    ),
    _row(
        "leaky_relu",
        "other-side",
        "Your LeakyReLU's backward applies the slope where x is positive. It belongs to the negative side.",
        (_LEAK_BACK, "return np.where(self.positive, self.slope * upstream, upstream)"),
    ),
    _row(
        "leaky_relu",
        "mask-of-upstream",
        _MASK_OF_UPSTREAM.format(name="LeakyReLU"),
        (_LEAK_BACK, "return np.where(upstream > 0, upstream, self.slope * upstream)"),
    ),
    _row(
        "leaky_relu",
        "ignores-upstream",
        _IGNORES.format(name="LeakyReLU"),
        (_LEAK_BACK, "return np.where(self.positive, 1.0, self.slope).astype(upstream.dtype)"),
    ),
    _row(
        "leaky_relu",
        "one-at-zero",
        "Your LeakyReLU has slope 1 at exactly 0. In this course the branch x ≤ 0 counts at the kink: the slope is "
        "`slope`.",
        (_POSITIVE, "self.positive = x >= 0"),
    ),
    _row(
        "leaky_relu",
        "zero-at-zero",
        "Your LeakyReLU has slope 0 at exactly 0, where both of its branches are left out. The branch x ≤ 0 counts at "
        "the kink: the slope is `slope`.",
        (_POSITIVE, "self.zero = x == 0\n        " + _POSITIVE),
        (_LEAK_BACK, "return np.where(self.zero, 0.0, np.where(self.positive, upstream, self.slope * upstream))"),
    ),
    _row(
        "leaky_relu",
        "class-state",
        _CLASS_STATE.format(name="LeakyReLU"),
        (_POSITIVE, _POSITIVE.replace("self", "LeakyReLU")),
    ),
    _row(
        "leaky_relu",
        "float64",
        "Your LeakyReLU's gradient of a float32 input is float64: an array of slopes is float64. Multiply by the plain "
        "number, or give the array the dtype of x.",
        (_LEAK_BACK, "return upstream * np.where(self.positive, 1.0, self.slope)"),
    ),
)

_BELOW = "self.x_below = np.minimum(x, 0.0)  # exp of a large x must not overflow in the branch not taken"
_ELU = "return np.where(self.positive, x, self.alpha * np.expm1(self.x_below))"
_ELU_BACK = "return upstream * np.where(self.positive, 1.0, self.alpha * np.exp(self.x_below))"
ELU = (
    _row(
        "elu",
        "slope-is-output",
        "Your ELU uses alpha (exp(x) - 1) for its slope where x is negative: that is the output. Its derivative is "
        "alpha exp(x), the output plus alpha.",
        (_ELU_BACK, "return upstream * np.where(self.positive, 1.0, self.alpha * np.expm1(self.x_below))"),
    ),
    _row(
        "elu",
        "no-alpha-in-backward",
        "Your ELU forgets alpha in backward. It is a factor of the negative branch, so it is one of its slope as well.",
        (_ELU_BACK, "return upstream * np.where(self.positive, 1.0, np.exp(self.x_below))"),
    ),
    _row(
        "elu",
        "no-alpha",
        "Your ELU ignores alpha, and is right for alpha = 1 only. Both passes have it as a factor where x is negative.",
        (_ELU, "return np.where(self.positive, x, np.expm1(self.x_below))"),
        (_ELU_BACK, "return upstream * np.where(self.positive, 1.0, np.exp(self.x_below))"),
    ),
    _row(
        "elu",
        "no-minus-one",
        "Your ELU computes alpha exp(x) where x is negative, and jumps at 0. The - 1 makes the branches meet.",
        (_ELU, "return np.where(self.positive, x, self.alpha * np.exp(self.x_below))"),
    ),
    _row(
        "elu",
        "like-relu",
        "Your ELU blocks the gradient where x is negative, like a ReLU. There the slope is alpha exp(x).",
        (_ELU_BACK, _GATED),
    ),
    _row(
        "elu",
        "ignores-upstream",
        _IGNORES.format(name="ELU"),
        (
            _ELU_BACK,
            "return np.where(self.positive, np.ones_like(upstream), self.alpha * np.exp(self.x_below))",
        ),
    ),
    _row(
        "elu",
        "one-at-zero",
        "Your ELU has slope 1 at exactly 0. In this course the branch x ≤ 0 counts at the kink: the slope is alpha.",
        (_POSITIVE, "self.positive = x >= 0"),
    ),
    _row(
        "elu",
        "masks-times",
        "Your ELU multiplies both branches by masks and adds them. For large x the branch not taken is infinite, and "
        "0 times infinity is NaN: use np.where, or keep the exponent at 0 or below.",
        (_ELU, "self.x = x\n        return self.positive * x + (x <= 0) * (self.alpha * np.expm1(x))"),
        (_ELU_BACK, "return upstream * (self.positive + (self.x <= 0) * (self.alpha * np.exp(self.x)))"),
    ),
    _row("elu", "class-state", _CLASS_STATE.format(name="ELU"), (_BELOW, _BELOW.replace("self", "ELU", 1))),
    _row("elu", "float64", _FLOAT64.format(name="ELU"), (_POSITIVE, "x = x.astype(np.float64)\n        " + _POSITIVE)),
)

_PRELU_KEEP = "        self.x = x\n"
_PRELU = 'return np.where(x > 0, x, self.params["slope"][0] * x)'
_PRELU_GRAD = 'self.grads["slope"] = np.array([np.sum(below * self.x)])'
_PRELU_BACK = 'return np.where(self.x > 0, upstream, self.params["slope"][0] * upstream)'
_PRELU_BELOW = "below = np.where(self.x > 0, 0.0, upstream)"
PRELU = (
    _row(
        "prelu",
        "mean",
        "Your PReLU takes the mean for the gradient of its slope. All entries share the one slope, so their "
        "contributions add: a mean is the business of the loss.",
        (_PRELU_GRAD, _PRELU_GRAD.replace("np.sum", "np.mean")),
    ),
    _row(
        "prelu",
        "slope-gradient-everywhere",
        "Your PReLU sums upstream · x over all entries for the gradient of its slope. Where x is positive the slope "
        "does not count: only entries x ≤ 0 contribute.",
        (_PRELU_BELOW, "below = upstream"),
    ),
    _row(
        "prelu",
        "slope-gradient-without-x",
        "Your PReLU sums `upstream` alone for the gradient of its slope. By how much slope · x moves with the slope "
        "is x: multiply by it.",
        (_PRELU_GRAD, _PRELU_GRAD.replace("below * self.x", "below")),
    ),
    _row(
        "prelu",
        "slope-gradient-forgotten",
        "Your PReLU leaves the gradient of its slope at zero, so it never learns. Set grads['slope'] in backward.",
        (_PRELU_GRAD, ""),
    ),
    _row(
        "prelu",
        "not-summed",
        "Your PReLU keeps one gradient per entry for its single slope. All entries share the slope: sum them up, and "
        "keep the shape (1,).",
        (_PRELU_GRAD, 'self.grads["slope"] = below * self.x'),
    ),
    _row(
        "prelu",
        "number",
        "Your PReLU's gradient of the slope has no axis. It has the shape of the slope itself: (1,).",
        (_PRELU_GRAD, 'self.grads["slope"] = np.sum(below * self.x)'),
    ),
    _row(
        "prelu",
        "no-leak",
        "Your PReLU blocks the gradient of x where x is negative, like a plain ReLU. There the slope is the one in "
        "params.",
        (_PRELU_BACK, "return np.where(self.x > 0, upstream, 0.0)"),
    ),
    _row(
        "prelu",
        "slope-of-its-own",
        "Your PReLU computes with the slope it was made with and not with params['slope']. Whatever an optimizer "
        "writes there has no effect: read the slope from params each time.",
        ("self.grads = {", "self.slope = float(slope)\n        self.grads = {"),
        (_PRELU, "return np.where(x > 0, x, self.slope * x)"),
        (_PRELU_BACK, "return np.where(self.x > 0, upstream, self.slope * upstream)"),
    ),
    _row(
        "prelu",
        "larger-of-two",
        "Your PReLU takes the larger of x and slope · x. That is the same only for slopes up to 1, and learning may "
        "go beyond: let the sign of x decide.",
        (_PRELU, 'return np.maximum(x, self.params["slope"] * x)'),
    ),
    _row(
        "prelu",
        "sign-of-output",
        "Your PReLU decides by the sign of its output where the slope counts. With a negative slope the output is "
        "positive on both sides: let the sign of x decide.",
        (_PRELU_KEEP, '        self.x = x\n        self.up = np.where(x > 0, x, self.params["slope"] * x) > 0\n'),
        (_PRELU_BELOW, "below = np.where(self.up, 0.0, upstream)"),
        (_PRELU_BACK, 'return np.where(self.up, upstream, self.params["slope"] * upstream)'),
    ),
    _row(
        "prelu",
        "one-at-zero",
        "Your PReLU has slope 1 at exactly 0. In this course the branch x ≤ 0 counts at the kink: the slope in params.",
        (_PRELU_BACK, _PRELU_BACK.replace("self.x > 0", "self.x >= 0")),
    ),
    _row(
        "prelu",
        "accumulates",
        "Your PReLU adds to grads['slope'] at each backward. backward sets gradients anew: assign.",
        (_PRELU_GRAD, 'self.grads["slope"] = self.grads["slope"] + np.sum(below * self.x)'),
    ),
    _row("prelu", "class-state", _CLASS_STATE.format(name="PReLU"), (_PRELU_KEEP, "        PReLU.x = x\n")),
)

_COPIES = '{"w1": w1.copy(), "b1": b1.copy(), "w2": w2.copy(), "b2": b2.copy()}'
_FIRST = 'first = x @ self.params["w1"] + self.params["b1"]'
_SECOND = 'second = x @ self.params["w2"] + self.params["b2"]'
_FIRST_WINS = "self.first_wins = first >= second"
_TO_FIRST = "to_first = np.where(self.first_wins, upstream, 0.0)"
_TO_SECOND = "to_second = np.where(self.first_wins, 0.0, upstream)"
_GRADS_1 = 'self.grads["w1"], self.grads["b1"] = self.x.T @ to_first, to_first.sum(axis=0)'
_GRADS_2 = 'self.grads["w2"], self.grads["b2"] = self.x.T @ to_second, to_second.sum(axis=0)'
_MAXOUT_DX = 'return to_first @ self.params["w1"].T + to_second @ self.params["w2"].T'
_KEEP_X = "        self.x = x\n"
MAXOUT = (
    _row(
        "maxout",
        "both-pieces",
        "Your Maxout gives the gradient to both pieces. Only the larger piece moves the output: it gets all of it, and "
        "the other one nothing.",
        (_TO_FIRST, "to_first = upstream"),
        (_TO_SECOND, "to_second = upstream"),
    ),
    _row(
        "maxout",
        "switched",
        "Your Maxout gives the gradient to the smaller piece. It belongs to the piece that became the output.",
        (_TO_FIRST, _TO_FIRST.replace("upstream, 0.0", "0.0, upstream")),
        (_TO_SECOND, _TO_SECOND.replace("0.0, upstream", "upstream, 0.0")),
    ),
    _row(
        "maxout",
        "ignores-upstream",
        "Your Maxout leaves `upstream` out of its gradients. The chain rule wants it as a factor.",
        (_TO_FIRST, _TO_FIRST.replace("upstream", "1.0")),
        (_TO_SECOND, _TO_SECOND.replace("upstream", "1.0")),
    ),
    _row(
        "maxout",
        "without-biases",
        "Your Maxout compares the pieces without their biases. The larger of x w1 + b1 and x w2 + b2 wins, with them.",
        (_FIRST_WINS, 'self.first_wins = x @ self.params["w1"] >= x @ self.params["w2"]'),
    ),
    _row(
        "maxout",
        "dx-of-one-piece",
        "Your Maxout's dx follows the first piece only. x goes into both pieces: add what comes back through each.",
        (_MAXOUT_DX, 'return to_first @ self.params["w1"].T'),
    ),
    _row(
        "maxout",
        "mean",
        "Your Maxout divides the gradients of its parameters by the number of samples. They are sums over samples; the "
        "mean is the business of the loss.",
        (_GRADS_1, _GRADS_1.replace("to_first, to_first.sum", "to_first / len(self.x), to_first.mean")),
        (_GRADS_2, _GRADS_2.replace("to_second, to_second.sum", "to_second / len(self.x), to_second.mean")),
    ),
    _row(
        "maxout",
        "bias-of-upstream",
        "Your Maxout gives both biases the sum of the whole `upstream`. A bias moves the output only where its own "
        "piece is the larger one.",
        (_GRADS_1, _GRADS_1.replace("to_first.sum", "upstream.sum")),
        (_GRADS_2, _GRADS_2.replace("to_second.sum", "upstream.sum")),
    ),
    _row(
        "maxout",
        "given-arrays",
        "Your Maxout computes with the arrays it was made with and not with those in params. Whatever an optimizer "
        "writes into params has no effect: read them from there each time.",
        ("self.grads = {name", "self.w1, self.b1, self.w2, self.b2 = w1, b1, w2, b2\n        self.grads = {name"),
        (_FIRST, "first = x @ self.w1 + self.b1"),
        (_SECOND, "second = x @ self.w2 + self.b2"),
        (_MAXOUT_DX, "return to_first @ self.w1.T + to_second @ self.w2.T"),
    ),
    _row(
        "maxout",
        "second-at-ties",
        "Your Maxout gives the gradient to the second piece at a tie. In this course it goes to the first.",
        (_FIRST_WINS, "self.first_wins = first > second"),
    ),
    _row(
        "maxout",
        "both-at-ties",
        "Your Maxout gives the whole gradient to both pieces at a tie. In this course it goes to the first alone.",
        (_FIRST_WINS, "self.first_wins, self.second_wins = first >= second, second >= first"),
        (_TO_SECOND, "to_second = np.where(self.second_wins, upstream, 0.0)"),
    ),
    _row(
        "maxout",
        "accumulates",
        "Your Maxout adds to its grads at each backward. backward sets gradients anew: assign.",
        (_GRADS_1, 'self.grads["w1"] += self.x.T @ to_first\n        self.grads["b1"] += to_first.sum(axis=0)'),
        (_GRADS_2, 'self.grads["w2"] += self.x.T @ to_second\n        self.grads["b2"] += to_second.sum(axis=0)'),
    ),
    _row(
        "maxout",
        "not-copied",
        "Your Maxout keeps the very arrays it was given. Whoever made it may write into them later: keep copies.",
        (_COPIES, _COPIES.replace(".copy()", "")),
    ),
    _row("maxout", "class-state", _CLASS_STATE.format(name="Maxout"), (_KEEP_X, "        Maxout.x = x\n")),
    _row(
        "maxout",
        "loops",
        "Your Maxout's gradients are right, but a loop works them out entry by entry. Choose the winners for all "
        "entries at once and take matrix products.",
        (
            _GRADS_1 + "\n        " + _GRADS_2 + "\n        " + _MAXOUT_DX,
            "self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}\n"
            "        dx = np.zeros_like(self.x)\n"
            "        for n, k in np.ndindex(upstream.shape):\n"
            '            piece = "1" if self.first_wins[n, k] else "2"\n'
            '            self.grads["w" + piece][:, k] += self.x[n] * upstream[n, k]\n'
            '            self.grads["b" + piece][k] += upstream[n, k]\n'
            '            dx[n] += upstream[n, k] * self.params["w" + piece][:, k]\n'
            "        return dx",
        ),
        costs_only=True,
    ),
)

_STRETCHED = "return 2.0 * Sigmoid().forward(2.0 * x) - 1.0"
TANH_FROM_SIGMOID = (
    _row(
        "tanh_from_sigmoid",
        "no-inner-two",
        "Your tanh_from_sigmoid computes 2 s(x) - 1, which is tanh(x/2). The argument of the sigmoid is 2x.",
        (_STRETCHED, "return 2.0 * Sigmoid().forward(x) - 1.0"),
    ),
    _row(
        "tanh_from_sigmoid",
        "no-outer-two",
        "Your tanh_from_sigmoid computes s(2x) - 1, between -1 and 0. Stretch the sigmoid by 2 before you shift it.",
        (_STRETCHED, "return Sigmoid().forward(2.0 * x) - 1.0"),
    ),
    _row(
        "tanh_from_sigmoid",
        "not-centred",
        "Your tanh_from_sigmoid computes 2 s(2x), between 0 and 2. Subtract 1: tanh is centred at 0.",
        (_STRETCHED, "return 2.0 * Sigmoid().forward(2.0 * x)"),
    ),
    _row(
        "tanh_from_sigmoid",
        "half-inside",
        "Your tanh_from_sigmoid halves x inside the sigmoid. tanh is the steeper one: it is s(2x), not s(x/2).",
        (_STRETCHED, "return 2.0 * Sigmoid().forward(x / 2.0) - 1.0"),
    ),
    _row(
        "tanh_from_sigmoid",
        "overflow",
        "Your tanh_from_sigmoid writes the sigmoid out as exp(2x) / (1 + exp(2x)), infinity over infinity for large x. "
        "Call your own Sigmoid.",
        (_STRETCHED, "e = np.exp(2.0 * x)\n    return 2.0 * e / (1.0 + e) - 1.0"),
    ),
)

_SLOPES = "slopes = block.backward(np.ones_like(output))"
_SHARE = "return float(np.mean(np.abs(slopes) < threshold))"
SATURATION = (
    _row(
        "saturation",
        "outputs",
        "Your saturation looks for small outputs. What saturates is the slope: ask `backward` for it.",
        (_SHARE, "return float(np.mean(np.abs(output) < threshold))"),
    ),
    _row(
        "saturation",
        "upstream-of-input",
        "Your saturation hands x to `backward`, which multiplies the slopes by x. With an upstream gradient of ones it "
        "returns the slopes themselves.",
        (_SLOPES, "slopes = block.backward(x)"),
    ),
    _row(
        "saturation",
        "count",
        "Your saturation returns how many entries are flat. Asked is their share, between 0 and 1: divide by how many "
        "there are.",
        (_SHARE, "return int(np.sum(np.abs(slopes) < threshold))"),
    ),
    _row(
        "saturation",
        "units",
        "Your saturation counts columns in which every entry is flat. Asked is the share of single entries.",
        (_SHARE, "return float(np.mean(np.all(np.abs(slopes) < threshold, axis=0)))"),
    ),
    _row(
        "saturation",
        "fixed-threshold",
        "Your saturation uses 0.01 whatever `threshold` it is given.",
        (_SHARE, "return float(np.mean(np.abs(slopes) < 0.01))"),
    ),
    _row(
        "saturation",
        "no-absolute",
        "Your saturation counts falling slopes as small. A slope of -0.5 is steep: compare |slope|.",
        (_SHARE, "return float(np.mean(slopes < threshold))"),
    ),
    _row(
        "saturation",
        "inclusive",
        "Your saturation counts slopes equal to the threshold. Flat means |slope| < threshold.",
        (_SHARE, "return float(np.mean(np.abs(slopes) <= threshold))"),
    ),
    _row(
        "saturation",
        "changes-input",
        "Your saturation writes the slopes into x. The caller still needs x: use a new array.",
        (_SLOPES, "slopes = x\n    slopes[...] = block.backward(np.ones_like(output))"),
    ),
)

_DEAD = "return np.all(outputs == 0, axis=0)"
DEAD_UNITS = (
    _row(
        "dead_units",
        "any",
        "Your dead_units calls a unit dead that is zero for some sample. Dead is who is zero for all samples.",
        (_DEAD, "return np.any(outputs == 0, axis=0)"),
    ),
    _row(
        "dead_units",
        "rows",
        "Your dead_units goes along the wrong axis: it says which samples are all zero. Rows are samples, columns are "
        "units.",
        (_DEAD, "return np.all(outputs == 0, axis=1)"),
    ),
    _row(
        "dead_units",
        "alive",
        "Your dead_units says which units are alive. Asked is the opposite.",
        (_DEAD, "return np.any(outputs != 0, axis=0)"),
    ),
    _row(
        "dead_units",
        "sum",
        "Your dead_units adds the outputs of a unit up. Positive and negative outputs can cancel: look at each.",
        (_DEAD, "return outputs.sum(axis=0) == 0"),
    ),
    _row(
        "dead_units",
        "nearly",
        "Your dead_units takes small outputs for zero. A unit with a small output still gets a gradient: compare with "
        "exactly 0.",
        (_DEAD, "return np.all(np.isclose(outputs, 0), axis=0)"),
    ),
    _row(
        "dead_units",
        "not-positive",
        "Your dead_units takes negative outputs for dead. Only exactly 0 counts.",
        (_DEAD, "return np.all(outputs <= 0, axis=0)"),
    ),
    _row(
        "dead_units",
        "numbers-of-units",
        "Your dead_units returns the numbers of the dead units. Asked is one bool for each unit.",
        (_DEAD, "return np.flatnonzero(np.all(outputs == 0, axis=0))"),
    ),
    _row(
        "dead_units",
        "changes-input",
        "Your dead_units changes the outputs it was given. The caller still needs them: use a new array.",
        (_DEAD, "outputs[...] = np.abs(outputs)\n    return outputs.max(axis=0) == 0"),
    ),
)

_START = "w, b = weights[0].copy(), biases[0].copy()"
_THROUGH = "w, b = w @ next_w, b @ next_w + next_b"
COLLAPSE = (
    _row(
        "collapse",
        "biases-only-added",
        "Your collapse adds the biases up as they are. A bias goes through all later layers: multiply it by their "
        "weights.",
        (_THROUGH, "w, b = w @ next_w, b + next_b"),
    ),
    _row(
        "collapse",
        "last-bias",
        "Your collapse keeps the last bias only. The earlier biases reach the output too, through the later weights.",
        (_THROUGH, "w, b = w @ next_w, next_b.copy()"),
    ),
    _row(
        "collapse",
        "first-bias",
        "Your collapse forgets the biases of the later layers. Each layer adds its own.",
        (_THROUGH, "w, b = w @ next_w, b @ next_w"),
    ),
    _row(
        "collapse",
        "reversed",
        "Your collapse multiplies the weights in the wrong order. Rows are samples: x @ w1 @ w2, first layer first.",
        (_THROUGH, "w, b = next_w @ w, b @ next_w + next_b"),
    ),
    _row(
        "collapse",
        "two-layers",
        "Your collapse stops after two layers. Go on to the end of the lists.",
        ("zip(weights[1:], biases[1:], strict=True)", "zip(weights[1:2], biases[1:2], strict=True)"),
    ),
    _row(
        "collapse",
        "not-copied",
        "For a single layer your collapse returns the very arrays it was given. Whoever changes one later changes the "
        "other: return copies.",
        (_START, "w, b = weights[0], biases[0]"),
    ),
    _row(
        "collapse",
        "used-up",
        "Your collapse takes the layers out of the lists it was given. The caller still needs them: leave the lists "
        "as they are.",
        (_START, "w, b = weights.pop(0).copy(), biases.pop(0).copy()"),
        ("zip(weights[1:], biases[1:], strict=True)", "zip(weights, biases, strict=True)"),
    ),
    _row(
        "collapse",
        "changes-bias",
        "Your collapse adds into the biases it was given. They belong to the layers: use new arrays.",
        (_THROUGH, "next_b += b @ next_w\n        w, b = w @ next_w, next_b.copy()"),
    ),
)

_GRADIENT = "gradient = x.T @ upstream"
_ONE_SIGN = "return np.all(gradient > 0, axis=0) | np.all(gradient < 0, axis=0)"
ONE_SIGNED_COLUMNS = (
    _row(
        "one_signed_columns",
        "only-positive",
        "Your one_signed_columns looks for columns that are all positive. All negative is one sign too.",
        (_ONE_SIGN, "return np.all(gradient > 0, axis=0)"),
    ),
    _row(
        "one_signed_columns",
        "rows",
        "Your one_signed_columns goes along the wrong axis: it says which rows, that is inputs, have one sign. A "
        "column belongs to a unit.",
        (_ONE_SIGN, _ONE_SIGN.replace("axis=0", "axis=1")),
    ),
    _row(
        "one_signed_columns",
        "upstream-only",
        "Your one_signed_columns looks at the signs of `upstream`. Those of the weights' gradient xᵀ · upstream count.",
        (_GRADIENT, "gradient = upstream"),
    ),
    _row(
        "one_signed_columns",
        "mixed",
        "Your one_signed_columns says which columns are mixed. Asked is the opposite.",
        (_ONE_SIGN, "return ~(np.all(gradient > 0, axis=0) | np.all(gradient < 0, axis=0))"),
    ),
    _row(
        "one_signed_columns",
        "any",
        "Your one_signed_columns asks whether some entry is positive, or some negative: one of the two nearly always "
        "holds. All entries of the column must agree.",
        (_ONE_SIGN, "return np.any(gradient > 0, axis=0) | np.any(gradient < 0, axis=0)"),
    ),
    _row(
        "one_signed_columns",
        "zero-counts",
        "Your one_signed_columns lets zeros pass. A column with a zero, neither > 0 nor < 0, is not of one sign.",
        (_ONE_SIGN, "return np.all(gradient >= 0, axis=0) | np.all(gradient <= 0, axis=0)"),
    ),
    _row(
        "one_signed_columns",
        "all-zero-counts",
        "Your one_signed_columns compares np.sign of the entries, which is 0 for columns of zeros. Zeros have no sign.",
        (_ONE_SIGN, "return np.all(np.sign(gradient) == np.sign(gradient[0]), axis=0)"),
    ),
)

ACTIVATIONS: tuple[Mistake, ...] = (
    *IDENTITY,
    *STEP,
    *SIGMOID,
    *TANH,
    *HARD_TANH,
    *RELU,
    *LEAKY_RELU,
    *ELU,
    *PRELU,
    *MAXOUT,
    *TANH_FROM_SIGMOID,
    *SATURATION,
    *DEAD_UNITS,
    *COLLAPSE,
    *ONE_SIGNED_COLUMNS,
)

LEFT_OUT = {
    "leaky slope .1 for .01": "the default stands in the given `__init__`; a slope fixed in the code has a row",
    "ReLU mask on output >= 0": "true everywhere: the row relu-passes-everywhere",
    "sigmoid_grad(s), x for s": "there is no such function here; the rows slope-of-input and twice are its two forms",
    "Heaviside given a nonzero derivative": "rows step-straight-through and step-like-relu, the two that are written",
    "1/(1 + exp(-x)) at ±1000": "right to 4e-18, it only warns: accepted",
    "sigmoid or tanh clipped at ±30 or further": "right within the tolerance everywhere: accepted",
    "ELU by exp(x) - 1 instead of expm1": "right within the tolerance: accepted",
    "ELU whose branch not taken overflows inside np.where": "only warns: accepted",
    "a plain activation without params and grads": "given in Activation",
    "un-broadcasting, integers, Python numbers": "activations take floating arrays of one shape",
    "graphs: branches, order, recursion": "assignment 1",
    "a mask or state row in every activation": "each is in one or two of them, where it is written most often",
    "Affine rows (bias sums, transposed weights)": "with the layers of assignment 5; Maxout has its own of them",
}
"""Known mistakes that have no row here, and why."""
