"""What to do with the data before a network sees it. Style: plain loops over samples and features."""

import math

import numpy as np


def column(x, j):
    """Return column j of x as a list of floats."""
    return x[:, j].tolist()


def mean_of(numbers):
    """Return the mean of a list of floats."""
    return math.fsum(numbers) / len(numbers)


def std_of(numbers):
    """Return the standard deviation of a list of floats; it divides by N."""
    mean = mean_of(numbers)
    deviations = [number - mean for number in numbers]
    return math.hypot(*deviations) / math.sqrt(len(numbers))  # hypot is the root of the sum of squares


def column_means(x):
    """Return the list of the means of the columns of x."""
    return [mean_of(column(x, j)) for j in range(x.shape[1])]


def map_columns(x, maps):
    """Return a new array whose entry (i, j) is maps[j](x[i, j]): one function per column."""
    result = np.zeros(x.shape)
    for j in range(x.shape[1]):
        numbers = column(x, j)
        for i in range(len(numbers)):
            result[i, j] = maps[j](numbers[i])
    return result


def dot(a, b):
    """Return the sum of the products of two lists."""
    return sum(a[j] * b[j] for j in range(len(a)))


def centered_rows(x, means):
    """Return the samples of x as a list of lists, minus the means."""
    return [[row[j] - means[j] for j in range(len(means))] for row in x.tolist()]


def covariance_matrix(rows):
    """Return the (D, D) covariance matrix of centred samples; it divides by N."""
    features = [[row[j] for row in rows] for j in range(len(rows[0]))]
    covariance = np.zeros((len(features), len(features)))
    for i in range(len(features)):
        for j in range(i + 1):
            covariance[i, j] = dot(features[i], features[j]) / len(rows)
            covariance[j, i] = covariance[i, j]
    return covariance


def principal_axes(rows):
    """Return a list of the D principal axes of centred samples, each a list of D floats; largest variance first."""
    _, vectors = np.linalg.eigh(covariance_matrix(rows))  # eigenvectors are columns, the smallest comes first
    axes = []
    for i in reversed(range(vectors.shape[1])):
        axes.append(vectors[:, i].tolist())
    return axes


def coordinates(rows, axes):
    """Return the (M, len(axes)) array of coordinates of centred samples along the axes."""
    result = np.zeros((len(rows), len(axes)))
    for i in range(len(rows)):
        for k in range(len(axes)):
            result[i, k] = dot(rows[i], axes[k])
    return result


class MeanCenter:
    """Subtract from each column its mean over the training data: the cloud moves to the origin."""

    def fit(self, x):
        """Learn the mean of each column of x, an (N, D) array, and return self."""
        self.means = column_means(x)
        return self

    def transform(self, x):
        """Return x minus the training mean; x is an (M, D) array."""
        return np.array(centered_rows(x, self.means)).reshape(x.shape)


class Standardize:
    """Subtract the training mean of each column and divide by its training standard deviation."""

    def fit(self, x):
        """Learn mean and standard deviation (divisor N) of each column of x, (N, D), and return self."""
        self.maps = []
        for j in range(x.shape[1]):
            self.maps.append(self.map_for(column(x, j)))
        return self

    def map_for(self, numbers):
        """Return the function that standardises one column with these training numbers."""
        if max(numbers) == min(numbers):
            return lambda number: 0.0
        mean = mean_of(numbers)
        std = std_of(numbers)
        return lambda number: (number - mean) / std

    def transform(self, x):
        """Return (x - mean) / std; x is an (M, D) array. Constant columns become 0."""
        return map_columns(x, self.maps)


class MinMaxScale:
    """Map each column so that its training minimum becomes -1 and its training maximum 1. Nothing is clipped."""

    def fit(self, x):
        """Learn smallest and largest entry of each column of x, an (N, D) array, and return self."""
        self.maps = []
        for j in range(x.shape[1]):
            self.maps.append(self.map_for(column(x, j)))
        return self

    def map_for(self, numbers):
        """Return the function that scales one column with these training numbers."""
        low = min(numbers)
        high = max(numbers)
        if low == high:
            return lambda number: 0.0
        return lambda number: 2.0 * (number - low) / (high - low) - 1.0

    def transform(self, x):
        """Return 2 (x - min) / (max - min) - 1; x is an (M, D) array. Constant columns become 0."""
        return map_columns(x, self.maps)


class PCA:
    """Coordinates along the directions in which the training data vary most."""

    def __init__(self, n_components):
        self.n_components = n_components

    def fit(self, x):
        """Learn the mean and the first n_components axes of x, an (N, D) array, and return self."""
        self.means = column_means(x)
        self.axes = principal_axes(centered_rows(x, self.means))[: self.n_components]
        return self

    def transform(self, x):
        """Return the (M, n_components) coordinates of x, (M, D), along the axes; largest variance first."""
        return coordinates(centered_rows(x, self.means), self.axes)


class Whiten:
    """Coordinates along all D principal axes, each divided by sqrt(λ + eps), λ its training variance."""

    def __init__(self, eps=1e-5):
        self.eps = eps

    def fit(self, x):
        """Learn mean, axes and variances (divisor N) of x, an (N, D) array, and return self."""
        self.means = column_means(x)
        rows = centered_rows(x, self.means)
        self.axes = principal_axes(rows)
        # λ is the variance along the axis. Computed from the data it is never below 0, and more exact than eigh's.
        along = coordinates(rows, self.axes)
        self.divisors = []
        for k in range(len(self.axes)):
            numbers = column(along, k)
            variance = dot(numbers, numbers) / len(numbers)  # the mean is 0 already
            self.divisors.append(math.sqrt(variance + self.eps))
        return self

    def transform(self, x):
        """Return the (M, D) whitened coordinates of x, (M, D); the axis of largest variance first."""
        along = coordinates(centered_rows(x, self.means), self.axes)
        for i in range(along.shape[0]):
            for k in range(along.shape[1]):
                if self.divisors[k] == 0.0:  # only with eps = 0: no spread along this axis
                    along[i, k] = 0.0
                else:
                    along[i, k] = along[i, k] / self.divisors[k]
        return along
