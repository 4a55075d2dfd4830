"""A directory that nomen trained, loaded by transformers: pipeline("ner") against `nomen tag`.

usage: pipeline_tag.py NOMEN SOURCE_DIR [MODEL_DIR]

Every strategy on 2,000 sentences of GMB, with --words bert: the same entities, labels and offsets, scores
within 1e-4, all keys but "word" (nomen gives the true slice of the text). A label may differ only where
the two largest probabilities of a piece are within 1e-4 of each other: both programs compute in
float32 and round differently. Beside it: the labels of AutoModelForTokenClassification's config, and
AutoTokenizer's ids against `nomen tokenize`.
"""
import csv
import io
import json
import os
import sys
import tempfile
import zipfile

import transformers
from transformers.pipelines.token_classification import AggregationStrategy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf

TOLERANCE = 1e-4
N_SENTENCES = 2000
STRATEGIES = ["none", "simple", "first", "average", "max"]


def sentences(source):
    path = os.path.join(source, "..", "shared", "data", "gmb", "ner_text_labels.csv.zip")
    if not os.path.exists(path):
        print("skipped: %s is not there" % path)
        sys.exit(77)
    with zipfile.ZipFile(path) as archive:
        text = archive.read("ner.csv").decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    step = len(rows) // N_SENTENCES
    # One a line, so a text may hold no line break of any kind that either side would cut at.
    return rows, [r["text"] for r in rows[::step] if "\n" not in r["text"] and "\r" not in r["text"]][:N_SENTENCES]


def tag(nomen, model, texts, strategy):
    done = hf.run([nomen, "tag", "--model", model, "--words", "bert", "--aggregate", strategy, "--format", "jsonl",
                   "--quiet"], input="\n".join(texts) + "\n")
    answers = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
    assert [a["text"] for a in answers] == texts
    for answer in answers:
        for entity in answer["entities"]:
            assert entity["word"] == answer["text"][entity["start"]:entity["end"]]
    return [answer["entities"] for answer in answers]


class AllStrategies(transformers.TokenClassificationPipeline):
    """The pipeline itself, but each text's logits are aggregated by every strategy: the model runs once."""

    def postprocess(self, all_outputs, **_):
        whole = super().postprocess
        return {s: whole(all_outputs, AggregationStrategy(s)) for s in STRATEGIES}


def run_pipeline(model, tokenizer, texts):
    """Per text the entities of each strategy. By length, so that a batch is hardly padded."""
    pipe = AllStrategies(model=model, tokenizer=tokenizer)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    answers = [None] * len(texts)
    for i, answer in zip(order, pipe([texts[i] for i in order], batch_size=64)):
        answers[i] = answer
    # What the subclass gives is what the pipeline of that strategy gives.
    for strategy in STRATEGIES:
        plain = transformers.pipeline("ner", model=model, tokenizer=tokenizer, aggregation_strategy=strategy)
        key = "entity" if strategy == "none" else "entity_group"
        for text, answer in list(zip(texts, answers))[:20]:
            assert same(plain(text), answer[strategy], key), (strategy, text)
    return pipe, answers


def close_call(pipe, text, tolerance):
    """Whether some piece of a text has its two largest probabilities within the tolerance."""
    import torch
    inputs = pipe.tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        top = pipe.model(**inputs).logits.softmax(-1).topk(2).values[0]
    return bool(((top[:, 0] - top[:, 1]) < tolerance).any())


def same(expected, got, key):
    return len(expected) == len(got) and all(
        e[key] == g[key] and e["start"] == g["start"] and e["end"] == g["end"] and
        abs(float(e["score"]) - float(g["score"])) <= TOLERANCE and e.get("index") == g.get("index")
        for e, g in zip(expected, got))


def main():
    nomen, source = sys.argv[1:3]
    rows, texts = sentences(source)
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        if len(sys.argv) > 3:
            trained = sys.argv[3]
        else:
            start, trained = os.path.join(scratch, "start"), os.path.join(scratch, "trained")
            hf.make_model(start, os.path.join(source, "..", "shared", "vocab", "bert-base-cased"), dropout=0.1)
            data = os.path.join(scratch, "head.csv")
            with open(data, "w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, ["text", "labels"])
                writer.writeheader()
                writer.writerows({k: r[k] for k in ("text", "labels")} for r in rows[:1500])
            hf.run([nomen, "train", "--model", start, "--train", data, "-o", trained, "--quiet", "--learning-rate",
                    "2e-3", "--epochs", "2"])
        model = transformers.AutoModelForTokenClassification.from_pretrained(trained)
        tokenizer = transformers.AutoTokenizer.from_pretrained(trained)
        ids = hf.run([nomen, "tokenize", "--model", trained, "--json"], input="\n".join(texts) + "\n").stdout
        expected_ids = tokenizer(texts)["input_ids"]
        assert [json.loads(line)["ids"] for line in ids.split("\n")[:-1]] == expected_ids, "pieces differ"
        pipe, answers = run_pipeline(model, tokenizer, texts)
        for strategy in STRATEGIES:
            expected = [answer[strategy] for answer in answers]
            got = tag(nomen, trained, texts, strategy)
            key = "entity" if strategy == "none" else "entity_group"
            wrong = [i for i in range(len(texts)) if not same(expected[i], got[i], key)]
            excused = [i for i in wrong if close_call(pipe, texts[i], TOLERANCE)]
            n_entities = sum(map(len, expected))
            worst = max((abs(float(e["score"]) - g["score"]) for i in range(len(texts)) if i not in wrong
                         for e, g in zip(expected[i], got[i])), default=0)
            print("%-8s %d texts, %d entities, largest score difference %.1e, %d texts differ (%d close calls)" %
                  (strategy, len(texts), n_entities, worst, len(wrong), len(excused)))
            for i in [i for i in wrong if i not in excused][:3]:
                print("  ", texts[i], "\n  HF   ", expected[i], "\n  nomen", got[i])
            failed += len(wrong) - len(excused)
            assert n_entities > 1000, "too few entities to tell anything"
    sys.exit(1 if failed else 0)


main()
