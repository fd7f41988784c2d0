"""``modules(source)``: student code behind the proxies, as a hidden suite sees it."""

import pytest

from autograder.sandbox import wire
from autograder.sandbox.client import Limits, Nursery
from autograder.suite.proxy import Remote, StudentProxy
from autograder.suite.transcript import Transcript

LIMITS = Limits(wall=5.0, cpu=2.0, memory=256 * 2**20)


@pytest.fixture(scope="session")
def nursery():
    with Nursery() as one:
        yield one


@pytest.fixture
def modules(nursery):
    remotes = []

    def start(source, stand_ins=(), functions=(), limits=LIMITS):
        def setup(remote):
            remote.functions.update(functions)
            return wire.Setup("student_src", {"m": source}, [], list(stand_ins))

        remote = Remote(nursery, limits, setup, Transcript())
        remotes.append(remote)
        return StudentProxy(remote, frozenset({"m"}))

    yield start
    for remote in remotes:
        remote.close()
