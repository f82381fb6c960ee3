// SPDX-License-Identifier: GPL-2.0-only
// The room machine in Python: a machine without an operating system, and the values that it answers with.
#include <pybind11/native_enum.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include "bindings/bytes.hpp"
#include "bindings/machine_core.hpp"
#include "bindings/register.hpp"
#include "machine/pte.hpp"
#include "machine/vector.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

void register_enums(py::module_& module) {
    py::native_enum<Access>(module, "Access", "enum.Enum", "What an access wants of a page.")
        .value("READ", Access::Read)
        .value("WRITE", Access::Write)
        .value("FETCH", Access::Fetch)
        .finalize();
    py::native_enum<Privilege>(module, "Privilege", "enum.Enum", "At which privilege level an access is made.")
        .value("SUPERVISOR", Privilege::Supervisor)
        .value("USER", Privilege::User)
        .finalize();
    py::native_enum<WalkEnd>(module, "WalkEnd", "enum.Enum", "How a walk of the page tables ended.")
        .value("MAPPED", WalkEnd::Mapped)
        .value("DIRECTORY_NOT_PRESENT", WalkEnd::DirectoryNotPresent)
        .value("TABLE_NOT_PRESENT", WalkEnd::TableNotPresent)
        .value("ENTRY_OUTSIDE_RAM", WalkEnd::EntryOutsideRam)
        .value("PAGE_OUTSIDE_RAM", WalkEnd::PageOutsideRam)
        .finalize();
    py::native_enum<TranslateEnd>(module, "TranslateEnd", "enum.Enum", "How a translation ended.")
        .value("OK", TranslateEnd::Ok)
        .value("PAGE_FAULT", TranslateEnd::PageFault)
        .value("BUS_ERROR", TranslateEnd::BusError)
        .finalize();
    py::native_enum<FrameUse>(module, "FrameUse", "enum.Enum", "What a page frame is used for.")
        .value("FREE", FrameUse::Free)
        .value("DESCRIPTORS", FrameUse::Descriptors)
        .value("STUB", FrameUse::Stub)
        .value("KERNEL_STACK", FrameUse::KernelStack)
        .value("PAGE_TABLE", FrameUse::PageTable)
        .value("PAGE", FrameUse::Page)
        .value("HANDLER", FrameUse::Handler)
        .value("ZERO_PAGE", FrameUse::ZeroPage)
        .value("DEVICE", FrameUse::Device)
        .value("ZEROED", FrameUse::Zeroed)
        .finalize();
    py::native_enum<ExitKind>(module, "ExitKind", "enum.Enum", "Why the processor stopped.")
        .value("PAGE_FAULT", ExitKind::PageFault)
        .value("SOFTWARE_INTERRUPT", ExitKind::SoftwareInterrupt)
        .value("EXCEPTION", ExitKind::Exception)
        .value("BUDGET_SPENT", ExitKind::BudgetSpent)
        .finalize();
}

void register_modes(py::module_& module) {
    py::native_enum<TlbTagging>(module, "TlbTagging", "enum.Enum", "What loading CR3 does to the TLB's entries.")
        .value("FLUSH_ON_LOAD", TlbTagging::FlushOnLoad)
        .value("TAGGED", TlbTagging::Tagged)
        .finalize();
    py::native_enum<StaleEntries>(module, "StaleEntries", "enum.Enum", "Whether a stale TLB entry answers.")
        .value("IGNORED", StaleEntries::Ignored)
        .value("HONOURED", StaleEntries::Honoured)
        .finalize();
    py::native_enum<WriteProtect>(module, "WriteProtect", "enum.Enum", "CR0.WP: whom a read-only page stops.")
        .value("USER_ONLY", WriteProtect::UserOnly)
        .value("SUPERVISOR_TOO", WriteProtect::SupervisorToo)
        .finalize();
    py::native_enum<LargePages>(module, "LargePages", "enum.Enum", "CR4.PSE: whether a directory entry can map 4 MB.")
        .value("DISABLED", LargePages::Disabled)
        .value("ENABLED", LargePages::Enabled)
        .finalize();
    py::native_enum<AccessTracing>(module, "AccessTracing", "enum.Enum", "Which page references are seen.")
        .value("ON_MISS", AccessTracing::OnMiss)
        .value("EVERY_REFERENCE", AccessTracing::EveryReference)
        .finalize();
    py::native_enum<Ring>(module, "Ring", "enum.Enum", "A privilege ring.")
        .value("KERNEL", Ring::Kernel)
        .value("USER", Ring::User)
        .finalize();
    py::native_enum<ScriptStep::Kind>(module, "ScriptKind", "enum.Enum", "What a step of a script does.")
        .value("READ", ScriptStep::Kind::Read)
        .value("WRITE", ScriptStep::Kind::Write)
        .value("FETCH", ScriptStep::Kind::Fetch)
        .value("INTERRUPT", ScriptStep::Kind::Interrupt)
        .finalize();
}

void register_walk(py::module_& module) {
    py::class_<WalkStep>(module, "WalkStep", "One entry that a walk read.")
        .def_property_readonly("address", [](const WalkStep& step) { return step.address.value; })
        .def_property_readonly("entry", [](const WalkStep& step) { return step.entry.bits; });
    py::class_<Walk>(module, "Walk", "What the walk of one address found.")
        .def_property_readonly("address", [](const Walk& walk) { return walk.address.value; })
        .def_property_readonly("root", [](const Walk& walk) { return walk.root.value; })
        .def_property_readonly("physical", [](const Walk& walk) { return walk.physical.value; })
        .def_readonly("end", &Walk::end)
        .def_readonly("directory", &Walk::directory)
        .def_readonly("table", &Walk::table)
        .def_readonly("writable", &Walk::writable)
        .def_readonly("user", &Walk::user);
    py::class_<Translation>(module, "Translation", "The answer to one access of one page.")
        .def_readonly("end", &Translation::end)
        .def_property_readonly("frame", [](const Translation& translation) { return translation.frame.value; })
        .def_readonly("error", &Translation::error);
    py::class_<TlbEntry>(module, "TlbEntry", "One valid entry of the modelled TLB.")
        .def_property_readonly("page", [](const TlbEntry& entry) { return entry.page.value; })
        .def_property_readonly("space", [](const TlbEntry& entry) { return entry.space.value; })
        .def_property_readonly("frame", [](const TlbEntry& entry) { return entry.frame.value; })
        .def_readonly("writable", &TlbEntry::writable)
        .def_readonly("user", &TlbEntry::user)
        .def_readonly("dirty", &TlbEntry::dirty)
        .def_readonly("large", &TlbEntry::large);
    py::class_<TlbCounters>(module, "TlbCounters", "What the modelled TLB has counted.")
        .def_readonly("hits", &TlbCounters::hits)
        .def_readonly("misses", &TlbCounters::misses)
        .def_readonly("flushes", &TlbCounters::flushes)
        .def_readonly("invalidations", &TlbCounters::invalidations)
        .def_readonly("evictions", &TlbCounters::evictions);
}

void register_registers(py::module_& module) {
    py::class_<Registers>(module, "Registers", "The integer registers of one context.")
        .def_readwrite("eax", &Registers::eax)
        .def_readwrite("ecx", &Registers::ecx)
        .def_readwrite("edx", &Registers::edx)
        .def_readwrite("ebx", &Registers::ebx)
        .def_readwrite("esp", &Registers::esp)
        .def_readwrite("ebp", &Registers::ebp)
        .def_readwrite("esi", &Registers::esi)
        .def_readwrite("edi", &Registers::edi)
        .def_readwrite("eip", &Registers::eip)
        .def_readwrite("eflags", &Registers::eflags)
        .def_readwrite("cs", &Registers::cs)
        .def_readwrite("ss", &Registers::ss)
        .def_readwrite("ds", &Registers::ds)
        .def_readwrite("es", &Registers::es)
        .def_readwrite("fs", &Registers::fs)
        .def_readwrite("gs", &Registers::gs);
    py::class_<TrapFrame>(module, "TrapFrame", "What a trap leaves on the kernel stack.")
        .def_readonly("edi", &TrapFrame::edi)
        .def_readonly("esi", &TrapFrame::esi)
        .def_readonly("ebp", &TrapFrame::ebp)
        .def_readonly("oesp", &TrapFrame::oesp)
        .def_readonly("ebx", &TrapFrame::ebx)
        .def_readonly("edx", &TrapFrame::edx)
        .def_readonly("ecx", &TrapFrame::ecx)
        .def_readonly("eax", &TrapFrame::eax)
        .def_readonly("es", &TrapFrame::es)
        .def_readonly("ds", &TrapFrame::ds)
        .def_readonly("trapno", &TrapFrame::trapno)
        .def_readonly("err", &TrapFrame::err)
        .def_readonly("eip", &TrapFrame::eip)
        .def_readonly("cs", &TrapFrame::cs)
        .def_readonly("eflags", &TrapFrame::eflags)
        .def_readonly("esp", &TrapFrame::esp)
        .def_readonly("ss", &TrapFrame::ss);
}

void register_traps(py::module_& module) {
    py::class_<CpuExit>(module, "CpuExit", "Why the processor stopped.")
        .def_readonly("kind", &CpuExit::kind)
        .def_readonly("vector", &CpuExit::vector)
        .def_readonly("error_code", &CpuExit::error_code)
        .def_property_readonly("address", [](const CpuExit& exit) { return exit.address.value; })
        .def_readonly("access", &CpuExit::access)
        .def_property_readonly("instruction", [](const CpuExit& exit) { return exit.instruction.value; });
    py::class_<Gate>(module, "Gate", "One entry of the IDT.")
        .def_readonly("handler", &Gate::handler)
        .def_readonly("selector", &Gate::selector)
        .def_readonly("dpl", &Gate::dpl);
    module.def("mnemonic_of", &mnemonic_of, py::arg("vector"), "\"#PF\" of 14, and so on; \"\" when it has none.");
    module.def("pushes_error_code", &pushes_error_code, py::arg("vector"));
}

void register_engines(py::module_& module) {
    py::class_<EngineLibraries>(module, "EngineLibraries", "Unicorn and Capstone, opened.");
    module.def("open_engine_libraries", &open_engine_libraries, py::arg("unicorn"), py::arg("capstone"),
               "Opens both libraries by path; an EngineError says what to install.");
    py::register_exception_translator([](std::exception_ptr thrown) {
        try {
            std::rethrow_exception(std::move(thrown));
        } catch (const EngineError& error) {
            py::set_error(py::module_::import("vmlab.errors").attr("EngineError"), error.what());
        }
    });
}

MachineConfig config_of(std::uint64_t ram, std::uint32_t entries, std::uint32_t ways, TlbTagging tagging,
                        StaleEntries stale) {
    return {.ram_bytes = ram, .tlb = {.entries = entries, .ways = ways, .tagging = tagging, .stale = stale}};
}

py::buffer_info ram_buffer(MachineCore& core) {
    auto* bytes = reinterpret_cast<std::uint8_t*>(core.bare().writable_ram());
    return py::buffer_info(bytes, static_cast<py::ssize_t>(core.machine().memory().size()));
}

std::optional<std::uint32_t> trap_frame_address(MachineCore& core) {
    const auto address = core.bare().trap_frame_address();
    return address ? std::optional(address->value) : std::nullopt;
}

py::bytes read_physical(MachineCore& core, std::uint32_t address, std::uint32_t size) {
    std::vector<std::byte> bytes(size);
    core.machine().memory().read(PhysAddr(address), bytes);
    return to_python(bytes);
}

void write_physical(MachineCore& core, std::uint32_t address, const py::bytes& bytes) {
    core.machine().memory().write(PhysAddr(address), from_python(bytes));
}

void register_frames(py::classh<MachineCore>& core) {
    core.def("read_physical", &read_physical, py::arg("address"), py::arg("size"))
        .def("write_physical", &write_physical, py::arg("address"), py::arg("bytes"))
        .def(
            "allocate_frame",
            [](MachineCore& self, FrameUse use) {
                const auto frame = self.machine().frames().allocate(use);
                return frame ? std::optional(frame->value) : std::nullopt;
            },
            py::arg("use"), "A frame's number, or None when RAM is used up.")
        .def(
            "free_frame",
            [](MachineCore& self, std::uint32_t frame) { self.machine().frames().free(FrameNumber(frame)); },
            py::arg("frame"))
        .def(
            "frame_use",
            [](MachineCore& self, std::uint32_t frame) { return self.machine().frames().use(FrameNumber(frame)); },
            py::arg("frame"))
        .def("frame_count", [](MachineCore& self) { return self.machine().frames().total(); })
        .def("frames_available", [](MachineCore& self) { return self.machine().frames().available(); });
}

void register_mmu(py::classh<MachineCore>& core) {
    core.def_property(
            "cr3", [](MachineCore& self) { return self.machine().mmu().cr3().value; },
            [](MachineCore& self, std::uint32_t root) { self.machine().mmu().load_cr3(PhysAddr(root)); })
        .def_property(
            "write_protect", [](MachineCore& self) { return self.machine().mmu().write_protect(); },
            [](MachineCore& self, WriteProtect mode) { self.machine().mmu().set_write_protect(mode); })
        .def_property(
            "large_pages", [](MachineCore& self) { return self.machine().mmu().large_pages(); },
            [](MachineCore& self, LargePages mode) { self.machine().mmu().set_large_pages(mode); })
        .def(
            "walk",
            [](MachineCore& self, std::uint32_t address) { return self.machine().mmu().walk(VirtAddr(address)); },
            py::arg("address"))
        .def(
            "translate",
            [](MachineCore& self, std::uint32_t address, Access access, Privilege privilege) {
                return self.machine().mmu().translate(VirtAddr(address), access, privilege);
            },
            py::arg("address"), py::arg("access"), py::arg("privilege"), "One access, with its effects on A and D.")
        .def(
            "invlpg",
            [](MachineCore& self, std::uint32_t address) {
                Mmu& mmu = self.machine().mmu();
                mmu.invalidate(VirtAddr(address), mmu.cr3());
            },
            py::arg("address"))
        .def("flush_tlb", [](MachineCore& self) { self.machine().mmu().flush(); })
        .def("tlb_entries", [](MachineCore& self) { return self.machine().mmu().tlb().entries(); })
        .def("tlb_counters", [](MachineCore& self) { return self.machine().mmu().tlb().counters(); });
}

void register_descriptors(py::classh<MachineCore>& core) {
    core.def_property(
            "esp0", [](MachineCore& self) { return self.machine().descriptors().esp0().value; },
            [](MachineCore& self, std::uint32_t esp0) { self.machine().descriptors().set_esp0(VirtAddr(esp0)); })
        .def("descriptor_frame", [](MachineCore& self) { return self.machine().descriptors().frame().value; })
        .def("kernel_window", [](MachineCore& self) { return self.machine().kernel_window().value; })
        .def(
            "gate", [](MachineCore& self, std::uint8_t vector) { return self.machine().descriptors().gate(vector); },
            py::arg("vector"))
        .def(
            "set_gate",
            [](MachineCore& self, std::uint8_t vector, Ring dpl) {
                DescriptorTables& tables = self.machine().descriptors();
                tables.set_gate(vector, Gate{.selector = tables.layout().kernel_cs(), .dpl = dpl});
            },
            py::arg("vector"), py::arg("dpl"));
}

void register_core(py::module_& module) {
    py::classh<MachineCore> core(module, "MachineCore", py::buffer_protocol(),
                                 "A machine without an operating system.");
    core.def(py::init([](const EngineLibraries& libraries, std::uint64_t ram, std::uint32_t entries, std::uint32_t ways,
                         TlbTagging tagging, StaleEntries stale, AccessTracing tracing) {
                 return std::make_unique<MachineCore>(libraries, config_of(ram, entries, ways, tagging, stale),
                                                      tracing);
             }),
             py::arg("libraries"), py::arg("ram"), py::arg("tlb_entries"), py::arg("tlb_ways"), py::arg("tagging"),
             py::arg("stale"), py::arg("tracing"))
        .def_static(
            "scripted",
            [](std::uint64_t ram,
               const std::vector<std::tuple<ScriptStep::Kind, std::uint32_t, std::uint32_t>>& script) {
                std::vector<ScriptStep> steps;
                for (const auto& [kind, address, value] : script) {
                    steps.push_back({kind, VirtAddr(address), value});
                }
                return std::make_unique<MachineCore>(MachineConfig{.ram_bytes = ram}, std::move(steps));
            },
            py::arg("ram"), py::arg("steps"),
            "A machine whose processor plays steps (kind, address, value) and needs no engine.")
        .def_buffer(&ram_buffer)
        .def(
            "ram", [](const py::object& self) { return py::memoryview(self); }, "All of RAM, for writing.")
        .def("run", &MachineCore::run, py::arg("budget"))
        .def("iret", [](MachineCore& self) { self.bare().iret(); })
        .def("trap_frame_address", &trap_frame_address, "Where the frame of the trap being handled lies, or None.")
        .def("trap_frame", [](MachineCore& self) { return self.bare().trap_frame(); })
        .def_property(
            "registers", [](MachineCore& self) { return self.bare().registers(); },
            [](MachineCore& self, const Registers& registers) { self.bare().set_registers(registers); })
        .def("instructions", [](MachineCore& self) { return self.machine().cpu().instructions(); })
        .def(
            "take_accesses",
            [](MachineCore& self) {
                static_cast<void>(self.bare());
                return self.accesses().take();
            },
            "The page references since the last call, when every one is traced.");
    register_frames(core);
    register_mmu(core);
    register_descriptors(core);
}

}  // namespace

void register_machine(py::module_& module) {
    register_enums(module);
    register_modes(module);
    register_walk(module);
    register_registers(module);
    register_traps(module);
    register_engines(module);
    register_core(module);
}

}  // namespace vmlab
