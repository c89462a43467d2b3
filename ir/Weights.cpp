// Binding in two steps: gather every parameter slot of the graph with the name of its tensor, then fill the
// slots from the source. The graph is touched at the end alone, when all slots are filled, so a failure
// leaves it as it was.
#include "ir/Weights.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <new>
#include <set>

#include "ir/ElementIndex.h"
#include "ir/WeightNames.h"
#include "ir/ops/Parameters.h"
#include "support/Files.h"
#include "support/Hash.h"
#include "support/Producer.h"
#include "support/Random.h"
#include "support/Safetensors.h"
#include "support/Spelling.h"

namespace ninc {

namespace {

constexpr std::size_t listedTensors = 8;                     // of one kind of complaint; the rest are counted
constexpr std::int64_t largestTotal = std::int64_t{4} << 30; // bytes of all parameters, what readFile takes

// A parameter and the tensor it is filled from. `slot` points into the op of its Layer.
struct NamedSlot {
  std::string tensor;
  ParameterSlot slot;
};

// A copy of a node's op on its way to be filled.
struct Layer {
  Node node;
  Op op;
  std::vector<NamedSlot> slots;
};

// Layers with parameters in insertion order. A deque, since the slots point into the ops.
std::deque<Layer> layersOf(const Graph &graph) {
  std::deque<Layer> layers;
  for (Node node : graph.nodes()) {
    std::vector<TensorType> types = graph.operandTypes(node);
    Layer &layer = layers.emplace_back(Layer{node, graph.op(node), {}});
    const std::string &value = graph.name(graph.result(node));
    for (ParameterSlot &slot : parameterSlots(layer.op, types)) {
      std::string tensor = slot.suffix.empty() ? value : fmt::format("{}.{}", value, slot.suffix);
      layer.slots.push_back({std::move(tensor), std::move(slot)});
    }
    if (layer.slots.empty()) layers.pop_back();
  }
  return layers;
}

Result<void> checkTotal(const std::deque<Layer> &layers) {
  std::int64_t bytes = 0;
  for (const Layer &layer : layers)
    for (const NamedSlot &named : layer.slots)
      bytes += elementCount(named.slot.shape) * static_cast<std::int64_t>(sizeof(float));
  if (bytes > largestTotal)
    return fail(fmt::format("the model's parameters take {} bytes, more than the {} that are supported",
                            bytes, largestTotal));
  return {};
}

// Reports the first few of a kind and counts the others. `help` is a function: looking for a similar name
// takes long, and a file of misnamed tensors would ask for it once for each.
class ListedErrors {
public:
  explicit ListedErrors(Diagnostics &diagnostics) : diagnostics_(diagnostics) {}

  void add(SourceRange where, std::string message, const std::function<std::string()> &help = {}) {
    if (++count_ <= listedTensors)
      diagnostics_.error(where, std::move(message), help ? help() : std::string());
  }
  // `rest` says what the ones left out are: "tensors that the model needs are missing".
  void finish(SourceRange where, std::string_view rest) {
    if (count_ > listedTensors)
      diagnostics_.error(where, fmt::format("{} more {}", count_ - listedTensors, rest));
  }

private:
  Diagnostics &diagnostics_;
  std::size_t count_ = 0;
};

// The tensors of a file by the names the model has for them, and who wants them.
struct NamesInFile {
  std::set<std::string> missing; // what the model needs and the file hasn't
  std::set<std::string> surplus; // what the file has and the model doesn't need, by the file's own names
  std::string prefix;            // that the file's names begin with where the model's don't; often empty

  std::string inFile(const std::string &tensor, const SafetensorsFile &file) const {
    return file.tensors().contains(tensor) ? tensor : prefix + tensor;
  }
  std::string inModel(const std::string &tensor) const {
    return tensor.starts_with(prefix) ? tensor.substr(prefix.size()) : tensor;
  }
};

NamesInFile compareNames(const std::deque<Layer> &layers, const SafetensorsFile &file) {
  NamesInFile names;
  for (const auto &[name, tensor] : file.tensors())
    names.surplus.insert(name);
  for (const Layer &layer : layers)
    for (const NamedSlot &named : layer.slots)
      if (names.surplus.erase(named.tensor) == 0 && !*named.slot.parameter)
        names.missing.insert(named.tensor);
  names.prefix = commonPrefix(names.missing, names.surplus);
  if (!names.prefix.empty())
    std::erase_if(names.missing,
                  [&](const std::string &name) { return names.surplus.erase(names.prefix + name) > 0; });
  return names;
}

// One mistake, so one error, however many tensors have it; what else is wrong with them is looked for as if
// they were named right.
void complainOfPrefix(const NamesInFile &names, const WeightSource &source, Diagnostics &diagnostics) {
  if (names.prefix.empty()) return;
  diagnostics.error(source.where,
                    fmt::format("the names in {} begin with '{}', those that the model needs don't",
                                source.path, names.prefix),
                    fmt::format("save it without: {{name.removeprefix('{}'): tensor for name, tensor in "
                                "state.items()}}",
                                names.prefix));
}

void complainOfSurplus(const NamesInFile &names, const WeightSource &source, Diagnostics &diagnostics) {
  ListedErrors errors(diagnostics);
  std::vector<std::string> counters;
  for (const std::string &name : names.surplus) {
    if (isBookkeeping(name)) {
      counters.push_back(name);
      continue;
    }
    errors.add(source.where, fmt::format("{} has a tensor '{}' that no layer uses", source.path, name), [&] {
      const std::string ours = names.inModel(name);
      for (const std::string &needed : names.missing)
        if (foreignName(needed, {ours})) return fmt::format("the model calls it '{}'", needed);
      return didYouMean(ours, names.missing);
    });
  }
  errors.finish(source.where, fmt::format("tensors in {} are used by no layer", source.path));
  if (!counters.empty())
    diagnostics.remark(
        "weights", source.where,
        fmt::format("{} has '{}'{}: what training counts, and no layer uses", source.path, counters[0],
                    counters.size() == 1 ? "" : fmt::format(" and {} more", counters.size() - 1)));
}

// Fills slots from a file, and gathers what is wrong with its tensors, a list a kind of fault.
class FillFromFile {
public:
  FillFromFile(const SafetensorsFile &file, const NamesInFile &names, const WeightSource &source,
               Diagnostics &diagnostics)
      : file_(file), names_(names), source_(source), diagnostics_(diagnostics) {}

  void fill(NamedSlot &named, SourceRange where) {
    const std::string needed =
        fmt::format("the model needs {} {}, but {}", named.tensor, toString(named.slot.shape), source_.path);
    const std::string name = names_.inFile(named.tensor, file_);
    auto found = file_.tensors().find(name);
    if (found == file_.tensors().end()) return complainOfMissing(name, needed, where);
    if (!fits(found->second, named.slot.shape, needed, where)) return;
    Result<Array> loaded = file_.load(name);
    if (!loaded) return diagnostics_.error(where, loaded.error().message);
    if (!isFinite(*loaded, named, found->second.dtype, where)) return;
    *named.slot.parameter =
        std::make_shared<const Tensor>(Tensor{std::move(loaded->shape), std::move(loaded->data)});
  }

  void finish() {
    const auto finish = [&](ListedErrors &errors, std::string_view what) {
      errors.finish(source_.where, fmt::format(fmt::runtime(what), source_.path));
    };
    finish(missing_, "tensors that the model needs are missing in {}");
    finish(shapes_, "tensors in {} have a wrong shape");
    finish(types_, "tensors in {} are of a type that can't be read");
    finish(numbers_, "tensors in {} have numbers that are not finite");
  }

private:
  void complainOfMissing(const std::string &name, const std::string &needed, SourceRange where) {
    missing_.add(where, needed + " has no such tensor", [&] {
      if (std::optional<std::string> foreign = foreignName(name, names_.surplus))
        return fmt::format("it has '{}', another tool's name for it: rename it", *foreign);
      std::optional<std::string> similar = closestSpelling(name, names_.surplus);
      return similar ? fmt::format("it has '{}', which no layer uses", *similar) : "";
    });
  }

  bool fits(const StoredTensor &stored, const Shape &shape, const std::string &needed, SourceRange where) {
    const bool isReadable = canLoad(stored.dtype), isShaped = stored.shape == shape;
    if (!isReadable)
      types_.add(where,
                 fmt::format("{} has it as {}; F32, F64, F16 and BF16 can be read", needed, stored.dtype),
                 [&] { return dtypeHelp(stored.dtype); });
    if (!isShaped)
      shapes_.add(where, fmt::format("{} has it as {}", needed, toString(stored.shape)),
                  [&] { return shapeHelp(shape, stored.shape); });
    return isReadable && isShaped;
  }

  bool isFinite(const Array &tensor, const NamedSlot &named, std::string_view dtype, SourceRange where) {
    auto wrong = std::ranges::find_if_not(tensor.data, [](float number) { return std::isfinite(number); });
    if (wrong == tensor.data.end()) return true;
    const auto flat = static_cast<std::size_t>(wrong - tensor.data.begin());
    numbers_.add(where,
                 fmt::format("{} in {} has {} at {}; parameters must be finite", named.tensor, source_.path,
                             *wrong, elementIndex(flat, tensor.shape)),
                 [&] {
                   const bool isTooLarge = std::isinf(*wrong) && dtype == "F64";
                   return isTooLarge ? "it is F64, whose numbers beyond F32's 3.4e38 become infinite" : "";
                 });
    return false;
  }

  const SafetensorsFile &file_;
  const NamesInFile &names_;
  const WeightSource &source_;
  Diagnostics &diagnostics_;
  ListedErrors missing_{diagnostics_}, shapes_{diagnostics_}, types_{diagnostics_}, numbers_{diagnostics_};
};

void fillFromFile(const Graph &graph, std::deque<Layer> &layers, const std::filesystem::path &modelFolder,
                  Diagnostics &diagnostics) {
  const WeightSource &source = graph.weightSource;
  Result<SafetensorsFile> file = SafetensorsFile::read(modelFolder / source.path);
  if (!file) return diagnostics.error(source.where, file.error().message);
  const NamesInFile names = compareNames(layers, *file);
  complainOfPrefix(names, source, diagnostics);

  FillFromFile filling(*file, names, source, diagnostics);
  for (Layer &layer : layers)
    for (NamedSlot &named : layer.slots)
      if (!*named.slot.parameter) filling.fill(named, graph.where(layer.node));
  complainOfSurplus(names, source, diagnostics);
  filling.finish();
}

Tensor randomTensor(const NamedSlot &named, std::uint64_t seed) {
  Random random(fnv1a(named.tensor, Random(seed).next()));
  auto draw = [&](std::string_view suffix) {
    suffix = suffix.substr(suffix.rfind('.') + 1);
    if (suffix.ends_with("bias") || suffix == "mean") return random.uniform(-0.1, 0.1);
    if (suffix == "scale" || suffix == "variance") return random.uniform(0.5, 1.5);
    if (suffix == "slope") return random.uniform(0, 0.5);
    return random.normal() * std::sqrt(2.0 / static_cast<double>(named.slot.fanIn));
  };
  Tensor tensor{named.slot.shape,
                std::vector<float>(static_cast<std::size_t>(elementCount(named.slot.shape)))};
  for (float &number : tensor.data)
    number = static_cast<float>(draw(named.slot.suffix));
  return tensor;
}

void fillAtRandom(std::deque<Layer> &layers, std::uint64_t seed) {
  for (Layer &layer : layers)
    for (NamedSlot &named : layer.slots)
      if (!*named.slot.parameter)
        *named.slot.parameter = std::make_shared<const Tensor>(randomTensor(named, seed));
}

// One mistake, so one error, however many parameters wait.
void complainOfNoSource(const Graph &graph, const std::deque<Layer> &layers, Diagnostics &diagnostics) {
  const Layer *first = nullptr;
  std::string tensor;
  std::size_t others = 0;
  for (const Layer &layer : layers)
    for (const NamedSlot &named : layer.slots) {
      if (*named.slot.parameter) continue;
      if (first) {
        ++others;
      } else {
        first = &layer;
        tensor = named.tensor;
      }
    }
  if (!first) return;
  diagnostics.error(graph.where(first->node),
                    fmt::format("the model needs {}{}, but doesn't say where its weights are", tensor,
                                others == 0 ? "" : fmt::format(" and {} more tensors", others)),
                    "add a line 'weights \"file.safetensors\"' or 'weights random seed 1'");
}

// Every batch_norm of an op, its chain's included, with the start of its tensors' names.
std::vector<std::pair<std::string, const BatchNorm *>> normsOf(const Op &op, const std::string &value) {
  std::vector<std::pair<std::string, const BatchNorm *>> norms;
  if (const auto *norm = std::get_if<BatchNorm>(&op)) norms.emplace_back(value, norm);
  if (const PointwiseChain *chain = chainOf(op))
    for (std::size_t i = 0; i < chain->steps.size(); ++i)
      if (const auto *norm = std::get_if<BatchNorm>(&chain->steps[i].function))
        norms.emplace_back(fmt::format("{}.step{}", value, i), norm);
  return norms;
}

// batch_norm divides by the root of variance + epsilon. Checked of what is there, whatever else is wrong.
void complainOfVariances(const Graph &graph, const Layer &layer, ListedErrors &errors) {
  for (const auto &[name, norm] : normsOf(layer.op, graph.name(graph.result(layer.node)))) {
    if (!norm->variance) continue;
    std::vector<std::size_t> wrong;
    for (std::size_t c = 0; c < norm->variance->data.size(); ++c)
      if (!(double{norm->variance->data[c]} + double{norm->epsilon} > 0)) wrong.push_back(c);
    if (wrong.empty()) continue;
    const float first = norm->variance->data[wrong[0]];
    errors.add(
        graph.where(layer.node),
        fmt::format("{}.variance is {} in channel {}{}; with epsilon {} that leaves no root to divide by",
                    name, first, wrong[0],
                    wrong.size() == 1 ? "" : fmt::format(" and as wrong in {} more", wrong.size() - 1),
                    norm->epsilon),
        [&] {
          return first < 0 ? "a variance is never negative: is this tensor another one, such as the mean?"
                           : "give batch_norm an epsilon above 0";
        });
  }
}

void complainOfVariances(const Graph &graph, const std::deque<Layer> &layers, Diagnostics &diagnostics) {
  ListedErrors errors(diagnostics);
  for (const Layer &layer : layers)
    complainOfVariances(graph, layer, errors);
  errors.finish(graph.weightSource.where, "variances that no batch_norm can divide by");
}

} // namespace

bool bindWeights(Graph &graph, const std::filesystem::path &modelFolder, Diagnostics &diagnostics) {
  std::size_t errorsBefore = diagnostics.errorCount();
  std::deque<Layer> layers = layersOf(graph);
  const WeightSource source = graph.weightSource;
  if (Result<void> ok = checkTotal(layers); !ok) {
    diagnostics.error(source.where, ok.error().message);
    return false;
  }
  try {
    switch (source.kind) {
    case WeightSource::Kind::none:
      complainOfNoSource(graph, layers, diagnostics);
      break;
    case WeightSource::Kind::file:
      fillFromFile(graph, layers, modelFolder, diagnostics);
      break;
    case WeightSource::Kind::random:
      fillAtRandom(layers, source.seed);
      break;
    }
    complainOfVariances(graph, layers, diagnostics);
  } catch (const std::bad_alloc &) {
    diagnostics.error(source.where, "there is not enough memory for the model's parameters");
  }
  if (diagnostics.errorCount() > errorsBefore) return false;

  for (Layer &layer : layers) {
    SourceRange where = graph.where(layer.node);
    if (Result<void> done = graph.replaceOp(layer.node, std::move(layer.op)); !done)
      diagnostics.error(where, done.error().message);
  }
  return diagnostics.errorCount() == errorsBefore;
}

bool areRandom(const Graph &graph, std::uint64_t seed) {
  const std::deque<Layer> layers = layersOf(graph);
  return std::ranges::all_of(layers, [&](const Layer &layer) {
    return std::ranges::all_of(layer.slots, [&](const NamedSlot &named) {
      const Parameter &parameter = *named.slot.parameter;
      return parameter && parameter->data == randomTensor(named, seed).data;
    });
  });
}

Result<void> writeWeights(const Graph &graph, const std::filesystem::path &file) {
  std::map<std::string, ArrayView> tensors;
  for (const Layer &layer : layersOf(graph))
    for (const NamedSlot &named : layer.slots) {
      const Parameter &parameter = *named.slot.parameter; // the graph's op shares it
      if (!parameter)
        return fail(fmt::format("the parameter {} isn't bound, so it can't be written", named.tensor));
      tensors[named.tensor] = {parameter->shape, parameter->data};
    }
  Result<std::string> bytes = formatSafetensors(tensors, {{"producer", std::string(madeByNinc)}});
  if (!bytes) return tl::unexpected(bytes.error());
  return writeAtomically(file, *bytes);
}

} // namespace ninc
