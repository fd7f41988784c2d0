"""The known mistakes of assignment 1, circuits."""

from .circuits_gates import GATES
from .circuits_graph import GRAPH
from .circuits_tests import TESTS

MISTAKES = (*GATES, *GRAPH, *TESTS)
