// What the person at the terminal sees while a tuning runs: how far it is, what it found, how long it will
// take.
//
// On a terminal that is one line, drawn over itself:
//   [#####-----]  50%  stage2 (3/5)  37/120 candidates  best 1.08x  ETA 1:12  compiling
// Into a file or a pipe go whole lines without control characters, few enough to be read in a log. No colour
// is used anywhere, so NO_COLOR has nothing to switch off.
#pragma once

#include <cstddef>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tuner/session/TuningProgress.h"

namespace ninc {

// Whether a line of `stream` can be drawn over: it is a terminal, and TERM doesn't say that it is a dumb one.
bool redrawsLines(std::FILE *stream);

// Columns of the terminal behind `stream` as of now; 80 if it doesn't tell.
unsigned columnsOf(std::FILE *stream);

// One thread's. What the stream doesn't take is lost without a word: progress isn't worth a failure.
class TuneProgress {
public:
  // Seconds since whenever, never running backwards.
  using Clock = std::function<double()>;
  // Asked before each drawing, since windows change their size.
  using Columns = std::function<unsigned()>;

  static TuneProgress on(std::FILE *stream);
  TuneProgress(std::FILE *stream, bool terminal, Columns columns, Clock clock);

  // Call it often: it writes only as much as people can read. On a terminal, ten times a second at most;
  // elsewhere, when a kernel's best improves, and otherwise every ten seconds at most.
  void update(const TuningProgress &state);

  // A line that stays, above the one that is redrawn.
  void note(std::string_view line);

  // Clears the line that is redrawn, so that what is printed next has a clean one. May be called again.
  void finish();

private:
  void draw();
  bool improves(const TuningProgress &state);

  std::FILE *stream_;
  bool terminal_;
  Columns columns_;
  Clock clock_;
  std::string line_;                  // that is redrawn, uncut; empty: there is none
  std::optional<double> written_;     // when an update last led to output
  std::map<std::size_t, long> bests_; // kernel's number -> its best, in the hundredths that are shown
};

} // namespace ninc
