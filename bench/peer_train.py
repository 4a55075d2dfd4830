"""Training in PyTorch, driven by lines as bench/engine.c is.

usage: peer_train.py best MODEL CSV BATCH THREADS     best practice, see below
       peer_train.py seed MODEL CSV 2 THREADS         the loop of the seed article

best: fused AdamW, scaled-dot-product attention, sentences grouped by length as the Trainer's
length-grouped sampler does, batches padded to their longest, HF's parameter groups, the norm clipped to 1.
seed: batches of two in random order, each padded to 512; SGD 5e-3; the accuracy of each sentence.

Commands: steps N: N optimiser steps; their seconds and tokens (without padding).
"""
import csv
import random
import sys
import time

import torch
import transformers

import worker

IGNORE = -100


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [(row["text"].split(" "), row["labels"].split(" ")) for row in csv.DictReader(file)]


def encode(tokenizer, label2id, words, labels, **options):
    """ids, mask and targets: the label on each word's first piece."""
    encoding = tokenizer(words, is_split_into_words=True, truncation=True, max_length=512, **options)
    targets, last = [], None
    for word in encoding.word_ids():
        targets.append(IGNORE if word is None or word == last else label2id[labels[word]])
        last = word
    return encoding["input_ids"], encoding["attention_mask"], targets


def tensors(examples, pad):
    """Examples padded to the longest of them."""
    longest = max(len(ids) for ids, _, _ in examples)

    def column(which, filling):
        return torch.tensor([e[which] + [filling] * (longest - len(e[which])) for e in examples])
    return {"input_ids": column(0, pad), "attention_mask": column(1, 0), "labels": column(2, IGNORE)}


class Best:
    """One optimiser step as the Trainer does it."""

    def __init__(self, model, tokenizer, sentences, size):
        self.model = model
        examples = [encode(tokenizer, model.config.label2id, *s) for s in sentences]
        random.Random(0).shuffle(examples)
        # Groups of 50 batches are sorted by length; the batches come in random order.
        batches = []
        for at in range(0, len(examples), 50 * size):
            group = sorted(examples[at:at + 50 * size], key=lambda e: -len(e[0]))
            batches += [group[i:i + size] for i in range(0, len(group) - size + 1, size)]
        random.Random(1).shuffle(batches)
        self.batches = [tensors(batch, tokenizer.pad_token_id) for batch in batches]
        plain = [p for n, p in model.named_parameters() if "LayerNorm" in n or n.endswith("bias")]
        decayed = [p for n, p in model.named_parameters() if not ("LayerNorm" in n or n.endswith("bias"))]
        groups = [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=5e-5, fused=True)

    def step(self, batch):
        loss = self.model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()


class Seed:
    """One step of the seed article's loop."""

    def __init__(self, model, tokenizer, sentences, size):
        self.model = model
        examples = [encode(tokenizer, model.config.label2id, *s, padding="max_length") for s in sentences]
        random.Random(0).shuffle(examples)
        self.batches = [tensors(examples[i:i + size], tokenizer.pad_token_id) for i in range(0, len(examples), size)]
        self.optimizer = torch.optim.SGD(model.parameters(), lr=5e-3)
        self.accuracy = self.loss = 0.0

    def step(self, batch):
        self.optimizer.zero_grad()
        output = self.model(**batch)
        for logits, targets in zip(output.logits, batch["labels"]):
            counted = targets != IGNORE
            self.accuracy += (logits[counted].argmax(dim=1) == targets[counted]).float().mean()
        output.loss.backward()
        self.optimizer.step()
        self.loss += output.loss.item()


class Peer:
    def __init__(self, kind, directory, path, size, threads):
        transformers.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        torch.set_num_threads(int(threads))
        torch.manual_seed(0)
        tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
        model = transformers.AutoModelForTokenClassification.from_pretrained(directory)
        model.train()
        self.work = (Best if kind == "best" else Seed)(model, tokenizer, read(path), int(size))
        self.next = 0

    def steps(self, n):
        began, tokens = time.perf_counter(), 0
        for _ in range(int(n)):
            batch = self.work.batches[self.next % len(self.work.batches)]
            self.next += 1
            self.work.step(batch)
            tokens += int(batch["attention_mask"].sum())
        return {"seconds": time.perf_counter() - began, "tokens": tokens}


def main():
    peer = Peer(*sys.argv[1:6])
    worker.serve({"steps": peer.steps}, {"name": "PyTorch"})


main()
