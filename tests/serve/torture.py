"""A service under load that is stopped, reloaded and deserted: torture.py NOMEN MODEL [ROUNDS] [CLIENTS].

ROUNDS times SIGTERM under load: whatever was accepted (its head was read) is answered whole, and the service ends with 0.
ROUNDS reloads under load: every request is answered by the same bytes. CLIENTS that are slow, half open or gone: others are
answered meanwhile, and no descriptor is left.
"""
import os
import random
import re
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from serving import Connection, Service, check, end, request, until

TEXT = "bill gates lives in london . "


def client(address, number, stop, found, expected):
    """Asks until it is told to stop or can't connect. `found`: ids that were answered, and those that were not."""
    rng = random.Random(number)
    n = 0
    while not stop.is_set():
        try:
            c = Connection(address)
        except OSError:
            time.sleep(0.01)
            if stop.is_set():
                return
            continue
        with c:
            while not stop.is_set():
                n += 1
                name = "c%d-%d" % (number, n)
                times = rng.choice([1, 1, 1, 20, 400])
                streams = rng.random() < 0.3
                body = {"texts": [TEXT * times] * 3} if streams else {"text": TEXT * times}
                c.send(request("POST", "/tag", body, ["X-Request-Id: " + name] + (["Accept: application/x-ndjson"] if streams else [])))
                answer = c.answer()
                if answer.status == 200 and answer.whole:
                    if expected.setdefault((times, streams), answer.body) != answer.body:
                        found["different"].append(name)
                    found["answered"].append(name)
                elif answer.status in (429, 503):
                    found["refused"].append(name)
                else:
                    found["lost"].append((name, answer.status))
                    break
                if answer.get("connection") == "close":
                    break


def load(service, n, action):
    """Clients while `action` runs; what they found."""
    stop, expected = threading.Event(), {}
    found = {"answered": [], "refused": [], "lost": [], "different": []}
    threads = [threading.Thread(target=client, args=(service.address, i, stop, found, expected)) for i in range(n)]
    for t in threads:
        t.start()
    action()
    stop.set()
    for t in threads:
        t.join()
    return found


def run_stops(program, model, rounds):
    rng = random.Random(7)
    n_answered = 0
    for i in range(rounds):
        with Service(program, "--model", model, "--threads", "1", "--max-queue-ms", "60000") as service:
            def action():
                time.sleep(rng.uniform(0, 0.4))
                service.signal(signal.SIGTERM)
                check("stop %d: in time" % i, service.wait() is not None)
            found = load(service, 6, action)
            log = service.log()
            accepted = set(re.findall(r" id=(c\d+-\d+)", log))
            lost = [name for name, _ in found["lost"] if name in accepted]
            check("stop %d: what was accepted is answered" % i, not lost and " 499 " not in log, (lost, re.findall(r".* 499 .*", log)[:3]))
            check("stop %d: the same answers" % i, not found["different"], found["different"][:3])
            n_answered += len(found["answered"])
            service.stop("stop %d" % i)
    check("stops: requests", n_answered > rounds, n_answered)


def run_reloads(program, model, rounds):
    with Service(program, "--model", "first=" + model, "--threads", "1", "--max-queue-ms", "60000") as service:
        def action():
            for i in range(rounds):
                service.signal(signal.SIGHUP)
                check("reload %d" % i, until(lambda: service.log().count("the models were reloaded") > i))
        found = load(service, 6, action)
        check("reloads: every request is answered", not found["lost"] and not found["refused"], (found["lost"][:3], found["refused"][:3]))
        check("reloads: the same answers", not found["different"], found["different"][:3])
        check("reloads: requests", len(found["answered"]) > 20, len(found["answered"]))
        service.stop("reloads")


def run_deserted(program, model, n):
    """Clients in every state of undress."""
    whole = request("POST", "/tag", {"texts": [TEXT * 200] * 3}, ["Accept: application/x-ndjson"])
    with Service(program, "--model", model, "--threads", "1", "--head-timeout", "3", "--keep-alive", "3", "--max-queue-ms", "60000") as service:
        first_files = service.files()
        rng = random.Random(3)
        kept = []
        for i in range(n):
            c = Connection(service.address)
            c.send(whole[:rng.choice([0, 1, 20, 100, len(whole) - 1, len(whole), len(whole)])])
            how = i % 5
            if how == 0:
                c.reset()
            elif how == 1:
                c.close()
            else:
                if how == 2:
                    try:
                        c.socket.shutdown(1)
                    except OSError:
                        pass
                kept.append(c)
            if i % 20 == 0:
                answer = service.ask("POST", "/tag", {"text": TEXT})
                check("beside %d others" % i, answer.status in (200, 429), answer)
        check("beside all of them", until(lambda: service.ask("POST", "/tag", {"text": TEXT}).status == 200))
        for c in kept[::2]:
            c.close()
        for c in kept[1::2]:
            c.socket.settimeout(90)
            while c.more():
                c.rest = b""
            c.close()
        check("no descriptor is left", until(lambda: service.files() <= first_files, 90), "%d, at first %d" % (service.files(), first_files))
        service.stop("deserted")


def main():
    program, model = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    n = int(sys.argv[4]) if len(sys.argv) > 4 else 60
    run_stops(program, model, rounds)
    run_reloads(program, model, rounds)
    run_deserted(program, model, n)
    end("%d stops and reloads, %d clients" % (rounds, n))


main()
