# cmake -DSOURCE=folder -DARCHIVED=file -DOUTPUT=file.c -P WriteCommit.cmake: the commit that the sources are of, as a C
# string `ninc_commit`. It is asked at every build, since a commit changes no file that a build would look at, and
# written only where it differs, so that nothing is compiled again for nothing.
cmake_minimum_required(VERSION 3.25)
set(COMMIT unknown)
# `git archive` has put the commit into this file; in a clone it holds the placeholder still.
file(STRINGS ${ARCHIVED} LINE REGEX "^[0-9a-f]+$")
if(LINE)
  string(SUBSTRING ${LINE} 0 12 COMMIT)
endif()
find_program(GIT git)
if(GIT)
  # Another repository's commit, which these sources were unpacked into, is not ours.
  execute_process(COMMAND ${GIT} rev-parse --show-prefix WORKING_DIRECTORY ${SOURCE}
                  RESULT_VARIABLE FAILURE OUTPUT_VARIABLE PREFIX OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT FAILURE AND PREFIX STREQUAL "")
    execute_process(COMMAND ${GIT} describe --always --abbrev=12 --exclude=* --dirty=+changes
                    WORKING_DIRECTORY ${SOURCE} RESULT_VARIABLE FAILURE OUTPUT_VARIABLE DESCRIBED
                    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT FAILURE)
      set(COMMIT ${DESCRIBED})
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "const char ninc_commit[] = \"@COMMIT@\";\n" @ONLY)
