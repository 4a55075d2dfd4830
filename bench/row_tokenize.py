"""Rows of tokenisation: nomen on one thread and on all beside Hugging Face's tokenizers, which is in Rust."""
import filecmp

import material
import measure

WAYS = ("encode", "batch", "batch_fast")
TIMES = 8  # nomen's passes in a turn, so that it lasts long enough


def rows(suite):
    # Many texts once rather than few often, which a processor learns by heart.
    n, pairs = (5000, 3) if suite.quick else (20000, 5)
    texts = suite.sentences.texts(n, 10000)
    path = material.write_lines(material.inside("data", "tokenize.txt"), texts)
    length = sum(len(t.encode()) for t in texts) / n
    model = suite.minilm()
    of_ours, of_theirs = material.inside("data", "ids-nomen"), material.inside("data", "ids-theirs")
    found = []
    with suite.engine(model, path) as ours, \
            suite.python("peer_tokenize.py", model, path, TOKENIZERS_PARALLELISM="false") as alone, \
            suite.python("peer_tokenize.py", model, path, TOKENIZERS_PARALLELISM="true") as together:
        ours.ask("ids", of_ours)
        alone.ask("ids", of_theirs)
        same = filecmp.cmp(of_ours, of_theirs, shallow=False)
        microseconds = lambda worker, how, times: 1e6 * worker.ask("tokenize", how, times)["seconds"] / (n * times)
        nomen = lambda threads: 1e6 * ours.ask("tokenize", TIMES, threads)["seconds"] / (n * TIMES)
        for how in WAYS:
            turns = measure.alternate(pairs, lambda: 1 / nomen(1), lambda: 1 / microseconds(alone, how, 1))
            found.append(row("one thread", how, turns, length, suite.goal("tokenize"), same))
        found = measure.only_best_has_goal(found)
        many = []
        for how in WAYS[1:]:
            turns = measure.alternate(pairs, lambda: 1 / nomen(suite.threads), lambda: 1 / microseconds(together, how, 1))
            many.append(row("%d threads" % suite.threads, how, turns, length, None, same))
        found += measure.only_best_has_goal(many)
        turns = measure.alternate(pairs, lambda: 1 / nomen(2), lambda: 1 / nomen(1))
        found.append(row("2 threads beside 1", None, turns, length, suite.goal("tokenize, 2 threads"), same))
    for one in found:
        suite.tell(one)
    return found


def row(threads, how, turns, length, goal, same):
    """Figures are microseconds a text, ratios those of the speeds."""
    made = measure.compare("tokenisation, %s, texts of %.0f bytes" % (threads, length), "µs a text", turns,
                           "tokenizers, %s" % how if how else "nomen, 1 thread", goal, agrees=same, note="ids identical" if same else None)
    made["nomen"], made["theirs"] = 1 / made["nomen"], 1 / made["theirs"]
    return made
