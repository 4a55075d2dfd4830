"""A text of 1 MB on the page of `nomen serve`: what it does with it, and that the page stays smooth meanwhile."""
import json
import os
import time

from page_driver import same


def long_tasks(page, text):
    """The longest tasks, in milliseconds, of all that can be done with a long text."""
    path = os.path.join(page.folder, "long.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    page.run("window.longTasks.length = 0")
    page.one("#file").send_keys(path)
    page.until(lambda: page.run("return document.querySelectorAll('mark').length > 20"), "the first entities")
    for y in (3000, 60000, 9e9, 0):
        page.run("document.querySelector('#result').scrollTop = arguments[0]", y)
        time.sleep(0.2)
    page.tagged(90)
    page.run("const t = document.querySelector('#threshold'); t.value = 0.99; t.dispatchEvent(new Event('input'))")
    page.click("#types li:nth-child(8) input")
    time.sleep(1)
    page.click("#all-types")
    page.run("document.querySelector('mark').focus()")
    page.keys("Del", "a", "Shift+Right", "Enter", "Enter", "Ctrl+z")
    page.run("const t = document.querySelector('#threshold'); t.value = 0; t.dispatchEvent(new Event('input'))")
    saved = json.loads(page.save("json", "entities.json"))
    same(saved["text"], text)
    assert all(text[e["start"]:e["end"]] == e["word"] for e in saved["entities"]) and len(saved["entities"]) > 30000
    page.save("training", "train.jsonl", which="all")
    page.save("redacted", "redacted.txt", redaction="pseudonym")
    pasted = page.run("""const data = new DataTransfer();
        data.setData('text/plain', arguments[0]);
        document.querySelector('#text').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, cancelable: true }));
        return document.querySelector('#text').hidden""", text[:300000])
    assert pasted, "a long text is laid out for typing"
    page.tagged(30)
    same(page.text("#size"), "300,000 characters")
    return sorted(page.run("return window.longTasks"), reverse=True)[:6]


def check(page, stub):
    """A text of 1 MB is tagged, scrolled, filtered, corrected and saved. With NOMEN_PAGE_TASK_MS=100 no task may be longer than that:
    only on a machine without other work, and one of three tries has to be without, as the page's own tasks are as long each time.
    Otherwise the longest are printed."""
    bound = float(os.environ.get("NOMEN_PAGE_TASK_MS", "inf"))
    paragraph = "Maria Olsen flew from Geneva to New York on Monday, and the Swiss ambassador met her. Zoë 😀 of Ohio stayed.\n"
    text = "".join(f"{i}: " + paragraph * (1 + i % 9) + "\n" for i in range(10000))[:1_000_000]
    tries = []
    while len(tries) < 3 and all(tasks and tasks[0] > bound for tasks in tries):
        if tries:
            page.open(stub.url)
            page.tagged()
        tries.append(long_tasks(page, text))
    print(f"  1 MB: tasks over 50 ms: {tries}")
    assert not tries[-1] or tries[-1][0] <= bound, tries
