// Ctrl-C, as often as it was pressed: what goes on for long ends step by step. The fourth one ends ninc.
#pragma once

namespace ninc {

// From now on SIGINT and SIGTERM are counted.
void catchInterrupts();

int interruptCount();

} // namespace ninc
