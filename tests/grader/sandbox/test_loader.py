"""Student modules in a worker: import forms, missing packages, withheld modules, stand-ins."""

import pytest

from autograder.sandbox import values, wire
from autograder.sandbox.client import compile_all

GATES = "count = 0\nclass Gate:\n    def name(self): return 'student'\ndef helper(x): return x + 1\n"


@pytest.mark.parametrize(
    "line",
    [
        "from .gates import Gate",
        "from gates import Gate",
        "from student_src.gates import Gate",
        "from . import gates; Gate = gates.Gate",
        "import gates; Gate = gates.Gate",
        "import student_src.gates as g; Gate = g.Gate",
        "from student_src import gates; Gate = gates.Gate",
        "from .gates import *",
    ],
)
def test_every_import_form_names_one_module(hand, line):
    source = f"{line}\nimport student_src.gates\ndef f(): return Gate is student_src.gates.Gate and Gate.__module__"
    assert hand({"gates": GATES, "m": source}).value("f") == "student_src.gates"


def test_a_module_runs_once_whatever_it_is_called(hand):
    source = {
        "gates": "import sys\nsys.runs = getattr(sys, 'runs', 0) + 1\n",
        "m": "import sys, gates, student_src.gates\nfrom . import gates as g\ndef f(): return sys.runs",
    }
    assert hand(source).value("f") == 1


def test_modules_that_import_each_other_work_in_both_forms(hand):
    for form in ("from . import {}", "import {}"):
        sources = {
            "m": form.format("n") + "\ndef f(): return n.g() + 1\ndef h(): return 1",
            "n": form.format("m") + "\ndef g(): return m.h()",
        }
        assert hand(sources).value("f") == 2


MISSING = [
    ("import torch", "torch.tensor(1)", "ImportError"),
    ("import torch.nn as nn", "nn.Linear(1)", "ImportError"),
    ("from torch import nn", "nn()", "ImportError"),
    ("import numpy as np, torch", "torch.x", "ImportError"),
    ("if True:\n    import matplotlib.pyplot as plt", "plt.plot([1])", "ImportError"),
    ("import autograder", "autograder.hidden", "ImportError"),
]


@pytest.mark.parametrize(("line", "use", "kind"), MISSING, ids=[each[0][:30] for each in MISSING])
def test_a_package_that_is_not_here_fails_when_it_is_used_and_says_so(hand, line, use, kind):
    worker = hand(f"{line}\ndef f(): return 1\ndef g(): return {use}")
    assert worker.value("f") == 1
    response = worker.call("g")
    assert response.kind == kind and "not available when your work is graded" in response.message


def test_a_guarded_import_fails_at_once_as_the_guard_expects(hand):
    source = "try:\n    import torch\nexcept ImportError:\n    torch = None\ndef f(): return torch is None"
    assert hand(source).value("f") is True


def test_a_guarded_failure_does_not_make_later_errors_import_errors(hand):
    sources = {
        "m": "try:\n    from . import n\nexcept ZeroDivisionError:\n    n = None\ndef f(): raise ValueError('own')",
        "n": "1 / 0",
    }
    response = hand(sources).call("f")
    assert response.kind == "ValueError" and response.importing == ""


def test_a_broken_module_is_named(hand):
    response = hand({"m": "from . import n\ndef f(): pass", "n": "x = 1\n1 / 0"}).call("f")
    assert (response.kind, response.importing, response.where[:2]) == ("ZeroDivisionError", "n", ("n.py", 2))
    response = hand("def f(:").call("f")
    assert (response.kind, response.importing, response.where[:2]) == ("SyntaxError", "m", ("m.py", 1))


def test_main_blocks_do_not_run_and_the_future_is_honoured(hand):
    source = (
        "'''Doc.'''\nfrom __future__ import annotations\n"
        "def f(x: Nonsense): return f.__annotations__['x']\n"
        "if __name__ == '__main__':\n    1 / 0\n"
    )
    assert hand(source).value("f", 1) == "Nonsense"


def test_dataclasses_typing_and_pickle_of_student_classes_work(hand):
    source = (
        "import pickle, typing, dataclasses, enum, copy\n"
        "@dataclasses.dataclass\nclass P:\n    x: 'typing.ClassVar[int]' = 3\n    y: int = 4\n"
        "class C(enum.Enum):\n    A = 1\n"
        "class N(typing.NamedTuple):\n    a: int\n"
        "def f(): return [pickle.loads(pickle.dumps(P(y=5))).y, copy.deepcopy(C.A) is C.A, N(1),"
        "    typing.get_type_hints(P)['y'] is int]"
    )
    assert hand(source).value("f") == [5, True, (1,), True]


def test_withheld_modules_import_but_cannot_be_used(hand):
    sources = {
        "m": "from .doubles import Double\nimport doubles\ndef f(): return 1\ndef g(): return Double()",
        "doubles": "class Double: pass",
    }
    worker = hand(sources, withheld=["doubles"])
    assert worker.value("f") == 1
    assert worker.call("g").kind == "ImportError"
    assert worker.call("Double", module="doubles").kind == "ImportError"
    assert isinstance(hand(sources).value("g"), values.Opaque)


@pytest.mark.parametrize("name", ["a.b", "", "..", "no such", "os", "m\0", "__init__"])
def test_odd_module_names_end_in_a_response(hand, name):
    worker = hand({"m": "x = 1", "a.b": "def f(): return 1", "": "x = 1"})
    assert isinstance(worker.call("f", module=name), wire.Missing | wire.Raised)


def test_a_missing_name_is_missing_and_an_error_inside_is_an_error(hand):
    worker = hand(
        "def f(): return None.x\nclass C:\n    @property\n    def p(self): raise AttributeError('mine')\nc = C()"
    )
    assert isinstance(worker.call("g"), wire.Missing)
    assert worker.call("f").kind == "AttributeError"
    number = worker.worker.request(wire.Get(5, "m", ["c"], False)).value[1]
    assert isinstance(worker.worker.request(wire.Get(6, number, ["nothing"], False)), wire.Missing)


SHELL = "def stand_in(reference):\n    def replaced(*args): return reference(*args)\n    return replaced\n"
CLASS_SHELL = "def stand_in(reference):\n    class Gate:\n        def name(self): return reference()\n    return Gate\n"


def right(callback):
    return wire.Answer(callback.id, "reference")


REPLACED = [
    ("def helper(): return 'own'\ndef f(): return helper()", "helper", SHELL),
    ("def helper(): return 'own'\nALIAS = helper\ndef f(): return ALIAS()", "helper", SHELL),
    ("helper = lambda: 'own'\ndef f(): return helper()", "helper", SHELL),
    ("if True:\n    def helper(): return 'own'\ndef f(): return helper()", "helper", SHELL),
    ("try:\n    def helper(): return 'own'\nfinally:\n    pass\ndef f(): return helper()", "helper", SHELL),
    ("def f(): return helper()", "helper", SHELL),
    ("class Gate:\n    def name(self): return 'own'\ndef f(): return Gate().name()", "Gate", CLASS_SHELL),
    (
        "class Gate:\n    def name(self): return 'own'\nclass Sub(Gate): pass\ndef f(): return Sub().name()",
        "Gate",
        CLASS_SHELL,
    ),
    ("def f(): return Gate().name()", "Gate", CLASS_SHELL),
    (
        "class Gate:\n    def name(self): return 'own'\nclass Sub(Gate): pass\ndef f(): return Sub().name()",
        "Gate.name",
        SHELL,
    ),
    ("if True:\n    class Gate:\n        pass\ndef f(): return Gate().name()", "Gate.name", SHELL),
]


@pytest.mark.parametrize(("source", "name", "shell"), REPLACED, ids=range(len(REPLACED)))
@pytest.mark.parametrize("precompiled", [False, True])
def test_stand_ins_replace_the_definition_for_all_later_lines(hand, nursery, source, name, shell, precompiled):
    stand_ins = [wire.StandIn("m", name, shell, 7)]
    worker = hand(source, stand_ins=stand_ins)
    if precompiled:
        code = compile_all(nursery, "student_src", {"m": source}, stand_ins, ["m"])
        worker = hand({})
        worker.worker.request(wire.Setup("student_src", {"m": ""}, [], stand_ins, code))
    assert worker.call("f", answer=right).value == "reference"


def test_a_method_without_its_class_is_still_missing(hand):
    worker = hand("x = 1", stand_ins=[wire.StandIn("m", "Graph.forward", SHELL, 7)])
    assert isinstance(worker.call("Graph", answer=right), wire.Missing)
