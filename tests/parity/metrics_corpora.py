"""Scores of a trained model on GMB and WNUT-17 against the references' own code.

usage: metrics_corpora.py NOMEN SOURCE_DIR

all-MiniLM (NOMEN_MINILM, or where demo.sh puts it) is fine-tuned on the first sentences of each corpus, and tags
others. `nomen eval` of the model and of the tags that `nomen tag` wrote have to be the same; and both what seqeval
(default mode, strict modes), nervaluate and conlleval make of those tags: counts equal, ratios within 1e-12. The calibration is
compared with numpy's of the probabilities that `nomen tag` gives, the interval with a bootstrap by numpy. With
NOMEN_LONG=1 on 20,000 sentences of GMB and the whole test part of WNUT-17, else on a part.
"""
import csv
import io
import json
import os
import sys
import tempfile
import warnings
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf
from metrics_common import compare
from metrics_others import SCHEMES, by_conlleval, by_nervaluate, strict
from metrics_seqeval import expected
import numpy as np
from seqeval.metrics.sequence_labeling import get_entities

LONG = os.environ.get("NOMEN_LONG") == "1"
N_TRAIN, N_TEST = (3000, 20000) if LONG else (500, 1200)


def gmb(data):
    with zipfile.ZipFile(os.path.join(data, "gmb", "ner_text_labels.csv.zip")) as archive:
        text = archive.read("ner.csv").decode("utf-8")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    sentences = [list(zip(r["text"].split(" "), r["labels"].split(" "))) for r in rows]
    return sentences[:N_TRAIN], sentences[N_TRAIN:]


def wnut(data):
    train, test = (hf.read_conll(os.path.join(data, "wnut17", part + ".conll")) for part in ("train", "test"))
    # Most sentences have no entity: a model of a few of them all would find none.
    return [sentence for sentence in train if any(tag != "O" for _, tag in sentence)], test


def check_calibration(got, scored, gold):
    """ECE by numpy, of the probabilities that tag gives. They are the same floats, so bins agree exactly."""
    words = [word for line in scored.splitlines() for word in json.loads(line)["words"]]
    assert len(words) == len(gold)
    pairs = [(np.float32(word["scores"][word["label"]]), word["label"] == tag)
             for word, tag in zip(words, gold) if word["scores"][word["label"]] is not None]  # null: no piece
    confidence = np.array([c for c, _ in pairs], dtype=np.float64)
    right = np.array([r for _, r in pairs])
    bins = np.clip(np.ceil(confidence * 15).astype(int) - 1, 0, 14)
    ece = sum(abs(confidence[bins == b].sum() - right[bins == b].sum()) for b in range(15)) / len(pairs)
    assert got["n"] == len(pairs), (got["n"], len(pairs))
    assert [b["n"] for b in got["bins"]] == np.bincount(bins, minlength=15).tolist()
    assert abs(got["ece"] - ece) < 1e-9 and abs(got["accuracy"] - right.mean()) < 1e-12, (got["ece"], ece)


def check_interval(got, gold, predicted):
    """The bootstrap proper, sentences drawn by numpy. Poisson's weights and 1,000 draws differ from it by chance: a
    border of the interval by a sixth of its width at most (six deviations or so)."""
    sets = [(set(get_entities(g)), set(get_entities(p))) for g, p in zip(gold, predicted)]
    counts = np.array([(len(g), len(p), len(g & p)) for g, p in sets])
    rng = np.random.default_rng(1)
    sums = np.array([counts[rng.integers(0, len(counts), len(counts))].sum(axis=0) for _ in range(2000)])
    low, high = np.percentile(2 * sums[:, 2] / (sums[:, 0] + sums[:, 1]), [2.5, 97.5])
    allowed = (high - low) / 6
    assert abs(got["low"] - low) < allowed and abs(got["high"] - high) < allowed, (got, low, high)


def gold_spans(sentence):
    starts, at = [], 0
    for word, _ in sentence:
        starts.append(at)
        at += len(word) + 1
    return {(starts[first], starts[last] + len(sentence[last][0]), kind)
            for kind, first, last in get_entities([tag for _, tag in sentence])}


def check_plain_text(nomen, model, file, test, directory, words):
    """eval's score of plain text is that of what tag says of the texts, in the model's unit of words."""
    settings = os.path.join(model, "nomen.json")
    with open(settings, encoding="utf-8") as source:
        changed = dict(json.load(source), words=words)
    with open(settings, "w", encoding="utf-8") as target:
        json.dump(changed, target)
    lines = os.path.join(directory, "lines")
    with open(lines, "w", encoding="utf-8", newline="\n") as target:
        target.writelines(" ".join(word for word, _ in sentence) + "\n" for sentence in test)
    got = json.loads(hf.run([nomen, "eval", "--model", model, "--json", "--quiet", "--replicates", "0", "--scheme", "iob2",
                             file]).stdout)["plain_text"]
    tagged = hf.run([nomen, "tag", "--model", model, "--format", "jsonl", "--quiet", lines]).stdout.splitlines()
    assert len(tagged) == len(test)
    gold, found, correct = 0, 0, 0
    for sentence, line in zip(test, tagged):
        spans = {(e["start"], e["end"], e["entity_group"]) for e in json.loads(line)["entities"]}
        gold, found = gold + len(gold_spans(sentence)), found + len(spans)
        correct += len(spans & gold_spans(sentence))
    assert (got["support"], got["predicted"], got["correct"]) == (gold, found, correct), (got, gold, found, correct)
    return got


def check(nomen, start, name, train, test, directory):
    files = {part: os.path.join(directory, name + "-" + part) for part in ("train", "test", "tagged", "model")}
    hf.write_conll(files["train"], train[:N_TRAIN])
    hf.write_conll(files["test"], test[:N_TEST])
    hf.run([nomen, "train", "--model", start, "--train", files["train"], "-o", files["model"], "--quiet", "--epochs",
            "3", "--learning-rate", "5e-4"])
    tagged = hf.run([nomen, "tag", "--model", files["model"], "--input", "conll", "--format", "conll", "--quiet",
                     files["test"]]).stdout
    with open(files["tagged"], "w", encoding="utf-8", newline="\n") as file:
        file.write(tagged)
    options = ["--json", "--quiet", "--scheme", "iob2", files["test"]]
    of_tags = json.loads(hf.run([nomen, "eval", "--predictions", files["tagged"]] + options).stdout)
    of_model = json.loads(hf.run([nomen, "eval", "--model", files["model"]] + options).stdout)
    of_model.pop("loss")
    of_model.pop("plain_text")
    assert of_model.pop("windows") >= len(hf.read_conll(files["test"])) and of_model.pop("truncated") is False
    assert of_model.pop("long_sentences") >= 0
    calibration = of_model.pop("calibration")
    scored = hf.run([nomen, "tag", "--model", files["model"], "--input", "conll", "--format", "jsonl", "--all-scores",
                     "--quiet", files["test"]]).stdout
    assert of_model == of_tags, "eval of the model is not eval of its tags"

    check_calibration(calibration["words"], scored, [tag for s in hf.read_conll(files["test"]) for _, tag in s])
    assert of_tags["predicted"] > 100, "too few entities to tell anything"
    gold = [[tag for _, tag in sentence] for sentence in hf.read_conll(files["test"])]
    predicted = [[tag for _, tag in sentence] for sentence in hf.read_conll(files["tagged"])]
    largest = compare(name, expected(gold, predicted), of_tags)
    for scheme, rules in SCHEMES.items():
        want = strict(gold, predicted, rules)
        if want is None:
            assert "not_in_scheme" in of_tags["strict"][scheme], scheme
        else:
            largest = max(largest, compare(name + " " + scheme, want, of_tags["strict"][scheme]))
    largest = max(largest, compare(name + " nervaluate", by_nervaluate(gold, predicted), of_tags["nervaluate"]))
    largest = max(largest, compare(name + " conlleval", by_conlleval(gold, predicted), of_tags["conlleval"]))
    plain = {words: check_plain_text(nomen, files["model"], files["test"], test[:N_TEST], directory, words)
             for words in ("bert", "whitespace")}
    assert plain["whitespace"]["sentences_differ"] == 0, "words parted by spaces are those of the text"
    check_interval(of_tags["f1_interval"], gold, predicted)
    print("%s: %d sentences, %d gold and %d predicted entities, F1 %.4f, %d tags I- that begin an entity; largest "
          "difference %.1e; F1 of plain text %.4f with words by BERT (%d sentences in other pieces), %.4f by white space" % (name, len(gold), of_tags["support"], of_tags["predicted"], of_tags["f1"],
                               of_tags["predicted"] - of_tags["strict"]["IOB2"]["predicted"], largest, plain["bert"]["f1"],
                               plain["bert"]["sentences_differ"], plain["whitespace"]["f1"]))


def main():
    nomen, source = sys.argv[1:3]
    data = os.path.join(source, "..", "shared", "data")
    start = os.environ.get("NOMEN_MINILM", os.path.join(source, "build", "models", "all-MiniLM-L6-v2"))
    for needed in (data, start):
        if not os.path.exists(needed):
            print("skipped: %s is not there" % needed)
            sys.exit(77)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as directory:
        check(nomen, start, "GMB", *gmb(data), directory)
        check(nomen, start, "WNUT-17", *wnut(data), directory)


main()
