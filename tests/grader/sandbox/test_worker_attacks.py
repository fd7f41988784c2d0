"""Hostile hand-ins in a sealed worker: a value, an exception or a named end comes out, and nothing stays."""

import json
import os
import time

import numpy as np
import pytest

from autograder.sandbox import layers, values, wire
from autograder.sandbox.client import Limits, Nursery, WorkerGone

QUICK = Limits(wall=0.4, cpu=1.0, memory=128 * 2**20)
PATIENT = Limits(wall=4.0, cpu=1.0, memory=128 * 2**20)

ENDINGS = [
    ("os._exit(0)", "exit", "status 0"),
    ("os._exit(77)", "exit", "status 77"),
    ("ctypes.string_at(0)", "crash", "SIGSEGV"),
    ("time.sleep(60)", "time", "0.4 s"),
    ("while True: pass", "time", "0.4 s"),
    ("os.close(3); time.sleep(60)", "protocol", "closed"),
    ("os.write(3, b'garbage' * 100)", "protocol", ""),
    ("os.write(3, struct.pack('<I', 2**32 - 1))", "protocol", "cap"),
    ("os.write(3, struct.pack('<I', 100) + b'half'); os._exit(0)", "exit", "status 0"),
    ("os.write(3, struct.pack('<I', 100) + b'half'); time.sleep(60)", "time", ""),
    ("os.write(3, struct.pack('<I', 1000))\n    for _ in range(100): os.write(3, b'x'); time.sleep(0.05)", "time", ""),
    ("reply(99, 1.0); time.sleep(60)", "protocol", "another"),
    ("send(['Callback', 1, 5, [], {}]); time.sleep(60)", "protocol", "nobody asked"),
    ("send(['Call', 1, 'm', ['f'], [], {}, True]); time.sleep(60)", "protocol", "frames"),
    ("while True: os.write(3, struct.pack('<I', 4) + b'\\x90' * 4)", "protocol", ""),
]
HEAD = """
import ctypes, os, pickle, struct, sys, time
import numpy as np

def send(frame):
    wire = sys.modules['sandbox.wire']
    body = wire._encoder.encode(frame)
    os.write(3, struct.pack('<I', len(body)) + body)

def reply(number, value):
    send(['Reply', number, value, [], [], ''])

def f(*args):
    """


@pytest.mark.parametrize(("act", "kind", "detail"), ENDINGS, ids=[each[0][:40] for each in ENDINGS])
def test_a_violent_end_has_its_name_and_the_next_worker_is_fine(hand, act, kind, detail):
    victim = hand(HEAD + act, limits=QUICK)
    with pytest.raises(WorkerGone) as gone:
        victim.call("f")
    assert gone.value.kind == kind and detail in str(gone.value)
    with pytest.raises(WorkerGone):  # and it stays gone
        victim.call("f")
    assert hand("def f(x): return x + 1").value("f", 1) == 2


def test_cpu_time_has_a_limit_of_its_own(hand):
    source = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\ndef f():\n    while True: pass"
    with pytest.raises(WorkerGone) as gone:
        hand(source, limits=Limits(30.0, 1.0, 128 * 2**20)).call("f")
    assert gone.value.kind == "cpu"


RAISES = [
    ("raise SystemExit(0)", "SystemExit"),
    ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ("exit()", "SystemExit"),
    ("return f()", "RecursionError"),
    ("return np.ones(10**9)", "MemoryError"),
    ("return bytearray(10**9)", "MemoryError"),
    ("return 'x' * 10**8", "MemoryError"),
    ("raise type('E', (ValueError,), {'__str__': lambda self: 1 / 0})()", "E"),
    ("raise type('E', (ValueError,), {'__str__': lambda self: 5})()", "E"),
    ("import threading; threading.Thread(target=print).start()", "RuntimeError"),
    ("import subprocess; subprocess.run(['true'])", "PermissionError"),
    ("import multiprocessing; multiprocessing.Process(target=print).start()", "ModuleNotFoundError"),
    ("os.fork()", "PermissionError"),
    ("os.execv('/bin/true', ['true'])", "PermissionError"),
    ("open('/etc/passwd')", "PermissionError"),
    ("open('/tmp/x', 'w')", "PermissionError"),
    ("os.listdir('/')", "PermissionError"),
    ("os.kill(os.getppid(), 9)", "PermissionError"),
    ("import socket; socket.socket()", "PermissionError"),
    ("import autograder", "ModuleNotFoundError"),
    ("import sandbox.client", "ModuleNotFoundError"),
    ("import pytest", "ModuleNotFoundError"),
    ("return (_ for _ in iter(lambda: 1 / 0, 1))", "ZeroDivisionError"),
    ("return type('B', (), {'__class__': bool})()", "TypeError"),
    ("print(chr(0xD800)); raise ValueError(chr(0xD800))", "ValueError"),
]


@pytest.mark.parametrize(("act", "kind"), RAISES, ids=[each[0][:40] for each in RAISES])
def test_what_is_out_of_reach_or_goes_wrong_is_an_exception(hand, act, kind):
    source = HEAD + act.replace("{'__class__': bool}", "{'__class__': property(lambda self: bool)}")
    response = hand(source, limits=PATIENT).call("f")
    assert isinstance(response, wire.Raised)
    assert response.kind == kind


VALUES = [
    ("print('x' * 10**6); return 1.0", 1.0),
    ("for _ in range(10**5): print('flood')\n    return 2.0", 2.0),
    ("os.write(1, b'x' * 10**6); os.write(2, b'y'); return 3.0", 3.0),
    ("print(chr(0xD800)); return 4.0", 4.0),
    ("a = []; a.append(a); return type(a).__name__", "list"),
    ("sys.stdout = None; return 5.0", 5.0),
    ("sys.stdout.close(); return 6.0", 6.0),
    ("return {np.int64(1): 2.0}", {1: 2.0}),
    ("return os.path.abspath(__file__)", "/student_src/m.py"),
    ("return __name__", "student_src.m"),
]


@pytest.mark.parametrize(("act", "value"), VALUES, ids=[each[0][:40] for each in VALUES])
def test_odd_but_harmless_things_work(hand, act, value):
    assert hand(HEAD + act).value("f") == value


CHAMELEON = """
class Chameleon:
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self
    def __eq__(self, other): return True
    def __hash__(self): raise ValueError('no hash')
    def __bool__(self): return True
    def __float__(self): return 1.0
    def __array__(self, *args, **kwargs): return 1 / 0
    def __len__(self): return 10**9
    def __iter__(self): return self
    def __next__(self): return self
    def __repr__(self): raise ValueError('no repr')
    __array_ufunc__ = __array_function__ = lambda self, *args, **kwargs: True

def f(): return Chameleon()
def g(): return [Chameleon(), {'a': Chameleon()}]
def __getattr__(name): return Chameleon()
"""


def test_an_object_that_answers_everything_is_a_list_or_a_handle_never_a_number(hand):
    for name in ("f", "g", "anything"):
        try:
            response = hand(CHAMELEON).call(name)
        except WorkerGone as gone:
            assert gone.kind in ("protocol", "time", "cpu")
            continue
        assert isinstance(response, wire.Raised) or (isinstance(response.value, list) and response.value[0] in "lnh")


FORGERS = """
import numpy as np
class A(np.ndarray):
    def __array_function__(self, *args, **kwargs): return True
    def __array_ufunc__(self, *args, **kwargs): return True
    def tobytes(self): return b'forged'
    def __array_finalize__(self, other): pass
class F(float):
    def __eq__(self, other): return True
    def __float__(self): return 1.0
class L(list):
    def __len__(self): return 1
    def __eq__(self, other): return True
def array(): return np.array([2.0, 3.0]).view(A)
def number(): return F(2.0)
def many(): return L([1, 2])
def endless():
    while True: yield 1
def count(): return range(10**12)
"""


def test_subclasses_arrive_as_what_they_hold(hand):
    worker = hand(FORGERS)
    array = worker.value("array")
    assert type(array) is np.ndarray and array.tolist() == [2.0, 3.0]
    assert type(worker.value("number")) is float and worker.value("number") == 2.0
    assert worker.value("many") == [1, 2]
    assert len(worker.value("endless")) == len(worker.value("count")) == 100_000


def test_a_forged_reply_is_only_a_value(hand):
    """Whoever writes the reply himself could have returned the value: there is no word for "passed"."""
    response = hand(HEAD + "reply(1, ['a', 'float64', [1], bytes(8), False]); time.sleep(60)", limits=QUICK).call("f")
    assert isinstance(response, wire.Reply) and response.value[:2] == ["a", "float64"]
    assert set(wire.Reply.__struct_fields__) == {"id", "value", "changes", "shared", "printed"}


def test_two_replies_end_the_worker_at_the_next_request_at_the_latest(hand):
    worker = hand(HEAD + "reply(1, 1.0); reply(1, 2.0); return 3.0", limits=QUICK)
    with pytest.raises(WorkerGone) as gone:
        worker.call("f")
        worker.call("f")
    assert gone.value.kind == "protocol"


def test_one_worker_sends_no_more_than_the_cap_in_all(hand):
    worker = hand("def f(): return 'x' * (20 * 2**20)")
    with pytest.raises(WorkerGone, match="cap"):
        for _ in range(10):
            worker.call("f", watch=False)
    assert worker.count < 10


def test_a_callback_flood_ends_at_the_deadline(hand):
    given = hand("def f(g):\n    while True: g()", limits=QUICK)
    started = []

    def answer(callback):
        started.append(callback.id)
        return wire.Answer(callback.id, None)

    with pytest.raises(WorkerGone) as gone:
        given.worker.request(wire.Call(1, "m", ["f"], [["f", 0]], {}, False), answer)
    assert gone.value.kind == "time" and len(started) > 1


def test_a_refused_callback_raises_in_the_student_code(hand):
    given = hand("def f(g):\n    try: g('bad')\n    except RuntimeError as error: return str(error)")
    response = given.worker.request(
        wire.Call(1, "m", ["f"], [["f", 0]], {}, False), lambda callback: wire.Refuse(callback.id, "not with that")
    )
    assert response.value == "not with that"


STATE = """
import builtins, json, os, random, sys
import numpy as np
def leave():
    builtins.mark = json.mark = np.mark = 1
    sys.modules['mark'] = sys
    np.ones = lambda *a: 'patched'
    os.environ['MARK'] = '1'
    np.random.seed(0); random.seed(0)
    sys.path.insert(0, '/mark')
    return True
def find():
    return [hasattr(builtins, 'mark'), hasattr(json, 'mark'), hasattr(np, 'mark'), 'mark' in sys.modules,
            np.ones(1) == 'patched', 'MARK' in os.environ, '/mark' in sys.path]
"""


def test_nothing_survives_into_the_next_worker(hand):
    first = hand(STATE)
    assert first.value("find") == [False] * 7
    assert first.value("leave") is True
    assert first.value("find") == [True] * 7
    assert hand(STATE).value("find") == [False] * 7


SPY = """
import gc, os, sys
def see():
    words = []
    for each in gc.get_objects():
        if isinstance(each, dict): words += [v for v in list(each.values()) if isinstance(v, str)]
        elif isinstance(each, (list, tuple)): words += [v for v in list(each) if isinstance(v, str)]
    here = 'needle' + '-5c1f'
    return [sum(here in word and word != here for word in words), dict(os.environ), sys.argv]
"""


def test_a_source_never_passes_through_the_nursery(hand, nursery):
    """A source with a rare word was in one worker; the next, forked from the same nursery, finds it nowhere."""
    source = SPY + "\nTEXT = ['', 'x needle-5c1f x']\n"
    assert hand(source).value("see")[0] > 0, "the search finds what is there"
    found, environment, arguments = hand(SPY).value("see")
    assert found == 0
    assert set(environment) <= {"PYTHONHASHSEED", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "LC_ALL", "LC_CTYPE"}
    assert arguments == ["worker"]


@pytest.mark.skipif(not layers.LINUX, reason="/proc")
def test_the_nursery_is_told_nothing_secret(nursery, monkeypatch):
    monkeypatch.setenv("BACKPROP_SECRET", "a secret that nobody may see")
    with Nursery() as fresh:
        try:
            with open(f"/proc/{fresh.pid}/environ") as file:
                names = {line.partition("=")[0] for line in file.read().split("\0") if line}
            assert names <= {"PYTHONHASHSEED", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "LC_ALL"}
        except PermissionError:
            pass  # not root: the nursery hides itself, which is better still
        with open(f"/proc/{fresh.pid}/cmdline") as file:
            arguments = file.read().rstrip("\0").split("\0")
    assert arguments[1:5] == ["-P", "-s", "-S", "-B"] and set(json.loads(arguments[-1])) == {"numpy", "msgspec"}


@pytest.mark.parametrize("level", sorted(layers.LEVELS))
def test_the_grader_cannot_be_imported_at_any_level(hand, level):
    source = (
        "import importlib\n"
        "def f():\n"
        "    found = []\n"
        "    for name in ('autograder', 'autograder.hidden', 'solutions.gates', 'tests', 'sandbox.client', 'pytest'):\n"
        "        try: importlib.import_module(name); found.append(name)\n"
        "        except ImportError: pass\n"
        "    return found\n"
    )
    with Nursery(level) as home:
        worker = hand(source, home=home)
        assert worker.value("f") == []
        worker.worker.close()


def test_no_worker_is_left_behind(nursery):
    workers = [nursery.spawn(PATIENT) for _ in range(3)]
    before = nursery.settle()
    for worker in workers:
        worker.close()
        worker.close()
    assert before - nursery.settle() == 3
    assert not any(os.path.exists(f"/proc/{worker.pid}") for worker in workers)


def test_the_cpu_clock_is_the_kernels(hand):
    given = hand(
        HEAD
        + "import time; time.process_time = lambda: 0\n    end = time.time() + 0.05\n    while time.time() < end: pass"
    )
    before = given.worker.cpu_seconds()
    given.call("f")
    assert given.worker.cpu_seconds() - before > 0.02
    given.worker.close()
    with pytest.raises(WorkerGone):
        time.sleep(0)
        given.worker.nursery.settle()
        given.worker.cpu_seconds()


def test_big_values_come_back_as_one_reply(hand):
    array = hand("import numpy as np\ndef f(): return np.arange(2.0**20)").value("f")
    assert array.shape == (2**20,) and array[-1] == 2**20 - 1
    assert isinstance(hand("import numpy as np\ndef f(): return np.zeros(7 * 2**20)").value("f"), values.Opaque)
