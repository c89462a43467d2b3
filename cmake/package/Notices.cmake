# The notices of packages, as their distribution has them: whoever passes their work on passes these on.

# The Debian package that a file is of; nothing if there is none.
function(ninc_package_of FILE OUT)
  set(${OUT} "" PARENT_SCOPE)
  find_program(DPKG_QUERY dpkg-query)
  if(NOT DPKG_QUERY)
    return()
  endif()
  get_filename_component(REAL ${FILE} REALPATH)
  # What lies in /usr/lib is registered as being in /lib where these are one folder, and the other way round.
  string(REGEX REPLACE "^/usr/lib" "/lib" WITHOUT_USR ${REAL})
  foreach(PLACE ${REAL} ${WITHOUT_USR} "/usr${REAL}")
    execute_process(COMMAND ${DPKG_QUERY} --search ${PLACE} OUTPUT_VARIABLE FOUND ERROR_QUIET RESULT_VARIABLE FAILURE)
    if(NOT FAILURE)
      string(REGEX REPLACE "^([^:, ]+).*" "\\1" PACKAGE ${FOUND})
      set(${OUT} ${PACKAGE} PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# Adds a notice to the file NOTICES. Packages of one source share theirs: then the later ones are only named.
function(ninc_add_text NOTICES TITLE FILE)
  file(SHA256 ${FILE} HASH)
  get_property(EARLIER GLOBAL PROPERTY NINC_NOTICE_${HASH})
  if(EARLIER)
    set(TEXT "The same as for ${EARLIER}.\n")
  else()
    file(READ ${FILE} TEXT)
    set_property(GLOBAL PROPERTY NINC_NOTICE_${HASH} "${TITLE}")
  endif()
  file(APPEND ${NOTICES} "\n======== ${TITLE}\n\n${TEXT}")
endfunction()

# Adds the notice of the package that FILE is of, which is called TITLE here. One that can't be found is told, here and
# in the text.
function(ninc_add_notice NOTICES TITLE FILE)
  ninc_package_of(${FILE} PACKAGE)
  set(NOTICE /usr/share/doc/${PACKAGE}/copyright)
  if(PACKAGE AND EXISTS ${NOTICE})
    ninc_add_text(${NOTICES} "${TITLE} (${PACKAGE})" ${NOTICE})
  else()
    message(WARNING "there is no notice for ${TITLE} (${FILE}): look for its licence before you pass the package on")
    file(APPEND ${NOTICES} "\n======== ${TITLE}\n\nIts licence isn't told by the package that it was taken from.\n")
  endif()
endfunction()

# Adds the licences that notices refer to by their place on Debian.
function(ninc_add_common_licences NOTICES)
  file(READ ${NOTICES} TEXT)
  string(REGEX MATCHALL "/usr/share/common-licenses/[A-Za-z]+(-[0-9]+(\\.[0-9]+)?)?" LICENCES "${TEXT}")
  list(REMOVE_DUPLICATES LICENCES)
  foreach(LICENCE IN LISTS LICENCES)
    if(EXISTS ${LICENCE} AND NOT IS_DIRECTORY ${LICENCE})
      ninc_add_text(${NOTICES} ${LICENCE} ${LICENCE})
    endif()
  endforeach()
endfunction()
