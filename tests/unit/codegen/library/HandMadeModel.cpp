#include "tests/unit/codegen/library/HandMadeModel.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <fstream>

#include "support/Files.h"

namespace ninc::testing {

namespace {

// Both kernels check the buffers they are handed against what Program says, through Halide's own header.
constexpr const char *scaleSource = R"(
#include <HalideRuntime.h>
struct loop { const float *in, *weights; float *out; };
static int scale(void *context, int i, uint8_t *closure) {
  const struct loop *loop = (const struct loop *)closure;
  float *piece = halide_malloc(context, 300);
  if (!piece || (uintptr_t)piece % 128 != 0) return 3;
  piece[74] = loop->in[i] * loop->weights[0];
  loop->out[i] = piece[74] + loop->weights[1];
  halide_free(context, piece);
  return loop->in[i] == 13;
}
int SYMBOL(void *context, halide_buffer_t *in, halide_buffer_t *weights, halide_buffer_t *out) {
  const halide_buffer_t *buffers[] = {in, weights, out};
  const int extents[] = {6, 2, 6};
  for (int i = 0; i < 3; ++i) {
    const halide_buffer_t *b = buffers[i];
    if (b->device || b->device_interface || b->flags || b->padding || b->type.code != halide_type_float ||
        b->type.bits != 32 || b->type.lanes != 1 || b->dimensions != 1 || b->dim[0].min != 0 ||
        b->dim[0].extent != extents[i] || b->dim[0].stride != 1 || b->dim[0].flags != 0)
      return 2;
  }
  if ((uintptr_t)weights->host % 64 != 0) return 4;
  struct loop loop = {(const float *)in->host, (const float *)weights->host, (float *)out->host};
  return halide_do_par_for(context, scale, 0, 6, (uint8_t *)&loop);
}
)";

constexpr const char *splitSource = R"(
#include <HalideRuntime.h>
int SYMBOL(void *context, halide_buffer_t *stage, halide_buffer_t *shift, halide_buffer_t *scratch,
           halide_buffer_t *prob, halide_buffer_t *maps) {
  (void)context;
  if (stage->dimensions != 2 || stage->dim[1].min != -1 || stage->dim[1].extent != 2 || stage->dim[1].stride != 3)
    return 2;
  const float *in = (const float *)stage->host;
  float *copy = (float *)scratch->host;
  for (int i = 0; i < 6; ++i) copy[i] = in[i];
  for (int i = 0; i < 6; ++i) {
    ((float *)prob->host)[i] = copy[i] + *(const float *)shift->host;
    ((float *)maps->host)[i] = -copy[i];
  }
  return 0;
}
)";

std::string withSymbol(std::string source, const std::string &symbol) {
  source.replace(source.find("SYMBOL"), std::strlen("SYMBOL"), symbol);
  return source;
}

} // namespace

CommandResult runCommand(const std::string &command) {
  CommandResult result;
  std::FILE *pipe = popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> buffer{};
  for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    result.output.append(buffer.data(), n);
  result.status = pclose(pipe);
  return result;
}

std::filesystem::path testFolder() {
  const auto *info = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::filesystem::path folder = std::filesystem::path(NINC_BINARY_DIR) / "tests" / "codegen" /
                                       fmt::format("{}.{}", info->test_suite_name(), info->name());
  static std::string last; // the folder that is already fresh
  if (last != folder.string()) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    last = folder.string();
  }
  return folder;
}

void writeFile(const std::filesystem::path &path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::vector<std::byte> compileC(const std::string &source, const std::string &compiler) {
  const std::filesystem::path file = testFolder() / "kernel.c", object = testFolder() / "kernel.o";
  writeFile(file, source);
  const CommandResult compiled =
      runCommand(fmt::format("{} -std=c11 -O1 -fPIC -fno-stack-protector -Wall -Werror -I{} -c {} -o {}",
                             compiler, NINC_HALIDE_INCLUDE, file.string(), object.string()));
  EXPECT_EQ(compiled.status, 0) << compiled.output;
  const std::string bytes = readFile(object).value();
  const auto *first = reinterpret_cast<const std::byte *>(bytes.data());
  return {first, first + bytes.size()};
}

Program handMadeProgram(const std::string &name, std::int64_t batch, const std::string &targetName) {
  const TensorType six{ElementType::f32, {2, 3}, Layout::chw}, one{ElementType::f32, {1}, Layout::chw};
  const Target target = parseTarget(targetName).value();
  const std::string compiler = target.arch == Arch::aarch64 ? "aarch64-linux-gnu-gcc" : "cc";
  using Base = Location::Base;

  Program program;
  program.interface = {
      name, batch, false, {{{{"image", six}, {"shift", one}}, {{"prob", six}, {"maps", six}}, 6}}};
  Version version;
  version.target = target;
  version.scratchBytes = 512; // stage, then the second kernel's copy of it
  version.scratchBytesPerThread = 384;
  const std::vector<float> numbers = {2, 10};
  const auto bytes = std::as_bytes(std::span(numbers));
  program.weights.assign(bytes.begin(), bytes.end());

  Kernel scale, split;
  scale.symbol = name + "_kernel_stage";
  scale.arguments = {{ArgumentRole::input, 0, 0, {{0, 6, 1}}},
                     {ArgumentRole::weights, 0, 0, {{0, 2, 1}}},
                     {ArgumentRole::output, 0, 0, {{0, 6, 1}}}};
  scale.scratchBytesPerThread = 384;
  scale.object = compileC(withSymbol(scaleSource, scale.symbol), compiler);
  split.symbol = name + "_kernel_prob";
  split.arguments = {{ArgumentRole::input, 0, 0, {{0, 3, 1}, {-1, 2, 3}}},
                     {ArgumentRole::input, 1, 0, {{0, 1, 1}}},
                     {ArgumentRole::scratch, 0, 0, {{0, 6, 1}}},
                     {ArgumentRole::output, 0, 0, {{0, 6, 1}}},
                     {ArgumentRole::output, 1, 0, {{0, 6, 1}}}};
  split.scratchBytes = 64;
  split.object = compileC(withSymbol(splitSource, split.symbol), compiler);
  program.kernels = {scale, split};

  version.steps = {{"stage",
                    "scale 2 10",
                    "by hand",
                    0,
                    {{Base::input, 0, 0}, {Base::weights, 0, 0}, {Base::scratch, 0, 0}},
                    {{{"stage", six}, {Base::scratch, 0, 0}}},
                    6,
                    56},
                   {"prob",
                    "split",
                    "by hand",
                    1,
                    {{Base::scratch, 0, 0},
                     {Base::input, 1, 0},
                     {Base::scratch, 0, 256},
                     {Base::output, 0, 0},
                     {Base::output, 1, 0}},
                    {{{"prob", six}, {Base::output, 0, 0}}, {{"maps", six}, {Base::output, 1, 0}}},
                    0,
                    76}};
  program.versions = {version};
  return program;
}

std::string makeOrFail(const Program &program, Product product) {
  auto made = makeProduct(program, product, {});
  EXPECT_TRUE(made) << made.error().message;
  return made ? made->bytes : "";
}

} // namespace ninc::testing
