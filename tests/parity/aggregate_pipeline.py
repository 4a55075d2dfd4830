"""Entities of the five aggregation strategies against Hugging Face's token-classification pipeline.

usage: aggregate_pipeline.py AGGREGATE_DRIVER SHARED_DIR

A tiny BERT with random weights, large enough to give every label, runs in the pipeline over real and hostile
texts, with several vocabularies and label sets; nomen aggregates the same probabilities. Then the
pipeline's aggregation is fed with made-up pieces: ties, NaNs, one label, groups of hundreds of pieces.
Labels, spans, indices and scores must be the same, the scores bit for bit: both add float32 numbers in
one order (numpy's pairwise sum), so there is nothing to tolerate.
"""
import io
import json
import math
import os
import random
import struct
import subprocess
import sys
import tempfile
import zipfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import numpy as np
import torch
from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast, TokenClassificationPipeline

DRIVER, SHARED = sys.argv[1], sys.argv[2]
LONG = os.environ.get("NOMEN_LONG") == "1"
N_TEXTS = 2000 if LONG else 40  # of each corpus, for each vocabulary
N_SYNTHETIC = 3000 if LONG else 240
STRATEGIES = ["none", "simple", "first", "average", "max"]

LABEL_SETS = {
    "gmb": ["O"] + [p + t for p in ("B-", "I-") for t in ("art", "eve", "geo", "gpe", "nat", "org", "per", "tim")],
    "wnut": ["B-corporation", "B-creative-work", "I-corporation", "I-creative-work", "O", "B-person", "I-person"],
    "odd": ["O", "PER", "B-", "I-", "B-O", "X-O", "X-per", "B-per", "I-per", "creative-work", "b-per", "-", "", "Größe"],
    "default": None,  # LABEL_0 ...
    "no O": ["B-a", "I-a", "B-b", "I-b"],
    "one": ["I-x"],
}

HOSTILE = [
    "a", "!", "  ", "Bill Gates is the founder of Microsoft", "naïve café Zürich n\u0303 A\u030a\u0323 \u1e9b\u0323",
    "\U0001f600\U0001f468\u200d\U0001f469 Emma\U0001f600Stone", "東京は日本の首都です。 北京 Tokyo東京", "İstanbul ŞIŞLI ẞ ß ﬁ ﬂ Ⅷ ½",
    "x" * 120 + " after", "don't U.S.A. 3.14 e-mail@example.com #tag", "tabs\tand\nnewlines\r\n and \u00a0 and \u2028",
    "zero\u200bwidth\u00adhyphen \ufeff bom", "[CLS] [SEP] [UNK] [MASK] unaffable", "\U00010348\U00010349 \U0001d54f",
    "привет мир Москва", "مرحبا العالم", "नमस्ते दुनिया", "สวัสดี", "한국어 텍스트", "\u0000nul\u0001one", "…—“quoted”",
]


class Probe(TokenClassificationPipeline):
    """Keeps what the aggregation was given, or replaces it."""
    made_up = None
    seen = None

    def gather_pre_entities(self, *args, **kwargs):
        self.seen = self.made_up if self.made_up is not None else super().gather_pre_entities(*args, **kwargs)
        return self.seen


def tiny_vocab(directory):
    """A vocabulary for machines without the real ones: letters and a few longer pieces."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [chr(c) for c in range(33, 127)] + list("éüñ東京日本")
    pieces += letters + ["##" + c for c in letters] + ["the", "of", "##er", "##ates", "Micro", "##soft", "Bi", "##ll"]
    path = os.path.join(directory, "vocab.txt")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(pieces) + "\n")
    return BertTokenizerFast(vocab=path, do_lower_case=False)


def vocabularies(directory):
    found = {"tiny": tiny_vocab(directory)}
    base = os.path.join(SHARED, "vocab")
    for name in sorted(os.listdir(base)) if os.path.isdir(base) else []:
        if not os.path.exists(os.path.join(base, name, "vocab.txt")):
            continue  # no vocabulary of BERT's kind
        with open(os.path.join(base, name, "tokenizer_config.json"), encoding="utf-8") as f:
            lower = json.load(f).get("do_lower_case", True)
        found[name] = BertTokenizerFast(vocab=os.path.join(base, name, "vocab.txt"), do_lower_case=lower)
    return found


def texts():
    found = list(HOSTILE)
    try:
        import csv
        with zipfile.ZipFile(os.path.join(SHARED, "data/gmb/ner_text_labels.csv.zip")) as z, z.open("ner.csv") as f:
            rows = [row[0] for row in csv.reader(io.TextIOWrapper(f, encoding="utf-8", newline=""))][1:]
        found += random.Random(1).sample(rows, N_TEXTS)
        with open(os.path.join(SHARED, "data/wnut17/test.conll"), encoding="utf-8") as f:
            blocks = f.read().split("\n\n")
        found += [" ".join(line.split("\t")[0] for line in b.split("\n") if line.strip()) for b in blocks[:N_TEXTS]]
    except FileNotFoundError:
        print("no %s/data: only the script's own texts are compared" % SHARED)
    return found


def pack(value):
    if isinstance(value, str):
        value = value.encode("utf-8")
    return struct.pack("=I", len(value)) + value


class Case:
    """A text's pieces as the driver reads them, and the answers of the pipeline."""

    def __init__(self, text, pieces, tokens, word_ids, answers):
        places = [0]
        for c in text:
            places.append(places[-1] + len(c.encode("utf-8")))
        self.text, self.answers, self.word_ids = text, answers, word_ids
        self.scores = np.array([p["scores"] for p in pieces], dtype=np.float32)
        n_words = 1 + max(word_ids, default=-1)
        self.words = []
        for w in range(n_words):
            own = [p for p, i in zip(pieces, word_ids) if i == w]
            self.words.append((own[0]["start"], own[-1]["end"]))
        spans = lambda a, b: struct.pack("=II", places[a], places[b])
        self.packed = pack(text) + struct.pack("=I", n_words) + b"".join(spans(*w) for w in self.words)
        self.packed += struct.pack("=I", len(pieces))
        for p, token, word in zip(pieces, tokens, word_ids):
            self.packed += spans(p["start"], p["end"]) + struct.pack("=i", word) + pack(token)
        self.packed += self.scores.tobytes()


def same_score(got, want):
    return (got is None and math.isnan(want)) or (got is not None and np.float32(got) == np.float32(want))


def compare_words(case, strategy, words, labels):
    assert len(words) == len(case.words)
    for w, (word, span) in enumerate(zip(words, case.words)):
        rows = case.scores[[i for i, word_id in enumerate(case.word_ids) if word_id == w]]
        if strategy == "average":
            row = np.nanmean(rows, axis=0)
        elif strategy == "max":
            row = max(rows, key=lambda r: r.max())
        else:
            row = rows[0]
        assert (word["start"], word["end"]) == span, (case.text, strategy, word, span)
        assert word["label"] == labels[row.argmax()], (case.text, strategy, word, row)
        assert len(word["scores"]) == len(set(labels))
        for label, x in zip(labels, row):
            assert same_score(word["scores"][label], x), (case.text, strategy, word, label, x)


def run(cases, labels, unknown):
    packed = struct.pack("=I", len(labels)) + b"".join(map(pack, labels)) + pack(unknown)
    packed += struct.pack("=II", 0, len(cases)) + b"".join(c.packed for c in cases)
    done = subprocess.run([DRIVER], input=packed, capture_output=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode("utf-8").split("\n")
    assert len(lines) == 5 * len(cases) + 1
    n = 0
    for i, line in enumerate(lines[:-1]):
        case, strategy = cases[i // 5], STRATEGIES[i % 5]
        got, want = json.loads(line), case.answers[strategy]
        assert got["text"] == case.text
        assert len(got["entities"]) == len(want), (case.text, strategy, got["entities"], want)
        for g, w in zip(got["entities"], want):
            keys = ["entity", "score", "index"] if strategy == "none" else ["entity_group", "score"]
            assert list(g) == keys + ["word", "start", "end"], g
            for key in g:
                if key == "score":
                    assert same_score(g[key], w[key]), (case.text, strategy, g, w)
                elif key == "word":
                    assert g["word"] == case.text[w["start"]:w["end"]], (case.text, g, w)
                else:
                    assert g[key] == w[key], (case.text, strategy, g, w)
        compare_words(case, strategy, got["words"], labels)
        n += len(want)
    return n


def real_cases(pipe, some_texts, labels):
    cases = []
    for number, text in enumerate(some_texts):
        with torch.no_grad():
            outputs = [pipe.forward(x) for x in pipe.preprocess(text, is_split_into_words=False)]
        answers = {}
        for strategy in STRATEGIES:
            answers[strategy] = pipe.postprocess(outputs, aggregation_strategy=strategy_of(strategy))
            if number < 3:  # the same as by the front door
                assert pipe(text, aggregation_strategy=strategy) == answers[strategy]
        encoding = pipe.tokenizer(text, truncation=True)
        ids, word_ids = encoding["input_ids"][1:-1], encoding.word_ids()[1:-1]
        keep = [i for i, w in enumerate(outputs[0]["special_tokens_mask"][0][1:-1]) if not w]
        if len(keep) != len(ids):
            continue  # [SEP] and the like in the text: the pipeline drops them, and nomen's caller would too
        cases.append(Case(text, list(pipe.seen), pipe.tokenizer.convert_ids_to_tokens(ids), word_ids, answers))
    return cases


def strategy_of(name):
    from transformers.pipelines.token_classification import AggregationStrategy
    return AggregationStrategy(name)


def synthetic_cases(pipe, labels, rng):
    """Pieces of one letter each; "##" before the token makes it continue a word."""
    cases, k = [], len(labels)
    outputs = None
    for _ in range(N_SYNTHETIC // len(LABEL_SETS)):
        n = rng.choice([1, 2, 5, 9, 40, rng.randint(1, 400)])
        kind = rng.choice(["free", "ties", "nan", "all nan", "one type"])
        scores = np.random.default_rng(rng.getrandbits(32)).random((n, k)).astype(np.float32)
        if kind == "ties":
            scores = np.round(scores * 3).astype(np.float32) / np.float32(3)
        if kind == "one type":
            scores[:, -1] += 1  # one label throughout, so groups are long
        if kind == "nan":
            scores[np.random.default_rng(rng.getrandbits(32)).random((n, k)) < 0.1] = np.nan
        if kind == "all nan":
            scores[:] = np.nan
        subword = [rng.random() < 0.4 for _ in range(n)]
        text = " ".join("é" * n) if rng.random() < 0.5 else " ".join("a" * n)
        pipe.made_up = [{"word": "x", "scores": scores[i], "start": 2 * i, "end": 2 * i + 1, "index": i + 1,
                         "is_subword": subword[i]} for i in range(n)]
        if outputs is None:
            with torch.no_grad():
                outputs = [pipe.forward(x) for x in pipe.preprocess("a", is_split_into_words=False)]
        answers = {s: pipe.postprocess(outputs, aggregation_strategy=strategy_of(s)) for s in STRATEGIES}
        word_ids = list(np.cumsum([0] + [not s for s in subword[1:]]))
        tokens = ["##b" if s else "b" for s in subword]
        cases.append(Case(text, pipe.made_up, tokens, [int(w) for w in word_ids], answers))
    pipe.made_up = None
    return cases


def main():
    np.seterr(all="ignore")
    import warnings
    warnings.simplefilter("ignore")
    torch.manual_seed(7)
    torch.set_num_threads(1)
    rng = random.Random(7)
    all_texts = texts()
    n_texts = n_entities = 0
    with tempfile.TemporaryDirectory() as directory:
        tokenizers = vocabularies(directory)
        for number, (set_name, labels) in enumerate(LABEL_SETS.items()):
            for place, (vocab_name, tokenizer) in enumerate(tokenizers.items()):
                if not LONG and (number + place) % 2 == 1 and set_name != "gmb":
                    continue  # the short form takes every other pair
                extra = {} if labels is None else {"id2label": dict(enumerate(labels))}
                count = 5 if labels is None else len(labels)
                config = BertConfig(vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_labels=count,
                                    num_attention_heads=2, intermediate_size=16, **extra)
                model = BertForTokenClassification(config).eval()
                with torch.no_grad():
                    model.classifier.weight.normal_(std=1.5)  # so that labels differ from piece to piece
                tokenizer.model_max_length = 512
                pipe = Probe(model=model, tokenizer=tokenizer, device=-1)
                names = [model.config.id2label[k] for k in range(count)]
                chosen = all_texts if set_name == "gmb" else HOSTILE + all_texts[len(HOSTILE)::5]
                cases = real_cases(pipe, chosen, names)
                if place == 0:
                    cases += synthetic_cases(pipe, names, rng)
                n_entities += run(cases, names, tokenizer.unk_token)
                n_texts += len(cases)
    print("%d texts with %d vocabularies and %d label sets: all %d entities equal the pipeline's, scores bit for bit"
          % (n_texts, len(tokenizers), len(LABEL_SETS), n_entities))


main()
