#include "codegen/library/StackBound.h"

#include <gmock/gmock.h>
#include <llvm/AsmParser/Parser.h>
#include <llvm/Support/SourceMgr.h>

namespace ninc {
namespace {

using testing::HasSubstr;

class StackBound : public testing::Test {
protected:
  Result<std::int64_t> bound(const char *code, const char *frames, const char *target = "cortex-m4") {
    llvm::SMDiagnostic complaint;
    module_ = llvm::parseAssemblyString(code, complaint, context_);
    EXPECT_TRUE(module_) << std::string(complaint.getMessage());
    module_->setModuleIdentifier("m");
    return stackBound(*module_, frames, {"run"}, {}, parseTarget(target).value());
  }

  llvm::LLVMContext context_;
  std::unique_ptr<llvm::Module> module_;
};

constexpr const char *chain = "define void @run() { call void @step() call void @small() ret void }\n"
                              "define void @step() { call void @memcpy() ret void }\n"
                              "define void @small() { ret void }\n"
                              "declare void @memcpy()\n";

TEST_F(StackBound, IsTheDearestWayDown) {
  EXPECT_EQ(bound(chain, "m:run\t16\tstatic\nm:step\t40\tstatic\nm:small\t8\tstatic\n").value(), 56);
}

TEST_F(StackBound, CountsReturnAddressesWhereACallPushesThem) {
  EXPECT_EQ(bound(chain, "m:run\t16\tstatic\nm:step\t40\tstatic\n", "x86-64-v2-none").value(), 56 + 2 * 8);
}

TEST_F(StackBound, TakesTheDearestOfThoseThatAPointerMayBe) {
  const char *code = "@table = constant [2 x ptr] [ptr @a, ptr @b]\n"
                     "define void @run(ptr %f) { call void %f() ret void }\n"
                     "define void @a() { ret void }\n"
                     "define void @b() { ret void }\n";
  EXPECT_EQ(bound(code, "m:run\t8\tstatic\nm:a\t24\tstatic\nm:b\t64\tstatic\n").value(), 72);
}

TEST_F(StackBound, ThereIsNoneOfRecursionNorOfAFrameWithoutASize) {
  EXPECT_THAT(bound("define void @run() { call void @run() ret void }", "").error().message,
              HasSubstr("calls itself"));
  EXPECT_THAT(bound("define void @run() { ret void }", "m:run\t8\tdynamic\n").error().message,
              HasSubstr("no fixed size"));
}

} // namespace
} // namespace ninc
