// SPDX-License-Identifier: GPL-2.0-only
// The virtual memory alone in Python: address spaces and files by number, and what can be done to them.
#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

#include "bindings/bytes.hpp"
#include "bindings/ended_process.hpp"
#include "bindings/object_records.hpp"
#include "bindings/register.hpp"
#include "bindings/workbench.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

using Number = Workbench::Number;
using Fields = std::vector<std::pair<std::string, std::string>>;

VirtRange range_of(std::uint32_t address, std::uint64_t length) { return {VirtAddr(address), address + length}; }

/// None, or why not.
template <typename E>
std::optional<E> failure_of(const Result<Done, E>& result) {
    return result ? std::nullopt : std::optional(result.error());
}

MemoryProfile profile_with(const std::string& name, const Fields& fields) {
    MemoryProfile profile = value_or_raise(find_profile(name));
    for (const auto& [field, value] : fields) {
        static_cast<void>(value_or_raise(set_field(profile, field, value)));
    }
    return profile;
}

std::variant<std::uint32_t, VmError> map(Workbench& self, Number space, std::uint32_t address, std::uint64_t length,
                                         Placement placement, std::uint32_t protection, Sharing sharing,
                                         std::optional<Number> file, std::optional<Number> device,
                                         std::uint32_t page_offset, Reserve reserve) {
    MapRequest request{.address = VirtAddr(address), .length = length, .placement = placement};
    request.protection = {protection};
    request.sharing = sharing;
    request.reserve = reserve;
    if (file) {
        request.kind = MappingKind::File;
        request.object = self.file(*file).object();
        request.offset = PageIndex(page_offset);
    } else if (device) {
        request.kind = MappingKind::File;
        request.object = self.device(*device).object;
        request.offset = PageIndex(page_offset);
    }
    const auto mapped = self.enter(space).map(std::move(request));
    if (!mapped) {
        return mapped.error();
    }
    return mapped.value().value;
}

std::variant<std::uint32_t, VmError> remap(Workbench& self, Number space, std::uint32_t address,
                                           std::uint64_t old_length, std::uint64_t new_length, Placement placement,
                                           std::uint32_t new_address) {
    const auto moved = self.enter(space).remap({.old_address = VirtAddr(address),
                                                .old_length = old_length,
                                                .new_length = new_length,
                                                .placement = placement,
                                                .new_address = VirtAddr(new_address)});
    if (!moved) {
        return moved.error();
    }
    return moved.value().value;
}

std::optional<py::bytes> peek(Workbench& self, Number space, std::uint32_t address, std::uint32_t size) {
    std::vector<std::byte> bytes(size);
    if (!self.look(space).peek(VirtAddr(address), bytes)) {
        return std::nullopt;
    }
    return to_python(bytes);
}

void register_values(py::module_& module) {
    py::native_enum<IoMode>(module, "IoMode", "enum.Enum", "What to do where a disk must be waited for.")
        .value("WAIT", IoMode::Wait)
        .value("START", IoMode::Start)
        .finalize();
    py::native_enum<Placement>(module, "Placement", "enum.Enum", "Where a new mapping goes.")
        .value("ANYWHERE", Placement::Anywhere)
        .value("HINT", Placement::Hint)
        .value("FIXED", Placement::Fixed)
        .value("FIXED_NO_REPLACE", Placement::FixedNoReplace)
        .finalize();
    py::native_enum<Reserve>(module, "Reserve", "enum.Enum", "Whether memory is promised when it is mapped.")
        .value("NO", Reserve::No)
        .value("YES", Reserve::Yes)
        .finalize();
    py::native_enum<FileError>(module, "FileError", "enum.Enum", "Why reading or writing a file ended early.")
        .value("TOO_BIG", FileError::TooBig)
        .value("NO_MEMORY", FileError::NoMemory)
        .value("INPUT_OUTPUT", FileError::InputOutput)
        .finalize();
    py::native_enum<Advice>(module, "Advice", "enum.Enum", "What a program says of a part of its memory.")
        .value("NORMAL", Advice::Normal)
        .value("RANDOM", Advice::Random)
        .value("SEQUENTIAL", Advice::Sequential)
        .value("WILL_NEED", Advice::WillNeed)
        .value("DONT_NEED", Advice::DontNeed)
        .value("FREE", Advice::Free)
        .finalize();
    py::native_enum<Wiring>(module, "Wiring", "enum.Enum", "Whether pages stay in memory.")
        .value("PAGEABLE", Wiring::Pageable)
        .value("WIRED", Wiring::Wired)
        .finalize();
    py::class_<ChainLink>(module, "ChainLink", "One object of a chain, and what it has of one page.")
        .def_readonly("object_id", &ChainLink::object_id)
        .def_readonly("kind", &ChainLink::kind)
        .def_readonly("page", &ChainLink::page)
        .def_readonly("frame", &ChainLink::frame)
        .def_readonly("swap_slot", &ChainLink::swap_slot);
}

void register_spaces(py::class_<Workbench>& bench) {
    bench.def("create", &Workbench::create_space)
        .def("fork", &Workbench::fork, py::arg("space"))
        .def("destroy", &Workbench::destroy, py::arg("space"))
        .def("spaces", &Workbench::spaces)
        .def("map", &map, py::arg("space"), py::arg("address"), py::arg("length"), py::arg("placement"),
             py::arg("protection"), py::arg("sharing"), py::arg("file") = py::none(), py::arg("device") = py::none(),
             py::arg("page_offset") = 0, py::arg("reserve") = Reserve::Yes)
        .def(
            "unmap",
            [](Workbench& self, Number space, std::uint32_t address, std::uint64_t length) {
                return failure_of(self.enter(space).unmap(range_of(address, length)));
            },
            py::arg("space"), py::arg("address"), py::arg("length"))
        .def(
            "protect",
            [](Workbench& self, Number space, std::uint32_t address, std::uint64_t length, std::uint32_t protection) {
                return failure_of(self.enter(space).protect(range_of(address, length), {protection}));
            },
            py::arg("space"), py::arg("address"), py::arg("length"), py::arg("protection"))
        .def(
            "set_wiring",
            [](Workbench& self, Number space, std::uint32_t address, std::uint64_t length, Wiring wiring) {
                return failure_of(self.enter(space).set_wiring(range_of(address, length), wiring));
            },
            py::arg("space"), py::arg("address"), py::arg("length"), py::arg("wiring"))
        .def(
            "populate",
            [](Workbench& self, Number space, std::uint32_t address, std::uint64_t length) {
                return failure_of(self.enter(space).populate(range_of(address, length)));
            },
            py::arg("space"), py::arg("address"), py::arg("length"))
        .def("remap", &remap, py::arg("space"), py::arg("address"), py::arg("old_length"), py::arg("new_length"),
             py::arg("placement"), py::arg("new_address"))
        .def(
            "advise",
            [](Workbench& self, Number space, std::uint32_t address, std::uint64_t length, Advice advice) {
                return failure_of(self.enter(space).advise(range_of(address, length), advice));
            },
            py::arg("space"), py::arg("address"), py::arg("length"), py::arg("advice"))
        .def(
            "synchronize",
            [](Workbench& self, Number space, std::uint32_t address, std::uint64_t length) {
                return failure_of(self.enter(space).synchronize(range_of(address, length)));
            },
            py::arg("space"), py::arg("address"), py::arg("length"))
        .def(
            "map_stack",
            [](Workbench& self, Number space, std::uint32_t top, std::uint32_t initial) {
                return failure_of(self.enter(space).map_stack(VirtAddr(top), initial));
            },
            py::arg("space"), py::arg("top"), py::arg("initial"))
        .def(
            "set_heap_start",
            [](Workbench& self, Number space, std::uint32_t start) {
                self.enter(space).set_heap_start(VirtAddr(start));
            },
            py::arg("space"), py::arg("start"))
        .def(
            "set_break",
            [](Workbench& self, Number space, std::uint32_t end) {
                return failure_of(self.enter(space).set_break(VirtAddr(end)));
            },
            py::arg("space"), py::arg("end"))
        .def(
            "install_page",
            [](Workbench& self, Number space, std::uint32_t address, const py::bytes& bytes, std::uint32_t protection) {
                return failure_of(self.install_page(space, VirtAddr(address), from_python(bytes), {protection}));
            },
            py::arg("space"), py::arg("address"), py::arg("bytes"), py::arg("protection"))
        .def(
            "forget_entry",
            [](Workbench& self, Number space, std::uint32_t address) {
                self.enter(space).forget_entry(VirtAddr(address));
            },
            py::arg("space"), py::arg("address"));
}

void register_looks(py::class_<Workbench>& bench) {
    bench.def("peek", &peek, py::arg("space"), py::arg("address"), py::arg("size"))
        .def(
            "mappings", [](Workbench& self, Number space) { return record_mappings(self.look(space)); },
            py::arg("space"))
        .def(
            "resident",
            [](Workbench& self, Number space, std::uint32_t address, std::uint64_t length) {
                return self.look(space).resident(range_of(address, length));
            },
            py::arg("space"), py::arg("address"), py::arg("length"))
        .def(
            "entry",
            [](Workbench& self, Number space, std::uint32_t address) {
                return self.look(space).pmap().lookup(VirtAddr(address)).bits;
            },
            py::arg("space"), py::arg("address"))
        .def(
            "chain",
            [](Workbench& self, Number space, std::uint32_t address) { return self.chain(space, VirtAddr(address)); },
            py::arg("space"), py::arg("address"))
        .def("frames_used", [](Workbench& self) { return self.machine().frames().used(); })
        .def("page_frames", [](Workbench& self) { return self.vm().page_frames(); })
        .def("wired_pages", [](Workbench& self) { return self.vm().wired_pages(); })
        .def("standby_pages", [](Workbench& self) { return self.vm().standby().size(); })
        .def("modified_pages", [](Workbench& self) { return self.vm().modified().size(); })
        .def("has_zero_frame", [](Workbench& self) { return self.vm().is_zero_frame_made(); })
        .def("committed_pages", [](Workbench& self) { return self.vm().commit().committed(); })
        .def("commit_limit", [](Workbench& self) { return self.vm().commit().limit(); })
        .def("swap_used", [](Workbench& self) { return self.vm().swap().used(); })
        .def("counters", [](Workbench& self) { return self.vm().counters(); })
        .def("check", &Workbench::check);
}

void register_devices(py::class_<Workbench>& bench) {
    bench.def("create_device", &Workbench::create_device, py::arg("pages"))
        .def("close_device", &Workbench::close_device, py::arg("device"))
        .def(
            "device_frame",
            [](Workbench& self, Number device) { return self.device(device).pager->first_frame().value; },
            py::arg("device"))
        .def(
            "read_device", [](Workbench& self, Number device) { return all_bytes(*self.device(device).object); },
            py::arg("device"))
        .def(
            "fail_device",
            [](Workbench& self, Number device, std::uint32_t touches) {
                self.device(device).pager->fail_next(touches);
            },
            py::arg("device"), py::arg("touches"));
}

void register_files(py::class_<Workbench>& bench) {
    bench
        .def(
            "create_file", [](Workbench& self, const py::bytes& content) { return self.create_file(content); },
            py::arg("content"))
        .def("close_file", &Workbench::close_file, py::arg("file"))
        .def(
            "file_size", [](Workbench& self, Number file) { return self.file(file).object()->bytes(); },
            py::arg("file"))
        .def(
            "resize_file", [](Workbench& self, Number file, std::uint64_t bytes) { self.file(file).resize(bytes); },
            py::arg("file"), py::arg("bytes"))
        .def(
            "read_file",
            [](Workbench& self, Number file, std::uint64_t position, std::uint32_t count) {
                auto [content, error] = self.read_file(file, position, count);
                return std::pair(py::bytes(content), error);
            },
            py::arg("file"), py::arg("position"), py::arg("count"))
        .def(
            "write_file",
            [](Workbench& self, Number file, std::uint64_t position,
               const py::bytes& bytes) -> std::variant<std::uint32_t, FileError> {
                const FileCount written = self.write_file(file, position, from_python(bytes));
                if (!written) {
                    return written.error();
                }
                return written.value();
            },
            py::arg("file"), py::arg("position"), py::arg("bytes"));
}

}  // namespace

void register_workbench(py::module_& module) {
    register_values(module);
    py::class_<Workbench> bench(module, "WorkbenchCore", "The virtual memory without an engine or a kernel.");
    bench
        .def(py::init([](std::uint64_t ram, std::uint32_t page_frame_limit, std::uint32_t swap_slots,
                         const std::string& profile, const Fields& fields, std::uint64_t seed, TlbTagging tagging,
                         StaleEntries stale, std::uint32_t stack_limit, std::uint32_t stack_guard_gap) {
                 WorkbenchConfig config;
                 config.machine.ram_bytes = ram;
                 config.machine.tlb.tagging = tagging;
                 config.machine.tlb.stale = stale;
                 config.vm = {page_frame_limit, swap_slots, seed, profile_with(profile, fields)};
                 config.layout.stack_limit = stack_limit;
                 config.layout.stack_guard_gap = stack_guard_gap;
                 return std::make_unique<Workbench>(config);
             }),
             py::arg("ram"), py::arg("page_frame_limit"), py::arg("swap_slots"), py::arg("profile"), py::arg("fields"),
             py::arg("seed"), py::arg("tagging"), py::arg("stale"), py::arg("stack_limit"), py::arg("stack_guard_gap"))
        .def(
            "access",
            [](Workbench& self, Number space, std::uint32_t address, Access kind, std::uint32_t value, IoMode io) {
                Touched touched = self.access(space, VirtAddr(address), kind, value, io);
                std::vector<std::uint32_t> faults;
                for (const FaultResult fault : touched.faults) {
                    faults.push_back(static_cast<std::uint32_t>(fault));
                }
                return std::pair(touched.value, std::move(faults));
            },
            py::arg("space"), py::arg("address"), py::arg("access"), py::arg("value"), py::arg("io"))
        .def("advance", &Workbench::advance, py::arg("time"))
        .def("transfer_records", [](Workbench& self) { return record_transfers(self.vm()); })
        .def("now", [](Workbench& self) { return self.vm().now(); })
        .def("evict_one", [](Workbench& self) { return self.vm().daemon().free_one(); })
        .def("balance", [](Workbench& self) { self.vm().daemon().run(); })
        .def("set_page_frame_limit",
             [](Workbench& self, std::uint32_t frames) { self.vm().set_page_frame_limit(frames); })
        .def(
            "fail_disk",
            [](Workbench& self, DiskName disk, IoDirection direction, std::uint32_t transfers) {
                self.vm().disk(disk).fail_next(direction, transfers);
            },
            py::arg("disk"), py::arg("direction"), py::arg("transfers"));
    register_spaces(bench);
    register_looks(bench);
    register_files(bench);
    register_devices(bench);
}

}  // namespace vmlab
