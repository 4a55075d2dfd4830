#!/usr/bin/env python3
"""Training runs under random options: whatever they are together, each is refused by name or keeps the promises.

A run that is killed, interrupted or out of disk at random changes of the disk, and resumed with other threads and instruction
sets, leaves the very bytes of one that was not; so does one with a cache of its data; gradient checkpointing changes no weight;
and two processes of mpirun leave the bytes of one with twice the accumulation steps. What fails is told with its seed, which
repeats it.

Usage: train_options.py NOMEN TINY_MODEL FAILING_DISK_SO [RUNS [FIRST_SEED]]
"""
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

NOMEN, TINY, SHIM = sys.argv[1:4]
N_RUNS = int(sys.argv[4]) if len(sys.argv) > 4 else 200
FIRST = int(sys.argv[5]) if len(sys.argv) > 5 else 1
ISAS = ("plain", "avx2", "avx512", None)  # where the machine lacks one, there is a warning, and another is taken
TIMES = re.compile(r'"(seconds|epoch_start)": ?[-+.0-9e]+,?')
NAMES = "Bill Gates Anna Smith Maria Garcia John Lee".split()
PLACES = "New York London Paris Berlin San Francisco".split()
OTHERS = "is the founder of lives in and works at said today met yesterday they went to . , !".split()

# Each hyper-parameter and what it may be. Some clash, and are refused then.
RARELY, OFTEN = 0.12, 0.5
CHOICES = {
    "batch-size": (OFTEN, [1, 2, 3, 16]), "gradient-accumulation-steps": (OFTEN, [2, 3]), "shuffle": (RARELY, ["false"]),
    "max-tokens": (OFTEN, [24, 40, 4096]), "max-length": (OFTEN, [8, 12, 20]), "stride": (RARELY, [0, 2]), "context": (RARELY, [3, 6]),
    "label-all-pieces": (RARELY, ["repeat", "inside"]), "seed": (OFTEN, [1, 2, 3]), "learning-rate": (OFTEN, ["2e-3", "1e-2", "1e-4"]),
    "rows": (RARELY, [4, 9]), "logging-steps": (OFTEN, [1, 2, 5]), "gradient-checkpointing": (RARELY, ["true"]),
    "optimizer": (OFTEN, ["sgd", "lion"]), "momentum": (RARELY, [0.9]), "nesterov": (RARELY, ["true"]), "lion-beta1": (RARELY, [0.5]),
    "adam-beta2": (RARELY, [0.9]), "weight-decay": (RARELY, [0, 0.3]), "max-grad-norm": (RARELY, [0, 0.1]), "ema-decay": (RARELY, [0.8]),
    "lr-scheduler-type": (OFTEN, ["constant", "cosine", "cosine_with_restarts", "cosine_with_min_lr", "polynomial", "inverse_sqrt",
                                  "warmup_stable_decay", "reduce_lr_on_plateau"]),
    "warmup-ratio": (RARELY, [0, 0.5]), "warmup-steps": (RARELY, [3]), "layer-lr-decay": (RARELY, [0.7]),
    "head-learning-rate": (RARELY, ["1e-2"]), "class-weight": (RARELY, ["auto", "sqrt", "effective"]), "loss": (RARELY, ["focal"]),
    "focal-gamma": (RARELY, [1]), "label-smoothing": (RARELY, [0.1]), "oversample-threshold": (RARELY, [0.5]),
    "crf": (RARELY, ["true"]), "crf-learning-rate": (RARELY, [0.01]), "freeze-embeddings": (RARELY, ["true"]),
    "freeze-layers": (RARELY, [1, 2]), "lora-rank": (RARELY, [1, 3]), "lora-dropout": (RARELY, [0.2]), "lora-alpha": (RARELY, [2]),
    "lora-target": (RARELY, ["query", "key,output.dense", "attention.output.dense,intermediate.dense"]),
    "lora-export": (RARELY, ["adapter"]), "early-stopping-patience": (RARELY, [1, 3]), "early-stopping-threshold": (RARELY, [0.01]),
    "eval-steps": (OFTEN, [1, 2, 3]), "load-best-model-at-end": (RARELY, ["false"]),
    "metric-for-best-model": (OFTEN, ["loss", "accuracy", "per.f1"]), "reduce-by-batch": (RARELY, ["true"]),
    "keep-labels": (RARELY, ["true", "false"]), "folds": (RARELY, [3]), "fold": (RARELY, [2]), "split": (RARELY, ["60/40/0"]),
}
KWARGS = {"cosine_with_restarts": '{"num_cycles": 2}', "cosine_with_min_lr": '{"min_lr_rate": 0.1}', "polynomial": '{"power": 2}',
          "inverse_sqrt": '{"timescale": 4}', "warmup_stable_decay": '{"num_decay_steps": 4}', "reduce_lr_on_plateau": '{"patience": 0}'}
# What goes with another option alone: left out most of the time where that is absent.
NEEDS = {"momentum": ("optimizer", "sgd"), "nesterov": ("momentum", None), "lion-beta1": ("optimizer", "lion"), "focal-gamma": ("loss", None),
         "crf-learning-rate": ("crf", None), "lora-dropout": ("lora-rank", None), "lora-alpha": ("lora-rank", None),
         "lora-target": ("lora-rank", None), "lora-export": ("lora-rank", None), "fold": ("folds", None),
         "early-stopping-threshold": ("early-stopping-patience", None)}


class Failure(Exception):
    pass


def write_data(path, chance, n):
    """Sentences of a few words, or of more than a window."""
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(n):
            if chance.random() < 0.1:
                file.write("-DOCSTART- O\n\n")
            for _ in range(chance.choice([1, 3, 6, 10, 25])):
                kind = chance.random()
                if kind < 0.2:
                    file.write(f"{chance.choice(NAMES)} B-per\n" + (f"{chance.choice(NAMES)} I-per\n" if kind < 0.1 else ""))
                elif kind < 0.3:
                    file.write(f"{chance.choice(PLACES)} B-geo\n")
                else:
                    file.write(f"{chance.choice(OTHERS)} O\n")
            file.write("\n")


def draw_options(chance):
    drawn = {"epochs": chance.choice([1, 2, 3, 4])}
    for name, (how_often, values) in CHOICES.items():
        other, value = NEEDS.get(name, (None, None))
        fits = other is None or (other in drawn and value in (None, drawn[other]))
        often = (OFTEN if other is not None else how_often) if fits else 0.005
        if chance.random() < often:
            drawn[name] = chance.choice(values)
    if drawn.get("lr-scheduler-type") in KWARGS and chance.random() < 0.5:
        drawn["lr-scheduler-kwargs"] = KWARGS[drawn["lr-scheduler-type"]]
    if drawn.get("folds") and "fold" not in drawn:
        drawn["fold"] = 1
    return drawn


def arguments(options):
    return [word for name, value in options.items() for word in ("--" + name, str(value))]


class Case:
    """A seed's data, options and directory."""

    def __init__(self, seed, scratch, model):
        self.chance = random.Random(seed)
        self.work = pathlib.Path(scratch) / str(seed)
        self.work.mkdir()
        write_data(self.work / "train.conll", self.chance, self.chance.choice([6, 12, 20]))
        write_data(self.work / "dev.conll", self.chance, 4)
        self.options = draw_options(self.chance)
        by_steps = self.chance.random() < 0.8
        self.saving = {"save-steps": self.chance.choice([1, 2, 3, 7])} if by_steps else {"save-minutes": self.chance.choice([0, 1e-9])}
        if by_steps and self.chance.random() < 0.5:
            self.saving["save-total-limit"] = self.chance.choice([1, 2])
        if self.chance.random() < 0.2:
            self.saving["save-top-k"] = 2
        self.files = ["--model", model, "--train", self.work / "train.conll"]
        if not {"folds", "split"} & set(self.options):
            self.files += ["--dev", self.work / "dev.conll"]
        self.printed = ""

    def output(self, name):
        """Each in a directory of its own, by the same name, which the card has in it."""
        (self.work / name).mkdir(exist_ok=True)
        return self.work / name / "model"

    def train(self, output, *more, options=None, launch=(), **environment):
        """Exit code of a run."""
        command = [*launch, NOMEN, "train", *self.files, *arguments(self.options if options is None else options),
                   *arguments(self.saving), "-o", self.output(output), "--threads", self.chance.choice([1, 2, 3]), *more]
        isa = self.chance.choice(ISAS)
        environment = os.environ | environment | ({"NOMEN_ISA": isa} if isa else {})
        done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, timeout=120)
        self.printed = " ".join(map(str, command)) + f"\n{environment.get('DISK_AT')} {environment.get('DISK_HOW')}\n" + done.stderr
        if done.returncode not in (0, 1, 2, -9):
            raise Failure(f"exit code {done.returncode}")
        return done.returncode

    def must_train(self, *arguments, **more):
        code = self.train(*arguments, **more)
        if code != 0:
            raise Failure(f"exit code {code}")

    def breaking(self, n_calls):
        how = self.chance.choice(["KILL", "KILL", "INT", "EIO", "ENOSPC"])
        last = str(self.chance.choice([1, 40]) if how == "ENOSPC" else 1)
        return {"LD_PRELOAD": SHIM, "DISK_AT": str(self.chance.randint(1, n_calls)), "DISK_HOW": how, "DISK_FOR": last}

    def is_same(self, output, names=None):
        """The finished model's files are those of the whole run, `names` of them or all but checkpoints; nothing is beside it."""
        for path in sorted(self.output("whole").iterdir()):
            if path.is_dir() or (names is not None and path.name not in names):
                continue
            a, b = path.read_bytes(), (self.output(output) / path.name).read_bytes()
            if path.suffix in (".json", ".md"):
                a, b = (TIMES.sub("", text.decode()) for text in (a, b))
            if a != b:
                raise Failure(f"{output}: {path.name} is another")
        left = [path.name for path in (self.work / output).iterdir()]
        if left != ["model"]:
            raise Failure(f"left over: {left}")

    def remove(self, output):
        shutil.rmtree(self.work / output)


WEIGHTS = ("model.safetensors", "adapter_model.safetensors", "crf.safetensors")


def check_stops(case, n_calls):
    """Killed, interrupted and out of disk up to three times, and resumed; how often that was."""
    out, log, n_stops, began, has_log = case.output("out"), case.work / "log.csv", 0, False, True
    unscored = False  # stopped while the test part was scored: the model is there, and has no scores of it
    while True:
        broken = case.breaking(n_calls) if n_stops < 3 else {}
        code = case.train("out", *(["--resume", out] if began else []), "--log-csv", log, **broken)
        has_log &= "the log of the run (CSV) ends here" not in case.printed
        if code == 0:
            break
        began = True
        unscored |= "interrupted while the test part was scored" in case.printed
        left = re.search(r"(?:it was|were) left at ([^\n:]*)", case.printed)
        if left:
            shutil.rmtree(left[1])
        if code == -9 or re.search("nomen: interrupted|Input/output error|No space left", case.printed):
            n_stops += 1
        elif not re.search("holds no checkpoint to go on from|is no directory, so", case.printed):
            raise Failure(f"exit code {code}")
        elif (out / "model.safetensors").exists():
            for path in out.parent.glob("model.????????"):
                shutil.rmtree(path)  # the run's directory, which was being removed when the model was there already
            break
        else:
            case.remove("out")
            log.unlink(missing_ok=True)
            began, has_log = False, True
    case.is_same("out", WEIGHTS if unscored else None)
    if has_log and log.read_bytes() != (case.work / "whole.csv").read_bytes():
        raise Failure("log.csv is another")
    case.remove("out")
    return n_stops


def check_cache(case):
    """Trained from a cache: made, then found."""
    for output in ("first", "second"):
        if case.train(output, "--cache", case.work / "cache") == 2:
            return False
        case.is_same(output, WEIGHTS + ("trainer_state.json",))
        case.remove(output)
    return True


def check_checkpointing(case):
    """Storing less of each layer changes no weight."""
    other = "false" if "gradient-checkpointing" in case.options else "true"
    case.must_train("other", options=case.options | {"gradient-checkpointing": other})
    case.is_same("other", WEIGHTS)
    case.remove("other")


def check_processes(case):
    """Two processes beside one with twice the batches in a step, also where they go on from the first checkpoint."""
    k = case.options.get("gradient-accumulation-steps", 1)
    case.remove("whole")
    if case.train("whole", options=case.options | {"gradient-accumulation-steps": 2 * k, "reduce-by-batch": "true"}) == 2:
        return False  # too few steps are left for the schedule
    root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_btl": "self,vader"}
    two = {"options": case.options | {"reduce-by-batch": "true"}, "launch": ("mpirun", "-np", "2", "--oversubscribe")} | root
    case.must_train("two", **two)
    case.is_same("two")
    checkpoints = sorted(case.output("two").glob("checkpoint-*"), key=lambda path: int(path.name[11:]))
    for path in checkpoints[1:]:
        shutil.rmtree(path)
    if checkpoints:
        case.must_train("two", "--resume", case.output("two"), **two)
        case.is_same("two")
    return True


def run_case(case, with_processes, counts):
    seen = case.work / "seen"
    code = case.train("whole", "--log-csv", case.work / "whole.csv", LD_PRELOAD=SHIM, DISK_SEEN=str(seen))
    if code == 2:
        if not re.search(r"^nomen( train)?: --[a-z-]+", case.printed, re.M):
            raise Failure("refused without the name of an option")
        counts["refused"] += 1
        return
    if code != 0:
        raise Failure(f"exit code {code}")
    counts["accepted"] += 1
    counts["stops"] += check_stops(case, int(seen.read_text()))
    counts["caches"] += check_cache(case)
    check_checkpointing(case)
    if with_processes:
        counts["spread"] += check_processes(case)


def main():
    counts, failed = dict.fromkeys(("accepted", "refused", "stops", "caches", "spread"), 0), []
    with_mpi = shutil.which("mpirun") is not None and (pathlib.Path(NOMEN).parent / "nomen_mpi.so").exists()
    with tempfile.TemporaryDirectory() as scratch:
        model = pathlib.Path(scratch) / "model"
        subprocess.run([TINY, model, "hidden=32", "layers=2"], check=True, stdout=subprocess.DEVNULL)
        for seed in range(FIRST, FIRST + N_RUNS):
            case = Case(seed, scratch, model)
            try:
                run_case(case, with_mpi and seed % 5 == 0, counts)
            except (Failure, subprocess.TimeoutExpired) as error:
                failed.append(seed)
                print(f"seed {seed}: {error}\n{json.dumps(case.options)} {json.dumps(case.saving)}\n{case.printed}", flush=True)
                if os.environ.get("KEEP"):
                    shutil.copytree(case.work, pathlib.Path(os.environ["KEEP"]) / str(seed))
            shutil.rmtree(case.work)
    print(", ".join(f"{count} {what}" for what, count in counts.items()) + f"; {len(failed)} failed: {failed}")
    sys.exit(1 if failed or counts["accepted"] < N_RUNS / 2 or counts["stops"] < N_RUNS / 4 else 0)


main()
