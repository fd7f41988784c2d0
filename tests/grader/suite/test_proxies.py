"""Student code behind the proxies: values, facts about calls, callbacks, ends; nothing of ours trips over it."""

import numpy as np
import pytest

from autograder.sandbox import wire
from autograder.sandbox.client import Limits
from autograder.suite import judge, standins
from autograder.suite.errors import NotAttempted, StudentError, StudentGone, StudentRaised, from_response
from autograder.suite.proxy import RemoteObject

FACTS = """
import numpy as np
def leave(x, **kw): return x * 2
def write(x): x[0] = 9.0; return x * 2
def write_inside(d): d['a'][0] = 9.0; return 1.0
def replace(d): d['a'] = d['a'] * 2; return 1.0
def add_key(d): d['new'] = 1; return 1.0
def write_list(xs): xs[1][...] = 0; return 1.0
def write_named(*, x): x += 1; return 1.0
def same(x): return x
def view(x): return x[::-1].T
def twice(x): y = x * 2; return y, y
def part(x): y = x * 2; return y, y[:1]
def copies(x): return x.copy(), x.copy()
def draw(rng): return rng.normal(size=2)
class Block:
    def __init__(self): self.params = {'w': np.ones(2)}; self.grads = {}
    def forward(self, x): return self.params['w']
    def step(self): self.params['w'] -= 1
    def rebind(self): self.params['w'] = self.params['w'] - 1
"""
X = np.arange(1.0, 4.0)
CHANGES = [
    ("leave", X, None),
    ("write", X, ("0", "contents")),
    ("write_inside", {"a": X}, ("0['a']", "contents")),
    ("replace", {"a": X}, ("0['a']", "replaced")),
    ("add_key", {"a": X}, ("0", "keys")),
    ("write_list", [X, X + 1], ("0[1]", "contents")),
    ("same", X, None),
]


@pytest.mark.parametrize(("name", "given", "change"), CHANGES, ids=[each[0] for each in CHANGES])
def test_changes_of_arguments_are_facts_and_never_reach_our_arrays(modules, name, given, change):
    student = modules(FACTS)
    before = X.copy()
    getattr(student.m, name)(given)
    found = [(where, what) for where, what, _ in student.last.changes]
    assert (change in found) if change else (found == [])
    assert np.array_equal(X, before)


def test_changes_of_named_arguments_are_facts(modules):
    student = modules(FACTS)
    student.m.write_named(x=X)
    assert [change[:2] for change in student.last.changes] == [("x", "contents")]
    assert student.last.changes[0][2].tolist() == [2.0, 3.0, 4.0]


SHARED = [
    ("leave", []),
    ("copies", []),
    ("same", [("", "argument 0")]),
    ("view", [("", "argument 0")]),
    ("twice", [("[1]", "result [0]")]),
    ("part", [("[1]", "result [0]")]),
]


@pytest.mark.parametrize(("name", "pairs"), SHARED, ids=[each[0] for each in SHARED])
def test_shared_memory_is_a_fact(modules, name, pairs):
    student = modules(FACTS)
    getattr(student.m, name)(X)
    assert list(student.last.shared) == pairs


def test_a_parameter_that_is_handed_out_is_a_fact(modules):
    student = modules(FACTS)
    block = student.m.Block()
    block.forward(X)
    assert student.last.shared == (("", "params['w']"),)


def test_a_step_in_place_keeps_the_array_and_a_rebinding_does_not(modules):
    student = modules(FACTS)
    block = student.m.Block()
    kept = student.m.Block()._remote.get(block._number, ["params", "w"], by_handle=True)
    block.step()
    assert student._remote.get(block._number, ["params", "w"], by_handle=True) is kept
    block.rebind()
    assert student._remote.get(block._number, ["params", "w"], by_handle=True) is not kept


def test_params_are_read_and_written_in_place(modules):
    student = modules(FACTS)
    block = student.m.Block()
    block.params["w"][...] = np.array([5.0, 6.0])
    assert block.forward(X).tolist() == [5.0, 6.0]
    assert dict(block.params)["w"].tolist() == [5.0, 6.0] and len(block.grads) == 0
    with pytest.raises(KeyError) as missing:
        block.params["nothing"]
    assert isinstance(missing.value, StudentError)
    assert "nothing" not in block.params


def test_params_that_change_while_they_are_read_are_the_students_fault(modules):
    student = modules(
        "class B:\n    n = 0\n    @property\n    def params(self):\n"
        "        self.n += 1\n        return {'w': 1} if self.n % 2 else {}\n"
    )
    with pytest.raises(StudentError):
        dict(student.m.B().params)


def test_our_generator_goes_on_where_the_students_left_it(modules):
    rng, twin = np.random.default_rng(4), np.random.default_rng(4)
    assert modules(FACTS).m.draw(rng).tolist() == twin.normal(size=2).tolist()
    assert rng.normal() == twin.normal()


def test_modules_and_types_of_numbers_can_be_given_as_they_are(modules):
    student = modules(
        "import numpy as np\n"
        "def zeros(n): return np.zeros(n) + 7\n"
        "def make(n, dtype, xp): return xp.zeros(n).astype(dtype), dtype is np.float32\n"
    )
    array, same = student.m.make(2, np.float32, xp=student.m)
    assert (array.dtype, array.tolist(), same) == (np.float32, [7.0, 7.0], True)


def test_a_type_of_the_students_is_nothing_that_we_call(modules):
    student = modules("import numpy as np\nclass Add: forward = np.float64\ndef f(): return np.float32\n")
    block, given = student.m.Add(), student.m.f()
    assert isinstance(given, RemoteObject) and isinstance(block.forward, RemoteObject | judge.RemoteName)
    with pytest.raises(StudentRaised):
        block.forward("no number")


def test_what_could_not_cross_can_be_given_back_and_is_good_for_nothing(modules):
    student = modules("import numpy as np\ndef f(): return np.array([None])\ndef g(x): return type(x).__name__, x[0]\n")
    with pytest.raises(StudentRaised):
        student.m.g(student.m.f())


def test_the_same_object_is_the_same_handle(modules):
    student = modules("class C: pass\nc = C()\ndef f(): return c\ndef g(): return [c, C()]")
    first = student.m.f()
    assert isinstance(first, RemoteObject) and first is student.m.f()
    assert student.m.g()[0] is first and student.m.g()[1] is not first


ITERABLES = """
class Row:
    def __iter__(self): return iter([1, 2, 3])
class Count:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 3: raise StopIteration
        return self.n
class Circle:
    def __iter__(self): return self
class Bare: pass
"""


def test_an_iterable_of_the_students_own_class_can_be_walked_through(modules):
    student = modules(ITERABLES)
    assert [list(make()) for make in (student.m.Row, student.m.Count)] == [[1, 2, 3], [1, 2, 3]]
    for make in (student.m.Circle, student.m.Bare):
        with pytest.raises(TypeError, match="not iterable"):
            list(make())


def test_private_names_stay_here(modules):
    student = modules("1 / 0")
    assert not hasattr(student.m, "__wrapped__") and not hasattr(student, "nothing") and repr(student.m.f)


CALLING = """
def good(f): return f(2.0) + f(3.0)
def bad(f): return f(object(), len, [f])
def catch(f):
    try: f('x')
    except RuntimeError: return 'refused'
def keyword(f): return f(x=1.0)
"""


def test_callbacks_are_counted_and_a_bad_one_is_the_students_error(modules):
    calls = []

    def double(x):
        calls.append(x)
        return x * 2 + 0.0

    student = modules(CALLING)
    assert student.m.good(double) == 10.0 and calls == [2.0, 3.0]
    assert student.m.keyword(double) == 2.0
    with pytest.raises(StudentRaised) as raised:
        student.m.bad(double)
    assert isinstance(raised.value, RuntimeError)
    assert modules(CALLING).m.catch(lambda x: 1 / 0) == "refused"


def test_no_function_and_no_object_of_ours_goes_out_with_an_answer(modules):
    student = modules("def f(g):\n    try: return repr(g(1))\n    except RuntimeError: return 'refused'")
    for leak in (len, object(), type, [print], {"a": RemoteObject}):
        assert student.m.f(lambda x, leak=leak: leak) == "refused"


def test_an_answer_that_takes_too_long_or_too_much_is_refused(modules):
    def endless(x):
        while True:
            pass

    quick = Limits(wall=0.5, cpu=2.0, memory=2**28)
    with pytest.raises(StudentError):
        modules("def f(g): return g(1)", limits=quick).m.f(endless)
    student = modules("def f(g):\n    try: return g(10**9)\n    except RuntimeError: return 'refused'")
    assert student.m.f(lambda n: np.ones(int(n))) == "refused"
    assert np.ones(2**23).sum() == 2**23, "our own memory is not limited afterwards"


class Reference:
    """A reference class behind a shell."""

    def __init__(self, start):
        self.params = {"w": np.array([start])}
        self.grads = {}

    def forward(self, x):
        return x * self.params["w"]


FORGER = """
import sys
class Ref: pass
def honest():
    block = Ref(3.0)
    return block.forward(2.0), block.params['w']
def forge(method, args):
    block = Ref(3.0)
    try: return repr(block._ask(method, args, {}))
    except RuntimeError: return 'refused'
"""


class _Module:
    Ref = Reference


def test_a_stand_in_answers_its_public_methods_and_nothing_else(modules):
    made = standins.for_name(_Module, "Ref")
    stand_in = [wire.StandIn("m", "Ref", made.shell, 1_000_000)]
    student = modules(FORGER, stand_in, {1_000_000: made.answerer()})
    result, weight = student.m.honest()
    assert result.tolist() == [6.0] and weight.tolist() == [3.0]
    for method, args in (
        ("__reduce_ex__", [2]),
        ("__getattribute__", ["__class__"]),
        ("__class__", [1.0]),
        ("__dir__", []),
        ("__setattr__", ["params", {}]),
        ("params", []),
        ("", []),
        ("__init__.__globals__", []),
    ):
        assert student.m.forge(method, args) == "refused"


SETTLED = """
import numpy as np
class Ref: pass
def settings():
    ref = Ref(0.5)
    first = ref.lr
    ref.lr = 2.0
    w = {'w': np.ones(2)}
    kept = w['w']
    same = ref.step(w) is ref
    return first, kept, same, ref.steps
def fill(rng, ours):
    before = np.random.default_rng(3).normal(size=2)
    mine = np.random.default_rng(3)
    ours(mine)
    return before, mine.normal(size=2)
def use(cls):
    made = cls(0.25)
    made.step({'w': np.ones(2)})
    return cls.__name__, made.lr, made.steps, cls is cls
def dict_of(params):
    params['w'] -= 1
class Holder:
    def __init__(self): self.params = {'w': np.ones(2)}
"""


class Stepper:
    """Writes into what it is given, and has settings of its own."""

    def __init__(self, lr):
        self.lr, self.steps = lr, 0

    def step(self, params):
        self.steps += 1
        for value in params.values():
            value -= self.lr
        return self


def test_a_stand_in_keeps_settings_and_does_in_place_what_the_reference_does(modules):
    class Module:
        Ref = Stepper

    made = standins.for_name(Module, "Ref")
    stand_in = [wire.StandIn("m", "Ref", made.shell, 1_000_000)]
    student = modules(SETTLED, stand_in, {1_000_000: made.answerer()})
    first, kept, same, steps = student.m.settings()
    assert (first, kept.tolist(), same, steps) == (0.5, [-1.0, -1.0], True, 1)


def test_a_generator_given_to_our_function_comes_back_advanced(modules):
    student = modules(SETTLED)
    before, after = student.m.fill(np.random.default_rng(0), lambda rng: rng.normal(size=2))
    expected = np.random.default_rng(3).normal(size=4)
    assert before.tolist() == expected[:2].tolist() and after.tolist() == expected[2:].tolist()


def test_a_class_of_ours_can_be_given_to_student_code_which_sees_only_its_shell(modules):
    student = modules(SETTLED)
    assert student.m.use(standins.planted(Stepper)) == ("Stepper", 0.25, 1, True)


def test_the_params_of_an_object_can_be_given_on_and_stay_in_the_worker(modules):
    student = modules(SETTLED)
    holder = student.m.Holder()
    student.m.dict_of(holder.params)
    assert [change[:2] for change in student.last.changes] == [("0['w']", "contents")]
    assert holder.params["w"].tolist() == [0.0, 0.0]


KINDS = [
    "ValueError",
    "TypeError",
    "KeyError",
    "IndexError",
    "AttributeError",
    "ZeroDivisionError",
    "RuntimeError",
    "OverflowError",
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_raised_builtin_is_caught_by_its_name_also_as_a_subclass(modules, kind):
    student = modules(f"class Mine({kind}): pass\ndef f(): raise {kind}('a')\ndef g(): raise Mine('b')")
    for call in (student.m.f, student.m.g):
        with pytest.raises(getattr(__builtins__, kind, None) or __builtins__[kind]) as raised:
            call()
        assert isinstance(raised.value, StudentError) and "'a'" not in raised.value.sentence


def test_a_deeper_builtin_counts_as_its_base(modules):
    student = modules("def f(): b'\\xff'.decode()\ndef g(): x; x = 1\n")
    with pytest.raises(ValueError, match="UnicodeDecodeError"):
        student.m.f()
    with pytest.raises(NameError):
        student.m.g()


def test_a_class_that_only_has_the_name_is_still_no_more_than_that_exception(modules):
    student = modules("ValueError = type('ValueError', (Exception,), {})\ndef f(): raise ValueError('x')")
    with pytest.raises(StudentError):
        student.m.f()


ENDS = [
    ("raise NotImplementedError", NotAttempted),
    ("raise SystemExit", StudentRaised),
    ("raise KeyboardInterrupt", StudentRaised),
    ("import os; os._exit(0)", StudentGone),
    ("import ctypes; ctypes.string_at(0)", StudentGone),
]


@pytest.mark.parametrize(("act", "kind"), ENDS, ids=[each[0] for each in ENDS])
def test_every_end_is_an_exception_of_ours(modules, act, kind):
    student = modules(f"def f(): {act}")
    with pytest.raises(kind):
        student.m.f()
    if kind is StudentGone:
        with pytest.raises(StudentGone):
            student.m.f()


def test_threads_are_refused_with_a_sentence_that_says_so(modules):
    with pytest.raises(StudentError) as refused:
        modules("import threading\ndef f(): threading.Thread(target=print).start()").m.f()
    assert "Threads" in refused.value.hint and "RuntimeError" in refused.value.sentence


WRITE = """
import os, struct, sys, time
def f(x):
    frame = {frame}
    body = sys.modules['sandbox.wire']._encoder.encode(frame)
    os.write(3, struct.pack('<I', len(body)) + body)
    time.sleep(60)
"""
FRAMES = [
    "['Reply', 1, ['a', [], [1], b'', False], [], [], '']",
    "['Reply', 1, ['a', 'float64', [0] + [2**25] * 6, b'', False], [], [], '']",
    "['Reply', 1, None, [5], [], '']",
    "['Reply', 1, None, [['0', 'rng', 5]], [], '']",
    "['Reply', 1, None, [['0', 'rng', ['r', 'PCG64', '{}']]], [], '']",
    "['Reply', 1, None, [['0', 'contents', ['f', 1]]], [], '']",
    "['Reply', 1, ['p', 'm', ['f']], [], [], '']",
    "['Reply', 1, ['h', 10**15, 'x', True], [], [], '']",
    "['Reply', 1, ['h', 'x'], [], [], '']",
    "['Reply', 1, ['d', [['l'], 1]], [], [], '']",
    "['Reply', 1, 'x' * 10**7, [], [['a', 'b']] * 1000, 'y' * 10**6]",
    "['Raised', 1, 'X', ['print', 'ValueError'], 'm' * 10**6, ['hidden inputs here.py', 2**60, 'f'], '', '']",
    "['Raised', 1, 'X', [], '', ['', 0, ''], '\\x1b[31m' * 1000, '']",
    "['Missing', 1, '<script>' * 1000]",
    "['Callback', 1, 0, [['a', [], [], b'', 1]], {}]",
    "['Callback', 1, 12345, [], {}]",
]


@pytest.mark.parametrize("frame", FRAMES, ids=range(len(FRAMES)))
def test_forged_frames_give_a_value_or_an_exception_of_ours(modules, frame):
    student = modules(WRITE.format(frame=frame), limits=Limits(0.5, 1.0, 2**28))
    rng = np.random.default_rng(1)
    state = rng.bit_generator.state
    try:
        with pytest.raises(judge.Wrong):
            judge.array(student.m.f(rng), 3.0, "the result")
    except StudentError as error:
        assert len(error.sentence) < 400 and error.sentence.isprintable() and "hidden inputs" not in error.sentence
    assert rng.bit_generator.state == state


def test_a_sentence_names_no_text_of_the_students():
    raised = wire.Raised(1, "E", ["E", "ValueError"], "secret text", ("m.py", 3, "secret"), "", "")
    error = from_response(raised)
    assert "secret" not in error.sentence and "m.py, line 3" in error.sentence and "secret" in error.detail
