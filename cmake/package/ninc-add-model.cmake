# ninc_add_model(NAME MODEL file
#                [TARGETS t...] [BATCH n...] [SHAPES input=1x3x224x224...] [OUTPUTS value...]
#                [WEIGHTS external|file] [TUNE_DB file] [THREADS n] [CPU name] [PRECISION f32|f16] [EXACT]
#                [OPTIONS word...])
#
# Compiles a model into a static library NAME, to be linked like any other, with the model's header on the include
# path: MODEL net.onnx gives net.h. Relative paths are the current source folder's.
#
#   MODEL      .onnx, .nin or .prototxt; the file is there when CMake runs, or a rule of the project makes it.
#   TARGETS    what ninc's --target takes, one or several. Without it code is made for the machine that CMake's
#              toolchain is for: for this one's CPU, or, where that is another, for what all its CPUs have.
#   BATCH, SHAPES, OUTPUTS, THREADS, CPU, PRECISION, EXACT    the options of those names (`man ninc`).
#   WEIGHTS    `external`: the weights stay in a file beside the library, the target's property NINC_WEIGHTS; or the file that the model's weights are
#              in, a .caffemodel or .safetensors (--weights).
#   TUNE_DB    what `ninc tune --db file` has found. Without it the records count that ninc brings along, and never
#              the user's own: what is built depends on what the project has, not on who builds.
#   OPTIONS    words that ninc gets as they are.
#
# The library is made again when the model, a file that it names, the database or ninc itself has changed.

cmake_policy(PUSH)
cmake_policy(VERSION 3.20...3.30)

function(_ninc_fail NAME TEXT)
  message(FATAL_ERROR "ninc_add_model(${NAME}): ${TEXT}")
endfunction()

# The --target of what the toolchain compiles for.
function(_ninc_default_target NAME OUT)
  set(SYSTEMS Linux "" Android "" Windows -windows Darwin -macos Generic -none Emscripten "" WASI "")
  list(FIND SYSTEMS "${CMAKE_SYSTEM_NAME}" AT)
  if(AT EQUAL -1)
    _ninc_fail(${NAME} "ninc compiles for Linux, Windows, Darwin, WebAssembly and Generic, and this build is for ${CMAKE_SYSTEM_NAME}")
  endif()
  math(EXPR AT "${AT} + 1")
  list(GET SYSTEMS ${AT} SUFFIX)
  string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" PROCESSOR)
  string(TOLOWER "${CMAKE_HOST_SYSTEM_PROCESSOR}" HOST)
  if(CMAKE_SYSTEM_NAME MATCHES "^(Emscripten|WASI)$")
    set(${OUT} wasm32 PARENT_SCOPE)
  elseif(NOT CMAKE_CROSSCOMPILING AND PROCESSOR STREQUAL HOST)
    set(${OUT} host PARENT_SCOPE)
  elseif(PROCESSOR MATCHES "^(aarch64|arm64)$")
    set(${OUT} aarch64${SUFFIX} PARENT_SCOPE)
  elseif(PROCESSOR MATCHES "^(x86_64|amd64)$")
    set(${OUT} x86-64-v2${SUFFIX} PARENT_SCOPE)
  elseif(PROCESSOR STREQUAL "riscv64")
    set(${OUT} rv64gc${SUFFIX} PARENT_SCOPE)
  elseif(PROCESSOR MATCHES "^(cortex-m|rv32)")
    set(${OUT} "${PROCESSOR}" PARENT_SCOPE)
  else()
    _ninc_fail(${NAME} "ninc compiles for x86_64, aarch64, riscv64 and microcontrollers (cortex-m4), and CMAKE_SYSTEM_PROCESSOR is '${CMAKE_SYSTEM_PROCESSOR}'; \
TARGETS may say what that is")
  endif()
endfunction()

# A file's whole path. One that isn't there must be made by a rule.
function(_ninc_input_file NAME WORD FILE OUT)
  get_filename_component(WHOLE "${FILE}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  if(IS_DIRECTORY "${WHOLE}")
    _ninc_fail(${NAME} "${WORD}: '${WHOLE}' is a folder")
  endif()
  # Rules name their outputs in the folder of what is built.
  get_filename_component(MADE "${FILE}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
  foreach(PLACE "${WHOLE}" "${MADE}")
    get_source_file_property(IS_MADE "${PLACE}" GENERATED)
    if(EXISTS "${PLACE}" OR IS_MADE)
      set(${OUT} "${PLACE}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  _ninc_fail(${NAME} "${WORD}: there is no file '${WHOLE}', and no rule before this line makes it")
endfunction()

# Everything about the arguments, which the caller has parsed into ARG_*, that needs no other file. KNOWN: the words.
function(_ninc_check_arguments NAME KNOWN)
  if(NOT TARGET ninc::ninc)
    _ninc_fail(${NAME} "ninc::ninc isn't known in this folder; call find_package(ninc) here or above")
  endif()
  if(TARGET ${NAME})
    _ninc_fail(${NAME} "there is a target of that name already")
  endif()
  if(ARG_UNPARSED_ARGUMENTS)
    list(JOIN ARG_UNPARSED_ARGUMENTS " " WORDS)
    _ninc_fail(${NAME} "what is '${WORDS}'? It takes ${KNOWN}")
  endif()
  if(ARG_KEYWORDS_MISSING_VALUES)
    list(JOIN ARG_KEYWORDS_MISSING_VALUES ", " WORDS)
    _ninc_fail(${NAME} "nothing follows ${WORDS}")
  endif()
  if(NOT DEFINED ARG_MODEL)
    _ninc_fail(${NAME} "MODEL is missing: ninc_add_model(${NAME} MODEL model.onnx)")
  endif()
endfunction()

# The words for ninc that say how the model is read and for what it is compiled.
function(_ninc_options OUT)
  set(OPTIONS)
  foreach(WORD TARGETS BATCH OUTPUTS) # lists, as one word with commas
    if(DEFINED ARG_${WORD})
      string(TOLOWER ${WORD} OPTION)
      string(REGEX REPLACE "^targets$" "target" OPTION ${OPTION})
      list(JOIN ARG_${WORD} "," VALUE)
      list(APPEND OPTIONS --${OPTION} "${VALUE}")
    endif()
  endforeach()
  foreach(SHAPE IN LISTS ARG_SHAPES)
    list(APPEND OPTIONS --shape "${SHAPE}")
  endforeach()
  foreach(WORD THREADS CPU PRECISION)
    if(DEFINED ARG_${WORD})
      string(TOLOWER ${WORD} OPTION)
      list(APPEND OPTIONS --${OPTION} "${ARG_${WORD}}")
    endif()
  endforeach()
  if(ARG_EXACT)
    list(APPEND OPTIONS --exact)
  endif()
  set(${OUT} "${OPTIONS}" PARENT_SCOPE)
endfunction()

# Those about files, with the files that a change of which makes the library anew.
function(_ninc_file_options NAME OUT FILES)
  set(OPTIONS)
  set(INPUTS)
  if("${ARG_WEIGHTS}" STREQUAL "external")
    list(APPEND OPTIONS --weights external)
  elseif(DEFINED ARG_WEIGHTS)
    _ninc_input_file(${NAME} WEIGHTS "${ARG_WEIGHTS}" FILE)
    list(APPEND OPTIONS --weights "${FILE}")
    list(APPEND INPUTS "${FILE}")
  endif()
  if(DEFINED ARG_TUNE_DB)
    _ninc_input_file(${NAME} TUNE_DB "${ARG_TUNE_DB}" FILE)
    list(APPEND OPTIONS --db "${FILE}")
    list(APPEND INPUTS "${FILE}")
  else()
    list(APPEND OPTIONS --db /dev/null)
  endif()
  set(${OUT} "${OPTIONS}" PARENT_SCOPE)
  set(${FILES} "${INPUTS}" PARENT_SCOPE)
endfunction()

function(ninc_add_model NAME)
  set(FLAGS EXACT)
  set(WORDS MODEL WEIGHTS TUNE_DB THREADS CPU PRECISION)
  set(LISTS TARGETS BATCH SHAPES OUTPUTS OPTIONS)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "${FLAGS}" "${WORDS}" "${LISTS}")
  list(JOIN WORDS ", " KNOWN)
  list(JOIN LISTS ", " KNOWN_LISTS)
  _ninc_check_arguments(${NAME} "${KNOWN}, ${KNOWN_LISTS} and ${FLAGS}")
  if(NOT DEFINED ARG_TARGETS)
    _ninc_default_target(${NAME} ARG_TARGETS)
  endif()
  _ninc_input_file(${NAME} MODEL "${ARG_MODEL}" MODEL)
  _ninc_options(OPTIONS)
  _ninc_file_options(${NAME} FILE_OPTIONS FILES)

  # A folder of its own, so that two models of one file name, for two targets say, don't meet.
  set(FOLDER "${CMAKE_CURRENT_BINARY_DIR}/ninc/${NAME}")
  file(MAKE_DIRECTORY "${FOLDER}")
  get_filename_component(STEM "${MODEL}" NAME_WLE)
  set(OBJECT "${FOLDER}/${STEM}.o")
  list(JOIN ARG_TARGETS ", " TARGETS)
  set(WEIGHTS)
  if("${ARG_WEIGHTS}" STREQUAL "external")
    set(WEIGHTS "${FOLDER}/${STEM}.weights")
  endif()
  add_custom_command(OUTPUT "${OBJECT}" "${FOLDER}/${STEM}.h" ${WEIGHTS}
    COMMAND ninc::ninc "${MODEL}" -o "${OBJECT}" -MD ${OPTIONS} ${FILE_OPTIONS} ${ARG_OPTIONS}
    DEPENDS "$<TARGET_FILE:ninc::ninc>" "${MODEL}" ${FILES}
    DEPFILE "${FOLDER}/${STEM}.d"
    COMMENT "Compiling the model ${STEM} for ${TARGETS}"
    VERBATIM)

  add_library(${NAME} STATIC "${OBJECT}" "${FOLDER}/${STEM}.h")
  get_property(LANGUAGES GLOBAL PROPERTY ENABLED_LANGUAGES)
  if("CXX" IN_LIST LANGUAGES)
    set_target_properties(${NAME} PROPERTIES LINKER_LANGUAGE CXX)
  else()
    set_target_properties(${NAME} PROPERTIES LINKER_LANGUAGE C)
  endif()
  set_target_properties(${NAME} PROPERTIES NINC_WEIGHTS "${WEIGHTS}")
  target_include_directories(${NAME} SYSTEM INTERFACE "$<BUILD_INTERFACE:${FOLDER}>")
  # A library with code for a device opens the driver itself; under other systems none has threads.
  if(CMAKE_SYSTEM_NAME MATCHES "^(Linux|Android)$")
    target_link_libraries(${NAME} INTERFACE Threads::Threads ${CMAKE_DL_LIBS})
  endif()
endfunction()

cmake_policy(POP)
