"""Chromium, for the test of the page: the steps that a reader takes, and what is seen afterwards."""
import os
import shutil
import time

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

DEVICES = {"desk": (1280, 900, 1, False), "phone": (390, 844, 2, True)}
LONG_TASKS = """window.longTasks = [];
new PerformanceObserver((list) => { for (const e of list.getEntries()) longTasks.push(Math.round(e.duration)); })
    .observe({ type: 'longtask', buffered: true });
window.violations = [];
document.addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI));"""


def same(found, expected, what=""):
    assert found == expected, f"{what}\n  found    {found!r}\n  expected {expected!r}"


class Page:
    def __init__(self, folder):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update"):
            options.add_argument(flag)
        options.add_experimental_option("prefs", {"download.default_directory": folder})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.folder = folder
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        self.command("Page.addScriptToEvaluateOnNewDocument", source=LONG_TASKS)
        self.device("desk")

    def command(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def device(self, name, scheme="light"):
        width, height, scale, mobile = DEVICES[name]
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile)
        self.command("Emulation.setTouchEmulationEnabled", enabled=mobile)
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, url):
        self.driver.get("about:blank")
        self.driver.get(url)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def click(self, selector):
        self.one(selector).click()

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0]).textContent", selector)

    def until(self, condition, what, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.03)
        raise AssertionError(f"{what}: not seen in {seconds} s; the page says {self.text('#status')!r}")

    def tagged(self, seconds=10):
        """Waits until nothing is asked and nothing waits to be painted."""
        time.sleep(0.3)
        self.until(lambda: self.run("return document.querySelector('#result').ariaBusy !== 'true' && "
                                    "document.querySelector('#status').textContent !== '' && "
                                    "!document.querySelector('.pending')"), "the end of tagging", seconds)
        time.sleep(0.25)

    def write(self, text, wait=True):
        self.run("const box = document.querySelector('#text'); box.value = arguments[0];"
                 "box.dispatchEvent(new Event('input', { bubbles: true }))", text)
        if wait:
            self.tagged()

    def marks(self):
        """[text, type, score, colour] of each entity."""
        return self.run("return [...document.querySelectorAll('mark')].map((m) => "
                        "[m.textContent, m.dataset.type, m.dataset.score, m.classList[0]])")

    def names(self):
        return [[text, kind] for text, kind, _, _ in self.marks()]

    def mark(self, text):
        return next(mark for mark in self.all("mark") if mark.text.split("\n")[0].startswith(text))

    def keys(self, *keys):
        """'Shift+ArrowRight' and so on, to whatever has the focus."""
        for key in keys:
            chain = ActionChains(self.driver)
            *held, last = key.split("+")
            held = [{"Shift": Keys.SHIFT, "Ctrl": Keys.CONTROL}[name] for name in held]
            special = {"Right": Keys.ARROW_RIGHT, "Left": Keys.ARROW_LEFT, "Down": Keys.ARROW_DOWN, "Up": Keys.ARROW_UP,
                       "Enter": Keys.ENTER, "Esc": Keys.ESCAPE, "Del": Keys.DELETE, "Tab": Keys.TAB}
            for name in held:
                chain.key_down(name)
            chain.send_keys(special.get(last, last))
            for name in held:
                chain.key_up(name)
            chain.perform()

    def drag(self, start, end):
        """Selects with the mouse from inside one word of the first piece to inside another."""
        boxes = self.run("""const p = document.querySelector('.piece'), out = [];
            for (const word of arguments) {
                const walker = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
                for (let n; (n = walker.nextNode());) {
                    const at = n.data.indexOf(word);
                    if (at < 0) continue;
                    const r = document.createRange();
                    r.setStart(n, at + 1); r.setEnd(n, at + word.length - 1);
                    const b = r.getBoundingClientRect();
                    out.push([b.left, b.right, b.top + b.height / 2]);
                    break;
                }
            }
            return out;""", start, end)
        (left, _, top), (_, right, bottom) = boxes
        for kind, x, y in (("mousePressed", left, top), ("mouseMoved", right, bottom), ("mouseReleased", right, bottom)):
            self.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)
        time.sleep(0.1)

    def correct(self, text):
        """Opens the dialog of an entity."""
        self.mark(text).click()
        self.until(lambda: self.one("#entity").is_displayed(), "the dialog")

    def choose(self, kind):
        """Takes a type in the open dialog."""
        next(li for li in self.all("#choices li") if li.find_element(By.CSS_SELECTOR, "b").text == kind).click()

    def saved(self, name):
        """The bytes of a download."""
        path = os.path.join(self.folder, name)
        self.until(lambda: os.path.exists(path) and os.path.getsize(path), f"the download {name}")
        with open(path, "rb") as file:
            data = file.read()
        os.remove(path)
        return data

    def save(self, tab, name, button="#save", **choices):
        self.click(f"#tab-{tab}")
        for select, value in choices.items():
            self.run("const s = document.querySelector('#' + arguments[0]); s.value = arguments[1];"
                     "s.dispatchEvent(new Event('change', { bubbles: true }))", select, value)
        self.click(button)
        return self.saved(name)

    def complaints(self):
        """Errors of scripts and of the content policy. An answer that refuses is none."""
        errors = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"
                  and "Failed to load resource" not in entry["message"]]
        return errors + self.run("return window.violations")
