"""Runs a transcript again against other modules: do they answer as the hand-in did?

Requests go out as recorded; callbacks are answered from the record. Values agree within a tolerance that forgives
another order of summation; facts (changed arguments, shared memory) agree by place and kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.model.errors import GraderFault
from autograder.sandbox import values, wire
from autograder.sandbox.client import NurseryFault, WorkerGone
from autograder.suite.errors import StudentError
from autograder.suite.stage import Stage, Subject
from autograder.suite.transcript import Exchange, Transcript

RTOL, ATOL = 1e-9, 1e-12
REPLAY_WALL = 2.5


def reproduces(transcript: Transcript, stage: Stage, subject: Subject) -> bool:
    """Whether ``subject`` answers every exchange of the transcript as recorded."""
    remote = stage.remote(subject, transcript.partners, transcript.stand_ins, Transcript())
    try:
        worker = remote.worker()
        return all(_same(exchange, worker) for exchange in transcript.exchanges)
    except (StudentError, WorkerGone, NurseryFault, GraderFault):
        return False
    finally:
        stage.close()


def agrees(transcript: Transcript, other: Transcript) -> bool:
    """Whether ``other``, recorded from the same item, begins with the answers of ``transcript``: a replay for free."""
    pairs = zip(transcript.exchanges, other.exchanges, strict=False)
    return len(transcript.exchanges) <= len(other.exchanges) and all(_alike(*pair) for pair in pairs)


def _alike(first: Exchange, second: Exchange) -> bool:
    if wire.encode(first.request) != wire.encode(second.request) or len(first.callbacks) != len(second.callbacks):
        return False
    if any(
        one.function != two.function or not _trees_agree(one.args, two.args)
        for (one, _), (two, _) in zip(first.callbacks, second.callbacks, strict=True)
    ):
        return False
    if first.gone is not None or second.gone is not None:
        return first.gone is not None and second.gone is not None and _ending(first.gone) == _ending(second.gone)
    return (
        first.response is not None
        and second.response is not None
        and _responses_agree(second.response, first.response)
    )


def _same(exchange: Exchange, worker: Any) -> bool:
    waiting = list(exchange.callbacks)

    def answer(callback: wire.Callback) -> wire.Answer | wire.Refuse:
        if not waiting:
            raise wire.WireError("a callback beyond the record")
        recorded, reply = waiting.pop(0)
        if callback.function != recorded.function or not _trees_agree(callback.args, recorded.args):
            raise wire.WireError("a callback unlike the record")
        return reply

    try:
        response = worker.request(exchange.request, answer)
    except WorkerGone as gone:
        return exchange.gone is not None and _ending(gone) == _ending(exchange.gone)
    return exchange.response is not None and not waiting and _responses_agree(response, exchange.response)


def _ending(gone: WorkerGone) -> str:
    return "time" if gone.kind in ("time", "cpu") else gone.kind


def _responses_agree(first: wire.Response, second: wire.Response) -> bool:
    match first, second:
        case wire.Reply(), wire.Reply():
            return (
                _agree(first.value, second.value)
                and _facts(first) == _facts(second)
                and _trees_agree([each[2] for each in first.changes], [each[2] for each in second.changes])
            )
        case wire.Raised(), wire.Raised():
            return first.kind == second.kind and bool(first.importing) == bool(second.importing)
        case wire.Missing(), wire.Missing():
            return True
        case _:
            return False


def _facts(reply: wire.Reply) -> tuple[Any, ...]:
    return sorted((change[0], change[1]) for change in reply.changes), sorted(map(tuple, reply.shared))


def _agree(first: Any, second: Any) -> bool:
    """Whether two trees hold the same values; a list and a tuple, a number and a 0-d array count as the same."""
    return _same_values(_plain(first), _plain(second))


def _trees_agree(first: Sequence[Any], second: Sequence[Any]) -> bool:
    return len(first) == len(second) and all(map(_agree, first, second))


def _same_values(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return _arrays_agree(first, second)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_same_values, first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(_same_values(first[key], second[key]) for key in first)
    return type(first) is type(second) and bool(first == second)


def _plain(tree: Any) -> Any:
    try:
        return _normal(values.Unpacker(_inert).unpack(tree))
    except values.ValueFault:
        return ("unreadable",)


def _normal(value: Any) -> Any:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return np.asarray(value, np.float64) if abs(value) < 1e300 else np.asarray(float("inf"))
    if isinstance(value, tuple | list):
        return [_normal(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _normal(entry) for key, entry in value.items()}
    return ("opaque", value.type_name) if isinstance(value, values.Opaque) else value


def _inert(tree: Sequence[Any]) -> Any:
    return (tree[0], tree[1] if len(tree) > 1 else None)


def _arrays_agree(first: np.ndarray, second: np.ndarray) -> bool:
    if first.shape != second.shape or (first.dtype != second.dtype and first.shape != ()):
        return False
    if first.dtype.kind not in "fc":
        return bool(np.array_equal(first, second))
    if not np.array_equal(np.isnan(first), np.isnan(second)):
        return False
    finite = np.isfinite(second)
    if not np.array_equal(first[~finite], second[~finite], equal_nan=True):
        return False
    scale = float(np.max(np.abs(second[finite]))) if np.any(finite) else 0.0
    rtol = 1e-5 if second.dtype == np.float32 else RTOL
    return bool(np.all(np.abs(first[finite] - second[finite]) <= rtol * scale + ATOL))
