// What `ninc run`, `bench` and `verify` do beside printing.
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "driver/Benchmark.h"
#include "driver/CompileCached.h"
#include "driver/ModelRunner.h"
#include "driver/NumberWarnings.h"
#include "driver/VerifySamples.h"
#include "tests/unit/driver/Scene.h"

namespace ninc {
namespace {

using testing::HasSubstr;

class Running : public Scene {
protected:
  // Of the small model, for this machine.
  CachedLibrary library() {
    Request wish = request();
    wish.target = "host";
    return libraryInMemory(small(), resolve(wish).value(), {}, listener()).value();
  }
};

TEST_F(Running, ALibraryAndTheReferenceHaveOneSignatureAndOneAnswer) {
  const CachedLibrary file = library();
  const Result<ModelRunner> compiled = libraryRunner(file.path, {});
  ASSERT_TRUE(compiled) << compiled.error().message;
  const ModelRunner reference = referenceRunner(std::move(small().graph));
  EXPECT_TRUE(compiled->library);
  EXPECT_FALSE(reference.library);
  ASSERT_EQ(compiled->signature.inputs.size(), 1u);
  EXPECT_EQ(compiled->signature.inputs[0].name, reference.signature.inputs[0].name);
  EXPECT_EQ(compiled->signature.inputs[0].shape, (Shape{2, 6, 6}));
  EXPECT_EQ(reference.signature.outputs[0].name, "prob");

  const std::vector<Tensor> batch = randomInputs(compiled->signature, 1, 0);
  EXPECT_EQ(batch[0].shape, (Shape{1, 2, 6, 6}));
  std::vector<Tensor> image = batch;
  image[0].shape.erase(image[0].shape.begin());
  const auto computed = compiled->run(batch), expected = reference.run(image);
  ASSERT_TRUE(computed && expected);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR((*computed)[0].data[i], (*expected)[0].data[i], 1e-5);
}

TEST_F(Running, RandomInputsDependOnTheSeedAndTheSampleAlone) {
  const Signature signature = signatureOf(small().graph);
  EXPECT_EQ(randomInputs(signature, 1, 0)[0].data, randomInputs(signature, 1, 0)[0].data);
  EXPECT_NE(randomInputs(signature, 1, 0)[0].data, randomInputs(signature, 2, 0)[0].data);
  const std::vector<Tensor> second = randomInputs(signature, 1, 1);
  for (float number : second[0].data)
    EXPECT_TRUE(number >= 0 && number < 1) << "every second sample is uniform";
}

TEST_F(Running, SeveralSamplesAreVerifiedAndEachMustBeFinite) {
  const CachedLibrary file = library();
  LoadedModel loaded = LoadedModel::open(file.path, 1).value();
  const WrittenModel model = small();
  std::vector<std::vector<Tensor>> sets{randomInputs(signatureOf(model.graph), 1, 0),
                                        randomInputs(signatureOf(model.graph), 1, 1)};
  Diagnostics none;
  EXPECT_EQ(verifySamples(model.graph, loaded, sets, none)->firstDivergence(), "");
  EXPECT_TRUE(none.all().empty());
  sets[1][0].data[3] = INFINITY;
  Diagnostics diagnostics;
  EXPECT_THAT(verifySamples(model.graph, loaded, sets, diagnostics).error().message,
              HasSubstr("input 'image' holds infinities or NaNs"));
}

TEST_F(Running, ABenchmarkHasTimesAndThePeakOfThePlace) {
  const CachedLibrary file = library();
  LoadedModel loaded = LoadedModel::open(file.path, 1).value();
  const Result<Benchmark> measured = benchmark(loaded, {}, 0.01);
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_GT(measured->timing.runs, 0u);
  EXPECT_GT(measured->peak.gigaflops, 0);
  EXPECT_EQ(compiledFor(loaded), loaded.target());
}

// Of what the reference computes from one number.
class Warnings : public testing::Test {
protected:
  std::vector<std::string> ofInputs(std::vector<float> numbers) {
    Diagnostics diagnostics;
    const Tensor tensor{{static_cast<std::int64_t>(numbers.size())}, std::move(numbers)};
    warnings.ofInputs({&tensor, 1}, diagnostics);
    return messages(diagnostics);
  }
  std::vector<std::string> ofOutputs(std::vector<float> numbers) {
    Diagnostics diagnostics;
    const Tensor tensor{{static_cast<std::int64_t>(numbers.size())}, std::move(numbers)};
    warnings.ofOutputs({&tensor, 1}, diagnostics);
    return messages(diagnostics);
  }
  static std::vector<std::string> messages(const Diagnostics &diagnostics) {
    std::vector<std::string> texts;
    for (const Diagnostic &diagnostic : diagnostics.all())
      texts.push_back(diagnostic.message);
    return texts;
  }
  Signature signature{{{"x", {3}}}, {{"y", {3}}}, 1};
  NumberWarnings warnings{signature, nullptr};
};

TEST_F(Warnings, OfFiniteNumbersThereAreNone) {
  EXPECT_TRUE(ofInputs({1, 1e30f, -2}).empty());
  EXPECT_TRUE(ofOutputs({0, 1, 2}).empty());
}

TEST_F(Warnings, CountWhatIsNotFiniteAndNameTheFirst) {
  const std::vector<std::string> told = ofInputs({1, INFINITY, NAN});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(
      told[0],
      "input 'x' has 2 numbers that aren't finite, the first inf at [1]; what comes of it is unspecified");
}

TEST_F(Warnings, OfOverflowComeOnce) {
  EXPECT_EQ(ofOutputs({1, INFINITY, 2}).size(), 1u);
  EXPECT_TRUE(ofOutputs({1, INFINITY, 2}).empty());
}

TEST_F(Warnings, OfOutputsAreNotDueWhereInputsWereWrongAlready) {
  EXPECT_EQ(ofInputs({NAN, 1, 2}).size(), 1u);
  EXPECT_TRUE(ofOutputs({NAN, 1, 2}).empty());
}

} // namespace
} // namespace ninc
