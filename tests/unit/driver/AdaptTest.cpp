// Models as applications want them: which words are taken, what they make of a graph, what is said of others.
#include "driver/Adapt.h"

#include <gmock/gmock.h>

#include "frontend/text/Parser.h"
#include "ir/Printer.h"
#include "ir/Verifier.h"
#include "ir/interpreter/Interpreter.h"

namespace ninc {
namespace {

using testing::HasSubstr;

Graph parsed(const std::string &text) {
  Diagnostics diagnostics;
  std::optional<Graph> graph = parseModel(text, diagnostics);
  EXPECT_TRUE(graph.has_value()) << render(diagnostics, "", text);
  return std::move(*graph);
}

Graph classifier() {
  return parsed("model m\nimage = input f32[3, 2, 2] \"data:0\"\ny = max_pool image 2x2\n"
                "prob = softmax (flatten y)\noutput prob\n");
}

// The graph's text, or why there is none.
std::string adapted(Graph graph, const Request &request) {
  const Result<void> done = adapt(graph, request);
  if (!done) return done.error().message;
  EXPECT_TRUE(verify(graph).empty());
  return print(graph);
}

std::string preprocessed(const std::string &words) {
  Request request;
  request.preprocess = {words};
  return adapted(classifier(), request);
}

std::string givenOut(const std::string &words) {
  Request request;
  request.outputsAs = {words};
  return adapted(classifier(), request);
}

TEST(Adapt, AnInputIsKeptAsTheWordsSay) {
  EXPECT_THAT(preprocessed("image=u8 hwc mean 104,117,123 scale 0.017 bgr"),
              HasSubstr("image = input u8[2, 2, 3] hwc mean 104, 117, 123 scale 0.017 bgr \"data:0\"\n"));
  EXPECT_THAT(preprocessed("data:0=std 2 u8"), HasSubstr("image = input u8[3, 2, 2] std 2 \"data:0\"\n"));
  EXPECT_THAT(preprocessed("image=hwc"), HasSubstr("image = input f32[2, 2, 3] hwc \"data:0\"\n"));
}

TEST(Adapt, WordsThatMakeNoInputAreRefused) {
  EXPECT_THAT(preprocessed("photo=u8"),
              HasSubstr("--preprocess 'photo=u8' isn't NAME=WORDS of one of: data:0"));
  EXPECT_THAT(preprocessed("image=u8 hcw"), HasSubstr("unknown word 'hcw'"));
  EXPECT_THAT(preprocessed("image=u8 hcw"), HasSubstr("did you mean 'hwc'?"));
  EXPECT_THAT(preprocessed("image="), HasSubstr("there are no words"));
  EXPECT_THAT(preprocessed("image=u8 f32"), HasSubstr("the element type is given twice"));
  EXPECT_THAT(preprocessed("image=mean 1,2"), HasSubstr("has 2 numbers, but there are 3 channels"));
  EXPECT_THAT(preprocessed("image=mean"), HasSubstr("mean"));
  EXPECT_THAT(preprocessed("image=u8 ;"), HasSubstr("--preprocess"));
}

// A model that turns pixels round itself reads them as they are.
TEST(Adapt, PixelsThatTheModelTurnsRoundAreTakenAsChannels) {
  Graph graph = parsed("model m\nimage = input f32[2, 2, 3]\nx = transpose image [2, 0, 1]\n"
                       "y = max_pool x 2x2\noutput y\n");
  const std::map<std::string, Tensor> pixels{{"image", {{2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}}};
  const std::vector<Tensor> before = evaluateOutputs(graph, pixels).value();
  Request request;
  request.preprocess = {"image=u8 hwc"};
  ASSERT_TRUE(adapt(graph, request));
  EXPECT_EQ(print(graph),
            "model m\n\nimage = input u8[2, 2, 3] hwc\ny = max_pool image 2x2 : f32[3, 1, 1]\noutput y\n");
  EXPECT_EQ(evaluateOutputs(graph, pixels).value(), before);
}

TEST(Adapt, AnOutputIsGivenOutAsAChoice) {
  EXPECT_THAT(givenOut("prob=argmax"),
              HasSubstr("prob_argmax = arg_max prob axis 0 : i64[1]\noutput prob_argmax\n"));
  EXPECT_THAT(givenOut("prob=top2"),
              HasSubstr("prob_indices, prob_values = top_k prob 2 axis 0 : i64[2], f32[2]\n"
                        "output prob_indices, prob_values\n"));
}

TEST(Adapt, AChoiceIsMadeAlongTheFirstDimensionOfSeveral) {
  Request request;
  request.outputsAs = {"y=argmax"};
  EXPECT_THAT(adapted(parsed("model m\nx = input f32[1, 4, 5]\ny = relu x\noutput y\n"), request),
              HasSubstr("y_argmax = arg_max y axis 1 : i64[1, 5]"));
}

TEST(Adapt, OtherOutputsStayInTheirPlaces) {
  Request request;
  request.outputsAs = {"y=top1"};
  EXPECT_THAT(
      adapted(parsed("model m\nx = input f32[4]\ny = relu x\nz = tanh y\nw = abs x\noutput w, y, z\n"),
              request),
      HasSubstr("output w, y_indices, y_values, z\n"));
}

TEST(Adapt, ChoicesThatThereAreNotAreRefused) {
  EXPECT_THAT(givenOut("prob=best"), HasSubstr("'best' is neither argmax nor top"));
  EXPECT_THAT(givenOut("prob=top0"), HasSubstr("'top0' is neither"));
  EXPECT_THAT(givenOut("prob=top4"), HasSubstr("top_k gives 1 to 3 elements"));
  EXPECT_THAT(givenOut("y=argmax"), HasSubstr("isn't NAME=WORDS of one of: prob"));
}

} // namespace
} // namespace ninc
