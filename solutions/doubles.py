"""Partners for questions that need one: given in every bundle, public, not graded.

A graph needs gates, `check_gradient` needs a block, `fit` needs a model and an optimizer. So that each
question stands alone, the tests use the ones below instead of yours. Their maths is deliberately odd: they
answer no question. Whatever they log is a copy.
"""

from copy import deepcopy

import numpy as np


def _as_float(x):
    x = np.asarray(x)
    return x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)


class Journal:
    """A list shared by several recording gates: who did what, in which order.

    entries: list of (event, label), such as ("forward", "a"), ("backward", "a").
    """

    def __init__(self):
        self.entries = []


class RecordingGate:
    """A gate that counts and logs its calls. Its inputs, if it has two, must have equal shapes (ValueError).

    forward_calls, backward_calls: int, how often each was called.
    log: list of ("forward", tuple of copies of the inputs) and ("backward", copy of upstream), in order.
    label: the gate's name in the journal. journal: a Journal shared with other gates, or None.
    """

    def __init__(self, label="", journal=None):
        self.label = label or type(self).__name__
        self.journal = journal
        self.forward_calls = 0
        self.backward_calls = 0
        self.log = []

    def forward(self, *inputs):
        """Return the output: a new array of the inputs' shape."""
        inputs = tuple(_as_float(x) for x in inputs)
        shapes = [x.shape for x in inputs]
        if len(set(shapes)) != 1:
            raise ValueError(f"{self.label}: the inputs have shapes {shapes}: they must be equal")
        self.forward_calls += 1
        self._note("forward", tuple(x.copy() for x in inputs))
        self.inputs = inputs
        return self.value(*inputs)

    def backward(self, upstream):
        """Return a new array per input: a tuple for two inputs, the bare array for one."""
        self.backward_calls += 1
        self._note("backward", np.array(upstream))
        slopes = self.slopes(*self.inputs)
        gradients = tuple(
            np.array(upstream * slope, dtype=x.dtype) for slope, x in zip(slopes, self.inputs, strict=True)
        )
        return gradients if len(gradients) > 1 else gradients[0]

    def _note(self, event, what):
        self.log.append((event, what))
        if self.journal is not None:
            self.journal.entries.append((event, self.label))


class Mix(RecordingGate):
    """f(x, y) = a x + b y."""

    def __init__(self, a, b, label="", journal=None):
        super().__init__(label, journal)
        self.a, self.b = a, b

    def value(self, x, y):
        """Return the output."""
        return self.a * x + self.b * y

    def slopes(self, x, y):
        """Return the local gradients (df/dx, df/dy)."""
        return self.a, self.b


class Twist(RecordingGate):
    """f(x, y) = x y + x."""

    def value(self, x, y):
        """Return the output."""
        return x * y + x

    def slopes(self, x, y):
        """Return the local gradients (df/dx, df/dy)."""
        return y + 1, x


class Bend(RecordingGate):
    """f(x) = x + rate sin(x)."""

    def __init__(self, rate=0.5, label="", journal=None):
        super().__init__(label, journal)
        self.rate = rate

    def value(self, x):
        """Return the output."""
        return x + self.rate * np.sin(x)

    def slopes(self, x):
        """Return the local gradient (df/dx,)."""
        return (1 + self.rate * np.cos(x),)


def chain(graph, node, count, rate=0.001):
    """Apply `count` new Bends one after the other, from `node` on; return the node of the last."""
    for _ in range(count):
        node = graph.apply(Bend(rate), node)
    return node


class RightBlock:
    """out = x² @ sin(y): x (N, D), y (D,), out (N,). Its backward pass is right."""

    def forward(self, x, y):
        """Return the (N,) output."""
        self.x, self.y = _as_float(x), _as_float(y)
        return self.x**2 @ np.sin(self.y)

    def backward(self, upstream):
        """Return (dx, dy), of the shapes of x and y."""
        dx = 2 * self.x * upstream[:, None] * np.sin(self.y)
        dy = upstream @ self.x**2 * np.cos(self.y)
        return dx, dy


class WrongBlock(RightBlock):
    """RightBlock, but its gradient of y is 1.5 times too large: a relative error of 0.5 / 2.5 = 0.2."""

    def backward(self, upstream):
        """Return (dx, dy), dy wrong."""
        dx, dy = super().backward(upstream)
        return dx, 1.5 * dy


class QuadraticModel:
    """A model with the interface that `fit` expects: scores = x @ w + b, loss = ½ mean((scores - y)²).

    w: (D,) array, the start; copied. b starts at 0. x is (N, D), y is (N,), both of the array library of w.
    params, grads: dicts with the keys "w" (D,) and "b" (1,); `backward` assigns grads.
    training: True at first; `train()` and `eval()` switch it.
    log: list of (training, copy of x, copy of y), one entry per call of `loss`.
    """

    def __init__(self, w):
        w = w.copy() if hasattr(w, "get") else np.array(w, dtype=np.float64)  # what has `get` lives on a GPU
        self.params = {"w": w, "b": np.zeros_like(w[:1])}
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        self.training = True
        self.log = []

    def train(self):
        """Switch to training mode."""
        self.training = True

    def eval(self):
        """Switch to evaluation mode."""
        self.training = False

    def forward(self, x):
        """Return the (N,) scores."""
        return x @ self.params["w"] + self.params["b"]

    def loss(self, x, y):
        """Return the loss of the batch, a float; keep what `backward` needs."""
        self.log.append((self.training, x.copy(), y.copy()))
        self.x, self.error = x.copy(), self.forward(x) - y
        return float(np.mean(self.error**2) / 2)

    def backward(self):
        """Fill `grads` for the latest `loss`; return the gradient of x, (N, D)."""
        share = self.error / len(self.error)
        self.grads["w"] = self.x.T @ share
        self.grads["b"] = share.sum(axis=0, keepdims=True)
        return np.outer(share, self.params["w"])


class Stretch:
    """A block with parameters and modes: f(x) = w x + b x², entry by entry; half of that in evaluation mode.

    x, w and b: equal shapes, or w and b are rows that broadcast over the samples of x. w, b: copied.
    params, grads: dicts with the keys "w" and "b"; `backward` assigns grads. training: True at first.
    log: list of ("forward", training) and ("backward", training), in order.
    """

    def __init__(self, w, b):
        self.params = {"w": np.array(w, dtype=np.float64), "b": np.array(b, dtype=np.float64)}
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        self.training = True
        self.log = []

    def train(self):
        """Switch to training mode."""
        self.training = True

    def eval(self):
        """Switch to evaluation mode."""
        self.training = False

    def forward(self, x):
        """Return the output, a new array of the shape of x."""
        self.log.append(("forward", self.training))
        self.x, self.factor = np.array(x), 1.0 if self.training else 0.5
        return self.factor * (self.params["w"] * x + self.params["b"] * x**2)

    def backward(self, upstream):
        """Return the gradient of x; assign `grads`, sums over the samples."""
        self.log.append(("backward", self.training))
        share = self.factor * upstream
        self.grads["w"] = np.sum(share * self.x, axis=0)
        self.grads["b"] = np.sum(share * self.x**2, axis=0)
        return share * (self.params["w"] + 2 * self.params["b"] * self.x)


class PlainModel:
    """A QuadraticModel without modes: it has no `train`, no `eval` and no `training`.

    As with an MLP, each access to `params` makes a new dict of the same arrays: what is put into it is lost.
    """

    def __init__(self, w):
        self._inner = QuadraticModel(w)
        self.log = self._inner.log

    @property
    def params(self):
        """Dict with the keys "w" and "b"."""
        return dict(self._inner.params)

    @property
    def grads(self):
        """Dict with the keys of `params`."""
        return dict(self._inner.grads)

    def loss(self, x, y):
        """Return the loss of the batch, a float; keep what `backward` needs."""
        return self._inner.loss(x, y)

    def backward(self):
        """Fill `grads` for the latest `loss`; return the gradient of x."""
        return self._inner.backward()


class ScriptedStopping:
    """Early stopping that follows a script: it stops at a given call and says which call was the best.

    stop_at, best_at: the numbers of calls of `update`, from 1; stop_at may be None (never).
    log: list of (loss, copy of the parameters), one entry per call. best_params: a dict of copies, None before
    `best_at`.
    """

    def __init__(self, stop_at, best_at):
        self.stop_at, self.best_at = stop_at, best_at
        self.best_params = None
        self.log = []

    def update(self, loss, params):
        """Note both; return True from call `stop_at` on."""
        self.log.append((loss, {name: value.copy() for name, value in params.items()}))
        if len(self.log) == self.best_at:
            self.best_params = {name: value.copy() for name, value in params.items()}
        return self.stop_at is not None and len(self.log) >= self.stop_at


class RecordingOptimizer:
    """Plain gradient descent, w -= lr g in place, that logs what it was given.

    lr: the learning rate, writable.
    log: list of (lr, params, grads), one entry per step; dicts of copies made before the step.
    """

    def __init__(self, lr=0.1):
        self.lr = lr
        self.log = []

    def step(self, params, grads):
        """Move each parameter against its gradient, in place."""
        before = {name: value.copy() for name, value in params.items()}
        self.log.append((self.lr, before, {name: np.copy(grad) for name, grad in grads.items()}))
        for name, value in params.items():
            value -= self.lr * grads[name]


class Parameters:
    """Arrays for an optimizer to move, and a look at how it did that.

    arrays: dict of name → array, copied. The copies stay the same objects, whatever an optimizer does.
    """

    def __init__(self, arrays):
        self.arrays = {name: np.array(array) for name, array in arrays.items()}
        self.given = []  # the dicts of each step so far: an optimizer that kept an array may change it later

    def step(self, optimizer, *dicts):
        """Call optimizer.step(params, *dicts): dicts are grads, and hessians for Newton's method.

        params holds the arrays that grads names. Return a list of sentences about what must not happen: empty if
        all is well.
        """
        self.given.append(dicts)
        params, before = {name: array for name, array in self.arrays.items() if name in dicts[0]}, deepcopy(self.given)
        names = list(params)
        optimizer.step(params, *dicts)
        wrong = [
            f"params[{name!r}] is another array than before: write w -= …, not params[name] = w - …"
            for name in names
            if params.get(name) is not self.arrays[name]
        ]
        if list(params) != names:
            wrong.append("params has other names than before: keep what you remember in self")
        return wrong + self._changed(before)

    def _changed(self, before):
        """Say which dicts are not as in `before`: those of this step first, then those of earlier ones."""
        now = len(self.given)
        for number in range(now, 0, -1):
            same = [_same(old, new) for old, new in zip(before[number - 1], self.given[number - 1], strict=True)]
            if all(same):
                continue
            what = ("gradients", "Hessians")[same.index(False)]
            if number == now:
                return [f"the {what} were changed: write to the arrays of params only"]
            return [f"step {now} changed the {what} of step {number}: copy what you remember of an array"]
        return []

    def values(self):
        """Return a dict of copies: where the arrays are now."""
        return {name: array.copy() for name, array in self.arrays.items()}


def _same(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(_same, one, other))
    return np.array_equal(one, other)


class SmallerMaximum:
    """A wrong Maximum: it returns the smaller value, and gives both inputs the gradient. A test must not accept it."""

    def forward(self, x, y):
        """Return the smaller value, entry by entry."""
        return np.minimum(x, y)

    def backward(self, upstream):
        """Return upstream, twice."""
        return upstream.copy(), upstream.copy()


class UphillMomentum:
    """A wrong Momentum: it walks up instead of down, and forgets. A test of momentum must not accept it."""

    def __init__(self, lr, momentum=0.9, averaged=False, weight_decay=0.0):
        self.lr = lr

    def step(self, params, grads):
        """Move each parameter along its gradient, in place."""
        for name, value in params.items():
            value += self.lr * grads[name]


def fails(check, subject):
    """Return whether check(subject) raises AssertionError, as a test does that has found a mistake."""
    try:
        check(subject)
    except AssertionError:
        return True
    return False
