// SPDX-License-Identifier: GPL-2.0-only
// What becomes of a page fault: the environment's own handler gets it on its exception stack, or the environment ends.
#pragma once

#include "abi/jos/system.hpp"

namespace vmlab::jos_abi {

/// Elsewhere: page_fault_handler.
void handle_page_fault(System& system, Process& process, const PageFault& fault);

}  // namespace vmlab::jos_abi
