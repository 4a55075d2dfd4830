"""The recipes in both programs, by hand: the same sentences, split and first head, several seeds.

usage: recipes.py NOMEN MODEL_DIR GMB_CSV [RECIPE [SEEDS [ROWS]]]

Trains MODEL_DIR (all-MiniLM-L6-v2) on the first ROWS (1000) sentences of GMB_CSV (ner.csv) with each
--recipe, or those of RECIPE (with commas), in nomen and in PyTorch with transformers, and scores the test part of the
article's split. Dropout and the order of sentences differ between the two programs, so single runs
differ; the means should not: reported are mean, standard deviation, and the difference of the means in
standard errors. Prints one JSON line a run, and a table at the end. Takes an hour on two cores.
"""
import json
import os
import statistics
import sys
import tempfile
import time

import numpy as np
import pandas as pd
import seqeval.metrics
import torch
import transformers

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf

RECIPES = {
    "seed": dict(epochs=5, batch=2, optimizer="sgd", rate=5e-3, decay=0.0, clip=0.0, warmup=0.0),
    "fast": dict(epochs=1, batch=16, optimizer="adamw", rate="auto", decay=0.01, clip=1.0, warmup=0.1),
    "default": dict(epochs=3, batch=16, optimizer="adamw", rate="auto", decay=0.01, clip=1.0, warmup=0.1),
    "best": dict(epochs=6, batch=16, optimizer="adamw", rate="auto", decay=0.01, clip=1.0, warmup=0.1),
}


def rate_of(recipe, model):
    """--learning-rate auto (docs/TRAINING.md), or the recipe's own."""
    if recipe["rate"] != "auto":
        return recipe["rate"]
    return min(max(5e-5 * (768 / model.config.hidden_size) ** 2, 2e-5), 4e-4)


def predict(model, tokenizer, sentences):
    """Tags of the words: of the first piece; O for a word without one."""
    model.eval()
    tags = []
    with torch.no_grad():
        for first in range(0, len(sentences), 16):
            words = [s[0] for s in sentences[first:first + 16]]
            inputs = tokenizer(words, is_split_into_words=True, padding=True, return_tensors="pt")
            best = model(**inputs).logits.argmax(-1).tolist()
            for i, sentence in enumerate(words):
                found, last = ["O"] * len(sentence), None
                for place, word in enumerate(inputs.word_ids(i)):
                    if word is not None and word != last:
                        found[word] = model.config.id2label[best[i][place]]
                    last = word
                tags.append(found)
    return tags


def score(model, tokenizer, sentences):
    gold, got = [s[1] for s in sentences], predict(model, tokenizer, sentences)
    accuracy = statistics.mean(sum(a == b for a, b in zip(g, p)) / len(g) for g, p in zip(gold, got))
    return accuracy, seqeval.metrics.f1_score(gold, got)


def train_torch(start, recipe, parts, seed):
    r = RECIPES[recipe]
    torch.manual_seed(seed)
    model = transformers.AutoModelForTokenClassification.from_pretrained(start)
    tokenizer = transformers.AutoTokenizer.from_pretrained(start)
    examples = [hf.encode(tokenizer, s, model.config.label2id) for s in parts[0]]
    n_steps = (len(examples) + r["batch"] - 1) // r["batch"] * r["epochs"]
    if r["optimizer"] == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr=rate_of(r, model))
        schedule = transformers.get_constant_schedule(optimizer)
    else:
        optimizer = torch.optim.AdamW(hf.parameter_groups(model, r["decay"]), lr=rate_of(r, model))
        schedule = transformers.get_linear_schedule_with_warmup(
            optimizer, int(np.ceil(r["warmup"] * n_steps)), n_steps)
    best, kept, losses = -1.0, None, []
    for _ in range(r["epochs"]):
        model.train()
        order, total, pieces = torch.randperm(len(examples)).tolist(), 0.0, 0
        for first in range(0, len(order), r["batch"]):
            batch = hf.collate([examples[i] for i in order[first:first + r["batch"]]])
            loss = model(**batch).loss
            loss.backward()
            if r["clip"] > 0:
                torch.nn.utils.clip_grad_norm_(model.parameters(), r["clip"])
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            n = int((batch["labels"] != -100).sum())
            total, pieces = total + loss.item() * n, pieces + n
        losses.append(total / pieces)
        dev = score(model, tokenizer, parts[1])[1]
        if dev > best:
            best, kept = dev, {k: v.clone() for k, v in model.state_dict().items()}
    model.load_state_dict(kept)
    return (*score(model, tokenizer, parts[2]), losses)


def train_nomen(nomen, start, recipe, data, rows, seed, output):
    done = hf.run([nomen, "train", "--model", start, "--train", data, "--rows", str(rows), "--recipe", recipe,
                   "--numpy-split", "true", "--seed", str(seed), "-o", output, "--json", "--quiet"])
    result = json.loads(done.stdout)
    return (result["test"]["sentence_accuracy"], result["test"]["f1"], [e["loss"] for e in result["epochs"]])


def main():
    nomen, base, data = sys.argv[1:4]
    recipes = sys.argv[4].split(",") if len(sys.argv) > 4 else list(RECIPES)
    n_seeds = int(sys.argv[5]) if len(sys.argv) > 5 else 5
    rows = int(sys.argv[6]) if len(sys.argv) > 6 else 1000
    table = pd.read_csv(data, keep_default_na=False)[:rows]
    shuffled = table.sample(frac=1, random_state=42)
    cuts = [int(.8 * len(table)), int(.9 * len(table))]
    parts = [[(t.split(" "), l.split(" ")) for t, l in zip(part.text, part.labels)]
             for part in (shuffled[:cuts[0]], shuffled[cuts[0]:cuts[1]], shuffled[cuts[1]:])]
    found = {}
    for label in table.labels:
        found.update(dict.fromkeys(label.split(" ")))
    labels = ["O"] + sorted(set(found) - {"O"})
    scores = {}
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(n_seeds):
            start = os.path.join(scratch, "start%d" % seed)
            torch.manual_seed(1000 + seed)
            model = transformers.AutoModelForTokenClassification.from_pretrained(
                base, num_labels=len(labels), id2label=dict(enumerate(labels)),
                label2id={name: i for i, name in enumerate(labels)})
            model.save_pretrained(start)
            transformers.AutoTokenizer.from_pretrained(base).save_pretrained(start)
            for recipe in recipes:
                for who in ("nomen", "torch"):
                    began = time.time()
                    if who == "nomen":
                        result = train_nomen(nomen, start, recipe, data, rows, seed,
                                             os.path.join(scratch, "%s%d" % (recipe, seed)))
                    else:
                        result = train_torch(start, recipe, parts, seed)
                    scores.setdefault((recipe, who), []).append(result[:2])
                    print(json.dumps({"recipe": recipe, "who": who, "seed": seed, "accuracy": result[0],
                                      "f1": result[1], "losses": result[2], "seconds": time.time() - began}), flush=True)
    for recipe in recipes:
        for i, what in enumerate(("accuracy", "F1")):
            a, b = ([s[i] for s in scores[recipe, who]] for who in ("nomen", "torch"))
            spread = [statistics.stdev(x) if len(x) > 1 else 0.0 for x in (a, b)]
            error = (spread[0] ** 2 / len(a) + spread[1] ** 2 / len(b)) ** 0.5 or 1.0
            print("%-8s %-9s nomen %.4f (sd %.4f, median %.4f)  torch %.4f (sd %.4f)  difference %+.2f standard errors" %
                  (recipe, what, statistics.mean(a), spread[0], statistics.median(a), statistics.mean(b), spread[1],
                   (statistics.mean(a) - statistics.mean(b)) / error))


main()
