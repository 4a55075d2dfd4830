"""The recipes in both programs, by hand: the same sentences, split and first head, several seeds.

usage: recipes.py NOMEN MODEL_DIR DATA SET [--recipes default,best] [--seeds 0,1,2,3,4] [--who nomen,torch] [--log FILE] [--set OPTION=VALUE]...

Trains MODEL_DIR (all-MiniLM-L6-v2) with each recipe in nomen and in PyTorch with transformers, and scores the test part. DATA
is the folder of labelled text (shared/data); SET one of
  gmb1000    the first 1,000 sentences of GMB: 800 are trained on, 100 are dev by the article's split; scored on 2,000 others
  gmb10000   the first 10,000 sentences, the next 1,000 are dev; scored on 10,000 others
  wnut17     its three parts
Dropout and the order of sentences differ between the two programs, so single runs differ; the means should not: reported are
mean, standard deviation, and the difference of the means in standard errors. --set gives hyper-parameters that only
nomen's runs get; learning-rate PyTorch's get as well. Each run is a JSON line, which is added to the log; what the log has is
not run again, so the work can be cut into pieces. Takes hours on two cores.
"""
import argparse
import json
import os
import shutil
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
    if "learning-rate" in recipe:
        return recipe["learning-rate"]
    if recipe["rate"] != "auto":
        return recipe["rate"]
    return min(max(5e-5 * (768 / model.config.hidden_size) ** 2, 2e-5), 4e-4)


def predict(model, tokenizer, sentences):
    """Tags of the words: of the first piece; O for a word without one."""
    model.eval()
    tags = [None] * len(sentences)
    order = sorted(range(len(sentences)), key=lambda i: len(sentences[i][0]))  # little padding
    with torch.no_grad():
        for places in (order[first:first + 16] for first in range(0, len(order), 16)):
            inputs = tokenizer([sentences[i][0] for i in places], is_split_into_words=True, padding=True, return_tensors="pt")
            best = model(**inputs).logits.argmax(-1).tolist()
            for i, sentence in enumerate(places):
                found, last = ["O"] * len(sentences[sentence][0]), None
                for place, word in enumerate(inputs.word_ids(i)):
                    if word is not None and word != last:
                        found[word] = model.config.id2label[best[i][place]]
                    last = word
                tags[sentence] = found
    return tags


def score(model, tokenizer, sentences):
    gold, got = [s[1] for s in sentences], predict(model, tokenizer, sentences)
    accuracy = statistics.mean(sum(a == b for a, b in zip(g, p)) / len(g) for g, p in zip(gold, got))
    return accuracy, seqeval.metrics.f1_score(gold, got)


def train_torch(start, r, parts, seed):
    torch.manual_seed(seed)
    model = transformers.AutoModelForTokenClassification.from_pretrained(start)
    tokenizer = transformers.AutoTokenizer.from_pretrained(start)
    examples = [hf.encode(tokenizer, s, model.config.label2id) for s in parts[0]]
    n_steps = (len(examples) + r["batch"] - 1) // r["batch"] * r["epochs"]
    if r["optimizer"] == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr=rate_of(r, model))
        schedule = transformers.get_constant_schedule(optimizer)
    else:
        optimizer = torch.optim.AdamW(hf.parameter_groups(model, r["decay"]), lr=rate_of(r, model), fused=True)
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


def train_nomen(nomen, start, recipe, files, seed, output, options):
    """Scores of the test part, and those of its types."""
    config = output + ".json"
    with open(config, "w") as file:
        json.dump(options, file)
    done = hf.run([nomen, "train", "--model", start, "--train", files[0], "--dev", files[1], "--test", files[2], "--config", config,
                   "--recipe", recipe, "--seed", str(seed), "-o", output, "--json", "--quiet"])
    shutil.rmtree(output)
    result = json.loads(done.stdout)
    return (result["test"]["sentence_accuracy"], result["test"]["f1"], [e["loss"] for e in result["epochs"]],
            {name: scores["f1"] for name, scores in result["test"]["per_type"].items()})


def read_conll(path):
    """Sentences as (words, tags)."""
    return [tuple(map(list, zip(*sentence))) for sentence in hf.read_conll(path)]


def make_parts(data, name):
    if name == "wnut17":
        return [read_conll(os.path.join(data, "wnut17", part + ".conll")) for part in ("train", "dev", "test")]
    table = pd.read_csv(os.path.join(data, "gmb", "ner_text_labels.csv.zip"), keep_default_na=False)
    all_of_it = [(t.split(" "), l.split(" ")) for t, l in zip(table.text, table.labels)]
    if name == "gmb10000":
        return [all_of_it[:10000], all_of_it[10000:11000], all_of_it[20000:30000]]
    order = table[:1000].sample(frac=1, random_state=42).index
    return [[all_of_it[i] for i in order[:800]], [all_of_it[i] for i in order[800:900]], all_of_it[20000:22000]]


def write_files(parts, directory):
    paths = [os.path.join(directory, name + ".conll") for name in ("train", "dev", "test")]
    for path, part in zip(paths, parts):
        hf.write_conll(path, [zip(*sentence) for sentence in part])
    return paths


def make_start(base, labels, seed, directory):
    """The same first head for both programs."""
    torch.manual_seed(1000 + seed)
    model = transformers.AutoModelForTokenClassification.from_pretrained(
        base, num_labels=len(labels), id2label=dict(enumerate(labels)), label2id={name: i for i, name in enumerate(labels)})
    model.save_pretrained(directory)
    transformers.AutoTokenizer.from_pretrained(base).save_pretrained(directory)


def read_log(path):
    if path is None or not os.path.exists(path):
        return []
    with open(path) as file:
        return [json.loads(line) for line in file]


def report(runs, key, whos):
    for what in ("accuracy", "f1"):
        scores = {who: [r[what] for r in runs if r["key"] == key + [who]] for who in whos}
        text = ["%s %.4f (n %d, sd %.4f)" % (who, statistics.mean(x), len(x), statistics.stdev(x) if len(x) > 1 else 0)
                for who, x in scores.items()]
        if len(whos) == 2 and all(len(x) > 1 for x in scores.values()):
            a, b = scores.values()
            error = (statistics.variance(a) / len(a) + statistics.variance(b) / len(b)) ** 0.5
            text.append("difference %+.2f standard errors" % ((statistics.mean(a) - statistics.mean(b)) / error))
        print("%s %-8s %s" % (" ".join(key), what, "; ".join(text)))


def main():
    parser = argparse.ArgumentParser()
    for name in ("nomen", "model", "data", "set"):
        parser.add_argument(name)
    parser.add_argument("--recipes", default=",".join(RECIPES))
    parser.add_argument("--seeds", type=lambda text: [int(seed) for seed in text.split(",")], default=list(range(5)))
    parser.add_argument("--who", default="nomen,torch")
    parser.add_argument("--log")
    parser.add_argument("--set", dest="options", action="append", default=[], metavar="OPTION=VALUE")
    args = parser.parse_args()
    options = {name: json.loads(value) if value[:1] in "0123456789" else value
               for name, value in (o.split("=", 1) for o in args.options)}
    if "torch" in args.who.split(",") and set(options) - {"learning-rate"}:
        parser.error("PyTorch's runs know of learning-rate alone: --set anything else with --who nomen")
    parts = make_parts(args.data, args.set)
    labels = ["O"] + sorted({tag for part in parts for _, tags in part for tag in tags} - {"O"})
    runs, whos, recipes = read_log(args.log), args.who.split(","), args.recipes.split(",")
    keys = [[args.set, recipe, " ".join(args.options)] for recipe in recipes]
    with tempfile.TemporaryDirectory() as scratch:
        files = write_files(parts, scratch)
        for seed in args.seeds:
            start = os.path.join(scratch, "start%d" % seed)
            make_start(args.model, labels, seed, start)
            for recipe, key, who in ((r, k, w) for r, k in zip(recipes, keys) for w in whos):
                if any(r["key"] == key + [who] and r["seed"] == seed for r in runs):
                    continue
                began = time.time()
                if who == "nomen":
                    result = train_nomen(args.nomen, start, recipe, files, seed, os.path.join(scratch, "out"), options)
                else:
                    result = (*train_torch(start, dict(RECIPES[recipe], **options), parts, seed), {})
                runs.append({"key": key + [who], "seed": seed, "accuracy": result[0], "f1": result[1], "losses": result[2],
                             "types": result[3], "seconds": time.time() - began})
                print(json.dumps(runs[-1]), flush=True)
                if args.log is not None:
                    with open(args.log, "a") as file:
                        file.write(json.dumps(runs[-1]) + "\n")
    for key in keys:
        report(runs, key, whos)


main()
