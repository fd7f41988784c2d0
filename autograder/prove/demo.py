"""The demo's hand-ins: made from solutions, other styles, stubs, mistakes and hostile code, as a messy folder."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder import mistakes
from autograder.grading.instrument import Instrument
from autograder.model.errors import WrongUse

from . import demo_code as code
from .calibrate import correct_styles

MARK = ".backprop-demo"
Files = Mapping[str, str | bytes]

STYLES = {
    "loops": "perfect-with-loops",
    "einsum": "perfect-with-einsum",
    "classy": "perfect-with-many-classes",
    "shared": "perfect-with-shared-helpers",
}


@dataclass(frozen=True)
class Demo:
    """What is particular to one assignment's hand-ins.

    ``victim``: a module and the method in it that hostile code replaces. ``done``: the modules of the half-done one.
    ``broken``: a module, and a line with the one that is no Python. ``mistakes``: ids by the hand-in's name.
    """

    victim: tuple[str, str]
    done: tuple[str, ...]
    broken: tuple[str, str, str]
    mistakes: Mapping[str, str]


DEMOS = {
    "circuits": Demo(
        ("gates", "Reciprocal.forward"),
        ("gates",),
        ("numeric", "def relative_error(a, b):", "def relative_error(a, b:"),
        {
            "multiply-not-switched": "multiply-not-switched",
            "overwrites-at-branches": "backward-overwrites-at-branches",
            "unstable-sigmoid": "sigmoid-overflow",
            "one-sided-numeric-gradient": "numerical-one-sided",
            "sums-too-few-axes": "unbroadcast-only-leading",
        },
    ),
    "nonlinearities": Demo(
        ("activations", "HardTanh.forward"),
        ("activations",),
        ("losses", "def softmax(scores):", "def softmax(scores:"),
        {
            "tanh-not-squared": "tanh-not-squared",
            "relu-passes-at-zero": "relu-passes-at-zero",
            "maxout-switched": "maxout-switched",
            "svm-counts-the-label": "multiclass-svm-counts-label",
            "cross-entropy-summed": "softmax-cross-entropy-gradient-summed",
        },
    ),
    "preparation": Demo(
        ("regularizers", "L0.penalty"),
        ("initializers",),
        ("regularizers", "def magnitude_prune(w, fraction):", "def magnitude_prune(w, fraction:"),
        {
            "xavier-for-he": "he-normal-xavier",
            "standardizes-by-new-data": "standardize-new-data",
            "decays-biases": "l2-bias-gradient",
            "drops-in-evaluation": "dropout-drops-in-evaluation",
            "keeps-no-copy": "early-stopping-not-copied",
        },
    ),
    "optimization": Demo(
        ("optimizers", "Newton.step"),
        ("schedules",),
        ("schedules", "class Cyclic:", "class Cyclic"),
        {
            "momentum-without-memory": "momentum-stateless",
            "adam-without-correction": "adam-no-correction",
            "decay-in-the-gradient": "rmsprop-decay-in-the-gradient",
            "moves-all-rows": "sparse-adam-moves-all-rows",
            "tests-nothing": "check-momentum-accepts-all",
        },
    ),
    "mlp": Demo(
        ("layers", "Flatten.forward"),
        ("layers",),
        ("training", "def minibatches(n, batch_size, rng):", "def minibatches(n, batch_size, rng:"),
        {
            "bias-gradient-averaged": "affine-db-mean",
            "blocks-in-forward-order": "sequential-backward-in-forward-order",
            "drops-when-predicting": "mlp-predict-drops",
            "never-shuffles": "minibatches-unshuffled",
            "keeps-the-last-weights": "fit-last-weights",
        },
    ),
    "architectures": Demo(
        ("convolution", "MaxPool2D.forward"),
        ("convolution",),
        ("transfer", "def freeze(model, prefixes):", "def freeze(model, prefixes:"),
        {
            "convolution-flipped": "conv2d-flipped",
            "skip-without-gradient": "residual-no-skip-gradient",
            "mask-after-the-softmax": "attention-mask-after-softmax",
            "loses-repeated-words": "embedding-loses-repeats",
            "pruned-weights-revive": "prune-and-retrain-revives",
        },
    ),
}


def hand_ins(instrument: Instrument) -> Iterator[tuple[str, Files]]:
    """Name and files of each hand-in; raises WrongUse for an assignment without a demo."""
    if instrument.name not in DEMOS:
        raise WrongUse(f"there is no demo of {instrument.name}; there are: {', '.join(DEMOS)}")
    made = [*_correct(instrument), *_honest(instrument), *_hostile(instrument)]
    for number, (name, files) in enumerate(made, start=1):
        yield f"{number:02}-{name}", files


def _correct(instrument: Instrument) -> Iterator[tuple[str, Files]]:
    styles = correct_styles(instrument)
    if len(styles) == 1:
        raise WrongUse(f"the demo needs tests/grader/variants/{instrument.name}; use a whole checkout")
    yield "perfect", _py(instrument.reference)
    for style, name in STYLES.items():
        if style in styles:
            yield name, _py(styles[style])


def _honest(instrument: Instrument) -> Iterator[tuple[str, Files]]:
    """What students hand in who are not done, are mistaken, or slip with a file."""
    demo, reference = DEMOS[instrument.name], dict(instrument.reference)
    yield "stubs", _py(instrument.stubs)
    yield "half-done", _py({**instrument.stubs, **{name: reference[name] for name in demo.done}})
    table = {each.id: each for each in mistakes.of(instrument.name)}
    for name, id in demo.mistakes.items():
        yield name, _py(mistakes.apply(table[id], instrument.assignment, reference))
    module, right, wrong = demo.broken
    yield "syntax-error", _py({**reference, module: reference[module].replace(right, wrong, 1)})
    files = dict(_py(reference))
    first = next(name for name in files if name != f"{module}.py")
    files[first.replace(".py", " (1).py")] = files.pop(first)
    files[f"{module}s.py"] = files.pop(f"{module}.py")
    yield "wrong-file-name", files


def _hostile(instrument: Instrument) -> Iterator[tuple[str, Files]]:
    """What runs for ever, takes everything, spies, forges; then arrays without work, and a zip within folders."""
    module, victim = DEMOS[instrument.name].victim

    def added(base: Mapping[str, str], text: str) -> Files:
        text = text.replace("{victim}", victim).replace("{owner}", victim.partition(".")[0])
        return _py({**base, module: base[module] + text})

    yield "loop-without-end", added(instrument.reference, code.LOOP)
    yield "memory-hog", added(instrument.reference, code.HOG)
    yield "prints-without-end", added(instrument.reference, code.CHATTER)
    yield "leaves-with-exit-0", added(instrument.stubs, code.LEAVE)
    yield "reads-hidden-tests", added(instrument.stubs, code.READ)
    yield "writes-results", added(instrument.stubs, code.WRITE)
    yield "plausible-arrays", _py(dict.fromkeys(instrument.assignment.modules, code.PLAUSIBLE))
    yield "zip-with-a-folder.zip", {"": _zipped(_py(instrument.reference))}


def _zipped(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(f"homework/student_src/{name}"), text)
        archive.writestr(zipfile.ZipInfo(f"__MACOSX/homework/._{next(iter(files))}"), b"\0\1\2")
    return buffer.getvalue()


def _py(sources: Mapping[str, str]) -> Files:
    return {f"{name}.py": text for name, text in sources.items()}


def make_demo(instrument: Instrument, folder: Path) -> list[Path]:
    """Write the hand-ins into ``folder``, which must be new or an earlier demo's; returns their paths."""
    if folder.exists() and not (folder / MARK).is_file():
        raise WrongUse(f"{folder} is there and holds no demo hand-ins; give another -o, or move it away")
    made = list(hand_ins(instrument))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).write_text("made by `backprop demo`\n", encoding="utf-8")
    return [_write(folder / name, files) for name, files in made]


def _write(path: Path, files: Mapping[str, str | bytes]) -> Path:
    if path.suffix == ".zip":
        (content,) = files.values()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path
