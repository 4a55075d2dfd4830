/*
 * What can be taken away: the entities as JSON, the same question for curl and Python, the redacted text with its map, and what
 * was corrected as training data. Each is a generator of strings, so that a preview takes little of it, and all of a long text is
 * written in slices.
 */

/* The options that the page asks with, and those that the reader's own programs would ask with. */
function askedOptions() {
    const options = {};
    for (const name of ["model", "aggregation", "words"]) {
        if (byId(name).value) { options[name] = byId(name).value; }
    }
    return options;
}

function ownOptions() {
    const options = askedOptions();
    if (service.info?.models.length < 2) { delete options.model; }
    if (filters.threshold > 0) { options.threshold = filters.threshold; }
    const off = types.names.filter((name) => service.types.has(name) && filters.off.has(name));
    if (off.length) { options.ignore_types = off; }
    return options;
}

/* The object that `nomen tag --format jsonl` writes, of the whole text. */
function* jsonParts() {
    const point = codePoints(shown.text);
    let between = "";
    yield `{"text":${JSON.stringify(shown.text)},\n"entities":[\n`;
    for (const piece of shown.pieces) {
        for (const entity of entitiesShown(piece)) {
            const { start, end, label, type, score, index } = entity;
            const value = index === undefined ? { entity_group: type } : { entity: label };
            value.score = score === undefined ? 1 : Number.isFinite(score) ? score : null;
            if (index !== undefined) { value.index = index; }
            value.word = piece.text.slice(start, end);
            value.start = point(piece.start + start);
            value.end = point(piece.start + end);
            yield between + JSON.stringify(value);
            between = ",\n";
        }
    }
    yield "]}\n";
}

const serviceUrl = () => new URL("tag", document.baseURI).href;
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const SHORT = 2000; /* characters of a text that still goes on a command line */

function* curlParts() {
    const key = service.info?.authentication ? ' \\\n  -H "Authorization: Bearer $NOMEN_KEY"' : "";
    const options = ownOptions();
    if (shown.text.length <= SHORT) {
        const body = JSON.stringify({ text: shown.text, ...options });
        yield `curl -s ${quoted(serviceUrl())}${key} \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(body)}\n`;
        return;
    }
    const query = new URLSearchParams(Object.entries(options).map(([name, value]) => [name, String(value)])).toString();
    yield `curl -s ${quoted(serviceUrl() + (query && `?${query}`))}${key} \\\n`;
    yield "  -H 'Content-Type: text/plain; charset=utf-8' \\\n  --data-binary @text.txt\n";
}

/* JSON of strings, lists and numbers is Python too. */
function* pythonParts() {
    const long = shown.text.length > SHORT;
    const text = long ? 'open("text.txt", encoding="utf-8").read()' : JSON.stringify(shown.text);
    const rest = Object.entries(ownOptions()).map(([name, value]) => `, ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
    const key = service.info?.authentication;
    yield `import ${key ? "os, " : ""}requests; print(requests.post(${JSON.stringify(serviceUrl())}, json={"text": ${text}`;
    yield `${rest.join("")}}${key ? ', headers={"Authorization": "Bearer " + os.environ["NOMEN_KEY"]}' : ""}).json())\n`;
}

/* Pseudonyms as src/tag/pseudonyms.h has them: `nomen restore` and /restore read text and map. */
class Pseudonyms {
    constructor(names) {
        this.names = [...new Set(names.map(redactedName))].sort((a, b) => b.length - a.length);
        const wide = this.names.some((name) => /[^\0-\x7f]/.test(name));
        this.joins = wide ? /[A-Z0-9_~]|[^\0-\x7f]/ : /[A-Z0-9_~]/;
        const escaped = this.names.map((name) => name.replace(/[^A-Z0-9]/g, "\\$&"));
        this.likeOne = this.names.length ? new RegExp(`(${escaped.join("|")})_[0-9]+`, "g") : /(?!)/g;
        this.keys = new Map();
        this.counts = new Map();
        this.last = "";
        this.afterOne = false;
    }

    plain(text) {
        if (!text) { return ""; }
        const mark = this.afterOne && this.joins.test(text[0]) ? "~" : "";
        this.afterOne = false;
        this.last = text.at(-1);
        return mark + text;
    }

    one(name, text) {
        const original = `${name}_${text}`;
        if (!this.keys.has(original)) {
            this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
            this.keys.set(original, [`${name}_${this.counts.get(name)}`, text]);
        }
        const [key] = this.keys.get(original);
        const mark = this.afterOne ? "~~" : this.joins.test(this.last) ? "~" : "";
        this.afterOne = true;
        this.last = key.at(-1);
        return mark + key;
    }

    /* Text between entities: what looks like a pseudonym gets one. */
    between(text) {
        let out = "";
        let at = 0;
        for (const found of text.matchAll(this.likeOne)) {
            out += this.plain(text.slice(at, found.index)) + this.one(found[1], found[0]);
            at = found.index + found[0].length;
        }
        return out + this.plain(text.slice(at));
    }

    * mapParts() {
        yield `{"format":"nomen pseudonyms","version":1,\n"names":${JSON.stringify(this.names)},\n"originals":{`;
        let between = "\n";
        for (const [key, text] of this.keys.values()) {
            yield `${between}${JSON.stringify(key)}:${JSON.stringify(text)}`;
            between = ",\n";
        }
        yield "\n}}\n";
    }
}

const redactedName = (type) => type.replace(/[a-z]/g, (c) => c.toUpperCase()).replace(/[^A-Z0-9\x80-\uffff]/g, "_") || "ENTITY";

function* redactedParts(pseudonyms = new Pseudonyms(types.names)) {
    const how = byId("redaction").value;
    const plain = (text) => (how === "pseudonym" ? pseudonyms.between(text) : text);
    let at = 0;
    for (const piece of shown.pieces) {
        for (const { start, end, type } of entitiesShown(piece)) {
            const text = piece.text.slice(start, end);
            yield plain(shown.text.slice(at, piece.start + start));
            if (how === "pseudonym") {
                yield pseudonyms.one(redactedName(type), text);
            } else {
                yield how === "mask" ? text.replace(/[^\n\r]/gu, "\u2588") : `[${redactedName(type)}]`;
            }
            at = piece.start + end;
        }
    }
    yield plain(shown.text.slice(at));
}

/* Training data: what is shown of the corrected pieces, or of all. */
const trainingPieces = () => (byId("which").value === "all" ? shown.pieces.filter((piece) => piece.entities) : correctedPieces());

/* A line a word, with tags of IOB2. A word ends where an entity does, so that spans are kept exactly. */
function conllLines(piece) {
    let lines = "";
    const entities = entitiesShown(piece);
    const edges = [...new Set(entities.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
    let edge = 0;
    let next = 0;
    for (let [start, end] of wordsOf(piece.text)) {
        while (start < end) {
            while (edges[edge] <= start) { edge++; }
            const stop = Math.min(end, edges[edge] ?? end);
            while (entities[next]?.end <= start) { next++; }
            const entity = entities[next];
            const within = entity && entity.start <= start;
            const first = within && !entity.begun;
            lines += `${piece.text.slice(start, stop)}\t${within ? `${first ? "B" : "I"}-${entity.type}` : "O"}\n`;
            if (within) { entity.begun = true; }
            start = stop;
        }
    }
    for (const entity of entities) { delete entity.begun; }
    return `${lines}\n`;
}

function* trainingParts() {
    const format = byId("format").value;
    for (const piece of trainingPieces()) {
        if (format === "conll") {
            yield conllLines(piece);
            continue;
        }
        const point = codePoints(piece.text);
        const spans = entitiesShown(piece).map(({ start, end, type }) => [point(start), point(end), type]);
        yield `${JSON.stringify(format === "doccano" ? { text: piece.text, label: spans } :
            { text: piece.text, spans: spans.map(([start, end, label]) => ({ start, end, label })) })}\n`;
    }
}

const FILES = { jsonl: "train.jsonl", conll: "train.conll", doccano: "train.doccano.jsonl" };

/* What the tabs show: the parts, and the file that they become. */
const outputs = {
    json: { parts: jsonParts, file: () => "entities.json", type: "application/json" },
    curl: { parts: curlParts, file: () => "curl.txt", type: "text/plain" },
    python: { parts: pythonParts, file: () => "python.txt", type: "text/plain" },
    redacted: { parts: redactedParts, file: () => "redacted.txt", type: "text/plain" },
    training: { parts: trainingParts, file: () => FILES[byId("format").value], type: "text/plain" },
};

/* The beginning of an output, for a look at it. */
function previewOf(parts, most = 4000) {
    let text = "";
    for (const part of parts) {
        text += part.slice(0, most + 1 - text.length);
        if (text.length > most) { return `${text.slice(0, most)} …`; }
    }
    return text;
}

async function collected(parts) {
    const slices = sliced();
    const all = [""];
    for (const part of parts) {
        if (all.at(-1).length > 65536) { all.push(""); }
        all[all.length - 1] += part;
        await slices();
    }
    return all;
}

async function saveFile(name, type, parts) {
    const blob = new Blob(parts, { type });
    await pause();
    const url = URL.createObjectURL(blob);
    await pause();
    make("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/* The clipboard's own interface is for safe origins alone. */
async function copyText(text) {
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        const box = make("textarea", { value: text, className: "away" });
        document.body.append(box);
        box.select();
        const done = document.execCommand("copy");
        box.remove();
        if (!done) { throw new Error("The browser does not let this page copy; download it instead."); }
    }
}

/* The map of the pseudonyms: of the whole text, whatever was previewed. */
async function mapParts() {
    const pseudonyms = new Pseudonyms(types.names);
    await collected(redactedParts(pseudonyms));
    return collected(pseudonyms.mapParts());
}
