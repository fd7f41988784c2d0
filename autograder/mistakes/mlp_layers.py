"""Known wrong layers: changes to solutions/layers.py, the most telling first within each question.

The list began with what students of public courses get wrong (bias gradients averaged or summed over the wrong axis,
transposes, a second 1/N, loops over samples); the rest comes from what each layer promises. `LEFT_OUT` says why the
other entries of that list are not here.
"""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(question: str, name: str, sentence: str, *edits: Edit, **options: bool) -> Mistake:
    return Mistake(f"{question}-{name}", question, sentence, edits, **options)


def _affine(name: str, sentence: str, *edits: Edit, **options: bool) -> Mistake:
    return _row("affine", name, sentence, *edits, **options)


_W = "        w = xp.array(initializer(fan_in, fan_out, rng), dtype=dtype)  # a copy: nobody else's array\n"
_PARAMS = '        self.params = {"w": w, "b": xp.zeros(fan_out, dtype=dtype)}\n'
_OUT = '        return x @ self.params["w"] + self.params["b"]\n'
_DW = '        self.grads["w"] = self.x.T @ upstream\n'
_DB = '        self.grads["b"] = upstream.sum(axis=0)\n'
_DX = '        return upstream @ self.params["w"].T\n'
_BACK = _DW + _DB + _DX

AFFINE = (
    _affine(
        "bias-forgotten",
        "Your Affine never adds b to the output: f(x) = x w + b.",
        (_OUT, '        return x @ self.params["w"]\n'),
    ),
    _affine(
        "db-mean",
        "Your Affine averages the gradient of b over the batch. b is added to every row, so its gradient is the sum "
        "over the rows; the 1/N of a mean is in the loss already.",
        (_DB, _DB.replace("sum", "mean")),
    ),
    _affine(
        "db-wrong-axis",
        "Your Affine sums the gradient of b along each row (axis 1): one number per sample. b has one entry per "
        "output, and is shared by the samples: sum over axis 0.",
        (_DB, _DB.replace("axis=0", "axis=1")),
    ),
    _affine(
        "db-keeps-the-axis",
        "The gradient of b has shape (1, K) in your Affine. It has the shape of b, (K,): drop keepdims.",
        (_DB, _DB.replace("axis=0", "axis=0, keepdims=True")),
    ),
    _affine(
        "dw-transposed",
        "The gradient of w is transposed in your Affine: gᵀ x instead of xᵀ g. A gradient has the shape of its "
        "parameter, and the shapes tell the order.",
        (_DW, '        self.grads["w"] = upstream.T @ self.x\n'),
    ),
    _affine(
        "without-transpose",
        "Your Affine multiplies upstream by w for the gradient of x, where the shapes want w transposed: g wᵀ. With a "
        "square w that even runs, and is wrong.",
        (_DX, _DX.replace(".T", "")),
    ),
    _affine(
        "divides-by-n",
        "Your Affine divides its gradients by the number of samples. The loss is a mean and has that 1/N already: "
        "here the gradients are plain sums.",
        (_DW, f"        upstream = upstream / len(upstream)\n{_DW}"),
    ),
    _affine(
        "weights-the-other-way",
        "Your Affine keeps w as (fan_out, fan_in). In this course samples are rows and f(x) = x w + b, so w is "
        "(fan_in, fan_out), as the initializer makes it.",
        (_W, _W.replace("rng), dtype", "rng).T, dtype")),
        (_OUT, _OUT.replace('["w"]', '["w"].T')),
        (_DW, '        self.grads["w"] = upstream.T @ self.x\n'),
        (_DX, _DX.replace(".T", "")),
    ),
    _affine(
        "fans-swapped",
        "Your Affine calls the initializer with fan_out first. It is initializer(fan_in, fan_out, rng): swapped, the "
        "weights get the spread of another layer.",
        (_W, _W.replace("fan_in, fan_out, rng)", "fan_out, fan_in, rng).T")),
    ),
    _affine(
        "initializer-ignored",
        "Your Affine starts from he_normal whatever initializer it is given. Call the argument.",
        (_W, _W.replace("initializer(", "he_normal(")),
    ),
    _affine(
        "own-rng",
        "Your Affine draws its weights from a generator of its own instead of rng. Then all layers start alike, and "
        "no seed of the caller's changes that.",
        (_W, _W.replace("rng)", "numpy.random.default_rng(0))")),
    ),
    _affine(
        "random-biases",
        "Your Affine draws its biases from the initializer, too. b starts at 0: random weights are enough to tell "
        "units apart.",
        ('"b": xp.zeros(fan_out, dtype=dtype)}', '"b": xp.array(initializer(1, fan_out, rng)[0], dtype=dtype)}'),
    ),
    _affine(
        "first-weights",
        "Your Affine computes dx from the weights that it was made with. They change with every step: use what stands "
        "in params now.",
        (_PARAMS, f"{_PARAMS}        self.w = w.copy()\n"),
        (_DX, "        return upstream @ self.w.T\n"),
    ),
    _affine(
        "params-of-its-own",
        "Your Affine computes with arrays of its own and puts copies into params. An optimizer writes into params, "
        "and the layer never sees it: the same arrays must be both.",
        (_PARAMS, f"{_PARAMS}        self.w, self.b = w.copy(), self.params['b'].copy()\n"),
        (_OUT, "        return x @ self.w + self.b\n"),
        (_DX, "        return upstream @ self.w.T\n"),
    ),
    _affine(
        "accumulates",
        "Your Affine adds to the gradients that are there (`+=`). backward assigns grads: each batch counts on its "
        "own, and nobody sets them to zero in between.",
        (_DW, '        self.grads["w"] = self.grads["w"] + self.x.T @ upstream\n'),
        (_DB, '        self.grads["b"] = self.grads["b"] + upstream.sum(axis=0)\n'),
    ),
    _affine(
        "layers-share-gradients",
        "All your Affine layers share one dict of gradients, because it is made once, on the class. The layer that "
        "ran last has written over those of the others: make it in __init__, on self.",
        (
            "    def __init__(self, fan_in, fan_out, rng, init",
            "    shared = {}\n\n    def __init__(self, fan_in, fan_out, rng, init",
        ),
        ("        self.grads = {name: xp.zeros_like(value) for name, value in self.params.items()}\n", ""),
        (_DW, f"        self.grads = self.shared\n{_DW}"),
    ),
    _affine(
        "float64",
        "Your Affine ignores dtype and computes in float64. Give dtype to both parameters.",
        (_W, _W.replace(", dtype=dtype", ", dtype=float")),
        (_PARAMS, _PARAMS.replace("dtype=dtype", "dtype=float")),
    ),
    _affine(
        "float64-biases",
        "The biases of your Affine are float64 whatever dtype is: np.zeros(fan_out) is. One float64 array makes the "
        "output float64: say zeros(fan_out, dtype=dtype).",
        (_PARAMS, _PARAMS.replace(", dtype=dtype", "")),
    ),
    _affine(
        "xp-ignored",
        "Your Affine makes its parameters with NumPy although xp is another library: they stay on the CPU, and "
        "nothing can be multiplied with x. Make them with xp.array and xp.zeros.",
        (_W, _W.replace("xp", "numpy")),
        (_PARAMS, _PARAMS.replace("xp", "numpy")),
        ("xp.zeros_like", "numpy.zeros_like"),
    ),
    _affine(
        "biases-on-the-cpu",
        "The biases of your Affine are NumPy's although xp is another library; w is right. Make them with xp.zeros.",
        (_PARAMS, _PARAMS.replace("xp", "numpy")),
    ),
    _affine(
        "computes-on-the-cpu",
        "Your Affine copies x to the CPU, multiplies there, and sends the output back. That costs more time than the "
        "product: leave everything where it is, x @ w runs on the device.",
        (
            _OUT,
            "        from .backend import get_array_module, to_numpy\n\n"
            '        w, b = to_numpy(self.params["w"]), to_numpy(self.params["b"])\n'
            "        return get_array_module(x).asarray(to_numpy(x) @ w + b)\n",
        ),
    ),
    _affine(
        "loops-over-samples",
        "Your Affine is right, but loops over the samples in Python. A whole batch is one matrix product: x @ w + b, "
        "and likewise on the way back. That is what makes training fast.",
        (
            _OUT,
            '        return numpy.array([each @ self.params["w"] + self.params["b"] for each in x])\n',
        ),
        (
            _BACK,
            '        self.grads["w"] = numpy.zeros_like(self.params["w"])\n'
            '        self.grads["b"] = numpy.zeros_like(self.params["b"])\n'
            "        dx = numpy.zeros_like(self.x)\n"
            "        for i, g in enumerate(upstream):\n"
            '            self.grads["w"] += numpy.outer(self.x[i], g)\n'
            '            self.grads["b"] += g\n'
            '            dx[i] = g @ self.params["w"].T\n'
            "        return dx\n",
        ),
    ),
)

_FLAT = "        return x.reshape(len(x), -1).copy()\n"
_SHAPE = "        self.shape = x.shape\n"
_UNFLAT = "        return upstream.reshape(self.shape).copy()\n"


def _flatten(name: str, sentence: str, *edits: Edit) -> Mistake:
    return _row("flatten", name, sentence, *edits)


FLATTEN = (
    _flatten(
        "dx-not-reshaped",
        "Your Flatten hands upstream back as it is, (N, D). dx has the shape of x: reshape it.",
        (_UNFLAT, "        return upstream.copy()\n"),
    ),
    _flatten(
        "samples-too",
        "Your Flatten makes one row of the whole batch. The first axis counts the samples and stays: (N, D).",
        (_FLAT, "        return x.reshape(-1).copy()\n"),
    ),
    _flatten(
        "fortran-order",
        "Your Flatten lays the axes out in Fortran order, the first axis fastest. The last axis is the fastest in C "
        "order, NumPy's default: reshape without order=.",
        (_FLAT, _FLAT.replace("-1)", '-1, order="F")')),
        (_UNFLAT, _UNFLAT.replace("shape)", 'shape, order="F")')),
    ),
    _flatten(
        "mixes-samples",
        "Your Flatten reshapes to (D, N) and transposes: the numbers of different samples get mixed. Reshape to "
        "(N, D) at once: reshaping never moves a number, transposing does.",
        (_FLAT, "        return x.reshape(-1, len(x)).T.copy()\n"),
        (_UNFLAT, "        return upstream.T.reshape(self.shape).copy()\n"),
    ),
    _flatten(
        "first-shape",
        "Your Flatten keeps the shape of the first batch for good. backward belongs to the latest forward: note the "
        "shape in each.",
        (_SHAPE, '        self.shape = getattr(self, "shape", x.shape)\n'),
    ),
    _flatten(
        "views",
        "Your Flatten returns views: its output is x's memory under another shape, and whoever changes one changes the "
        "other. reshape does not copy; .copy() does.",
        (_FLAT, _FLAT.replace(".copy()", "")),
        (_UNFLAT, _UNFLAT.replace(".copy()", "")),
    ),
)

_ROW_PARAMS = (
    '        return {f"{i}.{name}": value for i, block in blocks for name, value in block.params.items()}\n'
)
_ROW_GRADS = _ROW_PARAMS.replace("params", "grads")
_FORWARD = "            x = block.forward(x)\n"
_BACKWARD = "            upstream = block.backward(upstream)\n        return upstream\n"
_REVERSED = "reversed(self.blocks)"
_TRAIN = '            if hasattr(block, "train"):\n                block.train()\n'
_EVAL = '            if hasattr(block, "eval"):\n                block.eval()\n'
_STORED = "        self.blocks = blocks\n"


def _sequential(name: str, sentence: str, *edits: Edit) -> Mistake:
    return _row("sequential", name, sentence, *edits)


def _both(old: str, new: str) -> tuple[Edit, Edit]:
    """The same change to the names of params and of grads."""
    return tuple((line, line.replace(old, new)) for line in (_ROW_PARAMS, _ROW_GRADS))  # type: ignore[return-value]  # two lines


SEQUENTIAL = (
    _sequential(
        "every-block-gets-x",
        "Your Sequential gives x itself to every block. Each gets the output of the one before it: x = "
        "block.forward(x).",
        (f"{_FORWARD}        return x\n", "            out = block.forward(x)\n        return out\n"),
    ),
    _sequential(
        "backward-in-forward-order",
        "Your Sequential goes through the blocks from first to last on the way back, too. The chain rule starts at "
        "the last block: reversed(blocks).",
        (_REVERSED, "self.blocks"),
    ),
    _sequential(
        "upstream-not-handed-on",
        "Your Sequential gives every block the same upstream gradient. Each gets what the block behind it returned: "
        "upstream = block.backward(upstream).",
        (_BACKWARD, "            dx = block.backward(upstream)\n        return dx\n"),
    ),
    _sequential(
        "first-block-skipped",
        "Your Sequential stops before the first block on the way back: its gradients stay as they were, and dx is the "
        "gradient of its output.",
        (_REVERSED, "self.blocks[:0:-1]"),
    ),
    _sequential(
        "no-dx",
        "backward of your Sequential returns nothing. It returns the gradient of x, as every block does: only so "
        "can a row stand within a row.",
        (_BACKWARD, _BACKWARD.replace("        return upstream\n", "")),
    ),
    _sequential(
        "positions-from-one",
        "Your Sequential counts its blocks from 1. Names begin with the position counted from 0: 0.w, 0.b.",
        *_both("{i}", "{i + 1}"),
    ),
    _sequential(
        "counts-learning-blocks",
        "Your Sequential counts only blocks that have parameters. The position is the block's place in the row: a "
        "block without parameters counts, too, as in 0.w, 2.w.",
        *(
            (line, f"        blocks = enumerate(block for block in self.blocks if block.params)\n{line}")
            for line in (_ROW_PARAMS, _ROW_GRADS)
        ),
    ),
    _sequential(
        "names-collide",
        "Your Sequential uses the blocks' own names without their position. Two layers have a w each, and the later "
        "one writes over the earlier: 0.w and 2.w.",
        *_both('f"{i}.{name}"', "name"),
    ),
    _sequential(
        "flat-names",
        "Your Sequential unpacks the rows inside it and counts all blocks through. A row within a row is one block: "
        "its names get the position in front, as in 1.0.w.",
        (
            _STORED,
            "        self.blocks = [each for block in blocks for each in getattr(block, 'blocks', [block])]\n",
        ),
    ),
    _sequential(
        "copies",
        "params of your Sequential hands out copies. An optimizer that changes those changes no block: hand out the "
        "blocks' own arrays.",
        (_ROW_PARAMS, _ROW_PARAMS.replace("value for", "value.copy() for")),
    ),
    _sequential(
        "stale-gradients",
        "grads of your Sequential are those at the time it was made. backward gives the blocks new arrays: collect "
        "them at each access, or after each backward.",
        (
            _STORED,
            f"{_STORED}        self.first = {{f'{{i}}.{{name}}': g for i, block in enumerate(blocks) "
            "for name, g in block.grads.items()}\n",
        ),
        (_ROW_GRADS, "        return self.first\n"),
    ),
    _sequential(
        "forward-twice",
        "Your Sequential runs each block twice in a forward pass. Dropout would draw twice, and half of the work is "
        "for nothing: keep the result.",
        (_FORWARD, f"            block.forward(x)\n{_FORWARD}"),
    ),
    _sequential(
        "forward-in-backward",
        "Your Sequential runs its blocks forward again on the way back. Each block remembers what it needs from its "
        "own forward; a second one would draw other masks.",
        ("        self.blocks = blocks\n", f"{_STORED}        self.inputs = {{}}\n"),
        (_FORWARD, f"            self.inputs[id(block)] = x\n{_FORWARD}"),
        (
            "            upstream = block.backward(upstream)\n",
            "            block.forward(self.inputs[id(block)])\n            upstream = block.backward(upstream)\n",
        ),
    ),
    _sequential(
        "modes-stay-outside",
        "train() and eval() of your Sequential change its own flag only. The blocks inside go on as they were: hand "
        "the call on to each block that has modes.",
        (_TRAIN, "            pass\n"),
        (_EVAL, "            pass\n"),
    ),
    _sequential(
        "evaluation-stays",
        "train() of your Sequential does not reach the blocks: after one eval() they stay in evaluation mode.",
        (_TRAIN, "            pass\n"),
    ),
    _sequential(
        "no-flag",
        "eval() of your Sequential leaves `training` True: the blocks switch, the row itself does not say so.",
        ("        self.training = False\n", ""),
    ),
    _sequential(
        "all-blocks-have-modes",
        "Your Sequential calls train() and eval() of every block. Some have no modes, the activations among them: ask "
        "first, hasattr(block, 'train').",
        (_TRAIN, "            block.train()\n"),
        (_EVAL, "            block.eval()\n"),
    ),
)

LAYERS = (*AFFINE, *FLATTEN, *SEQUENTIAL)

LEFT_OUT = {
    "activation derivative missing / squared": "activations are assignment 2's, where each has its rows",
    "count of xp calls": "CPU time says as much, and forbids no honest style",
    "initializer's array not copied": "what the initializer gives crosses the wire, and is a copy already",
}
"""Known mistakes that have no row, and why."""
