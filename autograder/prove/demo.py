"""The demo's hand-ins: made from solutions, other styles, stubs, mistakes and hostile code, as a messy folder."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder import mistakes
from autograder.grading.instrument import Instrument
from autograder.model.errors import WrongUse

from .calibrate import correct_styles

MARK = ".backprop-demo"
Sources = dict[str, str]

LOOP = "\n\ndef _spin(self, x):\n    while True:\n        pass\n\n\nReciprocal.forward = _spin\n"
HOG = (
    "\n\ndef _hog(self, x):\n    kept = []\n    while True:\n        kept.append(np.ones(10**7))\n\n\n"
    "Reciprocal.forward = _hog\n"
)
CHATTER = (
    "\n\ndef _chatter(self, x):\n    while True:\n        print('still working', '.' * 10_000)\n\n\n"
    "Reciprocal.forward = _chatter\n"
)
LEAVE = "\nimport os\n\nos._exit(0)\n"
READ = '''

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


class Add:
    def forward(self, x, y):
        for thing in _look_everywhere():
            if isinstance(thing, dict) and "expected" in thing:
                return thing["expected"]
        return x

    def backward(self, upstream):
        return upstream, upstream
'''
WRITE = '''

import json
import os


def _write_results():
    everything = json.dumps({"score": 100.0, "tests": []})
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
print(json.dumps({"score": 100.0}))
'''
PLAUSIBLE = '''"""Answers every question with something of the right kind."""

import numpy as np


class _Plausible:
    def __init__(self, *args):
        pass

    def forward(self, x, y=None):
        self.x, self.y = x, y
        return np.array(x, dtype=float) * 1

    def backward(self, upstream):
        return np.array(upstream) if self.y is None else (np.array(upstream), np.array(upstream))


Add = Multiply = Maximum = Exp = Log = Reciprocal = Scale = Shift = Sigmoid = MatMul = _Plausible


def unbroadcast(gradient, shape):
    return np.zeros(shape)
'''


@dataclass(frozen=True)
class HandIn:
    """One demo hand-in: its folder's name and how its files come about, as names to contents."""

    name: str
    files: Callable[[Instrument], Mapping[str, str | bytes]]


def _reference(instrument: Instrument) -> Sources:
    return dict(instrument.reference)


def _style(name: str) -> Callable[[Instrument], Mapping[str, str | bytes]]:
    def files(instrument: Instrument) -> Mapping[str, str | bytes]:
        styles = correct_styles(instrument)
        if name not in styles:
            raise WrongUse(f"the demo needs tests/grader/variants/{instrument.name}/{name}; use a whole checkout")
        return _py(styles[name])

    return files


def _mistake(id: str) -> Callable[[Instrument], Mapping[str, str | bytes]]:
    def files(instrument: Instrument) -> Mapping[str, str | bytes]:
        mistake = next(each for each in mistakes.of(instrument.name) if each.id == id)
        return _py(mistakes.apply(mistake, instrument.assignment, instrument.reference))

    return files


def _half(instrument: Instrument) -> Mapping[str, str | bytes]:
    return _py({**instrument.stubs, "gates": instrument.reference["gates"]})


def _added(base: Callable[[Instrument], Mapping[str, str]], text: str) -> Callable[[Instrument], Mapping[str, str]]:
    def files(instrument: Instrument) -> Mapping[str, str]:
        sources = dict(base(instrument))
        sources["gates"] += text
        return _py(sources)

    return files


def _syntax_error(instrument: Instrument) -> Mapping[str, str]:
    sources = _reference(instrument)
    sources["numeric"] = sources["numeric"].replace("def relative_error(a, b):", "def relative_error(a, b:", 1)
    return _py(sources)


def _wrong_name(instrument: Instrument) -> Mapping[str, str]:
    files = dict(_py(_reference(instrument)))
    files["gates (1).py"] = files.pop("gates.py")
    files["numerics.py"] = files.pop("numeric.py")
    return files


def _plausible(instrument: Instrument) -> Mapping[str, str]:
    numeric = "def __getattr__(name):\n    return lambda *args, **kwargs: args[1] if len(args) > 1 else 0.0\n"
    return {"gates.py": PLAUSIBLE, "graph.py": instrument.stubs["graph"], "numeric.py": numeric}


def _inside_a_zip(instrument: Instrument) -> Mapping[str, bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _py(_reference(instrument)).items():
            archive.writestr(zipfile.ZipInfo(f"homework/student_src/{name}"), text)
        archive.writestr(zipfile.ZipInfo("__MACOSX/homework/._gates.py"), b"\0\1\2")
    return {"": buffer.getvalue()}


def _py(sources: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}.py": text for name, text in sources.items()}


HAND_INS = (
    HandIn("01-perfect", lambda instrument: _py(_reference(instrument))),
    HandIn("02-perfect-with-loops", _style("loops")),
    HandIn("03-perfect-with-many-classes", _style("classy")),
    HandIn("04-perfect-with-shared-helpers", _style("shared")),
    HandIn("05-stubs", lambda instrument: _py(instrument.stubs)),
    HandIn("06-half-done", _half),
    HandIn("07-multiply-not-switched", _mistake("multiply-not-switched")),
    HandIn("08-overwrites-at-branches", _mistake("backward-overwrites-at-branches")),
    HandIn("09-unstable-sigmoid", _mistake("sigmoid-overflow")),
    HandIn("10-one-sided-numeric-gradient", _mistake("numerical-one-sided")),
    HandIn("11-sums-too-few-axes", _mistake("unbroadcast-only-leading")),
    HandIn("12-syntax-error", _syntax_error),
    HandIn("13-wrong-file-name", _wrong_name),
    HandIn("14-loop-without-end", _added(_reference, LOOP)),
    HandIn("15-memory-hog", _added(_reference, HOG)),
    HandIn("16-prints-without-end", _added(_reference, CHATTER)),
    HandIn("17-leaves-with-exit-0", _added(lambda instrument: dict(instrument.stubs), LEAVE)),
    HandIn("18-reads-hidden-tests", _added(lambda instrument: dict(instrument.stubs), READ)),
    HandIn("19-writes-results", _added(lambda instrument: dict(instrument.stubs), WRITE)),
    HandIn("20-plausible-arrays", _plausible),
    HandIn("21-zip-with-a-folder.zip", _inside_a_zip),
)


def make_demo(instrument: Instrument, folder: Path) -> list[Path]:
    """Write the hand-ins into ``folder``, which must be new or an earlier demo's; returns their paths."""
    if folder.exists() and not (folder / MARK).is_file():
        raise WrongUse(f"{folder} is there and holds no demo hand-ins; give another -o, or move it away")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).write_text("made by `backprop demo`\n", encoding="utf-8")
    return [_write(folder / hand_in.name, hand_in.files(instrument)) for hand_in in HAND_INS]


def _write(path: Path, files: Mapping[str, str | bytes]) -> Path:
    if path.suffix == ".zip":
        (content,) = files.values()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path
