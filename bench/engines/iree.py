"""IREE, compiled ahead of time for this CPU from the ONNX model.

Beside O3 it gets the two options that were found to help: convolutions as matrix products (im2col) and tiled data
are together two and a half to six times as fast as O3 alone on these networks.
"""

import subprocess
import sys

DISTRIBUTIONS = ("iree-base-compiler", "iree-base-runtime")
FLAGS = ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=llvm-cpu",
         "--iree-llvmcpu-target-cpu=host", "--iree-opt-level=O3", "--iree-global-opt-use-im2col-for-convs",
         "--iree-dispatch-creation-data-tiling")
SETTINGS = "llvm-cpu, target-cpu host, O3, im2col, data tiling; local-sync for one thread, local-task for more"


def convert(source, folder):
    from iree.compiler.tools import binaries
    imported, path = folder / "source.mlir", folder / "model.vmfb"
    subprocess.run([sys.executable, "-m", "iree.compiler.tools.import_onnx", source.write_onnx(folder), "-o",
                    imported], check=True)
    subprocess.run([binaries.find_tool("iree-compile"), imported, "-o", path, *FLAGS], check=True)
    return path


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
