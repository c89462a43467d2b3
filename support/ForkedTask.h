// Work in a process of its own: a forked child computes bytes and hands them over through a pipe.
//
// What the work does to its memory, or how it ends, is no concern of the parent's. The child is ended when
// its parent dies. One that runs out of memory or stack ends with a code that says so (support/Shortage.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/Result.h"

namespace ninc {

struct ForkLimits {
  std::vector<int> cpus = {};    // that the child may run on; empty: any. One that isn't there is ignored
  std::int64_t addressBytes = 0; // address space; 0: unlimited
  int cpuSeconds = 0;            // of processor time, then SIGXCPU; 0: unlimited
  // From the terminal: its signals are ignored, and what is printed is lost, as for code that isn't ours. A
  // crash leaves no core.
  bool apart = false;
  // What is printed to stderr comes back with the end instead of being seen.
  bool collectsWords = false;
};

// A running child. Ended and waited for when the object goes, so that an error in between leaves no process
// behind. Movable.
class ForkedTask {
public:
  // Not to be called while other threads run: the child has none of them, but perhaps their locks. Exceptions
  // that leave `work` end the child. An error where the system has no pipe or process left.
  static Result<ForkedTask> start(const std::function<std::string()> &work, const ForkLimits &limits = {});

  // Whether this process is such a child.
  static bool isThisProcess();

  ForkedTask(ForkedTask &&other) noexcept;
  ForkedTask &operator=(ForkedTask &&) = delete;
  ~ForkedTask();

  // To poll(2) for input: something to read, or the end.
  int pipeEnd() const { return pipe_; }

  // Takes what the pipe holds, waiting if it holds nothing; false at its end.
  bool read();

  struct End {
    int status = 0; // as waitpid(2) has it; what was computed is whole only if the child exited with 0
    std::string bytes;
    std::string words = {}; // if they were collected: the first few KiB
  };
  // Waits for the child's end. To be called once, when read() has said false, or after end().
  End finish();

  void end() const;   // kills it
  void pause() const; // until resume()
  void resume() const;

private:
  ForkedTask(int process, int pipeEnd, int words) : process_(process), pipe_(pipeEnd), words_(words) {}
  int wait();
  std::string takeWords();

  int process_ = 0; // 0 once waited for
  int pipe_ = -1;
  int words_ = -1; // the file that the child's stderr goes to, if any
  std::string bytes_;
};

// Whether there is no other reason to be told than that memory, stack, or a limit of the system's on a
// process (its time, its files) was met; which, as words to stand behind "compiling k: ". Empty: there is
// one.
std::string whatRanOut(const ForkedTask::End &end);

// Whether a child ended by itself with everything handed over.
bool endedWell(const ForkedTask::End &end);

// "signal 11 (Segmentation fault)", "code 1": of one that didn't.
std::string howItEnded(const ForkedTask::End &end);

// Takes all that the child has to say and waits for its end. One that takes longer than so many seconds is
// killed, and nothing comes back.
std::optional<ForkedTask::End> finishWithin(ForkedTask &task, double seconds);

} // namespace ninc
