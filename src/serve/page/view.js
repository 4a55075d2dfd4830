/*
 * Shows the pieces and what is in them. A text stands in the page as text nodes alone, never as markup. Pieces that are seen are
 * painted at once, the others when the browser has nothing else to do, all in slices.
 */

const byId = (id) => document.getElementById(id);
const on = (id, what, does) => byId(id).addEventListener(what, does);
const result = byId("result");
const view = { current: null, seen: new Set(), waiting: new Set(), painting: false };

/* An element with properties; its children are elements or strings, which become text. */
function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
}

/* Says something to those who hear the page, and shows it. */
function say(text, isError = false) {
    byId("status").textContent = text;
    byId("status").classList.toggle("error", isError);
}

/* Says something that those who see the page see anyway. */
function whisper(text) {
    byId("whisper").textContent = text;
}

const colorOf = (type) => {
    const place = typePlace(type);
    return `t${place % 16} k${Math.floor(place / 16) % 4}`;
};

const scoreOf = (entity) => (Number.isFinite(entity.score) ? entity.score.toFixed(2) : "");

function markOf(piece, entity) {
    const text = piece.text.slice(entity.start, entity.end);
    const score = scoreOf(entity);
    const mark = make("mark", { className: colorOf(entity.type), tabIndex: -1 }, text);
    if (entity.score < 0.7) { mark.classList.add("low"); }
    if (entity.score === undefined) { mark.classList.add("mine"); }
    mark.dataset.type = entity.label || "(none)";
    mark.dataset.score = score || (entity.score === undefined ? "✓" : "");
    mark.setAttribute("role", "button");
    mark.setAttribute("aria-haspopup", "dialog");
    mark.setAttribute("aria-label", `${text}, ${entity.label}, ${score ? `score ${score}` : "corrected"}`);
    mark.entity = entity;
    return mark;
}

function paintPiece(piece) {
    view.waiting.delete(piece);
    const { node } = piece;
    const focused = node.contains(document.activeElement) ? document.activeElement.entity : null;
    const parts = [];
    let at = 0;
    for (const entity of entitiesShown(piece)) {
        parts.push(piece.text.slice(at, entity.start), markOf(piece, entity));
        at = entity.end;
    }
    node.replaceChildren(...parts, piece.text.slice(at));
    node.classList.toggle("corrected", piece.corrected);
    node.classList.toggle("pending", !piece.entities);
    if (view.current?.piece === piece) { view.current.mark = null; }
    if (focused) { focusEntity(piece, focused); }
    if (!view.current?.mark) { setCurrent(node.querySelector("mark")); }
}

/* Paints what is seen now, then the rest in slices. */
async function paint(pieces) {
    for (const piece of pieces) { view.waiting.add(piece); }
    if (view.painting) { return; }
    view.painting = true;
    const slices = sliced();
    await new Promise((done) => setTimeout(done)); /* what comes together is painted together */
    while (view.waiting.size) {
        const piece = [...view.seen].find((p) => view.waiting.has(p)) ?? view.waiting.values().next().value;
        if (piece.node?.isConnected) { paintPiece(piece); } else { view.waiting.delete(piece); }
        await slices();
    }
    view.painting = false;
}

const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
        if (entry.isIntersecting) { view.seen.add(entry.target.piece); } else { view.seen.delete(entry.target.piece); }
    }
}, { root: result, rootMargin: "300px" });

/* Puts the pieces of the text into the page; those that stay keep their places. Stops where another text has come. */
async function showText() {
    const { pieces } = shown;
    const slices = sliced();
    const kept = new Set(pieces.map((piece) => piece.node));
    for (const node of [...result.children]) {
        if (kept.has(node)) { continue; }
        watcher.unobserve(node);
        view.seen.delete(node.piece);
        node.remove();
        await slices();
        if (shown.pieces !== pieces) { return; }
    }
    if (!view.current?.mark?.isConnected) { view.current = null; }
    result.classList.toggle("long", shown.text.length > 10000);
    let at = result.firstChild;
    for (const piece of pieces) {
        if (!piece.node) {
            piece.node = make("p", { className: "piece", dir: "auto", piece });
            view.waiting.delete(piece);
            paintPiece(piece);
            watcher.observe(piece.node);
        }
        if (piece.node === at) { at = at.nextSibling; } else { result.insertBefore(piece.node, at); }
        await slices();
        if (shown.pieces !== pieces) { return; }
    }
}

/* Among the entities one can be reached by Tab, the others from it. */
function setCurrent(mark) {
    if (view.current?.mark) { view.current.mark.tabIndex = -1; }
    view.current = mark ? { mark, piece: mark.parentNode.piece } : null;
    if (mark) { mark.tabIndex = 0; }
}

const markIn = (piece, entity) => [...piece.node.querySelectorAll("mark")]
    .find((mark) => mark.entity === entity || (mark.entity.start < entity.end && mark.entity.end > entity.start));

function focusEntity(piece, entity) {
    const mark = markIn(piece, entity);
    if (!mark) { return result.focus(); }
    setCurrent(mark);
    mark.focus();
}

/* The entity before (-1) or after (+1) one, over all pieces. */
function neighbour(piece, entity, step) {
    const list = entitiesShown(piece);
    const next = list[list.indexOf(entity) + step];
    if (next) { return [piece, next]; }
    for (let i = shown.pieces.indexOf(piece) + step; shown.pieces[i]; i += step) {
        const entities = entitiesShown(shown.pieces[i]);
        if (entities.length) { return [shown.pieces[i], entities.at(step > 0 ? 0 : -1)]; }
    }
    return null;
}

function goTo([piece, entity]) {
    if (view.waiting.has(piece)) { paintPiece(piece); }
    focusEntity(piece, entity);
}

/* The types, as boxes to tick with their counts. Boxes stay the same, so that the one with the focus keeps it. */
function showTypes() {
    const total = countTypes();
    const list = byId("types");
    for (const name of types.names) {
        let row = [...list.children].find((li) => li.dataset.type === name);
        if (!row) {
            const box = make("input", { type: "checkbox", name: "type", value: name });
            row = make("li", { className: colorOf(name) }, make("label", {}, box, make("b", {}, name || "(none)"), make("span")));
            row.dataset.type = name;
            list.append(row);
        }
        row.querySelector("input").checked = !filters.off.has(name);
        row.querySelector("span").textContent = number.format(types.counts.get(name) ?? 0);
        row.hidden = !service.types.has(name) && !types.counts.get(name);
    }
    return total;
}

/* A model's types come in its order, which gives them their colours. */
function startTypes(names) {
    types.names = [...names];
    service.types = new Set(names);
    filters.off.clear();
    byId("types").replaceChildren();
    showTypes();
}

function fillModels(info) {
    const list = byId("model");
    list.replaceChildren(...info.models.map(({ name }) => new Option(name, name, false, name === info.default_model)));
    list.disabled = info.models.length < 2;
}
