# SPDX-License-Identifier: GPL-2.0-only
# vmlab_engine_headers: the headers of Unicorn and Capstone, taken from their Python packages.
# Nothing is linked: the libraries are opened by path at run time.

if(NOT VMLAB_BUILD_PYTHON)
    set(Python_FIND_VIRTUALENV FIRST)
    find_package(Python 3.10 REQUIRED COMPONENTS Interpreter)
else()
    find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module)
endif()

# Sets `result` to the folder where the Python package `package` is installed, or to NOTFOUND.
function(vmlab_find_python_package package result)
    execute_process(
        COMMAND "${Python_EXECUTABLE}" -c
                "import importlib.util, pathlib; s = importlib.util.find_spec('${package}'); print(pathlib.Path(s.origin).parent.as_posix() if s and s.origin else '')"
        OUTPUT_VARIABLE folder
        OUTPUT_STRIP_TRAILING_WHITESPACE
        RESULT_VARIABLE status)
    if(NOT status EQUAL 0 OR folder STREQUAL "")
        set(folder NOTFOUND)
    endif()
    set(${result} "${folder}" PARENT_SCOPE)
endfunction()

# Sets `variable`, unless the user gave it, to the include folder of `package` that holds `header`.
function(vmlab_find_engine_include variable package header requirement)
    # An earlier try may have found it in a build environment that is gone, or nothing.
    if(NOT EXISTS "${${variable}}/${header}")
        unset(${variable} CACHE)
    endif()
    vmlab_find_python_package(${package} folder)
    if(folder)
        find_path(${variable} NAMES ${header} PATHS "${folder}/include" NO_DEFAULT_PATH)
    endif()
    set(${variable} "${${variable}}" CACHE PATH "Folder that holds ${header}")
    if(NOT ${variable})
        message(FATAL_ERROR
            "${header} was not found through ${Python_EXECUTABLE}.\n"
            "Install it for that interpreter: ${Python_EXECUTABLE} -m pip install \"${requirement}\"\n"
            "or name another interpreter with -DPython_EXECUTABLE=..., or the folder with -D${variable}=...")
    endif()
endfunction()

vmlab_find_engine_include(VMLAB_UNICORN_INCLUDE unicorn unicorn/unicorn.h "unicorn>=2.1.4,<2.2")
vmlab_find_engine_include(VMLAB_CAPSTONE_INCLUDE capstone capstone/capstone.h "capstone>=5.0.9,<6")

add_library(vmlab_engine_headers INTERFACE)
if(SKBUILD)
    # pip builds in an environment with another path each time; by way of a copy the compiler's command stays the same.
    set(copied_headers "${CMAKE_CURRENT_BINARY_DIR}/engine_headers")
    file(COPY "${VMLAB_UNICORN_INCLUDE}/unicorn" "${VMLAB_CAPSTONE_INCLUDE}/capstone" DESTINATION "${copied_headers}")
    target_include_directories(vmlab_engine_headers SYSTEM INTERFACE "${copied_headers}")
else()
    target_include_directories(vmlab_engine_headers SYSTEM INTERFACE
        "${VMLAB_UNICORN_INCLUDE}" "${VMLAB_CAPSTONE_INCLUDE}")
endif()
