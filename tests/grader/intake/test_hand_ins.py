"""What each kind of hand-in comes down to: malformed ones beside the sound one they resemble."""

from __future__ import annotations

import os
import socket
import unicodedata
from pathlib import Path

import pytest

from autograder.intake import read_one, read_submissions
from autograder.model.errors import WrongUse
from autograder.model.submission import Submission
from tests.grader.intake.builders import GIVEN, GOOD, MODULES, WHOLE, Files, laid_out, zipped

DEEP = b"x = " + b"(" * 150 + b")" * 150 + b"\n"

# What gates.py holds → the code of its note, and a part of the sentence. graph.py is sound and has to count.
UNREADABLE_TEXT = {
    "syntax": (b"x = 1\ny = (\n", "syntax", "gates.py, line 2: '(' was never closed. Nothing in this file"),
    "indentation": (b"def f():\nreturn 1\n", "syntax", "line 2: expected an indented block"),
    "nested brackets": (DEEP, "syntax", "line 1: more than 100 brackets"),
    "unary chain": (b"x = " + b"-" * 150_000 + b"1", "syntax", "nested too deeply"),
    "long sum": (b"x = 1" + b"+1" * 90_000, "syntax", "nested too deeply"),
    "attribute chain": (b"a" + b".b" * 90_000, "syntax", "nested too deeply"),
    "escaped quotes": (b'"""' + b'\\"""' * 40_000 + b"\\", "syntax", "unterminated"),
    "latin-1 byte": (
        "ok = 1\ns = 'é'\n".encode("latin-1"),
        "encoding",
        "line 2, byte 6: byte 0xe9 is not UTF-8",
    ),
    "after CRLF": (b"a = 1\r\nb = 2\r\nc = '\xff'\r\n", "encoding", "line 3, byte 6"),
    "UTF-16": (
        "x = 1\n".encode("utf-16"),
        "encoding",
        "saved as UTF-16. Nothing in this file could be graded. Save it",
    ),
    "UTF-16 without BOM": ("x = 1\n".encode("utf-16-le"), "encoding", "line 1, byte 2: has a NUL byte"),
    "UTF-32": ("x = 1\n".encode("utf-32"), "encoding", "UTF-32"),
    "rot13 cookie": (b"# coding: rot13\nvzcbeg bf\n", "encoding", "declares the encoding rot13"),
    "utf-7 cookie, line 2": (b"#!python\n# -*- coding: utf-7 -*-\n", "encoding", "line 2, byte 15: declares"),
    "latin-1 cookie and bytes": (
        "# coding: latin-1\n# é\n".encode(),
        "encoding",
        "declares the encoding latin-1",
    ),
    "binary": (b"\x7fELF\x02\x01\0\0", "encoding", "NUL byte"),
    "bidi override": ("a = 1\nb = '\u202e'\n".encode(), "bidi", "line 2: has the invisible character U+202E"),
    "bidi isolate": ("# \u2066 x\n".encode(), "bidi", "line 1"),
    "too large": (b"#" * 200_001, "too_large", "gates.py is larger than 200 kB"),
}

# What gates.py holds → the text that is read and the codes of the notes.
READABLE_TEXT = {
    "plain": (GOOD, GOOD.decode(), []),
    "empty": (b"", "", []),
    "BOM": (b"\xef\xbb\xbfx = 1\n", "x = 1\n", ["bom"]),
    "CRLF": (b"x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n", ["newlines"]),
    "CR": (b"x = 1\ry = 2\r", "x = 1\ny = 2\n", ["newlines"]),
    "BOM and CRLF": (b"\xef\xbb\xbfx = 1\r\n", "x = 1\n", ["bom", "newlines"]),
    "utf-8 cookie": ("# -*- coding: utf-8 -*-\n# σ\n".encode(), "# -*- coding: utf-8 -*-\n# σ\n", []),
    "utf8 cookie": (b"#coding=UTF8\n", "#coding=UTF8\n", []),
    "ASCII under a latin-1 cookie": (b"# coding: latin-1\n", "# coding: latin-1\n", ["encoding"]),
    "cookie in line 3": (b"\n\n# coding: rot13\n", "\n\n# coding: rot13\n", []),
    "cookie after code": (b"x = 1\n# coding: rot13\n", "x = 1\n# coding: rot13\n", []),
    "right-to-left mark": ("# \u200f\u05d0\n".encode(), "# \u200f\u05d0\n", []),
    "sad comments": (b"# :(\n" * 300, "# :(\n" * 300, []),
    "brackets in strings": (b"s = '" + b"(" * 300 + b"'\n", "s = '" + "(" * 300 + "'\n", []),
    "invalid escape": (b"s = '\\d'\n", "s = '\\d'\n", []),
    "exactly the cap": (b"#" * 200_000, "#" * 200_000, []),
    "a form that only compile refuses": (b"return 1\n", "return 1\n", []),
}

# Files → modules read, codes of the notes (besides extra), what each missing module's sentence holds.
PLACES: dict[str, tuple[Files, str, list[str], dict[str, str]]] = {
    "root": (WHOLE, "gates graph", [], {}),
    "student_src": ({f"student_src/{name}": text for name, text in WHOLE.items()}, "gates graph", [], {}),
    "nested": ({f"a/b/student_src/{name}": text for name, text in WHOLE.items()}, "gates graph", [], {}),
    "package file": ({**WHOLE, "__init__.py": b""}, "gates graph", [], {}),
    "junk": (
        {**WHOLE, ".DS_Store": b"\0", "__MACOSX/gates.py": b"(", ".git/gates.py": b"(", "venv/gates.py": b"("},
        "gates graph", [], {},
    ),
    "missing": ({"gates.py": GOOD}, "gates", ["missing"], {"graph": "graph.py is missing; its questions count as"}),
    "empty": ({}, "", ["empty", "missing", "missing"], {"gates": "gates.py is missing", "graph": "graph.py is"}),
    "given": ({**WHOLE, "doubles.py": b"("}, "gates graph", ["given"], {}),
    "twice": ({**WHOLE, "old/gates.py": b"("}, "gates graph", ["several"], {}),
    "root before all": ({**WHOLE, "a/gates.py": b"(", "student_src/gates.py": b"("}, "gates graph",
                          ["several"], {}),
    "browser copy": ({"gates (1).py": GOOD, "graph.py": b""}, "gates graph", ["copy"], {}),
    "upload copy": ({"gates-2.py": GOOD, "graph.py": b""}, "gates graph", ["copy"], {}),
    "mac copy": ({"gates copy.py": GOOD, "graph.py": b""}, "gates graph", ["copy"], {}),
    "Windows copy": ({"gates - Copy.py": GOOD, "graph.py": b""}, "gates graph", ["copy"], {}),
    "highest copy": ({"gates (2).py": b"(", "gates (10).py": GOOD, "graph.py": b""}, "gates graph", ["copy"], {}),
    "copy beside": ({**WHOLE, "gates (1).py": b"("}, "gates graph", ["several"], {}),
    "copies alike": (
        {"gates (1).py": GOOD, "gates-1.py": GOOD, "graph.py": b""}, "graph", ["near_name"],
        {"gates": "Any of gates (1).py and gates-1.py may be meant"},
    ),
    "capital": ({"Gates.py": GOOD, "graph.py": b""}, "graph", ["near_name"], {"gates": "Found Gates.py, which was"}),
    "text ending": ({"gates.py.txt": GOOD, "graph.py": b""}, "graph", ["near_name"], {"gates": "Found gates.py.txt"}),
    "notebook": ({"gates.ipynb": b"{}", "graph.py": b""}, "graph", ["near_name"], {"gates": "Found gates.ipynb"}),
    "misspelt": ({"gate.py": GOOD, "graph.py": b""}, "graph", ["near_name"], {"gates": "Found gate.py"}),
    "final": ({"gates_final.py": GOOD, "graph.py": b""}, "graph", ["near_name"], {"gates": "Found gates_final.py"}),
    "unrelated name": ({"numeric.py": GOOD, "graph.py": b""}, "graph", ["missing"], {"gates": "Hand it in under"}),
    "framework files": (
        {**WHOLE, "conftest.py": b"(", "pytest.ini": b"", "sitecustomize.py": b"(", "gates.so": b"", "gates.pyc": b""},
        "gates graph", [], {},
    ),
    "archive inside": ({"gates.py": GOOD, "graph.zip": b"PK"}, "gates", ["archive", "missing"], {"graph": "missing"}),
    "too deep": ({"gates.py": GOOD, "a/b/c/d/e/f/g/h/i/graph.py": b""}, "gates", ["missing", "too_deep"], {}),
}  # fmt: skip


def codes(submission: Submission) -> list[str]:
    return sorted(note.code for note in submission.notes if note.code != "extra")


def modules(submission: Submission) -> str:
    return " ".join(source.module for source in submission.sources)


@pytest.mark.parametrize(("content", "code", "part"), UNREADABLE_TEXT.values(), ids=UNREADABLE_TEXT)
def test_a_module_that_cannot_be_read_blocks_itself_alone(tmp_path: Path, content: bytes, code: str, part: str) -> None:
    got = read_one(laid_out(tmp_path, {"gates.py": content, "graph.py": GOOD}), MODULES)
    assert modules(got) == "graph"
    [note] = got.notes
    assert (note.code, note.blocks, note.level, note.file) == (code, "gates", "error", "gates.py")
    assert part in note.sentence and note.sentence.isprintable()
    assert got.why_missing("gates") == note.sentence and got.why_missing("graph") is None


@pytest.mark.parametrize(("content", "text", "notes"), READABLE_TEXT.values(), ids=READABLE_TEXT)
@pytest.mark.filterwarnings("error")
def test_a_readable_module_is_read_as_plain_text(tmp_path: Path, content: bytes, text: str, notes: list[str]) -> None:
    got = read_one(laid_out(tmp_path, {"gates.py": content}), ("gates",))
    assert [source.text for source in got.sources] == [text]
    assert codes(got) == notes and all(note.blocks is None and note.level == "info" for note in got.notes)


def test_the_same_work_with_other_line_ends_has_the_same_digest(tmp_path: Path) -> None:
    unix = read_one(laid_out(tmp_path / "a", {"gates.py": b"x = 1\ny = 2\n"}), ("gates",))
    windows = read_one(laid_out(tmp_path / "b", {"gates.py": b"\xef\xbb\xbfx = 1\r\ny = 2\r\n"}), ("gates",))
    other = read_one(laid_out(tmp_path / "c", {"gates.py": b"x = 1\ny = 3\n"}), ("gates",))
    assert unix.digest == windows.digest != other.digest


@pytest.mark.parametrize("shape", ["folder", "zip"])
@pytest.mark.parametrize(("files", "read", "notes", "why"), PLACES.values(), ids=PLACES)
def test_where_modules_stand(
    tmp_path: Path, shape: str, files: Files, read: str, notes: list[str], why: dict[str, str]
) -> None:
    if shape == "folder":
        path = laid_out(tmp_path / "alice", files)
    else:
        path = tmp_path / "alice.zip"
        path.write_bytes(zipped(files))
    got = read_one(path, MODULES, GIVEN)
    assert (modules(got), codes(got)) == (read, sorted(notes))
    assert got.source("gates") is None or got.source("gates").text == GOOD.decode()
    for module, part in why.items():
        assert part in (got.why_missing(module) or "")
    assert got.id == "alice"


def test_the_note_on_a_choice_names_both(tmp_path: Path) -> None:
    got = read_one(laid_out(tmp_path, {"v1/gates.py": b"x = 1\n", "student_src/gates.py": GOOD}), ("gates",))
    [note] = got.notes
    assert "student_src/gates.py was used and v1/gates.py not" in note.sentence
    assert got.sources[0].text == GOOD.decode()


def test_other_files_are_listed_and_cost_nothing(tmp_path: Path) -> None:
    names = {"helpers.py": b"(", "notes\x1b[31m.txt": b"", "data/x.npy": b""}
    got = read_one(laid_out(tmp_path, {**WHOLE, **names}), MODULES)
    assert got.extra == ("helpers.py", "notes\\x1b[31m.txt", "data/x.npy")
    [note] = got.notes
    assert (note.code, note.level) == ("extra", "info") and note.sentence.isprintable()


def test_what_is_listed_and_noted_stays_short(tmp_path: Path) -> None:
    many = {f"{'n' * 150}{number}.txt": b"" for number in range(200)} | {f"a{n}.zip": b"" for n in range(30)}
    got = read_one(laid_out(tmp_path, many), MODULES)
    assert len(got.extra) == 51 and all(len(name) <= 80 for name in got.extra)
    assert len(got.notes) < 20 and all(len(note.sentence) < 600 for note in got.notes)


def test_a_hand_in_of_too_many_files_ends_the_walk(tmp_path: Path) -> None:
    files = {**WHOLE, **{f"d{number // 100}/f{number}.txt": b"" for number in range(2_100)}}
    got = read_one(laid_out(tmp_path, files), MODULES)
    assert modules(got) == "gates graph" and "too_many" in codes(got)


def test_modules_together_have_a_cap(tmp_path: Path) -> None:
    names = ("a", "b", "c", "d")
    got = read_one(laid_out(tmp_path, {f"{name}.py": b"#" * 190_000 for name in names}), names)
    assert modules(got) == "a b c"
    assert "larger than 600 kB together" in (got.why_missing("d") or "")


IMPORTS = {
    "import matplotlib.pyplot as plt": (
        "info",
        "gates.py line 1 imports matplotlib, which is not available when graded",
    ),
    "try:\n    import cupy\nexcept ImportError:\n    cupy = None": ("info", "line 2 imports cupy"),
    "from scipy.special import expit": ("info", "imports scipy"),
    "from .helpers import f": ("warning", "imports helpers, which was handed in but is not used when graded"),
    "from .missing import f": ("info", "imports missing"),
    "from . import missing": ("info", "imports missing"),
    "from ..graph import f": ("info", "imports ..graph"),
    "from student_src.missing import f": ("info", "imports missing"),
    "import student_src.missing": ("info", "imports missing"),
    "from .os import path": ("info", "imports os"),
    "from __future__ import annotations": None,
    "import numpy as np, os.path, math": None,
    "from numpy.random import Generator": None,
    "from .graph import Graph": None,
    "from . import graph, doubles": None,
    "from graph import Graph": None,
    "from student_src.graph import Graph": None,
    "from student_src import graph": None,
    "import student_src.graph": None,
    "import student_src": None,
    "from .doubles import Recorder": None,
    "x = 'import torch'": None,
}


@pytest.mark.parametrize(("line", "expected"), IMPORTS.items(), ids=IMPORTS)
def test_imports_of_what_is_not_there_are_told(tmp_path: Path, line: str, expected: tuple[str, str] | None) -> None:
    files = {"gates.py": line.encode() + b"\n", "graph.py": b"", "helpers.py": b""}
    got = read_one(laid_out(tmp_path, files), MODULES, GIVEN)
    notes = [(note.level, note.sentence) for note in got.notes if note.code == "import"]
    assert modules(got) == "gates graph"
    assert len(notes) == (expected is not None)
    for (level, sentence), (want, part) in zip(notes, [expected] if expected else [], strict=True):
        assert level == want and part in sentence


def links(root: Path) -> Path:
    secret = laid_out(root / "secret", WHOLE)
    return laid_out(root / "alice", {"gates.py": str(secret / "gates.py"), "student_src": str(secret)})


def dangling(root: Path) -> Path:
    return laid_out(root / "alice", {"gates.py": "nowhere", "graph.py": "graph.py"})


def fifo(root: Path) -> Path:
    path = laid_out(root / "alice", {"graph.py/": b""})
    os.mkfifo(path / "gates.py")
    return path


def bound_socket(root: Path) -> Path:
    path = laid_out(root / "alice", {})
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(path)  # the path of a socket has to be short
        try:
            server.bind("gates.py")
        finally:
            os.chdir(here)
    return path


@pytest.mark.parametrize("build", [links, dangling, fifo, bound_socket])
def test_what_is_no_regular_file_is_never_opened(tmp_path: Path, build: object) -> None:
    got = read_one(build(tmp_path), MODULES)  # type: ignore[operator]  # a function, of the table above
    assert got.sources == ()
    assert {"link", "special_file"} & set(codes(got))
    assert "gates.py is a " in (got.why_missing("gates") or "")


def test_hard_links_are_files(tmp_path: Path) -> None:
    path = laid_out(tmp_path / "alice", {"graph.py": GOOD})
    os.link(path / "graph.py", path / "gates.py")
    assert modules(read_one(path, MODULES)) == "gates graph"


def test_a_path_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    laid_out(tmp_path / "real", WHOLE)
    (tmp_path / "link").symlink_to("real")
    [got] = read_submissions([tmp_path / "link"], MODULES)
    assert got.sources == () and "is a link" in (got.why_missing("graph") or "")
    assert modules(read_submissions([tmp_path / "real"], MODULES)[0]) == "gates graph"


def test_a_pipe_given_as_a_path_is_a_hand_in_without_sources(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "alice.py")
    os.mkfifo(tmp_path / "bob.zip")
    for path in sorted(tmp_path.iterdir()):
        [got] = read_submissions([path], MODULES)
        assert got.sources == () and "pipe" in (got.why_missing("gates") or "")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_blocks_itself_alone(tmp_path: Path) -> None:
    path = laid_out(tmp_path / "alice", WHOLE)
    (path / "gates.py").chmod(0)
    got = read_one(path, MODULES)
    assert modules(got) == "graph" and "could not be read" in (got.why_missing("gates") or "")


def test_a_path_that_does_not_exist_is_wrong_use(tmp_path: Path) -> None:
    for call in (lambda path: read_one(path, MODULES), lambda path: read_submissions([path], MODULES)):
        with pytest.raises(WrongUse, match=r"no\\nwhere: there is no such file or folder; give") as caught:
            call(tmp_path / "no\nwhere")
        assert all(unicodedata.category(char) != "Cc" for char in str(caught.value))


def test_reading_one_takes_any_shape_and_the_id_given(tmp_path: Path) -> None:
    assert read_one(laid_out(tmp_path / "empty", {}), MODULES).sources == ()
    got = read_one(laid_out(tmp_path / "full", WHOLE), MODULES, id="../Zoë 1")
    assert got.id == "Zoe_1" and modules(got) == "gates graph"


def test_any_file_is_a_hand_in(tmp_path: Path) -> None:
    laid_out(tmp_path, {"gates.py": GOOD, "alice.tar.gz": b"", "bob.docx": b"PK\3\4"})
    single = read_one(tmp_path / "gates.py", MODULES)
    assert modules(single) == "gates" and codes(single) == ["missing"]
    tar = read_one(tmp_path / "alice.tar.gz", MODULES)
    assert tar.id == "alice" and codes(tar) == ["archive", "missing", "missing"]
    assert codes(read_one(tmp_path / "bob.docx", MODULES)) == ["missing", "missing"]
