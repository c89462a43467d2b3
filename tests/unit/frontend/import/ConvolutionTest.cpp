// Convolutions of one to three dimensions, and transposed ones, against sums written out as their definitions
// are.
#include "frontend/import/Convolution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ir/interpreter/Interpreter.h"

namespace ninc {
namespace {

using ::testing::ElementsAre;

Parameter numbers(Shape shape) {
  Tensor tensor{std::move(shape), {}};
  for (std::int64_t i = 0; i < elementCount(tensor.shape); ++i)
    tensor.data.push_back(static_cast<float>(i * 7 % 11 - 5));
  return std::make_shared<const Tensor>(std::move(tensor));
}

Parameter these(Shape shape, std::vector<float> data) {
  return std::make_shared<const Tensor>(Tensor{std::move(shape), std::move(data)});
}

// A graph's only output, for numbers of its only input.
Tensor resultOf(const Parameter &x, const std::function<Value(Graph &, const AppendOp &, Value)> &make) {
  Graph graph("m");
  const Result<Node> input = graph.append(Input{{ElementType::f32, x->shape, Layout::chw}}, {}, {"x"});
  const AppendOp append = [&](Op op, std::vector<Value> operands) -> Value {
    for (Value operand : operands)
      if (!operand) return {};
    const Result<Node> node = graph.append(std::move(op), operands);
    EXPECT_TRUE(node.has_value()) << (node ? "" : node.error().message);
    return node ? graph.result(*node) : Value{};
  };
  const Value y = make(graph, append, graph.result(*input));
  EXPECT_TRUE(bool(y));
  if (!y) return {};
  graph.addOutput(y);
  const Result<std::vector<Tensor>> results = evaluateOutputs(graph, {{"x", *x}});
  EXPECT_TRUE(results.has_value()) << (results ? "" : results.error().message);
  return results ? results->front() : Tensor{};
}

SpatialWindow window(Shape kernel, Shape stride, Shape dilation, Shape before, Shape behind) {
  return {std::move(kernel), std::move(stride), std::move(dilation), std::move(before), std::move(behind)};
}

// Walks all places of a box.
template <class Visit>
void walk(const Shape &box, Visit visit) {
  Shape place(box.size(), 0);
  for (std::int64_t i = 0; i < elementCount(box); ++i) {
    visit(place);
    for (std::size_t d = box.size(); d-- > 0;) {
      if (++place[d] < box[d]) break;
      place[d] = 0;
    }
  }
}

std::size_t at(const Shape &shape, std::int64_t channel, const Shape &place) {
  std::int64_t index = channel;
  for (std::size_t d = 0; d < place.size(); ++d)
    index = index * shape[shape.size() - place.size() + d] + place[d];
  return static_cast<std::size_t>(index);
}

Shape spatialOf(const Shape &shape) {
  return {shape.begin() + 1, shape.end()};
}

// y[o, i] = bias[o] + sum of weight[o, c, a] x[c, i stride - before + a dilation]
std::vector<float> convolved(const Tensor &x, const SpatialConvolution &of, const Shape &results) {
  const SpatialWindow &w = of.window;
  const std::int64_t channels = x.shape[0] / of.groups, area = elementCount(w.kernel);
  Shape shape{of.outChannels};
  shape.insert(shape.end(), results.begin(), results.end());
  std::vector<float> y(static_cast<std::size_t>(elementCount(shape)));
  for (std::int64_t o = 0; o < of.outChannels; ++o)
    walk(results, [&](const Shape &i) {
      float sum = of.bias ? of.bias->data[static_cast<std::size_t>(o)] : 0;
      for (std::int64_t c = 0; c < channels; ++c)
        walk(w.kernel, [&](const Shape &a) {
          Shape from(i.size());
          for (std::size_t d = 0; d < i.size(); ++d) {
            from[d] = i[d] * w.stride[d] - w.before[d] + a[d] * w.dilation[d];
            if (from[d] < 0 || from[d] >= x.shape[1 + d]) return;
          }
          const std::int64_t channel = o / (of.outChannels / of.groups) * channels + c;
          const std::size_t tap = at(w.kernel, 0, a);
          sum += of.weight->data[static_cast<std::size_t>((o * channels + c) * area) + tap] *
                 x.data[at(x.shape, channel, from)];
        });
      y[at(shape, o, i)] = sum;
    });
  return y;
}

// Each element of the operand adds the filter, times itself, to the results at its stride.
std::vector<float> spread(const Tensor &x, const SpatialConvolution &of, const Shape &results) {
  const SpatialWindow &w = of.window;
  const std::int64_t inputs = x.shape[0] / of.groups, outputs = of.outChannels / of.groups;
  const std::int64_t area = elementCount(w.kernel);
  Shape shape{of.outChannels};
  shape.insert(shape.end(), results.begin(), results.end());
  std::vector<float> y(static_cast<std::size_t>(elementCount(shape)));
  for (std::size_t i = 0; i < y.size() && of.bias; ++i)
    y[i] = of.bias->data[i / (y.size() / static_cast<std::size_t>(of.outChannels))];
  for (std::int64_t c = 0; c < x.shape[0]; ++c)
    for (std::int64_t o = 0; o < outputs; ++o)
      walk(spatialOf(x.shape), [&](const Shape &q) {
        walk(w.kernel, [&](const Shape &a) {
          Shape to(q.size());
          for (std::size_t d = 0; d < q.size(); ++d) {
            to[d] = q[d] * w.stride[d] + a[d] * w.dilation[d] - w.before[d];
            if (to[d] < 0 || to[d] >= results[d]) return;
          }
          y[at(shape, c / inputs * outputs + o, to)] +=
              x.data[at(x.shape, c, q)] *
              of.weight->data[static_cast<std::size_t>((c * outputs + o) * area) + at(w.kernel, 0, a)];
        });
      });
  return y;
}

void expectConvolved(const Shape &operand, const SpatialConvolution &of, const Shape &results) {
  const Parameter x = numbers(operand);
  const Tensor y = resultOf(x, [&](Graph &graph, const AppendOp &append, Value value) {
    return appendConvolution(graph, append, value, of);
  });
  EXPECT_EQ(spatialOf(y.shape), results);
  EXPECT_EQ(y.data, convolved(*x, of, results));
}

void expectSpread(const Shape &operand, const SpatialConvolution &of, const Shape &results) {
  const Parameter x = numbers(operand);
  const Tensor y = resultOf(x, [&](Graph &graph, const AppendOp &append, Value value) {
    return appendTransposedConvolution(graph, append, value, of, results);
  });
  EXPECT_EQ(spatialOf(y.shape), results);
  EXPECT_EQ(y.data, spread(*x, of, results));
}

TEST(Convolution, OfASignal) {
  expectConvolved({4, 9}, {window({3}, {2}, {1}, {1}, {0}), 6, 2, numbers({6, 2, 3}), numbers({6})}, {4});
}

TEST(Convolution, OfAVolumeWithGroupsStridesDilationsAndBorders) {
  expectConvolved({4, 5, 4, 6},
                  {window({2, 3, 2}, {2, 1, 2}, {2, 1, 1}, {1, 1, 0}, {0, 1, 1}), 6, 2,
                   numbers({6, 2, 2, 3, 2}), numbers({6})},
                  {2, 4, 3});
  expectConvolved({2, 3, 2, 2},
                  {window({1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}), 3, 1,
                   numbers({3, 2, 1, 1, 1}), nullptr},
                  {3, 2, 2});
}

TEST(TransposedConvolution, SpreadsEachElement) {
  const Parameter x = these({1, 2}, {1, 2});
  const SpatialConvolution of{window({3}, {2}, {1}, {0}, {0}), 1, 1, these({1, 1, 3}, {1, 10, 100}), nullptr};
  const Tensor y = resultOf(x, [&](Graph &graph, const AppendOp &append, Value value) {
    return appendTransposedConvolution(graph, append, value, of, {5});
  });
  EXPECT_THAT(y.data, ElementsAre(1, 10, 102, 20, 200));
}

TEST(TransposedConvolution, OfMapsByStridesBordersAndGroups) {
  for (std::int64_t stride : {1, 2, 3})
    for (std::int64_t kernel : {1, 2, 3, 4})
      for (std::int64_t border : {0, 1, 3}) {
        const std::int64_t rows = stride * 2 + kernel - border, columns = stride * 3 + kernel - border + 1;
        if (rows < 1) continue;
        SCOPED_TRACE(testing::Message()
                     << "stride " << stride << " kernel " << kernel << " border " << border);
        expectSpread({4, 3, 4},
                     {window({kernel, kernel}, {stride, stride}, {1, 1}, {border, border}, {0, 0}), 6, 2,
                      numbers({4, 3, kernel, kernel}), numbers({6})},
                     {rows, columns});
      }
}

TEST(TransposedConvolution, WithDilationsOverSignalsAndVolumes) {
  expectSpread({3, 5}, {window({3}, {2}, {3}, {2}, {0}), 2, 1, numbers({3, 2, 3}), numbers({2})}, {13});
  expectSpread({2, 2, 3, 2},
               {window({2, 3, 2}, {2, 1, 2}, {1, 2, 1}, {0, 1, 1}, {0, 0, 0}), 2, 1, numbers({2, 2, 2, 3, 2}),
                numbers({2})},
               {4, 5, 3});
}

TEST(TransposedConvolution, ResultsBeyondTheWholeAreTheBias) {
  expectSpread({1, 2}, {window({1}, {2}, {1}, {0}, {0}), 1, 1, numbers({1, 1, 1}), these({1}, {3})}, {7});
}

TEST(ConvolutionWeights, AreCountedBeforeTheyAreMade) {
  const SpatialConvolution huge{window({1 << 30}, {1 << 30}, {1 << 30}, {0}, {0}), 1 << 30, 1, nullptr,
                                nullptr};
  EXPECT_EQ(transposedWeightCount(huge, {1 << 20, 8}), std::int64_t{1} << 62);
  const SpatialConvolution volume{window({3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}), 8, 2,
                                  nullptr, nullptr};
  EXPECT_EQ(weightCount(volume, {4, 10, 5, 5}), 8 * 2 * 27 * 10);
}

} // namespace
} // namespace ninc
