"""Workers that are lent again: for sources we trust, and as good as new."""

import pytest

from autograder.sandbox import wire
from autograder.sandbox.client import Limits, WorkerGone
from autograder.sandbox.thrifty import LENT_CPU, Thrifty

LIMITS = Limits(5.0, 2.0, 512 * 2**20)
FIRST = "import numpy as np\nseen = []\ndef f(x): seen.append(x); return len(seen)\n"
SECOND = "def g(): return 'other'\n"


@pytest.fixture
def thrifty():
    with Thrifty("sealed", 11) as nursery:
        yield nursery


def opened(nursery, source):
    worker = nursery.spawn(LIMITS)
    worker.request(wire.Setup("student_src", {"m": source}, [], []))
    return worker


def call(worker, name, *args):
    return worker.request(wire.Call(1, "m", [name], list(args), {}, False))


def test_a_worker_given_back_is_lent_again_and_has_forgotten_everything(thrifty):
    first = opened(thrifty, FIRST)
    assert [call(first, "f", 1).value for _ in range(2)] == [1, 2]
    first.close()
    second = opened(thrifty, FIRST)
    assert second is first and call(second, "f", 1).value == 1
    second.close()
    third = opened(thrifty, SECOND)
    assert third is first and call(third, "g").value == "other"
    assert isinstance(call(third, "f", 1), wire.Missing)


def test_two_at_a_time_are_two(thrifty):
    first, second = opened(thrifty, FIRST), opened(thrifty, FIRST)
    assert first.pid != second.pid


def test_one_that_ended_is_not_lent_again(thrifty):
    first = opened(thrifty, "import os\ndef leave(): os._exit(3)\n")
    with pytest.raises(WorkerGone):
        call(first, "leave")
    first.close()
    assert opened(thrifty, FIRST).pid != first.pid
    assert thrifty.settle() == 1


def test_one_that_used_its_time_is_replaced(thrifty):
    first = opened(thrifty, "def spin(n):\n    while n: n -= 1\n")
    while first.cpu_seconds() < LENT_CPU:
        call(first, "spin", 1_000_000)
    first.close()
    assert opened(thrifty, FIRST).pid != first.pid
