// Memory and stack that run out where no exception says so: in packages that are compiled without exceptions
// and abort, in functions that mustn't throw, on a stack that can't grow. Such an end looks like a defect,
// and is none.
//
// Whether it is one is asked at the end, in the signal's handler: a process that can't have another 64 MiB
// has run out of memory, and one that faults at its stack's edge, where the stack was limited, out of stack.
#pragma once

#include <csignal>
#include <string>

namespace ninc {

// What a child of ForkedTask ends with when it has run out.
constexpr int outOfMemoryStatus = 112, outOfStackStatus = 113;

// From now on running out ends this process with a line on stderr and exit code 1 instead of a signal.
// std::bad_alloc is thrown as ever. Also gives the process the usual 8 MiB of stack, for threads too, where
// it was started with less and may have more. Works before main, when packages' constructors run; once.
void sayWhatRanOut();

// The same in a forked child: silently, with one of the codes above, and already when `new` fails. What it
// was computing is lost anyway.
void endWhenOut();

// For a handler of one's own for SIGABRT, SIGSEGV or SIGBUS (on a stack of its own, with SA_SIGINFO), after
// one of the two above: ends the process as they say if memory or stack is what has run out, and else comes
// back.
void endIfOut(int signal, const siginfo_t *info, const void *context);

// Whether this process can't have another 64 MiB. What then looks like a defect of a package isn't one.
bool memoryIsOut();

// "not enough memory", "not enough stack", with the limit that was met, if there is one, and what to do:
// "(this process may have 390 MiB of address space; raise the limit with ulimit -v)".
std::string outOfMemoryWords();
std::string outOfStackWords();

// The limit of this process behind an error's number, and how to raise it: "the limit is 6 open files; raise
// it with ulimit -n". Nothing without a limit, or for errors that have none. EAGAIN is taken for fork's.
std::string limitOn(int error);

// What the system means by an error's number, with the limit behind it: "Too many open files (the limit is 6
// open files; raise it with ulimit -n)".
std::string reasonWithLimit(int error);

} // namespace ninc
