"""Hostile and careless code for the demo's hand-ins; ``{victim}`` is the method of ``{owner}`` that it replaces."""

LOOP = """

def _spin(self, *args, **kwargs):
    while True:
        pass


{victim} = _spin
"""
HOG = """

import numpy as np


def _hog(self, *args, **kwargs):
    kept = []
    while True:
        kept.append(np.zeros(10**7))


{victim} = _hog
"""
CHATTER = """

def _chatter(self, *args, **kwargs):
    while True:
        print("still working", "." * 10_000)


{victim} = _chatter
"""
LEAVE = """
import os

os._exit(0)
"""
READ = """

import glob
import gc
import sys


def _look_everywhere():
    found = []
    frame = sys._getframe()
    while frame is not None:
        found.append(dict(frame.f_locals))
        frame = frame.f_back
    for pattern in ("/autograder/**/test_*.py", "../**/hidden/**/*.py", "/proc/*/mem", "/proc/*/environ"):
        for path in glob.glob(pattern, recursive=True):
            with open(path, "rb") as file:
                found.append(file.read())
    found += [thing for thing in gc.get_objects() if "expected" in repr(type(thing))]
    return found


def _copied(self, *args, **kwargs):
    for thing in _look_everywhere():
        if isinstance(thing, dict) and "expected" in thing:
            return thing["expected"]
    return args[0] if args else None


{victim} = {owner}.backward = _copied
"""
WRITE = """

import json
import os


def _write_results():
    everything = json.dumps(dict(score=100.0, tests=[]))
    for path in ("/autograder/results/results.json", "../results/results.json", "results.json", "grades.csv"):
        try:
            with open(path, "w") as file:
                file.write(everything)
        except OSError:
            pass
    for fd in range(3, 64):
        try:
            os.write(fd, everything.encode())
        except OSError:
            pass


_write_results()
print(json.dumps(dict(score=100.0)))
"""
PLAUSIBLE = '''"""Answers everything with something of the right kind."""

import numpy as np


class Plausible:
    def __init__(self, *args, **kwargs):
        self.args, self.params, self.grads = args, {}, {}

    def forward(self, x, y=None):
        self.x, self.y = x, y
        return np.array(x, dtype=float) + 0.5

    def backward(self, upstream=1.0):
        return np.array(upstream) if self.y is None else (np.array(upstream), np.array(upstream))

    def __call__(self, *args, **kwargs):
        return 0.5

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: args[0] if args else 0.5


def plausible(*args, **kwargs):
    return np.zeros_like(args[0], dtype=float) if args and isinstance(args[0], np.ndarray) else 0.5


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)
    return Plausible if name[0].isupper() else plausible
'''
