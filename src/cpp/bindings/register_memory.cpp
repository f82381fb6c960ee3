// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/register_memory.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/object_records.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

/// (slot, object, page, whether the page is in memory as well) for each used slot, by slot.
std::vector<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, bool>> record_swap(LabCore& lab) {
    std::vector<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, bool>> records;
    VirtualMemory& vm = lab.look().vm();
    for (const VmObject* object = vm.objects().first(); object != nullptr; object = ObjectList::after(*object)) {
        object->slots().for_each([&](PageIndex index, const Page* page, SwapSlot slot) {
            if (slot.valid()) {
                records.emplace_back(slot.value, object->id(), index.value, page != nullptr);
            }
        });
    }
    for (const SwapSlot slot : vm.swapper().kernel_slots()) {
        records.emplace_back(slot.value, 0U, 0U, false);
    }
    std::sort(records.begin(), records.end());
    return records;
}

/// One byte a frame, its FrameUse.
py::bytes frame_uses(LabCore& lab) {
    const FramePool& frames = lab.look().machine().frames();
    std::string uses;
    for (std::uint32_t frame = 0; frame < frames.total(); ++frame) {
        uses.push_back(static_cast<char>(frames.use(FrameNumber(frame))));
    }
    return uses;
}

/// (pid, pages) for each address space, by the process that has it first.
std::vector<std::pair<std::uint32_t, std::uint64_t>> committed_by_process(LabCore& lab) {
    std::vector<std::pair<std::uint32_t, std::uint64_t>> committed;
    std::vector<const AddressSpace*> counted;
    for (const auto& process : lab.look().processes()) {
        if (process->has_space() && std::ranges::find(counted, &process->space()) == counted.end()) {
            counted.push_back(&process->space());
            committed.emplace_back(process->pid(), process->space().committed_pages());
        }
    }
    return committed;
}

/// (zone, first frame, frames, free, zeroed, pages, standby, low, high, evicted) for each zone, the lowest first.
std::vector<std::array<std::uint64_t, 10>> record_zones(LabCore& lab) {
    VirtualMemory& vm = lab.look().vm();
    const FramePool& frames = vm.machine().frames();
    std::vector<std::array<std::uint64_t, 10>> records;
    for (std::size_t number = 0; number < frames.zones().size(); ++number) {
        const FrameZone& zone = frames.zones()[number];
        std::uint64_t pages = 0;
        for (std::uint32_t at = 0; at < zone.frames(); ++at) {
            pages += frames.use(FrameNumber(zone.first().value + at)) == FrameUse::Page ? 1U : 0U;
        }
        const VirtualMemory::Watermarks marks = vm.watermarks(number);
        records.push_back({static_cast<std::uint64_t>(zone.name()), zone.first().value, zone.frames(), zone.available(),
                           zone.zeroed(), pages, vm.standby_in(number), marks.low, marks.high,
                           vm.evicted_from(number)});
    }
    return records;
}

/// (times, pages) for each Worker.
std::vector<std::pair<std::uint64_t, std::uint64_t>> record_work(LabCore& lab) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> records;
    for (std::size_t worker = 0; worker < WORKERS; ++worker) {
        const WorkDone& done = lab.look().vm().work_done(static_cast<Worker>(worker));
        records.emplace_back(done.times, done.pages);
    }
    return records;
}

/// What /dev/fb0 shows, or nothing when there is none.
std::optional<py::bytes> frame_buffer(LabCore& lab) {
    const Ref<VmObject>& object = lab.look().frame_buffer();
    if (!object) {
        return std::nullopt;
    }
    return all_bytes(*object);
}

}  // namespace

void register_memory(py::class_<LabCore>& lab) {
    lab.def("page_frames", [](LabCore& self) { return self.look().vm().page_frames(); })
        .def("frame_uses", &frame_uses, "One byte a frame: its FrameUse.")
        .def("frame_buffer", &frame_buffer)
        .def("zone_records", &record_zones, "What there is to say of each zone, the lowest first.")
        .def("work_done", &record_work, "(times, pages) for each worker.")
        .def("swap_slots", [](LabCore& self) { return self.look().vm().swap().total(); })
        .def("transfer_records", [](LabCore& self) { return record_transfers(self.look().vm()); })
        .def("swap_records", &record_swap, "What each used slot holds, by slot.")
        .def("overcommit", [](LabCore& self) { return self.look().vm().profile().overcommit; })
        .def("committed_pages", [](LabCore& self) { return self.look().vm().commit().committed(); })
        .def("commit_limit", [](LabCore& self) { return self.look().vm().commit().limit(); })
        .def("committed_by_process", &committed_by_process, "Pages promised to each address space, by pid.");
}

}  // namespace vmlab
