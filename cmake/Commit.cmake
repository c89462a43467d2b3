# The commit that is built, for `ninc --version` (driver/Version.h).
set(NINC_COMMIT_SOURCE ${CMAKE_BINARY_DIR}/generated/commit.c)
add_custom_target(ninc_commit_source
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DARCHIVED=${CMAKE_SOURCE_DIR}/cmake/commit.txt
          -DOUTPUT=${NINC_COMMIT_SOURCE} -P ${CMAKE_SOURCE_DIR}/cmake/WriteCommit.cmake
  BYPRODUCTS ${NINC_COMMIT_SOURCE} VERBATIM)
add_library(ninc_commit STATIC ${NINC_COMMIT_SOURCE})
add_dependencies(ninc_commit ninc_commit_source)
