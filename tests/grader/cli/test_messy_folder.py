"""A folder of malformed hand-ins: each has a result with a clear sentence, and the batch goes on to its end."""

import io
import json
import struct
import subprocess
import zipfile
from types import SimpleNamespace

import pytest

from tests.grader.cli.conftest import ROOT, backprop, command, grades
from tests.grader.intake.builders import zipped

NUMERIC = (ROOT / "solutions" / "numeric.py").read_bytes()
QUICK = b"def relative_error(a, b):\n    return abs(a - b)\n"


def bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("numeric.py", b"#" * 300_000_000)
    return buffer.getvalue()


def encrypted():
    """A zip whose entries say that they are encrypted."""
    data = bytearray(zipped({"numeric.py": QUICK}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + offset
        struct.pack_into("<H", data, at, struct.unpack_from("<H", data, at)[0] | 1)
    return bytes(data)


# hand-in -> (its files, or the bytes of a zip; a part of what it is told)
MESSY = {
    "empty": ({}, "missing"),
    "no-python": ({"essay.docx": b"PK", "notes.txt": b"x"}, "missing"),
    "syntax": ({"numeric.py": b"def f(:\n"}, "line 1"),
    "latin-1": ({"numeric.py": "s = 'é'\n".encode("latin-1")}, "not UTF-8"),
    "binary": ({"numeric.py": b"\x7fELF\x02\0\0"}, "NUL byte"),
    "link": ({"numeric.py": "/etc/passwd"}, "link"),
    "huge": ({"numeric.py": b"#" * 200_001}, "larger than 200 kB"),
    "capital": ({"Numeric.py": QUICK}, "Numeric.py"),
    "slip.zip": (zipped({"../../numeric.py": QUICK}), ".."),
    "bomb.zip": (bomb, "larger than"),
    "encrypted.zip": (encrypted, "password"),
    "broken.zip": (b"PK\x03\x04 and no more", "zip"),
    "lonely.txt": (b"my homework", ""),
}
NOT_THERE = {"empty", "no-python", "lonely.txt"}
UNREADABLE = {"broken.zip"}
# These hold something to grade: what they are told, and that relative_error was looked at.
READ = {
    "bom-and-crlf": ({"numeric.py": b"\xef\xbb\xbf" + QUICK.replace(b"\n", b"\r\n")}, "byte-order mark"),
    "copy": ({"numeric (1).py": QUICK}, "numeric (1).py"),
    "missing-package": ({"numeric.py": b"import tensorflow_of_mine\n\ntensorflow_of_mine.x\n"}, "tensorflow_of_mine"),
}


def write(folder):
    for name, (files, _) in {**MESSY, **READ}.items():
        files = files() if callable(files) else files
        if isinstance(files, bytes):
            (folder / name).write_bytes(files)
            continue
        (folder / name).mkdir()
        for file, content in files.items():
            place = folder / name / file
            place.symlink_to(content) if isinstance(content, str) else place.write_bytes(content)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The messy folder, graded once."""
    folder = tmp_path_factory.mktemp("messy")
    (folder / "hand-ins").mkdir()
    write(folder / "hand-ins")
    run = backprop("grade", folder / "hand-ins", "-a", "circuits", "-o", folder / "out", "--jobs", "2")
    return SimpleNamespace(run=run, out=folder / "out", hand_ins=folder / "hand-ins")


def id_of(name):
    return name.removesuffix(".zip").removesuffix(".txt")


def told(graded, name):
    found = json.loads((graded.out / "results" / f"{id_of(name)}.json").read_text())
    notes = " ".join(note["sentence"] for note in found["submission"]["notes"])
    return found, notes + " ".join(item["message"] for item in found["items"])


def test_the_batch_goes_on_to_its_end(graded):
    assert graded.run.returncode == 0, graded.run.stderr
    assert "Traceback" not in graded.run.stdout + graded.run.stderr
    rows = grades(graded.out)
    assert set(rows) == {id_of(name) for name in (*MESSY, *READ)}
    assert {row["status"] for row in rows.values()} <= {"unreadable", "graded", "not attempted"}


@pytest.mark.parametrize("name", [*MESSY, *READ])
def test_each_is_told_what_is_wrong(graded, name):
    found, sentences = told(graded, name)
    assert ({**MESSY, **READ}[name][1]) in sentences
    assert "Traceback" not in sentences and all(each["message"] for each in found["items"])
    assert found["score"] == 0


@pytest.mark.parametrize("name", MESSY)
def test_nothing_is_taken_from_what_cannot_be_read(graded, name):
    found, _ = told(graded, name)
    assert found["submission"]["files"] == []
    attempted = {item["outcome"] for item in found["items"]} - {"not attempted"}
    assert (found["status"] == "not attempted") == (not attempted) == (name in NOT_THERE)
    assert (found["status"] == "unreadable") == (name in UNREADABLE)


@pytest.mark.parametrize("name", READ)
def test_what_can_be_read_is_graded(graded, name):
    found, _ = told(graded, name)
    assert found["status"] == "graded" and [each["name"] for each in found["submission"]["files"]] == ["numeric.py"]


@pytest.mark.slow
def test_only_and_changed(graded):
    line = ("grade", graded.hand_ins, "-a", "circuits", "-o", graded.out)
    total = len(MESSY) + len(READ)
    assert f"0 graded now, {total} kept" in backprop(*line).stdout
    assert f"1 graded now, {total - 1} kept" in backprop(*line, "--only", "empty").stdout
    (graded.hand_ins / "empty" / "numeric.py").write_bytes(b"# begun\n")
    run = backprop(*line, "--changed")
    assert f"1 graded now, {total - 1} kept" in run.stdout and "empty" in run.stdout.splitlines()[0]


def test_two_gradings_into_one_folder_exclude_each_other(graded):
    import fcntl

    with open(graded.out / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        arguments, options = command("grade", graded.hand_ins, "-a", "circuits", "-o", graded.out)
        run = subprocess.run(arguments, capture_output=True, text=True, check=False, **options)
    assert run.returncode == 2 and "another grading is writing to" in run.stderr and run.stderr.count("\n") == 1
