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
import sys
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from metrics_common import compare, corpus, run_driver
from seqeval.metrics.sequence_labeling import accuracy_score, precision_recall_fscore_support

N_CORPORA = 20000 if os.environ.get("NOMEN_LONG") == "1" else 4000


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


def main():
    warnings.simplefilter("ignore")
    rng = random.Random(20261123)
    corpora = [corpus(rng) for _ in range(N_CORPORA)]
    # Corners: nothing at all, no entity, entities on one side alone, an odd tag after an entity, and a
    # tag of O's type "_" whose reading depends on the sentence before.
    corpora += [([[]], [[]]), ([["O"]], [["O"]]), ([["O"]], [["B-x"]]), ([["B-x"]], [["O"]]),
                ([["X", "B-foo"]], [["O", "B-foo"]]), ([["B-a"], ["X", "B-a"]], [["B-a"], ["X", "O"]]),
                ([["B-a", "I-a"], ["I-a"]], [["B-a", "I-a"], ["I-a"]])]
    reports = run_driver(sys.argv[1], corpora).splitlines()
    assert len(reports) == len(corpora), (len(reports), len(corpora))
    largest = 0.0
    for i, ((gold, predicted), line) in enumerate(zip(corpora, reports)):
        largest = max(largest, compare("corpus %d" % i, expected(gold, predicted), json.loads(line)))
    n = sum(len(gold) for gold, _ in corpora)
    assert n >= 20000, n
    print("%d sentences in %d corpora equal seqeval; largest difference %.1e" % (n, len(corpora), largest))


if __name__ == "__main__":
    main()
