/*
 * Records whose only words are the pieces of a tokenizer ("Ma", "##ra"), as AI4Privacy's have them beside the text. Where
 * white space stood, and what was one word, can't be known from pieces; so they are refused.
 */
#include "data/json_special.h"

static const char *const keys[][2] = {
    {"mbert_text_tokens", "mbert_bio_labels"}, {"mbert_tokens", "mbert_token_classes"}, {"tokenised_text", "bio_labels"}};

static const char *find_pieces(const json_t *record) {
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (nomen_json_has(record, keys[i][0]) && nomen_json_has(record, keys[i][1])) { return keys[i][0]; }
    }
    return NULL;
}

bool nomen_word_pieces_look_like(const json_t *record) {
    return find_pieces(record) != NULL && !nomen_json_has(record, "privacy_mask");
}

nomen_status nomen_word_pieces_refuse(nomen_json_reader *reader, const nomen_json_record *record, nomen_error *err) {
    return nomen_builder_fault(
        reader->builder, record->line, err,
        "\"%s\" contains subword tokens of a tokenizer, not words; give records with \"source_text\" and \"privacy_mask\"",
        find_pieces(record->value));
}
