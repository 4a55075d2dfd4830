"""Losses against torch's autograd, class weights against their authors' formulas, the average of the weights against torch's.

usage: losses.py LOSS_DRIVER NOMEN TINY_MODEL

- Cross-entropy with class weights and label smoothing is torch.nn.CrossEntropyLoss in float64; focal loss is the formula
  below, differentiated by autograd. Losses agree to 1e-6 relative, gradients to 1e-6 of the largest of a batch.
- Fifty steps of training: the average that a checkpoint has is that of torch.optim.swa_utils.AveragedModel over the weights of
  the fifty checkpoints. An update rounds twice, and an error shrinks by the decay each step, on both sides: 4 u / (1 - decay) of
  the largest weight of a tensor, u = 2^-24.
- The loss of a step of training, from the options on, with dropout 0. The logits are transformers' here and our own there, apart
  by 1e-6 or so (parity_model_numbers), which a focal loss makes gamma + 1 times as much: 1e-5 relative.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import safetensors.torch
import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf

TOLERANCE = 1e-6
N_CASES = 600 if os.environ.get("NOMEN_LONG") == "1" else 60
IGNORE = hf.IGNORE
DECAY, STEPS = 0.9, 50
STEP_TOLERANCE = 1e-5


def make_cases():
    rng = np.random.default_rng(11)
    for case in range(N_CASES):
        kind = ("cross-entropy", "smoothed", "focal")[case % 3]
        setting = {"cross-entropy": 0.0, "smoothed": rng.choice([0.05, 0.1, 0.5, 1.0]),
                   "focal": rng.choice([0.0, 0.5, 1.0, 2.0, 5.0])}[kind]
        n, k = int(rng.integers(1, 200)), int(rng.integers(2, 40))
        logits = (rng.normal(size=(n, k)) * rng.uniform(0.1, 8)).astype(np.float32)
        targets = rng.integers(0, k, n)
        targets[rng.random(n) < 0.3] = IGNORE
        targets[0] = 1
        weights = None
        if case % 2:
            weights = rng.uniform(0.1, 9, k).astype(np.float32)
            weights[0] = 0
        yield kind, float(setting), logits, targets, weights


def check_losses(driver):
    cases = list(make_cases())
    text = []
    for kind, setting, logits, targets, weights in cases:
        text.append("%s %.17g %d %d %d" % (kind, setting, *logits.shape, weights is not None))
        if weights is not None:
            text.append(" ".join("%.9g" % x for x in weights))
        text += ["%d %s" % (t, " ".join("%.9g" % x for x in row)) for t, row in zip(targets, logits)]
    done = subprocess.run([driver], input="\n".join(text) + "\n", capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(cases), (len(answers), len(cases))
    worst = {}
    for (kind, setting, logits, targets, weights), answer in zip(cases, answers):
        found = np.array(answer.split(), dtype=np.float64)
        x = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
        w = None if weights is None else torch.tensor(weights, dtype=torch.float64)
        loss = hf.torch_loss(kind, setting, x, torch.tensor(targets), w)
        loss.backward()
        gradient = x.grad.numpy()
        loss_error = abs(found[0] - loss.item()) / loss.item()
        gradient_error = np.abs(found[1:].reshape(gradient.shape) - gradient).max() / np.abs(gradient).max()
        assert loss_error <= TOLERANCE and gradient_error <= TOLERANCE, (kind, setting, loss_error, gradient_error)
        worst[kind] = np.maximum(worst.get(kind, 0), [loss_error, gradient_error])
    for kind, (loss_error, gradient_error) in worst.items():
        print("%-13s loss %.1e, gradient %.1e of torch's (%d cases in all)" % (kind, loss_error, gradient_error, N_CASES))


DATA = """Bill B-per
Gates I-per
lives O
in O
London B-geo

Anna B-per
met O
John B-per

Acme B-org
Labs I-org
said O

they O
went O
to O
New B-geo
York I-geo

the O
city O
of O
Paris B-geo
"""


def train(nomen, scratch, name, *options):
    out = os.path.join(scratch, name)
    hf.run([nomen, "train", "--model", os.path.join(scratch, "model"), "--train", os.path.join(scratch, "train"), "--test",
            os.path.join(scratch, "train"), "-o", out, "--learning-rate", "1e-2", "--logging-steps", "1", "--quiet", *options])
    return out


def check_average(nomen, scratch):
    """Five sentences by one, ten epochs: fifty steps."""
    out = train(nomen, scratch, "average", "--batch-size", "1", "--epochs", "10", "--ema-decay", str(DECAY), "--save-steps", "1")
    load = lambda *parts: safetensors.torch.load_file(os.path.join(out, *parts))
    model = torch.nn.ParameterDict({n.replace(".", "/"): torch.nn.Parameter(w) for n, w in load("model.safetensors").items()})
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(DECAY))
    for step in range(1, STEPS + 1):
        raw = load("checkpoint-%d" % step, "model.safetensors")
        with torch.no_grad():
            for name, value in raw.items():
                model[name.replace(".", "/")].copy_(value)
        average.update_parameters(model)
    found, written = load("checkpoint-%d" % STEPS, "ema.safetensors"), load("model.safetensors")
    assert set(found) == set(raw) == set(written)
    worst = moved = 0.0
    for name, value in found.items():
        expected = average.module[name.replace(".", "/")].detach()
        bound = 4 * 2.0 ** -24 / (1 - DECAY) * expected.abs().max().item()
        apart = (value - expected).abs().max().item()
        assert apart <= bound, (name, apart, bound)
        assert torch.equal(value, written[name]), name
        worst = max(worst, apart)
        moved = max(moved, (value - raw[name]).abs().max().item())
    assert moved > 1e-3, "the average is the weights: this shows nothing"
    print("average of %d steps: %.1e from torch's at most, up to %.3f from the weights" % (STEPS, worst, moved))


def check_first_step(nomen, scratch):
    """The whole way from the options to the loss: all five sentences in a step."""
    model = hf.transformers.AutoModelForTokenClassification.from_pretrained(os.path.join(scratch, "model"))
    tokenizer = hf.transformers.AutoTokenizer.from_pretrained(os.path.join(scratch, "model"))
    sentences = [tuple(zip(*(line.split() for line in part.split("\n") if line))) for part in DATA.split("\n\n")]
    batch = hf.collate([hf.encode(tokenizer, (list(words), list(tags)), model.config.label2id) for words, tags in sentences])
    model.eval()
    with torch.no_grad():
        logits = model(batch["input_ids"], attention_mask=batch["attention_mask"]).logits.flatten(0, 1).double()
    targets = batch["labels"].flatten()
    counts = np.zeros(model.config.num_labels)
    for _, tags in sentences:
        for tag in tags:
            counts[model.config.label2id[tag]] += 1
    beta = 0.9
    with np.errstate(divide="ignore"):
        raw = {"sqrt": 1 / np.sqrt(counts), "effective": (1 - beta) / (1 - beta ** counts), "auto": 1 / counts}
    for choice, kind, setting, options in (
            ("none", "focal", 2.0, ["--loss", "focal"]),
            ("sqrt", "focal", 0.5, ["--loss", "focal", "--focal-gamma", "0.5", "--class-weight", "sqrt"]),
            ("none", "smoothed", 0.1, ["--label-smoothing", "0.1"]),
            ("sqrt", "smoothed", 0.1, ["--label-smoothing", "0.1", "--class-weight", "sqrt"]),
            ("auto", "cross-entropy", 0, ["--class-weight", "auto"]),
            ("effective", "smoothed", 0.3, ["--label-smoothing", "0.3", "--class-weight", "effective", "--class-weight-beta",
                                            str(beta)])):
        weights = None
        if choice != "none":
            w = np.where(counts > 0, raw[choice], 0)
            w = np.where(counts > 0, w * counts.sum() / (w * counts).sum(), 1)
            weights = torch.tensor(w)
        expected = hf.torch_loss(kind, setting, logits, targets, weights).item()
        out = train(nomen, scratch, "step-%s-%s-%g" % (choice, kind, setting), "--batch-size", "5", "--epochs", "1", *options)
        found = hf.load_json(os.path.join(out, "trainer_state.json"))["log_history"][0]["loss"]
        error = abs(found - expected) / expected
        print("%-13s %-9s %.3g: loss of a step %.7f, %.1e from torch's" % (kind, choice, setting, found, error))
        assert error <= STEP_TOLERANCE, (found, expected)


def main():
    hf.transformers.utils.logging.disable_progress_bar()
    driver, nomen, tiny = sys.argv[1:4]
    check_losses(driver)
    with tempfile.TemporaryDirectory() as scratch:
        hf.run([tiny, os.path.join(scratch, "model"), "dropout=0"])
        with open(os.path.join(scratch, "train"), "w", encoding="utf-8") as file:
            file.write(DATA)
        check_average(nomen, scratch)
        check_first_step(nomen, scratch)


main()
