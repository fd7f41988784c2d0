"""The probe sees: what holds when sealed is possible without the layers."""

import os

import pytest

from autograder.sandbox import layers, probe, seccomp
from autograder.sandbox.client import Nursery

SEALABLE = layers.LINUX and seccomp.machine() is not None
pytestmark = pytest.mark.skipif(not SEALABLE, reason="this machine cannot seal")

FORBIDDEN = {act.name for act in probe.ACTS if act.forbidden}
CONTROLS = {act.name for act in probe.ACTS} - FORBIDDEN
# Blocked by the nursery's clean environment and path, whatever the layers.
ALWAYS_BLOCKED = {"find a secret in the environment", "import the grader"}
ROOT_ONLY = {
    "read the grader's memory",
    "read another process's memory",
    "read the grader's environment",
    "trace a process",
    "become root",
    "raise its own limits",
}
FILES = {"read a file", "read the hidden suites", "write a file", "make a folder", "list a folder"}


def outcomes(*names):
    with Nursery(layer_names=names) as nursery:
        return probe.probe(nursery)


def possible(found):
    return {name for name, outcome in found.items() if outcome == "possible"}


def test_sealed_blocks_every_act_and_the_work_is_done():
    found = outcomes(*layers.SEALED)
    assert {name for name, outcome in found.items() if outcome == "blocked"} == FORBIDDEN
    assert {name for name, outcome in found.items() if outcome == "works"} == CONTROLS
    assert probe.faults(found) == []


def test_without_layers_the_same_acts_are_possible():
    found = outcomes()
    wanted = FORBIDDEN - ALWAYS_BLOCKED
    if os.geteuid() != 0:
        wanted -= ROOT_ONLY
    assert possible(found) >= wanted
    assert set(probe.faults(found)) >= wanted


def test_the_system_call_filter_holds_alone():
    assert possible(outcomes("system calls")) == set()


@pytest.mark.skipif(layers.landlock_version() == 0, reason="no Landlock here")
def test_the_second_lock_alone_keeps_files_and_nothing_else():
    found = possible(outcomes("no new privileges", "landlock"))
    assert not found & FILES
    assert {"fork", "open a local socket"} <= found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change its user")
def test_another_user_alone_keeps_the_grader_but_not_the_world():
    found = possible(outcomes("identity", "orphan"))
    assert not found & {"read the grader's memory", "signal the grader", "trace a process", "become root"}
    assert {"read a file", "fork", "open a network socket"} <= found


def test_level_process_is_no_seal_and_says_so():
    with Nursery("process") as nursery:
        found = probe.probe(nursery)
    assert {"read a file", "open a network socket"} <= set(probe.faults(found))
    assert {name for name in CONTROLS if found[name] != "works"} == set()
