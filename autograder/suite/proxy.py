"""The fixture ``student`` when graded: the student's modules behind the wire, looking like modules and objects.

Only public names go remote; ``hasattr``, ``repr`` and pytest's own looking around stay here. Results are plain values
or `RemoteObject`s (the same object is the same handle, so ``is`` and ``==`` work).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.model.errors import GraderFault
from autograder.sandbox import values, wire
from autograder.sandbox.client import Limits, Nursery, Worker, WorkerGone

from .bounds import bounded
from .errors import StudentGone, from_response
from .objects import RemoteDict, RemoteName, RemoteObject
from .standins import Planted
from .transcript import Exchange, Transcript

STAND_IN_BASE = 1_000_000
Function = Callable[..., Any]


@dataclass(frozen=True)
class Facts:
    """What the worker says about the last call: [where, what, new value] and pairs of shared memory."""

    changes: tuple[tuple[str, str, Any], ...] = ()
    shared: tuple[tuple[str, str], ...] = ()
    printed: str = ""


class Remote:
    """One worker and what is needed to talk to it in values. Spawned at the first request."""

    def __init__(
        self,
        nursery: Nursery,
        limits: Limits,
        setup: Callable[[Remote], wire.Setup],
        transcript: Transcript,
    ) -> None:
        self._nursery, self._limits, self._setup = nursery, limits, setup
        self.transcript = transcript
        self.functions: dict[int, Function] = {}
        self.objects: dict[int, RemoteObject] = {}
        self.methods: set[tuple[str, str]] = set()
        self.last = Facts()
        self.watch = True
        self._worker: Worker | None = None
        self._count = 0

    def call(self, root: wire.Root, path: list[str], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        packed = [self._pack(value) for value in args]
        named = {name: self._pack(value) for name, value in kwargs.items()}
        reply = self._request(wire.Call(self._next(), root, path, packed, named, self.watch))
        changes = tuple((str(where), str(what), self._unpack(tree)) for where, what, tree in reply.changes)
        self.last = Facts(changes, tuple(reply.shared), reply.printed)
        self._advance_generators(args, kwargs)
        return self._unpack(reply.value)

    def get(self, root: wire.Root, path: list[str], by_handle: bool = False) -> Any:
        return self._unpack(self._request(wire.Get(self._next(), root, path, by_handle)).value)

    def put(self, root: wire.Root, path: list[str], value: Any, key: Any = None) -> None:
        self._request(wire.Put(self._next(), root, path, self._pack(key), self._pack(value)))

    def import_module(self, name: str) -> None:
        self._request(wire.Import(self._next(), name))

    def cpu_seconds(self) -> float:
        return self.worker().cpu_seconds()

    def worker(self) -> Worker:
        """The worker, spawned and set up if it is not yet; raises StudentGone if it is no longer."""
        if self._worker is None:
            self._worker = self._nursery.spawn(self._limits)
            self._request(self._setup(self), record=False)
        return self._worker

    def close(self) -> None:
        if self._worker is not None:
            self.transcript.received = self._worker.received
            self._worker.close()

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _request(self, frame: wire.Frame, record: bool = True) -> wire.Reply:
        worker = self.worker()
        exchange = Exchange(frame)
        if record:
            self.transcript.exchanges.append(exchange)
        try:
            response = worker.request(frame, lambda callback: self._answer(callback, exchange))
            exchange.response = response
            if isinstance(response, wire.Reply):
                return response
        except WorkerGone as gone:
            exchange.gone = gone
            raise StudentGone(gone) from None
        assert isinstance(response, wire.Raised | wire.Missing)
        raise from_response(response)

    def _answer(self, callback: wire.Callback, exchange: Exchange) -> wire.Answer | wire.Refuse:
        answer: wire.Answer | wire.Refuse
        function = self.functions.get(callback.function)
        if function is None:
            raise wire.WireError("a callback that was never given")
        given = Given()
        args = [given.inert(tree) for tree in callback.args]
        kwargs = {name: given.inert(tree) for name, tree in callback.kwargs.items()}
        given.remember()
        try:
            with np.errstate(all="ignore"), bounded(self.worker().deadline - time.monotonic()):
                result = function(*args, **kwargs)
            # No function goes out with an answer: each would be one more thing of ours that student code can call.
            answer = wire.Answer(callback.id, values.Packer(_refuse_objects).pack(result), given.changes())
        except Exception as error:
            answer = wire.Refuse(callback.id, f"the given function failed on these arguments ({type(error).__name__})")
        exchange.callbacks.append((callback, answer))
        return answer

    # Values

    def _pack(self, value: Any) -> Any:
        return values.Packer(self._pack_other).pack(value)

    def _pack_other(self, value: Any) -> Any:
        if isinstance(value, RemoteObject):
            return ["h", value._number, "", False]
        if isinstance(value, RemoteName):
            return ["p", value._root, list(value._path)]
        if isinstance(value, RemoteDict):
            return ["p", value._number, [value._name]]
        if isinstance(value, Planted):
            return ["s", value.shell, self._number_of(value.answer)]
        if isinstance(value, RemoteModule):
            return ["p", value._name, []]
        if isinstance(value, np.random.Generator):
            return values.pack_rng(value)
        if isinstance(value, type) and value in values.TYPES:
            return ["y", values.TYPES[value]]
        if isinstance(value, values.Opaque):
            return ["o", value.type_name]  # it was theirs, and there it is no more than it is here
        if callable(value):
            return ["f", self._number_of(value)]
        raise GraderFault(f"a {type(value).__name__} cannot be given to student code")

    def _number_of(self, function: Function) -> int:
        number = next((n for n, known in self.functions.items() if known is function), len(self.functions))
        self.functions[number] = function
        return number

    def _unpack(self, tree: Any) -> Any:
        try:
            return values.Unpacker(self._special).unpack(tree)
        except values.ValueFault as fault:
            self.close()
            raise StudentGone(WorkerGone("protocol", str(fault))) from None

    def _special(self, tree: list[Any]) -> Any:
        match tree:
            case ["h", int(number), str(type_name), bool(can_call)]:
                if number not in self.objects:
                    self.objects[number] = RemoteObject(self, number, type_name[:100], can_call)
                return self.objects[number]
            case ["r", *_]:
                return values.unpack_rng(tree)
            case _:
                raise values.ValueFault("a value of a kind that only we send")

    def _advance_generators(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        named = {**dict(zip(map(str, range(len(args))), args, strict=True)), **kwargs}
        for where, what, value in self.last.changes:
            given = named.get(where)
            if what == "rng" and isinstance(given, np.random.Generator) and isinstance(value, np.random.Generator):
                given.bit_generator.state = value.bit_generator.state


def _refuse_objects(value: Any) -> Any:
    if isinstance(value, np.random.Generator):
        return values.pack_rng(value)
    raise GraderFault(f"a {type(value).__name__} cannot be an answer to student code")


class Given:
    """A callback's arguments as plain data, and what our function did to them in place."""

    def __init__(self) -> None:
        self._met: list[Any] = []
        self._before: list[Any] = []

    def inert(self, tree: Any) -> Any:
        """An argument: what only the worker could use becomes `Opaque`."""
        try:
            return values.Unpacker(self._special, self._met.append).unpack(tree)
        except values.ValueFault as fault:
            raise wire.WireError(str(fault)) from None

    def remember(self) -> None:
        """Note how they look before the function gets them."""
        self._before = [_state(each) for each in self._met]

    def changes(self) -> list[tuple[int, Any]]:
        """What an `Answer` says of them."""
        pack = values.Packer(_refuse_objects).pack
        pairs = enumerate(zip(self._met, self._before, strict=True))
        return [(index, pack(each)) for index, (each, before) in pairs if _state(each) != before]

    def _special(self, tree: list[Any]) -> Any:
        if tree[0] != "r":
            return values.Opaque("object of the student's")
        self._met.append(values.unpack_rng(tree))
        return self._met[-1]


def _state(value: Any) -> Any:
    return value.bit_generator.state if isinstance(value, np.random.Generator) else value.tobytes()


class StudentProxy:
    """``student.gates.Multiply()``: a module by attribute, a name by attribute of that."""

    def __init__(self, remote: Remote, modules: frozenset[str]) -> None:
        self._remote, self._modules = remote, modules

    def __getattr__(self, name: str) -> RemoteModule:
        if name.startswith("_") or name not in self._modules:
            raise AttributeError(name)
        return RemoteModule(self._remote, name)

    @property
    def last(self) -> Facts:
        """Facts about the last call (hidden suites only; public tests cannot see them locally)."""
        return self._remote.last

    def cpu_seconds(self) -> float:
        """CPU seconds that this worker has used so far, by the kernel's clock."""
        return self._remote.cpu_seconds()

    @contextlib.contextmanager
    def unwatched(self) -> Any:
        """Calls in here are not watched for changes and sharing: they cost what the student's code costs."""
        self._remote.watch = False
        try:
            yield self
        finally:
            self._remote.watch = True


class RemoteModule:
    """A student module."""

    def __init__(self, remote: Remote, name: str) -> None:
        self._remote, self._name = remote, name

    def __getattr__(self, name: str) -> RemoteName:
        if name.startswith("_"):
            raise AttributeError(name)
        return RemoteName(self._remote, self._name, (name,))
