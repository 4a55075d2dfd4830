"""The JSON lines of texts with every kind of byte, read back by Python: text, words and offsets in each unit.

usage: aggregate_json.py AGGREGATE_DRIVER

Python's own decoder, with errors="replace", says what the text of ill-formed UTF-8 is and where its
characters lie.
"""
import codecs
import json
import os
import random
import struct
import subprocess
import sys

import numpy as np

N_TEXTS = 20000 if os.environ.get("NOMEN_LONG") == "1" else 3000
LABELS = ["O", "B-x", "I-x", 'B-"\\\t\u2028é\U0001f600']
PARTS = ["a", " ", "\n", "\t", "\r", "\0", "\x1b", "\x7f", '"', "\\", "/", "é", "ß", "\x85", "\u2028", "東", "\ufeff",
         "\ufffd", "\uffff", "\U0001f600", "\U0010ffff", "</script>"]
PARTS = [p.encode("utf-8") for p in PARTS] + [
    b"\x80", b"\xbf", b"\xc0\xaf", b"\xc1", b"\xc3", b"\xe0\x80", b"\xe0\xa0", b"\xe6\x9d", b"\xed\xa0\x80", b"\xef\xbf",
    b"\xf0\x80\x80", b"\xf0\x90", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\xf5", b"\xff"]


def borders(data):
    """Byte offsets of the characters of data.decode("utf-8", "replace"), and the end."""
    bad = {}

    def mark(error):
        bad[error.start] = error.end
        return "\ufffd", error.end

    codecs.register_error("mark", mark)
    text = data.decode("utf-8", "mark")
    found, at = [], 0
    for c in text:
        found.append(at)
        at = bad[at] if at in bad else at + len(c.encode("utf-8"))
    assert at == len(data) and text == data.decode("utf-8", "replace")
    return text, found + [at]


def make(rng, scores):
    data = b"".join(rng.choice(PARTS) for _ in range(rng.randint(0, 30)))
    if rng.random() < 0.2:
        data = bytes(rng.randrange(256) for _ in range(rng.randint(0, 40)))
    text, places = borders(data)
    cuts = sorted(rng.randint(0, len(text)) for _ in range(2 * rng.randint(0, 8)))
    words = list(zip(cuts[::2], cuts[1::2]))
    spans = b"".join(struct.pack("=II", places[a], places[b]) for a, b in words)
    packed = struct.pack("=I", len(data)) + data + struct.pack("=I", len(words)) + spans
    packed += struct.pack("=I", len(words))
    for i, (a, b) in enumerate(words):
        packed += struct.pack("=IIiI", places[a], places[b], i, 1) + b"t"
    rows = scores.random((len(words), len(LABELS))).astype(np.float32) ** 8
    return {"text": text, "places": places, "words": words, "scores": rows}, packed + rows.tobytes()


def place(case, position, unit):
    if unit == "codepoint":
        return position
    if unit == "byte":
        return case["places"][position]
    return len(case["text"][:position].encode("utf-16-le")) // 2


def compare(case, line, strategy, unit):
    got = json.loads(line)
    assert got["text"] == case["text"], (got["text"], case["text"])
    assert len(got["words"]) == len(case["words"])
    for word, (a, b), row in zip(got["words"], case["words"], case["scores"]):
        assert (word["start"], word["end"]) == (place(case, a, unit), place(case, b, unit)), (case, word)
        assert word["label"] == LABELS[row.argmax()]
        assert list(word["scores"]) == LABELS
        assert all(np.float32(x) == y for x, y in zip(word["scores"].values(), row)), (word, row)
    if strategy == 0:  # each piece that is not O, by itself
        kept = [i for i, row in enumerate(case["scores"]) if row.argmax() > 0]
        assert [e["index"] for e in got["entities"]] == [i + 1 for i in kept]
        for entity, i in zip(got["entities"], kept):
            a, b = case["words"][i]
            assert entity["word"] == case["text"][a:b], (case, entity)
            assert (entity["start"], entity["end"]) == (place(case, a, unit), place(case, b, unit)), (case, entity)
    return len(got["entities"])


def main():
    rng, scores = random.Random(3), np.random.default_rng(3)
    cases, packed = zip(*(make(rng, scores) for _ in range(N_TEXTS)))
    head = struct.pack("=I", len(LABELS))
    for label in LABELS + ["[UNK]"]:
        head += struct.pack("=I", len(label.encode("utf-8"))) + label.encode("utf-8")
    n = 0
    for number, unit in enumerate(["codepoint", "byte", "utf16"]):
        data = head + struct.pack("=II", number, len(cases)) + b"".join(packed)
        done = subprocess.run([sys.argv[1]], input=data, capture_output=True)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.decode("utf-8", "strict").split("\n")
        assert len(lines) == 5 * len(cases) + 1 and lines[-1] == ""
        for i, line in enumerate(lines[:-1]):
            n += compare(cases[i // 5], line, i % 5, unit)
    print("%d texts of any bytes, %d entities, read back by Python in three units" % (len(cases), n))


main()
