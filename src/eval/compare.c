/* Scores of predictions in a file. */
#include "eval/compare.h"

#include "base/mem.h"
#include "eval/predictions.h"

nomen_status nomen_compare(const nomen_dataset *predicted, const nomen_dataset *gold,
                           const nomen_judge_options *options, nomen_details *out, nomen_error *err) {
    nomen_judge judge = {0};
    const char **tags = NULL;
    size_t capacity = 0;
    nomen_status status;
    NOMEN_TRY(nomen_check_same_sentences(predicted, gold, err));
    NOMEN_TRY(nomen_judge_start(gold, options, &judge, err));
    for (size_t i = 0; i < gold->n_sentences; i++) {
        const nomen_sentence *s = &predicted->sentences[i];
        NOMEN_TRY(NOMEN_RESERVE(tags, capacity, s->n_words, err));
        for (size_t w = 0; w < s->n_words; w++) {
            tags[w] = nomen_tag_or_outside(predicted->tag_names[predicted->tags[s->first_word + w]]);
        }
        NOMEN_TRY(nomen_judge_add(&judge, i, tags, NULL, err));
    }
    NOMEN_TRY(nomen_judge_finish(&judge, err));
    NOMEN_TRY(nomen_scorer_details(judge.scorer, out, err));
done:
    nomen_judge_clear(&judge);
    nomen_mem_free(tags);
    return status;
}
