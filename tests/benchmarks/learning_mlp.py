"""How many held-out labels are right after the `learning` items' training, over many seeds: what their bands are from.

`python tests/benchmarks/learning_mlp.py > tests/benchmarks/learning_mlp.md` writes the kept table. It trains with the
reference and with every known mistake of `fit` in this process, on the data and settings that are graded.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import process_time
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder import mistakes
from autograder.hidden.mlp.data import LESSONS, SEED, Lesson, learnt
from autograder.model.config import load_course

ROOT = Path(__file__).resolve().parents[2]
MODULES = ("activations", "losses", "mlp", "optimizers", "regularizers", "schedules")


def modules_with(training: str) -> Any:
    """The reference's modules, with this source of training.py."""
    names: dict[str, Any] = {"__name__": "solutions.training", "__package__": "solutions"}
    exec(compile(training, "<training>", "exec", dont_inherit=True), names)
    others = {name: importlib.import_module(f"solutions.{name}") for name in MODULES}
    return SimpleNamespace(**others, training=SimpleNamespace(**names))


def right(modules: Any, lesson: Lesson, seed: int) -> float:
    """The share of held-out labels that are right; 0 where the training raises."""
    data = lesson.data(seed)
    try:
        labels = learnt(modules, lesson, data, seed)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        return 0.0
    return float(np.mean(labels == data.held_out[1]))


def row(first: str, shares: Sequence[float], band: float) -> str:
    missed = sum(share < band for share in shares)
    figures = [f"{100 * float(value):.1f} %" for value in (np.min(shares), np.median(shares), np.max(shares))]
    return f"| {first} | {' | '.join(figures)} | {missed} of {len(shares)} |"


def settings(lesson: Lesson) -> str:
    """'[2, 24, 24, 3], lr 0.03 · exp(-0.1 e), 20 epochs, …'"""
    inputs = lesson.data(SEED).train[0].shape[1]
    parts = [str([inputs, *lesson.hidden, lesson.classes])]
    parts.append(f"lr {lesson.lr}" + (f" · exp(-{lesson.rate} e)" if lesson.rate else ""))
    parts.append(f"{lesson.epochs} epochs, batches of {lesson.batch_size}")
    parts += [f"dropout {lesson.dropout}"] if lesson.dropout else []
    parts += [f"L2 {lesson.strength}"] if lesson.strength else []
    parts += [f"patience {lesson.patience}"] if lesson.patience else []
    return ", ".join(parts)


def lines(seeds: Sequence[int]) -> Iterator[str]:
    """The table: for each lesson the reference, then the mistakes of `fit`."""
    assignment = load_course(ROOT / "grading.yml").assignments["mlp"]
    reference = {name: (ROOT / "solutions" / f"{name}.py").read_text("utf-8") for name in assignment.modules}
    for name, lesson in LESSONS.items():
        yield f"| **{name}**: {settings(lesson)}, at least {100 * lesson.at_least:.0f} % | | | | |"
        before = process_time()
        true = [right(modules_with(reference["training"]), lesson, seed) for seed in seeds]
        yield row(f"reference ({(process_time() - before) / len(seeds):.2f} s of CPU each)", true, lesson.at_least)
        alike = 0
        for mistake in mistakes.of("mlp"):
            if mistake.question != "fit":
                continue
            modules = modules_with(mistakes.apply(mistake, assignment, reference)["training"])
            shares = [right(modules, lesson, seed) for seed in seeds]
            if shares == true:
                alike += 1
            else:
                yield row(mistake.id, shares, lesson.at_least)
        yield f"| {alike} mistakes reach what the reference reaches | | | | |"


HEAD = """\
# How many labels of the small problems are right

Made by `python tests/benchmarks/learning_mlp.py > tests/benchmarks/learning_mlp.md`: the share of held-out labels that
are right after training with Adam, over the seeds 0 to {last}. A seed decides the data, the first weights and the order
of the samples. Only seed {graded} is graded, the same for everyone but for the names of the classes. A band lies far
below what the reference reaches with any seed: right code that draws other numbers passes. The items ask whether
the whole of it learns; what is wrong in the loop is the matter of the exact steps.

| training | lowest | median | highest | below the band |
|---|---|---|---|---|"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=40, help="how many seeds, from 0 (default 40)")
    count = parser.parse_args().seeds
    print(HEAD.format(last=count - 1, graded=SEED))
    with np.errstate(all="ignore"):
        for line in lines(range(count)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
