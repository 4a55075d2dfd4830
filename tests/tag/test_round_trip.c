/*
 * What the writers write, nomen's readers read: the same text and the same entities, with text that has broken some
 * reader or other. Ill-formed bytes are U+FFFD afterwards, and offsets still right.
 */
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "data/dataset.h"
#include "data/formats.h"
#include "data/read.h"
#include "support/cmocka_all.h"
#include "support/effort.h"
#include "tag/writers.h"

/* clang-format off */
static const char *const pieces[] = {
    "a",    " ",    "Jane", "\"",    ",",   "\t",  "\n",   "\r",  "\r\n", "\xc3\xa9",  "e\xcc\x81", "\xf0\x9f\x98\x80",
    "\xf0\x90\x8d\x88", "\xd7\xa9\xd7\x9c", "\xe2\x80\x8f", "\xe2\x80\xae", "\x01", "\x1f", "\x7f", "\xc2\x85",
    "\xe2\x80\xa8", "\xef\xbb\xbf", "\\",  "\\n",  "<per>", "</per>", "&amp;", "{", "[", "]", "|", "#", "-DOCSTART-",
    "T1\tper 0 1\ta", "\xe4\xb8\xad", "'", "U.S.", "PAR1", "\xf4\x8f\xbf\xbf", "text,labels",
};
/* clang-format on */
enum { N_PIECES = sizeof pieces / sizeof *pieces };
static char *types[] = {(char[]){"per"}, (char[]){"geo"}, (char[]){"creative-work"}, (char[]){"B"},
                        (char[]){"\xc3\xa9t\xc3\xa9"}};

/* A text with entities, and what it is to be when it is read. */
typedef struct sample {
    nomen_buffer text, want;
    nomen_entity entities[8];
    nomen_span wanted[8]; /* bytes of want */
    size_t n;
} sample;

static void put(nomen_buffer *out, const char *bytes, size_t n) {
    assert_int_equal(nomen_buffer_append(out, bytes, n, NULL), NOMEN_OK);
}

/* A piece, the same in both unless it is no UTF-8, or a NUL where these are not kept. */
static void put_piece(nomen_rng *rng, sample *s, bool keep_nul) {
    uint64_t kind = nomen_rng_below(rng, 40);
    if (kind == 0) {
        bool cut = nomen_rng_below(rng, 2) == 0;
        put(&s->text, cut ? "\xE2\x82" : "\xFF", cut ? 2 : 1);
        put(&s->want, "\xEF\xBF\xBD", 3);
    } else if (kind == 1) {
        put(&s->text, "", 1);
        put(&s->want, keep_nul ? "" : "\xEF\xBF\xBD", keep_nul ? 1 : 3);
    } else {
        const char *piece = pieces[nomen_rng_below(rng, N_PIECES)];
        put(&s->text, piece, strlen(piece));
        put(&s->want, piece, strlen(piece));
    }
}

static void make(nomen_rng *rng, sample *s, bool keep_nul) {
    nomen_buffer_reset(&s->text);
    nomen_buffer_reset(&s->want);
    put(&s->text, "", 0);
    put(&s->want, "", 0);
    s->n = 0;
    for (uint64_t left = nomen_rng_below(rng, 12); left-- > 0;) {
        size_t start = s->text.size, wanted = s->want.size;
        for (uint64_t n = nomen_rng_below(rng, 3) + 1; n-- > 0;) { put_piece(rng, s, keep_nul); }
        if (s->n == 8 || nomen_rng_below(rng, 2) == 0) { continue; }
        s->wanted[s->n] = (nomen_span){wanted, s->want.size};
        s->entities[s->n++] = (nomen_entity){.name = types[nomen_rng_below(rng, 5)],
                                             .score = (float)nomen_rng_below(rng, 1000) / 1000,
                                             .span = {start, s->text.size}};
    }
}

static nomen_tagged tagged_of(const sample *s) {
    return (nomen_tagged){.text = s->text.data,
                          .n_bytes = s->text.size,
                          .aggregation = NOMEN_AGGREGATE_FIRST,
                          .entities = {.items = (nomen_entity *)(uintptr_t)s->entities, .n = s->n}};
}

static void ignore(void *user, nomen_log_level level, const char *message) {
    (void)user, (void)level, (void)message;
}

static nomen_status append_part(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_buffer_append(user, bytes, n_bytes, err);
}

static void compare(const sample *samples, size_t n, const nomen_dataset *set, const char *what) {
    if (set->n_sentences != n) { fail_msg("%s: %zu texts became %zu", what, n, set->n_sentences); }
    for (size_t i = 0; i < n; i++) {
        const nomen_sentence *sentence = &set->sentences[i];
        const sample *s = &samples[i];
        if (sentence->text_size != s->want.size || memcmp(nomen_sentence_text(set, i), s->want.data, s->want.size) != 0) {
            fail_msg("%s: '%s' became '%.*s'", what, s->want.data, (int)sentence->text_size, nomen_sentence_text(set, i));
        }
        assert_int_equal(sentence->n_spans, s->n);
        for (size_t k = 0; k < s->n; k++) {
            const nomen_gold_span *span = &set->spans[sentence->first_span + k];
            assert_int_equal(span->start, s->wanted[k].start);
            assert_int_equal(span->end, s->wanted[k].end);
            assert_string_equal(set->span_labels[span->label], s->entities[k].name);
        }
    }
}

static void streams(void **state) {
    (void)state;
    static const struct {
        nomen_tag_format written;
        nomen_data_format read;
    } pairs[] = {{NOMEN_TAG_JSONL, NOMEN_DATA_JSONL},
                 {NOMEN_TAG_DOCCANO, NOMEN_DATA_DOCCANO},
                 {NOMEN_TAG_PRODIGY, NOMEN_DATA_PRODIGY},
                 {NOMEN_TAG_SPACY, NOMEN_DATA_SPACY},
                 {NOMEN_TAG_LABEL_STUDIO, NOMEN_DATA_LABEL_STUDIO}};
    sample samples[4] = {0};
    nomen_rng rng;
    nomen_rng_start(&rng, 21, 3, 0);
    nomen_set_log(ignore, NULL);
    for (size_t round = effort(4000); round-- > 0;) {
        size_t n = nomen_rng_below(&rng, 4) + 1;
        for (size_t i = 0; i < n; i++) { make(&rng, &samples[i], true); }
        for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
            nomen_tag_write_options options = {.size = sizeof options, .model = "a \"model\""};
            nomen_tagged_writer *writer;
            nomen_buffer out = {0};
            nomen_dataset set = {0};
            nomen_error err = {0};
            nomen_data_options reading = {.format = pairs[p].read, .keep_spans = true};
            const char *what = nomen_format_title(reading.format);
            assert_int_equal(nomen_tagged_writer_create(pairs[p].written, &options, append_part, &out, &writer, &err), NOMEN_OK);
            for (size_t i = 0; i < n; i++) {
                nomen_tagged tagged = tagged_of(&samples[i]);
                assert_int_equal(nomen_tagged_writer_add(writer, &tagged, &err), NOMEN_OK);
            }
            assert_int_equal(nomen_tagged_writer_finish(writer, &err), NOMEN_OK);
            nomen_tagged_writer_free(writer);
            if (nomen_dataset_parse(out.data, out.size, "out", &reading, &set, &err) != NOMEN_OK) {
                fail_msg("%s: %s\n%s", what, err.message, out.data);
            }
            compare(samples, n, &set, what);
            assert_int_equal(set.notes.counts[NOMEN_NOTE_PREDICTIONS], reading.format == NOMEN_DATA_LABEL_STUDIO ? n : 0);
            assert_int_equal(set.notes.counts[NOMEN_NOTE_TEXT_DIFFERS] + set.notes.counts[NOMEN_NOTE_UTF16], 0);
            nomen_dataset_clear(&set);
            nomen_buffer_clear(&out);
        }
    }
    for (size_t i = 0; i < 4; i++) {
        nomen_buffer_clear(&samples[i].text);
        nomen_buffer_clear(&samples[i].want);
    }
    assert_int_equal(nomen_mem_test_live(), 0);
}

/* A directory of pairs, whose names keep the order; and now and then one pair. */
static void brat(void **state) {
    (void)state;
    static const char folder[] = NOMEN_BINARY_DIR "/tag_round_trip_brat", pair[] = NOMEN_BINARY_DIR "/tag_round_trip.ann";
    sample samples[3] = {0};
    nomen_rng rng;
    nomen_rng_start(&rng, 22, 3, 0);
    nomen_set_log(ignore, NULL);
    for (size_t round = effort(200); round-- > 0;) {
        size_t n = nomen_rng_below(&rng, 3) + 1;
        const char *path = n == 1 ? pair : folder;
        nomen_tagged_writer *writer;
        nomen_dataset set = {0};
        nomen_error err = {0};
        nomen_data_options reading = {.keep_spans = true};
        assert_int_equal(nomen_tagged_writer_open(path, true, NOMEN_TAG_BRAT, NULL, &writer, &err), NOMEN_OK);
        for (size_t i = 0; i < n; i++) {
            make(&rng, &samples[i], false);
            nomen_tagged tagged = tagged_of(&samples[i]);
            assert_int_equal(nomen_tagged_writer_add(writer, &tagged, &err), NOMEN_OK);
        }
        if (nomen_tagged_writer_finish(writer, &err) != NOMEN_OK || nomen_dataset_read(path, &reading, &set, &err) != NOMEN_OK) {
            fail_msg("%s", err.message);
        }
        nomen_tagged_writer_free(writer);
        compare(samples, n, &set, "brat");
        assert_int_equal(set.notes.counts[NOMEN_NOTE_TEXT_DIFFERS] + set.notes.counts[NOMEN_NOTE_DISCONTINUOUS], 0);
        nomen_dataset_clear(&set);
    }
    for (size_t i = 0; i < 3; i++) {
        nomen_buffer_clear(&samples[i].text);
        nomen_buffer_clear(&samples[i].want);
    }
    assert_int_equal(nomen_mem_test_live(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(streams), cmocka_unit_test(brat)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
