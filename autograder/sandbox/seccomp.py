"""The system calls a sealed worker keeps, and the filter made from them, for x86-64 and arm64.

One allow-list, default EPERM: with no open, stat, socket, clone, exec or kill there is nothing to reach. A call
under another architecture ends the process; an x32 number is refused like any other unknown one.
"""

from __future__ import annotations

import errno
import platform
import struct
from dataclasses import dataclass

ALLOWED: dict[str, tuple[int | None, int | None]] = {
    # name: (x86-64, arm64)
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "readv": (19, 65),
    "writev": (20, 66),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    "exit": (60, 93),
    "gettimeofday": (96, 169),
    "getrusage": (98, 165),
    "times": (100, 153),
    "getuid": (102, 174),
    "getgid": (104, 176),
    "geteuid": (107, 175),
    "getegid": (108, 177),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "poll": (7, None),
    "ppoll": (271, 73),
    "set_robust_list": (273, 99),
    "getrandom": (318, 278),
    "membarrier": (324, 283),
    "rseq": (334, 293),
}


@dataclass(frozen=True)
class Machine:
    """What the filter must know of an architecture: its audit number and which column of the table is its own."""

    audit: int
    column: int
    x32: bool = False


MACHINES = {
    "x86_64": Machine(audit=0xC000003E, column=0, x32=True),
    "aarch64": Machine(audit=0xC00000B7, column=1),
}

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
RET_ALLOW, RET_ERRNO, RET_KILL = 0x7FFF0000, 0x00050000, 0x80000000
OFFSET_NUMBER, OFFSET_ARCHITECTURE = 0, 4
X32_BIT = 0x40000000

Instruction = tuple[int, int, int, int]


def machine() -> Machine | None:
    """This machine's row of `MACHINES`, or None where no filter is known."""
    return MACHINES.get({"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine()))


def program(target: Machine) -> list[Instruction]:
    """The filter for ``target`` as (code, jump if true, jump if false, constant)."""
    numbers = sorted(row[target.column] for row in ALLOWED.values() if row[target.column] is not None)  # type: ignore[type-var]  # None is filtered out
    refuse = (RETURN, 0, 0, RET_ERRNO | errno.EPERM)
    head: list[Instruction] = [
        (LOAD, 0, 0, OFFSET_ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, target.audit),
        (RETURN, 0, 0, RET_KILL),
        (LOAD, 0, 0, OFFSET_NUMBER),
    ]
    if target.x32:
        head += [(JUMP_AT_LEAST, 0, 1, X32_BIT), refuse]
    body: list[Instruction] = [
        (JUMP_EQUAL, len(numbers) - index, 0, number or 0) for index, number in enumerate(numbers)
    ]
    return [*head, *body, refuse, (RETURN, 0, 0, RET_ALLOW)]


def assemble(instructions: list[Instruction]) -> bytes:
    """The instructions as the kernel's array of ``struct sock_filter``."""
    return b"".join(struct.pack("=HBBI", *each) for each in instructions)


def interpret(instructions: list[Instruction], architecture: int, number: int) -> int:
    """What the kernel would return for a call: a small interpreter, so that both columns can be tested anywhere."""
    words = {OFFSET_NUMBER: number, OFFSET_ARCHITECTURE: architecture}
    accumulator, counter = 0, 0
    while True:
        code, if_true, if_false, constant = instructions[counter]
        counter += 1
        match code:
            case 0x20:
                accumulator = words[constant]
            case 0x15:
                counter += if_true if accumulator == constant else if_false
            case 0x35:
                counter += if_true if accumulator >= constant else if_false
            case _:
                return constant
