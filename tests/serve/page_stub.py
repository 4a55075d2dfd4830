"""A service that answers as `nomen serve` does, for the test of its page: names from a list instead of a model's.

The page is joined by the same script as in the build. Each request is kept in `requests`, so that a test can look at it.
"""
import http.server
import json
import os
import re
import subprocess
import threading
import time

PAGE = "src/serve/page"
SCRIPTS = "text.js api.js document.js view.js edit.js export.js main.js".split()
POLICY = re.compile(r'static const char policy\[\] = (.*?);\n', re.S)

KNOWN = {
    "Maria Olsen": ("per", 0.994), "Bill Gates": ("per", 0.993), "Douglas Hill": ("per", 0.98),
    "Laura McAllister": ("per", 0.991),
    "Geneva": ("geo", 0.996), "New York": ("geo", 0.99), "Nairobi": ("geo", 0.994), "Ohio": ("geo", 0.97),
    "Kennedy Airport": ("org", 0.612), "Microsoft": ("org", 0.993), "Monday": ("tim", 0.995), "1998": ("tim", 0.99),
    "March": ("tim", 0.985), "Swiss": ("gpe", 0.985), "Cuban": ("gpe", 0.981), "Kenyans": ("gpe", 0.987), "Kenyan": ("gpe", 0.96),
    "Clean Water Act": ("art", 0.58), "Tarsk Grand Prix": ("eve", 0.93), "PER": ("org", 0.9), "Zoë 😀": ("per", 0.88),
}
TYPES = ["art", "eve", "geo", "gpe", "nat", "org", "per", "tim"]
UNITS = {"utf16": lambda s: len(s.encode("utf-16-le")) // 2, "codepoint": len, "byte": lambda s: len(s.encode())}


def find(text, known, aggregation, unit):
    entities, count = [], UNITS[unit]
    if known:
        pattern = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
        for found in re.finditer(pattern, text):
            kind, score = known[found.group()]
            parts = found.group().split(" ") if aggregation == "none" else [found.group()]
            at = found.start()
            for n, part in enumerate(parts):
                entity = {"entity_group": kind} if aggregation != "none" else {"entity": ("B-", "I-")[n > 0] + kind}
                entity.update(score=score, word=part, start=count(text[:at]), end=count(text[:at]) + count(part))
                if aggregation == "none":
                    entity["index"] = len(entities) + 1
                entities.append(entity)
                at += len(part) + 1
    return {"text": text, "entities": entities}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json", headers=()):
        body = body if isinstance(body, bytes) else (json.dumps(body) + "\n").encode()
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, message, **headers):
        self.answer(status, {"error": message, "error_type": "x", "request_id": "1"}, headers=tuple(headers.items()))

    def do_GET(self):
        stub, path = self.server.stub, self.path.split("?")[0]
        if path in stub.files:
            kind, body = stub.files[path]
            return self.answer(200, body, kind, (("Content-Security-Policy", stub.policy), ("X-Content-Type-Options", "nosniff")))
        if path == "/info" and self.allowed():
            return self.answer(200, stub.info())
        if path != "/info":
            self.refuse(404, "no such path")

    def allowed(self):
        key = self.server.stub.key
        if key is None or self.headers.get("Authorization") == f"Bearer {key}":
            return True
        self.refuse(401, "a key is needed: Authorization: Bearer KEY")
        return False

    def do_POST(self):
        stub = self.server.stub
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if stub.stopped: # a connection that was kept
            self.close_connection = True
            return
        if not self.allowed():
            return
        if self.headers["Content-Type"].startswith("text/plain"):
            asked = {"texts": [body.decode()]}
        else:
            asked = json.loads(body)
        stub.requests.append(asked)
        if stub.refusals:
            return self.refuse(*stub.refusals.pop(0), **{"Retry-After": "1"})
        known = stub.models.get(asked.get("model", next(iter(stub.models))))
        texts = asked.get("texts") or [asked["text"]]
        results = [find(text, known, asked.get("aggregation"), asked.get("offsets", "codepoint")) for text in texts]
        for result in results:
            lowest = asked.get("threshold", 0)
            hidden = asked.get("ignore_types", [])
            result["entities"] = [e for e in result["entities"] if e["score"] >= lowest and e.get("entity_group") not in hidden]
        if "ndjson" not in self.headers.get("Accept", ""):
            return self.answer(200, {"model": "m", "results": results})
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for result in results:
                time.sleep(stub.delay)
                line = (json.dumps(result) + "\n").encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.write(b"0\r\n\r\n")
            stub.answered += 1
        except OSError:
            stub.lost += 1
            self.close_connection = True


class Stub:
    """`models`: by name, the texts that it knows with their type and score."""

    def __init__(self, source, folder, models=None, types=TYPES, key=None):
        self.models, self.types, self.key = models or {"corpus": KNOWN}, types, key
        self.requests, self.refusals, self.delay, self.answered, self.lost, self.stopped = [], [], 0, 0, 0, False
        with open(f"{source}/src/serve/page.c", encoding="utf-8") as file:
            self.policy = "".join(re.findall(r'"(.*?)"', POLICY.search(file.read()).group(1)))
        self.files = {}
        for path, kind, parts in (("/", "text/html; charset=utf-8", ["index.html"]),
                                  ("/page.css", "text/css; charset=utf-8", ["style.css"]),
                                  ("/page.js", "text/javascript; charset=utf-8", SCRIPTS)):
            out = os.path.join(folder, path.strip("/") or "page.html")
            subprocess.run(["cmake", "-DINPUTS=" + ";".join(f"{source}/{PAGE}/{part}" for part in parts), f"-DOUTPUT={out}",
                            "-P", f"{source}/{PAGE}/join.cmake"], check=True)
            with open(out, "rb") as file:
                self.files[path] = (kind, file.read())
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.stub, self.server.daemon_threads = self, True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def info(self):
        models = [{"name": name, "labels": ["O"], "types": self.types, "max_length": 512, "int8": False, "state": "ready"}
                  for name in self.models]
        return {"nomen_version": "0.0", "default_model": next(iter(self.models)), "models": models, "limits": {},
                "authentication": self.key is not None}

    def stop(self):
        self.stopped = True
        self.server.shutdown()
        self.server.server_close()
