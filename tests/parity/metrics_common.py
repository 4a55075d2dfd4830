"""What the comparisons of scores share: random corpora, the driver, and the comparison to 1e-12."""
import math
import random
import subprocess

TOLERANCE = 1e-12

TYPES = {
    "few": ["per", "geo"],
    "hyphens": ["creative-work", "work", "a-b-c", "-", "x-"],
    "unicode": ["Größe", "地名", "\U0001f600", "é", "_", "ÿ", "z"],
    "many": ["t%d" % i for i in range(40)],
}
ODD = ["X", "PER", "per", "O-per", "O-", "B", "I", "E", "S", "B-", "I-", "-", "--", "-per", ".", ".-per", "o", "0",
       "é", "é-per", "\U0001f600-x", "地", "I per", "Bper", "X-per", "Y-per", "I-O", "B-O", "_", "X-_", "B-_", " ", "OO"]


def legal(rng, types, n):
    """IOB2 as a tagger would write it."""
    tags, inside = [], None
    for _ in range(n):
        r = rng.random()
        if inside and r < 0.5:
            tags.append("I-" + inside)
        elif r < 0.75:
            inside = rng.choice(types)
            tags.append("B-" + inside)
        else:
            inside = None
            tags.append("O")
    return tags


def mixed(rng, types, n, letters):
    return ["O" if rng.random() < 0.3 else rng.choice(letters) + "-" + rng.choice(types) for _ in range(n)]


def odd(rng, types, n):
    return [rng.choice(ODD) if rng.random() < 0.5 else rng.choice("BIES") + "-" + rng.choice(types) for _ in range(n)]


def sequence(rng, kind, types, n):
    if kind == "legal":
        return legal(rng, types, n)
    if kind == "iob":
        return mixed(rng, types, n, "BI")
    if kind == "ieobs":
        return mixed(rng, types, n, "BIES")
    if kind == "plain":
        return ["O" if rng.random() < 0.4 else rng.choice(types) for _ in range(n)]
    return odd(rng, types, n)


def corpus(rng):
    kind = rng.choice(["legal", "legal", "iob", "ieobs", "plain", "odd", "odd"])
    types = TYPES[rng.choice(list(TYPES))]
    gold, predicted = [], []
    for _ in range(rng.randint(1, 12)):
        n = rng.choice([0, 1, 2, 3, rng.randint(4, 30)])
        tags = sequence(rng, kind, types, n)
        other = sequence(rng, rng.choice([kind, kind, "odd", "legal"]), types, n)
        share = rng.choice([0.0, 0.1, 0.5, 1.0])  # of words where the prediction is not copied from gold
        gold.append(tags)
        predicted.append([o if rng.random() < share else t for t, o in zip(tags, other)])
    return gold, predicted


def run_driver(driver, corpora, *arguments):
    """What metrics_driver prints of the corpora."""
    text = []
    for gold, predicted in corpora:
        for g, q in zip(gold, predicted):
            text += [a + "\t" + b for a, b in zip(g, q)] + [""]
        text.append("%%")
    done = subprocess.run([driver, *arguments], input="\n".join(text) + "\n", capture_output=True, text=True,
                          encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


def compare(path, want, got):
    """Fails unless `got` has all of `want`; returns the largest difference."""
    if isinstance(want, dict):
        if path.endswith("per_type"):
            assert list(want) == list(got), (path, list(want), list(got))
        return max([compare(path + "/" + k, v, got[k]) for k, v in want.items()], default=0.0)
    if isinstance(want, int):
        assert type(got) is int and got == want, (path, want, got)
        return 0.0
    if math.isnan(want):
        assert got is None, (path, want, got)
        return 0.0
    assert abs(want - got) <= TOLERANCE, (path, want, got)
    return abs(float(want) - got)
