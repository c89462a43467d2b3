// The protocol of tuner/runner/protocol.h on a device: candidates are libraries in this process.
#include "tuner/measure/DeviceSession.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "execution/model/DeviceProcessor.h"
#include "execution/model/LoadedModel.h"
#include "support/Files.h"
#include "support/Half.h"
#include "support/Stopwatch.h"
#include "tuner/runner/protocol.h"

namespace ninc {

namespace {

// Why a job ended early. Without an outcome it is the job, or the driver, that is at fault.
struct Failure {
  std::optional<Outcome> outcome;
  std::string detail;
};
using Step = tl::expected<void, Failure>;

tl::unexpected<Failure> refuse(std::optional<Outcome> outcome, std::string detail) {
  return tl::unexpected(Failure{outcome, std::move(detail)});
}

// What a status of a candidate's makes of it.
std::optional<Outcome> outcomeOf(int status) {
  switch (status) {
  case NINC_ERROR_NO_DRIVER:
  case NINC_ERROR_NO_DEVICE:
  case NINC_ERROR_NO_DEVICE_CODE:
    return std::nullopt;
  case NINC_ERROR_DEVICE_BUILD:
    return Outcome::uncompilable;
  case NINC_ERROR_MEMORY:
  case NINC_ERROR_DEVICE_MEMORY:
    return Outcome::memory;
  default:
    return Outcome::crashed;
  }
}

// A library on the device with its arguments. The process ends before anything of it is freed.
struct Loaded {
  LoadedModel library;
  std::vector<std::string> inputs, outputs; // as the library has them in memory
  std::vector<std::uint64_t> ns;            // the device's, of each kernel and then of copies there and back
  ninc_state *state = nullptr;
};

// Nanoseconds of one run.
struct Times {
  std::vector<std::uint64_t> kernels;
  std::uint64_t device = 0; // their sum
  std::uint64_t wall = 0;   // with copies and calls
};

template <class Element>
std::string bytesOf(const std::vector<Element> &elements) {
  return {reinterpret_cast<const char *>(elements.data()), elements.size() * sizeof(Element)};
}

template <class Element>
std::vector<Element> elementsIn(const std::string &bytes) {
  std::vector<Element> elements(bytes.size() / sizeof(Element));
  std::memcpy(elements.data(), bytes.data(), elements.size() * sizeof(Element));
  return elements;
}

// Bytes of floats, as jobs' files have them, in a tensor's element type; and back.
std::string toElements(const ninc_tensor &tensor, std::string floats) {
  if (tensor.element == NINC_F32 || tensor.element == NINC_U8) return floats; // these are bytes already
  const std::vector<float> numbers = elementsIn<float>(floats);
  if (tensor.element == NINC_F16) return bytesOf(toHalves(numbers));
  return bytesOf(std::vector<std::int64_t>(numbers.begin(), numbers.end()));
}
std::vector<float> fromElements(const ninc_tensor &tensor, const std::string &bytes) {
  if (tensor.element == NINC_F32) return elementsIn<float>(bytes);
  if (tensor.element == NINC_I64) {
    const std::vector<std::int64_t> integers = elementsIn<std::int64_t>(bytes);
    return {integers.begin(), integers.end()};
  }
  const std::vector<std::uint16_t> halves = elementsIn<std::uint16_t>(bytes);
  std::vector<float> numbers(halves.size());
  std::ranges::transform(halves, numbers.begin(), fromHalf);
  return numbers;
}

class Session {
public:
  Session(const RunnerJob &job, DeviceChoice device, std::atomic<int> &inTurn)
      : job_(job), device_(device), inTurn_(inTurn), times_(job.candidates.size()) {}

  Step measure() {
    if (auto read = readFiles(); !read) return read;
    for (std::size_t c = 0; c < job_.candidates.size(); ++c)
      if (auto opened = open(c); !opened) return opened;
    if (auto right = checkAll(); !right) return right;
    for (int i = 0; i < WARM_UP_RUNS; ++i)
      for (std::size_t c = 0; c < loaded_.size(); ++c)
        if (auto ran = run(c); !ran) return tl::unexpected(ran.error());
    if (auto timed = runRounds(); !timed) return timed;
    return checkAll();
  }

  // [candidate][round]
  const std::vector<std::vector<Times>> &times() const { return times_; }

private:
  Step readFiles() {
    for (const auto &[paths, texts] : {std::pair(&job_.inputs, &inputs_), {&job_.expected, &expected_}})
      for (const std::string &path : *paths) {
        Result<std::string> text = readFile(path);
        if (!text) return refuse(std::nullopt, text.error().message);
        texts->push_back(std::move(*text));
      }
    return {};
  }

  Step open(std::size_t c) {
    inTurn_ = static_cast<int>(c);
    const RunnerCandidate &candidate = job_.candidates[c];
    Result<LoadedModel> library = LoadedModel::open(candidate.library, 1);
    if (!library) return refuse(std::nullopt, library.error().message);
    Loaded &loaded = loaded_.emplace_back(Loaded{std::move(*library), inputs_, expected_, {}});
    for (const std::string &path : candidate.weights) {
      Result<std::string> text = readFile(path);
      if (!text) return refuse(std::nullopt, text.error().message);
      loaded.inputs.push_back(std::move(*text));
    }
    const ninc_model &model = loaded.library.descriptor();
    if (!convert(loaded.inputs, model.inputs, model.n_inputs, model.batch) ||
        !convert(loaded.outputs, model.outputs, model.n_outputs, model.batch))
      return refuse(std::nullopt, "the job's files don't fit the library");
    return create(loaded);
  }

  // False if the sizes aren't the tensors'.
  static bool convert(std::vector<std::string> &texts, const ninc_tensor *tensors, std::int32_t count,
                      std::int32_t batch) {
    if (std::ssize(texts) != count) return false;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      texts[i] = toElements(tensors[i], std::move(texts[i]));
      if (static_cast<std::int64_t>(texts[i].size()) != tensors[i].bytes * batch) return false;
    }
    return true;
  }

  Step create(Loaded &loaded) {
    const ninc_model &model = loaded.library.descriptor();
    if (const ninc_device_half *half = deviceHalf(model, device_.kind))
      loaded.ns.resize(static_cast<std::size_t>(half->n_kernels) + 2);
    else
      return refuse(std::nullopt, "the library has no half for the device");
    std::vector<char> message(4096);
    ninc_device_options options{};
    options.kind = device_.kind;
    options.number = device_.number;
    options.ns = loaded.ns.data();
    options.message = message.data();
    options.message_bytes = static_cast<std::int64_t>(message.size());
    const int status = model.devices->create(&options, &loaded.state);
    if (status == NINC_OK) return {};
    return refuse(outcomeOf(status), message.front() ? message.data() : model.strerror(status));
  }

  tl::expected<Times, Failure> run(std::size_t c) {
    inTurn_ = static_cast<int>(c);
    Loaded &loaded = loaded_[c];
    const ninc_model &model = loaded.library.descriptor();
    std::vector<const void *> inputs;
    std::vector<void *> outputs;
    for (const std::string &input : loaded.inputs)
      inputs.push_back(input.data());
    for (std::string &output : loaded.outputs)
      outputs.push_back(output.data());
    std::ranges::fill(loaded.ns, 0);
    const Stopwatch watch;
    const int status = model.devices->run_on(loaded.state, inputs.data(), outputs.data());
    Times times;
    times.wall = static_cast<std::uint64_t>(1e9 * watch.seconds());
    if (status != NINC_OK) {
      const std::string words = model.devices->message(loaded.state);
      return refuse(outcomeOf(status), words.empty() ? model.strerror(status) : words);
    }
    times.kernels.assign(loaded.ns.begin(), loaded.ns.end() - 2);
    times.device = std::accumulate(times.kernels.begin(), times.kernels.end(), std::uint64_t{0});
    return times;
  }

  // Runs with outputs that nobody has written to and looks at what is in them.
  Step check(std::size_t c) {
    for (std::string &output : loaded_[c].outputs)
      std::ranges::fill(output, '\xff'); // NaN, whatever the type
    if (auto ran = run(c); !ran) return tl::unexpected(ran.error());
    for (std::size_t i = 0; i < expected_.size(); ++i)
      if (auto right = compare(c, i); !right) return right;
    return {};
  }

  Step compare(std::size_t c, std::size_t output) const {
    const Loaded &loaded = loaded_[c];
    const std::vector<float> expected = elementsIn<float>(expected_[output]);
    const std::vector<float> values =
        fromElements(loaded.library.descriptor().outputs[output], loaded.outputs[output]);
    const deviation off = deviation_of(values.data(), expected.data(), values.size());
    const double bound = job_.candidates[c].bounds[output];
    if (off.largest <= bound) return {};
    std::array<char, 256> words{};
    describe_deviation(words.data(), words.size(), static_cast<int>(output), off, bound, values[off.element],
                       expected[off.element]);
    return refuse(Outcome::wrong, words.data());
  }

  Step checkAll() {
    for (std::size_t c = 0; c < loaded_.size(); ++c)
      if (auto right = check(c); !right) return right;
    return {};
  }

  std::uint64_t leastOf(std::size_t c) const {
    return std::ranges::min(times_[c], {}, &Times::device).device;
  }

  // The last candidate against the first.
  bool isHopeless() const {
    if (!job_.giveUp || std::ssize(times_[0]) < job_.giveUp->rounds) return false;
    return is_hopeless(leastOf(times_.size() - 1), leastOf(0), job_.giveUp->factor);
  }

  Step runRounds() {
    const Stopwatch watch;
    const auto n = static_cast<std::int32_t>(loaded_.size());
    for (std::int32_t round = 0; round < job_.mostRounds; ++round) {
      if (round >= job_.leastRounds && watch.seconds() >= job_.seconds) break;
      if (isHopeless()) break;
      for (std::int32_t i = 0; i < n; ++i) {
        const auto c = static_cast<std::size_t>(candidate_in_round(round, i, n));
        auto ran = run(c);
        if (!ran) return tl::unexpected(ran.error());
        times_[c].push_back(std::move(*ran));
      }
    }
    // A coarse clock may say 0 now and then.
    const auto runs = [](const Times &times) { return times.device > 0; };
    if (std::ranges::none_of(times_[0], runs)) return refuse(std::nullopt, "the device's clock doesn't run");
    return {};
  }

  const RunnerJob &job_;
  DeviceChoice device_;
  std::atomic<int> &inTurn_;
  std::vector<std::string> inputs_, expected_; // files' bytes: floats
  std::vector<Loaded> loaded_;
  std::vector<std::vector<Times>> times_;
};

template <class Member>
nlohmann::json roundsOf(const std::vector<std::vector<Times>> &times, Member member) {
  nlohmann::json candidates = nlohmann::json::array();
  for (const std::vector<Times> &rounds : times) {
    nlohmann::json &candidate = candidates.emplace_back(nlohmann::json::array());
    for (const Times &round : rounds)
      candidate.push_back(round.*member);
  }
  return candidates;
}

} // namespace

std::string measureOnDevice(const RunnerJob &job, DeviceChoice device, std::atomic<int> &inTurn) {
  Session session(job, device, inTurn);
  const Step measured = session.measure();
  nlohmann::json json = {{"label", job.label},
                         {"cpu", ""},
                         {"date", dateNow()},
                         {"candidate", -1},
                         {"detail", ""},
                         {"outcome", toString(Outcome::ok)},
                         {"times_ns", nlohmann::json::array()},
                         {"walls_ns", nlohmann::json::array()}};
  if (measured) {
    json["times_ns"] = roundsOf(session.times(), &Times::device);
    json["walls_ns"] = roundsOf(session.times(), &Times::wall);
    if (job.counters) json["kernels_ns"] = roundsOf(session.times(), &Times::kernels);
  } else {
    const Failure &failure = measured.error();
    json["outcome"] = failure.outcome ? toString(*failure.outcome) : "failed";
    json["detail"] = failure.detail;
    json["candidate"] = inTurn.load();
  }
  // What drivers say needn't be UTF-8.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace ninc
