// SPDX-License-Identifier: GPL-2.0-only
// The room kernel in Python: the Lab's core and its runs, and the choices that an ABI and a profile offer.
#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

#include "abi/abi.hpp"
#include "bindings/bytes.hpp"
#include "bindings/file_records.hpp"
#include "bindings/lab_core.hpp"
#include "bindings/python_policy.hpp"
#include "bindings/register.hpp"
#include "bindings/register_jos.hpp"
#include "bindings/register_memory.hpp"
#include "bindings/register_process.hpp"
#include "bindings/register_terminal.hpp"
#include "bindings/register_xv6.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

std::uint32_t spawn(LabCore& lab, SpawnRequest request) {
    const std::uint32_t pid = value_or_raise(lab.change().spawn(std::move(request)))->pid();
    lab.raise_policy_failure();
    return pid;
}

py::bytes journal_bytes(LabCore& lab, const std::string& log_hash) {
    Journal journal = lab.look().journal();
    journal.record(Input{InputKind::LogHash, {lab.look().tracer().count()}, {log_hash}});
    return journal.to_bytes();
}

void register_run(py::module_& module) {
    py::native_enum<StopReason>(module, "StopReason", "enum.Enum", "Why a run ended.")
        .value("exited", StopReason::Exited)
        .value("event", StopReason::Event)
        .value("budget", StopReason::Budget)
        .value("deadlock", StopReason::Deadlock)
        .value("interrupted", StopReason::Interrupted)
        .value("input", StopReason::Input)
        .finalize();
    py::class_<Stop>(module, "Stop", "How a run ended.")
        .def_readonly("reason", &Stop::reason)
        .def_readonly("event", &Stop::event)
        .def_readonly("instructions", &Stop::instructions);
}

using FieldTexts = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<LabCore> make_lab(const EngineLibraries& libraries, const std::string& abi, std::uint64_t ram,
                                  std::uint32_t page_frame_limit, std::uint64_t seed, std::uint32_t swap_slots,
                                  const std::string& profile, const FieldTexts& fields, AccessTracing tracing,
                                  std::uint32_t frame_buffer_pages, std::optional<std::uint64_t> randomize,
                                  const py::object& policy, const std::optional<std::vector<Input>>& policy_answers,
                                  std::optional<AbiDescription> own_abi, py::object own_handlers) {
    LabConfig config;
    config.abi = abi;
    config.own_abi = std::move(own_abi);
    config.own_handlers = std::move(own_handlers);
    config.tracing = tracing;
    config.machine.ram_bytes = ram;
    config.kernel.seed = seed;
    config.kernel.randomize = randomize;
    config.kernel.frame_buffer_pages = frame_buffer_pages;
    config.kernel.vm.page_frame_limit = page_frame_limit;
    config.kernel.vm.swap_slots = swap_slots;
    config.kernel.vm.seed = seed;
    config.kernel.vm.profile = value_or_raise(find_profile(profile));
    for (const auto& [name, value] : fields) {
        static_cast<void>(value_or_raise(set_field(config.kernel.vm.profile, name, value)));
    }
    const auto tape = use_own_policy(config.kernel.vm.profile, policy, policy_answers);
    if (tape == nullptr && find_policy(config.kernel.vm.profile.replacement)->needs == PolicyNeeds::EveryAccess &&
        tracing == AccessTracing::OnMiss) {
        throw py::value_error(
            "replacement=\"" + config.kernel.vm.profile.replacement +
            "\" must see every access: give trace_accesses=True, or choose one that looks at A bits, such "
            "as \"aging\"");
    }
    auto lab = std::make_unique<LabCore>(libraries, config);
    if (tape != nullptr) {
        lab->use_tape(tape);
    }
    return lab;
}

void register_lab(py::module_& module) {
    py::class_<Kernel::Usage>(module, "LabUsage", "What all processes of a lab take together, and the kernel.")
        .def_readonly("resident_pages", &Kernel::Usage::resident_pages)
        .def_readonly("pss_bytes", &Kernel::Usage::pss_bytes)
        .def_readonly("table_frames", &Kernel::Usage::table_frames)
        .def_readonly("kernel_frames", &Kernel::Usage::kernel_frames)
        .def_readonly("metadata_bytes", &Kernel::Usage::metadata_bytes);
    py::class_<LabCore> lab(module, "LabCore", "A machine and the kernel on it.");
    lab.def(py::init(&make_lab), py::arg("libraries"), py::arg("abi"), py::arg("ram"), py::arg("page_frame_limit"),
            py::arg("seed"), py::arg("swap_slots"), py::arg("profile"), py::arg("fields"), py::arg("tracing"),
            py::arg("frame_buffer_pages"), py::arg("randomize"), py::arg("policy"),
            py::arg("policy_answers") = py::none(), py::arg("own_abi") = py::none(),
            py::arg("own_handlers") = py::none())
        .def(
            "configure",
            [](LabCore& self, std::string text) {
                self.change().journal().record(Input{InputKind::Configure, {}, {std::move(text)}});
            },
            py::arg("text"), "Notes the configuration in the journal.")
        .def(
            "spawn",
            [](LabCore& self, std::string name, const py::bytes& elf, std::vector<std::string> arguments,
               std::vector<std::string> environment, const py::bytes& standard_input, SpawnRequest::Streams streams,
               SpawnRequest::Ports ports) {
                return spawn(self, {std::move(name), elf, std::move(arguments), std::move(environment), standard_input,
                                    streams, ports});
            },
            py::arg("name"), py::arg("elf"), py::arg("arguments"), py::arg("environment"), py::arg("standard_input"),
            py::arg("streams"), py::arg("ports") = SpawnRequest::Ports::Closed, "Starts a program and returns its pid.")
        .def(
            "insert_disk",
            [](LabCore& self, const py::bytes& bytes) {
                static_cast<void>(value_or_raise(self.change().insert_disk(std::string(bytes))));
            },
            py::arg("bytes"))
        .def(
            "disk",
            [](LabCore& self) -> std::optional<py::bytes> {
                const IdeDisks* const disks = self.look().machine().disks();
                return disks == nullptr ? std::nullopt : std::optional(to_python(disks->bytes()));
            },
            "The disk behind the ports as it is now, or None.")
        .def(
            "run",
            [](LabCore& self, std::uint64_t budget, std::vector<std::size_t> stop_at, py::object accepts,
               std::optional<std::uint64_t> index, std::optional<std::pair<std::uint64_t, std::uint64_t>> position) {
                return self.run({budget, std::move(stop_at), std::move(accepts), index, position});
            },
            py::arg("budget"), py::arg("stop_at"), py::arg("accepts") = py::none(),
            py::arg("stop_at_index") = py::none(), py::arg("stop_at_position") = py::none())
        .def("set_fault_handler", &LabCore::set_fault_handler, py::arg("handler"))
        .def(
            "fail_disk",
            [](LabCore& self, DiskName disk, IoDirection direction, std::uint32_t transfers) {
                self.change().fail_disk(disk, direction, transfers);
            },
            py::arg("disk"), py::arg("direction"), py::arg("transfers"))
        .def("journal_bytes", &journal_bytes, py::arg("log_hash"))
        .def("tracer", [](LabCore& self) { return self.look().log(); })
        .def("vm_counters",
             [](LabCore& self) {
                 self.look().vm().count_tlb();
                 return self.look().vm().counters();
             })
        .def(
            "usage", [](LabCore& self) { return self.look().usage(); }, "What all processes take together.")
        .def("now", [](LabCore& self) { return self.look().now(); })
        .def("instructions", [](LabCore& self) { return self.look().instructions(); })
        .def("syscall_names", [](LabCore& self) { return self.look().personality().syscall_names(); })
        .def("check", [](LabCore& self) { return self.look().check(); });
    register_process(lab);
    register_memory(lab);
    register_files(module, lab);
    register_terminal(module, lab);
    register_xv6(lab);
    register_jos(lab);
}

void translate_errors(std::exception_ptr thrown) {
    const auto raise = [](const char* type, const std::exception& error) {
        py::set_error(py::module_::import("vmlab.errors").attr(type), error.what());
    };
    try {
        std::rethrow_exception(std::move(thrown));
    } catch (const LabBusy& error) {
        raise("LabBusy", error);
    } catch (const HandlerMadeNoProgress& error) {
        raise("HandlerMadeNoProgress", error);
    } catch (const RecordedPolicyFailure& error) {
        raise("RecordedPolicyError", error);
    }
}

}  // namespace

void register_kernel(py::module_& module) {
    py::register_exception_translator(&translate_errors);
    py::native_enum<ProcessState>(module, "ProcessState", "enum.Enum", "What a process is about.")
        .value("ready", ProcessState::Ready)
        .value("running", ProcessState::Running)
        .value("blocked", ProcessState::Blocked)
        .value("stopped", ProcessState::Stopped)
        .value("exited", ProcessState::Exited)
        .finalize();
    py::class_<SyscallName>(module, "SyscallName", "One system call of an ABI.")
        .def_readonly("number", &SyscallName::number)
        .def_readonly("name", &SyscallName::name)
        .def_readonly("arguments", &SyscallName::arguments);
    module.def("abi_names", &abi_names);
    module.def(
        "default_profile",
        [](const std::string& abi) { return std::string(value_or_raise(make_personality(abi))->default_profile()); },
        py::arg("abi"), "The memory profile of the system that has this ABI.");
    module.def(
        "default_ram", [](const std::string& abi) { return value_or_raise(make_personality(abi))->default_ram(); },
        py::arg("abi"), "How much RAM the machine has for which nobody names another size.");
    module.def(
        "default_frames",
        [](const std::string& abi) { return value_or_raise(make_personality(abi))->default_frames(); }, py::arg("abi"),
        "How many frames of such a machine may hold pages; None: as many as there are.");
    module.def(
        "default_swap", [](const std::string& abi) { return value_or_raise(make_personality(abi))->default_swap(); },
        py::arg("abi"), "How much swap there is where nobody says.");
    module.def(
        "uses_console", [](const std::string& abi) { return value_or_raise(make_personality(abi))->uses_console(); },
        py::arg("abi"), "Whether its programs read and write the machine's console.");
    module.def("profile_names", &profile_names);
    py::class_<ProfileField>(module, "ProfileField", "One choice of a memory profile.")
        .def_readonly("name", &ProfileField::name)
        .def_readonly("doc", &ProfileField::doc)
        .def_readonly("choices", &ProfileField::choices);
    module.def("profile_fields", &profile_fields);
    register_handler(module);
    register_own_abi(module);
    register_run(module);
    py::native_enum<SpawnRequest::Streams>(module, "Streams", "enum.Enum", "What a program's three streams are.")
        .value("pipes", SpawnRequest::Streams::Pipes)
        .value("terminal", SpawnRequest::Streams::Terminal)
        .finalize();
    py::native_enum<SpawnRequest::Ports>(module, "Ports", "enum.Enum", "Whether a program may use the machine's ports.")
        .value("closed", SpawnRequest::Ports::Closed)
        .value("open", SpawnRequest::Ports::Open)
        .finalize();
    register_lab(module);
}

}  // namespace vmlab
