"""How much of the loss the `learning` items' problems leave, over many seeds: what their bands are taken from.

`python tests/benchmarks/learning.py > tests/benchmarks/learning_optimization.md` writes the kept table. It runs the
reference and every known mistake of the optimizers in this process, on the problems and steps that are graded.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograder import mistakes
from autograder.hidden.optimization.learning import LESSONS, SEEDS, STEPS, Lesson
from autograder.model.config import load_course
from autograder.suite.inplace import Held

ROOT = Path(__file__).resolve().parents[2]
MODULE = "optimizers"
TOO_MUCH = 10.0


def share(make: type, lesson: Lesson, seed: int) -> float:
    """The share of the loss that is left; infinite where a step raises or the end is no number."""
    problem = lesson.problem(seed)
    held = Held(problem.start)
    try:
        optimizer = make(**lesson.arguments)
        for number in range(1, STEPS + 1):
            held.step(optimizer.step, problem.gradient(held.params, number))
    except (ArithmeticError, ValueError, TypeError, KeyError):
        return float("inf")
    left = problem.loss(held.params) / problem.loss(problem.start)
    return left if np.isfinite(left) else float("inf")


def class_of(source: str, name: str) -> type:
    """A class of a module's source. A class of its own each time: mistakes may keep state on it."""
    names: dict[str, Any] = {}
    exec(compile(source, f"<{name}>", "exec"), names)
    return names[name]


def shares(source: str, name: str, lesson: Lesson, seeds: Sequence[int]) -> list[float]:
    return [share(class_of(source, name), lesson, seed) for seed in seeds]


def same(first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether a mistake makes no difference here: it needs other arguments, other names or smaller gradients."""
    return bool(np.allclose(first, second, rtol=1e-3, atol=0.0))


def figure(value: float) -> str:
    return f"{100 * value:.2g} %" if value <= TOO_MUCH else "over 1000 %"


def row(first: str, left: Sequence[float], band: float) -> str:
    caught = sum(not value <= band for value in left)
    figures = [figure(float(value)) for value in (np.min(left), np.median(left), np.max(left))]
    return f"| {first} | {' | '.join(figures)} | {caught} of {len(left)} |"


def lines(seeds: Sequence[int]) -> Iterator[str]:
    """The table: for each optimizer the reference, then its mistakes."""
    assignment = load_course(ROOT / "grading.yml").assignments["optimization"]
    reference = {name: (ROOT / "solutions" / f"{name}.py").read_text("utf-8") for name in assignment.modules}
    for key, lesson in LESSONS.items():
        name = assignment.questions[key].name
        arguments = ", ".join(f"{each}={value}" for each, value in lesson.arguments.items())
        yield f"| **{name}({arguments})**, at most {figure(lesson.at_most)} | | | | |"
        right = shares(reference[MODULE], name, lesson, seeds)
        yield row("reference", right, lesson.at_most)
        alike = 0
        for mistake in mistakes.of("optimization"):
            if mistake.question == key:
                source = mistakes.apply(mistake, assignment, reference)[MODULE]
                left = shares(source, name, lesson, seeds)
                if same(left, right):
                    alike += 1
                else:
                    yield row(mistake.id, left, lesson.at_most)
        yield f"| {alike} mistakes leave what the reference leaves | | | | |"


HEAD = """\
# How much of the loss the small problems leave

Made by `python tests/benchmarks/learning.py > tests/benchmarks/learning_optimization.md`: the share of the loss that is
left after {steps} steps, over the seeds 0 to {last}. Only seed {graded} is graded, the same for everyone. A band is at
least twice the largest share that the reference leaves with any seed: right code that rounds otherwise passes by far.
The items ask whether an optimizer learns at all; what is wrong in a formula is the matter of the exact trajectories.

| optimizer | smallest | median | largest | over the band |
|---|---|---|---|---|"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=60, help="how many seeds, from 0 (default 60)")
    count = parser.parse_args().seeds
    graded = ", ".join(map(str, SEEDS))
    print(HEAD.format(steps=STEPS, last=count - 1, graded=graded))
    with np.errstate(all="ignore"):
        for line in lines(range(count)):
            print(line)


if __name__ == "__main__":
    main()
