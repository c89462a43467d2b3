# Programs in C that are tested as they are, and once for each sanitizer that can find what threads get wrong.
include(CheckCSourceRuns)

# Calls FUNCTION(plain), and FUNCTION(NAME FLAGS...) for each sanitizer that runs here; of one that doesn't, says that the
# test TESTS.NAME is left out.
function(ninc_with_sanitizers FUNCTION TESTS)
  cmake_language(CALL ${FUNCTION} plain)
  foreach(SANITIZER thread address,undefined)
    string(REPLACE "," "_" NAME ${SANITIZER})
    set(CMAKE_REQUIRED_FLAGS -fsanitize=${SANITIZER})
    check_c_source_runs("int main(void) { return 0; }" NINC_RUNS_WITH_${NAME})
    if(NINC_RUNS_WITH_${NAME})
      cmake_language(CALL ${FUNCTION} ${NAME} -fsanitize=${SANITIZER} -fno-sanitize-recover=all)
    else()
      message(STATUS "ninc: programs built with -fsanitize=${SANITIZER} don't run here: test ${TESTS}.${NAME} is left out")
    endif()
  endforeach()
endfunction()
