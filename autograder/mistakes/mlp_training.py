"""Known wrong batches, splits and training loops: changes to solutions/training.py, the most telling first within each.

Rows come from the list of known mistakes (the project's reference notes) and from trying what else can go wrong.
`LEFT_OUT` says why the other entries of that list are not here. The reference spreads `fit` over two functions; the
rows change the same loop written in one.
"""

from __future__ import annotations

from . import Mistake

Edit = tuple[str, str]


def _row(question: str, name: str, sentence: str, *edits: Edit) -> Mistake:
    return Mistake(f"{question.replace('_', '-')}-{name}", question, sentence, edits)


_ORDER = "order = rng.permutation(n)"
_CUT = "return [order[start : start + batch_size] for start in range(0, n, batch_size)]"

MINIBATCHES = (
    _row(
        "minibatches",
        "unshuffled",
        "Your minibatches takes the samples in their order. Shuffle range(n) with rng first.",
        (_ORDER, "import numpy as np\n    order = np.arange(n)"),
    ),
    _row(
        "minibatches",
        "only-batches-shuffled",
        "Your minibatches shuffles the batches and not the samples: what stood together stays together.",
        (_ORDER, "import numpy as np\n    order = np.arange(n)"),
        (
            _CUT,
            "batches = [order[start : start + batch_size] for start in range(0, n, batch_size)]\n"
            "    return sorted(batches, key=lambda batch: (len(batch) < batch_size, rng.random()))",
        ),
    ),
    _row(
        "minibatches",
        "own-seed",
        "Your minibatches makes a generator of its own with a fixed seed, so that every epoch has the same order. "
        "Draw from the rng that is given.",
        (_ORDER, "import numpy as np\n    order = np.random.default_rng(0).permutation(n)"),
    ),
    _row(
        "minibatches",
        "drops-the-rest",
        "Your minibatches drops the last, smaller batch. Every sample occurs once.",
        ("range(0, n, batch_size)]", "range(0, n - batch_size + 1, batch_size)]"),
    ),
    _row(
        "minibatches",
        "rest-first",
        "Your minibatches puts the smaller batch first. It is the last one.",
        (
            _CUT,
            "cuts = [0, *range(n % batch_size or batch_size, n + 1, batch_size)]\n"
            "    return [order[a:b] for a, b in zip(cuts, cuts[1:])]",
        ),
    ),
    _row(
        "minibatches",
        "rest-filled-up",
        "Your minibatches fills the last batch up with samples that were there already. It is smaller: every sample "
        "occurs once.",
        (
            _CUT,
            "import numpy as np\n"
            "    return [np.resize(order, 2 * n + batch_size)[a : a + batch_size] for a in range(0, n, batch_size)]",
        ),
    ),
    _row(
        "minibatches",
        "with-replacement",
        "Your minibatches draws with replacement: some samples come twice and some never. Shuffle, then cut.",
        (_ORDER, "order = rng.integers(0, n, n)"),
    ),
    _row(
        "minibatches",
        "evenly",
        "Your minibatches makes batches of nearly equal size. Each has batch_size entries, and the last those that are "
        "left.",
        (_CUT, "import numpy as np\n    return np.array_split(order, -(-n // batch_size))"),
    ),
    _row(
        "minibatches",
        "size-is-number",
        "Your minibatches takes batch_size for the number of batches. It is the number of samples in a batch.",
        (_CUT, "import numpy as np\n    return np.array_split(order, batch_size)"),
    ),
    _row(
        "minibatches",
        "overlap",
        "Your batches overlap by one: a slice a:b ends before b.",
        ("order[start : start + batch_size]", "order[start : start + batch_size + 1]"),
    ),
    _row(
        "minibatches",
        "global",
        "Your minibatches draws from np.random's global functions and leaves `rng` alone. Nobody who passes a seeded "
        "generator gets the same batches twice.",
        (_ORDER, "import numpy as np\n    order = np.random.permutation(n)"),
    ),
    _row(
        "minibatches",
        "lists",
        "Your minibatches returns lists of numbers. Each batch is an int array.",
        ("order[start : start + batch_size] for", "order[start : start + batch_size].tolist() for"),
    ),
)

_HELD = "held_out = round(fraction * n)"
_PARTS = "return order[held_out:], order[:held_out]"
SPLIT = (
    _row(
        "train_validation_split",
        "swapped",
        "Your two parts are swapped: the training part comes first, and `fraction` is the share of the second.",
        (_PARTS, "return order[:held_out], order[held_out:]"),
    ),
    _row(
        "train_validation_split",
        "fraction-of-training",
        "Your split takes `fraction` for the share of the training part. It is the share of the second, the validation "
        "part.",
        (_HELD, "held_out = n - round(fraction * n)"),
    ),
    _row(
        "train_validation_split",
        "unshuffled",
        "Your split takes the samples in their order. Data are often sorted: shuffle first.",
        (_ORDER, "import numpy as np\n    order = np.arange(n)"),
    ),
    _row(
        "train_validation_split",
        "rounds-down",
        "Your split rounds down. The second part has round(fraction * n) entries.",
        (_HELD, "held_out = int(fraction * n)"),
    ),
    _row(
        "train_validation_split",
        "rounds-up",
        "Your split rounds up. The second part has round(fraction * n) entries.",
        (_HELD, "held_out = -int(-fraction * n // 1)"),
    ),
    _row(
        "train_validation_split",
        "half-up",
        "Your split rounds halves up. Python's round, which is asked for, takes them to the even neighbour: "
        "round(2.5) is 2.",
        (_HELD, "held_out = int(fraction * n + 0.5)"),
    ),
    _row(
        "train_validation_split",
        "overlap",
        "Your two parts are drawn one by one, so that some samples are in both. Shuffle once and cut.",
        (_PARTS, "return order[held_out:], rng.permutation(n)[:held_out]"),
    ),
    _row(
        "train_validation_split",
        "each-by-chance",
        "Your split decides for each sample by itself, so that the number in the second part is left to chance. It is "
        "exactly round(fraction * n).",
        (
            _PARTS,
            "import numpy as np\n    chosen = rng.random(n) < fraction\n"
            "    return np.flatnonzero(~chosen), np.flatnonzero(chosen)",
        ),
    ),
    _row(
        "train_validation_split",
        "masks",
        "Your split returns arrays of True and False. Return the numbers of the samples, as int arrays.",
        (
            _PARTS,
            "import numpy as np\n    chosen = np.zeros(n, dtype=bool)\n"
            "    chosen[order[:held_out]] = True\n    return ~chosen, chosen",
        ),
    ),
    _row(
        "train_validation_split",
        "whole-training",
        "Your training part still holds the validation samples. No sample is in both parts.",
        (_PARTS, "return order, order[:held_out]"),
    ),
    _row(
        "train_validation_split",
        "own-seed",
        "Your split makes a generator of its own with a fixed seed. Draw from the rng that is given.",
        (_ORDER, "import numpy as np\n    order = np.random.default_rng(0).permutation(n)"),
    ),
    _row(
        "train_validation_split",
        "global",
        "Your split draws from np.random's global functions and leaves `rng` alone. Nobody who passes a seeded "
        "generator gets the same split twice.",
        (_ORDER, "import numpy as np\n    order = np.random.permutation(n)"),
    ),
    _row(
        "train_validation_split",
        "minus-nothing",
        "Your split cuts with -held_out. Where the second part is empty, -0 is 0, and the parts change places: count "
        "from the front.",
        (_PARTS, "return order[:-held_out], order[-held_out:]"),
    ),
)

_FIT = """def fit(
    model, x, y, optimizer, epochs, batch_size, rng,
    schedule=None, regularizer=None, validation=None, early_stopping=None,
):
    history = History()
    for epoch in range(epochs):
        if schedule is not None:
            optimizer.lr = schedule(epoch)
        history.lr.append(optimizer.lr)
        set_mode(model, training=True)
        total = 0.0
        for batch in minibatches(len(x), batch_size, rng):
            loss = model.loss(x[batch], y[batch])
            total += loss * len(batch)
            model.backward()
            grads = model.grads
            if regularizer is not None:
                extra = regularizer.gradient(model.params)
                grads = {name: grad + extra[name] for name, grad in grads.items()}
            optimizer.step(model.params, grads)
        history.train_loss.append(total / len(x))
        watched = history.train_loss[-1]
        if validation is not None:
            set_mode(model, training=False)
            watched = model.loss(*validation)
            history.validation_loss.append(watched)
        if early_stopping is not None and early_stopping.update(watched, model.params):
            break
    if early_stopping is not None and early_stopping.best_params is not None:
        for name, best in early_stopping.best_params.items():
            model.params[name][...] = best
    return history
"""


def _fit(name: str, sentence: str, *edits: Edit) -> Mistake:
    whole = _FIT
    for old, new in edits:
        if whole.count(old) != 1:
            raise ValueError(f"fit-{name}: {old!r} stands {whole.count(old)} times in the loop, not once")
        whole = whole.replace(old, new)
    return Mistake(f"fit-{name}", "fit", sentence, whole=whole)


_BEGIN = "    history = History()\n"
_RATE = "        if schedule is not None:\n            optimizer.lr = schedule(epoch)\n"
_NOTE_RATE = "        history.lr.append(optimizer.lr)\n"
_TRAIN = "        set_mode(model, training=True)\n"
_BATCHES = "        for batch in minibatches(len(x), batch_size, rng):\n"
_LOSS = "            loss = model.loss(x[batch], y[batch])\n"
_TOTAL = "            total += loss * len(batch)\n"
_BACKWARD = "            model.backward()\n            grads = model.grads\n"
_PENALTY = (
    "            if regularizer is not None:\n"
    "                extra = regularizer.gradient(model.params)\n"
    "                grads = {name: grad + extra[name] for name, grad in grads.items()}\n"
)
_STEP = "            optimizer.step(model.params, grads)\n"
_MEAN = "        history.train_loss.append(total / len(x))\n"
_WATCHED = "        watched = history.train_loss[-1]\n"
_VALIDATE = (
    "        if validation is not None:\n"
    "            set_mode(model, training=False)\n"
    "            watched = model.loss(*validation)\n"
    "            history.validation_loss.append(watched)\n"
)
_STOP = "        if early_stopping is not None and early_stopping.update(watched, model.params):\n            break\n"
_BACK = (
    "    if early_stopping is not None and early_stopping.best_params is not None:\n"
    "        for name, best in early_stopping.best_params.items():\n"
    "            model.params[name][...] = best\n"
)

SCHEDULE = (
    _fit(
        "schedule-per-batch",
        "Your fit counts batches for the schedule. It is asked once for each epoch, with the number of the epoch.",
        (_BEGIN, _BEGIN + "    number = 0\n"),
        (_RATE, ""),
        (
            _LOSS,
            "            if schedule is not None:\n                optimizer.lr = schedule(number)\n"
            "            number += 1\n" + _LOSS,
        ),
    ),
    _fit(
        "schedule-one-on",
        "Your fit counts epochs from 1 for the schedule. The first epoch is schedule(0).",
        ("schedule(epoch)", "schedule(epoch + 1)"),
    ),
    _fit(
        "schedule-afterwards",
        "Your fit sets the learning rate after the epoch, so that the first one has another rate. Set it before the "
        "first batch.",
        (_RATE, ""),
        (_MEAN, _MEAN + _RATE),
    ),
    _fit(
        "rate-noted-too-early",
        "Your history notes the learning rate before the schedule has set it.",
        (_RATE + _NOTE_RATE, _NOTE_RATE + _RATE),
    ),
    _fit(
        "rate-noted-with-schedule-only",
        "Your history has no learning rates where there is no schedule. It notes optimizer.lr in every epoch.",
        (_RATE + _NOTE_RATE, _RATE + "            history.lr.append(optimizer.lr)\n"),
    ),
    _fit(
        "schedule-ignored",
        "Your fit does not use the schedule: optimizer.lr = schedule(epoch) at the beginning of each epoch.",
        (_RATE, ""),
    ),
)

LOSSES = (
    _fit(
        "mean-of-batches",
        "Your train_loss is the plain mean over the batches. The last batch may be smaller: weight each loss with the "
        "number of its samples.",
        (_BEGIN, _BEGIN + "    size = batch_size\n"),
        (_TOTAL, "            total += loss\n"),
        ("total / len(x)", "total / -(-len(x) // size)"),
    ),
    _fit(
        "sum-of-batches",
        "Your train_loss is the sum over the batches. It is the mean over the samples.",
        (_TOTAL, "            total += loss\n"),
        ("total / len(x)", "total"),
    ),
    _fit(
        "last-loss",
        "Your train_loss is the loss of the last batch. It is the mean over all samples of the epoch.",
        ("total / len(x)", "loss"),
    ),
    _fit(
        "loss-afterwards",
        "Your train_loss is computed once more after the epoch. It is the mean of the losses that the batches had "
        "before their steps, and costs nothing more.",
        ("total / len(x)", "model.loss(x, y)"),
    ),
    _fit(
        "loss-after-step",
        "Your fit notes each batch's loss after its step. The history has the loss before the step.",
        (_TOTAL, ""),
        (_STEP, _STEP + "            total += model.loss(x[batch], y[batch]) * len(batch)\n"),
    ),
    _fit(
        "penalty-in-loss",
        "Your train_loss contains the regularizer's penalty. The history's losses are without it.",
        (
            _TOTAL,
            "            if regularizer is not None:\n                loss += regularizer.penalty(model.params)\n"
            + _TOTAL,
        ),
    ),
    _fit(
        "loss-twice",
        "Your fit computes the loss of each batch twice, once for the history and once for backward. Keep the first.",
        (_TOTAL, "            total += model.loss(x[batch], y[batch]) * len(batch)\n"),
    ),
    _fit(
        "no-return",
        "Your fit returns nothing: `return history` is missing.",
        ("    return history\n", ""),
    ),
)

STEPS = (
    _fit(
        "same-order",
        "Your fit makes the batches once, so that every epoch has the same order. Call minibatches in every epoch.",
        (_BEGIN, _BEGIN + "    batches = list(minibatches(len(x), batch_size, rng))\n"),
        (_BATCHES, "        for batch in batches:\n"),
    ),
    _fit(
        "unshuffled",
        "Your fit goes through the samples in their order. Take the batches of minibatches, which are shuffled.",
        (
            _BATCHES,
            "        for batch in (list(range(len(x)))[a : a + batch_size] for a in range(0, len(x), batch_size)):\n",
        ),
    ),
    _fit(
        "drops-the-rest",
        "Your fit leaves out the last, smaller batch.",
        (_LOSS, "            if len(batch) < min(batch_size, len(x)):\n                continue\n" + _LOSS),
    ),
    _fit(
        "targets-of-others",
        "Your fit gives the model the rows of a batch with the targets of other samples: index y with the batch, too.",
        ("y[batch]", "y[: len(batch)]"),
    ),
    _fit(
        "step-before-backward",
        "Your fit takes the step before backward: it uses the gradients of the batch before. First loss, then "
        "backward, then step.",
        (_BACKWARD, "            grads = model.grads\n"),
        (_STEP, _STEP + "            model.backward()\n"),
    ),
    _fit(
        "copies-to-optimizer",
        "Your fit hands the optimizer copies of the parameters, and nothing moves. Hand it model.params itself.",
        (
            "optimizer.step(model.params, grads)",
            "optimizer.step({k: v.copy() for k, v in model.params.items()}, grads)",
        ),
    ),
    _fit(
        "divided-again",
        "Your fit divides the gradients by the size of the batch. The mean is in the loss already.",
        (_STEP, "            grads = {name: grad / len(batch) for name, grad in grads.items()}\n" + _STEP),
    ),
    _fit(
        "once-an-epoch",
        "Your fit takes one step at the end of the epoch, with the gradients of the last batch. Each batch has its "
        "step.",
        (_STEP, ""),
        (_MEAN, "        optimizer.step(model.params, grads)\n" + _MEAN),
    ),
    _fit(
        "accumulates",
        "Your fit adds up the gradients of all batches so far. Each step takes those of its own batch.",
        (_BEGIN, _BEGIN + "    summed = {}\n"),
        (
            _PENALTY,
            "            summed = {name: grad + summed.get(name, 0.0) for name, grad in grads.items()}\n"
            "            grads = summed\n" + _PENALTY,
        ),
    ),
    _fit(
        "penalty-ignored",
        "Your fit leaves out the regularizer: its gradient is added to the model's before each step.",
        (_PENALTY, ""),
    ),
    _fit(
        "penalty-instead",
        "Your fit takes the regularizer's gradient instead of the model's. The two are added.",
        ("grad + extra[name]", "extra[name]"),
    ),
    _fit(
        "penalty-into-the-model",
        "Your fit adds the regularizer's gradient into the model's own grads. Add in a new dict with new arrays.",
        (
            "                grads = {name: grad + extra[name] for name, grad in grads.items()}\n",
            "                for name, grad in grads.items():\n                    grad += extra[name]\n",
        ),
    ),
    _fit(
        "trains-on-validation",
        "Your fit takes a step on the validation data, too. They are only looked at.",
        (
            "            history.validation_loss.append(watched)\n",
            "            history.validation_loss.append(watched)\n"
            "            model.backward()\n            optimizer.step(model.params, model.grads)\n",
        ),
    ),
    _fit(
        "shuffles-in-place",
        "Your fit shuffles x and y themselves. Whoever calls it finds the data in another order: leave them alone.",
        (
            _BATCHES,
            "        order = rng.permutation(len(x))\n        x[...], y[...] = x[order], y[order]\n"
            "        for batch in (slice(a, a + batch_size) for a in range(0, len(x), batch_size)):\n",
        ),
        (_TOTAL, "            total += loss * len(x[batch])\n"),
    ),
    _fit(
        "own-seed",
        "Your fit makes a generator of its own with a fixed seed. Hand the given rng to minibatches.",
        (_BEGIN, _BEGIN + "    import numpy as np\n    rng = np.random.default_rng(0)\n"),
    ),
    _fit(
        "numpy-on-device",
        "Your fit turns x into a NumPy array. On a GPU that is refused: x[batch] picks rows there, too.",
        (_LOSS, "            import numpy as np\n            loss = model.loss(np.asarray(x)[batch], y[batch])\n"),
    ),
    _fit(
        "host-copy",
        "Your fit copies each batch to the CPU and back. x[batch] picks rows on the GPU, too.",
        (
            _LOSS,
            "            from .backend import get_array_module, to_device, to_numpy\n"
            "            home = get_array_module(x)\n"
            "            loss = model.loss(to_device(to_numpy(x)[batch], home), y[batch])\n",
        ),
    ),
)

MODES = (
    _fit(
        "validates-in-training",
        "Your fit computes the validation loss in training mode, with dropout. Switch to evaluation mode before.",
        ("            set_mode(model, training=False)\n", ""),
    ),
    _fit(
        "stays-in-evaluation",
        "Your fit switches to training mode once: after the first validation the model stays in evaluation mode. "
        "Switch in every epoch.",
        (_BEGIN, _BEGIN + "    set_mode(model, training=True)\n"),
        (_TRAIN, ""),
    ),
    _fit(
        "mode-as-found",
        "Your fit never switches to training mode. A model may come in evaluation mode: switch in every epoch.",
        (_TRAIN, ""),
    ),
    _fit(
        "demands-modes",
        "Your fit calls model.train() on a model that has no modes. Use set_mode, which looks first.",
        (_TRAIN, "        model.train()\n"),
    ),
    _fit(
        "validation-in-batches",
        "Your validation loss is the plain mean over batches. It is the loss of the whole validation data at once.",
        (
            "            watched = model.loss(*validation)\n",
            "            far = range(0, len(validation[0]), batch_size)\n"
            "            parts = [[part[a : a + batch_size] for part in validation] for a in far]\n"
            "            watched = sum(model.loss(*part) for part in parts) / len(parts)\n",
        ),
    ),
    _fit(
        "validates-before",
        "Your fit validates before the batches of the epoch. The validation loss is that of its end.",
        (_VALIDATE, ""),
        (_WATCHED, ""),
        (_NOTE_RATE, _NOTE_RATE + _VALIDATE),
        (_STOP, "        watched = history.train_loss[-1] if validation is None else watched\n" + _STOP),
    ),
)

STOPPING = (
    _fit(
        "watches-training",
        "Your fit tells early stopping the training loss, though there is validation. What counts is the loss on data "
        "that the model has not seen.",
        ("update(watched,", "update(history.train_loss[-1],"),
    ),
    _fit(
        "never-stops",
        "Your fit does not stop when early_stopping.update says True.",
        (_STOP, "        if early_stopping is not None:\n            early_stopping.update(watched, model.params)\n"),
    ),
    _fit(
        "one-epoch-late",
        "Your fit runs one more epoch after early_stopping.update has said True. Stop at once.",
        (_BEGIN, _BEGIN + "    stop = False\n"),
        (
            _STOP,
            "        if stop:\n            break\n"
            "        stop = early_stopping is not None and early_stopping.update(watched, model.params)\n",
        ),
    ),
    _fit(
        "stops-with-validation-only",
        "Your fit asks early stopping only where there is validation. Without it, the training loss is watched.",
        (_STOP, ""),
        (
            "            history.validation_loss.append(watched)\n",
            "            history.validation_loss.append(watched)\n"
            "            if early_stopping is not None and early_stopping.update(watched, model.params):\n"
            "                break\n",
        ),
    ),
    _fit(
        "last-epoch-unnoted",
        "Your fit stops before it has noted the epoch. The entries of the last epoch stand in the history, too.",
        (_MEAN + _WATCHED, "        watched = total / len(x)\n"),
        (
            "            history.validation_loss.append(watched)\n" + _STOP,
            _STOP + "        history.train_loss.append(total / len(x))\n"
            "        if validation is not None:\n            history.validation_loss.append(watched)\n",
        ),
    ),
    _fit(
        "last-weights",
        "Your fit ends with the weights of the last epoch. With early stopping best_params go back into the model.",
        (_BACK, ""),
    ),
    _fit(
        "best-only-when-stopped",
        "Your fit brings the best weights back only if early stopping has fired. It does so at the end in any case.",
        (_BACK, ""),
        (
            "            break\n",
            "            for name, best in (early_stopping.best_params or {}).items():\n"
            "                model.params[name][...] = best\n            break\n",
        ),
    ),
    _fit(
        "no-best",
        "Your fit takes for granted that there is a best epoch. With nothing but NaN best_params is None: leave the "
        "parameters as they are.",
        (" and early_stopping.best_params is not None", ""),
    ),
    _fit(
        "rebinds",
        "Your fit binds new arrays, model.params[name] = best. Where params is made anew in each access, that is lost: "
        "write into the array, model.params[name][...] = best.",
        ("model.params[name][...] = best", "model.params[name] = best.copy()"),
    ),
)

FIT = (*SCHEDULE, *LOSSES, *STEPS, *MODES, *STOPPING)
TRAINING = (*MINIBATCHES, *SPLIT, *FIT)

LEFT_OUT = {
    "returned weights are the argmin's; patience off by one": "patience is counted by EarlyStopping, in assignment 3; "
    "fit-one-epoch-late and fit-last-weights are what a loop can add to it",
    "dropout drops at test time": "Dropout is given here; fit-validates-in-training is what a loop can add to it",
    "np.random.seed inside fit": "fit-own-seed and minibatches-global stand for it",
    "test data's statistics used": "no preprocessing in this assignment",
    "dtype drift": "the loop makes no arrays; the sum of losses is a Python number",
}
"""Known mistakes of training that have no row here, and why."""
