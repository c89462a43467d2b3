#include <algorithm>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "passes/MemoryPlan.h"
#include "passes/Passes.h"
#include "tests/support/RandomGraph.h"
#include "tests/unit/passes/Networks.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;

Placement placeOf(const MemoryPlan &plan, const Graph &graph, std::string_view name) {
  return plan.places.at(graph.find(name));
}

void optimize(Graph &graph) {
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  ASSERT_TRUE(runPipeline(graph, context));
}

Value input(Graph &graph, Shape shape, std::string name = "x") {
  return graph.result(
      *graph.append(Input{{ElementType::f32, std::move(shape), Layout::chw}}, {}, {std::move(name)}));
}

Value add(Graph &graph, Op op, std::vector<Value> operands, std::string name) {
  return graph.result(*graph.append(std::move(op), operands, {std::move(name)}));
}

MemoryPlan planOf(Graph &graph, std::vector<Value> outputs) {
  for (Value output : outputs)
    EXPECT_TRUE(graph.addOutput(output));
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  assignLayouts(graph, context);
  Result<MemoryPlan> plan = planMemory(graph);
  EXPECT_TRUE(plan) << plan.error().message;
  return plan ? *plan : MemoryPlan{};
}

// By hand: bytes are 4 C H W. stage1 393216 (96 x 32 x 32), pool1 98304 (96 x 16 x 16), stage2 196608
// (192 x 16 x 16), pool2 49152 (192 x 8 x 8); image and prob are the caller's. At any time an operand and a
// result live, so the peak is stage1 + pool1. By size: stage1 at 0, stage2 at 0 (stage1 is dead), pool1
// behind stage1, since it meets both, and pool2 behind stage2.
TEST(MemoryPlan, OfNinCifar10NeedsTheLargestPairOfNeighbours) {
  Graph graph = networks::ninCifar10();
  optimize(graph);
  Result<MemoryPlan> plan = planMemory(graph);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->arenaBytes, 393216 + 98304);
  EXPECT_EQ(placeOf(*plan, graph, "stage1").offset, 0);
  EXPECT_EQ(placeOf(*plan, graph, "pool1").offset, 393216);
  EXPECT_EQ(placeOf(*plan, graph, "stage2").offset, 0);
  EXPECT_EQ(placeOf(*plan, graph, "pool2").offset, 196608);
  EXPECT_EQ(placeOf(*plan, graph, "image").kind, Placement::Kind::input);
  EXPECT_EQ(placeOf(*plan, graph, "prob").kind, Placement::Kind::output);
  EXPECT_EQ(plan->order.size(), 5u);
}

TEST(MemoryPlan, OverwritesAnOperandThatDies) {
  Graph graph("net");
  Value x = input(graph, {2, 4, 4});
  Value pooled = add(graph, MaxPool{Window{{2, 2}, {2, 2}, {1, 1}, {}}, PoolExtent::floor}, {x}, "pooled");
  Value a = add(graph, Unary{UnaryKind::sigmoid}, {pooled}, "a");
  Value b = add(graph, Unary{UnaryKind::tanh}, {a}, "b");
  Value y = add(graph, Softmax{}, {b}, "y");
  MemoryPlan plan = planOf(graph, {y});
  EXPECT_EQ(placeOf(plan, graph, "a").offset, placeOf(plan, graph, "pooled").offset);
  EXPECT_EQ(placeOf(plan, graph, "b").offset, placeOf(plan, graph, "pooled").offset);
  EXPECT_EQ(plan.arenaBytes, 64) << "8 floats, rounded up to the alignment";
}

TEST(MemoryPlan, DoesNotOverwriteWhatIsReadLater) {
  Graph graph("net");
  Value x = input(graph, {16});
  Value a = add(graph, Softmax{}, {x}, "a");
  Value b = add(graph, Unary{UnaryKind::relu}, {a}, "b");
  Value y = add(graph, Binary{BinaryKind::add}, {a, b}, "y");
  MemoryPlan plan = planOf(graph, {y});
  EXPECT_NE(placeOf(plan, graph, "a").offset, placeOf(plan, graph, "b").offset);
}

TEST(MemoryPlan, NeverOverwritesTheCallersMemory) {
  Graph graph("net");
  Value x = input(graph, {16});
  Value seen = add(graph, Softmax{}, {x}, "seen");
  Value a = add(graph, Unary{UnaryKind::relu}, {x}, "a");
  Value b = add(graph, Unary{UnaryKind::tanh}, {seen}, "b");
  Value y = add(graph, Binary{BinaryKind::add}, {a, b}, "y");
  MemoryPlan plan = planOf(graph, {seen, y});
  EXPECT_EQ(placeOf(plan, graph, "a").kind, Placement::Kind::arena);
  EXPECT_EQ(placeOf(plan, graph, "b").kind, Placement::Kind::arena);
  EXPECT_EQ(placeOf(plan, graph, "seen").kind, Placement::Kind::output);
}

TEST(MemoryPlan, DoesNotOverwriteAnOperandThatIsStretched) {
  Graph graph("net");
  Value x = input(graph, {4, 3, 3});
  Value full = add(graph, Lrn{}, {x}, "full");
  Value small = add(graph, MaxPool{Window{{3, 3}, {1, 1}, {1, 1}, {}}, PoolExtent::floor}, {full}, "small");
  Value wide = add(graph, Binary{BinaryKind::add}, {small, full}, "wide");
  Value y = add(graph, Softmax{}, {wide}, "y");
  MemoryPlan plan = planOf(graph, {y});
  EXPECT_EQ(placeOf(plan, graph, "wide").offset, placeOf(plan, graph, "full").offset);
  EXPECT_NE(placeOf(plan, graph, "wide").offset, placeOf(plan, graph, "small").offset);
}

TEST(MemoryPlan, MakesAFlattenOfRowMajorMemoryNoWorkAtAll) {
  Graph graph("net");
  Value x = input(graph, {2, 3, 3});
  Value flat = add(graph, Flatten{}, {x}, "flat");
  Value y = add(graph, Softmax{}, {flat}, "y");
  MemoryPlan plan = planOf(graph, {y});
  EXPECT_TRUE(placeOf(plan, graph, "flat").alias);
  EXPECT_EQ(placeOf(plan, graph, "flat").kind, Placement::Kind::input);
  EXPECT_EQ(plan.order.size(), 1u);
}

TEST(MemoryPlan, CopiesWhereAFlattenChangesTheMemoryOrder) {
  Graph graph("net");
  Value x = input(graph, {2, 3, 3});
  Value maps = add(graph, Lrn{}, {x}, "maps"); // hwc
  Value flat = add(graph, Flatten{}, {maps}, "flat");
  Value y = add(graph, Softmax{}, {flat}, "y");
  MemoryPlan plan = planOf(graph, {y});
  EXPECT_FALSE(placeOf(plan, graph, "flat").alias);
  EXPECT_EQ(plan.order.size(), 3u);
  EXPECT_NE(placeOf(plan, graph, "flat").offset, placeOf(plan, graph, "maps").offset);
}

TEST(MemoryPlan, CopiesAFlattenThatIsAnOutput) {
  Graph graph("net");
  Value x = input(graph, {2, 3, 3});
  Value flat = add(graph, Flatten{}, {x}, "flat");
  MemoryPlan plan = planOf(graph, {flat});
  EXPECT_EQ(placeOf(plan, graph, "flat").kind, Placement::Kind::output);
  EXPECT_FALSE(placeOf(plan, graph, "flat").alias);
  EXPECT_EQ(plan.order.size(), 1u);
}

TEST(MemoryPlan, KeepsMemoryAliveAsLongAsAnAliasOfItIsRead) {
  Graph graph("net");
  Value x = input(graph, {8, 1, 1});
  Value a = add(graph, Lrn{}, {x}, "a");
  Value flat = add(graph, Flatten{}, {a}, "flat");
  Value b = add(graph, Softmax{}, {x}, "b");
  Value c = add(graph, Softmax{}, {b}, "c");
  Value d = add(graph, Flatten{}, {c}, "d");
  Value y = add(graph, Binary{BinaryKind::add}, {flat, d}, "y");
  MemoryPlan plan = planOf(graph, {y});
  EXPECT_TRUE(placeOf(plan, graph, "flat").alias);
  EXPECT_EQ(placeOf(plan, graph, "flat").offset, placeOf(plan, graph, "a").offset);
  EXPECT_NE(placeOf(plan, graph, "a").offset, placeOf(plan, graph, "b").offset);
  EXPECT_NE(placeOf(plan, graph, "a").offset, placeOf(plan, graph, "c").offset);
}

TEST(MemoryPlan, RefusesAnInputThatIsAnOutput) {
  Graph graph("net");
  Value x = input(graph, {4});
  ASSERT_TRUE(graph.addOutput(x));
  Result<MemoryPlan> plan = planMemory(graph);
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message, HasSubstr("output 'x' is an input"));
}

// The plan of a random model, simulated: each node writes its results' bytes and must find its operands'
// bytes as their producers left them.
struct Simulation {
  const Graph &graph;
  const MemoryPlan &plan;
  std::vector<int> owner; // of each 64-byte line of the arena: the number of the value last written there
  std::vector<std::string> complaints;
  std::unordered_map<Value, int> numbers;

  Value contentOf(Value value) const {
    while (plan.places.at(value).alias)
      value = graph.operand(value.node, 0);
    return value;
  }

  void read(Value value, Node reader) {
    const Placement &place = plan.places.at(value);
    if (place.kind != Placement::Kind::arena) return;
    int expected = numbers.at(contentOf(value));
    for (std::int64_t line = place.offset / 64; line * 64 < place.offset + place.bytes; ++line)
      if (owner[static_cast<std::size_t>(line)] != expected) {
        complaints.push_back(fmt::format("'{}' reads '{}', which is overwritten",
                                         graph.name(graph.result(reader)), graph.name(value)));
        return;
      }
  }

  void write(Value value) {
    const Placement &place = plan.places.at(value);
    if (place.kind != Placement::Kind::arena) return;
    if (place.offset % MemoryPlan::alignment != 0) complaints.push_back("misaligned");
    if (place.offset + place.bytes > plan.arenaBytes) complaints.push_back("beyond the arena");
    int number = numbers[value] = static_cast<int>(numbers.size()) + 1;
    for (std::int64_t line = place.offset / 64; line * 64 < place.offset + place.bytes; ++line)
      owner[static_cast<std::size_t>(line)] = number;
  }

  bool overlap(Value a, Value b) const {
    const Placement &left = plan.places.at(a), &right = plan.places.at(b);
    return left.kind == Placement::Kind::arena && right.kind == Placement::Kind::arena &&
           left.offset < right.offset + right.bytes && right.offset < left.offset + left.bytes;
  }

  // A result may share its operand's memory only if the kernel reads each element where it writes it.
  void checkSharing(Node node, Value result) {
    const Op &op = graph.op(node);
    bool elementwise = std::holds_alternative<Unary>(op) || std::holds_alternative<BatchNorm>(op) ||
                       std::holds_alternative<Prelu>(op) || std::holds_alternative<Binary>(op) ||
                       std::holds_alternative<Pointwise>(op);
    for (Value operand : graph.operands(node)) {
      if (!overlap(result, operand)) continue;
      bool same = plan.places.at(result).offset == plan.places.at(operand).offset &&
                  graph.type(result) == graph.type(operand);
      if (!elementwise || !same)
        complaints.push_back(fmt::format("'{}' is written over '{}' while that is read", graph.name(result),
                                         graph.name(operand)));
    }
  }

  void run() {
    owner.assign(static_cast<std::size_t>(plan.arenaBytes / 64 + 1), 0);
    for (Node node : plan.order) {
      for (Value operand : graph.operands(node))
        read(operand, node);
      std::vector<Value> results;
      for (std::size_t i = 0; i < graph.resultCount(node); ++i)
        results.push_back(graph.result(node, i));
      for (Value result : results) {
        checkSharing(node, result);
        for (Value other : results)
          if (other != result && overlap(result, other)) complaints.push_back("two results in one place");
        write(result);
      }
    }
  }
};

TEST(MemoryPlan, OfRandomModelsKeepsEveryValueUntilItsLastReader) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Graph graph = testing::randomGraph(seed, {.ops = 25});
    optimize(graph);
    Result<MemoryPlan> plan = planMemory(graph);
    ASSERT_TRUE(plan) << "seed " << seed << ": " << plan.error().message;
    Simulation simulation{graph, *plan, {}, {}, {}};
    simulation.run();
    ASSERT_THAT(simulation.complaints, ::testing::IsEmpty()) << "seed " << seed;

    std::int64_t sum = 0, largest = 0;
    for (const auto &[value, place] : plan->places)
      if (place.kind == Placement::Kind::arena && !place.alias) {
        std::int64_t bytes = (place.bytes + 63) / 64 * 64;
        sum += bytes;
        largest = std::max(largest, bytes);
      }
    ASSERT_LE(plan->arenaBytes, sum) << "seed " << seed;
    ASSERT_GE(plan->arenaBytes, largest) << "seed " << seed;
    for (Node node : graph.nodes())
      for (std::size_t i = 0; i < graph.resultCount(node); ++i)
        ASSERT_TRUE(plan->places.contains(graph.result(node, i))) << "seed " << seed;
  }
}

} // namespace
} // namespace ninc
