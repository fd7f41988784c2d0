"""Known wrong regularisers: changes to solutions/regularizers.py, the most telling first within each question.

The list began with what students of public courses get wrong (factors of 2, penalised biases, dropout that is not
inverted, resampled masks, a patience off by one); the rest comes from each rule of the handout. `LEFT_OUT` says why
the other entries of that list are not here.
"""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(question: str, name: str, sentence: str, *edits: Edit, whole: str = "") -> Mistake:
    return Mistake(f"{question.replace('_', '-')}-{name}", question, sentence, edits, whole)


# The penalties

_WEIGHTS_ONLY = "if not is_bias(name)"
_TOTAL = f"for name, w in params.items() {_WEIGHTS_ONLY})"
_ZEROS = "np.zeros_like(w) if is_bias(name) else "
_RETURN = "return float(self.strength * {total})"

_BIASES = (
    "Your {name} charges for the biases too. They only shift a unit and hardly ever fit noise: leave them out, and "
    "give them a gradient of zeros."
)
_ANYWHERE = (
    "Your {name} takes every name with a b in it for a bias. Only the last dotted part counts, and only its first "
    "letter: `embedding.w` is a weight."
)
_LAST_LETTER = (
    "Your {name} knows a bias by the last letter of its name. It is the first letter of the last dotted part that "
    "counts: `hidden.bias` and `b1` are biases, too."
)
_WHOLE_NAME = (
    "Your {name} looks at the first letter of the whole name. Only the last dotted part counts: `0.b` is a bias, `b.w` "
    "is a weight."
)
_NO_STRENGTH = "Your {name} leaves the strength out of its penalty. It is strength times the sum."
_LAST_ARRAY = (
    "Your {name} keeps the last array's share only. The penalty is one number for all weights together: add them up."
)
_MEAN = (
    "Your {name} takes the mean over each array. The penalty is a plain sum: every weight costs the same, everywhere."
)
_KEYS_MISSING = (
    "The gradient of your {name} has no entries for the biases. It is added to the loss's gradient name by name: give "
    "every name an array, zeros for a bias."
)
_BARE_ZERO = (
    "The gradient of your {name} for a bias is the number 0. A gradient has the shape of its parameter: make it an "
    "array of zeros."
)
_POPS = (
    "Your {name} removes the biases from `params`. The dict belongs to the caller, who still trains them: pass over "
    "them instead."
)


def _of_names(question: str) -> tuple[Mistake, ...]:
    """Rows about which parameters count, the same in all three penalties."""
    name = question.upper()
    rows = []
    for key, sentence, test in (
        ("bias-anywhere", _ANYWHERE, '"b" in name'),
        ("bias-last-letter", _LAST_LETTER, 'name.endswith("b")'),
        ("bias-whole-name", _WHOLE_NAME, 'name.startswith("b")'),
    ):
        edits = [(_WEIGHTS_ONLY, f"if not ({test})")]
        if question != "l0":
            edits.append((_ZEROS, f"np.zeros_like(w) if {test} else "))
        rows.append(_row(question, key, sentence.format(name=name), *edits))
    return tuple(rows)


_L0_GRADIENT = "return {name: np.zeros_like(w) for name, w in params.items()}"
_L0_COUNT = "np.count_nonzero(w)"
L0 = (
    _row("l0", "biases", _BIASES.format(name="L0"), (_TOTAL, "for name, w in params.items())")),
    _row(
        "l0",
        "adds-magnitudes",
        "Your L0 adds up the magnitudes, which is what L1 does. L0 counts: a weight that is not 0 costs the same, "
        "however small it is.",
        (_L0_COUNT, "np.sum(np.abs(w))"),
    ),
    _row(
        "l0",
        "counts-all",
        "Your L0 counts every weight. Those that are exactly 0 are free: that is what the penalty is after.",
        (_L0_COUNT, "w.size"),
    ),
    _row(
        "l0",
        "counts-zeros",
        "Your L0 counts the zeros. It is the other weights that cost something.",
        (_L0_COUNT, "np.count_nonzero(w == 0)"),
    ),
    _row(
        "l0",
        "counts-positive",
        "Your L0 counts the positive weights only. A negative weight is no zero either.",
        (_L0_COUNT, "np.count_nonzero(w > 0)"),
    ),
    _row(
        "l0",
        "nearly-zero",
        "Your L0 takes very small weights for zeros. It counts what is not exactly 0.",
        (_L0_COUNT, "np.count_nonzero(np.abs(w) > 1e-8)"),
    ),
    _row("l0", "no-strength", _NO_STRENGTH.format(name="L0"), ("self.strength * count", "count")),
    _row(
        "l0",
        "pulls",
        "The gradient of your L0 pulls the weights towards 0, as L1's does. A count does not change while a weight "
        "moves a little: its gradient is 0.",
        (
            _L0_GRADIENT,
            "return {\n            name: np.zeros_like(w) if is_bias(name) else self.strength * np.sign(w)\n"
            "            for name, w in params.items()\n        }",
        ),
    ),
    _row(
        "l0",
        "bare-zeros",
        "The gradient of your L0 is the number 0 for each name. A gradient has the shape of its parameter: make them "
        "arrays of zeros.",
        (_L0_GRADIENT, "return {name: 0.0 for name in params}"),
    ),
    _row(
        "l0",
        "keys-missing",
        _KEYS_MISSING.format(name="L0"),
        (_L0_GRADIENT, f"{_L0_GRADIENT[:-1]} {_WEIGHTS_ONLY}}}"),
    ),
    *_of_names("l0"),
    _row(
        "l0",
        "one-array-of-zeros",
        "Your L0 returns one array of zeros under several names. Whoever adds to one of them changes the others: make "
        "an array for each name.",
        (
            _L0_GRADIENT,
            "zeros = {w.shape: np.zeros_like(w) for w in params.values()}\n"
            "        return {name: zeros[w.shape] for name, w in params.items()}",
        ),
    ),
    _row(
        "l0",
        "zeroes-params",
        "Your L0 makes its zeros out of the parameters themselves, and the network forgets all it has learnt. Make new "
        "arrays.",
        (
            _L0_GRADIENT,
            f"for w in params.values():\n            w *= 0.0\n        {_L0_GRADIENT}",
        ),
    ),
)

_L1_SUM, _L1_SLOPE = "np.sum(np.abs(w))", "self.strength * np.sign(w)"
L1 = (
    _row(
        "l1",
        "biases",
        _BIASES.format(name="L1"),
        (_TOTAL, "for name, w in params.items())"),
        (_ZEROS, ""),
    ),
    _row(
        "l1",
        "bias-gradient",
        "Your L1 leaves the biases out of the penalty, yet its gradient still pulls them. What costs nothing has a "
        "gradient of zeros.",
        (_ZEROS, ""),
    ),
    _row(
        "l1",
        "no-magnitude",
        "Your L1 adds the weights with their signs, so that negative ones make the penalty smaller. Add their "
        "magnitudes.",
        (_L1_SUM, "np.sum(w)"),
    ),
    _row(
        "l1",
        "no-sign",
        "The gradient of your L1 is positive for every weight, and pushes the negative ones away from 0. The slope of "
        "|w| is the sign of w.",
        (_L1_SLOPE, "self.strength * np.ones_like(w)"),
    ),
    _row(
        "l1",
        "gradient-of-l2",
        "The gradient of your L1 grows with the weight, as L2's does. |w| is equally steep everywhere: only the sign "
        "of w counts.",
        (_L1_SLOPE, "2.0 * self.strength * w"),
    ),
    _row("l1", "no-strength", _NO_STRENGTH.format(name="L1"), ("self.strength * total", "total")),
    _row(
        "l1",
        "gradient-no-strength",
        "Your L1 leaves the strength out of its gradient. A factor of the penalty is a factor of its gradient.",
        (_L1_SLOPE, "np.sign(w)"),
    ),
    _row("l1", "mean", _MEAN.format(name="L1"), (_L1_SUM, "np.mean(np.abs(w))"), (_L1_SLOPE, f"{_L1_SLOPE} / w.size")),
    _row(
        "l1",
        "last-array",
        _LAST_ARRAY.format(name="L1"),
        (f"sum({_L1_SUM} {_TOTAL}", f"[{_L1_SUM} {_TOTAL[:-1]}]"),
        ("self.strength * total", "self.strength * (total[-1] if total else 0.0)"),
    ),
    _row(
        "l1",
        "keys-missing",
        _KEYS_MISSING.format(name="L1"),
        (f"{_ZEROS}{_L1_SLOPE} for name, w in params.items()}}", f"{_L1_SLOPE} {_TOTAL[:-1]}}}"),
    ),
    _row("l1", "bare-zeros", _BARE_ZERO.format(name="L1"), (_ZEROS, "0.0 if is_bias(name) else ")),
    *_of_names("l1"),
    _row(
        "l1",
        "plus-at-zero",
        "At w = 0 your L1 takes the branch w > 0, and pushes a weight off the very place where it wants it. At the "
        "kink its gradient is 0, as np.sign has it.",
        (_L1_SLOPE, "self.strength * np.where(w >= 0, 1.0, -1.0)"),
    ),
    _row(
        "l1",
        "minus-at-zero",
        "At w = 0 your L1 takes the branch w < 0, and pushes a weight off the very place where it wants it. At the "
        "kink its gradient is 0, as np.sign has it.",
        (_L1_SLOPE, "self.strength * np.where(w > 0, 1.0, -1.0)"),
    ),
    _row(
        "l1",
        "zero-by-zero",
        "Your L1 divides w by |w|, which is NaN where a weight is 0. There its gradient is 0, as np.sign has it.",
        (_L1_SLOPE, "self.strength * w / np.abs(w)"),
    ),
    _row(
        "l1",
        "magnitudes-in-place",
        "Your L1 writes the magnitudes into the weights, and their signs are lost. Take them into a new array.",
        (_L1_SUM, "np.sum(np.abs(w, out=w))"),
    ),
    _row(
        "l1",
        "pops-biases",
        _POPS.format(name="L1"),
        (
            "total = sum(",
            "for name in [name for name in params if is_bias(name)]:\n            del params[name]\n"
            "        total = sum(",
        ),
    ),
)

_L2_SUM, _L2_SLOPE = "np.sum(w**2)", "2.0 * self.strength * w"
L2 = (
    _row(
        "l2",
        "biases",
        _BIASES.format(name="L2"),
        (_TOTAL, "for name, w in params.items())"),
        (_ZEROS, ""),
    ),
    _row(
        "l2",
        "bias-gradient",
        "Your L2 leaves the biases out of the penalty, yet its gradient still pulls them. What costs nothing has a "
        "gradient of zeros.",
        (_ZEROS, ""),
    ),
    _row(
        "l2",
        "half",
        "Your L2 has a factor ½ that other books have. Here the penalty is strength · Σw², and its gradient "
        "2 · strength · w.",
        ("self.strength * total", "0.5 * self.strength * total"),
        (_L2_SLOPE, "self.strength * w"),
    ),
    _row(
        "l2",
        "gradient-half",
        "The gradient of your L2 lacks the 2 that comes down from the square: w² has the slope 2w.",
        (_L2_SLOPE, "self.strength * w"),
    ),
    _row(
        "l2",
        "penalty-half",
        "The penalty of your L2 has a factor ½, its gradient has not. Here the penalty is strength · Σw², without ½.",
        ("self.strength * total", "0.5 * self.strength * total"),
    ),
    _row(
        "l2",
        "norm",
        "Your L2 takes the root: that is the norm of all weights, not the sum of their squares. Leave the squares as "
        "they are, and the gradient is 2 · strength · w.",
        ("self.strength * total", "self.strength * total**0.5"),
        (
            _L2_SLOPE,
            "self.strength * w / np.sqrt(sum(np.sum(v**2) for key, v in params.items() if not is_bias(key)))",
        ),
    ),
    _row(
        "l2",
        "norm-each",
        "Your L2 takes the norm of each array. The squares of all weights are summed, without a root, and the gradient "
        "is 2 · strength · w.",
        (_L2_SUM, "np.linalg.norm(w)"),
        (_L2_SLOPE, "self.strength * w / np.linalg.norm(w)"),
    ),
    _row("l2", "no-strength", _NO_STRENGTH.format(name="L2"), ("self.strength * total", "total")),
    _row(
        "l2",
        "gradient-no-strength",
        "Your L2 leaves the strength out of its gradient. A factor of the penalty is a factor of its gradient.",
        (_L2_SLOPE, "2.0 * w"),
    ),
    _row(
        "l2",
        "minus",
        "The gradient of your L2 has the wrong sign: descending it, the weights grow. The optimizer subtracts; the "
        "gradient itself points uphill, away from 0.",
        (_L2_SLOPE, "-2.0 * self.strength * w"),
    ),
    _row("l2", "mean", _MEAN.format(name="L2"), (_L2_SUM, "np.mean(w**2)"), (_L2_SLOPE, f"{_L2_SLOPE} / w.size")),
    _row(
        "l2",
        "last-array",
        _LAST_ARRAY.format(name="L2"),
        (f"sum({_L2_SUM} {_TOTAL}", f"[{_L2_SUM} {_TOTAL[:-1]}]"),
        ("self.strength * total", "self.strength * (total[-1] if total else 0.0)"),
    ),
    _row(
        "l2",
        "keys-missing",
        _KEYS_MISSING.format(name="L2"),
        (f"{_ZEROS}{_L2_SLOPE} for name, w in params.items()}}", f"{_L2_SLOPE} {_TOTAL[:-1]}}}"),
    ),
    _row("l2", "bare-zeros", _BARE_ZERO.format(name="L2"), (_ZEROS, "0.0 if is_bias(name) else ")),
    *_of_names("l2"),
    _row(
        "l2",
        "gradient-in-place",
        "Your L2 turns the weights themselves into their gradient. The caller still needs them: compute a new array.",
        (f"{_ZEROS}{_L2_SLOPE}", f"{_ZEROS}np.multiply(w, 2.0 * self.strength, out=w).copy()"),
    ),
    _row(
        "l2",
        "bias-itself",
        "For a bias your L2 writes zeros into the bias and returns that very array. Make an array of zeros beside it.",
        (_ZEROS, "np.multiply(w, 0.0, out=w) if is_bias(name) else "),
    ),
    _row(
        "l2",
        "pops-biases",
        _POPS.format(name="L2"),
        (
            "total = sum(",
            "for name in [name for name in params if is_bias(name)]:\n            del params[name]\n"
            "        total = sum(",
        ),
    ),
)

# Dropout

_DRAW = "survives = self.rng.random(x.shape) >= self.p"
_FACTOR = "self.factor = survives.astype(x.dtype) / (1.0 - self.p)"
_EVAL = "return x.copy()"
_BACK = "return upstream.copy() if self.factor is None else upstream * self.factor"
_NO_FACTOR = "self.factor = None  # what each entry was multiplied by; None in evaluation"

DROPOUT = (
    _row(
        "dropout",
        "p-is-keep",
        "Your Dropout takes p for the chance to keep. Here p is the chance to drop: 1 - p survive, and are divided "
        "by 1 - p.",
        (_DRAW, "survives = self.rng.random(x.shape) < self.p"),
        (_FACTOR, "self.factor = survives.astype(x.dtype) / (self.p or 1.0)"),
    ),
    _row(
        "dropout",
        "mask-inverted",
        "Your Dropout drops what it should keep: the share of zeros is 1 - p. Scaled by 1/(1 - p), the mean is wrong "
        "as well.",
        (_DRAW, "survives = self.rng.random(x.shape) < self.p"),
    ),
    _row(
        "dropout",
        "scales-in-evaluation",
        "Your Dropout leaves the survivors as they are and shrinks everything in evaluation. That is the old form; the "
        "inverted one divides by 1 - p in training, so that evaluation passes x on as it is.",
        (_FACTOR, "self.factor = survives.astype(x.dtype)"),
        (_EVAL, "return x * (1.0 - self.p)"),
    ),
    _row(
        "dropout",
        "not-inverted",
        "Your Dropout does not scale the survivors. Divide them by 1 - p: then the mean of the output is x, in "
        "training and in evaluation alike.",
        (_FACTOR, "self.factor = survives.astype(x.dtype)"),
    ),
    _row(
        "dropout",
        "multiplies",
        "Your Dropout multiplies the survivors by 1 - p. They have to make up for the missing: divide.",
        (_FACTOR, _FACTOR.replace("/ (", "* (")),
    ),
    _row(
        "dropout",
        "divides-by-p",
        "Your Dropout divides the survivors by p. 1 - p of the entries survive: that is the share to divide by.",
        (_FACTOR, "self.factor = survives.astype(x.dtype) / (self.p or 1.0)"),
    ),
    _row(
        "dropout",
        "scaled-twice",
        "Your Dropout divides by 1 - p in training and shrinks by 1 - p in evaluation as well. Once is enough: "
        "evaluation passes x on as it is.",
        (_EVAL, "return x * (1.0 - self.p)"),
    ),
    _row(
        "dropout",
        "drops-in-evaluation",
        "Your Dropout goes on dropping after eval(). In evaluation the whole network works: return a copy of x.",
        ("        if not self.training:\n            return x.copy()\n", ""),
    ),
    _row(
        "dropout",
        "units-for-all-samples",
        "Your Dropout drops the same units in every sample. Draw for each entry: a mask of x's whole shape.",
        (_DRAW, "survives = np.broadcast_to(self.rng.random(x.shape[-1]) >= self.p, x.shape)"),
    ),
    _row(
        "dropout",
        "whole-samples",
        "Your Dropout drops whole samples, all units of a row at once. Draw for each entry: a mask of x's whole shape.",
        (
            _DRAW,
            "rows = self.rng.random((len(x),) + (1,) * (x.ndim - 1)) >= self.p\n"
            "        survives = np.broadcast_to(rows, x.shape)",
        ),
    ),
    _row(
        "dropout",
        "mask-drawn-once",
        "Your Dropout draws its mask once and keeps it. Each training forward silences other units: draw every time.",
        (
            _DRAW,
            "if getattr(self, 'mask', np.zeros(0)).shape != x.shape:\n"
            "            self.mask = self.rng.random(x.shape) >= self.p\n        survives = self.mask",
        ),
    ),
    _row(
        "dropout",
        "own-generator",
        "Your Dropout makes a generator of its own with a fixed seed, so that every forward draws the same mask. Draw "
        "from the rng that was given.",
        (_DRAW, "survives = np.random.default_rng(0).random(x.shape) >= self.p"),
    ),
    _row(
        "dropout",
        "generator-of-numpy",
        "Your Dropout draws from np.random's own state instead of the rng that was given. Nobody can repeat such a "
        "run: use the rng.",
        (_DRAW, "survives = np.random.random(x.shape) >= self.p"),
    ),
    _row(
        "dropout",
        "backward-without-mask",
        "Your Dropout passes the whole gradient back. What forward dropped has no influence on the loss: its gradient "
        "is 0, and the rest is scaled as forward was.",
        (_BACK, "return upstream.copy()"),
    ),
    _row(
        "dropout",
        "backward-not-scaled",
        "Your Dropout drops the right gradients but does not scale the others. forward divided the survivors by 1 - p: "
        "so does backward.",
        (_BACK, "return upstream.copy() if self.factor is None else upstream * (self.factor != 0)"),
    ),
    _row(
        "dropout",
        "backward-draws-again",
        "The backward of your Dropout draws a mask of its own. The gradient goes back where the values went through: "
        "keep forward's mask.",
        (
            _BACK,
            "if self.factor is None:\n            return upstream.copy()\n"
            "        return upstream * (self.rng.random(upstream.shape) >= self.p) / (1.0 - self.p)",
        ),
    ),
    _row(
        "dropout",
        "backward-first-mask",
        "Your Dropout goes back through the mask of its first forward. backward belongs to the latest forward: keep "
        "the new mask each time.",
        (_FACTOR, f"{_FACTOR}\n        self.first = getattr(self, 'first', self.factor)"),
        (_BACK, _BACK.replace("upstream * self.factor", "upstream * self.first")),
    ),
    _row(
        "dropout",
        "backward-asks-the-mode",
        "The backward of your Dropout asks for the mode of the moment. What counts is the mode in which the latest "
        "forward ran: let forward leave a note.",
        (_BACK, _BACK.replace("if self.factor is None", "if not self.training or self.factor is None")),
    ),
    _row(
        "dropout",
        "backward-old-mask",
        "After a forward in evaluation, your Dropout goes back through the mask of an earlier training forward. Forget "
        "that mask: nothing was dropped.",
        (_NO_FACTOR, 'self.factor = getattr(self, "factor", None)'),
    ),
    _row(
        "dropout",
        "backward-needs-training",
        "The backward of your Dropout looks for a mask that a forward in evaluation does not make. There upstream "
        "passes unchanged: return a copy.",
        (_BACK, "return upstream * self.factor"),
    ),
    _row(
        "dropout",
        "evaluation-returns-x",
        "In evaluation your Dropout returns x itself. Whoever changes the output later changes x: return a copy.",
        (_EVAL, "return x"),
    ),
    _row(
        "dropout",
        "idle-returns-x",
        "With p = 0 your Dropout returns x itself. Whoever changes the output later changes x: return a copy.",
        (_DRAW, f"if self.p == 0:\n            return x\n        {_DRAW}"),
    ),
    _row(
        "dropout",
        "backward-returns-upstream",
        "After an evaluation your Dropout returns `upstream` itself. It may be somebody else's gradient too: return a "
        "copy.",
        (_BACK, _BACK.replace("upstream.copy()", "upstream")),
    ),
    _row(
        "dropout",
        "drops-in-place",
        "Your Dropout drops inside the array it was given. The layer before it still needs its output: compute a new "
        "one.",
        ("return x * self.factor", "x *= self.factor\n        return x.copy()"),
    ),
    _row(
        "dropout",
        "changes-upstream",
        "Your Dropout masks `upstream` in place. Other blocks may receive the very same array: build a new one.",
        (
            _BACK,
            "if self.factor is not None:\n            upstream *= self.factor\n        return upstream.copy()",
        ),
    ),
    _row(
        "dropout",
        "class-state",
        "All your Dropouts keep their mask in one place, on the class, so the last forward of any of them wins. A mask "
        "belongs to the instance, to `self`.",
        (_NO_FACTOR, "Dropout.factor = None"),
        (_FACTOR, _FACTOR.replace("self.factor", "Dropout.factor")),
    ),
    _row(
        "dropout",
        "float64",
        "Your Dropout turns float32 into float64: a mask of bool divided by a number is float64. Give the mask x's "
        "dtype first.",
        (_FACTOR, "self.factor = survives / (1.0 - self.p)"),
    ),
    _row(
        "dropout",
        "evaluation-float64",
        "In evaluation your Dropout turns float32 into float64. A copy keeps its dtype.",
        (_EVAL, "return np.array(x, dtype=np.float64)"),
    ),
)

# Early stopping

_IF = "if loss < self.best_loss - self.min_delta:"
_COPIES = "self.best_params = {name: value.copy() for name, value in params.items()}"
_WAITED = "return self.waited >= self.patience"

EARLY_STOPPING = (
    _row(
        "early_stopping",
        "late",
        "Your EarlyStopping stops one update late. The patience-th update in a row without improvement is the one that "
        "returns True: with patience 2, the losses 3, 2, 2, 2 stop at the fourth.",
        (_WAITED, "return self.waited > self.patience"),
    ),
    _row(
        "early_stopping",
        "early",
        "Your EarlyStopping stops one update early. With patience 2, the losses 3, 2, 2, 2 stop at the fourth: the "
        "update that improved does not count.",
        (_WAITED, "return self.waited > 0 and self.waited >= self.patience - 1"),
    ),
    _row(
        "early_stopping",
        "not-in-a-row",
        "Your EarlyStopping counts every update without improvement since the start. It is those in a row that count: "
        "an improvement sets the counter back to 0.",
        ("            self.waited = 0\n        else", "        else"),
    ),
    _row(
        "early_stopping",
        "against-the-last",
        "Your EarlyStopping compares with the loss before, not with the best one. A loss that goes up and then down a "
        "little has not improved.",
        ("            self.waited += 1\n", "            self.waited += 1\n            self.best_loss = loss\n"),
    ),
    _row(
        "early_stopping",
        "last-params",
        "The best_params of your EarlyStopping are those of the last update. Keep those of the best one: they are what "
        "training goes back to.",
        (_IF, f"{_COPIES}\n        {_IF}"),
    ),
    _row(
        "early_stopping",
        "first-params",
        "The best_params of your EarlyStopping stay those of the first update. Copy anew at each improvement.",
        (_COPIES, f"if self.best_params is None:\n                {_COPIES}"),
    ),
    _row(
        "early_stopping",
        "equal-improves",
        "Your EarlyStopping takes a loss that is exactly best_loss - min_delta for an improvement. It has to be less.",
        (_IF, _IF.replace(" < ", " <= ")),
    ),
    _row(
        "early_stopping",
        "no-min-delta",
        "Your EarlyStopping leaves min_delta out. An improvement is a loss below best_loss by more than that.",
        (_IF, "if loss < self.best_loss:"),
    ),
    _row(
        "early_stopping",
        "min-delta-added",
        "Your EarlyStopping adds min_delta, so that a loss may even grow and counts as an improvement. Subtract it.",
        (_IF, _IF.replace(" - ", " + ")),
    ),
    _row(
        "early_stopping",
        "min-delta-share",
        "Your EarlyStopping takes min_delta for a share of the best loss. It is a difference of losses: subtract it.",
        (_IF, "if loss < self.best_loss * (1.0 - self.min_delta):"),
    ),
    _row(
        "early_stopping",
        "creeping-best",
        "Your EarlyStopping lowers best_loss by improvements smaller than min_delta. Then a loss that falls slowly "
        "never improves: best_loss moves only with an improvement.",
        (
            "            self.waited += 1\n",
            "            self.waited += 1\n            self.best_loss = min(self.best_loss, loss)\n",
        ),
    ),
    _row(
        "early_stopping",
        "no-false",
        "Your EarlyStopping returns nothing while training may go on. It returns True or False.",
        (_WAITED, "if self.waited >= self.patience:\n            return True"),
    ),
    _row(
        "early_stopping",
        "first-nan-stays",
        "Your EarlyStopping takes the first loss as the best one unseen. If that is NaN nothing is ever less than it: "
        "start from infinity, and compare the first loss too.",
        (_IF, f"if self.best_params is None or {_IF[3:]}"),
    ),
    _row(
        "early_stopping",
        "nan-improves",
        "Your EarlyStopping takes NaN for an improvement: with NaN every comparison is False, and so `not` makes it "
        "True. Ask whether the loss is less.",
        (_IF, "if not loss >= self.best_loss - self.min_delta:"),
    ),
    _row(
        "early_stopping",
        "nan-not-counted",
        "Your EarlyStopping passes over a NaN. It is an update without improvement, and counts as one.",
        (_IF, f"if math.isnan(loss):\n            return False\n        {_IF}"),
    ),
    _row(
        "early_stopping",
        "nan-stops",
        "Your EarlyStopping stops at once at a NaN. It is one update without improvement, and patience says how many "
        "of those there may be.",
        (_IF, f"if math.isnan(loss):\n            return True\n        {_IF}"),
    ),
    _row(
        "early_stopping",
        "not-copied",
        "Your EarlyStopping keeps the parameters' own arrays. The optimizer goes on writing into them, and the best "
        "ones become the last ones: copy each array.",
        (_COPIES, "self.best_params = dict(params)"),
    ),
    _row(
        "early_stopping",
        "restores",
        "Your EarlyStopping writes the best parameters back into `params`. It only says when to stop: `params` belong "
        "to the caller, who takes best_params when it is time.",
        (
            "            self.waited += 1\n",
            "            self.waited += 1\n            if self.waited >= self.patience and self.best_params:\n"
            "                for name, value in self.best_params.items():\n"
            "                    params[name][...] = value\n",
        ),
    ),
)

# Pruning

_COUNT = "count = round(fraction * w.size)"
_ORDER = "smallest_first = np.argsort(np.abs(w), axis=None)"
_ONES = "kept = np.ones(w.size, dtype=bool)"
_MARK = "kept[smallest_first[:count]] = False"
_SHAPED = "return kept.reshape(w.shape)"
_BODY = f"    {_ORDER}\n    {_ONES}\n    {_MARK}\n    {_SHAPED}\n"

PRUNE = (
    _row(
        "magnitude_prune",
        "inverted",
        "Your mask is True where a weight goes. It is multiplied onto the weights: True = kept.",
        (_SHAPED, "return ~kept.reshape(w.shape)"),
    ),
    _row(
        "magnitude_prune",
        "no-magnitude",
        "Your magnitude_prune goes by w itself and prunes the most negative weights. They are far from 0: go by |w|.",
        (_ORDER, "smallest_first = np.argsort(w, axis=None)"),
    ),
    _row(
        "magnitude_prune",
        "largest",
        "Your magnitude_prune removes the largest weights. The smallest matter least: those go.",
        (_ORDER, "smallest_first = np.argsort(-np.abs(w), axis=None)"),
    ),
    _row(
        "magnitude_prune",
        "share-of-largest",
        "Your magnitude_prune compares with a fraction of the largest |w|. fraction is the share of entries that go, "
        "whatever their sizes.",
        (_BODY, "    return np.abs(w) > fraction * np.max(np.abs(w))\n"),
    ),
    _row(
        "magnitude_prune",
        "fraction-kept",
        "Your magnitude_prune keeps the fraction and removes the rest. fraction is the share that goes.",
        (_COUNT, "count = w.size - round(fraction * w.size)"),
    ),
    _row(
        "magnitude_prune",
        "rows",
        "Your magnitude_prune prunes each row (the last axis) by itself. The smallest of the whole array go, wherever "
        "they are.",
        (_COUNT, "count = round(fraction * w.shape[-1])"),
        (
            _BODY,
            "    kept = np.ones(w.shape, dtype=bool)\n"
            "    np.put_along_axis(kept, np.argsort(np.abs(w), axis=-1)[..., :count], False, axis=-1)\n"
            "    return kept\n",
        ),
    ),
    _row(
        "magnitude_prune",
        "rounds-down",
        "Your magnitude_prune cuts fraction·size off at the decimal point. The number of entries is rounded.",
        (_COUNT, "count = int(fraction * w.size)"),
    ),
    _row(
        "magnitude_prune",
        "rounds-up",
        "Your magnitude_prune rounds fraction·size up. The number of entries is rounded to the nearest.",
        (_COUNT, "count = math.ceil(fraction * w.size)"),
    ),
    _row(
        "magnitude_prune",
        "quantile",
        "Your magnitude_prune compares with a quantile, which interpolates between magnitudes: the number of entries "
        "is not always round(fraction·size). Sort, and count.",
        (_BODY, "    return np.abs(w) > np.quantile(np.abs(w), fraction)\n"),
    ),
    _row(
        "magnitude_prune",
        "flat",
        "Your mask is flat. It has the shape of w, so that it can be multiplied onto it.",
        (_SHAPED, "return kept"),
    ),
    _row(
        "magnitude_prune",
        "numbers",
        "Your mask has numbers in it. Make it an array of bool: only that can be used as an index, too.",
        (_ONES, "kept = np.ones(w.size)"),
    ),
    _row(
        "magnitude_prune",
        "pruned-weights",
        "Your magnitude_prune returns the pruned weights. It returns the mask, of bool: True = kept.",
        (_SHAPED, "return w * kept.reshape(w.shape)"),
    ),
    _row(
        "magnitude_prune",
        "fraction-0",
        "With fraction 0 your magnitude_prune removes everything: the entry before the first one is the last. Treat "
        "a count of 0 by itself.",
        (_BODY, "    return np.abs(w) > np.sort(np.abs(w), axis=None)[count - 1]\n"),
    ),
    _row(
        "magnitude_prune",
        "fraction-1",
        "With fraction 1 your magnitude_prune looks for an entry behind the last one. Treat a count of all by itself.",
        (_BODY, "    return np.abs(w) >= np.sort(np.abs(w), axis=None)[count]\n"),
    ),
    _row(
        "magnitude_prune",
        "ties-all-go",
        "Where several |w| equal the limit, your magnitude_prune removes all of them, and too many go. Mark exactly "
        "round(fraction·size) entries, by their places in the sorted order.",
        (
            _BODY,
            "    limit = np.sort(np.abs(w), axis=None)[count - 1] if count else -1.0\n    return np.abs(w) > limit\n",
        ),
    ),
    _row(
        "magnitude_prune",
        "ties-all-stay",
        "Where several |w| equal the limit, your magnitude_prune keeps all of them, and too few go. Mark exactly "
        "round(fraction·size) entries, by their places in the sorted order.",
        (
            _BODY,
            "    limit = np.sort(np.abs(w), axis=None)[count] if count < w.size else np.inf\n"
            "    return np.abs(w) >= limit\n",
        ),
    ),
    _row(
        "magnitude_prune",
        "prunes-itself",
        "Your magnitude_prune sets the pruned weights to 0 itself. It only says which ones go: leave w as it is.",
        (_SHAPED, "w[~kept.reshape(w.shape)] = 0.0\n    return kept.reshape(w.shape)"),
    ),
    _row(
        "magnitude_prune",
        "magnitudes-in-place",
        "Your magnitude_prune writes the magnitudes into w, and the signs are lost. Take them into a new array.",
        (_ORDER, "smallest_first = np.argsort(np.abs(w, out=w), axis=None)"),
    ),
)

REGULARIZERS: tuple[Mistake, ...] = (*L0, *L1, *L2, *DROPOUT, *EARLY_STOPPING, *PRUNE)

LEFT_OUT = {
    "AdamW decay sign or L2-in-gradient instead of decoupled": "an optimizer's: see the table of assignment 4",
    "pruned weights revive on update": "magnitude_prune updates nothing; prune_and_retrain of assignment 6 does",
    "dropout from a new generator without a seed": "its draws never come again, so no record of it can be replayed; "
    "dropout-own-generator and dropout-generator-of-numpy fail the same item",
    "dropout that drops exactly round(p·size) entries": "each entry still goes with probability p: accepted",
    "early stopping that keeps the dict itself": "no test can tell it from early-stopping-not-copied",
    "early stopping with == patience": "differs only after it said True, where the handout leaves it open to stop",
    "rounding halves up instead of Python's round": "fraction·size that ends in a half depends on floating-point error "
    "in the product: no item asks for it",
}
"""Known mistakes that have no row here, and why."""
