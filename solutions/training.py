"""Training: batches, a split, and the loop around forward, backward and step.

One function does all three ways of lecture note 1: full batch (batch_size = N), single sample (batch_size = 1) and
mini-batch. The gradient of a batch is the mean over its samples, a noisy guess at the mean over all of them
(lecture note 4), and many cheap guesses get further than one dear truth.

All randomness comes from `rng`, a np.random.Generator, always on the CPU. Data may live on a GPU: `x[batch]` picks rows
there too, and the one number that comes back for each batch is its loss.
Sources: lecture notes 1, 3 (the four lines of mini-batch SGD) and 4 (early stopping, test against training data).
"""

from dataclasses import dataclass, field


@dataclass
class History:
    """What happened, epoch by epoch: lists of floats with one entry per epoch that was run. (given)

    train_loss: mean over the samples, each at the time of its batch. validation_loss: stays [] without validation
    data. lr: the learning rate of the epoch.
    """

    train_loss: list = field(default_factory=list)
    validation_loss: list = field(default_factory=list)
    lr: list = field(default_factory=list)


def set_mode(model, training):
    """Switch the model to training mode, or to evaluation mode, if it has modes. (given)"""
    switch = getattr(model, "train" if training else "eval", None)
    if switch is not None:
        switch()


def minibatches(n, batch_size, rng):
    """Cut 0, …, n - 1 into batches, in an order drawn from `rng`: an iterable of int arrays.

    Each has batch_size entries, the last one those that are left, at least one. All n numbers occur once.
    batch_size may be larger than n: then there is one batch.
    """
    # BEGIN SOLUTION
    order = rng.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]
    # END SOLUTION


def train_validation_split(n, fraction, rng):
    """Part 0, …, n - 1 at random into (train, validation), two int arrays that have no number in common.

    fraction: the share of the second, from 0 to 1: it has exactly round(fraction · n) entries, with Python's round.
    """
    # BEGIN SOLUTION
    order = rng.permutation(n)
    held_out = round(fraction * n)
    return order[held_out:], order[:held_out]
    # END SOLUTION


def fit(
    model,
    x,
    y,
    optimizer,
    epochs,
    batch_size,
    rng,
    schedule=None,
    regularizer=None,
    validation=None,
    early_stopping=None,
):
    """Train `model` in place on the samples x, y, and return a History.

    model: `params`, `grads`, `loss(x, y)` → float, `backward()`; `train()` and `eval()` if it has modes.
    x: (N, …) array, y: (N, …) array, of the model's array library. optimizer: `step(params, grads)` and a
    writable `lr`. schedule: function from the epoch (0, 1, …) to the learning rate. regularizer:
    `gradient(params)` → dict. validation: a pair (x, y). early_stopping: `update(loss, params)` → bool and
    `best_params`.

    Epoch e, in this order:
    1. `optimizer.lr = schedule(e)`, if there is a schedule.
    2. In training mode, for each batch of `minibatches(len(x), batch_size, rng)`: loss, backward, and one step
       with the gradients, plus the regularizer's at the same parameters. The history's losses are without penalty.
    3. In evaluation mode, the loss of the whole validation data, if given.
    4. `early_stopping.update` with that loss, or with the training loss where there is no validation, and the
       parameters. If it returns True this was the last epoch; its entries stand in the history.
    At the end, with early stopping, `best_params` go back into the parameters, in place, also when it never fired.
    """
    # BEGIN SOLUTION
    history = History()
    for epoch in range(epochs):
        if schedule is not None:
            optimizer.lr = schedule(epoch)
        history.lr.append(optimizer.lr)
        history.train_loss.append(_one_epoch(model, x, y, optimizer, batch_size, rng, regularizer))
        watched = history.train_loss[-1]
        if validation is not None:
            set_mode(model, training=False)
            watched = model.loss(*validation)
            history.validation_loss.append(watched)
        if early_stopping is not None and early_stopping.update(watched, model.params):
            break
    if early_stopping is not None and early_stopping.best_params is not None:  # None: every loss was NaN
        for name, best in early_stopping.best_params.items():
            model.params[name][...] = best
    return history
    # END SOLUTION


# BEGIN SOLUTION
def _one_epoch(model, x, y, optimizer, batch_size, rng, regularizer):
    """Step through all samples once; return the mean of their losses, each before the step of its batch."""
    set_mode(model, training=True)
    total = 0.0
    for batch in minibatches(len(x), batch_size, rng):
        total += model.loss(x[batch], y[batch]) * len(batch)
        model.backward()
        grads = model.grads
        if regularizer is not None:
            extra = regularizer.gradient(model.params)
            grads = {name: grad + extra[name] for name, grad in grads.items()}
        optimizer.step(model.params, grads)
    return total / len(x)


# END SOLUTION
