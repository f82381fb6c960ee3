// SPDX-License-Identifier: GPL-2.0-only
// What JOS's kernel itself prints on the console.
#pragma once

#include "abi/jos/environments.hpp"

namespace vmlab::jos_abi {

/// Prints on the kernel's console for one kernel of the course.
class KernelLines {
public:
    KernelLines(Kernel& kernel, Lab lab) : kernel_(kernel), lab_(lab) {}

    // `by` is the environment in whose trap it happens; null: the kernel's own doing.
    void new_environment(const Environment* by, const Environment& made);
    void free_environment(const Environment* by, const Environment& freed);
    void destroying(const Environment& by, const Environment& destroyed);
    void bad_memory(const Environment& environment, VirtAddr va);
    void user_fault(const Environment& environment, VirtAddr va, VirtAddr eip);
    /// Lab 3 prints it for each trap from ring 3.
    void incoming_trap();
    /// The record that `environment` was left in, at its place in the kernel's memory. cr2: of the page fault that it is.
    void trap_frame(const TrapFrame& frame, VirtAddr place, VirtAddr cr2);
    /// Nothing is left to run: the kernel gives the machine to its monitor.
    void nothing_to_do();
    void monitor();

private:
    /// Of their beginnings and ends: lab 5's kernel says nothing of them.
    [[nodiscard]] bool tells_of_environments() const { return lab_ != Lab::Five; }
    void print(const char* format, ...) __attribute__((format(printf, 2, 3)));

    Kernel& kernel_;
    Lab lab_;
};

}  // namespace vmlab::jos_abi
