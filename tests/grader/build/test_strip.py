"""Solution blocks go, everything else stays; faulty markers are named with file and line."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.build.strip import find_blocks, released, stripped_notebook, stub
from autograder.build.sync import stubs
from autograder.model.config import load_course, question_ids
from autograder.model.errors import WrongUse

ROOT = Path(__file__).resolve().parents[3]
QUESTIONS = {"Multiply": "circuits.multiply", "total": "circuits.total", "Graph.order": "circuits.order"}


def block(*lines, indent="    "):
    return "".join(f"{indent}{line}\n" for line in ("# BEGIN SOLUTION", *lines, "# END SOLUTION"))


METHOD = "class Multiply:\n    def {name}(self):\n" + block("return 1", indent=" " * 8)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1\n", "x = 1\n"),
        (
            METHOD.format(name="forward"),
            "class Multiply:\n    def forward(self):\n"
            '        raise NotImplementedError("circuits.multiply: write the forward pass of Multiply")\n',
        ),
        (
            METHOD.format(name="backward"),
            "class Multiply:\n    def backward(self):\n"
            '        raise NotImplementedError("circuits.multiply: write the backward pass of Multiply")\n',
        ),
        (
            METHOD.format(name="step"),
            "class Multiply:\n    def step(self):\n"
            '        raise NotImplementedError("circuits.multiply: write Multiply.step")\n',
        ),
        (
            "def total(x):\n" + block("return x"),
            'def total(x):\n    raise NotImplementedError("circuits.total: write total")\n',
        ),
        (
            "class Graph:\n    def order(self):\n" + block("return 1", indent=" " * 8),
            "class Graph:\n    def order(self):\n"
            '        raise NotImplementedError("circuits.order: write Graph.order")\n',
        ),
        ("a = 1\n\n\n" + block("b = 2", indent="") + "\n\nc = 3\n", "a = 1\n\n\nc = 3\n"),
        ("a = 1\n\n\n" + block("def f():", "    return 2", indent=""), "a = 1\n"),
        ("class Multiply:\n    a = 1\n\n" + block("b = 2"), "class Multiply:\n    a = 1\n"),
        (
            'def total(x):\n    """Doc."""\n    if x:\n' + block("return 0", indent=" " * 8) + "    return x\n",
            'def total(x):\n    """Doc."""\n    if x:\n'
            '        raise NotImplementedError("circuits.total: write total")\n    return x\n',
        ),
        ('text = """\n# BEGIN SOLUTION\n"""\n', 'text = """\n# BEGIN SOLUTION\n"""\n'),
    ],
)
def test_blocks_go_and_the_rest_stays(source, expected):
    assert stub(source, "gates.py", QUESTIONS) == expected


def test_a_long_sentence_is_wrapped():
    name = "circuits." + "long_name" * 8
    text = stub("def total(x):\n" + block("return x"), "gates.py", {"total": name})
    assert max(map(len, text.splitlines())) <= 110
    with pytest.raises(NotImplementedError, match=re.escape(f"{name}: write total")):
        exec(compile(text + "total(1)\n", "stub", "exec"), {})


@pytest.mark.parametrize(
    ("source", "line", "word"),
    [
        ("# END SOLUTION\n", 1, "without a '# BEGIN SOLUTION'"),
        ("x = 1\n# BEGIN SOLUTION\ny = 1\n", 2, "no '# END SOLUTION'"),
        ("# BEGIN SOLUTION\nx = 1\n# BEGIN SOLUTION\n# END SOLUTION\n", 3, "nested"),
        ("# BEGIN SOLUTION\nx = 1\n# END SOLUTION\n# END SOLUTION\n", 4, "without a"),
        ("# BEGIN SOLUTION\n# END SOLUTION\n", 1, "empty"),
        ("x = 1  # BEGIN SOLUTION\n", 1, "alone"),
        ("#BEGIN SOLUTION\n", 1, "is no marker"),
        ("# begin solution\n", 1, "is no marker"),
        ("# END SOLUTIONS\n", 1, "is no marker"),
        ("def total(x):\n    # BEGIN SOLUTION\n    x = 1\n# END SOLUTION\n    return x\n", 4, "not indented"),
        ("def helper(x):\n" + block("return x"), 2, "helper belongs to no question"),
        ("class Other:\n    def f(self):\n" + block("return 1", indent=" " * 8), 3, "Other.f belongs to no question"),
        ("class Multiply:\n" + block("a = 1"), 2, "no valid Python"),
        ("def total(x):\n" + block("return x") + "def (\n", 5, "no valid"),
    ],
)
def test_faulty_markers_are_named(source, line, word):
    with pytest.raises(WrongUse, match=re.escape(word)) as caught:
        stub(source, "gates.py", QUESTIONS)
    assert str(caught.value).startswith("gates.py:")
    assert str(line) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_block_that_leaves_its_function_is_refused():
    source = "def total(x):\n    # BEGIN SOLUTION\n    return x\n\n\ndef other(x):\n    return x\n    # END SOLUTION\n"
    with pytest.raises(WrongUse, match=r"gates\.py:2: the solution block cuts"):
        stub(source, "gates.py", QUESTIONS)


def test_released_modules_are_whole_but_for_the_markers(gates_text):
    text = released(gates_text, "gates.py")
    assert "SOLUTION" not in text
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(gates_text))


def test_notebook_blocks_become_an_invitation():
    source = "# %%\nx = 1\n" + block("y = x + 41", indent="") + "def f():\n" + block("return 2")
    text = stripped_notebook(source, "notebook.py")
    assert "41" not in text and "return 2" not in text
    assert text.count("# Write your code here.") == 2
    ast.parse(text)


def test_stubs_of_the_course_keep_everything_outside_the_blocks():
    course = load_course(ROOT / "grading.yml")
    for path, text in stubs(course, ROOT).items():
        source = (ROOT / "solutions" / Path(path).name).read_text(encoding="utf-8")
        blocks = find_blocks(source, path)
        inside = {number for each in blocks for number in range(each.start, each.end + 1)}
        kept = [line for number, line in enumerate(source.splitlines(), 1) if number not in inside]
        without = re.sub(r'(?m)^ *raise NotImplementedError\(\s*"\w+\.\w+: (?:"\s*")?write [^"]*"\s*\)\n', "", text)
        assert [line for line in without.splitlines() if line] == [line for line in kept if line], path


def test_stubs_of_the_course_raise_with_the_id_of_every_question():
    course = load_course(ROOT / "grading.yml")
    text = "".join(stubs(course, ROOT).values())
    named = set(re.findall(r'NotImplementedError\(\s*"(\w+\.\w+): ', text))
    assert named == set(question_ids(course))


LINES = st.sampled_from(
    [
        *("# BEGIN SOLUTION", "# END SOLUTION", "    # BEGIN SOLUTION", "    # END SOLUTION", "", "x = 1", "    y = 2"),
        *("def total(x):", "class Multiply:", "    def forward(self):", "        # BEGIN SOLUTION", "        z = 3"),
        *(
            "        # END SOLUTION",
            "    return 1",
            "\x0c",
            "text = 'a\u2028b'",
            '"""',
            "\0",
            "if x:",
            "else:",
            "@total",
        ),
    ]
)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(LINES, max_size=14))
def test_any_text_gives_a_stub_or_one_clear_line(lines):
    source = "".join(f"{line}\n" for line in lines)
    try:
        text = stub(source, "gates.py", QUESTIONS)
    except WrongUse as error:
        assert "\n" not in str(error) and str(error).startswith("gates.py")
    else:
        assert find_blocks(text, "gates.py") == []
        assert ("raise NotImplementedError" in text) <= ("SOLUTION" in source)
