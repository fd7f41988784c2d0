"""Frames: whatever bytes come, the grader gets a frame, a WireError or a WireTimeout, and allocates little."""

import contextlib
import os
import socket
import struct
import threading
import time
import tracemalloc

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.sandbox import wire

REPLY = wire.Reply(3, ["t", 1.0, "x"], [("0", "contents", 2)], [("", "argument 0")], "printed")
BODY = wire.encode(REPLY)[4:]
HEAD = b"\x96\xa5Reply\x01"


@contextlib.contextmanager
def pair():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    channel = wire.Channel(ours.detach())
    try:
        yield channel, theirs
    finally:
        channel.close()
        theirs.close()


def soon(seconds=5.0):
    return time.monotonic() + seconds


@pytest.mark.parametrize(
    "frame",
    [
        REPLY,
        wire.Raised(1, "ValueError", ["ValueError"], "m", ("a.py", 3, "f"), "", ""),
        wire.Missing(1, "no"),
        wire.Callback(1, 2, [1], {"k": 2}),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_responses_survive(frame):
    assert wire.decode_response(wire.encode(frame)[4:]) == frame


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_a_wire_error(data):
    for body in (data, HEAD + data, BODY[: len(data)] + data):
        with contextlib.suppress(wire.WireError):
            wire.decode_response(body)


@given(st.integers(0, len(BODY) - 1), st.integers(0, 255))
def test_a_changed_byte_is_a_frame_or_a_wire_error(place, byte):
    with contextlib.suppress(wire.WireError):
        wire.decode_response(BODY[:place] + bytes([byte]) + BODY[place + 1 :])


@pytest.mark.parametrize("changes", [[5], ["abc"], [["a", "b"]], [["a", "b", 1, 2]], [[1, "rng", 2]], 7, None])
def test_facts_of_another_form_are_refused(changes):
    body = msgspec.msgpack.encode(["Reply", 1, None, changes, [], ""])
    with pytest.raises(wire.WireError):
        wire.decode_response(body)


@pytest.mark.parametrize("name", ["Call", "Setup", "Answer", "Compile", "Nonsense"])
def test_a_request_is_no_response(name):
    with pytest.raises(wire.WireError):
        wire.decode_response(msgspec.msgpack.encode([name, 1, "student", [], [], {}, True]))


@pytest.mark.parametrize("claim", [b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"])
def test_a_claimed_length_inside_a_frame_is_not_allocated(claim):
    tracemalloc.start()
    try:
        with pytest.raises(wire.WireError):
            wire.decode_response(HEAD + claim)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("byte", [b"\x90", b"\x80"], ids=["lists", "dicts"])
def test_many_tiny_values_are_refused_before_they_are_objects(byte, monkeypatch):
    monkeypatch.setattr(wire, "MAX_OBJECTS", 20_000)  # tracing makes counting slow
    count = 2**19
    body = HEAD + b"\xdd" + count.to_bytes(4, "big") + byte * count + b"\x90\x90\xa0"
    tracemalloc.start()
    try:
        with pytest.raises(wire.WireError, match="values"):
            wire.decode_response(body)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "value",
    [
        bytes(2**19),
        "é" * 2**18,
        [1.5] * 10**5,
        list(range(-90_000, 90_000, 2)),
        [2**40] * 10**5,
        [[True, None]] * 10**5,
        [{"key": "v" * 40}] * 20_000,
        ["w" * 300] * 2000,
        [bytes(300)] * 2000,
        msgspec.msgpack.Ext(5, bytes(2**19)),
        [msgspec.msgpack.Ext(5, bytes(n)) for n in (1, 2, 4, 8, 16, 7, 300)] * 2000,
        [2**63] * 40_000,
        [-(2**40)] * 40_000,
        [*range(200, 70000), *range(-40000, -100)],
        bytes(70_000) * 4,
    ],
    ids=range(15),
)
def test_a_large_frame_of_honest_values_is_read(value):
    body = msgspec.msgpack.encode(["Reply", 1, value, [], [], ""])
    assert len(body) > wire.SMALL_FRAME
    assert wire.decode_response(body).value == value


def test_a_length_bomb_is_refused_before_its_bytes():
    with pair() as (channel, theirs):
        theirs.sendall(struct.pack("<I", 2**32 - 1))
        tracemalloc.start()
        with pytest.raises(wire.WireError, match="cap"):
            channel.receive(soon())
        assert tracemalloc.get_traced_memory()[1] < 2**20
        tracemalloc.stop()


def test_a_truncated_frame_and_an_end_are_wire_errors():
    for sent in (b"", b"\x01", struct.pack("<I", 100) + b"short"):
        with pair() as (channel, theirs):
            theirs.sendall(sent)
            theirs.close()
            with pytest.raises(wire.WireError, match="closed"):
                channel.receive(soon())


def test_silence_and_a_frame_without_end_are_timeouts():
    for sent in (b"", struct.pack("<I", 100) + b"short"):
        with pair() as (channel, theirs):
            theirs.sendall(sent)
            with pytest.raises(wire.WireTimeout):
                channel.receive(soon(0.02))


def test_who_does_not_read_is_a_timeout():
    with pair() as (channel, _), pytest.raises(wire.WireTimeout):
        channel.send(bytes(2**22), soon(0.05))


def test_a_large_frame_arrives_whole_in_pieces():
    data = wire.encode(wire.Missing(1, "x" * 2**20))
    with pair() as (channel, theirs):
        sender = threading.Thread(target=theirs.sendall, args=(data,))
        sender.start()
        assert wire.decode_response(channel.receive(soon())).what == "x" * 2**20
        sender.join()
        assert channel.idle


def test_a_second_frame_is_noticed():
    with pair() as (channel, theirs):
        theirs.sendall(wire.encode(REPLY) * 2)
        channel.receive(soon())
        assert not channel.idle


def test_our_own_frames_have_a_cap_too():
    with pytest.raises(wire.WireError, match="cap"):
        wire.encode(wire.Answer(1, bytes(wire.MAX_FRAME)))


def test_a_closed_channel_never_writes_to_whoever_got_its_number():
    with pair() as (channel, _):
        channel.close()
        reader, writer = os.pipe()
        try:
            with pytest.raises((wire.WireError, ValueError)):
                channel.send(b"secret", soon(0.1))
            os.set_blocking(reader, False)
            with pytest.raises(BlockingIOError):
                os.read(reader, 1)
        finally:
            os.close(reader)
            os.close(writer)
