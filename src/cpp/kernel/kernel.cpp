// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/kernel.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <stdexcept>

#include "kernel/files/proc_tree.hpp"
#include "kernel/user_memory.hpp"
#include "machine/vector.hpp"
#include "vm/device_pager.hpp"
#include "vm/invariants.hpp"
#include "vm/mapping_use.hpp"

namespace vmlab {

namespace {

Result<Done, std::string> held(const std::string& path, const Result<Done, FileError>& added) {
    return added ? Result<Done, std::string>(Done{}) : Failure("the guest's filesystem cannot hold " + path);
}

}  // namespace

Kernel::Kernel(Machine& machine, std::unique_ptr<Personality> personality, const KernelConfig& config)
    : machine_(machine),
      personality_(std::move(personality)),
      config_(config),
      vm_(machine, *tracer_, config.vm),
      filesystem_(std::make_unique<RamFilesystem>(vm_, personality_->files())),
      random_(config.seed),
      segments_(vm_),
      semaphores_(ipc_host()),
      messages_(ipc_host()) {
    if (config_.randomize) {
        layout_random_.emplace(*config_.randomize);
    }
    filesystem_->set_clock([this] { return now(); });
    filesystem_->set_limit([this] {
        return current_ != nullptr ? current_->limits()[Resource::FileSize].current : ResourceLimit::UNLIMITED;
    });
    filesystem_->set_random([this](std::span<std::byte> bytes) { random_.fill(bytes); });
    filesystem_->set_waker([this](const WaitChannel& channel, WakeWho who) { wake(channel, who); });
    filesystem_->sockets().set_user(
        [this] { return SocketOwner{.pid = current_ != nullptr ? current_->thread_group : 0}; });
    if (filesystem_->shape().tree == FilesystemShape::Tree::Unix) {
        filesystem_->mount("proc", make_proc_tree(*this));
    }
    open_terminal();
    if (const std::uint32_t pages = config_.frame_buffer_pages; pages > 0) {
        if (filesystem_->shape().tree != FilesystemShape::Tree::Unix) {
            throw std::invalid_argument("a frame buffer is the device /dev/fb0, and this system has no such file");
        }
        frame_buffer_ = make_device_memory(pages, "a frame buffer").object;
        filesystem_->add_frame_buffer(frame_buffer_);
    }
    const GdtLayout gdt = personality_->gdt();
    for (const Vector vector : {Vector::Breakpoint, Vector::Overflow, Vector::BoundRange}) {
        const bool open = personality_->lets_user_raise(vector);
        machine_.descriptors().set_gate(static_cast<std::uint8_t>(vector),
                                        Gate{.selector = gdt.kernel_cs(), .dpl = open ? Ring::User : Ring::Kernel});
    }
    machine_.descriptors().set_gate(personality_->syscall_vector(),
                                    Gate{.selector = gdt.kernel_cs(), .dpl = Ring::User, .kind = Gate::Kind::Trap});
    if (personality_->gives_ports()) {
        machine_.add_disks();
    }
    personality_->boot(*this);
}

Kernel::DeviceMemory Kernel::make_device_memory(std::uint32_t pages, std::string_view what) {
    auto pager = DevicePager::create(machine_, pages);
    if (!pager) {
        throw std::invalid_argument("the RAM has no room for " + std::string(what) + " of " + std::to_string(pages) +
                                    " pages");
    }
    const FrameNumber first = pager->first_frame();
    device_memory_.push_back(VmObject::create_device(vm_, std::move(pager), pages));
    return {device_memory_.back(), first};
}

Kernel::~Kernel() {
    config_.before_end = nullptr;
    tracer_->set_listener(nullptr, {});
    tracer_->set_recorded({});  // the log outlives the kernel, and its end is no part of it
    for (const auto& process : processes_) {
        try {
            if (process->alive()) {
                end_process(*process, 0, Signal::Kill);
            }
        } catch (const Panic&) {
            // Nobody is left who could hear of it; the memory goes with the kernel.
        }
    }
    filesystem_->set_waker([](const WaitChannel&, WakeWho) {});
}

Result<Done, std::string> Kernel::add_file(const std::string& path, std::string bytes, std::uint32_t permissions) {
    journal_.record({InputKind::File, {permissions}, {path, bytes}});
    return held(path, filesystem_->add_file(personality_->path_of(path), std::move(bytes), permissions));
}

Result<Done, std::string> Kernel::add_directory(const std::string& path, std::uint32_t permissions) {
    journal_.record({InputKind::Directory, {permissions}, {path}});
    return held(path, filesystem_->add_directory(path, permissions));
}

Result<Done, std::string> Kernel::add_link(const std::string& path, const std::string& target) {
    journal_.record({InputKind::Link, {}, {path, target}});
    return held(path, filesystem_->add_link(path, target));
}

Result<Done, std::string> Kernel::insert_disk(const std::string& bytes) {
    if (machine_.disks() == nullptr) {
        return Failure("abi=\"" + std::string(personality_->name()) +
                       "\" has no disk that programs reach through ports: leave disk= out, or take an ABI whose "
                       "programs use ports");
    }
    if (bytes.size() % IdeDisks::SECTOR_BYTES != 0) {
        return Failure("a disk has whole sectors of 512 bytes, and this one would have " +
                       std::to_string(bytes.size() % IdeDisks::SECTOR_BYTES) + " bytes more: fill it up with zeros");
    }
    journal_.record({InputKind::Disk, {}, {bytes}});
    const auto* const first = reinterpret_cast<const std::byte*>(bytes.data());
    machine_.disks()->insert({first, first + bytes.size()});
    return Done{};
}

Result<Process*, std::string> Kernel::spawn(SpawnRequest request) {
    const std::string too_small = "the RAM is too small to start this program: give the Lab more (ram=, frames=)";
    const std::uint32_t pid = next_pid_;
    Process* const before = current_;
    journal_spawn(pid, request);  // also of a start that fails, which leaves its traces in the log
    vm_.set_current({.pid = pid});
    if (!vm_.can_guarantee_another()) {
        return Failure("there is not enough memory to start a process: each is guaranteed " +
                       std::to_string(vm_.profile().working_set_minimum) +
                       " frames (working_set_minimum=), and those before it have the rest");
    }
    const bool with_terminal = request.streams == SpawnRequest::Streams::Terminal;
    if (with_terminal && terminal_->session != 0) {
        return Failure("the lab's terminal belongs to process " + std::to_string(terminal_->session) +
                       ": only one program at a time is started with it");
    }
    if (request.ports == SpawnRequest::Ports::Open && !personality_->gives_ports()) {
        return Failure("abi=\"" + std::string(personality_->name()) +
                       "\" gives no program the machine's ports: leave ports= out");
    }
    const std::string name = personality_->path_of("/" + request.name).substr(1);
    auto owned = make_process(name, AddressSpace::create(vm_, personality_->layout(layout_random())));
    if (!owned) {
        return Failure(too_small);
    }
    Process& process = *owned;
    process.io_privilege = request.ports == SpawnRequest::Ports::Open ? Ring::User : Ring::Kernel;
    process.idle_since = process.started_at = now();
    personality_->set_first_limits(process);
    enter_space(process);  // the loader writes the program's stack as the kernel would
    const auto loaded = load(process, request);
    const PhysAddr root = before != nullptr ? before->space().pmap().root() : PhysAddr();
    if (!loaded) {
        process.drop_space();
        release_stack(process);
        machine_.mmu().load_cr3(root);
        vm_.set_current({});  // its counters go with it
        return Failure(loaded.error());
    }
    machine_.mmu().load_cr3(root);
    ++next_pid_;
    processes_.push_back(std::move(owned));
    if (with_terminal) {
        attach_terminal(process, request.standard_input);
    } else if (personality_->uses_console()) {
        terminal_->type(request.standard_input);
    }
    return &process;
}

Result<Done, std::string> Kernel::load(Process& process, const SpawnRequest& request) {
    const auto stored = store_executable(request);
    if (!stored) {
        return Failure(stored.error());
    }
    const bool with_terminal = request.streams == SpawnRequest::Streams::Terminal || personality_->uses_console();
    const auto console = with_terminal ? make_ref<Console>(terminal_) : make_ref<Console>(request.standard_input);
    process.set_console(console);
    open_streams(process);
    tracer_->set_now(now());
    const std::string& path = stored.value().path;
    auto loaded = personality_->load(*this, process, {path, request.arguments, request.environment});
    if (!loaded) {
        if (stored.value().origin == StoredFile::Origin::Added) {
            static_cast<void>(filesystem_->unlink("/", path));
        }
        return Failure(loaded.error().sentence);
    }
    const Registers start = loaded.value().registers;
    process.begin(std::move(loaded).take());
    vm_.emit(ProcessStartedEvent{.entry = start.eip, .esp = start.esp});
    return Done{};
}

/// Puts the program where the guest can find it; the same bytes under the same name are stored once, and shared.
Result<Kernel::StoredFile, std::string> Kernel::store_executable(const SpawnRequest& request) {
    const std::string base =
        personality_->path_of(filesystem_->shape().programs + request.name.substr(request.name.find_last_of('/') + 1));
    for (std::uint32_t copy = 1;; ++copy) {
        const std::string path = copy == 1 ? base : base + "." + std::to_string(copy);
        const auto object = filesystem_->object_of(path);
        if (!object) {
            if (!filesystem_->add_file(path, request.elf, 0755)) {
                return Failure("a program cannot be called \"" + request.name + "\"");
            }
            return StoredFile{path, StoredFile::Origin::Added};
        }
        if (object.value()->bytes() == request.elf.size() && holds(*object.value(), request.elf)) {
            return StoredFile{path, StoredFile::Origin::WasThere};
        }
    }
}

bool Kernel::holds(const VmObject& object, std::string_view bytes) {
    std::array<std::byte, PAGE_SIZE> page{};
    for (std::size_t at = 0; at < bytes.size(); at += PAGE_SIZE) {
        object.peek(PageIndex(static_cast<std::uint32_t>(at >> PAGE_SHIFT)), page);
        if (std::memcmp(page.data(), bytes.data() + at, std::min<std::size_t>(PAGE_SIZE, bytes.size() - at)) != 0) {
            return false;
        }
    }
    return true;
}

void Kernel::journal_spawn(std::uint32_t pid, const SpawnRequest& request) {
    const bool with_terminal = request.streams == SpawnRequest::Streams::Terminal;
    const bool with_ports = request.ports == SpawnRequest::Ports::Open;
    Input input{InputKind::Spawn,
                {pid, request.arguments.size(), with_terminal ? 1U : 0U, with_ports ? 1U : 0U},
                {request.name, request.elf, request.standard_input}};
    input.texts.insert(input.texts.end(), request.arguments.begin(), request.arguments.end());
    input.texts.insert(input.texts.end(), request.environment.begin(), request.environment.end());
    journal_.record(std::move(input));
}

void Kernel::work_for(Process& process) {
    vm_.set_current({.pid = process.pid(),
                     .counters = &process.counters(),
                     .limits = &process.limits().space(),
                     .domain = process.has_space() ? process.space().domain() : ReplacementDomains::Number{0}});
}

Process* Kernel::find_process(std::uint32_t pid) const {
    const auto at = std::find_if(processes_.begin(), processes_.end(),
                                 [pid](const auto& process) { return process->pid() == pid; });
    return at == processes_.end() ? nullptr : at->get();
}

void Kernel::end_process(Process& process, std::uint32_t status, Signal signal) {
    personality_->leaving_memory(*this, process);
    work_for(process);  // it may be another that ends it
    if (config_.before_end) {
        config_.before_end(process);
    }
    leave_rows(process);
    process.drop_files();
    filesystem_->sockets().collect();
    process.executable = nullptr;
    const bool awaited_time = process.waits_for_time() || timer_of(process, TimerKind::Real).at != 0;
    process.end(status, signal);
    pass_wake_on(process);
    if (awaited_time) {
        find_next_wake();
    }
    if (process.space().ref_count() == 1) {
        segments_.note_detached(process.space(), process.space().whole(), process.thread_group, now());
    }
    process.drop_space();
    release_stack(process);
    leave_family(process);
    vm_.emit(ProcessExitedEvent{.status = status, .signal = static_cast<std::uint32_t>(signal)});
    if (current_ == &process) {
        current_ = nullptr;
    }
}

void Kernel::leave_rows(Process& process) {
    vm_.frame_waiters().remove(process.pid());
    futexes_.remove(process.pid());
    owned_futexes_.remove(process.pid());
    messages_.leave(process.pid());
    semaphores_.leave(process.pid());
    if (process.semaphore_undo && process.semaphore_undo->ref_count() == 1) {
        semaphores_.undo(*process.semaphore_undo, process.thread_group);
    }
    process.semaphore_undo = nullptr;
}

IpcHost Kernel::ipc_host() {
    return {.wake = [this](std::uint32_t pid) { wake(Wait::Ipc, pid); }, .now = [this] { return now(); }};
}

void Kernel::end_threads(Process& process, std::uint32_t status, Signal signal) {
    Process& leader = leader_of(process);
    if (!leader.alive()) {
        leader.end(status, signal);  // what it said itself no longer counts
    }
    for (Process* thread : threads_of(process.thread_group)) {
        end_process(*thread, status, signal);
    }
}

void Kernel::kill_for_memory(Process& victim, const TrapRecord& trap) {
    work_for(victim);
    vm_.emit(SignalEvent{.signal = static_cast<std::uint32_t>(Signal::Kill),
                         .vector = trap.vector,
                         .error = trap.error,
                         .address = trap.address});
    end_threads(victim, 0, Signal::Kill);
}

bool Kernel::write_memory(Process& process, VirtAddr va, std::span<const std::byte> bytes) {
    if (!process.alive()) {
        return false;
    }
    const bool written = write_as(process, va, bytes);
    work_for(process);
    journal_.record({InputKind::WriteMemory,
                     {process.pid(), va.value},
                     {std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())}});
    vm_.emit(HostWroteEvent{.address = va, .size = static_cast<std::uint32_t>(bytes.size())});
    return written;
}

bool Kernel::write_as(Process& process, VirtAddr va, std::span<const std::byte> bytes) {
    bool written = false;
    in_memory_of(process, [&] { written = UserMemory(process).copy_out(va, bytes) == CopyResult::Ok; });
    return written;
}

void Kernel::in_memory_of(Process& process, const std::function<void()>& work) {
    enter_space(process);  // no switch: another's trap may be pending
    work();
    if (current_ != nullptr) {
        enter_space(*current_);
    }
}

void Kernel::write_registers(Process& process, const Registers& registers) {
    TrapFrame frame = process.trap_frame();
    const TrapFrame changed = make_trap_frame(registers, frame.trapno, frame.err, frame.oesp);
    process.set_trap_frame(changed);
    process.fs = registers.fs;
    process.gs = registers.gs;
    machine_.mmu().abandon_retry();
    journal_.record({InputKind::WriteRegisters,
                     {process.pid(), registers.eax, registers.ecx, registers.edx, registers.ebx, registers.esp,
                      registers.ebp, registers.esi, registers.edi, registers.eip, registers.eflags},
                     {}});
    work_for(process);
    vm_.emit(HostWroteEvent{.address = 0U, .size = static_cast<std::uint32_t>(sizeof(TrapFrame))});
}

Registers Kernel::registers(Process& process) { return process.registers(); }

Kernel::Usage Kernel::usage() {
    std::set<const AddressSpace*> spaces;  // a borrowed one is its owner's
    for (const auto& process : processes_) {
        if (process->has_space()) {
            spaces.insert(&process->space());
        }
    }
    Usage usage{.metadata_bytes = vm_.metadata_bytes()};
    MappingUse use;
    for (const AddressSpace* space : spaces) {
        for (const auto& [start, mapping] : space->mappings()) {
            use += measure(*space, mapping);
        }
        usage.resident_pages += space->pmap().resident_pages();
        usage.table_frames += space->pmap().table_count() + 1;
        usage.metadata_bytes += space->mapping_bytes();
    }
    usage.pss_bytes = use.pss.bytes();
    usage.kernel_frames = machine_.frames().used() - vm_.page_frames() - usage.table_frames;
    return usage;
}

std::vector<std::string> Kernel::check() {
    std::vector<AddressSpace*> spaces;
    for (const auto& process : processes_) {
        // A child after vfork() has its parent's.
        if (process->has_space() && std::ranges::find(spaces, &process->space()) == spaces.end()) {
            spaces.push_back(&process->space());
        }
    }
    return check_invariants(vm_, spaces);
}

}  // namespace vmlab
