/*
 * Corrections by mouse, finger and keyboard: a span is chosen in the text or an entity is opened, and a small dialog asks for its
 * type. `target` is what the dialog is about: {piece, start, end, entity}, entity null for a new one.
 */

const dialog = byId("entity");
const choices = byId("choices");
const edit = { target: null, active: 0, cursor: null, touch: false, pressed: false, changed: () => {} };

const canCorrect = () => byId("aggregation").value !== "none";

function selectSpan(piece, start, end) {
    const range = document.createRange();
    const walker = document.createTreeWalker(piece.node, NodeFilter.SHOW_TEXT);
    let at = 0;
    for (let node; (node = walker.nextNode()); at += node.length) {
        if (start >= at && start < at + node.length) { range.setStart(node, start - at); }
        if (end > at && end <= at + node.length) { range.setEnd(node, end - at); }
    }
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    (range.startContainer.parentElement ?? piece.node).scrollIntoView({ block: "nearest" });
}

/* What is selected, as whole words of one piece; exactly what is selected with `exact`. */
function selectedSpan(exact) {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) { return null; }
    const range = selection.getRangeAt(0);
    const first = range.startContainer;
    const node = (first.nodeType === 1 ? first : first.parentElement).closest(".piece");
    if (!node || !result.contains(node)) { return null; }
    const before = document.createRange();
    before.setStart(node, 0);
    before.setEnd(range.startContainer, range.startOffset);
    const start = before.toString().length;
    const within = node.contains(range.endContainer);
    if (within) { before.setEnd(range.endContainer, range.endOffset); } else { before.setEndAfter(node.lastChild); }
    const end = before.toString().length;
    const { piece } = node;
    const text = piece.text.slice(start, end);
    const trimmed = [start + text.length - text.trimStart().length, start + text.trimEnd().length];
    if (trimmed[0] >= trimmed[1]) { return null; }
    const span = exact ? trimmed : wholeWords(piece.text, ...trimmed);
    return span && { piece, start: span[0], end: span[1], entity: null };
}

function showChoices() {
    const { entity } = edit.target;
    const names = typesOffered(entity?.type);
    choices.replaceChildren(...names.map((name, i) => {
        const option = make("li", { id: `choice${i}`, className: colorOf(name) }, make("b", {}, name || "(none)"));
        if (i < 9) { option.append(make("kbd", {}, String(i + 1))); }
        option.setAttribute("role", "option");
        option.dataset.type = name;
        return option;
    }));
    activate(Math.max(0, names.indexOf(entity?.type)));
}

function activate(place) {
    const options = [...choices.children];
    if (!options.length) { return; }
    edit.active = (place + options.length) % options.length;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === edit.active)));
    choices.setAttribute("aria-activedescendant", options[edit.active].id);
    options[edit.active].scrollIntoView({ block: "nearest" });
}

/* Where what the dialog is about is seen. */
function targetPlace() {
    const { piece, entity } = edit.target;
    return (entity ? markIn(piece, entity) : getSelection().rangeCount ? getSelection().getRangeAt(0) : piece.node)
        .getBoundingClientRect();
}

/* Beside what it is about, within the window; the style sheet puts it at the bottom of small ones. */
function placeDialog() {
    const around = targetPlace();
    const [width, height] = [dialog.offsetWidth, dialog.offsetHeight];
    const below = around.bottom + 8 + height < innerHeight;
    dialog.style.left = `${Math.max(8, Math.min(around.left, innerWidth - width - 8))}px`;
    dialog.style.top = `${Math.max(8, below ? around.bottom + 8 : around.top - height - 8)}px`;
}

function showTarget() {
    const { piece, start, end, entity } = edit.target;
    byId("entity-text").textContent = piece.text.slice(start, end);
    const score = entity && scoreOf(entity);
    byId("entity-score").textContent = !entity ? "new" : score ? `${entity.type} ${score}` : entity.type;
    byId("remove").hidden = !entity;
    if (!entity) { selectSpan(piece, start, end); }
    placeDialog();
}

function openDialog(target) {
    if (!canCorrect()) { return say("Tokens can't be corrected: choose another aggregation than none."); }
    if (!target.piece.entities) { return say("This part of the text is not tagged yet."); }
    edit.target = target;
    edit.cursor = null;
    byId("other").value = "";
    dialog.hidden = false;
    showChoices();
    showTarget();
    if (matchMedia("(max-width:40rem)").matches) {
        scrollBy(0, Math.max(0, targetPlace().bottom + 16 - dialog.getBoundingClientRect().top));
    }
    choices.focus({ preventScroll: true });
}

function closeDialog(back = true) {
    if (dialog.hidden) { return; }
    const { piece, entity } = edit.target;
    dialog.hidden = true;
    edit.target = null;
    if (!back) { return; }
    if (entity) { return focusEntity(piece, entity); }
    getSelection().removeAllRanges();
    result.focus({ preventScroll: true });
}

/* After a correction: the piece is painted, and what has the focus has it again. */
function corrected(piece, entity, words, focus = true) {
    paintPiece(piece);
    if (!view.current) { setCurrent(result.querySelector("mark")); }
    edit.changed();
    whisper(words);
    if (!focus) { return; }
    if (entity) { focusEntity(piece, entity); } else { result.focus({ preventScroll: true }); }
}

function chooseType(type) {
    const name = type.trim().replace(/\s+/g, "_");
    const target = edit.target ?? openMark();
    if (!target || (!name && !target.entity)) { return; }
    const { piece, start, end, entity } = target;
    closeDialog(false);
    getSelection().removeAllRanges();
    const now = setEntity(piece, start, end, name, entity);
    corrected(piece, now, `${piece.text.slice(start, end)} is ${name}`);
}

function dropEntity({ piece, entity }) {
    const next = neighbour(piece, entity, 1) ?? neighbour(piece, entity, -1);
    closeDialog(false);
    removeEntity(piece, entity);
    corrected(piece, null, `${piece.text.slice(entity.start, entity.end)} is no entity`);
    if (next) { goTo(next); }
}

function moveTarget(target, edge, step) {
    const { piece, entity } = target;
    const span = moveEdge(piece.text, [target.start, target.end], edge, step);
    if (!span) { return whisper("No further word here"); }
    [target.start, target.end] = span;
    if (entity) {
        const now = setEntity(piece, ...span, entity.type, entity);
        target.entity = now;
        const within = dialog.contains(document.activeElement) ? document.activeElement : null;
        corrected(piece, now, piece.text.slice(...span));
        within?.focus();
    }
    if (edit.target) { showTarget(); }
}

/* The entity that has the focus, as a target. */
function openMark() {
    const mark = document.activeElement;
    if (!mark?.entity) { return null; }
    const { start, end } = mark.entity;
    return { piece: mark.parentNode.piece, start, end, entity: mark.entity };
}

/* A cursor of words, for those who add by keyboard. Begins after the current entity, or with the first piece that is seen. */
function startCursor() {
    if (!canCorrect() || !shown.pieces.length) { return; }
    const mark = document.activeElement?.entity ? document.activeElement : null;
    const piece = mark?.parentNode.piece ?? shown.pieces.find((p) => view.seen.has(p)) ?? shown.pieces[0];
    const words = wordsOf(piece.text);
    const at = Math.max(0, mark ? words.findIndex((word) => word[0] >= mark.entity.end) : 0);
    result.focus({ preventScroll: true });
    edit.cursor = { piece, words, from: at, to: at };
    showCursor();
    say("Adding: ← → choose a word, Shift+→ takes more, Enter gives it a type, Esc ends.");
}

function showCursor() {
    const { piece, words, from, to } = edit.cursor;
    selectSpan(piece, words[from][0], words[to][1]);
    whisper(piece.text.slice(words[from][0], words[to][1]));
}

function moveCursor(step, more) {
    const { cursor } = edit;
    const to = cursor.to + step;
    if (more) {
        cursor.to = Math.min(cursor.words.length - 1, Math.max(cursor.from, to));
    } else if (cursor.words[to]) {
        cursor.from = cursor.to = to;
    } else {
        const piece = shown.pieces[shown.pieces.indexOf(cursor.piece) + step];
        if (!piece) { return; }
        const words = wordsOf(piece.text);
        const at = step > 0 ? 0 : words.length - 1;
        edit.cursor = { piece, words, from: at, to: at };
    }
    showCursor();
}

function cursorKey(event) {
    const { piece, words, from, to } = edit.cursor;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
        moveCursor(step, event.shiftKey);
    } else if (event.key === "Enter") {
        openDialog({ piece, start: words[from][0], end: words[to][1], entity: null });
    } else if (event.key === "Escape") {
        edit.cursor = null;
        getSelection().removeAllRanges();
        say("");
    } else {
        return;
    }
    event.preventDefault();
}

function goBack(from, to) {
    const piece = travel(from, to);
    if (!piece) { return; }
    closeDialog(false);
    const [entity] = entitiesShown(piece);
    const within = result.contains(document.activeElement);
    corrected(piece, null, from === steps.done ? "Undone" : "Done again", within);
    piece.node.scrollIntoView({ block: "nearest" });
    if (entity && within) { goTo([piece, entity]); }
}

/* Keys on the text. */
function resultKey(event) {
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (control && key === "z" && !event.shiftKey) {
        goBack(steps.done, steps.undone);
    } else if (control && (key === "y" || key === "z")) {
        goBack(steps.undone, steps.done);
    } else if (edit.cursor) {
        return cursorKey(event);
    } else if (key === "a" && !control) {
        startCursor();
    } else if (!entityKey(event, control)) {
        return;
    }
    event.preventDefault();
}

function entityKey(event, control) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const target = openMark();
    if (!target) {
        if (step && view.current) { goTo([view.current.piece, view.current.mark.entity]); }
        return Boolean(step && view.current);
    }
    if (step && event.shiftKey && canCorrect()) {
        if (control) { moveTarget(target, "start", -step); } else { moveTarget(target, "end", step); }
    } else if (step) {
        const next = neighbour(target.piece, target.entity, step);
        if (next) { goTo(next); }
    } else if (["Enter", " "].includes(event.key)) {
        openDialog(target);
    } else if (["Delete", "Backspace"].includes(event.key) && canCorrect()) {
        dropEntity(target);
    } else if (/^[1-9]$/.test(event.key) && canCorrect() && typesOffered(target.entity.type).length >= event.key) {
        chooseType(typesOffered(target.entity.type)[event.key - 1]);
    } else {
        return false;
    }
    return true;
}

/* Keys in the dialog. */
function dialogKey(event) {
    if (event.key === "Escape") { return closeDialog(); }
    if (event.key === "Tab") { return keepWithin(event); }
    if (document.activeElement !== choices) { return; }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const options = [...choices.children];
    if (step) {
        activate(edit.active + step);
    } else if (event.key === "Home" || event.key === "End") {
        activate(event.key === "Home" ? 0 : -1);
    } else if (["Enter", " "].includes(event.key)) {
        if (options.length) { chooseType(options[edit.active].dataset.type); }
    } else if (event.key === "Delete" && edit.target.entity) {
        dropEntity(edit.target);
    } else if (/^[1-9]$/.test(event.key)) {
        if (options[event.key - 1]) { chooseType(options[event.key - 1].dataset.type); }
    } else {
        const key = event.key.toLowerCase();
        const at = options.findIndex((option) => option.dataset.type.toLowerCase().startsWith(key));
        if (key.length > 1 || at < 0) { return; }
        activate(at);
    }
    event.preventDefault();
}

function keepWithin(event) {
    const stops = [...dialog.querySelectorAll("[tabindex], input, button")].filter((element) => element.offsetParent);
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement !== edge) { return; }
    stops.at(event.shiftKey ? -1 : 0).focus();
    event.preventDefault();
}

function startEditing(changed) {
    edit.changed = changed;
    result.addEventListener("keydown", resultKey);
    dialog.addEventListener("keydown", dialogKey);
    result.addEventListener("focusin", (event) => { if (event.target.entity) { setCurrent(event.target); } });
    addEventListener("pointerdown", (event) => {
        edit.touch = event.pointerType === "touch";
        edit.pressed = result.contains(event.target);
        if (!dialog.contains(event.target)) { closeDialog(false); }
        if (edit.cursor && !edit.touch) { edit.cursor = null; }
    });
    addEventListener("pointerup", (event) => setTimeout(() => {
        if (!edit.pressed) { return; }
        edit.pressed = false;
        const span = event.pointerType === "touch" ? null : selectedSpan(event.altKey);
        const mark = event.target.closest?.("mark");
        if (span) { return openDialog(span); }
        if (!mark?.isConnected || !getSelection().isCollapsed) { return; }
        focusEntity(mark.parentNode.piece, mark.entity);
        openDialog(openMark());
    }));
    let later = 0; /* fingers move the handles of a selection: it is taken when it has rested */
    document.addEventListener("selectionchange", () => {
        clearTimeout(later);
        if (!edit.touch || edit.cursor || !dialog.hidden) { return; }
        later = setTimeout(() => { const span = selectedSpan(false); if (span) { openDialog(span); } }, 700);
    });
    choices.addEventListener("click", (event) => {
        const option = event.target.closest("li");
        if (option) { chooseType(option.dataset.type); }
    });
    on("other-form", "submit", (event) => {
        event.preventDefault();
        if (byId("other").value.trim()) { chooseType(byId("other").value); }
    });
    for (const button of dialog.querySelectorAll("[data-edge]")) {
        button.addEventListener("click", () => moveTarget(edit.target, button.dataset.edge, Number(button.dataset.step)));
    }
    on("remove", "click", () => dropEntity(edit.target));
    on("close", "click", () => closeDialog());
    on("add", "click", startCursor);
    on("undo", "click", () => goBack(steps.done, steps.undone));
    on("redo", "click", () => goBack(steps.undone, steps.done));
    for (const [where, what] of [[result, "scroll"], [window, "scroll"], [window, "resize"]]) {
        where.addEventListener(what, () => { if (!dialog.hidden) { placeDialog(); } }, { passive: true });
    }
}
