/* Spans of characters to labels of words; see the header. */
#include "data/align_spans.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/names.h"

void nomen_aligner_clear(nomen_aligner *aligner) {
    nomen_mem_free(aligner->words);
    nomen_mem_free(aligner->labels);
    nomen_mem_free(aligner->first);
    nomen_mem_free(aligner->spans);
    *aligner = (nomen_aligner){0};
}

static const char *const policies[] = {"expand", "contract", "error", "skip", NULL};

const char *nomen_misaligned_name(nomen_misaligned misaligned) {
    return nomen_name_of(policies, (int)misaligned);
}

nomen_status nomen_misaligned_parse(const char *name, nomen_misaligned *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, policies, "policy for misaligned spans", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_misaligned)found; }
    return status;
}

/* The longest first, then the earlier. */
static int compare_spans(const void *a, const void *b) {
    const nomen_aligned_span *x = a, *y = b;
    size_t n_x = x->span.end - x->span.start, n_y = y->span.end - y->span.start;
    if (n_x != n_y) { return n_x > n_y ? -1 : 1; }
    if (x->span.start != y->span.start) { return x->span.start < y->span.start ? -1 : 1; }
    return x->index < y->index ? -1 : 1;
}

/* The number of words that end at or before `byte`. */
static size_t words_ending_by(const nomen_span *words, size_t n, size_t byte) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (words[middle].end <= byte) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Finds the words that a span touches. */
static void touch(const nomen_span *words, size_t n, nomen_aligned_span *s) {
    s->first = words_ending_by(words, n, s->span.start);
    s->last = words_ending_by(words, n, s->span.end);
    if (s->last < n && words[s->last].start < s->span.end) { s->last++; }
}

/* Moves a span whose ends are not those of words, by the policy. */
static void snap(const nomen_span *words, nomen_aligned_span *s, nomen_misaligned policy) {
    bool starts_late = words[s->first].start<s->span.start, ends_early = words[s->last - 1].end> s->span.end;
    if (!starts_late && !ends_early) { return; }
    s->fate = NOMEN_SPAN_SNAPPED;
    if (policy == NOMEN_MISALIGNED_ERROR) {
        s->fate = NOMEN_SPAN_REFUSED;
    } else if (policy == NOMEN_MISALIGNED_CONTRACT && s->first + starts_late < s->last - ends_early) {
        s->first += starts_late;
        s->last -= ends_early;
    } else if (policy == NOMEN_MISALIGNED_CONTRACT || policy == NOMEN_MISALIGNED_SKIP) {
        s->fate = NOMEN_SPAN_LEFT_OUT;
    }
}

static bool overlaps_words(const nomen_aligner *a, const nomen_aligned_span *s) {
    /* The ends first: what is as long or longer covers one of them, so that this loop is short. */
    if (a->labels[s->first] >= 0 || a->labels[s->last - 1] >= 0) { return true; }
    for (size_t w = s->first; w < s->last; w++) {
        if (a->labels[w] >= 0) { return true; }
    }
    return false;
}

static void place(nomen_aligner *a, nomen_aligned_span *s) {
    if (overlaps_words(a, s)) {
        s->fate = NOMEN_SPAN_OVERLAPPING;
        return;
    }
    for (size_t w = s->first; w < s->last; w++) {
        a->labels[w] = s->span.label;
        a->first[w] = w == s->first;
    }
}

nomen_status nomen_align_spans(nomen_aligner *a, size_t n_words, const nomen_gold_span *spans, size_t n_spans,
                               nomen_misaligned policy, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(a->labels, a->labels_capacity, n_words + 1, err));
    NOMEN_TRY(NOMEN_RESERVE(a->first, a->first_capacity, n_words + 1, err));
    NOMEN_TRY(NOMEN_RESERVE(a->spans, a->spans_capacity, n_spans + 1, err));
    for (size_t w = 0; w < n_words; w++) { a->labels[w] = -1; }
    for (size_t i = 0; i < n_spans; i++) {
        a->spans[i] = (nomen_aligned_span){.span = spans[i], .index = i, .fate = NOMEN_SPAN_KEPT};
    }
    a->n_spans = n_spans;
    qsort(a->spans, n_spans, sizeof *a->spans, compare_spans);
    for (size_t i = 0; i < n_spans; i++) {
        nomen_aligned_span *s = &a->spans[i];
        touch(a->words, n_words, s);
        if (s->first >= s->last) {
            s->fate = NOMEN_SPAN_WORDLESS;
            continue;
        }
        snap(a->words, s, policy);
        s->snapped = s->fate;
        if (s->fate == NOMEN_SPAN_KEPT || s->fate == NOMEN_SPAN_SNAPPED) { place(a, s); }
    }
done:
    return status;
}
