"""Scores of random tag sequences, legal and illegal, against seqeval's default mode.

usage: metrics_seqeval.py METRICS_DRIVER

Every figure has to agree to 1e-12: both compute ratios of the same integers in doubles, and means of
fewer than 50 such ratios in [0, 1], whose order of summation differs (numpy adds in pairs); that is at most
50 rounding errors of 1.2e-16 each. The mean over sentences (up to 12 of them) is compared with math.fsum.
"""
import json
import math
import os
import random
import subprocess
import sys
import warnings

from seqeval.metrics.sequence_labeling import accuracy_score, precision_recall_fscore_support

TOLERANCE = 1e-12
N_CORPORA = 20000 if os.environ.get("NOMEN_LONG") == "1" else 4000

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


def names(sequences):
    from seqeval.metrics.sequence_labeling import get_entities
    return {name for name, _, _ in get_entities(sequences)}


def expected(gold, predicted):
    scores = {a: precision_recall_fscore_support(gold, predicted, average=a) for a in ("micro", "macro", "weighted")}
    p, r, f, s = precision_recall_fscore_support(gold, predicted, average=None)
    types = sorted(names(gold) | names(predicted))
    assert len(types) == len(p)
    report = {
        "precision": scores["micro"][0], "recall": scores["micro"][1], "f1": scores["micro"][2],
        "support": int(scores["micro"][3]), "macro_f1": scores["macro"][2], "weighted_f1": scores["weighted"][2],
        "macro": dict(zip(("precision", "recall", "f1"), scores["macro"])),
        "weighted": dict(zip(("precision", "recall", "f1"), scores["weighted"])),
        "per_type": {t: {"precision": p[i], "recall": r[i], "f1": f[i], "support": int(s[i])}
                     for i, t in enumerate(types)},
        "accuracy": accuracy_score(gold, predicted) if any(gold) else math.nan,
    }
    shares = [sum(a == b for a, b in zip(g, q)) / len(g) for g, q in zip(gold, predicted) if g]
    report["sentence_accuracy"] = math.fsum(shares) / len(shares) if shares else math.nan
    return report


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


def main():
    warnings.simplefilter("ignore")
    rng = random.Random(20261123)
    corpora = [corpus(rng) for _ in range(N_CORPORA)]
    # Corners: nothing at all, no entity, entities on one side alone, an odd tag after an entity, and a
    # tag of O's type "_" whose reading depends on the sentence before.
    corpora += [([[]], [[]]), ([["O"]], [["O"]]), ([["O"]], [["B-x"]]), ([["B-x"]], [["O"]]),
                ([["X", "B-foo"]], [["O", "B-foo"]]), ([["B-a"], ["X", "B-a"]], [["B-a"], ["X", "O"]]),
                ([["B-a", "I-a"], ["I-a"]], [["B-a", "I-a"], ["I-a"]])]
    text = []
    for gold, predicted in corpora:
        for g, q in zip(gold, predicted):
            text += [a + "\t" + b for a, b in zip(g, q)] + [""]
        text.append("%%")
    done = subprocess.run([sys.argv[1]], input="\n".join(text) + "\n", capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    reports = done.stdout.splitlines()
    assert len(reports) == len(corpora), (len(reports), len(corpora))
    largest = 0.0
    for i, ((gold, predicted), line) in enumerate(zip(corpora, reports)):
        largest = max(largest, compare("corpus %d" % i, expected(gold, predicted), json.loads(line)))
    n = sum(len(gold) for gold, _ in corpora)
    assert n >= 20000, n
    print("%d sentences in %d corpora equal seqeval; largest difference %.1e" % (n, len(corpora), largest))


main()
