/* Doubtful labels for people. */
#include <string.h>

#include "check/label_errors.h"
#include "data/excerpt.h"

/* Words shown before and after a place; pairs of types shown. */
enum { CONTEXT = 6, PAIRS = 20 };

/* Bytes on one line: white space is a space, other controls are '?'. */
static nomen_status append_line(nomen_buffer *out, const char *bytes, size_t n, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n && status == NOMEN_OK; i++) {
        unsigned char c = (unsigned char)bytes[i];
        char shown = c == '\t' || c == '\n' || c == '\r' ? ' ' : c < 0x20 || c == 0x7F ? '?' : (char)c;
        status = nomen_buffer_append_byte(out, shown, err);
    }
    return status;
}

/* per "Jane Doe", geo "Paris"; or: nothing. */
static nomen_status append_entities(nomen_buffer *out, const char *text, const nomen_labelled *entities, size_t n,
                                    nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (n == 0) { return nomen_buffer_append_text(out, "nothing", err); }
    for (size_t i = 0; i < n; i++) {
        nomen_span at = entities[i].bytes;
        char type[NOMEN_EXCERPT_SIZE];
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s%s \"", i > 0 ? ", " : "",
                                      nomen_excerpt(type, entities[i].type, strlen(entities[i].type))));
        NOMEN_TRY(append_line(out, text + at.start, at.end - at.start, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '"', err));
    }
done:
    return status;
}

static nomen_status append_error(const nomen_label_findings *f, size_t rank, nomen_buffer *out, nomen_error *err) {
    const nomen_label_error *e = &f->errors[rank];
    const nomen_sentence *s = &f->set.sentences[e->sentence];
    const nomen_span *words = f->set.words + s->first_word;
    const char *text = nomen_sentence_text(&f->set, e->sentence);
    size_t first = e->place.begin > CONTEXT ? e->place.begin - CONTEXT : 0;
    size_t last = s->n_words - e->place.end > CONTEXT ? e->place.end + CONTEXT : s->n_words;
    nomen_span place = e->place.bytes;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "\n%4zu  margin %.4f  %s:%zu: ", rank + 1, e->margin, f->set.path, e->line));
    NOMEN_TRY(append_entities(out, text, e->given, e->n_given, err));
    NOMEN_TRY(nomen_buffer_append_text(out, " -> ", err));
    NOMEN_TRY(append_entities(out, text, e->suggested, e->n_suggested, err));
    NOMEN_TRY(nomen_buffer_printf(out, err, "\n      %s", first > 0 ? "... " : ""));
    NOMEN_TRY(append_line(out, text + words[first].start, place.start - words[first].start, err));
    NOMEN_TRY(nomen_buffer_append_byte(out, '[', err));
    NOMEN_TRY(append_line(out, text + place.start, place.end - place.start, err));
    NOMEN_TRY(nomen_buffer_append_byte(out, ']', err));
    NOMEN_TRY(append_line(out, text + place.end, words[last - 1].end - place.end, err));
    NOMEN_TRY(nomen_buffer_append_text(out, last < s->n_words ? " ...\n" : "\n", err));
done:
    return status;
}

static nomen_status append_pairs(const nomen_label_report *r, nomen_buffer *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (r->n_pairs == 0) { return NOMEN_OK; }
    NOMEN_TRY(nomen_buffer_printf(out, err, "\n%-16s %-16s %10s %8s\n", "given", "should be", "words, est.", "listed"));
    for (size_t i = 0; i < r->n_pairs && i < PAIRS; i++) {
        const nomen_label_pair *p = &r->pairs[i];
        char given[NOMEN_EXCERPT_SIZE], suggested[NOMEN_EXCERPT_SIZE];
        const char *a = p->given != NULL ? p->given : "O", *b = p->suggested != NULL ? p->suggested : "O";
        bool same_type = p->given == p->suggested;
        NOMEN_TRY(nomen_buffer_printf(out, err, "%-16s %-16s %11.1f %8zu\n", nomen_excerpt(given, a, strlen(a)),
                                      same_type ? "other boundaries" : nomen_excerpt(suggested, b, strlen(b)), p->estimated,
                                      p->found));
    }
    if (r->n_pairs > PAIRS) { NOMEN_TRY(nomen_buffer_printf(out, err, "... and %zu more pairs\n", r->n_pairs - PAIRS)); }
done:
    return status;
}

nomen_status nomen_label_report_text(const nomen_label_report *r, size_t most, nomen_buffer *out, nomen_error *err) {
    const nomen_label_findings *f = nomen_label_findings_of(r);
    size_t n = most > 0 && most < r->n_errors ? most : r->n_errors;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "%s: %zu sentences, %zu words, %zu of them judged\n", f->set.path, r->n_sentences,
                                  r->n_words, r->n_judged));
    NOMEN_TRY(nomen_buffer_printf(out, err, "about %.0f words have a wrong label (%.2f %%); %zu words in %zu places are listed\n",
                                  r->n_estimated, 100 * r->n_estimated / (double)r->n_judged, r->n_candidates, r->n_errors));
    NOMEN_TRY(append_pairs(r, out, err));
    for (size_t i = 0; i < n; i++) { NOMEN_TRY(append_error(f, i, out, err)); }
    if (n < r->n_errors) { NOMEN_TRY(nomen_buffer_printf(out, err, "\n%zu more\n", r->n_errors - n)); }
done:
    return status;
}
