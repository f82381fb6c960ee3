// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/start_failure.hpp"

namespace vmlab {

StartFailure ram_too_small() {
    return {StartFailure::Why::NoMemory, "there is too little RAM to start this program: give the lab more", {}};
}

StartFailure no_address_space() {
    return {StartFailure::Why::NoMemory, "there is not enough memory for another address space", {}};
}

StartFailure much_committed() {
    return {StartFailure::Why::NoMemory,
            "so much memory cannot be promised to this program: give the lab more ram= or swap=, or "
            "overcommit=\"always\"",
            {}};
}

}  // namespace vmlab
