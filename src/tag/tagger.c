/* Texts to entities: the stream of their logits (run/stream.h), decoded text by text (decode/text_decoder.h). */
#include "nomen/tagger.h"

#include "base/mem.h"
#include "decode/text_decoder.h"

struct nomen_tagger {
    nomen_stream stream;
    nomen_text_decoder decoder;
};

nomen_status nomen_tagger_create(nomen_model *model, const nomen_tagger_options *options, nomen_tagger **out, nomen_error *err) {
    nomen_tagger *tagger = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(tagger, 1, err));
    NOMEN_TRY(nomen_text_decoder_create(model, options, &tagger->decoder, err));
    NOMEN_TRY(nomen_stream_create(model, tagger->decoder.options.words, &tagger->stream, err));
    *out = tagger;
    return NOMEN_OK;
done:
    nomen_tagger_free(tagger);
    return status;
}

void nomen_tagger_free(nomen_tagger *tagger) {
    if (tagger == NULL) { return; }
    nomen_stream_clear(&tagger->stream);
    nomen_text_decoder_clear(&tagger->decoder);
    nomen_mem_free(tagger);
}

/* One run: the texts, and who gets the results. */
typedef struct tagging {
    nomen_text_decoder *decoder;
    const nomen_text *texts;
    nomen_tagged_function function;
    void *user;
} tagging;

static nomen_status add_part(void *user, const nomen_stream_part *part, nomen_error *err) {
    tagging *r = user;
    const nomen_tagged *done = NULL;
    nomen_status status = nomen_text_decoder_add(r->decoder, &r->texts[part->text], part, &done, err);
    return status == NOMEN_OK && done != NULL ? r->function(r->user, part->text, done, err) : status;
}

nomen_status nomen_tagger_run(nomen_tagger *t, const nomen_text *texts, size_t n_texts, nomen_tagged_function function,
                              void *user, nomen_error *err) {
    tagging r = {.decoder = &t->decoder, .texts = texts, .function = function, .user = user};
    return nomen_stream_run(&t->stream, texts, n_texts, add_part, &r, err);
}
