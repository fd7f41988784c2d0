"""What is the student's array to the true one? Ratios and patterns that teach more than a number."""

from __future__ import annotations

import numpy as np

_TIGHT = 1e-8


def explain(value: np.ndarray, true: np.ndarray, upstream: np.ndarray | None = None) -> str:
    """One sentence about how ``value`` relates to ``true`` (same shapes), or ""; never a hidden value."""
    if true.size == 0 or not np.any(true):
        return "It should be zero everywhere." if true.size else ""
    value, true = value.astype(np.float64), true.astype(np.float64)
    for matches, sentence in (
        (_same(value, 0 * true), "It is zero everywhere."),
        (_same(value, -true), "It has the opposite sign everywhere."),
        (value.ndim == 2 and value.shape[0] == value.shape[1] and _same(value, true.T), "It is transposed."),
    ):
        if matches:
            return sentence
    return _ratio(value, true) or _against_upstream(value, true, upstream)


def _same(first: np.ndarray, second: np.ndarray) -> bool:
    return bool(np.max(np.abs(first - second)) <= _TIGHT * max(float(np.max(np.abs(second))), 1e-12))


def _ratio(value: np.ndarray, true: np.ndarray) -> str:
    there = np.abs(true) > 1e-12
    ratio = value[there] / true[there]
    if ratio.size < 2 or not np.all(value[~there] == 0):
        return ""
    if np.ptp(ratio) <= _TIGHT * max(1.0, float(np.max(np.abs(ratio)))) and abs(ratio[0]) > 1e-12:
        times = f"{ratio[0]:.6g}" if abs(ratio[0] - 1) < 0.05 else f"{ratio[0]:.2g}"
        return "" if times == "1" else f"Everywhere it is {times} times what it should be."
    if np.all((np.abs(ratio - 1) <= _TIGHT) | (np.abs(ratio) <= _TIGHT)):
        return "Where it is wrong it is zero."
    return ""


def _against_upstream(value: np.ndarray, true: np.ndarray, upstream: np.ndarray | None) -> str:
    if upstream is None or upstream.shape != value.shape or not np.all(upstream):
        return ""
    if _same(value, upstream):
        return "It is the upstream gradient itself; the local gradient is missing."
    if _same(value * upstream, true):
        return "It is the local gradient; the upstream gradient is missing."
    if _same(value, true * upstream):
        return "The upstream gradient is multiplied in twice."
    return ""
