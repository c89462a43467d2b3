# find_package(ninc): the compiler as ninc::ninc, and ninc_add_model (ninc-add-model.cmake says what it takes). Everything
# is found from where this file lies, PREFIX/lib/cmake/ninc, so that the whole may be moved.
get_filename_component(ninc_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT EXISTS "${ninc_PREFIX}/bin/ninc")
  set(ninc_FOUND FALSE)
  set(ninc_NOT_FOUND_MESSAGE "there is no compiler '${ninc_PREFIX}/bin/ninc': bin/ and lib/ are moved together")
  return()
endif()

# What compiled models need where they have any: threads.
include(CMakeFindDependencyMacro)
if(CMAKE_SYSTEM_NAME MATCHES "^(Linux|Android)$")
  find_dependency(Threads)
endif()

if(NOT TARGET ninc::ninc)
  add_executable(ninc::ninc IMPORTED)
  set_target_properties(ninc::ninc PROPERTIES IMPORTED_LOCATION "${ninc_PREFIX}/bin/ninc")
endif()

include("${CMAKE_CURRENT_LIST_DIR}/ninc-add-model.cmake")
