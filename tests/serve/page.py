"""The page of `nomen serve`, driven in Chromium: page.py SOURCE_DIR NOMEN_PROGRAM TINY_MODEL_PROGRAM [TEST...]

Most tests have a stub of the service, which knows what to find, can be slow, hostile or gone; the last has the service itself.

Skipped (77) where there is no chromium, chromedriver or selenium. With AXE=axe.min.js its rules are asked too.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

try:
    import selenium  # noqa: F401
except ImportError:
    selenium = None
if selenium is None or not shutil.which("chromium") or not shutil.which("chromedriver"):
    print("skipped: no chromium" if selenium else "skipped: no selenium")
    sys.exit(77)

import page_long  # noqa: E402
import page_looks  # noqa: E402
from page_driver import Page, same  # noqa: E402
from page_stub import KNOWN, Stub  # noqa: E402

SOURCE, NOMEN, TINY = map(os.path.abspath, sys.argv[1:4])
HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>"\'&amp;{{7*7}}${window.pwned=1}'


def squeezed(text):
    return "".join(text.split())


def nomen(*arguments, **options):
    return subprocess.run([NOMEN, *arguments], check=True, capture_output=True, **options).stdout


def test_example(page, stub):
    """Tagged when it opens, with types, scores, counts and colours in the order of the model's types."""
    names = page.names()
    assert ["Maria Olsen", "per"] in names and ["Nairobi", "geo"] in names and len(names) >= 15, names
    same(next(m for m in page.marks() if m[0] == "Geneva")[2:], ["1.00", "t2"], "score and colour of Geneva")
    same(page.run("return [...document.querySelectorAll('#types li')].map((li) => li.dataset.type)"), stub.types)
    same(page.text("#types li:nth-child(3) span"), str(sum(kind == "geo" for _, kind in names)))
    low = page.run("return [...document.querySelectorAll('mark.low')].map((m) => m.textContent)")
    same(low, ["Kennedy Airport", "Clean Water Act"])
    assert "entities in" in page.text("#status")
    same(stub.requests[-1]["offsets"], "utf16")
    hosts = page.run("return performance.getEntriesByType('resource').map((e) => new URL(e.name).origin)")
    same(set(hosts), {stub.url.rstrip("/")}, "hosts that were asked")


def test_typing(page, stub):
    """Only what changed is asked; a request that another follows is given up; offsets are right after an emoji."""
    page.write("😀 Maria Olsen left.\n\nShe met Bill Gates.")
    same(page.names(), [["Maria Olsen", "per"], ["Bill Gates", "per"]])
    page.write("😀 Maria Olsen left.\n\nShe met Laura McAllister.")
    same(stub.requests[-1]["texts"], ["She met Laura McAllister."])
    same(page.names()[1], ["Laura McAllister", "per"])
    asked, stub.delay = len(stub.requests), 0.8
    for text in ("Ohio 1", "Ohio 12", "Ohio 123"):
        page.run("const b = document.querySelector('#text'); b.value = arguments[0]; b.dispatchEvent(new Event('input'))", text)
        time.sleep(0.1)
    time.sleep(0.35)
    same(len(stub.requests), asked + 1, "requests while typing")
    answered = stub.answered
    page.write("Geneva, then")
    same(page.names(), [["Geneva", "geo"]])
    same(stub.answered - answered, 1, "the former request was not given up; answered")
    page.write("")
    same(page.run("return document.querySelector('#result').dataset.empty"), "Paste, type or drop a text.")


def test_filters(page, stub):
    page.run("const t = document.querySelector('#threshold'); t.value = 0.7; t.dispatchEvent(new Event('input'))")
    page.until(lambda: ["Kennedy Airport", "org"] not in page.names(), "the threshold")
    page.click("#types li:nth-child(7) input")
    page.until(lambda: not any(kind == "per" for _, kind in page.names()), "persons off")
    page.click("#tab-curl")
    curl = page.text("#output")
    found = json.loads(subprocess.run(["sh", "-c", curl], capture_output=True, check=True).stdout)
    entities = found["results"][0]["entities"]
    same([[e["word"], e["entity_group"]] for e in entities], page.names(), "what the curl line gives")
    page.click("#all-types")
    page.until(lambda: any(kind == "per" for _, kind in page.names()), "all types")
    page.run("const s = document.querySelector('#aggregation'); s.value = 'none'; s.dispatchEvent(new Event('change'))")
    page.tagged()
    same(page.names()[:2], [["Maria", "B-per"], ["Olsen", "I-per"]])
    page.mark("Maria").click()
    page.until(lambda: "can't be corrected" in page.text("#status"), "the reason")


def test_mouse(page, stub):
    page.write("Maria Olsen and Ines Okafor-Lund saw the Blue Tower in Geneva.")
    page.drag("Ines", "Lund")
    same(page.text("#entity-text"), "Ines Okafor-Lund")
    page.choose("per")
    same(page.names(), [["Maria Olsen", "per"], ["Ines Okafor-Lund", "per"], ["Geneva", "geo"]])
    page.drag("Blue", "Tower")
    page.one("#other").send_keys("landmark")
    page.one("#other-form button").click()
    assert ["Blue Tower", "landmark"] in page.names(), page.names()
    page.correct("Geneva")
    page.choose("org")
    assert ["Geneva", "org"] in page.names()
    page.correct("Maria")
    page.click("#remove")
    same([name for name, _ in page.names()], ["Ines Okafor-Lund", "Blue Tower", "Geneva"])
    page.correct("Blue")
    page.click('[data-edge="start"][data-step="1"]')
    same(page.text("#entity-text"), "the Blue Tower")
    page.click('[data-edge="end"][data-step="-1"]')
    page.click("#close")
    assert ["the Blue", "landmark"] in page.names(), page.names()
    for _ in range(6):
        page.click("#undo")
    same(page.names(), [["Maria Olsen", "per"], ["Geneva", "geo"]], "after undoing all")
    assert not page.one("#undo").is_enabled()
    for _ in range(6):
        page.click("#redo")
    same(page.names(), [["Ines Okafor-Lund", "per"], ["the Blue", "landmark"], ["Geneva", "org"]], "after doing all again")


def test_keyboard(page, stub):
    page.write("Maria Olsen met Bo Ek in Geneva.\n\nShe left Nairobi on Monday.")
    page.run("document.querySelector('#result').focus()")
    page.keys("Right", "Right")
    same(page.run("return document.activeElement.textContent"), "Geneva")
    page.keys("6")
    assert ["Geneva", "org"] in page.names(), page.names()
    page.keys("Right", "Del")
    same(page.names(), [["Maria Olsen", "per"], ["Geneva", "org"], ["Monday", "tim"]])
    same(page.run("return document.activeElement.textContent"), "Monday")
    page.keys("Left", "Left", "Shift+Left")
    same(page.names()[0], ["Maria", "per"])
    page.keys("Shift+Right", "Shift+Right", "Ctrl+Shift+Right")
    same(page.names()[0], ["Olsen met", "per"])
    page.keys("Ctrl+z", "Ctrl+z", "Ctrl+y", "Ctrl+z")
    same(page.names()[0], ["Maria Olsen", "per"])
    page.keys("a", "Right", "Shift+Right", "Enter")
    same(page.text("#entity-text"), "Bo Ek")
    page.keys("p", "Enter")
    assert ["Bo Ek", "per"] in page.names(), page.names()
    same(page.run("return document.activeElement.textContent"), "Bo Ek")
    page.keys("Enter", "Down", "Enter")
    assert ["Bo Ek", "tim"] in page.names(), page.names()
    page.keys("Enter", "Esc")
    same(page.run("return document.activeElement.textContent"), "Bo Ek", "the focus after Esc")
    assert page.run("return document.querySelector('#entity').hidden")


def test_training(page, stub):
    """What is downloaded is what `nomen convert` reads, with the same texts and spans."""
    texts = ["Zoë 😀 met 王小明 of \"Blue\tTower\" in Geneva.", "Maria Olsen's Nairobi office: O'Neill & Co.", "Nothing here."]
    page.write("\n\n".join(texts))
    page.drag("Blue", "Tower")
    page.choose("org")
    page.run("document.querySelectorAll('.piece')[1].querySelector('mark').focus()")
    page.keys("7")
    spans = [[(0, 5, "per"), (18, 28, "org"), (33, 39, "geo")], [(0, 11, "per"), (14, 21, "geo")], []]
    for which, n in (("corrected", 2), ("all", 3)):
        keys = ("start", "end", "label")
        expected = [{"text": t, "spans": [dict(zip(keys, s)) for s in ss]} for t, ss in zip(texts[:n], spans)]
        for form, name in (("jsonl", "train.jsonl"), ("doccano", "train.doccano.jsonl")):
            data = page.save("training", name, format=form, which=which)
            path = os.path.join(page.folder, "in.jsonl")
            with open(path, "wb") as file:
                file.write(data)
            read = nomen("convert", path, "--from", form, "--to", "jsonl", "--quiet").decode().splitlines()
            same([json.loads(line) for line in read], expected, f"{form}, {which}")
        with open(path, "wb") as file:
            file.write(page.save("training", "train.conll", format="conll", which=which))
        read = nomen("convert", path, "--from", "conll", "--to", "jsonl", "--quiet").decode().splitlines()
        found = [[(squeezed(r["text"][s["start"]:s["end"]]), s["label"]) for s in r["spans"]] for r in map(json.loads, read)]
        same(found, [[(squeezed(t[a:b]), kind) for a, b, kind in ss] for t, ss in zip(texts[:n], spans)], "conll")
    page.write("Maria Olsen.")
    same(page.run("return document.querySelectorAll('.corrected').length"), 0)


def test_outputs(page, stub):
    text = "It's Maria Olsen — \"Zoë 😀\", `$(touch x)` \\ of Geneva;\n\nBill Gates & 'Ohio'."
    page.write(text)
    result = json.loads(page.save("json", "entities.json"))
    same(result["text"], text)
    same([text[e["start"]:e["end"]] for e in result["entities"]], [e["word"] for e in result["entities"]])
    line = page.save("curl", "curl.txt").decode()
    found = json.loads(subprocess.run(["sh", "-c", line], capture_output=True, check=True).stdout)["results"][0]
    same(found, result, "what the curl line gives")
    line = page.save("python", "python.txt").decode()
    asked = {}
    module = type("requests", (), {"post": staticmethod(lambda url, json: asked.update(json, url=url) or
                                                        type("answer", (), {"json": staticmethod(dict)}))})
    held, sys.modules["requests"] = sys.modules.get("requests"), module
    exec(compile(line.replace("print", "str"), "tag.py", "exec"), {})
    sys.modules["requests"] = held
    same(asked, {"text": text, "words": "bert", "url": stub.url + "tag"})
    page.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"], origin=stub.url)
    page.click("#tab-json")
    page.click("#copy")
    page.until(lambda: page.text("#status") == "Copied.", "the copy")
    copied = page.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    same(json.loads(copied), result, "what was copied")


def test_redacted(page, stub):
    """Text and map go back to the text with `nomen restore`, whatever stands there; corrections are redacted too."""
    page.write("Maria Olsen met Bo Ek of Ohio.")
    page.drag("Bo", "Ek")
    page.choose("per")
    same(page.save("redacted", "redacted.txt", redaction="type").decode(), "[PER] met [PER] of [GEO].")
    same(page.save("redacted", "redacted.txt", redaction="mask").decode(), "███████████ met █████ of ████.")
    same(page.save("redacted", "redacted.txt", redaction="pseudonym").decode(), "PER_1 met PER_2 of GEO_1.")
    parts = ["Maria Olsen", "Ohio", "PER_1", "PER", "_", "~", " ", "1", "GEO_2x", "Zoë 😀", "\n\n", "ORG_", "Å", "\"",
             "GenevaGeneva"]
    for seed in range(6):
        text = "".join(random.Random(seed).choices(parts, k=60)) + "."
        page.write(text)
        files = {"text": page.save("redacted", "redacted.txt", redaction="pseudonym"),
                 "map": page.save("redacted", "redacted.map.json", button="#save-map", redaction="pseudonym")}
        for name, data in files.items():
            with open(os.path.join(page.folder, name), "wb") as file:
                file.write(data)
        assert b"Maria Olsen" not in files["text"], files["text"]
        same(nomen("restore", "map", "text", cwd=page.folder).decode(), text, f"seed {seed}")


def test_hostile(page, stub):
    """Markup in texts, types, models' names and messages is text."""
    known = {**KNOWN, HOSTILE: (HOSTILE, 0.9), "Ohio": ("per", 0.5)}
    odd = Stub(SOURCE, page.folder, {HOSTILE: known, "second": KNOWN}, [HOSTILE, "per"])
    page.open(odd.url)
    page.tagged()
    page.write(f"{HOSTILE} and Ohio\n\n<b>Geneva</b> \u202e\u0000 {HOSTILE}")
    assert [HOSTILE, HOSTILE] in page.names(), page.names()
    page.correct("Ohio")
    page.choose(HOSTILE)
    odd.refusals = [(422, HOSTILE)]
    page.run("const s = document.querySelector('#model'); s.value = 'second'; s.dispatchEvent(new Event('change'))")
    page.until(lambda: page.text("#status") == HOSTILE, "the message")
    for tab in ("json", "curl", "python", "redacted", "training"):
        page.click(f"#tab-{tab}")
    same(page.run("return window.pwned ?? null"), None)
    same(page.run("return document.querySelectorAll('img, .piece script, .piece b, #types script').length"), 0)
    odd.stop()


def test_models(page, stub):
    two = Stub(SOURCE, page.folder, {"org/first": KNOWN, "second": {"Geneva": ("geo", 0.9)}})
    page.open(two.url)
    page.tagged()
    page.correct("Nairobi")
    page.choose("org")
    page.run("const s = document.querySelector('#model'); s.value = 'second'; s.dispatchEvent(new Event('change'))")
    page.tagged()
    same(two.requests[-1]["model"], "second")
    assert ["Geneva", "geo"] in page.names() and ["Maria Olsen", "per"] not in page.names(), page.names()
    assert ["Nairobi", "org"] in page.names(), "the correction is gone"
    two.stop()


def test_key(page, stub):
    locked = Stub(SOURCE, page.folder, key="s3cret")
    page.open(locked.url)
    page.until(lambda: page.one("#key-dialog").is_displayed(), "the question for a key")
    for key in ("wrong", "s3cret"):
        page.until(lambda: page.one("#key").is_displayed(), "the field")
        page.one("#key").send_keys(key + "\n")
        time.sleep(0.3)
    page.tagged()
    assert ["Maria Olsen", "per"] in page.names()
    kept = page.run("return JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href, "
                    "document.documentElement.outerHTML, document.querySelector('#key').value, history.state])")
    assert "s3cret" not in kept
    page.click("#tab-curl")
    assert "$NOMEN_KEY" in page.text("#output") and "s3cret" not in page.text("#output")
    locked.stop()


def test_trouble(page, stub):
    """A busy service is asked again; one that is gone is reported, and what is there stays."""
    stub.refusals = [(429, "too much waits")]
    page.write("Geneva again")
    same(page.until(page.names, "the second try"), [["Geneva", "geo"]])
    stub.refusals = [(413, "this text is too long")]
    page.write("Nairobi", wait=False)
    page.until(lambda: page.text("#status") == "this text is too long", "the message")
    gone = Stub(SOURCE, page.folder)
    page.open(gone.url)
    page.tagged()
    gone.stop()
    page.write("Geneva", wait=False)
    page.until(lambda: "can't be reached" in page.text("#status"), "the message")


def test_long(page, stub):
    page_long.check(page, stub)


def test_looks(page, stub):
    page_looks.check(page, stub, SOURCE)


def test_service(page, stub):
    """The service itself: its files, its policy, its answers."""
    subprocess.run([TINY, os.path.join(page.folder, "tiny")], check=True)
    command = [NOMEN, "serve", "--model", f"tiny={page.folder}/tiny", "--listen", "127.0.0.1:0"]
    service = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        lines = iter(service.stderr.readline, "")
        line = next((line for line in lines if "listening on " in line), "")
        assert line, "the service did not start"
        url = "http://" + line.split("listening on ")[1].split()[0] + "/"
        for path, (kind, data) in stub.files.items():
            with urllib.request.urlopen(url + path[1:]) as answer:
                same(answer.read(), data, path)
                same([answer.headers["Content-Type"], answer.headers["Content-Security-Policy"]], [kind, stub.policy])
                etag = answer.headers["ETag"]
            assert etag.startswith('"') and len(etag) > 10, etag
        page.open(url)
        page.tagged()
        same(page.run("return [...document.querySelectorAll('#types li')].map((li) => li.dataset.type)"), ["geo", "org", "per"])
        page.write("😀 John lives in Paris.\n\nthe founder of Acme")
        result = json.loads(page.save("json", "entities.json"))
        same([[e["word"], e["entity_group"], result["text"][e["start"]:e["end"]]] for e in result["entities"]],
             [["John", "per", "John"], ["Paris", "geo", "Paris"], ["Acme", "org", "Acme"]])
        curl = page.save("curl", "curl.txt").decode()
        found = json.loads(subprocess.run(["sh", "-c", curl], capture_output=True, check=True).stdout)["results"][0]
        same([[e["word"], e["start"]] for e in found["entities"]], [[e["word"], e["start"]] for e in result["entities"]], "curl")
    finally:
        service.terminate()
        service.wait()
        service.stderr.close()


def main():
    tests = [value for name, value in globals().items() if name.startswith("test_")]
    wanted, failed, began = sys.argv[4:], 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        stub, page = Stub(SOURCE, folder), Page(folder)
        size = sum(len(data) for _, data in stub.files.values())
        assert size < 60000, f"the page has {size} bytes"
        for test in tests:
            if wanted and test.__name__[5:] not in wanted:
                continue
            stub.delay, stub.refusals = 0, []
            try:
                page.device("desk")
                page.open(stub.url)
                page.tagged()
                test(page, stub)
                same(page.complaints(), [], "complaints of the browser")
            except Exception as error:  # noqa: BLE001 all tests are run
                failed += 1
                print(f"FAILED {test.__name__}: {type(error).__name__}: {error}")
        page.driver.quit()
        stub.stop()
    print(f"{len(wanted) or len(tests)} tests, {failed} failed, {size} bytes of page, {time.monotonic() - began:.0f} s")
    return failed > 0


sys.exit(main())
