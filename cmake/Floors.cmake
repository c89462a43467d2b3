# A floor is one static library made of every source in its folder. Headers are included by their path
# from the repository root ("ir/Graph.h"), so that an include line names the floor it reaches into.

# The flow-sensitive warnings of GCC 12 to 14 misjudge code inlined from libstdc++, each version other code; an
# error of that kind would stop users whose compiler we have never seen.
set(NINC_FALSE_ALARMS -Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow
                      -Wno-stringop-overread)
add_library(ninc_warnings INTERFACE)
target_compile_options(ninc_warnings INTERFACE
  -Wall -Wextra -Werror -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  "$<$<CXX_COMPILER_ID:GNU>:${NINC_FALSE_ALARMS}>")
if(NINC_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer -g1)
  add_compile_options("$<$<CXX_COMPILER_ID:GNU>:-fno-var-tracking>") # for variables in debuggers, at twice the time
  add_link_options(-fsanitize=address,undefined)
endif()

function(ninc_floor NAME)
  cmake_parse_arguments(ARG "" "" "USES;LIBRARIES;WITHOUT" ${ARGN})
  file(GLOB_RECURSE SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${NAME}/*.cpp)
  foreach(FOLDER ${ARG_WITHOUT})
    list(FILTER SOURCES EXCLUDE REGEX "^${CMAKE_SOURCE_DIR}/${FOLDER}/")
  endforeach()
  if(NOT SOURCES)
    add_library(ninc_${NAME} INTERFACE)
    target_include_directories(ninc_${NAME} INTERFACE ${CMAKE_SOURCE_DIR})
    return()
  endif()
  add_library(ninc_${NAME} STATIC ${SOURCES})
  target_include_directories(ninc_${NAME} PUBLIC ${CMAKE_SOURCE_DIR})
  # Of these there is a part in the Python package's module, which is loaded somewhere.
  if(NAME MATCHES "^(support|ir|execution)$")
    set_target_properties(ninc_${NAME} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  endif()
  list(TRANSFORM ARG_USES PREPEND ninc_)
  target_link_libraries(ninc_${NAME} PUBLIC ${ARG_USES} PRIVATE ninc_warnings)
  if("${NAME}" STREQUAL "support")
    target_link_libraries(ninc_${NAME} PUBLIC ${ARG_LIBRARIES})
  else()
    target_link_libraries(ninc_${NAME} PRIVATE ${ARG_LIBRARIES})
  endif()
endfunction()
