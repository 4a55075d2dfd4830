"""Scores of random tag sequences, legal and illegal, by other rules than seqeval's default ones, each against
the reference's own code: seqeval's strict mode with its six schemes, nervaluate's four ways, conlleval.

usage: metrics_others.py METRICS_DRIVER

seqeval refuses a tag that a scheme lacks, and so does nomen. nervaluate reads tags of B and I alone; other
tags are given to it as the entities that seqeval finds. conlleval is the package of that name, which ports the
Perl script, with tags of B, I and O alone, as it reads E and S in its own way. Where NOMEN_CONLLEVAL names the script
itself (conlleval.pl of 2004-01-26), what it prints has to be what nomen prints, byte for byte, of any tags.

Counts have to be equal, ratios within 1e-12: the same integers divided in doubles, and means of fewer than 50
such ratios in another order.
"""
import json
import os
import random
import subprocess
import sys
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from metrics_common import TYPES, compare, corpus, legal, mixed, run_driver
import conlleval
import nervaluate
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.metrics.v1 import precision_recall_fscore_support
from seqeval.scheme import BILOU, IOB1, IOB2, IOBES, IOE1, IOE2

SCHEMES = {"IOB1": IOB1, "IOB2": IOB2, "IOE1": IOE1, "IOE2": IOE2, "IOBES": IOBES, "BILOU": BILOU}
LETTERS = ["BI", "BI", "IE", "IE", "BIES", "BILU"]
N_CORPORA = 12000 if os.environ.get("NOMEN_LONG") == "1" else 1500


def scheme_corpus(rng):
    """Tags of one scheme's letters, in any order."""
    letters, types = rng.choice(LETTERS), TYPES[rng.choice(list(TYPES))]
    gold, predicted = [], []
    for _ in range(rng.randint(1, 12)):
        n = rng.choice([1, 2, 3, rng.randint(4, 30)])
        tags = legal(rng, types, n) if letters == "BI" and rng.random() < 0.5 else mixed(rng, types, n, letters)
        other = mixed(rng, types, n, letters)
        share = rng.choice([0.0, 0.1, 0.5, 1.0])
        gold.append(tags)
        predicted.append([o if rng.random() < share else t for t, o in zip(tags, other)])
    return gold, predicted


def strict(gold, predicted, scheme):
    """seqeval's scores, or None where it refuses a tag."""
    try:
        scores = {a: precision_recall_fscore_support(gold, predicted, average=a, scheme=scheme)
                  for a in ("micro", "macro", "weighted")}
    except (KeyError, ValueError):
        return None
    report = {"precision": scores["micro"][0], "recall": scores["micro"][1], "f1": scores["micro"][2],
              "support": int(scores["micro"][3])}
    for a in ("macro", "weighted"):
        report[a] = dict(zip(("precision", "recall", "f1"), scores[a]))
    p, r, f, s = precision_recall_fscore_support(gold, predicted, average=None, scheme=scheme)
    from seqeval.metrics.v1 import unique_labels
    types = sorted(unique_labels(gold, predicted, scheme))
    report["per_type"] = {t: {"precision": p[i], "recall": r[i], "f1": f[i], "support": int(s[i])}
                          for i, t in enumerate(types)}
    return report


def as_dicts(sentences):
    return [[{"label": t, "start": b, "end": e} for t, b, e in get_entities(tags)] for tags in sentences]


def overlap(result):
    return {"precision": float(result.precision), "recall": float(result.recall), "f1": float(result.f1),
            "correct": result.correct, "incorrect": result.incorrect, "partial": result.partial,
            "missed": result.missed, "spurious": result.spurious}


def by_nervaluate(gold, predicted):
    plain = all(tag[0] in "OBI" for tags in gold + predicted for tag in tags)
    types = sorted({t for tags in gold + predicted for t, _, _ in get_entities(tags)})
    if plain:
        evaluator = nervaluate.Evaluator(gold, predicted, tags=types, loader="list")
    else:
        evaluator = nervaluate.Evaluator(as_dicts(gold), as_dicts(predicted), tags=types, loader="dict")
    results = evaluator.evaluate()
    want = {way: overlap(r) for way, r in results["overall"].items()}
    want["per_type"] = {t: {way: overlap(r) for way, r in results["entities"][t].items()} for t in types}
    return want


def lines(gold, predicted):
    for tags, others in zip(gold, predicted):
        for a, b in zip(tags, others):
            yield "w %s %s" % (a, b)
        yield ""


def counts(chunks):
    return {"support": chunks["stats"]["gold"], "predicted": chunks["stats"]["pred"],
            "correct": chunks["stats"]["correct"]}


def by_conlleval(gold, predicted):
    result = conlleval.evaluate(lines([t for t in gold if t], [t for t in predicted if t]))
    want = counts(result["overall"]["chunks"])
    found = {t: counts(c) for t, c in result["slots"]["chunks"].items()}
    want["per_type"] = {t: c for t, c in sorted(found.items()) if c["support"] + c["predicted"] > 0}
    tags = result["overall"]["tags"]["stats"]
    want["accuracy"] = tags["correct"] / tags["gold"]
    return want


def compare_script(script, driver, corpora):
    answers = run_driver(driver, corpora, "conlleval").split("%%\n")[:-1]
    assert len(answers) == len(corpora)
    for (gold, predicted), answer in zip(corpora, answers):
        done = subprocess.run(["perl", script], input="\n".join(lines(gold, predicted)) + "\n", capture_output=True,
                              text=True, encoding="utf-8", check=True)
        assert done.stdout == answer, (gold, predicted, done.stdout, answer)
    print("%d corpora as %s prints them" % (len(corpora), script))


def main():
    warnings.simplefilter("ignore")
    driver, rng = sys.argv[1], random.Random(20261124)
    corpora = [scheme_corpus(rng) for _ in range(N_CORPORA)] + [corpus(rng) for _ in range(N_CORPORA)]
    # Runs of more than a hundred words, of which a word is less than nervaluate asks for.
    corpora += [([["B-x"] + ["I-x"] * n], [["O"] * (n - k) + ["B-x"] + ["I-x"] * k])
                for n in (99, 100, 149, 199, 200) for k in (0, 1, 2)]
    reports = run_driver(driver, corpora).splitlines()
    assert len(reports) == len(corpora), (len(reports), len(corpora))
    largest, n = 0.0, {"strict": 0, "refused": 0, "nervaluate": 0, "conlleval": 0}
    for i, ((gold, predicted), line) in enumerate(zip(corpora, reports)):
        got = json.loads(line)
        for name, scheme in SCHEMES.items():
            want = strict(gold, predicted, scheme)
            if want is None:
                assert "not_in_scheme" in got["strict"][name], (gold, predicted, name)
                n["refused"] += len(gold)
            else:
                largest = max(largest, compare("corpus %d %s" % (i, name), want, got["strict"][name]))
                n["strict"] += len(gold)
        tags = [tag for t in gold + predicted for tag in t]
        if all(tag == "O" or (tag[0] in "BIES" and tag[1:2] == "-" and len(tag) > 2) for tag in tags):
            largest = max(largest, compare("corpus %d nervaluate" % i, by_nervaluate(gold, predicted),
                                           got["nervaluate"]))
            n["nervaluate"] += len(gold)
        if tags and all(tag == "O" or (tag[:2] in ("B-", "I-") and len(tag) > 2 and tag[2:] != "0") for tag in tags):
            want = by_conlleval(gold, predicted)
            assert list(want["per_type"]) == list(got["conlleval"]["per_type"]), (gold, predicted)
            largest = max(largest, compare("corpus %d conlleval" % i, want, got["conlleval"]))
            n["conlleval"] += len(gold)
    assert n["strict"] >= 20000 and n["nervaluate"] >= 5000 and n["conlleval"] >= 2000, n
    print("sentences that equal seqeval's strict mode: %(strict)d (%(refused)d refused by both), nervaluate: "
          "%(nervaluate)d, conlleval: %(conlleval)d" % n, "; largest difference %.1e" % largest, sep="")
    script = os.environ.get("NOMEN_CONLLEVAL")
    if script:
        compare_script(script, driver, [c for c in corpora if not any(" " in tag for t in c[0] + c[1] for tag in t)])


if __name__ == "__main__":
    main()
