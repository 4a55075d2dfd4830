"""Training under random hyper-parameters against torch and transformers: the loss of every step, and the weights at the end.

usage: train_random.py NOMEN TINY_MODEL [RUNS [FIRST_SEED]]

What may go together is drawn together: optimiser and its settings, schedule and its arguments, warm-up, rates of layers and of
the head, weight decay, clipping, accumulation, batches, micro-batches, the loss and its weights, labels of later subword tokens,
frozen layers, the average of the weights. Dropout is 0 and the order that of the file, so both programs compute the same but for
rounding, which is 1e-7 of a loss in a step; a hundred steps may magnify it. Biases of keys are not compared: a softmax does not
see them, so that their gradient is rounding alone, of which AdamW and Lion make steps of full size. What is wrong is told with
its seed.

Dropout's bits are each program's own, so its strength is compared: the mean loss of passes with dropout over weights that don't
change, where hidden states and attention have a probability of 0.1 and 0.3. The means may be four standard errors apart.
"""
import math
import os
import random
import statistics
import sys
import tempfile

import lion_pytorch
import safetensors.torch
import torch
import transformers

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf

torch.set_num_threads(1)
TYPES = {"per": ["Bill", "Johnson", "Anna", "Leeson"], "geo": ["London", "Paris", "York"], "org": ["Microsoft", "Acme", "Labs"]}
OTHERS = "the a is was of in at and founder lives works met went to from said today , . ! cafes".split()
# Of the loss, and of the weights' size: 1e-7 a step, which 125 steps may magnify ten times.
TOLERANCES = (1e-4, 2e-5)


def draw_sentences(r, n):
    sentences = []
    for _ in range(n):
        words, tags = [], []
        for _ in range(r.choice([1, 2, 5, 9, 14])):
            if r.random() < 0.3:
                kind = r.choice(sorted(TYPES))
                for i in range(r.choice([1, 1, 2])):
                    words.append(r.choice(TYPES[kind]))
                    tags.append(("B-", "I-")[i > 0] + kind)
            else:
                words.append(r.choice(OTHERS))
                tags.append("O")
        sentences.append((words, tags))
    return sentences


def draw_schedule(r, rate):
    return r.choice([("linear", {}), ("constant_with_warmup", {}), ("cosine", {"num_cycles": 1.25}), ("cosine", {}),
                     ("cosine_with_restarts", {"num_cycles": 2}), ("cosine_with_min_lr", {"min_lr_rate": 0.2}),
                     ("cosine_with_min_lr", {"min_lr": rate / 7}), ("polynomial", {"power": 2}), ("polynomial", {"lr_end": rate / 9}),
                     ("inverse_sqrt", {}), ("inverse_sqrt", {"timescale": 5}), ("warmup_stable_decay", {"num_decay_steps": 2})])


def draw_options(r):
    """Hyper-parameters by the names of the options; those of the reference's code have a default here."""
    o = {"optimizer": r.choice(["adamw", "adamw", "sgd", "lion"]), "epochs": r.choice([1, 2, 3, 5]), "batch-size": r.choice([1, 2, 3, 8]),
         "gradient-accumulation-steps": r.choice([1, 1, 2, 3]), "max-tokens": r.choice([24, 60, 4096]),
         "warmup-steps": r.choice([0, 0, 3]), "warmup-ratio": r.choice([0, 0.1, 0.3]), "weight-decay": r.choice([0, 0.01, 0.2]),
         "max-grad-norm": r.choice([0, 1, 0.3, 20]), "layer-lr-decay": r.choice([1, 1, 0.8, 0.5]),
         "label-all-pieces": r.choice(["first", "repeat", "inside"]), "class-weight": r.choice(["none", "auto", "sqrt", "effective"]),
         "ema-decay": r.choice([0, 0, 0.7, 0.95])}
    rate = {"adamw": 1e-3, "sgd": 2e-2, "lion": 1e-4}[o["optimizer"]] * r.choice([0.3, 1, 3])
    o |= {"learning-rate": rate, "head-learning-rate": r.choice([0, 0, 2 * rate])}
    o["lr-scheduler-type"], o["lr-scheduler-kwargs"] = draw_schedule(r, rate)
    if o["class-weight"] == "effective":
        o["class-weight-beta"] = r.choice([0.9, 0.99])
    if o["optimizer"] == "sgd":
        o["momentum"] = r.choice([0, 0.9])
        o["nesterov"] = "true" if o["momentum"] > 0 and r.random() < 0.5 else "false"
    if o["optimizer"] == "adamw" and r.random() < 0.3:
        o |= {"adam-beta1": 0.8, "adam-beta2": 0.95, "adam-epsilon": 1e-6}
    if o["optimizer"] == "lion" and r.random() < 0.3:
        o |= {"lion-beta1": 0.8, "lion-beta2": 0.95}
    loss = r.choice(["plain", "plain", "focal", "smoothed"])
    if loss == "focal":
        o |= {"loss": "focal", "focal-gamma": r.choice([0.5, 2])}
    if loss == "smoothed":
        o["label-smoothing"] = r.choice([0.1, 0.5])
    frozen = r.choice(["none", "none", "none", "embeddings", "layers"])
    if frozen == "embeddings":
        o["freeze-embeddings"] = "true"
    if frozen == "layers":
        o["freeze-layers"] = r.choice([1, 2])
    return o


def encode(tokenizer, sentence, label2id, pieces):
    """(ids, targets): the later subword tokens of a word have its label, or that of the inside of its entity, or none."""
    words, tags = sentence
    encoding = tokenizer(words, is_split_into_words=True)
    targets, last = [], None
    for word in encoding.word_ids():
        tag = None if word is None or (word == last and pieces == "first") else tags[word]
        if tag is not None and word == last and pieces == "inside":
            tag = tag.replace("B-", "I-")
        targets.append(-100 if tag is None else label2id[tag])
        last = word
    return encoding["input_ids"], targets


def class_weights(how, beta, sentences, labels):
    """docs/OPTIMISATION.md: by the words of a label; the mean over all words is 1."""
    if how == "none":
        return None
    counts = [sum(tags.count(label) for _, tags in sentences) for label in labels]
    one = {"auto": lambda n: 1 / n, "sqrt": lambda n: n ** -0.5, "effective": lambda n: (1 - beta) / (1 - beta ** n)}[how]
    raw = [one(n) if n > 0 else 0.0 for n in counts]
    scale = sum(counts) / sum(n * w for n, w in zip(counts, raw))
    return torch.tensor([w * scale if n > 0 else 1.0 for n, w in zip(counts, raw)])


def freeze(model, o):
    for name, parameter in model.bert.named_parameters():
        layer = int(name.split(".")[2]) if ".layer." in name else -1
        if layer < o.get("freeze-layers", 0) if "freeze-layers" in o else layer < 0 and "freeze-embeddings" in o:
            parameter.requires_grad_(False)


def make_optimizer(groups, o):
    if o["optimizer"] == "sgd":
        return torch.optim.SGD(groups, lr=o["learning-rate"], momentum=o["momentum"], nesterov=o["nesterov"] == "true")
    if o["optimizer"] == "lion":
        return lion_pytorch.Lion(groups, lr=o["learning-rate"], betas=(o.get("lion-beta1", 0.9), o.get("lion-beta2", 0.99)))
    return torch.optim.AdamW(groups, lr=o["learning-rate"], betas=(o.get("adam-beta1", 0.9), o.get("adam-beta2", 0.999)),
                             eps=o.get("adam-epsilon", 1e-8))


def count_steps(o, n_sentences):
    """Sentences of a step, steps of the run, those of the warm-up."""
    size = o["batch-size"] * o["gradient-accumulation-steps"]
    n_steps = math.ceil(n_sentences / size) * o["epochs"]
    return size, n_steps, o["warmup-steps"] or math.ceil(o["warmup-ratio"] * n_steps)


def train_torch(start, o, sentences):
    """The losses, and the weights that are kept."""
    model = transformers.AutoModelForTokenClassification.from_pretrained(start)
    tokenizer = transformers.AutoTokenizer.from_pretrained(start)
    labels = model.config.label2id
    examples = [encode(tokenizer, s, labels, o["label-all-pieces"]) for s in sentences]
    weights = class_weights(o["class-weight"], o.get("class-weight-beta"), sentences, sorted(labels, key=labels.get))
    kind, setting = "smoothed", o.get("label-smoothing", 0.0)
    if "loss" in o:
        kind, setting = "focal", o["focal-gamma"]
    model.train()
    freeze(model, o)
    groups = hf.layer_groups(model, o["learning-rate"], o["layer-lr-decay"], o["head-learning-rate"] or o["learning-rate"],
                             o["weight-decay"])
    optimizer, trained = make_optimizer(groups, o), [p for p in model.parameters() if p.requires_grad]
    size, n_steps, warmup = count_steps(o, len(examples))
    schedule = transformers.get_scheduler(o["lr-scheduler-type"], optimizer, warmup, n_steps, dict(o["lr-scheduler-kwargs"]))
    losses, average = [], None
    for first in list(range(0, len(examples), size)) * o["epochs"]:
        batch = hf.collate(examples[first:first + size])
        targets = batch.pop("labels").flatten()
        loss = hf.torch_loss(kind, setting, model(**batch).logits.flatten(0, 1), targets, weights)
        loss.backward()
        if o["max-grad-norm"] > 0:
            torch.nn.utils.clip_grad_norm_(trained, o["max-grad-norm"])
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        state, decay = model.state_dict(), o["ema-decay"]
        if decay > 0:
            average = {k: v.clone() if average is None else decay * average[k] + (1 - decay) * v for k, v in state.items()}
    return losses, average if o["ema-decay"] > 0 else model.state_dict()


def train_nomen(nomen, start, o, files, output):
    more = [str(word) for name, value in o.items() for word in ("--" + name, hf.json.dumps(value) if isinstance(value, dict) else value)]
    hf.run([nomen, "train", "--model", start, "--train", files[0], "--dev", files[1], "-o", output, "--shuffle", "false", "--quiet",
            "--load-best-model-at-end", "false", "--logging-steps", "1", "--threads", "1", *more])
    history = hf.load_json(os.path.join(output, "trainer_state.json"))["log_history"]
    return [entry["loss"] for entry in history if "loss" in entry], safetensors.torch.load_file(os.path.join(output, "model.safetensors"))


def run_case(nomen, start, scratch, seed):
    """The optimiser, the number of steps, how far losses and weights are apart, and whether that is too far."""
    r = random.Random(seed)
    sentences, o = draw_sentences(r, r.choice([7, 16, 25])), draw_options(r)
    _, n_steps, warmup = count_steps(o, len(sentences))
    # No step would be left for two last ones, or to divide by.
    if o["lr-scheduler-type"] in ("warmup_stable_decay", "polynomial") and n_steps < warmup + 2:
        o |= {"lr-scheduler-type": "linear", "lr-scheduler-kwargs": {}}
    files = [os.path.join(scratch, name) for name in ("train", "dev")]
    for path, part in zip(files, (sentences, draw_sentences(r, 4))):
        hf.write_conll(path, [list(zip(*s)) for s in part])
    expected, state = train_torch(start, o, sentences)
    got, weights = train_nomen(nomen, start, o, files, os.path.join(scratch, str(seed)))
    assert len(got) == len(expected), (seed, o, len(got), len(expected))
    state = {k: v for k, v in state.items() if not k.endswith("key.bias")}
    apart = sum((v - weights[k]).double().pow(2).sum().item() for k, v in state.items())
    size = sum(v.double().pow(2).sum().item() for v in state.values())
    # Logits of 10 are apart by 1e-6, and so is a loss that is near 0.
    found = max(abs(g - e) / max(e, 0.01) for g, e in zip(got, expected)), (apart / size) ** 0.5
    wrong = any(not f <= t for f, t in zip(found, TOLERANCES))
    if wrong:
        print("FAIL seed %d: losses %.1e apart, weights %.1e of their size\n%s" % (seed, *found, hf.json.dumps(o)), flush=True)
    return o["optimizer"], len(got), found, wrong


def check_dropout(nomen, tiny, scratch, probability):
    """Whether the losses with dropout have the same mean."""
    start, out, files = (os.path.join(scratch, name + str(probability)) for name in ("dropout", "out", "sentences"))
    hf.run([tiny, start, "dropout=%g" % probability])
    sentences, n = draw_sentences(random.Random(5), 40), 400
    hf.write_conll(files, [list(zip(*s)) for s in sentences])
    got, _ = train_nomen(nomen, start, {"epochs": n, "batch-size": len(sentences), "learning-rate": "1e-30"}, [files, files], out)
    model, tokenizer = (kind.from_pretrained(start) for kind in (transformers.AutoModelForTokenClassification, transformers.AutoTokenizer))
    batch = hf.collate([hf.encode(tokenizer, s, model.config.label2id) for s in sentences])
    torch.manual_seed(1)
    with torch.no_grad():
        without = model.eval()(**batch).loss.item()
        model.train()
        expected = [model(**batch).loss.item() for _ in range(n)]
    error = sum(statistics.variance(losses) / n for losses in (got, expected)) ** 0.5
    apart = (statistics.mean(got) - statistics.mean(expected)) / error
    print("dropout %g: mean loss %.4f and %.4f, %+.1f standard errors; without %.4f" % (
        probability, statistics.mean(got), statistics.mean(expected), apart, without))
    return abs(apart) < 4 and min(statistics.mean(got), statistics.mean(expected)) > 1.2 * without


def main():
    transformers.utils.logging.disable_progress_bar()
    nomen, tiny = sys.argv[1:3]
    n = int(sys.argv[3]) if len(sys.argv) > 3 else 400 if os.environ.get("NOMEN_LONG") == "1" else 40
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    with tempfile.TemporaryDirectory() as scratch:
        start = os.path.join(scratch, "start")
        hf.run([tiny, start, "dropout=0"])
        cases = [run_case(nomen, start, scratch, seed) for seed in range(first, first + n)]
        same_dropout = [check_dropout(nomen, tiny, scratch, probability) for probability in (0.1, 0.3)]
    for name in sorted({c[0] for c in cases}):
        own = [c for c in cases if c[0] == name]
        print("%-6s %d runs, up to %d steps: losses at most %.1e apart, weights %.1e of their size" % (
            name, len(own), max(c[1] for c in own), *(max(c[2][i] for c in own) for i in range(2))))
    sys.exit(0 if all(same_dropout) and not any(c[3] for c in cases) else 1)


main()
