// SPDX-License-Identifier: GPL-2.0-only
// The room vm in Python: mappings, page-table entries, use and counters, as values.
#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

#include "bindings/ended_process.hpp"
#include "bindings/object_records.hpp"
#include "bindings/register.hpp"
#include "vm/counters.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

void register_mapping_use(py::module_& module) {
    const auto bytes = [](std::uint64_t MappingUse::* member) {
        return [member](const MappingUseRecord& self) { return self.use.*member; };
    };
    const auto share = [](ProportionalBytes MappingUse::* member) {
        return [member](const MappingUseRecord& self) { return (self.use.*member).bytes(); };
    };
    py::class_<MappingUseRecord>(module, "MappingUseRecord", "What smaps tells of one mapping, in bytes.")
        .def_property_readonly("size", bytes(&MappingUse::size))
        .def_property_readonly("rss", bytes(&MappingUse::rss))
        .def_property_readonly("pss", share(&MappingUse::pss))
        .def_property_readonly("pss_dirty", share(&MappingUse::pss_dirty))
        .def_property_readonly("shared_clean", bytes(&MappingUse::shared_clean))
        .def_property_readonly("shared_dirty", bytes(&MappingUse::shared_dirty))
        .def_property_readonly("private_clean", bytes(&MappingUse::private_clean))
        .def_property_readonly("private_dirty", bytes(&MappingUse::private_dirty))
        .def_property_readonly("referenced", bytes(&MappingUse::referenced))
        .def_property_readonly("anonymous", bytes(&MappingUse::anonymous))
        .def_property_readonly("swap", bytes(&MappingUse::swap))
        .def_property_readonly("swap_pss", share(&MappingUse::swap_pss))
        .def_property_readonly("locked", share(&MappingUse::locked))
        .def_readonly("flags", &MappingUseRecord::flags);
    module.def("sum_of_uses", &sum_of_uses, py::arg("uses"), "All of them together, as smaps_rollup adds up.");
}

}  // namespace

void register_vm(py::module_& module) {
    py::native_enum<VmError>(module, "VmError", "enum.Enum", "Why an operation on an address space cannot be done.")
        .value("INVALID", VmError::Invalid)
        .value("NO_MEMORY", VmError::NoMemory)
        .value("OVERLAP", VmError::Overlap)
        .value("NOT_MAPPED", VmError::NotMapped)
        .value("ACCESS_DENIED", VmError::AccessDenied)
        .value("INPUT_OUTPUT", VmError::InputOutput)
        .value("NO_PAGE", VmError::NoPage)
        .value("NO_TABLE", VmError::NoTable)
        .finalize();
    py::native_enum<Sharing>(module, "Sharing", "enum.Enum", "Whether others see what is written through a mapping.")
        .value("PRIVATE", Sharing::Private)
        .value("SHARED", Sharing::Shared)
        .finalize();
    py::native_enum<Overcommit>(module, "Overcommit", "enum.Enum", "Whether more may be promised than there is.")
        .value("HEURISTIC", Overcommit::Heuristic)
        .value("ALWAYS", Overcommit::Always)
        .value("NEVER", Overcommit::Never)
        .finalize();
    py::native_enum<ObjectKind>(module, "ObjectKind", "enum.Enum", "Where an object's pages come from.")
        .value("ANONYMOUS", ObjectKind::Anonymous)
        .value("FILE", ObjectKind::File)
        .value("DEVICE", ObjectKind::Device)
        .finalize();
    py::class_<MappingRecord>(module, "MappingRecord", "One mapping as it was when asked.")
        .def_readonly("start", &MappingRecord::start)
        .def_readonly("end", &MappingRecord::end)
        .def_readonly("protection", &MappingRecord::protection)
        .def_readonly("sharing", &MappingRecord::sharing)
        .def_readonly("kind", &MappingRecord::kind)
        .def_readonly("name", &MappingRecord::name)
        .def_readonly("object_id", &MappingRecord::object_id)
        .def_readonly("offset", &MappingRecord::offset)
        .def_readonly("resident_pages", &MappingRecord::resident_pages);
    register_mapping_use(module);
    py::class_<SlotRecord>(module, "SlotRecord", "One page that an object has.")
        .def_readonly("page", &SlotRecord::page)
        .def_readonly("frame", &SlotRecord::frame)
        .def_readonly("swap", &SlotRecord::swap)
        .def_readonly("dirty", &SlotRecord::dirty)
        .def_readonly("state", &SlotRecord::state);
    py::class_<ObjectRecord>(module, "ObjectRecord", "One VmObject as it was when asked.")
        .def_readonly("id", &ObjectRecord::id)
        .def_readonly("kind", &ObjectRecord::kind)
        .def_readonly("pages", &ObjectRecord::pages)
        .def_readonly("references", &ObjectRecord::references)
        .def_readonly("shadow", &ObjectRecord::shadow)
        .def_readonly("shadow_offset", &ObjectRecord::shadow_offset)
        .def_readonly("slots", &ObjectRecord::slots);
    py::native_enum<IoDirection>(module, "IoDirection", "enum.Enum", "Which way a transfer of a disk goes.")
        .value("READ", IoDirection::Read)
        .value("WRITE", IoDirection::Write)
        .finalize();
    py::native_enum<DiskName>(module, "DiskName", "enum.Enum", "Which disk.")
        .value("SWAP", DiskName::Swap)
        .value("FILES", DiskName::Files)
        .finalize();
    py::class_<TransferRecord>(module, "TransferRecord", "One transfer that was under way when asked.")
        .def_readonly("id", &TransferRecord::id)
        .def_readonly("pid", &TransferRecord::pid)
        .def_readonly("direction", &TransferRecord::direction)
        .def_readonly("ends_at", &TransferRecord::ends_at)
        .def_readonly("objects", &TransferRecord::objects)
        .def_readonly("pages", &TransferRecord::pages)
        .def_readonly("frames", &TransferRecord::frames);
    py::class_<EntryRecord>(module, "EntryRecord", "One present page with the entries of both levels.")
        .def_readonly("address", &EntryRecord::address)
        .def_readonly("pde", &EntryRecord::pde)
        .def_readonly("pte", &EntryRecord::pte);
    py::class_<AddressSpace::Usage>(module, "Usage", "What an address space takes.")
        .def_readonly("mapped_bytes", &AddressSpace::Usage::mapped_bytes)
        .def_readonly("resident_pages", &AddressSpace::Usage::resident_pages)
        .def_readonly("table_frames", &AddressSpace::Usage::table_frames)
        .def_readonly("metadata_bytes", &AddressSpace::Usage::metadata_bytes);
    py::class_<VmCounters>(module, "VmCounters", "What faults, copies and frames came to.")
        .def_readonly("faults_by_result", &VmCounters::faults_by_result)
        .def_readonly("reads_not_present", &VmCounters::reads_not_present)
        .def_readonly("writes_not_present", &VmCounters::writes_not_present)
        .def_readonly("fetches_not_present", &VmCounters::fetches_not_present)
        .def_readonly("protection_violations", &VmCounters::protection_violations)
        .def_readonly("major_faults", &VmCounters::major_faults)
        .def_readonly("minor_faults", &VmCounters::minor_faults)
        .def_readonly("pages_copied", &VmCounters::pages_copied)
        .def_readonly("pages_zeroed", &VmCounters::pages_zeroed)
        .def_readonly("pages_zeroed_ahead", &VmCounters::pages_zeroed_ahead)
        .def_readonly("pages_read", &VmCounters::pages_read)
        .def_readonly("pages_written_back", &VmCounters::pages_written_back)
        .def_readonly("pages_swapped_in", &VmCounters::pages_swapped_in)
        .def_readonly("pages_swapped_out", &VmCounters::pages_swapped_out)
        .def_readonly("pages_evicted", &VmCounters::pages_evicted)
        .def_readonly("kernel_entries", &VmCounters::kernel_entries)
        .def_readonly("system_calls", &VmCounters::system_calls)
        .def_readonly("context_switches", &VmCounters::context_switches)
        .def_readonly("voluntary_switches", &VmCounters::voluntary_switches)
        .def_readonly("involuntary_switches", &VmCounters::involuntary_switches)
        .def_property_readonly("tlb_hits", [](const VmCounters& self) { return self.tlb.hits; })
        .def_property_readonly("tlb_misses", [](const VmCounters& self) { return self.tlb.misses; })
        .def_property_readonly("tlb_flushes", [](const VmCounters& self) { return self.tlb.flushes; })
        .def_property_readonly("tlb_invalidations", [](const VmCounters& self) { return self.tlb.invalidations; })
        .def_readonly("peak_page_frames", &VmCounters::peak_page_frames);
}

}  // namespace vmlab
