# SPDX-License-Identifier: GPL-2.0-only
"""JOS's names of errors, which its calls return made negative."""

ERRORS = {
    2: "E_BAD_ENV",
    3: "E_INVAL",
    4: "E_NO_MEM",
    5: "E_NO_FREE_ENV",
    7: "E_IPC_NOT_RECV",
}
