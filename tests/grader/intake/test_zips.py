"""Hostile and damaged zips: each becomes notes, the sound rest counts, and memory stays bounded."""

from __future__ import annotations

import io
import stat
import struct
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.intake import read_one, read_submissions
from autograder.model.submission import Submission
from tests.grader.intake.builders import GOOD, MODULES, WHOLE, zipped

SOUND = zipped(WHOLE)


def read(tmp_path: Path, data: bytes) -> Submission:
    path = tmp_path / "alice.zip"
    path.write_bytes(data)
    return read_one(path, MODULES)


def modules(submission: Submission) -> str:
    return " ".join(source.module for source in submission.sources)


# An entry's name → what its note says. It stands beside two sound modules.
ENTRIES = {
    "../gates.py": "points outside its folder",
    "a/../../graph.py": "points outside its folder",
    "/etc/gates.py": "has an absolute path",
    "C:/gates.py": "names a drive",
    "student_src\\gates.py": "has a backslash",
    "a/" * 60 + "gates.py": "lies too many folders deep",
}


@pytest.mark.parametrize(("name", "part"), ENTRIES.items(), ids=ENTRIES)
def test_an_entry_with_a_bad_path_is_named_and_the_rest_counts(tmp_path: Path, name: str, part: str) -> None:
    got = read(tmp_path, zipped({name: b"hostile = 1\n", **WHOLE}))
    assert modules(got) == "gates graph"
    assert all("hostile" not in source.text for source in got.sources)
    [note] = got.notes
    assert (note.code, note.blocks) == ("zip_entry", None) and part in note.sentence


@pytest.mark.parametrize(("name", "part"), ENTRIES.items(), ids=ENTRIES)
def test_a_module_that_only_stands_in_a_bad_entry_is_told_so(tmp_path: Path, name: str, part: str) -> None:
    got = read(tmp_path, zipped({name: GOOD}))
    module = "graph" if "graph" in name else "gates"
    assert modules(got) == "" and part in (got.why_missing(module) or "")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("student_src/gates.py")
        info.external_attr = (kind | 0o777) << 16
        archive.writestr(info, b"/etc/passwd")
        archive.writestr("student_src/graph.py", GOOD)
    got = read(tmp_path, buffer.getvalue())
    assert modules(got) == "graph" and "student_src/gates.py is a " in (got.why_missing("gates") or "")


def with_flag(data: bytes) -> bytes:
    """Every entry marked as encrypted, in both headers."""
    data = patched(data, b"PK\x03\x04", 6, struct.pack("<H", 1))
    return patched(data, b"PK\x01\x02", 8, struct.pack("<H", 1))


def with_method(data: bytes) -> bytes:
    data = patched(data, b"PK\x03\x04", 8, struct.pack("<H", 99))
    return patched(data, b"PK\x01\x02", 10, struct.pack("<H", 99))


def with_wrong_checksum(data: bytes) -> bytes:
    return patched(data, b"PK\x01\x02", 16, b"\1\2\3\4")


def with_bad_stream(data: bytes) -> bytes:
    return patched(data, b"PK\x03\x04", 38, b"\xff" * 6)


def patched(data: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    out, at = bytearray(data), data.find(signature)
    while at >= 0:
        out[at + offset : at + offset + len(value)] = value
        at = data.find(signature, at + 4)
    return bytes(out)


PER_FILE = {
    "zip_encrypted": (with_flag, "locked with a password"),
    "zip_method": (with_method, "method 99"),
    "zip_broken": (with_wrong_checksum, "alice.zip/gates.py is damaged"),
    "zip_broken ": (with_bad_stream, "alice.zip/gates.py is damaged"),
}


@pytest.mark.parametrize(("code", "damage", "part"), [(key, *value) for key, value in PER_FILE.items()])
def test_files_that_cannot_be_unpacked(tmp_path: Path, code: str, damage: Callable[[bytes], bytes], part: str) -> None:
    got = read(tmp_path, damage(SOUND))
    assert got.sources == () and {note.code for note in got.notes} == {code.strip()}
    assert part in (got.why_missing("gates") or "") and got.why_missing("graph")


BROKEN = {
    "empty file": b"",
    "no zip": b"this is no zip at all",
    "truncated": SOUND[: len(SOUND) // 2],
    "7z": b"7z\xbc\xaf\x27\x1c" + b"\0" * 100,
    "zip64 locator of nothing": patched(SOUND, b"PK\x05\x06", 4, b"\xff" * 16),
    "directory of 4 GB": patched(SOUND, b"PK\x05\x06", 12, b"\xfe\xff\xff\xff"),
    "bad extra field": patched(SOUND, b"PK\x01\x02", 30, b"\x08\0"),
    "name that is not UTF-8": patched(patched(SOUND, b"PK\x01\x02", 8, b"\0\x08"), b"PK\x01\x02", 46, b"\xff\xfe"),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_broken_zip_blocks_everything_in_one_note(tmp_path: Path, data: bytes) -> None:
    got = read(tmp_path, data)
    [note] = got.notes
    assert got.sources == () and (note.code, note.blocks, note.level) == ("zip_broken", "*", "error")
    assert note.sentence.startswith("alice.zip is damaged or no zip file") and "hand in again" in note.sentence
    assert got.why_missing("gates") == got.why_missing("graph") == note.sentence
    assert modules(read(tmp_path, SOUND)) == "gates graph"


def test_a_directory_that_points_elsewhere_leaves_nothing_to_read(tmp_path: Path) -> None:
    got = read(tmp_path, patched(SOUND, b"PK\x05\x06", 16, b"\xff\xff\xff\x7f"))
    assert got.sources == () and got.why_missing("gates") and got.why_missing("graph")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_an_entry_that_stands_twice_the_last_is_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("gates.py", b"first = 1\n")
        archive.writestr("gates.py", GOOD)
        archive.writestr("graph.py", b"")
    got = read(tmp_path, buffer.getvalue())
    assert [source.text for source in got.sources] == [GOOD.decode(), ""]
    assert [note.code for note in got.notes] == ["zip_duplicate"]


def test_dots_and_doubled_slashes_in_names_do_no_harm(tmp_path: Path) -> None:
    assert modules(read(tmp_path, zipped({"./gates.py": GOOD, "a//graph.py": b""}))) == "gates graph"


def peak(act: Callable[[], object]) -> int:
    """The most bytes that ``act`` had allocated at once."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_bomb_costs_no_more_memory_than_a_module(tmp_path: Path) -> None:
    bomb = zipped({"gates.py": b"#" * (64 << 20), "graph.py": GOOD, "weights.bin": b"\0" * (64 << 20)})
    got: list[Submission] = []
    assert peak(lambda: got.append(read(tmp_path, bomb))) < 4 << 20
    assert modules(got[0]) == "graph" and [note.code for note in got[0].notes if note.blocks] == ["too_large"]
    assert peak(lambda: zipfile.ZipFile(io.BytesIO(bomb)).read("gates.py")) > 64 << 20  # the bomb is one


def test_a_module_that_unpacks_to_many_times_its_size_is_refused(tmp_path: Path) -> None:
    honest = b"".join(b"x%d = %d\n" % (number, number * 7919) for number in range(5_000))
    assert len(honest) > 50_000
    got = read(tmp_path, zipped({"gates.py": b"#" * 150_000, "graph.py": honest}))
    assert modules(got) == "graph" and "unpacks to more than 200 times" in (got.why_missing("gates") or "")
    assert modules(read(tmp_path, zipped({"gates.py": b"#" * 50_000}))) == "gates"


def test_a_bomb_that_declares_a_small_size_is_none(tmp_path: Path) -> None:
    bomb = zipped({"gates.py": b"#" * (16 << 20)})
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        bomb = patched(bomb, signature, offset, struct.pack("<I", 100))
    got: list[Submission] = []
    assert peak(lambda: got.append(read(tmp_path, bomb))) < 4 << 20
    assert got[0].sources == () and "damaged" in (got[0].why_missing("gates") or "")


def test_a_large_module_that_is_hard_to_compress_is_too_large(tmp_path: Path) -> None:
    text = b"".join(b"x%d = %d\n" % (number, number * 7919) for number in range(12_000))
    assert len(text) > 200_000
    assert [note.code for note in read(tmp_path, zipped({"gates.py": text, "graph.py": b""})).notes] == ["too_large"]


@pytest.mark.parametrize(("entries", "name"), [(20_001, "{}"), (60_000, "{}"), (400, "{}/" + "a/" * 25)])
def test_a_zip_of_many_entries_is_not_unfolded(tmp_path: Path, entries: int, name: str) -> None:
    data = directory_of(name.format(number) for number in range(entries))
    got: list[Submission] = []
    assert peak(lambda: got.append(read(tmp_path, data))) < 40 << 20
    assert got[0].sources == () and any(note.code in ("too_many", "too_deep") for note in got[0].notes)


def directory_of(names: object) -> bytes:
    """A zip of nothing but a central directory."""
    central = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0) + name.encode()
        for name in names  # type: ignore[attr-defined]  # any iterable will do
    )
    count = min(0xFFFF, central.count(b"PK\1\2"))
    return central + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(central), 0, 0)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    edits=st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), max_size=8),
    keep=st.integers(0, len(SOUND)) | st.just(len(SOUND)),
    stored=st.booleans(),
)
def test_a_mutated_zip_is_always_a_submission(edits: list[tuple[int, int]], keep: int, stored: bool) -> None:
    data = bytearray(zipped(WHOLE, zipfile.ZIP_STORED) if stored else SOUND)
    for at, value in edits:
        data[at % len(data)] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "alice.zip")
        path.write_bytes(data[:keep])
        [got] = read_submissions([path], MODULES)
    assert got.id == "alice" and len(got.sources) + len({note.blocks for note in got.notes} - {None}) > 0
    for module in MODULES:
        assert (got.source(module) is None) == (got.why_missing(module) is not None)
    assert all(note.sentence.isprintable() for note in got.notes)
    assert all(name.isprintable() and len(name) <= 80 for name in got.extra)
