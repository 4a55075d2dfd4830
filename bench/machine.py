"""What a figure was measured on: the processor, its instruction sets, its class, memory, versions of everything."""
import importlib.metadata
import json
import os
import platform
import subprocess

SETS = ("avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16", "asimd", "asimddp", "i8mm")
PACKAGES = ("torch", "transformers", "tokenizers", "onnxruntime", "onnx", "openvino", "nncf", "ctranslate2", "numpy")


def _field(path, names):
    """The first line of a /proc file that starts with one of the names; what stands behind the colon."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            name, _, rest = line.partition(":")
            if name.strip() in names:
                return rest.strip()
    return ""


def _said(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def kernels(engine, environment):
    """Which kernels nomen takes here, as bench_engine says: {"isa", "int8_isa", ...}."""
    return json.loads(subprocess.run([engine, "--about"], env=environment, capture_output=True, text=True, check=True).stdout)


def describe(nomen):
    flags = set(_field("/proc/cpuinfo", ("flags", "Features")).split())
    return {
        "processor": _field("/proc/cpuinfo", ("model name",)) or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "isa": [s for s in SETS if s in flags],
        "memory_gib": round(int(_field("/proc/meminfo", ("MemTotal",)).split()[0]) / 2**20, 1),
        "kernel": platform.release(),
        "load_at_start": round(os.getloadavg()[0], 2),
        "nomen": _said([nomen, "--version"]),
        "commit": _said(["git", "describe", "--always", "--dirty"]),
        "gcc": _said(["gcc", "--version"]),
        "python": platform.python_version(),
        "packages": {p: _version(p) for p in PACKAGES},
    }
