// What is in the files that codegen makes, seen through the tools everybody has: readelf, nm, ar.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "codegen/library/HostModule.h"
#include "codegen/library/Link.h"
#include "codegen/library/WeightObject.h"
#include "support/Files.h"
#include "tests/unit/codegen/library/HandMadeModel.h"

namespace ninc::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string textOf(std::string_view bytes, const std::string &name, const std::string &command) {
  writeFile(testFolder() / name, bytes);
  const CommandResult result = runCommand(command + " " + (testFolder() / name).string());
  EXPECT_EQ(result.status, 0) << result.output;
  return result.output;
}

// The last word of every line, in order.
std::vector<std::string> lastWords(const std::string &text) {
  std::vector<std::string> words;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) words.push_back(line.substr(line.rfind(' ') + 1));
  return words;
}

TEST(SharedLibrary, NeedsNoOtherLibrary) {
  const std::string library = makeOrFail(handMadeProgram("m"), Product::sharedLibrary);
  EXPECT_THAT(textOf(library, "m.so", "readelf -dW"), Not(HasSubstr("NEEDED")));
}

TEST(SharedLibrary, ExportsTheInterfaceAndNothingElse) {
  const std::string library = makeOrFail(handMadeProgram("m"), Product::sharedLibrary);
  EXPECT_THAT(lastWords(textOf(library, "m.so", "nm -D --defined-only")),
              ElementsAre("m_model", "m_run", "m_strerror", "m_supported", "m_team_create", "m_team_destroy",
                          "ninc_model_v1"));
}

TEST(SharedLibrary, TakesFromTheProcessWhatTheRuntimeSays) {
  const std::string library = makeOrFail(handMadeProgram("m"), Product::sharedLibrary);
  for (const std::string &name : lastWords(textOf(library, "m.so", "nm -D --undefined-only")))
    EXPECT_THAT((std::vector<std::string>{"clock_gettime", "free", "getenv", "malloc", "memcpy", "memmove",
                                          "memset", "pthread_create", "pthread_join", "pthread_sigmask",
                                          "sigfillset", "strcmp", "syscall"}),
                ::testing::Contains(name));
}

TEST(SharedLibrary, HasNoExecutableStackAndReadOnlyRelocations) {
  const std::string library = makeOrFail(handMadeProgram("m"), Product::sharedLibrary);
  const std::string segments = textOf(library, "m.so", "readelf -lW");
  EXPECT_THAT(segments, HasSubstr("GNU_RELRO"));
  EXPECT_THAT(segments, ::testing::ContainsRegex("GNU_STACK[^\n]*RW "));
  EXPECT_THAT(textOf(library, "m.so", "readelf -dW"), HasSubstr("NOW"));
}

TEST(SharedLibrary, IsSmallBesideItsWeights) {
  EXPECT_LT(makeOrFail(handMadeProgram("m"), Product::sharedLibrary).size(), 30000U);
}

TEST(SharedLibrary, RefusesAKernelThatNeedsMore) {
  Program program = handMadeProgram("m");
  program.kernels[1].object =
      compileC("int puts(const char *); int m_kernel_prob(void) { return puts(\"\"); }");
  for (Product product : {Product::sharedLibrary, Product::object}) {
    const auto made = makeProduct(program, product, {});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::internal);
    EXPECT_THAT(made.error().message, HasSubstr("puts"));
  }
}

TEST(SharedLibrary, LinkErrorsAreTold) {
  Program program = handMadeProgram("m");
  program.kernels[1].object =
      compileC("int m_kernel_stage(void) { return 0; }"); // a name that is there already
  const auto made = makeProduct(program, Product::sharedLibrary, {});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, ::testing::AllOf(HasSubstr("duplicate symbol"), HasSubstr("kernel1.o")));
  EXPECT_TRUE(makeProduct(handMadeProgram("m"), Product::sharedLibrary, {})); // and the next link works
}

// lld gives up on its whole process then, which isn't this one: the next link works.
TEST(SharedLibrary, ALinkerThatGivesUpIsAnErrorToo) {
  Program program = handMadeProgram("m");
  program.kernels[1].object.resize(100);
  for (Product product : {Product::sharedLibrary, Product::object}) {
    const auto made = makeProduct(program, product, {});
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("kernel1.o"));
    const auto again = makeProduct(handMadeProgram("m"), product, {});
    EXPECT_TRUE(again) << again.error().message;
  }
}

TEST(SharedLibrary, IsMadeForAarch64Too) {
  if (runCommand("command -v aarch64-linux-gnu-gcc").status != 0)
    GTEST_SKIP() << "no aarch64-linux-gnu-gcc here";
  const std::string library = makeOrFail(handMadeProgram("m", 1, "aarch64"), Product::sharedLibrary);
  EXPECT_THAT(textOf(library, "m.so", "readelf -hW"), HasSubstr("AArch64"));
  EXPECT_THAT(textOf(library, "m.so", "readelf -dW"), Not(HasSubstr("NEEDED")));
}

TEST(Object, KeepsOnlyTheInterfaceGlobal) {
  const std::string object = makeOrFail(handMadeProgram("m"), Product::object);
  EXPECT_THAT(
      lastWords(textOf(object, "m.o", "nm --defined-only --extern-only")),
      ElementsAre("m_model", "m_run", "m_strerror", "m_supported", "m_team_create", "m_team_destroy"));
}

TEST(Archive, HoldsTheObject) {
  const Program program = handMadeProgram("m");
  const std::string archive = makeOrFail(program, Product::archive);
  EXPECT_EQ(textOf(archive, "m.a", "ar t"), "m.o\n");
  EXPECT_THAT(textOf(archive, "m.a", "nm -s"), HasSubstr("m_run in m.o"));
  EXPECT_EQ(textOf(archive, "m.a", "ar p"), makeOrFail(program, Product::object));
}

TEST(SaveTemps, KeepsTheObjects) {
  const std::filesystem::path folder = testFolder() / "temps";
  ASSERT_TRUE(makeProduct(handMadeProgram("m"), Product::object, folder));
  for (const char *name : {"m.host.o", "m.weights.o", "m.runtime.o", "m.kernel0.o", "m.kernel1.o"})
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
}

TEST(SaveTemps, KeepsTheTextOfTheHostModuleThatWasCompiled) {
  const std::filesystem::path folder = testFolder() / "temps";
  ASSERT_TRUE(makeProduct(handMadeProgram("m"), Product::sharedLibrary, folder));
  const std::string text = readFile(folder / "m.host.ll").value();
  EXPECT_THAT(text, HasSubstr("define i32 @m_run("));
  EXPECT_THAT(text, HasSubstr("@ninc_model_v1 =")); // which only shared libraries have
}

TEST(WeightObject, IsASectionWithOneHiddenSymbol) {
  const std::vector<std::byte> bytes(100, std::byte{0x41});
  const std::string object = weightObject(bytes, "m_weights", 64, Arch::x86_64);
  EXPECT_THAT(textOf(object, "w.o", "readelf -SW"),
              ::testing::ContainsRegex("\\.rodata\\.weights +PROGBITS +0+ 000040 000064 00 +A +0 +0 +64"));
  EXPECT_THAT(textOf(object, "w.o", "readelf -sW"),
              ::testing::ContainsRegex("100 OBJECT +GLOBAL HIDDEN +1 m_weights"));
  EXPECT_THAT(textOf(object, "w.o", "readelf -p .rodata.weights"), HasSubstr(std::string(100, 'A')));
  EXPECT_THAT(textOf(weightObject({}, "none_weights", 64, Arch::aarch64), "e.o", "readelf -hsW"),
              ::testing::AllOf(HasSubstr("AArch64"), HasSubstr("none_weights"), Not(HasSubstr("Warning"))));
}

} // namespace
} // namespace ninc::testing
