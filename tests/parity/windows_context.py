"""Windows and document context against transformers: sequences built here, from nothing but the texts.

usage: windows_context.py NOMEN SOURCE_DIR

Context: sentences of GMB in documents of random length, through `nomen tag --context N`. Here each sequence is
[CLS] + up to N pieces of the document before + the sentence + up to N pieces behind + [SEP], both sides shrunk
evenly where that passes the limit; labels and scores of the sentence's words are the same within 1e-4.

Windows: LitBank's openings, each one text of some thousand pieces. nomen says in which windows it read them
(--windows); each is run here alone, and what it owns must be what nomen says. Beside it the words' labels when each
sentence is tagged alone: a model that sees its neighbours answers otherwise now and then, but no more often at the
end of a text than at its beginning. Six novels; twenty with NOMEN_LONG=1.
"""
import json
import os
import random
import sys
import tempfile

import numpy as np
import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf
import pipeline_common as common

LONG = os.environ.get("NOMEN_LONG") == "1"
N_SENTENCES, N_NOVELS = (2000, 20) if LONG else (500, 6)


def tag(nomen, model, objects, *options):
    lines = "".join(json.dumps(o) + "\n" for o in objects)
    done = hf.run([nomen, "tag", "--model", model, "--words", "bert", "--input", "jsonl", "--json", "--all-scores",
                   "--quiet", *options], input=lines)
    return [json.loads(line) for line in done.stdout.split("\n")[:-1]]


def probabilities(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].softmax(-1).numpy()


def compare(words, rows, labels, where):
    """nomen's words against the row of each word's first piece; the largest difference of a score."""
    assert len(words) == len(rows), (where, len(words), len(rows))
    worst = 0.0
    for word, row in zip(words, rows):
        scores = np.array([word["scores"][label] for label in labels])
        worst = max(worst, float(np.abs(scores - row).max()))
        top = np.sort(row)
        assert word["label"] == labels[int(row.argmax())] or top[-1] - top[-2] < common.TOLERANCE, (where, word)
    assert worst <= common.TOLERANCE, (where, worst)
    return worst


def fit(before, after, room):
    """Both sides as long as there is room; neither gives up more than it must."""
    if len(before) + len(after) > room:
        n = room // 2
        n_after = len(after) if len(after) <= n else max(n, room - len(before))
        n_before = room - n_after
        before, after = before[len(before) - n_before:], after[:n_after]
    return before, after


def check_context(nomen, trained, rows, n_context, max_length):
    model, tokenizer = common.load(trained)
    labels = [model.config.id2label[i] for i in range(model.config.num_labels)]
    rng = random.Random(n_context)
    texts = [r["text"] for r in rng.sample(rows, N_SENTENCES)]
    objects, document = [], 0
    for text in texts:
        document += rng.random() < 0.15
        objects.append({"text": text, "document": document})
    found = tag(nomen, trained, objects, "--context", str(n_context), "--max-length", str(max_length))
    encoded = [tokenizer(t, add_special_tokens=False) for t in texts]
    cls, sep, limit = tokenizer.cls_token_id, tokenizer.sep_token_id, max_length - 2
    worst, n_compared, n_shrunk = 0.0, 0, 0
    for i, answer in enumerate(found):
        ids = encoded[i]["input_ids"]
        if len(ids) > limit:
            continue
        inside = [j for j in range(len(texts)) if objects[j]["document"] == objects[i]["document"]]
        before = [p for j in inside if i - n_context <= j < i for p in encoded[j]["input_ids"]][-n_context:]
        after = [p for j in inside if i < j <= i + n_context for p in encoded[j]["input_ids"]][:n_context]
        left, right = fit(before, after, limit - len(ids))
        n_shrunk += len(left) + len(right) < len(before) + len(after)
        out = probabilities(model, [cls, *left, *ids, *right, sep])[1 + len(left):][:len(ids)]
        word_ids = encoded[i].word_ids()
        first = [k for k in range(len(ids)) if k == 0 or word_ids[k] != word_ids[k - 1]]
        worst = max(worst, compare(answer["words"], out[first], labels, (i, texts[i])))
        n_compared += 1
    print("context %d, limit %d: %d sentences, %d with context shrunk, largest score difference %.1e" %
          (n_context, max_length, n_compared, n_shrunk, worst))
    assert n_compared > 0.8 * len(texts) and n_shrunk > 0


def check_windows(model, tokenizer, labels, text, answer):
    """Runs each window of nomen's; returns the largest difference of a score and the number of windows."""
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    ids, offsets, word_ids = encoded["input_ids"], encoded["offset_mapping"], encoded.word_ids()
    rows = np.full((len(ids), len(labels)), np.nan, dtype=np.float32)
    windows, limit = answer["windows"], tokenizer.model_max_length - 2
    assert answer["truncated"] is False and windows[0]["own_start"] == 0 and windows[-1]["own_end"] == len(text)
    for w, following in zip(windows, windows[1:] + [None]):
        assert following is None or following["own_start"] == w["own_end"]
        seen = [k for k, (start, end) in enumerate(offsets) if start >= w["start"] and end <= w["end"]]
        assert len(seen) <= limit
        assert len(windows) == 1 or len(seen) > limit - 30, len(seen)  # full, up to a word
        out = probabilities(model, [tokenizer.cls_token_id, *(ids[k] for k in seen), tokenizer.sep_token_id])[1:-1]
        for k, row in zip(seen, out):
            if w["own_start"] <= offsets[k][0] < w["own_end"]:
                assert np.isnan(rows[k]).all()
                rows[k] = row
    assert not np.isnan(rows).any()
    first = [k for k in range(len(ids)) if k == 0 or word_ids[k] != word_ids[k - 1]]
    return compare(answer["words"], rows[first], labels, text[:40]), len(windows)


def sentences_of(book):
    """A novel's words cut at full stops; their texts."""
    found, words = [], []
    for word, _ in book:
        words.append(word)
        if word in (".", "!", "?") and len(words) > 3:
            found.append(" ".join(words))
            words = []
    return found + ([" ".join(words)] if words else [])


def check_novels(nomen, trained, books):
    model, tokenizer = common.load(trained)
    labels = [model.config.id2label[i] for i in range(model.config.num_labels)]
    worst, n_windows = 0.0, 0
    same, entities = [[] for _ in range(10)], [[0, 0] for _ in range(10)]
    for book in books[:N_NOVELS]:
        parts = sentences_of(book)
        text = " ".join(parts)
        whole = tag(nomen, trained, [{"text": text}], "--windows")[0]
        difference, n = check_windows(model, tokenizer, labels, text, whole)
        worst, n_windows = max(worst, difference), n_windows + n
        alone, at = {}, 0
        kept = {(e["start"], e["end"], e["entity_group"]) for e in whole["entities"]}
        for part, answer in zip(parts, tag(nomen, trained, [{"text": p} for p in parts])):
            alone.update({at + w["start"]: w["label"] for w in answer["words"]})
            for e in answer["entities"]:
                decile = entities[min(9, 10 * at // len(text))]
                decile[0] += (at + e["start"], at + e["end"], e["entity_group"]) in kept
                decile[1] += 1
            at += len(part) + 1
        assert len(alone) == len(whole["words"])
        for i, word in enumerate(whole["words"]):
            same[10 * i // len(whole["words"])].append(alone[word["start"]] == word["label"])
    rates = [float(np.mean(s)) for s in same]
    print("%d novels in %d windows: largest score difference to HF on each window %.1e" % (len(books[:N_NOVELS]), n_windows, worst))
    print("words labelled as sentence by sentence, by tenth of the text: " + " ".join("%.3f" % r for r in rates))
    print("entities of sentences found in the whole, by tenth: " + " ".join("%.2f" % (a / max(b, 1)) for a, b in entities))
    found, total = sum(a for a, _ in entities), sum(b for _, b in entities)
    print("entities of sentences found in the whole: %d of %d" % (found, total))
    assert n_windows > 4 * len(books[:N_NOVELS])
    # Flat: the second half of the texts agrees as the first does, and no tenth falls out.
    assert np.mean(rates[5:]) > np.mean(rates[:5]) - 0.02 and min(rates) > np.mean(rates) - 0.05, rates
    late = sum(a for a, _ in entities[5:]) / sum(b for _, b in entities[5:])
    early = sum(a for a, _ in entities[:5]) / sum(b for _, b in entities[:5])
    assert late > early - 0.1, (early, late)


def check_odd(nomen, trained, books, scratch):
    """A file of some hundred thousand odd characters, with a mark at its beginning: each word is the text at its
    offsets, and the three units mean the same places, across all segments and windows."""
    rng = random.Random(8)
    names = [word for book in books[:9] for word, tag_of in book if tag_of != "O"]
    odd = ["\r\n", "\n", "\0", "\u05e9\u05c1\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "\u200f", "e\u0301", "\U0001f600",
           "\U00010348", "\u6771\u4eac", "\ufeff", "\t", "\u00a0", "[MASK]", "x" * 150]
    text = "".join(rng.choice(odd if rng.random() < 0.4 else names) + rng.choice([" ", " ", "", ", "]) for _ in range(60000))
    path = os.path.join(scratch, "odd")
    with open(path, "wb") as file:
        file.write(b"\xef\xbb\xbf" + text.encode())
    places = []
    for unit in ("codepoint", "byte", "utf16"):
        done = hf.run([nomen, "tag", "--model", trained, "--input", "file", "--json", "--offsets", unit, "--quiet", path])
        answer = json.loads(done.stdout)
        assert answer["text"] == text
        encoded = text.encode("utf-16-le" if unit == "utf16" else "utf-8")
        for e in answer["entities"]:
            if unit == "codepoint":
                word = text[e["start"]:e["end"]]
            elif unit == "byte":
                word = encoded[e["start"]:e["end"]].decode()
            else:
                word = encoded[2 * e["start"]:2 * e["end"]].decode("utf-16-le")
            assert word == e["word"], (unit, e)
        places.append([(e["entity_group"], e["word"], e["score"]) for e in answer["entities"]])
    assert places[0] == places[1] == places[2] and len(places[0]) > 100, len(places[0])
    print("%d entities in %d odd characters: each word is the text at its offsets, in three units" % (len(places[0]), len(text)))


def training_texts(rows, books):
    """Sentences of GMB, and passages of novels that are not tagged here: up to a window long, so that no place in it is
    new to the model."""
    types = {"PER": "per", "FAC": "geo", "LOC": "geo", "GPE": "gpe", "VEH": "art", "ORG": "org"}
    found = common.labelled(rows[:1500])
    for book in books[N_NOVELS:]:
        for first in range(0, len(book) - 20, 300):
            words, tags = zip(*book[first:first + 300])
            found.append((words, [t if t == "O" else t[:2] + types[t[2:]] for t in tags]))
    return found


def main():
    nomen, source = sys.argv[1:3]
    rows, books = common.gmb_rows(source), common.novels(source)
    with tempfile.TemporaryDirectory() as scratch:
        trained = common.train_head(nomen, source, "bert-base-cased", training_texts(rows, books), scratch, 3)
        check_context(nomen, trained, rows[1500:], 16, 64)
        check_context(nomen, trained, rows[1500:], 64, 128)
        check_context(nomen, trained, rows[1500:], 300, 512)
        check_novels(nomen, trained, books)
        check_odd(nomen, trained, books, scratch)


main()
