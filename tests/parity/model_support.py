"""What the comparisons of the model room share: running model_driver, batches, and models on disk."""
import json
import os
import subprocess
import tempfile

import numpy as np
from safetensors.torch import load_file
from transformers.utils import logging

logging.disable_progress_bar()
logging.set_verbosity_error()

LONG = os.environ.get("NOMEN_LONG") == "1"
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.path.join(os.path.dirname(SOURCE), "shared")
IGNORE = -100


def run(driver, *arguments, threads=None):
    """Runs the driver and gives its standard output; a failure is an AssertionError with its message."""
    env = dict(os.environ)
    if threads is not None:
        env["OMP_NUM_THREADS"] = str(threads)
    done = subprocess.run([driver, *map(str, arguments)], capture_output=True, text=True, env=env)
    assert done.returncode == 0, f"{arguments[0]}: {done.stderr.strip()}"
    return done.stdout


def describe_files(driver, form, paths):
    """The driver's answer for each file: {"error"} or {"tensors": {name: [shape, hexadecimal]}}."""
    done = subprocess.run([driver, "tensors", form], input="".join(p + "\n" for p in paths), capture_output=True,
                          text=True, encoding="utf-8")
    assert done.returncode == 0, f"driver ended with {done.returncode}: {done.stderr[-2000:]}"
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(paths)
    return answers


class Batch:
    """Packed sequences with random ids, types and targets (one in five ignored)."""

    def __init__(self, lengths, vocab_size, type_vocab_size, n_labels, seed):
        rng = np.random.default_rng(seed)
        n = sum(lengths)
        self.lengths = lengths
        self.starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        self.ids = rng.integers(0, vocab_size, n).astype(np.int32)
        self.types = rng.integers(0, type_vocab_size, n).astype(np.int32)
        self.positions = np.concatenate([np.arange(t) for t in lengths]).astype(np.int32)
        self.targets = rng.integers(0, n_labels, n).astype(np.int32)
        self.targets[rng.random(n) < 0.2] = IGNORE
        self.targets[0] = 0

    def write(self, path):
        head = np.array([len(self.ids), len(self.lengths)], dtype=np.int32)
        np.concatenate([head, self.starts, self.ids, self.types, self.positions, self.targets]).tofile(path)

    def sequences(self):
        for b, length in enumerate(self.lengths):
            part = slice(self.starts[b], self.starts[b] + length)
            yield self.ids[part], self.types[part], self.targets[part]


def driver_logits(driver, directory, batch, n_labels, threads=None):
    with tempfile.TemporaryDirectory() as work:
        batch.write(os.path.join(work, "batch"))
        run(driver, "logits", directory, n_labels, os.path.join(work, "batch"), os.path.join(work, "out"),
            threads=threads)
        return np.fromfile(os.path.join(work, "out"), dtype=np.float32).reshape(-1, n_labels)


def driver_gradients(driver, directory, batch, n_labels):
    with tempfile.TemporaryDirectory() as work:
        batch.write(os.path.join(work, "batch"))
        report = json.loads(run(driver, "gradients", directory, n_labels, os.path.join(work, "batch"), work))
        return report["loss"], load_file(os.path.join(work, "model.safetensors"))
