// What is emitted, in C (M is the model's name; names with dots begin with "ninc.", see Symbols.h):
//
//   static int M.step0.stage1(inputs, outputs, scratch, executor) {    // one a step
//     struct ninc_kernel_context context = {executor, scratch + scratch_bytes, slice_bytes, 0, 0};
//     halide_buffer_t buffers[] = a copy of a constant with all but the hosts;
//     for (image = 0; image < group; image += images)                  // no loop if the kernel computes all
//       set the hosts to inputs[0], M.weights + 0, ...;
//       if (M.kernel0.stage1(&context, &buffers[0], &buffers[1], ...) | context.status)
//         return NINC_ERROR_THREADS;
//     return NINC_OK;
//   }
//   static int run(inputs, outputs, scratch, executor) {
//     check arguments, then the CPU;
//     for (image = 0; image < batch; image += group)                   // no loop if the group is the batch
//       for each step of a table: call it, add its time if executor->kernel_ns is set, leave on an error;
//   }
//   int M_run(const float *image, float *prob, void *scratch, const ninc_executor *executor) {
//     return run((const void *[]){image}, (void *[]){prob}, scratch, executor);
//   }
//
// A model may have thousands of steps: what there is of each is small, and no function grows with them, since
// LLVM's time for one does more than that.
#include "codegen/library/HostModule.h"

#include <fmt/format.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <map>

#include "codegen/library/Descriptor.h"
#include "codegen/library/DeviceTables.h"
#include "codegen/library/NativeEmission.h"
#include "codegen/program/Symbols.h"
#include "runtime/cpu/runtime.h"

namespace ninc {

namespace {

int cpuLevel(Isa isa) {
  switch (isa) {
  case Isa::x86_64_v2:
    return NINC_CPU_X86_64_V2;
  case Isa::x86_64_v3:
    return NINC_CPU_X86_64_V3;
  case Isa::x86_64_v4:
    return NINC_CPU_X86_64_V4;
  case Isa::neon:
    return NINC_CPU_ANY;
  }
  return NINC_CPU_ANY;
}

class HostModuleBuilder {
public:
  HostModuleBuilder(llvm::Module &module, const Program &program)
      : context_(module.getContext()), program_(program), module_(module), builder_(context_),
        pointer_(builder_.getPtrTy()), int32_(builder_.getInt32Ty()), int64_(builder_.getInt64Ty()) {
    dimensionType_ = llvm::StructType::create({int32_, int32_, int32_, int32_}, "halide_dimension_t");
    auto *elementType = llvm::StructType::create(
        {builder_.getInt8Ty(), builder_.getInt8Ty(), builder_.getInt16Ty()}, "halide_type_t");
    // device, device_interface, host, flags, type, dimensions, dim, padding
    bufferType_ = llvm::StructType::create(
        {int64_, pointer_, pointer_, int64_, elementType, int32_, pointer_, pointer_}, "halide_buffer_t");
    auto *piece = llvm::StructType::get(int64_, int64_);
    contextType_ = llvm::StructType::create(
        {pointer_, pointer_, int64_, int32_, int32_, llvm::ArrayType::get(piece, NINC_SCRATCH_PIECES)},
        "ninc_kernel_context");
    runType_ = llvm::FunctionType::get(int32_, {pointer_, pointer_, pointer_, pointer_}, false);
  }

  void build(HostModuleForm form) {
    declareExternals();
    DescriptorFunctions functions;
    for (std::size_t i = 0; i < program_.steps.size(); ++i)
      functions.steps.push_back(buildStep(i));
    llvm::Function *run = buildGenericRun(functions.steps);
    buildTypedRun(run);

    const std::vector<std::string> names = interfaceSymbols(program_);
    llvm::Function *supported = buildForwarder(names[2], cpuCheck_, {}, {cpuLevelConstant()});
    buildForwarder(names[3], statusText_, {int32_}, {});
    buildForwarder(names[4], teamCreate_, {int32_, pointer_}, {});
    buildForwarder(names[5], teamDestroy_, {pointer_}, {});

    functions.supported = supported;
    functions.run = run;
    functions.statusText = statusText_;
    functions.teamCreate = teamCreate_;
    functions.teamDestroy = teamDestroy_;
    llvm::GlobalVariable *deviceModel = nullptr;
    if (!program_.devices.empty()) {
      deviceModel = declareDeviceModel(module_, program_);
      functions.device = buildDeviceFunctions(deviceModel);
    }
    const Descriptor descriptor = buildDescriptor(module_, program_, functions);
    if (deviceModel) defineDeviceModel(deviceModel, program_, descriptor.model, descriptor.deviceHalves);
    buildModelFunction(names[1], descriptor.model, form);
  }

private:
  llvm::Function *function(const std::string &name, llvm::FunctionType *type,
                           llvm::GlobalValue::LinkageTypes linkage) {
    llvm::Function *function = llvm::Function::Create(type, linkage, name, module_);
    function->setDoesNotThrow();
    function->setUWTableKind(llvm::UWTableKind::Async); // backtraces and profilers see through run
    return function;
  }

  // A function of the runtime or a kernel: defined elsewhere in the same library.
  llvm::Function *declare(const std::string &name, llvm::Type *result,
                          llvm::ArrayRef<llvm::Type *> parameters) {
    llvm::Function *declared = function(name, llvm::FunctionType::get(result, parameters, false),
                                        llvm::GlobalValue::ExternalLinkage);
    declared->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return declared;
  }

  void declareExternals() {
    cpuCheck_ = declare("ninc_cpu_check", int32_, {int32_});
    clock_ = declare("ninc_clock_ns", int64_, {});
    statusText_ = declare("ninc_status_text", pointer_, {int32_});
    teamCreate_ = declare("ninc_team_create", pointer_, {int32_, pointer_});
    teamDestroy_ = declare("ninc_team_destroy", builder_.getVoidTy(), {pointer_});
    for (const Kernel &kernel : program_.kernels)
      kernels_.push_back(
          declare(kernel.symbol, int32_, std::vector<llvm::Type *>(kernel.arguments.size() + 1, pointer_)));
    weights_ =
        new llvm::GlobalVariable(module_, builder_.getInt8Ty(), true, llvm::GlobalValue::ExternalLinkage,
                                 nullptr, weightSymbol(program_.name)); // the module owns it
    weights_->setVisibility(llvm::GlobalValue::HiddenVisibility);
    weights_->setAlignment(llvm::Align(Program::weightAlignment));
  }

  void beginBody(llvm::Function *function) {
    builder_.SetInsertPoint(llvm::BasicBlock::Create(context_, "entry", function));
  }

  llvm::Value *cpuLevelConstant() {
    return builder_.getInt32(static_cast<unsigned>(cpuLevel(program_.target.isa)));
  }
  llvm::Value *status(ninc_status value) { return builder_.getInt32(value); }
  llvm::Value *bytesBeyond(llvm::Value *pointer, std::int64_t bytes) {
    return bytes == 0 ? pointer
                      : builder_.CreateConstGEP1_64(builder_.getInt8Ty(), pointer,
                                                    static_cast<std::uint64_t>(bytes));
  }
  // array[index], an array of pointers
  llvm::Value *element(llvm::Value *array, std::size_t index) {
    return builder_.CreateLoad(pointer_, builder_.CreateConstGEP1_64(pointer_, array, index));
  }
  void storeField(llvm::StructType *type, llvm::Value *structure, unsigned field, llvm::Value *value) {
    builder_.CreateStore(value, builder_.CreateStructGEP(type, structure, field));
  }

  llvm::Value *address(const Location &location, llvm::Value *inputs, llvm::Value *outputs,
                       llvm::Value *scratch) {
    switch (location.base) {
    case Location::Base::input:
      return element(inputs, location.index);
    case Location::Base::output:
      return element(outputs, location.index);
    case Location::Base::scratch:
      return bytesBeyond(scratch, location.offset);
    case Location::Base::weights:
      return bytesBeyond(weights_, location.offset);
    }
    return nullptr;
  }

  // The dimensions as constant data: kernels read them and never write.
  llvm::Constant *dimensionTable(const std::vector<Dimension> &dimensions) {
    std::vector<llvm::Constant *> rows;
    for (const Dimension &dimension : dimensions)
      rows.push_back(llvm::ConstantStruct::get(
          dimensionType_, {word(dimension.min), word(dimension.extent), word(dimension.stride), word(0)}));
    auto *type = llvm::ArrayType::get(dimensionType_, rows.size());
    auto *table =
        new llvm::GlobalVariable(module_, type, true, llvm::GlobalValue::InternalLinkage,
                                 llvm::ConstantArray::get(type, rows), "data.dimensions"); // owned likewise
    table->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
    return table;
  }
  llvm::Constant *word(std::int64_t value) { return llvm::ConstantInt::getSigned(int32_, value); }

  // Everything but the host pointer, which follows the image.
  llvm::Constant *bufferWithoutHost(const KernelArgument &argument) {
    auto *elementType = llvm::cast<llvm::StructType>(bufferType_->getElementType(4));
    constexpr unsigned floatCode = 2, bits = 32, lanes = 1;
    llvm::Constant *element = llvm::ConstantStruct::get(
        elementType, {builder_.getInt8(floatCode), builder_.getInt8(bits), builder_.getInt16(lanes)});
    llvm::Constant *null = llvm::ConstantPointerNull::get(pointer_);
    return llvm::ConstantStruct::get(bufferType_,
                                     {builder_.getInt64(0), null, null, builder_.getInt64(0), element,
                                      word(static_cast<std::int64_t>(argument.dimensions.size())),
                                      dimensionTable(argument.dimensions), null});
  }

  // A kernel's buffers as constant data, the same for all steps that run it.
  llvm::GlobalVariable *buffersOf(std::size_t kernel) {
    llvm::GlobalVariable *&table = buffers_[kernel];
    if (table) return table;
    std::vector<llvm::Constant *> rows;
    for (const KernelArgument &argument : program_.kernels[kernel].arguments)
      rows.push_back(bufferWithoutHost(argument));
    auto *type = llvm::ArrayType::get(bufferType_, rows.size());
    table = new llvm::GlobalVariable(module_, type, true, llvm::GlobalValue::InternalLinkage,
                                     llvm::ConstantArray::get(type, rows), "data.buffers"); // owned likewise
    return table;
  }

  // A copy of the kernel's buffers on the stack, to be given hosts.
  std::vector<llvm::Value *> copyBuffers(std::size_t kernel) {
    llvm::GlobalVariable *table = buffersOf(kernel);
    llvm::Value *copy = builder_.CreateAlloca(table->getValueType());
    const llvm::DataLayout &layout = module_.getDataLayout();
    const llvm::Align alignment = layout.getABITypeAlign(bufferType_);
    builder_.CreateMemCpy(copy, alignment, table, alignment,
                          layout.getTypeAllocSize(table->getValueType()).getFixedValue());
    std::vector<llvm::Value *> buffers;
    for (std::size_t i = 0; i < program_.kernels[kernel].arguments.size(); ++i)
      buffers.push_back(builder_.CreateConstGEP1_64(bufferType_, copy, i));
    return buffers;
  }

  llvm::Value *buildKernelContext(llvm::Value *scratch, llvm::Value *executor) {
    llvm::Value *kernelContext = builder_.CreateAlloca(contextType_);
    storeField(contextType_, kernelContext, 0, executor);
    storeField(contextType_, kernelContext, 1, bytesBeyond(scratch, program_.scratchBytes));
    storeField(contextType_, kernelContext, 2,
               builder_.getInt64(static_cast<std::uint64_t>(program_.scratchBytesPerThread)));
    storeField(contextType_, kernelContext, 3, word(0));
    storeField(contextType_, kernelContext, 4, word(0));
    return kernelContext;
  }

  llvm::Function *buildStep(std::size_t number) {
    const Step &step = program_.steps[number];
    llvm::Function *run =
        function(stepSymbol(program_.name, number, step.name), runType_, llvm::GlobalValue::InternalLinkage);
    run->addFnAttr(llvm::Attribute::NoInline); // it exists anyway, for the descriptor
    beginBody(run);
    llvm::Value *inputs = run->getArg(0), *outputs = run->getArg(1), *scratch = run->getArg(2);
    const Kernel &kernel = program_.kernels[step.kernel];
    std::vector<llvm::Value *> arguments = {buildKernelContext(scratch, run->getArg(3))}, hosts;
    for (llvm::Value *buffer : copyBuffers(step.kernel))
      arguments.push_back(buffer);
    for (std::size_t i = 0; i < kernel.arguments.size(); ++i)
      hosts.push_back(address(step.arguments[i], inputs, outputs, scratch));
    forEach(program_.group, step.images, [&](llvm::Value *image) {
      for (std::size_t i = 0; i < hosts.size(); ++i)
        storeField(bufferType_, arguments[i + 1], 2, ofImage(hosts[i], image, step.arguments[i].imageBytes));
      llvm::Value *result = builder_.CreateCall(kernels_[step.kernel], arguments);
      // Kernels are compiled without Halide's own checks, so a failed loop shows in the context alone.
      llvm::Value *loops =
          builder_.CreateLoad(int32_, builder_.CreateStructGEP(contextType_, arguments.front(), 4), "status");
      returnIf(builder_.CreateIsNotNull(builder_.CreateOr(result, loops)), status(NINC_ERROR_THREADS));
    });
    builder_.CreateRet(status(NINC_OK));
    return run;
  }

  // The address of image number `image` in a tensor that starts at `first`.
  llvm::Value *ofImage(llvm::Value *first, llvm::Value *image, std::int64_t imageBytes) {
    llvm::Value *offset =
        builder_.CreateMul(image, builder_.getInt64(static_cast<std::uint64_t>(imageBytes)));
    return builder_.CreateGEP(builder_.getInt8Ty(), first, offset);
  }

  // for (i = 0; i < count; i += step) body(i); no loop where one turn is all. `step` divides `count`.
  template <class Body>
  void forEach(std::int64_t count, std::int64_t step, Body body) {
    if (count == step) {
      body(builder_.getInt64(0));
      return;
    }
    auto *before = builder_.GetInsertBlock();
    llvm::Function *function = before->getParent();
    auto *loop = llvm::BasicBlock::Create(context_, "loop", function);
    builder_.CreateBr(loop);
    builder_.SetInsertPoint(loop);
    llvm::PHINode *index = builder_.CreatePHI(int64_, 2);
    index->addIncoming(builder_.getInt64(0), before);
    body(index);
    llvm::Value *next = builder_.CreateAdd(index, builder_.getInt64(static_cast<std::uint64_t>(step)));
    index->addIncoming(next, builder_.GetInsertBlock());
    auto *done = llvm::BasicBlock::Create(context_, "done", function);
    builder_.CreateCondBr(builder_.CreateICmpULT(next, builder_.getInt64(static_cast<std::uint64_t>(count))),
                          loop, done);
    builder_.SetInsertPoint(done);
  }

  // Leaves the function with `code` if the condition holds.
  void returnIf(llvm::Value *condition, llvm::Value *code) {
    llvm::Function *function = builder_.GetInsertBlock()->getParent();
    auto *leave = llvm::BasicBlock::Create(context_, "leave", function);
    auto *next = llvm::BasicBlock::Create(context_, "next", function);
    builder_.CreateCondBr(condition, leave, next);
    builder_.SetInsertPoint(leave);
    builder_.CreateRet(code);
    builder_.SetInsertPoint(next);
  }

  void checkPointer(llvm::Value *pointer, std::int64_t alignment) {
    returnIf(builder_.CreateIsNull(pointer), status(NINC_ERROR_NULL_ARGUMENT));
    llvm::Value *low = builder_.CreateAnd(builder_.CreatePtrToInt(pointer, int64_),
                                          builder_.getInt64(static_cast<std::uint64_t>(alignment - 1)));
    returnIf(builder_.CreateIsNotNull(low), status(NINC_ERROR_MISALIGNED));
  }

  void checkArguments(llvm::Value *inputs, llvm::Value *outputs, llvm::Value *scratch) {
    const auto checkAll = [&](llvm::Value *array, const std::vector<NamedTensor> &tensors) {
      if (tensors.empty()) return;
      returnIf(builder_.CreateIsNull(array), status(NINC_ERROR_NULL_ARGUMENT));
      forEach(static_cast<std::int64_t>(tensors.size()), 1, [&](llvm::Value *i) {
        llvm::Value *tensor = builder_.CreateLoad(pointer_, builder_.CreateGEP(pointer_, array, i));
        checkPointer(tensor, sizeof(float)); // all that goes in and out is f32
      });
    };
    checkAll(inputs, program_.inputs);
    checkAll(outputs, program_.outputs);
    if (program_.scratchBytes + program_.scratchBytesPerThread > 0)
      checkPointer(scratch, Program::scratchAlignment);
  }

  // executor ? executor->kernel_ns : NULL
  llvm::Value *loadTimes(llvm::Value *executor) {
    auto *executorType = llvm::StructType::get(pointer_, pointer_, int32_, pointer_);
    llvm::Function *function = builder_.GetInsertBlock()->getParent();
    auto *before = builder_.GetInsertBlock();
    auto *present = llvm::BasicBlock::Create(context_, "executor", function);
    auto *join = llvm::BasicBlock::Create(context_, "times", function);
    builder_.CreateCondBr(builder_.CreateIsNull(executor), join, present);
    builder_.SetInsertPoint(present);
    llvm::Value *loaded = builder_.CreateLoad(pointer_, builder_.CreateStructGEP(executorType, executor, 3));
    builder_.CreateBr(join);
    builder_.SetInsertPoint(join);
    llvm::PHINode *times = builder_.CreatePHI(pointer_, 2);
    times->addIncoming(llvm::ConstantPointerNull::get(pointer_), before);
    times->addIncoming(loaded, present);
    return times;
  }

  // The clock if times are wanted, else 0.
  llvm::Value *timeIfWanted(llvm::Value *wanted) {
    llvm::Function *function = builder_.GetInsertBlock()->getParent();
    auto *before = builder_.GetInsertBlock();
    auto *ask = llvm::BasicBlock::Create(context_, "ask", function);
    auto *join = llvm::BasicBlock::Create(context_, "asked", function);
    builder_.CreateCondBr(wanted, ask, join);
    builder_.SetInsertPoint(ask);
    llvm::Value *now = builder_.CreateCall(clock_, {});
    builder_.CreateBr(join);
    builder_.SetInsertPoint(join);
    llvm::PHINode *time = builder_.CreatePHI(int64_, 2);
    time->addIncoming(builder_.getInt64(0), before);
    time->addIncoming(now, ask);
    return time;
  }

  void addTime(llvm::Value *wanted, llvm::Value *times, llvm::Value *step, llvm::Value *start) {
    llvm::Function *function = builder_.GetInsertBlock()->getParent();
    auto *add = llvm::BasicBlock::Create(context_, "add", function);
    auto *join = llvm::BasicBlock::Create(context_, "added", function);
    builder_.CreateCondBr(wanted, add, join);
    builder_.SetInsertPoint(add);
    llvm::Value *counter = builder_.CreateGEP(int64_, times, step);
    llvm::Value *spent = builder_.CreateSub(builder_.CreateCall(clock_, {}), start);
    builder_.CreateStore(builder_.CreateAdd(builder_.CreateLoad(int64_, counter), spent), counter);
    builder_.CreateBr(join);
    builder_.SetInsertPoint(join);
  }

  void runSteps(const std::vector<llvm::Function *> &steps, llvm::Value *inputs, llvm::Value *outputs,
                llvm::Value *scratch, llvm::Value *executor, llvm::Value *times) {
    if (steps.empty()) return;
    llvm::Value *wanted = builder_.CreateIsNotNull(times);
    llvm::Constant *table = stepTable(steps);
    forEach(static_cast<std::int64_t>(steps.size()), 1, [&](llvm::Value *step) {
      llvm::Value *start = timeIfWanted(wanted);
      llvm::Value *run = builder_.CreateLoad(pointer_, builder_.CreateGEP(pointer_, table, step), "step");
      llvm::Value *result = builder_.CreateCall(runType_, run, {inputs, outputs, scratch, executor});
      returnIf(builder_.CreateIsNotNull(result), result);
      addTime(wanted, times, step, start);
    });
  }

  llvm::Constant *stepTable(const std::vector<llvm::Function *> &steps) {
    auto *type = llvm::ArrayType::get(pointer_, steps.size());
    return new llvm::GlobalVariable(
        module_, type, true, llvm::GlobalValue::InternalLinkage,
        llvm::ConstantArray::get(type, std::vector<llvm::Constant *>(steps.begin(), steps.end())),
        privateSymbol(program_.name, "steps")); // owned likewise
  }

  // Fills `shifted` with the addresses of image number `image` in each tensor.
  void addressImage(llvm::Value *shifted, llvm::Value *array, const std::vector<NamedTensor> &tensors,
                    llvm::Value *image) {
    for (std::size_t i = 0; i < tensors.size(); ++i)
      builder_.CreateStore(ofImage(element(array, i), image, byteCount(tensors[i].type)),
                           builder_.CreateConstGEP1_64(pointer_, shifted, i));
  }

  llvm::Value *pointerArray(std::size_t count) {
    return builder_.CreateAlloca(llvm::ArrayType::get(pointer_, count));
  }

  llvm::Function *buildGenericRun(const std::vector<llvm::Function *> &steps) {
    llvm::Function *run =
        function(privateSymbol(program_.name, "run"), runType_, llvm::GlobalValue::InternalLinkage);
    beginBody(run);
    llvm::Value *inputs = run->getArg(0), *outputs = run->getArg(1), *scratch = run->getArg(2),
                *executor = run->getArg(3);
    const bool inGroups = program_.batch != program_.group;
    llvm::Value *imageInputs = inGroups ? pointerArray(program_.inputs.size()) : nullptr;
    llvm::Value *imageOutputs = inGroups ? pointerArray(program_.outputs.size()) : nullptr;
    checkArguments(inputs, outputs, scratch);
    llvm::Value *cpu = builder_.CreateCall(cpuCheck_, {cpuLevelConstant()});
    returnIf(builder_.CreateIsNotNull(cpu), cpu);
    llvm::Value *times = loadTimes(executor);

    if (!inGroups)
      runSteps(steps, inputs, outputs, scratch, executor, times);
    else
      forEach(program_.batch, program_.group, [&](llvm::Value *image) {
        addressImage(imageInputs, inputs, program_.inputs, image);
        addressImage(imageOutputs, outputs, program_.outputs, image);
        runSteps(steps, imageInputs, imageOutputs, scratch, executor, times);
      });
    builder_.CreateRet(status(NINC_OK));
    return run;
  }

  void buildTypedRun(llvm::Function *generic) {
    const std::size_t inputCount = program_.inputs.size(), outputCount = program_.outputs.size();
    std::vector<llvm::Type *> parameters(inputCount + outputCount + 2, pointer_);
    llvm::Function *run =
        function(interfaceSymbols(program_)[0], llvm::FunctionType::get(int32_, parameters, false),
                 llvm::GlobalValue::ExternalLinkage);
    beginBody(run);
    const auto [inputs, outputs] = gatherPointers(run, 0);
    llvm::Value *scratch = run->getArg(static_cast<unsigned>(inputCount + outputCount));
    llvm::Value *executor = run->getArg(static_cast<unsigned>(inputCount + outputCount + 1));
    builder_.CreateRet(builder_.CreateCall(generic, {inputs, outputs, scratch, executor}));
  }

  // M_create and so on: the runtime's functions under the model's name. In the order of deviceFunctionNames;
  // the descriptor's run_on is the runtime's own, since the exported one has typed parameters, and what is
  // for looking inside isn't exported.
  std::vector<llvm::Constant *> buildDeviceFunctions(llvm::GlobalVariable *deviceModel) {
    const std::vector<std::vector<llvm::Type *>> parameters = {
        {pointer_, pointer_},           // create(options, state), the model in front for the runtime
        {pointer_},                     // destroy(state)
        {pointer_, pointer_, pointer_}, // run_on(state, inputs, outputs)
        {pointer_, pointer_, pointer_, pointer_}, // enqueue(state, inputs, outputs, stream)
        {pointer_},                               // wait(state)
        {pointer_, int32_, pointer_, pointer_},   // run_kernel(state, kernel, inputs, outputs)
        {pointer_, int64_, int64_, pointer_},     // read_arena(state, offset, bytes, host)
        {pointer_},                               // message(state)
        {pointer_, pointer_}};                    // native(state, native)
    std::vector<llvm::Constant *> functions;
    for (std::size_t i = 0; i < deviceFunctionNames.size(); ++i) {
      const std::string_view name = deviceFunctionNames[i];
      llvm::Type *result = name == "destroy"   ? builder_.getVoidTy()
                           : name == "message" ? static_cast<llvm::Type *>(pointer_)
                                               : int32_;
      std::vector<llvm::Type *> ofRuntime = parameters[i];
      if (name == "create") ofRuntime.insert(ofRuntime.begin(), pointer_);
      llvm::Function *runtime = declare(fmt::format("ninc_device_{}", name), result, ofRuntime);
      const std::string exported = interfaceSymbol(program_.name, name);
      if (name == "create")
        functions.push_back(
            buildForwarder(exported, runtime, parameters[i], {deviceModel}, Constants::first));
      else if (name == "run_on")
        functions.push_back(buildTypedRunOn(exported, runtime));
      else if (name == "run_kernel" || name == "read_arena")
        functions.push_back(runtime);
      else
        functions.push_back(buildForwarder(exported, runtime, parameters[i], {}));
    }
    return functions;
  }

  // int M_run_on(ninc_state *state, const float *image, float *prob); returns what does it without types.
  llvm::Constant *buildTypedRunOn(const std::string &name, llvm::Function *generic) {
    const std::size_t inputCount = program_.inputs.size(), outputCount = program_.outputs.size();
    const std::vector<llvm::Type *> parameters(inputCount + outputCount + 1, pointer_);
    llvm::Function *run = function(name, llvm::FunctionType::get(int32_, parameters, false),
                                   llvm::GlobalValue::ExternalLinkage);
    beginBody(run);
    const auto [inputs, outputs] = gatherPointers(run, 1);
    builder_.CreateRet(builder_.CreateCall(generic, {run->getArg(0), inputs, outputs}));
    return generic;
  }

  // Arrays of a function's pointers to inputs and outputs, the first of which is parameter number `first`.
  std::pair<llvm::Value *, llvm::Value *> gatherPointers(llvm::Function *run, unsigned first) {
    const std::size_t inputCount = program_.inputs.size(), outputCount = program_.outputs.size();
    llvm::Value *inputs = pointerArray(inputCount), *outputs = pointerArray(outputCount);
    for (std::size_t i = 0; i < inputCount + outputCount; ++i) {
      llvm::Value *array = i < inputCount ? inputs : outputs;
      const std::size_t index = i < inputCount ? i : i - inputCount;
      builder_.CreateStore(run->getArg(first + static_cast<unsigned>(i)),
                           builder_.CreateConstGEP1_64(pointer_, array, index));
    }
    return {inputs, outputs};
  }

  // An exported function that calls one of the runtime's with its own parameters, and `constants` before or
  // behind them.
  enum class Constants { first, last };
  llvm::Function *buildForwarder(const std::string &name, llvm::Function *callee,
                                 llvm::ArrayRef<llvm::Type *> parameters,
                                 const std::vector<llvm::Value *> &constants,
                                 Constants where = Constants::last) {
    llvm::Function *forwarder =
        function(name, llvm::FunctionType::get(callee->getReturnType(), parameters, false),
                 llvm::GlobalValue::ExternalLinkage);
    beginBody(forwarder);
    std::vector<llvm::Value *> arguments;
    for (llvm::Argument &argument : forwarder->args())
      arguments.push_back(&argument);
    arguments.insert(where == Constants::first ? arguments.begin() : arguments.end(), constants.begin(),
                     constants.end());
    llvm::CallInst *result = builder_.CreateCall(callee, arguments);
    if (callee->getReturnType()->isVoidTy())
      builder_.CreateRetVoid();
    else
      builder_.CreateRet(result);
    return forwarder;
  }

  void buildModelFunction(const std::string &name, llvm::GlobalVariable *descriptor, HostModuleForm form) {
    auto *type = llvm::FunctionType::get(pointer_, false);
    llvm::Function *model = function(name, type, llvm::GlobalValue::ExternalLinkage);
    beginBody(model);
    builder_.CreateRet(descriptor);
    if (form == HostModuleForm::sharedLibraryObject)
      llvm::GlobalAlias::create(type, 0, llvm::GlobalValue::ExternalLinkage, NINC_MODEL_SYMBOL, model,
                                &module_);
  }

  llvm::LLVMContext &context_;
  const Program &program_;
  llvm::Module &module_;
  llvm::IRBuilder<> builder_;
  llvm::PointerType *pointer_;
  llvm::IntegerType *int32_, *int64_;
  llvm::StructType *dimensionType_ = nullptr, *bufferType_ = nullptr, *contextType_ = nullptr;
  llvm::FunctionType *runType_ = nullptr;
  llvm::Function *cpuCheck_ = nullptr, *clock_ = nullptr, *statusText_ = nullptr, *teamCreate_ = nullptr,
                 *teamDestroy_ = nullptr;
  llvm::GlobalVariable *weights_ = nullptr;
  std::vector<llvm::Function *> kernels_;
  std::map<std::size_t, llvm::GlobalVariable *> buffers_; // of the kernels that a step runs
};

EmissionForm emissionForm(HostModuleForm form) {
  switch (form) {
  case HostModuleForm::sharedLibraryObject:
  case HostModuleForm::linkableObject:
    return EmissionForm::object;
  case HostModuleForm::assembly:
    return EmissionForm::assembly;
  case HostModuleForm::llvmIr:
    return EmissionForm::llvmIr;
  }
  return EmissionForm::object;
}

} // namespace

Result<std::string> emitHostModule(const Program &program, HostModuleForm form) {
  llvm::LLVMContext context;
  llvm::Module module(program.name, context);
  if (auto set = setTarget(module, llvmTriple(program.target)); !set) return tl::unexpected(set.error());
  HostModuleBuilder(module, program).build(form);
  return emitNative(module, emissionForm(form));
}

} // namespace ninc
