"""What can be checked of how the page looks and is reached: names of controls, contrasts, the focus, nothing cut off."""
import os
import re

NAMES = """
const named = (e) => (e.getAttribute('aria-label') || (e.labels && [...e.labels].map((l) => l.textContent).join('')) ||
    (e.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join('') ||
    (['BUTTON', 'A', 'MARK', 'LI'].includes(e.tagName) && e.textContent) || '').trim();
return [...document.querySelectorAll('button, a, input, select, textarea, [role], [tabindex], progress, dialog')]
    .filter((e) => e.offsetParent && !['status', 'tablist'].includes(e.getAttribute('role')) && !named(e))
    .map((e) => e.outerHTML);"""

# Contrast of each text with what is behind it, as the browser has computed them.
CONTRAST = """
const channels = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return { rgb: m.slice(0, 3), a: m[3] ?? 1 }; };
const light = (rgb) => { const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = (e) => { for (; e; e = e.parentElement) {
        const c = channels(getComputedStyle(e).backgroundColor);
        if (c.a > 0) return c.rgb; }
    return [255, 255, 255]; };
const bad = [];
const look = (e, color, name) => { const [a, b] = [light(channels(color).rgb), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05); if (ratio < 4.5) bad.push(`${name}: ${ratio.toFixed(2)}`); };
for (const e of document.querySelectorAll('body *')) {
    if (!e.offsetParent && getComputedStyle(e).position !== 'fixed' || e.disabled) continue;
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (own) look(e, getComputedStyle(e).color, e.outerHTML.slice(0, 80));
    if (e.tagName === 'MARK') look(e, getComputedStyle(e, '::after').color, 'label of ' + e.textContent);
    if (e.placeholder) look(e, getComputedStyle(e, '::placeholder').color, 'placeholder of ' + e.id);
}
return bad;"""

OVERFLOW = """const wide = document.documentElement.clientWidth;
return [document.documentElement.scrollWidth > wide, [...document.querySelectorAll('body *')].filter((e) => e.offsetParent &&
    !e.closest('.away, #tabs, pre') && e.getBoundingClientRect().right > wide + 1).map((e) => e.outerHTML.slice(0, 80))];"""


def colors(source):
    """The colours of `nomen tag --format html` and those of the page are the same."""
    with open(f"{source}/src/html/html.c", encoding="utf-8") as file:
        rows = re.findall(r"\{\{0x(\w+), 0x(\w+), 0x(\w+)\}, \{0x(\w+), 0x(\w+), 0x(\w+)\}\}", file.read())
    with open(f"{source}/src/serve/page/style.css", encoding="utf-8") as file:
        style = file.read()
    expected = [row[:3] for row in rows] + [row[3:] for row in rows]
    found = re.findall(r"^\.t\d+\{--ground:#(\w+);--ink:#(\w+);--edge:#(\w+)\}$", style, re.M)
    assert found == expected and len(found) == 32, "the colours of types are not those of src/html/html.c"


def focus_order(page):
    """Tab visits each control once, in the order of the page, and each shows that it has the focus."""
    page.run("document.activeElement.blur(); scrollTo(0, 0)")
    seen = []
    for _ in range(60):
        page.keys("Tab")
        at = page.run("""const e = document.activeElement, s = getComputedStyle(e);
            return [e.id || e.value || e.tagName, e === document.body || s.outlineStyle !== 'none',
                e.id === 'file' || !e.closest('#entity')]""")
        if at[0] == "BODY" or (seen and at[0] == seen[0]):
            break
        assert at[1], f"{at[0]} does not show the focus"
        assert at[2], f"{at[0]} is not seen and has the focus"
        seen.append(at[0])
    expected = ["example", "open", "clear", "text", "add", "result", "MARK"]
    rest = ["all-types", "art", "threshold", "aggregation", "words", "scores", "tab-json", "copy", "save", "output", "A"]
    order = [name for name in seen if name in expected + rest]
    assert order == expected + rest, f"the order of Tab is {seen}"


def axe(page, what):
    if not os.environ.get("AXE"):
        return
    with open(os.environ["AXE"], encoding="utf-8") as file:
        page.command("Runtime.evaluate", expression=file.read())
    found = page.driver.execute_async_script(
        "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] }).then((r) => done(r.violations.map("
        "(v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 120)).join(' | '))))")
    assert not found, f"axe, {what}: " + "\n".join(found)


def check(page, stub, source):
    colors(source)
    focus_order(page)
    for device in ("desk", "phone"):
        for scheme in ("light", "dark"):
            page.device(device, scheme)
            page.open(stub.url)
            page.tagged()
            for opened in (False, True):
                what = f"{device}, {scheme}, {'a dialog' if opened else 'as it opens'}"
                if opened:
                    page.correct("Geneva")
                for script, name in ((NAMES, "no name"), (CONTRAST, "contrast")):
                    found = page.run(script)
                    assert not found, f"{what}: {name}: {found}"
                wide, cut = page.run(OVERFLOW)
                assert not wide and not cut, f"{what}: wider than the window: {cut}"
                axe(page, what)
