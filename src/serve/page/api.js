/* What is asked of the service, and what it answers. The key stays in this variable and nowhere else. */

const service = { key: "", info: null, types: new Set() };

/* An answer that is an error; `status` is 0 where there was no answer. */
class Refusal extends Error {
    constructor(status, message, retryAfter = 0) {
        super(message);
        this.status = status;
        this.retryAfter = retryAfter;
    }
}

async function refusalOf(answer) {
    let message = "";
    try { message = String((await answer.json()).error ?? ""); } catch { /* not the service's own words */ }
    return new Refusal(answer.status, message || `The server answered ${answer.status} ${answer.statusText}.`,
                       Number(answer.headers.get("Retry-After")) || 0);
}

/* Paths are relative, so that the page works behind a proxy's prefix. */
async function request(path, { body, accept, signal } = {}) {
    const headers = {};
    if (body) { headers["Content-Type"] = "application/json"; }
    if (accept) { headers.Accept = accept; }
    if (service.key) { headers.Authorization = `Bearer ${service.key}`; }
    let answer;
    try {
        answer = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal,
                                     cache: "no-store", redirect: "error", referrerPolicy: "no-referrer" });
    } catch (error) {
        if (signal?.aborted) { throw error; }
        throw new Refusal(0, "The server can't be reached. Is it still running?");
    }
    if (!answer.ok) { throw await refusalOf(answer); }
    return answer;
}

async function loadInfo() {
    service.info = await (await request("info")).json();
    return service.info;
}

/* The lines of an answer as they come, each a value of JSON. */
async function* jsonLines(answer) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
        const { value, done } = await reader.read();
        const lines = (rest + (value ?? "")).split("\n");
        rest = done ? "" : lines.pop();
        for (const line of lines) {
            if (line.trim()) { yield JSON.parse(line); }
        }
        if (done) { return; }
    }
}

/* A busy service says when to come back; that is done a few times. */
async function patiently(ask, signal) {
    for (let tries = 1; ; tries++) {
        try {
            return await ask();
        } catch (error) {
            if (!(error instanceof Refusal) || ![429, 503].includes(error.status) || tries === 5) { throw error; }
            await new Promise((done) => setTimeout(done, 1000 * Math.min(error.retryAfter || tries, 30)));
            signal.throwIfAborted();
        }
    }
}

/*
 * Tags pieces of text and calls `found(piece, result)` for each in their order. A long text is several requests, one after
 * another: the first is small, so that something is seen soon, the others take about three seconds, so that none meets the
 * service's limits.
 */
async function tagPieces(pieces, options, signal, found) {
    const slices = sliced();
    let room = 8192;
    for (let at = 0; at < pieces.length;) {
        let end = at;
        let size = 0;
        while (end < pieces.length && (end === at || size + pieces[end].text.length <= room)) {
            size += pieces[end++].text.length;
        }
        const batch = pieces.slice(at, end);
        const body = { ...options, texts: batch.map((piece) => piece.text), offsets: "utf16" };
        const began = performance.now();
        let n = 0;
        const answer = await patiently(() => request("tag", { body, accept: "application/x-ndjson", signal }), signal);
        for await (const result of jsonLines(answer)) {
            if (result.error) { throw new Refusal(500, String(result.error)); }
            if (n < batch.length) { found(batch[n++], result); }
            await slices();
            signal.throwIfAborted();
        }
        if (n < batch.length) { throw new Refusal(0, "The answer ended before all of the text was tagged."); }
        room = Math.min(131072, Math.max(4096, (3000 * size) / Math.max(1, performance.now() - began)));
        at = end;
    }
}
