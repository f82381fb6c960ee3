// SPDX-License-Identifier: GPL-2.0-only
#include "abi/jos/system.hpp"

#include "abi/jos/user_check.hpp"

namespace vmlab::jos_abi {

Environment* System::find_own(Environment& caller, EnvId id) {
    Environment* const found = id == 0 ? &caller : environments.find(id);
    return found == &caller || (found != nullptr && found->parent == caller.id) ? found : nullptr;
}

Process& System::process_of(const Environment& environment) {
    Process* const process = kernel.find_process(environment.pid);
    require(process != nullptr && process->alive(), "an environment that is not free has a process");
    return *process;
}

// What came to it, a message, is published with its status.
void System::release(Environment& environment) {
    if (environment.status == EnvStatus::NotRunnable) {
        environments.change_status(environment, EnvStatus::Runnable);
        kernel.wake(Wait::Release, environment.pid);
    } else {
        environments.publish(environment);
    }
}

void System::hold(Environment& environment) {
    environments.change_status(environment, EnvStatus::NotRunnable);
    kernel.block(process_of(environment), Wait::Release);
    stop_if_none_is_left();
}

void System::stop_if_none_is_left() {
    if (!environments.any_left()) {
        lines.nothing_to_do();
        lines.monitor();
    }
}

void System::destroy(Environment& environment) { kernel.end_process(process_of(environment), 0, Signal::None); }

bool System::expect_memory(Process& process, VirtAddr start, std::uint32_t bytes, Access access) {
    const auto bad = find_bad_address(process.space(), start, bytes, access);
    if (bad) {
        lines.bad_memory(*current, *bad);
        destroy(*current);
    }
    return !bad;
}

void System::free(Environment& environment) {
    lines.free_environment(current, environment);
    environments.free(environment);
    if (current == &environment) {
        current = nullptr;
    }
    stop_if_none_is_left();
}

}  // namespace vmlab::jos_abi
