"""Optimizers in another style: each finds a direction, and SGD applies it."""

import numpy as np


class SGD:
    def __init__(self, lr, weight_decay=0.0):
        self.lr = lr
        self.weight_decay = weight_decay

    def step(self, params, grads):
        for name in params:
            params[name][...] = params[name] - self.lr * (grads[name] + self.weight_decay * params[name])


class _Directed:
    """Applies `direction(name, gradient)` of a subclass through SGD."""

    def __init__(self, lr, weight_decay):
        self.lr = lr
        self.apply = SGD(lr, weight_decay=weight_decay)
        self.memory = {}

    def step(self, params, grads):
        directions = {name: self.direction(name, grads[name]) for name in params}
        self.apply.lr = self.lr
        self.apply.step(params, directions)


class Momentum(_Directed):
    def __init__(self, lr, momentum=0.9, averaged=False, weight_decay=0.0):
        super().__init__(lr, weight_decay)
        self.momentum = momentum
        self.averaged = averaged

    def direction(self, name, gradient):
        share = 1 - self.momentum if self.averaged else 1.0
        self.memory[name] = self.momentum * self.memory.get(name, 0.0) + share * gradient
        return self.memory[name]


class Nesterov:
    """Plain descent and a momentum step of μ times the rate, one after the other."""

    def __init__(self, lr, momentum=0.9, weight_decay=0.0):
        self.lr = lr
        self.momentum = momentum
        self.plain = SGD(lr, weight_decay=weight_decay)
        self.heavy = Momentum(lr * momentum, momentum=momentum)

    def step(self, params, grads):
        self.plain.lr = self.lr
        self.heavy.lr = self.lr * self.momentum
        self.plain.step(params, grads)
        self.heavy.step(params, grads)


class Adagrad(_Directed):
    def __init__(self, lr, eps=1e-10, weight_decay=0.0):
        super().__init__(lr, weight_decay)
        self.eps = eps

    def direction(self, name, gradient):
        self.memory[name] = self.memory.get(name, 0.0) + np.square(gradient)
        return gradient / (np.sqrt(self.memory[name]) + self.eps)


class Adadelta(_Directed):
    def __init__(self, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0):
        super().__init__(lr, weight_decay)
        self.rho = rho
        self.eps = eps

    def direction(self, name, gradient):
        squares, moves = self.memory.get(name, (np.zeros_like(gradient), np.zeros_like(gradient)))
        squares = self.rho * squares + (1 - self.rho) * gradient * gradient
        move = gradient * np.sqrt((moves + self.eps) / (squares + self.eps))
        self.memory[name] = squares, self.rho * moves + (1 - self.rho) * move * move
        return move


class RMSProp(_Directed):
    def __init__(self, lr, rho=0.9, eps=1e-8, weight_decay=0.0):
        super().__init__(lr, weight_decay)
        self.rho = rho
        self.eps = eps

    def direction(self, name, gradient):
        before = self.memory.setdefault(name, np.zeros_like(gradient))
        self.memory[name] = before + (1 - self.rho) * (gradient**2 - before)
        return gradient / (self.memory[name] ** 0.5 + self.eps)


class Adam(_Directed):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
        super().__init__(lr, weight_decay)
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps

    def direction(self, name, gradient):
        t, mean, square = self.memory.get(name, (0, 0.0, 0.0))
        t += 1
        mean = mean + (1 - self.beta1) * (gradient - mean)
        square = square + (1 - self.beta2) * (gradient * gradient - square)
        self.memory[name] = t, mean, square
        size = np.sqrt(square / (1 - self.beta2**t))
        return mean / (1 - self.beta1**t) / (size + self.eps)


class SparseAdam:
    """Arrays go through Adam, rows are done here."""

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.dense = Adam(lr, beta1=beta1, beta2=beta2, eps=eps)
        self.seen = {}

    def step(self, params, grads):
        self.dense.lr = self.lr
        full = [name for name in params if not isinstance(grads[name], tuple)]
        self.dense.step({name: params[name] for name in full}, {name: grads[name] for name in full})
        for name in params:
            if name not in full:
                self.move_rows(name, params[name], *grads[name])

    def move_rows(self, name, w, rows, values):
        if name not in self.seen:
            self.seen[name] = [0, np.zeros(w.shape), np.zeros(w.shape)]
        self.seen[name][0] += 1
        t, m, v = self.seen[name]
        sums = {}
        for row, value in zip(rows.tolist(), values, strict=True):
            sums[row] = sums.get(row, 0.0) + value
        for row, value in sums.items():
            m[row] = self.beta1 * m[row] + (1 - self.beta1) * value
            v[row] = self.beta2 * v[row] + (1 - self.beta2) * value**2
            m_hat, v_hat = m[row] / (1 - self.beta1**t), v[row] / (1 - self.beta2**t)
            w[row] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class Newton:
    def __init__(self, lr=1.0, damping=0.0):
        self.lr = lr
        self.damping = damping

    def step(self, params, grads, hessians):
        for name in params:
            w, g = params[name], grads[name]
            damped = np.array(hessians[name])
            damped[np.diag_indices_from(damped)] += self.damping
            w[...] -= self.lr * (np.linalg.inv(damped) @ g.reshape(-1)).reshape(w.shape)


def descend(gradient, start, optimizer, steps):
    path = np.empty((steps + 1, len(start)))
    path[0] = start
    place = {"x": np.array(start)}
    for step in range(1, steps + 1):
        optimizer.step(place, {"x": gradient(place["x"])})
        path[step] = place["x"]
    return path
