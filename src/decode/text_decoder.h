/*
 * From logits to one tagged text: its pieces come in parts of any size, in the order of the text, and become probabilities,
 * words and entities as they come. Tagging, and the score of plain text, are this after run/stream.h.
 */
#ifndef NOMEN_DECODE_TEXT_DECODER_H
#define NOMEN_DECODE_TEXT_DECODER_H

#include "decode/aggregate.h"
#include "decode/tagged.h"
#include "decode/word_entities.h"
#include "nomen/tagger.h"
#include "run/stream.h"

/* Work memory kept from one text to the next. */
typedef struct nomen_text_decoder {
    const nomen_model *model;    /* borrowed */
    nomen_request request;       /* aggregation and word_unit are never AUTO; its strings are not used any more */
    nomen_calibrated calibrated; /* the model's, as the request has it */
    nomen_aggregator aggregator;
    nomen_word_entities decoded;
    bool decodes;       /* entities are of decoded words, not Hugging Face's */
    nomen_real *logits; /* (pieces of a part, K) as the model gave them, for the decoder */
    size_t logits_capacity;
    nomen_tagged_words tagged_words;
    nomen_span *words; /* of one text, by white space */
    size_t word_capacity;
    int32_t last_word;    /* of the piece before the part, or NOMEN_NO_WORD */
    uint8_t *word_starts; /* a piece of a part */
    size_t start_capacity;
    const char **tokens; /* a piece of a part */
    size_t token_capacity;
    nomen_tagged tagged;
} nomen_text_decoder;

/* NOMEN_ERROR_ARGUMENT for a member that is no value of its enum. */
nomen_status nomen_request_check(const nomen_request *request, nomen_error *err);

/*
 * The request is complete (this version's size). NOMEN_ERROR_ARGUMENT where it asks for types that the model lacks, or does not
 * go with the model's thresholds or decoding.
 */
nomen_status nomen_text_decoder_create(const nomen_model *model, const nomen_request *request, nomen_text_decoder *out,
                                       nomen_error *err);
void nomen_text_decoder_clear(nomen_text_decoder *decoder);

/*
 * The next part of a text, the first of which has part->first 0. Its logits become probabilities. *done is the tagged text
 * after the last part, borrowed until the next call, and NULL before.
 */
nomen_status nomen_text_decoder_add(nomen_text_decoder *decoder, const nomen_text *text, const nomen_stream_part *part,
                                    const nomen_tagged **done, nomen_error *err);

#endif
