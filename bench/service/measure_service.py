"""`nomen serve` under load, and beside two services in Python: the figures of docs/SERVICE.md.

The server (HTTP and one compute thread) has processor 0, the load generator (bench_load) processor 1, and `nomen bench --threads 1`
runs on processor 0 between its turns while the server is stopped (SIGSTOP). Medians of interleaved turns. Only addresses of this
machine are used.

    python3 bench/service/measure_service.py --nomen build/release/nomen --load build/release/bench/bench_load --model DIR
            --sentences FILE [--turns 5] [--seconds 8] [--int8] [--peers PYTHON] [--only NAME]...
"""
import argparse
import contextlib
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))


class Server:
    """A process that answers on a port of this machine; `ready` is the seconds until it did."""

    def __init__(self, command, log, port=None, path="/ready"):
        began = time.monotonic()
        self.process = subprocess.Popen(["taskset", "-c", "0"] + command, stdout=log, stderr=log)
        self.port = port
        while True:
            if self.process.poll() is not None:
                sys.exit(f"{command[0]} ended with {self.process.returncode}: " + open(log.name).read())
            if self.port is None:
                found = re.search(r"listening on 127\.0\.0\.1:(\d+)", open(log.name).read())
                self.port = int(found.group(1)) if found else None
            if self.port is not None and get(self.port, path) == 200:
                break
            time.sleep(0.002)
        self.ready = time.monotonic() - began

    def signal(self, number):
        self.process.send_signal(number)

    def status(self, name):
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(name + ":"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self):
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        return self.process.wait(60)


def get(port, path):
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as s:
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            return int(s.recv(64).split()[1])
    except (OSError, IndexError, ValueError):
        return 0


class Measure:
    def __init__(self, options, folder):
        self.o = options
        self.folder = folder
        self.texts = [line for line in open(options.sentences, encoding="utf-8").read().split("\n") if line][:2000]
        self.sentences = self.write("sentences.txt", self.texts)
        self.bodies = self.write("bodies.jsonl", [json.dumps({"text": text}) for text in self.texts])
        self.inputs = self.write("inputs.jsonl", [json.dumps({"inputs": text}) for text in self.texts])
        command = [options.nomen, "tag", "--model", options.model, "--format", "jsonl"] + self.int8() + [self.sentences]
        lines = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout.split("\n")[:-1]
        self.expected = self.write("expected.jsonl", [f'{{"model":"m","results":[{line}]}}' for line in lines])
        self.log = open(os.path.join(folder, "server.log"), "w")

    def int8(self):
        return ["--int8"] if self.o.int8 else []

    def write(self, name, lines):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        return path

    @contextlib.contextmanager
    def server(self, *more):
        self.log = open(os.path.join(self.folder, "server.log"), "w")
        server = Server([self.o.nomen, "serve", "--model", f"m={self.o.model}", "--listen", "127.0.0.1:0", "--threads", "1", "--quiet",
                         *self.int8(), *more], self.log)
        try:
            yield server
        finally:
            server.stop()

    def load(self, port, *more, path="/tag", bodies=None):
        command = ["taskset", "-c", "1", self.o.load, "--port", str(port), "--path", path, "--bodies", bodies or self.bodies]
        done = subprocess.run(command + [str(a) for a in more], capture_output=True, text=True)
        if not done.stdout:
            sys.exit(done.stderr)
        return json.loads(done.stdout)

    def bench(self):
        """Sentences a second of tokenising and a forward pass, one after the other, on one thread."""
        command = ["taskset", "-c", "0", self.o.nomen, "bench", "--model", self.o.model, "--threads", "1", "--input", self.sentences,
                   "--lengths", "none", "--seconds", "2", "--json"] + self.int8()
        report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        rate = {stage["stage"]: stage["texts_per_second"] for stage in report["stages"] if stage["length"] is None}
        return 1.0 / (1.0 / rate["tokenize"] + 1.0 / rate["forward batch"])

    # --- rows --------------------------------------------------------------------------------------------------------------

    def ready(self):
        times = []
        for _ in range(self.o.turns):
            with self.server() as server:
                times.append(server.ready)
        print(f"ready after start: median {statistics.median(times):.3f} s ({min(times):.3f}-{max(times):.3f}); must be <= 0.3")

    def throughput(self):
        ratios, rates = [], []
        with self.server() as server:
            self.load(server.port, "--seconds", 2)
            for _ in range(self.o.turns):
                server.signal(signal.SIGSTOP)
                engine = self.bench()
                server.signal(signal.SIGCONT)
                run = self.load(server.port, "--clients", 32, "--seconds", self.o.seconds, "--expect", self.expected)
                rates.append(run["per_second"])
                ratios.append(run["per_second"] / engine)
                print(f"  {run['per_second']:.1f}/s beside {engine:.1f} of the engine: {ratios[-1]:.3f}; wrong {run['wrong']}, "
                      f"{run['status']}, p50 {run['p50_ms']} p99 {run['p99_ms']} ms", flush=True)
        print(f"throughput: {statistics.median(rates):.1f} sentences/s; of the engine: median {statistics.median(ratios):.3f} "
              f"({min(ratios):.3f}-{max(ratios):.3f}); must be >= 0.9")
        return statistics.median(rates)

    def latency(self, rate=None):
        lone, tails = [], []
        with self.server() as server:
            rate = rate or self.load(server.port, "--clients", 32, "--seconds", self.o.seconds)["per_second"]
            for _ in range(self.o.turns):
                lone.append(self.load(server.port, "--clients", 1, "--seconds", self.o.seconds / 2)["p50_ms"])
                half = self.load(server.port, "--clients", 128, "--rate", rate / 2, "--seconds", self.o.seconds)
                tails.append(half["p99_ms"] / lone[-1])
                print(f"  alone p50 {lone[-1]} ms; at {rate / 2:.0f}/s p50 {half['p50_ms']} p99 {half['p99_ms']} ms: {tails[-1]:.2f}",
                      flush=True)
        print(f"latency at half the load: p99 over the lone p50, median {statistics.median(tails):.2f} "
              f"({min(tails):.2f}-{max(tails):.2f}); must be <= 3")

    def overload(self):
        limit = 500
        with self.server("--max-queue-ms", str(limit)) as server:
            rate = self.load(server.port, "--clients", 32, "--seconds", self.o.seconds)["per_second"]
            for _ in range(max(1, self.o.turns // 2)):
                run = self.load(server.port, "--clients", 2000, "--rate", 4 * rate, "--seconds", self.o.seconds)
                print(f"  {4 * rate:.0f}/s offered: {run['status']}, accepted p50 {run['p50_ms']} p99 {run['p99_ms']} ms", flush=True)
                other = {status: n for status, n in run["status"].items() if status not in ("200", "429")}
                print(f"overload: p99 of the accepted over --max-queue-ms {run['p99_ms'] / limit:.2f}, must be <= 2; other "
                      f"statuses {other or 'none'}; served {run['per_second']:.0f}/s of {rate:.0f}")

    def correct(self):
        with self.server() as server:
            self.load(server.port, "--clients", 64, "--idle", 1000, "--requests", 5000)
            memory, files = server.status("VmRSS"), server.descriptors()
            run = self.load(server.port, "--clients", 64, "--idle", 1000, "--requests", self.o.answers, "--seconds", 3600,
                            "--expect", self.expected)
            time.sleep(0.3)
            print(f"correct under load: {run['ok']} answers of 64 busy clients beside 1,000 idle ones, {run['wrong']} wrong, "
                  f"{run['status']}; memory {memory / 1024:.1f} -> {server.status('VmRSS') / 1024:.1f} MiB, descriptors {files} -> "
                  f"{server.descriptors()}")

    def slow(self):
        ratios = []
        with self.server() as server:
            rate = self.load(server.port, "--clients", 32, "--seconds", 3)["per_second"]
            files = server.descriptors()
            for _ in range(max(1, self.o.turns // 2)):
                quiet = self.load(server.port, "--clients", 64, "--rate", rate / 2, "--seconds", self.o.seconds)
                with slow_clients(server.port, 500):
                    busy = self.load(server.port, "--clients", 64, "--rate", rate / 2, "--seconds", self.o.seconds)
                ratios.append(busy["p99_ms"] / quiet["p99_ms"])
                print(f"  p99 {quiet['p99_ms']} ms; beside 500 slow clients {busy['p99_ms']} ms", flush=True)
            time.sleep(1)
            print(f"slow clients: others' p99 median {statistics.median(ratios):.2f} x; must be <= 1.5; descriptors {files} -> "
                  f"{server.descriptors()}")

    def peers(self):
        for name in ("pipeline", "onnxruntime"):
            port = free_port()
            command = [self.o.peers, os.path.join(HERE, "peer_service.py"), name, self.o.model, str(port),
                       "int8" if self.o.int8 else "fp32"]
            with open(os.path.join(self.folder, name + ".log"), "w") as log:
                peer = Server(command, log, port, "/health")
                ratios = []
                with self.server() as server:
                    for one, path in ((server, "/"), (peer, "/")):
                        self.load(one.port, "--seconds", 3, path=path, bodies=self.inputs)
                    for _ in range(self.o.turns):
                        rates = []
                        for one, other in ((server, peer), (peer, server)):
                            other.signal(signal.SIGSTOP)
                            one.signal(signal.SIGCONT)
                            rates.append(self.load(one.port, "--clients", 32, "--seconds", self.o.seconds, bodies=self.inputs,
                                                   path="/")["per_second"])
                        other.signal(signal.SIGCONT)
                        ratios.append(rates[0] / rates[1])
                        print(f"  nomen {rates[0]:.1f}/s, {name} {rates[1]:.1f}/s: {ratios[-1]:.2f}", flush=True)
                peer.stop()
                print(f"beside FastAPI over {name}: median {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def slow_clients(port, n):
    """A third send their head byte by byte, a third their body, a third ask and go away half-way."""
    ends = threading.Event()
    sockets = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(n)]
    body = json.dumps({"text": "Slow clients in London . " * 40}).encode()
    head = b"POST /tag HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)

    def drip():
        sent = [0] * n
        while not ends.wait(0.5):
            for i, s in enumerate(sockets):
                whole = head + body if i % 3 else head[:-1]
                if sent[i] == 0 and i % 3:
                    sent[i] = len(head)
                    with contextlib.suppress(OSError):
                        s.sendall(whole[:sent[i]])
                step = 1 if i % 3 < 2 else len(body) // 2
                with contextlib.suppress(OSError):
                    s.sendall(whole[sent[i]:sent[i] + step])
                sent[i] += step
                if i % 3 == 2 and sent[i] > len(head):
                    s.close()
    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()
        for s in sockets:
            s.close()


def main():
    parser = argparse.ArgumentParser()
    for name in ("nomen", "load", "model", "sentences"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--answers", type=int, default=100000)
    parser.add_argument("--int8", action="store_true")
    parser.add_argument("--peers", help="a Python with fastapi, uvicorn, uvloop, httptools, orjson, transformers and onnxruntime")
    parser.add_argument("--only", action="append")
    options = parser.parse_args()
    rows = ["ready", "throughput", "latency", "overload", "slow", "correct"] + (["peers"] if options.peers else [])
    with tempfile.TemporaryDirectory() as folder:
        measure = Measure(options, folder)
        for row in options.only or rows:
            getattr(measure, row)()


if __name__ == "__main__":
    main()
