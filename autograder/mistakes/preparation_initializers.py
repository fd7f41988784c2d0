"""Known wrong initialisers: changes to solutions/initializers.py, the most telling first within each question.

The list began with what students of public courses get wrong (fan_in and fan_out swapped, variance and standard
deviation mixed up, other people's variances, seeds inside); the rest comes from each formula. `LEFT_OUT` says why
the other entries of that list are not here.
"""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(question: str, name: str, sentence: str, *edits: Edit) -> Mistake:
    return Mistake(f"{question.replace('_', '-')}-{name}", question, sentence, edits)


# Sentences that several initialisers share

_OWN_SEED = (
    "Your {name} makes a generator of its own from a fixed seed, so every layer of the same size starts with the same "
    "weights, whatever `rng` is. Draw from the `rng` that is given."
)
_GLOBAL = (
    "Your {name} draws from np.random's global functions and leaves `rng` alone. Nobody who passes a seeded generator "
    "gets the same numbers again: draw from `rng`."
)
_GLOBAL_SEED = (
    "Your {name} calls np.random.seed and draws from np.random's global functions. That gives the same numbers every "
    "time and disturbs everybody else's: draw from `rng`, and set no seed."
)
_NOT_CENTRED = (
    "Your {name} draws from 0 to the bound. Weights of one sign push all units the same way: the range goes from "
    "-bound to bound."
)
_TRANSPOSED = (
    "Your {name} has shape (fan_out, fan_in). In this course rows are samples and a layer computes x @ w: "
    "w is (fan_in, fan_out)."
)
_REPEATED = (
    "Your {name} draws one row and repeats it. All samples' features get equal weights then: draw every entry on its "
    "own, with the full shape."
)
_XAVIER = "Your {name} has Xavier's variance, 2 / (fan_in + fan_out). He's is 2 / fan_in: it makes up for ReLU's zeros."
_HE = "Your {name} has He's variance, 2 / fan_in. Xavier's is 2 / (fan_in + fan_out)."
_LECUN = (
    "Your {name} has the variance 1 / fan_in, which is LeCun's and looks at the way forward only. "
    "Here it is {variance}."
)
_HALF = "Your {name} has half the variance: the 2 above the fraction is missing. It is {variance}."
_NOTE = (
    "Your {name} has the variance 1 / (2 fan_in + 2 fan_out) that stands in lecture note 4: a quarter of Xavier's. "
    "This course uses 2 / (fan_in + fan_out)."
)
_SQUARED = (
    "Your {name} takes the variance for the standard deviation. rng.normal wants the standard deviation: "
    "the square root of the variance."
)
_BOUND_NO_ROOT = (
    "The bound of your {name} lacks the square root. Numbers uniform over (-b, b) have variance b²/3, "
    "so b is the square root of three times the variance."
)
_BOUND_IS_STD = (
    "Your {name} takes the standard deviation for the bound. Numbers uniform over (-b, b) have variance b²/3, a third "
    "of what is asked for: with a 6 instead of the 2 under the root it fits."
)
_SIX = (
    "Your {name} has a 6 under the root. That belongs to the bound of uniform numbers; the standard deviation of "
    "normal ones has a 2."
)
_FAN_OUT = (
    "Your {name} divides by fan_out. Each unit sums over its fan_in inputs, so it is fan_in, "
    "the number of rows, that its variance has to make up for."
)
_XAVIER_VARIANCE, _HE_VARIANCE = "2 / (fan_in + fan_out)", "2 / fan_in"


ZEROS = (
    _row(
        "zeros",
        "integers",
        "Your zeros are integers. Weights are float64: an integer array cuts off every step smaller than 1.",
        ("np.zeros(shape)", "np.zeros(shape, dtype=int)"),
    ),
    _row(
        "zeros",
        "float32",
        "Your zeros are float32. Weights of this course are float64, what np.zeros gives by itself.",
        ("np.zeros(shape)", "np.zeros(shape, dtype=np.float32)"),
    ),
    _row("zeros", "ones", "Your zeros are ones.", ("np.zeros(shape)", "np.ones(shape)")),
)

_SMALL = "rng.normal(0.0, std, shape)"
SMALL_NORMAL = (
    _row(
        "small_normal",
        "std-squared",
        "Your small_normal passes std² on. rng.normal takes the standard deviation, not the variance.",
        (_SMALL, "rng.normal(0.0, std**2, shape)"),
    ),
    _row(
        "small_normal",
        "std-root",
        "Your small_normal takes std for a variance and draws with its square root. std is the standard deviation.",
        (_SMALL, "rng.normal(0.0, np.sqrt(std), shape)"),
    ),
    _row(
        "small_normal",
        "std-ignored",
        "Your small_normal always has standard deviation 0.01. That is only the default: use the argument std.",
        (_SMALL, "rng.normal(0.0, 0.01, shape)"),
    ),
    _row(
        "small_normal",
        "default-std",
        "The default of your small_normal's std is not 0.01.",
        ("std=0.01", "std=0.1"),
    ),
    _row(
        "small_normal",
        "uniform",
        "Your small_normal draws uniform numbers. Normal ones come from rng.normal or rng.standard_normal.",
        (_SMALL, "rng.uniform(-std, std, shape)"),
    ),
    _row(
        "small_normal",
        "truncated",
        "Your small_normal pulls everything beyond two standard deviations back. The normal distribution of this "
        "course has its tails.",
        (_SMALL, "np.clip(rng.normal(0.0, std, shape), -2 * std, 2 * std)"),
    ),
    _row(
        "small_normal",
        "repeated-row",
        _REPEATED.format(name="small_normal"),
        (_SMALL, "np.zeros(shape) + rng.normal(0.0, std, shape[-1:])"),
    ),
    _row(
        "small_normal",
        "own-seed",
        _OWN_SEED.format(name="small_normal"),
        (_SMALL, "np.random.default_rng(0).normal(0.0, std, shape)"),
    ),
    _row(
        "small_normal",
        "global",
        _GLOBAL.format(name="small_normal"),
        (_SMALL, "np.random.normal(0.0, std, shape)"),
    ),
    _row(
        "small_normal",
        "global-seed",
        _GLOBAL_SEED.format(name="small_normal"),
        (f"return {_SMALL}", "np.random.seed(0)\n    return np.random.normal(0.0, std, shape)"),
    ),
)

_UNIFORM = "rng.uniform(-bound, bound, shape)"
UNIFORM = (
    _row(
        "uniform",
        "not-centred",
        _NOT_CENTRED.format(name="uniform"),
        (_UNIFORM, "rng.uniform(0.0, bound, shape)"),
    ),
    _row(
        "uniform",
        "half",
        "Your uniform reaches half as far: from -bound/2 to bound/2. bound is the largest magnitude, not the width.",
        (_UNIFORM, "rng.uniform(-bound / 2, bound / 2, shape)"),
    ),
    _row(
        "uniform",
        "bound-as-std",
        "Your uniform takes bound for the standard deviation and reaches √3 times too far.",
        (_UNIFORM, "rng.uniform(-(3.0**0.5) * bound, 3.0**0.5 * bound, shape)"),
    ),
    _row(
        "uniform",
        "normal",
        "Your uniform draws normal numbers of that variance: some lie beyond the bound. "
        "Uniform ones come from rng.uniform or rng.random.",
        (_UNIFORM, "rng.normal(0.0, bound / 3.0**0.5, shape)"),
    ),
    _row(
        "uniform",
        "evenly-spaced",
        "Your uniform spaces its numbers evenly. They should be random: drawn from rng, in no order.",
        (_UNIFORM, "np.linspace(-bound, bound, int(np.prod(shape))).reshape(shape)"),
    ),
    _row(
        "uniform",
        "own-seed",
        _OWN_SEED.format(name="uniform"),
        (_UNIFORM, "np.random.default_rng(0).uniform(-bound, bound, shape)"),
    ),
    _row("uniform", "global", _GLOBAL.format(name="uniform"), (_UNIFORM, "np.random.uniform(-bound, bound, shape)")),
)

_SHAPE = "(fan_in, fan_out), rng"
_SWAPPED = "(fan_out, fan_in), rng"
_OWN = "(fan_in, fan_out), np.random.default_rng(0)"
_X_STD = "math.sqrt(2.0 / (fan_in + fan_out))"
XAVIER_NORMAL = (
    _row("xavier_normal", "he", _HE.format(name="xavier_normal"), (_X_STD, "math.sqrt(2.0 / fan_in)")),
    _row(
        "xavier_normal",
        "lecun",
        _LECUN.format(name="xavier_normal", variance=_XAVIER_VARIANCE),
        (_X_STD, "math.sqrt(1.0 / fan_in)"),
    ),
    _row(
        "xavier_normal", "note-4", _NOTE.format(name="xavier_normal"), (_X_STD, "math.sqrt(0.5 / (fan_in + fan_out))")
    ),
    _row(
        "xavier_normal",
        "half-variance",
        _HALF.format(name="xavier_normal", variance=_XAVIER_VARIANCE),
        (_X_STD, "math.sqrt(1.0 / (fan_in + fan_out))"),
    ),
    _row("xavier_normal", "no-root", _SQUARED.format(name="xavier_normal"), (_X_STD, "2.0 / (fan_in + fan_out)")),
    _row("xavier_normal", "six", _SIX.format(name="xavier_normal"), (_X_STD, "math.sqrt(6.0 / (fan_in + fan_out))")),
    _row("xavier_normal", "transposed", _TRANSPOSED.format(name="xavier_normal"), (_SHAPE, _SWAPPED)),
    _row("xavier_normal", "own-seed", _OWN_SEED.format(name="xavier_normal"), (_SHAPE, _OWN)),
)

_X_BOUND = "math.sqrt(6.0 / (fan_in + fan_out))"
_CALL = "uniform((fan_in, fan_out), rng, bound)"
_FROM_ZERO = "rng.uniform(0.0, bound, (fan_in, fan_out))"
XAVIER_UNIFORM = (
    _row(
        "xavier_uniform",
        "std-as-bound",
        _BOUND_IS_STD.format(name="xavier_uniform"),
        (_X_BOUND, "math.sqrt(2.0 / (fan_in + fan_out))"),
    ),
    _row("xavier_uniform", "not-centred", _NOT_CENTRED.format(name="xavier_uniform"), (_CALL, _FROM_ZERO)),
    _row("xavier_uniform", "he", _HE.format(name="xavier_uniform"), (_X_BOUND, "math.sqrt(6.0 / fan_in)")),
    _row(
        "xavier_uniform",
        "lecun",
        _LECUN.format(name="xavier_uniform", variance=_XAVIER_VARIANCE),
        (_X_BOUND, "math.sqrt(3.0 / fan_in)"),
    ),
    _row(
        "xavier_uniform",
        "note-4",
        _NOTE.format(name="xavier_uniform"),
        (_X_BOUND, "math.sqrt(1.5 / (fan_in + fan_out))"),
    ),
    _row(
        "xavier_uniform",
        "no-root",
        _BOUND_NO_ROOT.format(name="xavier_uniform"),
        (_X_BOUND, "6.0 / (fan_in + fan_out)"),
    ),
    _row("xavier_uniform", "transposed", _TRANSPOSED.format(name="xavier_uniform"), (_SHAPE, _SWAPPED)),
    _row("xavier_uniform", "own-seed", _OWN_SEED.format(name="xavier_uniform"), (_SHAPE, _OWN)),
)

_HE_STD = "math.sqrt(2.0 / fan_in)"
HE_NORMAL = (
    _row("he_normal", "fan-out", _FAN_OUT.format(name="he_normal"), (_HE_STD, "math.sqrt(2.0 / fan_out)")),
    _row("he_normal", "xavier", _XAVIER.format(name="he_normal"), (_HE_STD, "math.sqrt(2.0 / (fan_in + fan_out))")),
    _row(
        "he_normal",
        "lecun",
        _LECUN.format(name="he_normal", variance=_HE_VARIANCE),
        (_HE_STD, "math.sqrt(1.0 / fan_in)"),
    ),
    _row("he_normal", "no-root", _SQUARED.format(name="he_normal"), (_HE_STD, "2.0 / fan_in")),
    _row("he_normal", "six", _SIX.format(name="he_normal"), (_HE_STD, "math.sqrt(6.0 / fan_in)")),
    _row("he_normal", "transposed", _TRANSPOSED.format(name="he_normal"), (_SHAPE, _SWAPPED)),
    _row("he_normal", "own-seed", _OWN_SEED.format(name="he_normal"), (_SHAPE, _OWN)),
)

_HE_BOUND = "math.sqrt(6.0 / fan_in)"
HE_UNIFORM = (
    _row("he_uniform", "fan-out", _FAN_OUT.format(name="he_uniform"), (_HE_BOUND, "math.sqrt(6.0 / fan_out)")),
    _row("he_uniform", "std-as-bound", _BOUND_IS_STD.format(name="he_uniform"), (_HE_BOUND, "math.sqrt(2.0 / fan_in)")),
    _row("he_uniform", "not-centred", _NOT_CENTRED.format(name="he_uniform"), (_CALL, _FROM_ZERO)),
    _row("he_uniform", "xavier", _XAVIER.format(name="he_uniform"), (_HE_BOUND, "math.sqrt(6.0 / (fan_in + fan_out))")),
    _row(
        "he_uniform",
        "lecun",
        _LECUN.format(name="he_uniform", variance=_HE_VARIANCE),
        (_HE_BOUND, "math.sqrt(3.0 / fan_in)"),
    ),
    _row("he_uniform", "no-root", _BOUND_NO_ROOT.format(name="he_uniform"), (_HE_BOUND, "6.0 / fan_in")),
    _row("he_uniform", "transposed", _TRANSPOSED.format(name="he_uniform"), (_SHAPE, _SWAPPED)),
    _row("he_uniform", "own-seed", _OWN_SEED.format(name="he_uniform"), (_SHAPE, _OWN)),
)

_LAYER = "x = activation().forward(x @ w)"
_STD = "float(np.std(x))"
ACTIVATION_STDS = (
    _row(
        "activation_stds",
        "before-activation",
        "Your activation_stds measures x @ w, before the activation. Asked is the spread of the layer's output.",
        (_LAYER, "z = x @ w\n        x = activation().forward(z)"),
        (_STD, "float(np.std(z))"),
    ),
    _row(
        "activation_stds",
        "no-activation",
        "Your activation_stds leaves the activation out. Each layer computes activation().forward(x @ w).",
        (_LAYER, "x = x @ w"),
    ),
    _row(
        "activation_stds",
        "variance",
        "Your activation_stds returns variances. The standard deviation is their square root.",
        (_STD, "float(np.var(x))"),
    ),
    _row(
        "activation_stds",
        "root-mean-square",
        "Your activation_stds returns root mean squares. A standard deviation is taken around the mean, "
        "and the mean of ReLU's outputs is not 0.",
        (_STD, "float(np.sqrt(np.mean(x**2)))"),
    ),
    _row(
        "activation_stds",
        "ddof",
        "Your activation_stds divides by the number of entries minus 1. In this course it is the number of entries.",
        (_STD, "float(np.std(x, ddof=1))"),
    ),
    _row(
        "activation_stds",
        "per-unit",
        "Your activation_stds averages the units' own standard deviations. Asked is one number over all entries.",
        (_STD, "float(np.mean(np.std(x, axis=0)))"),
    ),
    _row(
        "activation_stds",
        "with-input",
        "Your activation_stds counts the input as a layer. It returns one number per layer: len(sizes) - 1 of them.",
        ("stds = []", "stds = [float(np.std(x))]"),
    ),
    _row(
        "activation_stds",
        "last-layer-missing",
        "Your activation_stds leaves the last layer out. It returns one number per layer: len(sizes) - 1 of them.",
        ("pairwise(sizes)", "pairwise(sizes[:-1])"),
    ),
    _row(
        "activation_stds",
        "own-rng",
        "Your activation_stds hands a generator of its own to the initializer. Hand on the rng that was given.",
        ("w = initializer(fan_in, fan_out, rng)", "w = initializer(fan_in, fan_out, np.random.default_rng(0))"),
    ),
    _row(
        "activation_stds",
        "uses-up-sizes",
        "Your activation_stds takes entries out of the caller's list sizes. Walk over it, and leave it as it is.",
        (
            "for fan_in, fan_out in pairwise(sizes):",
            "while len(sizes) > 1:\n        fan_in, fan_out = sizes.pop(0), sizes[0]",
        ),
    ),
)

_COUNT = "np.unique(w, axis=1).shape[1]"
DISTINCT_COLUMNS = (
    _row(
        "distinct_columns",
        "rows",
        "Your distinct_columns counts rows. A column holds the weights of one unit: axis 1 counts units.",
        (_COUNT, "np.unique(w, axis=0).shape[0]"),
    ),
    _row(
        "distinct_columns",
        "entries",
        "Your distinct_columns counts different entries. Asked is how many columns differ, each taken as a whole.",
        (_COUNT, "np.unique(w).size"),
    ),
    _row(
        "distinct_columns",
        "rank",
        "Your distinct_columns is the rank. A column and its double are dependent, yet they are different columns.",
        (_COUNT, "int(np.linalg.matrix_rank(w))"),
    ),
    _row(
        "distinct_columns",
        "sums",
        "Your distinct_columns compares the columns' sums. Columns with the same entries in another order differ.",
        (_COUNT, "np.unique(np.round(w.sum(axis=0), 10)).size"),
    ),
    _row(
        "distinct_columns",
        "first-row",
        "Your distinct_columns compares the first entries only. Columns that begin alike can differ below.",
        (_COUNT, "np.unique(w[0]).size"),
    ),
    _row(
        "distinct_columns",
        "neighbours",
        "Your distinct_columns compares each column with the one before it. Equal columns need not be neighbours.",
        (_COUNT, "1 + int((w[:, 1:] != w[:, :-1]).any(axis=0).sum())"),
    ),
    _row(
        "distinct_columns",
        "only-unrepeated",
        "Your distinct_columns leaves out every column that occurs more than once. "
        "Columns that are equal count once together.",
        (_COUNT, "int((np.unique(w, axis=1, return_counts=True)[1] == 1).sum())"),
    ),
    _row(
        "distinct_columns",
        "rounded",
        "Your distinct_columns takes nearly equal columns for equal. "
        "Only exactly equal ones stay together; the others part in time.",
        (_COUNT, "np.unique(np.round(w, 8), axis=1).shape[1]"),
    ),
)

INITIALIZERS: tuple[Mistake, ...] = (
    *ZEROS,
    *SMALL_NORMAL,
    *UNIFORM,
    *XAVIER_NORMAL,
    *XAVIER_UNIFORM,
    *HE_NORMAL,
    *HE_UNIFORM,
    *ACTIVATION_STDS,
    *DISTINCT_COLUMNS,
)

LEFT_OUT = {
    "fan_in/fan_out swapped, Xavier": "both fans count alike; swapped in the shape it is the row `transposed`",
    "stats over wrong axis, over test data, ddof; whitening": "see preparation_preprocessing.py",
    "integer input arrays": "initialisers take no arrays; shapes and fans are integers anyway",
    "np.random.seed in every initialiser": "a row or two per question stand for all ways: the check is the same",
    "normal numbers cut off at 4 std or further": "six in 100 000 lie there: no honest sample tells",
}
"""Known mistakes that have no row here, and why."""
