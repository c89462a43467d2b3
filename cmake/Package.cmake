# CPack: a .deb, whose libraries are the distribution's but for Halide, and a .tar.zst that brings them all along and is
# unpacked anywhere. `cpack --config build/CPackConfig.cmake -G "DEB;TZST"` makes both.
set(NINC_PACKAGE_CONTACT "The ninc maintainers <maintainers@ninc.example>" CACHE STRING "Who packages are by")
set(CPACK_GENERATOR DEB TZST)
set(CPACK_PACKAGE_NAME ninc)
set(CPACK_PACKAGE_VENDOR "ninc")
set(CPACK_PACKAGE_CONTACT "${NINC_PACKAGE_CONTACT}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "ahead-of-time compiler for convolutional networks")
set(CPACK_PACKAGE_DESCRIPTION "ninc compiles convolutional networks, from ONNX, Caffe or its own text, into native
libraries that need no framework to run. This package has the compiler, what CMake
projects need to use it, and its manual.")
string(TOLOWER ${CMAKE_SYSTEM_NAME} SYSTEM)
set(CPACK_PACKAGE_FILE_NAME ninc-${PROJECT_VERSION}-${SYSTEM}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0) # as many as there are cores
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PROJECT_CONFIG_FILE ${NINC_PACKAGE}/PackageConfig.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${HALIDE_PREFIX}/lib64)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake (>= 3.20), g++ | c++-compiler")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${NINC_PACKAGE}/postinst)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
include(CPack)
