"""The article's split, against numpy and pandas themselves.

Usage: data_split.py DRIVER
Permutations for every n to 3000 and some to 1e6, the sizes of the parts, and the whole expression
np.split(df.sample(frac=1, random_state=seed), [int(.8*n), int(.9*n)]). NOMEN_LONG=1 takes all seeds
for every n.
"""
import os
import random
import subprocess
import sys

import numpy
import pandas

driver = sys.argv[1]
draw = random.Random(7)
seeds = [0, 1, 42, 2**32 - 1] + [draw.randrange(2**32) for _ in range(4)]


def permutations(pairs):
    text = "".join(f"{seed} {n}\n" for seed, n in pairs).encode()
    out = subprocess.run([driver, "permute"], input=text, check=True, stdout=subprocess.PIPE).stdout
    numbers = numpy.frombuffer(out, dtype=numpy.uint32)
    return numpy.split(numbers, numpy.cumsum([n for _, n in pairs])[:-1])


def sizes(seed, percent, ns):
    text = "".join(f"{n}\n" for n in ns).encode()
    command = [driver, "split", str(seed)] + [str(part) for part in percent]
    out = subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE).stdout
    return [tuple(map(int, line.split())) for line in out.splitlines()]


every = os.environ.get("NOMEN_LONG") == "1"
pairs = [(seed, n) for n in range(1, 3001) for seed in (seeds if every else [seeds[n % len(seeds)]])]
pairs += [(seed, n) for n in (4095, 4096, 4097, 47959, 65536, 65537, 1000000) for seed in seeds]
pairs += [(seed, draw.randrange(3000, 1000000)) for seed in seeds]
for start in range(0, len(pairs), 2000):
    part = pairs[start : start + 2000]
    for (seed, n), found in zip(part, permutations(part)):
        if not numpy.array_equal(found, numpy.random.RandomState(seed).permutation(n)):
            sys.exit(f"seed {seed}, n {n}: another permutation than numpy's")
print(f"{len(pairs)} permutations are numpy's")

ns = list(range(1, 3001)) + [draw.randrange(3000, 1000000) for _ in range(40)]
for found, n in zip(sizes(42, (80, 10, 10), ns), ns):
    cut, cut2 = int(0.8 * n), int(0.9 * n)
    if found != (cut, cut2 - cut, n - cut2):
        sys.exit(f"n {n}: parts {found} instead of {(cut, cut2 - cut, n - cut2)}")
for percent in ((70, 15, 15), (60, 20, 20), (33, 33, 34), (98, 1, 1)):
    first, second = float(f"0.{percent[0]:02}"), float(f"0.{percent[0] + percent[1]:02}")
    for found, n in zip(sizes(1, percent, ns), ns):
        cut, cut2 = int(first * n), int(second * n)
        if found != (cut, cut2 - cut, n - cut2):
            sys.exit(f"n {n}, {percent}: parts {found} instead of {(cut, cut2 - cut, n - cut2)}")
print(f"the parts of {len(ns)} sizes are Python's")

for n in list(range(1, 60)) + [1000, 4999, 47959]:
    for seed in seeds:
        frame = pandas.DataFrame({"row": numpy.arange(n)})
        cuts = [int(0.8 * n), int(0.9 * n)]
        # The article's expression as it stands; with new pandas its parts are arrays and not frames.
        wanted = [numpy.ravel(part) for part in numpy.split(frame.sample(frac=1, random_state=seed), cuts)]
        found = numpy.split(permutations([(seed, n)])[0], cuts)
        if not all(numpy.array_equal(a, b) for a, b in zip(found, wanted)):
            sys.exit(f"seed {seed}, n {n}: another split than df.sample's")
print("the article's splits are pandas'")
