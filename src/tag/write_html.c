/*
 * A page to look at: the texts with their entities marked, each with its type's name beside it, as colour alone says
 * nothing to many readers; scores on hover, or all of them by a box to tick. Texts are written as they come, so the
 * legend, which has their counts, stands at the end of the file and is shown at the top.
 */
#include <math.h>
#include <string.h>

#include "html/html.h"
#include "base/mem.h"
#include "decode/tagged.h"
#include "tag/entity_types.h"
#include "tag/writer.h"
#include "text/offsets.h"

static const char STYLE[] =
    "main{display:flex;flex-direction:column}\n"
    "h1{order:-3}\n"
    ".legend{order:-2;margin:0 0 1.25rem;padding:.75rem 1rem;background:var(--card);border:1px solid var(--line);"
    "border-radius:.5rem}\n"
    ".legend ul{display:flex;flex-wrap:wrap;gap:.4rem .6rem;margin:0;padding:0;list-style:none}\n"
    ".legend li{padding:.05rem .5rem;border-radius:.3rem;background:var(--ground);color:var(--ink);"
    "border-bottom:2px var(--kind) var(--edge)}\n"
    ".legend b{font-weight:600}\n"
    ".legend span{margin-inline-start:.5em;font-variant-numeric:tabular-nums}\n"
    ".legend p{margin:.6rem 0 0;color:var(--muted);font-size:.85rem}\n"
    ".legend ul:not(:has(li)){display:none}\n"
    ".switch{order:-1;display:flex;align-items:center;gap:.4rem;margin:0 0 .75rem;color:var(--muted);font-size:.85rem}\n"
    ".text{display:grid;grid-template-columns:minmax(0,1fr);padding:.55rem 0;border-top:1px solid var(--line)}\n"
    ".text:has(a){grid-template-columns:2.75rem minmax(0,1fr)}\n"
    ".text a{color:var(--muted);font-size:.8rem;line-height:2.3;text-decoration:none;"
    "font-variant-numeric:tabular-nums}\n"
    ".text a:hover,.text a:focus{color:var(--accent);text-decoration:underline}\n"
    ".text "
    "p{margin:0;line-height:1.9;white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4;text-align:start;unicode-bidi:plaintext}\n"
    "mark{background:var(--ground);color:var(--ink);border-bottom:2px var(--kind) var(--edge);border-radius:.25em;"
    "padding-block:.1em;padding-inline:.3em .05em;-webkit-box-decoration-break:clone;box-decoration-break:clone}\n"
    "mark small{margin:0 .3em;direction:ltr;font-size:.82em;font-weight:600;font-variant-caps:all-small-caps;"
    "letter-spacing:.04em;white-space:nowrap;unicode-bidi:isolate;-webkit-user-select:none;user-select:none}\n"
    "mark i{display:none;margin-inline-start:.35em;font-style:normal;font-weight:400;font-variant-caps:normal;"
    "font-variant-numeric:tabular-nums;letter-spacing:0;font-size:.9em}\n"
    "mark.low{background:none;color:var(--text);box-shadow:inset 0 0 0 1.5px var(--edge);border-bottom-color:transparent}\n"
    "main:has(#scores:checked) mark i{display:inline}\n"
    "@media print{.switch,.text a{display:none}.text:has(a){grid-template-columns:minmax(0,1fr)}.text{break-inside:auto}"
    ".legend{break-inside:avoid}mark{break-inside:avoid}}\n";

typedef struct html_state {
    nomen_tag_types types;
    size_t *counts; /* (n + 1) of each type, and of what is none of them */
    size_t n_entities, n_low;
} html_state;

static nomen_status html_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err) {
    nomen_buffer *out = &writer->out;
    const char *title = writer->options.title != NULL ? writer->options.title : "Entities";
    html_state *state = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(state, 1, err));
    writer->state = state;
    if (first != NULL) { NOMEN_TRY(nomen_tag_types_create(first->labels, first->n_labels, &state->types, err)); }
    NOMEN_TRY(NOMEN_NEW(state->counts, state->types.n + 1, err));
    NOMEN_TRY(nomen_html_begin(out, title, state->types.n + 1, STYLE, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "<main>\n<h1 dir=\"auto\">", err));
    NOMEN_TRY(nomen_html_append(out, title, strlen(title), NOMEN_HTML_TEXT, err));
    status = nomen_buffer_append_text(out,
                                      "</h1>\n<label class=\"switch\"><input type=\"checkbox\" id=\"scores\">Show scores"
                                      "</label>\n",
                                      err);
done:
    return status;
}

static nomen_status write_score(nomen_buffer *out, float score, int digits, nomen_error *err) {
    return isfinite(score) ? nomen_buffer_printf(out, err, "%.*f", digits, (double)score)
                           : nomen_buffer_append_text(out, "unknown", err);
}

static nomen_status write_entity(nomen_tagged_writer *writer, const nomen_tagged *tagged, const nomen_entity *entity,
                                 nomen_span span, const nomen_offset_map *map, nomen_error *err) {
    html_state *state = writer->state;
    nomen_buffer *out = &writer->out;
    size_t type = nomen_tag_types_find(&state->types, nomen_entity_type(tagged, entity)), n = strlen(entity->name);
    bool low = !(entity->score >= NOMEN_TAG_LOW_SCORE);
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "<mark class=\"t%zu%s\" title=\"", type, low ? " low" : ""));
    NOMEN_TRY(nomen_html_append(out, entity->name, n, NOMEN_HTML_ATTRIBUTE, err));
    NOMEN_TRY(nomen_buffer_append_text(out, ", score ", err));
    NOMEN_TRY(write_score(out, entity->score, 4, err));
    NOMEN_TRY(nomen_buffer_printf(out, err, ", %zu to %zu\">", nomen_offset_map_from_byte(map, span.start),
                                  nomen_offset_map_from_byte(map, span.end)));
    NOMEN_TRY(nomen_html_append(out, tagged->text + span.start, span.end - span.start, NOMEN_HTML_TEXT, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "<small>", err));
    NOMEN_TRY(nomen_html_append(out, entity->name, n, NOMEN_HTML_TEXT, err));
    NOMEN_TRY(nomen_buffer_append_text(out, low ? "?<i>" : "<i>", err));
    NOMEN_TRY(write_score(out, entity->score, 2, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "</i></small></mark>", err));
    state->counts[type]++;
    state->n_entities++;
    state->n_low += low;
done:
    return status;
}

/* The text with its entities marked; where entities overlap, the first is. */
static nomen_status html_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err) {
    nomen_buffer *out = &writer->out;
    nomen_offset_map map = {0};
    size_t at = 0, number = writer->n_texts + 1;
    nomen_status status;
    NOMEN_TRY(nomen_offset_map_fill(tagged->text, tagged->n_bytes, writer->options.offsets, &map, err));
    NOMEN_TRY(nomen_buffer_printf(out, err, "<div class=\"text\" id=\"t%zu\">", number));
    if (!writer->options.one_text) { NOMEN_TRY(nomen_buffer_printf(out, err, "<a href=\"#t%zu\">%zu</a>", number, number)); }
    NOMEN_TRY(nomen_buffer_append_text(out, "<p dir=\"auto\">", err));
    for (size_t i = 0; i < tagged->entities.n; i++) {
        const nomen_entity *entity = &tagged->entities.items[i];
        nomen_span span = nomen_tagged_clip(tagged, entity->span);
        if (span.start < at || span.start == span.end) { continue; }
        NOMEN_TRY(nomen_html_append(out, tagged->text + at, span.start - at, NOMEN_HTML_TEXT, err));
        NOMEN_TRY(write_entity(writer, tagged, entity, span, &map, err));
        at = span.end;
    }
    NOMEN_TRY(nomen_html_append(out, tagged->text + at, tagged->n_bytes - at, NOMEN_HTML_TEXT, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "</p></div>\n", err));
done:
    nomen_offset_map_clear(&map);
    return status;
}

static const char *plural(size_t n) {
    return n == 1 ? "" : "s";
}

static nomen_status write_legend(nomen_tagged_writer *writer, nomen_error *err) {
    html_state *state = writer->state;
    nomen_buffer *out = &writer->out;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, "<section class=\"legend\" aria-label=\"Legend\">\n<ul>\n", err));
    for (size_t i = 0; i <= state->types.n; i++) {
        const char *name = i < state->types.n ? state->types.names[i] : "other types";
        if (state->counts[i] == 0) { continue; }
        NOMEN_TRY(nomen_buffer_printf(out, err, "<li class=\"t%zu\"><b>", i));
        NOMEN_TRY(nomen_html_append(out, name, strlen(name), NOMEN_HTML_TEXT, err));
        NOMEN_TRY(nomen_buffer_printf(out, err, "</b><span>%zu</span></li>\n", state->counts[i]));
    }
    NOMEN_TRY(nomen_buffer_printf(out, err, "</ul>\n<p>%zu text%s, %zu entit%s", writer->n_texts, plural(writer->n_texts),
                                  state->n_entities, state->n_entities == 1 ? "y" : "ies"));
    if (writer->options.model != NULL) {
        NOMEN_TRY(nomen_buffer_append_text(out, ", model: ", err));
        NOMEN_TRY(nomen_html_append(out, writer->options.model, strlen(writer->options.model), NOMEN_HTML_TEXT, err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, ".", err));
    if (state->n_low > 0) {
        NOMEN_TRY(nomen_buffer_printf(out, err, " Outlined and with a question mark: %zu whose score is below %.2f.",
                                      state->n_low, (double)NOMEN_TAG_LOW_SCORE));
    }
    status = nomen_buffer_append_text(out, "</p>\n</section>\n", err);
done:
    return status;
}

static nomen_status html_end(nomen_tagged_writer *writer, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(write_legend(writer, err));
    NOMEN_TRY(nomen_buffer_append_text(&writer->out, "</main>\n", err));
    status = nomen_html_end(&writer->out, err);
done:
    return status;
}

static void html_clear(nomen_tagged_writer *writer) {
    html_state *state = writer->state;
    nomen_tag_types_clear(&state->types);
    nomen_mem_free(state->counts);
    nomen_mem_free(state);
    writer->state = NULL;
}

const nomen_tag_form nomen_tag_form_html = {"html", .begin = html_begin, .add = html_add, .end = html_end, .clear = html_clear};
