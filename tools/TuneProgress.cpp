#include "tools/TuneProgress.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

#include "support/Counted.h"
#include "support/Utf8.h"
#include "tools/Duration.h"

namespace ninc {

namespace {

constexpr double secondsBetweenDrawings = 0.1;
constexpr double secondsBetweenLines = 10;
constexpr int barCells = 10;

double steadySeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool isControl(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f;
  return character.size() == 2 && byte(0) == 0xc2 && byte(1) < 0xa0; // U+0080..U+009F
}

// The first `most` characters of `text`, as a terminal may safely see them: names come from models, and a
// terminal obeys control characters. Each character counts as one column, also those that take two.
std::string printable(std::string_view text, std::size_t most = std::string_view::npos) {
  std::string result;
  for (std::size_t count = 0; count < most && !text.empty(); ++count) {
    const std::size_t length = utf8Length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0)
      result += '?';
    else if (isControl(character))
      result += ' ';
    else
      result += character;
    text.remove_prefix(character.size());
  }
  return result;
}

// Down, so that only what is done is 100 %; the little more makes up for decimals that aren't binary.
int partOf(double fraction, int whole) {
  if (!(fraction > 0)) return 0;
  return static_cast<int>(std::min(fraction, 1.0) * whole + 1e-9);
}

std::string bar(double fraction) {
  const auto done = static_cast<std::size_t>(partOf(fraction, barCells));
  return '[' + std::string(done, '#') + std::string(barCells - done, '-') + ']';
}

std::string kernelText(const TuningProgress &state) {
  if (state.kernelCount == 0) return state.kernel;
  return fmt::format("{} ({}/{})", state.kernel, state.kernelNumber, state.kernelCount);
}

std::string candidatesText(const TuningProgress &state) {
  if (state.known > 0) return fmt::format("{}/{} candidates", state.measured, state.known);
  return counted(state.measured, "candidate");
}

bool isKnown(double speedup) {
  return std::isfinite(speedup) && speedup > 0;
}

// Both kinds of line, from the percentage on. The most important first: a narrow terminal cuts the end.
std::string lineOf(const TuningProgress &state) {
  std::string line = fmt::format("{:3}%", partOf(state.fraction, 100));
  const auto append = [&](const std::string &part) {
    if (!part.empty()) line += "  " + part;
  };
  append(kernelText(state));
  append(candidatesText(state));
  if (isKnown(state.bestSpeedup)) append(fmt::format("best {:.2f}x", state.bestSpeedup));
  if (state.remainingSeconds) append("ETA " + clockText(*state.remainingSeconds));
  append(state.doing);
  return line;
}

void print(std::FILE *stream, const std::string &text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

constexpr const char *clearLine = "\r\x1b[K";

} // namespace

bool redrawsLines(std::FILE *stream) {
  const char *terminal = std::getenv("TERM");
  return isatty(fileno(stream)) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

unsigned columnsOf(std::FILE *stream) {
  winsize size{};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

TuneProgress TuneProgress::on(std::FILE *stream) {
  return TuneProgress(
      stream, redrawsLines(stream), [stream] { return columnsOf(stream); }, steadySeconds);
}

TuneProgress::TuneProgress(std::FILE *stream, bool terminal, Columns columns, Clock clock)
    : stream_(stream), terminal_(terminal), columns_(std::move(columns)), clock_(std::move(clock)) {}

// By as much as can be seen: a line that says what the last one said is no news.
bool TuneProgress::improves(const TuningProgress &state) {
  if (!isKnown(state.bestSpeedup)) return false;
  const long best = std::lround(std::min(state.bestSpeedup, 1e6) * 100);
  long &sofar = bests_.try_emplace(state.kernelNumber, 100).first->second; // the default's
  return std::exchange(sofar, std::max(sofar, best)) < best;
}

void TuneProgress::update(const TuningProgress &state) {
  const double now = clock_();
  const bool improved = improves(state);
  const double pause = terminal_ ? secondsBetweenDrawings : secondsBetweenLines;
  if (written_ && now - *written_ < pause && (terminal_ || !improved)) return;
  written_ = now;
  if (!terminal_) return print(stream_, printable(lineOf(state)) + '\n');
  line_ = bar(state.fraction) + ' ' + lineOf(state);
  draw();
}

// The last column stays empty: a cursor that waits behind it clears or wraps differently on each terminal.
void TuneProgress::draw() {
  const unsigned columns = columns_();
  print(stream_, '\r' + printable(line_, columns > 0 ? columns - 1 : 79) + "\x1b[K");
}

void TuneProgress::note(std::string_view line) {
  print(stream_, (line_.empty() ? "" : clearLine) + printable(line) + '\n');
  if (!line_.empty()) draw();
}

void TuneProgress::finish() {
  if (!line_.empty()) print(stream_, clearLine);
  line_.clear();
}

} // namespace ninc
