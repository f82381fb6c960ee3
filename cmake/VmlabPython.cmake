# SPDX-License-Identifier: GPL-2.0-only
# _core: the Python extension, a thin layer over vmlab_core.

set(PYBIND11_FINDPYTHON ON)
if(NOT EXISTS "${pybind11_DIR}/pybind11Config.cmake")
    unset(pybind11_DIR CACHE)
    vmlab_find_python_package(pybind11 pybind11_folder)
    if(pybind11_folder)
        list(APPEND CMAKE_PREFIX_PATH "${pybind11_folder}")
    endif()
endif()
find_package(pybind11 3.0 CONFIG REQUIRED)

file(GLOB VMLAB_BINDING_SOURCES CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/cpp/bindings/*.cpp")
pybind11_add_module(_core MODULE ${VMLAB_BINDING_SOURCES})
target_link_libraries(_core PRIVATE vmlab_core vmlab_options)
target_compile_definitions(_core PRIVATE VMLAB_VERSION="${VMLAB_VERSION}")

install(TARGETS _core LIBRARY DESTINATION vmlab)
