// The shapes that the host module's functions are made of, run.
#include "codegen/library/HostCode.h"

#include <array>
#include <gtest/gtest.h>
#include <optional>

#include "tests/unit/codegen/library/LoadedModule.h"

namespace ninc::testing {
namespace {

class HostCodeTest : public ::testing::Test {
protected:
  // int64 f(int64, int64 *), whose body comes next.
  llvm::Function *begin() {
    llvm::Function *f =
        code.function("f", llvm::FunctionType::get(code.int64, {code.int64, code.pointer}, false),
                      llvm::GlobalValue::ExternalLinkage);
    code.begin(f);
    return f;
  }

  // What f gives for a number, when all that it writes goes to `numbers`.
  std::int64_t call(std::int64_t number) {
    if (!loaded) loaded.emplace(made.module, "");
    auto *f = loaded->symbol<std::int64_t(std::int64_t, std::int64_t *)>("f");
    return f ? f(number, numbers.data()) : -1;
  }

  // numbers[index] += value
  void add(llvm::Function *f, llvm::Value *index, llvm::Value *value) {
    llvm::Value *place = code.ir.CreateGEP(code.int64, f->getArg(1), index);
    code.ir.CreateStore(code.ir.CreateAdd(code.ir.CreateLoad(code.int64, place), value), place);
  }

  NewModule made;
  HostCode code{made.module};
  std::optional<LoadedModule> loaded;
  std::array<std::int64_t, 8> numbers{};
};

TEST_F(HostCodeTest, ALoopTakesEveryStep) {
  llvm::Function *f = begin();
  code.forEach(6, 2, [&](llvm::Value *i) { add(f, i, code.ir.CreateAdd(i, code.ir.getInt64(100))); });
  code.ir.CreateRet(code.ir.getInt64(0));
  call(0);
  EXPECT_EQ(numbers, (std::array<std::int64_t, 8>{100, 0, 102, 0, 104, 0, 0, 0}));
}

TEST_F(HostCodeTest, ALoopOfOneTurnIsNoLoop) {
  llvm::Function *f = begin();
  code.forEach(3, 3, [&](llvm::Value *i) { add(f, i, code.ir.getInt64(7)); });
  code.ir.CreateRet(code.ir.getInt64(0));
  EXPECT_EQ(f->size(), 1U); // blocks
  call(0);
  EXPECT_EQ(numbers[0], 7);
}

TEST_F(HostCodeTest, LoopsNest) {
  llvm::Function *f = begin();
  code.forEach(2, 1, [&](llvm::Value *) {
    code.forEach(3, 1, [&](llvm::Value *j) { add(f, j, code.ir.getInt64(1)); });
  });
  code.ir.CreateRet(code.ir.getInt64(0));
  call(0);
  EXPECT_EQ(numbers, (std::array<std::int64_t, 8>{2, 2, 2, 0, 0, 0, 0, 0}));
}

TEST_F(HostCodeTest, AFunctionIsLeftOnAConditionInALoop) {
  llvm::Function *f = begin();
  code.forEach(8, 1, [&](llvm::Value *i) {
    code.returnIf(code.ir.CreateICmpEQ(i, f->getArg(0)), code.ir.CreateMul(i, code.ir.getInt64(10)));
    add(f, i, code.ir.getInt64(1));
  });
  code.ir.CreateRet(code.ir.getInt64(-5));
  EXPECT_EQ(call(3), 30);
  EXPECT_EQ(numbers, (std::array<std::int64_t, 8>{1, 1, 1, 0, 0, 0, 0, 0}));
  EXPECT_EQ(call(9), -5);
}

TEST_F(HostCodeTest, AValueIsComputedOnlyIfItsConditionHolds) {
  llvm::Function *f = begin();
  llvm::Value *value = code.valueIf(
      code.ir.CreateICmpSGT(f->getArg(0), code.ir.getInt64(0)), {"then", "join"},
      [&]() -> llvm::Value * {
        add(f, code.ir.getInt64(0), code.ir.getInt64(1));
        return code.ir.CreateMul(f->getArg(0), code.ir.getInt64(2));
      },
      code.ir.getInt64(42));
  code.ir.CreateRet(value);
  EXPECT_EQ(call(-1), 42);
  EXPECT_EQ(numbers[0], 0);
  EXPECT_EQ(call(4), 8);
  EXPECT_EQ(numbers[0], 1);
}

TEST_F(HostCodeTest, ANameIsDeclaredOnce) {
  llvm::Function *first = code.declare("g", code.int32, {code.pointer});
  EXPECT_EQ(code.declare("g", code.int32, {code.pointer}), first);
  EXPECT_EQ(first->getVisibility(), llvm::GlobalValue::HiddenVisibility);
}

} // namespace
} // namespace ninc::testing
