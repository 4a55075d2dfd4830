"""What is measured on: sentences and models, made once under build/bench.

Sentences are those of the Groningen Meaning Bank in ../shared/data where that is there, else those of examples/.
"""
import csv
import io
import json
import os
import shutil
import zipfile

import measure

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = os.path.join(ROOT, "..", "shared")
GMB = os.path.join(SHARED, "data", "gmb", "ner_text_labels.csv.zip")
VOCAB = os.path.join(SHARED, "vocab", "bert-base-cased")
MINILM = os.path.join(ROOT, "build", "models", "all-MiniLM-L6-v2")
BUILD = os.path.join(ROOT, "build", "bench")
TYPES = ("art", "eve", "geo", "gpe", "nat", "org", "per", "tim")
LABELS = ["O"] + sorted(p + t for p in ("B-", "I-") for t in TYPES)
BASE = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}


def inside(*names):
    """A path under build/bench, whose folder is there."""
    path = os.path.join(BUILD, *names)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def corpus():
    """(name, rows): rows are (text, labels), each of them words joined by single spaces."""
    def rows(file):
        return [(row["text"], row["labels"]) for row in csv.DictReader(file)]
    if os.path.exists(GMB):
        with zipfile.ZipFile(GMB) as archive, archive.open("ner.csv") as file:
            table = rows(io.TextIOWrapper(file, "utf-8", newline=""))
        name = "Groningen Meaning Bank"
    else:
        with open(os.path.join(ROOT, "examples", "train.csv"), encoding="utf-8", newline="") as file:
            table = rows(file)
        name = "examples/train.csv"
    known = set(LABELS)
    return name, [(text, labels) for text, labels in table if text.isprintable() and known.issuperset(labels.split(" "))]


class Sentences:
    """Slices of the corpus that do not overlap while it lasts; a short corpus starts again."""

    def __init__(self):
        self.name, self.rows = corpus()

    def take(self, n, start=0):
        return [self.rows[(start + i) % len(self.rows)] for i in range(n)]

    def texts(self, n, start=0):
        return [text for text, _ in self.take(n, start)]


def write_lines(path, texts):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.writelines(text + "\n" for text in texts)
    return path


def write_csv(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "labels"))
        writer.writerows(rows)
    return path


def write_ids(path, model, texts):
    """The texts' ids, special tokens included, from Hugging Face's tokenizer; returns (path, number of tokens)."""
    import transformers
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    ids = tokenizer(texts, truncation=True, max_length=512)["input_ids"]
    with open(path, "w", encoding="ascii") as file:
        json.dump(ids, file)
    return path, sum(map(len, ids))


def random_bert(directory, vocab, seed=0, **sizes):
    """A random BertForTokenClassification of `sizes`, with a vocabulary and case as in directory `vocab`."""
    if os.path.exists(os.path.join(directory, "model.safetensors")):
        return directory
    import torch
    import transformers
    tokenizer = transformers.AutoTokenizer.from_pretrained(vocab)
    # position_embedding_type: transformers no longer writes it, and CTranslate2's converter asks for it.
    config = transformers.BertConfig(vocab_size=len(tokenizer), position_embedding_type="absolute", **sizes)
    config.id2label = dict(enumerate(LABELS))
    config.label2id = {label: i for i, label in enumerate(LABELS)}
    torch.manual_seed(seed)
    model = transformers.BertForTokenClassification(config)
    shutil.rmtree(directory, ignore_errors=True)
    model.save_pretrained(directory + ".part")
    tokenizer.save_pretrained(directory + ".part")
    os.rename(directory + ".part", directory)
    return directory


def vocabulary():
    """BERT's cased vocabulary where it is there, else MiniLM's uncased one."""
    return VOCAB if os.path.exists(os.path.join(VOCAB, "vocab.txt")) else MINILM


def bert_base():
    return random_bert(inside("models", "bert-base"), vocabulary(), **BASE)


def fine_tuned(nomen, sentences, n, epochs):
    """MiniLM fine-tuned with nomen on the first n sentences: real weights for real answers."""
    directory = inside("models", "minilm-%d-%d" % (n, epochs))
    if not os.path.exists(os.path.join(directory, "model.safetensors")):
        data = write_csv(inside("data", "fine-tune.csv"), sentences.take(n))
        few = write_csv(inside("data", "few.csv"), sentences.take(20, n))
        measure.run([nomen, "train", "--model", MINILM, "--train", data, "--dev", few, "--epochs", epochs,
                     "--batch-size", 16, "--learning-rate", "2e-4", "--quiet", "-o", directory, "--overwrite"])
    return directory
