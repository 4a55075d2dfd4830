/* The page as a whole: where texts come from, when they are tagged, and what its controls do. */

const EXAMPLE = "Maria Olsen flew from Geneva to New York on Monday, and the Swiss ambassador met her at Kennedy Airport. " +
    "In 1998 the Cuban parliament passed the Clean Water Act; Senator Douglas Hill of Ohio had asked for it.\n\n" +
    "Bill Gates is the founder of Microsoft, whose office in Nairobi employs 120 Kenyans. Laura McAllister won the Tarsk Grand " +
    "Prix in March, two seconds before the Kenyan favourite.";
const MOST_BYTES = 16 << 20; /* of a file */

const box = byId("text");
const work = { controller: null, typed: 0, refresh: 0, saved: true, starting: false, tab: "json" };

/* Asks for a key until one is given or the reader gives up. */
function askKey(why) {
    const form = byId("key-dialog");
    byId("key-why").textContent = why;
    byId("key").value = "";
    form.showModal();
    return new Promise((done, failed) => {
        form.onclose = () => {
            const given = byId("key").value.trim();
            byId("key").value = "";
            if (form.returnValue !== "use" || !given) { return failed(new Refusal(401, "This service needs a key.")); }
            service.key = given;
            byId("key-button").hidden = false;
            done();
        };
        form.returnValue = "";
    });
}

/* Does what may need a key. */
async function withKey(ask) {
    for (;;) {
        try {
            return await ask();
        } catch (error) {
            if (error.status !== 401) { throw error; }
            await askKey(service.key ? `That key was refused: ${error.message}` : "It answers to those who have one.");
        }
    }
}

function busy(part) {
    byId("progress").hidden = part === null;
    byId("progress").value = part ?? 0;
    result.setAttribute("aria-busy", String(part !== null));
}

/* What depends on entities and filters: counts, the output that is seen, buttons. */
function refresh() {
    work.refresh = 0;
    const total = showTypes();
    byId("undo").disabled = !steps.done.length;
    byId("redo").disabled = !steps.undone.length;
    const n = correctedPieces().length;
    byId("which").options[0].textContent = `corrected paragraphs (${n})`;
    byId("which").options[1].textContent = `all paragraphs (${shown.pieces.length})`;
    byId("size").textContent = shown.size ? counted(shown.size, "character") : "";
    showOutput();
    return total;
}

function refreshSoon() {
    work.refresh ||= setTimeout(refresh, 150);
}

function showOutput() {
    const empty = work.tab === "training" && !trainingPieces().length;
    byId("output").textContent = empty ? "Nothing is corrected yet. Click an entity above, or select words."
        : previewOf(outputs[work.tab].parts());
    for (const element of document.querySelectorAll("[data-for]")) { element.hidden = element.dataset.for !== work.tab; }
    for (const id of ["copy-map", "save-map"]) { byId(id).hidden = byId("redaction").value !== "pseudonym"; }
    for (const id of ["copy", "save"]) { byId(id).disabled = empty; }
}

/* Tags what is not tagged yet; what was asked before is given up. */
async function tagText() {
    work.controller?.abort();
    const controller = new AbortController();
    work.controller = controller;
    if (!service.info) { return start(); }
    const pieces = untagged();
    const size = pieces.reduce((sum, piece) => sum + piece.text.length, 0);
    const began = performance.now();
    let done = 0;
    busy(pieces.length ? 0 : null);
    if (size > 20000) { say("Tagging…"); }
    try {
        await withKey(() => tagPieces(untagged(), askedOptions(), controller.signal, (piece, found) => {
            takeResult(piece, found);
            paint([piece]);
            done += piece.text.length;
            busy(done / size);
            refreshSoon();
        }));
        clearTimeout(work.refresh);
        const total = refresh();
        const seconds = (performance.now() - began) / 1000;
        const time = size ? ` in ${seconds.toFixed(seconds < 10 ? 2 : 0)} s` : "";
        say(shown.pieces.length ? counted(total, "entity", "entities") + time : "No text");
    } catch (error) {
        if (!controller.signal.aborted) { say(error.message, true); }
    }
    if (work.controller === controller) { busy(null); }
}

/* A text takes the place of the one before. One that is long is not laid out for typing. */
function setText(given, name = "", typed = false) {
    const text = cleanText(given);
    const long = text.length > MOST_TYPED;
    if (long || !typed) { box.value = long ? "" : text; }
    box.hidden = long;
    byId("long").hidden = !long;
    takeText(text);
    byId("long-name").textContent = name || "Pasted text";
    byId("long-size").textContent = counted(shown.pieces.length, "paragraph");
    if (!text.trim()) { result.dataset.empty = "Paste, type or drop a text."; } else { delete result.dataset.empty; }
    closeDialog(false);
    edit.cursor = null;
    refreshSoon();
    showText();
    return tagText();
}

const mayReplace = () => work.saved || !correctedPieces().length ||
    confirm(`Corrections in ${counted(correctedPieces().length, "paragraph")} were not downloaded. Replace the text?`);

async function openFile(file) {
    if (!file || !mayReplace()) { return; }
    if (file.size > MOST_BYTES) { return say(`${file.name} is larger than 16 MiB; use "nomen tag" for it.`, true); }
    const text = decodeFile(new Uint8Array(await file.arrayBuffer()));
    if (text === null) { return say(`${file.name} is not a text file.`, true); }
    setText(text, file.name);
}

/* Other options, another model: all is asked again but what was corrected. */
function askAgain() {
    forgetAnswers();
    paint(shown.pieces);
    tagText();
}

function startModel() {
    const model = service.info.models.find(({ name }) => name === byId("model").value);
    startTypes((model?.types ?? []).map(String));
    askAgain();
}

async function start() {
    if (work.starting) { return; }
    work.starting = true;
    try {
        const info = await withKey(loadInfo);
        byId("version").textContent = `nomen ${info.nomen_version}`;
        byId("key-button").hidden = !service.key;
        fillModels(info);
        startModel();
    } catch (error) {
        say(error.message, true);
    }
    work.starting = false;
}

function startTexts() {
    box.addEventListener("input", () => {
        clearTimeout(work.typed);
        work.controller?.abort();
        work.typed = setTimeout(() => setText(box.value, "", true), 250);
    });
    box.addEventListener("paste", (event) => {
        const text = event.clipboardData.getData("text/plain");
        if (box.value.length + text.length <= MOST_TYPED) { return; }
        event.preventDefault();
        if (mayReplace()) { setText(box.value.slice(0, box.selectionStart) + text + box.value.slice(box.selectionEnd)); }
    });
    on("file", "change", (event) => { openFile(event.target.files[0]); event.target.value = ""; });
    on("open", "click", () => byId("file").click());
    on("example", "click", () => { if (mayReplace()) { setText(EXAMPLE); } });
    on("clear", "click", () => { if (mayReplace()) { setText(""); box.focus(); } });
    addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("dragged"); });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) { document.body.classList.remove("dragged"); } });
    addEventListener("drop", (event) => {
        event.preventDefault();
        document.body.classList.remove("dragged");
        const text = event.dataTransfer.getData("text/plain");
        const [file] = event.dataTransfer.files;
        if (file) { openFile(file); } else if (text && mayReplace()) { setText(text); }
    });
    addEventListener("beforeunload", (event) => { if (!work.saved && correctedPieces().length) { event.preventDefault(); } });
}

function startFilters() {
    on("threshold", "input", (event) => {
        filters.threshold = Number(event.target.value);
        byId("threshold-value").textContent = filters.threshold.toFixed(2);
        paint(shown.pieces);
        refreshSoon();
    });
    on("types", "change", (event) => {
        if (event.target.checked) { filters.off.delete(event.target.value); } else { filters.off.add(event.target.value); }
        paint(shown.pieces);
        refreshSoon();
    });
    on("all-types", "click", () => {
        if (filters.off.size) { filters.off.clear(); } else { types.names.forEach((name) => filters.off.add(name)); }
        paint(shown.pieces);
        refresh();
    });
    on("scores", "change", (event) => result.classList.toggle("scores", event.target.checked));
    on("aggregation", "change", askAgain);
    on("words", "change", askAgain);
    on("model", "change", startModel);
    on("key-button", "click", () => askKey("Another key for this service.").then(start, () => {}));
    on("key-cancel", "click", () => byId("key-dialog").close(""));
    on("key-form", "submit", (event) => { event.preventDefault(); byId("key-dialog").close("use"); });
}

/* Copies or saves what `parts` gives; says so. */
async function take(parts, how, name, type) {
    try {
        const all = await parts();
        if (how === "copy") { await copyText(all.join("")); } else { await saveFile(name, type, all); }
        say(how === "copy" ? "Copied." : `${name} was saved.`);
    } catch (error) {
        say(error.message, true);
    }
}

function chooseTab(tab) {
    for (const other of byId("tabs").children) {
        other.setAttribute("aria-selected", String(other === tab));
        other.tabIndex = other === tab ? 0 : -1;
    }
    work.tab = tab.dataset.tab;
    byId("panel").setAttribute("aria-labelledby", tab.id);
    showOutput();
}

function startOutputs() {
    const tabs = [...byId("tabs").children];
    on("tabs", "click", (event) => { if (event.target.dataset.tab) { chooseTab(event.target); } });
    on("tabs", "keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) { return; }
        const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
        next.focus();
        chooseTab(next);
    });
    for (const how of ["copy", "save"]) {
        on(how, "click", async () => {
            const { parts, file, type } = outputs[work.tab];
            await take(() => collected(parts()), how, file(), type);
            if (work.tab === "training") { work.saved = true; }
        });
        on(`${how}-map`, "click", () => take(mapParts, how, "redacted.map.json", "application/json"));
    }
    for (const id of ["redaction", "format", "which"]) { on(id, "change", showOutput); }
    chooseTab(tabs[0]);
}

startTexts();
startFilters();
startOutputs();
startEditing(() => {
    work.saved = false;
    refresh();
    if (untagged().length) { tagText(); }
});
setText(EXAMPLE);
