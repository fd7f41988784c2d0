"""`backprop check`: the table tells how each question stands, and one line what to mend."""

import json
import re
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import student
from autograder.student.check import watch_files
from autograder.student.course import WrongUse, load_course

EXP = "circuits.exp"


def rows(text):
    """Question id to (status, points) from the printed table."""
    words = r"passed|cannot run|not attempted|backward missing|no public test|waits for \w+|\d+ of \d+ tests"
    pattern = rf"(?m)^  (circuits\.\w+)  .*?  ({words})  +(\S+ of \S+)$"
    return {question: (status, points) for question, status, points in re.findall(pattern, text)}


def course(bundle):
    return json.loads((bundle / "tests/public/course.json").read_text())["assignments"]["circuits"]


def write_exp(bundle, *body):
    """Give Exp.forward another body."""
    path = bundle / "student_src/gates.py"
    text = path.read_text()
    old = f'        raise NotImplementedError("{EXP}: write the forward pass of Exp")\n'
    assert old in text
    path.write_text(text.replace(old, "".join(f"        {line}\n" for line in body)))


def test_a_fresh_bundle_is_not_attempted(bundle, run):
    done = run("check")
    table = rows(done.stdout)
    assert done.returncode == 0 and done.stderr == ""
    assert list(table) == [question["id"] for question in course(bundle)["questions"]]
    assert all(status == "not attempted" or status.startswith("waits for") for status, _ in table.values())
    assert "Next: circuits.unbroadcast: write unbroadcast" in done.stdout
    assert "You have 0 of " in done.stdout
    public = sum(question["public"] for question in course(bundle)["questions"])
    assert (
        f"Public tests decide {public:g} of 100 points, and count only when the hidden value tests of the same "
        f"question pass. The other {100 - public:g} are decided by hidden tests." in done.stdout
    )
    assert not list(bundle.rglob("__pycache__/gates*"))


@pytest.mark.parametrize(
    "names", [["Exp"], pytest.param(["unbroadcast", "Multiply"], marks=pytest.mark.slow)], ids=", ".join
)
def test_what_is_solved_turns_green_and_nothing_else(bundle, run, solve, names):
    before = rows(run("check").stdout)
    solve(*names)
    done = run("check")
    after = rows(done.stdout)
    points = {question["id"]: question["public"] for question in course(bundle)["questions"]}
    solved = {question["id"] for question in course(bundle)["questions"] if question["name"] in names}
    assert {question for question in after if after[question][0] == "passed"} == solved
    assert {each: after[each] for each in after if each not in solved} == {
        each: before[each] for each in before if each not in solved
    }
    assert f"You have {sum(points[each] for each in solved):g} of " in done.stdout


@pytest.mark.slow
def test_plain_pytest_works_in_the_bundle(bundle, bare_python, solve):
    solve("Exp")
    command = [bare_python, "-m", "pytest", "-q", "--tb=line"]
    green = subprocess.run([*command, "-m", EXP], cwd=bundle, capture_output=True, text=True)
    red = subprocess.run([*command, "-m", "circuits and not circuits.exp"], cwd=bundle, capture_output=True, text=True)
    assert green.returncode == 0, green.stdout
    assert red.returncode == 1 and " passed" not in red.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (["return np.exp(x)"], "backward missing", r"circuits\.exp: write the backward pass of Exp"),
        (["self.backward = lambda up: up", "return x"], r"0 of \d tests", r"circuits\.exp: .* expected "),
        (
            ["return 1 / 0"],
            r"0 of \d tests",
            r"circuits\.exp: ZeroDivisionError: .* \(student_src/gates\.py, line \d+\)",
        ),
        (["raise SystemExit"], r"0 of \d tests", r"circuits\.exp: SystemExit \(student_src/gates\.py, line \d+\)"),
        (["import os", "os._exit(5)"], r"0 of \d tests", r"circuits\.exp: ended Python itself \(status 5\)"),
        pytest.param(
            ["while True:", "    pass"],
            r"0 of \d tests",
            r"circuits\.exp: did not end within 4 s; is there an endless loop\?",
            marks=pytest.mark.slow,
        ),
        (["return x +"], "cannot run", r"circuits\.exp: student_src/gates\.py, line \d+: invalid syntax: return x \+"),
    ],
)
def test_what_goes_wrong_is_one_line(bundle, capsys, body, status, message):
    write_exp(bundle, *body)
    limit = "4" if "while True:" in body else "60"
    assert student.main(["check", "exp", "--limit", limit]) == 0
    out = capsys.readouterr().out
    assert re.fullmatch(status, rows(out)[EXP][0])
    assert re.search(f"(?m)^{message}", out)
    assert "Traceback" not in out and "You have 0 of " in out


def test_a_broken_module_does_not_hide_the_others(bundle, capsys):
    (bundle / "student_src/gates.py").write_text("def f(:\n")
    assert student.main(["check"]) == 0
    table = rows(capsys.readouterr().out)
    assert table["circuits.add"][0] == "cannot run"
    assert table["circuits.numerical_gradient"][0] == "not attempted"


def test_a_question_without_public_tests_is_called_that(bundle, capsys):
    path = bundle / "tests/public/course.json"
    path.write_text(path.read_text().replace('"circuits.add"', '"circuits.plus"'))
    assert student.main(["check", "plus"]) == 0
    out = capsys.readouterr().out
    assert rows(out)["circuits.plus"] == ("no public test", "0 of 0.5")
    assert "You have 0 of " in out


def test_a_test_file_that_cannot_be_read_is_one_line(bundle, capsys):
    (bundle / "tests/public/test_circuits.py").write_text("import no_such_thing\n")
    assert student.main(["check", "add"]) == 0
    out = capsys.readouterr().out
    assert rows(out)["circuits.add"][0] == "cannot run"
    assert "circuits.add: ModuleNotFoundError: No module named 'no_such_thing'" in out


def test_a_missing_module_is_named(bundle, capsys):
    (bundle / "student_src/gates.py").rename(bundle / "student_src/Gates.py")
    assert student.main(["check", "add"]) == 0
    assert "student_src/gates.py is missing: the name must be exactly this" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["multiply"], {"circuits.multiply"}),
        (["circuits.multiply", "Exp"], {"circuits.multiply", "circuits.exp"}),
        (["Graph.backward"], {"circuits.graph_backward"}),
        (["numeric"], "numeric"),
        (["graph.py"], "graph"),
        (["circuits"], None),
    ],
)
def test_names_on_the_command_line(bundle, capsys, names, expected):
    assert student.main(["check", *names]) == 0
    questions = course(bundle)["questions"]
    if not isinstance(expected, set):
        expected = {each["id"] for each in questions if expected in (None, each["module"])}
    assert set(rows(capsys.readouterr().out)) == expected


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["check", "multipy"], "did you mean multiply"),
        (["check", "xyzzy"], "no question 'xyzzy'"),
        (["check", "-a", "mlp"], "there are: circuits"),
        (["check", "--limit", "soon"], "--limit"),
        (["check", "--limit", "-1"], "--limit"),
        (["check", "--loud"], "--loud"),
        (["fly"], "fly"),
        ([], "COMMAND"),
    ],
)
def test_wrong_use_is_one_line(bundle, capsys, arguments, word):
    assert student.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1 and captured.err.startswith("backprop: ") and word in captured.err


@pytest.mark.parametrize("content", ["", "[]", '{"assignments": {"circuits": {}}}', '{"assignments": 3}'])
def test_a_spoilt_course_json_is_one_line(bundle, capsys, content):
    (bundle / "tests/public/course.json").write_text(content)
    assert student.main(["check"]) == 2
    assert "course.json cannot be read" in capsys.readouterr().err


def test_help_tells_the_exit_status(bundle, capsys):
    assert student.main(["check", "--help"]) == 0
    assert "Exit status: 0 when the job was done" in capsys.readouterr().out


def test_watching_runs_again_after_a_change_and_ends_cleanly(tmp_path, capsys):
    module, shown, steps = tmp_path / "gates.py", [], iter(["same", "change", "new file", "stop"])
    module.write_text("a = 1\n")

    def sleep(seconds):
        assert seconds > 0
        match next(steps):
            case "change":
                module.write_text("a = 1000\n")
            case "new file":
                (tmp_path / "graph.py").write_text("")
            case "stop":
                raise KeyboardInterrupt

    watch_files(tmp_path, lambda: shown.append(module.read_text()), sleep)
    assert shown == ["a = 1000\n", "a = 1000\n"]
    assert "Stopped watching." in capsys.readouterr().out


def test_other_commands_are_refused_in_a_bundle(run):
    done = run("grade", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "backprop: no command 'grade' here; there are: check, submit\n"
    assert run("--help").returncode == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["assignments", "questions", "modules", "title", "folder", "id", "a"]), inner)
    ),
    max_leaves=12,
)


@settings(deadline=None)  # the machine may be busy
@given(JSON)
def test_any_course_json_is_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("course") / "tests/public/course.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(data))
    try:
        course = load_course(path.parents[2])
    except WrongUse as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(course.assignments, dict)
