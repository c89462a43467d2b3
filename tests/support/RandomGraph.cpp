#include "tests/support/RandomGraph.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>

#include "ir/Names.h"
#include "ir/ops/Parameters.h"
#include "ir/ops/TypeRules.h"
#include "support/Random.h"
#include "tests/support/RandomFunction.h"
#include "tests/support/RandomMove.h"
#include "tests/support/RandomPhrase.h"

namespace ninc::testing {

namespace {

Parameter randomTensor(Random &random, Shape shape, double low, double high) {
  Tensor tensor{std::move(shape), {}};
  for (std::int64_t i = elementCount(tensor.shape); i > 0; --i)
    tensor.data.push_back(static_cast<float>(random.uniform(low, high)));
  return std::make_shared<const Tensor>(std::move(tensor));
}

class Generator {
public:
  Generator(std::uint64_t seed, const RandomGraphOptions &options)
      : random_(seed), options_(options), graph_(fmt::format("random_{}", seed)), seed_(seed) {}

  Graph generate() {
    addInputs();
    // A try may make no legal op (a 5x5 window on a 2x2 map); there are enough of them.
    int added = 0;
    for (int tries = 0; added < options_.ops && tries < 50 * options_.ops; ++tries)
      if (addOne()) ++added;
    if (added == 0) append(Unary{UnaryKind::relu}, {values_.front()});
    chooseOutputs();
    return std::move(graph_);
  }

private:
  bool chance(double probability) { return random_.uniform() < probability; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(high - low + 1)));
  }
  std::int64_t channels() { return between(1, options_.largestChannels); }

  void addInputs() {
    std::int64_t count = chance(0.3) ? 2 : 1;
    for (std::int64_t i = 0; i < count; ++i) {
      Shape shape{channels(), between(3, options_.largestExtent), between(3, options_.largestExtent)};
      if (i == 1 && chance(0.5)) shape = {between(1, 12)};
      append(Input{TensorType{ElementType::f32, shape, Layout::chw}}, {});
    }
  }

  // Mostly the newest value: models are chains with a few side branches.
  Value anyValue() {
    if (chance(0.7)) return values_.back();
    return values_[random_.below(values_.size())];
  }

  std::optional<Value> valueOfRank(std::size_t rank) {
    for (int i = 0; i < 8; ++i)
      if (Value value = anyValue(); shapeOf(value).size() == rank) return value;
    return std::nullopt;
  }

  const Shape &shapeOf(Value value) const { return graph_.type(value).shape; }

  // "v5"; every third is the spelling of an op, as long as there are any.
  std::string newName() {
    const std::span<const std::string_view> spellings = opSpellings();
    const std::size_t number = nextName_++, third = number / 3;
    if (number % 3 < 2 || third >= spellings.size()) return fmt::format("v{}", number);
    const std::string_view spelling = spellings[(seed_ + third) % spellings.size()];
    return isReservedWord(spelling) ? fmt::format("v{}", number) : std::string(spelling);
  }

  // Fills the op's parameters and appends it, if it is legal and not too large.
  bool append(Op op, std::vector<Value> operands) {
    std::vector<TensorType> types;
    for (Value operand : operands)
      types.push_back(graph_.type(operand));
    Result<std::vector<TensorType>> results = inferTypes(op, types);
    if (!results) return false;
    for (const TensorType &type : *results)
      if (elementCount(type.shape) > options_.mostElements) return false;
    for (ParameterSlot &slot : parameterSlots(op, types)) {
      double reach = slot.suffix.ends_with("weight") ? 1.7 / std::sqrt(static_cast<double>(slot.fanIn)) : 0.5;
      bool positive = slot.suffix.ends_with("scale") || slot.suffix.ends_with("variance");
      if (!*slot.parameter)
        *slot.parameter = randomTensor(random_, slot.shape, positive ? 0.5 : -reach, positive ? 1.5 : reach);
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < results->size(); ++i)
      names.push_back(newName());
    Result<Node> node = graph_.append(std::move(op), operands, std::move(names));
    if (!node) return false;
    for (std::size_t i = 0; i < graph_.resultCount(*node); ++i)
      values_.push_back(graph_.result(*node, i));
    return true;
  }

  Window window(std::int64_t largestKernel, bool dilated) {
    Window window;
    window.kernel = {between(1, largestKernel), between(1, largestKernel)};
    if (chance(0.6)) window.kernel[1] = window.kernel[0];
    window.stride = chance(0.5) ? std::array<std::int64_t, 2>{1, 1}
                                : std::array<std::int64_t, 2>{between(1, 3), between(1, 3)};
    if (dilated && chance(0.2)) window.dilation = {between(1, 2), between(1, 2)};
    if (chance(0.4)) window.pad = {between(0, 2), between(0, 2), between(0, 2), between(0, 2)};
    return window;
  }

  Activation activation() {
    if (chance(0.3)) return {};
    const Unary made = randomFunction(random_);
    return takesAnyNumber(made.kind) ? made : Unary{UnaryKind::sigmoid};
  }

  ConvLayer convLayer(bool pointwise) {
    ConvLayer layer;
    layer.outChannels = channels();
    if (!pointwise) layer.window = window(5, true);
    layer.hasBias = chance(0.8);
    layer.activation = activation();
    return layer;
  }

  bool addConv(bool pointwise) {
    std::optional<Value> maps = valueOfRank(3);
    if (!maps) return false;
    ConvLayer layer = convLayer(pointwise);
    if (!pointwise && chance(0.15)) {
      layer.groups = between(1, 3);
      layer.outChannels *= layer.groups;
    }
    return append(Conv2d{layer}, {*maps});
  }

  // Up to five steps over so many operands, each of which is read, as every step is.
  PointwiseChain chain(std::size_t operands) {
    using Kind = PointwiseSource::Kind;
    PointwiseChain chain;
    std::vector<PointwiseSource> unread;
    for (std::size_t i = 0; i < operands; ++i)
      unread.push_back({Kind::operand, i});
    const auto take = [&] {
      const PointwiseSource source = unread.front();
      unread.erase(unread.begin());
      return source;
    };
    constexpr BinaryKind kinds[] = {BinaryKind::add, BinaryKind::sub, BinaryKind::mul, BinaryKind::max};
    while (chain.steps.empty() || unread.size() > 1 || (chain.steps.size() < 5 && chance(0.5))) {
      PointwiseStep step;
      step.sources.push_back(take());
      if (!unread.empty() || chance(0.3)) {
        step.function = Binary{kinds[random_.below(std::size(kinds))]};
        step.sources.push_back(unread.empty() ? PointwiseSource{Kind::operand, 0} : take());
        if (chance(0.5)) std::swap(step.sources[0], step.sources[1]);
      } else if (const Unary made = randomFunction(random_); takesAnyNumber(made.kind) && chance(0.7)) {
        step.function = made;
      } else {
        step.function = chance(0.5) ? PointwiseFunction(Prelu{}) : PointwiseFunction(BatchNorm{});
      }
      unread.push_back({Kind::step, chain.steps.size()});
      chain.steps.push_back(std::move(step));
    }
    return chain;
  }

  bool addChain() {
    std::vector<Value> operands{anyValue()};
    if (chance(0.6)) operands.push_back(chance(0.5) ? constantFor(operands[0]) : anyValue());
    if (chance(0.2)) operands.push_back(anyValue());
    PointwiseChain made = chain(operands.size());
    return append(Pointwise{std::move(made)}, std::move(operands));
  }

  Epilogue epilogue() {
    switch (random_.below(6)) {
    case 0:
      return GapEpilogue{chance(0.5), chance(0.5)};
    case 1: {
      PoolEpilogue pool{PoolKind::max, Window{{2, 2}, {2, 2}, {1, 1}, {}}, PoolExtent::floor, false};
      if (chance(0.5)) pool.extent = PoolExtent::ceil;
      if (chance(0.5)) pool.kind = PoolKind::average;
      if (pool.kind == PoolKind::average) pool.countIncludePad = chance(0.5);
      return pool;
    }
    case 2:
      return PointwiseEpilogue{chain(1)};
    default:
      return NoEpilogue{};
    }
  }

  bool addMlpconv() {
    std::optional<Value> maps = valueOfRank(3);
    if (!maps) return false;
    Mlpconv mlpconv{{convLayer(chance(0.3))}, epilogue()};
    for (std::int64_t i = between(0, 2); i > 0; --i)
      mlpconv.layers.push_back(convLayer(true));
    if (append(mlpconv, {*maps}) && chance(0.7)) return true;
    // Once more, as the residual of a stage like it.
    const Value residual = values_.back();
    mlpconv.epilogue = PointwiseEpilogue{chain(2)};
    return append(std::move(mlpconv), {*maps, residual});
  }

  bool addPool() {
    std::optional<Value> maps = valueOfRank(3);
    if (!maps) return false;
    PoolExtent extent = chance(0.5) ? PoolExtent::ceil : PoolExtent::floor;
    if (chance(0.5)) return append(MaxPool{window(3, true), extent}, {*maps});
    Window reach = window(3, false);
    if (chance(0.3)) reach = Window{{shapeOf(*maps)[1], shapeOf(*maps)[2]}, {1, 1}, {1, 1}, {}};
    return append(AveragePool{reach, extent, chance(0.3)}, {*maps});
  }

  bool addGap() {
    std::optional<Value> maps = valueOfRank(3);
    if (!maps || !append(GlobalAveragePool{}, {*maps})) return false;
    if (chance(0.6)) append(Softmax{}, {values_.back()});
    return true;
  }

  // The value, kept between two numbers.
  Value kept(Value value, float low, float high) {
    append(Unary{UnaryKind::clip, {low, high}}, {value});
    return values_.back();
  }

  bool addActivation() {
    Value value = anyValue();
    const Unary made = randomFunction(random_);
    if (!takesAnyNumber(made.kind)) value = kept(value, made.kind == UnaryKind::exp ? -3 : 0.1f, 3);
    if (chance(0.1)) return append(Prelu{}, {value});
    return append(made, {value});
  }

  // A constant of the value's shape, of one number a channel, or of one number.
  Value constantFor(Value value) {
    Shape shape = shapeOf(value);
    std::uint64_t kind = random_.below(3);
    for (std::size_t i = kind == 2 ? 0 : 1; kind > 0 && i < shape.size(); ++i)
      shape[i] = 1;
    append(Constant{shape, nullptr}, {});
    Value constant = values_.back();
    // Out of the pool of operands most of the time, so that few models read constants alone.
    if (chance(0.9)) values_.pop_back();
    return constant;
  }

  bool addBinary() {
    Value first = anyValue();
    Value second = chance(0.6) ? constantFor(first) : anyValue();
    if (chance(0.3)) std::swap(first, second);
    const std::span<const BinaryFunction> rows = binaryFunctions();
    const BinaryKind kind = rows[random_.below(rows.size())].kind;
    if (kind == BinaryKind::div) second = kept(second, 0.5f, 4);
    if (kind == BinaryKind::pow) first = kept(first, 0.5f, 3), second = kept(second, -2, 2);
    return append(Binary{kind}, {first, second});
  }

  bool addConcat() {
    Value first = anyValue();
    std::vector<Value> operands{first};
    std::int64_t axis = between(0, static_cast<std::int64_t>(shapeOf(first).size()) - 1);
    for (std::int64_t i = between(0, 2); i > 0; --i)
      operands.push_back(chance(0.4) ? first : anyValue());
    constexpr std::int64_t few = 40; // elements, of which there may be many operands
    if (elementCount(shapeOf(first)) <= few && chance(0.2))
      operands.insert(operands.end(), static_cast<std::size_t>(between(28, 40)), first);
    return append(Concat{axis}, std::move(operands));
  }

  bool addReshaping() {
    Value value = anyValue();
    if (chance(0.5)) return append(Flatten{}, {value});
    const Shape &shape = shapeOf(value);
    std::int64_t elements = elementCount(shape);
    switch (random_.below(4)) {
    case 0:
      return append(Reshape{shape}, {value});
    case 1:
      return append(Reshape{{shape[0], elements / shape[0]}}, {value});
    case 2:
      return append(Reshape{{elements, 1, 1}}, {value});
    default: {
      for (std::int64_t factor = 4; factor > 1; --factor)
        if (elements % factor == 0) return append(Reshape{{factor, 1, elements / factor}}, {value});
      return append(Reshape{{1, 1, elements}}, {value});
    }
    }
  }

  bool addMove() {
    const Value value = anyValue();
    return append(randomMove(random_, shapeOf(value)), {value});
  }

  bool addPhrase() {
    const Value value = chance(0.3) ? values_.front() : anyValue(); // of the input, too
    return appendPhrase(random_, value, shapeOf(value), [&](Op op, std::vector<Value> operands) {
      return append(std::move(op), std::move(operands)) ? values_.back() : Value{};
    });
  }

  bool addDense() {
    std::optional<Value> vector = valueOfRank(1);
    if (!vector) return false;
    Dense dense;
    dense.outFeatures = channels();
    dense.hasBias = chance(0.8);
    dense.activation = activation();
    return append(dense, {*vector});
  }

  // A value's matrices with themselves turned, or with any that fit.
  bool addMatMul() {
    const Value first = anyValue();
    const Shape shape = shapeOf(first);
    if (shape.size() < 2) return false;
    for (int i = 0; i < 4; ++i)
      if (append(MatMul{}, {kept(first, -2, 2), anyValue()})) return true;
    Transpose turned;
    for (std::size_t i = 0; i < shape.size(); ++i)
      turned.order.push_back(static_cast<std::int64_t>(i));
    std::swap(turned.order.end()[-1], turned.order.end()[-2]);
    if (!append(std::move(turned), {first})) return false;
    return append(MatMul{}, {first, kept(values_.back(), -2, 2)});
  }

  bool addResize() {
    const Value value = anyValue();
    Resize resize; // now and then by a scale that isn't the ratio
    for (std::int64_t extent : shapeOf(value)) {
      const double scale = chance(0.4) ? 1 : 0.3 + 2 * random_.uniform();
      resize.shape.push_back(std::max<std::int64_t>(1, static_cast<std::int64_t>(scale * double(extent))));
      resize.scales.push_back(static_cast<float>(scale));
    }
    if (chance(0.7)) resize.scales.clear();
    resize.interpolation = static_cast<Interpolation>(random_.below(3));
    resize.grid = static_cast<ResizeGrid>(random_.below(6));
    // Of what is cropped parts are inside, outside, or turned round.
    if (resize.grid == ResizeGrid::cropAndResize) resize.scales.clear();
    for (std::size_t i = 0; resize.grid == ResizeGrid::cropAndResize && i < 2 * resize.shape.size(); ++i)
      resize.roi.push_back(static_cast<float>(between(-1, 5)) / 4);
    resize.nearest = static_cast<NearestRule>(random_.below(4));
    resize.excludesOutside = chance(0.2);
    resize.antialiases = chance(0.2);
    return append(std::move(resize), {value});
  }

  // Numbers of elements are outputs; nothing reads them.
  bool addArgMax() {
    const Value value = anyValue();
    const auto rank = static_cast<std::int64_t>(shapeOf(value).size());
    if (!append(ArgMax{between(0, rank - 1), chance(0.5), chance(0.5)}, {value})) return false;
    (void)graph_.addOutput(values_.back());
    values_.pop_back();
    return true;
  }

  bool addLrn() {
    std::optional<Value> maps = valueOfRank(3);
    if (!maps) return false;
    return append(Lrn{between(1, 5), 0.1f, 0.75f, 1.5f}, {*maps});
  }

  // What is there already, once more: parameters are shared.
  bool repeat() {
    Node node = values_.back().node;
    if (graph_.as<Input>(node)) return false;
    return append(graph_.op(node), graph_.operands(node));
  }

  bool addOne() {
    std::uint64_t die = random_.below(100);
    if (die < 14) return addConv(false);
    if (die < 30) return addConv(true);
    if (die < 36) return addMlpconv();
    if (die < 48) return addActivation();
    if (die < 58) return addPool();
    if (die < 64) return addGap();
    if (die < 70) return append(BatchNorm{}, {anyValue()});
    if (die < 77) return addBinary();
    if (die < 79) return addChain();
    if (die < 82) return addConcat();
    if (die < 84) return addPhrase();
    if (die < 86) return addReshaping();
    if (die < 88) return addMove();
    if (die < 90) return addResize();
    if (die < 92) return addDense();
    if (die < 93) return addMatMul();
    if (die < 95) return append(Dropout{0.5f}, {anyValue()});
    if (die < 96) return addArgMax();
    if (die < 97) return append(Softmax{}, {anyValue()});
    if (die < 99) return addLrn();
    return repeat();
  }

  void chooseOutputs() {
    std::vector<Value> computed = values_;
    std::erase_if(computed, [&](Value value) { return graph_.as<Input>(value.node) != nullptr; });
    for (Value value : computed) {
      bool last = value == computed.back(), unread = graph_.useCount(value) == 0;
      if (last || (unread ? chance(0.5) : chance(0.08))) (void)graph_.addOutput(value);
    }
  }

  Random random_;
  const RandomGraphOptions &options_;
  Graph graph_;
  std::vector<Value> values_;
  std::uint64_t seed_;
  std::size_t nextName_ = 0;
};

} // namespace

Graph randomGraph(std::uint64_t seed, const RandomGraphOptions &options) {
  return Generator(seed, options).generate();
}

std::map<std::string, Tensor> randomInputs(const Graph &graph, std::uint64_t seed) {
  Random random(seed);
  std::map<std::string, Tensor> inputs;
  for (Node node : graph.inputs()) {
    Value value = graph.result(node);
    inputs[graph.name(value)] = *randomTensor(random, graph.type(value).shape, -1, 1);
  }
  return inputs;
}

void unbindParameters(Graph &graph) {
  for (Node node : graph.nodes()) {
    std::vector<TensorType> types = graph.operandTypes(node);
    Op op = graph.op(node);
    for (ParameterSlot &slot : parameterSlots(op, types))
      *slot.parameter = nullptr;
    (void)graph.replaceOp(node, std::move(op));
  }
}

} // namespace ninc::testing
