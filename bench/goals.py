"""What each row must reach, by class of machine: the one table of goals.

A class is known by nomen's kernels of 8-bit products, as bench_engine names them. AVX2 machines whose 8-bit dot product
is in VEX form (avx2vnni) count as AVX2: their fp32 kernels are the same. Machines of no class (AVX-512 without VNNI, Arm)
have only the goals that hold on every machine.
"""
CLASSES = {"avx2": "AVX2", "avx2vnni": "AVX2", "avx512vnni": "AVX-512 VNNI", "amx": "AMX"}
COLUMNS = ("AVX2", "AVX-512 VNNI", "AMX")

# Row, model, precision: the goal on every machine, or one for each of COLUMNS (None: no goal there).
GOALS = {
    # nomen's speed over the best of the libraries, for each product
    ("gemm",): 1.0,
    # of the FMA rate beside each step
    ("train share", "MiniLM-L6"): (0.62, 0.68, 0.68),
    ("train share", "BERT-base"): (0.66, 0.75, 0.75),
    # of the rate of the 8-bit kernel in the nearest cache
    ("int8 share", "MiniLM-L6"): (0.75, None, None),
    ("int8 share", "BERT-base"): (0.75, None, None),
    # nomen's speed over the best peer's
    ("batch", "MiniLM-L6", "fp32"): (1.05, 1.15, 1.15),
    ("batch", "BERT-base", "fp32"): (1.15, 1.15, 1.15),
    ("batch", "MiniLM-L6", "int8"): (1.0, 1.5, 2.0),
    ("batch", "BERT-base", "int8"): (1.0, 1.5, 2.0),
    ("batch", "MiniLM-L6", "int8, 7-bit weights"): (1.2, None, None),
    ("batch", "BERT-base", "int8, 7-bit weights"): (1.2, None, None),
    # nomen's time over the best peer's
    ("single", "MiniLM-L6", "fp32"): (0.75, 0.7, 0.65),
    ("single", "BERT-base", "fp32"): (0.9, 0.8, 0.8),
    ("single", "MiniLM-L6", "int8"): (0.65, 0.6, 0.5),
    ("single", "BERT-base", "int8"): (0.85, 0.6, 0.5),
    # p99 over p50 of one sentence
    ("tail",): 1.5,
    # seconds from start to first entity; and over the pipeline's
    ("first", "fp32"): (0.15, 0.1, 0.07),
    ("first", "int8"): 0.15,
    ("first over pipeline",): 1 / 40,
    # nomen's speed over the peer's
    ("train", "MiniLM-L6"): 2.2,
    ("train", "BERT-base"): 1.5,
    ("seed",): 20,
    ("tag", "fp32"): 4,
    ("tag", "int8"): 6,
    ("tokenize",): 8,
    ("tokenize, 2 threads",): 1.8,
    # nomen's memory over PyTorch's
    ("training memory", "MiniLM-L6"): 0.6,
    ("training memory", "BERT-base"): 0.7,
    ("training memory, checkpoints",): 0.6,
    # points of F1 that int8 may cost; MiB above the model when tagging a long file
    ("f1",): 0.3,
    ("memory",): 100,
}
# Fewer passes than these say too little about a share.
LEAST_PASSES = 20


def class_of(int8_kernels):
    """The class's name, or None."""
    return CLASSES.get(int8_kernels)


def goal(machine_class, *key):
    found = GOALS[key]
    if not isinstance(found, tuple):
        return found
    return found[COLUMNS.index(machine_class)] if machine_class in COLUMNS else None
