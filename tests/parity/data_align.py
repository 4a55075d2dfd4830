"""Alignment of labels, against tokenize_and_align_labels of Hugging Face's recipe, live on GMB.

Usage: data_align.py DRIVER SHARED
The first 4,000 sentences of GMB and all with a word that gives no piece, or, with NOMEN_LONG=1, all.
"""
import csv
import io
import os
import subprocess
import sys
import zipfile

import numpy
from transformers import BertTokenizerFast

driver, shared = sys.argv[1:3]
archive = os.path.join(shared, "data", "gmb", "ner_text_labels.csv.zip")
vocabulary = os.path.join(shared, "vocab", "bert-base-uncased")
if not os.path.exists(archive) or not os.path.isdir(vocabulary):
    print(f"{archive} or {vocabulary} is not there: alignment not compared")
    sys.exit(77)

with zipfile.ZipFile(archive) as file:
    rows = list(csv.reader(io.StringIO(file.read("ner.csv").decode(), newline="")))[1:]
if os.environ.get("NOMEN_LONG") != "1":
    odd = [row for row in rows[4000:] if any("\x80" <= c <= "\x9f" for c in row[0])]
    rows = rows[:4000] + odd
words = [text.split(" ") for text, _ in rows]
names = sorted({label for _, labels in rows for label in labels.split(" ")} - {"O"})
names = ["O"] + names
numbers = {name: number for number, name in enumerate(names)}
labels = [[numbers[label] for label in tags.split(" ")] for _, tags in rows]

tokenizer = BertTokenizerFast.from_pretrained(vocabulary)
encoded = tokenizer(words, is_split_into_words=True)
word_ids = [encoded.word_ids(number) for number in range(len(rows))]
n_without = sum(len(set(ids)) - 1 < len(sentence) for ids, sentence in zip(word_ids, words))

# run_ner.py's b_to_i_label: the I- of a B-, where the list has one.
b_to_i = [
    names.index(name.replace("B-", "I-")) if name.startswith("B-") and name.replace("B-", "I-") in names else number
    for number, name in enumerate(names)
]


def align(ids, label, mode):
    """The recipe: label_all_tokens is repeat; run_ner.py's own form of it is inside."""
    targets, previous = [], None
    for word in ids:
        if word is None:
            targets.append(-100)
        elif word != previous:
            targets.append(label[word])
        elif mode == 0:
            targets.append(-100)
        else:
            targets.append(label[word] if mode == 1 else b_to_i[label[word]])
        previous = word
    return targets


request = []
for ids, label in zip(word_ids, labels):
    request += [len(label), len(ids)] + label + [-1 if word is None else word for word in ids]
request = numpy.array(request, dtype=numpy.int32).tobytes()
for mode in range(3):
    command = [driver, "align", str(mode)] + names
    out = subprocess.run(command, input=request, check=True, stdout=subprocess.PIPE).stdout
    found = numpy.frombuffer(out, dtype=numpy.int32)
    wanted = numpy.array([t for ids, label in zip(word_ids, labels) for t in align(ids, label, mode)])
    if not numpy.array_equal(found, wanted):
        sys.exit(f"mode {mode}: other targets than the recipe's")
print(f"{len(rows)} sentences, {len(wanted)} pieces, {n_without} sentences with a word without pieces: all the same")
if n_without == 0:
    sys.exit("no word without a piece among them: the comparison proves less than it should")
