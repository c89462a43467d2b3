/* All that a library takes along where no system is counted on, as one source: it becomes LLVM's intermediate
 * code of each kind of machine (runtime/CMakeLists.txt), and what a library doesn't call is left out of it.
 */
#define NINC_FREESTANDING

#include "runtime/cpu/cpu.c"
#include "runtime/cpu/math.c"
#include "runtime/cpu/par_for.c"
#include "runtime/cpu/run.c"
#include "runtime/cpu/scratch.c"
#include "runtime/cpu/status.c"
#include "runtime/cpu/weights.c"
