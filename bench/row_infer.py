"""Rows of inference: many sentences in batches, and one sentence at a time, in fp32 and int8, beside each engine.

The best peer's row also tells both on one thread. Weights of 7 bits, which `nomen quantize --weight-bits 7` makes for
processors without an exact 8-bit dot product, are set beside the best int8 peer where that is a goal.
"""
import os

import numpy

import material
import measure
import peers

# Model: sentences a pass in batches, sentences alone, batch sizes that peers try, pairs.
PLANS = {
    "MiniLM-L6": {"batch": 512, "single": 100, "sizes": "8,16,32,64", "pairs": 5},
    "BERT-base": {"batch": 96, "single": 40, "sizes": "8,32", "pairs": 3},
}
QUICK = {"MiniLM-L6": {"batch": 120, "single": 30, "sizes": "16,32", "pairs": 3},
         "BERT-base": {"batch": 36, "single": 10, "sizes": "32", "pairs": 2}}
NARROW = "int8, 7-bit weights"


class Task:
    """One model and mode: the sentences, nomen's engine, and its fp32 logits to compare with."""

    def __init__(self, suite, model, mode):
        self.suite, self.model, self.mode = suite, model, mode
        plan = dict(PLANS[model], **(QUICK[model] if suite.quick else {}))
        self.pairs, self.sizes = plan["pairs"], plan["sizes"]
        self.directory = suite.minilm() if model == "MiniLM-L6" else material.bert_base()
        texts = suite.sentences.texts(plan[mode], 20000)
        name = "%s-%s" % (model, mode)
        self.cache = material.inside("cache", os.path.basename(self.directory), "ids.json")
        self.texts = material.write_lines(material.inside("data", name + ".txt"), texts)
        self.ids, self.n_tokens = material.write_ids(material.inside("data", name + ".json"), self.directory, texts)
        if not os.path.exists(self.cache):
            os.link(self.ids, self.cache)
        self.cache = os.path.dirname(self.cache)
        self.reference = None
        self.name = name

    def goal(self, precision):
        return self.suite.goal(self.mode, self.model, precision)

    def engine(self, precision, threads=None):
        if precision == NARROW:
            return self.suite.engine(self.narrow, self.texts, threads=threads)
        return self.suite.engine(self.directory, self.texts, *(["--int8"] if precision == "int8" else []), threads=threads)

    def peer(self, kind, precision, threads=None):
        more = [self.sizes] if self.mode == "batch" else []
        threads = threads or self.suite.threads
        return self.suite.python("peer_infer.py", kind, self.directory, self.cache, self.ids, precision, threads, *more,
                                 OMP_NUM_THREADS=str(threads))

    def logits(self, worker, who):
        path = material.inside("data", "logits-%s" % who)
        worker.ask("logits", path)
        found = numpy.fromfile(path, numpy.float32).reshape(-1, len(material.LABELS))
        os.remove(path)
        return found

    def rounds(self, engine, peer, goal=None):
        """Paired figures: tokens a second, or the median milliseconds; and all milliseconds of each."""
        if self.suite.quick:
            goal = None
        if self.mode == "batch":
            turn = lambda worker: self.n_tokens / worker.ask("batch")["seconds"]
            return measure.alternate(self.pairs, lambda: turn(engine), lambda: turn(peer), goal), {}
        seen = ([], [])

        def turn_alone(worker, into):
            times = worker.ask("single")["milliseconds"]
            into.extend(times)
            return measure.percentile(times, 0.5)
        pairs = measure.alternate(self.pairs, lambda: turn_alone(engine, seen[0]), lambda: turn_alone(peer, seen[1]), goal)
        return pairs, {"p99": {"nomen": measure.percentile(seen[0], 0.99), "theirs": measure.percentile(seen[1], 0.99)}}

    def agreement(self, found, precision):
        """How far logits are from nomen's fp32 logits."""
        far = float(numpy.abs(found - self.reference).max() / numpy.abs(self.reference).max())
        same = float((found.argmax(1) == self.reference.argmax(1)).mean())
        answer = {"logits_difference": far, "same_labels": same}
        if precision == "fp32":
            answer["agrees"] = far <= 1e-4
        return answer

    def one_thread(self, kind, precision):
        """Both on one thread, for the row of the best peer."""
        with self.engine(precision, 1) as engine, self.peer(kind, precision, 1) as peer:
            engine.ask(self.mode)
            peer.ask(self.mode)
            return measure.beside(self.rounds(engine, peer)[0])

    def work(self, precision):
        return "%s, %s, %s" % ("batch inference" if self.mode == "batch" else "one sentence, p50", self.model, precision)

    def compare(self, precision, kinds=tuple(peers.ENGINES)):
        """Rows beside each of the engines; int8 ones are those of nomen's weights of 7 bits too."""
        work, goal = self.work(precision), self.goal(precision)
        unit, more = ("tokens/s", True) if self.mode == "batch" else ("ms", False)
        rows, theirs_is = [], "fp32" if precision == "fp32" else "int8"
        with self.engine(precision) as engine:
            ours = self.logits(engine, "nomen")
            if precision == "fp32":
                self.reference = ours
            for kind in kinds:
                try:
                    with self.peer(kind, theirs_is) as peer:
                        theirs = self.agreement(self.logits(peer, kind), precision)
                        pairs, extra = self.rounds(engine, peer, goal)
                        if precision != "fp32":
                            extra["nomen_same_labels"] = self.agreement(ours, precision)["same_labels"]
                        rows.append(measure.compare(work, unit, pairs, peer.ready["name"], goal,
                                                    more, setting=peer.ready, engine=kind, **theirs, **extra))
                        self.suite.tell(rows[-1])
                except measure.Failed as failure:
                    rows.append(dict(measure.skipped(work, "%s failed: %s" % (kind, failure)), failed=True))
        measure.only_best_has_goal([row for row in rows if "ratio" in row], more)
        for row in rows:
            if row.get("best_peer") and precision != NARROW:
                row["one_thread"] = self.one_thread(row["engine"], precision)
                self.suite.tell(row)
        return rows

    def compare_narrow(self, best):
        """Weights of 7 bits beside the best int8 peer."""
        if self.goal_of_narrow() is None or best is None:
            return []
        self.narrow = material.inside("models", self.model + "-7-bits")
        measure.run([self.suite.nomen, "quantize", "--model", self.directory, "--weight-bits", 7, "--no-gate", "-o", self.narrow,
                     "--overwrite"], self.suite.environment)
        return self.compare(NARROW, [best])

    def goal_of_narrow(self):
        return self.goal(NARROW) if self.mode == "batch" else None

    def run(self):
        rows = self.compare("fp32")
        wide = self.compare("int8")
        best = next((row["engine"] for row in wide if row.get("best_peer")), None)
        return rows + wide + self.compare_narrow(best)


def batch(suite):
    return [row for model in PLANS for row in Task(suite, model, "batch").run()]


def single(suite):
    return [row for model in PLANS for row in Task(suite, model, "single").run()]
