// Functions that a file has of its own, and branches: what is left of them is the nodes that are computed.
#include "frontend/onnx/OnnxModel.h"

#include <gmock/gmock.h>

#include "OnnxFile.h"

namespace ninc::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Not;

onnx::NodeProto &add(onnx::FunctionProto &function, const std::string &op,
                     const std::vector<std::string> &inputs, const std::vector<std::string> &outputs) {
  onnx::NodeProto *node = function.add_node();
  node->set_op_type(op);
  for (const std::string &name : inputs)
    node->add_input(name);
  for (const std::string &name : outputs)
    node->add_output(name);
  return *node;
}

onnx::FunctionProto &function(OnnxFile &file, const std::string &name, const std::vector<std::string> &inputs,
                              const std::vector<std::string> &outputs) {
  onnx::FunctionProto *function = file.model.add_functions();
  function->set_domain("mine");
  function->set_name(name);
  function->add_opset_import()->set_version(17);
  for (const std::string &input : inputs)
    function->add_input(input);
  for (const std::string &output : outputs)
    function->add_output(output);
  return *function;
}

onnx::NodeProto &call(OnnxFile &file, const std::string &name, const std::vector<std::string> &inputs,
                      const std::vector<std::string> &outputs) {
  onnx::NodeProto &node = file.node(name, inputs, outputs);
  node.set_domain("mine");
  return node;
}

// The node's attribute is the call's of that name.
void refer(onnx::NodeProto &node, const std::string &attribute, const std::string &ofCall) {
  onnx::AttributeProto *reference = node.add_attribute();
  reference->set_name(attribute);
  reference->set_type(onnx::AttributeProto::FLOAT);
  reference->set_ref_attr_name(ofCall);
}

// leaky(a) = LeakyRelu(-a) with the call's slope, as alpha; the values between have the names of the file's.
OnnxFile leaky() {
  OnnxFile file;
  file.input("x", {1, 2}).output("y");
  onnx::FunctionProto &leaky = function(file, "leaky", {"a"}, {"r"});
  leaky.add_attribute("slope");
  add(leaky, "Neg", {"a"}, {"x"});
  refer(add(leaky, "LeakyRelu", {"x"}, {"r"}), "alpha", "slope");
  return file;
}

// An attribute's value that calls may leave out: attribute_proto, field 11, as bytes, since older schemas
// don't have it.
std::string withDefault(const OnnxFile &file, const std::string &attribute, float value) {
  onnx::AttributeProto usual;
  usual.set_name(attribute);
  usual.set_type(onnx::AttributeProto::FLOAT);
  usual.set_f(value);
  const std::string bytes = usual.SerializeAsString();
  OnnxFile changed = file;
  std::string function = changed.model.functions(0).SerializeAsString();
  function += static_cast<char>(11 << 3 | 2) + std::string(1, static_cast<char>(bytes.size())) + bytes;
  EXPECT_TRUE(changed.model.mutable_functions(0)->ParseFromString(function));
  return changed.bytes();
}

// ---- functions

TEST(OnnxFunction, StandsWhereItIsCalled) {
  OnnxFile file = leaky();
  set(call(file, "leaky", {"x"}, {"once"}), "slope", 0.5f);
  set(call(file, "leaky", {"once"}, {"y"}), "slope", 0.25f);
  EXPECT_THAT(evaluate(import(file), {2, -4}), ElementsAre(1, -1)); // by way of -1 and 4
}

TEST(OnnxFunction, HasValuesForAttributesThatACallLeavesOut) {
  OnnxFile file = leaky();
  call(file, "leaky", {"x"}, {"y"});
  EXPECT_THAT(evaluate(import(withDefault(file, "slope", 0.5f)), {2, -4}), ElementsAre(-1, 4));
  // Without one the operator has its own, 0.01.
  EXPECT_THAT(evaluate(import(file), {2, -4}), ElementsAre(FloatNear(-0.02f, 1e-6f), 4));
}

TEST(OnnxFunction, MayCallAnother) {
  OnnxFile file = leaky();
  onnx::FunctionProto &both = function(file, "both", {"p"}, {"q", "s"});
  add(both, "leaky", {"p"}, {"q"}).set_domain("mine");
  add(both, "Abs", {"q"}, {"s"});
  call(file, "both", {"x"}, {"", "y"});
  EXPECT_THAT(evaluate(import(file), {100, -4}), ElementsAre(1, 4));
}

TEST(OnnxFunction, MayGiveWhatItWasGivenAndOneValueTwice) {
  OnnxFile file;
  file.input("x", {1, 2}).output("c").output("b").output("a");
  function(file, "three", {"p"}, {"p", "r", "r"});
  add(*file.model.mutable_functions(0), "Neg", {"p"}, {"r"});
  call(file, "three", {"x"}, {"a", "b", "c"});
  const Imported imported = import(file);
  EXPECT_THAT(evaluate(imported, {1, 2}), ElementsAre(-1, -2));
  ASSERT_TRUE(imported.model);
  EXPECT_EQ(imported.model->graph.outputs().size(), 3u);
}

TEST(OnnxFunction, LeavesOutInputsThatItsCallDoes) {
  OnnxFile file;
  file.input("x", {1, 2}).output("y").weight("top", {}, {1});
  add(function(file, "clip", {"a", "low", "high"}, {"r"}), "Clip", {"a", "low", "high"}, {"r"});
  call(file, "clip", {"x", "", "top"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {-3, 2}), ElementsAre(-3, 1));
}

TEST(OnnxFunction, SaysTheOpsetWhereTheFileDoesNot) {
  OnnxFile file = leaky();
  call(file, "leaky", {"x"}, {"y"});
  file.model.mutable_opset_import(0)->set_domain("mine");
  EXPECT_THAT(evaluate(import(file), {0, -4}), ElementsAre(0, 4));
  OnnxFile other = leaky();
  call(other, "leaky", {"x"}, {"y"});
  other.model.mutable_functions(0)->mutable_opset_import(0)->set_version(11);
  EXPECT_THAT(import(other).said,
              HasSubstr("node 'y' (leaky): error: function 'leaky' is written in opset 11, and "
                        "what calls it in 17; one opset is supported"));
}

TEST(OnnxFunction, IsRefusedWhereItsCallsNeverEnd) {
  OnnxFile file = leaky();
  add(*file.model.mutable_functions(0), "leaky", {"x"}, {"again"}).set_domain("mine");
  call(file, "leaky", {"x"}, {"y"});
  EXPECT_THAT(import(file).said, HasSubstr("function 'leaky' calls itself"));
}

TEST(OnnxFunction, IsRefusedWhereItsCallsAreTooMany) { // each calls the one before twice
  OnnxFile file = leaky();
  std::string before = "leaky";
  for (int i = 0; i < 40; ++i) {
    const std::string name = "f" + std::to_string(i);
    onnx::FunctionProto &twice = function(file, name, {"p"}, {"r"});
    add(twice, before, {"p"}, {"q"}).set_domain("mine");
    add(twice, before, {"q"}, {"r"}).set_domain("mine");
    before = name;
  }
  call(file, before, {"x"}, {"y"});
  EXPECT_THAT(import(file).said, HasSubstr("the model's functions are too large where they are called"));
}

TEST(OnnxFunction, IsRefusedWhereItDoesNotFitItsCall) {
  OnnxFile file = leaky();
  call(file, "leaky", {"x", "x"}, {"y"});
  EXPECT_THAT(import(file).said, HasSubstr("it has 2 inputs and 1 outputs, function 'leaky' has 1 and 1"));
  function(file, "leaky", {"a"}, {"b"});
  EXPECT_THAT(import(file).said, HasSubstr("function 'leaky' of 'mine' is there twice"));
}

// ---- branches

onnx::GraphProto &branch(onnx::NodeProto &node, const std::string &name) {
  onnx::AttributeProto *attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::GRAPH);
  return *attribute->mutable_g();
}

void compute(onnx::GraphProto &graph, const std::string &op, const std::string &input,
             const std::string &output) {
  onnx::NodeProto *node = graph.add_node();
  node->set_op_type(op);
  node->add_input(input);
  node->add_output(output);
}

// y = neg(abs(x)) if x has as many columns as that, else what is no operator; "t" is a name of both branches,
// and of the file's own.
OnnxFile choosing(std::int64_t columns) {
  OnnxFile file;
  file.input("x", {1, 2}).output("y").weight("one", {1}).weight("wanted", {columns});
  file.node("Shape", {"x"}, {"shape"});
  file.node("Gather", {"shape", "one"}, {"columns"});
  file.node("Equal", {"columns", "wanted"}, {"fits"});
  file.node("Abs", {"x"}, {"t"});
  onnx::NodeProto &node = file.node("If", {"fits"}, {"chosen"});
  onnx::GraphProto &taken = branch(node, "then_branch"), &other = branch(node, "else_branch");
  compute(taken, "Neg", "t", "u");
  taken.add_output()->set_name("u");
  compute(other, "Frobnicate", "t", "u");
  other.add_output()->set_name("u");
  file.node("Add", {"chosen", "t"}, {"y"});
  return file;
}

TEST(OnnxIf, IsTheBranchThatIsTaken) {
  EXPECT_THAT(evaluate(import(choosing(2)), {-1, 3}), ElementsAre(0, 0));
}

TEST(OnnxIf, NeedsNothingOfTheOther) {
  const std::string said = import(choosing(3)).said;
  EXPECT_THAT(said, HasSubstr("(Frobnicate): error: the operator isn't supported"));
  EXPECT_THAT(import(choosing(2)).said, Not(HasSubstr("Frobnicate")));
}

TEST(OnnxIf, MayHaveNamesThatAreThereElsewhere) {
  OnnxFile file;
  file.input("x", {1, 2}).output("y").weight("yes", {1});
  std::string last = "x";
  for (const char *output : {"first", "y"}) {
    onnx::NodeProto &node = file.node("If", {"yes"}, {output});
    onnx::GraphProto &taken = branch(node, "then_branch"); // with a value and a number of the same names
    onnx::TensorProto &number = *taken.add_initializer();
    number.set_name("k");
    number.set_data_type(onnx::TensorProto::FLOAT);
    number.add_dims(1);
    number.add_float_data(output[0] == 'y' ? 10 : 1);
    compute(taken, "Add", last, "v");
    taken.mutable_node(0)->add_input("k");
    taken.add_output()->set_name("v");
    branch(node, "else_branch").add_output()->set_name("x");
    last = output;
  }
  EXPECT_THAT(evaluate(import(file), {1, 2}), ElementsAre(12, 13));
}

TEST(OnnxIf, OfWhatIsComputedIsRefused) {
  OnnxFile file = choosing(2);
  file.input("flag", {1, 1});
  file.model.mutable_graph()->mutable_node(4)->set_input(0, "flag");
  EXPECT_THAT(import(file).said,
              HasSubstr("node 'chosen' (If): error: its condition ('flag') must be known when the model is "
                        "compiled, but is computed from the model's inputs"));
}

// ---- what isn't supported

TEST(OnnxOperators, ThatAreNotSupportedComeWithTheOutputsInFrontOfThem) {
  OnnxFile file;
  file.input("x", {1, 2}).output("found").output("known").weight("w", {2}, {1, 2});
  file.node("Abs", {"x"}, {"boxes"});
  file.node("Mul", {"x", "w"}, {"scores"});
  file.node("NonMaxSuppression", {"boxes", "scores", "w"}, {"found"});
  file.node("Neg", {"boxes"}, {"inner"});
  file.node("Neg", {"inner"}, {"known"});
  EXPECT_THAT(import(file).said,
              HasSubstr("help: where the rest is wanted, --outputs scores,known ends the model before it"));
  file.model.mutable_graph()->mutable_node(0)->set_op_type("LSTM");
  EXPECT_THAT(import(file).said, AllOf(HasSubstr("--outputs scores ends"), HasSubstr("(LSTM)")));
}

TEST(OnnxOperators, OfOtherDomainsAreNamedWithWhoWritesThem) {
  OnnxFile file;
  file.input("x", {1, 2}).output("y");
  file.node("FusedConv", {"x"}, {"y"}).set_domain("com.microsoft");
  EXPECT_THAT(import(file).said, AllOf(HasSubstr("operators of the domain 'com.microsoft' aren't supported"),
                                       HasSubstr("help: ONNX Runtime writes them")));
}

} // namespace
} // namespace ninc::testing
