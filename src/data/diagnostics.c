/* Notes and faults of readers and writers; see the header. */
#include "data/diagnostics.h"

#include <stdarg.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"
#include "base/number.h"

/* Cases of a kind that are logged one by one. */
static const size_t most_logged = 3;

static const struct {
    const char *key;
    const char *one, *many; /* after the number; NULL where each case says it all */
} kinds[NOMEN_NOTE_N_KINDS] = {
    [NOMEN_NOTE_MISALIGNED] = {"misaligned", "span is not on word boundaries and was aligned to them",
                               "spans are not on word boundaries and were aligned to them"},
    [NOMEN_NOTE_LEFT_OUT] = {"left_out", "span is not on word boundaries and was left out",
                             "spans are not on word boundaries and were left out"},
    [NOMEN_NOTE_OVERLAPPING] = {"overlapping", "span overlaps a longer one, which was kept instead",
                                "spans overlap longer ones, which were kept instead"},
    [NOMEN_NOTE_WORDLESS_SPAN] = {"wordless_spans", "span contains no word and was left out",
                                  "spans contain no word and were left out"},
    [NOMEN_NOTE_WORDLESS_TEXT] = {"wordless_texts", "text contains no word and was left out",
                                  "texts contain no word and were left out"},
    [NOMEN_NOTE_DISCONTINUOUS] = {"discontinuous", "entity is in several parts, each of which became an entity",
                                  "entities are in several parts, each of which became an entity"},
    [NOMEN_NOTE_TEXT_DIFFERS] = {"text_differs",
                                 "span states a text that differs from the one at its offsets; the offsets were used",
                                 "spans state a text that differs from the one at their offsets; the offsets were used"},
    [NOMEN_NOTE_UTF16] = {"utf16_offsets", "span's own text shows that its offsets count UTF-16 units; they were read so",
                          "spans' own texts show that their offsets count UTF-16 units; they were read so"},
    [NOMEN_NOTE_NOT_ANNOTATED] = {"not_annotated", "text has no accepted annotation and was left out",
                                  "texts have no accepted annotation and were left out"},
    [NOMEN_NOTE_ANNOTATIONS] = {"other_annotations", "further annotation of a text was not read",
                                "further annotations of texts were not read"},
    [NOMEN_NOTE_PREDICTIONS] = {"predictions", "text has only a model's prediction as its annotation, which was read",
                                "texts have only a model's predictions as their annotations, which were read"},
    [NOMEN_NOTE_REJECTED_SPAN] = {"rejected_spans", "span of an accepted text was rejected and is not an entity",
                                  "spans of accepted texts were rejected and are not entities"},
    [NOMEN_NOTE_IGNORED_SPAN] =
        {"ignored_spans", "span was answered \"ignore\": its words have no known label, and are neither trained on nor scored",
         "spans were answered \"ignore\": their words have no known label, and are neither trained on nor scored"},
    [NOMEN_NOTE_ONE_ASKED] =
        {"one_span_asked",
         "text was annotated for one span only: its other words have no known label, and are neither trained on nor scored",
         "texts were annotated for one span each: their other words have no known label, and are neither trained on nor scored"},
    [NOMEN_NOTE_SECOND_KEY] = {"second_keys", "other key could have been read instead",
                               "other keys could have been read instead"},
    [NOMEN_NOTE_NAMED_BESIDE] = {"named_beside",
                                 "list of tag names was taken from another file in the directory, as the tags are numbers",
                                 "lists of tag names were taken from other files in the directory, as the tags are numbers"},
    [NOMEN_NOTE_ENDS] = {"doubtful_ends", "sign that the ends of spans, which were read as inclusive, are exclusive",
                         "signs that the ends of spans, which were read as inclusive, are exclusive"},
    [NOMEN_NOTE_OTHER] = {"not_entities", "annotation that is not an entity (a relation, an attribute) was not read",
                          "annotations that are not entities (relations, attributes) were not read"},
    [NOMEN_NOTE_EXTRA_TOKENS] = {"extra_tokens", "range or empty node of CoNLL-U is not a token and was left out",
                                 "ranges and empty nodes of CoNLL-U are not tokens and were left out"},
    [NOMEN_NOTE_WORD_PREFIX] = {"word_prefix", NULL, NULL},
    [NOMEN_NOTE_FIELDS] = {"fields", "column or key besides those of words and entities is not kept",
                           "columns or keys besides those of words and entities are not kept"},
    [NOMEN_NOTE_SPACING] = {"spacing", "text's own spacing can't be represented; its words are joined by single spaces",
                            "texts' own spacing can't be represented; their words are joined by single spaces"},
    [NOMEN_NOTE_CHARACTERS] = {"characters", "word has a character that can't be represented and was replaced",
                               "words have a character that can't be represented and was replaced"},
    [NOMEN_NOTE_LABELS] = {"labels", "word's tag has a character that can't be represented and became \"_\"",
                           "words' tags have a character that can't be represented and became \"_\""},
    [NOMEN_NOTE_DOCUMENTS] = {"documents", "boundary between documents can't be represented",
                              "boundaries between documents can't be represented"},
    [NOMEN_NOTE_NAMES] = {"names", "text's id (or the name of its file) can't be represented",
                          "texts' ids (or the names of their files) can't be represented"},
    [NOMEN_NOTE_ORDER] = {"order", "text comes before the one that it followed, as files are sorted by name",
                          "texts come before those that they followed, as files are sorted by name"},
    [NOMEN_NOTE_CROSSING] = {"crossing", "span crosses another and was left out", "spans cross others and were left out"},
    [NOMEN_NOTE_MERGED] = {"merged", "entity can't be separated from its neighbour of the same type",
                           "entities can't be separated from their neighbours of the same type"},
    [NOMEN_NOTE_UNKNOWN] = {"unknown_words", "word without a known label was written as O, as the format has nothing else",
                            "words without a known label were written as O, as the format has nothing else"},
};

static void report(const nomen_notes *notes, nomen_diagnostic_kind kind, const char *name, size_t line, const char *format,
                   va_list arguments) {
    char message[NOMEN_ERROR_SIZE];
    nomen_number_vsnprintf(message, sizeof message, format, arguments);
    if (notes->sink != NULL) {
        notes->sink->report(notes->sink->user, kind, name, line, message);
    } else if (line == 0) {
        nomen_log_warning("%s: %s", name, message);
    } else {
        nomen_log_warning("%s:%zu: %s", name, line, message);
    }
}

void nomen_note(nomen_notes *notes, nomen_diagnostic_kind kind, const char *name, size_t line, const char *format, ...) {
    if (notes->counts[kind]++ >= most_logged && notes->sink == NULL) { return; }
    va_list arguments;
    va_start(arguments, format);
    report(notes, kind, name, line, format, arguments);
    va_end(arguments);
}

void nomen_note_quietly(nomen_notes *notes, nomen_diagnostic_kind kind, const char *name, size_t line, const char *format, ...) {
    notes->counts[kind]++;
    if (notes->sink == NULL) { return; }
    va_list arguments;
    va_start(arguments, format);
    report(notes, kind, name, line, format, arguments);
    va_end(arguments);
}

void nomen_notes_log(const nomen_notes *notes, const char *name) {
    for (size_t kind = 0; kind < NOMEN_NOTE_N_KINDS; kind++) {
        size_t n = notes->counts[kind];
        const char *what = n == 1 ? kinds[kind].one : kinds[kind].many;
        bool usual =
            kind == NOMEN_NOTE_FIELDS || kind == NOMEN_NOTE_NAMES || kind == NOMEN_NOTE_ORDER || kind == NOMEN_NOTE_NAMED_BESIDE;
        if (n == 0 || what == NULL) { continue; }
        if (usual) {
            nomen_log_info("%s: %zu %s", name, n, what);
        } else {
            nomen_log_warning("%s: %zu %s", name, n, what);
        }
    }
}

size_t nomen_notes_total(const nomen_notes *notes) {
    size_t n = 0;
    for (size_t kind = 0; kind < NOMEN_NOTE_N_KINDS; kind++) { n += notes->counts[kind]; }
    return n;
}

const char *nomen_note_key(nomen_diagnostic_kind kind) {
    return kinds[kind].key;
}

bool nomen_notes_get(const nomen_notes *notes, size_t i, const char **kind, size_t *count) {
    for (size_t k = 0; k < NOMEN_NOTE_N_KINDS; k++) {
        if (notes->counts[k] == 0 || i-- > 0) { continue; }
        *kind = nomen_note_key((nomen_diagnostic_kind)k);
        *count = notes->counts[k];
        return true;
    }
    return false;
}
