// SPDX-License-Identifier: 0BSD
// Numbers for syscall(), of calls that have no function of their own here.
#pragma once

#define SYS_exit 1
#define SYS_prctl 172
#define SYS_gettid 224
#define SYS_tkill 238
#define SYS_futex 240
#define SYS_exit_group 252
#define SYS_set_tid_address 258
#define SYS_tgkill 270
#define SYS_set_robust_list 311
#define SYS_get_robust_list 312
