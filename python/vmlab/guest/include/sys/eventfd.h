// SPDX-License-Identifier: 0BSD
#pragma once

#define EFD_SEMAPHORE 1
#define EFD_NONBLOCK 04000
#define EFD_CLOEXEC 02000000

int eventfd(unsigned int first, int flags);
