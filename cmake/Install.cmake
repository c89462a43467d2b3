# What `cmake --install` puts where (docs/shipping.md). It is one tree that may be moved as a whole: nothing in it knows
# where it is but by what lies beside it. Three components: `ninc` is what everybody gets; `libraries` are those of the
# distribution that ninc was built with, for packages that go elsewhere; `debian` is what only a .deb has.
include(CMakePackageConfigHelpers)
set(NINC_PACKAGE ${CMAKE_SOURCE_DIR}/cmake/package)

# RPATH rather than RUNPATH: it counts for the libraries of libraries too, and no LD_LIBRARY_PATH mixes others in.
target_link_options(ninc PRIVATE LINKER:--disable-new-dtags)
set(NINC_INSTALL_RPATH "$ORIGIN/../lib/ninc")
if(SKBUILD) # beside the wheel of Halide
  set(NINC_INSTALL_RPATH "$ORIGIN/../../halide/lib64")
endif()
set_target_properties(ninc PROPERTIES INSTALL_RPATH "${NINC_INSTALL_RPATH}")
install(TARGETS ninc RUNTIME DESTINATION bin COMPONENT ninc)
get_filename_component(HALIDE_FILE ${HALIDE_LIBRARY} REALPATH)
install(FILES ${HALIDE_FILE} DESTINATION lib/ninc RENAME libHalide.so COMPONENT ninc)

# For users of CMake and of pkg-config. The headers are those of every model's interface, for programs that load models
# at run time; a model's own header needs neither.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/generated/ninc-config-version.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${NINC_PACKAGE}/ninc-config.cmake ${NINC_PACKAGE}/ninc-add-model.cmake
              ${CMAKE_BINARY_DIR}/generated/ninc-config-version.cmake
        DESTINATION lib/cmake/ninc COMPONENT ninc)
configure_file(${NINC_PACKAGE}/ninc.pc.in ${CMAKE_BINARY_DIR}/generated/ninc.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/generated/ninc.pc DESTINATION lib/pkgconfig COMPONENT ninc)
install(FILES runtime/ninc_model.h runtime/ninc_devices.h DESTINATION include/ninc COMPONENT ninc)

# Manual pages and completions, which ninc writes of its own options.
set(NINC_TEXTS ${CMAKE_BINARY_DIR}/texts)
add_custom_command(OUTPUT ${NINC_TEXTS}/written
  COMMAND ${CMAKE_COMMAND} -DNINC=$<TARGET_FILE:ninc> -DOUTPUT=${NINC_TEXTS} -P ${NINC_PACKAGE}/WriteTexts.cmake
  DEPENDS ninc ${NINC_PACKAGE}/WriteTexts.cmake VERBATIM)
add_custom_target(ninc_texts ALL DEPENDS ${NINC_TEXTS}/written)
install(DIRECTORY ${NINC_TEXTS}/share/ DESTINATION share COMPONENT ninc)

install(FILES LICENSE CHANGELOG.md DESTINATION share/doc/ninc COMPONENT ninc)
install(DIRECTORY docs DESTINATION share/doc/ninc COMPONENT ninc)
install(FILES examples/digits/nin_digits.nin examples/digits/nin_digits.safetensors
        DESTINATION share/ninc/examples/digits COMPONENT ninc)
install(DIRECTORY examples/cmake DESTINATION share/ninc/examples COMPONENT ninc)

# Whose work is inside: a file of each package that is, or that code was compiled from, with its name.
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=libc.a OUTPUT_VARIABLE STATIC_LIBC
                OUTPUT_STRIP_TRAILING_WHITESPACE)
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-libgcc-file-name OUTPUT_VARIABLE STATIC_LIBGCC
                OUTPUT_STRIP_TRAILING_WHITESPACE)
find_path(CLI11_INCLUDE CLI/CLI.hpp)
find_path(JSON_INCLUDE nlohmann/json.hpp)
set(NINC_INSIDE
  "LLVM and lld|${LLD_ELF}"
  "CLI11|${CLI11_INCLUDE}/CLI/CLI.hpp"
  "nlohmann-json|${JSON_INCLUDE}/nlohmann/json.hpp"
  "expected|${TL_EXPECTED_INCLUDE}/tl/expected.hpp"
  "OpenCL headers|${NINC_OPENCL_INCLUDE}/CL/cl.h"
  "the C library, in the program that times schedules|${STATIC_LIBC}"
  "GCC's support library|${STATIC_LIBGCC}")
get_filename_component(HALIDE_PREFIX ${HALIDE_FILE} DIRECTORY)
get_filename_component(HALIDE_PREFIX ${HALIDE_PREFIX} DIRECTORY)
set(HALIDE_NOTICE ${HALIDE_PREFIX}/share/doc/Halide/LICENSE.txt)
list(TRANSFORM NINC_INSIDE REPLACE "(.+)" "\"\\1\"")
list(JOIN NINC_INSIDE " " NINC_INSIDE)
set(NINC_NOTICES share/doc/ninc/NOTICES)
configure_file(${NINC_PACKAGE}/InstallNotices.cmake.in ${CMAKE_BINARY_DIR}/generated/InstallNotices.cmake @ONLY)
install(SCRIPT ${CMAKE_BINARY_DIR}/generated/InstallNotices.cmake COMPONENT ninc)

# Not part of a plain `cmake --install`.
configure_file(${NINC_PACKAGE}/InstallLibraries.cmake.in ${CMAKE_BINARY_DIR}/generated/InstallLibraries.cmake @ONLY)
install(SCRIPT ${CMAKE_BINARY_DIR}/generated/InstallLibraries.cmake COMPONENT libraries EXCLUDE_FROM_ALL)
configure_file(${NINC_PACKAGE}/InstallDebian.cmake.in ${CMAKE_BINARY_DIR}/generated/InstallDebian.cmake @ONLY)
install(SCRIPT ${CMAKE_BINARY_DIR}/generated/InstallDebian.cmake COMPONENT debian EXCLUDE_FROM_ALL)
