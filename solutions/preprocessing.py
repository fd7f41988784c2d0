"""Preprocessing: what to do with the data before a network sees it.

Data x are arrays of shape (N, D), float64: rows are samples, columns are features. Each class learns its
numbers in `fit(x)`, from the training data, and applies the same numbers in `transform(x)` to any data with
the same columns. Statistics of test data are never used: when the network is at work, they are not known.

`fit` returns the object itself, so that `MeanCenter().fit(x).transform(x)` works. `transform` returns a new
array; x stays untouched by both. Means, variances and covariances divide by N, not by N - 1.

Source: lecture note 3 (data preprocessing); CS231n notes, "Neural networks part 2".
"""

import numpy as np


class MeanCenter:
    """Subtract from each column its mean over the training data: the cloud moves to the origin."""

    def fit(self, x):
        """Learn the mean of each column of x, an (N, D) array, and return self."""
        # BEGIN SOLUTION
        self.mean = x.mean(axis=0)
        return self
        # END SOLUTION

    def transform(self, x):
        """Return x minus the training mean; x is an (M, D) array."""
        # BEGIN SOLUTION
        return x - self.mean
        # END SOLUTION


class Standardize:
    """Subtract the training mean of each column and divide by its training standard deviation.

    A column that is constant in the training data becomes 0, whatever `transform` is given. Constant means
    that largest and smallest entry are equal: rounding may make the computed deviation 1e-17 instead of 0.
    """

    def fit(self, x):
        """Learn mean and standard deviation (divisor N) of each column of x, (N, D), and return self."""
        # BEGIN SOLUTION
        self.mean = x.mean(axis=0)
        constant = x.max(axis=0) == x.min(axis=0)
        self.std = np.where(constant, np.inf, x.std(axis=0))  # anything finite / inf is 0
        return self
        # END SOLUTION

    def transform(self, x):
        """Return (x - mean) / std; x is an (M, D) array. Constant columns become 0."""
        # BEGIN SOLUTION
        return (x - self.mean) / self.std
        # END SOLUTION


class MinMaxScale:
    """Map each column so that its training minimum becomes -1 and its training maximum 1 (lecture note 3).

    Nothing is clipped: new data beyond the training range land beyond ±1. A column that is constant in the
    training data becomes 0, whatever `transform` is given.
    """

    def fit(self, x):
        """Learn smallest and largest entry of each column of x, an (N, D) array, and return self."""
        # BEGIN SOLUTION
        low, high = x.min(axis=0), x.max(axis=0)
        self.middle = low + (high - low) / 2
        self.half = np.where(high == low, np.inf, (high - low) / 2)  # anything finite / inf is 0
        return self
        # END SOLUTION

    def transform(self, x):
        """Return 2 (x - min) / (max - min) - 1; x is an (M, D) array. Constant columns become 0."""
        # BEGIN SOLUTION
        return (x - self.middle) / self.half
        # END SOLUTION


class PCA:
    """Coordinates along the directions in which the training data vary most (Pearson 1901; lecture note 3).

    The principal axes are the eigenvectors of the covariance matrix C = (x - mean)ᵀ (x - mean) / N; the
    eigenvalue of an axis is the variance of the data along it. An axis may point either way: both signs are
    right.
    """

    def __init__(self, n_components):
        self.n_components = n_components

    def fit(self, x):
        """Learn the mean and the first n_components axes of x, an (N, D) array, and return self."""
        # BEGIN SOLUTION
        self.center = MeanCenter().fit(x)
        centered = self.center.transform(x)
        covariance = centered.T @ centered / len(x)
        _, axes = np.linalg.eigh(covariance)  # eigenvalues from the smallest to the largest
        self.axes = axes[:, ::-1][:, : self.n_components]
        return self
        # END SOLUTION

    def transform(self, x):
        """Return the (M, n_components) coordinates of x, (M, D), along the axes; largest variance first."""
        # BEGIN SOLUTION
        return self.center.transform(x) @ self.axes
        # END SOLUTION


class Whiten:
    """Coordinates along all D principal axes, each divided by sqrt(λ + eps), λ its training variance.

    The training cloud becomes round: covariance λ / (λ + eps) on the diagonal, nearly 1, and 0 elsewhere. The
    result is not rotated back to the old columns. (Lecture note 3 divides by λ itself: that is a slip.)
    """

    def __init__(self, eps=1e-5):
        self.eps = eps

    def fit(self, x):
        """Learn mean, axes and variances (divisor N) of x, an (N, D) array, and return self."""
        # BEGIN SOLUTION
        self.pca = PCA(x.shape[1]).fit(x)
        variances = self.pca.transform(x).var(axis=0)
        self.scale = np.sqrt(variances + self.eps)
        return self
        # END SOLUTION

    def transform(self, x):
        """Return the (M, D) whitened coordinates of x, (M, D); the axis of largest variance first."""
        # BEGIN SOLUTION
        return self.pca.transform(x) / self.scale
        # END SOLUTION
