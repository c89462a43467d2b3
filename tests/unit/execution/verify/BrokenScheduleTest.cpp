// A kernel that computes something else must be found, by name: one layer gets a schedule that isn't legal,
// and the comparison with the reference has to name that layer and no other.
//
// The illegal schedule gives a block two rows of the map where a row of its pool epilogue reads three. The
// kernel then pools pixels that it never computed: whatever lies behind the block in the worker's scratch.
// That is sized for the hungriest kernel, which is another one here, so no memory but the worker's own is
// read. Halide sees what is going on and warns on stderr. Where channels fill whole vectors it even removes
// the code that reads, so the channel counts here leave a tail in vectors of any width.
#include <cstdio>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "execution/verify/Verification.h"
#include "support/Files.h"
#include "support/TemporaryFiles.h"
#include "tests/unit/execution/model/CompiledModel.h"

namespace ninc {
namespace {

using testing::Build;
using testing::CompiledModel;

// The first stage's inner maps take more scratch than any later kernel's.
constexpr std::string_view modelText = R"(model three_stages
weights random seed 4
image = input f32[3, 16, 16]
stage1 = mlpconv image [conv 3x3 pad 1 -> 256, 32]
pool1 = mlpconv stage1 [conv 3x3 pad 1 -> 32, 23] max_pool 3x3 stride 2
pool2 = mlpconv pool1 [conv 3x3 pad 1 -> 24, 13] average_pool 3x3 stride 2 pad 1
maps = mlpconv pool2 [conv 3x3 pad 1 -> 16, 10]
prob = softmax (global_avg_pool maps)
output prob
)";

// The default schedule of every kernel but one.
std::function<Schedule(const KernelSpec &, const std::string &)> breaking(const std::string &layer) {
  return [layer](const KernelSpec &spec, const std::string &name) {
    Schedule schedule = defaultSchedule(spec);
    if (name != layer) return schedule;
    auto &mlpconv = std::get<MlpconvSchedule>(schedule.choice);
    const auto columns = static_cast<int>(MlpconvGeometry(spec).columns);
    mlpconv.tilePixels.assign(mlpconv.tilePixels.size(), 1);
    mlpconv.blockPixels = 2 * columns;
    EXPECT_FALSE(checkLegal(spec, schedule));
    return schedule;
  };
}

class BrokenSchedule : public ::testing::TestWithParam<std::string> {};

TEST_P(BrokenSchedule, IsTheFirstDivergence) {
  const Graph model = testing::modelOf(modelText);
  for (const Target &target : testing::targetsHere()) {
    Build build;
    build.target = target;
    build.chooseSchedule = breaking(GetParam());
    auto compiled = CompiledModel::make(model, build);
    ASSERT_TRUE(compiled) << compiled.error().message;
    // Inner maps of the broken kernel: three rows of 16 pixels, 32 + 32 channels with the tail, 4 bytes each.
    ASSERT_GE(compiled->library().descriptor().scratch_bytes_per_thread, 3 * 16 * 64 * 4);
    auto verification = verifyLibrary(model, compiled->library(), testing::randomBatch(model, 1, 1));
    ASSERT_TRUE(verification) << verification.error().message;
    EXPECT_EQ(verification->firstDivergence(), GetParam()) << target.name;
  }
}

TEST_P(BrokenSchedule, MakesTheCommandExitWith3AndSayTheLayer) {
  const Graph model = testing::modelOf(modelText);
  Result<TemporaryDirectory> folder = TemporaryDirectory::create();
  ASSERT_TRUE(folder) << folder.error().message;
  const std::filesystem::path text = folder->path() / "model.nin", library = folder->path() / "broken.so";
  ASSERT_TRUE(writeAtomically(text, modelText));
  Build build;
  build.chooseSchedule = breaking(GetParam());
  auto compiled = testing::compileTo(library, model, build);
  ASSERT_TRUE(compiled) << compiled.error().message;

  const std::string command =
      std::string(NINC_COMMAND) + " verify '" + text.string() + "' '" + library.string() + "'";
  std::FILE *pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string printed;
  for (int c; (c = std::fgetc(pipe)) != EOF;)
    printed.push_back(static_cast<char>(c));
  const int status = pclose(pipe);
  EXPECT_EQ(WEXITSTATUS(status), 3) << printed;
  EXPECT_NE(printed.find("first divergence: " + GetParam() + "\n"), std::string::npos) << printed;
}

INSTANTIATE_TEST_SUITE_P(Layers, BrokenSchedule, ::testing::Values("pool1", "pool2"),
                         [](const auto &layer) { return layer.param; });

// What the tests above rest on: with legal schedules the same model agrees.
TEST(LegalSchedules, AgreeOnTheSameModel) {
  const Graph model = testing::modelOf(modelText);
  for (const Target &target : testing::targetsHere()) {
    auto compiled = CompiledModel::make(model, {.target = target});
    ASSERT_TRUE(compiled) << compiled.error().message;
    auto verification = verifyLibrary(model, compiled->library(), testing::randomBatch(model, 1, 1));
    ASSERT_TRUE(verification) << verification.error().message;
    EXPECT_EQ(verification->firstDivergence(), "") << target.name;
    EXPECT_GE(verification->layers.size(), 4U);
  }
}

} // namespace
} // namespace ninc
