#include "codegen/library/HostRun.h"

#include "codegen/program/Symbols.h"
#include "runtime/cpu/runtime.h"

namespace ninc {

namespace {

class RunBuilder {
public:
  RunBuilder(HostCode &code, const Program &program)
      : code_(code), ir_(code.ir), program_(program),
        cpuCheck_(code.declare("ninc_cpu_check", code.int32, {code.int32})),
        clock_(code.declare("ninc_clock_ns", code.int64, {})) {}

  llvm::Function *build(const std::vector<llvm::Function *> &steps) {
    llvm::Function *run = code_.function(privateSymbol(program_.name, "run"), code_.runType,
                                         llvm::GlobalValue::InternalLinkage);
    code_.begin(run);
    llvm::Value *inputs = run->getArg(0), *outputs = run->getArg(1), *scratch = run->getArg(2),
                *executor = run->getArg(3);
    const bool inGroups = program_.batch != program_.group;
    llvm::Value *imageInputs = inGroups ? code_.pointerArray(program_.inputs.size()) : nullptr;
    llvm::Value *imageOutputs = inGroups ? code_.pointerArray(program_.outputs.size()) : nullptr;
    checkArguments(inputs, outputs, scratch);
    llvm::Value *cpu = ir_.CreateCall(cpuCheck_, {code_.word(cpuLevel(program_.target.isa))});
    code_.returnIf(ir_.CreateIsNotNull(cpu), cpu);
    llvm::Value *times = loadTimes(executor);

    if (!inGroups)
      runSteps(steps, inputs, outputs, scratch, executor, times);
    else
      code_.forEach(program_.batch, program_.group, [&](llvm::Value *image) {
        addressImage(imageInputs, inputs, program_.inputs, image);
        addressImage(imageOutputs, outputs, program_.outputs, image);
        runSteps(steps, imageInputs, imageOutputs, scratch, executor, times);
      });
    ir_.CreateRet(code_.status(NINC_OK));
    return run;
  }

private:
  void checkPointer(llvm::Value *pointer, std::int64_t alignment) {
    code_.returnIf(ir_.CreateIsNull(pointer), code_.status(NINC_ERROR_NULL_ARGUMENT));
    llvm::Value *low = ir_.CreateAnd(ir_.CreatePtrToInt(pointer, code_.int64),
                                     ir_.getInt64(static_cast<std::uint64_t>(alignment - 1)));
    code_.returnIf(ir_.CreateIsNotNull(low), code_.status(NINC_ERROR_MISALIGNED));
  }

  void checkArguments(llvm::Value *inputs, llvm::Value *outputs, llvm::Value *scratch) {
    const auto checkAll = [&](llvm::Value *array, const std::vector<NamedTensor> &tensors) {
      if (tensors.empty()) return;
      code_.returnIf(ir_.CreateIsNull(array), code_.status(NINC_ERROR_NULL_ARGUMENT));
      code_.forEach(static_cast<std::int64_t>(tensors.size()), 1, [&](llvm::Value *i) {
        llvm::Value *tensor = ir_.CreateLoad(code_.pointer, ir_.CreateGEP(code_.pointer, array, i));
        checkPointer(tensor, sizeof(float));
      });
      for (std::size_t i = 0; i < tensors.size(); ++i) // those of larger elements
        if (const std::size_t bytes = bytesOf(tensors[i].type.element); bytes > sizeof(float))
          checkPointer(ir_.CreateLoad(code_.pointer, ir_.CreateConstGEP1_64(code_.pointer, array, i)),
                       static_cast<std::int64_t>(bytes));
    };
    checkAll(inputs, program_.inputs);
    checkAll(outputs, program_.outputs);
    if (program_.scratchBytes + program_.scratchBytesPerThread > 0)
      checkPointer(scratch, Program::scratchAlignment);
  }

  // executor ? executor->kernel_ns : NULL
  llvm::Value *loadTimes(llvm::Value *executor) {
    auto *executorType = llvm::StructType::get(code_.pointer, code_.pointer, code_.int32, code_.pointer);
    return code_.valueIf(
        ir_.CreateIsNotNull(executor), {"executor", "times"},
        [&] { return ir_.CreateLoad(code_.pointer, ir_.CreateStructGEP(executorType, executor, 3)); },
        llvm::ConstantPointerNull::get(code_.pointer));
  }

  void runSteps(const std::vector<llvm::Function *> &steps, llvm::Value *inputs, llvm::Value *outputs,
                llvm::Value *scratch, llvm::Value *executor, llvm::Value *times) {
    if (steps.empty()) return;
    llvm::Value *wanted = ir_.CreateIsNotNull(times);
    llvm::Constant *table =
        code_.table(code_.pointer, std::vector<llvm::Constant *>(steps.begin(), steps.end()),
                    privateSymbol(program_.name, "steps"));
    code_.forEach(static_cast<std::int64_t>(steps.size()), 1, [&](llvm::Value *step) {
      llvm::Value *start = timeIfWanted(wanted);
      llvm::Value *run = ir_.CreateLoad(code_.pointer, ir_.CreateGEP(code_.pointer, table, step), "step");
      llvm::Value *result = ir_.CreateCall(code_.runType, run, {inputs, outputs, scratch, executor});
      code_.returnIf(ir_.CreateIsNotNull(result), result);
      addTime(wanted, times, step, start);
    });
  }

  // The clock if times are wanted, else 0.
  llvm::Value *timeIfWanted(llvm::Value *wanted) {
    return code_.valueIf(
        wanted, {"ask", "asked"}, [&] { return ir_.CreateCall(clock_, {}); }, ir_.getInt64(0));
  }

  void addTime(llvm::Value *wanted, llvm::Value *times, llvm::Value *step, llvm::Value *start) {
    code_.onlyIf(wanted, {"add", "added"}, [&] {
      llvm::Value *counter = ir_.CreateGEP(code_.int64, times, step);
      llvm::Value *spent = ir_.CreateSub(ir_.CreateCall(clock_, {}), start);
      ir_.CreateStore(ir_.CreateAdd(ir_.CreateLoad(code_.int64, counter), spent), counter);
    });
  }

  // Fills `shifted` with the addresses of image number `image` in each tensor.
  void addressImage(llvm::Value *shifted, llvm::Value *array, const std::vector<NamedTensor> &tensors,
                    llvm::Value *image) {
    for (std::size_t i = 0; i < tensors.size(); ++i)
      code_.setElement(shifted, i, code_.ofImage(code_.element(array, i), image, byteCount(tensors[i].type)));
  }

  HostCode &code_;
  llvm::IRBuilder<> &ir_;
  const Program &program_;
  llvm::Function *cpuCheck_, *clock_;
};

} // namespace

std::int32_t cpuLevel(Isa isa) {
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

llvm::Function *buildRun(HostCode &code, const Program &program, const std::vector<llvm::Function *> &steps) {
  return RunBuilder(code, program).build(steps);
}

} // namespace ninc
