// From a model's text to a library that runs: the answers must be the reference interpreter's, and whatever
// goes wrong must cost a message and no file.
#include <csignal>
#include <cstdlib>
#include <dlfcn.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include "codegen/Compile.h"
#include "codegen/target/Targets.h"
#include "frontend/LoadModel.h"
#include "ir/RandomTensors.h"
#include "ir/interpreter/Interpreter.h"
#include "passes/Passes.h"
#include "runtime/ninc_devices.h"
#include "support/Files.h"
#include "tests/unit/codegen/library/HandMadeModel.h"

namespace ninc::testing {
namespace {

using ::testing::HasSubstr;

// A small network of every kind of step: a fused stage, pools, a dense head, and a map as second output.
constexpr const char *smallModel = R"(model small
weights random seed 7
image  = input f32[3, 16, 16]
stage1 = mlpconv image [conv 3x3 pad 1 -> 24, 16, 16]
pool1  = max_pool stage1 3x3 stride 2 ceil
drop1  = dropout pool1 0.5
maps   = mlpconv drop1 [conv 3x3 pad 1 -> 16, 10]
prob   = softmax (global_avg_pool maps)
output prob, maps
)";

Graph load(const std::filesystem::path &file) {
  ModelSource source;
  Diagnostics diagnostics;
  auto model = loadModel(file, {}, source, diagnostics);
  EXPECT_TRUE(model) << render(diagnostics, source.file, source.text);
  return std::move(model->graph);
}

Graph loadText(const char *text) {
  writeFile(testFolder() / "model.nin", text);
  return load(testFolder() / "model.nin");
}

Graph optimised(const Graph &model) {
  Graph graph = model.clone();
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  const auto ran = runPipeline(graph, context);
  EXPECT_TRUE(ran) << ran.error().message;
  return graph;
}

CompileOptions optionsFor(const std::string &target, std::int64_t batch = 1) {
  CompileOptions options;
  options.targets = {parseTarget(target).value()};
  options.batch = batch;
  return options;
}

Result<CompileReport> compileTo(const std::filesystem::path &output, const Graph &model, Product product,
                                const CompileOptions &options) {
  return compile(optimised(model), {product, output}, options);
}

struct ScratchDeleter {
  void operator()(void *memory) const { std::free(memory); }
};

// Runs a library on a batch of random images and compares each with the interpreter.
void expectRunsLikeTheInterpreter(const std::filesystem::path &file, const Graph &model, int threads) {
  void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_TRUE(library) << dlerror();
  const ninc_model &compiled = *reinterpret_cast<ninc_model_function>(dlsym(library, NINC_MODEL_SYMBOL))();
  ASSERT_EQ(compiled.n_inputs, 1);
  const Shape shape(compiled.inputs[0].shape, compiled.inputs[0].shape + compiled.inputs[0].rank);

  std::vector<float> images;
  std::vector<Tensor> inputs;
  for (int image = 0; image < compiled.batch; ++image) {
    inputs.push_back(randomTensor(shape, static_cast<std::uint64_t>(image), 0.5));
    images.insert(images.end(), inputs.back().data.begin(), inputs.back().data.end());
  }
  std::vector<std::vector<float>> results;
  std::vector<void *> outputs;
  for (int i = 0; i < compiled.n_outputs; ++i)
    results.emplace_back(static_cast<std::size_t>(compiled.outputs[i].bytes / 4 * compiled.batch));
  for (std::vector<float> &result : results)
    outputs.push_back(result.data());
  const auto bytes =
      static_cast<std::size_t>(compiled.scratch_bytes + threads * compiled.scratch_bytes_per_thread);
  const std::unique_ptr<void, ScratchDeleter> scratch(
      std::aligned_alloc(static_cast<std::size_t>(compiled.scratch_alignment), bytes + 128));
  ninc_executor *team = threads == 1 ? nullptr : compiled.team_create(threads, nullptr);
  const void *input = images.data();
  ASSERT_EQ(compiled.run(&input, outputs.data(), scratch.get(), team), NINC_OK);

  for (std::size_t image = 0; image < inputs.size(); ++image) {
    const auto expected = evaluateOutputs(model, {{compiled.inputs[0].name, inputs[image]}});
    ASSERT_TRUE(expected) << expected.error().message;
    for (std::size_t output = 0; output < results.size(); ++output) {
      const std::vector<float> &reference = (*expected)[output].data;
      for (std::size_t i = 0; i < reference.size(); ++i)
        ASSERT_NEAR(results[output][image * reference.size() + i], reference[i], 2e-5)
            << "output " << output << ", element " << i << " of image " << image;
    }
  }
  compiled.team_destroy(team);
  dlclose(library);
}

TEST(Compile, ALibraryRunsLikeTheInterpreter) {
  const Graph model = loadText(smallModel);
  for (const char *target : {"x86-64-v2", "host"}) {
    const std::filesystem::path file = testFolder() / fmt::format("small-{}.so", target);
    const auto report = compileTo(file, model, Product::sharedLibrary, optionsFor(target));
    ASSERT_TRUE(report) << report.error().message;
    for (int threads : {1, 2, 3})
      expectRunsLikeTheInterpreter(file, model, threads);
  }
}

TEST(Compile, ABatchRunsLikeTheInterpreter) {
  const Graph model = loadText(smallModel);
  const std::filesystem::path file = testFolder() / "small.so";
  const auto report = compileTo(file, model, Product::sharedLibrary, optionsFor("host", 3));
  ASSERT_TRUE(report) << report.error().message;
  expectRunsLikeTheInterpreter(file, model, 2);
}

TEST(Compile, TheTrainedDigitsModelRunsLikeTheInterpreter) {
  const Graph model = load(std::filesystem::path(NINC_SOURCE_DIR) / "examples/digits/nin_digits.nin");
  const std::filesystem::path file = testFolder() / "nin_digits.so";
  const auto report = compileTo(file, model, Product::sharedLibrary, optionsFor("host"));
  ASSERT_TRUE(report) << report.error().message;
  expectRunsLikeTheInterpreter(file, model, 1);
}

TEST(Compile, TheSameModelGivesTheSameBytes) {
  const Graph model = loadText(smallModel);
  CompileOptions one = optionsFor("x86-64-v3"), two = one;
  one.jobs = 1;
  two.jobs = 2;
  const std::filesystem::path here = testFolder(), there = here / "elsewhere";
  std::filesystem::create_directory(there);
  ASSERT_TRUE(compileTo(here / "m.so", model, Product::sharedLibrary, one));
  ASSERT_TRUE(compileTo(there / "m.so", model, Product::sharedLibrary, two));
  EXPECT_TRUE(readFile(here / "m.so").value() == readFile(there / "m.so").value());
  EXPECT_TRUE(readFile(here / "m.h").value() == readFile(there / "m.h").value());
}

// A library's inner functions have dots in their names, or a kernel's number.
TEST(Compile, ValuesMayBeCalledAsFunctionsAre) {
  const Graph model =
      loadText("model main\nweights random seed 1\n"
               "memset = input f32[2, 6, 6]\n"
               "x = mlpconv memset [conv 3x3 pad 1 -> 24, 20]\n"
               "x_par_for_map0_s0_c_panel = max_pool x 3x3 stride 2 ceil\n" // as Halide's loop
               "ninc_cpu_check = mlpconv x_par_for_map0_s0_c_panel [conv 3x3 pad 1 -> 8, 4]\n"
               "halide_malloc = average_pool ninc_cpu_check 2x2\n"
               "weights_1 = relu halide_malloc\n"
               "kernel0 = global_avg_pool weights_1\n"
               "expf = softmax kernel0\n"
               "run = tanh expf\n"
               "ninc_model_v1 = sigmoid run\n"
               "output ninc_model_v1\n");
  const auto report = compileTo(testFolder() / "main.so", model, Product::sharedLibrary, optionsFor("host"));
  ASSERT_TRUE(report) << report.error().message;
  expectRunsLikeTheInterpreter(testFolder() / "main.so", model, 2);
}

// What begins with "llvm." is LLVM's, with "data." our constants.
TEST(Compile, AModelMayBeCalledAsTheCompilersParts) {
  for (const std::string name : {"llvm", "halide", "data"}) {
    const std::string text = "model " + name +
                             "\nweights random seed 1\n"
                             "x = input f32[4]\n"
                             "y = dense x -> 3\n"
                             "output y\n";
    const Graph model = loadText(text.c_str());
    const std::filesystem::path file = testFolder() / (name + ".so");
    const auto report = compileTo(file, model, Product::sharedLibrary, optionsFor("host"));
    ASSERT_TRUE(report) << report.error().message;
    expectRunsLikeTheInterpreter(file, model, 1);
  }
}

TEST(Compile, EqualKernelsAreCompiledOnce) {
  const Graph model = loadText("model twins\nweights random seed 1\n"
                               "x = input f32[8, 8, 8]\n"
                               "a = conv2d x 3x3 pad 1 -> 8\n"
                               "b = conv2d a 3x3 pad 1 -> 8\n"
                               "c = conv2d b 3x3 pad 1 -> 8\n"
                               "d = conv2d c 3x3 pad 1 -> 8\n"
                               "output d\n");
  const auto report = compileTo(testFolder() / "twins.so", model, Product::sharedLibrary, optionsFor("host"));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->statistics.kernels, 4U);
  EXPECT_LT(report->statistics.distinctKernels, 4U);
  expectRunsLikeTheInterpreter(testFolder() / "twins.so", model, 1);
}

TEST(Compile, ALibraryIsSmallBesideItsWeights) {
  const Graph model = load(std::filesystem::path(NINC_SOURCE_DIR) / "examples/digits/nin_digits.nin");
  for (const char *target : {"x86-64-v3", "x86-64-v4", "aarch64"}) {
    const auto report = compileTo(testFolder() / "m.so", model, Product::sharedLibrary, optionsFor(target));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_LT(static_cast<std::int64_t>(std::filesystem::file_size(testFolder() / "m.so")) -
                  report->statistics.weightBytes,
              400000);
  }
}

TEST(Compile, LibrariesHaveTheirHeaderBesideThem) {
  const Graph model = loadText(smallModel);
  ASSERT_TRUE(compileTo(testFolder() / "small.a", model, Product::archive, optionsFor("host")));
  EXPECT_THAT(readFile(testFolder() / "small.h").value(),
              HasSubstr("int small_run(const float * /* image */, float * /* prob */, float * /* maps */, "
                        "void * /* scratch */, const ninc_executor * /* executor */);"));
  ASSERT_TRUE(compileTo(testFolder() / "text.ll", model, Product::llvmIr, optionsFor("host")));
  EXPECT_FALSE(std::filesystem::exists(testFolder() / "text.h"));
}

TEST(Compile, AnUnwritableFolderLeavesOldFilesAlone) {
  const Graph model = loadText(smallModel);
  writeFile(testFolder() / "small.so", "old library");
  std::filesystem::create_directory(testFolder() / "small.h"); // the header can't take its place
  const auto compiled =
      compileTo(testFolder() / "small.so", model, Product::sharedLibrary, optionsFor("host"));
  ASSERT_FALSE(compiled);
  EXPECT_EQ(compiled.error().kind, ErrorKind::badInput);
  EXPECT_THAT(compiled.error().message, HasSubstr("small.h"));
  EXPECT_EQ(readFile(testFolder() / "small.so").value(), "old library");

  const auto nowhere =
      compileTo(testFolder() / "no" / "such" / "m.so", model, Product::sharedLibrary, optionsFor("host"));
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("m.so"));
}

// A limit on file sizes fails a write the way a full disk does: in the middle.
TEST(Compile, AFullDiskLeavesOldFilesAlone) {
  const Graph model =
      loadText("model wide\nweights random seed 1\nx = input f32[100]\ny = dense x -> 1000\noutput y\n");
  writeFile(testFolder() / "wide.so", "old library");
  const auto compileWithLittleRoom = [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100000, 100000}; // room for the kernel, not for its 400,000 bytes of weights
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto compiled =
        compileTo(testFolder() / "wide.so", model, Product::sharedLibrary, optionsFor("host"));
    if (!compiled) fmt::print(stderr, "{}\n", compiled.error().message);
    std::exit(compiled ? 77 : static_cast<int>(compiled.error().kind));
  };
  EXPECT_EXIT(compileWithLittleRoom(), ::testing::ExitedWithCode(1), "weights.o.: File too large");
  EXPECT_EQ(readFile(testFolder() / "wide.so").value(), "old library");
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(testFolder()))
    names.push_back(entry.path().filename().string());
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("model.nin", "wide.so"));
}

TEST(Compile, ImpossibleBatchesAreRefused) {
  const Graph model = loadText(smallModel);
  for (std::int64_t batch : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 40}) {
    const auto compiled =
        compileTo(testFolder() / "m.so", model, Product::sharedLibrary, optionsFor("host", batch));
    ASSERT_FALSE(compiled);
    EXPECT_THAT(compiled.error().message, HasSubstr("batch"));
  }
}

TEST(CompileForDevices, HoldsAHalfForEachBesideTheCpus) {
  const Graph model = loadText(smallModel);
  CompileOptions options = optionsFor("x86-64-v2", 2);
  options.devices = parseTargets("x86-64-v2+opencl+sm_75").value().devices;
  options.devices[1].storage = ElementType::f16;
  const std::filesystem::path file = testFolder() / "both.so";
  const auto compiled = compileTo(file, model, Product::sharedLibrary, options);
  ASSERT_TRUE(compiled) << compiled.error().message;
  expectRunsLikeTheInterpreter(file, model, 1);

  void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_TRUE(library) << dlerror();
  const ninc_model &descriptor = *reinterpret_cast<ninc_model_function>(dlsym(library, NINC_MODEL_SYMBOL))();
  EXPECT_EQ(descriptor.struct_bytes, static_cast<std::int32_t>(sizeof(ninc_model)));
  ASSERT_NE(descriptor.devices, nullptr);
  EXPECT_EQ(descriptor.devices->struct_bytes, static_cast<std::int32_t>(sizeof(ninc_devices)));
  ASSERT_EQ(descriptor.devices->n_halves, 2);
  const ninc_device_half &opencl = descriptor.devices->halves[0], &cuda = descriptor.devices->halves[1];
  EXPECT_EQ(opencl.kind, NINC_DEVICE_OPENCL);
  EXPECT_STREQ(opencl.target, "opencl");
  EXPECT_EQ(opencl.element, NINC_F32);
  EXPECT_EQ(cuda.kind, NINC_DEVICE_CUDA);
  EXPECT_STREQ(cuda.target, "sm_75");
  EXPECT_EQ(cuda.element, NINC_F16);
  constexpr std::int64_t means = 512; // that softmax reads: f32 in both, at a place of their own
  EXPECT_EQ((cuda.arena_bytes - means) * 2, opencl.arena_bytes - means);
  for (const ninc_device_half *half : {&opencl, &cuda}) {
    ASSERT_EQ(half->n_kernels, 3);
    EXPECT_STREQ(half->kernels[0].name, "stage1");
    EXPECT_EQ(half->launches[0], 1) << "an mlpconv is one";
    EXPECT_EQ(half->launches[2], 3) << "maps that are kept, means, softmax";
    EXPECT_EQ(half->kernels[0].results[0].element, half->element);
    EXPECT_EQ(half->kernels[0].result_output[0], -1);
    EXPECT_EQ(half->kernels[0].result_offset[0] % 512, 0);
    EXPECT_EQ(half->kernels[2].results[0].element, NINC_F32) << "an output";
    EXPECT_EQ(half->kernels[2].result_output[0], 0);
    EXPECT_GT(half->weight_bytes, 0);
    EXPECT_EQ(half->kernels[0].run, nullptr);
  }
  for (const char *name : {"small_create", "small_destroy", "small_run_on", "small_enqueue", "small_wait",
                           "small_message", "small_native"})
    EXPECT_NE(dlsym(library, name), nullptr) << name;
  EXPECT_EQ(descriptor.devices->create(nullptr, nullptr), NINC_ERROR_NULL_ARGUMENT);
  dlclose(library);
}

TEST(CompileForDevices, LeavesALibraryForCpusAsItWas) {
  const std::filesystem::path file = testFolder() / "cpu.so";
  ASSERT_TRUE(compileTo(file, loadText(smallModel), Product::sharedLibrary, optionsFor("x86-64-v2")));
  void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  const ninc_model &descriptor = *reinterpret_cast<ninc_model_function>(dlsym(library, NINC_MODEL_SYMBOL))();
  EXPECT_EQ(descriptor.devices, nullptr);
  EXPECT_EQ(dlsym(library, "small_create"), nullptr);
  dlclose(library);
}

TEST(CompileForDevices, SaysWhatDoesntFit) {
  CompileOptions options = optionsFor("x86-64-v2");
  options.devices = parseTargets("x86-64-v2+opencl").value().devices;
  options.devices[0].sharedBytes = 16;
  const std::filesystem::path file = testFolder() / "none.so";
  const auto compiled = compileTo(file, loadText(smallModel), Product::sharedLibrary, options);
  ASSERT_FALSE(compiled);
  EXPECT_THAT(compiled.error().message, HasSubstr("bytes of shared memory on opencl, where a block has 16"));
  EXPECT_FALSE(std::filesystem::exists(file));
}

} // namespace
} // namespace ninc::testing
