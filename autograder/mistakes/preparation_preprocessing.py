"""Known wrong preprocessing: changes to solutions/preprocessing.py, the most telling first within each class.

The list began with what students of public courses get wrong (statistics of the wrong axis or of the test data, N - 1,
whitening by eigenvalues, constant columns); the rest comes from each formula. `LEFT_OUT` says why the other entries
of that list are not here.
"""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(question: str, name: str, sentence: str, *edits: Edit) -> Mistake:
    return Mistake(f"{question.replace('_', '-')}-{name}", question, sentence, edits)


# Sentences that several classes share

_NEW_DATA = (
    "Your {name} uses the statistics of the data at hand in transform. fit learns them from the training data, "
    "and transform applies those same numbers to any data."
)
_ROWS = "Your {name} works along rows. Rows are samples and columns are features: statistics are per column, axis=0."
_ALL = "Your {name} takes one {what} over all entries. Each column has its own: axis=0."
_DDOF = "Your {name} divides by N - 1. The variances of this course divide by N."
_CHANGES = (
    "Your {name} changes the data it is given in place. The caller still needs them: compute a new array, "
    "without -= or /=."
)
_NO_SELF = (
    "fit of your {name} returns nothing. It ends with `return self`, so that {name}(…).fit(x).transform(x) works."
)
_CLASS_STATE = (
    "All your {name} objects keep their numbers in one place, on the class, so the last fit of any of them wins. "
    "What fit learns belongs to the object, to `self`."
)
_FIRST_KEPT = "Your {name} keeps what its first fit learnt for ever. The latest fit counts: learn anew each time."
_ONES = (
    "Your {name} divides constant columns by 1. That is right on the training data, but new data that differ there "
    "come out as they are: a column that was constant in training becomes 0 in all data."
)
_ALMOST = (
    "Your {name} finds constant columns by a computed {what} of 0. Rounding makes it 1e-17 there, and the column "
    "becomes ±1. Compare the largest and the smallest entry: they are equal exactly."
)
_NAN = "Your {name} divides 0 by 0 in a constant column, which is NaN. Such a column becomes 0."
_EPS = (
    "Your {name} adds a small number to the divisor. Columns of tiny spread are then scaled too little: "
    "only constant columns are special."
)
_NOT_CENTRED = (
    "Your {name} does not subtract the mean before it looks for axes. The first axis then points to the mean, "
    "not along the largest variance."
)
_NOT_CENTRED_NEW = "transform of your {name} does not subtract the training mean. Take it off before you project."

_MEAN = "self.mean = x.mean(axis=0)"
MEAN_CENTER = (
    _row("mean_center", "new-data", _NEW_DATA.format(name="MeanCenter"), ("x - self.mean", "x - x.mean(axis=0)")),
    _row(
        "mean_center",
        "rows",
        _ROWS.format(name="MeanCenter"),
        (_MEAN, "pass"),
        ("x - self.mean", "x - x.mean(axis=1, keepdims=True)"),
    ),
    _row("mean_center", "overall", _ALL.format(name="MeanCenter", what="mean"), (_MEAN, "self.mean = np.mean(x)")),
    _row(
        "mean_center",
        "in-place",
        _CHANGES.format(name="MeanCenter"),
        ("return x - self.mean", "x -= self.mean\n        return x"),
    ),
    _row("mean_center", "no-self", _NO_SELF.format(name="MeanCenter"), ("return self\n", "pass\n")),
    _row(
        "mean_center",
        "class-state",
        _CLASS_STATE.format(name="MeanCenter"),
        (_MEAN, "MeanCenter.mean = x.mean(axis=0)"),
    ),
    _row(
        "mean_center",
        "first-kept",
        _FIRST_KEPT.format(name="MeanCenter"),
        (_MEAN, "self.mean = getattr(self, 'mean', x.mean(axis=0))"),
    ),
)

_CONSTANT = "constant = x.max(axis=0) == x.min(axis=0)"
_SAFE = "np.where(constant, np.inf, x.std(axis=0))  # anything finite / inf is 0"
STANDARDIZE = (
    _row(
        "standardize",
        "new-data",
        _NEW_DATA.format(name="Standardize"),
        (
            "return (x - self.mean) / self.std",
            "return (x - x.mean(axis=0)) / np.where(x.std(axis=0) == 0, 1.0, x.std(axis=0))",
        ),
    ),
    _row(
        "standardize",
        "variance",
        "Your Standardize divides by the variance. The standard deviation is its square root.",
        ("x.std(axis=0)", "x.var(axis=0)"),
    ),
    _row("standardize", "ddof", _DDOF.format(name="Standardize"), ("x.std(axis=0)", "x.std(axis=0, ddof=1)")),
    _row(
        "standardize",
        "overall",
        _ALL.format(name="Standardize", what="standard deviation"),
        ("x.std(axis=0)", "x.std()"),
    ),
    _row(
        "standardize",
        "not-centred",
        "Your Standardize divides but does not subtract the mean first.",
        ("(x - self.mean) / self.std", "x / self.std"),
    ),
    _row("standardize", "constant-nan", _NAN.format(name="Standardize"), (_SAFE, "x.std(axis=0)")),
    _row(
        "standardize",
        "constant-almost",
        _ALMOST.format(name="Standardize", what="standard deviation"),
        (_CONSTANT, "constant = x.std(axis=0) == 0"),
    ),
    _row("standardize", "constant-by-one", _ONES.format(name="Standardize"), ("np.inf, x", "1.0, x")),
    _row("standardize", "eps", _EPS.format(name="Standardize"), (_SAFE, "x.std(axis=0) + 1e-8")),
    _row(
        "standardize",
        "in-place",
        _CHANGES.format(name="Standardize"),
        ("return (x - self.mean) / self.std", "x -= self.mean\n        x /= self.std\n        return x"),
    ),
    _row("standardize", "no-self", _NO_SELF.format(name="Standardize"), ("return self\n", "pass\n")),
)

_LIMITS = "low, high = x.min(axis=0), x.max(axis=0)"
_HALF = "np.where(high == low, np.inf, (high - low) / 2)  # anything finite / inf is 0"
_SCALED = "(x - self.middle) / self.half"
MIN_MAX_SCALE = (
    _row(
        "min_max_scale",
        "zero-to-one",
        "Your MinMaxScale maps to [0, 1]. Here the smallest training entry becomes -1 and the largest 1.",
        (_SCALED, "(x - self.middle) / self.half / 2 + 0.5 * np.isfinite(self.half)"),
    ),
    _row(
        "min_max_scale",
        "new-data",
        _NEW_DATA.format(name="MinMaxScale"),
        (f"return {_SCALED}", "self.fit(x)\n        return (x - self.middle) / self.half"),
    ),
    _row(
        "min_max_scale",
        "overall",
        _ALL.format(name="MinMaxScale", what="smallest and largest entry"),
        (_LIMITS, "low, high = x.min(), x.max()"),
    ),
    _row(
        "min_max_scale",
        "clipped",
        "Your MinMaxScale cuts new data off at -1 and 1. Nothing is clipped: new data may land beyond.",
        (_SCALED, "np.clip((x - self.middle) / self.half, -1.0, 1.0)"),
    ),
    _row(
        "min_max_scale",
        "by-largest-magnitude",
        "Your MinMaxScale divides by the largest magnitude. Both ends count: the smallest entry goes to -1 as well.",
        (_SCALED, "x / (np.abs(self.middle) + self.half)"),
    ),
    _row(
        "min_max_scale",
        "mean-in-the-middle",
        "Your MinMaxScale puts the mean at 0. The middle between smallest and largest entry goes there.",
        ("self.middle = low + (high - low) / 2", "self.middle = x.mean(axis=0)"),
    ),
    _row("min_max_scale", "constant-nan", _NAN.format(name="MinMaxScale"), (_HALF, "(high - low) / 2")),
    _row("min_max_scale", "constant-by-one", _ONES.format(name="MinMaxScale"), ("low, np.inf, (", "low, 1.0, (")),
    _row("min_max_scale", "eps", _EPS.format(name="MinMaxScale"), (_HALF, "(high - low + 1e-8) / 2")),
    _row(
        "min_max_scale",
        "in-place",
        _CHANGES.format(name="MinMaxScale"),
        (f"return {_SCALED}", "x -= self.middle\n        x /= self.half\n        return x"),
    ),
    _row("min_max_scale", "no-self", _NO_SELF.format(name="MinMaxScale"), ("return self\n", "pass\n")),
)

_CENTRED = "centered = self.center.transform(x)"
_AXES = "axes[:, ::-1][:, : self.n_components]"
_PROJECT = "self.center.transform(x) @ self.axes"
PCA = (
    _row("pca", "not-centred", _NOT_CENTRED.format(name="PCA"), (_CENTRED, "centered = x")),
    _row("pca", "projects-uncentred", _NOT_CENTRED_NEW.format(name="PCA"), (_PROJECT, "x @ self.axes")),
    _row(
        "pca",
        "new-data",
        _NEW_DATA.format(name="PCA"),
        (_PROJECT, "MeanCenter().fit(x).transform(x) @ self.axes"),
    ),
    _row(
        "pca",
        "smallest-first",
        "Your PCA keeps the directions of smallest variance. np.linalg.eigh sorts eigenvalues from the smallest to "
        "the largest: the last columns come first.",
        (_AXES, "axes[:, : self.n_components]"),
    ),
    _row(
        "pca",
        "last-not-turned",
        "Your PCA keeps the right directions in the wrong order. np.linalg.eigh sorts from the smallest to the "
        "largest: turn the columns round, the largest variance comes first.",
        (_AXES, "axes[:, axes.shape[1] - self.n_components :]"),
    ),
    _row(
        "pca",
        "eig-unsorted",
        "Your PCA takes the axes in the order in which np.linalg.eig returns them, which is none. "
        "Sort them by eigenvalue, or use np.linalg.eigh.",
        ("np.linalg.eigh(covariance)", "np.linalg.eig(covariance)"),
        (_AXES, "axes[:, : self.n_components]"),
    ),
    _row(
        "pca",
        "rows-as-axes",
        "Your PCA takes rows of the matrix of eigenvectors. np.linalg.eigh returns them as columns.",
        (_AXES, "axes[::-1].T[:, : self.n_components]"),
    ),
    _row(
        "pca",
        "standardized",
        "Your PCA divides the columns by their standard deviations first. It only subtracts the mean: "
        "the variances of the columns count.",
        (_CENTRED, "centered = (x - x.mean(axis=0)) / x.std(axis=0)"),
    ),
    _row(
        "pca",
        "rotated-back",
        "Your PCA rotates the kept directions back to the old columns. Asked are the coordinates along the axes, "
        "n_components of them.",
        (_PROJECT, "self.center.transform(x) @ self.axes @ self.axes.T"),
    ),
    _row(
        "pca",
        "in-place",
        _CHANGES.format(name="PCA"),
        (_CENTRED, "x -= x.mean(axis=0)\n        centered = x"),
    ),
    _row("pca", "no-self", _NO_SELF.format(name="PCA"), ("return self\n", "pass\n")),
)

_VARIANCES = "variances = self.pca.transform(x).var(axis=0)"
_SCALE = "np.sqrt(variances + self.eps)"
_WHITE = "self.pca.transform(x) / self.scale"
_FIT = "self.pca = PCA(x.shape[1]).fit(x)"
WHITEN = (
    _row(
        "whiten",
        "eigenvalue",
        "Your Whiten divides by the eigenvalue. That is a slip of lecture note 3: the spread along an axis is the "
        "square root of its variance, sqrt(λ + eps).",
        (_SCALE, "variances + self.eps"),
    ),
    _row(
        "whiten",
        "eps-outside-the-root",
        "Your Whiten divides by sqrt(λ) + eps. eps stands under the root: sqrt(λ + eps).",
        (_SCALE, "np.sqrt(variances) + self.eps"),
    ),
    _row(
        "whiten",
        "no-eps",
        "Your Whiten leaves eps out. It divides by sqrt(λ + eps), so that axes without variance are not blown up.",
        (_SCALE, "np.sqrt(variances)"),
    ),
    _row("whiten", "default-eps", "The default of your Whiten's eps is not 1e-5.", ("eps=1e-5", "eps=1e-8")),
    _row("whiten", "ddof", _DDOF.format(name="Whiten"), (".var(axis=0)", ".var(axis=0, ddof=1)")),
    _row(
        "whiten",
        "rotated-back",
        "Your Whiten rotates back to the old columns. That is ZCA whitening; here the result stays on the "
        "principal axes.",
        (_WHITE, "self.pca.transform(x) / self.scale @ self.back"),
        (
            "return self\n",
            "self.back = self.pca.transform(np.eye(x.shape[1]) + x.mean(axis=0)).T\n        return self\n",
        ),
    ),
    _row(
        "whiten",
        "not-rotated",
        "Your Whiten scales the columns as they are. First rotate to the principal axes: columns that vary together "
        "are not white.",
        (_FIT, "self.pca = MeanCenter().fit(x)"),
    ),
    _row(
        "whiten",
        "not-scaled",
        "Your Whiten stops after the rotation. White data have variance 1 along every axis: divide by sqrt(λ + eps).",
        (_WHITE, "self.pca.transform(x)"),
    ),
    _row(
        "whiten",
        "new-data",
        _NEW_DATA.format(name="Whiten"),
        (f"return {_WHITE}", "z = self.pca.transform(x)\n        return z / np.sqrt(z.var(axis=0) + self.eps)"),
    ),
    _row(
        "whiten",
        "smallest-first",
        "The columns of your Whiten come in the order of growing variance. The axis of largest variance comes first.",
        (_WHITE, "(self.pca.transform(x) / self.scale)[:, ::-1]"),
    ),
    _row(
        "whiten",
        "in-place",
        _CHANGES.format(name="Whiten"),
        (_FIT, "self.pca = PCA(x.shape[1]).fit(x)\n        x -= x.mean(axis=0)"),
    ),
    _row("whiten", "no-self", _NO_SELF.format(name="Whiten"), ("return self\n", "pass\n")),
)

PREPROCESSING: tuple[Mistake, ...] = (*MEAN_CENTER, *STANDARDIZE, *MIN_MAX_SCALE, *PCA, *WHITEN)

LEFT_OUT = {
    "whitening: not centred": "Whiten rests on PCA, whose rows `not-centred` and `projects-uncentred` say it",
    "whitening: constant feature": "eps keeps it finite; leaving eps out is the row `no-eps`",
    "PCA with divisor N - 1": "the axes are the same: nothing can tell, and nothing has to",
    "Standardize along rows": "`mean_center-rows` stands for it; the check is the same",
    "x.std() that is not written as (x - mean)²": "right within the tolerance: accepted",
    "integer input arrays, dtype drift": "tests pass float64 here (the API says so)",
    "initialisers": "see preparation_initializers.py",
    "statistics over training and new data together": "fit never sees the new data in this API",
}
"""Known mistakes that have no row here, and why."""
