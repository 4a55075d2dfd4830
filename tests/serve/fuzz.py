"""Mutated requests against the service: fuzz.py NOMEN MODEL [SECONDS] [SEED].

The seeds are the table of hostile_table.py and a few good requests. Each is changed in some places (bytes, blocks, other seeds'
parts, numbers, the length set right again or not), sent in one or several parts, and left to its end, closed or reset. With a
build for sanitizers, what they find ends the service; otherwise it must go on answering, and end well.
"""
import os
import random
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hostile_table as table
from serving import Connection, Service, check, end, request, until

GOOD = [request("POST", "/tag", {"text": "bill gates lives in london", "all_scores": True, "windows": True}),
        request("POST", "/tag", {"texts": ["bill gates", {"tokens": ["anna", "smith"]}], "threshold": {"per": 0.5}, "types": ["per"]},
                ["Accept: application/x-ndjson"]),
        request("POST", "/tag?threshold=0.5&types=per,geo&stride=4", "caf\u00e9 bill gates".encode(), type_="text/plain"),
        request("POST", "/", {"inputs": ["bill gates"], "parameters": {"aggregation_strategy": "none", "stride": 2, "ignore_labels": ["O"]}}),
        request("POST", "/redact", {"texts": ["bill gates", "anna"], "redact": "pseudonym"}),
        request("POST", "/restore", {"texts": ["PER_1 and PER_2"], "map": {"PER_1": "bill"}}),
        request("POST", "/tokenize", {"text": "bill \U0001f600 gates", "unit": "utf16"}),
        request("POST", "/decode", {"ids": [[45, 50], [1]], "skip_special_tokens": False}),
        request("GET", "/metrics"), request("GET", "/info"), request("GET", "/openapi.json"), request("OPTIONS", "/tag"),
        request("POST", "/tag", b"5\r\n{\"tex\r\n8\r\nt\":\"bill\r\n2\r\n\"}\r\n0\r\nX: y\r\n\r\n", ["Transfer-Encoding: chunked"])]
WORDS = [b"\r\n", b"\n", b"\x00", b"\xff", b": ", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n",
         b"0\r\n\r\n", b"[", b"{", b'"', b"\\u0000", b"\\ud800", b"%00", b"%", b"9" * 40, b"-1", b"1e999", b"null", b"\r\n\r\n", b" ", b"\t", b",",
         b"\xf0\x9f\x98\x80", b"\xe2\x80\xae", b"A" * 5000, b"[" * 50, b"Connection: close\r\n", b"HTTP/1.0", b"\"text\":", b"\"timeout\":0.001,"]


def set_length(data):
    """The length of the body, right again."""
    head, gap, body = data.partition(b"\r\n\r\n")
    return re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(body), head, count=1) + gap + body


def mutate(rng, seeds):
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice([0, 1, 1, 2, 3, 5, 9])):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(8)
        if kind == 0 and at < len(data):
            data[at] = rng.randrange(256)
        elif kind == 1:
            data[at:at] = rng.choice(WORDS)
        elif kind == 2:
            del data[at:at + rng.choice([1, 1, 2, 4, 16, 200])]
        elif kind == 3:
            data[at:at] = data[at:at + rng.randrange(1, 60)] * rng.choice([1, 2, 50])
        elif kind == 4:
            other = rng.choice(seeds)
            first = rng.randrange(len(other) + 1)
            data[at:] = other[first:]
        elif kind == 5:
            found = list(re.finditer(rb"\d+", bytes(data)))
            if found:
                match = rng.choice(found)
                data[match.start():match.end()] = rng.choice([b"0", b"1", b"18446744073709551616", b"-1", b"65536", b"7fffffff"])
        elif kind == 6 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        else:
            data += rng.choice(seeds)
        if len(data) > 200000:
            del data[200000:]
    return set_length(bytes(data)) if rng.random() < 0.6 else bytes(data)


def send(address, data, rng):
    try:
        with Connection(address, 20) as c:
            parts = rng.choice([1, 1, 1, 2, 5])
            cuts = sorted(rng.randrange(len(data) + 1) for _ in range(parts - 1))
            for first, last in zip([0] + cuts, cuts + [len(data)]):
                c.send(data[first:last])
                if parts > 1:
                    time.sleep(0.001)
            how = rng.randrange(10)
            if how == 0:
                c.reset()
                return
            if how == 1:
                return
            try:
                c.socket.shutdown(1)
            except OSError:
                return
            if how == 2:
                return
            c.socket.settimeout(rng.choice([0.05, 0.05, 0.5, 20]))
            total = 0
            while total < 5 << 20 and c.more():
                total += len(c.rest)
                c.rest = b""
    except OSError:
        pass


def main():
    program, model = sys.argv[1:3]
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 20.0
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    seeds = [case.data for case in table.cases if len(case.data) < 20000 and not case.keyed] + GOOD * 40
    keyed = [case.data for case in table.cases if len(case.data) < 20000 and case.keyed]
    sent = 0
    with Service(program, "--model", model, "--threads", "1", "--max-body", "256KiB", "--head-timeout", "1", "--timeout", "5") as service:
        first_files = service.files()
        stop = time.monotonic() + seconds

        def client(number):
            rng = random.Random(seed * 1000 + number)
            n = 0
            while time.monotonic() < stop and service.process.poll() is None:
                send(service.address, mutate(rng, seeds + keyed if n % 8 == 0 else seeds), rng)
                n += 1
            return n
        with ThreadPoolExecutor(16) as pool:
            sent = sum(pool.map(client, range(16)))
        check("a good request afterwards", service.process.poll() is None and service.ask("POST", "/tag", {"text": "bill"}).status == 200,
              service.log()[-3000:])
        check("no descriptor is left", until(lambda: service.files() <= first_files), "%d, at first %d" % (service.files(), first_files))
        lines = service.log().splitlines()
        check("lines of the log are whole", all(re.match(r"20\d\d-", line) for line in lines), [li for li in lines if not re.match(r"20\d\d-", li)][:3])
        service.stop("fuzz")
    end("%d mutated requests, seed %d" % (sent, seed))


main()
