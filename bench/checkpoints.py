"""What checkpoints cost a run: time and memory with one every so many steps and with none, in turns, as medians.

    bench/checkpoints.py NOMEN MODEL DATA [--steps 100] [--rounds 3] [--threads 2] [--isa avx2]

MODEL may be "bert-base": random weights of that size are made then, with torch. Makes runs of --steps steps of 16 sentences,
with one checkpoint after the last. The time of the processor is what counts on a machine that does other work; that of the
clock has the disk in it. Both are given as a share of what 100 steps take. The time of the processor is divided by the threads
for the steps, and not for the checkpoint, which one thread writes.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

p = argparse.ArgumentParser()
p.add_argument("nomen")
p.add_argument("model")
p.add_argument("data")
p.add_argument("--steps", type=int, default=100)
p.add_argument("--rounds", type=int, default=3)
p.add_argument("--threads", type=int, default=2)
p.add_argument("--isa", default="avx2")
a = p.parse_args()
if a.model == "bert-base":
    import material
    a.model = material.bert_base()


def run(work, saves):
    """(seconds of the clock, of the processor, most memory in MiB)"""
    command = [a.nomen, "train", "--model", a.model, "--train", a.data, "--test", work / "test.csv", "--rows", str(16 * a.steps),
               "--epochs", "1", "--batch-size", "16", "--threads", str(a.threads),
               *(["--save-steps", str(a.steps)] if saves else ["--save-minutes", "0"]), "--quiet", "--overwrite", "-o", work / "out"]
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                             env={**os.environ, "NOMEN_ISA": a.isa, "OMP_WAIT_POLICY": "passive"})
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"nomen fails: {status}")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


with tempfile.TemporaryDirectory(dir=pathlib.Path(a.nomen).resolve().parent) as name:
    work = pathlib.Path(name)
    with open(a.data) as data:
        (work / "test.csv").write_text("".join(next(data) for _ in range(3)))
    rounds = [(run(work, False), run(work, True)) for _ in range(a.rounds)]
without, with_ = ([statistics.median(r[k][i] for r in rounds) for i in range(3)] for k in range(2))
per_100 = 100 / a.steps
clock, processor = with_[0] - without[0], with_[1] - without[1]
print(f"{a.steps} steps, {a.rounds} rounds, {a.threads} threads, {a.isa}: medians")
print(f"without: {without[0]:.2f} s, of the processor {without[1]:.2f} s, {without[2]:.0f} MiB")
print(f"with one: {with_[0]:.2f} s, of the processor {with_[1]:.2f} s, {with_[2]:.0f} MiB ({with_[2] - without[2]:+.1f})")
print(f"of 100 steps' time: {100 * clock / (without[0] * per_100):.2f} % by the clock, "
      f"{100 * processor / (without[1] / a.threads * per_100):.2f} % by the processor")
