# SPDX-License-Identifier: GPL-2.0-only
"""What a fork does to memory is the same under an ABI of our own as under Linux."""

from tests.python.lab.test_same_under_every_abi import FORKS, PAGES, data_start, memory_events
from tests.python.own_abi.abis import HELPERS, Larger

import vmlab

# The same program with the calls that Larger has.
HERE = f"""
    #include <larger.h>
    {HELPERS}
    #define fflush(stream)
    #define _exit exit
    #define printf say
    #define waitpid(child, status, options) wait(&waited)
    static int waited;
    {FORKS.partition("#include <unistd.h>")[2]}"""


def test_copy_on_write_is_that_of_linux() -> None:
    program = vmlab.c(HERE, flags=["-Wno-unused"]).compile(Larger)
    start = data_start(program)
    with vmlab.Lab(abi=Larger, ram="16 MiB") as lab:
        first = lab.spawn(program)
        lab.run(budget=100_000_000)
        found = [
            ("parent" if fault.pid == first.pid else "child", (fault.address - start) >> 12, fault.access, fault.result)
            for fault in lab.events.faults
            if 0 <= fault.address - start < PAGES * 4096
        ]
        lab.check()
        assert (lab.console.decode(), found) == memory_events("linux")
