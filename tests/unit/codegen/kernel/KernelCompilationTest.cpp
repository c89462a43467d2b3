// Kernels that come back from the processes that compiled them.
#include <filesystem>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codegen/kernel/KernelCompilation.h"
#include "codegen/kernel/KernelEncoding.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;

KernelRequest reluOf(std::int64_t elements, const std::string &symbol) {
  const TensorType type{ElementType::f32, {elements}, Layout::chw};
  KernelSpec spec{Unary{UnaryKind::relu}, {type}, {type}, parseTarget("x86-64-v3").value()};
  Schedule schedule = defaultSchedule(spec);
  return {spec, schedule, symbol};
}

TEST(KernelEncoding, KeepsEveryField) {
  Kernel kernel;
  kernel.symbol = "m_kernel_x";
  kernel.scratchBytes = 640;
  kernel.scratchBytesPerThread = 1280;
  kernel.object = {std::byte{1}, std::byte{0}, std::byte{255}};
  kernel.arguments = {{ArgumentRole::input, 1, 0, {{-2, 3, 4}, {0, 5, 1}}},
                      {ArgumentRole::scratch, 0, 64, {}}};
  const Kernel back = decodeKernel(encode(kernel)).value();
  EXPECT_EQ(back.symbol, kernel.symbol);
  EXPECT_EQ(back.scratchBytes, 640);
  EXPECT_EQ(back.scratchBytesPerThread, 1280);
  EXPECT_EQ(back.object, kernel.object);
  ASSERT_EQ(back.arguments.size(), 2U);
  EXPECT_EQ(back.arguments[0].role, ArgumentRole::input);
  EXPECT_EQ(back.arguments[0].index, 1U);
  ASSERT_EQ(back.arguments[0].dimensions.size(), 2U);
  EXPECT_EQ(back.arguments[0].dimensions[0].min, -2);
  EXPECT_EQ(back.arguments[0].dimensions[0].stride, 4);
  EXPECT_EQ(back.arguments[1].offset, 64);
}

TEST(KernelEncoding, KeepsErrors) {
  const auto back = decodeKernel(encode(failInternal("no such tile")));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().kind, ErrorKind::internal);
  EXPECT_EQ(back.error().message, "no such tile");
}

TEST(KernelEncoding, EveryPartOfAKernelIsAnError) {
  Kernel kernel;
  kernel.symbol = "m";
  kernel.arguments = {{ArgumentRole::input, 1, 0, {{-2, 3, 4}}}};
  const std::string bytes = encode(kernel);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(decodeKernel(bytes.substr(0, length))) << length;
  EXPECT_FALSE(decodeKernel(bytes + "x"));
}

TEST(KernelCompilation, KeepsTheOrderOfTheRequests) {
  const std::vector<KernelRequest> requests = {reluOf(1000, "a"), reluOf(1, "b"), reluOf(50, "c")};
  for (unsigned jobs : {0U, 1U, 2U, 10U}) {
    const auto kernels = compileKernels(requests, jobs);
    ASSERT_TRUE(kernels) << kernels.error().message;
    ASSERT_EQ(kernels->size(), 3U);
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_EQ((*kernels)[i].symbol, requests[i].symbol);
  }
  EXPECT_TRUE(compileKernels({}, 2).value().empty());
}

TEST(KernelCompilation, AKernelDependsOnItsRequestAlone) {
  const auto together = compileKernels(std::vector{reluOf(1000, "a"), reluOf(7, "b")}, 2);
  const auto alone = compileKernels(std::vector{reluOf(7, "b")}, 1);
  ASSERT_TRUE(together && alone);
  EXPECT_TRUE((*together)[1].object == (*alone)[0].object);
}

std::ptrdiff_t openDescriptors() {
  const std::filesystem::directory_iterator descriptors("/proc/self/fd");
  return std::distance(begin(descriptors), end(descriptors));
}

TEST(KernelCompilation, LeavesNoDescriptorOpen) {
  const std::ptrdiff_t before = openDescriptors();
  ASSERT_TRUE(compileKernels(std::vector{reluOf(10, "a"), reluOf(20, "b"), reluOf(30, "c")}, 2));
  EXPECT_EQ(openDescriptors(), before);
}

// Uses up all descriptors but `left`, as long as it lives.
class FewDescriptors {
public:
  explicit FewDescriptors(std::size_t left) {
    getrlimit(RLIMIT_NOFILE, &usual_);
    rlimit tight = usual_;
    tight.rlim_cur = 100; // so that there are not too many to use up
    setrlimit(RLIMIT_NOFILE, &tight);
    for (int copy; (copy = dup(STDERR_FILENO)) >= 0;)
      copies_.push_back(copy);
    for (; left > 0 && !copies_.empty(); --left) {
      close(copies_.back());
      copies_.pop_back();
    }
  }
  ~FewDescriptors() {
    for (int copy : copies_)
      close(copy);
    setrlimit(RLIMIT_NOFILE, &usual_);
  }
  FewDescriptors(const FewDescriptors &) = delete;
  FewDescriptors &operator=(const FewDescriptors &) = delete;

private:
  rlimit usual_{};
  std::vector<int> copies_;
};

TEST(KernelCompilation, ALimitOnTheSizeOfFilesIsNoObstacle) {
  rlimit usual{};
  getrlimit(RLIMIT_FSIZE, &usual);
  rlimit tight = usual;
  tight.rlim_cur = 64; // bytes, of which an object has more
  setrlimit(RLIMIT_FSIZE, &tight);
  const auto kernels = compileKernels(std::vector{reluOf(10, "a")}, 1);
  setrlimit(RLIMIT_FSIZE, &usual);
  EXPECT_TRUE(kernels) << kernels.error().message; // objects are made in memory
}

TEST(KernelCompilation, GoesOnWithAsManyAtOnceAsDescriptorsAllow) {
  const FewDescriptors enoughForOneAtATime(2); // a pipe, of which one end stays open: the next needs two
  const auto kernels = compileKernels(std::vector{reluOf(10, "a"), reluOf(20, "b"), reluOf(30, "c")}, 3);
  ASSERT_TRUE(kernels) << kernels.error().message;
  EXPECT_EQ(kernels->size(), 3U);
}

TEST(KernelCompilation, WithoutDescriptorsLeftIsAnErrorAndEndsTheOthers) {
  const std::ptrdiff_t before = openDescriptors();
  {
    const FewDescriptors notEnoughForAPipe(1);
    const auto kernels = compileKernels(std::vector{reluOf(10, "a"), reluOf(20, "b")}, 2);
    ASSERT_FALSE(kernels);
    EXPECT_THAT(kernels.error().message, HasSubstr("Too many open files"));
  }
  EXPECT_EQ(openDescriptors(), before);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child process is left";
}

} // namespace
} // namespace ninc
