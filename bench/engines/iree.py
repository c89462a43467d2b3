"""IREE, compiled ahead of time for this CPU from the ONNX model.

O3 alone is 2.5 to 6 times slower on these networks than with the right ones of its options for convolutions, and
which those are differs between networks and between batch 1 and 16. So a few sets are compiled and timed on one
thread, as somebody would who deploys a model, and the fastest is kept.
"""

import subprocess
import sys
import time

DISTRIBUTIONS = ("iree-base-compiler", "iree-base-runtime")
SETTINGS = ("llvm-cpu, target-cpu host, O3, and the fastest of three sets of options for convolutions; local-sync for "
            "one thread, local-task for more")
FLAGS = ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=llvm-cpu",
         "--iree-llvmcpu-target-cpu=host", "--iree-opt-level=O3")
IM2COL = "--iree-global-opt-use-im2col-for-convs"
DATA_TILING = "--iree-dispatch-creation-data-tiling"
CHANNELS_LAST = ("--iree-preprocessing-pass-pipeline="
                 "builtin.module(util.func(iree-preprocessing-convert-conv-to-channels-last))")
SETS = {"im2col, data tiling": (IM2COL, DATA_TILING),
        "channels last, im2col, data tiling": (CHANNELS_LAST, IM2COL, DATA_TILING),
        "channels last": (CHANNELS_LAST,)}
TRIAL_SECONDS = 0.2


def convert(source, folder):
    import catalog
    from iree.compiler.tools import binaries
    imported = folder / "source.mlir"
    subprocess.run([sys.executable, "-m", "iree.compiler.tools.import_onnx", source.write_onnx(folder), "-o",
                    imported], check=True)
    image = catalog.random_input(source.network, source.batch)
    trials = []
    for number, (name, flags) in enumerate(SETS.items()):
        path = folder / f"trial{number}.vmfb"
        subprocess.run([binaries.find_tool("iree-compile"), imported, "-o", path, *FLAGS, *flags], check=True)
        trials.append((_best_time(Engine(path, image, 1)), name, path))
    _, name, path = min(trials)
    source.notes.append(name)
    return path.rename(folder / "model.vmfb")


def _best_time(engine):
    best, end = float("inf"), time.perf_counter() + TRIAL_SECONDS
    engine.run()
    while best == float("inf") or time.perf_counter() < end:
        start = time.perf_counter()
        engine.run()
        best = min(best, time.perf_counter() - start)
    return best


class Engine:
    def __init__(self, path, image, threads):
        from iree import runtime
        if threads > 1:
            runtime.flags.parse_flags(f"--task_topology_group_count={threads}")
        self._runtime = runtime
        self._config = runtime.Config("local-task" if threads > 1 else "local-sync")
        module = runtime.VmModule.mmap(self._config.vm_instance, str(path))
        self._context = runtime.SystemContext(config=self._config)
        self._context.add_vm_module(module)
        # Beside the function that waits for its result the module has one that doesn't, and an initializer.
        name, = (name for name in module.function_names if not name.startswith("__") and not name.endswith("$async"))
        self._function = module.lookup_function(name)
        self._image = runtime.asdevicearray(self._config.device, image)
        self._arguments = runtime.VmVariantList(1)
        self._arguments.push_ref(self._image._buffer_view)

    def run(self):
        self._results = self._runtime.VmVariantList(1)
        self._context.vm_context.invoke(self._function, self._arguments, self._results)

    def output(self):
        view = self._results.get_as_object(0, self._runtime.HalBufferView)
        return self._runtime.DeviceArray(self._config.device, view).to_host()

    def close(self):
        pass
