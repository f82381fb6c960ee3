// SPDX-License-Identifier: 0BSD
#pragma once

#include <sys/types.h>

#define WNOHANG 1
#define WUNTRACED 2

#define WTERMSIG(status) ((status) & 0x7f)
#define WEXITSTATUS(status) (((status) >> 8) & 0xff)
#define WIFEXITED(status) (WTERMSIG(status) == 0)
#define WIFSIGNALED(status) (WTERMSIG(status) != 0 && WTERMSIG(status) != 0x7f)

pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
