// SPDX-License-Identifier: GPL-2.0-only
// find_file: the file of a descriptor, where it must be of one kind.
#pragma once

#include "abi/linux/syscall.hpp"
#include "kernel/files/open_file.hpp"

namespace vmlab::linux_abi {

/// Fails: BADF, and `other` for a file of another kind.
template <typename File>
[[nodiscard]] Result<Ref<File>, Errno> find_file(const Syscall& call, std::uint32_t descriptor, Errno other) {
    OpenFile* const file = call.process.files().find(descriptor);
    auto* const found = dynamic_cast<File*>(file);
    return found != nullptr ? Result<Ref<File>, Errno>(Ref<File>(found))
                            : Failure(file == nullptr ? Errno::BADF : other);
}

}  // namespace vmlab::linux_abi
