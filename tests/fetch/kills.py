#!/usr/bin/env python3
"""Many `nomen fetch` of one model at once, each killed at a random moment, round after round: after each round every file of the
cache that has its final name is whole, and in the end one that is not killed completes the cache and leaves nothing over.

Usage: kills.py PROGRAM TINY ROUNDS [SEED]
"""
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hub import Repository
from support import Tests, check_cache, expect

PROCESSES = 50


def time_alone(t):
    """How long a fetch takes that nobody disturbs: of it the moments are drawn, or a fast machine would be done before them."""
    began = time.monotonic()
    t.fetch("org/tiny")
    return time.monotonic() - began


def empty_cache(t):
    shutil.rmtree(t.cache / "models--org--tiny")


def test_kills(t):
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 30)
    chance = random.Random(seed)
    print(f"seed {seed}")
    weights = chance.randbytes(6 << 20)
    t.hub.pace = 0.003
    repository = t.hub.repositories["org/tiny"] = Repository(t.files | {"model.safetensors": weights}, {"model.safetensors"})
    longest = 1.5 * time_alone(t)  # those who are not killed have to end, too
    empty_cache(t)
    n_killed = n_done = 0
    for round_number in range(int(sys.argv[3])):
        if round_number % 2 == 1:  # a new commit: a small file and the weights differ
            weights = chance.randbytes(6 << 20)
            words = t.files["vocab.txt"] + b"x\n" * round_number
            repository.push(t.files | {"model.safetensors": weights, "vocab.txt": words})
        elif round_number > 0:  # the same files again, in a cache that is empty
            empty_cache(t)
        running = []
        for _ in range(PROCESSES):
            running.append((time.monotonic() + chance.uniform(0, longest), t.start("fetch", "org/tiny", "-q")))
        while running:
            for item in list(running):
                until, process = item
                if process.poll() is None and time.monotonic() >= until:
                    process.send_signal(signal.SIGKILL)
                if process.poll() is not None:
                    process.communicate()
                    running.remove(item)
                    n_killed += process.returncode == -signal.SIGKILL
                    n_done += process.returncode == 0
                    expect(process.returncode in (0, -signal.SIGKILL), f"exit code {process.returncode}")
            time.sleep(0.005)
        check_cache(t.cache, "org/tiny")
    directory = t.fetch("org/tiny")
    check_cache(t.cache, "org/tiny")
    expect((directory / "model.safetensors").read_bytes() == weights, "the weights differ")
    repository.push(t.files | {"config.json": t.files["config.json"] + b" "})  # what writes also tidies up
    t.fetch("org/tiny")
    expect(not t.left_over(), f"left over: {t.left_over()}")
    print(f"{n_killed} killed, {n_done} done")
    expect(n_killed > int(sys.argv[3]) * PROCESSES // 4, "hardly any was killed")


tests = Tests(sys.argv[1], sys.argv[2])
sys.exit(tests.run_all(sys.modules[__name__], []))
