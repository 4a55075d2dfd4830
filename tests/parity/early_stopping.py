"""Early stopping against transformers' EarlyStoppingCallback: from the same values of the metric, the same step is the last and
the same one is the best; and transformers reads the state that a run with evaluation by steps leaves.

Usage: early_stopping.py NOMEN TINY_MODEL
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import types

from transformers import EarlyStoppingCallback, TrainerControl, TrainerState

nomen, tiny = sys.argv[1:]
TRAIN = ("Bill B-per\nGates I-per\nis O\nthe O\nfounder O\nof O\nMicrosoft B-org\n. O\n\nAnna B-per\nlives O\nin O\nLondon B-geo\n\n"
         "Acme B-org\nLabs I-org\nsaid O\ntoday O\n\nMaria B-per\nGarcia I-per\nmet O\nJohn B-per\n\nthe O\ncity O\nof O\nParis B-geo\n")
DEV = "John B-per\nSmith I-per\nworks O\nat O\nAcme B-org\nInc I-org\n\nhe O\nmet O\nAnna B-per\nLee I-per\n"


def train(work, out, rate, metric, *more):
    subprocess.run([nomen, "train", "--model", work / "model", "--train", work / "train", "--dev", work / "dev", "-o", out,
                    "--epochs", "12", "--batch-size", "1", "--learning-rate", rate, "--eval-steps", "2",
                    "--metric-for-best-model", metric, "--quiet", "--overwrite", *more], check=True, stdout=subprocess.DEVNULL)
    return json.loads((out / "nomen.json").read_text())


def expected(values, metric, patience, threshold):
    """(steps that are evaluated, the best of them): Trainer's loop round the callback (_maybe_log_save_evaluate), which evaluates,
    asks the callback, and then notes the best."""
    args = types.SimpleNamespace(metric_for_best_model=metric, greater_is_better=metric != "loss")
    callback = EarlyStoppingCallback(early_stopping_patience=patience, early_stopping_threshold=threshold)
    state, best = TrainerState(), None
    for n, (step, value) in enumerate(values, 1):
        control = TrainerControl()
        callback.on_evaluate(args, state, control, {f"eval_{metric}": value})
        if best is None or (value > state.best_metric if args.greater_is_better else value < state.best_metric):
            best, state.best_metric = step, value
        if control.should_training_stop:
            break
    return n, best


cases = early = 0
with tempfile.TemporaryDirectory() as name:
    work = pathlib.Path(name)
    subprocess.run([tiny, work / "model", "labels="], check=True)  # a fresh head, which takes some steps to learn
    (work / "train").write_text(TRAIN)
    (work / "dev").write_text(DEV)
    for rate, metric in (("2e-3", "f1"), ("5e-3", "loss"), ("1e-2", "f1"), ("1e-2", "per.recall"), ("2e-4", "loss")):
        whole = train(work, work / "whole", rate, metric)
        values = [(e["step"], e["metric"]) for e in whole["evaluations"]]
        for patience in (1, 2, 3, 5):
            for threshold in (0, 0.01, 0.1):
                run = train(work, work / "out", rate, metric, "--early-stopping-patience", str(patience),
                            "--early-stopping-threshold", str(threshold))
                n, best = expected(values, metric, patience, threshold)
                found = [(e["step"], e["metric"]) for e in run["evaluations"]]
                assert found == values[:n], (rate, metric, patience, threshold, found, values[:n])
                assert run["best_step"] == best, (rate, metric, patience, threshold, run["best_step"], best)
                assert run["stopped_early"] == (n < len(values)), (rate, metric, patience, threshold)
                state = TrainerState.load_from_json(str(work / "out" / "trainer_state.json"))
                assert state.best_global_step == best and state.best_metric == dict(values)[best] and state.eval_steps == 2
                assert [e["step"] for e in state.log_history if "eval_f1" in e] == [step for step, _ in found]
                cases += 1
                early += run["stopped_early"]
assert 10 < early < cases, (early, cases)
print(f"{cases} runs, {early} of them stopped early, where EarlyStoppingCallback stops them")
