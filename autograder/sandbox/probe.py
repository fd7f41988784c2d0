"""What confinement really holds here: forbidden acts tried from inside a worker, and work that must succeed.

Each act runs in a fresh worker as student code would. An act that succeeds, or a control that fails, means that the
level is not what it says; grading stops.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from . import values, wire
from .client import Limits, Nursery, WorkerGone

PACKAGE = "student_src"
LIMITS = Limits(wall=10.0, cpu=5.0, memory=512 * 2**20)


@dataclass(frozen=True)
class Act:
    """``source`` is the body of a function of ``target`` (a dict of paths and pids) that succeeds by returning."""

    name: str
    source: str
    forbidden: bool = True


ACTS = (
    Act("read a file", "open(target['file']).read()"),
    Act("read the hidden suites", "open(target['suite']).read()"),
    Act("write a file", "open(target['folder'] + '/written', 'w').write('x')"),
    Act("make a folder", "os.mkdir(target['folder'] + '/made')"),
    Act("list a folder", "return os.listdir('/')"),
    Act("stat a file", "os.stat(target['file'])"),
    Act(
        "read the grader's memory",
        "with open(f\"/proc/{target['grader']}/mem\", 'rb', buffering=0) as file:\n"
        "        file.seek(target['address'])\n"
        "        assert len(file.read(1)) == 1",
    ),
    Act(
        "read another process's memory",
        "buffer = ctypes.create_string_buffer(8)\n"
        "    local = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8)\n"
        "    remote = (ctypes.c_void_p * 2)(id(None), 8)\n"
        "    assert ctypes.CDLL(None).process_vm_readv(target['nursery'], local, 1, remote, 1, 0) > 0",
    ),
    Act("find a secret in the environment", "assert any('decoy' in value for value in os.environ.values())"),
    Act("read the grader's environment", "open(f\"/proc/{target['grader']}/environ\", 'rb').read(1)"),
    Act("open a network socket", "socket.socket(socket.AF_INET, socket.SOCK_STREAM)"),
    Act("open a local socket", "socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)"),
    Act("fork", "pid = os.fork()\n    if pid == 0: os._exit(0)"),
    Act("run a program", "subprocess.run(['/bin/true'], check=True)"),
    Act("replace the program", "os.execv('/bin/true', ['true'])"),
    Act("signal the grader", "os.kill(target['grader'], 0)"),
    Act("signal the nursery", "os.kill(target['nursery'], 0)"),
    # PTRACE_SEIZE: attaching would stop the nursery where it is possible.
    Act("trace a process", "assert ctypes.CDLL(None).ptrace(0x4206, target['nursery'], 0, 0) == 0"),
    Act("become root", "os.setuid(0)\n    assert os.getuid() == 0 and open('/etc/shadow').read()"),
    Act("raise its own limits", "resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))"),
    Act("import the grader", "import autograder.hidden"),
    Act("matrix product", "assert (np.ones((3, 5)) @ np.ones((5, 2)))[0, 0] == 5", False),
    Act("singular values", "np.linalg.svd(np.random.default_rng(0).normal(size=(60, 40)))", False),
    Act("Fourier transform", "np.fft.fft(np.ones(8))", False),
    Act("random numbers", "np.random.default_rng(3).normal(size=10)", False),
    Act("print", "print('x' * 100)", False),
    Act("traceback", "try:\n        1 / 0\n    except ZeroDivisionError:\n        traceback.format_exc()", False),
    Act("a large temporary", "np.ones(4_000_000).sum()", False),
    Act("lazy imports", "import json, dataclasses, fractions, unittest.mock, numpy.polynomial", False),
)

_HEAD = "import ctypes, os, resource, socket, subprocess, traceback\nimport numpy as np\n"


def _source() -> str:
    bodies = "\n".join(f"def act_{number}(target):\n    {act.source}\n" for number, act in enumerate(ACTS))
    return _HEAD + bodies


def probe(nursery: Nursery) -> dict[str, str]:
    """Act name to outcome: "blocked" or "possible" for forbidden acts, "works" or "fails" for controls."""
    with _targets(nursery) as target:
        return {act.name: _outcome(nursery, number, act, target) for number, act in enumerate(ACTS)}


def faults(outcomes: dict[str, str]) -> list[str]:
    """What contradicts the level ``sealed``."""
    return [name for name, outcome in outcomes.items() if outcome in ("possible", "fails")]


@contextmanager
def _targets(nursery: Nursery) -> Iterator[dict[str, object]]:
    """Real things to attack: files anyone may read and write, our own and the nursery's process, a decoy secret."""
    before = os.environ.get("BACKPROP_DECOY")
    os.environ["BACKPROP_DECOY"] = "decoy secret"
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            path = os.path.join(folder, "readable")
            with open(path, "w") as file:
                file.write("readable")
            suite = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "suite", "judge.py")
            yield {
                "file": path,
                "folder": folder,
                "suite": suite,
                "grader": os.getpid(),
                "address": id(nursery),
                "nursery": nursery.pid,
            }
    finally:
        if before is None:
            del os.environ["BACKPROP_DECOY"]
        else:
            os.environ["BACKPROP_DECOY"] = before


def _outcome(nursery: Nursery, number: int, act: Act, target: dict[str, object]) -> str:
    worker = nursery.spawn(LIMITS)
    try:
        worker.request(wire.Setup(PACKAGE, {"probe_acts": _source()}, [], []))
        tree = values.Packer(lambda value: None).pack(target)
        response = worker.request(wire.Call(1, "probe_acts", [f"act_{number}"], [tree], {}, False))
        done = isinstance(response, wire.Reply)
    except WorkerGone as gone:
        # A program that replaced the worker's, or a process that left, got what it wanted.
        done = act.forbidden and gone.kind == "exit" and act.name == "replace the program"
    finally:
        worker.close()
    if act.forbidden:
        return "possible" if done else "blocked"
    return "works" if done else "fails"
