"""Typed frames over a stream socket: four bytes of length, then msgpack of one of the structs below.

Both ends run the same code; only the worker is distrusted. A frame over its cap is refused before anything is
allocated for it, and whatever is not exactly one of the expected structs is a `WireError`.
"""

from __future__ import annotations

import os
import select
import struct
import time
from typing import Any

import msgspec

MAX_FRAME = 64 * 2**20
"""Bytes of one frame; four arrays of a million float64 fit, a bomb does not."""

SMALL_FRAME = 2**18
MAX_OBJECTS = 1_000_000
"""Values in a frame above `SMALL_FRAME`: an empty list is one byte on the wire and 70 in memory."""

_LENGTH = struct.Struct("<I")
_CHUNK, _PIECE = 2**18, 2**14
"""The most that is read or written at once, and what is read in any case: most frames are shorter."""

Path = tuple[str, ...]
Root = str | int
"""Where a request starts: the name of a student module, or the number of a handle."""


class WireError(Exception):
    """The other end deviated from the protocol, or is gone."""


class WireTimeout(Exception):
    """The deadline passed before a whole frame was there."""


class Frame(msgspec.Struct, array_like=True, tag=True, frozen=True, forbid_unknown_fields=True):
    """Base of all frames; the class name is the tag."""


class StandIn(msgspec.Struct, array_like=True, frozen=True):
    """A name of a student module that is replaced: by a shell (its source), which calls back number ``callback``."""

    module: str
    name: str
    shell: str
    callback: int


class Setup(Frame, frozen=True):
    """First frame to a worker: every module it will ever see, as source or, in ``code``, as `Compile` made of it."""

    package: str
    sources: dict[str, str]
    withheld: list[str]
    stand_ins: list[StandIn]
    code: dict[str, bytes] = {}


class Call(Frame, frozen=True):
    """Call what stands at root.path; ``watch`` asks for changed arguments and shared memory."""

    id: int
    root: Root
    path: list[str]
    args: list[Any]
    kwargs: dict[str, Any]
    watch: bool


class Get(Frame, frozen=True):
    """The value at root.path; ``by_handle`` keeps arrays and dicts in the worker and returns handles to them."""

    id: int
    root: Root
    path: list[str]
    by_handle: bool


class Put(Frame, frozen=True):
    """Assign an attribute (``key`` None) or, in place, the contents of an entry (``x[key][...] = value``)."""

    id: int
    root: Root
    path: list[str]
    key: Any
    value: Any


class Compile(Frame, frozen=True):
    """Compile a module and return the code's bytes; asked of a worker that never runs student code."""

    id: int
    module: str


class Import(Frame, frozen=True):
    """Import a student module and nothing else."""

    id: int
    module: str


class Reset(Frame, frozen=True):
    """Forget modules, objects and functions: a new `Setup` follows. For our own code only, see `thrifty.Thrifty`."""

    id: int


class Answer(Frame, frozen=True):
    """The grader's answer to a `Callback`; ``changes`` are [index, new value] of its arrays and generators.

    They are counted in the order in which they stand in the callback: what the function did to them in place.
    """

    id: int
    value: Any
    changes: list[tuple[int, Any]] = []


class Refuse(Frame, frozen=True):
    """The grader's refusal of a `Callback`: raised in the worker as an exception of that sentence."""

    id: int
    message: str


class Reply(Frame, frozen=True):
    """A value, what the call changed in its arguments, and which of its arrays share memory."""

    id: int
    value: Any
    changes: list[tuple[str, str, Any]]
    shared: list[tuple[str, str]]
    printed: str


class Raised(Frame, frozen=True):
    """Student code raised: the class and its bases by name, the message, the innermost student line."""

    id: int
    kind: str
    bases: list[str]
    message: str
    where: tuple[str, int, str]
    importing: str
    printed: str


class Missing(Frame, frozen=True):
    """There is no such name; nothing of the student's was called."""

    id: int
    what: str


class Callback(Frame, frozen=True):
    """Student code called a function of the grader's."""

    id: int
    function: int
    args: list[Any]
    kwargs: dict[str, Any]


Request = Setup | Call | Get | Put | Compile | Import | Reset | Answer | Refuse
Response = Reply | Raised | Missing | Callback

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_responses: msgspec.msgpack.Decoder[Response] = msgspec.msgpack.Decoder(Response)


def encode(frame: Frame) -> bytes:
    """The frame as bytes, length included; raises WireError above `MAX_FRAME`."""
    body = _encoder.encode(frame)
    if len(body) > MAX_FRAME:
        raise WireError(f"a frame of {len(body)} bytes is over the cap of {MAX_FRAME}")
    return _LENGTH.pack(len(body)) + body


def decode_request(body: bytes | bytearray) -> Request:
    return _requests.decode(body)


def decode_response(body: bytes | bytearray) -> Response:
    """A worker's frame; any malformed one is a WireError, never another exception."""
    if len(body) > SMALL_FRAME:
        _count_objects(body)
    try:
        return _responses.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError, TypeError, MemoryError, OverflowError) as error:
        raise WireError(f"not one of our frames: {type(error).__name__}") from None


# First byte of a msgpack value: bytes of its head, and of the length field behind the first byte.
_FIXED = {0xC0: 1, 0xC2: 1, 0xC3: 1, 0xCA: 5, 0xCB: 9, 0xDC: 3, 0xDD: 5, 0xDE: 3, 0xDF: 5}
_FIXED |= {0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9, 0xD0: 2, 0xD1: 3, 0xD2: 5, 0xD3: 9}
_FIXED |= {0xD4: 3, 0xD5: 4, 0xD6: 6, 0xD7: 10, 0xD8: 18}
_FIXED |= dict.fromkeys((*range(0xA0), *range(0xE0, 0x100)), 1) | {0xA0 + size: 1 + size for size in range(32)}
_COUNTED = {0xC4: (2, 1), 0xC5: (3, 2), 0xC6: (5, 4), 0xC7: (3, 1), 0xC8: (4, 2), 0xC9: (6, 4)}
_COUNTED |= {0xD9: (2, 1), 0xDA: (3, 2), 0xDB: (5, 4)}


def _count_objects(body: bytes | bytearray) -> None:
    """Refuse a frame of more values than any honest one has, before they become objects."""
    place, left = 0, MAX_OBJECTS
    while place < len(body):
        left -= 1
        if left < 0:
            raise WireError(f"a frame of more than {MAX_OBJECTS} values")
        first = body[place]
        if first in _FIXED:
            place += _FIXED[first]
        elif first in _COUNTED:
            head, size = _COUNTED[first]
            place += head + int.from_bytes(body[place + 1 : place + 1 + size], "big")
        else:
            raise WireError("not one of our frames")


class Channel:
    """Frames over a file descriptor, with a deadline for each (``time.monotonic`` seconds, or None for never)."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._buffer = bytearray()
        self._closed = False

    def send(self, data: bytes, deadline: float | None = None) -> None:
        """Write all of ``data``; while the other end does not read, wait until the deadline."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self.fd, view[:_CHUNK]) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, deadline)
            except OSError as error:
                raise WireError(f"the other end is gone ({error.strerror})") from None

    def receive(self, deadline: float | None = None, cap: int = MAX_FRAME) -> bytearray:
        """The body of the next frame; the length is judged before more than a chunk of it is read."""
        self._fill(_LENGTH.size, deadline)
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > cap:
            raise WireError(f"a frame of {length} bytes is over the cap of {cap}")
        self._fill(_LENGTH.size + length, deadline)
        body = self._buffer[_LENGTH.size : _LENGTH.size + length]
        del self._buffer[: _LENGTH.size + length]
        return body

    @property
    def idle(self) -> bool:
        """Whether nothing unread has arrived: more bytes after a reply would be a second reply."""
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        return not self._buffer and not poll.poll(0)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            os.close(self.fd)
            self.fd = -1

    def _fill(self, size: int, deadline: float | None) -> None:
        while len(self._buffer) < size:
            self._wait(select.POLLIN, deadline)
            try:
                data = os.read(self.fd, max(_PIECE, min(_CHUNK, size - len(self._buffer))))
            except BlockingIOError:
                continue
            except OSError as error:
                raise WireError(f"the other end is gone ({error.strerror})") from None
            if not data:
                raise WireError("the other end closed the wire")
            self._buffer += data

    def _wait(self, event: int, deadline: float | None) -> None:
        if deadline is None:
            return
        poll = select.poll()
        poll.register(self.fd, event)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise WireTimeout
