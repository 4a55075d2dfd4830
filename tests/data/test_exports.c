/*
 * Files as the tools write them (tests/data/exports, our own texts): what is read of each, how its texts are called, and
 * what is counted as not taken over. fuzz_data.sh starts from the same files.
 */
#include "support.h"

#include "data/formats.h"
#include "data/read.h"

#define EXPORTS NOMEN_SOURCE_DIR "/tests/data/exports/"

/* A note that is expected, besides which there is none. */
typedef struct count {
    nomen_diagnostic_kind kind;
    size_t n;
} count;

typedef struct export {
    const char *file;
    nomen_data_format format;
    nomen_data_options options;
    const char *shown;
    const char *names; /* of the texts, with a comma behind each */
    const char *spans; /* of a file of texts: label and text of each, with a comma behind */
    count notes[5];
}
export;

static const export exports[] = {
    {"hf-plain.jsonl",
     NOMEN_DATA_HF_JSONL,
     {.tag_names = EXPORTS "hf.dataset_infos.json"},
     "1: Mayor/O Ines/B-PER Okafor/I-PER opened/O the/O Halden/B-LOC bridge/O ./O\n2: Caf\xc3\xa9/B-ORG Zo\xc3\xab/I-ORG "
     "closed/O\n",
     "0,1,",
     "",
     {{NOMEN_NOTE_FIELDS, 4}}},
    {"hf-plain.jsonl",
     NOMEN_DATA_HF_JSONL,
     {.tag_names = EXPORTS "hf.class_label.json"},
     "1: Mayor/O Ines/B-PER Okafor/I-PER opened/O the/O Halden/B-LOC bridge/O ./O\n2: Caf\xc3\xa9/B-ORG Zo\xc3\xab/I-ORG "
     "closed/O\n",
     "0,1,",
     "",
     {{NOMEN_NOTE_FIELDS, 4}}},
    {"hf-names.jsonl",
     NOMEN_DATA_HF_JSONL,
     {0},
     "*1: Ines/B-PER Okafor/I-PER left/O\n2: #/O \"quoted\"/B-MISC \xf0\x9f\x98\x80/O\n*3: Oslo/B-LOC\n",
     ",,,",
     "",
     {{0}}},
    {"conll2003-iob1.txt",
     NOMEN_DATA_CONLL,
     {0},
     "*3: Ines/B-PER Okafor/I-PER moved/O to/O Oslo/B-LOC ./O\n10: Halden/B-LOC Bergen/B-LOC\n",
     ",,",
     "",
     {{NOMEN_NOTE_FIELDS, 2}}},
    {"conll2002-latin1.txt",
     NOMEN_DATA_CONLL,
     {.encoding = "latin-1"},
     "1: El/O alcalde/O I\xc3\xb1\xc3\xa9s/B-PER Mu\xc3\xb1oz/I-PER vive/O en/O Le\xc3\xb3n/B-LOC ./O\n10: \"\"/O\n",
     ",,",
     "",
     {{NOMEN_NOTE_FIELDS, 1}}},
    {"conll-u.tsv",
     NOMEN_DATA_CONLL,
     {.word_column = "2"},
     "*4: Ines/B-PER moved/O\n8: Oslo/B-LOC\n",
     ",,",
     "",
     {{NOMEN_NOTE_FIELDS, 6}}},
    {"csv-seed.csv", NOMEN_DATA_SEED_CSV, {0}, "2: Ines/B-per Okafor/I-per ,/O moved/O\n3: Oslo/B-geo\n", ",,", "", {{0}}},
    {"long-csv-cp1252.csv",
     NOMEN_DATA_LONG_CSV,
     {0},
     "2: Ines/B-per Okafor/I-per ,/O\n5: \"/O Oslo\xe2\x80\x99s/B-geo\n",
     ",,",
     "",
     {{NOMEN_NOTE_FIELDS, 1}}},
    {"label-studio-full.json",
     NOMEN_DATA_LABEL_STUDIO,
     {0},
     "2: Ines/B-PER Okafor/I-PER moved/O to/O Oslo/B-LOC ./O\n22: Halden/B-LOC Bridge/B-LOC\n",
     "71,72,",
     "PER=Ines Okafor,LOC=Oslo,LOC=Halden,LOC=Bridge,FAC=Bridge,",
     {{NOMEN_NOTE_OVERLAPPING, 1},
      {NOMEN_NOTE_NOT_ANNOTATED, 1},
      {NOMEN_NOTE_ANNOTATIONS, 2},
      {NOMEN_NOTE_OTHER, 3},
      {NOMEN_NOTE_FIELDS, 6}}},
    {"label-studio-short.json",
     NOMEN_DATA_LABEL_STUDIO,
     {0},
     "1: Ines/B-PER Okafor/I-PER moved/O\n2: nothing/O here/O\n",
     "71,72,",
     "PER=Ines Okafor,",
     {{NOMEN_NOTE_FIELDS, 6}}},
    {"label-studio-old.json", NOMEN_DATA_LABEL_STUDIO, {0}, "1: From/O Oslo/B-LOC\n", "1,", "LOC=Oslo,", {{0}}},
    {"doccano-old.jsonl",
     NOMEN_DATA_DOCCANO,
     {.format = NOMEN_DATA_DOCCANO},
     "1: Ines/B-PER Okafor/I-PER moved/O to/O Oslo/B-LOC ./O\n2: \xf0\x9f\x98\x80/O Zo\xc3\xab/B-PER stayed/O\n",
     "1,2,",
     "PER=Ines Okafor,LOC=Oslo,PER=Zo\xc3\xab,",
     {{NOMEN_NOTE_FIELDS, 3}}},
    {"doccano-relations.jsonl",
     NOMEN_DATA_DOCCANO,
     {0},
     "1: Ines/B-PER Okafor/I-PER moved/O to/O Oslo/B-LOC ./O\n",
     "9,",
     "PER=Ines Okafor,LOC=Oslo,",
     {{NOMEN_NOTE_OTHER, 1}, {NOMEN_NOTE_FIELDS, 1}}},
    {"prodigy-manual.jsonl",
     NOMEN_DATA_PRODIGY,
     {0},
     "1: Ines/B-PER Okafor/I-PER moved/O\n2: Oslo/O ?/O\n",
     ",,",
     "PER=Ines Okafor,",
     {{NOMEN_NOTE_NOT_ANNOTATED, 1}, {NOMEN_NOTE_FIELDS, 5}}},
    {"spacy-pairs.json",
     NOMEN_DATA_SPACY,
     {0},
     "1: Ines/B-PER Okafor/I-PER moved/O to/O Oslo/B-LOC ./O\n1: Zo\xc3\xab/B-PER stayed/O\n",
     ",,",
     "PER=Ines Okafor,LOC=Oslo,PER=Zo\xc3\xab,",
     {{NOMEN_NOTE_FIELDS, 1}}},
    {"spacy-annotator.json",
     NOMEN_DATA_SPACY,
     {0},
     "1: Ines/B-PER Okafor/I-PER moved/O\n1: Oslo/B-LOC\n",
     ",,",
     "PER=Ines Okafor,LOC=Oslo,",
     {{NOMEN_NOTE_FIELDS, 1}}},
    {"spacy-docs.json",
     NOMEN_DATA_SPACY,
     {0},
     "1: Ines/B-PER Okafor/I-PER moved/O\n",
     ",",
     "PER=Ines Okafor,",
     {{NOMEN_NOTE_FIELDS, 2}}},
    {"spacy-v2.json",
     NOMEN_DATA_SPACY,
     {0},
     "*1: Ines/B-PER Okafor/I-PER moved/O ./O\n",
     "0,",
     "PER=Ines Okafor,",
     {{NOMEN_NOTE_FIELDS, 17}}},
    {"jsonl-spans.jsonl",
     NOMEN_DATA_JSONL,
     {0},
     "1: Ines/B-PER Okafor/I-PER moved/O to/O Oslo/B-LOC ./O\n2: Zo\xc3\xab/B-PER \xf0\x9f\x98\x80/O stayed/O\n",
     "a/1,,",
     "PER=Ines Okafor,LOC=Oslo,PER=Zo\xc3\xab,",
     {{NOMEN_NOTE_FIELDS, 1}}},
    {"gliner-words.json",
     NOMEN_DATA_GLINER,
     {0},
     "1: Ines/B-PER Okafor/I-PER moved/O to/O Oslo/B-LOC ./O\n2: Bank/B-ORG of/I-ORG Norway/I-ORG\n",
     ",,",
     "PER=Ines Okafor,LOC=Oslo,ORG=Bank of Norway,LOC=Norway,",
     {{NOMEN_NOTE_OVERLAPPING, 1}, {NOMEN_NOTE_OTHER, 1}, {NOMEN_NOTE_FIELDS, 2}}},
    {"spert-words.json",
     NOMEN_DATA_SPERT,
     {0},
     "1: Ines/B-PER Okafor/I-PER moved/O to/O Oslo/B-LOC\n",
     ",",
     "PER=Ines Okafor,LOC=Oslo,",
     {{NOMEN_NOTE_OTHER, 1}, {NOMEN_NOTE_FIELDS, 1}}},
    {"dataturks-points.json",
     NOMEN_DATA_DATATURKS,
     {0},
     "1: \xf0\x9f\x98\x80/O Ines/B-PER Okafor/I-PER moved/O to/O Oslo/B-LOC\n2: Nothing/O\n",
     ",,",
     "PER=Ines Okafor,LOC=Oslo,CITY=Oslo,",
     {{NOMEN_NOTE_OVERLAPPING, 1}, {NOMEN_NOTE_UTF16, 2}, {NOMEN_NOTE_OTHER, 1}, {NOMEN_NOTE_FIELDS, 2}}},
    {"ai4privacy-masks.jsonl",
     NOMEN_DATA_AI4PRIVACY,
     {.words = NOMEN_WORDS_WHITESPACE},
     "1: Write/O to/O Zo\xc3\xab/B-NAME at/O z@x.example/B-EMAIL\n2: Ines/B-NAME left/O\n",
     ",,",
     "NAME=Zo\xc3\xab,EMAIL=z@x.example,NAME=Ines,",
     {{NOMEN_NOTE_FIELDS, 7}}},
    {"doccano-first.jsonl",
     NOMEN_DATA_DOCCANO,
     {.tag_names = "17=PER,4=LOC"},
     "1: Ines/B-PER Okafor/I-PER moved/O\n2: To/O Oslo/B-LOC\n",
     "40,41,",
     "PER=Ines Okafor,LOC=Oslo,",
     {{NOMEN_NOTE_FIELDS, 4}}},
    {"doccano-first.jsonl",
     NOMEN_DATA_DOCCANO,
     {.tag_names = EXPORTS "doccano.label_config.json"},
     "1: Ines/B-PER Okafor/I-PER moved/O\n2: To/O Oslo/B-LOC\n",
     "40,41,",
     "PER=Ines Okafor,LOC=Oslo,",
     {{NOMEN_NOTE_FIELDS, 4}}},
    {"prodigy-answers.jsonl",
     NOMEN_DATA_PRODIGY,
     {0},
     "1: Ines/B-PER saw/O Oslo/O and/O Bo/?\n2: Bo/B-PER left/? Oslo/?\n",
     ",,",
     "PER=Ines,PER=Bo,",
     {{NOMEN_NOTE_NOT_ANNOTATED, 1},
      {NOMEN_NOTE_REJECTED_SPAN, 1},
      {NOMEN_NOTE_IGNORED_SPAN, 1},
      {NOMEN_NOTE_ONE_ASKED, 1},
      {NOMEN_NOTE_FIELDS, 4}}},
    {"jsonl-keys.jsonl",
     NOMEN_DATA_JSONL,
     {0},
     "1: Ines/B-PER Okafor/I-PER moved/B-ACT\n2: To/O Oslo/B-LOC\n",
     ",,",
     "PER=Ines Okafor,ACT=moved,LOC=Oslo,",
     {{0}}},
    {"inline-tags.txt",
     NOMEN_DATA_INLINE,
     {0},
     "1: Ines/B-PER Okafor/I-PER moved/O to/O Oslo/B-LOC </O soon/O >/O\n2: Bank/B-ORG of/I-ORG Norway/I-ORG &/O friends/O\n",
     ",,",
     "PER=Ines Okafor,LOC=Oslo,ORG=Bank of Norway,LOC=Norway,",
     {{NOMEN_NOTE_OVERLAPPING, 1}}},
    {"webanno-inception.tsv",
     NOMEN_DATA_WEBANNO,
     {0},
     "*9: \xf0\x9f\x98\x80/O Ines/B-PER Okafor/I-PER moved/O to/O Halden/B-FAC Bridge/I-FAC ./O\n"
     "19: She/O met/O Bo/B-PER Ada/B-PER at/O Oslobank/B-LOC ./O\n"
     "29: A/O first/O line/O and/O a/O \\/B-a\\b[1]|c_d*;e->f second/O [/O x/O |/O y/O ]/O _/B-_ */O ;/O\n",
     "s-1,,,",
     "PER=Ines Okafor,LOC=Halden,FAC=Halden Bridge,PER=Bo,PER=Ada,LOC=Oslo,a\\b[1]|c_d*;e->f=\\,_=_,",
     {{NOMEN_NOTE_MISALIGNED, 1}, {NOMEN_NOTE_OVERLAPPING, 1}, {NOMEN_NOTE_OTHER, 4}, {NOMEN_NOTE_FIELDS, 3}}},
    {"webanno-layer.tsv", NOMEN_DATA_WEBANNO, {0}, "*5: \xf0\x9d\x84\x9e/O in/O Oslo/B-Place\n", ",", "Place=Oslo,", {{0}}},
    {"pubtator-corpus.txt",
     NOMEN_DATA_PUBTATOR,
     {0},
     "*1: Zelvane/B-Chemical lowers/O \xf0\x9f\x98\x80/O fever/B-Disease in/O caf\xc3\xa9/O owners/O Zelvane/B-Chemical and/O "
     "morbane/B-Chemical |/I-Chemical salt/I-Chemical were/O given/O ./O No/O Halden/O syndrome/O followed/O ./O\n"
     "*10: A/O title/O alone/O ,/O of/O Halden/B-Disease syndrome/I-Disease\n"
     "*12: Offsets/O of/O UTF/O -/O 16/O :/O \xf0\x9f\x98\x80/O then/O Oslo/B-Place\n",
     "9001,b-2,b-3,",
     "Chemical=Zelvane,Disease=fever,Chemical=Zelvane,Chemical=morbane|salt,Disease=Halden syndrome,Place=Oslo,",
     {{NOMEN_NOTE_UTF16, 1}, {NOMEN_NOTE_OTHER, 2}, {NOMEN_NOTE_FIELDS, 3}}},
    {"slash-wikiner.txt",
     NOMEN_DATA_SLASH,
     {0},
     "1: Ines/B-PER Okafor/I-PER moved/O to/O Oslo/B-LOC ./O\n3: and/or/O 1|2/O Halden/B-LOC\n",
     ",,",
     "",
     {{NOMEN_NOTE_FIELDS, 1}}},
};

static void check_notes(const export *e, const nomen_notes *notes) {
    for (nomen_diagnostic_kind kind = 0; kind < NOMEN_NOTE_N_KINDS; kind++) {
        size_t expected = 0;
        for (size_t i = 0; i < sizeof e->notes / sizeof *e->notes; i++) {
            if (e->notes[i].kind == kind) { expected += e->notes[i].n; }
        }
        if (notes->counts[kind] != expected) {
            fail_msg("%s: %zu of %s, not %zu", e->file, notes->counts[kind], nomen_note_key(kind), expected);
        }
    }
}

static void check_names(const export *e, const nomen_dataset *set) {
    nomen_buffer names = {0}, spans = {0};
    for (size_t s = 0; s < set->n_sentences; s++) {
        const nomen_sentence *sentence = &set->sentences[s];
        int n = (int)sentence->name_size;
        assert_int_equal(nomen_buffer_printf(&names, NULL, "%.*s,", n, n > 0 ? nomen_sentence_name(set, s) : ""), NOMEN_OK);
        for (size_t i = sentence->first_span; i < sentence->first_span + sentence->n_spans; i++) {
            const nomen_gold_span *span = &set->spans[i];
            assert_int_equal(nomen_buffer_printf(&spans, NULL, "%s=%.*s,", set->span_labels[span->label],
                                                 (int)(span->end - span->start), nomen_sentence_text(set, s) + span->start),
                             NOMEN_OK);
        }
    }
    assert_string_equal(names.data, e->names);
    assert_string_equal(spans.data != NULL ? spans.data : "", e->spans);
    nomen_buffer_clear(&names);
    nomen_buffer_clear(&spans);
}

static void test_each(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof exports / sizeof *exports; i++) {
        const export *e = &exports[i];
        nomen_buffer path = {0};
        nomen_error err = {0};
        nomen_dataset set = {0};
        assert_int_equal(nomen_buffer_printf(&path, NULL, EXPORTS "%s", e->file), NOMEN_OK);
        catch_log();
        if (nomen_dataset_read(path.data, &e->options, &set, &err) != NOMEN_OK) { fail_msg("%s: %s", e->file, err.message); }
        check_shape(&set);
        assert_int_equal(set.format, e->format);
        if (strcmp(show(&set), e->shown) != 0) { fail_msg("%s: %s", e->file, show(&set)); }
        check_names(e, &set);
        check_notes(e, &set.notes);
        nomen_dataset_clear(&set);
        nomen_buffer_clear(&path);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
