"""How `nomen serve` speaks HTTP, starts, changes and ends: life.py NOMEN MODEL.

Connections that are kept, pipelining, chunks, Expect, HEAD, HTTP/1.0; keys and administration; Unix sockets, sockets and notices
of systemd; SIGTERM, SIGHUP; settings and logs.
"""
import concurrent.futures
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from serving import Connection, Service, check, end, is_readable, request, same, until

USER, ADMIN, OTHER = "user-key-0123456789", "admin-key-0123456789", "other-key-0123456789"
TEXT = {"text": "bill gates lives in london"}


def bearer(key):
    return ["Authorization: Bearer " + key]


# ---- HTTP ----


def run_http(service):
    good = request("POST", "/tag", TEXT)
    with service.connect() as c:
        for _ in range(50):
            c.send(good)
            first = c.answer()
            same("kept: status", first.status, 200)
        c.send(good * 30)
        for _ in range(30):
            same("pipelined", c.answer().body, first.body)
        same("kept after a GET of nothing", (c.send(request("GET", "/health")), c.answer().status)[1], 200)
    body = json.dumps(TEXT).encode()
    for cut in (1, 7, len(body)):
        parts = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + cut]), body[i:i + cut]) for i in range(0, len(body), cut)) + b"0\r\n\r\n"
        with service.connect() as c:
            c.send(request("POST", "/tag", parts, ["Transfer-Encoding: chunked"]))
            same("chunks of %d" % cut, c.answer().body, first.body)
            c.send(good)
            same("kept after chunks", c.answer().status, 200)
    with service.connect() as c:
        for i in range(len(good)):
            c.send(good[i:i + 1])
        same("a byte at a time", c.answer().body, first.body)
    with service.connect() as c:
        head, body = good.split(b"\r\n\r\n")
        c.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
        same("Expect: 100-continue", c.answer(interim=True).status, 100)
        c.send(body)
        same("after 100", c.answer().body, first.body)
    with service.connect() as c:
        c.send(request("POST", "/nothing", None, ["Expect: 100-continue", "Content-Length: 100"]))
        same("Expect, refused at once", c.answer(interim=True).status, 404)
    for path in ("/health", "/info", "/", "/openapi.json", "/metrics"):
        get, head = service.ask("GET", path), service.ask("HEAD", path)
        same("HEAD %s: status" % path, head.status, get.status)
        if path not in ("/metrics",):
            same("HEAD %s: length" % path, head.get("content-length"), str(len(get.body)))
    with service.connect() as c:
        c.send(request("HEAD", "/health") + request("GET", "/health"))
        c.answer("HEAD")
        same("a GET after a HEAD", c.answer().json(), {"status": "ok"})
    with service.connect() as c:
        c.send(request("POST", "/tag", TEXT, version="HTTP/1.0"))
        same("HTTP/1.0", c.answer().body, first.body)
        check("HTTP/1.0: ended", c.is_ended())
    with service.connect() as c:
        for _ in range(2):
            c.send(request("POST", "/tag", TEXT, ["Connection: keep-alive"], version="HTTP/1.0"))
            same("HTTP/1.0, kept", c.answer().body, first.body)
    lines = service.ask("POST", "/tag", {"texts": ["bill"] * 600}, ["Accept: application/x-ndjson"], version="HTTP/1.0")
    same("HTTP/1.0, lines", len(lines.body.splitlines()), 600)
    for path, allowed in [("/tag", "POST"), ("/health", "GET"), ("/", "GET, HEAD, POST")]:
        answer = service.ask("OPTIONS", path)
        check("OPTIONS %s" % path, answer.status == 204 and answer.get("allow", "").startswith(allowed), answer.fields)
        answer = service.ask("DELETE", path)
        check("Allow of %s" % path, answer.status == 405 and answer.get("allow", "").startswith(allowed), answer.fields)
    answer = service.ask("POST", "/tag", TEXT, ["X-Request-Id: my.id-1"])
    same("the client's id", answer.get("x-request-id"), "my.id-1")
    ids = {service.ask("GET", "/health", fields=["X-Request-Id: a b\"<"]).get("x-request-id") for _ in range(5)}
    check("ids of our own", len(ids) == 5 and all(re.fullmatch("[0-9a-f]{16}", i) for i in ids), ids)
    for name in ("x-content-type-options", "content-security-policy", "referrer-policy", "cache-control"):
        check("the field " + name, service.ask("GET", "/").get(name))
    check("no field of another origin's", service.ask("GET", "/health", fields=["Origin: http://evil.example"]).get("access-control-allow-origin") is None)


def run_hosts(program, model):
    with Service(program, "--model", model, "--allowed-hosts", "ner.example,other.example:99") as service:
        for host, status in [("ner.example", 200), ("NER.example:1", 200), ("other.example", 200), ("example", 403), ("x.ner.example", 403)]:
            same("--allowed-hosts, %s" % host, service.ask("GET", "/info", host=host).status, status)
        service.stop("hosts")
    with Service(program, "--model", model, "--allowed-hosts", "*") as service:
        same("--allowed-hosts *", service.ask("GET", "/info", host="any.example").status, 200)
        service.stop("any host")
    run = subprocess.run([program, "serve", "--model", model, "--listen", "0.0.0.0:0"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, timeout=60, check=False)
    check("beyond loopback without keys", run.returncode != 0 and b"--no-auth" in run.stderr, run)


# ---- administration ----


def write_keys(path, lines):
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write("".join(line + "\n" for line in lines))


def run_admin(program, model, scratch):
    models, keys = os.path.join(scratch, "models"), os.path.join(scratch, "keys")
    for name in ("first", "second", "org/third"):
        shutil.copytree(model, os.path.join(models, name))
    shutil.copytree(model, os.path.join(scratch, "outside"))
    os.symlink(os.path.join(scratch, "outside"), os.path.join(models, "link"))
    os.symlink(os.path.join(models, "second"), os.path.join(models, "inside"))
    shutil.copytree(model, os.path.join(models, "broken"))
    os.truncate(os.path.join(models, "broken", "model.safetensors"), 2000)
    write_keys(keys, ["user alice " + USER, "admin root " + ADMIN])
    admin = bearer(ADMIN)
    with Service(program, "--model", os.path.join(models, "first"), "--models-dir", models, "--keys", keys, "--log-format", "json") as service:
        ask = lambda method, path, body=None: service.ask(method, path, body, admin)
        names = lambda: [m["name"] for m in ask("GET", "/admin/models").json()["models"]]
        same("admin: models", names(), ["first"])
        same("admin: load", ask("POST", "/admin/models/second", {}).status, 200)
        same("admin: load without a body", ask("POST", "/admin/models/org/third", b"").status, 200)
        same("admin: load by a directory, in int8", ask("POST", "/admin/models/quick", {"directory": "second", "int8": True}).status, 200)
        same("admin: a link inside", ask("POST", "/admin/models/inside", {}).status, 200)
        same("admin: models now", names(), ["first", "second", "org/third", "quick", "inside"])
        for name in ("second", "org/third", "quick", "inside"):
            same("admin: tag by " + name, service.ask("POST", "/tag", {**TEXT, "model": name}, bearer(USER)).status, 200)
        info = {m["name"]: m["int8"] for m in service.ask("GET", "/info", fields=bearer(USER)).json()["models"]}
        same("admin: int8 beside fp32", (info["second"], info["quick"]), (False, True))
        for path, body, status in [("link", {}, 422), ("missing", {}, 404), ("x", {"directory": "../outside"}, 422), ("x", {"directory": "/etc"}, 404),
                                   ("x", {"directory": "link"}, 422), ("broken", {}, 422), ("second", {"directory": "broken"}, 422)]:
            answer = ask("POST", "/admin/models/" + path, body)
            check("admin: load %s %s" % (path, body), answer.status == status and answer.json()["error"], answer)
        same("admin: the old one is there still", service.ask("POST", "/tag", {**TEXT, "model": "second"}, bearer(USER)).status, 200)
        same("admin: a large body", ask("POST", "/admin/models/second", json.dumps({}).encode() + b" " * 300000).status, 200)
        same("admin: reload one", ask("POST", "/admin/reload", {"model": "second"}).status, 200)
        same("admin: reload all", ask("POST", "/admin/reload").status in (200, 411), True)
        same("admin: reload all, a body", ask("POST", "/admin/reload", {}).status, 200)
        same("admin: reload none", ask("POST", "/admin/reload", {"model": "none"}).status, 404)
        same("admin: unload", ask("DELETE", "/admin/models/inside").status, 200)
        same("admin: unload again", ask("DELETE", "/admin/models/inside").status, 404)
        same("admin: unload the default", ask("DELETE", "/admin/models/first").status, 409)
        same("admin: a user", service.ask("POST", "/admin/models/second", {}, bearer(USER)).status, 403)
        same("admin: nobody", service.ask("GET", "/admin/models").status, 401)
        run_changes(service, model)
        run_key_change(service, keys)
        log = [json.loads(line) for line in service.log().splitlines()]
        check("log in JSON: requests", any(line.get("event") == "request" and line["key"] == "alice" and line["path"] == "/tag" and line["status"] == 200
                                           for line in log if line.get("event") == "request" and "key" in line), log[-3:])
        check("log in JSON: no key, no text", USER not in service.log() and ADMIN not in service.log() and "gates" not in service.log())
        service.stop("admin")
    write_keys(keys, ["user alice " + USER])
    with Service(program, "--model", model, "--keys", keys) as service:
        for key in (USER, ADMIN):
            same("no admin keys: /admin", service.ask("GET", "/admin/models", fields=bearer(key)).status, 404 if key == USER else 401)
        service.stop("no admin keys")


def run_changes(service, model):
    """Requests under models that come and go: none is lost, none gets anything else."""
    wrong, stop = [], threading.Event()

    def client():
        with service.connect() as c:
            while not stop.is_set():
                c.send(request("POST", "/tag", {**TEXT, "model": "second"}, bearer(USER)))
                answer = c.answer()
                if answer.status != 200:
                    wrong.append(answer)
                    return
    threads = [threading.Thread(target=client) for _ in range(4)]
    for t in threads:
        t.start()
    for i in range(10):
        answer = service.ask("POST", "/admin/models/second", {"int8": i % 2 == 0}, bearer(ADMIN))
        check("load in its place", answer.status == 200, answer)
    stop.set()
    for t in threads:
        t.join()
    check("requests under models that change", not wrong, wrong[:2])


def count_waiting(service):
    text = service.ask("GET", "/metrics", fields=bearer(USER)).body.decode()
    return sum(float(n) for n in re.findall(r"^nomen_(?:queue_size|requests_running) (\S+)$", text, re.M))


def run_key_change(service, keys):
    """SIGHUP reads keys anew, under requests that wait; their log has the key's name all the same."""
    body = {"texts": ["bill gates lives in london . " * 400] * 40, "timeout": 60}
    waiting = []
    for i in range(6):
        c = service.connect()
        c.send(request("POST", "/tag", body, bearer(USER) + ["X-Request-Id: waits-%d" % i]))
        waiting.append(c)
    until(lambda: count_waiting(service) >= 6, 5)
    before = service.log().count('"key":"alice"')
    write_keys(keys, ["user bob " + OTHER, "admin root " + ADMIN])
    service.signal(signal.SIGHUP)
    check("SIGHUP: the new key", until(lambda: service.ask("GET", "/info", fields=bearer(OTHER)).status == 200))
    same("SIGHUP: the old key", service.ask("GET", "/info", fields=bearer(USER)).status, 401)
    statuses = []
    for c in waiting:
        statuses.append(c.answer().status)
        c.close()
    # Of those whose head was not read before: 401.
    check("SIGHUP: requests of before", 200 in statuses and set(statuses) <= {200, 401, 429}, statuses)
    check("SIGHUP: the name in the log", until(lambda: service.log().count('"key":"alice"') >= before + statuses.count(200)))
    check("SIGHUP: models", until(lambda: "the models were reloaded" in service.log()), service.log()[-500:])
    write_keys(keys, ["nonsense"])
    service.signal(signal.SIGHUP)
    check("SIGHUP: bad keys are told", until(lambda: "the keys that were there go on" in service.log()), service.log()[-500:])
    same("SIGHUP: and the old ones stay", service.ask("GET", "/info", fields=bearer(OTHER)).status, 200)
    write_keys(keys, ["user bob " + OTHER, "user alice " + USER, "admin root " + ADMIN])
    service.signal(signal.SIGHUP)
    check("SIGHUP: keys again", until(lambda: service.ask("GET", "/info", fields=bearer(USER)).status == 200))


# ---- sockets and systemd ----


def run_unix(program, model, scratch):
    path = os.path.join(scratch, "socket")
    with Service(program, "--model", model, listen="unix:" + path) as service:
        same("Unix socket", service.ask("POST", "/tag", TEXT).status, 200)
        same("Unix socket, any host", service.ask("GET", "/info", host="any.example").status, 200)
        check("Unix socket: not for all", os.stat(path).st_mode & 0o007 == 0, oct(os.stat(path).st_mode))
        service.stop("unix")
        check("Unix socket: gone", not os.path.exists(path))


def run_activation(program, model, scratch):
    """As systemd would start it: an open socket as descriptor 3, LISTEN_PID the process, and a socket for notices."""
    notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notices.bind(os.path.join(scratch, "notify"))
    notices.settimeout(60)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    wrapper = ("import os,sys\nos.dup2(int(sys.argv[1]), 3)\nos.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))\n"
               "os.execve(sys.argv[2], sys.argv[2:], os.environ)")
    with Service(program, "--model", model, listen=False, command=[sys.executable, "-c", wrapper, str(listener.fileno()), program],
                 pass_fds=[listener.fileno()], env={"NOTIFY_SOCKET": os.path.join(scratch, "notify")}) as service:
        same("activation: the socket", service.address[1], listener.getsockname()[1])
        listener.close()
        same("activation: an answer", service.ask("POST", "/tag", TEXT).status, 200)
        same("notify: ready", notices.recv(1000), b"READY=1")
        service.signal(signal.SIGHUP)
        check("notify: reloading", re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=\d+", notices.recv(1000)))
        same("notify: ready again", notices.recv(1000), b"READY=1")
        service.signal(signal.SIGTERM)
        same("notify: stopping", notices.recv(1000), b"STOPPING=1")
        service.stop("activation")
    notices.close()


# ---- the end ----

LONG = {"texts": ["bill gates lives in london . " * 1000] * 60}


def run_stop(program, model):
    options = ["--threads", "1", "--max-queue-ms", "600000", "--stop-delay", "1", "--timeout", "600", "--stop-timeout", "600"]
    with Service(program, "--model", model, *options) as service:
        idle, kept, early = service.connect(), service.connect(), service.connect()
        kept.send(request("GET", "/health"))
        kept.answer()
        early.send(request("GET", "/health"))
        early.answer()
        busy = []
        for i in range(6):
            c = service.connect()
            c.send(request("POST", "/tag", LONG, ["Accept: application/x-ndjson"] if i % 2 else []))
            busy.append(c)
        # Each is read at once: a client that takes nothing for long is given up.
        pool = concurrent.futures.ThreadPoolExecutor(len(busy))
        answers = [pool.submit(c.answer) for c in busy]
        time.sleep(0.1)
        service.signal(signal.SIGTERM)
        check("stop: not ready", until(lambda: service.ask("GET", "/ready").status == 503, 10))
        early.send(request("GET", "/health"))
        answer = early.answer()
        check("stop: answered meanwhile, and ended", answer.status == 200 and answer.get("connection") == "close", answer)
        for i, found in enumerate(answers):
            answer = found.result()
            check("stop: what was accepted is answered (%d)" % i, answer.status == 200 and answer.whole, answer)
        check("stop: idle connections are ended", idle.is_ended() and kept.is_ended())
        check("stop: no new ones", until(lambda: not connects(service.address)))
        began = time.monotonic()
        service.stop("stop")
        check("stop: not later than it must", time.monotonic() - began < 20, time.monotonic() - began)
        for c in busy + [idle, kept, early]:
            c.close()
    with Service(program, "--model", model, "--threads", "1", "--max-queue-ms", "600000") as service:
        c = service.connect()
        c.send(request("POST", "/tag", {"texts": LONG["texts"] * 8}))
        check("second signal: the request runs", until(lambda: b"nomen_requests_running 1" in service.ask("GET", "/metrics").body))
        service.signal(signal.SIGINT)
        check("second signal: the first is told", until(lambda: "stopping:" in service.log()))
        service.signal(signal.SIGTERM)
        same("second signal: ends", service.wait(), 0)
        same("second signal: no answer", c.answer().status, 0)
        service.stop("second signal")
    with Service(program, "--model", model, "--stop-timeout", "1", "--threads", "1", "--max-queue-ms", "600000") as service:
        c = service.connect()
        c.send(request("POST", "/tag", {"texts": LONG["texts"] * 8}))
        half = service.connect()
        half.send(request("POST", "/tag", TEXT)[:-3])
        time.sleep(0.2)
        service.stop("stop-timeout")


def connects(address):
    try:
        Connection(address, 5).close()
        return True
    except OSError:
        return False


# ---- settings and logs ----


def run_settings(program, model, scratch):
    options = ["--model", "a=" + model, "--max-body", "1MiB", "--timeout", "7.5", "--allowed-hosts", "x.example,y.example", "--log-format", "json", "--quiet"]
    first = subprocess.run([program, "serve", *options, "--print-config"], stdout=subprocess.PIPE, check=True).stdout
    path = os.path.join(scratch, "config.json")
    with open(path, "wb") as file:
        file.write(first)
    second = subprocess.run([program, "serve", "--config", path, "--print-config"], stdout=subprocess.PIPE, check=True).stdout
    same("--print-config: a round trip", second, first)
    same("--print-config: values", (json.loads(first)["max_body"], json.loads(first)["timeout"]), (1 << 20, 7.5))
    third = subprocess.run([program, "serve", "--config", path, "--timeout", "3", "--print-config"], stdout=subprocess.PIPE, check=True,
                           env={**os.environ, "NOMEN_SERVE_TIMEOUT": "2", "NOMEN_SERVE_MAX_INPUTS": "9"}).stdout
    same("options, variables, file", [json.loads(third)[k] for k in ("timeout", "max_inputs", "max_body")], [3, 9, 1 << 20])
    with Service(program, "--config", path, listen="127.0.0.1:0") as service:
        same("--config", service.ask("GET", "/info").json()["limits"]["max_body"], 1 << 20)
        service.stop("config")


def run_few_descriptors(program, model):
    """Where the system allows few descriptors there are as many connections as there is room for, and the next one is told."""
    few = ["sh", "-c", 'ulimit -n 80; exec "$0" "$@"', program]
    with Service(program, "--model", model, command=few) as service:
        check("few descriptors are told", "at most 16 connections" in service.log(), service.log())
        held = [service.connect() for _ in range(16)]
        check("one connection too many", until(lambda: service.ask("GET", "/health").status == 503))
        for c in held:
            c.close()
        check("and room again", until(lambda: service.ask("GET", "/health").status == 200))
        service.stop("few descriptors")


def run_logs(program, model):
    secret = "very secret words of bill gates"
    with Service(program, "--model", model) as service:
        service.ask("POST", "/tag", {"text": secret}, ["Authorization: Bearer hf_token_of_the_user", "X-Request-Id: mine"])
        service.ask("POST", "/tag?text=" + secret.replace(" ", "+"), {"text": secret})
        service.ask("GET", "/x%0a2026-01-01T00:00:00.000Z%20127.0.0.1%20forged%1b[2J%e2%80%ae")
        until(lambda: "/x" in service.log())
        log = service.log()
        check("log: no text, no key", "secret" not in log and "hf_token" not in log, log)
        check("log: the id", "id=mine" in log, log)
        check("log: one line a request", all(line.startswith("20") for line in log.splitlines()) and "\x1b" not in log and "\u202e" not in log, log)
        service.stop("logs")
    with Service(program, "--model", model, "--log-text") as service:
        service.ask("POST", "/tag", {"text": secret})
        check("--log-text", until(lambda: "secret" in service.log()))
        service.stop("log-text")


def main():
    program, model = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as scratch:
        with Service(program, "--model", model) as service:
            run_http(service)
            service.stop("http")
        run_hosts(program, model)
        run_admin(program, model, scratch)
        run_unix(program, model, scratch)
        run_activation(program, model, scratch)
        run_stop(program, model)
        run_settings(program, model, scratch)
        run_few_descriptors(program, model)
        run_logs(program, model)
    end("life")


main()
