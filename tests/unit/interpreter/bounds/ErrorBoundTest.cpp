// The bounds hold for kernels that are right and don't for kernels that are wrong, both simulated: an f32
// evaluation that adds its terms in a shuffled order, and the same with one defect.
#include <cmath>
#include <functional>
#include <numeric>
#include <random>

#include "ir/Weights.h"
#include "ir/interpreter/bounds/ErrorBound.h"
#include "support/Half.h"
#include "tests/unit/interpreter/EvaluateOp.h"

namespace ninc {
namespace {

// Which terms a simulated kernel adds: a defect leaves some out. Terms are numbered as in the weight tensor.
using KeepsTerm = std::function<bool(std::int64_t outChannel, std::int64_t term)>;
const KeepsTerm keepsAll = [](std::int64_t, std::int64_t) { return true; };

// A convolution (one group) in f32 with fused multiply-add, the terms of each output in one shuffled order.
Tensor convolveInSingle(const ConvLayer &layer, const Tensor &x, std::mt19937 &random,
                        const KeepsTerm &keeps) {
  Tensor shape = evaluateOne(Conv2d{layer}, {x}); // for its extents
  const std::int64_t rows = shape.shape[1], columns = shape.shape[2], kH = layer.window.kernel[0],
                     kW = layer.window.kernel[1], terms = x.shape[0] * kH * kW;
  std::vector<std::int64_t> order(static_cast<std::size_t>(terms));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  Tensor y = shape;
  for (std::int64_t o = 0; o < layer.outChannels; ++o)
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j) {
        float sum = layer.hasBias ? layer.bias->data[static_cast<std::size_t>(o)] : 0.0f;
        for (std::int64_t term : order) {
          const std::int64_t c = term / (kH * kW),
                             row = i * layer.window.stride[0] - layer.window.pad.top + term / kW % kH,
                             column = j * layer.window.stride[1] - layer.window.pad.left + term % kW;
          if (row < 0 || row >= x.shape[1] || column < 0 || column >= x.shape[2] || !keeps(o, term)) continue;
          sum = std::fma(layer.weight->data[static_cast<std::size_t>(o * terms + term)],
                         x.data[static_cast<std::size_t>((c * x.shape[1] + row) * x.shape[2] + column)], sum);
        }
        y.data[static_cast<std::size_t>((o * rows + i) * columns + j)] =
            layer.activation == Unary{UnaryKind::relu} ? std::max(sum, 0.0f) : sum;
      }
  return y;
}

Tensor averageInSingle(const Tensor &x) {
  Tensor y{{x.shape[0]}, {}};
  const std::size_t size = x.data.size() / static_cast<std::size_t>(x.shape[0]);
  for (std::size_t c = 0; c < static_cast<std::size_t>(x.shape[0]); ++c)
    y.data.push_back(std::accumulate(x.data.begin() + static_cast<std::ptrdiff_t>(c * size),
                                     x.data.begin() + static_cast<std::ptrdiff_t>((c + 1) * size), 0.0f) *
                     (1.0f / static_cast<float>(size)));
  return y;
}

Tensor softmaxInSingle(const Tensor &x) {
  Tensor y = x;
  const float largest = *std::ranges::max_element(x.data);
  float sum = 0;
  for (float &v : y.data)
    sum += v = std::exp2((v - largest) * 1.44269504f); // exp through exp2, as kernels do
  for (float &v : y.data)
    v /= sum;
  return y;
}

// Every value of a graph as an f32 kernel would make it. The defect is in the mlpconv named `defective`: its
// layer 0 keeps only some terms.
std::map<std::string, Tensor> simulate(const Graph &graph, std::map<std::string, Tensor> values,
                                       unsigned seed, const std::string &defective = {},
                                       const KeepsTerm &keeps = keepsAll) {
  std::mt19937 random(seed);
  for (Node node : graph.topologicalOrder()) {
    const std::string &name = graph.name({node});
    if (graph.as<Input>(node)) continue;
    const Tensor &x = values.at(graph.name(graph.operand(node, 0)));
    if (const auto *mlpconv = graph.as<Mlpconv>(node)) {
      Tensor maps = x;
      for (std::size_t i = 0; i < mlpconv->layers.size(); ++i)
        maps = convolveInSingle(mlpconv->layers[i], maps, random,
                                name == defective && i == 0 ? keeps : keepsAll);
      values[name] = maps;
    } else if (graph.as<GlobalAveragePool>(node)) {
      values[name] = averageInSingle(x);
    } else if (graph.as<Softmax>(node)) {
      values[name] = softmaxInSingle(x);
    } else {
      values[name] = evaluateOne(graph.op(node), {x}); // max pool: exact
    }
  }
  return values;
}

// A small Network in Network of the CIFAR-10 kind.
Graph smallNetwork() {
  Graph graph("small");
  auto add = [&](Op op, std::vector<Value> operands, std::string name) {
    Result<Node> node = graph.append(std::move(op), operands, {std::move(name)});
    EXPECT_TRUE(node.has_value()) << (node ? "" : node.error().message);
    return Value{node.value_or(Node{})};
  };
  auto mlpconv = [](std::int64_t kernel, std::vector<std::int64_t> channels) {
    Mlpconv op;
    for (std::int64_t outputs : channels) {
      ConvLayer layer;
      layer.outChannels = outputs;
      layer.activation = Unary{UnaryKind::relu};
      if (op.layers.empty()) {
        const std::int64_t pad = kernel / 2;
        layer.window.kernel = {kernel, kernel};
        layer.window.pad = {pad, pad, pad, pad};
      }
      op.layers.push_back(layer);
    }
    return op;
  };
  const MaxPool halve{{.kernel = {3, 3}, .stride = {2, 2}, .pad = {}}, PoolExtent::ceil};
  Value image = add(Input{{ElementType::f32, {3, 16, 16}, Layout::chw}}, {}, "image");
  Value stage1 = add(mlpconv(5, {48, 40, 32}), {image}, "stage1");
  Value pool1 = add(halve, {stage1}, "pool1");
  Value stage2 = add(mlpconv(5, {48, 48, 48}), {pool1}, "stage2");
  Value pool2 = add(halve, {stage2}, "pool2");
  Value stage3 = add(mlpconv(3, {48, 48, 10}), {pool2}, "stage3");
  Value mean = add(GlobalAveragePool{}, {stage3}, "mean");
  Value prob = add(Softmax{}, {mean}, "prob");
  EXPECT_TRUE(graph.addOutput(prob));
  return graph;
}

Graph randomNetwork(std::uint64_t seed) {
  Graph graph = smallNetwork();
  graph.weightSource.kind = WeightSource::Kind::random;
  graph.weightSource.seed = seed;
  Diagnostics diagnostics;
  EXPECT_TRUE(bindWeights(graph, ".", diagnostics));
  return graph;
}

// All channels alike: the case in which rounding errors aren't independent of each other.
Graph constantNetwork(float weight) {
  Graph graph = randomNetwork(1);
  for (Node node : graph.nodes())
    if (const auto *found = graph.as<Mlpconv>(node)) {
      Mlpconv op = *found;
      for (ConvLayer &layer : op.layers) {
        layer.weight = parameter(layer.weight->shape, std::vector<float>(layer.weight->data.size(), weight));
        layer.bias = parameter(layer.bias->shape, std::vector<float>(layer.bias->data.size(), 0.1f));
      }
      EXPECT_TRUE(graph.replaceOp(node, op));
    }
  return graph;
}

std::map<std::string, Tensor> randomImage(unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> pixel(0, 1);
  Tensor image{{3, 16, 16}, std::vector<float>(3 * 16 * 16)};
  for (float &v : image.data)
    v = pixel(random);
  return {{"image", image}};
}

double largestDifference(const Tensor &a, const Tensor &b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(a.data[i]) - b.data[i]));
  return largest;
}

void expectWithinBounds(const Graph &graph, const std::map<std::string, Tensor> &inputs, unsigned seed) {
  auto reference = evaluateAll(graph, inputs);
  ASSERT_TRUE(reference.has_value());
  std::map<std::string, double> bounds = errorBounds(graph, *reference);
  for (const auto &[name, value] : simulate(graph, inputs, seed)) {
    EXPECT_LE(largestDifference(value, reference->at(name)), bounds.at(name)) << name;
  }
}

TEST(ErrorBound, HoldsForShuffledSinglePrecisionSums) {
  for (unsigned seed = 1; seed <= 5; ++seed)
    expectWithinBounds(randomNetwork(seed), randomImage(seed), seed);
}

TEST(ErrorBound, HoldsWhereEveryChannelMakesTheSameError) {
  // 0.021 has no short binary fraction; the sums have one sign and the errors are equal in all channels.
  expectWithinBounds(constantNetwork(0.021f), randomImage(1), 1);
  Tensor grey{{3, 16, 16}, std::vector<float>(3 * 16 * 16, 0.7f)};
  expectWithinBounds(constantNetwork(0.021f), {{"image", grey}}, 1);
}

TEST(ErrorBound, HoldsForLargeAndForTinyNumbers) {
  for (float scale : {1e-12f, 1e12f}) {
    std::map<std::string, Tensor> inputs = randomImage(3);
    for (float &v : inputs["image"].data)
      v *= scale;
    expectWithinBounds(randomNetwork(3), inputs, 3);
  }
}

// The defect must be seen where it is, not downstream alone.
void expectDetected(const Graph &graph, const std::string &defective, const KeepsTerm &keeps) {
  const std::map<std::string, Tensor> inputs = randomImage(7);
  auto reference = evaluateAll(graph, inputs);
  ASSERT_TRUE(reference.has_value());
  std::map<std::string, double> bounds = errorBounds(graph, *reference);
  std::map<std::string, Tensor> values = simulate(graph, inputs, 7, defective, keeps);
  EXPECT_GT(largestDifference(values.at(defective), reference->at(defective)), 10 * bounds.at(defective))
      << defective;
}

TEST(ErrorBound, FailsAKernelThatReadsZeroForOneWeight) {
  for (const char *stage : {"stage1", "stage2", "stage3"}) {
    Graph graph = randomNetwork(7);
    const std::vector<float> &weight = graph.as<Mlpconv>(graph.find(stage).node)->layers[0].weight->data;
    const std::int64_t largest = std::ranges::max_element(weight) - weight.begin();
    const std::int64_t terms = static_cast<std::int64_t>(weight.size()) / 48;
    expectDetected(graph, stage,
                   [=](std::int64_t o, std::int64_t term) { return o * terms + term != largest; });
  }
}

TEST(ErrorBound, FailsAKernelThatDropsTheTailOfAReduction) {
  // The last two terms of each output's sum, as a loop that forgets its remainder would.
  const KeepsTerm tail1 = [](std::int64_t, std::int64_t term) { return term < 3 * 25 - 2; };
  expectDetected(randomNetwork(7), "stage1", tail1);
  const KeepsTerm tail2 = [](std::int64_t, std::int64_t term) { return term < 32 * 25 - 2; };
  expectDetected(randomNetwork(7), "stage2", tail2);
}

TEST(ErrorBound, StaysFarBelowTheValuesThroughAWholeNetwork) {
  Graph graph = randomNetwork(7);
  auto reference = evaluateAll(graph, randomImage(7));
  ASSERT_TRUE(reference.has_value());
  for (const auto &[name, bound] : errorBounds(graph, *reference)) {
    const Tensor &value = reference->at(name);
    const double largest =
        largestDifference(value, Tensor{value.shape, std::vector<float>(value.data.size())});
    EXPECT_LT(bound, 5e-4 * largest) << name;
  }
}

Tensor inHalves(Tensor tensor) {
  for (float &number : tensor.data)
    number = fromHalf(toHalf(number));
  return tensor;
}

// Node by node: weights rounded to halves, and what lies between nodes too.
std::map<std::string, Tensor> evaluateInHalves(const Graph &graph,
                                               const std::map<std::string, Tensor> &inputs) {
  std::map<std::string, Tensor> values = inputs;
  for (const Node node : graph.topologicalOrder()) {
    if (graph.as<Input>(node)) continue;
    Op op = graph.op(node);
    if (auto *mlpconv = std::get_if<Mlpconv>(&op))
      for (ConvLayer &layer : mlpconv->layers)
        layer.weight = std::make_shared<const Tensor>(inHalves(*layer.weight));
    std::vector<Tensor> operands;
    for (const Value operand : graph.operands(node))
      operands.push_back(values.at(graph.name(operand)));
    std::vector<Tensor> results = evaluate(op, operands).value();
    for (std::size_t i = 0; i < results.size(); ++i)
      values[graph.name({node, i})] =
          graph.isOutput({node, i}) ? results[i] : inHalves(std::move(results[i]));
  }
  return values;
}

TEST(ErrorBound, HoldsForWeightsAndMapsInHalvesAndIsNotFarAway) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    const Graph graph = randomNetwork(seed);
    const std::map<std::string, Tensor> reference = evaluateAll(graph, randomImage(seed)).value();
    const std::map<std::string, double> bounds = errorBounds(graph, reference, {}, ElementType::f16);
    const std::map<std::string, double> single = errorBounds(graph, reference);
    for (const auto &[name, value] : evaluateInHalves(graph, randomImage(seed))) {
      const double error = largestDifference(value, reference.at(name));
      EXPECT_LE(error, bounds.at(name)) << name;
      if (name.starts_with("stage")) {
        EXPECT_GT(error, single.at(name)) << name << " has another rounding than f32's";
        EXPECT_LT(bounds.at(name), 120 * error) << name;
      }
    }
  }
}

// Weights that no device keeps, of the signs of what they meet: all that they make is lost.
TEST(ErrorBound, HoldsWhereWeightsBelowTheNormalHalvesVanishTogether) {
  constexpr std::int64_t count = 4000;
  Tensor weight{{1, count}, {}}, x{{count}, {}};
  for (std::int64_t i = 0; i < count; ++i) {
    const float sign = i % 2 == 0 ? 1.0f : -1.0f;
    weight.data.push_back(sign * 2e-7f);
    x.data.push_back(sign);
  }
  Dense dense;
  dense.outFeatures = 1;
  dense.hasBias = false;
  dense.weight = std::make_shared<const Tensor>(std::move(weight));
  Graph graph("tiny");
  const Node input = graph.append(Input{{ElementType::f32, {count}}}, {}, {"x"}).value();
  const Node sum = graph.append(dense, std::vector{graph.result(input)}, {"sum"}).value();
  ASSERT_TRUE(graph.addOutput(graph.result(sum)));
  const auto reference = evaluateAll(graph, {{"x", x}}).value();
  const double value = reference.at("sum").data[0];
  EXPECT_NEAR(value, 8e-4, 1e-9);
  EXPECT_GE(errorBounds(graph, reference, {}, ElementType::f16).at("sum"), value);
}

TEST(ErrorBound, OfProbabilitiesIsAtMostTheirRange) {
  Graph graph = randomNetwork(3);
  std::map<std::string, Tensor> inputs = randomImage(3);
  for (float &v : inputs["image"].data)
    v *= 1e12f;
  auto reference = evaluateAll(graph, inputs);
  ASSERT_TRUE(reference.has_value());
  EXPECT_LE(errorBounds(graph, *reference).at("prob"), 2);
}

// Magnitudes of terms may add up beyond f32 where the terms themselves don't.
TEST(ErrorBound, IsFiniteAtTheEndOfTheRange) {
  for (float weight : {1e-3f, 1.0f, 1e18f}) {
    Graph network = constantNetwork(weight);
    std::map<std::string, Tensor> image = randomImage(3);
    for (float &pixel : image.begin()->second.data)
      pixel *= 1e34f;
    Result<std::map<std::string, Tensor>> values = evaluateAll(network, image);
    ASSERT_TRUE(values.has_value());
    for (const auto &[name, bound] : errorBounds(network, *values))
      EXPECT_TRUE(std::isfinite(bound)) << name << " with weights of " << weight;
  }
}

// Such weights have fewer bits, or none where a processor takes them for zero.
TEST(ErrorBound, AllowsForWeightsBelowTheNormalNumbers) {
  Dense dense;
  dense.outFeatures = 1;
  dense.hasBias = false;
  dense.weight = std::make_shared<const Tensor>(Tensor{{1, 2}, {1e-44f, 1e-41f}});
  Graph graph("tiny");
  const Node input = graph.append(Input{{ElementType::f32, {2}}}, {}, {"x"}).value();
  const Node sum = graph.append(dense, std::vector{graph.result(input)}, {"sum"}).value();
  ASSERT_TRUE(graph.addOutput(graph.result(sum)));
  const auto values = evaluateAll(graph, {{"x", Tensor{{2}, {1e30f, 1e30f}}}}).value();
  const double value = values.at("sum").data[0], bound = errorBounds(graph, values).at("sum");
  EXPECT_GE(bound, value);
  EXPECT_LT(bound, 1e-6); // 1e30 times a few of the smallest normal numbers
}

TEST(ErrorBound, HasNothingToSayWithoutValues) {
  EXPECT_TRUE(errorBounds(smallNetwork(), {}).empty());
}

} // namespace
} // namespace ninc
