/*
 * The table of the shapes of JSON: which keys a record has, what its offsets count, from where, whether the end is included,
 * and what tells the shape apart. docs/FORMATS.md lists them with an example each, and tests/data/test_json_shapes.c reads one.
 */
#include "data/json_shapes.h"

#include "data/json_special.h"

#define TEXT [NOMEN_JSON_ROLE_TEXT]
#define WORDS [NOMEN_JSON_ROLE_WORDS]
#define LABELS [NOMEN_JSON_ROLE_LABELS]

/* Keys of which a record may have one, and keys that count where none of those is there. */
#define ONE_OF(...) {.keys = {__VA_ARGS__}, .n_equal = sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)}
#define FIRST_OF(n, ...) {.keys = {__VA_ARGS__}, .n_equal = (n)}
#define ANY_TEXT ONE_OF("text", "data", "content", "sentence", "source_text")
#define FIRST_OF_REPORTED(n, ...) {.keys = {__VA_ARGS__}, .n_equal = (n), .reported = true}

static bool looks_like_doccano(const json_t *record) {
    return json_is_array(json_object_get(record, "label")) || nomen_json_has(record, "Comments") ||
           nomen_json_has(record, "relations");
}

/* doccano's first export, whose annotations are records of its database. */
static bool looks_like_old_doccano(const json_t *record) {
    const json_t *first = json_array_get(json_object_get(record, "annotations"), 0);
    return nomen_json_has(first, "start_offset") || (first == NULL && nomen_json_has(record, "annotation_approver"));
}

const nomen_json_shape nomen_json_shapes[] = {
    {.format = NOMEN_DATA_SPACY, /* Doc.to_json */
     .roles = {TEXT = ONE_OF("text"), LABELS = ONE_OF("ents", "spans", "entities", "label", "labels")},
     .signs = {"ents"},
     .label = "label"},
    {.format = NOMEN_DATA_SPACY, .looks_like = nomen_spacy_looks_like, .read = nomen_spacy_read_record},

    {.format = NOMEN_DATA_LABEL_STUDIO, .looks_like = nomen_label_studio_looks_like, .read = nomen_label_studio_read_task},
    {.format = NOMEN_DATA_LABEL_STUDIO, /* the short export: under the names that the labelling page gives */
     .roles = {TEXT = FIRST_OF(1, "text", "data", "content", "sentence"), LABELS = ONE_OF("label")},
     .looks_like = nomen_label_studio_looks_short,
     .lone_text = true,
     .lenient = true},

    {.format = NOMEN_DATA_PRODIGY,
     .roles = {TEXT = ONE_OF("text"), LABELS = ONE_OF("spans")},
     .signs = {"answer", "_task_hash"},
     .lenient = true,
     .label = "label",
     .read = nomen_prodigy_read_task},

    {.format = NOMEN_DATA_AI4PRIVACY, .looks_like = nomen_word_pieces_look_like, .read = nomen_word_pieces_refuse},
    {.format = NOMEN_DATA_AI4PRIVACY,
     .roles = {TEXT = FIRST_OF(1, "source_text", "unmasked_text", "text"), LABELS = ONE_OF("privacy_mask")},
     .needs = "\"source_text\" and a list \"privacy_mask\"",
     .embedded = true,
     .own_text_agrees = true,
     .label = "label"},

    {.format = NOMEN_DATA_GLINER,
     .roles = {WORDS = ONE_OF("tokenized_text"), LABELS = ONE_OF("ner")},
     .unit = NOMEN_JSON_TOKENS,
     .end_included = true,
     .needs = "the lists \"tokenized_text\" and \"ner\"",
     .others = "relations"},

    {.format = NOMEN_DATA_HF_JSONL,
     .roles = {WORDS = ONE_OF("tokens", "words"),
               LABELS = FIRST_OF_REPORTED(6, "ner_tags", "labels", "tags", "ner", "word_labels", "label", "fine_ner_tags")},
     .unit = NOMEN_JSON_TAGS,
     .open = true,
     .needs = "the lists \"tokens\" and \"ner_tags\" (or \"labels\")"},

    {.format = NOMEN_DATA_DOCCANO,
     .roles = {TEXT = ANY_TEXT, LABELS = ONE_OF("annotations")},
     .looks_like = looks_like_old_doccano,
     .own_numbers = true,
     .label = "label",
     .needs = "\"text\" and a list \"annotations\""},
    {.format = NOMEN_DATA_DOCCANO,
     .roles = {TEXT = ANY_TEXT, LABELS = ONE_OF("label", "labels", "entities")},
     .looks_like = looks_like_doccano,
     .own_numbers = true,
     .others = "relations",
     .needs = "\"text\" and a list \"label\" or \"entities\""},

    {.format = NOMEN_DATA_DATATURKS,
     .roles = {TEXT = ANY_TEXT, LABELS = ONE_OF("annotation")},
     .signs = {"annotation"},
     .lenient = true, /* of what nobody annotated it is null */
     .end_included = true,
     .own_text_agrees = true,
     .points = "points",
     .label = "label"},

    {.format = NOMEN_DATA_JSONL,
     .roles = {TEXT = FIRST_OF(5, "text", "data", "content", "sentence", "source_text", "document"),
               LABELS = ONE_OF("spans", "entities", "ents", "label", "labels", "annotations")},
     .open = true,
     .needs = "\"text\" and a list \"spans\" or \"entities\""},

    {.format = NOMEN_DATA_SPERT,
     .roles = {WORDS = ONE_OF("tokens"), LABELS = ONE_OF("entities")},
     .unit = NOMEN_JSON_TOKENS,
     .others = "relations",
     .needs = "the lists \"tokens\" and \"entities\""},
};
const size_t nomen_json_n_shapes = sizeof nomen_json_shapes / sizeof *nomen_json_shapes;
