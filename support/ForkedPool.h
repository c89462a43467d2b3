// Several forked children at work (support/ForkedTask.h), each under a number of its owner's, who takes over
// what they say as it comes: a child whose pipe is full would wait for its reader.
//
// What to do where the system has no room for one more is the owner's to decide: wait, or make do with those
// that run.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "support/ForkedTask.h"
#include "support/Result.h"
#include "support/Stopwatch.h"

namespace ninc {

// Children that are left when it goes are ended. Used, like ForkedTask, where no other thread runs. Movable.
class ForkedPool {
public:
  // An error, and nothing else has happened, where the system has no pipe or process left.
  Result<void> start(std::size_t number, const std::function<std::string()> &work,
                     const ForkLimits &limits = {});

  std::size_t size() const { return children_.size(); } // running, or not yet collected
  bool empty() const { return children_.empty(); }
  // Of the child that was started first among them; there must be one.
  std::size_t oldest() const { return children_.front().number; }

  struct Ended {
    std::size_t number = 0;
    ForkedTask::End end;
    double seconds = 0; // from its start to when it was collected
  };
  // Children that have ended, in the order in which they were started; each is handed out once. Waits so long
  // for the first, with a negative number as long as it takes; comes back with none after that time, after a
  // signal that this process handles, and at once if there are no children.
  Result<std::vector<Ended>> collect(int milliseconds);

  void pause() const; // all of them, until resume()
  void resume() const;
  void clear(); // ends all

private:
  struct Child {
    std::size_t number;
    ForkedTask process;
    Stopwatch watch;
  };

  std::list<Child> children_; // in the order of their starts
};

} // namespace ninc
