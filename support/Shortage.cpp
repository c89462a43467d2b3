#include "support/Shortage.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fmt/format.h>
#include <new>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <system_error>
#include <ucontext.h>
#include <unistd.h>

namespace ninc {

namespace {

constexpr rlim_t usualStack = rlim_t{8} << 20;

enum class Short { nothing, memory, stack };

// The child's codes, or the command's words; handlers may only look. The words are made while there is
// memory.
bool silent = false;
std::array<char, 400> memoryWords, stackWords; // NOLINT: filled before any handler is there

// What handlers run on: the usual stack may be what has run out.
alignas(16) std::array<char, std::size_t{64} << 10> handlersStack; // NOLINT: likewise

bool lacks(std::size_t bytes) {
  void *const more = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (more == MAP_FAILED) return true;
  munmap(more, bytes);
  return false;
}

std::uintptr_t stackPointer(const void *context) {
  const auto &machine = static_cast<const ucontext_t *>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine.gregs[REG_RSP]);
#elif defined(__aarch64__)
  return machine.sp;
#else
  return 0;
#endif
}

rlim_t softLimit(int resource) {
  rlimit limit{};
  return getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

// Recursion without end is no shortage: only a stack smaller than usual is.
bool stackIsOut(const siginfo_t &info, const void *context) {
  constexpr std::uintptr_t frame = std::uintptr_t{64} << 10;
  const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  const std::uintptr_t pointer = stackPointer(context);
  const bool atTheEdge = address + frame > pointer && address < pointer + frame;
  return atTheEdge && softLimit(RLIMIT_STACK) < usualStack;
}

Short whatIsShort(int signal, const siginfo_t *info, const void *context) {
  const bool fault = (signal == SIGSEGV || signal == SIGBUS) && info->si_code > 0;
  if (fault && stackIsOut(*info, context)) return Short::stack;
  return memoryIsOut() ? Short::memory : Short::nothing;
}

[[noreturn]] void endFor(Short what) {
  if (silent) _exit(what == Short::stack ? outOfStackStatus : outOfMemoryStatus);
  const char *const words = (what == Short::stack ? stackWords : memoryWords).data();
  [[maybe_unused]] const ssize_t said = write(STDERR_FILENO, words, std::strlen(words));
  _exit(1);
}

void onSignal(int signal, siginfo_t *info, void *context) {
  endIfOut(signal, info, context);
  std::raise(signal); // which is the usual action by now
}

[[noreturn]] void onTerminate() {
  try {
    if (std::current_exception()) throw;
  } catch (const std::bad_alloc &) {
    endFor(Short::memory);
  } catch (...) { // NOLINT: a defect, which ends as ever
  }
  std::abort();
}

void onNew() {
  endFor(Short::memory);
}

void watch() {
#if !defined(__SANITIZE_ADDRESS__) // which has handlers of its own
  const stack_t stack{handlersStack.data(), 0, handlersStack.size()};
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_sigaction = onSignal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS})
    sigaction(signal, &action, nullptr);
#endif
}

void haveUsualStack() {
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < usualStack) {
    limit.rlim_cur = std::min(usualStack, limit.rlim_max);
    setrlimit(RLIMIT_STACK, &limit);
  }
  pthread_attr_t threads;
  std::size_t bytes = 0;
  if (pthread_getattr_default_np(&threads) != 0) return;
  if (pthread_attr_getstacksize(&threads, &bytes) == 0 && bytes < usualStack &&
      pthread_attr_setstacksize(&threads, usualStack) == 0)
    pthread_setattr_default_np(&threads);
  pthread_attr_destroy(&threads);
}

void keepLine(std::array<char, 400> &to, const std::string &words) {
  std::snprintf(to.data(), to.size(), "ninc: error: %s\n", words.c_str());
}

} // namespace

void endIfOut(int signal, const siginfo_t *info, const void *context) {
  if (const Short what = whatIsShort(signal, info, context); what != Short::nothing) endFor(what);
}

bool memoryIsOut() {
  return lacks(std::size_t{64} << 20);
}

void sayWhatRanOut() {
  haveUsualStack();
  keepLine(memoryWords, outOfMemoryWords());
  keepLine(stackWords, outOfStackWords());
  std::set_terminate(onTerminate);
  watch();
  if (lacks(std::size_t{16} << 20))
    endFor(Short::memory); // or packages' constructors abort, with other words
}

void endWhenOut() {
  silent = true;
  std::set_terminate(onTerminate);
  std::set_new_handler(onNew);
  watch();
}

std::string outOfMemoryWords() {
  const rlim_t space = softLimit(RLIMIT_AS), data = softLimit(RLIMIT_DATA);
  if (space == RLIM_INFINITY && data == RLIM_INFINITY) return "there is not enough memory";
  return fmt::format(
      "there is not enough memory: this process may have {} MiB{}; raise the limit (ulimit -{})",
      std::min(space, data) >> 20, space <= data ? " of address space" : "", space <= data ? 'v' : 'd');
}

std::string outOfStackWords() {
  return fmt::format("there is not enough stack: this process may have {} KiB; raise the limit (ulimit -s)",
                     softLimit(RLIMIT_STACK) >> 10);
}

std::string limitOn(int error) {
  const auto limit = [](__rlimit_resource_t resource, const char *what, char letter) {
    const rlim_t most = softLimit(resource);
    return most == RLIM_INFINITY
               ? std::string()
               : fmt::format("the limit is {} {}; raise it with ulimit -{}", most, what, letter);
  };
  if (error == EMFILE) return limit(RLIMIT_NOFILE, "open files", 'n');
  if (error == EAGAIN) return limit(RLIMIT_NPROC, "processes", 'u');
  if (error == EFBIG) return limit(RLIMIT_FSIZE, "bytes in a file", 'f');
  return "";
}

std::string reasonWithLimit(int error) {
  if (error == ENOMEM) return outOfMemoryWords();
  const std::string reason = std::generic_category().message(error), limit = limitOn(error);
  return limit.empty() ? reason : fmt::format("{} ({})", reason, limit);
}

} // namespace ninc
