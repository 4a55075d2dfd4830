"""Rows of training: speed and memory beside PyTorch's best practice, and beside the seed article's own loop."""
import json
import shutil

import material
import measure

# Model: sentences of an epoch of nomen's, PyTorch's steps in a turn, pairs.
PLANS = {"MiniLM-L6": {"rows": 640, "steps": 15, "pairs": 3},
         "BERT-base": {"rows": 128, "steps": 4, "pairs": 3}}
QUICK = {"MiniLM-L6": {"rows": 128, "steps": 4, "pairs": 2}, "BERT-base": {"rows": 32, "steps": 1, "pairs": 1}}
SEED = {"MiniLM-L6": {"rows": 120, "steps": 4}, "BERT-base": {"rows": 24, "steps": 2}}
BATCH = 32


def start(suite, model):
    """A directory whose head has the corpus's labels, so that both start from the same weights; dropout is 0.1."""
    return suite.minilm() if model == "MiniLM-L6" else material.bert_base()


def sentences(suite, n, at):
    """n sentences that have all labels: nomen gives a model that lacks one, or has one more, a fresh head."""
    missing, first = set(material.LABELS), []
    for text, labels in suite.sentences.rows:
        if not missing.isdisjoint(labels.split(" ")):
            missing.difference_update(labels.split(" "))
            first.append((text, labels))
    return first + suite.sentences.take(n - len(first), at)


class Trainer:
    """`nomen train` as a program: the speed of the second of two epochs, as PyTorch's first steps don't count either."""

    def __init__(self, suite, directory, rows):
        self.suite, self.directory = suite, directory
        self.data = material.write_csv(material.inside("data", "train.csv"), rows)
        self.few = material.write_csv(material.inside("data", "few.csv"), rows[:2])

    def __call__(self, *options, threads=None):
        output = material.inside("trained")
        said = measure.run([self.suite.nomen, "train", "--model", self.directory, "--train", self.data, "--dev", self.few,
                            "--epochs", 2, "--threads", threads or self.suite.threads, "--json", "--quiet", "-o", output,
                            "--overwrite", *options], self.suite.environment)
        shutil.rmtree(output, ignore_errors=True)
        result = json.loads(said[3])
        seconds = [epoch["seconds"] for epoch in result["epochs"]]
        return result["tokens_per_second"] * sum(seconds) / len(seconds) / seconds[-1], said[2]


def best_practice(suite, model):
    plan = dict(PLANS[model], **(QUICK[model] if suite.quick else {}))
    directory = start(suite, model)
    nomen = Trainer(suite, directory, sentences(suite, plan["rows"], 10000))
    options = ["--batch-size", BATCH, "--optimizer", "adamw", "--learning-rate", "5e-5"]
    peaks = []
    goal = suite.goal("train", model)
    warm = 1 if suite.quick else 2  # the first steps make the optimiser's state; not counted

    def turn(peer):
        said = peer.ask("steps", plan["steps"])
        return said["tokens"] / said["seconds"]

    def ours(*more):
        speed, peak = nomen(*options, *more)
        peaks.append(peak)
        return speed
    with suite.python("peer_train.py", "best", directory, nomen.data, BATCH, suite.threads) as peer:
        peer.ask("steps", warm)
        pairs = measure.alternate(plan["pairs"], ours, lambda: turn(peer), None if suite.quick else goal)
        peak = peer.peak_rss()
        with suite.python("peer_train.py", "best", directory, nomen.data, BATCH, 1, OMP_NUM_THREADS="1") as alone:
            alone.ask("steps", warm)
            one = measure.alternate(1 if suite.quick else plan["pairs"], lambda: nomen(*options, threads=1)[0], lambda: turn(alone))
        yield measure.compare("train %s, AdamW, batch %d" % (model, BATCH), "tokens/s", pairs, "PyTorch", goal,
                              one_thread=measure.beside(one))
        yield memory("training memory, %s" % model, max(peaks), peak, suite.goal("training memory", model))
        peaks.clear()
        pairs = measure.alternate(1, lambda: ours("--gradient-checkpointing", "true"), lambda: turn(peer))
        yield measure.compare("train %s with --gradient-checkpointing" % model, "tokens/s", pairs, "PyTorch without")
        yield memory("training memory, %s, --gradient-checkpointing" % model, max(peaks), peak,
                     suite.goal("training memory, checkpoints"))


def memory(work, ours, theirs, goal):
    return measure.compare(work, "MiB", [(ours / 2**20, theirs / 2**20)], "PyTorch", goal, False, note="peak RSS")


def seed_recipe(suite, model):
    plan = SEED[model]
    directory = start(suite, model)
    nomen = Trainer(suite, directory, sentences(suite, plan["rows"], 12000))
    steps = 1 if suite.quick else plan["steps"]
    with suite.python("peer_train.py", "seed", directory, nomen.data, 2, suite.threads) as peer:
        def theirs():
            turn = peer.ask("steps", steps)
            return turn["tokens"] / turn["seconds"]
        peer.ask("steps", 1)
        pairs = measure.alternate(1 if suite.quick else 3, lambda: nomen("--recipe", "seed")[0], theirs)
        yield measure.compare("seed recipe, %s, batch 2" % model, "tokens/s", pairs, "the seed's loop in PyTorch",
                              suite.goal("seed"))


def told(suite, rows):
    found = []
    for row in rows:
        found.append(row)
        suite.tell(row)
    return found


def train(suite):
    return [row for model in PLANS for row in told(suite, best_practice(suite, model))]


def seed(suite):
    return [row for model in SEED for row in told(suite, seed_recipe(suite, model))]
