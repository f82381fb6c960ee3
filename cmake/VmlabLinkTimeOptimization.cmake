# SPDX-License-Identifier: GPL-2.0-only
# Release builds are optimized as one program where the compiler can: a system call's path crosses every room, and takes a
# fifth longer without it.

include(CheckIPOSupported)

if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT DEFINED CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    check_ipo_supported(RESULT VMLAB_IPO_SUPPORTED LANGUAGES CXX)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${VMLAB_IPO_SUPPORTED})
endif()
