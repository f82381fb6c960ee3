# SPDX-License-Identifier: GPL-2.0-only
"""What a lab and a process have cost: counters beside a recount from the log."""

from collections import Counter

import vmlab

FORKING = """
    #include <sys/wait.h>
    #include <unistd.h>
    char memory[16 * 4096];
    int main(void) {
        for (int page = 0; page < 16; page++) memory[page * 4096] = 1;
        if (fork() == 0) {
            for (int page = 0; page < 16; page++) memory[page * 4096] = 2;
            _exit(0);
        }
        wait(0);
        return 0;
    }"""

MUNMAP = 91
CAUSES = ("reads_not_present", "writes_not_present", "fetches_not_present", "protection_violations")


def cause(fault: vmlab.Event) -> str:
    if fault.error & 1:
        return "protection_violations"
    return {"read": "reads", "write": "writes", "fetch": "fetches"}[str(fault.access)] + "_not_present"


def test_faults_by_cause_and_by_result_are_those_of_the_log() -> None:
    with vmlab.Lab(frames=24, swap="512 KiB") as lab:
        lab.spawn(vmlab.c(FORKING))
        lab.run()
        for process in lab.processes:
            causes = Counter(cause(event) for event in process.events if event.name == "fault")
            assert {name: process.counters[name] for name in CAUSES} == {name: causes[name] for name in CAUSES}
            results = Counter(str(event.result) for event in process.events if event.name == "fault_resolved")
            assert all(process.counters[result] == count for result, count in results.items())
            assert results.total() == causes.total()
        for name in (*CAUSES, "major_faults", "minor_faults", "pages_copied", "pages_swapped_out", "system_calls"):
            assert lab.counters[name] == sum(process.counters[name] for process in lab.processes)


def test_crossings_and_switches() -> None:
    with vmlab.Lab() as lab:
        parent = lab.spawn(vmlab.c(FORKING))
        lab.run()
        (child,) = parent.children
        log = Counter(event.name for event in lab.events)
        assert lab.counters.system_calls == log["syscall"] + log["syscall_unknown"]
        assert lab.counters.context_switches == log["context_switch"]
        by_the_guest = sum(event.name == "fault" and event.eip != 0 for event in lab.events)
        assert lab.counters.kernel_entries == log["syscall"] + by_the_guest
        assert parent.counters.voluntary_switches == 1  # it waits for its child
        assert child.counters.voluntary_switches == 0


def test_who_never_waits_is_switched_away_from_against_its_will() -> None:
    loop = "mov $400000, %ecx\n again: loop again\n mov $1, %eax\n xor %ebx, %ebx\n int $0x80"
    with vmlab.Lab() as lab:
        first, second = lab.spawn(vmlab.asm(loop)), lab.spawn(vmlab.asm(loop))
        lab.run()
        for process in (first, second):
            assert process.counters.voluntary_switches == 0
            assert process.counters.involuntary_switches >= 3
            # Loading CR3 flushes the TLB, tagged ones apart.
            assert process.counters.tlb_flushes >= process.counters.context_switches
        flushes = first.counters.tlb_flushes + second.counters.tlb_flushes
        assert 0 <= lab.counters.tlb_flushes - flushes <= 8  # starting a process is nobody's


def test_memory_now_and_at_most() -> None:
    source = """
        #include <sys/mman.h>
        int main(void) {
            char *area = mmap(0, 40 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            for (int page = 0; page < 40; page++) area[page * 4096] = 1;
            munmap(area, 40 * 4096);
            return 0;
        }"""
    with vmlab.Lab() as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run(until=vmlab.event("syscall_return", number=MUNMAP))
        counters = process.counters
        present = [entry for entry in process.page_table.values() if lab.frames[entry.frame or 0].use != "zero_page"]
        assert counters.resident_pages == len(present)
        assert counters.peak_resident_pages >= counters.resident_pages + 40
        assert counters.table_frames == lab.counters.table_frames == lab.frames.by_use["page_table"]
        uses = lab.frames.by_use
        others = sum(count for use, count in uses.items() if use not in ("free", "page", "page_table"))
        assert lab.counters.kernel_frames == others
        assert counters.metadata_bytes > 100 * len(process.maps)
        lab.run()
        assert process.counters.peak_resident_pages == counters.peak_resident_pages
        assert lab.counters.table_frames == 0


def test_the_largest_program_counts_also_after_exec() -> None:
    source = """
        #include <unistd.h>
        char memory[64 * 4096];
        int main(int argc, char **argv) {
            if (argc > 1) return 0;
            for (int page = 0; page < 64; page++) memory[page * 4096] = 1;
            char *arguments[] = {argv[0], "again", 0};
            execv("/proc/self/exe", arguments);
            return 1;
        }"""
    with vmlab.Lab() as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run()
        assert process.exit_status == 0
        assert process.counters.resident_pages < 64 <= process.counters.peak_resident_pages


def test_the_same_run_counts_the_same() -> None:
    reports = []
    for _ in range(2):
        with vmlab.Lab(frames=24, swap="512 KiB") as lab:
            lab.spawn(vmlab.c(FORKING))
            lab.run()
            reports.append((dict(lab.counters), [dict(process.counters) for process in lab.processes]))
    assert reports[0] == reports[1]


def test_a_parent_is_told_what_its_child_has_cost() -> None:
    source = """
        #include <unistd.h>
        char memory[20 * 4096];
        int main(void) {
            int usage[18] = {0}, result;
            if (fork() == 0) {
                for (int page = 0; page < 20; page++) memory[page * 4096] = 1;
                _exit(0);
            }
            __asm__ volatile("int $0x80"
                             : "=a"(result) : "a"(114), "b"(-1), "c"(0), "d"(0), "S"(usage) : "memory");
            write(1, usage, sizeof usage);
            return 0;
        }"""
    with vmlab.Lab() as lab:
        process = lab.spawn(vmlab.c(source))
        lab.run()
        (child,) = process.children
        usage = [int.from_bytes(process.stdout[at : at + 4], "little") for at in range(0, len(process.stdout), 4)]
        largest, minor, major, voluntary, involuntary = (usage[at] for at in (4, 8, 9, 16, 17))
        assert largest == 4 * child.counters.peak_resident_pages > 80
        assert (minor, major) == (child.counters.minor_faults, child.counters.major_faults)
        assert (voluntary, involuntary) == (child.counters.voluntary_switches, child.counters.involuntary_switches)
