"""Known wrong losses: changes to solutions/losses.py, the most telling first within each.

The list began with what students of public courses get wrong (means over the wrong count, lost signs and label
columns, quiet broadcasting, overflow); the rest comes from each loss's own formula. `LEFT_OUT` says why the other
entries of that list are not here.
"""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(question: str, name: str, sentence: str, *edits: Edit, whole: str = "", costs_only: bool = False) -> Mistake:
    name = f"{question.replace('_', '-')}-{name}"
    return Mistake(name, question, sentence, edits, whole, costs_only=costs_only)


# Sentences that several losses share

_GRADIENT_SUMMED = (
    "Your {name} divides the loss by N and forgets it in backward. "
    "The loss is a mean over the rows, so its gradient has the same 1/N."
)
_TWICE = (
    "Your {name}'s gradient is divided by N twice. One 1/N is enough: the loss is a mean over the rows, taken once."
)
_OVER_ENTRIES = (
    "Your {name} divides by the number of all entries, as np.mean does without an axis. "
    "Divide by the number of rows, N; over columns it is a sum."
)
_CLASS_STATE = (
    "All your {name} losses keep their values in one place, on the class, so the last forward of any of them wins. "
    "What a loss remembers belongs to the instance, to `self`."
)
_CHANGES_SCORES = (
    "Your {name} changes the array of scores it was given. The caller still needs it: compute a new array instead of "
    "`-=` or an assignment to entries."
)
_FLOAT64 = "Your {name}'s gradient is float64 for float32 scores. The gradient has the dtype of the scores: {how}."

_MSE_CHECK = (
    "if scores.shape != targets.shape:\n"
    '            raise ValueError(f"scores have shape {scores.shape}, targets {targets.shape}; they must be equal")\n'
    "        "
)
_MSE_RESIDUAL = "self.residual = (scores - targets).astype(scores.dtype)"
_MSE_LOSS = "return float(0.5 * np.sum(self.residual**2) / len(scores))"
_MSE_GRADIENT = "return self.residual / len(self.residual)"
MEAN_SQUARED_ERROR = (
    _row(
        "mean_squared_error",
        "over-entries",
        _OVER_ENTRIES.format(name="MeanSquaredError"),
        (_MSE_LOSS, "return float(0.5 * np.mean(self.residual**2))"),
        (_MSE_GRADIENT, "return self.residual / self.residual.size"),
    ),
    _row(
        "mean_squared_error",
        "without-half",
        "Your MeanSquaredError has no ½ in front, and a 2 in the gradient. With the ½ the 2 of the square goes away: "
        "the gradient is (score − target)/N.",
        (_MSE_LOSS, "return float(np.sum(self.residual**2) / len(scores))"),
        (_MSE_GRADIENT, "return 2.0 * self.residual / len(self.residual)"),
    ),
    _row(
        "mean_squared_error",
        "gradient-halved",
        "Your MeanSquaredError keeps the ½ in its gradient. Differentiating the square gives a 2, and ½ · 2 is 1.",
        (_MSE_GRADIENT, "return 0.5 * self.residual / len(self.residual)"),
    ),
    _row(
        "mean_squared_error",
        "gradient-summed",
        _GRADIENT_SUMMED.format(name="MeanSquaredError"),
        (_MSE_GRADIENT, "return self.residual.copy()"),
    ),
    _row(
        "mean_squared_error",
        "sign",
        "Your MeanSquaredError's gradient has the wrong sign. It is score − target: a score that is too high must "
        "come down.",
        (_MSE_GRADIENT, "return -self.residual / len(self.residual)"),
    ),
    _row(
        "mean_squared_error",
        "not-refused",
        "Your MeanSquaredError accepts targets of another shape. Broadcasting turns (N, 1) − (N,) into all N² pairs "
        "without a word: compare the shapes and raise a ValueError.",
        (_MSE_CHECK, ""),
    ),
    _row(
        "mean_squared_error",
        "only-sizes-compared",
        "Your MeanSquaredError compares only the number of entries. (N, 1) and (N,) have as many: compare the shapes.",
        ("if scores.shape != targets.shape:", "if scores.size != targets.size:"),
    ),
    _row(
        "mean_squared_error",
        "changes-scores",
        _CHANGES_SCORES.format(name="MeanSquaredError"),
        (_MSE_RESIDUAL, "scores -= targets\n        self.residual = scores.copy()"),
    ),
    _row(
        "mean_squared_error",
        "class-state",
        _CLASS_STATE.format(name="MeanSquaredError"),
        (_MSE_RESIDUAL, _MSE_RESIDUAL.replace("self.", "MeanSquaredError.")),
    ),
    _row(
        "mean_squared_error",
        "promoted",
        "Beside float64 targets, your MeanSquaredError's gradient of float32 scores is float64. It has the dtype of "
        "the scores, whatever the targets are.",
        (".astype(scores.dtype)", ""),
    ),
)

_BH_TARGETS = "self.targets = targets.reshape(scores.shape).astype(scores.dtype)"
_BH_MARGINS = "self.margins = 1.0 - self.targets * scores"
_BH_LOSS = "return float(np.sum(np.maximum(self.margins, 0.0)) / len(scores))"
_BH_GRADIENT = "return np.where(self.margins > 0, -self.targets, 0.0) / len(self.targets)"
BINARY_HINGE = (
    _row(
        "binary_hinge",
        "labels-01",
        "Your BinaryHinge takes the targets for 0 and 1 and turns them into 2t − 1. They are −1 and 1 already.",
        (_BH_TARGETS, "self.targets = 2 * targets.reshape(scores.shape).astype(scores.dtype) - 1"),
    ),
    _row(
        "binary_hinge",
        "margin-sign",
        "Your BinaryHinge has 1 + t·s. A score on the right side, t·s > 0, must make the loss smaller: it is "
        "max(0, 1 − t·s).",
        (_BH_MARGINS, "self.margins = 1.0 + self.targets * scores"),
        ("-self.targets, 0.0", "self.targets, 0.0"),
    ),
    _row(
        "binary_hinge",
        "mask-missing",
        "Your BinaryHinge sends a gradient to every score, also to those beyond the margin. Where 1 − t·s < 0 the loss "
        "is flat, and the gradient 0.",
        (_BH_GRADIENT, "return -self.targets / len(self.targets)"),
    ),
    _row(
        "binary_hinge",
        "target-missing",
        "Your BinaryHinge's gradient leaves t out: it is −1/N for both classes. The derivative of 1 − t·s is −t.",
        ("-self.targets, 0.0)", "-np.ones_like(self.targets), 0.0)"),
    ),
    _row(
        "binary_hinge",
        "gradient-summed",
        _GRADIENT_SUMMED.format(name="BinaryHinge"),
        (_BH_GRADIENT, "return np.where(self.margins > 0, -self.targets, 0.0)"),
    ),
    _row(
        "binary_hinge",
        "mean-over-broken",
        "Your BinaryHinge divides by the number of broken margins. It is a mean over all N rows; those that keep the "
        "margin count with loss 0.",
        (_BH_LOSS, "return float(np.sum(np.maximum(self.margins, 0.0)) / max(1, np.sum(self.margins > 0)))"),
        (
            _BH_GRADIENT,
            "broken = max(1, np.sum(self.margins > 0))\n"
            "        return (np.where(self.margins > 0, -self.targets, 0.0) / broken).astype(self.targets.dtype)",
        ),
    ),
    _row(
        "binary_hinge",
        "all-pairs",
        "With scores of shape (N, 1) your BinaryHinge computes all N² pairs: (N,) times (N, 1) is (N, N). Bring both "
        "to one shape first.",
        (_BH_TARGETS, "self.targets = targets.astype(scores.dtype)"),
    ),
    _row(
        "binary_hinge",
        "flat-gradient",
        "For scores of shape (N, 1) your BinaryHinge returns a gradient of shape (N,). The gradient has the shape of "
        "the scores.",
        (_BH_TARGETS, "scores, self.targets = scores.reshape(-1), targets.astype(scores.dtype)"),
    ),
    _row(
        "binary_hinge",
        "kink",
        "Where t·s is exactly 1 your BinaryHinge still sends a gradient. On the kink the course takes 0: the condition "
        "is 1 − t·s > 0, not >= 0.",
        ("np.where(self.margins > 0,", "np.where(self.margins >= 0,"),
    ),
    _row(
        "binary_hinge",
        "changes-scores",
        _CHANGES_SCORES.format(name="BinaryHinge"),
        (_BH_MARGINS, "scores *= self.targets\n        self.margins = 1.0 - scores"),
    ),
    _row(
        "binary_hinge",
        "class-state",
        _CLASS_STATE.format(name="BinaryHinge"),
        (_BH_TARGETS, _BH_TARGETS.replace("self.", "BinaryHinge.")),
        (_BH_MARGINS, _BH_MARGINS.replace("self.margins", "BinaryHinge.margins")),
    ),
    _row(
        "binary_hinge",
        "promoted",
        "Your BinaryHinge's gradient of float32 scores depends on the dtype of the targets: with float64 or int64 ones "
        "it becomes float64. It has the dtype of the scores.",
        (".astype(scores.dtype)", ""),
    ),
)

_SVM_MARGINS = "self.margins = scores - scores[self.rows, targets][:, np.newaxis] + self.margin"
_SVM_LABEL = "        self.margins[self.rows, targets] = 0.0  # the sum leaves the right class out\n"
_SVM_LOSS = "return float(np.sum(np.maximum(self.margins, 0.0)) / len(scores))"
_SVM_MASK = "gradient = (self.margins > 0).astype(self.margins.dtype)"
_SVM_COUNT = "gradient[self.rows, self.targets] = -gradient.sum(axis=1)  # each term above 0 pulls the right score up"
_SVM_RETURN = "return gradient / len(gradient)"
MULTICLASS_SVM = (
    _row(
        "multiclass_svm",
        "counts-label",
        "Your MulticlassSVM counts the right class among its own rivals, so each row's loss is one margin too large. "
        "The sum runs over j ≠ y.",
        (_SVM_LOSS, "return float(np.sum(np.maximum(self.margins, 0.0)) / len(scores) + self.margin)"),
    ),
    _row(
        "multiclass_svm",
        "label-missing",
        "Your MulticlassSVM has no gradient for the right class. Its score stands in every broken margin of its row, "
        "with a minus: −(how many are broken)/N.",
        ("        " + _SVM_COUNT + "\n", ""),
    ),
    _row(
        "multiclass_svm",
        "label-minus-one",
        "Your MulticlassSVM gives the right class −1 however many margins are broken. Each broken one contributes a "
        "−1: it is minus their number.",
        (_SVM_COUNT, "gradient[self.rows, self.targets] = -(gradient.sum(axis=1) > 0).astype(gradient.dtype)"),
    ),
    _row(
        "multiclass_svm",
        "only-worst-rival",
        "Your MulticlassSVM looks only at the strongest rival of each row. The loss adds up all classes that break "
        "the margin.",
        (
            _SVM_LABEL,
            _SVM_LABEL + "        worst = self.margins.max(axis=1, keepdims=True)\n"
            "        self.margins = np.where(self.margins == worst, worst, 0.0)\n",
        ),
    ),
    _row(
        "multiclass_svm",
        "margin-ignored",
        "Your MulticlassSVM always uses a margin of 1. Use the `margin` it was made with.",
        ("[:, np.newaxis] + self.margin", "[:, np.newaxis] + 1.0"),
    ),
    _row(
        "multiclass_svm",
        "margin-sign",
        "Your MulticlassSVM subtracts the margin. The right score must be ahead by the margin, so a rival pays "
        "max(0, s_j − s_y + margin).",
        ("[:, np.newaxis] + self.margin", "[:, np.newaxis] - self.margin"),
    ),
    _row(
        "multiclass_svm",
        "columns-of-labels",
        "Your MulticlassSVM takes scores[:, targets], which picks N whole columns. One entry per row is "
        "scores[np.arange(N), targets].",
        (_SVM_MARGINS, "self.margins = scores - scores[:, targets] + self.margin"),
    ),
    _row(
        "multiclass_svm",
        "gradient-summed",
        _GRADIENT_SUMMED.format(name="MulticlassSVM"),
        (_SVM_RETURN, "return gradient"),
    ),
    _row(
        "multiclass_svm",
        "kink",
        "Where a margin is kept exactly your MulticlassSVM still sends a gradient. On the kink the course takes 0: "
        "the condition is > 0, not >= 0.",
        (_SVM_LABEL, _SVM_LABEL.replace("= 0.0", "= -1.0")),
        ("(self.margins > 0)", "(self.margins >= 0)"),
    ),
    _row(
        "multiclass_svm",
        "changes-scores",
        _CHANGES_SCORES.format(name="MulticlassSVM"),
        (
            _SVM_MARGINS,
            "scores -= scores[self.rows, targets][:, np.newaxis] - self.margin\n        self.margins = scores.copy()",
        ),
    ),
    _row(
        "multiclass_svm",
        "class-state",
        _CLASS_STATE.format(name="MulticlassSVM"),
        ("self.rows, self.targets = np", "MulticlassSVM.rows, MulticlassSVM.targets = np"),
        (_SVM_MARGINS, _SVM_MARGINS.replace("self.margins", "MulticlassSVM.margins")),
    ),
    _row(
        "multiclass_svm",
        "float64",
        _FLOAT64.format(name="MulticlassSVM", how="build its mask with the dtype of the scores"),
        (_SVM_MASK, "gradient = (self.margins > 0).astype(np.float64)"),
    ),
)

_SHIFTED = "np.exp(scores - scores.max(axis=-1, keepdims=True))"
_NORMALISED = "return e / e.sum(axis=-1, keepdims=True)"
SOFTMAX = (
    _row(
        "softmax",
        "over-columns",
        "Your softmax makes each column sum to 1. The classes stand side by side in a row: it is the rows that sum "
        "to 1.",
        (_SHIFTED, "np.exp(scores - scores.max(axis=0))"),
        (_NORMALISED, "return e / e.sum(axis=0)"),
    ),
    _row(
        "softmax",
        "over-everything",
        "Your softmax divides by the sum over the whole batch, so all rows together sum to 1. Each row is a "
        "distribution of its own.",
        (_SHIFTED, "np.exp(scores - scores.max())"),
        (_NORMALISED, "return e / e.sum()"),
    ),
    _row(
        "softmax",
        "axis-dropped",
        "Your softmax divides an (N, C) array by an (N,) one, which lines up with the columns: it fails, or is quietly "
        "wrong where N = C. Keep the axis with keepdims=True.",
        (_NORMALISED, "return e / e.sum(axis=-1)"),
    ),
    _row(
        "softmax",
        "overflow",
        "Your softmax takes exp of the scores as they are. From about 710 on exp is infinite, and far below 0 a whole "
        "row vanishes: subtract from each row its own maximum first.",
        (_SHIFTED, "np.exp(scores)"),
    ),
    _row(
        "softmax",
        "shift-of-batch",
        "Your softmax subtracts the largest score of the whole batch. A row far below it becomes exp of −2000, "
        "which is 0 everywhere: subtract from each row its own maximum.",
        (_SHIFTED, "np.exp(scores - scores.max())"),
    ),
    _row(
        "softmax",
        "eps-added",
        "Your softmax adds a small number to the sum it divides by. After the shift by the maximum that sum is at "
        "least 1, so nothing needs to be added; as it is the rows do not quite sum to 1.",
        (_NORMALISED, "return e / (e.sum(axis=-1, keepdims=True) + 1e-8)"),
    ),
    _row(
        "softmax",
        "changes-scores",
        "Your softmax subtracts the maximum from the very array it was given. Write scores - …, not scores -= …: the "
        "caller still needs the scores.",
        ("e = np", "scores -= scores.max(axis=-1, keepdims=True)\n    e = np"),
    ),
    _row(
        "softmax",
        "in-place",
        "Your softmax writes its result into the array of scores. Callers need them as they were: return a new array.",
        (_NORMALISED, "scores[...] = e / e.sum(axis=-1, keepdims=True)\n    return scores"),
    ),
    _row(
        "softmax",
        "float64",
        "Your softmax turns float32 scores into float64. Its result has the dtype of the scores.",
        (_SHIFTED, _SHIFTED.replace("np.exp(", "np.exp(np.asarray(").replace("True))", "True), dtype=np.float64))")),
    ),
)

_CE_SHIFT = "shifted = scores - scores.max(axis=1, keepdims=True)"
_CE_LOG_SUMS = "log_sums = np.log(np.sum(np.exp(shifted), axis=1))"
_CE_LOSS = "return float(np.sum(log_sums - shifted[self.rows, targets]) / len(scores))"
_CE_P = "gradient = softmax(self.scores)"
_CE_LABEL = "gradient[self.rows, self.targets] -= 1.0"
_CE_RETURN = "return gradient / len(gradient)"
_CE_OWN_P = "e = np.exp({scores})\n        gradient = e / e.sum(axis=1, keepdims=True)"
SOFTMAX_CROSS_ENTROPY = (
    _row(
        "softmax_cross_entropy",
        "label-forgotten",
        "Your SoftmaxCrossEntropy returns p/N and forgets to subtract 1 at the right class. Each row of the gradient "
        "sums to 0: what the rivals lose the right class wins.",
        ("        " + _CE_LABEL + "\n", ""),
    ),
    _row(
        "softmax_cross_entropy",
        "gradient-summed",
        _GRADIENT_SUMMED.format(name="SoftmaxCrossEntropy"),
        (_CE_RETURN, "return gradient"),
    ),
    _row(
        "softmax_cross_entropy",
        "divided-twice",
        _TWICE.format(name="SoftmaxCrossEntropy"),
        (_CE_RETURN, "return gradient / len(gradient) ** 2"),
    ),
    _row(
        "softmax_cross_entropy",
        "gradient-over-entries",
        "Your SoftmaxCrossEntropy divides its gradient by N·C, the number of all entries. Divide by the number of "
        "rows, N, as in the loss.",
        (_CE_RETURN, "return gradient / gradient.size"),
    ),
    _row(
        "softmax_cross_entropy",
        "sign",
        "Your SoftmaxCrossEntropy's gradient has the wrong sign: it is p − one-hot, not one-hot − p.",
        (_CE_RETURN, "return -gradient / len(gradient)"),
    ),
    _row(
        "softmax_cross_entropy",
        "diagonal-only",
        "Your SoftmaxCrossEntropy takes p(1 − p) for the slope of softmax, as for a sigmoid. In softmax each score "
        "moves all the probabilities of its row: off the diagonal there is −p_i·p_j.",
        (
            _CE_P,
            "p = softmax(self.scores)\n        gradient = np.zeros_like(p)",
        ),
        (_CE_LABEL, "gradient[self.rows, self.targets] = p[self.rows, self.targets] - 1.0"),
    ),
    _row(
        "softmax_cross_entropy",
        "softmax-twice",
        "Your SoftmaxCrossEntropy applies softmax to probabilities: once more than it should. It gets scores, and "
        "takes softmax of them once.",
        (
            "self.scores, self.targets = scores, targets",
            "scores = softmax(scores)\n        self.scores, self.targets = scores, targets",
        ),
    ),
    _row(
        "softmax_cross_entropy",
        "over-columns",
        "Your SoftmaxCrossEntropy takes softmax down the columns. The classes of a sample stand side by side in its "
        "row.",
        (_CE_SHIFT, "shifted = scores - scores.max(axis=0)"),
        (_CE_LOG_SUMS, "log_sums = np.log(np.sum(np.exp(shifted), axis=0))[targets]"),
        (_CE_P, "gradient = softmax(np.ascontiguousarray(self.scores.T)).T.copy()"),
    ),
    _row(
        "softmax_cross_entropy",
        "log-of-probability",
        "Your SoftmaxCrossEntropy takes the logarithm of a probability that has become 0, and the loss is infinite. "
        "Take log(exp(s)/Σ) apart first: s − log Σ.",
        (_CE_LOSS, "return float(-np.sum(np.log(softmax(scores)[self.rows, targets])) / len(scores))"),
    ),
    _row(
        "softmax_cross_entropy",
        "eps-added",
        "Your SoftmaxCrossEntropy adds a small number inside the logarithm, so the loss stops growing where it should "
        "be largest. With s − log Σ exp nothing needs to be added.",
        (_CE_LOSS, "return float(-np.sum(np.log(softmax(scores)[self.rows, targets] + 1e-8)) / len(scores))"),
    ),
    _row(
        "softmax_cross_entropy",
        "overflow",
        "Your SoftmaxCrossEntropy takes exp of the scores as they are. From about 710 on exp is infinite: subtract "
        "from each row its own maximum first.",
        (_CE_SHIFT, "shifted = scores"),
        (_CE_P, _CE_OWN_P.format(scores="self.scores")),
    ),
    _row(
        "softmax_cross_entropy",
        "shift-of-batch",
        "Your SoftmaxCrossEntropy subtracts the largest score of the whole batch. In a row far below it every exp is "
        "0, and log 0 is −∞: subtract from each row its own maximum.",
        (_CE_SHIFT, "shifted = scores - scores.max()"),
        (_CE_P, _CE_OWN_P.format(scores="self.scores - self.scores.max()")),
    ),
    _row(
        "softmax_cross_entropy",
        "changes-scores",
        _CHANGES_SCORES.format(name="SoftmaxCrossEntropy"),
        (_CE_SHIFT, "scores -= scores.max(axis=1, keepdims=True)\n        shifted = scores"),
    ),
    _row(
        "softmax_cross_entropy",
        "changes-memory",
        "Your SoftmaxCrossEntropy subtracts the 1 from the probabilities that forward kept, so a second backward "
        "subtracts it again. Work on a copy.",
        (_CE_SHIFT, "self.p = softmax(scores)\n        " + _CE_SHIFT),
        (_CE_P, "gradient = self.p"),
    ),
    _row(
        "softmax_cross_entropy",
        "class-state",
        _CLASS_STATE.format(name="SoftmaxCrossEntropy"),
        ("self.scores, self.targets = scores", "SoftmaxCrossEntropy.scores, SoftmaxCrossEntropy.targets = scores"),
        ("self.rows = np", "SoftmaxCrossEntropy.rows = np"),
    ),
    _row(
        "softmax_cross_entropy",
        "float64",
        _FLOAT64.format(name="SoftmaxCrossEntropy", how="np.eye makes float64 rows, unless you give it a dtype"),
        (
            _CE_P,
            "onehot = np.eye(self.scores.shape[1])[self.targets]\n        gradient = softmax(self.scores) - onehot",
        ),
        ("        " + _CE_LABEL + "\n", ""),
    ),
    _row(
        "softmax_cross_entropy",
        "jacobian",
        "Your SoftmaxCrossEntropy is right, but builds the (C, C) Jacobian of softmax for each row. Multiplied out by "
        "hand with the −1/p of the logarithm, p − one-hot is left.",
        (
            _CE_P,
            "p = softmax(self.scores)\n"
            "        gradient = np.empty_like(p)\n"
            "        for row, label in enumerate(self.targets):\n"
            "            jacobian = np.diag(p[row]) - np.outer(p[row], p[row])\n"
            "            with np.errstate(all='ignore'):\n"
            "                slope = -jacobian[label] / p[row, label]\n"
            "            gradient[row] = slope if p[row, label] > 1e-200 else p[row]\n"
            "            gradient[row, label] = p[row, label] - 1.0",
        ),
        ("        " + _CE_LABEL + "\n", ""),
        costs_only=True,
    ),
)

LOSSES: tuple[Mistake, ...] = (
    *MEAN_SQUARED_ERROR,
    *BINARY_HINGE,
    *MULTICLASS_SVM,
    *SOFTMAX,
    *SOFTMAX_CROSS_ENTROPY,
)

LEFT_OUT = {
    "ignores upstream, returns the upstream array": "a loss has no upstream gradient; softmax that returns its "
    "argument has a row",
    "labels 0/1 in the multiclass losses": "labels count from 0 there",
    "hinge, zero scores": "a signature, not a mistake: labels-01 and margin-sign have rows",
    "softmax over the wrong axis where N = C": "the same row as over-columns; the items take N = C too",
    "log(p + eps) with another eps, clip(p, eps, 1)": "the same mistake with another number: one row stands for it, "
    "the others are found by the stability items and not named",
    "loss and gradient both summed, another power, an array instead of a number": "found by the value items, whose "
    "sentences say the factor or the shape; they need no row",
    "sign in the SVM and the hinge": "found by the value items, whose sentence says so",
}
"""Known mistakes that have no row here, and why."""
