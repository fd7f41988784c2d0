"""Which hand-ins a path stands for, and their ids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.intake import read_submissions
from autograder.intake.naming import safe_id, unique_ids
from autograder.model.errors import WrongUse
from tests.grader.intake.builders import GOOD, MODULES, WHOLE, Files, laid_out, zipped

ZIP = zipped(WHOLE)


def inside(folder: str, files: Files = WHOLE) -> dict[str, bytes | str]:
    return {f"{folder}/{name}": text for name, text in files.items()}


# What stands in the folder "given" → id: the modules read.
FOLDERS: dict[str, tuple[Files, dict[str, str]]] = {
    "one hand-in": (WHOLE, {"given": "gates graph"}),
    "one with student_src": (inside("student_src"), {"given": "gates graph"}),
    "one with an empty student_src": ({"student_src/": b""}, {"given": ""}),
    "one in a chain": (inside("a/b"), {"given": "gates graph"}),
    "one by a copy": ({"gates (1).py": GOOD}, {"given": "gates"}),
    "one by another ending": ({"gates.py.txt": GOOD}, {"given": ""}),
    "one with other folders": ({**WHOLE, **inside("tests"), "b.zip": ZIP}, {"given": "gates graph"}),
    "folders": (
        {**inside("bob"), **inside("alice/student_src"), "carol/": b""},
        {"alice": "gates graph", "bob": "gates graph", "carol": ""},
    ),
    "a mixture": (
        {**inside("bob"), "alice.zip": ZIP, "carol.py": GOOD, "dave.tar.gz": b"", "eve.docx": b""},
        {"alice": "gates graph", "bob": "gates graph", "carol": "", "dave": "", "eve": ""},
    ),
    "one folder beside a zip": ({**inside("bob"), "alice.zip": ZIP}, {"alice": "gates graph", "bob": "gates graph"}),
    "a zip alone": ({"alice.zip": ZIP}, {"alice": "gates graph"}),
    "zips in folders": ({"alice/work.zip": ZIP, "bob/x.ZIP": ZIP}, {"alice": "gates graph", "bob": "gates graph"}),
    "junk and lists": (
        {**inside("bob"), "alice.zip": ZIP, ".DS_Store": b"", "__MACOSX/x": b"", ".git/x": b"", "list.csv": b"",
         "submission_metadata.yml": b"", "README.md": b"", "__init__.py": b""},
        {"alice": "gates graph", "bob": "gates graph"},
    ),
    "an export in its folder": (
        {**inside("export/one"), **inside("export/two"), "export/submission_metadata.yml": b""},
        {"one": "gates graph", "two": "gates graph"},
    ),
    "a link among them": ({**inside("bob"), **inside("carl"), "alice": "bob"},
                          {"alice": "", "bob": "gates graph", "carl": "gates graph"}),
    "Canvas": (
        {"doejane_12_34_gates.py": GOOD, "doejane_12_35_graph-1.py": b"", "roejim_LATE_7_8_gates.py": GOOD,
         "poejo_9_10_work.zip": ZIP, "roejim_LATE_7_9_notes.md": b""},
        {"doejane_12": "gates graph", "poejo_9": "gates graph", "roejim_7": "gates"},
    ),
    "Canvas, one name twice": (
        {"doejane_12_9_gates.py": b"(", "doejane_12_10_gates.py": GOOD, "x_1_2_gates.py": GOOD},
        {"doejane_12": "gates", "x_1": "gates"},
    ),
    "one broken among them": ({"alice.zip": b"no zip", **inside("bob")}, {"alice": "", "bob": "gates graph"}),
    "names that are no ids": (
        {**inside("Zoë Müller"), **inside("a b"), **inside("a_b"), **inside("李"), **inside("A_B")},
        {"A_B": "gates graph", "Zoe_Muller": "gates graph", "a_b-2": "gates graph", "a_b-3": "gates graph",
         "hand-in": "gates graph"},
    ),
}  # fmt: skip

# What stands in the zip "given.zip" → id: the modules read.
ZIPS: dict[str, tuple[Files, dict[str, str]]] = {
    "one": (WHOLE, {"given": "gates graph"}),
    "one in a folder": (inside("alice/student_src"), {"given": "gates graph"}),
    "one with other folders": ({**inside("student_src"), **inside("old")}, {"given": "gates graph"}),
    "several": ({**inside("alice"), **inside("bob/student_src"), "c/": b""},
                {"alice": "gates graph", "bob": "gates graph", "c": ""}),
    "several in a folder": ({**inside("x/alice"), **inside("x/bob"), "x/submission_metadata.yml": b""},
                            {"alice": "gates graph", "bob": "gates graph"}),
    "several and a zip": ({**inside("alice"), **inside("bob"), "carl.zip": ZIP},
                          {"alice": "gates graph", "bob": "gates graph", "carl": ""}),
    "zips only": ({"alice.zip": ZIP, "bob.zip": ZIP}, {"given": ""}),
    "nothing": ({}, {"given": ""}),
}  # fmt: skip


def read(path: Path) -> dict[str, str]:
    found = read_submissions([path], MODULES)
    assert [each.id for each in found] == sorted(each.id for each in found)
    return {each.id: " ".join(source.module for source in each.sources) for each in found}


@pytest.mark.parametrize(("files", "expected"), FOLDERS.values(), ids=FOLDERS)
def test_what_a_folder_stands_for(tmp_path: Path, files: Files, expected: dict[str, str]) -> None:
    assert read(laid_out(tmp_path / "given", files)) == expected


@pytest.mark.parametrize(("files", "expected"), ZIPS.values(), ids=ZIPS)
def test_what_a_zip_stands_for(tmp_path: Path, files: Files, expected: dict[str, str]) -> None:
    path = tmp_path / "given.zip"
    path.write_bytes(zipped(files))
    assert read(path) == expected


@pytest.mark.parametrize("files", [{}, {".DS_Store": b""}, {"list.csv": b"", "README.md": b""}], ids=str)
def test_a_folder_without_hand_ins_is_wrong_use(tmp_path: Path, files: Files) -> None:
    with pytest.raises(WrongUse, match="no hand-in found; give a folder, zip or"):
        read_submissions([laid_out(tmp_path / "given", files)], MODULES)


def test_several_paths_make_one_list(tmp_path: Path) -> None:
    first, second = laid_out(tmp_path / "x/alice", WHOLE), laid_out(tmp_path / "y/Alice", WHOLE)
    got = read_submissions([second, first, first], MODULES)
    assert [each.id for each in got] == ["Alice", "alice-2"]
    assert [Path(each.origin).parent.name for each in got] == ["y", "x"]
    assert got == read_submissions([first, second], MODULES)


def test_a_hand_in_reads_the_same_alone_and_among_others(tmp_path: Path) -> None:
    bad = {"gates.py": b"#" * 200_001, "graph.py": "gates.py", "a/x.zip": b"", "helpers.py": b""}
    root = laid_out(tmp_path / "given", {**inside("alice", bad), **inside("bob")})
    [alone] = read_submissions([root / "alice"], MODULES)
    among, _ = read_submissions([root], MODULES)
    assert alone == among and {note.code for note in alone.notes} == {"too_large", "link", "archive", "extra"}


def test_one_bad_path_among_good_ones_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="nobody"):
        read_submissions([laid_out(tmp_path / "alice", WHOLE), tmp_path / "nobody"], MODULES)


def test_a_folder_too_full_to_list_is_wrong_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = laid_out(tmp_path / "given", {f"{number}.zip": b"" for number in range(12)})
    monkeypatch.setattr("autograder.intake.folder.FOLDER_ENTRIES", 11)
    with pytest.raises(WrongUse, match="give fewer hand-ins at once"):
        read_submissions([path], MODULES)
    monkeypatch.setattr("autograder.intake.folder.FOLDER_ENTRIES", 12)
    assert len(read_submissions([path], MODULES)) == 12


@given(
    st.lists(
        st.text(max_size=120) | st.sampled_from(["a", "A", "a-2", "a b", "a_b", "", "..", "-" * 90]),
        max_size=12,
    )
)
def test_ids_are_safe_unique_and_stable(names: list[str]) -> None:
    ids = unique_ids(names)
    assert ids == unique_ids(names) and len({each.lower() for each in ids}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}", each) for each in ids)


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,78}[A-Za-z0-9]", fullmatch=True))
def test_a_good_id_stays_as_it_is(name: str) -> None:
    assert safe_id(name) == name and unique_ids(["?" + name, name])[1] == name
