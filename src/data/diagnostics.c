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
    [NOMEN_NOTE_MISALIGNED] = {"misaligned", "span is off the word borders and was snapped to them",
                               "spans are off the word borders and were snapped to them"},
    [NOMEN_NOTE_LEFT_OUT] = {"left_out", "span is off the word borders and was left out",
                             "spans are off the word borders and were left out"},
    [NOMEN_NOTE_OVERLAPPING] = {"overlapping", "span overlaps a longer one, which was kept in its place",
                                "spans overlap longer ones, which were kept in their place"},
    [NOMEN_NOTE_WORDLESS_SPAN] = {"wordless_spans", "span holds no word and was left out",
                                  "spans hold no word and were left out"},
    [NOMEN_NOTE_WORDLESS_TEXT] = {"wordless_texts", "text holds no word and was left out",
                                  "texts hold no word and were left out"},
    [NOMEN_NOTE_DISCONTINUOUS] = {"discontinuous", "entity is in several parts, each of which is now one of its own",
                                  "entities are in several parts, each of which is now one of its own"},
    [NOMEN_NOTE_TEXT_DIFFERS] = {"text_differs", "span brings a text that is not what its offsets give; the offsets hold",
                                 "spans bring a text that is not what their offsets give; the offsets hold"},
    [NOMEN_NOTE_UTF16] = {"utf16_offsets", "span's own text shows that its offsets count UTF-16 units; they were read so",
                          "spans' own texts show that their offsets count UTF-16 units; they were read so"},
    [NOMEN_NOTE_NOT_ANNOTATED] = {"not_annotated", "text has no accepted annotation and was left out",
                                  "texts have no accepted annotation and were left out"},
    [NOMEN_NOTE_ANNOTATIONS] = {"other_annotations", "further annotation of a text was not read",
                                "further annotations of texts were not read"},
    [NOMEN_NOTE_PREDICTIONS] = {"predictions", "text has no annotation but a model's prediction, which was read",
                                "texts have no annotations but a model's predictions, which were read"},
    [NOMEN_NOTE_REJECTED_SPAN] = {"rejected_spans", "span of an accepted text was rejected and is no entity",
                                  "spans of accepted texts were rejected and are no entities"},
    [NOMEN_NOTE_IGNORED_SPAN] = {"ignored_spans",
                                 "span was answered \"ignore\": its words are unknown, and neither trained on nor scored",
                                 "spans were answered \"ignore\": their words are unknown, and neither trained on nor scored"},
    [NOMEN_NOTE_ONE_ASKED] =
        {"one_span_asked",
         "text was annotated for one span alone: its other words are unknown, and neither trained on nor scored",
         "texts were annotated for one span each: their other words are unknown, and neither trained on nor scored"},
    [NOMEN_NOTE_SECOND_KEY] = {"second_keys", "further key could have been read in the place of another",
                               "further keys could have been read in the place of others"},
    [NOMEN_NOTE_NAMED_BESIDE] = {"named_beside", "list of names was taken from beside the file, for tags that are numbers",
                                 "lists of names were taken from beside the file, for tags that are numbers"},
    [NOMEN_NOTE_ENDS] = {"doubtful_ends", "sign that the ends of spans, which were read as included, are not",
                         "signs that the ends of spans, which were read as included, are not"},
    [NOMEN_NOTE_OTHER] = {"not_entities", "thing that is no entity (a relation, an attribute) was not read",
                          "things that are no entities (relations, attributes) were not read"},
    [NOMEN_NOTE_EXTRA_TOKENS] = {"extra_tokens", "range or empty node of CoNLL-U is no token and was left out",
                                 "ranges and empty nodes of CoNLL-U are no tokens and were left out"},
    [NOMEN_NOTE_WORD_PREFIX] = {"word_prefix", NULL, NULL},
    [NOMEN_NOTE_FIELDS] = {"fields", "column or key besides those of words and entities is not taken over",
                           "columns or keys besides those of words and entities are not taken over"},
    [NOMEN_NOTE_SPACING] = {"spacing", "text's own spacing can't be held; its words are joined by single spaces",
                            "texts' own spacing can't be held; their words are joined by single spaces"},
    [NOMEN_NOTE_CHARACTERS] = {"characters", "word holds a character that can't be held and was replaced",
                               "words hold a character that can't be held and was replaced"},
    [NOMEN_NOTE_LABELS] = {"labels", "word's tag holds a character that can't be held and became \"_\"",
                           "words' tags hold a character that can't be held and became \"_\""},
    [NOMEN_NOTE_DOCUMENTS] = {"documents", "border between documents can't be held", "borders between documents can't be held"},
    [NOMEN_NOTE_NAMES] = {"names", "text's id (or the name of its file) can't be held",
                          "texts' ids (or the names of their files) can't be held"},
    [NOMEN_NOTE_ORDER] = {"order", "text comes before the one that it followed: files go by their names",
                          "texts come before those that they followed: files go by their names"},
    [NOMEN_NOTE_CROSSING] = {"crossing", "span crosses another and was left out", "spans cross others and were left out"},
    [NOMEN_NOTE_MERGED] = {"merged", "entity can't be parted from its neighbour of the same type",
                           "entities can't be parted from their neighbours of the same type"},
    [NOMEN_NOTE_UNKNOWN] = {"unknown_words", "word of unknown label was written as O: the format has no such thing",
                            "words of unknown label were written as O: the format has no such thing"},
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
