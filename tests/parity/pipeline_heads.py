"""Heads without names, or named by the caller: pipeline("ner") against `nomen tag`.

usage: pipeline_heads.py NOMEN SOURCE_DIR

A trained head is saved as people have them, and every strategy must give the same entities on texts of GMB, with scores
within 1e-4: under LABEL_n as transformers makes them, without O among its names, with two labels (which save_pretrained
leaves out of config.json), with `--labels` for what a change of id2label does in Python, and with an int8 directory that
was made with them. Beside it: `eval` on tags LABEL_n and n against seqeval.
"""
import json
import os
import sys
import tempfile

import torch
import transformers
from seqeval.metrics import f1_score

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf
from pipeline_common import STRATEGIES, compare, gmb_rows, labelled, load, run_pipeline, tag, train_head

N_TEXTS = 1000 if os.environ.get("NOMEN_LONG") else 100


def name(model, labels):
    """Has a model call its labels so; None for what transformers calls them."""
    labels = labels or ["LABEL_%d" % i for i in range(model.config.num_labels)]
    model.config.id2label = dict(enumerate(labels))
    model.config.label2id = {label: i for i, label in enumerate(labels)}


def save(model, tokenizer, directory):
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return hf.load_json(os.path.join(directory, "config.json"))


class Heads:
    def __init__(self, nomen, source, scratch):
        self.nomen, self.scratch, self.failed = nomen, scratch, 0
        rows = gmb_rows(source)
        self.texts = [r["text"] for r in rows[::len(rows) // N_TEXTS]][:N_TEXTS]
        self.sentences = labelled(rows[1500:1600])
        self.trained = train_head(nomen, source, "bert-base-cased", labelled(rows[:700]), scratch, epochs=3)
        self.labels = [load(self.trained)[0].config.id2label[i] for i in range(len(hf.LABELS))]

    def path(self, *parts):
        return os.path.join(self.scratch, *parts)

    def same(self, title, model, tokenizer, *commands):
        """The pipeline's entities, by every (directory, options) of nomen."""
        pipe, answers = run_pipeline(model, tokenizer, self.texts)
        for directory, options in commands:
            for strategy in STRATEGIES:
                n, wrong = compare(pipe, self.texts, [a[strategy] for a in answers],
                                   tag(self.nomen, directory, self.texts, strategy, options=options), strategy, title)
                self.failed += wrong
                assert n > 60, "too few entities to tell anything"

    def unnamed(self):
        model, tokenizer = load(self.trained)
        name(model, None)
        config = save(model, tokenizer, self.path("unnamed"))
        assert config["id2label"]["3"] == "LABEL_3"
        self.same("LABEL_n", *load(self.path("unnamed")), (self.path("unnamed"), []))

    def given(self):
        """--labels is what id2label is in Python, prefixes or not, O or not."""
        model, tokenizer = load(self.path("unnamed"))
        without_o = ["OUT" if label == "O" else label for label in self.labels]
        plain = ["O"] + ["T%d" % i for i in range(1, len(self.labels))]
        for title, labels in [("named", self.labels), ("no O", without_o), ("plain", plain)]:
            name(model, labels)
            with open(self.path("labels.txt"), "w", encoding="utf-8") as file:
                file.write("\n".join(labels) + "\n")
            self.same(title, model, tokenizer, (self.path("unnamed"), ["--labels", self.path("labels.txt")]),
                      (self.trained, ["--labels", ",".join(labels)]))  # in place of its own

    def two_labels(self):
        model, tokenizer = load(self.trained)
        config = model.config.__class__(**{**model.config.to_dict(), "id2label": None, "label2id": None, "num_labels": 2})
        two = transformers.BertForTokenClassification(config)
        two.bert.load_state_dict(model.bert.state_dict())
        with torch.no_grad():  # O against all others
            two.classifier.weight[0] = model.classifier.weight[0]
            two.classifier.bias[0] = model.classifier.bias[0]
            two.classifier.weight[1] = model.classifier.weight[1:].mean(0)
            two.classifier.bias[1] = model.classifier.bias[1:].mean()
        config = save(two, tokenizer, self.path("two"))
        assert "id2label" not in config, config
        self.same("two", *load(self.path("two")), (self.path("two"), []))

    def scores(self):
        """Gold as LABEL_n, and as numbers: seqeval's F1 of the labels that transformers' model gives the words."""
        model, tokenizer = load(self.path("unnamed"))
        ids = {label: i for i, label in enumerate(self.labels)}
        sentences = [(words, [ids[t] for t in tags]) for words, tags in self.sentences if all(t in ids for t in tags)]
        sentences = [s for s in sentences if len(tokenizer(s[0], is_split_into_words=True)["input_ids"]) <= 512]
        gold, predicted = [], []
        for words, tags in sentences:
            encoding = tokenizer(words, is_split_into_words=True, return_tensors="pt")
            with torch.no_grad():
                best = model(**encoding).logits[0].argmax(-1)
            found = ["O"] * len(words)
            for piece, word in reversed(list(enumerate(encoding.word_ids()))):
                if word is not None:
                    found[word] = model.config.id2label[int(best[piece])]
            gold.append(["LABEL_%d" % t for t in tags])
            predicted.append(found)
        expected = f1_score(gold, predicted)
        for form in (lambda t: "LABEL_%d" % t, lambda t: t):
            with open(self.path("gold.jsonl"), "w", encoding="utf-8") as file:
                file.writelines(json.dumps({"tokens": w, "ner_tags": [form(t) for t in tags]}) + "\n" for w, tags in sentences)
            done = hf.run([self.nomen, "eval", "--model", self.path("unnamed"), "--json", "--quiet", "--replicates", "0",
                           self.path("gold.jsonl")])
            f1 = json.loads(done.stdout)["f1"]
            assert abs(f1 - expected) < 1e-9, (f1, expected)
        print("eval of %d sentences: F1 %.4f, as seqeval's" % (len(sentences), expected))

    def quantized(self):
        """What is written has the names given, and transformers reads them."""
        directory = self.path("int8")
        hf.run([self.nomen, "quantize", "--model", self.path("unnamed"), "-o", directory, "--no-gate", "--quiet",
                "--labels", ",".join(self.labels)])
        config = transformers.AutoConfig.from_pretrained(directory)
        assert [config.id2label[i] for i in range(len(self.labels))] == self.labels
        assert config.label2id == {label: i for i, label in enumerate(self.labels)}
        bare = self.path("int8-unnamed")
        hf.run([self.nomen, "quantize", "--model", self.path("unnamed"), "-o", bare, "--no-gate", "--quiet"])
        config = transformers.AutoConfig.from_pretrained(bare)
        assert config.id2label == {i: "LABEL_%d" % i for i in range(len(self.labels))}


def main():
    with tempfile.TemporaryDirectory() as scratch:
        heads = Heads(sys.argv[1], sys.argv[2], scratch)
        heads.unnamed()
        heads.given()
        heads.two_labels()
        heads.scores()
        heads.quantized()
    sys.exit(1 if heads.failed else 0)


main()
