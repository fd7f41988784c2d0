"""Known wrong ways to freeze, squeeze and prune: changes to solutions/transfer.py, the most telling first."""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(question: str, name: str, sentence: str, *edits: Edit) -> Mistake:
    return Mistake(f"{question.replace('_', '-')}-{name}", question, sentence, edits)


# freeze

_PARAMS = "            return {name: w for name, w in self.inner.params.items() if not name.startswith(beginnings)}\n"
_GRADS = "            return {name: g for name, g in self.inner.grads.items() if not name.startswith(beginnings)}\n"
_PREFIXES = "    beginnings = tuple(prefixes)\n"
_MADE = "    return Frozen(model)\n"
_STARTS = "name.startswith(beginnings)"


def _named(condition: str) -> tuple[Edit, Edit]:
    """Another condition for a name to be frozen."""
    return (_PARAMS, _PARAMS.replace(_STARTS, condition)), (_GRADS, _GRADS.replace(_STARTS, condition))


_BY_HAND = """
def freeze(model, prefixes):
    beginnings = tuple(prefixes)

    class Frozen:
        @property
        def params(self):
            return {{name: w for name, w in model.params.items() if not name.startswith(beginnings)}}

        @property
        def grads(self):
            return {{name: g for name, g in model.grads.items() if not name.startswith(beginnings)}}

        def forward(self, x):
            return model.forward(x)

        def loss(self, x, targets):
            return model.loss(x, targets)

        def backward(self):
            return model.backward()
{more}
    return Frozen()
"""
_PREDICT = """
        def predict(self, x):
            return model.predict(x)
"""
_MODES = """
        @property
        def training(self):
            return model.training

        def train(self):
            model.train()

        def eval(self):
            model.eval()
"""

FREEZE = (
    _row(
        "freeze",
        "copies",
        "Your freeze hands out copies of the arrays. An optimizer writes into them, and the model never learns of it: "
        "show the model's own arrays.",
        (_PARAMS, _PARAMS.replace("name: w for", "name: w.copy() for")),
    ),
    _row(
        "freeze",
        "copies-the-model",
        "Your freeze makes a copy of the model. Training the result is to train the model itself: keep a reference.",
        (_MADE, "    from copy import deepcopy\n\n    return Frozen(deepcopy(model))\n"),
    ),
    Mistake(
        "freeze-deletes",
        "freeze",
        "Your freeze takes entries out of the model's own params. Many models make that dict anew at every access, so "
        "nothing is frozen; the others have lost their weights. Leave the model whole: show the rest in a new dict.",
        whole="def freeze(model, prefixes):\n"
        "    params, grads = model.params, model.grads\n"
        "    for name in list(params):\n"
        "        if name.startswith(tuple(prefixes)):\n"
        "            del params[name], grads[name]\n"
        "    return model\n",
    ),
    _row(
        "freeze",
        "locks-the-arrays",
        "Your freeze makes the model's arrays read-only. The model itself can no longer be trained: leave its arrays "
        "as they are, and leave the names out of what you show.",
        (
            _MADE,
            "    for name, w in model.params.items():\n"
            "        if name.startswith(beginnings):\n"
            "            w.flags.writeable = False\n" + _MADE,
        ),
    ),
    _row(
        "freeze",
        "grads-of-all",
        "Your frozen model leaves the frozen names out of params and shows them in grads. Both have the same keys.",
        (_GRADS, "            return dict(self.inner.grads)\n"),
    ),
    _row(
        "freeze",
        "grads-of-then",
        "Your frozen model shows the gradients there were when it was made. Every backward makes new ones: read the "
        "model's grads when you are asked for yours.",
        (_PREFIXES, _PREFIXES + "    then = dict(model.grads)\n"),
        (_GRADS, _GRADS.replace("self.inner.grads.items()", "then.items()")),
    ),
    _row(
        "freeze",
        "zero-gradients",
        "Your frozen model shows frozen names with zero gradients. Weight decay and momentum move what an optimizer "
        "sees, gradient or not: leave the names out.",
        (_PARAMS, "            return self.inner.params\n"),
        (
            _GRADS,
            "            return {\n"
            "                name: g * (not name.startswith(beginnings)) for name, g in self.inner.grads.items()\n"
            "            }\n",
        ),
    ),
    _row(
        "freeze",
        "inverted",
        "Your freeze freezes everything but what it was told to.",
        (_PARAMS, _PARAMS.replace("if not", "if")),
        (_GRADS, _GRADS.replace("if not", "if")),
    ),
    _row(
        "freeze",
        "anywhere-in-the-name",
        "Your freeze freezes a name if a prefix stands anywhere in it: '0.' is also in '10.w'. A prefix stands at the "
        "beginning: name.startswith(prefix).",
        *_named("any(each in name for each in beginnings)"),
    ),
    _row(
        "freeze",
        "at-the-end",
        "Your freeze looks at how a name ends. A prefix stands at its beginning: name.startswith(prefix).",
        *_named("name.endswith(beginnings)"),
    ),
    _row(
        "freeze",
        "whole-names-only",
        "Your freeze takes the prefixes for whole names. '0.' means all names that begin with it: '0.w' and '0.b'.",
        *_named("name in beginnings"),
    ),
    _row(
        "freeze",
        "whole-blocks-only",
        "Your freeze compares only what stands before the first dot. A prefix may be longer: '2.w' freezes the weights "
        "of a block and not its bias.",
        *_named('name.split(".")[0] + "." in beginnings'),
    ),
    _row(
        "freeze",
        "first-prefix-only",
        "Your freeze looks at the first prefix only. A name is frozen if it starts with any of them: "
        "name.startswith(tuple(prefixes)).",
        (_PREFIXES, "    beginnings = tuple(prefixes)[:1]\n"),
    ),
    _row(
        "freeze",
        "backward-stops",
        "Your frozen model gives back no gradient of x. Frozen layers do not move, but the gradient still runs "
        "through them: return what the model's backward returns.",
        (
            "    class Frozen(Wrapper):\n",
            "    class Frozen(Wrapper):\n        def backward(self):\n            self.inner.backward()\n\n",
        ),
    ),
    Mistake(
        "freeze-no-predict",
        "freeze",
        "Your frozen model has no predict. It offers what the model offers: forward, loss, backward, predict, train, "
        "eval, training.",
        whole=_BY_HAND.format(more=_MODES).lstrip("\n"),
    ),
    Mistake(
        "freeze-no-modes",
        "freeze",
        "Your frozen model has no train and eval. Dropout inside it must still know whether it is trained or used: "
        "pass both on to the model.",
        whole=_BY_HAND.format(more=_PREDICT).lstrip("\n"),
    ),
    Mistake(
        "freeze-modes-of-its-own",
        "freeze",
        "Your frozen model keeps a mode of its own: train and eval do not reach the model. Pass them on.",
        whole=_BY_HAND.format(
            more=_PREDICT
            + "\n        training = True\n\n        def train(self):\n            self.training = True\n"
            + "\n        def eval(self):\n            self.training = False\n"
        ).lstrip("\n"),
    ),
    _row(
        "freeze",
        "modes-taken-for-granted",
        "Your frozen model has train and eval even where the model has none, and fails when they are called. Offer "
        "what the model offers, no more: the given Wrapper does.",
        (
            "    class Frozen(Wrapper):\n",
            "    class Frozen(Wrapper):\n"
            "        def train(self):\n            self.inner.train()\n\n"
            "        def eval(self):\n            self.inner.eval()\n\n",
        ),
    ),
    _row(
        "freeze",
        "mode-remembered",
        "Your frozen model remembers the mode that the model had when it was frozen. Read the model's `training` when "
        "you are asked for yours: somebody may switch the model itself.",
        (
            "    class Frozen(Wrapper):\n",
            "    class Frozen(Wrapper):\n"
            '        training = getattr(model, "training", True)\n\n'
            "        def train(self):\n            self.training = True\n            self.inner.train()\n\n"
            "        def eval(self):\n            self.training = False\n            self.inner.eval()\n\n",
        ),
    ),
)

# Bottleneck

_RELU = "        self.activation = activation()\n"
_FORWARD = "        return self.up.forward(self.activation.forward(self.down.forward(x)))\n"
_BACKWARD = "        return self.down.backward(self.activation.backward(self.up.backward(upstream)))\n"
_SHOWN = (
    '        return {f"{part}.{name}": value for part, block in parts.items() for name, value in block.%s.items()}\n'
)

BOTTLENECK = (
    _row(
        "bottleneck",
        "skip",
        "Your Bottleneck adds x to its output. There is no way around a bottleneck: the skip is Residual's.",
        (_FORWARD, _FORWARD.replace("return ", "return x + ")),
        (_BACKWARD, _BACKWARD.replace("return ", "return upstream + ")),
    ),
    _row(
        "bottleneck",
        "no-activation",
        "Your Bottleneck has no bend: two affine maps in a row are one. The activation stands between them.",
        (_FORWARD, "        return self.up.forward(self.down.forward(x))\n"),
        (_BACKWARD, "        return self.down.backward(self.up.backward(upstream))\n"),
    ),
    _row(
        "bottleneck",
        "activation-last",
        "Your Bottleneck bends after the second affine map. The activation stands between the two.",
        (_FORWARD, "        return self.activation.forward(self.up.forward(self.down.forward(x)))\n"),
        (_BACKWARD, "        return self.down.backward(self.up.backward(self.activation.backward(upstream)))\n"),
    ),
    _row(
        "bottleneck",
        "no-derivative",
        "Your Bottleneck leaves out the activation on the way back. Its backward stands between those of the affine "
        "maps, as in forward.",
        (_BACKWARD, "        return self.down.backward(self.up.backward(upstream))\n"),
    ),
    _row(
        "bottleneck",
        "always-relu",
        "Your Bottleneck always has a ReLU. Make the activation that it is given: activation().",
        (_RELU, "        self.activation = ReLU()\n"),
    ),
    _row(
        "bottleneck",
        "activation-shared",
        "All your Bottlenecks share one ReLU, and each forward overwrites what the others have kept for their "
        "backward. Make one for each: activation() in __init__.",
        ("    def __init__(self, features", "    shared = ReLU()\n\n    def __init__(self, features"),
        (_RELU, "        self.activation = self.shared if activation is ReLU else activation()\n"),
    ),
    _row(
        "bottleneck",
        "no-biases",
        "Your Bottleneck shows no biases. Both affine maps have one: down.b and up.b.",
        (_SHOWN % "params", (_SHOWN % "params").replace("items()}", 'items() if name == "w"}')),
        (_SHOWN % "grads", (_SHOWN % "grads").replace("items()}", 'items() if name == "w"}')),
    ),
    _row(
        "bottleneck",
        "shows-copies",
        "Your Bottleneck shows copies of its parameters. An optimizer writes into the arrays of params: show the "
        "affine maps' own.",
        (_SHOWN % "params", (_SHOWN % "params").replace(": value for", ": value.copy() for")),
    ),
    _row(
        "bottleneck",
        "starts-at-zero",
        "Your Bottleneck starts with zeros in `down`. Then its units are all alike, and behind a ReLU they get no "
        "gradient: draw the weights.",
        (_RELU, _RELU + '        self.down.params["w"][...] = 0.0\n'),
    ),
    _row(
        "bottleneck",
        "changes-upstream",
        "Your Bottleneck writes into the upstream gradient that it was given. Arguments are the caller's: compute a "
        "new array.",
        (
            _BACKWARD,
            "        dx = self.down.backward(self.activation.backward(self.up.backward(upstream)))\n"
            "        upstream *= 0.5\n        return dx\n",
        ),
    ),
)

# prune_and_retrain

_WEIGHTS = "    weights = {name: w for name, w in model.params.items() if not is_bias(name)}\n"
_MASKS = "    masks = {name: magnitude_prune(w, fraction) for name, w in weights.items()}\n"
_SET = "            w[~masks[name]] = 0.0\n"
_STEP = "            self.inner.step(params, grads)\n            apply_masks()\n"
_AT_ONCE = "    apply_masks()\n    fit("
_FIT = "    fit(model, x, y, Masked(optimizer), epochs, batch_size, rng)\n"
_ANSWER = "    return masks\n"
_PLAIN = "    fit(model, x, y, optimizer, epochs, batch_size, rng)\n"

PRUNE = (
    _row(
        "prune_and_retrain",
        "revives",
        "Your prune_and_retrain applies the masks once, before training. The first step gives every pruned weight a "
        "new value, by its gradient: set them to 0 after each step.",
        (_FIT, _PLAIN),
    ),
    _row(
        "prune_and_retrain",
        "only-at-the-end",
        "Your prune_and_retrain applies the masks before and after the training, not in between. The others learn to "
        "rely on weights that go at the end: set them to 0 after each step.",
        (_FIT, _PLAIN + "    apply_masks()\n"),
    ),
    _row(
        "prune_and_retrain",
        "once-an-epoch",
        "Your prune_and_retrain applies the masks once an epoch. Pruned weights come back in every step in between: "
        "set them to 0 after each step.",
        (
            _FIT,
            "    for _ in range(epochs):\n"
            "        fit(model, x, y, optimizer, 1, batch_size, rng)\n"
            "        apply_masks()\n",
        ),
    ),
    _row(
        "prune_and_retrain",
        "masks-gradients-only",
        "Your prune_and_retrain masks the gradients and not the weights. Velocities from earlier steps still move a "
        "weight whose gradient is 0: mask the weights after each step.",
        (
            _STEP,
            "            masked = {name: g * masks[name] if name in masks else g for name, g in grads.items()}\n"
            "            self.inner.step(params, masked)\n",
        ),
    ),
    _row(
        "prune_and_retrain",
        "not-at-once",
        "Your prune_and_retrain lets the first batch run with all weights. Set the pruned ones to 0 before the "
        "training begins.",
        (_AT_ONCE, "    fit("),
    ),
    _row(
        "prune_and_retrain",
        "after-training",
        "Your prune_and_retrain trains first and prunes afterwards. Prune first: the training is there to make up for "
        "it.",
        (_MASKS, _PLAIN + _MASKS),
        (_FIT, ""),
    ),
    _row(
        "prune_and_retrain",
        "biases-too",
        "Your prune_and_retrain prunes biases as well. They are few and cost nothing: only weights go.",
        (_WEIGHTS, "    weights = dict(model.params)\n"),
    ),
    _row(
        "prune_and_retrain",
        "masks-for-biases",
        "Your prune_and_retrain returns masks for biases, too, all True. The dict has an entry for each weight only.",
        (_ANSWER, "    return {name: masks.get(name, w == w) for name, w in model.params.items()}\n"),
    ),
    _row(
        "prune_and_retrain",
        "only-those-named-w",
        "Your prune_and_retrain prunes only what is called w. Everything that is no bias is a weight, the slope of a "
        "PReLU, too: is_bias(name) decides.",
        (_WEIGHTS, _WEIGHTS.replace("not is_bias(name)", 'name.endswith("w")')),
    ),
    _row(
        "prune_and_retrain",
        "one-limit-for-all",
        "Your prune_and_retrain compares the weights of all layers with one limit, so a layer with small weights loses "
        "nearly all of them. Each array loses its own share: magnitude_prune of each.",
        (
            _MASKS,
            "    everything = magnitude_prune(np.concatenate([w.ravel() for w in weights.values()]), fraction)\n"
            "    ends = np.cumsum([w.size for w in weights.values()])\n"
            "    masks = {\n"
            "        name: everything[end - w.size : end].reshape(w.shape)\n"
            "        for (name, w), end in zip(weights.items(), ends)\n"
            "    }\n",
        ),
        (_WEIGHTS, "    import numpy as np\n\n" + _WEIGHTS),
    ),
    _row(
        "prune_and_retrain",
        "keeps-the-fraction",
        "Your prune_and_retrain keeps `fraction` of the weights. That is the share that goes.",
        ("magnitude_prune(w, fraction)", "magnitude_prune(w, 1 - fraction)"),
    ),
    _row(
        "prune_and_retrain",
        "takes-the-largest",
        "Your prune_and_retrain takes the largest weights away. The smallest matter least: those go.",
        ("magnitude_prune(w, fraction)", "~magnitude_prune(w, 1 - fraction)"),
    ),
    _row(
        "prune_and_retrain",
        "masks-inverted",
        "Your prune_and_retrain returns True for what was pruned. True means kept, as magnitude_prune has it.",
        (_ANSWER, "    return {name: ~mask for name, mask in masks.items()}\n"),
    ),
    _row(
        "prune_and_retrain",
        "rebinds",
        "Your prune_and_retrain gives names to new arrays, and the model keeps its old ones. Write into the model's "
        "arrays: w[~mask] = 0.",
        (_SET, "            model.params[name] = w * masks[name]\n"),
    ),
    _row(
        "prune_and_retrain",
        "trains-a-copy",
        "Your prune_and_retrain works on a copy of the model. The model itself is pruned and retrained, in place.",
        (_WEIGHTS, "    from copy import deepcopy\n\n    model = deepcopy(model)\n" + _WEIGHTS),
    ),
    _row(
        "prune_and_retrain",
        "patches-the-optimizer",
        "Your prune_and_retrain replaces the optimizer's own step and leaves it so: whatever it trains next is masked, "
        "too. Give fit an object of your own that passes each step on.",
        (
            _FIT,
            "    plain = optimizer.step\n\n"
            "    def masked(params, grads):\n        plain(params, grads)\n        apply_masks()\n\n"
            "    optimizer.step = masked\n" + _PLAIN,
        ),
    ),
)

TRANSFER = (*FREEZE, *BOTTLENECK, *PRUNE)
LEFT_OUT = {
    "masks read off the retrained weights": "the same masks, unless training brings a kept weight to exactly 0",
    "gradients masked, and weights after each step": "right: the style `shared` does it",
    "prefixes compared by block": "freeze-whole-blocks-only",
    "an activation with parameters inside a Bottleneck": "its keys are the four: not asked",
    "an own fit in prune_and_retrain": "right where it draws the same batches; the handout names fit",
}
"""Known mistakes that have no row here, and why."""
