"""One nursery for the folder, and a way to run a hand-in's function in a fresh sealed worker."""

import contextlib

import pytest

from autograder.sandbox import values, wire
from autograder.sandbox.client import Limits, Nursery

SHORT = Limits(wall=4.0, cpu=1.0, memory=256 * 2**20)


@pytest.fixture(scope="session")
def nursery():
    with Nursery() as one:
        yield one


def fault(tree):
    raise values.ValueFault("not plain")


class Hand:
    """A worker with ``sources``; `call` gives the raw response, `value` the plain value of a reply."""

    def __init__(self, worker):
        self.worker, self.count = worker, 0

    def call(self, name, *args, module="m", answer=None, watch=True):
        self.count += 1
        trees = [values.Packer(lambda value: value).pack(arg) for arg in args]
        return self.worker.request(wire.Call(self.count, module, [name], trees, {}, watch), answer)

    def value(self, name, *args, module="m"):
        response = self.call(name, *args, module=module)
        assert isinstance(response, wire.Reply), response
        return values.Unpacker(lambda tree: values.Opaque(tree[0])).unpack(response.value)


@pytest.fixture
def hand(nursery):
    """``hand(source)`` or ``hand({"m": …, "n": …}, withheld=…)``: an open worker, closed behind the test."""
    with contextlib.ExitStack() as stack:

        def start(sources, withheld=(), stand_ins=(), limits=SHORT, home=nursery):
            worker = home.spawn(limits)
            stack.callback(worker.close)
            sources = {"m": sources} if isinstance(sources, str) else sources
            worker.request(wire.Setup("student_src", sources, list(withheld), list(stand_ins)))
            return Hand(worker)

        yield start
