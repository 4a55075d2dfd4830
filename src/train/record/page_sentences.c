/* The sentences with most errors, gold and found entities marked in them. */
#include "train/record/report_page.h"

static const nomen_reviewed_side *side_of(const nomen_reviewed_match *match, bool gold) {
    return gold ? &match->gold : &match->predicted;
}

/* What is wrong with an entity, for people who don't know the names of outcomes. */
static const char *name_outcome(nomen_outcome outcome) {
    return outcome == NOMEN_WRONG_BOTH ? "wrong type and border" : nomen_outcome_name(outcome);
}

/* The first entity of a side at or after word `at`, or NULL. */
static const nomen_reviewed_match *find_next(const nomen_reviewed_sentence *s, bool gold, size_t at) {
    const nomen_reviewed_match *next = NULL;
    for (size_t i = 0; i < s->n_matches; i++) {
        const nomen_reviewed_side *side = side_of(&s->matches[i], gold);
        if (side->type < 0 || side->begin < at) { continue; }
        if (next == NULL || side->begin < side_of(next, gold)->begin) { next = &s->matches[i]; }
    }
    return next;
}

static nomen_status append_mark(const nomen_review *r, const nomen_reviewed_match *match, bool gold, const char *text,
                                nomen_span span, nomen_buffer *out, nomen_error *err) {
    const nomen_reviewed_side *side = side_of(match, gold);
    const char *type = r->types.names[side->type], *outcome = name_outcome(match->outcome);
    bool right = match->outcome == NOMEN_RIGHT;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "<mark class=\"t%d%s\" title=\"", (int)side->type, right ? "" : " bad"));
    NOMEN_TRY(nomen_html_append(out, type, strlen(type), NOMEN_HTML_ATTRIBUTE, err));
    NOMEN_TRY(nomen_buffer_printf(out, err, ": %s\">", outcome));
    NOMEN_TRY(nomen_html_append(out, text + span.start, span.end - span.start, NOMEN_HTML_TEXT, err));
    NOMEN_TRY(nomen_page_text(out, "<small>", type, "", err));
    status = right ? nomen_buffer_append_text(out, "</small></mark>", err)
                   : nomen_buffer_printf(out, err, " \xE2\x9C\x97 %s</small></mark>", outcome);
done:
    return status;
}

/* The sentence with the entities of one side. */
static nomen_status append_side(const nomen_review *r, const nomen_reviewed_sentence *s, const nomen_dataset *dataset, bool gold,
                                nomen_buffer *out, nomen_error *err) {
    const nomen_sentence *sentence = &dataset->sentences[s->sentence];
    const nomen_span *words = dataset->words + sentence->first_word;
    const char *text = nomen_sentence_text(dataset, s->sentence);
    const nomen_reviewed_match *match;
    size_t at = 0, byte = 0;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "<dt>%s</dt><dd dir=\"auto\">", gold ? "gold" : "found"));
    while ((match = find_next(s, gold, at)) != NULL) {
        const nomen_reviewed_side *side = side_of(match, gold);
        const nomen_span span = {.start = words[side->begin].start, .end = words[side->end - 1].end};
        NOMEN_TRY(nomen_html_append(out, text + byte, span.start - byte, NOMEN_HTML_TEXT, err));
        NOMEN_TRY(append_mark(r, match, gold, text, span, out, err));
        byte = span.end;
        at = side->end;
    }
    NOMEN_TRY(nomen_html_append(out, text + byte, sentence->text_size - byte, NOMEN_HTML_TEXT, err));
    status = nomen_buffer_append_text(out, "</dd>\n", err);
done:
    return status;
}

nomen_status nomen_page_sentences(const nomen_review *review, const nomen_dataset *dataset, nomen_buffer *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (!review->made) { goto done; }
    NOMEN_TRY(nomen_buffer_append_text(out, "<h2>Sentences with most errors</h2>\n", err));
    if (review->n_worst == 0) { NOMEN_TRY(nomen_buffer_append_text(out, "<p>The dev part has none with an error.</p>\n", err)); }
    if (review->n_worst > 0) {
        NOMEN_TRY(
            nomen_buffer_printf(out, err,
                                "<p class=\"muted\">The %zu of the dev part with most wrong entities, of equals the shorter "
                                "first. Wrong ones are outlined and say what is wrong.</p>\n",
                                review->n_worst));
    }
    for (size_t i = 0; i < review->n_worst; i++) {
        const nomen_reviewed_sentence *s = &review->worst[i];
        NOMEN_TRY(nomen_page_text(out, "<section><p class=\"muted\"><code>", nomen_dataset_file(dataset, s->sentence), "", err));
        NOMEN_TRY(
            nomen_buffer_printf(out, err, ":%zu</code>, %zu wrong</p><dl>\n", dataset->sentences[s->sentence].line, s->n_wrong));
        NOMEN_TRY(append_side(review, s, dataset, true, out, err));
        NOMEN_TRY(append_side(review, s, dataset, false, out, err));
        NOMEN_TRY(nomen_buffer_append_text(out, "</dl></section>\n", err));
    }
done:
    return status;
}
