#include "tools/TuneProgress.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vector>

namespace ninc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A stream that keeps what is written, and what a terminal would show of it.
class Capture {
public:
  Capture() : stream_(open_memstream(&text_, &size_)) {}
  ~Capture() {
    std::fclose(stream_);
    std::free(text_);
  }
  Capture(const Capture &) = delete;
  Capture &operator=(const Capture &) = delete;

  std::FILE *stream() { return stream_; }
  std::string text() const { return {text_, size_}; } // of what was flushed
  long drawings() const { return std::count(text_, text_ + size_, '\r'); }

  // Knows \n, \r and ESC[K.
  std::vector<std::string> screen() const {
    std::vector<std::string> lines(1);
    std::size_t column = 0;
    const std::string written = text();
    for (std::size_t i = 0; i < written.size(); ++i) {
      if (written[i] == '\n') {
        lines.emplace_back();
        column = 0;
      } else if (written[i] == '\r') {
        column = 0;
      } else if (written.compare(i, 3, "\x1b[K") == 0) {
        lines.back().resize(column);
        i += 2;
      } else {
        lines.back().resize(std::max(lines.back().size(), column + 1));
        lines.back()[column++] = written[i];
      }
    }
    return lines;
  }

private:
  char *text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE *stream_;
};

class Progress : public testing::Test {
protected:
  TuneProgress on(bool terminal) {
    return TuneProgress(
        capture.stream(), terminal, [this] { return columns; }, [this] { return now; });
  }

  Capture capture;
  unsigned columns = 100;
  double now = 1000;
};

using ProgressOnATerminal = Progress;
using ProgressIntoAFile = Progress;

TuningProgress halfway() {
  TuningProgress state;
  state.kernel = "stage2";
  state.kernelNumber = 3;
  state.kernelCount = 5;
  state.measured = 37;
  state.bestSpeedup = 1.084;
  state.remainingSeconds = 72;
  state.fraction = 0.5;
  state.doing = "compiling";
  return state;
}

TEST_F(ProgressOnATerminal, IsOneLine) {
  TuneProgress progress = on(true);
  progress.update(halfway());
  EXPECT_EQ(capture.text(),
            "\r[#####-----]  50%  stage2 (3/5)  37 candidates  best 1.08x  ETA 1:12  compiling\x1b[K");
}

TEST_F(ProgressOnATerminal, DrawsOverTheLastOne) {
  TuneProgress progress = on(true);
  TuningProgress state = halfway();
  progress.update(state);
  now += 1;
  state.doing = "timing";
  state.fraction = 1;
  progress.update(state);
  EXPECT_THAT(capture.screen(),
              ElementsAre("[##########] 100%  stage2 (3/5)  37 candidates  best 1.08x  ETA 1:12  timing"));
}

TEST_F(ProgressOnATerminal, LeavesOutWhatIsNotKnown) {
  TuneProgress progress = on(true);
  TuningProgress state;
  state.measured = 1;
  state.bestSpeedup = 0; // nothing is known yet
  progress.update(state);
  EXPECT_THAT(capture.screen(), ElementsAre("[----------]   0%  1 candidate"));
}

TEST_F(ProgressOnATerminal, CountsTheCandidatesToCome) {
  TuneProgress progress = on(true);
  TuningProgress state = halfway();
  state.known = 120;
  progress.update(state);
  EXPECT_THAT(capture.text(), HasSubstr("  37/120 candidates  "));
}

TEST_F(ProgressOnATerminal, SaysOnlyOfTheEndThatItIsDone) {
  TuneProgress progress = on(true);
  TuningProgress state;
  const std::vector<std::pair<double, const char *>> expected{
      {-1, "[----------]   0%"},   {0.07, "[----------]   7%"},        {0.1, "[#---------]  10%"},
      {0.29, "[##--------]  29%"}, {0.3, "[###-------]  30%"},         {0.999, "[#########-]  99%"},
      {1.5, "[##########] 100%"},  {std::nan(""), "[----------]   0%"}};
  for (const auto &[fraction, text] : expected) {
    now += 1;
    state.fraction = fraction;
    progress.update(state);
    EXPECT_THAT(capture.screen().back(), HasSubstr(text)) << fraction;
  }
}

TEST_F(ProgressOnATerminal, DrawsTenTimesASecondAtMost) {
  TuneProgress progress = on(true);
  for (int i = 0; i < 1024; ++i, now += 1.0 / 256) // 4 seconds
    progress.update(halfway());
  EXPECT_LE(capture.drawings(), 40);
  EXPECT_GE(capture.drawings(), 36);
}

TEST_F(ProgressOnATerminal, CutsItsLineToTheTerminal) {
  TuneProgress progress = on(true);
  columns = 30;
  progress.update(halfway());
  EXPECT_THAT(capture.screen(), ElementsAre("[#####-----]  50%  stage2 (3/"));
  now += 1;
  columns = 1; // the window has become smaller
  progress.update(halfway());
  EXPECT_THAT(capture.screen(), ElementsAre(""));
}

TEST_F(ProgressOnATerminal, CutsBetweenCharactersNotWithinThem) {
  TuneProgress progress = on(true);
  columns = 23;
  TuningProgress state = halfway();
  state.kernel = "\u00e4\u00f6\u00fc\u00e9";
  progress.update(state);
  EXPECT_EQ(capture.text(), "\r[#####-----]  50%  \u00e4\u00f6\u00fc\x1b[K");
}

TEST_F(ProgressOnATerminal, ObeysNoNames) {
  TuneProgress progress = on(true);
  TuningProgress state = halfway();
  state.kernel = std::string("a\x1b[2Jb\nc\xff\u009bd\0e", 14);
  progress.update(state);
  EXPECT_THAT(capture.text(), HasSubstr("%  a [2Jb c? d e (3/5)"));
}

TEST_F(ProgressOnATerminal, KeepsNotesAboveTheLine) {
  TuneProgress progress = on(true);
  progress.note("first");
  progress.update(halfway());
  progress.note("a candidate of stage2 crashed");
  EXPECT_THAT(capture.screen(),
              ElementsAre("first", "a candidate of stage2 crashed",
                          "[#####-----]  50%  stage2 (3/5)  37 candidates  best 1.08x  ETA 1:12  compiling"));
}

TEST_F(ProgressOnATerminal, LeavesACleanLine) {
  TuneProgress progress = on(true);
  progress.update(halfway());
  progress.note("a note");
  progress.finish();
  EXPECT_THAT(capture.screen(), ElementsAre("a note", ""));
  const std::string before = capture.text();
  progress.finish();
  EXPECT_EQ(capture.text(), before);
  progress.note("after the end");
  EXPECT_THAT(capture.screen(), ElementsAre("a note", "after the end", ""));
}

TEST_F(ProgressIntoAFile, IsPlainLines) {
  TuneProgress progress = on(false);
  progress.update(halfway());
  progress.note("a note\twith a tab");
  progress.finish();
  EXPECT_EQ(capture.text(),
            " 50%  stage2 (3/5)  37 candidates  best 1.08x  ETA 1:12  compiling\na note with a tab\n");
}

TEST_F(ProgressIntoAFile, IsNotCut) {
  TuneProgress progress = on(false);
  columns = 10;
  progress.update(halfway());
  EXPECT_THAT(capture.text(), HasSubstr("compiling\n"));
}

TEST_F(ProgressIntoAFile, SaysSomethingEveryTenSecondsAtMost) {
  TuneProgress progress = on(false);
  for (int i = 0; i < 256; ++i, now += 0.125) // 32 seconds: at 0, 10, 20 and 30
    progress.update(halfway());
  EXPECT_EQ(capture.screen().size(), 4u + 1u);
}

TEST_F(ProgressIntoAFile, TellsEachImprovementAtOnce) {
  TuneProgress progress = on(false);
  TuningProgress state = halfway();
  progress.update(state);
  for (double best : {1.084, 1.0841, 1.12, 1.10, 1.3}) { // the second one doesn't show
    now += 0.01;
    state.bestSpeedup = best;
    progress.update(state);
  }
  EXPECT_THAT(capture.screen(),
              ElementsAre(HasSubstr("best 1.08x"), HasSubstr("best 1.12x"), HasSubstr("best 1.30x"), ""));
}

TEST_F(ProgressIntoAFile, RemembersTheBestOfEachKernel) {
  TuneProgress progress = on(false);
  TuningProgress second = halfway(), third = halfway();
  second.kernelNumber = 2;
  second.bestSpeedup = 1.5;
  progress.update(second);
  progress.update(third); // 1.08 is news of the third
  progress.update(second);
  progress.update(third);
  EXPECT_THAT(capture.screen(), ElementsAre(HasSubstr("(2/5)"), HasSubstr("(3/5)"), ""));
}

TEST_F(ProgressIntoAFile, TakesTheDefaultForNoImprovement) {
  TuneProgress progress = on(false);
  TuningProgress state = halfway();
  state.bestSpeedup = 1;
  progress.update(state);
  state.kernelNumber = 4;
  progress.update(state);
  EXPECT_EQ(capture.screen().size(), 1u + 1u);
}

// A terminal of our own, 80 columns and 24 lines until told otherwise.
class PseudoTerminal : public testing::Test {
protected:
  void SetUp() override {
    main_ = posix_openpt(O_RDWR | O_NOCTTY);
    if (main_ < 0 || grantpt(main_) != 0 || unlockpt(main_) != 0)
      GTEST_SKIP() << "no pseudo terminals on this machine";
    stream_ = std::fopen(ptsname(main_), "w");
    if (stream_ == nullptr) GTEST_SKIP() << "a pseudo terminal that can't be opened";
  }
  void TearDown() override {
    if (stream_ != nullptr) std::fclose(stream_);
    if (main_ >= 0) close(main_);
    setenv("TERM", "dumb", 1);
  }

  int main_ = -1;
  std::FILE *stream_ = nullptr;
};

TEST_F(PseudoTerminal, IsDrawnOverUnlessItIsDumb) {
  setenv("TERM", "xterm", 1);
  EXPECT_TRUE(redrawsLines(stream_));
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(redrawsLines(stream_));
  unsetenv("TERM");
  EXPECT_FALSE(redrawsLines(stream_));
}

TEST_F(PseudoTerminal, TellsItsWidth) {
  winsize size{};
  size.ws_col = 123;
  ASSERT_EQ(ioctl(main_, TIOCSWINSZ, &size), 0);
  EXPECT_EQ(columnsOf(stream_), 123u);
  size.ws_col = 0;
  ASSERT_EQ(ioctl(main_, TIOCSWINSZ, &size), 0);
  EXPECT_EQ(columnsOf(stream_), 80u);
}

TEST(AFile, IsNotDrawnOver) {
  std::FILE *file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  setenv("TERM", "xterm", 1);
  EXPECT_FALSE(redrawsLines(file));
  EXPECT_EQ(columnsOf(file), 80u);
  TuneProgress progress = TuneProgress::on(file);
  progress.update(halfway());
  std::rewind(file);
  char first = 0;
  EXPECT_EQ(std::fread(&first, 1, 1, file), 1u);
  EXPECT_EQ(first, ' ');
  std::fclose(file);
}

} // namespace
} // namespace ninc
