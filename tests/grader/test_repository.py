"""The repository itself: nothing of one machine in it, no unexplained exception from a rule, commands that exist."""

import ast
import io
import re
import subprocess
import tokenize
from pathlib import Path
from typing import get_args

import pytest
import typer
from pydantic import BaseModel

from autograder.cli.main import app
from autograder.model.result import Result

ROOT = Path(__file__).resolve().parents[2]
CACHES = {".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__"}
LEFT_OUT = CACHES | {".git", ".venv", "build", "dist"}
TABLES = {"hidden", "mistakes"}
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 300, 60


def every_file():
    """What is tracked, or would be with the next `git add`; without git, what lies there."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
        paths = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [path for path in ROOT.rglob("*") if not LEFT_OUT & set(path.relative_to(ROOT).parts)]
    return sorted({path for path in paths if path.is_file()})


def text_of(path):
    """The text, or "" of what is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


FILES = {path.relative_to(ROOT).as_posix(): text_of(path) for path in every_file()}
CODE = {name: text for name, text in FILES.items() if name.endswith(".py")}
PAGES = {name: text for name, text in FILES.items() if name.endswith(".md")}


def lines_with(pattern, files):
    return [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]


FOREIGN = {
    "the host of a package registry": r"(?i)\b(?:pypi|pythonhosted|npmjs|anaconda|jsdelivr|unpkg)\.(?:org|com|net)",
    "an index of packages": r"--(?:extra-)?index-url[ =]|\bPIP_(?:EXTRA_)?INDEX_URL\b|find-links[ =]",
    "a folder of one machine": r"(?<![\w.])/(?:work|root|Users)/|(?<![\w.])/home/(?!\.\.\.|…)\w|/tmp/bas[h]",
}


@pytest.mark.parametrize("what", FOREIGN)
def test_no_file_names(what):
    assert lines_with(FOREIGN[what], FILES) == []


def test_what_is_looked_for_would_be_found():
    """The patterns above match what they are for; put together here, so that they do not match this file."""
    bad = ["https://py" + "pi.org/simple", "install --index" + "-url x", "/wo" + "rk/main/x.py", "'/ho" + "me/jo/x'"]
    assert [any(re.search(each, line) for each in FOREIGN.values()) for line in bad] == [True] * 4
    good = ["/home", "tests/work/x", "a/rootless/b", "index", "https://numpy.org/doc"]
    assert [line for line in good if any(re.search(each, line) for each in FOREIGN.values())] == []


EXCEPTION = re.compile(r"#\s*(?:type:\s*ignore(?:\[[\w, -]+\])?|noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?)(.*)")


def unexplained(text):
    """Line numbers of `type: ignore` and `noqa` comments that say no more than that."""
    comments = [each for each in tokenize.generate_tokens(io.StringIO(text).readline) if each.type == tokenize.COMMENT]
    found = [(each.start[0], EXCEPTION.search(each.string)) for each in comments]
    return [line for line, match in found if match and len(re.findall(r"\w+", match[1])) < 2]


def test_every_exception_from_a_rule_says_why():
    assert [f"{name}:{line}" for name, text in CODE.items() for line in unexplained(text)] == []


@pytest.mark.parametrize(
    ("comment", "lines"),
    [
        ("noqa: E402", [1]),
        ("noqa", [1]),
        ("type: ignore[arg-type]", [1]),
        ("noqa: E402 - after the environment", []),
        ("type: ignore[arg-type]  # the stubs know only numbers", []),
    ],
)
def test_an_unexplained_exception_is_seen(comment, lines):
    assert unexplained(f"x = 1  # {comment}\n") == lines


ENGINE = {
    name: text
    for name, text in CODE.items()
    if name.startswith("autograder/") and name.split("/")[1] not in TABLES
}


def test_modules_are_short():
    sizes = {name: len(text.splitlines()) for name, text in ENGINE.items()}
    assert {name: size for name, size in sizes.items() if size > MOST_LINES} == {}


def test_functions_are_short():
    functions = [
        (f"{name}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1)
        for name, text in ENGINE.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert len(functions) > 300
    assert [each for each in functions if each[1] > MOST_LINES_OF_A_FUNCTION] == []


# Pages: what they tell people to type, and where they point


def typed(text):
    """Every command of a page: lines of code blocks and inline code, without prompts, comments and variables."""
    blocks = re.findall(r"^ *```[^\n]*\n(.*?)^ *```", text, flags=re.S | re.M)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```", "", text, flags=re.S | re.M))
    lines = [line for block in blocks for line in block.splitlines()] + inline
    stripped = (re.sub(r"\s+#.*$", "", line.strip()).removeprefix("$ ") for line in lines)
    return [re.sub(r"^(?:[A-Z_]+=\S+ +)+", "", line) for line in stripped]


MAKE = re.compile(r"make +(?:[A-Z_]+=\S+ +)*([a-z][a-z-]*)\b")
BACKPROP = re.compile(r"(?:\S*/)?(?:backprop|(?:python3?|py) -m autograder) +([a-z][a-z-]*)\b(.*)")
COMMANDS = typer.main.get_command(app).commands
STUDENT = {"check", "submit"}  # their options are tested in student/


def unknown(line):
    """What a command line asks for that is not there."""
    if match := MAKE.match(line):
        targets = re.findall(r"^([a-z][a-z-]*):", FILES["Makefile"], flags=re.M)
        return None if match[1] in targets else f"make {match[1]}"
    if not (match := BACKPROP.match(line)):
        return None
    name, rest = match.groups()
    if name not in COMMANDS:
        return f"backprop {name}"
    known = {option for each in COMMANDS[name].params for option in each.opts} | {"--help"}
    used = re.findall(r"(?<=[\s\[])(--?[a-z][a-z-]*)", rest)
    return None if name in STUDENT else next((f"backprop {name} {each}" for each in used if each not in known), None)


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_a_page_exist(page):
    assert [what for line in typed(PAGES[page]) if (what := unknown(line))] == []


def test_readme_shows_both_main_commands():
    assert "README.md" in PAGES, "the repository has no README.md"
    lines = typed(PAGES["README.md"])
    assert any(MAKE.match(line) and "demo" in line for line in lines)
    assert any(MAKE.match(line) and "test" in line for line in lines)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("make demo", None),
        ("make nonsense", "make nonsense"),
        ("backprop grade x -a circuits -o OUT --jobs 2", None),
        ("backprop grad x", "backprop grad"),
        ("backprop grade x --job 2", "backprop grade --job"),
        ("python -m autograder check", None),
    ],
)
def test_a_command_that_is_not_there_is_seen(line, what):
    assert unknown(line) == what


def fields(model):
    """Names of all keys of a result document, those of nested objects included."""
    kinds = [kind for each in model.model_fields.values() for kind in (each.annotation, *get_args(each.annotation))]
    nested = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return set(model.model_fields).union(*map(fields, nested))


def test_the_result_schema_is_documented_key_by_key():
    documented = set(re.findall(r"`(\w+)`", PAGES["autograder/README.md"].partition("## The result file")[2]))
    assert {"sha256", "mistake", "sid", "reason", "item_seconds"} <= fields(Result)
    assert fields(Result) - documented == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_of_a_page_lead_somewhere(page):
    text = re.sub(r"^ *```.*?^ *```", "", PAGES[page], flags=re.S | re.M)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    local = [target for target in targets if target and not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not ((ROOT / page).parent / target).exists()] == []
