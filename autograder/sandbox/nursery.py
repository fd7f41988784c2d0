"""A clean interpreter that forks workers. Run as a program; it never sees a submission, a test or a secret.

Its path is the standard library, NumPy, msgspec and this folder. It preloads what students import, since a sealed
worker can open nothing. On its control socket: ``spawn`` with a wire's descriptor, ``reap`` a worker, nothing else.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import signal
import socket
import sys
import time
import warnings
from typing import Any

PATIENCE = 20
"""Milliseconds."""
PRELOADED = """
abc argparse array ast base64 bisect builtins cmath codecs collections collections.abc contextlib contextvars copy
copyreg csv ctypes dataclasses datetime decimal difflib dis enum errno fractions functools gc getopt getpass glob
graphlib hashlib heapq html importlib importlib.metadata importlib.resources inspect io itertools json keyword
linecache locale logging logging.handlers math numbers operator os os.path pathlib pdb pickle pickletools platform
pprint queue random re reprlib secrets select selectors shelve shlex shutil signal socket stat statistics string
struct subprocess symtable sys sysconfig tempfile textwrap threading time timeit token tokenize traceback types
typing unittest unittest.mock urllib.parse uuid warnings weakref zipfile zlib zoneinfo concurrent.futures
multiprocessing asyncio fnmatch gzip bz2 lzma sqlite3 atexit sched stringprep unicodedata encodings.idna
encodings.ascii encodings.latin_1 encodings.utf_16 encodings.unicode_escape colorsys cProfile pstats profile
tracemalloc faulthandler code codeop cmd configparser xml.etree.ElementTree mmap curses.ascii numpy.ma numpy.testing
numpy.polynomial numpy.lib.stride_tricks numpy.lib.scimath numpy.lib.format numpy.typing numpy.exceptions
numpy.dtypes numpy.random numpy.linalg numpy.fft numpy.strings numpy.rec numpy.char numpy.ctypeslib
numpy.lib.recfunctions numpy.lib.mixins numpy.lib.npyio numpy.lib.array_utils numpy.lib.introspect numpy.emath
""".split()  # noqa: SIM905 - a list of names reads better as text


class _OnlyThese(importlib.abc.MetaPathFinder):
    """Finds the few packages that workers may have, each in its own folder, and nothing else beside them."""

    def __init__(self, folders: dict[str, str]) -> None:
        self.folders = folders

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname in self.folders:
            return importlib.machinery.PathFinder.find_spec(fullname, [self.folders[fullname]])
        return None


def _preload(folders: dict[str, str]) -> Any:
    """Import everything a worker may need; returns our own package, closed for further imports from disk."""
    finder = _OnlyThese(folders)
    sys.meta_path.append(finder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import numpy

        for name in PRELOADED:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        numpy.linalg.svd(numpy.eye(3))
        numpy.fft.fft(numpy.eye(2))
        numpy.random.default_rng(0).normal(size=2)
        str(numpy.ones(2))
        here = os.path.dirname(os.path.abspath(__file__))
        spec = importlib.util.spec_from_file_location(
            "sandbox", os.path.join(here, "__init__.py"), submodule_search_locations=[here]
        )
        assert spec and spec.loader
        package = importlib.util.module_from_spec(spec)
        sys.modules["sandbox"] = package
        spec.loader.exec_module(package)
        importlib.import_module("sandbox.worker")
    package.__path__ = []
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]  # as with site, which -S leaves out
    sys.meta_path.remove(finder)
    return package


def _spawn(package: Any, order: dict[str, Any], fd: int, control: socket.socket) -> int:
    pid = os.fork()
    if pid:
        return pid
    control.close()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    order["layers"] = tuple(order["layers"])
    package.worker.run(fd, package.layers.Settings(**order))
    raise AssertionError("a worker never returns")


def _reap(pid: int) -> dict[str, Any]:
    """Kill the worker unless it has ended, wait for it, and say how it ended."""
    with contextlib.suppress(ChildProcessError):
        for _ in range(PATIENCE):
            # A process closes its wire a moment before it has ended: let it, or its own end is lost.
            lives = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
            if not lives:
                break
            time.sleep(0.001)
        if lives:
            os.kill(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
        cpu = usage.ru_utime + usage.ru_stime
        return {"status": status, "cpu": cpu, "memory": usage.ru_maxrss, "killed": lives and os.WIFSIGNALED(status)}
    return {"status": 0, "cpu": 0.0, "memory": 0, "killed": False}


class _Workers:
    """The living, and those killed but not yet waited for: a process's end takes as long as its start."""

    def __init__(self) -> None:
        self.living: set[int] = set()
        self.ending: set[int] = set()

    def discard(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.living.discard(pid)
        self.ending.add(pid)

    def collect(self, wait: bool = False) -> None:
        for pid in list(self.ending):
            if os.waitpid(pid, 0 if wait else os.WNOHANG)[0] == pid:
                self.ending.discard(pid)


def _obey(package: Any, workers: _Workers, order: dict[str, Any], fds: list[int], control: Any) -> dict[str, Any]:
    match order:
        case {"spawn": settings}:
            pid = _spawn(package, settings, fds[0], control)
            workers.living.add(pid)
            return {"pid": pid}
        case {"reap": int(pid)} if pid in workers.living:
            workers.living.discard(pid)
            return _reap(pid)
        case {"discard": int(pid)} if pid in workers.living:
            workers.discard(pid)
        case {"settle": _}:
            workers.collect(wait=True)
    return {"living": len(workers.living)}


def _serve(package: Any, control: socket.socket) -> None:
    workers = _Workers()
    while True:
        data, fds, _, _ = socket.recv_fds(control, 4096, 1)
        if not data:
            break
        answer = _obey(package, workers, json.loads(data), fds, control)
        for fd in fds:
            os.close(fd)
        control.sendall(json.dumps(answer).encode())
        workers.collect()
    for pid in workers.living:
        _reap(pid)
    workers.collect(wait=True)


def main() -> None:
    """Arguments: the control socket's descriptor, and a JSON object package -> folder."""
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    package = _preload(json.loads(sys.argv[2]))
    sys.argv[:] = ["worker"]
    package.layers.hide_this_process()
    gc.collect()
    gc.freeze()
    control.sendall(b"ready")
    _serve(package, control)


if __name__ == "__main__":
    main()
