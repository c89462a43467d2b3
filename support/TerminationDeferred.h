// Ctrl-C and its like, put off for a moment.
#pragma once

#include <csignal>

namespace ninc {

// While it lives, SIGINT, SIGTERM and SIGHUP to this thread, and to threads that it starts, wait: what it
// guards (a temporary folder, a file half written) is cleaned up by its destructors, and then the process
// ends. For work of a moment only. May be nested.
class TerminationDeferred {
public:
  TerminationDeferred() {
    sigset_t signals;
    sigemptyset(&signals);
    for (int signal : {SIGINT, SIGTERM, SIGHUP})
      sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
  }
  ~TerminationDeferred() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  TerminationDeferred(const TerminationDeferred &) = delete;
  TerminationDeferred &operator=(const TerminationDeferred &) = delete;

private:
  sigset_t before_;
};

} // namespace ninc
