"""A service under requests that mean harm: hostile.py NOMEN MODEL.

The table of hostile_table.py, then clients that are slow, vanish or reset in every phase. After each batch the service
answers a good request and holds no more descriptors than before; at the end its memory has not grown.
"""
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hostile_table as table
from serving import Connection, Service, check, end, is_readable, request, same, until

CANARY = b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: canary-%d\r\n\r\n"
BATCH = 100


def good(service, name, key=None):
    fields = ["Authorization: Bearer " + key] if key else []
    answer = service.ask("POST", "/tag", {"text": "bill gates lives in london"}, fields)
    check("after %s: a good request" % name, answer.status == 200 and b"bill gates" in answer.body, (answer, service.log()[-2000:]))


def exchange(service, case, number):
    """Sends a case and, behind it, a request of our own whose answer shows where the case ended. Returns the statuses before
    that answer, and whether it came."""
    statuses = []
    with Connection(service.address) as c:
        c.send(case.data)
        if case.half:
            try:
                c.socket.shutdown(1)
            except OSError:
                pass
        else:
            # Behind an answer, so that bytes that the case still waits for are not ours.
            first = is_readable(c, 1.0)
            c.send(CANARY % number)
            if not first:
                is_readable(c, 20.0)
        method = case.data.lstrip(b"\r\n")[:4]
        library = False
        while len(statuses) < 40:
            answer = c.answer("HEAD" if method == b"HEAD" else "GET")
            method = b""
            if answer.status in (0, -1):
                # libmicrohttpd 0.9.75 writes the head of some of its own errors twice.
                check(case.name + ": nothing else comes", library or not answer.body, answer.body[:200])
                return statuses, False
            library = answer.get("x-request-id") is None
            if answer.get("x-request-id") == "canary-%d" % number:
                return statuses, True
            statuses.append(answer.status)
            check_answer(case, answer)
    return statuses, False


def check_answer(case, answer):
    """What every answer of the service has; libmicrohttpd's own have an HTML body."""
    check(case.name + ": a whole answer", answer.whole or answer.status == -1, answer)
    if answer.get("x-request-id") is None:
        check(case.name + ": one that the library may give", case.library or answer.status in (400, 413, 414, 431, 501, 505), answer)
        return
    check(case.name + ": nosniff", answer.get("x-content-type-options") == "nosniff", answer.head)
    if answer.status >= 400 and answer.body:
        body = answer.json()
        check(case.name + ": an error that says what to do", isinstance(body, dict) and len(body.get("error", "")) > 10 and
              body.get("error_type"), answer)
    check(case.name + ": nothing of ours in the fields", b"Set-Cookie" not in answer.head and len(answer.head) < 2000, answer.head)


def run_case(service, case, number):
    statuses, open_ = exchange(service, case, number)
    first = statuses[0] if statuses else 0
    check(case.name, first in case.allowed, "answered %r, expected one of %r" % (statuses, sorted(case.allowed)))
    check(case.name + ": answers", len(statuses) <= case.answers, "%r, expected at most %d" % (statuses, case.answers))
    if case.open is not None:
        check(case.name + ": the connection is " + ("kept" if case.open else "ended"), open_ == case.open, statuses)


def run_table(services, cases):
    # Those that are only ended when their time is over come at the end, all at once.
    cases = sorted(cases, key=lambda case: case.half or 408 in case.allowed)
    n_quick = sum(not (case.half or 408 in case.allowed) for case in cases)
    for at in list(range(0, n_quick, BATCH)) + [n_quick]:
        batch = cases[at:min(at + BATCH, n_quick)] if at < n_quick else cases[at:]
        with ThreadPoolExecutor(8 if at < n_quick else 100) as pool:
            list(pool.map(lambda case: run_case(services[case.keyed], case, cases.index(case)), batch))
        for keyed, service in enumerate(services):
            good(service, "case %d" % (at + len(batch)), table.USER_KEY if keyed else None)
            same_files(service, "case %d" % (at + len(batch)))


def same_files(service, name):
    found = until(lambda: service.files() <= service.first_files or None)
    check("after %s: no descriptor is left" % name, found, "%d, at first %d" % (service.files(), service.first_files))


# ---- clients that vanish, wait, or say half ----

LONG = request("POST", "/tag", {"text": "bill gates lives in london . " * 1500})
LINES = request("POST", "/tag", {"texts": ["bill gates lives in london . " * 20] * 100}, ["Accept: application/x-ndjson"])
HALF = len(LONG) // 2
PHASES = {
    "nothing": b"",
    "half a line": b"POST /ta",
    "a line": b"POST /tag HTTP/1.1\r\n",
    "half a head": b"POST /tag HTTP/1.1\r\nHost: localhost\r\nContent-Le",
    "a head": LONG[:LONG.index(b"\r\n\r\n") + 4],
    "half a body": LONG[:HALF],
    "all but one byte": LONG[:-1],
    "a chunk's size": b"POST /tag HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n{",
    "all": LONG,
    "all, and half of another": LONG + LONG[:HALF],
    "all, twice": LONG + LONG,
    "lines": LINES,
    "lines, and half of another": LINES + LONG[:HALF],
    "a large body": request("POST", "/tag", {"texts": ["bill gates lives in london . " * 100] * 20}) ,
}


def vanish(service, name, data, how, wait):
    c = Connection(service.address)
    c.send(data)
    time.sleep(wait)
    if how == "read a bit":
        c.socket.settimeout(0.2)
        c.more()
        c.reset()
    elif how == "reset":
        c.reset()
    elif how == "half":
        try:
            c.socket.shutdown(1)
        except OSError:
            pass
        return c
    else:
        c.close()
    return None


def run_vanishing(service, ways):
    for how in ways:
        kept = []
        for name, data in PHASES.items():
            for wait in (0, 0.002, 0.03):
                kept.append(vanish(service, name, data, how, wait))
        good(service, "clients that go (%s)" % how)
        for c in kept:
            if c is not None:
                c.socket.settimeout(60)
                check("half open: the service ends the connection", read_to_end(c), how)
                c.close()
        same_files(service, "clients that go (%s)" % how)


def run_ended(service):
    """A client that ends its side behind its request, as it may, gets the answer; and its connection is ended soon."""
    for name, data in [("health", table.G), ("tag", table.P), ("tag and half of another", table.P + table.P[:-5]), ("lines", LINES)]:
        for _ in range(50):
            with Connection(service.address) as c:
                c.send(data)
                try:
                    c.socket.shutdown(1)
                except OSError:
                    pass
                answer = c.answer()
                check("an end behind %s" % name, answer.status == 200 and answer.whole, answer)
        found = until(lambda: service.files() <= service.first_files or None, 30)
        check("an end behind %s: descriptors" % name, found, service.files())


def read_to_end(c):
    while True:
        try:
            got = c.socket.recv(65536)
        except ConnectionError:
            return True
        except OSError:
            return False
        if not got:
            return True


def drip(c, data, pause):
    """Sends a byte at a time as long as the service takes them."""
    for i in range(len(data)):
        if not c.send(data[i:i + 1]) or is_readable(c, pause):
            return


def run_slow(program, model):
    """With small limits of time: what is slow is answered with 408 and ended, and others are served meanwhile."""
    with Service(program, "--model", model, "--head-timeout", "1", "--keep-alive", "1", "--quiet") as service:
        service.first_files = service.files()
        quiet = [Connection(service.address) for _ in range(20)]
        heads = [Connection(service.address) for _ in range(20)]
        for c in heads:
            c.send(b"POST /tag HTTP/1.1\r\nHost: local")
        bodies = [Connection(service.address) for _ in range(20)]
        for i, c in enumerate(bodies): # a few bytes, or much at once and then nothing
            c.send(LONG[:HALF // 100] if i % 2 else LONG[:HALF])
        kept = service.connect()
        kept.send(request("GET", "/health"))
        same("keep-alive: the first answer", kept.answer().status, 200)
        dripping = Connection(service.address)
        drip(dripping, b"GET /health HTTP/1.1\r\n" + b"X-A: abcdefgh\r\n" * 20, 0.1)
        same("a head that drips", dripping.answer().status, 408)
        for c in quiet + heads:
            answer = c.answer()
            same("a slow head", answer.status, 408)
            check("a slow head: says so", answer.json() is not None and "head" in answer.json()["error"], answer)
            check("a slow head: ended", read_to_end(c))
        check("an idle connection: ended without an answer", kept.is_ended(), kept.rest)
        good(service, "slow heads")
        for c in bodies:
            answer = c.answer()
            same("a slow body", answer.status, 408)
            check("a slow body: ended", read_to_end(c))
        for c in quiet + heads + bodies + [kept, dripping]:
            c.close()
        good(service, "slow bodies")
        same_files(service, "slow clients")
        service.stop("slow clients")


def run_crowd(program, model):
    """More connections than are taken."""
    with Service(program, "--model", model, "--max-connections", "20", "--quiet") as service:
        service.first_files = service.files()
        crowd = [Connection(service.address) for _ in range(20)]
        for c in crowd:
            c.send(request("GET", "/health"))
            same("one of the crowd", c.answer().status, 200)
        for _ in range(10):
            with Connection(service.address) as c:
                answer = c.answer()
                check("one too many", answer.status == 503 and answer.get("retry-after"), answer)
        for c in crowd:
            c.send(request("GET", "/health"))
            same("one of the crowd, again", c.answer().status, 200)
            c.close()
        same_files(service, "a crowd")
        good(service, "a crowd")
        service.stop("a crowd")


def make_models(scratch, model):
    """A models directory with traps beside a model."""
    models = os.path.join(scratch, "models")
    os.makedirs(os.path.join(scratch, "outside"))
    os.makedirs(models)
    shutil.copytree(model, os.path.join(models, "tiny"))
    shutil.copytree(model, os.path.join(scratch, "outside", "model"))
    os.symlink(os.path.join(scratch, "outside", "model"), os.path.join(models, "link"))
    os.symlink("loop", os.path.join(models, "loop"))
    with open(os.path.join(models, "file"), "w") as file:
        file.write("{}")
    keys = os.path.join(scratch, "keys")
    with open(os.open(keys, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        file.write("user alice %s\nadmin root %s\n" % (table.USER_KEY, table.ADMIN_KEY))
    return models, keys


def main():
    program, model = sys.argv[1:3]
    beside = [Thread(target=run_slow, args=(program, model)), Thread(target=run_crowd, args=(program, model))]
    for thread in beside:
        thread.start()
    limits = ["--max-body", "256KiB", "--max-inputs", "100", "--max-text", "50KiB", "--threads", "1", "--min-body-rate", "32KiB",
              "--head-timeout", "5"]
    with tempfile.TemporaryDirectory() as scratch:
        models, keys = make_models(scratch, model)
        with Service(program, "--model", model, *limits) as plain, \
                Service(program, "--model", "tiny=" + os.path.join(models, "tiny"), "--models-dir", models, "--keys", keys, *limits) as keyed:
            for service in (plain, keyed):
                good(service, "the start", table.USER_KEY if service is keyed else None)
                service.first_files = service.files()
            run_table((plain, keyed), table.cases)
            run_vanishing(plain, ["close", "reset", "half", "read a bit"])
            run_ended(plain)
            before = plain.memory()
            sanitized = "Sanitizer" in str(os.environ.get("NOMEN_TEST_SANITIZED", ""))
            quick = [c for c in table.cases if not c.keyed and not c.half and c.allowed.isdisjoint((0, 408)) and len(c.data) < 5000]
            for case in quick[::3]:
                run_case(plain, case, 0)
            run_vanishing(plain, ["reset", "read a bit"])
            grown = plain.memory() - before
            check("memory is flat", grown < (64 << 20 if sanitized else 16 << 20), "%d KiB more" % (grown >> 10))
            log = plain.log() + keyed.log()
            for secret in (table.USER_KEY, table.ADMIN_KEY, "bill gates"):
                check("the log holds no %s" % secret, secret not in log)
            check("lines of the log are whole", all(line[:2] == "20" for line in log.split("\n") if line),
                  [line for line in log.split("\n") if line and line[:2] != "20"][:3])
            plain.stop("plain")
            keyed.stop("keyed")
        for thread in beside:
            thread.join()
    end("%d hostile requests" % len(table.cases))


main()
