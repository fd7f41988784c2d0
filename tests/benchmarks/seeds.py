"""Held-out accuracy of the notebook's two trainings, the spiral and the digits, over many seeds with the reference.

`python tests/benchmarks/seeds.py [count]` prints a table for the seeds 0, …, count - 1 (50 if left out), and ends with
status 1 if more than one seed in fifty misses the mark. Settings and marks are those of
assignments/5_mlp/notebook_tools.py. With one thread a fit takes about 0.3 s of CPU time.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
MODULES = ("activations", "losses", "mlp", "optimizers", "schedules", "training")
SEEDS = 50


def notebook_tools() -> Any:
    """The module of that name beside the notebook of mlp; other assignments have one of the same name."""
    path = ROOT / "assignments" / "5_mlp" / "notebook_tools.py"
    sys.path.insert(0, str(ROOT / "assignments" / "shared"))
    try:
        spec = importlib.util.spec_from_file_location("mlp_notebook_tools", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look their module up
        spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return module


def reference(**changes: Any) -> SimpleNamespace:
    """The package that the trainings get: the reference's modules, or what stands in for some of them."""
    modules = {name: importlib.import_module(f"solutions.{name}") for name in MODULES}
    return SimpleNamespace(**(modules | changes))


def trainings() -> dict[str, tuple[Callable[..., Any], float]]:
    """Name to (function of a package and a seed that returns a Run, the accuracy to be reached)."""
    tools = notebook_tools()
    return {
        "spiral": (tools.train_spiral, tools.SPIRAL["reach"]),
        "digits": (tools.train_digits, tools.DIGITS["reach"]),
    }


def accuracies(train: Callable[..., Any], package: Any, seeds: Sequence[int]) -> np.ndarray:
    """The held-out accuracy of each seed."""
    return np.array([train(package, seed).accuracy for seed in seeds])


def enough(found: np.ndarray, reach: float) -> bool:
    """Whether at most one seed in fifty stays below ``reach``: 49 of 50, 10 of 10."""
    return int(np.sum(found < reach)) * SEEDS <= len(found)


def row(name: str, found: np.ndarray, reach: float, seconds: float) -> str:
    """A line of the table."""
    figures = [f"{100 * value:.1f} %" for value in (np.min(found), np.sort(found)[1], np.median(found))]
    reached = f"{int(np.sum(found >= reach))} of {len(found)}"
    return f"| {name} | {100 * reach:g} % | {reached} | {' | '.join(figures)} | {seconds:.2f} s |"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=SEEDS, help="how many seeds, from 0 (default 50)")
    count = parser.parse_args(arguments).count
    if count < 2:
        parser.error("count must be at least 2")
    print("| data | mark | reached | lowest | second lowest | median | CPU time of a fit |")
    print("|---|---|---|---|---|---|---|")
    right = True
    for name, (train, reach) in trainings().items():
        begun = time.process_time()
        found = accuracies(train, reference(), range(count))
        print(row(name, found, reach, (time.process_time() - begun) / count), flush=True)
        right = right and enough(found, reach)
    return 0 if right else 1


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    raise SystemExit(main())
