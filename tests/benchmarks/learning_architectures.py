"""What the `learning` lessons of words and transfer reach, over many seeds: what their bands are taken from.

`python tests/benchmarks/learning_architectures.py > tests/benchmarks/learning_architectures.md` writes the kept table.
It runs the reference and every known mistake of the four questions in this process.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder import mistakes
from autograder.hidden.architectures import data
from autograder.model.config import load_course
from autograder.suite.judge import Wrong

ROOT = Path(__file__).resolve().parents[2]
NAME = "architectures"


@dataclass(frozen=True)
class Measured:
    """A lesson, what is read off it, its band, and what else a right answer must be."""

    title: str
    lesson: Callable[[Any, int], Any]
    number: Callable[[Any], float]
    passes: Callable[[Any], bool]
    band: str


LESSONS = {
    "embedding": Measured(
        "Embedding, share of the loss that is left",
        data.word_vectors,
        float,
        lambda left: left <= data.EMBEDDING_LEAVES,
        f"at most {100 * data.EMBEDDING_LEAVES:.0f} %",
    ),
    "window_classifier": Measured(
        "WindowClassifier, accuracy on held-out windows",
        data.kinds_of_words,
        float,
        lambda accuracy: accuracy >= data.CLASSIFIER,
        f"at least {100 * data.CLASSIFIER:.0f} %",
    ),
    "freeze": Measured(
        "freeze, accuracy on a new task, held-out images",
        data.transfer,
        lambda result: result.accuracy,
        lambda result: result.kept and result.accuracy >= data.FROZEN,
        f"at least {100 * data.FROZEN:.0f} %, and the frozen layers keep every bit",
    ),
    "prune_and_retrain": Measured(
        "prune_and_retrain, accuracy on held-out images",
        data.pruning,
        lambda result: result.accuracy,
        lambda result: result.zeros >= 0.99 * data.GONE and result.accuracy >= data.RETRAINED,
        f"at least {100 * data.RETRAINED:.0f} %, and {100 * data.GONE:.0f} % of the weights are 0",
    ),
}


def modules_with(module: str, source: str | None) -> Any:
    """The reference's modules; ``source`` in place of ``module``, imported anew."""
    names = ("activations", "embeddings", "losses", "mlp", "optimizers", "training", "transfer")
    modules = SimpleNamespace(**{name: importlib.import_module(f"solutions.{name}") for name in names})
    if source is not None:
        namespace: dict[str, Any] = {"__name__": f"solutions.{module}", "__package__": "solutions"}
        exec(compile(source, f"<{module}>", "exec"), namespace)
        setattr(modules, module, SimpleNamespace(**namespace))
    return modules


def results(measured: Measured, module: str, source: str | None, seeds: Sequence[int]) -> list[Any]:
    """What the lesson gives for each seed; None where it raises."""
    found = []
    for seed in seeds:
        try:
            found.append(measured.lesson(modules_with(module, source), seed))
        except (ArithmeticError, ValueError, TypeError, LookupError, AttributeError, Wrong):
            found.append(None)
    return found


def row(first: str, measured: Measured, found: Sequence[Any]) -> str:
    caught = sum(result is None or not measured.passes(result) for result in found)
    values = [measured.number(result) for result in found if result is not None]
    figures = [f"{100 * each(values):.3g} %" if values else "raises" for each in (np.min, np.median, np.max)]
    return f"| {first} | {' | '.join(figures)} | {caught} of {len(found)} |"


def lines(seeds: Sequence[int]) -> Iterator[str]:
    """The table: for each question the reference, then its mistakes."""
    assignment = load_course(ROOT / "grading.yml").assignments[NAME]
    reference = {name: (ROOT / "solutions" / f"{name}.py").read_text("utf-8") for name in assignment.modules}
    for key, measured in LESSONS.items():
        module = assignment.questions[key].module
        yield f"| **{measured.title}**: {measured.band} | | | | |"
        right = results(measured, module, None, seeds)
        yield row("reference", measured, right)
        if key == "freeze":
            modules = modules_with(module, None)
            scratch = [data.transfer(modules, seed, frozen=False) for seed in seeds]
            yield row("the same network from scratch", measured, scratch)
            ahead = sum(one.accuracy > other.accuracy for one, other in zip(right, scratch, strict=True))
            yield f"| frozen layers are ahead of it with {ahead} of {len(scratch)} seeds | | | | |"
        alike = 0
        for mistake in mistakes.of(NAME):
            if mistake.question == key:
                source = mistakes.apply(mistake, assignment, reference)[module]
                found = results(measured, module, source, seeds)
                if found == right:
                    alike += 1
                else:
                    yield row(mistake.id, measured, found)
        yield f"| {alike} mistakes end as the reference does | | | | |"


HEAD = """\
# What the lessons of words and transfer reach

Made by `python tests/benchmarks/learning_architectures.py > tests/benchmarks/learning_architectures.md`, over the seeds
0 to {last}: what is left of the loss, or the accuracy on data that were not trained on. Only seed {graded} is graded,
the same for everyone. The items ask whether a hand-in learns at all; what is wrong in a gradient is the matter of the
exact items.

| hand-in | smallest | median | largest | outside the band |
|---|---|---|---|---|"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=30, help="how many seeds, from 0 (default 30)")
    count = parser.parse_args().seeds
    print(HEAD.format(last=count - 1, graded=", ".join(map(str, data.SEEDS))))
    with np.errstate(all="ignore"):
        for line in lines(range(count)):
            print(line)


if __name__ == "__main__":
    main()
