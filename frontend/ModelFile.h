// What every front end takes and gives: the bytes of a file and what the user asks of it in, a bound graph
// out. docs/import.md has the whole of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "frontend/Origin.h"
#include "ir/Graph.h"
#include "support/Diagnostics.h"

namespace ninc {

enum class WeightLoading { bind, skip };

struct ModelFile {
  std::filesystem::path path; // other files that it names lie relative to its folder
  std::string bytes;
};

// In the words of the file: names are those that it has.
struct ImportOptions {
  WeightLoading weights = WeightLoading::bind; // `show` needs no numbers
  std::optional<std::int64_t> batch = std::nullopt;
  std::vector<std::pair<std::string, Shape>> shapes = {}; // of inputs, as the file counts dimensions
  std::vector<std::string> outputs = {}; // instead of those that the file names; empty: those
  std::filesystem::path weightFile = {}; // that has the numbers, where the model's file doesn't say it
};

struct ImportedModel {
  Graph graph;
  std::int64_t batch = 1; // images a run: what was asked for, or else what the file says
  Origin origin = {};
};

} // namespace ninc
