"""Optimisers and schedules against torch, transformers and lion-pytorch, 200 steps each; cosine and power against mpmath.

usage: optimizers.py DRIVER NOMEN SOURCE_DIR

1. Cosine and power: within half a unit in the last place and a thousandth of one, as base/elementary.h says.
2. The rates of every schedule of get_scheduler, with and without arguments: 1e-12 relative, or 1e-15 of the highest rate. Both
   compute the same expressions; a libm's cosine or power may be off by a unit in the last place, 2e-16, which near the end of a
   cosine, 1e-4 of its height, is 2e-12 of the rate but still 1e-16 of the highest.
3. ReduceLROnPlateau on random metrics, both modes: the same doubles.
4. Updates of small random tensors, of which many rows get no gradient in a step, and some never: 1e-5 of the largest value. Each
   step rounds once or twice by 2^-24 of the value, and 200 of them by at most 2e-5 if all went one way; they don't.
5. A small model, dropout 0: every loss and the weights within 1e-3. The weights' measure is the distance of both ends over the
   distance travelled. Rounding differs by 1e-7 a step, and training magnifies it (train_steps.py).
"""
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import warnings

import lion_pytorch
import mpmath
import numpy as np
import safetensors.torch
import torch
import transformers

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf

torch.set_num_threads(1)  # for tensors this small, more are slower
STEPS = 200
failed = False


def check(good, text):
    global failed
    failed |= not good
    print(("ok   " if good else "FAIL ") + text)


def drive(driver, *arguments, data=b""):
    done = subprocess.run([driver, *map(str, arguments)], input=data, capture_output=True, timeout=120)
    if done.returncode != 0:
        sys.exit("%s: %s" % (" ".join(map(str, arguments)), done.stderr.decode()))
    return done.stdout


def ulps(got, exact):
    """How far a double is from a value, in units of the value's last place."""
    if exact == 0:
        return 0.0 if got == 0 else math.inf
    unit = mpmath.mpf(2) ** (max(int(mpmath.floor(mpmath.log(abs(exact), 2))), -1022) - 52)
    return float(abs(mpmath.mpf(got) - exact) / unit)


def check_elementary(driver):
    mpmath.mp.prec = 300
    r = random.Random(3)
    x = [r.choice([r.uniform(0, 1), r.uniform(0, 1) ** 9, r.uniform(0, 7), r.uniform(0, 2.0 ** 30), r.randint(0, 200) / 200,
                   math.pi / 2 * r.randint(0, 2 ** 20), 1 - r.random() * 2 ** -30]) for _ in range(3000)]
    y = [r.choice([r.uniform(0, 4), float(r.randint(0, 9)), r.uniform(0, 1e-9), r.uniform(0, 30)]) for _ in x]
    lines = drive(driver, "elementary", data="".join("%s %s\n" % (a.hex(), b.hex()) for a, b in zip(x, y)).encode())
    worst = [0.0, 0.0]
    for a, b, line in zip(x, y, lines.decode().splitlines(), strict=True):
        got = [float.fromhex(word) for word in line.split()]
        exact = [mpmath.cos(mpmath.mpf(a)), mpmath.mpf(a) ** mpmath.mpf(b)]
        for i in range(2):
            if i == 0 or exact[i] == 0 or exact[i] > 2.0 ** -1022:
                worst[i] = max(worst[i], ulps(got[i], exact[i]))
    check(max(worst) <= 0.501, "cosine and power: at most %.4f and %.4f units in the last place" % tuple(worst))


RATES = [
    ("linear", {}, 0), ("linear", {}, 20), ("constant", {}, 0), ("constant_with_warmup", {}, 30),
    ("cosine", {}, 0), ("cosine", {}, 20), ("cosine", {"num_cycles": 2.25}, 7),
    ("cosine_with_restarts", {}, 20), ("cosine_with_restarts", {"num_cycles": 3}, 20),
    ("cosine_with_min_lr", {"min_lr": 1e-5}, 20), ("cosine_with_min_lr", {"min_lr_rate": 0.1, "num_cycles": 1.5}, 0),
    ("polynomial", {}, 20), ("polynomial", {"power": 2.5, "lr_end": 1e-6}, 20), ("polynomial", {"power": 0.3}, 0),
    ("inverse_sqrt", {}, 0), ("inverse_sqrt", {}, 20), ("inverse_sqrt", {"timescale": 50}, 20),
    ("inverse_sqrt", {"timescale": 5}, 20),
    ("warmup_stable_decay", {"num_decay_steps": 60}, 20),
    ("warmup_stable_decay", {"num_decay_steps": 60, "num_stable_steps": 90, "warmup_type": "cosine",
                             "decay_type": "linear", "min_lr_ratio": 0.1}, 20),
    ("warmup_stable_decay", {"num_decay_steps": 50, "num_stable_steps": 200, "warmup_type": "1-sqrt",
                             "decay_type": "1-sqrt"}, 20),
    ("warmup_stable_decay", {"num_decay_steps": 100, "decay_type": "1-sqrt", "min_lr_ratio": 0.25, "warmup_type": "1-sqrt"}, 33),
    ("warmup_stable_decay", {"num_decay_steps": 100, "num_cycles": 1.25}, 33),
]


def schedule_options(name, kwargs, warmup, rate):
    return ["learning-rate", repr(rate), "lr-scheduler-type", name, "lr-scheduler-kwargs", json.dumps(kwargs), "warmup-ratio", "0",
            "warmup-steps", warmup]


def check_rates(driver):
    worst = 0.0
    for name, kwargs, warmup in RATES:
        for rate in (5e-5, 1.0):
            optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
            with warnings.catch_warnings(action="ignore"):  # warmup_stable_decay: of both numbers of steps one is used
                schedule = transformers.get_scheduler(name, optimizer, warmup, STEPS, kwargs)
            expected = []
            for _ in range(STEPS):
                expected.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                schedule.step()
            got = list(map(float, drive(driver, "rates", STEPS, *schedule_options(name, kwargs, warmup, rate)).split()))
            assert len(got) == STEPS
            for g, e in zip(got, expected):
                apart = abs(g - e)
                if apart > 1e-15 * rate:
                    worst = max(worst, apart / e if e > 0 else math.inf)
    names = {name for name, _, _ in RATES}
    others = {str(s.value) for s in transformers.SchedulerType} - names
    check(worst <= 1e-12, "rates of %d schedules, %d settings: at most %.1e apart where it is more than 1e-15 of the highest" %
          (len(names), len(RATES), worst))
    check(others == {"reduce_lr_on_plateau", "cosine_warmup_with_min_lr", "greedy"},
          "transformers' other schedules are %s" % ", ".join(sorted(others)))


def check_plateau(driver):
    r = random.Random(11)
    n_wrong = n_cases = n_reduced = 0
    for case in range(60):
        mode = r.choice(["min", "max"])
        kwargs = {"factor": r.choice([0.1, 0.5, 0.9]), "patience": r.randint(0, 4), "threshold": r.choice([0, 1e-4, 0.05]),
                  "threshold_mode": r.choice(["rel", "abs"]), "cooldown": r.randint(0, 3), "min_lr": r.choice([0, 1e-6]),
                  "eps": r.choice([0, 1e-8])}
        kwargs = {key: kwargs[key] for key in kwargs if r.random() < 0.8}
        metrics = [round(r.random(), 2) for _ in range(60)]
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=3e-4)
        schedule = transformers.get_scheduler("reduce_lr_on_plateau", optimizer, scheduler_specific_kwargs={**kwargs, "mode": mode})
        expected = []
        for metric in metrics:
            schedule.step(metric)
            expected.append(optimizer.param_groups[0]["lr"])
        got = drive(driver, "plateau", len(metrics), mode, *schedule_options("reduce_lr_on_plateau", kwargs, 0, 3e-4),
                    data=" ".join(map(repr, metrics)).encode())
        n_wrong += list(map(float, got.split())) != expected
        n_reduced += expected[-1] < 3e-4
        n_cases += 1
    check(n_wrong == 0 and n_reduced > 40, "reduce_lr_on_plateau: %d of %d runs differ, %d reduce the rate" % (n_wrong, n_cases, n_reduced))


ROWS, WIDTH, REST = 24, 16, 37
UPDATES = {
    "sgd": (["optimizer", "sgd", "weight-decay", "0"], lambda g: torch.optim.SGD(g(0), lr=0.05)),
    "sgd, decay": (["optimizer", "sgd", "weight-decay", "0.02"], lambda g: torch.optim.SGD(g(0.02), lr=0.05)),
    "sgd, momentum": (["optimizer", "sgd", "momentum", "0.9", "weight-decay", "0"],
                      lambda g: torch.optim.SGD(g(0), lr=0.05, momentum=0.9)),
    "sgd, momentum and decay": (["optimizer", "sgd", "momentum", "0.8", "weight-decay", "0.02"],
                                lambda g: torch.optim.SGD(g(0.02), lr=0.05, momentum=0.8)),
    "sgd, nesterov": (["optimizer", "sgd", "momentum", "0.9", "nesterov", "true", "weight-decay", "0"],
                      lambda g: torch.optim.SGD(g(0), lr=0.05, momentum=0.9, nesterov=True)),
    "sgd, nesterov and decay": (["optimizer", "sgd", "momentum", "0.9", "nesterov", "true", "weight-decay", "0.05"],
                                lambda g: torch.optim.SGD(g(0.05), lr=0.05, momentum=0.9, nesterov=True)),
    "adamw": (["optimizer", "adamw", "weight-decay", "0.1"], lambda g: torch.optim.AdamW(g(0.1), lr=0.05)),
    "adamw, other betas": (["optimizer", "adamw", "adam-beta1", "0.8", "adam-beta2", "0.95", "adam-epsilon", "1e-6", "weight-decay",
                            "0"], lambda g: torch.optim.AdamW(g(0), lr=0.05, betas=(0.8, 0.95), eps=1e-6)),
    "lion": (["optimizer", "lion", "weight-decay", "0"], lambda g: lion_pytorch.Lion(g(0), lr=0.05)),
    "lion, decay": (["optimizer", "lion", "weight-decay", "0.3"], lambda g: lion_pytorch.Lion(g(0.3), lr=0.05)),
    "lion, other betas": (["optimizer", "lion", "lion-beta1", "0.95", "lion-beta2", "0.98", "weight-decay", "0.1"],
                          lambda g: lion_pytorch.Lion(g(0.1), lr=0.05, betas=(0.95, 0.98))),
}


def check_updates(driver):
    r = np.random.default_rng(5)
    n = ROWS * WIDTH + REST
    values = r.standard_normal(n).astype(np.float32)
    gradients = r.standard_normal((STEPS, n)).astype(np.float32)
    for step in range(STEPS):
        for row in range(ROWS):
            if row % 3 == 0 or r.random() < 0.6:  # a third never has one
                gradients[step, row * WIDTH:(row + 1) * WIDTH] = 0
    for name, (options, make) in UPDATES.items():
        for clip in (0.0, 10.0):
            words = torch.nn.Parameter(torch.tensor(values[:ROWS * WIDTH]).reshape(ROWS, WIDTH))
            rest = torch.nn.Parameter(torch.tensor(values[ROWS * WIDTH:]))
            optimizer = make(lambda decay: [{"params": [words], "weight_decay": decay}, {"params": [rest], "weight_decay": 0.0}])
            schedule = transformers.get_linear_schedule_with_warmup(optimizer, 20, STEPS)
            expected = []
            for step in range(STEPS):
                words.grad = torch.tensor(gradients[step, :ROWS * WIDTH]).reshape(ROWS, WIDTH)
                rest.grad = torch.tensor(gradients[step, ROWS * WIDTH:])
                if clip > 0:
                    torch.nn.utils.clip_grad_norm_([words, rest], clip)
                optimizer.step()
                schedule.step()
                expected.append(np.concatenate([words.detach().numpy().ravel(), rest.detach().numpy()]))
            got = drive(driver, "update", STEPS, ROWS, WIDTH, REST, "learning-rate", "0.05", "warmup-ratio", "0", "warmup-steps", "20",
                        "max-grad-norm", clip, *options, data=values.tobytes() + gradients.tobytes())
            got = np.frombuffer(got, np.float32).reshape(STEPS, n)
            expected = np.array(expected)
            worst = np.abs(got - expected).max() / np.abs(expected).max()
            moved = np.abs(expected[-1] - values).max()
            check(worst <= 1e-5 and moved > 0.01, "%-24s clip %-4g at most %.1e apart%s" %
                  (name, clip, worst, ", the same bits" if (got == expected).all() else ""))


BATCH, ROWS_OF_DATA = 8, 400
MODELS = {
    "sgd, nesterov, decay, cosine": (
        ["--optimizer", "sgd", "--momentum", "0.9", "--nesterov", "true", "--learning-rate", "2e-3", "--weight-decay", "0.01",
         "--lr-scheduler-type", "cosine", "--warmup-steps", "10", "--max-grad-norm", "1"],
        lambda m: torch.optim.SGD(hf.parameter_groups(m, 0.01), lr=2e-3, momentum=0.9, nesterov=True),
        lambda o: transformers.get_scheduler("cosine", o, 10, STEPS), 1.0),
    "lion, decay, polynomial": (
        ["--optimizer", "lion", "--learning-rate", "1e-4", "--weight-decay", "0.1", "--lr-scheduler-type", "polynomial",
         "--lr-scheduler-kwargs", '{"power": 2}', "--warmup-steps", "10", "--max-grad-norm", "0"],
        lambda m: lion_pytorch.Lion(hf.parameter_groups(m, 0.1), lr=1e-4),
        lambda o: transformers.get_scheduler("polynomial", o, 10, STEPS, {"power": 2}), 0.0),
    "adamw, rates of layers, restarts": (
        ["--learning-rate", "3e-4", "--weight-decay", "0.01", "--lr-scheduler-type", "cosine_with_restarts", "--lr-scheduler-kwargs",
         '{"num_cycles": 2}', "--warmup-steps", "10", "--layer-lr-decay", "0.7", "--head-learning-rate", "1e-3"],
        lambda m: torch.optim.AdamW(hf.layer_groups(m, 3e-4, 0.7, 1e-3, 0.01), lr=3e-4),
        lambda o: transformers.get_scheduler("cosine_with_restarts", o, 10, STEPS, {"num_cycles": 2}), 1.0),
}


def train_torch(start, make_optimizer, make_schedule, clip, sentences):
    model = transformers.AutoModelForTokenClassification.from_pretrained(start)
    tokenizer = transformers.AutoTokenizer.from_pretrained(start)
    examples = [hf.encode(tokenizer, s, model.config.label2id) for s in sentences]
    model.train()
    optimizer = make_optimizer(model)
    schedule = make_schedule(optimizer)
    losses = []
    for step in range(STEPS):
        first = step * BATCH % len(examples)
        loss = model(**hf.collate(examples[first:first + BATCH])).loss
        loss.backward()
        if clip > 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses, model


def check_models(nomen, source):
    vocab = os.path.join(source, "..", "shared", "vocab", "bert-base-cased")
    if not os.path.isdir(vocab):
        print("skipped: %s is not there, so no model is trained" % vocab)
        return
    data, dev = (os.path.join(source, "examples", name) for name in ("train.csv", "dev.csv"))
    sentences = hf.read_csv(data, ROWS_OF_DATA)
    assert len(sentences) == ROWS_OF_DATA
    with tempfile.TemporaryDirectory() as scratch:
        start = os.path.join(scratch, "start")
        hf.make_model(start, vocab)
        first = safetensors.torch.load_file(os.path.join(start, "model.safetensors"))
        for i, (name, (options, make_optimizer, make_schedule, clip)) in enumerate(MODELS.items()):
            expected, model = train_torch(start, make_optimizer, make_schedule, clip, sentences)
            output = os.path.join(scratch, str(i))
            hf.run([nomen, "train", "--model", start, "--train", data, "--dev", dev, "-o", output, "--rows", str(ROWS_OF_DATA),
                    "--epochs", str(STEPS * BATCH // ROWS_OF_DATA), "--batch-size", str(BATCH), "--shuffle", "false",
                    "--load-best-model-at-end", "false", "--logging-steps", "1", "--quiet", *options])
            history = hf.load_json(os.path.join(output, "trainer_state.json"))["log_history"]
            got = [entry["loss"] for entry in history if "loss" in entry]
            weights = safetensors.torch.load_file(os.path.join(output, "model.safetensors"))
            assert len(got) == STEPS, "%d steps instead of %d" % (len(got), STEPS)
            worst = max(abs(g - e) / e for g, e in zip(got, expected))
            travelled = apart = size = 0.0
            for key, value in model.state_dict().items():
                travelled += (value - first[key]).double().pow(2).sum().item()
                apart += (value - weights[key]).double().pow(2).sum().item()
                size += value.double().pow(2).sum().item()
            share, of_weights = (apart / travelled) ** 0.5, (apart / size) ** 0.5
            check(worst <= 1e-3 and of_weights <= 1e-3,
                  "%-33s loss %.4f to %.4f, at most %.1e apart; weights apart %.1e of their size, %.1e of their way" %
                  (name, expected[0], expected[-1], worst, of_weights, share))


def main():
    driver, nomen, source = sys.argv[1:4]
    check_elementary(driver)
    check_rates(driver)
    check_plateau(driver)
    check_updates(driver)
    check_models(nomen, source)
    sys.exit(1 if failed else 0)


main()
