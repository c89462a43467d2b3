"""What a measurement was taken on: CPU, the instructions that matter, caches, memory, load."""

import os
import pathlib
import platform

FLAGS = ("avx2", "fma", "avx512f", "avx512_bf16", "avx512_fp16", "avx512_vnni", "amx_tile", "amx_bf16", "asimd",
         "sve")


def cache_bytes(level):
    """Size of the data cache of a level, of the first core; None where the system doesn't say."""
    for index in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind, size = ((index / name).read_text().strip() for name in ("type", "size"))
        if int((index / "level").read_text()) == level and kind != "Instruction":
            return int(size[:-1]) * {"K": 1024, "M": 1024**2}[size[-1]]
    return None


def describe():
    fields = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    flags = set(fields.get("flags", fields.get("Features", "")).split())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": fields.get("model name", platform.machine()), "architecture": platform.machine(),
            "family": fields.get("cpu family"), "model": fields.get("model"),
            "isa": [flag for flag in FLAGS if flag in flags], "virtual_machine": "hypervisor" in flags,
            "cores": len(os.sched_getaffinity(0)),
            "caches": {f"L{level}": cache_bytes(level) for level in (1, 2, 3)}, "memory_bytes": memory,
            "system": f"{platform.system()} {platform.release()}", "python": platform.python_version()}
