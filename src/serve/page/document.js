/*
 * The text that is shown, in pieces, with their entities: those of the model and those that the reader corrected; which of them
 * are shown; and the way back from each correction.
 *
 * A piece: {text, start, end, entities, corrected, node...}; an entity: {start, end, type, label, score, index}. Offsets are
 * UTF-16 units; `start` and `end` of an entity count from its piece. What the reader sets has no score.
 */

const shown = { text: "", size: 0, pieces: [] };
const filters = { threshold: 0, off: new Set() };
const types = { names: [], counts: new Map() };
const steps = { done: [], undone: [], epoch: 0 };

/* The place of a type among all, which is its colour; a new one comes last. */
function typePlace(type) {
    const at = types.names.indexOf(type);
    return at >= 0 ? at : types.names.push(type) - 1;
}

/* An entity of the service's answer. Without aggregation an entity is a token, whose label may have a prefix. */
function entityOf(found) {
    const label = String(found.entity_group ?? found.entity ?? "");
    const type = found.entity_group === undefined ? label.replace(/^[BIESLU]-/, "") : label;
    return { start: found.start, end: found.end, type, label, score: found.score ?? NaN, index: found.index };
}

const isShown = (entity) => !filters.off.has(entity.type) && !(entity.score < filters.threshold);

/* What is shown of a piece: in order, and of those that overlap the first. */
function entitiesShown(piece) {
    let at = 0;
    return (piece.entities ?? []).filter((entity) => {
        if (!isShown(entity) || entity.start < at || entity.end <= entity.start) { return false; }
        at = entity.end;
        return true;
    });
}

/* Takes a text in. Pieces that were there before keep what is known of them. Returns those that have to be tagged. */
function takeText(text) {
    const before = new Map(shown.pieces.map((piece) => [piece.text, piece]));
    shown.text = text;
    shown.size = codePoints(text)(text.length);
    shown.pieces = cutPieces(text).map(([start, end]) => {
        const part = text.slice(start, end);
        const old = before.get(part);
        before.delete(part);
        return Object.assign(old ?? { text: part, entities: null, corrected: false, node: null }, { start, end });
    });
    const kept = new Set(shown.pieces);
    steps.done = steps.done.filter((change) => kept.has(change.piece));
    steps.undone = [];
    return untagged();
}

const untagged = () => shown.pieces.filter((piece) => !piece.entities);

/* Other options need other answers; what was corrected stays. */
function forgetAnswers() {
    steps.epoch++;
    for (const piece of shown.pieces) {
        if (!piece.corrected) { piece.entities = null; }
    }
}

function takeResult(piece, result) {
    if (piece.corrected) { return; }
    piece.entities = result.entities.map(entityOf).sort((a, b) => a.start - b.start);
    for (const entity of piece.entities) { typePlace(entity.type); }
    piece.truncated = Boolean(result.truncated);
}

/* How many entities of each type pass the threshold, those of types that are off too. */
function countTypes() {
    const counts = new Map(types.names.map((name) => [name, 0]));
    for (const piece of shown.pieces) {
        for (const entity of piece.entities ?? []) {
            if (!(entity.score < filters.threshold)) { counts.set(entity.type, (counts.get(entity.type) ?? 0) + 1); }
        }
    }
    types.counts = counts;
    let total = 0;
    for (const [type, n] of counts) { total += filters.off.has(type) ? 0 : n; }
    return total;
}

const correctedPieces = () => shown.pieces.filter((piece) => piece.corrected);

const stateOf = (piece) => ({ piece, entities: piece.entities, corrected: piece.corrected, epoch: steps.epoch });

/* Corrections. Each gives a piece a new list, so that going back is giving it the old one. */
function correct(piece, entities) {
    steps.done.push(stateOf(piece));
    steps.undone = [];
    piece.entities = entities;
    piece.corrected = true;
}

function travel(from, to) {
    const change = from.pop();
    if (!change) { return null; }
    const { piece } = change;
    to.push(stateOf(piece));
    /* An answer to other options than those of now is of no use. */
    piece.entities = change.corrected || change.epoch === steps.epoch ? change.entities : null;
    piece.corrected = change.corrected;
    return piece;
}

/* The types that an entity may get. */
const typesOffered = (type) => types.names.filter((name) => service.types.has(name) || types.counts.get(name) || name === type);

/* A span gets a type; what it overlaps makes room, `old` too, where it is given. Returns the new entity. */
function setEntity(piece, start, end, type, old = null) {
    const entity = { start, end, type, label: type, score: undefined };
    typePlace(type);
    filters.off.delete(type);
    const others = (piece.entities ?? []).filter((e) => e !== old && (e.end <= start || e.start >= end));
    correct(piece, [...others, entity].sort((a, b) => a.start - b.start));
    return entity;
}

function removeEntity(piece, entity) {
    correct(piece, piece.entities.filter((e) => e !== entity));
}

/* A span with one edge a word further out (+1) or in (-1); null where there is no such word. */
function moveEdge(text, [start, end], edge, step) {
    const words = wordsOf(text);
    if (edge === "end") {
        const to = step > 0 ? words.find((word) => word[1] > end)?.[1] : words.findLast((word) => word[1] < end)?.[1];
        return to > start ? [start, to] : null;
    }
    const to = step > 0 ? words.findLast((word) => word[0] < start)?.[0] : words.find((word) => word[0] > start)?.[0];
    return to < end ? [to, end] : null;
}
