// SPDX-License-Identifier: GPL-2.0-only
#include "vm/page.hpp"

#include "vm/virtual_memory.hpp"

namespace vmlab {

Page::~Page() { vm_.free_frame(frame_); }

}  // namespace vmlab
