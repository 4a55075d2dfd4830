"""What the parity scripts share: small models written as Hugging Face directories, and the recipe of
HF's token-classification example (tokenise pre-split words, label the first piece, -100 elsewhere).
"""
import csv
import json
import os
import subprocess
import sys

import torch
import transformers

transformers.logging.set_verbosity_error()
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))

IGNORE = -100
LABELS = ["O"] + sorted(p + t for p in ("B-", "I-") for t in ("art", "eve", "geo", "gpe", "nat", "org", "per", "tim"))


def run(command, **more):
    """Runs a program; its failure is ours, with what it said."""
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit("%s\nexit code %d\n%s" % (" ".join(map(str, command)), done.returncode, done.stderr))
    return done


def make_model(directory, vocab, seed=0, dropout=0.0, labels=LABELS, **sizes):
    """A random BertForTokenClassification with the vocabulary of directory `vocab`."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(vocab)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer), hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
        hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout)
    config.update(sizes)
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: i for i, label in enumerate(labels)}
    torch.manual_seed(seed)
    model = transformers.BertForTokenClassification(config)
    # A deviation of 0.1 instead of 0.02, so that logits and gradients are of the size of a trained model's.
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 2:
                parameter.mul_(5)
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return model, tokenizer


def read_csv(path, rows=None):
    """Sentences of the seed's CSV as (words, tags)."""
    with open(path, encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    return [(row["text"].split(" "), row["labels"].split(" ")) for row in table[:rows]]


def read_conll(path):
    """Sentences as lists of (word, tag), the last column."""
    sentences, sentence = [], []
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file.read().split("\n"):
            if line.strip(" \t\r"):
                sentence.append((line.split("\t")[0], line.split("\t")[-1]))
            elif sentence:
                sentences.append(sentence)
                sentence = []
    return sentences + ([sentence] if sentence else [])


def write_conll(path, sentences):
    """The same lists in two columns."""
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for sentence in sentences:
            file.write("".join("%s\t%s\n" % pair for pair in sentence) + "\n")


def encode(tokenizer, sentence, label2id):
    """(ids, targets) of one sentence, special tokens included."""
    words, tags = sentence
    encoding = tokenizer(words, is_split_into_words=True)
    targets, last = [], None
    for word in encoding.word_ids():
        targets.append(-100 if word is None or word == last else label2id[tags[word]])
        last = word
    return encoding["input_ids"], targets


def collate(examples):
    """A batch padded to its longest sentence."""
    longest = max(len(ids) for ids, _ in examples)
    ids = torch.zeros(len(examples), longest, dtype=torch.long)
    mask = torch.zeros(len(examples), longest, dtype=torch.long)
    targets = torch.full((len(examples), longest), -100)
    for i, (piece_ids, piece_targets) in enumerate(examples):
        ids[i, :len(piece_ids)] = torch.tensor(piece_ids)
        mask[i, :len(piece_ids)] = 1
        targets[i, :len(piece_ids)] = torch.tensor(piece_targets)
    return {"input_ids": ids, "attention_mask": mask, "labels": targets}


def parameter_groups(model, decay):
    """HF Trainer's: no weight decay on biases and LayerNorm."""
    plain = [p for n, p in model.named_parameters() if "LayerNorm" in n or n.endswith("bias")]
    decayed = [p for n, p in model.named_parameters() if not ("LayerNorm" in n or n.endswith("bias"))]
    return [{"params": decayed, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}]


def layer_groups(model, rate, decay, head_rate, weight_decay):
    """The head at its own rate, the last layer at decay times the rate, and so on down to the embeddings; what is trained of them."""
    n_layers = model.config.num_hidden_layers
    groups = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        depth = int(name.split(".")[3]) + 1 if ".layer." in name else 0
        own = head_rate if name.startswith("classifier") else rate * decay ** (n_layers + 1 - depth)
        plain = "LayerNorm" in name or name.endswith("bias")
        groups.append({"params": [parameter], "lr": own, "weight_decay": 0.0 if plain else weight_decay})
    return groups


def torch_loss(kind, setting, logits, targets, weights):
    """The mean loss as training divides it: by the sum of the targets' weights."""
    if kind != "focal":
        smoothing = setting if kind == "smoothed" else 0.0
        return torch.nn.CrossEntropyLoss(weight=weights, label_smoothing=smoothing, ignore_index=IGNORE)(logits, targets)
    rows = targets != IGNORE
    log_p = torch.log_softmax(logits[rows], -1)
    log_pt = log_p.gather(1, targets[rows][:, None])[:, 0]
    w = torch.ones(logits.shape[1], dtype=logits.dtype) if weights is None else weights
    w = w[targets[rows]]
    return (w * (-torch.expm1(log_pt)) ** setting * -log_pt).sum() / w.sum()


def load_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)
