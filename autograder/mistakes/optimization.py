"""The known mistakes of assignment 4, optimization."""

from .optimization_optimizers import LEFT_OUT as LEFT_OUT_OPTIMIZERS
from .optimization_optimizers import OPTIMIZERS
from .optimization_schedules import LEFT_OUT as LEFT_OUT_SCHEDULES
from .optimization_schedules import SCHEDULES
from .optimization_tests import TESTS

MISTAKES = (*OPTIMIZERS, *SCHEDULES, *TESTS)
LEFT_OUT = {**LEFT_OUT_OPTIMIZERS, **LEFT_OUT_SCHEDULES}
"""Known mistakes that have no row, and why."""
