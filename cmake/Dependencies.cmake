# Everything from outside, each behind one target. Headers of packages are SYSTEM: our warnings are for our code.

find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED)          # Boost.Graph is header-only
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_path(TL_EXPECTED_INCLUDE tl/expected.hpp REQUIRED)
find_package(PNG 1.6.32 REQUIRED)          # which reads eXIf
find_package(JPEG REQUIRED)
find_package(ZLIB REQUIRED)                # its CRC-32

# ONNX's schema as its package has compiled it, and the protobuf that it was compiled for.
find_path(NINC_ONNX_INCLUDE onnx/onnx_pb.h REQUIRED DOC "Folder of onnx/onnx_pb.h (Debian: libonnx-dev)")
find_library(NINC_ONNX_LIBRARY onnx_proto REQUIRED DOC "ONNX's schema (Debian: libonnx-dev)")
find_library(NINC_PROTOBUF_LIBRARY protobuf REQUIRED DOC "protobuf (Debian: libprotobuf-dev)")
add_library(ninc_onnx INTERFACE)
target_include_directories(ninc_onnx SYSTEM INTERFACE ${NINC_ONNX_INCLUDE})
target_link_libraries(ninc_onnx INTERFACE ${NINC_ONNX_LIBRARY} ${NINC_PROTOBUF_LIBRARY})

# Caffe's nets, compiled for the same protobuf.
find_program(NINC_PROTOC protoc REQUIRED DOC "protobuf's compiler (Debian: protobuf-compiler)")
set(NINC_CAFFE_GENERATED ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${NINC_CAFFE_GENERATED})
add_custom_command(OUTPUT ${NINC_CAFFE_GENERATED}/Net.pb.cc ${NINC_CAFFE_GENERATED}/Net.pb.h
  COMMAND ${NINC_PROTOC} --proto_path=${CMAKE_SOURCE_DIR}/frontend/caffe --cpp_out=${NINC_CAFFE_GENERATED} Net.proto
  DEPENDS ${CMAKE_SOURCE_DIR}/frontend/caffe/Net.proto VERBATIM)
add_library(ninc_caffe STATIC ${NINC_CAFFE_GENERATED}/Net.pb.cc ${NINC_CAFFE_GENERATED}/Net.pb.h)
target_include_directories(ninc_caffe SYSTEM PUBLIC ${NINC_CAFFE_GENERATED})
target_link_libraries(ninc_caffe PUBLIC ${NINC_PROTOBUF_LIBRARY})

add_library(ninc_libraries INTERFACE)
target_include_directories(ninc_libraries SYSTEM INTERFACE ${TL_EXPECTED_INCLUDE} ${Boost_INCLUDE_DIRS})
target_link_libraries(ninc_libraries INTERFACE fmt::fmt nlohmann_json::nlohmann_json PNG::PNG JPEG::JPEG ZLIB::ZLIB Threads::Threads)

# Halide comes as a Python wheel whose own CMake package wants a newer CMake than Debian 12 has, so the
# library is taken by its path. NINC_HALIDE_ROOT holds include/Halide.h and lib64/libHalide.so; scripts/setup
# puts the wheel into .deps/.
if(SKBUILD) # the wheel is among what the package's build asks for
  execute_process(COMMAND ${Python_EXECUTABLE} -c "import importlib.util as u; print(u.find_spec('halide').submodule_search_locations[0])"
                  OUTPUT_VARIABLE NINC_HALIDE_GUESS OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
else()
  file(GLOB NINC_HALIDE_GUESS ${CMAKE_SOURCE_DIR}/.deps/python/lib/python3*/site-packages/halide)
endif()
set(NINC_HALIDE_ROOT "${NINC_HALIDE_GUESS}" CACHE PATH "Folder of the Halide wheel's include/ and lib64/")
find_path(HALIDE_INCLUDE Halide.h HINTS ${NINC_HALIDE_ROOT}/include NO_DEFAULT_PATH REQUIRED)
find_library(HALIDE_LIBRARY Halide HINTS ${NINC_HALIDE_ROOT}/lib64 ${NINC_HALIDE_ROOT}/lib NO_DEFAULT_PATH REQUIRED)
add_library(ninc_halide SHARED IMPORTED)
set_target_properties(ninc_halide PROPERTIES IMPORTED_LOCATION ${HALIDE_LIBRARY}
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${HALIDE_INCLUDE} INTERFACE_INCLUDE_DIRECTORIES ${HALIDE_INCLUDE})

# LLVM 19: the shared library for code generation, unless all of it is to be inside; lld and the object-copy library are
# static and use it.
set(NINC_LLVM_ROOT /usr/lib/llvm-19 CACHE PATH "LLVM 19 installation prefix")
option(NINC_STATIC_LLVM "LLVM inside the program: what the Python wheel has" OFF)
find_library(LLD_ELF lldELF HINTS ${NINC_LLVM_ROOT}/lib REQUIRED)
find_library(LLD_COMMON lldCommon HINTS ${NINC_LLVM_ROOT}/lib REQUIRED)
add_library(ninc_llvm INTERFACE)
target_include_directories(ninc_llvm SYSTEM INTERFACE ${NINC_LLVM_ROOT}/include)
add_library(ninc_lld INTERFACE)
if(NINC_STATIC_LLVM)
  include(StaticLlvm)
  target_link_libraries(ninc_lld INTERFACE ninc_llvm)
else()
  find_library(LLVM_LIBRARY NAMES LLVM-19 HINTS ${NINC_LLVM_ROOT}/lib REQUIRED)
  target_link_libraries(ninc_llvm INTERFACE ${LLVM_LIBRARY})
  target_link_libraries(ninc_lld INTERFACE ${LLD_ELF} ${LLD_COMMON} ninc_llvm z zstd)
endif()

# OpenCL's declarations; the library itself is opened at run time.
find_path(NINC_OPENCL_INCLUDE CL/cl.h REQUIRED DOC "Folder of CL/cl.h (Debian: opencl-headers)")
add_library(ninc_opencl_headers INTERFACE)
target_include_directories(ninc_opencl_headers SYSTEM INTERFACE ${NINC_OPENCL_INCLUDE})
