"""Preprocessing in steps: scaling and PCA begin by centring, whitening by PCA."""

import numpy as np


class MeanCenter:
    def fit(self, x):
        self.offset = np.sum(x, axis=0, keepdims=True) / x.shape[0]
        return self

    def transform(self, x):
        return x - self.offset


class Standardize:
    def fit(self, x):
        self.center = MeanCenter().fit(x)
        self.spread = np.sqrt(np.mean(self.center.transform(x) ** 2, axis=0))
        self.live = np.ptp(x, axis=0) > 0
        return self

    def transform(self, x):
        return np.where(self.live, self.center.transform(x) / np.where(self.live, self.spread, 1.0), 0.0)


class MinMaxScale:
    def fit(self, x):
        self.low = x.min(axis=0)
        self.range = x.max(axis=0) - self.low
        return self

    def transform(self, x):
        live = self.range > 0
        result = np.zeros(x.shape)
        result[:, live] = 2 * (x[:, live] - self.low[live]) / self.range[live] - 1
        return result


class PCA:
    def __init__(self, n_components):
        self.n_components = n_components

    def fit(self, x):
        self.mean = MeanCenter().fit(x)
        self.rows = np.linalg.svd(self.mean.transform(x), full_matrices=False)[2][: self.n_components]
        return self

    def transform(self, x):
        return np.dot(self.mean.transform(x), self.rows.T)


class Whiten:
    def __init__(self, eps=1e-5):
        self.eps = eps

    def fit(self, x):
        self.pca = PCA(n_components=x.shape[1]).fit(x)
        self.variances = np.mean(self.pca.transform(x) ** 2, axis=0)
        return self

    def transform(self, x):
        return self.pca.transform(x) / np.sqrt(self.variances + self.eps)
