"""The sealed side: takes requests off the wire, runs the student's code, sends values back. Judges nothing.

Everything here is in the student's reach once their code runs; so it holds no test, no expectation, no secret.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NoReturn

import numpy as np

from . import values, wire
from .layers import LayerFault, Settings, seal
from .loader import StudentFinder, chain, stand_in_maker
from .watch import Watch, shared_memory, update

WIRE_FD = 3
PRINT_CAP = 2_000
MESSAGE_CAP = 1_000
DRAIN_CAP = 100_000
_ITERATORS: tuple[type, ...] = (Iterator, range, type({}.keys()), type({}.values()), type({}.items()))


class _NoName(Exception):
    """What a request names is not there."""


class _Printed(io.StringIO):
    """Keeps the beginning of what is printed and forgets the rest."""

    def write(self, text: str) -> int:
        room = PRINT_CAP - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)

    def close(self) -> None:
        """Stays open: what was printed is still wanted."""


class Room:
    """One worker's state: the student's modules, and the objects that handles stand for."""

    def __init__(self, channel: wire.Channel) -> None:
        self.channel = channel
        self.objects: list[Any] = []
        self.numbers: dict[int, int] = {}
        self.functions: dict[int, Callable[..., Any]] = {}
        self.classes: dict[int, Any] = {}
        self.calls = 0
        self.finder: StudentFinder | None = None

    def serve(self) -> NoReturn:
        """Answer requests until the wire closes."""
        while True:
            request = wire.decode_request(self.channel.receive())
            self.channel.send(self._encoded(self.respond(request)))

    def respond(self, request: wire.Request) -> wire.Response:
        """One reply to one request; whatever the student's code raises becomes a `Raised`."""
        sys.stdout = sys.stderr = _Printed()
        number = getattr(request, "id", 0)
        if self.finder:
            self.finder.failed = ""
        try:
            match request:
                case wire.Setup():
                    return self._setup(request)
                case wire.Call():
                    return self._call(request)
                case wire.Get():
                    return self._get(request)
                case wire.Put():
                    return self._put(request)
                case wire.Compile():
                    assert self.finder is not None
                    return self._reply(number, self.finder.compiled(request.module))
                case wire.Import():
                    self._module(request.module)
                    return self._reply(number, None)
                case wire.Reset():
                    self._reset()
                    return self._reply(number, None)
                case _:
                    return wire.Missing(number, "no such request")
        except _NoName as error:
            return wire.Missing(number, str(error))
        except BaseException as error:
            return self._raised(number, error)

    def _encoded(self, response: wire.Response) -> bytes:
        try:
            return wire.encode(response)
        except (wire.WireError, MemoryError) as error:
            return wire.encode(self._raised(getattr(response, "id", 0), MemoryError(str(error))))
        except Exception as error:
            # A value that lies about its type, or text that is no Unicode.
            return wire.encode(self._raised(getattr(response, "id", 0), TypeError(str(error))))

    # Requests

    def _setup(self, setup: wire.Setup) -> wire.Response:
        stand_ins: dict[str, dict[str, Callable[[Any], Any]]] = {}
        for each in setup.stand_ins:
            name, _, method = each.name.partition(".")
            make = stand_in_maker(each.shell, self._function(each.callback), method)
            before = stand_ins.setdefault(each.module, {}).get(name)
            stand_ins[each.module][name] = chain(before, make)
        self.finder = StudentFinder(
            setup.package, setup.sources, set(setup.withheld), stand_ins, setup.code
        )
        sys.meta_path.insert(0, self.finder)
        return self._reply(0, None)

    def _reset(self) -> None:
        if self.finder is not None:
            self.finder.forget()
        self.__init__(self.channel)  # type: ignore[misc]  # the same state as a new worker's, on the same wire

    def _call(self, request: wire.Call) -> wire.Response:
        target = self._resolve(request.root, request.path)
        args = [self._unpack(tree) for tree in request.args]
        kwargs = {name: self._unpack(tree) for name, tree in request.kwargs.items()}
        watch = Watch([*args, *kwargs.values()], [*map(str, range(len(args))), *kwargs]) if request.watch else None
        result = target(*args, **kwargs)
        packer = values.Packer(self._pack_other)
        tree = packer.pack(result)
        if watch is None:
            return self._reply(request.id, tree)
        owner = self.objects[request.root] if isinstance(request.root, int) else None
        shared = shared_memory(packer.arrays, watch.arrays, owner)
        changes = watch.changes(lambda value: values.Packer(self._pack_other).pack(value))
        return self._reply(request.id, tree, changes, shared)

    def _get(self, request: wire.Get) -> wire.Response:
        value = self._resolve(request.root, request.path)
        if request.by_handle and isinstance(value, dict | np.ndarray | list):
            return self._reply(request.id, self._handle(value))
        return self._reply(request.id, values.Packer(self._pack_other).pack(value))

    def _put(self, request: wire.Put) -> wire.Response:
        value = self._unpack(request.value)
        if request.key is None:
            *path, name = request.path
            setattr(self._resolve(request.root, path), name, value)
        else:
            target = self._resolve(request.root, request.path)
            target[self._unpack(request.key)][...] = value
        return self._reply(request.id, None)

    def _resolve(self, root: wire.Root, path: Sequence[str]) -> Any:
        value = self._module(root) if isinstance(root, str) else self.objects[root]
        for index, name in enumerate(path):
            if isinstance(value, dict) and name in value:
                value = value[name]
                continue
            try:
                value = getattr(value, name)
            except AttributeError as error:
                if getattr(error, "obj", value) is not value:
                    raise
                owner = f"{root}.py" if isinstance(root, str) and index == 0 else type(value).__name__
                raise _NoName(f"{owner} has no {name}") from None
        return value

    def _module(self, name: str) -> Any:
        if self.finder is None or name not in self.finder.sources:
            raise _NoName(f"there is no {name}.py")
        return self.finder.module(name)

    # Values

    def _unpack(self, tree: Any) -> Any:
        return values.Unpacker(self._special).unpack(tree)

    def _special(self, tree: list[Any]) -> Any:
        match tree:
            case ["h", int(number), *_]:
                return self.objects[number]
            case ["p", str() | int() as root, list(path)]:
                return self._resolve(root, path)
            case ["f", int(number)]:
                return self._function(number)
            case ["s", str(shell), int(number)]:
                if number not in self.classes:
                    self.classes[number] = stand_in_maker(shell, self._function(number), "")(None)
                return self.classes[number]
            case ["r", *_]:
                return values.unpack_rng(tree)
            case ["y", str(name)] if name in values.DTYPES:
                return np.dtype(name).type
            case _:
                raise values.ValueFault("unknown tag")

    def _pack_other(self, value: Any) -> Any:
        if isinstance(value, Iterable) and isinstance(value, _ITERATORS):
            packer = values.Packer(self._handle)
            return ["n", *[packer.pack(entry) for entry, _ in zip(value, range(DRAIN_CAP), strict=False)]]
        return self._handle(value)

    def _handle(self, value: Any) -> Any:
        number = self.numbers.setdefault(id(value), len(self.objects))
        if number == len(self.objects):
            self.objects.append(value)
        return ["h", number, values.text_of(type(value).__name__, 100), callable(value)]

    def _function(self, number: int) -> Callable[..., Any]:
        if number not in self.functions:
            self.functions[number] = lambda *args, **kwargs: self._call_back(number, args, kwargs)
        return self.functions[number]

    def _call_back(self, number: int, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        self.calls += 1
        given: list[Any] = []  # arrays and generators, in the order in which they are packed

        def pack_other(value: Any) -> Any:
            if not isinstance(value, np.random.Generator):
                return self._pack_other(value)
            given.append(value)
            return values.pack_rng(value)

        packer = values.Packer(pack_other, given.append)
        packed = [packer.pack(value) for value in args]
        frame = wire.Callback(self.calls, number, packed, {k: packer.pack(v) for k, v in kwargs.items()})
        self.channel.send(wire.encode(frame))
        answer = wire.decode_request(self.channel.receive())
        if isinstance(answer, wire.Refuse):
            raise RuntimeError(answer.message)
        if not isinstance(answer, wire.Answer):
            raise RuntimeError("no answer to a callback")
        for index, tree in answer.changes:
            update(given[index], self._unpack(tree))
        return self._unpack(answer.value)

    # Replies

    def _reply(
        self, number: int, tree: Any, changes: list[Any] | None = None, shared: list[tuple[str, str]] | None = None
    ) -> wire.Reply:
        return wire.Reply(number, tree, changes or [], shared or [], _printed())

    def _raised(self, number: int, error: BaseException) -> wire.Raised:
        kinds = [kind.__name__ for kind in type(error).__mro__ if kind not in (BaseException, object)]
        try:
            message = str(error)
        except BaseException:
            message = ""
        return wire.Raised(
            number,
            values.text_of(type(error).__name__, 100),
            [values.text_of(kind, 100) for kind in kinds[:20]],
            values.text_of(message, MESSAGE_CAP),
            self._where(error),
            self.finder.failed if self.finder else "",
            _printed(),
        )

    def _where(self, error: BaseException) -> tuple[str, int, str]:
        sources = self.finder.sources if self.finder else {}
        if isinstance(error, SyntaxError) and error.filename:
            return values.text_of(error.filename, 100), error.lineno or 0, ""
        found = ("", 0, "")
        for frame, line in traceback.walk_tb(error.__traceback__):
            code = frame.f_code
            if code.co_filename.removesuffix(".py") in sources:
                found = (code.co_filename, line, values.text_of(code.co_qualname, 100))
        return found


def _printed() -> str:
    return values.text_of(sys.stdout.getvalue()) if isinstance(sys.stdout, _Printed) else ""


def run(wire_fd: int, settings: Settings) -> NoReturn:
    """A forked child's whole life: keep only the wire, put on the seal, serve. Never returns."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.dup2(wire_fd, WIRE_FD)
        os.closerange(WIRE_FD + 1, 65536 if not hasattr(os, "close_range") else 2**31 - 1)
        channel = wire.Channel(WIRE_FD)
        room = Room(channel)
        try:
            seal(settings)
        except LayerFault as error:
            channel.send(wire.encode(room._raised(0, error)))
            os._exit(1)
        channel.send(wire.encode(wire.Reply(0, "ready", [], [], "")))
        room.serve()
    except wire.WireError:
        os._exit(0)
    except BaseException:
        os._exit(1)
    os._exit(0)
