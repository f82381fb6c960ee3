// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/fifo.hpp"

#include "vm/policy/selection.hpp"

namespace vmlab {

std::optional<FrameNumber> Fifo::select_victim(Candidates& candidates) { return first_evictable(queue_, candidates); }

}  // namespace vmlab
