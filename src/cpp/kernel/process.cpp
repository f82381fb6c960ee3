// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/process.hpp"

#include <cstring>

namespace vmlab {

TrapFrame Process::trap_frame_in_swap() const {
    std::array<std::byte, PAGE_SIZE> bytes;
    space_->vm().swap().peek(stack_slot_, bytes);
    TrapFrame frame;
    std::memcpy(&frame, bytes.data() + PAGE_SIZE - sizeof frame, sizeof frame);
    return frame;
}

void Process::set_trap_frame(const TrapFrame& frame) {
    if (stack_in_memory()) {
        kernel_stack_->push(frame);
        return;
    }
    std::array<std::byte, PAGE_SIZE> bytes;
    space_->vm().swap().peek(stack_slot_, bytes);
    std::memcpy(bytes.data() + PAGE_SIZE - sizeof frame, &frame, sizeof frame);
    space_->vm().swap().write(stack_slot_, bytes);
}

void Process::inherit(const Process& parent, const ForkSharing& shares) {
    TrapFrame frame = parent.trap_frame();
    frame.eax = 0;
    set_trap_frame(frame);
    fs = parent.fs;
    gs = parent.gs;
    io_privilege = parent.io_privilege;
    files_ = shares.files ? parent.files_ : make_ref<SharedFiles>(parent.files_->table);
    tls_ = parent.tls_;
    signals.inherit(parent.signals, shares);
    join_family(parent);
    executable = parent.executable;
    started = parent.started;
    name_ = parent.name_;
    place_ = shares.place ? parent.place_ : make_ref<Place>(parent.place_->directory(), parent.place_->file_mask);
    limits_ = shares.thread ? parent.limits_ : parent.limits_->copy();
    parent_ = shares.thread || shares.parent ? parent.parent_ : parent.thread_group;
    thread_group = shares.thread ? parent.thread_group : pid_;
}

void Process::start_below(const Process& parent) {
    join_family(parent);
    place_ = make_ref<Place>(parent.place_->directory(), parent.place_->file_mask);
    limits_ = parent.limits_->copy();
    parent_ = parent.thread_group;
}

void Process::join_family(const Process& parent) {
    console_ = parent.console_;
    group = parent.group;
    session = parent.session;
    credentials = parent.credentials;
    niceness = parent.niceness;
    scheduling_policy = parent.scheduling_policy;
    program_quirks = parent.program_quirks;
    fixed_places = parent.fixed_places;
}

void Process::begin(LoadedProgram program) {
    const Registers& registers = program.registers;
    set_trap_frame(make_trap_frame(registers, 0, 0, 0));
    fs = registers.fs;
    gs = registers.gs;
    executable = std::move(program.file);
    started = std::move(program.started);
}

void Process::set_limit(Resource resource, const ResourceLimit& limit) {
    limits_->set(resource, limit);
    if (resource == Resource::OpenFiles) {
        files_->table.set_limit(limit.current);
    }
}

void Process::take_lead(Process& leader) {
    std::swap(pid_, leader.pid_);
    timers = std::exchange(leader.timers, {});
    made_timers = std::exchange(leader.made_timers, {});
    children_use = std::exchange(leader.children_use, {});
    takes_orphans = leader.takes_orphans;
    orphan = leader.orphan;
    parent_end_signal = leader.parent_end_signal;
    news = leader.news;
    stopped_by = leader.stopped_by;
    reaped_ = std::exchange(leader.reaped_, true);
}

void Process::drop_files() {
    if (files_->ref_count() == 1) {
        files_->table.close_all();
    }
    files_ = make_ref<SharedFiles>();
}

void Process::start_anew(LoadedProgram program) {
    tls_ = {};
    tls_changed_ = true;
    signals.reset_for_exec();
    credentials.start_program();
    end_signal = Signal::Child;
    executed = true;
    keep_own_files();
    files_->table.close_for_exec();
    clear_at_end = robust_list = VirtAddr(0);
    made_timers.clear();
    name_ = std::move(program.name);
    begin(std::move(program));
}

}  // namespace vmlab
