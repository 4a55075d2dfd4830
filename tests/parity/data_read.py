"""Datasets as the C readers give them, against Python's csv module and pandas on the same files.

Usage: data_read.py DRIVER SHARED_DATA
GMB in both forms (latin-1 and cp1252) and WNUT-17, and files of odd quoting written by csv.writer.
NOMEN_LONG=1 has pandas read GMB once more, as latin-1.
"""
import csv
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import zipfile

import pandas

driver, shared = sys.argv[1:3]


def read(path, encoding="-"):
    out = subprocess.run([driver, "read", path, encoding], check=True, stdout=subprocess.PIPE).stdout
    return [json.loads(line) for line in out.decode().split("\n")[:-1]]  # words may hold U+0085


def pairs(words, tags):
    assert len(words) == len(tags)
    return [[word, tag] for word, tag in zip(words, tags)]


def same(found, wanted, what):
    if len(found) != len(wanted):
        sys.exit(f"{what}: {len(found)} sentences instead of {len(wanted)}")
    for number, (sentence, reference) in enumerate(zip(found, wanted)):
        if sentence[:-1] != reference:
            sys.exit(f"{what}: sentence {number}: {sentence} instead of {reference}")
    print(f"{what}: {len(found)} sentences are the same")


def from_rows(rows):
    return [pairs(text.split(" "), labels.split(" ")) for text, labels in rows]


def from_tokens(rows):
    sentences = []
    for name, word, tag in rows:
        if name:
            sentences.append([])
        sentences[-1].append([word, tag])
    return sentences


def compare_gmb(folder):
    for archive in ("ner_text_labels.csv.zip", "ner_dataset.csv.zip"):
        with zipfile.ZipFile(os.path.join(shared, "gmb", archive)) as file:
            file.extractall(folder)
    path = os.path.join(folder, "ner.csv")
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    found = read(path)
    same(found, from_rows(rows), "GMB by rows, csv")
    frame = pandas.read_csv(path, keep_default_na=False)
    same(found, from_rows(zip(frame["text"], frame["labels"])), "GMB by rows, pandas")
    path = os.path.join(folder, "ner_dataset.csv")
    for encoding, option in (("cp1252", "-"), ("latin-1", "latin-1")):
        found = read(path, option)
        with open(path, encoding=encoding, newline="") as file:
            rows = [(row[0], row[1], row[3]) for row in list(csv.reader(file))[1:]]
        same(found, from_tokens(rows), f"GMB by tokens, csv, {encoding}")
        if encoding == "latin-1" and os.environ.get("NOMEN_LONG") != "1":
            continue
        frame = pandas.read_csv(path, encoding=encoding, keep_default_na=False)
        rows = zip(frame["Sentence #"], frame["Word"], frame["Tag"])
        same(found, from_tokens(rows), f"GMB by tokens, pandas, {encoding}")


def compare_wnut():
    for part in ("train", "dev", "test"):
        path = os.path.join(shared, "wnut17", part + ".conll")
        with open(path, encoding="utf-8", newline="\n") as file:
            lines = [line.rstrip("\n").split("\t") for line in file]
        sentences, open_sentence = [], []
        for columns in lines + [[""]]:
            if "".join(columns).strip():
                open_sentence.append(columns)
            elif open_sentence:
                sentences.append([list(columns) for columns in open_sentence])
                open_sentence = []
        same(read(path), sentences, f"WNUT-17 {part}")


def compare_odd(folder):
    """Random texts of the characters that CSV minds, written by Python's csv in each quoting."""
    draw = random.Random(4)
    path = os.path.join(folder, "odd.csv")
    alphabet = ['"', ",", "\n", "\r\n", "é", "\t", "a", "'", "\u2028", "None", "x;y", "\\"]
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC):
        # With lone CRs, csv.writer's minimal quoting leaves a field's LF bare, which ends a row anywhere else.
        for end in ("\n", "\r\n") + (("\r",) if quoting != csv.QUOTE_MINIMAL else ()):
            rows, lines = [], []
            text = io.StringIO()
            writer = csv.writer(text, quoting=quoting, lineterminator=end)
            writer.writerow(["id", "labels", "text"])
            for number in range(400):
                words = ["".join(draw.choices(alphabet, k=draw.randint(1, 4))) for _ in range(draw.randint(1, 9))]
                tags = [draw.choice(["O", "B-x", "B-y-z"]) for _ in words]
                before = text.getvalue().replace("\r\n", "\n").replace("\r", "\n")
                lines.append(before.count("\n") + 1)
                writer.writerow([str(number), " ".join(tags), " ".join(words)])
                rows.append(pairs(words, tags))
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(text.getvalue())
            found = read(path, "utf-8")
            same(found, rows, f"odd texts, quoting {quoting}, ends {end!r}")
            assert [sentence[-1] for sentence in found] == lines, "line numbers"


with tempfile.TemporaryDirectory() as folder:
    compare_odd(folder)
    if not os.path.isdir(shared):
        print(f"{shared} is not there: GMB and WNUT-17 not read")
        sys.exit(0)
    compare_gmb(folder)
    compare_wnut()
