// SPDX-License-Identifier: GPL-2.0-only
#include "vm/modified_page_writer.hpp"

#include "vm/virtual_memory.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

void ModifiedPageWriter::run() {
    if (vm_.modified().size() > vm_.profile().modified_limit) {
        write_all();
    }
}

void ModifiedPageWriter::write_all() {
    std::uint32_t written = 0;
    while (const auto frame = vm_.modified().front()) {
        Page& page = *vm_.page_of(*frame);
        const std::uint32_t waiting = vm_.modified().size();
        // Ahead of time no page in memory has to give its slot up: that would only make another one modified.
        const bool has_place = page.object().kind() == ObjectKind::File || vm_.swap().used() < vm_.swap().total();
        if (!has_place) {
            vm_.reactivate(page);
        } else if (page.object().launder(page, AfterTransfer::Standby, IoMode::Start) != Laundered::Failed) {
            written += waiting - vm_.modified().size();
        }
    }
    if (written > 0) {
        vm_.note_work(Worker::ModifiedPageWriter, written);
    }
}

}  // namespace vmlab
