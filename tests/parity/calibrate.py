"""The temperature against an independent fit, and confident learning against its formulas in numpy.

usage: calibrate.py TEMPERATURE_DRIVER CONFIDENT_DRIVER

Temperatures: the minimum by golden section on the mean negative log likelihood in float64, which knows no derivative;
it finds T to about the square root of float64's precision, 1.5e-8, so T is compared to 1e-6 and the losses to 1e-12. Joint
counts and candidates have to be equal; thresholds, estimates and margins within 1e-12. With NOMEN_LONG=1 on ten times as
many cases.
"""
import json
import os
import subprocess
import sys

import numpy as np

N_CASES = 400 if os.environ.get("NOMEN_LONG") == "1" else 40
LIMIT = 64.0
SLACK = 1e-6


def lines(labels, rows):
    head = "%d %d\n" % rows.shape
    return head + "".join("%d %s\n" % (g, " ".join("%.9g" % x for x in row)) for g, row in zip(labels, rows))


def loss(logits, gold, temperature):
    z = logits.astype(np.float64) / temperature
    most = z.max(axis=1)
    return np.mean(most + np.log(np.exp(z - most[:, None]).sum(axis=1)) - z[np.arange(len(gold)), gold])


def golden_section(f, low, high):
    ratio = (np.sqrt(5.0) - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    fa, fb = f(a), f(b)
    while high - low > 1e-10 * high:
        if fa < fb:
            high, b, fb = b, a, fa
            a = high - ratio * (high - low)
            fa = f(a)
        else:
            low, a, fa = a, b, fb
            b = low + ratio * (high - low)
            fb = f(b)
    return (low + high) / 2


def check_temperatures(driver):
    rng = np.random.default_rng(5)
    cases = []
    for case in range(N_CASES):
        n, k = int(rng.integers(30, 3000)), int(rng.integers(2, 20))
        logits = (rng.normal(size=(n, k)) * rng.uniform(0.5, 6)).astype(np.float32)
        planted = np.exp(rng.uniform(-1.5, 1.5))
        p = np.exp(logits / planted - (logits / planted).max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        gold = np.array([rng.choice(k, p=row / row.sum()) for row in p.astype(np.float64)])
        gold[rng.random(n) < 0.05] = -1
        cases.append((gold, logits))
    text = "".join(lines(g, z) for g, z in cases)
    answers = subprocess.run([driver], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(answers) == len(cases), len(answers)
    worst = 0
    for (gold, logits), answer in zip(cases, answers):
        found, before, after = map(float, answer.split())
        z, g = logits[gold >= 0], gold[gold >= 0]
        wanted = 1 / golden_section(lambda b: loss(z, g, 1 / b), 1 / LIMIT, LIMIT)
        assert abs(before - loss(z, g, 1.0)) <= 1e-12 * max(1, before), (before, loss(z, g, 1.0))
        assert abs(after - loss(z, g, found)) <= 1e-12 * max(1, after)
        assert loss(z, g, found) <= loss(z, g, wanted) + 1e-14
        worst = max(worst, abs(found - wanted) / wanted)
    assert worst <= 1e-6, worst
    print("%d temperatures, the farthest %.1e from the other's" % (len(cases), worst))


def confident(given, p):
    """Northcutt et al. 2021, equations 1 to 3 and the normalised margin."""
    n, k = p.shape
    p = p.astype(np.float64)
    counted = given >= 0
    thresholds = np.array([p[given == j, j].mean() if (given == j).any() else np.inf for j in range(k)])
    joint = np.zeros((k, k), int)
    errors = []
    for i in np.nonzero(counted)[0]:
        over = np.nonzero(p[i] >= thresholds - SLACK)[0]
        if len(over) == 0:
            continue
        label = over[np.argmax(p[i, over])]
        joint[given[i], label] += 1
        if label != given[i] and np.argmax(p[i]) != given[i]:
            errors.append((i, (p[i, given[i]] - np.delete(p[i], given[i]).max() + 1) / 2))
    counts = np.array([(given == j).sum() for j in range(k)])
    rows = joint.sum(axis=1)
    estimated = np.where(rows[:, None] > 0, joint / np.maximum(rows, 1)[:, None], np.eye(k)) * counts[:, None]
    return thresholds, joint, estimated, errors


def check_confident(driver):
    rng = np.random.default_rng(6)
    cases = []
    for case in range(N_CASES):
        n, k = int(rng.integers(1, 1500)), int(rng.integers(2, 18))
        true = rng.integers(0, k, size=n)
        z = rng.normal(size=(n, k)) * 1.5
        z[np.arange(n), true] += rng.uniform(0, 4)
        p = np.exp(z)
        p = (p / p.sum(axis=1, keepdims=True)).astype(np.float32)
        if case % 4 == 0:  # ties
            p = np.round(p * 8) / np.float32(8)
        given = np.where(rng.random(n) < 0.15, rng.integers(0, k, size=n), true)
        given[rng.random(n) < 0.05] = -1
        if case % 5 == 0:
            given[given == 0] = -1  # a label that nothing has
        cases.append((given, p))
    text = "".join(lines(g, p) for g, p in cases)
    answers = subprocess.run([driver], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(answers) == len(cases), len(answers)
    n_errors = 0
    for (given, p), answer in zip(cases, answers):
        found = json.loads(answer)
        thresholds, joint, estimated, errors = confident(given, p)
        assert np.allclose(np.where(np.isinf(thresholds), -1, thresholds), found["thresholds"], rtol=0, atol=1e-12)
        assert joint.ravel().tolist() == found["joint"]
        assert np.allclose(estimated.ravel(), found["estimated"], rtol=1e-12, atol=1e-12)
        assert [int(i) for i, _ in errors] == [i for i, _ in found["errors"]]
        assert np.allclose([m for _, m in errors], [m for _, m in found["errors"]], rtol=0, atol=1e-12)
        n_errors += len(errors)
    assert n_errors > 100, n_errors
    print("%d corpora, %d candidates: the same" % (len(cases), n_errors))


if __name__ == "__main__":
    check_temperatures(sys.argv[1])
    check_confident(sys.argv[2])
