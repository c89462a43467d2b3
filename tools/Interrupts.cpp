#include "tools/Interrupts.h"

#include <csignal>
#include <initializer_list>

namespace ninc {

namespace {

volatile std::sig_atomic_t interrupts = 0;

void countInterrupt(int signal) {
  interrupts = interrupts + 1;
  if (interrupts > 2) std::signal(signal, SIG_DFL); // and the next one ends it all
}

} // namespace

void catchInterrupts() {
  struct sigaction action {};
  action.sa_handler = countInterrupt;
  action.sa_flags = SA_RESTART;
  for (int signal : {SIGINT, SIGTERM})
    sigaction(signal, &action, nullptr);
}

int interruptCount() {
  return interrupts;
}

} // namespace ninc
