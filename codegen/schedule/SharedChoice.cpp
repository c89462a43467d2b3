// The layouts that are tried are those of the specs' best schedules, those of what is given, and for each
// algorithm among these a compromise: the panels, layer by layer, with which all specs together are least far
// from their best. Specs are dealt out to layouts by a greedy rule: the layout that saves most bytes is that
// of all that can take it, then the next one of those that are left. A panel that no register tile of some
// CPU can have is that CPU's own affair: weights are shared tensor by tensor.
#include "codegen/schedule/SharedChoice.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

#include "codegen/schedule/mlpconv/MlpconvCandidates.h"

namespace ninc {

namespace {

class MlpconvSharing {
public:
  MlpconvSharing(std::span<const KernelSpec> specs, std::span<const std::optional<ScheduleChoice>> given,
                 Exactness exactness)
      : given_(given), exactness_(exactness) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
      problems_.emplace_back(specs[i]);
      alone_.push_back(chooseMlpconvSchedule(problems_[i], exactness));
      addLayout(alone_[i].best.schedule, i);
      const auto *decided = given[i] ? std::get_if<MlpconvSchedule>(&given[i]->schedule.choice) : nullptr;
      if (decided) addLayout(*decided, i);
    }
    std::vector<std::optional<WinogradTile>> algorithms;
    for (const Candidate &candidate : candidates_)
      if (std::ranges::count(algorithms, candidate.layout.winograd) == 0)
        algorithms.push_back(candidate.layout.winograd);
    for (const std::optional<WinogradTile> &algorithm : algorithms)
      add(compromise(algorithm, candidates_.front().layout.panels.size()));
  }

  std::vector<ScheduleChoice> choose(double slack) {
    for (Candidate &candidate : candidates_)
      for (std::size_t i = 0; i < problems_.size(); ++i)
        candidate.choices.push_back(choiceWith(candidate.layout, i));
    std::vector<std::optional<ScheduleChoice>> chosen(given_.begin(), given_.end());
    while (const std::optional<Offer> best = bestOffer(chosen, slack))
      for (const auto &[spec, choice] : best->takers)
        chosen[spec] = scheduleFor(spec, choice);
    std::vector<ScheduleChoice> all;
    for (std::optional<ScheduleChoice> &each : chosen)
      all.push_back(std::move(*each)); // its own best layout covers each
    return all;
  }

private:
  // A layout, and what each spec would do with it: nothing if it can't.
  struct Candidate {
    WeightLayout layout;
    std::vector<std::optional<MlpconvChoice>> choices;
  };

  // What comes of it if the specs that are left take a layout.
  struct Offer {
    std::vector<std::pair<std::size_t, MlpconvChoice>> takers;
    bool isGiven = false; // somebody has it already
    double bytes = 0;     // of the weights that takers read in this layout
    double mostOfOne = 0; // of these, what one of them reads
    double excess = 0;    // of all takers together

    double saved() const { return isGiven ? bytes : bytes - mostOfOne; }
    bool isBetterThan(const Offer &other) const {
      if (saved() != other.saved()) return saved() > other.saved();
      return excess < other.excess;
    }
  };

  void addLayout(const MlpconvSchedule &schedule, std::size_t spec) {
    add(layoutOf(schedule, problems_[spec].spec.cpu()));
  }

  void add(const WeightLayout &layout) {
    if (std::ranges::find(candidates_, layout, &Candidate::layout) == candidates_.end())
      candidates_.push_back({layout, {}});
  }

  std::optional<MlpconvChoice> choiceWith(const WeightLayout &layout, std::size_t spec) const {
    return chooseMlpconvSchedule(problems_[spec], exactness_, fitted(layout, problems_[spec]));
  }

  double ratioOf(const MlpconvChoice &choice, std::size_t spec) const {
    return choice.objective / alone_[spec].objective;
  }

  // Of all specs together; none can take less than their number.
  double ratiosWith(const WeightLayout &layout) const {
    double sum = 0;
    for (std::size_t i = 0; i < problems_.size(); ++i) {
      const auto choice = choiceWith(layout, i);
      if (!choice) return std::numeric_limits<double>::max();
      sum += ratioOf(*choice, i);
    }
    return sum;
  }

  // One sweep over the layers: they hardly depend on one another.
  WeightLayout compromise(const std::optional<WinogradTile> &winograd, std::size_t layers) const {
    constexpr std::int64_t widest = 16; // lanes of any CPU's registers
    WeightLayout best{winograd, std::vector<std::int64_t>(layers, widest)};
    double least = ratiosWith(best);
    for (std::size_t i = 0; i < layers; ++i)
      for (const std::int64_t panel : {2 * widest, 3 * widest}) {
        WeightLayout other = best;
        other.panels[i] = panel;
        if (const double sum = ratiosWith(other); sum < least) least = sum, best = other;
      }
    return best;
  }

  std::optional<Offer> bestOffer(const std::vector<std::optional<ScheduleChoice>> &chosen,
                                 double slack) const {
    std::optional<Offer> best;
    for (const auto &[layout, choices] : candidates_) {
      Offer offer;
      for (std::size_t i = 0; i < problems_.size(); ++i) {
        if (given_[i]) offer.isGiven |= hasLayout(*given_[i], i, layout);
        if (chosen[i] || !choices[i]) continue;
        const double ratio = ratioOf(*choices[i], i);
        if (ratio > slack) continue;
        const double bytes = bytesInLayout(fitted(layout, problems_[i]), i, choices[i]->best.schedule);
        offer.bytes += bytes;
        offer.mostOfOne = std::max(offer.mostOfOne, bytes);
        offer.excess += ratio;
        offer.takers.emplace_back(i, *choices[i]);
      }
      if (!offer.takers.empty() && (!best || offer.isBetterThan(*best))) best = std::move(offer);
    }
    return best;
  }

  // Of the weights whose panels the layout decides.
  double bytesInLayout(const WeightLayout &layout, std::size_t spec, const MlpconvSchedule &schedule) const {
    double bytes = 0;
    for (std::size_t i = 0; i < layout.panels.size(); ++i)
      if (layout.panels[i] > 0)
        bytes += weightBytes(problems_[spec].geometry, schedule, i, problems_[spec].spec.cpu());
    return bytes;
  }

  bool hasLayout(const ScheduleChoice &choice, std::size_t spec, const WeightLayout &layout) const {
    const auto *schedule = std::get_if<MlpconvSchedule>(&choice.schedule.choice);
    return schedule && layoutOf(*schedule, problems_[spec].spec.cpu()) == layout;
  }

  ScheduleChoice scheduleFor(std::size_t spec, const MlpconvChoice &choice) const {
    std::string why = reasonFor(choice);
    if (const double more = ratioOf(choice, spec) - 1; more > 0)
      why +=
          fmt::format("; {:.1f} % more than alone, to share packed weights with other versions", 100 * more);
    return {Schedule{choice.best.schedule}, std::move(why), choice.best.cost.total()};
  }

  std::span<const std::optional<ScheduleChoice>> given_;
  Exactness exactness_;
  std::vector<MlpconvProblem> problems_;
  std::vector<MlpconvChoice> alone_;
  std::vector<Candidate> candidates_;
};

// Memory decides how fast a dense layer is, so it takes the narrowest panel of all.
void narrowPanels(std::span<const KernelSpec> specs, std::vector<ScheduleChoice> &choices) {
  int panel = std::numeric_limits<int>::max();
  for (const ScheduleChoice &choice : choices)
    panel = std::min(panel, std::get<DenseSchedule>(choice.schedule.choice).panel());
  for (std::size_t i = 0; i < choices.size(); ++i) {
    Schedule narrow = choices[i].schedule;
    auto &dense = std::get<DenseSchedule>(narrow.choice);
    if (panel % dense.vector != 0) continue;
    dense.panelVectors = panel / dense.vector;
    if (checkLegal(specs[i], narrow)) choices[i].schedule = narrow;
  }
}

} // namespace

std::vector<ScheduleChoice> chooseSharing(std::span<const KernelSpec> specs,
                                          std::span<const std::optional<ScheduleChoice>> given,
                                          Exactness exactness, double slack) {
  const Family family = familyOf(specs.front()).value();
  if (family == Family::mlpconv) return MlpconvSharing(specs, given, exactness).choose(slack);
  std::vector<ScheduleChoice> choices;
  bool isAnyGiven = false;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    choices.push_back(given[i] ? *given[i] : chooseSchedule(specs[i], exactness));
    isAnyGiven |= given[i].has_value();
  }
  if (family == Family::dense && !isAnyGiven) narrowPanels(specs, choices);
  return choices;
}

} // namespace ninc
