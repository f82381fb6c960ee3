// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/lru.hpp"

#include "vm/policy/selection.hpp"

namespace vmlab {

std::optional<FrameNumber> Lru::select_victim(Candidates& candidates) { return first_evictable(recency_, candidates); }

}  // namespace vmlab
