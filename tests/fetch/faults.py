#!/usr/bin/env python3
"""`nomen fetch` beside a stand-in of the hub that answers as the hub does, and in every way that goes wrong. Python's own
library is enough.

Usage: faults.py PROGRAM TINY NO_SOCKETS [TEST...]
"""
import hashlib
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hub import Repository, git_hash
from support import Tests, check_cache, environment, expect

NEEDED = {"config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "model.safetensors"}


def once(kind, answer, times=1, file="model.safetensors"):
    """A fault: the first `times` requests of a kind get `answer(request)` instead."""
    left = [times]

    def fault(request):
        if request.kind != kind or request.file not in (file, None) or left[0] == 0:
            return False
        left[0] -= 1
        answer(request)
        return True

    return fault


def test_layout(t):
    extra = {"README.md": b"# tiny", "tf_model.h5": b"x" * 99, "pytorch_model.bin": b"y" * 99, "onnx/model.onnx": b"z"}
    t.hub.repositories["org/tiny"] = repository = Repository(t.files | extra, {"model.safetensors"})
    commit = repository.branches["main"]
    directory = t.fetch("org/tiny")
    folder = check_cache(t.cache, "org/tiny")
    expect(directory == folder / "snapshots" / commit, f"printed {directory}")
    names = {path.name for path in directory.iterdir()}
    expect(names == NEEDED & set(t.files), f"downloaded {names}")
    for name in names:
        expect((directory / name).read_bytes() == t.files[name], f"{name} differs")
    expect((folder / "refs/main").read_text() == commit, "the ref differs")
    digest = hashlib.sha256(t.files["model.safetensors"]).hexdigest()
    expect(os.readlink(directory / "model.safetensors") == f"../../blobs/{digest}", "the link differs")
    absent = {path.name for path in (folder / ".no_exist" / commit).iterdir()}
    expect("added_tokens.json" in absent and not absent & set(t.files), f"noted as absent: {absent}")
    expect((t.cache / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55"), "no CACHEDIR.TAG")
    expect((t.cache / ".locks/models--org--tiny" / f"{digest}.lock").exists(), "no lock")
    expect(not t.left_over(), f"left over: {t.left_over()}")
    t.hub.log.clear()
    expect(t.fetch("org/tiny") == directory, "the second time it is another directory")
    expect(len(t.hub.asked("GET")) == 1, f"downloaded again: {t.hub.asked('GET')}")
    t.run("info", "org/tiny")


def test_json_and_progress(t):
    report = json.loads(t.run("fetch", "org/tiny", "--json", says="nomen: model.safetensors: "))
    expect(report["name"] == "org/tiny" and report["revision"] == "main" and len(report["commit"]) == 40, f"{report}")
    expect(report["bytes_downloaded"] == sum(item["bytes"] for item in report["files"]), f"{report}")
    report = json.loads(t.run("fetch", "org/tiny", "--json"))
    expect(report["bytes_downloaded"] == 0 and all(item["was_there"] for item in report["files"]), f"{report}")


def test_revisions(t):
    repository = t.hub.repositories["org/tiny"]
    first = repository.branches["main"]
    config = t.files["config.json"] + b"\n"
    second = repository.push(t.files | {"config.json": config})
    repository.branches["refs/pr/1"] = repository.branches["v1"] = first
    new = t.fetch("org/tiny")
    old = t.fetch("org/tiny@v1")
    expect(new.name == second and old.name == first, "a revision is another commit")
    expect((new / "config.json").read_bytes() == config, "the new file")
    report = json.loads(t.run("fetch", "org/tiny", "--revision", "refs/pr/1", "--json"))
    expect(report["commit"] == first and report["bytes_downloaded"] == 0, f"{report}")
    expect((t.cache / "models--org--tiny/refs/refs/pr/1").read_text() == first, "a revision with slashes")
    expect(t.fetch(f"org/tiny@{first}") == old, "a commit")
    expect(t.fetch("org/tiny", "--offline", "--revision", "v1") == old, "offline")
    third = repository.push(t.files | {"config.json": config + b"\n"})  # the branch moves
    expect(t.fetch("org/tiny").name == third, "moved")
    expect((t.cache / "models--org--tiny/refs/main").read_text() == third, "the ref stays behind")
    t.run("info", "org/tiny@v1")
    t.run("fetch", "org/tiny@nowhere", code=1, says="not the revision asked for")
    for bad in ("org/tiny@../x", "org/tiny@", "a/b/c", "../x", "org/-x", "a--b", "x.git", "org/ti ny", "org/tiny@a..b"):
        t.run("fetch", bad, code=2)


def test_places(t):
    for variables, place in (
            ({"HF_HUB_CACHE": "~/one", "HF_HOME": t.home / "no"}, "one"), ({"HUGGINGFACE_HUB_CACHE": "$HOME/two"}, "two"),
            ({"HF_HOME": "${HOME}/three"}, "three/hub"), ({"XDG_CACHE_HOME": t.home / "four"}, "four/huggingface/hub"),
            ({"HF_HOME": "", "HF_HUB_CACHE": ""}, ".cache/huggingface/hub")):
        directory = t.fetch("org/tiny", **variables)
        expect(directory.is_relative_to(t.home / place), f"{variables}: {directory}")
        t.run("info", "org/tiny", **variables)
    expect(t.fetch("org/tiny", "--cache-dir", t.home / "five").is_relative_to(t.home / "five"), "--cache-dir")


def test_weights_of_each_form(t):
    rest = {name: content for name, content in t.files.items() if name != "model.safetensors"}
    weights = {"pytorch_model.bin": b"p" * 1000}
    t.hub.repositories["org/bin"] = Repository(rest | weights, {"pytorch_model.bin"})
    expect((t.fetch("org/bin") / "pytorch_model.bin").read_bytes() == b"p" * 1000, "pytorch_model.bin")
    index = json.dumps({"weight_map": {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors",
                                       "c": "model-1-of-2.safetensors"}}).encode()
    shards = {"model-1-of-2.safetensors": b"1" * 500, "model-2-of-2.safetensors": b"2" * 500}
    t.hub.repositories["org/shards"] = Repository(rest | weights | shards | {"model.safetensors.index.json": index,
                                                                              "model-3-of-2.safetensors": b"3"}, shards)
    names = {path.name for path in t.fetch("org/shards").iterdir()}
    expect(names >= set(shards) and "pytorch_model.bin" not in names and "model-3-of-2.safetensors" not in names, f"{names}")
    t.hub.repositories["org/none"] = Repository(rest)
    t.run("fetch", "org/none", code=1, says="has no weights that nomen reads")
    t.hub.repositories["org/words"] = Repository({"config.json": b"{}", "model.safetensors": b""})
    t.run("fetch", "org/words", code=1, says="has no tokenizer.json or vocab.txt")
    roberta = t.files | {"config.json": b'{"model_type": "roberta"}'}
    t.hub.repositories["org/roberta"] = Repository(roberta, {"model.safetensors"})
    t.hub.log.clear()
    t.run("fetch", "org/roberta", code=1, says='"model_type" is "roberta"')
    expect(not [path for path in t.hub.asked("GET") if "safetensors" in path], "weights that can't be used were downloaded")


def test_refusals(t):
    t.run("fetch", "org/nowhere", code=1, says="has no such model, or shows it only to those who may see it")
    for code, error, text in ((403, "GatedRepo", "the model is gated"), (401, "RepoNotFound", "set HF_TOKEN"),
                              (404, "", "answered 404"), (400, "", "answered 400")):
        t.hub.fault = once("list", lambda r: r.handler.refuse(code, error, "Access is restricted"))
        t.run("fetch", "org/tiny", code=1, says=text)
    t.hub.fault = once("head", lambda r: r.handler.refuse(404, "EntryNotFound"))
    t.run("fetch", "org/tiny", code=1, says="no model.safetensors")
    expect(not (t.cache / "models--org--tiny/refs").exists(), "a revision that is not whole is noted")
    for body in (b"<html>Please log in</html>", b"{}", b'{"sha": "../../../x", "siblings": []}', b"[" * 9999, b""):
        t.hub.fault = once("list", lambda r: r.handler.answer(200, {}, body))
        t.run("fetch", "org/tiny", code=1, says="is not a hub's")
    huge = b'{"sha": "' + b"x" * (40 << 20)
    t.hub.fault = once("list", lambda r: r.handler.answer(200, {}, huge))
    t.run("fetch", "org/tiny", code=1, says="more than the 33554432 bytes")
    t.hub.fault = None
    t.run("fetch", "org/tiny", "--endpoint", "http://127.0.0.1:9", code=1, says="tried 5 times")
    for bad in ("ftp://x", "file:///etc", "x y", "http://user:secret@x", "http://x?y=z"):
        t.run("fetch", "org/tiny", "--endpoint", bad, code=2)


def test_waits(t):
    started = time.monotonic()
    t.hub.fault = once("list", lambda r: r.handler.answer(429, {"Retry-After": "1"}))
    t.run("fetch", "org/tiny", says="trying again in 1.0 s")
    expect(time.monotonic() - started >= 1, "it did not wait")
    t.hub.fault = once("head", lambda r: r.handler.answer(429, {"RateLimit": '"api";r=0;t=1'}))
    t.run("fetch", "org/tiny", says="trying again in 1.0 s")
    t.hub.fault = once("list", lambda r: r.handler.answer(429, {"Retry-After": "20000"}))  # curl 8 takes more than six hours for six
    t.run("fetch", "org/tiny", code=1, says="asks to wait for 20000 seconds")
    t.hub.fault = once("head", lambda r: r.handler.answer(503), 2)
    t.run("fetch", "org/tiny", says="the server answered 503")
    t.hub.fault = once("list", lambda r: r.handler.answer(500), 99)
    t.run("fetch", "org/tiny", code=1, says="answered 500")


def cut(at, headers=None):
    """Sends the first bytes of what was asked for, and hangs up."""
    def answer(request):
        content, start = request.content, int(request.range[6:].split("-")[0]) if request.range else 0
        said = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if request.range else {}
        code = 206 if request.range else 200
        request.handler.answer(code, (headers or {}) | said, content[start:start + at], len(content) - start)
        request.handler.close_connection = True
    return answer


def ranges(t):
    return [headers.get("Range") for where, how, _, headers in t.hub.log if where == "storage" and how == "GET"]


def test_goes_on_where_it_broke_off(t):
    t.hub.fault = once("storage", cut(1000), 3)
    t.fetch("org/tiny")
    expect(ranges(t) == [None, "bytes=1000-", "bytes=2000-", "bytes=3000-"], f"{ranges(t)}")
    check_cache(t.cache, "org/tiny")


def test_small_file_broken_off(t):
    t.hub.fault = once("get", lambda r: cut(10, {"ETag": f'"{git_hash(r.content)}"'})(r), file="config.json")
    t.fetch("org/tiny")


def test_parts_that_are_not_to_be_had(t):
    whole = lambda r: r.handler.answer(200, {}, r.content)
    other = lambda r: r.handler.answer(206, {"Content-Range": f"bytes 5-{len(r.content) - 1}/{len(r.content)}"}, r.content[5:])
    unnamed = lambda r: r.handler.answer(206, {}, r.content[1000:])
    answers = ((whole, 2), (other, 3), (unnamed, 3), (lambda r: r.handler.answer(416), 3), (lambda r: r.handler.answer(403), 3))
    for answer, n_requests in answers:
        steps = iter([cut(1000), answer])

        def fault(request):
            step = next(steps, None) if request.kind == "storage" else None
            if step is None:
                return False
            step(request)
            return True

        t.hub.fault = fault
        t.hub.log.clear()
        t.fetch("org/tiny", "--cache-dir", t.home / "cache")
        check_cache(t.home / "cache", "org/tiny")
        expect(ranges(t) == [None, "bytes=1000-", None][:n_requests], f"{ranges(t)}")
        subprocess.run(["rm", "-rf", t.home / "cache"], check=True)


def test_stall(t):
    def stall(request):
        request.handler.answer(200, {}, request.content[:100], len(request.content))
        request.handler.wfile.flush()
        time.sleep(4)
    t.hub.fault = once("storage", stall)
    t.run("fetch", "org/tiny", says="trying again", HF_HUB_DOWNLOAD_TIMEOUT=1)


def test_other_bytes(t):
    bad = lambda r: r.handler.answer(200, {}, b"!" * len(r.content))
    t.hub.fault = once("storage", bad, 1)
    t.run("fetch", "org/tiny", "--cache-dir", "once", says="its SHA-256 is")
    t.hub.fault = once("storage", bad, 2)
    t.run("fetch", "org/tiny", code=1, says="what came is not the hub's file: its SHA-256 is")
    t.hub.fault = once("get", bad, 2, file="config.json")
    t.run("fetch", "org/tiny", "--cache-dir", "twice", code=1, says="its git SHA-1 is")
    digest = hashlib.sha256(t.files["model.safetensors"]).hexdigest()
    expect(not (t.cache / "models--org--tiny/blobs" / digest).exists() and not t.left_over(), "wrong bytes were kept")
    longer = lambda r: r.handler.answer(200, {}, r.content + b"more")
    t.hub.fault = once("storage", longer)
    t.run("fetch", "org/tiny", code=1, says="bytes that were expected")
    t.hub.fault = once("storage", lambda r: r.handler.answer(200, {}, r.content[:-1]), 99)
    t.run("fetch", "org/tiny", code=1, says="tried 5 times")
    expect(not t.left_over(), f"{t.left_over()}")


def test_etags(t):
    def weak(request):  # as of a server that compresses, though it was asked not to
        packer = zlib.compressobj(wbits=31)
        body = packer.compress(request.content) + packer.flush()
        commit = request.repository.branches["main"]
        etag = f'W/"{git_hash(request.content)}"'
        request.handler.answer(200, {"Content-Encoding": "gzip", "ETag": etag, "X-Repo-Commit": commit}, body)
        return True

    t.hub.fault = lambda r: r.kind in ("head", "get") and r.file == "vocab.txt" and weak(r)
    directory = t.fetch("org/tiny")
    expect((directory / "vocab.txt").read_bytes() == t.files["vocab.txt"], "compressed on the way")
    for etag in ('"../../../../evil"', '"d41d8cd98f00b204e9800998ecf8427e-5"', "", '"' + "A" * 64 + '"', '"' + "a" * 500 + '"'):
        headers = {"ETag": etag, "X-Repo-Commit": t.hub.repositories["org/tiny"].branches["main"]}
        t.hub.fault = once("head", lambda r: r.handler.answer(200, headers, r.content))
        t.run("fetch", "org/tiny", "--cache-dir", "other", code=1, says="can't be verified")
    for commit in ({}, {"X-Repo-Commit": "0" * 40}, {"X-Repo-Commit": "../../x"}):
        t.hub.fault = once("head", lambda r: r.handler.answer(200, commit | {"ETag": f'"{git_hash(r.content)}"'}, r.content))
        t.run("fetch", "org/tiny", "--cache-dir", "other", code=1, says="X-Repo-Commit")
    expect(not list(t.home.rglob("evil*")), "a path was taken from an ETag")


def test_no_length(t):
    def chunked(request):
        handler = request.handler
        handler.send_response(200)
        commit = request.repository.branches["main"]
        etag = f'"{git_hash(request.content)}"'
        for name, value in (("Transfer-Encoding", "chunked"), ("ETag", etag), ("X-Repo-Commit", commit)):
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command == "GET":
            handler.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(request.content), request.content))
        return True

    t.hub.fault = lambda r: r.kind in ("head", "get") and r.file == "vocab.txt" and chunked(r)
    directory = t.fetch("org/tiny")
    expect((directory / "vocab.txt").read_bytes() == t.files["vocab.txt"], "vocab.txt differs")


def test_names_of_shards(t):
    rest = {name: content for name, content in t.files.items() if name != "model.safetensors"}
    names = ("../evil.safetensors", "/tmp/nomen-evil.safetensors", "a/evil.safetensors", ".evil.safetensors", "..", "",
             "evil\0.safetensors", "evil\n.safetensors", "evil\\x.safetensors", "config.json", "x" * 300 + ".safetensors", 5,
             None, "missing.safetensors")
    for number, evil in enumerate(names):
        index = json.dumps({"weight_map": {"a": evil}}).encode()
        files = rest | {"model.safetensors.index.json": index}
        if isinstance(evil, str) and evil and evil != "missing.safetensors":
            files |= {evil: files.get(evil, b"evil")}
        t.hub.repositories["org/evil"] = Repository(files)
        says = "" if isinstance(evil, str) and "\0" in evil else "shard"  # a NUL is no JSON here, so that the list is refused
        t.run("fetch", "org/evil", "--cache-dir", f"cache{number}", code=1, says=says)
    written = list(t.home.rglob("*evil.s*")) + list(pathlib.Path("/tmp").glob("nomen-evil.safetensors"))
    expect(not written, f"written: {written}")
    # Others of a list are never used.
    t.hub.repositories["org/evil"] = Repository(t.files | {"../x": b"x", "/etc/x": b"x", "a\nb": b"x"})
    expect({path.name for path in t.fetch("org/evil").iterdir()} <= NEEDED, "more than needed")


def tokens(t):
    return {(where, headers.get("Authorization")) for where, _, _, headers in t.hub.log}


def test_token(t):
    t.hub.repositories["org/tiny"].private = True
    t.run("fetch", "org/tiny", code=1, says="set HF_TOKEN")
    t.run("fetch", "org/tiny", HF_TOKEN=" secret\n")
    expect(tokens(t) >= {("hub", "Bearer secret"), ("storage", None)}, f"{tokens(t)}")
    expect(("storage", "Bearer secret") not in tokens(t), f"{tokens(t)}")
    (t.home / ".cache/huggingface/token").write_text("secret\n")
    t.run("fetch", "org/tiny", "--cache-dir", "second")
    (t.home / "elsewhere").write_text("wrong")
    t.run("fetch", "org/tiny", code=1, HF_TOKEN_PATH="~/elsewhere")
    t.run("fetch", "org/tiny", code=1, HF_HUB_DISABLE_IMPLICIT_TOKEN=1)
    process = t.start("fetch", "org/tiny", HF_TOKEN="very\r\nX-Evil: secret")
    _, err = process.communicate(timeout=60)
    expect(process.returncode == 2 and "secret" not in err and "HF_TOKEN" in err, f"{err}")
    # Another host is shown no token, whatever redirects there.
    t.hub.log.clear()
    t.hub.fault = once("list", lambda r: r.handler.answer(307, {"Location": t.hub.storage + "/api"}))
    t.run("fetch", "org/tiny", code=1)
    expect(("storage", None) in tokens(t) and ("storage", "Bearer secret") not in tokens(t), f"{tokens(t)}")


def test_redirects(t):
    other = t.hub.endpoint.replace("127.0.0.1", "secret@127.0.0.1")
    for location, text in (("file:///etc/passwd", "no address of http"), ("ftp://x/y", "no address of http"),
                           ("/api/models/org/tiny/revision/main", "more than 10 redirects"),
                           (other + "/x", "a user or a password"), ("http://" + "x" * 20000, "redirect to an address of")):
        t.hub.fault = once("list", lambda r: r.handler.answer(302, {"Location": location}), 99)
        t.run("fetch", "org/tiny", code=1, says=text)
    # A model that was renamed.
    t.hub.fault = lambda r: r.kind == "list" and "old" in r.handler.path and bool(
        r.handler.answer(307, {"Location": "/api/models/org/tiny/revision/main"}) or True)
    t.hub.repositories["org/old"] = t.hub.repositories["org/tiny"]
    t.run("fetch", "org/old")


def test_proxy(t):
    # The proxy here answers for the hub, not for the storage.
    t.run("fetch", "org/tiny", "--endpoint", "http://hub.invalid", http_proxy=t.hub.endpoint, code=1, says="hub")
    expect(any(path.startswith("http://hub.invalid/api/") for path in t.hub.asked("GET")), f"{t.hub.asked('GET')}")


def test_disk_full(t):
    size = len(t.files["model.safetensors"]) // 2
    env = environment(t.home, HF_ENDPOINT=t.hub.endpoint)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    process = subprocess.run([t.program, "fetch", "org/tiny"], env=env, preexec_fn=limit, capture_output=True, text=True,
                             timeout=60)
    expect(process.returncode == 1 and "can't be written" in process.stderr, f"{process.stderr}")
    expect(not t.left_over(), f"{t.left_over()}")
    t.hub.fault = once("head", lambda r: r.handler.answer(200, {
        "X-Linked-Etag": '"' + "a" * 64 + '"', "X-Linked-Size": str(1 << 50),
        "X-Repo-Commit": t.hub.repositories["org/tiny"].branches["main"]}))
    t.run("fetch", "org/tiny", code=1, says="bytes are needed")
    t.hub.fault = None
    t.fetch("org/tiny")


def test_left_over(t):
    t.fetch("org/tiny", "--cache-dir", t.cache)
    blobs = t.cache / "models--org--tiny/blobs"
    hash = "a" * 64
    names = {f"{hash}.incomplete.abcdefgh": False, f"{hash}.deadbeef.incomplete": False, f"{hash}.incomplete": True,
             "notes": True}
    for name, kept in names.items():
        (blobs / name).write_text("part")
    old = time.time() - 7200
    os.utime(blobs / f"{hash}.deadbeef.incomplete", (old, old))
    os.utime(blobs / "notes", (old, old))
    t.hub.repositories["org/tiny"].push(t.files | {"config.json": t.files["config.json"] + b" "})  # so that there is work
    t.fetch("org/tiny")
    for name, kept in names.items():
        expect((blobs / name).exists() == kept, f"{name}: {'removed' if kept else 'kept'}")
        (blobs / name).unlink(missing_ok=True)


def test_cut_short_in_the_cache(t):
    directory = t.fetch("org/tiny")
    weights = directory / "model.safetensors"
    blob = weights.resolve()
    blob.write_bytes(blob.read_bytes()[:-10])
    t.fetch("org/tiny")
    expect(weights.read_bytes() == t.files["model.safetensors"], "a file cut short was trusted")
    blob.unlink()  # the link leads nowhere
    t.fetch("org/tiny")
    weights.unlink()
    weights.write_bytes(b"as on a file system without links, and cut short")
    t.fetch("org/tiny")
    weights.unlink()
    weights.symlink_to("/nowhere")
    t.fetch("org/tiny")


def test_cache_that_is_read_only(t):
    t.fetch("org/tiny")
    if os.geteuid() == 0:
        return  # nothing is read-only for root
    subprocess.run(["chmod", "-R", "a-w", t.cache], check=True)
    try:
        t.fetch("org/tiny")
        t.hub.repositories["org/tiny"].push(t.files | {"config.json": t.files["config.json"] + b" "})
        t.run("fetch", "org/tiny", code=1, says="Permission denied")
    finally:
        subprocess.run(["chmod", "-R", "u+w", t.cache], check=True)


def test_interrupted(t):
    t.hub.pace = 0.05
    t.hub.repositories["org/tiny"] = Repository(t.files | {"model.safetensors": os.urandom(4 << 20)}, {"model.safetensors"})
    for number in (signal.SIGINT, signal.SIGTERM):
        process = t.start("fetch", "org/tiny")
        deadline = time.monotonic() + 30
        while not t.left_over() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        process.send_signal(number)
        _, err = process.communicate(timeout=10)
        expect(process.returncode == 1 and "interrupted" in err, f"{process.returncode}: {err}")
        expect(not t.left_over(), f"{t.left_over()}")
        expect(not (t.cache / "models--org--tiny/refs").exists(), "the revision is noted")


def test_offline(t):
    guard = sys.argv[3]
    env = environment(t.home, HF_ENDPOINT=t.hub.endpoint, LC_ALL="C")
    watched = lambda *arguments, **more: subprocess.run([guard, t.program, *arguments], env=env | more, capture_output=True,
                                                        text=True, input="Bill", timeout=60)
    if watched("--version").returncode == 77:
        print("skipped: test_offline: this kernel has no seccomp")
        return
    directory = t.fetch("org/tiny")
    expect(watched("fetch", "org/tiny").returncode == -signal.SIGSYS, "a socket was not noticed")
    t.hub.log.clear()
    for more in ({"HF_HUB_OFFLINE": "1"}, {"HF_HUB_OFFLINE": "yes"}, {"TRANSFORMERS_OFFLINE": "true"}):
        found = watched("fetch", "org/tiny", **more)
        expect(found.returncode == 0 and found.stdout.strip() == str(directory), f"{more}: {found}")
    for command in (("fetch", "--offline", "org/tiny"), ("tag", "--model", "org/tiny"), ("info", "org/tiny"),
                    ("tokenize", "--model", "org/tiny"), ("info", "org/tiny@main")):
        found = watched(*command)
        expect(found.returncode == 0, f"{command}: {found}")
    for command in (("fetch", "--offline", "org/other"), ("tag", "--model", "org/other"), ("info", "org/tiny@other"),
                    ("train", "--model", "org/other", "--train", "x", "-o", "y")):
        found = watched(*command)
        expect(found.returncode == 1 and "nomen fetch NAME" in found.stderr, f"{command}: {found}")
    expect(watched("fetch", "org/tiny", HF_HUB_OFFLINE="0").returncode == -signal.SIGSYS, "HF_HUB_OFFLINE=0 is offline")
    expect(not t.hub.log, "something was asked")
    (directory / "model.safetensors").unlink()
    found = watched("fetch", "--offline", "org/tiny")
    expect(found.returncode == 1 and "without weights" in found.stderr, f"{found}")


def test_a_directory_wins(t):
    t.fetch("org/tiny")
    (t.home / "org/tiny").mkdir(parents=True)
    t.run("info", "org/tiny", code=1, says="org/tiny: has no config.json")
    neither = "org/other: there is neither such a directory nor a model of that name in the hub's cache"
    t.run("info", "org/other", code=1, says=neither)
    t.run("info", "/no/such/place", code=1, says="/no/such/place: there is no such directory")


tests = Tests(sys.argv[1], sys.argv[2])
sys.exit(tests.run_all(sys.modules[__name__], sys.argv[4:], at_once=6))
