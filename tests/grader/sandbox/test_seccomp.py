"""The system-call filter, interpreted for both architectures on any machine."""

import errno
import re
from pathlib import Path

import pytest

from autograder.sandbox import seccomp

REFUSED = seccomp.RET_ERRNO | errno.EPERM
BOTH = pytest.mark.parametrize("name", sorted(seccomp.MACHINES))
HEADERS = {
    "x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
    "aarch64": ("/usr/include/asm-generic/unistd.h",),
}


def numbers(machine):
    return {row[machine.column] for row in seccomp.ALLOWED.values()} - {None}


@BOTH
def test_exactly_the_table_is_allowed(name):
    machine = seccomp.MACHINES[name]
    code = seccomp.program(machine)
    allowed = {number for number in range(1024) if seccomp.interpret(code, machine.audit, number) == seccomp.RET_ALLOW}
    assert allowed == numbers(machine)
    refused = {seccomp.interpret(code, machine.audit, number) for number in set(range(1024)) - allowed}
    assert refused == {REFUSED}


@BOTH
@pytest.mark.parametrize("architecture", [0, 0x40000003, 0x40000028, 0xC000003E, 0xC00000B7, 0xFFFFFFFF])
def test_another_architecture_ends_the_process(name, architecture):
    machine = seccomp.MACHINES[name]
    got = seccomp.interpret(seccomp.program(machine), architecture, 0)
    assert (got == seccomp.RET_KILL) == (architecture != machine.audit)


@pytest.mark.parametrize("number", [0, 1, 57, 59, 520, 2**29, 2**31 - 1])
def test_x32_numbers_and_minus_one_are_refused(number):
    machine = seccomp.MACHINES["x86_64"]
    code = seccomp.program(machine)
    assert seccomp.interpret(code, machine.audit, number | seccomp.X32_BIT) == REFUSED
    assert seccomp.interpret(code, machine.audit, 0xFFFFFFFF) == REFUSED


@BOTH
def test_the_program_fits_its_encoding(name):
    code = seccomp.program(seccomp.MACHINES[name])
    assert all(0 <= jump <= 255 for _, yes, no, _ in code for jump in (yes, no))
    assert len(seccomp.assemble(code)) == 8 * len(code)


@BOTH
def test_the_numbers_are_those_of_the_kernel_headers(name):
    header = next((Path(path) for path in HEADERS[name] if Path(path).is_file()), None)
    if header is None:
        pytest.skip("no kernel headers on this machine")
    known = dict(re.findall(r"#define __NR3?2?4?_?(\w+)\s+(\d+)$", header.read_text(), re.MULTILINE))
    known = {
        **known,
        **{"lseek": known.get("lseek", 62), "mmap": known.get("mmap", 222), "fstat": known.get("fstat", 80)},
    }
    column = seccomp.MACHINES[name].column
    wrong = {
        call: (row[column], known.get(call))
        for call, row in seccomp.ALLOWED.items()
        if row[column] is not None and int(known.get(call, -1)) != row[column]
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("call", "x86", "arm"),
    [
        ("openat", 257, 56),
        ("socket", 41, 198),
        ("clone", 56, 220),
        ("clone3", 435, 435),
        ("execve", 59, 221),
        ("kill", 62, 129),
        ("tgkill", 234, 131),
        ("ptrace", 101, 117),
        ("process_vm_readv", 310, 270),
        ("prlimit64", 302, 261),
        ("io_uring_setup", 425, 425),
        ("bpf", 321, 280),
        ("memfd_create", 319, 279),
        ("pidfd_open", 434, 434),
        ("setuid", 105, 146),
        ("prctl", 157, 167),
        ("ioctl", 16, 29),
        ("keyctl", 250, 219),
    ],
)
def test_dangerous_calls_are_refused_everywhere(call, x86, arm):
    assert call not in seccomp.ALLOWED
    for name, number in (("x86_64", x86), ("aarch64", arm)):
        machine = seccomp.MACHINES[name]
        assert seccomp.interpret(seccomp.program(machine), machine.audit, number) == REFUSED
