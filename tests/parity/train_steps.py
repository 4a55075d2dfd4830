"""Fifty training steps against torch: the same start, the same batches, dropout 0, SGD and AdamW.

usage: train_steps.py NOMEN SOURCE_DIR [MODEL_DIR]

The loss of every step has to agree to 5e-5 relative, and the weights at the end to 2e-3 of the distance they
travelled. Why 5e-5: one step's rounding differs by some 1e-7 between two orders of summation; training
magnifies a difference in the weights by about 1 + rate * curvature a step, and AdamW's division by
sqrt(v) by up to 1/eps where a gradient is all rounding (key.bias); over 50 steps torch's own runs at 1
and at 2 threads differ by up to 1e-5.
"""
import os
import sys
import tempfile

import safetensors.torch
import torch
import transformers

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf

LOSS_TOLERANCE = 5e-5
TRAVEL_TOLERANCE = 2e-3
STEPS, BATCH = 50, 8

RECIPES = {
    "sgd": ["--optimizer", "sgd", "--learning-rate", "5e-3", "--lr-scheduler-type", "constant", "--warmup-ratio", "0",
            "--weight-decay", "0", "--max-grad-norm", "0"],
    "adamw": ["--optimizer", "adamw", "--learning-rate", "3e-4", "--lr-scheduler-type", "linear", "--warmup-ratio",
              "0.1", "--weight-decay", "0.01", "--max-grad-norm", "1.0"],
}


def train_torch(directory, recipe, sentences):
    """The losses of the steps, and the model after them."""
    model = transformers.AutoModelForTokenClassification.from_pretrained(directory)
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    examples = [hf.encode(tokenizer, s, model.config.label2id) for s in sentences]
    model.train()
    if recipe == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr=5e-3)
        schedule = transformers.get_constant_schedule(optimizer)
    else:
        optimizer = torch.optim.AdamW(hf.parameter_groups(model, 0.01), lr=3e-4)
        schedule = transformers.get_linear_schedule_with_warmup(optimizer, 5, STEPS)
    losses = []
    for step in range(STEPS):
        loss = model(**hf.collate(examples[step * BATCH:(step + 1) * BATCH])).loss
        loss.backward()
        if recipe == "adamw":
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses, model


def train_nomen(nomen, directory, recipe, data, dev, output):
    hf.run([nomen, "train", "--model", directory, "--train", data, "--dev", dev, "-o", output, "--rows",
            str(STEPS * BATCH), "--epochs", "1", "--batch-size", str(BATCH), "--shuffle", "false", "--logging-steps",
            "1", "--quiet", *RECIPES[recipe]])
    history = hf.load_json(os.path.join(output, "trainer_state.json"))["log_history"]
    weights = safetensors.torch.load_file(os.path.join(output, "model.safetensors"))
    return [entry["loss"] for entry in history if "loss" in entry], weights


def main():
    nomen, source = sys.argv[1:3]
    data, dev = (os.path.join(source, "examples", name) for name in ("train.csv", "dev.csv"))
    sentences = hf.read_csv(data, STEPS * BATCH)
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        start = sys.argv[3] if len(sys.argv) > 3 else None
        if start is None:
            vocab = os.path.join(source, "..", "shared", "vocab", "bert-base-cased")
            if not os.path.isdir(vocab):
                print("skipped: %s is not there" % vocab)
                sys.exit(77)
            start = os.path.join(scratch, "start")
            hf.make_model(start, vocab)
        first = safetensors.torch.load_file(os.path.join(start, "model.safetensors"))
        for recipe in RECIPES:
            expected, model = train_torch(start, recipe, sentences)
            got, weights = train_nomen(nomen, start, recipe, data, dev, os.path.join(scratch, recipe))
            assert len(got) == STEPS, "%d steps instead of %d" % (len(got), STEPS)
            worst = max(abs(g - e) / e for g, e in zip(got, expected))
            travelled = apart = 0.0
            for name, value in model.state_dict().items():
                travelled += (value - first[name]).double().pow(2).sum().item()
                apart += (value - weights[name]).double().pow(2).sum().item()
            share = (apart / travelled) ** 0.5
            print("%-5s loss %.4f to %.4f, worst relative difference %.1e; weights apart %.1e of their way" %
                  (recipe, expected[0], expected[-1], worst, share))
            failed |= not (worst <= LOSS_TOLERANCE and share <= TRAVEL_TOLERANCE)
    sys.exit(1 if failed else 0)


main()
