"""The records of a run, read by the libraries that they are made for.

usage: records.py NOMEN TINY_MODEL

- TensorBoard's own reader: tags and values are those of trainer_state.json, in float32; a torn record at the end of a file
  breaks nothing; after --resume each step is there once, and what came after the checkpoint is of the second file.
- csv and pandas: the log has the numbers of trainer_state.json, and after --resume the bytes it had before.
- transformers.TrainerState: the state of a finished run and of a checkpoint.
- huggingface_hub: the card's metadata, with odd names, with and without a model of the hub; scores to 1e-6, as six digits
  behind the point are written.
- html.parser: the report's elements are all closed, and nothing is fetched or run.
"""
import csv
import glob
import html.parser
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile

import numpy as np
import pandas
from huggingface_hub import ModelCard, metadata_load
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from transformers import TrainerState

NOMEN, TINY = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
NAMES, PLACES = "Anna Bill John Maria".split(), "London Paris Berlin York".split()


def check(condition, *what):
    if not condition:
        sys.exit("records.py: " + " ".join(str(x) for x in what))


def write_data(path, n, seed):
    rng = random.Random(seed)
    with open(path, "w", encoding="utf-8") as f:
        for _ in range(n):
            f.write(f"{rng.choice(NAMES)} B-per\nwent O\nto O\n{rng.choice(PLACES)} B-geo\n. O\n\n")


def train(*options, model="model", expected=0, **environment):
    command = [NOMEN, "train", "--model", model, "--train", "train.conll", "--epochs", "2", "--batch-size", "4",
               "--logging-steps", "2", "--learning-rate", "1e-3", "--threads", "1", "--quiet", *options]
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=120)
    check(run.returncode == expected, command, "exit code", run.returncode, run.stderr)
    return run.stderr


def read_events(directory):
    reader = EventAccumulator(directory, size_guidance={"scalars": 0, "tensors": 0})
    reader.Reload()
    return reader


def expected_scalars(history):
    """Tag to {step: value}, by the names of transformers' TensorBoardCallback."""
    tags = {}
    for entry in history:
        for key, value in entry.items():
            if key == "step":
                continue
            tag = "eval/" + key[5:] if key.startswith("eval_") else "train/" + key
            tags.setdefault(tag, {})[entry["step"]] = value
    return tags


def check_events(directory, history):
    reader = read_events(directory)
    want = expected_scalars(history)
    check(set(reader.Tags()["scalars"]) == set(want) | {"eval/accuracy"}, reader.Tags())
    for tag, values in want.items():
        points = reader.Scalars(tag)
        if tag != "train/epoch":  # said by an entry and by an evaluation, as the callback does
            check(len(points) == len(values), tag, points)
        check([p.step for p in points] == sorted(p.step for p in points), tag, "is not in order")
        check({p.step: np.float32(p.value) for p in points} == {s: np.float32(v) for s, v in values.items()}, tag, points)
    text = reader.Tensors("args/text_summary")[0].tensor_proto.string_val[0].decode()
    check(text.startswith("```json\n") and text.endswith("\n```\n"), text)
    check(json.loads(text[8:-5])["learning-rate"] == 1e-3, text)
    return reader


def check_csv(history):
    with open("log.csv", newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    names = {"eval_" + x: "dev_" + x for x in ("loss", "precision", "recall", "f1")}
    check(len(rows) == len(history), rows)
    for row, entry in zip(rows, history):
        for key, value in entry.items():
            # trainer_state.json has 15 digits, so half a unit of the 15th; test_records compares the bits.
            check(abs(float(row[names.get(key, key)]) - value) <= 5e-15 * abs(value), key, row, entry)
        empty = [k for k, v in row.items() if v == ""]
        check(len(empty) == (3 if "eval_loss" in entry else 5), row)
    table = pandas.read_csv("log.csv")
    check(table["step"].dtype == np.int64 and (table.drop(columns="step").dtypes == np.float64).all(), table.dtypes)
    check(b"\r\n" in open("log.csv", "rb").read(), "lines end as RFC 4180 has it")


def check_state(path, steps):
    state = TrainerState.load_from_json(path)
    check(state.global_step == steps and state.num_train_epochs == 2 and state.logging_steps == 2, path)
    check(state.train_batch_size == 4, path)
    for entry in state.log_history:
        keys = ({"eval_loss", "eval_precision", "eval_recall", "eval_f1", "epoch", "step"} if "eval_loss" in entry else
                {"loss", "grad_norm", "learning_rate", "epoch", "step"})
        check(set(entry) == keys, entry)
    return state


def check_logs():
    options = ("--dev", "dev.conll", "--test", "dev.conll", "-o", "out", "--log-csv", "log.csv", "--tensorboard", "new/board",
               "--save-steps", "4", "--report", "report.html")
    train(*options)
    state = check_state("out/trainer_state.json", 10)
    check(state.best_metric is not None, state)
    check(check_state("out/checkpoint-8/trainer_state.json", 8).max_steps == 10, "max_steps")
    check_csv(state.log_history)
    before = open("log.csv", "rb").read()
    check_events("new/board", state.log_history)

    # Killed in the middle of a record after step 10, with a good checkpoint of step 4 alone.
    (first,) = glob.glob("new/board/events.out.tfevents.*")
    with open(first, "ab") as f:
        f.write(struct.pack("<Q", 40) + b"torn")
    check_events("new/board", state.log_history)
    shutil.rmtree("out/checkpoint-8")
    train(*options, "--resume", "out")
    check(open("log.csv", "rb").read() == before, "the resumed log is another")
    files = sorted(glob.glob("new/board/events.out.tfevents.*"))
    check(len(files) == 2 and files[0] == first, files)
    reader = check_events("new/board", state.log_history)
    started = read_events(files[1]).FirstEventTimestamp()
    for tag in reader.Tags()["scalars"]:
        for point in reader.Scalars(tag):
            check((point.wall_time >= started) == (point.step >= 4), tag, point, started)

    # Another run in the same place is refused, or purges what is there.
    message = train(*options, "-o", "other", expected=1)
    check("already" in message or "another run" in message, message)
    shutil.rmtree("out")
    train(*options, "--overwrite")
    check_events("new/board", json.load(open("out/trainer_state.json"))["log_history"])


def check_card(directory, name, base):
    card = ModelCard.load(os.path.join(directory, "README.md"))
    data = card.data
    check(data.library_name == "transformers" and data.pipeline_tag == "token-classification", data)
    check(data.base_model == base and "nomen" in data.tags and data.license is None and data.language is None, data)
    check(data.model_name == name, repr(data.model_name), repr(name))
    scores = json.load(open(os.path.join(directory, "nomen.json")))["scores"]["test"]
    check([r.metric_type for r in data.eval_results] == ["precision", "recall", "f1", "accuracy"], data.eval_results)
    for result in data.eval_results:
        check(result.task_type == "token-classification" and result.dataset_split == "test", result)
        check(abs(result.metric_value - scores[result.metric_type]) <= 5e-7, result, scores)
    check(metadata_load(os.path.join(directory, "README.md"))["model-index"][0]["name"] == name, "metadata_load")
    check("model-index" in data.to_yaml(), data)
    return data.eval_results[0].dataset_name


def check_cards():
    odd = 'out "x": #é\u0085\\ y'
    shutil.copy("dev.conll", 'te\x7fst: "1".conll')
    train("--dev", "dev.conll", "--test", 'te\x7fst: "1".conll', "-o", odd)
    check(check_card(odd, odd, None) == 'te\x7fst: "1".conll', "the name of the data")
    commit = "0123456789abcdef0123456789abcdef01234567"
    folder = "cache/models--some--tiny-model"
    os.makedirs(folder + "/refs")
    open(folder + "/refs/main", "w").write(commit)
    shutil.copytree("model", f"{folder}/snapshots/{commit}")
    for i, name in enumerate(("some/tiny-model", "some/tiny-model@" + commit)):
        train("-o", f"hub{i}", "--split", "60/20/20", model=name, HF_HUB_CACHE=os.path.abspath("cache"))
        check(check_card(f"hub{i}", f"hub{i}", "some/tiny-model") == "train.conll", "the name of the data")
    train("-o", "alone", "--split", "100/0/0")
    check(metadata_load("alone/README.md").get("model-index") is None, "scores of no test part")


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.text = [], []

    def handle_starttag(self, tag, attributes):
        check(tag not in ("script", "link", "img", "iframe", "object", "embed", "form", "base"), "<" + tag + ">")
        for key, value in attributes:
            check(key not in ("src", "href", "srcset", "action") and not key.startswith("on"), tag, key)
            check("://" not in (value or ""), tag, key, value)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        check(self.open and self.open[-1] == tag, "</" + tag + "> closes", self.open)
        self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


def check_report():
    page = Page()
    page.feed(open("report.html", encoding="utf-8").read())
    page.close()
    text = "".join(page.text)
    check(not page.open, page.open)
    for part in ("Curves", "Scores on the dev part", "Scores on the test part", "Sentences with most errors", "The data",
                 "nomen train --model model --train train.conll"):
        check(part in text, part, "is not in the report")
    scores = json.load(open("out/nomen.json"))["scores"]
    for part in ("dev", "test"):
        check(f"{scores[part]['f1']:.4f}" in text, part)


with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    subprocess.run([TINY, "model", "hidden=32", "layers=2"], check=True, stdout=subprocess.DEVNULL)
    write_data("train.conll", 20, 1)
    write_data("dev.conll", 6, 2)
    check_logs()
    check_report()
    check_cards()
print("records read by tensorboard, csv, pandas, transformers, huggingface_hub and html.parser")
