"""The seal as a table: each layer, what it stops, and the function that puts it on. A worker puts them on in order.

Every layer is probed (`probe.py`); what the machine cannot give is reported, and grading refuses below ``sealed``.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import seccomp

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
SECCOMP_MODE_FILTER = 2
LANDLOCK_CREATE, LANDLOCK_RESTRICT = 444, 446
SIGKILL = 9
LINUX = sys.platform.startswith("linux")


@dataclass(frozen=True)
class Settings:
    """How one worker is confined. ``uid`` None: keep ours (not root, or not wanted). Memory in bytes, CPU in s."""

    uid: int | None
    cpu_seconds: int
    memory: int
    layers: tuple[str, ...]


class LayerFault(Exception):
    """A layer could not be put on; the worker must not run anything."""


# Made when the nursery loads this module, so that no worker pays for them.
_LIBC = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
_prctl: Any = _LIBC.prctl if LINUX and _LIBC else None
_syscall: Any = _LIBC.syscall if LINUX and _LIBC else None


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise LayerFault(f"{what}: {os.strerror(number)}")
    return result


def _session(_: Settings) -> None:
    os.setsid()
    with contextlib.suppress(OSError):
        fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(fd, b"1000")
        os.close(fd)


def _identity(settings: Settings) -> None:
    if settings.uid is None:
        return
    try:
        os.setgroups([])
        os.setresgid(settings.uid, settings.uid, settings.uid)
        os.setresuid(settings.uid, settings.uid, settings.uid)
    except (OSError, AttributeError) as error:
        raise LayerFault(f"another uid: {error}") from None


def _limits(settings: Settings) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with contextlib.suppress(OSError):
        fd = os.open("/proc/self/statm", os.O_RDONLY)
        used = int(os.read(fd, 100).split()[0]) * resource.getpagesize()
        os.close(fd)
    for name, value in (
        ("RLIMIT_AS", used + settings.memory),
        ("RLIMIT_CPU", settings.cpu_seconds),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_NOFILE", 16),
        ("RLIMIT_MEMLOCK", 0),
        ("RLIMIT_MSGQUEUE", 0),
    ):
        if hasattr(resource, name):
            # Beside CPU's soft limit (SIGXCPU, named in the report) a hard one a second later for who ignores it.
            hard = value + 1 if name == "RLIMIT_CPU" else value
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(getattr(resource, name), (value, hard))


def _orphan(_: Settings) -> None:
    # Only after the identity: the kernel forgets the parent-death signal when the uid changes.
    if not LINUX:
        raise LayerFault("parent-death signal: Linux only")
    _checked(_prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "parent-death signal")
    _checked(_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "not dumpable")


def _no_new_privileges(_: Settings) -> None:
    if not LINUX:
        raise LayerFault("no new privileges: Linux only")
    _checked(_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


def landlock_version() -> int:
    """The kernel's Landlock version, 0 where there is none."""
    if not LINUX:
        return 0
    return max(0, int(_syscall(LANDLOCK_CREATE, None, 0, 1)))


def _landlock(_: Settings) -> None:
    version = landlock_version()
    if version == 0:
        return
    rights = {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)
    rules = _Ruleset((1 << rights) - 1, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    fd = _checked(_syscall(LANDLOCK_CREATE, ctypes.byref(rules), size, 0), "Landlock ruleset")
    _checked(_syscall(LANDLOCK_RESTRICT, fd, 0), "Landlock")
    os.close(fd)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _assembled() -> tuple[Any, Any] | None:
    target = seccomp.machine()
    if not LINUX or target is None:
        return None
    code = seccomp.assemble(seccomp.program(target))
    buffer = ctypes.create_string_buffer(code, len(code))
    return _Program(len(code) // 8, ctypes.addressof(buffer)), buffer


_FILTER = _assembled()


def _system_calls(_: Settings) -> None:
    if _FILTER is None:
        raise LayerFault("system-call filter: none for this machine")
    filters, _buffer = _FILTER
    _checked(_prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filters), 0, 0), "system-call filter")


@dataclass(frozen=True)
class Layer:
    """One layer: ``stops`` is what an attack would get without it."""

    name: str
    needs: str
    stops: str
    apply: Callable[[Settings], None]


LAYERS = (
    Layer("session", "POSIX", "signals to the grader's group, its terminal", _session),
    Layer("identity", "root", "files and processes of the grader's user", _identity),
    Layer("limits", "POSIX", "memory, CPU, written files, core dumps", _limits),
    Layer("orphan", "Linux", "outliving the nursery; being read by another process", _orphan),
    Layer("no new privileges", "Linux", "set-uid programs", _no_new_privileges),
    Layer("landlock", "Linux 5.13, optional", "paths, TCP, signals outside (second lock)", _landlock),
    Layer("system calls", "Linux, x86-64 or arm64", "open, socket, fork, exec, kill, ptrace", _system_calls),
)

SEALED = tuple(layer.name for layer in LAYERS)
PROCESS = ("session", "limits")
LEVELS = {"sealed": SEALED, "process": PROCESS}


def seal(settings: Settings) -> None:
    """Put on the layers of ``settings``, in the order of the table; raises LayerFault at the first that fails."""
    for layer in LAYERS:
        if layer.name in settings.layers:
            layer.apply(settings)


def hide_this_process() -> None:
    """Make this process unreadable for others of the same uid (memory, environ, ptrace)."""
    if LINUX:
        _prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
