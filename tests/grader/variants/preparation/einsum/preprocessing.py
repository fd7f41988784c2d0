"""What to do with the data before a network sees it. Style: terse; `fit` builds a closure, `transform` calls it."""

import numpy as np


def center(x):
    """Return (μ, x - μ). The second pass takes away what rounding left in the first mean."""
    mu = np.einsum("nd->d", x) / len(x)
    mu += np.einsum("nd->d", x - mu) / len(x)
    return mu, x - mu


def quotient(a, b, where):
    """Return a / b, and 0 where the mask is False; b and the mask are broadcast over the rows of a."""
    return np.divide(a, b, out=np.zeros(a.shape), where=where)


def axes(c):
    """Return (U, s): the axes of centred data as rows, and √λ for each, largest first; always D of them."""
    n, d = c.shape
    _, s, u = np.linalg.svd(c, full_matrices=n < d)
    return u, np.pad(s, (0, d - len(s))) / np.sqrt(n)


class Fitted:
    """`fit` keeps the map that `learn` makes of the training data; `transform` applies it."""

    def fit(self, x):
        """Learn from x, an (N, D) array, and return self."""
        self.map = self.learn(x)
        return self

    def transform(self, x):
        """Return a new array: x, an (M, D) array, through the map learnt in `fit`."""
        return self.map(x)


class MeanCenter(Fitted):
    """x - μ."""

    def learn(self, x):
        """Return the map."""
        mu, _ = center(x)
        return lambda x: x - mu


class Standardize(Fitted):
    """(x - μ) / s; columns that are constant in the training data become 0."""

    def learn(self, x):
        """Return the map. The root mean square is taken in units of the range, so that no square underflows."""
        (mu, c), spread = center(x), np.ptp(x, axis=0)
        live = spread > 0
        t = quotient(c, spread, live)
        s = spread * np.sqrt(np.einsum("nd,nd->d", t, t) / len(x))
        return lambda x: quotient(x - mu, s, live)


class MinMaxScale(Fitted):
    """2 (x - min) / (max - min) - 1 = ((x - min) + (x - max)) / (max - min); constant columns become 0."""

    def learn(self, x):
        """Return the map."""
        low, high = x.min(axis=0), x.max(axis=0)
        return lambda x: quotient((x - low) + (x - high), high - low, high > low)


class PCA(Fitted):
    """Coordinates along the first n_components principal axes."""

    def __init__(self, n_components):
        self.n_components = n_components

    def learn(self, x):
        """Return the map."""
        mu, c = center(x)
        u = axes(c)[0][: self.n_components]
        return lambda x: np.einsum("md,kd->mk", x - mu, u)


class Whiten(Fitted):
    """Coordinates along all principal axes, each divided by √(λ + eps)."""

    def __init__(self, eps=1e-5):
        self.eps = eps

    def learn(self, x):
        """Return the map. √(λ + eps) is the hypotenuse over √λ and √eps, so λ itself is never formed."""
        mu, c = center(x)
        u, s = axes(c)
        root = np.hypot(s, np.sqrt(self.eps))
        return lambda x: quotient(np.einsum("md,kd->mk", x - mu, u), root, root > 0)
