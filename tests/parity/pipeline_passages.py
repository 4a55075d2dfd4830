"""`nomen tag --words bert` against pipeline("ner") on passages that fit one window, stride included.

usage: pipeline_passages.py NOMEN SOURCE_DIR

Sentences of GMB, passages of LitBank's novels from one word up to a full window, and texts made of what offsets go
wrong on (astral, combining, right-to-left, control characters, line breaks of every kind, special tokens), each with a
cased and an uncased vocabulary and all five strategies: the same entities, in all keys but "word". The offsets of the
three units are those of the pipeline (code points) counted in bytes and UTF-16 units by Python, and "word" is the text
between them. With `stride` set the pipeline must answer the same, as a text of one window has no overlap.

Scores may differ by 1e-4, labels where two probabilities are nearer to each other than that (pipeline_tag.py).
5,000 passages of the corpora with each vocabulary; the short form takes a tenth (NOMEN_LONG=1 for all).
"""
import os
import random
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pipeline_common as common
from pipeline_common import STRATEGIES

SHORT = 1 if os.environ.get("NOMEN_LONG") == "1" else 10
N_GMB, N_LITBANK, N_ODD = 2500 // SHORT, 2500 // SHORT, 1000 // SHORT
STRIDE = 64

ODD = ["\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U00010348\U00010349", "e\u0301", "n\u0303o",
       "A\u030a\u0323", "\u1e9e", "\ufb01", "\u2167", "\u00bd", "\u0130stanbul", "\u039f\u03a3",
       "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05c1\u05dc\u05d5\u05dd", "\u200f", "\u202e", "\u202c",
       "\u6771\u4eac", "\u5317\u4eac", "\uac00\ub098", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\n", "\r\n", "\r",
       "\t", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\0", "\x01", "\x1b[1m", "\x7f", "\u00ad", "\u200b",
       "\ufeff", "\ufffd", "\ufffe", "\u00a0", "\u3000", "\u2019s", "don't", "Jean-Luc", "U.S.A.", "5.975,74",
       "[SEP]", "[CLS]", "[MASK]", "[UNK]", "[PAD]", "x" * 120, "\"", "\\", "<b>", "\ud7a3", "\ue000"]


def odd_text(rng, words):
    """Words of the novels among characters that are hard to count."""
    parts = []
    for _ in range(rng.randint(1, 30)):
        parts.append(rng.choice(ODD) if rng.random() < 0.5 else rng.choice(words))
        parts.append(rng.choice(["", " ", " ", "  "]))
    return "".join(parts)


def training_sentences(rows, books, rng):
    """GMB, the beginnings of the novels, and odd characters that are entities, so that a model finds some anywhere."""
    types = {"PER": "per", "FAC": "org", "LOC": "geo", "GPE": "gpe", "VEH": "art", "ORG": "org"}
    found = common.labelled(rows[:800])
    for book in books:
        for first in range(0, 600, 20):
            words, tags = zip(*book[first:first + 20])
            found.append((words, [t if t == "O" else t[:2] + types[t[2:]] for t in tags]))
    kinds = ["B-geo", "I-geo", "B-per", "I-per", "B-org", "O"]
    marks = [mark for mark in ODD if mark.strip() and not mark.startswith("[")]
    for _ in range(400):
        chosen = [rng.randrange(len(marks)) for _ in range(8)]
        found.append(([marks[i] for i in chosen], [kinds[i % len(kinds)] for i in chosen]))
    return found


def in_unit(text, entity, unit):
    """An entity of the pipeline with its offsets in another unit, counted by Python."""
    def count(n):
        head = text[:n]
        if unit == "utf16":
            return len(head.encode("utf-16-le")) // 2
        return n if unit == "codepoint" else len(head.encode("utf-8"))
    return {**entity, "start": count(entity["start"]), "end": count(entity["end"])}


def check(nomen, trained, texts, name, stride):
    model, tokenizer = common.load(trained)
    pipe, answers = common.run_pipeline(model, tokenizer, texts, **({"stride": STRIDE} if stride else {}))
    total = failed = 0
    for strategy in STRATEGIES:
        for unit in ("codepoint", "byte", "utf16"):
            expected = [[in_unit(t, e, unit) for e in a[strategy]] for t, a in zip(texts, answers)]
            got = common.tag(nomen, trained, texts, strategy, unit)
            n, wrong = common.compare(pipe, texts, expected, got, strategy, "%s, %s" % (name, unit))
            total += n
            failed += wrong
    return total, failed


def same_with_stride(trained, texts):
    """The pipeline with a stride answers as without one, score for score within the rounding of another batch."""
    model, tokenizer = common.load(trained)
    _, plain = common.run_pipeline(model, tokenizer, texts)
    pipe, strided = common.run_pipeline(model, tokenizer, texts, stride=STRIDE)
    for text, a, b in zip(texts, plain, strided):
        for strategy in STRATEGIES:
            assert common.same(a[strategy], b[strategy], strategy) or common.close_call(pipe, text), (strategy, text)


def main():
    nomen, source = sys.argv[1:3]
    rows, books = common.gmb_rows(source), common.novels(source)
    words = [word for book in books for word, _ in book[:400]]
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for vocab in ("bert-base-cased", "bert-base-uncased"):
            rng = random.Random(5)
            trained = common.train_head(nomen, source, vocab, training_sentences(rows, books, rng), scratch, 6)
            tokenizer = common.load(trained)[1]
            assert tokenizer.model_max_length == 512
            sets = [("GMB", [r["text"] for r in rng.sample(rows[1500:], N_GMB)], False),
                    ("LitBank", common.passages(books, tokenizer, N_LITBANK, rng), True),
                    ("odd", [odd_text(rng, words) for _ in range(N_ODD)], False)]
            assert all(len(ids) <= 512 for _, texts, _ in sets for ids in tokenizer(texts)["input_ids"])
            assert any(len(ids) > 500 for ids in tokenizer(sets[1][1])["input_ids"])
            for name, texts, stride in sets:
                n_entities, wrong = check(nomen, trained, texts, "%s %s" % (vocab, name), stride)
                failed += wrong
                assert n_entities > 1000, "too few entities to tell anything"
                same_with_stride(trained, texts[::10])
    sys.exit(1 if failed else 0)


main()
