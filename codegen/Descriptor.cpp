// Each C struct of runtime/ninc_model.h is written here once more as an LLVM struct with the same fields in
// the same order; both sides follow the C ABI's rules for padding, so offsets agree. A descriptor of the
// wrong shape fails tests/unit/codegen, which reads every field through the header.
#include "codegen/Descriptor.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/DerivedTypes.h>

#include "runtime/ninc_model.h"

namespace ninc {

namespace {

class DescriptorBuilder {
public:
  DescriptorBuilder(llvm::Module &module, const Program &program, const DescriptorFunctions &functions)
      : module_(module), context_(module.getContext()), program_(program), functions_(functions) {}

  llvm::GlobalVariable *build() {
    std::vector<llvm::Constant *> kernels;
    for (std::size_t i = 0; i < program_.steps.size(); ++i)
      kernels.push_back(kernel(program_.steps[i], functions_.steps[i]));
    std::vector<llvm::Constant *> fields = {
        int32(NINC_MODEL_ABI),
        int32(sizeof(ninc_model)),
        string(program_.name),
        string("ninc " NINC_VERSION),
        string(program_.target.name),
        int32(program_.batch),
        int32(program_.inputs.size()),
        int32(program_.outputs.size()),
        int32(program_.steps.size()),
        array(tensors(program_.inputs), "inputs"),
        array(tensors(program_.outputs), "outputs"),
        array(kernels, "kernels"),
        int64(program_.scratchBytes),
        int64(program_.scratchBytesPerThread),
        int64(Program::scratchAlignment),
        int64(program_.weights.size()),
        int64(program_.macs),
        functions_.supported,
        functions_.run,
        functions_.statusText,
        functions_.teamCreate,
        functions_.teamDestroy,
        int32(program_.group),
    };
    return global(structure(fields), program_.name + "_descriptor");
  }

private:
  llvm::Constant *int32(std::int64_t value) {
    return llvm::ConstantInt::getSigned(llvm::Type::getInt32Ty(context_), value);
  }
  llvm::Constant *int64(std::int64_t value) {
    return llvm::ConstantInt::getSigned(llvm::Type::getInt64Ty(context_), value);
  }
  llvm::Constant *structure(llvm::ArrayRef<llvm::Constant *> fields) {
    return llvm::ConstantStruct::getAnon(context_, fields);
  }

  llvm::GlobalVariable *global(llvm::Constant *value, const std::string &name) {
    auto *variable =
        new llvm::GlobalVariable(module_, value->getType(), true, llvm::GlobalValue::InternalLinkage, value,
                                 name); // the module owns it
    return variable;
  }

  llvm::Constant *string(const std::string &text) {
    llvm::GlobalVariable *variable = global(llvm::ConstantDataArray::getString(context_, text), "text");
    variable->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global); // equal texts may become one
    return variable;
  }

  // NULL for no elements.
  llvm::Constant *array(llvm::ArrayRef<llvm::Constant *> elements, const std::string &name) {
    if (elements.empty()) return llvm::ConstantPointerNull::get(llvm::PointerType::getUnqual(context_));
    auto *type = llvm::ArrayType::get(elements.front()->getType(), elements.size());
    return global(llvm::ConstantArray::get(type, elements), name);
  }

  // Shape and stride arrays always have four elements; those beyond the rank are 0.
  llvm::Constant *fourExtents(const std::vector<std::int64_t> &values) {
    std::vector<std::int64_t> padded = values;
    padded.resize(4, 0);
    std::vector<llvm::Constant *> elements;
    for (std::int64_t value : padded)
      elements.push_back(int64(value));
    return llvm::ConstantArray::get(llvm::ArrayType::get(llvm::Type::getInt64Ty(context_), 4), elements);
  }

  llvm::Constant *tensor(const NamedTensor &tensor) {
    return structure(
        {string(tensor.name), int32(NINC_F32), int32(static_cast<std::int64_t>(tensor.type.shape.size())),
         fourExtents(tensor.type.shape), fourExtents(stridesOf(tensor.type)), int64(byteCount(tensor.type))});
  }

  std::vector<llvm::Constant *> tensors(const std::vector<NamedTensor> &list) {
    std::vector<llvm::Constant *> constants;
    for (const NamedTensor &each : list)
      constants.push_back(tensor(each));
    return constants;
  }

  llvm::Constant *kernel(const Step &step, llvm::Function *run) {
    std::vector<llvm::Constant *> results, outputs, offsets;
    for (const StepResult &result : step.results) {
      const bool isOutput = result.location.base == Location::Base::output;
      results.push_back(tensor(result.tensor));
      outputs.push_back(int32(isOutput ? static_cast<std::int64_t>(result.location.index) : -1));
      offsets.push_back(int64(isOutput ? -1 : result.location.offset));
    }
    return structure({string(step.name), string(step.op), string(step.schedule), int64(step.macs),
                      int64(step.bytes), int32(static_cast<std::int64_t>(step.results.size())),
                      array(results, "results"), array(outputs, "result_output"),
                      array(offsets, "result_offset"), run, int32(step.winograd ? step.winograd->rows : 0),
                      int32(step.winograd ? step.winograd->columns : 0)});
  }

  llvm::Module &module_;
  llvm::LLVMContext &context_;
  const Program &program_;
  const DescriptorFunctions &functions_;
};

} // namespace

llvm::GlobalVariable *buildDescriptor(llvm::Module &module, const Program &program,
                                      const DescriptorFunctions &functions) {
  return DescriptorBuilder(module, program, functions).build();
}

} // namespace ninc
