/* Texts as strings: their pieces, their words and how offsets are counted. Nothing here knows of the page. */

/* Characters that the box for typing holds; a longer text would take too long to lay out at every key. */
const MOST_TYPED = 40000;
/* Characters of a piece, and how many paragraphs may be pieces of their own. */
const PIECE_SIZE = 4000;
const MOST_PARAGRAPHS = 4000;
/* How long the page may be kept from answering its reader, in milliseconds. */
const SLICE = 10;

/* Lets the browser draw and hear first. */
const pause = () => new Promise((done) => {
    if (globalThis.scheduler?.postTask) { scheduler.postTask(done, { priority: "background" }); } else { setTimeout(done); }
});

/* A clock of slices: `await slices()` goes on at once until a slice is used up. */
function sliced() {
    let began = performance.now();
    return async () => {
        if (performance.now() - began < SLICE) { return; }
        await pause();
        began = performance.now();
    };
}

/* A text as it can be sent: line feeds alone end its lines, and a half of a surrogate pair becomes U+FFFD. */
function cleanText(text) {
    const clean = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
    return clean.replace(/\p{Surrogate}/gu, "\ufffd");
}

/* The text of a file's bytes: UTF-8, UTF-16 with a mark, else Windows' Latin; null for what is no text. */
function decodeFile(bytes) {
    const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    if (wide) { return new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes); }
    if (bytes.subarray(0, 4096).includes(0)) { return null; }
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
        return new TextDecoder("windows-1252").decode(bytes);
    }
}

/* Where a text that is too long for a piece is cut: after a line, a sentence or a word, and never inside a character. */
function cutPlace(text, start, end) {
    const half = start + (end - start) / 2;
    for (const mark of ["\n", ". ", " "]) {
        const at = text.lastIndexOf(mark, end - mark.length);
        if (at >= half) { return at + mark.length; }
    }
    return /[\udc00-\udfff]/.test(text[end]) ? end - 1 : end;
}

/*
 * The pieces [start, end) of a text: its paragraphs, which empty lines part, without white space around them. A long paragraph
 * is several pieces, and a text of very many paragraphs is cut as if it were one.
 */
function cutPieces(text) {
    const paragraphs = [];
    let from = 0;
    for (const gap of text.matchAll(/\n[^\S\n]*\n\s*|$/g)) {
        paragraphs.push([from, gap.index]);
        from = gap.index + gap[0].length;
        if (paragraphs.length <= MOST_PARAGRAPHS) { continue; }
        paragraphs.splice(0, Infinity, [0, text.length]);
        break;
    }
    const pieces = [];
    const add = (start, end) => {
        const part = text.slice(start, end);
        if (part.trim()) { pieces.push([start + part.search(/\S/), start + part.trimEnd().length]); }
    };
    for (let [start, end] of paragraphs) {
        while (end - start > PIECE_SIZE) {
            const at = cutPlace(text, start, start + PIECE_SIZE);
            add(start, at);
            start = at;
        }
        add(start, end);
    }
    return pieces;
}

/* Words as BERT's: letters and digits that stand together; Chinese characters and marks each for themselves. */
function wordsOf(text) {
    const words = [];
    for (const found of text.matchAll(/\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}])+|[^\s\p{Cc}\p{Cf}]/gu)) {
        words.push([found.index, found.index + found[0].length]);
    }
    return words;
}

/* A span that begins and ends with whole words; null where it has none. */
function wholeWords(text, start, end) {
    const touched = wordsOf(text).filter(([from, to]) => to > start && from < end);
    return touched.length ? [touched[0][0], touched.at(-1)[1]] : null;
}

/* A function from offsets in UTF-16 units, which JavaScript has, to code points, which files have. Asked in rising order. */
function codePoints(text) {
    if (!/[\ud800-\udbff]/.test(text)) { return (offset) => offset; }
    let unit = 0;
    let point = 0;
    return (offset) => {
        if (offset < unit) { unit = point = 0; }
        for (; unit < offset; point++) { unit += text.codePointAt(unit) > 0xffff ? 2 : 1; }
        return point;
    };
}

const number = new Intl.NumberFormat("en");
const counted = (n, one, many = `${one}s`) => `${number.format(n)} ${n === 1 ? one : many}`;
