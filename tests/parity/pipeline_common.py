"""What the comparisons with pipeline("ner") share: a small model with a trained head, texts of the corpora, the
pipeline with every strategy at once, and what "the same" means.
"""
import csv
import io
import json
import os
import random
import sys
import zipfile

import transformers
from transformers.pipelines.token_classification import AggregationStrategy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf

TOLERANCE = 1e-4
STRATEGIES = ["none", "simple", "first", "average", "max"]


def need(*paths):
    for path in paths:
        if not os.path.exists(path):
            print("skipped: %s is not there" % path)
            sys.exit(77)


def gmb_rows(source):
    path = os.path.join(source, "..", "shared", "data", "gmb", "ner_text_labels.csv.zip")
    need(path)
    with zipfile.ZipFile(path) as archive:
        text = archive.read("ner.csv").decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def novels(source):
    """LitBank's openings, each as a list of (word, outer tag)."""
    directory = os.path.join(source, "..", "shared", "data", "litbank")
    need(directory)
    found = []
    for name in sorted(n for n in os.listdir(directory) if n.endswith(".tsv")):
        with open(os.path.join(directory, name), encoding="utf-8", newline="\n") as file:
            lines = [line.split("\t") for line in file.read().split("\n")]
        found.append([(line[0], line[1]) for line in lines if line[0].strip()])
    return found


def passages(books, tokenizer, n, rng):
    """n passages of the novels, of a few words up to what fills the model's window, none longer than that."""
    limit = tokenizer.model_max_length - tokenizer.num_special_tokens_to_add()
    found = []
    while len(found) < n:
        book = rng.choice(books)
        n_words = rng.choice([1, 4, 10, 20, 20, 40, 40, 80, 80, 160, 320, 500])
        first = rng.randrange(len(book) - n_words)
        words = [word for word, _ in book[first:first + n_words]]
        while len(tokenizer.tokenize(" ".join(words))) > limit:
            words.pop()
        found.append(" ".join(words))
    return found


def train_head(nomen, source, vocab, sentences, scratch, epochs=2):
    """A small model with the vocabulary `vocab`, fine-tuned on (words, tags) until it finds entities."""
    start, trained = os.path.join(scratch, "start-" + vocab), os.path.join(scratch, "trained-" + vocab)
    hf.make_model(start, os.path.join(source, "..", "shared", "vocab", vocab), dropout=0.1)
    data = os.path.join(scratch, "head.jsonl")
    with open(data, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps({"tokens": words, "ner_tags": tags}) + "\n" for words, tags in sentences)
    hf.run([nomen, "train", "--model", start, "--train", data, "-o", trained, "--quiet", "--learning-rate", "2e-3",
            "--epochs", str(epochs)])
    return trained


def labelled(rows):
    """Rows of GMB as (words, tags)."""
    return [(r["text"].split(" "), r["labels"].split(" ")) for r in rows]


def load(trained):
    return (transformers.AutoModelForTokenClassification.from_pretrained(trained),
            transformers.AutoTokenizer.from_pretrained(trained))


def tag(nomen, model, texts, strategy, unit="codepoint", options=()):
    """The entities of each text, by nomen with BERT's words; each word is checked to be the text at its offsets."""
    lines = "".join(json.dumps({"text": t}) + "\n" for t in texts)
    done = hf.run([nomen, "tag", "--model", model, "--words", "bert", "--aggregate", strategy, "--format", "jsonl",
                   "--input", "jsonl", "--offsets", unit, "--quiet", *options], input=lines)
    answers = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
    assert [a["text"] for a in answers] == texts
    for answer in answers:
        for entity in answer["entities"]:
            assert entity["word"] == cut(answer["text"], entity["start"], entity["end"], unit), (answer["text"], entity)
    return [answer["entities"] for answer in answers]


def cut(text, start, end, unit):
    if unit == "codepoint":
        return text[start:end]
    encoding, size = {"byte": ("utf-8", 1), "utf16": ("utf-16-le", 2)}[unit]
    return text.encode(encoding)[size * start:size * end].decode(encoding)


class AllStrategies(transformers.TokenClassificationPipeline):
    """The pipeline itself, but each text's logits are aggregated by every strategy: the model runs once."""

    def postprocess(self, all_outputs, **_):
        whole = super().postprocess
        return {s: whole(all_outputs, AggregationStrategy(s)) for s in STRATEGIES}


def run_pipeline(model, tokenizer, texts, **settings):
    """The pipeline, and per text the entities of each strategy. By length, so that a batch is hardly padded."""
    pipe = AllStrategies(model=model, tokenizer=tokenizer, **settings)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    answers = [None] * len(texts)
    for i, answer in zip(order, pipe([texts[i] for i in order], batch_size=64)):
        answers[i] = answer
    # What the subclass gives is what the pipeline of that strategy gives.
    for strategy in STRATEGIES:
        plain = transformers.pipeline("ner", model=model, tokenizer=tokenizer, aggregation_strategy=strategy)
        for text, answer in list(zip(texts, answers))[:20]:
            assert same(plain(text), answer[strategy], strategy), (strategy, text)
    return pipe, answers


def close_call(pipe, text, tolerance=TOLERANCE):
    """Whether some piece of a text has its two largest probabilities within the tolerance."""
    import torch
    inputs = pipe.tokenizer(text, return_tensors="pt", truncation=True)
    with torch.no_grad():
        top = pipe.model(**inputs).logits.softmax(-1).topk(2).values[0]
    return bool(((top[:, 0] - top[:, 1]) < tolerance).any())


def same(expected, got, strategy):
    """All keys but "word"."""
    key = "entity" if strategy == "none" else "entity_group"
    return len(expected) == len(got) and all(
        e[key] == g.get(key) and e["start"] == g["start"] and e["end"] == g["end"] and
        abs(float(e["score"]) - float(g["score"])) <= TOLERANCE and e.get("index") == g.get("index")
        for e, g in zip(expected, got))


def compare(pipe, texts, expected, got, strategy, name):
    """Prints how the entities of a strategy agree; returns the number of entities and of texts that differ for no
    close call."""
    wrong = [i for i in range(len(texts)) if not same(expected[i], got[i], strategy)]
    excused = [i for i in wrong if close_call(pipe, texts[i])]
    n_entities, skip = sum(map(len, expected)), set(wrong)
    worst = max((abs(float(e["score"]) - g["score"]) for i in range(len(texts)) if i not in skip
                 for e, g in zip(expected[i], got[i])), default=0)
    print("%s %-8s %d texts, %d entities, largest score difference %.1e, %d texts differ (%d close calls)" %
          (name, strategy, len(texts), n_entities, worst, len(wrong), len(excused)))
    for i in [i for i in wrong if i not in excused][:3]:
        print("  ", ascii(texts[i]), "\n  HF   ", expected[i], "\n  nomen", got[i])
    return n_entities, len(wrong) - len(excused)
