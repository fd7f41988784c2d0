"""Known wrong optimizers: changes to solutions/optimizers.py, the most telling first within each.

The list began with what students of public courses get wrong (bias corrections, eps inside the root, updates that
never reach the model, state shared by names or instances, L2 in the gradient for weight decay); the rest comes from
each formula. `LEFT_OUT` says why the other entries of that list are not here.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import Mistake

Edit = tuple[str, str]


def _row(question: str, name: str, sentence: str, *edits: Edit) -> Mistake:
    return Mistake(f"{question.replace('_', '-')}-{name}", question, sentence, edits)


# Lines of the reference that many rows change

_DECAY = "            w *= 1 - self.lr * self.weight_decay\n"
_STATE = "        self.state = {}  # name → what you want to remember for it\n"
_ZEROS = "self.state[name] = np.zeros_like(w)\n"
_LOOP = "        for name, w in params.items():\n"
_INIT = "    def __init__(self, lr"
_GRAD = "grads[name]"
_L2 = "(grads[name] + self.weight_decay * w)"

NAMES = {
    "sgd": "SGD",
    "momentum": "Momentum",
    "nesterov": "Nesterov",
    "adagrad": "Adagrad",
    "adadelta": "Adadelta",
    "rmsprop": "RMSProp",
    "adam": "Adam",
    "sparse_adam": "SparseAdam",
}
_MOVES = {
    "sgd": "            w -= self.lr * grads[name]\n",
    "momentum": "            w -= self.lr * v\n",
    "nesterov": "            w -= self.lr * (g + self.momentum * v)\n",
    "adagrad": "            w -= self.lr * g / (np.sqrt(s) + self.eps)\n",
    "adadelta": "            w -= self.lr * delta\n",
    "rmsprop": "            w -= self.lr * g / (np.sqrt(s) + self.eps)\n",
    "adam": "            w -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)\n",
    "sparse_adam": "            w[rows] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)\n",
}
_GRADIENTS: Mapping[str, Edit] = {
    # Where the gradient enters, with the decay added to it.
    "momentum": ("share * grads[name]", f"share * {_L2}"),
    "nesterov": ("g, v = grads[name],", f"g, v = {_L2},"),
    "adagrad": ("g, s = grads[name],", f"g, s = {_L2},"),
    "adadelta": ("g, (s, d) = grads[name],", f"g, (s, d) = {_L2},"),
    "rmsprop": ("g, s = grads[name],", f"g, s = {_L2},"),
    "adam": ("g, state = grads[name],", f"g, state = {_L2},"),
}

# Rows that every optimizer has


def _common(question: str) -> tuple[Mistake, ...]:
    """Up instead of down, updates that go nowhere, new arrays."""
    name, move = NAMES[question], _MOVES[question]
    first = move if question == "sparse_adam" else _DECAY
    return (
        _row(
            question,
            "uphill",
            f"Your {name} adds the step. The gradient points uphill, and the loss has to fall: subtract.",
            (move, move.replace(" -= ", " += ")),
        ),
        _row(
            question,
            "rebinds",
            f"Your {name} computes new arrays and gives them to a local name: the model's parameters never move. "
            "Update each array in place, `w -= …` or `w[...] = …`.",
            (first, f"            w = w.copy()\n{first}"),
        ),
        _row(
            question,
            "replaces",
            f"Your {name} puts new arrays into `params`. The model keeps its own reference to the old ones, and "
            "trains no more. Change the contents of the arrays: `w -= …` or `w[...] = …`.",
            (first, f"            params[name] = w = w.copy()\n{first}"),
        ),
    )


def _first_lr(question: str) -> Mistake:
    name, move = NAMES[question], _MOVES[question]
    return _row(
        question,
        "first-lr",
        f"Your {name} keeps the learning rate it was made with. A schedule sets `optimizer.lr` from outside: read "
        "self.lr in each step.",
        ("        self.lr = lr\n", "        self.lr = lr\n        self.made_with = lr\n"),
        (move, move.replace("self.lr", "self.made_with")),
    )


def _stateful(question: str) -> tuple[Mistake, ...]:
    """Memory in the wrong place."""
    name = NAMES[question]
    return (
        _row(
            question,
            "instances-share",
            f"All your {name} objects share one memory, because it is made once, on the class (or as a default "
            "argument). A second optimizer starts with what the first one remembers: make it in __init__, on self.",
            (_INIT, f"    state = {{}}\n\n{_INIT}"),
            (_STATE, ""),
        ),
    )


def _coupled(question: str) -> Mistake:
    """L2 in the gradient; in plain descent that and decoupled decay are one and the same."""
    return _row(
        question,
        "decay-in-the-gradient",
        f"Your {NAMES[question]} adds weight_decay · w to the gradient (L2 regularisation). There it goes through "
        "memory and scaling like any gradient. Decoupled decay shrinks the weights themselves, beside the step: "
        "w *= 1 - lr · weight_decay.",
        _GRADIENTS[question],
        (_DECAY, ""),
    )


def _decays(question: str) -> tuple[Mistake, ...]:
    """Weight decay gone wrong."""
    name = NAMES[question]
    return (
        _row(
            question,
            "decay-without-lr",
            f"Your {name} shrinks the weights by weight_decay alone. The learning rate belongs there too: "
            "w *= 1 - lr · weight_decay.",
            ("1 - self.lr * self.weight_decay", "1 - self.weight_decay"),
        ),
        _row(
            question,
            "decay-spares-biases",
            f"Your {name} decays weights and spares biases. That is the rule of the regularizers; the decay of an "
            "optimizer treats every parameter alike.",
            (_DECAY, _DECAY.replace("1 - self", '1 - (not name.startswith("b")) * self')),
        ),
    )


def _small(question: str, root: str, inside: str, outside: str) -> tuple[Mistake, ...]:
    """Where eps stands beside a root: ``root`` is the whole of it."""
    name = NAMES[question]
    return (
        _row(
            question,
            "eps-inside",
            f"Your {name} adds eps under the root. √(x + eps) and √x + eps differ where gradients are small: here eps "
            "is added after the root.",
            (root, inside),
        ),
        _row(
            question,
            "no-eps",
            f"Your {name} leaves eps out. A parameter whose gradients were all zero so far then divides 0 by 0, and "
            "stays NaN for ever.",
            (root, outside),
        ),
    )


SGD = (
    *_common("sgd"),
    *_decays("sgd"),
    _first_lr("sgd"),
    _row(
        "sgd",
        "decay-after",
        "Your SGD decays the weights after the step, so the step is shrunk as well. First w *= 1 - lr · weight_decay, "
        "then the step.",
        (_DECAY, ""),
        (_MOVES["sgd"], _MOVES["sgd"] + _DECAY),
    ),
    _row(
        "sgd",
        "no-decay",
        "Your SGD takes weight_decay and does not use it.",
        (_DECAY, ""),
    ),
    _row(
        "sgd",
        "changes-gradients",
        "Your SGD adds the decay into the gradient arrays that it was given. They belong to the model, which may still "
        "need them: compute a new array, or decay the weights instead.",
        (_DECAY, "            g = grads[name]\n            g += self.weight_decay * w\n"),
    ),
    _row(
        "sgd",
        "float64",
        "Your SGD answers float32 parameters with float64 arrays. Update the arrays in place and they stay what they "
        "are.",
        (_DECAY, "            params[name] = w = w.astype(np.float64)\n" + _DECAY),
    ),
    _row(
        "sgd",
        "normalised",
        "Your SGD divides the gradient by its length, so every step is equally long. Plain descent takes the gradient "
        "as it is: small where the surface is flat.",
        ("self.lr * grads[name]", "self.lr * grads[name] / np.linalg.norm(grads[name])"),
    ),
)

_V = "            v *= self.momentum\n            v += share * grads[name]\n"
MOMENTUM = (
    *_common("momentum"),
    *_stateful("momentum"),
    _coupled("momentum"),
    *_decays("momentum"),
    _first_lr("momentum"),
    _row(
        "momentum",
        "stateless",
        "Your Momentum begins each step with a velocity of zero, so it is plain descent. Keep v between steps, in "
        "self.state[name].",
        ("            if name not in self.state:\n                " + _ZEROS, "            " + _ZEROS),
    ),
    _row(
        "momentum",
        "always-averaged",
        "Your Momentum multiplies the gradient by 1 - momentum even if averaged is False: its steps are ten times too "
        "small for momentum 0.9. The plain form adds the whole gradient: v ← μ v + g.",
        ("1 - self.momentum if self.averaged else 1", "1 - self.momentum"),
    ),
    _row(
        "momentum",
        "never-averaged",
        "Your Momentum takes `averaged` and does not use it. Averaged, it is v ← μ v + (1 - μ) g.",
        ("1 - self.momentum if self.averaged else 1", "1"),
    ),
    _row(
        "momentum",
        "roots",
        "Your Momentum has the roots of the lecture slide, v ← √μ v + √(1 - μ) g. The course's form is v ← μ v + g.",
        ("share = 1 - self.momentum if self.averaged else 1", "share = np.sqrt(1 - self.momentum)"),
        ("v *= self.momentum", "v *= np.sqrt(self.momentum)"),
    ),
    _row(
        "momentum",
        "lr-in-velocity",
        "Your Momentum keeps lr · g in its velocity. As long as lr stays that is the same; after a change, old "
        "gradients still count with the old rate. Keep v free of lr, and multiply the finished direction.",
        ("v += share * grads[name]", "v += self.lr * share * grads[name]"),
        ("w -= self.lr * v", "w -= v"),
    ),
    _row(
        "momentum",
        "old-velocity",
        "Your Momentum moves first and updates the velocity afterwards, so each gradient counts one step too late. "
        "First v, then w.",
        (_V, ""),
        (_MOVES["momentum"], _MOVES["momentum"] + _V),
    ),
    _row(
        "momentum",
        "first-gradient-twice",
        "Your Momentum begins with the first gradient as its velocity and then adds that gradient again: the first "
        "step is 1.9 instead of 1 times it. Begin with zeros.",
        (_ZEROS, "self.state[name] = grads[name].copy()\n"),
    ),
    _row(
        "momentum",
        "names-share",
        "Your Momentum has one velocity for all parameters. Each name needs its own.",
        ("            if name not in self.state:\n", '            if "v" not in self.state:\n'),
        (_ZEROS, 'self.state["v"] = np.zeros_like(w)\n'),
        ("v = self.state[name]", 'v = self.state["v"]'),
    ),
    _row(
        "momentum",
        "always-nine-tenths",
        "Your Momentum has 0.9 in its formula. Use self.momentum.",
        ("v *= self.momentum", "v *= 0.9"),
    ),
    _row(
        "momentum",
        "velocity-is-gradient",
        "Your Momentum uses the first gradient's own array as its velocity, and the next lines change it in place. "
        "Copy it, or begin with zeros.",
        (_ZEROS, "self.state[name] = grads[name]\n"),
    ),
    _row(
        "momentum",
        "changes-gradients",
        "Your Momentum computes its velocity in the gradient array that it was given. That is the model's: compute a "
        "new array.",
        (
            _V,
            "            g = grads[name]\n            g *= share\n            g += self.momentum * v\n"
            "            v[...] = g\n",
        ),
    ),
    _row(
        "momentum",
        "float64",
        "Your Momentum answers float32 parameters with float64 arrays. Update the arrays in place and they stay what "
        "they are.",
        (_DECAY, "            params[name] = w = w.astype(np.float64)\n" + _DECAY),
    ),
)

NESTEROV = (
    *_common("nesterov"),
    *_stateful("nesterov"),
    _coupled("nesterov"),
    _row(
        "nesterov",
        "plain",
        "Your Nesterov is plain momentum: w -= lr v. (g + μ v with the old v is the same as the new v.) Look one step "
        "ahead, with the new velocity: w -= lr (g + μ v).",
        ("(g + self.momentum * v)", "v"),
    ),
    _row(
        "nesterov",
        "no-factor",
        "Your Nesterov adds the velocity whole: g + v. It decays once more on the way: g + μ v.",
        ("(g + self.momentum * v)", "(g + v)"),
    ),
    _row(
        "nesterov",
        "ahead-only",
        "Your Nesterov moves by μ v and leaves the gradient out. The step is g + μ v.",
        ("(g + self.momentum * v)", "self.momentum * v"),
    ),
    _row(
        "nesterov",
        "stateless",
        "Your Nesterov begins each step with a velocity of zero. Keep v between steps, in self.state[name].",
        ("            if name not in self.state:\n                " + _ZEROS, "            " + _ZEROS),
    ),
    _row(
        "nesterov",
        "averaged",
        "Your Nesterov averages: v ← μ v + (1 - μ) g. Here the whole gradient is added: v ← μ v + g.",
        ("            v += g\n", "            v += (1 - self.momentum) * g\n"),
    ),
    _row(
        "nesterov",
        "lr-in-velocity",
        "Your Nesterov keeps lr · g in its velocity. After a change of lr, old gradients still count with the old "
        "rate. Keep v free of lr, and multiply the finished direction.",
        ("            v += g\n", "            v += self.lr * g\n"),
        ("self.lr * (g + self.momentum * v)", "(self.lr * g + self.momentum * v)"),
    ),
    _row(
        "nesterov",
        "always-nine-tenths",
        "Your Nesterov has 0.9 in its formula. Use self.momentum.",
        ("v *= self.momentum", "v *= 0.9"),
        ("(g + self.momentum * v)", "(g + 0.9 * v)"),
    ),
    _row(
        "nesterov",
        "changes-gradients",
        "Your Nesterov adds μ v into the gradient arrays that it was given. Compute a new array.",
        (_MOVES["nesterov"], "            g += self.momentum * v\n            w -= self.lr * g\n"),
    ),
)

_S = "            s += g**2\n"
ADAGRAD = (
    *_common("adagrad"),
    *_stateful("adagrad"),
    _coupled("adagrad"),
    _row(
        "adagrad",
        "no-root",
        "Your Adagrad divides by the sum of squares itself. Take its root: s is in units of g², and the step should "
        "not depend on the scale of g.",
        ("np.sqrt(s)", "s"),
    ),
    _row(
        "adagrad",
        "not-squared",
        "Your Adagrad sums |g| and takes the root of that. Sum the squares: then a gradient of any size makes a first "
        "step of lr.",
        (_S, "            s += np.abs(g)\n"),
    ),
    _row(
        "adagrad",
        "one-for-all",
        "Your Adagrad has one number for a whole parameter, the squared length of its gradient. Every entry has its "
        "own sum: g**2, not np.sum(g**2).",
        (_S, "            s += np.sum(g**2)\n"),
    ),
    _row(
        "adagrad",
        "forgets",
        "Your Adagrad divides by the last gradient only. It never forgets: s grows by g² in every step.",
        (_S, "            s[...] = g**2\n"),
    ),
    _row(
        "adagrad",
        "squares-the-sum",
        "Your Adagrad sums the gradients and squares the sum, so gradients of opposite signs cancel. Square first, "
        "then sum.",
        (_S, "            s += g\n"),
        ("np.sqrt(s)", "np.abs(s)"),
    ),
    _row(
        "adagrad",
        "too-late",
        "Your Adagrad updates its sum after the step: the first step divides by eps alone, and is huge. First s, then "
        "w.",
        (_S, ""),
        (_MOVES["adagrad"], _MOVES["adagrad"] + _S),
    ),
    *_small("adagrad", "np.sqrt(s) + self.eps", "np.sqrt(s + self.eps)", "np.sqrt(s)"),
)

_D = "            d *= self.rho\n            d += (1 - self.rho) * delta**2\n"
_DELTA = "            delta = np.sqrt(d + self.eps) / np.sqrt(s + self.eps) * g\n"
ADADELTA = (
    *_common("adadelta"),
    *_stateful("adadelta"),
    _coupled("adadelta"),
    _row(
        "adadelta",
        "no-numerator",
        "Your Adadelta is RMSProp: the root of d, the running mean of squared steps, is missing above. It gives the "
        "step the units of w.",
        ("np.sqrt(d + self.eps) / np.sqrt(s + self.eps) * g", "g / np.sqrt(s + self.eps)"),
    ),
    _row(
        "adadelta",
        "numerator-fixed",
        "Your Adadelta never updates d, the running mean of squared steps: its steps stay as small as the first one.",
        (_D, ""),
    ),
    _row(
        "adadelta",
        "mean-of-moves",
        "Your Adadelta averages the squares of lr · δ. The memory holds δ without lr: with another rate, or one that "
        "changes, the steps differ.",
        ("delta**2", "(self.lr * delta) ** 2"),
    ),
    _row(
        "adadelta",
        "mean-of-gradients",
        "Your Adadelta averages g² in both places, so the roots cancel. d is the running mean of δ².",
        ("delta**2", "g**2"),
    ),
    _row(
        "adadelta",
        "rho-swapped",
        "Your Adadelta has rho and 1 - rho the wrong way round: it forgets nearly all in every step. The old value is "
        "kept by rho.",
        ("s *= self.rho\n            s += (1 - self.rho)", "s *= 1 - self.rho\n            s += self.rho"),
        ("d *= self.rho\n            d += (1 - self.rho)", "d *= 1 - self.rho\n            d += self.rho"),
    ),
    _row(
        "adadelta",
        "eps-outside",
        "Your Adadelta adds eps outside the roots. Here both stand inside, √(d + eps) / √(s + eps): the first step is "
        "√eps / √(s + eps) · g.",
        ("np.sqrt(d + self.eps) / np.sqrt(s + self.eps)", "(np.sqrt(d) + self.eps) / (np.sqrt(s) + self.eps)"),
    ),
    _row(
        "adadelta",
        "eps-above-only",
        "Your Adadelta has eps only above. Under s it is missing, and a gradient that is zero from the start divides "
        "0 by 0.",
        ("np.sqrt(s + self.eps)", "np.sqrt(s)"),
    ),
    _row(
        "adadelta",
        "no-roots",
        "Your Adadelta divides the mean squares without taking roots. √(d + eps) / √(s + eps) is the ratio of sizes.",
        ("np.sqrt(d + self.eps) / np.sqrt(s + self.eps)", "(d + self.eps) / (s + self.eps)"),
    ),
    _row(
        "adadelta",
        "one-for-all",
        "Your Adadelta sums the squares over a whole parameter. Every entry has its own means.",
        ("(1 - self.rho) * g**2", "(1 - self.rho) * np.sum(g**2)"),
    ),
    _row(
        "adadelta",
        "always-nine-tenths",
        "Your Adadelta has 0.9 in its formula. Use self.rho.",
        ("s *= self.rho\n            s += (1 - self.rho)", "s *= 0.9\n            s += 0.1"),
        ("d *= self.rho\n            d += (1 - self.rho)", "d *= 0.9\n            d += 0.1"),
    ),
    _row(
        "adadelta",
        "own-eps",
        "Your Adadelta uses an eps of its own. Take self.eps: whoever makes the optimizer chooses it.",
        ("np.sqrt(d + self.eps) / np.sqrt(s + self.eps)", "np.sqrt(d + 1e-6) / np.sqrt(s + 1e-6)"),
    ),
)

_MEAN = "            s *= self.rho\n            s += (1 - self.rho) * g**2\n"
RMSPROP = (
    *_common("rmsprop"),
    *_stateful("rmsprop"),
    _coupled("rmsprop"),
    _row(
        "rmsprop",
        "rho-swapped",
        "Your RMSProp has rho and 1 - rho the wrong way round: it forgets nearly all in every step (the first is 1.054 "
        "lr, not 3.162 lr). The old value is kept by rho.",
        (_MEAN, "            s *= 1 - self.rho\n            s += self.rho * g**2\n"),
    ),
    _row(
        "rmsprop",
        "whole-square",
        "Your RMSProp adds the whole g²: the factor 1 - rho is missing, and s is a sum, not a mean.",
        ("s += (1 - self.rho) * g**2", "s += g**2"),
    ),
    _row(
        "rmsprop",
        "no-root",
        "Your RMSProp divides by the mean square itself. Take its root: the step should not depend on the scale of g.",
        ("np.sqrt(s)", "s"),
    ),
    _row(
        "rmsprop",
        "not-squared",
        "Your RMSProp averages |g| and takes the root of that. Average the squares.",
        ("g**2", "np.abs(g)"),
    ),
    _row(
        "rmsprop",
        "one-for-all",
        "Your RMSProp has one number for a whole parameter. Every entry has its own mean: g**2, not np.sum(g**2).",
        ("g**2", "np.sum(g**2)"),
    ),
    _row(
        "rmsprop",
        "corrected",
        "Your RMSProp corrects the bias of its mean as Adam does: its first step is lr. Here s begins at 0 and stays "
        "uncorrected, so the first steps are longer.",
        (_ZEROS, "self.state[name] = np.zeros_like(w)\n                self.state[name, 0] = 0\n"),
        (
            _MOVES["rmsprop"],
            "            self.state[name, 0] += 1\n"
            + _MOVES["rmsprop"].replace("np.sqrt(s)", "np.sqrt(s / (1 - self.rho ** self.state[name, 0]))"),
        ),
    ),
    _row(
        "rmsprop",
        "begins-with-square",
        "Your RMSProp begins with g² of the first step instead of zeros, so that its first steps are too short.",
        (_ZEROS, "self.state[name] = grads[name] ** 2\n"),
    ),
    _row(
        "rmsprop",
        "too-late",
        "Your RMSProp updates its mean after the step: the first step divides by eps alone, and is huge. First s, then "
        "w.",
        (_MEAN, ""),
        (_MOVES["rmsprop"], _MOVES["rmsprop"] + _MEAN),
    ),
    _row(
        "rmsprop",
        "always-nine-tenths",
        "Your RMSProp has 0.9 in its formula. Use self.rho.",
        (_MEAN, "            s *= 0.9\n            s += 0.1 * g**2\n"),
    ),
    *_small("rmsprop", "np.sqrt(s) + self.eps", "np.sqrt(s + self.eps)", "np.sqrt(s)"),
)

_M_HAT = 'm_hat = state["m"] / (1 - self.beta1 ** state["t"])'
_V_HAT = 'v_hat = state["v"] / (1 - self.beta2 ** state["t"])'
_M_NEW = 'state["m"] = self.beta1 * state["m"] + (1 - self.beta1) * g\n'
_V_NEW = 'state["v"] = self.beta2 * state["v"] + (1 - self.beta2) * g**2'
_T = '            state["t"] += 1\n'
ADAM = (
    *_common("adam"),
    *_stateful("adam"),
    _coupled("adam"),
    *_decays("adam"),
    _first_lr("adam"),
    _row(
        "adam",
        "no-correction",
        "Your Adam does not correct the bias of m and v. Both begin at 0 and are too small at first: the first step is "
        "3.16 lr instead of lr. Divide by 1 - β₁ᵗ and 1 - β₂ᵗ.",
        (_M_HAT, 'm_hat = state["m"]'),
        (_V_HAT, 'v_hat = state["v"]'),
    ),
    _row(
        "adam",
        "t-from-zero",
        "Your Adam counts its steps from 0: 1 - β⁰ is 0, and the first step divides by it. t is 1 in the first step.",
        (_T, ""),
        (_MOVES["adam"], _MOVES["adam"] + _T),
    ),
    _row(
        "adam",
        "t-too-large",
        "Your Adam counts one step too many: t is 1 in the first step, not 2.",
        ('"t": 0}', '"t": 1}'),
    ),
    _row(
        "adam",
        "no-power",
        "Your Adam divides by 1 - β in every step. The bias fades: divide by 1 - βᵗ.",
        (_M_HAT, 'm_hat = state["m"] / (1 - self.beta1)'),
        (_V_HAT, 'v_hat = state["v"] / (1 - self.beta2)'),
    ),
    _row(
        "adam",
        "stores-corrected",
        "Your Adam stores the corrected m̂ and v̂ and goes on from them, so that the correction is applied again and "
        "again. Keep m and v as they are; correct copies.",
        (_M_HAT, _M_HAT.replace("m_hat =", 'm_hat = state["m"] =')),
        (_V_HAT, _V_HAT.replace("v_hat =", 'v_hat = state["v"] =')),
    ),
    _row(
        "adam",
        "one-corrected",
        "Your Adam corrects m and leaves v as it is. Both begin at 0: correct both.",
        (_V_HAT, 'v_hat = state["v"]'),
    ),
    _row(
        "adam",
        "betas-swapped",
        "Your Adam has β₁ and β₂ the wrong way round. β₁ (0.9) is for the mean m, β₂ (0.999) for the squares v.",
        (_M_NEW, _M_NEW.replace("beta1", "beta2")),
        (_V_NEW, _V_NEW.replace("beta2", "beta1")),
        (_M_HAT, _M_HAT.replace("beta1", "beta2")),
        (_V_HAT, _V_HAT.replace("beta2", "beta1")),
    ),
    _row(
        "adam",
        "t-per-optimizer",
        "Your Adam has one step count for all parameters. A parameter that joins later starts with a large t and "
        "misses its correction: count for each name.",
        (
            _T,
            '            self.t = getattr(self, "t", 0) + (name == next(iter(params)))\n'
            '            state["t"] = self.t\n',
        ),
    ),
    _row(
        "adam",
        "t-per-parameter",
        "Your Adam counts a step for every parameter in the loop, so with two parameters t grows by two. Count for "
        "each name.",
        (_T, '            self.t = getattr(self, "t", 0) + 1\n            state["t"] = self.t\n'),
    ),
    _row(
        "adam",
        "no-root",
        "Your Adam divides by v̂ itself. Take its root: the step should not depend on the scale of g.",
        ("np.sqrt(v_hat)", "v_hat"),
    ),
    _row(
        "adam",
        "not-squared",
        "Your Adam averages |g| in v. It is the mean of the squares, g².",
        ("g**2", "np.abs(g)"),
    ),
    _row(
        "adam",
        "squares-the-mean",
        "Your Adam takes the square of m for v. v averages the squares of the gradients themselves.",
        ("* g**2", '* state["m"] ** 2'),
    ),
    _row(
        "adam",
        "one-for-all",
        "Your Adam has one v for a whole parameter. Every entry has its own mean: g**2, not np.sum(g**2).",
        ("g**2", "np.sum(g**2)"),
    ),
    _row(
        "adam",
        "whole-gradient",
        "Your Adam adds the whole g and g²: the factors 1 - β₁ and 1 - β₂ are missing.",
        ("(1 - self.beta1) * g\n", "g\n"),
        ("(1 - self.beta2) * g**2", "g**2"),
    ),
    _row(
        "adam",
        "largest-square",
        "Your Adam divides by the largest v̂ so far (AMSGrad). Adam divides by the v̂ of this step.",
        (
            _MOVES["adam"],
            '            state["max"] = v_hat = np.maximum(state.get("max", 0.0), v_hat)\n' + _MOVES["adam"],
        ),
    ),
    _row(
        "adam",
        "own-betas",
        "Your Adam has 0.9 and 0.999 in its formulas. Use self.beta1 and self.beta2.",
        (_M_NEW, _M_NEW.replace("self.beta1", "0.9")),
        (_V_NEW, _V_NEW.replace("self.beta2", "0.999")),
        (_M_HAT, _M_HAT.replace("self.beta1", "0.9")),
        (_V_HAT, _V_HAT.replace("self.beta2", "0.999")),
    ),
    _row(
        "adam",
        "eps-before-correction",
        "Your Adam adds eps to √v before the correction (the paper's faster form, eps-hat). There eps counts for more "
        "in the first steps: correct v first, then take the root, then add eps.",
        (
            "m_hat / (np.sqrt(v_hat) + self.eps)",
            'm_hat * np.sqrt(1 - self.beta2 ** state["t"]) / (np.sqrt(state["v"]) + self.eps)',
        ),
    ),
    _row(
        "adam",
        "own-eps",
        "Your Adam uses an eps of its own. Take self.eps: whoever makes the optimizer chooses it.",
        ("self.eps)", "1e-8)"),
    ),
    *_small("adam", "np.sqrt(v_hat) + self.eps", "np.sqrt(v_hat + self.eps)", "np.sqrt(v_hat)"),
    _row(
        "adam",
        "changes-gradients",
        "Your Adam squares the gradient arrays in place (`g *= g`, `g **= 2`). They are the model's: compute a new "
        "array.",
        (_V_NEW, f"{_V_NEW}\n            g *= g"),
    ),
)

_ROWS_T = '            state["t"] += 1\n'
_SUMS = "np.add.at(sums, place, values)  # sums[place] += values would keep only one of several"
_MOVE_ROWS = _MOVES["sparse_adam"]
_ROWS_M = 'm = self.beta1 * state["m"][rows] + (1 - self.beta1) * g'
_ROWS_V = 'v = self.beta2 * state["v"][rows] + (1 - self.beta2) * g**2'
SPARSE_ADAM = (
    *_common("sparse_adam"),
    *_stateful("sparse_adam"),
    _first_lr("sparse_adam"),
    _row(
        "sparse_adam",
        "moves-all-rows",
        "Your SparseAdam fills the missing rows with zeros and takes a step of Adam: rows without a gradient still "
        "move by their memory, and all of the table is touched. Update w[rows] only.",
        (
            "            rows, g = self.rows_and_sums(grads[name])\n",
            "            some, values = self.rows_and_sums(grads[name])\n"
            "            rows, g = ..., np.zeros_like(w)\n            g[some] = values\n",
        ),
    ),
    _row(
        "sparse_adam",
        "memory-of-all-rows",
        "Your SparseAdam lets the m and v of every row fade, also of rows that were given no gradient. They wait as "
        "they are until their row comes again.",
        (
            f"            {_ROWS_M}\n",
            '            before = state["m"][rows], state["v"][rows]\n'
            '            state["m"] *= self.beta1\n            state["v"] *= self.beta2\n'
            "            m = self.beta1 * before[0] + (1 - self.beta1) * g\n",
        ),
        (_ROWS_V, "v = self.beta2 * before[1] + (1 - self.beta2) * g**2"),
    ),
    _row(
        "sparse_adam",
        "last-of-several",
        "Where a row occurs several times, your SparseAdam keeps only the last of its values: `sums[place] += values` "
        "writes each place once. Use np.add.at.",
        (_SUMS, "sums[place] += values"),
    ),
    _row(
        "sparse_adam",
        "first-of-several",
        "Where a row occurs several times, your SparseAdam takes the first of its values. They are summed.",
        ("unique, place = np.unique(rows, return_inverse=True)", "unique, place = np.unique(rows, return_index=True)"),
        (_SUMS, "sums += values[place]"),
    ),
    _row(
        "sparse_adam",
        "mean-of-several",
        "Where a row occurs several times, your SparseAdam takes the mean of its values. Gradients add where a value "
        "is used several times: sum them.",
        (_SUMS, "np.add.at(sums, place, values)\n        sums /= np.bincount(place)[:, None]"),
    ),
    _row(
        "sparse_adam",
        "squares-each",
        "Where a row occurs several times, your SparseAdam squares each value and sums the squares for v. First the "
        "sum, then its square.",
        (
            "rows, g = self.rows_and_sums(grads[name])",
            "rows, g = self.rows_and_sums(grads[name])\n"
            "            squares = g**2\n"
            "            if isinstance(grads[name], tuple):\n"
            "                squares = self.rows_and_sums((grads[name][0], grads[name][1] ** 2))[1]",
        ),
        ("(1 - self.beta2) * g**2", "(1 - self.beta2) * squares"),
    ),
    _row(
        "sparse_adam",
        "unsorted",
        "Your SparseAdam sorts the rows and leaves the values in their old order: rows get each other's gradients.",
        (_SUMS, "sums[...] = values[: len(unique)]"),
    ),
    _row(
        "sparse_adam",
        "t-per-row",
        "Your SparseAdam counts the steps of each row by itself. t counts the steps of the name: all rows of a step "
        "are corrected alike.",
        (
            _ROWS_T + "            rows, g = self.rows_and_sums(grads[name])\n",
            "            rows, g = self.rows_and_sums(grads[name])\n"
            '            state.setdefault("count", np.zeros_like(w))[rows] += 1\n'
            '            state["t"] = state["count"][rows]\n',
        ),
    ),
    _row(
        "sparse_adam",
        "t-per-parameter",
        "Your SparseAdam has one step count for all parameters. Count for each name.",
        (_ROWS_T, '            self.t = getattr(self, "t", 0) + 1\n            state["t"] = self.t\n'),
    ),
    _row(
        "sparse_adam",
        "no-correction",
        "Your SparseAdam does not correct the bias of m and v. Divide by 1 - β₁ᵗ and 1 - β₂ᵗ.",
        ('m_hat = m / (1 - self.beta1 ** state["t"])', "m_hat = m"),
        ('v_hat = v / (1 - self.beta2 ** state["t"])', "v_hat = v"),
    ),
    _row(
        "sparse_adam",
        "writes-a-copy",
        "Your SparseAdam takes the rows out of w and changes those: `w[rows]` is a copy, and w keeps its values. "
        "Write w[rows] -= … in one statement.",
        (
            _MOVE_ROWS,
            "            taken = w[rows] if isinstance(grads[name], tuple) else w\n"
            + _MOVE_ROWS.replace("w[rows]", "taken"),
        ),
    ),
    *_small("sparse_adam", "np.sqrt(v_hat) + self.eps", "np.sqrt(v_hat + self.eps)", "np.sqrt(v_hat)"),
    _row(
        "sparse_adam",
        "changes-gradients",
        "Your SparseAdam sums repeated rows in the arrays that it was given. They are the model's: sum in a new array.",
        (
            "        rows, values = gradient\n",
            "        rows, values = gradient\n"
            "        for row in np.unique(rows):\n"
            "            values[rows == row] = values[rows == row].sum(axis=0) / np.sum(rows == row)\n",
        ),
    ),
)

_HESSIAN = "hessian = hessians[name] + self.damping * np.eye(w.size)"
_SOLVE = "direction = np.linalg.solve(hessian, grads[name].ravel())"
_NEWTON_MOVE = "            w -= self.lr * direction.reshape(w.shape)\n"
NEWTON = (
    _row(
        "newton",
        "diagonal",
        "Your Newton divides each gradient entry by its own second derivative, the diagonal of H. That is right only "
        "for a valley along the axes: solve H p = g.",
        (_SOLVE, "direction = grads[name].ravel() / np.diag(hessian)"),
    ),
    _row(
        "newton",
        "multiplies",
        "Your Newton multiplies by H. It is its inverse that counts: solve H p = g.",
        (_SOLVE, "direction = hessian @ grads[name].ravel()"),
    ),
    _row(
        "newton",
        "inverts-entries",
        "Your Newton multiplies by 1 / H, entry by entry. The inverse of a matrix is something else: solve H p = g.",
        (_SOLVE, "direction = (1 / hessian) @ grads[name].ravel()"),
    ),
    _row(
        "newton",
        "uphill",
        "Your Newton adds the step. w -= lr H⁻¹g: where g points up, w goes down.",
        (_NEWTON_MOVE, _NEWTON_MOVE.replace("-=", "+=")),
    ),
    _row(
        "newton",
        "avoids-saddles",
        "Your Newton takes the size of each eigenvalue of H and so turns away from saddle points. Newton's method goes "
        "to any point where the gradient is zero: take H as it is.",
        (
            _HESSIAN,
            "sizes, turned = np.linalg.eigh(hessians[name])\n"
            "            hessian = (turned * np.abs(sizes)) @ turned.T + self.damping * np.eye(w.size)",
        ),
    ),
    _row(
        "newton",
        "no-lr",
        "Your Newton takes lr and does not use it. Its steps are lr H⁻¹g.",
        ("self.lr * direction", "direction"),
    ),
    _row(
        "newton",
        "no-damping",
        "Your Newton takes damping and does not use it. Add it to the diagonal of H.",
        (" + self.damping * np.eye(w.size)", ""),
    ),
    _row(
        "newton",
        "damps-everywhere",
        "Your Newton adds damping to every entry of H. It belongs to the diagonal alone: damping · I.",
        ("self.damping * np.eye(w.size)", "self.damping"),
    ),
    _row(
        "newton",
        "damping-subtracted",
        "Your Newton subtracts damping from the diagonal, which makes a flat valley flatter. Add it.",
        ("hessians[name] + self", "hessians[name] - self"),
    ),
    _row(
        "newton",
        "fortran-order",
        "Your Newton takes the entries of a matrix column by column. The rows and columns of H stand in C order, row "
        "by row: ravel() and reshape() do that.",
        (_SOLVE, 'direction = np.linalg.solve(hessian, grads[name].ravel(order="F"))'),
        ("direction.reshape(w.shape)", 'direction.reshape(w.shape, order="F")'),
    ),
    _row(
        "newton",
        "changes-hessian",
        "Your Newton adds the damping into the Hessian that it was given: the next step would damp twice. Make a new "
        "matrix.",
        (_HESSIAN, "hessian = hessians[name]\n            hessian += self.damping * np.eye(w.size)"),
    ),
    _row(
        "newton",
        "replaces",
        "Your Newton puts new arrays into `params`. The model keeps the old ones. Change the contents: `w -= …`.",
        (_NEWTON_MOVE, "            params[name] = w - self.lr * direction.reshape(w.shape)\n"),
    ),
    _row(
        "newton",
        "rebinds",
        "Your Newton computes new arrays and gives them to a local name: the parameters never move. Update each array "
        "in place.",
        (_NEWTON_MOVE, "            w = w - self.lr * direction.reshape(w.shape)\n"),
    ),
)

_PLACE = 'params = {"w": np.array(start, dtype=np.float64)}'
_AFTER = '        path.append(params["w"].copy())\n'
_STEP = 'optimizer.step(params, {"w": gradient(params["w"].copy())})'
DESCEND = (
    _row(
        "descend",
        "one-array",
        "All rows of your path are the last place: the path holds the same array many times, and the optimizer changes "
        "it in place. Keep a copy of each place.",
        ('path = [params["w"].copy()]', 'path = [params["w"]]'),
        (_AFTER, '        path.append(params["w"])\n'),
    ),
    _row(
        "descend",
        "no-start",
        "The start is missing from your path. It has steps + 1 rows: where it begins, and the place after each step.",
        ('path = [params["w"].copy()]', "path = []"),
    ),
    _row(
        "descend",
        "no-end",
        "The last place is missing from your path: each place is noted before its step. It has steps + 1 rows.",
        ('    path = [params["w"].copy()]\n', "    path = []\n"),
        (f"        {_STEP}\n{_AFTER}", f"{_AFTER}        {_STEP}\n"),
    ),
    _row(
        "descend",
        "end-only",
        "Your descend returns where it ends. The whole path is asked for, a row for each place.",
        ("return np.array(path)", "return path[-1]"),
    ),
    _row(
        "descend",
        "same-gradient",
        "Your descend uses the gradient at the start in every step. Ask for it again at each new place.",
        ("    for _ in range(steps):\n", '    first = gradient(params["w"].copy())\n    for _ in range(steps):\n'),
        (_STEP, 'optimizer.step(params, {"w": first.copy()})'),
    ),
    _row(
        "descend",
        "own-steps",
        "Your descend computes w - lr g by itself. Let the optimizer step: with another optimizer the path is another.",
        (_STEP, 'params["w"] -= optimizer.lr * gradient(params["w"].copy())'),
    ),
    _row(
        "descend",
        "uphill",
        "Your descend hands the negative gradient to the optimizer, which subtracts it already: it goes up.",
        ('{"w": gradient(params["w"].copy())}', '{"w": -gradient(params["w"].copy())}'),
    ),
    _row(
        "descend",
        "one-step-more",
        "Your descend takes one step too many. It has steps + 1 places, but steps steps.",
        ("range(steps)", "range(steps + 1)"),
    ),
    _row(
        "descend",
        "moves-start",
        "Your descend lets the optimizer change `start` itself, and the caller's start is gone. Begin with a copy.",
        (_PLACE, 'params = {"w": start}'),
    ),
)

OPTIMIZERS: tuple[Mistake, ...] = (
    *SGD,
    *MOMENTUM,
    *NESTEROV,
    *ADAGRAD,
    *ADADELTA,
    *RMSPROP,
    *ADAM,
    *SPARSE_ADAM,
    *NEWTON,
    *DESCEND,
)

LEFT_OUT = {
    "state shared between parameters, in optimizers other than Momentum": "momentum-names-share stands for it; one "
    "memory for arrays of different shapes raises in each of them",
    "velocity aliases an earlier gradient": "arrays cross the wire anew in each call, so hidden items see it where one "
    "call changes the gradient (momentum-velocity-is-gradient); public tests keep theirs in one process, and see "
    "the rest",
    "state kept by id(array)": "arrays are new in each call and ids come again: such code fails at random steps, and "
    "no row can reproduce that",
    "Nesterov with the old velocity": "g + μ v with the old v is the new v: nesterov-plain",
    "AdamW in plain descent": "decoupled decay and L2 in the gradient are the same there",
    "float32 state in float64 and back": "right within the tolerance: accepted",
    "decay sign": "as wrong as no decay, and rarer: sgd-no-decay stands for it",
    "decay after the step, decay ignored, beyond SGD": "rows of SGD stand for them",
    "decay without lr, biases spared, the first lr for ever, beyond SGD, Momentum and Adam": "rows of these stand for "
    "them",
    "0.9 or 1e-8 in the formula": "rows of one or two optimizers stand for them",
}
"""Known mistakes that have no row here, and why."""
