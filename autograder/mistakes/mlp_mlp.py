"""Known wrong perceptrons: changes to solutions/mlp.py, the most telling first.

Most are about what stands where: activations and dropout between the layers and nowhere else, one instance per place.
Activations, losses and Dropout themselves are released work here.
"""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(name: str, sentence: str, *edits: Edit) -> Mistake:
    return Mistake(f"mlp-{name}", "mlp", sentence, edits)


_FIRST = "        blocks = [Affine(sizes[0], sizes[1], rng, initializer, dtype, xp)]\n"
_LOOP = "        for fan_in, fan_out in pairwise(sizes[1:]):\n"
_BEND = "            blocks.append(activation())\n"
_IF = "            if dropout > 0:\n"
_DROP = "                blocks.append(Dropout(dropout, rng))\n"
_LAYER = "            blocks.append(Affine(fan_in, fan_out, rng, initializer, dtype, xp))\n"
_ROW = "        self.network = Sequential(*blocks)\n"
_LOSS = "        return self.criterion.forward(self.forward(x), targets)\n"
_BACK = "        return self.network.backward(self.criterion.backward())\n"
_PARAMS = "        return self.network.params\n"
_GRADS = "        return self.network.grads\n"
_LABELS = "        labels = self.forward(x).argmax(axis=1).astype(numpy.int64)\n"
_EVAL_FIRST = "        was_training = self.training\n        self.eval()\n"
_BACK_TO = "        if was_training:\n            self.train()\n"


def _layers(old: str, new: str) -> tuple[Edit, Edit]:
    """The same change to both lines that make an Affine."""
    return (_FIRST, _FIRST.replace(old, new)), (_LAYER, _LAYER.replace(old, new))


def _labels(name: str, sentence: str, new: str) -> Mistake:
    return _row(name, sentence, (_LABELS, f"        labels = {new}\n"))


MLP = (
    _row(
        "activation-last",
        "Your MLP bends its scores: there is an activation after the last layer. Scores are plain, the loss does the "
        "rest: the row ends with Affine.",
        (_ROW, f"        blocks.append(activation())\n{_ROW}"),
    ),
    _row(
        "no-activation",
        "Your MLP has no activations between its layers. Several affine maps in a row are one affine map: nothing "
        "else can be learnt.",
        (_BEND, ""),
    ),
    _row(
        "one-hidden-layer",
        "Your MLP has one hidden layer, however long `sizes` is. Make an Affine for every pair of neighbouring sizes.",
        (_LOOP, "        for fan_in, fan_out in pairwise([*sizes[1:2], *sizes[2:][-1:]]):\n"),
    ),
    _row(
        "one-activation-for-all",
        "All hidden layers of your MLP share one activation object. It remembers its latest forward only, so that on "
        "the way back all layers but the last one get a wrong slope. Call activation() for each layer.",
        (_FIRST, f"        bend = activation()\n{_FIRST}"),
        (_BEND, "            blocks.append(bend)\n"),
    ),
    _row(
        "initializer-not-handed-on",
        "Your MLP does not hand its initializer on: every layer starts from the default. Affine takes it as its "
        "fourth argument.",
        *_layers("initializer, ", "he_normal, "),
    ),
    _row(
        "layers-start-alike",
        "Every layer of your MLP draws from a new generator with the same seed. Hand rng itself to each: a generator "
        "goes on where the last draw stopped.",
        *_layers("rng", "numpy.random.default_rng(0)"),
    ),
    _row(
        "penalty-in-the-loss",
        "The loss of your MLP has a penalty on the weights. loss is the criterion's alone; a regularizer is added by "
        "the training loop.",
        (_LOSS, _LOSS.replace("\n", " + 1e-3 * sum((w**2).sum() for w in self.params.values())\n")),
    ),
    _row(
        "without-the-criterion",
        "backward of your MLP sends ones back instead of the loss's gradient. Begin with criterion.backward().",
        (
            _LOSS,
            "        self.scores = self.forward(x)\n        return self.criterion.forward(self.scores, targets)\n",
        ),
        (_BACK, "        return self.network.backward(self.scores * 0 + 1)\n"),
    ),
    _row(
        "divides-by-n",
        "Your MLP divides the loss's gradient by the number of samples. The loss is a mean, and its gradient has that "
        "1/N already.",
        (
            _BACK,
            "        upstream = self.criterion.backward()\n"
            "        return self.network.backward(upstream / len(upstream))\n",
        ),
    ),
    _row(
        "no-dx",
        "backward of your MLP returns nothing. It fills grads and returns the gradient of x, as every block does.",
        (_BACK, _BACK.replace("return ", "")),
    ),
    _row(
        "stale-gradients",
        "grads of your MLP are those at the time it was made. backward gives every block new arrays: ask the network "
        "for them at each access.",
        (_ROW, f"{_ROW}        self.first = self.network.grads\n"),
        (_GRADS, "        return self.first\n"),
    ),
    _row(
        "copies",
        "params of your MLP hands out copies. An optimizer that changes those changes no layer: hand out the layers' "
        "own arrays.",
        (_PARAMS, "        return {name: value.copy() for name, value in self.network.params.items()}\n"),
    ),
    _row(
        "accumulates",
        "The gradients of your MLP add up over its batches. grads belongs to the latest backward alone.",
        (_ROW, f"{_ROW}        self.sums = self.network.grads\n"),
        (_GRADS, "        return self.sums\n"),
        (
            _BACK,
            _BACK.replace("return", "dx =")
            + "        self.sums = {name: self.sums[name] + value for name, value in self.network.grads.items()}\n"
            "        return dx\n",
        ),
    ),
    _row(
        "dropout-ignored",
        "Your MLP ignores dropout. With dropout above 0 a Dropout block follows each activation.",
        (_IF, "            if False:\n"),
    ),
    _row(
        "dropout-before-activation",
        "Dropout comes before the activation in your MLP. A dropped unit then gives activation(0), and for a sigmoid "
        "that is 0.5: put it behind the activation.",
        (
            _BEND + _IF + _DROP,
            f"{_IF}{_DROP}{_BEND}",
        ),
    ),
    _row(
        "dropout-on-scores",
        "Your MLP drops scores, too. Dropout follows each activation, and there is none behind the last layer.",
        (_ROW, f"        if dropout > 0:\n            blocks.append(Dropout(dropout, rng))\n{_ROW}"),
    ),
    _row(
        "dropout-on-x",
        "Your MLP drops entries of its input. Dropout follows each activation, and nothing else; names count from the "
        "first Affine.",
        ("        return self.network.forward(x)\n", "        return self.network.forward(self.first.forward(x))\n"),
        (_BACK, _BACK.replace("return ", "return self.first.backward(").replace("())\n", "()))\n")),
        (_ROW, f"{_ROW}        self.first = Dropout(dropout, rng)\n"),
        ("        self.network.train()\n", "        self.network.train()\n        self.first.train()\n"),
        ("        self.network.eval()\n", "        self.network.eval()\n        self.first.eval()\n"),
    ),
    _row(
        "dropout-once",
        "Your MLP has dropout after its first hidden layer only. Every activation gets a Dropout block behind it.",
        (_IF, "            if dropout > 0 and len(blocks) == 2:\n"),
    ),
    _row(
        "keep-for-drop",
        "Your MLP gives Dropout the chance to keep, 1 - dropout. Its p is the chance to drop, as `dropout` is.",
        (_DROP, _DROP.replace("Dropout(dropout", "Dropout(1 - dropout")),
    ),
    _row(
        "one-dropout-for-all",
        "All layers of your MLP share one Dropout object. It remembers its latest mask only, so that on the way back "
        "all layers but the last one get a wrong one. Make one for each layer.",
        (_FIRST, f"        drop = Dropout(dropout, rng)\n{_FIRST}"),
        (_DROP, "                blocks.append(drop)\n"),
    ),
    _row(
        "dropout-at-zero",
        "Your MLP has Dropout blocks with dropout=0, too. There are none then: they would shift the names, and the "
        "second layer's are 2.w and 2.b.",
        (_IF, "            if True:\n"),
    ),
    _row(
        "loss-in-evaluation",
        "loss of your MLP switches to evaluation mode. It is computed in the mode that is on: training without "
        "dropout trains something else.",
        (_LOSS, f"        self.network.eval()\n{_LOSS}"),
    ),
    _row(
        "evaluation-outside",
        "eval() of your MLP changes its own flag only. Dropout goes on inside: hand the call on to the network.",
        ("        self.network.eval()\n", ""),
    ),
    _row(
        "training-stays-off",
        "train() of your MLP does not reach the network: after one eval() nothing is dropped any more.",
        ("        self.network.train()\n", ""),
    ),
    _row(
        "predict-drops",
        "predict of your MLP runs in the mode that is on, and in training mode units are dropped. Switch to "
        "evaluation, and back afterwards.",
        (_EVAL_FIRST, ""),
        (_BACK_TO, ""),
    ),
    _row(
        "predict-stays-in-evaluation",
        "predict of your MLP leaves evaluation mode on. Training then goes on without dropout: put back the mode that "
        "was on.",
        (_BACK_TO, ""),
    ),
    _row(
        "predict-turns-training-on",
        "predict of your MLP ends in training mode, whatever was on. In evaluation the next forward would drop units: "
        "put back the mode that was on.",
        (_BACK_TO, "        self.train()\n"),
    ),
    _labels(
        "predict-wrong-axis",
        "predict of your MLP looks for the largest score of each class among the samples (axis 0). Each sample gets "
        "one label: argmax along its row, axis 1.",
        "self.forward(x).argmax(axis=0).astype(numpy.int64)",
    ),
    _labels(
        "predict-gives-scores",
        "predict of your MLP returns the largest score itself. A label is its place in the row: argmax, not max.",
        "self.forward(x).max(axis=1)",
    ),
    _labels(
        "predict-one-hot",
        "predict of your MLP returns a row of zeros and ones for each sample. A label is one number, the place of the "
        "largest score.",
        "(self.forward(x) == self.forward(x).max(axis=1, keepdims=True)).astype(numpy.int64)",
    ),
    _labels(
        "predict-last-of-equals",
        "predict of your MLP gives the last of equal scores. At a tie the first counts, as argmax has it.",
        "self.forward(x).shape[1] - 1 - self.forward(x)[:, ::-1].argmax(axis=1).astype(numpy.int64)",
    ),
    _labels(
        "predict-floats",
        "The labels of your MLP are floats. They are to be used as indices: int64.",
        "self.forward(x).argmax(axis=1).astype(float)",
    ),
    _row(
        "dtype-not-handed-on",
        "Your MLP does not hand dtype on to its layers: they compute in float64.",
        *_layers("dtype", "numpy.float64"),
    ),
    _row(
        "dtype-of-the-first-layer",
        "Only the first layer of your MLP has the dtype that was asked for: hand it on to each of them.",
        (_LAYER, _LAYER.replace("dtype", "numpy.float64")),
    ),
    _row(
        "xp-not-handed-on",
        "Your MLP does not hand xp on to its layers: their parameters stay on the CPU, and x is on the device.",
        *_layers("xp", "numpy"),
    ),
    _labels(
        "predict-on-the-cpu",
        "predict of your MLP gives an array of NumPy's although x is on the device. Its labels stay there, too: argmax "
        "runs where the scores are.",
        "numpy.array(self.forward(x).argmax(axis=1).tolist(), dtype=numpy.int64)",
    ),
    _row(
        "reads-the-scores",
        "Your MLP copies its scores to the CPU to look at them. Each such copy makes the GPU wait: leave them there.",
        (
            _LOSS,
            "        scores = self.forward(x)\n        bool((scores != scores).any())\n"
            "        return self.criterion.forward(scores, targets)\n",
        ),
    ),
)

LEFT_OUT = {
    "activation derivative missing / squared": "activations are released blocks here; assignment 2 has the rows",
    "dropout mask resampled or unscaled in backward": "Dropout is released here; assignment 3 has the rows",
    "layers in reverse order": "the sizes do not fit together: an error, no number",
}
"""Known mistakes that have no row, and why."""
