"""Training in another style: an epoch is a generator of losses, and the loop takes its batches from `minibatches`."""

from dataclasses import dataclass, field


@dataclass
class History:
    train_loss: list = field(default_factory=list)
    validation_loss: list = field(default_factory=list)
    lr: list = field(default_factory=list)


def minibatches(n, batch_size, rng):
    left = rng.permutation(n)
    while len(left):
        batch, left = left[:batch_size], left[batch_size:]
        yield batch


def train_validation_split(n, fraction, rng):
    count = round(n * fraction)
    order = rng.permutation(n)
    return order[count:], order[:count]


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
    history = History()
    for epoch in range(epochs):
        if schedule:
            optimizer.lr = schedule(epoch)
        history.lr.append(optimizer.lr)
        _switch(model, "train")
        losses = [
            (len(batch), _step(model, x[batch], y[batch], optimizer, regularizer))
            for batch in minibatches(len(x), batch_size, rng)
        ]
        history.train_loss.append(sum(n * loss for n, loss in losses) / sum(n for n, _ in losses))
        if validation:
            _switch(model, "eval")
            history.validation_loss.append(model.loss(*validation))
        watched = (history.validation_loss or history.train_loss)[-1]
        if early_stopping and early_stopping.update(watched, model.params):
            break
    if early_stopping:
        params = model.params
        for name, best in (early_stopping.best_params or {}).items():
            params[name][...] = best
    return history


def _step(model, x, y, optimizer, regularizer):
    loss = model.loss(x, y)
    model.backward()
    grads = dict(model.grads)
    if regularizer:
        for name, extra in regularizer.gradient(model.params).items():
            grads[name] = grads[name] + extra
    optimizer.step(model.params, grads)
    return loss


def _switch(model, mode):
    if hasattr(model, mode):
        getattr(model, mode)()
