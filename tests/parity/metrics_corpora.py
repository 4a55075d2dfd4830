"""Scores of a trained model on GMB and WNUT-17 against the references' own code.

usage: metrics_corpora.py NOMEN SOURCE_DIR

all-MiniLM (NOMEN_MINILM, or where demo.sh puts it) is fine-tuned on the first sentences of each corpus, and tags
others. `nomen eval` of the model and of the tags that `nomen tag` wrote have to be the same; and both what seqeval
(default mode, strict modes), nervaluate and conlleval make of those tags: counts equal, ratios within 1e-12. With
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

LONG = os.environ.get("NOMEN_LONG") == "1"
N_TRAIN, N_TEST = (3000, 20000) if LONG else (500, 1200)


def read_conll(path):
    """Sentences as lists of (word, tag), the last column."""
    sentences, sentence = [], []
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file.read().split("\n"):
            if line.strip(" \t\r"):
                sentence.append((line.split("\t")[0], line.split("\t")[-1]))
            elif sentence:
                sentences.append(sentence)
                sentence = []
    return sentences + ([sentence] if sentence else [])


def write_conll(path, sentences):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for sentence in sentences:
            file.write("".join("%s\t%s\n" % pair for pair in sentence) + "\n")


def gmb(data):
    with zipfile.ZipFile(os.path.join(data, "gmb", "ner_text_labels.csv.zip")) as archive:
        text = archive.read("ner.csv").decode("utf-8")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    sentences = [list(zip(r["text"].split(" "), r["labels"].split(" "))) for r in rows]
    return sentences[:N_TRAIN], sentences[N_TRAIN:]


def wnut(data):
    train, test = (read_conll(os.path.join(data, "wnut17", part + ".conll")) for part in ("train", "test"))
    # Most sentences have no entity: a model of a few of them all would find none.
    return [sentence for sentence in train if any(tag != "O" for _, tag in sentence)], test


def check(nomen, start, name, train, test, directory):
    files = {part: os.path.join(directory, name + "-" + part) for part in ("train", "test", "tagged", "model")}
    write_conll(files["train"], train[:N_TRAIN])
    write_conll(files["test"], test[:N_TEST])
    hf.run([nomen, "train", "--model", start, "--train", files["train"], "-o", files["model"], "--quiet", "--epochs",
            "3", "--learning-rate", "5e-4"])
    tagged = hf.run([nomen, "tag", "--model", files["model"], "--input", "conll", "--format", "conll", "--quiet",
                     files["test"]]).stdout
    with open(files["tagged"], "w", encoding="utf-8", newline="\n") as file:
        file.write(tagged)
    options = ["--json", "--quiet", "--scheme", "iob2", files["test"]]
    of_tags = json.loads(hf.run([nomen, "eval", "--predictions", files["tagged"]] + options).stdout)
    of_model = json.loads(hf.run([nomen, "eval", "--model", files["model"]] + options).stdout)
    for key in ("loss", "calibration"):
        of_model.pop(key)
    assert of_model == of_tags, "eval of the model is not eval of its tags"

    assert of_tags["predicted"] > 100, "too few entities to tell anything"
    gold = [[tag for _, tag in sentence] for sentence in read_conll(files["test"])]
    predicted = [[tag for _, tag in sentence] for sentence in read_conll(files["tagged"])]
    largest = compare(name, expected(gold, predicted), of_tags)
    for scheme, rules in SCHEMES.items():
        want = strict(gold, predicted, rules)
        if want is None:
            assert "not_in_scheme" in of_tags["strict"][scheme], scheme
        else:
            largest = max(largest, compare(name + " " + scheme, want, of_tags["strict"][scheme]))
    largest = max(largest, compare(name + " nervaluate", by_nervaluate(gold, predicted), of_tags["nervaluate"]))
    largest = max(largest, compare(name + " conlleval", by_conlleval(gold, predicted), of_tags["conlleval"]))
    print("%s: %d sentences, %d gold and %d predicted entities, F1 %.4f, %d tags I- that begin an entity; largest "
          "difference %.1e" % (name, len(gold), of_tags["support"], of_tags["predicted"], of_tags["f1"],
                               of_tags["predicted"] - of_tags["strict"]["IOB2"]["predicted"], largest))


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
