# LLVM inside the program, with the back ends that ninc makes code for and no others. lld names all that LLVM has, to
# register them; of those that are left out a function of that name does nothing.
set(NINC_LLVM_TARGETS X86 AArch64 ARM RISCV WebAssembly)
set(LLVM_CONFIG ${NINC_LLVM_ROOT}/bin/llvm-config)
execute_process(COMMAND ${LLVM_CONFIG} --link-static --libfiles x86 aarch64 arm riscv webassembly codegen ipo bitreader
                        bitwriter irreader linker objcopy lto option
                OUTPUT_VARIABLE LLVM_FILES OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(LLVM_FILES)
list(FILTER LLVM_FILES EXCLUDE REGEX "Polly") # an extension that its package names and doesn't bring

file(STRINGS ${NINC_LLVM_ROOT}/include/llvm/Config/Targets.def TARGETS REGEX "^LLVM_TARGET\\(")
set(STUBS "#include <llvm/Passes/PassPlugin.h>\n\nextern \"C\" {\n")
foreach(LINE ${TARGETS})
  string(REGEX REPLACE "LLVM_TARGET\\((.*)\\)" "\\1" NAME ${LINE})
  if(NOT NAME IN_LIST NINC_LLVM_TARGETS)
    foreach(PART TargetInfo Target TargetMC AsmPrinter AsmParser)
      string(APPEND STUBS "void LLVMInitialize${NAME}${PART}() {}\n")
    endforeach()
  endif()
endforeach()
string(APPEND STUBS "}\n\n// Asked for by link-time optimisation, which nobody here does.\n"
  "llvm::PassPluginLibraryInfo getPollyPluginInfo() { return {LLVM_PLUGIN_API_VERSION, \"\", \"\", [](llvm::PassBuilder &) {}}; }\n")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/LlvmStubs.cpp CONTENT "${STUBS}" @ONLY)
add_library(ninc_llvm_stubs STATIC ${CMAKE_BINARY_DIR}/generated/LlvmStubs.cpp)
target_include_directories(ninc_llvm_stubs SYSTEM PRIVATE ${NINC_LLVM_ROOT}/include)
target_link_libraries(ninc_llvm INTERFACE
  "$<LINK_GROUP:RESCAN,${LLD_ELF},${LLD_COMMON},ninc_llvm_stubs,${LLVM_FILES}>" z zstd)
target_link_options(ninc_llvm INTERFACE LINKER:--gc-sections,--as-needed)
