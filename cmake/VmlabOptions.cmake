# SPDX-License-Identifier: GPL-2.0-only
# vmlab_options: what every target of this project is compiled with.

add_library(vmlab_options INTERFACE)

if(MSVC)
    target_compile_options(vmlab_options INTERFACE /W4 /permissive- /utf-8)
    target_compile_definitions(vmlab_options INTERFACE NOMINMAX WIN32_LEAN_AND_MEAN)
    if(VMLAB_WARNINGS_AS_ERRORS)
        target_compile_options(vmlab_options INTERFACE /WX)
    endif()
else()
    # Designated initializers leave out members on purpose; GCC's -Wextra warns about each.
    target_compile_options(vmlab_options INTERFACE
        -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-missing-field-initializers)
    # GCC 12 at -O3 sees overlapping copies in std::string's assignment where there are none (GCC bug 105651).
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        target_compile_options(vmlab_options INTERFACE $<$<CONFIG:Release>:-Wno-restrict>)
    endif()
    if(VMLAB_WARNINGS_AS_ERRORS)
        target_compile_options(vmlab_options INTERFACE -Werror)
    endif()
endif()

if(VMLAB_SANITIZE)
    if(MSVC)
        message(FATAL_ERROR "VMLAB_SANITIZE needs GCC or Clang; configure without it, or with another compiler.")
    endif()
    set(sanitizer_flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_options(vmlab_options INTERFACE ${sanitizer_flags})
    target_link_options(vmlab_options INTERFACE ${sanitizer_flags})
endif()
