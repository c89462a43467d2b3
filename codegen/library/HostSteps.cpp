#include "codegen/library/HostSteps.h"

#include <vector>

#include "codegen/program/Symbols.h"
#include "runtime/cpu/runtime.h"

namespace ninc {

namespace {

class StepsBuilder {
public:
  StepsBuilder(HostCode &code, const Program &program) : code_(code), ir_(code.ir), program_(program) {
    auto *word = code_.int32;
    dimensionType_ = llvm::StructType::create({word, word, word, word}, "halide_dimension_t");
    auto *elementType =
        llvm::StructType::create({ir_.getInt8Ty(), ir_.getInt8Ty(), ir_.getInt16Ty()}, "halide_type_t");
    // device, device_interface, host, flags, type, dimensions, dim, padding
    bufferType_ = llvm::StructType::create({code_.int64, code_.pointer, code_.pointer, code_.int64,
                                            elementType, word, code_.pointer, code_.pointer},
                                           "halide_buffer_t");
    auto *piece = llvm::StructType::get(code_.int64, code_.int64);
    contextType_ = llvm::StructType::create({code_.pointer, code_.pointer, code_.int64, word, word,
                                             llvm::ArrayType::get(piece, NINC_SCRATCH_PIECES)},
                                            "ninc_kernel_context");
    kernels_.resize(program_.kernels.size());
    buffers_.resize(program_.kernels.size());
    // Of a file there is a pointer to the numbers, which changes.
    const bool isFile = program_.weightsAreExternal;
    weights_ = new llvm::GlobalVariable(
        code_.module, isFile ? static_cast<llvm::Type *>(code_.pointer) : ir_.getInt8Ty(), !isFile,
        llvm::GlobalValue::ExternalLinkage, nullptr,
        isFile ? "ninc_external_weights" : weightSymbol(program_.interface.name)); // the module owns it
    weights_->setVisibility(llvm::GlobalValue::HiddenVisibility);
    if (!isFile) weights_->setAlignment(llvm::Align(Program::weightAlignment));
  }

  llvm::Function *build(std::size_t versionNumber, std::size_t number) {
    const Version &version = program_.versions[versionNumber];
    const Step &step = version.steps[number];
    llvm::Function *run =
        code_.function(stepSymbol(program_.interface.name, versionNumber, number, step.name), code_.runType,
                       llvm::GlobalValue::InternalLinkage);
    run->addFnAttr(llvm::Attribute::NoInline); // it exists anyway, for the descriptor
    code_.begin(run);
    llvm::Value *inputs = run->getArg(0), *outputs = run->getArg(1), *scratch = run->getArg(2);
    std::vector<llvm::Value *> arguments = {kernelContext(version, scratch, run->getArg(3))}, hosts;
    for (llvm::Value *buffer : copyBuffers(step.kernel))
      arguments.push_back(buffer);
    for (std::size_t i = 0; i < program_.kernels[step.kernel].arguments.size(); ++i)
      hosts.push_back(address(step.arguments[i], inputs, outputs, scratch));
    code_.forEach(version.group, step.images, [&](llvm::Value *image) {
      for (std::size_t i = 0; i < hosts.size(); ++i)
        code_.storeField(bufferType_, arguments[i + 1], 2,
                         code_.ofImage(hosts[i], image, step.arguments[i].imageBytes));
      llvm::Value *result = ir_.CreateCall(kernel(step.kernel), arguments);
      // Kernels are compiled without Halide's own checks, so a failed loop shows in the context alone.
      llvm::Value *loops =
          ir_.CreateLoad(code_.int32, ir_.CreateStructGEP(contextType_, arguments.front(), 4), "status");
      code_.returnIf(ir_.CreateIsNotNull(ir_.CreateOr(result, loops)), code_.status(NINC_ERROR_THREADS));
    });
    ir_.CreateRet(code_.status(NINC_OK));
    return run;
  }

private:
  // The code of a kernel, which is in an object of its own.
  llvm::Function *kernel(std::size_t number) {
    if (!kernels_[number])
      kernels_[number] = code_.declare(
          program_.kernels[number].symbol, code_.int32,
          std::vector<llvm::Type *>(program_.kernels[number].arguments.size() + 1, code_.pointer));
    return kernels_[number];
  }

  llvm::Value *address(const Location &location, llvm::Value *inputs, llvm::Value *outputs,
                       llvm::Value *scratch) {
    switch (location.base) {
    case Location::Base::input:
      return code_.element(inputs, location.index);
    case Location::Base::output:
      return code_.element(outputs, location.index);
    case Location::Base::scratch:
      return code_.bytesBeyond(scratch, location.offset);
    case Location::Base::weights:
      return code_.bytesBeyond(program_.weightsAreExternal
                                   ? static_cast<llvm::Value *>(ir_.CreateLoad(code_.pointer, weights_))
                                   : weights_,
                               location.offset);
    }
    return nullptr;
  }

  llvm::Value *kernelContext(const Version &version, llvm::Value *scratch, llvm::Value *executor) {
    llvm::Value *kernelContext = ir_.CreateAlloca(contextType_);
    code_.storeField(contextType_, kernelContext, 0, executor);
    code_.storeField(contextType_, kernelContext, 1, code_.bytesBeyond(scratch, version.scratchBytes));
    code_.storeField(contextType_, kernelContext, 2,
                     ir_.getInt64(static_cast<std::uint64_t>(version.scratchBytesPerThread)));
    code_.storeField(contextType_, kernelContext, 3, code_.word(0));
    code_.storeField(contextType_, kernelContext, 4, code_.word(0));
    return kernelContext;
  }

  // The dimensions as constant data: kernels read them and never write.
  llvm::Constant *dimensionTable(const std::vector<Dimension> &dimensions) {
    std::vector<llvm::Constant *> rows;
    for (const Dimension &dimension : dimensions)
      rows.push_back(
          llvm::ConstantStruct::get(dimensionType_, {code_.word(dimension.min), code_.word(dimension.extent),
                                                     code_.word(dimension.stride), code_.word(0)}));
    llvm::GlobalVariable *table = code_.table(dimensionType_, rows, "data.dimensions");
    table->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
    return table;
  }

  // Everything but the host pointer, which follows the image.
  llvm::Constant *bufferWithoutHost(const KernelArgument &argument) {
    auto *elementType = llvm::cast<llvm::StructType>(bufferType_->getElementType(4));
    constexpr unsigned intCode = 0, unsignedCode = 1, floatCode = 2, lanes = 1, bitsOfByte = 8;
    const unsigned code = argument.element == ElementType::i64  ? intCode
                          : argument.element == ElementType::u8 ? unsignedCode
                                                                : floatCode;
    const auto bits = static_cast<std::uint8_t>(bytesOf(argument.element) * bitsOfByte);
    llvm::Constant *element =
        llvm::ConstantStruct::get(elementType, {ir_.getInt8(code), ir_.getInt8(bits), ir_.getInt16(lanes)});
    llvm::Constant *null = llvm::ConstantPointerNull::get(code_.pointer);
    return llvm::ConstantStruct::get(bufferType_,
                                     {ir_.getInt64(0), null, null, ir_.getInt64(0), element,
                                      code_.word(static_cast<std::int64_t>(argument.dimensions.size())),
                                      dimensionTable(argument.dimensions), null});
  }

  // A kernel's buffers as constant data, the same for all steps that run it.
  llvm::GlobalVariable *buffersOf(std::size_t kernel) {
    llvm::GlobalVariable *&table = buffers_[kernel];
    if (table) return table;
    std::vector<llvm::Constant *> rows;
    for (const KernelArgument &argument : program_.kernels[kernel].arguments)
      rows.push_back(bufferWithoutHost(argument));
    return table = code_.table(bufferType_, rows, "data.buffers");
  }

  // A copy of the kernel's buffers on the stack, to be given hosts.
  std::vector<llvm::Value *> copyBuffers(std::size_t kernel) {
    llvm::GlobalVariable *table = buffersOf(kernel);
    llvm::Value *copy = ir_.CreateAlloca(table->getValueType());
    const llvm::DataLayout &layout = code_.module.getDataLayout();
    const llvm::Align alignment = layout.getABITypeAlign(bufferType_);
    ir_.CreateMemCpy(copy, alignment, table, alignment,
                     layout.getTypeAllocSize(table->getValueType()).getFixedValue());
    std::vector<llvm::Value *> buffers;
    for (std::size_t i = 0; i < program_.kernels[kernel].arguments.size(); ++i)
      buffers.push_back(ir_.CreateConstGEP1_64(bufferType_, copy, i));
    return buffers;
  }

  HostCode &code_;
  llvm::IRBuilder<> &ir_;
  const Program &program_;
  llvm::StructType *dimensionType_ = nullptr, *bufferType_ = nullptr, *contextType_ = nullptr;
  llvm::GlobalVariable *weights_ = nullptr;
  // Of each of the program's kernels; null until a step runs it.
  std::vector<llvm::Function *> kernels_;
  std::vector<llvm::GlobalVariable *> buffers_;
};

} // namespace

std::vector<std::vector<llvm::Function *>> buildSteps(HostCode &code, const Program &program) {
  StepsBuilder builder(code, program);
  std::vector<std::vector<llvm::Function *>> functions(program.versions.size());
  for (std::size_t version = 0; version < functions.size(); ++version)
    for (std::size_t i = 0; i < program.versions[version].steps.size(); ++i)
      functions[version].push_back(builder.build(version, i));
  return functions;
}

} // namespace ninc
