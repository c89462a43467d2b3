#include "codegen/library/InterfaceFunctions.h"

#include <algorithm>
#include <cstddef>
#include <gmock/gmock.h>

#include "runtime/ninc_devices.h"

namespace ninc::testing {
namespace {

using ::testing::HasSubstr;

const InterfaceWords words = {"m",
                              "M",
                              "x86-64-v3",
                              "const float * /* x */, float * /* y */",
                              " *   size      a number\n",
                              " *   x         in,  float[2]: 2 numbers\n",
                              2,
                              "",
                              "NINC_STACK_BYTES(2)"};

std::string declared(std::span<const InterfaceFunction> table, std::string_view name,
                     const LibraryShape &library = {}) {
  for (const InterfaceFunction &function : table)
    if (function.name == name) return declarationOf(function, words, library);
  return "";
}

TEST(InterfaceFunctions, OfDevicesStandAsInTheirStruct) {
  const std::pair<std::string_view, std::size_t> fields[] = {
      {"create", offsetof(ninc_devices, create)},
      {"destroy", offsetof(ninc_devices, destroy)},
      {"run_on", offsetof(ninc_devices, run_on)},
      {"enqueue", offsetof(ninc_devices, enqueue)},
      {"wait", offsetof(ninc_devices, wait)},
      {"run_kernel", offsetof(ninc_devices, run_kernel)},
      {"read_arena", offsetof(ninc_devices, read_arena)},
      {"message", offsetof(ninc_devices, message)},
      {"native", offsetof(ninc_devices, native)}};
  const std::size_t first = offsetof(ninc_devices, create);
  ASSERT_EQ(deviceInterface().size(), (sizeof(ninc_devices) - first) / sizeof(void *));
  for (std::size_t i = 0; i < std::size(fields); ++i) {
    EXPECT_EQ(deviceInterface()[i].name, fields[i].first);
    EXPECT_EQ(first + i * sizeof(void *), fields[i].second);
  }
}

TEST(InterfaceFunctions, AreDeclaredAsPeopleWriteC) {
  EXPECT_THAT(declared(modelInterface(), "model"), HasSubstr("*/\nconst ninc_model *m_model(void);\n\n"));
  EXPECT_THAT(declared(modelInterface(), "strerror"), HasSubstr("const char *m_strerror(int /* status */);"));
  EXPECT_THAT(declared(modelInterface(), "team_destroy"),
              HasSubstr("void m_team_destroy(ninc_executor * /* team */);"));
}

TEST(InterfaceFunctions, TakeATensorWhereItStands) {
  EXPECT_THAT(declared(modelInterface(), "run"),
              HasSubstr("int m_run(const float * /* x */, float * /* y */, void * /* scratch */, "
                        "const ninc_executor * /* executor */);"));
  EXPECT_THAT(declared(deviceInterface(), "run_on"),
              HasSubstr("int m_run_on(ninc_state * /* state */, const float * /* x */, float * /* y */);"));
}

TEST(InterfaceFunctions, TakeASizeWhereThereAreSeveral) {
  EXPECT_THAT(declared(modelInterface(), "run", {.severalSizes = true}),
              HasSubstr("int m_run(int32_t /* size */, const float * /* x */, float * /* y */,\n"
                        "    void * /* scratch */, const ninc_executor * /* executor */);"));
}

TEST(InterfaceFunctions, AreExportedWhereTheyAreOfUse) {
  const std::pair<std::string_view, LibraryShape> needs[] = {
      {"run_batch", {.anyBatch = true}},           {"size_for", {.severalSizes = true}},
      {"chosen_target", {.severalTargets = true}}, {"use_target", {.severalTargets = true}},
      {"open_weights", {.hasWeightFile = true}},   {"use_weights", {.hasWeightFile = true}},
      {"close_weights", {.hasWeightFile = true}}};
  for (const InterfaceFunction &function : modelInterface()) {
    const auto need =
        std::ranges::find(needs, function.name, &std::pair<std::string_view, LibraryShape>::first);
    EXPECT_EQ(function.isExported({}), need == std::end(needs)) << function.name;
    if (need == std::end(needs)) continue;
    EXPECT_TRUE(function.isExported(need->second)) << function.name;
  }
}

TEST(InterfaceFunctions, ManyParametersStandTwoInALine) {
  EXPECT_THAT(declared(deviceInterface(), "enqueue"),
              HasSubstr("int m_enqueue(ninc_state * /* state */, const ninc_buffer * /* inputs */,\n"
                        "    const ninc_buffer * /* outputs */, void * /* stream */);"));
}

TEST(InterfaceFunctions, SayWhatTheyDoInTheModelsWords) {
  const std::string run = declared(modelInterface(), "run");
  EXPECT_THAT(run, HasSubstr("/* Runs the network.\n *   size      a number\n *   x         in,  float[2]: 2 "
                             "numbers\n *   scratch   "
                             "M_SCRATCH_BYTES(executor"));
  EXPECT_THAT(run, HasSubstr("NINC_STACK_BYTES(2). */"));
  EXPECT_THAT(declared(modelInterface(), "supported"), HasSubstr("lacks instructions of x86-64-v3. */"));
}

TEST(InterfaceFunctions, WithoutWordsAreForTheDescriptorAlone) {
  for (const InterfaceFunction &function : deviceInterface())
    EXPECT_EQ(function.canBeExported(), function.name != "run_kernel" && function.name != "read_arena")
        << function.name;
  for (const InterfaceFunction &function : modelInterface())
    EXPECT_TRUE(function.canBeExported()) << function.name;
}

} // namespace
} // namespace ninc::testing
