#!/usr/bin/env python3
"""Trains on a file of columns that is larger than the memory that training may take, from a cache.

    train_large.py PROGRAM MODEL DIRECTORY [SENTENCES]

Writes SENTENCES sentences (10,000,000) of about ten words into DIRECTORY, which should have room for twenty times the file and is
removed at the end. Then three runs, each until its first optimiser step and five seconds more: on a thousand sentences, which is what
model and program need; on all, where the cache is made; and on all again. Prints the most anonymous memory (RssAnon) that each
had and the time to its first step, and fails where the second run on all had more than 200 MiB above the first or took more than
five seconds, or the one that makes the cache had more than 200 MiB above it.
"""
import os
import pty
import random
import shutil
import signal
import subprocess
import sys
import time

MOST_MIB, MOST_SECONDS = 200, 5


def sentences(rng):
    syllables = [a + b for a in "bdfgklmnprstvw" for b in "aeiou"]
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(30000)]
    types = ["per", "org", "geo", "gpe", "tim"]
    made = []
    for _ in range(20000):
        lines = []
        for word in rng.choices(words, k=rng.randint(6, 14)):
            lines.append(f"{word.title()}\tB-{rng.choice(types)}" if rng.random() < 0.15 else f"{word}\tO")
        made.append("\n".join(lines) + "\n\n")
    return made


def write(path, n, made, rng):
    with open(path, "w") as file:
        while n > 0:
            k = min(n, 10000)
            file.write("".join(rng.choices(made, k=k)))
            n -= k


def rss_anon(pid):
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    return 0


def run(program, model, directory, train, dev):
    """Trains until five seconds after the first step, which the progress bar shows; the most RssAnon, and the time to it."""
    out = os.path.join(directory, "out")
    shutil.rmtree(out, ignore_errors=True)
    command = [program, "train", "-m", model, "--train", train, "--dev", dev, "-o", out, "--epochs", "1",
               "--cache", os.path.join(directory, "cache")]
    ours, its = pty.openpty()
    os.set_blocking(ours, False)
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=its)
    os.close(its)
    most, first, said = 0, None, b""
    while process.poll() is None:
        try:
            most = max(most, rss_anon(process.pid))
            said += os.read(ours, 65536)
        except BlockingIOError:
            pass
        except OSError:  # it has ended
            break
        if first is None and b" tokens/s" in said:
            first = time.monotonic()
        if first is not None and time.monotonic() > first + 5:
            process.send_signal(signal.SIGTERM)
            break
        time.sleep(0.02)
    while process.poll() is None:
        try:
            os.read(ours, 65536)
        except (BlockingIOError, OSError):
            time.sleep(0.02)
    os.close(ours)
    if first is None:
        sys.exit(f"{' '.join(command)}: ended with {process.returncode} before its first step:\n{said.decode()}")
    return most, first - started


def main():
    program, model, directory = sys.argv[1:4]
    n = int(sys.argv[4]) if len(sys.argv) > 4 else 10_000_000
    rng = random.Random(1)
    made = sentences(rng)
    os.makedirs(directory)
    few, many, dev = (os.path.join(directory, name) for name in ("few.conll", "many.conll", "dev.conll"))
    try:
        for path, size in ((dev, 100), (few, 1000), (many, n)):
            write(path, size, made, rng)
        print(f"{n} sentences, {os.path.getsize(many) / 2**30:.2f} GiB")
        base, _ = run(program, model, directory, few, dev)
        print(f"1,000 sentences:  RssAnon {base:.1f} MiB")
        failed = False
        for name, most_seconds in (("cache made", None), ("cache there", MOST_SECONDS)):
            most, seconds = run(program, model, directory, many, dev)
            print(f"{name}: RssAnon {most:.1f} MiB, {most - base:.1f} above; first step after {seconds:.1f} s", flush=True)
            failed = failed or most - base > MOST_MIB or (most_seconds is not None and seconds > most_seconds)
        size = sum(os.path.getsize(os.path.join(where, name)) for where, _, names in os.walk(os.path.join(directory, "cache"))
                   for name in names)
        print(f"cache: {size / 2**30:.2f} GiB")
        return 1 if failed else 0
    finally:
        shutil.rmtree(directory)


sys.exit(main())
