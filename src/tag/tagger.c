/* Texts to entities: the stream of their logits (run/stream.h), decoded text by text (decode/text_decoder.h). */
#include "nomen/tagger.h"

#include "base/call.h"
#include "base/mem.h"
#include "base/options.h"
#include "decode/text_decoder.h"
#include "tag/request.h"
#include "tag/results.h"

struct nomen_tagger {
    nomen_model *model; /* a reference */
    int n_threads;
    nomen_predictor predictor;
    nomen_stream stream;
    nomen_kept_request kept; /* that the decoder was made for; its size is 0 where there is no decoder */
    nomen_text_decoder decoder;
};

nomen_status nomen_tagger_create(const nomen_model *model, const nomen_tagger_options *options, nomen_tagger **out,
                                 nomen_error *err) {
    nomen_tagger_options own = {0};
    nomen_tagger *tagger = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_tagger_options, &own, options, err));
    NOMEN_TRY(nomen_model_check_use(model, err));
    NOMEN_TRY(nomen_call_check_options(&(nomen_call){.n_threads = own.n_threads}, err));
    NOMEN_TRY(NOMEN_NEW(tagger, 1, err));
    tagger->model = nomen_model_retain(model);
    tagger->n_threads = own.n_threads;
    nomen_stream_start(model, &tagger->stream);
    NOMEN_TRY(nomen_predictor_create(model, 0, &tagger->predictor, err));
    *out = tagger;
    return NOMEN_OK;
done:
    nomen_tagger_free(tagger);
    return status;
}

void nomen_tagger_free(nomen_tagger *tagger) {
    if (tagger == NULL) { return; }
    nomen_predictor_clear(&tagger->predictor);
    nomen_stream_clear(&tagger->stream);
    nomen_text_decoder_clear(&tagger->decoder);
    nomen_kept_request_clear(&tagger->kept);
    nomen_model_release(tagger->model);
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
    nomen_error inner = {0};
    nomen_status status = nomen_text_decoder_add(r->decoder, &r->texts[part->text], part, &done, err);
    if (status != NOMEN_OK || done == NULL) { return status; }
    status = r->function(r->user, part->text, done, &inner);
    if (status == NOMEN_OK) { return NOMEN_OK; }
    if (inner.status == NOMEN_OK) {
        return nomen_error_set(err, NOMEN_ERROR_CALLBACK,
                               "the function that receives results ended with status %d, but no message", (int)status);
    }
    if (err != NULL) { *err = inner; }
    return status;
}

/* The decoder of a request: the one that is there, or another. */
static nomen_status prepare(nomen_tagger *t, const nomen_request *request, nomen_error *err) {
    nomen_text_decoder decoder = {0};
    nomen_status status = NOMEN_OK;
    if (nomen_request_is_kept(&t->kept, request)) { return NOMEN_OK; }
    NOMEN_TRY(nomen_text_decoder_create(t->model, request, &decoder, err));
    NOMEN_TRY(nomen_request_keep(&t->kept, request, err));
    nomen_text_decoder_clear(&t->decoder);
    t->decoder = decoder;
    decoder = (nomen_text_decoder){0};
    nomen_stream_set(&t->stream, t->decoder.request.word_unit, t->decoder.request.overlap);
done:
    nomen_text_decoder_clear(&decoder);
    return status;
}

/* A run of a request that is complete. */
static nomen_status run(nomen_tagger *t, const nomen_text *texts, size_t n_texts, const nomen_request *request,
                        nomen_tagged_function function, void *user, nomen_error *err) {
    tagging r = {.decoder = &t->decoder, .texts = texts, .function = function, .user = user};
    nomen_call call = {0};
    nomen_call_scope scope = {0};
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_call, &call, request->call, err));
    if (call.n_threads == 0) { call.n_threads = t->n_threads; }
    NOMEN_TRY(nomen_call_enter(&scope, &call, err));
    NOMEN_TRY(prepare(t, request, err));
    NOMEN_TRY(nomen_stream_run(&t->stream, &t->predictor, texts, n_texts, add_part, &r, err));
done:
    nomen_call_leave(&scope);
    return status;
}

nomen_status nomen_tagger_run(nomen_tagger *t, const nomen_text *texts, size_t n_texts, const nomen_request *request,
                              nomen_tagged_function function, void *user, nomen_error *err) {
    nomen_request own;
    nomen_status status = nomen_request_take(request, &own, err);
    return status == NOMEN_OK ? run(t, texts, n_texts, &own, function, user, err) : status;
}

static nomen_status add_result(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    return nomen_results_add(user, index, tagged, err);
}

nomen_status nomen_tag(nomen_tagger *t, const nomen_text *texts, size_t n_texts, const nomen_request *request,
                       nomen_results **out, nomen_error *err) {
    nomen_request own;
    nomen_results *results = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_request_take(request, &own, err));
    NOMEN_TRY(nomen_results_create(t->model, n_texts, own.offsets, &results, err));
    NOMEN_TRY(run(t, texts, n_texts, &own, add_result, results, err));
    nomen_results_finish(results);
    *out = results;
    return NOMEN_OK;
done:
    nomen_results_free(results);
    return status;
}
