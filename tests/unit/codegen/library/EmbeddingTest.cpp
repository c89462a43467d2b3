// Programs that take models in: linked from archives, loaded from shared libraries, and both at once. Kernels
// are hand-made (HandMadeModel.h), so this is about the libraries, not about numbers.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "codegen/library/Header.h"
#include "tests/unit/codegen/library/HandMadeModel.h"

namespace ninc::testing {
namespace {

using ::testing::HasSubstr;

// Writes NAME.a or NAME.so, and NAME.h, into the test's folder.
void writeLibrary(const Program &program, Product product) {
  const std::string suffix = product == Product::sharedLibrary ? ".so" : ".a";
  writeFile(testFolder() / (program.interface.name + suffix), makeOrFail(program, product));
  writeFile(testFolder() / (program.interface.name + ".h"), generateHeader(program).value());
}

// Builds a C program in the test's folder and runs it there.
CommandResult buildAndRun(const std::string &source, const std::string &flags, const std::string &before = {},
                          const std::string &compiler = "cc") {
  const std::string folder = testFolder().string();
  writeFile(testFolder() / "main.c", source);
  const CommandResult built = runCommand(fmt::format(
      "cd {} && {} -std=gnu11 -g -Wall -Wextra -Werror main.c -o main {}", folder, compiler, flags));
  EXPECT_EQ(built.status, 0) << built.output;
  return runCommand(fmt::format("cd {} && {} ./main", folder, before));
}

bool installed(const std::string &command) {
  return runCommand("command -v " + command).status == 0;
}

constexpr const char *useOfA = R"(
#include <stdio.h>
#include "a.h"
static float image[A_IMAGE_ELEMENTS] = {1, 2, 3, 4, 5, 6}, shift[A_SHIFT_ELEMENTS] = {1}, prob[A_PROB_ELEMENTS], maps[A_MAPS_ELEMENTS];
static _Alignas(A_SCRATCH_ALIGNMENT) char scratch[512 + 4 * 384];
)";

TEST(Embedding, ModelsLinkedAndLoadedWorkSideBySide) {
  Program b = handMadeProgram("b"), c = handMadeProgram("c");
  const std::vector<float> other = {3, 100}, third = {-1, 0};
  std::ranges::copy(std::as_bytes(std::span(other)), b.weights.begin());
  std::ranges::copy(std::as_bytes(std::span(third)), c.weights.begin());
  writeLibrary(handMadeProgram("a"), Product::archive);
  writeLibrary(b, Product::archive);
  writeLibrary(c, Product::sharedLibrary);
  const CommandResult ran = buildAndRun(std::string(useOfA) + R"(
#include <dlfcn.h>
#include "b.h"
int main(void) {
  void *library = dlopen("./c.so", RTLD_NOW | RTLD_GLOBAL);
  if (!library) return puts(dlerror()), 1;
  ninc_model_function c;
  *(void **)&c = dlsym(library, NINC_MODEL_SYMBOL);
  ninc_executor *team = a_team_create(2, NULL); /* one model's team serves the others */
  const void *inputs[] = {image, shift};
  void *outputs[] = {prob, maps};
  int status = a_run(image, shift, prob, maps, scratch, team);
  printf("a %d %g %g\n", status, prob[0], maps[5]);
  status = b_run(image, shift, prob, maps, scratch, team);
  printf("b %d %g %g\n", status, prob[0], maps[5]);
  status = c()->run(inputs, outputs, scratch, team);
  printf("c %d %g %g\n", status, prob[0], maps[5]);
  printf("%s %s %s\n", a_model()->name, b_model()->name, c()->name);
  a_team_destroy(team);
  return 0;
})",
                                        "a.a b.a");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.output, "a 0 13 -22\nb 0 104 -118\nc 0 0 6\na b c\n");
}

TEST(Embedding, ModelsOfNamesThatDifferInCaseAloneShareAProgram) {
  std::vector<float> numbers = {1, 0};
  for (const char *name : {"net", "Net", "NET"}) {
    Program program = handMadeProgram(name, static_cast<std::int64_t>(numbers[0])); // batches of 1, 2 and 3
    std::ranges::copy(std::as_bytes(std::span(numbers)), program.weights.begin());
    writeFile(testFolder() / (program.interface.name + ".a"), makeOrFail(program, Product::archive));
    writeFile(testFolder() / (program.interface.name + ".h"), generateHeader(program).value());
    numbers[0] += 1;
  }
  const CommandResult ran = buildAndRun(R"(
#include <stdio.h>
#include "net.h"
#include "Net.h"
#include "NET.h"
static float image[3 * NET_IMAGE_ELEMENTS] = {1}, shift[3] = {0}, prob[3 * NET_PROB_ELEMENTS], maps[3 * NET_MAPS_ELEMENTS];
static _Alignas(128) char scratch[4096];
int main(void) {
  net_run(image, shift, prob, maps, scratch, NULL);
  printf("%d %g\n", NET_BATCH, prob[0]);
  Net_run(image, shift, prob, maps, scratch, NULL);
  printf("%d %g\n", Net_BATCH, prob[0]);
  NET_run(image, shift, prob, maps, scratch, NULL);
  printf("%d %g\n", net_BATCH, prob[0]);
  return 0;
})",
                                        "net.a Net.a NET.a");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_EQ(ran.output, "1 1\n2 2\n3 3\n");
}

// malloc and its kin are replaced by ones that count, so a call from anywhere in the process is seen.
TEST(Embedding, RunAllocatesNothing) {
  writeLibrary(handMadeProgram("a"), Product::archive);
  const CommandResult ran = buildAndRun(std::string(useOfA) + R"(
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
void __libc_free(void *);
static _Atomic int calls;
void *malloc(size_t n) { ++calls; return __libc_malloc(n); }
void *calloc(size_t n, size_t m) { ++calls; return __libc_calloc(n, m); }
void *realloc(void *p, size_t n) { ++calls; return __libc_realloc(p, n); }
void *memalign(size_t a, size_t n) { ++calls; return __libc_memalign(a, n); }
void *aligned_alloc(size_t a, size_t n) { ++calls; return __libc_memalign(a, n); }
int posix_memalign(void **p, size_t a, size_t n) { ++calls; return (*p = __libc_memalign(a, n)) ? 0 : ENOMEM; }
void free(void *p) { ++calls; __libc_free(p); }
int main(void) {
  uint64_t times[2] = {0, 0};
  ninc_executor *team = a_team_create(3, NULL);
  if (calls == 0) return puts("the counter doesn't count"), 1;
  team->kernel_ns = times;
  calls = 0;
  for (int i = 0; i < 1000; ++i)
    if (a_run(image, shift, prob, maps, scratch, i % 2 ? team : NULL) != NINC_OK) return 1;
  const int during = calls;
  a_team_destroy(team);
  printf("%d\n", during);
  return 0;
})",
                                        "a.a");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_EQ(ran.output, "0\n");
}

constexpr const char *teamProgram = R"(
int main(void) {
  ninc_executor *team = a_team_create(3, NULL);
  int status = NINC_OK;
  for (int i = 0; i < 50 && status == NINC_OK; ++i)
    status = a_run(image, shift, prob, maps, scratch, i % 2 ? team : NULL);
  a_team_destroy(team);
  printf("%d %g\n", status, prob[0]);
  return status;
})";

TEST(Embedding, ValgrindFindsNothingWrong) {
  if (!installed("valgrind")) GTEST_SKIP() << "valgrind is not installed";
  writeLibrary(handMadeProgram("a"), Product::archive);
  const CommandResult ran =
      buildAndRun(std::string(useOfA) + teamProgram, "a.a",
                  "valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=all");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.output, "0 13\n");
}

TEST(Embedding, RunsOnAarch64) {
  if (!installed("aarch64-linux-gnu-gcc") || !installed("qemu-aarch64-static"))
    GTEST_SKIP() << "no aarch64-linux-gnu-gcc or no qemu-aarch64-static here";
  writeLibrary(handMadeProgram("a", 1, "aarch64"), Product::archive);
  const CommandResult ran = buildAndRun(std::string(useOfA) + teamProgram, "-static a.a",
                                        "qemu-aarch64-static", "aarch64-linux-gnu-gcc");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.output, "0 13\n");
}

TEST(Embedding, LinksIntoAStaticProgram) {
  writeLibrary(handMadeProgram("a"), Product::archive);
  const CommandResult ran = buildAndRun(std::string(useOfA) + teamProgram, "-static a.a");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.output, "0 13\n");
}

} // namespace
} // namespace ninc::testing
