"""Processes that take turns, and what their turns say: paired ratios and their spread.

A Worker is a process that has loaded everything and answers a line of words with a line of JSON. Between its
turns it is stopped (SIGSTOP), so that threads which wait by spinning take nothing from the one whose turn it is.
"""
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile

LAUNCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "launch.py")


class Failed(Exception):
    """A worker ended, or a program failed; the message says what it said last."""


def reason(said, code, command):
    """What a program said last, then which it was."""
    last = said.strip().splitlines()[-1:] or ["it said nothing"]
    return "%s (exit code %d: %s)\n%s" % (last[0], code, " ".join(command), said[-3000:])


class Worker:
    def __init__(self, command, log, env=None):
        self.command = [str(c) for c in command]
        self.log = log
        with open(log, "w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=errors, text=True, env=env)
        self.ready = self._answer()  # what it says about itself
        self._pause()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            with open(self.log, encoding="utf-8", errors="replace") as file:
                raise Failed(reason(file.read(), self.process.returncode, self.command))
        return json.loads(line)

    def _pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def ask(self, *words):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self._answer()
        self._pause()
        return answer

    def peak_rss(self):
        """The most memory it has had so far, in bytes."""
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0

    def close(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def run(command, env=None, keep=True):
    """Runs a program to its end: (seconds until its first output, seconds, peak RSS in bytes, output)."""
    command = [str(c) for c in command]
    with tempfile.TemporaryDirectory() as scratch:
        said, errors = os.path.join(scratch, "said") if keep else os.devnull, os.path.join(scratch, "errors")
        launched = subprocess.run([sys.executable, "-I", "-S", LAUNCH, said, errors, *command], env=env,
                                  capture_output=True, text=True, check=True)
        first, seconds, peak, code = launched.stdout.split()
        if int(code) != 0:
            with open(errors, encoding="utf-8", errors="replace") as file:
                raise Failed(reason(file.read(), int(code), command))
        with open(said, "rb") as file:
            return float(first), float(seconds), int(peak), file.read()


MOST_PAIRS = 9


def is_within(pairs, goal):
    """Whether some ratios reach the goal and others do not."""
    ratios = [a / b for a, b in pairs]
    return goal is not None and min(ratios) < goal < max(ratios)


def alternate(n, ours, theirs, goal=None):
    """[(ours(), theirs())] for n rounds, one after the other; up to MOST_PAIRS while the goal is within the spread."""
    pairs = [(ours(), theirs()) for _ in range(n)]
    while is_within(pairs, goal) and len(pairs) < MOST_PAIRS:
        pairs.append((ours(), theirs()))
    return pairs


def spread(values):
    values = sorted(values)
    return {"min": values[0], "median": statistics.median(values), "max": values[-1]}


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def compare(work, unit, pairs, peer, goal=None, more_is_better=True, **extra):
    """A row of the results. `goal` is what the median ratio nomen / peer must reach, at least, or at most."""
    ratios = spread([a / b for a, b in pairs])
    met = None
    if goal is not None:
        met = ratios["median"] >= goal if more_is_better else ratios["median"] <= goal
    return {"work": work, "unit": unit, "peer": peer, "nomen": statistics.median(a for a, _ in pairs),
            "theirs": statistics.median(b for _, b in pairs), "ratio": ratios, "pairs": len(pairs),
            "goal": goal, "goal_is": "at least" if more_is_better else "at most", "met": met,
            "within_spread": is_within(pairs, goal), **extra}


def beside(pairs):
    """What another column says of a row: both figures and their ratio."""
    return {"nomen": statistics.median(a for a, _ in pairs), "theirs": statistics.median(b for _, b in pairs),
            "ratio": spread([a / b for a, b in pairs]), "pairs": len(pairs)}


def value(work, unit, nomen, goal=None, more_is_better=False, **extra):
    """A row without a peer: nomen's own figure beside its goal."""
    met = None if goal is None else (nomen >= goal if more_is_better else nomen <= goal)
    return {"work": work, "unit": unit, "peer": None, "nomen": nomen, "theirs": None, "ratio": None, "pairs": 1,
            "goal": goal, "goal_is": "at least" if more_is_better else "at most", "met": met, **extra}


def skipped(work, why):
    return {"work": work, "skipped": why}


def only_best_has_goal(rows, more_is_better=True):
    """Of rows that compare with several peers, the goal is the best peer's alone."""
    if not rows:
        return rows
    pick = min if more_is_better else max
    best = pick(rows, key=lambda row: row["ratio"]["median"])
    for row in rows:
        row["best_peer"] = row is best
        if row is not best:
            row["met"] = row["goal"] = None
            row["within_spread"] = False
    return rows
