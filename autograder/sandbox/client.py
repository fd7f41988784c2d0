"""The grader's side: one nursery, many short-lived workers, every request with a deadline."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from . import layers, values, wire

START_SECONDS = 60.0
SPAWN_SECONDS = 20.0
COMPILE_SECONDS = 3.0
CODE_CAP = 4 * 2**20
RESPONSE_CAP = wire.MAX_FRAME
"""Bytes that one worker may send in all: what it sent is kept while its item runs."""
Answerer = Callable[[wire.Callback], wire.Answer | wire.Refuse]


class NurseryFault(Exception):
    """The nursery could not be started, or is gone, or a seal did not hold: the instrument's fault."""


@dataclass(frozen=True)
class Limits:
    """Of one worker: seconds of wall clock and CPU, bytes of memory."""

    wall: float
    cpu: float
    memory: int


class WorkerGone(Exception):
    """A worker ended, stalled or broke the protocol. ``kind``: time, cpu, crash, exit or protocol."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind, self.detail = kind, detail


class Nursery:
    """Starts workers of one level. ``slot`` separates the users of workers that run at the same time."""

    def __init__(self, level: str = "sealed", slot: int = 0, layer_names: tuple[str, ...] | None = None) -> None:
        self.level = level
        self.layer_names = layers.LEVELS[level] if layer_names is None else layer_names
        self.uid = _unused_uid(slot) if "identity" in self.layer_names and os.geteuid() == 0 else None
        self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def spawn(self, limits: Limits) -> Worker:
        """A sealed worker that has seen nothing yet; raises NurseryFault when a layer does not hold."""
        ours, theirs = socket.socketpair()
        try:
            pid = int(self._ask({"spawn": self._order(limits)}, [theirs.fileno()])["pid"])
        finally:
            theirs.close()
        ours.setblocking(False)
        worker = self._worker(pid, ours.detach(), limits)
        worker.await_ready()
        return worker

    def reap(self, pid: int) -> dict[str, Any]:
        """Kill the worker if it lives, and wait for it: its status, CPU seconds and peak memory in KiB."""
        return self._ask({"reap": pid}, [])

    def discard(self, pid: int) -> None:
        """Kill the worker; its end is waited for later."""
        self._ask({"discard": pid}, [])

    def settle(self) -> int:
        """Wait until every discarded worker is gone; how many others live."""
        return int(self._ask({"settle": True}, [])["living"])

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """A fresh nursery in place of one that is in an unknown state."""
        self._process.kill()
        self.close()
        self._start()

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _worker(self, pid: int, fd: int, limits: Limits) -> Worker:
        return Worker(self, pid, fd, limits)

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        here = Path(__file__).resolve().parent
        folders = {module.__name__: str(Path(str(module.__file__)).parent.parent) for module in (np, msgspec)}
        command = [sys.executable, "-P", "-s", "-S", "-B", str(here / "nursery.py"), str(theirs.fileno())]
        self._process = subprocess.Popen(
            [*command, json.dumps(folders)],
            env={"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        ours.settimeout(START_SECONDS)
        self._control = ours
        try:
            ready = ours.recv(16)
        except OSError:
            ready = b""
        if ready != b"ready":
            self._process.kill()
            _, complaint = self._process.communicate()
            last = complaint.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
            raise NurseryFault(f"the nursery did not start: {last[0]}")

    def _order(self, limits: Limits) -> dict[str, Any]:
        return {
            "uid": self.uid,
            "cpu_seconds": max(1, int(np.ceil(limits.cpu))),
            "memory": limits.memory,
            "layers": list(self.layer_names),
        }

    def _ask(self, order: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        try:
            socket.send_fds(self._control, [json.dumps(order).encode()], fds)
            answer = self._control.recv(4096)
            return dict(json.loads(answer))
        except (OSError, ValueError) as error:
            raise NurseryFault(f"the nursery is gone ({error.__class__.__name__})") from None


class Worker:
    """One sealed process: `request` as often as its limits allow, then `close`."""

    def __init__(self, nursery: Nursery, pid: int, fd: int, limits: Limits) -> None:
        self.nursery, self.pid, self.limits = nursery, pid, limits
        self.channel = wire.Channel(fd)
        self.deadline = time.monotonic() + limits.wall
        self.left = RESPONSE_CAP
        self.closed = False

    def await_ready(self) -> None:
        """Wait until the seal is on; only then may a source be sent."""
        try:
            response = wire.decode_response(self.channel.receive(time.monotonic() + SPAWN_SECONDS))
        except (wire.WireError, wire.WireTimeout) as error:
            self.close()
            raise NurseryFault(f"a worker did not come up ({error})") from None
        if not isinstance(response, wire.Reply) or response.value != "ready":
            self.close()
            raise NurseryFault(f"sealing failed: {getattr(response, 'message', 'no reason given')}")
        self.deadline = time.monotonic() + self.limits.wall

    def request(self, frame: wire.Frame, answer: Answerer | None = None) -> wire.Response:
        """Send a request and serve callbacks until its one reply; raises WorkerGone for everything else."""
        number = getattr(frame, "id", 0)
        if self.closed:
            raise WorkerGone("protocol", "the worker is gone")
        try:
            self.channel.send(wire.encode(frame), self.deadline)
            while True:
                body = self.channel.receive(self.deadline, self.left)
                self.left -= len(body)
                response = wire.decode_response(body)
                if not isinstance(response, wire.Callback):
                    break
                if answer is None:
                    raise wire.WireError("a callback nobody asked for")
                self.channel.send(wire.encode(answer(response)), self.deadline)
            if response.id != number or not self.channel.idle:
                raise wire.WireError("a reply to another request")
            return response
        except wire.WireTimeout:
            self._gone("time", f"no answer within {self.limits.wall:g} s")
        except (wire.WireError, values.ValueFault) as error:
            self._gone("protocol", str(error))
        raise AssertionError("unreachable")

    @property
    def received(self) -> int:
        """Bytes of frames it has sent so far."""
        return RESPONSE_CAP - self.left

    def cpu_seconds(self) -> float:
        """CPU time this worker has used, read from its clock by the kernel, not told by it."""
        try:
            return time.clock_gettime((~self.pid << 3) | 2)
        except OSError:
            raise WorkerGone("protocol", "the worker is gone") from None

    def close(self) -> None:
        """End this worker and take its wire away."""
        if not self.closed:
            self.closed = True
            self.channel.close()
            self.nursery.discard(self.pid)

    def end(self) -> dict[str, Any]:
        """End this worker and wait: how it ended, as `Nursery.reap` says."""
        self.closed = True
        self.channel.close()
        return self.nursery.reap(self.pid)

    def _gone(self, kind: str, detail: str) -> None:
        end = self.end()
        status = int(end["status"])
        if kind == "protocol" and os.WIFSIGNALED(status) and not end["killed"]:
            number = os.WTERMSIG(status)
            spent = number == signal.SIGKILL and end["cpu"] >= int(np.ceil(self.limits.cpu)) * 0.9
            if number == signal.SIGXCPU or spent:
                raise WorkerGone("cpu", f"used more than {self.limits.cpu:g} s of CPU time")
            raise WorkerGone("crash", f"ended by {signal.Signals(number).name}")
        if kind == "protocol" and os.WIFEXITED(status) and ("closed" in detail or "gone" in detail):
            raise WorkerGone("exit", f"left the process with exit status {os.WEXITSTATUS(status)}")
        raise WorkerGone(kind, detail)


def compile_all(
    nursery: Nursery,
    package: str,
    sources: Mapping[str, str],
    stand_ins: list[wire.StandIn],
    wanted: Collection[str],
) -> dict[str, bytes]:
    """Code of the ``wanted`` modules that compile, made in a sealed worker that never runs any of them."""
    worker = nursery.spawn(Limits(COMPILE_SECONDS, COMPILE_SECONDS, 512 * 2**20))
    found: dict[str, bytes] = {}
    try:
        worker.request(wire.Setup(package, dict(sources), [], stand_ins))
        for number, name in enumerate(wanted, 1):
            response = worker.request(wire.Compile(number, name))
            code = response.value if isinstance(response, wire.Reply) else None
            if isinstance(code, bytes) and len(code) <= CODE_CAP:
                found[name] = code
    except WorkerGone:
        return {}
    finally:
        worker.close()
    return found


def _unused_uid(slot: int) -> int:
    """A uid without an account, different for each slot and (most likely) for each grader that runs beside us."""
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    uid = 30_000 + (os.getpid() * 16 + slot) % 30_000
    while uid in taken:
        uid += 1
    return uid
