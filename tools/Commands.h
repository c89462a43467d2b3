// ninc's subcommands: each adds itself to the command line and, when chosen, runs as straight-line code in
// its own file. A command returns the process's exit code (support/Result.h, ErrorKind).
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace ninc {

// What main calls once the command line is understood.
using Command = std::function<int()>;

// Each fills in its options; `chosen` receives the command to run when the user names it.
void addCompile(CLI::App &app, Command &chosen); // `ninc MODEL -o OUT`: the app itself, no subcommand
void addRun(CLI::App &app, Command &chosen);
void addVerify(CLI::App &app, Command &chosen);
void addBench(CLI::App &app, Command &chosen);
void addTune(CLI::App &app, Command &chosen);
void addDevices(CLI::App &app, Command &chosen);
void addShow(CLI::App &app, Command &chosen);
void addImport(CLI::App &app, Command &chosen);
void addOperators(CLI::App &app, Command &chosen);
void addCompletion(CLI::App &app, Command &chosen);
void addManual(CLI::App &app, Command &chosen); // hidden

} // namespace ninc
