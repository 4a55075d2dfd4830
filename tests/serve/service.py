"""What `nomen serve` answers: service.py NOMEN MODEL.

Every route with right and wrong input; entities are, byte for byte, those of `nomen tag --format jsonl`, whatever the number of
threads, what else is asked, and the type of the weights.
"""
import json
import os
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from serving import Service, check, end, request, same

TEXTS = ["bill gates lives in london", "Maria Garcia works at Acme Labs in San Francisco .", "", " ", "nobody here", "caf\u00e9 \U0001f600 bill gates met anna smith",
         "\u4e2d\u56fd", "john", "a\tb", "<b>Anna Smith</b> & 'Bill Gates'", "\u202ebill\u202c", "bill gates , " * 90, "\u00a0 london \u3000 paris"]
UNKNOWN_FIRST = "wrote"


def tag(program, model, texts, *options):
    """The lines of `nomen tag`."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        for t in texts:
            file.write(json.dumps({"tokens": t} if isinstance(t, list) else {"text": t}).encode() + b"\n")
        file.flush()
        run = subprocess.run([program, "tag", "--model", model, "--input", "jsonl", "--format", "jsonl", *options, file.name], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, check=False)
    check("nomen tag %s works" % (options,), run.returncode == 0, run.stderr)
    return run.stdout.splitlines()


def results(answer):
    """The bytes of each of the results."""
    start = answer.body.find(b'"results":[') + 11
    items, depth, at, quoted, escaped = [], 0, start, False, False
    for i, c in enumerate(answer.body[start:], start):
        if quoted:
            quoted, escaped = escaped or c != 34, not escaped and c == 92
        elif c == 34:
            quoted = True
        elif c in b"{[":
            depth += 1
        elif c in b"}]":
            depth -= 1
            if depth < 0:
                break
            if depth == 0:
                items.append(answer.body[at:i + 1].lstrip(b","))
                at = i + 1
    return items


def check_same_as_tag(service, program, model, name, body, *options, texts=None):
    texts = TEXTS if texts is None else texts
    expected = tag(program, model, texts, *options)
    body = dict(body)
    body["texts"] = [{"tokens": t} if isinstance(t, list) else t for t in texts]
    answer = service.ask("POST", "/tag", body)
    same(name + ": status", answer.status, 200)
    same(name, results(answer), expected)
    lines = service.ask("POST", "/tag", body, ["Accept: application/x-ndjson"])
    same(name + ", as lines", lines.body.splitlines(), expected)
    check(name + ", as lines: whole", lines.whole and lines.get("content-type") == "application/x-ndjson", lines)
    for i in (0, 5):
        one = {k: v for k, v in body.items() if k != "texts"}
        one["text"] = body["texts"][i % len(texts)]
        same(name + ", one of them", results(service.ask("POST", "/tag", one)), [expected[i % len(texts)]])


def run_equality(service, program, model):
    words = [["bill", "gates", "lives", "in", "new", "york"], ["Anna"], ["in", "the", "city"], ["a b", "london"]]
    for name, body, options in [
            ("defaults", {}, []),
            ("none", {"aggregation": "none"}, ["--aggregate", "none"]),
            ("simple", {"aggregation": "simple"}, ["--aggregate", "simple"]),
            ("average", {"aggregation": "average"}, ["--aggregate", "average"]),
            ("max", {"aggregation": "max"}, ["--aggregate", "max"]),
            ("words of BERT", {"words": "bert"}, ["--words", "bert"]),
            ("words by white space", {"words": "whitespace"}, ["--words", "whitespace"]),
            ("bytes", {"offsets": "byte"}, ["--offsets", "byte"]),
            ("UTF-16", {"offsets": "utf16"}, ["--offsets", "utf16"]),
            ("all scores", {"all_scores": True}, ["--all-scores"]),
            ("windows", {"windows": True}, ["--windows"]),
            ("a stride", {"windows": True, "stride": 12}, ["--windows", "--stride", "12"]),
            ("all of it", {"windows": True, "all_scores": True, "offsets": "utf16"}, ["--windows", "--all-scores", "--offsets", "utf16"]),
            ("a threshold", {"threshold": 0.9}, ["--threshold", "0.9"]),
            ("thresholds", {"threshold": "per=0.9,geo=0.2"}, ["--threshold", "per=0.9,geo=0.2"]),
            ("thresholds in an object", {"threshold": {"per": 0.9, "geo": 0.2}}, ["--threshold", "per=0.9,geo=0.2"]),
            ("no calibration", {"calibration": False}, ["--no-calibration"])]:
        check_same_as_tag(service, program, model, name, body, *options)
    check_same_as_tag(service, program, model, "words given", {}, texts=words)
    check_same_as_tag(service, program, model, "words given, all scores", {"all_scores": True}, "--all-scores", texts=words)
    long = ["bill gates lives in new york . " * 800, "anna smith"]
    check_same_as_tag(service, program, model, "a long text", {"windows": True}, "--windows", texts=long)
    many = ["%s %s lives in %s" % (a, b, c) for a in ("bill", "anna", "maria") for b in ("gates", "smith", "lee") for c in ("london", "paris")] * 40
    check_same_as_tag(service, program, model, "many texts", {}, texts=many)


def run_at_once(service, program, model):
    """The same answers to clients that ask at once."""
    texts = ["bill gates " * k for k in (1, 7, 30, 200)] + TEXTS
    expected = dict(zip(texts, tag(program, model, texts)))
    wrong = []

    def client(first):
        with service.connect() as c:
            for i in range(40):
                text = texts[(first + i) % len(texts)]
                c.send(request("POST", "/tag", {"text": text}))
                answer = c.answer()
                if results(answer) != [expected[text]]:
                    wrong.append((text[:40], answer))
    threads = [threading.Thread(target=client, args=(i,)) for i in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check("640 requests of 16 clients", not wrong, wrong[:2])


def run_text_plain(service, program, model):
    for query, options in [("", []), ("?threshold=0.9", ["--threshold", "0.9"]), ("?offsets=byte&all_scores=true", ["--offsets", "byte", "--all-scores"]),
                           ("?aggregation=none&windows=1", ["--aggregate", "none", "--windows"]), ("?stride=12&windows=true", ["--stride", "12", "--windows"])]:
        for text in TEXTS[:7]:
            answer = service.ask("POST", "/tag" + query, text.encode(), type_="text/plain; charset=utf-8")
            same("text/plain%s %r" % (query, text), results(answer), tag(program, model, [text], *options))
    answer = service.ask("POST", "/tag?types=per,geo&model=tiny", b"bill gates lives in london", type_="text/plain")
    same("types in the query", [e["entity_group"] for e in answer.json()["results"][0]["entities"]], ["per", "geo"])


def run_types(service):
    body = {"text": "bill gates of microsoft lives in london"}
    found = lambda **more: [e["entity_group"] for e in service.ask("POST", "/tag", {**body, **more}).json()["results"][0]["entities"]]
    same("all types", found(), ["per", "org", "geo"])
    same("types", found(types=["per"]), ["per"])
    same("types ignored", found(ignore_types=["per", "org"]), ["geo"])
    same("both", found(types=["per", "geo"], ignore_types=["geo"]), ["per"])


def run_hf(service, program, model):
    text = TEXTS[5]
    plain = service.ask("POST", "/", {"inputs": text})
    same("HF: status", plain.status, 200)
    entities = plain.json()
    same("HF: keys", [sorted(e) for e in entities], [["end", "entity_group", "score", "start", "word"]] * 2)
    check("HF: offsets are code points", all(text[e["start"]:e["end"]] == e["word"] for e in entities), entities)
    for strategy in ["simple", "first", "average", "max", "none"]:
        answer = service.ask("POST", "/", {"inputs": [text, TEXTS[0]], "parameters": {"aggregation_strategy": strategy}, "options": {"wait_for_model": True}})
        lines = [json.loads(line)["entities"] for line in tag(program, model, [text, TEXTS[0]], "--aggregate", strategy, "--no-calibration")]
        same("HF: " + strategy, answer.json(), lines)
    same("HF: default", service.ask("POST", "/", {"inputs": [text]}).json()[0],
         json.loads(tag(program, model, [text], "--aggregate", "simple", "--no-calibration")[0])["entities"])
    same("HF: a list of one", len(service.ask("POST", "/", {"inputs": [text]}).json()), 1)
    same("HF: an empty list", service.ask("POST", "/", {"inputs": []}).json(), [])
    same("HF: by name", service.ask("POST", "/models/tiny", {"inputs": text}).json(), entities)
    same("HF: by another name", service.ask("POST", "/models/none", {"inputs": text}).status, 404)
    ignored = service.ask("POST", "/", {"inputs": "bill lives in london", "parameters": {"ignore_labels": ["O", "per"]}})
    same("HF: labels ignored", [e["entity_group"] for e in ignored.json()], ["geo"])
    unknown = service.ask("POST", "/", {"inputs": text, "parameters": {"top_k": 3}})
    check("HF: an unknown parameter is named", unknown.status == 422 and "top_k" in unknown.json()["error"], unknown)


def run_redact(service):
    texts = ["bill gates lives in london", "anna smith met bill gates", "nobody", "", "caf\u00e9 \U0001f600 maria"]
    for how, expected in [("type", "[per] lives in [geo]"), ("mask", None), ("pseudonym", None)]:
        answer = service.ask("POST", "/redact", {"texts": texts, "redact": how})
        same("redact %s: status" % how, answer.status, 200)
        found = answer.json()
        check("redact %s: no name is left" % how, not any(w in t for t in found["texts"] for w in ("bill", "gates", "london", "anna", "smith", "maria")), found)
        same("redact %s: a map" % how, "map" in found, how == "pseudonym")
        same("redact %s: number of texts" % how, len(found["texts"]), len(texts))
        if expected is not None:
            same("redact: type", found["texts"][0].lower(), expected)
    back = service.ask("POST", "/restore", {"texts": found["texts"], "map": found["map"]}).json()
    same("restore", back, {"texts": texts, "unknown": 0})
    one = service.ask("POST", "/restore", {"text": found["texts"][1], "map": found["map"]}).json()
    same("restore one", one["texts"], [texts[1]])
    same("redact with none", service.ask("POST", "/redact", {"text": "bill", "aggregation": "none"}).status, 422)
    same("redact nothing", service.ask("POST", "/redact", {"texts": []}).json()["texts"], [])
    same("redact of text/plain", service.ask("POST", "/redact?redact=type", b"bill gates lives", type_="text/plain").status, 200)


def run_tokens(service):
    answer = service.ask("POST", "/tokenize", {"text": TEXTS[5]}).json()["results"][0]
    same("tokenize: columns of one length", len({len(answer[k]) for k in ("ids", "tokens", "offsets", "word_ids")}), 1)
    same("tokenize: special tokens", (answer["tokens"][0], answer["tokens"][-1], answer["word_ids"][0]), ("[CLS]", "[SEP]", None))
    bare = service.ask("POST", "/tokenize", {"texts": [TEXTS[5]], "special_tokens": False}).json()["results"][0]
    same("tokenize: without them", bare["ids"], answer["ids"][1:-1])
    utf16 = service.ask("POST", "/tokenize", {"text": TEXTS[5], "unit": "utf16", "special_tokens": False}).json()["results"][0]
    same("tokenize: UTF-16", utf16["offsets"][-1][1], bare["offsets"][-1][1] + 1)
    same("tokenize: nothing", service.ask("POST", "/tokenize", {"texts": []}).json()["results"], [])
    decoded = service.ask("POST", "/decode", {"ids": answer["ids"]}).json()["texts"]
    check("decode", len(decoded) == 1 and "gates" in decoded[0] and "[CLS]" not in decoded[0], decoded)
    decoded = service.ask("POST", "/decode", {"ids": [answer["ids"], []], "skip_special_tokens": False}).json()["texts"]
    check("decode: lists, special tokens", len(decoded) == 2 and decoded[0].startswith("[CLS]") and decoded[1] == "", decoded)


def run_about(service):
    info = service.ask("GET", "/info").json()
    same("info: default", info["default_model"], "tiny")
    same("info: models", [m["name"] for m in info["models"]], ["tiny", "other", "org/quick"])
    same("info: int8", [m["int8"] for m in info["models"]], [False, False, False])
    same("info: keys of a model", sorted(info["models"][0]), sorted(["name", "labels", "types", "max_length", "stride", "int8", "has_crf", "loaded_at", "state"]))
    check("info: limits", info["limits"]["max_body"] == 16 << 20 and info["authentication"] is False, info)
    same("health", service.ask("GET", "/health").json(), {"status": "ok"})
    same("ready", service.ask("GET", "/ready").json(), {"status": "ready"})
    metrics = service.ask("GET", "/metrics")
    check("metrics: counts of requests", b'nomen_request_total{route="/tag",status="200"}' in metrics.body, metrics)
    check("metrics: type", metrics.get("content-type", "").startswith("text/plain; version=0.0.4"), metrics.fields)
    openapi = service.ask("GET", "/openapi.json")
    same("openapi: version", openapi.json()["openapi"][:3], "3.1")
    page = service.ask("GET", "/")
    check("page", page.status == 200 and page.get("content-security-policy") and page.body, page)
    large = request("GET", "/metrics", b"x" * 300000)
    for _ in range(5):
        with service.connect() as c:
            c.send(large)
            same("metrics, a body that nobody reads", c.answer().status, 200)


def run_models(service, program, model):
    expected = {name: tag(program, model, TEXTS) for name in ("tiny", "other", "org/quick")}
    for name in expected:
        answer = service.ask("POST", "/tag", {"texts": TEXTS, "model": name})
        same("model %s" % name, (answer.json()["model"], results(answer)), (name, expected[name]))
    check("an HF name with a slash", service.ask("POST", "/models/org/quick", {"inputs": "bill"}).status == 200)
    check("an HF name with an escape", service.ask("POST", "/models/org%2Fquick", {"inputs": "bill"}).status == 200)


def run_int8(program, model):
    with Service(program, "--model", "quick=" + model, "--int8", "--threads", "2") as service:
        same("int8: info", service.ask("GET", "/info").json()["models"][0]["int8"], True)
        check_same_as_tag(service, program, model, "int8", {"all_scores": True}, "--int8", "--all-scores")
        service.stop("int8")


def run_large(service):
    """Bodies that the helper reads, and several clients with them at once."""
    texts = ["anna smith lives in paris and works at acme labs . " * 3] * 3000
    one = results(service.ask("POST", "/tag", {"text": texts[0]}))[0]

    def client():
        answer = service.ask("POST", "/tag", {"texts": texts[:1500]})
        check("a large body", answer.status == 200 and results(answer) == [one] * 1500, answer)
    threads = [threading.Thread(target=client) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    same("a large body, wrong", service.ask("POST", "/tag", {"texts": texts, "x": 1}).status, 422)
    check("a large body, lines", service.ask("POST", "/tag", {"texts": texts}, ["Accept: application/x-ndjson"]).body == (one + b"\n") * 3000)
    redacted = service.ask("POST", "/redact", {"texts": texts[:1500], "redact": "pseudonym"}).json()
    restored = service.ask("POST", "/restore", {"texts": redacted["texts"], "map": redacted["map"]}).json()
    check("a large body, back", restored["texts"] == texts[:1500])


def run_all_scores(service):
    """What takes a hundred times the text's memory is bounded: in all, and by text where each is answered by itself."""
    text = "a " * 200000
    refused = service.ask("POST", "/tag", {"text": text, "all_scores": True})
    check("all scores of too much", refused.status == 413 and b"all_scores" in refused.body, (refused.status, refused.body[:200]))
    same("all scores of too much, as lines", service.ask("POST", "/tag", {"text": text, "all_scores": True}, ["Accept: application/x-ndjson"]).status, 413)
    parts = {"texts": [text[:40000]] * 10, "all_scores": True}
    same("all scores of too much in parts", service.ask("POST", "/tag", parts).status, 413)
    lines = service.ask("POST", "/tag", parts, ["Accept: application/x-ndjson"])
    check("the parts as lines", lines.status == 200 and lines.body.count(b"\n") == 10, (lines.status, lines.body[:200]))
    same("without the scores", service.ask("POST", "/tag", {"text": text}).status, 200)


def run_late(program, model):
    """A stream that fails in its middle, and requests whose time is over."""
    with Service(program, "--model", model, "--threads", "1", "--quiet", "--max-queue-ms", "600000") as service:
        texts = ["bill gates lives in london . " * 1000] * 300
        late = service.ask("POST", "/tag", {"texts": texts, "timeout": 0.3})
        same("out of time", late.status, 503)
        lines = service.ask("POST", "/tag", {"texts": texts, "timeout": 0.5}, ["Accept: application/x-ndjson"])
        last = lines.body.split(b"\n")
        check("out of time in the middle: some lines, and an error as the last", lines.status in (200, 503) and b'"error"' in last[-2], last[-2:])
        check("out of time in the middle: no end of the chunks", lines.status == 503 or not lines.whole, lines.whole)
        same("after that", service.ask("POST", "/tag", {"text": "bill"}).status, 200)
        service.stop("late")


def run_unread(service):
    """A client that does not read its lines holds up nobody, and its memory stays small."""
    before = service.memory()
    slow = service.connect()
    slow.send(request("POST", "/tag", {"texts": ["bill gates lives in london . " * 20] * 8000, "all_scores": True}, ["Accept: application/x-ndjson"]))
    for _ in range(20):
        same("beside a client that reads nothing", service.ask("POST", "/tag", {"text": "bill"}).status, 200)
    check("what is not read is not made", service.memory() - before < 192 << 20, service.memory() - before)
    slow.close()


def main():
    program, model = sys.argv[1:3]
    for threads in ("1", "2"):
        with Service(program, "--model", "tiny=" + model, "--model", "other=" + model, "--model", "org/quick=" + model, "--threads", threads,
                     "--max-queue-ms", "100000") as service:
            run_equality(service, program, model)
            run_at_once(service, program, model)
            if threads == "2":
                run_text_plain(service, program, model)
                run_types(service)
                run_hf(service, program, model)
                run_redact(service)
                run_tokens(service)
                run_models(service, program, model)
                run_about(service)
                run_large(service)
                run_all_scores(service)
                run_unread(service)
            service.stop("%s threads" % threads)
    run_int8(program, model)
    run_late(program, model)
    end("answers")


main()
