/* Scoring a dataset; see the header. */
#include "eval/judge.h"

#include <string.h>

#include "base/json_out.h"
#include "base/mem.h"
#include "eval/predictions.h"

/* Words of the sentence that stand around an error in the list. */
enum { CONTEXT = 10 };

/* The names of a sentence's tags; O for unknown words, which a scorer of gold is told of besides. */
static nomen_status get_tags(const nomen_dataset *set, size_t sentence, const char ***tags, size_t *capacity, nomen_error *err) {
    const nomen_sentence *s = &set->sentences[sentence];
    const char **names = *tags;
    nomen_status status = NOMEN_RESERVE(names, *capacity, s->n_words + 1, err);
    if (status != NOMEN_OK) { return status; }
    *tags = names;
    for (size_t w = 0; w < s->n_words; w++) { names[w] = nomen_tag_or_outside(set->tag_names[set->tags[s->first_word + w]]); }
    return NOMEN_OK;
}

nomen_status nomen_judge_start(const nomen_dataset *gold, const nomen_judge_options *options, nomen_judge *out,
                               nomen_error *err) {
    const nomen_dataset *train = options->train;
    nomen_status status;
    *out = (nomen_judge){.gold = gold, .options = *options};
    if (options->against != NULL) { NOMEN_TRY(nomen_check_same_sentences(options->against, gold, err)); }
    out->options.scorer.size = sizeof out->options.scorer;
    NOMEN_TRY(nomen_scorer_create(&out->options.scorer, &out->scorer, err));
    for (size_t i = 0; train != NULL && i < train->n_sentences; i++) {
        const nomen_sentence *s = &train->sentences[i];
        NOMEN_TRY(get_tags(train, i, &out->gold_tags, &out->gold_capacity, err));
        NOMEN_TRY(nomen_scorer_add_training(out->scorer, nomen_sentence_text(train, i), train->words + s->first_word,
                                            out->gold_tags, s->n_words, err));
    }
    if (options->errors != NULL) { NOMEN_TRY(nomen_output_open(options->errors, NOMEN_OUTPUT_OVERWRITE, &out->errors, err)); }
done:
    return status;
}

/* The sentence's text from word `begin` to before word `end`. */
static void add_words(nomen_json_out *json, const char *key, const nomen_judge *judge, size_t sentence, size_t begin,
                      size_t end) {
    const nomen_span *words = judge->gold->words + judge->gold->sentences[sentence].first_word;
    const char *text = nomen_sentence_text(judge->gold, sentence);
    nomen_json_add_bytes(json, key, text + words[begin].start, words[end - 1].end - words[begin].start);
}

static void add_side(nomen_json_out *json, const char *key, const nomen_judge *judge, size_t sentence,
                     const nomen_match_side *side) {
    if (side->type == NULL) {
        nomen_json_add_null(json, key);
        return;
    }
    nomen_json_begin_object(json, key);
    nomen_json_add_text(json, "type", side->type);
    add_words(json, "text", judge, sentence, side->begin, side->end);
    nomen_json_add_pair(json, "words", side->begin, side->end);
    nomen_json_end_object(json);
}

/* A line of JSON for each match that is not right. */
static nomen_status list_errors(nomen_judge *judge, size_t sentence, nomen_error *err) {
    const nomen_sentence *s = &judge->gold->sentences[sentence];
    nomen_status status = NOMEN_OK;
    nomen_match match;
    for (size_t i = 0; nomen_scorer_match(judge->scorer, i, &match); i++) {
        if (match.outcome == NOMEN_RIGHT) { continue; }
        const nomen_match_side *g = &match.gold, *p = &match.predicted;
        size_t begin = p->type == NULL || (g->type != NULL && g->begin < p->begin) ? g->begin : p->begin;
        size_t end = p->type == NULL || (g->type != NULL && g->end > p->end) ? g->end : p->end;
        nomen_buffer_reset(&judge->line);
        nomen_json_out json = nomen_json_start(&judge->line, err);
        nomen_json_begin_object(&json, NULL);
        nomen_json_add_text(&json, "error", nomen_outcome_name(match.outcome));
        nomen_json_add_size(&json, "sentence", sentence + 1);
        nomen_json_add_size(&json, "line", s->line);
        add_side(&json, "gold", judge, sentence, g);
        add_side(&json, "predicted", judge, sentence, p);
        add_words(&json, "context", judge, sentence, begin > CONTEXT ? begin - CONTEXT : 0,
                  s->n_words - end > CONTEXT ? end + CONTEXT : s->n_words);
        nomen_json_end_object(&json);
        NOMEN_TRY(nomen_json_end_line(&json));
        NOMEN_TRY(nomen_output_write(judge->errors, judge->line.data, judge->line.size, err));
    }
done:
    return status;
}

nomen_status nomen_judge_add(nomen_judge *judge, size_t sentence, const char *const *predicted, const float *confidence,
                             nomen_error *err) {
    const nomen_dataset *gold = judge->gold, *against = judge->options.against;
    const nomen_sentence *s = &gold->sentences[sentence];
    nomen_sentence_facts facts = {.confidence = confidence};
    nomen_status status;
    NOMEN_TRY(get_tags(gold, sentence, &judge->gold_tags, &judge->gold_capacity, err));
    if (gold->has_unknown) {
        NOMEN_TRY(NOMEN_RESERVE(judge->unknown, judge->unknown_capacity, s->n_words, err));
        nomen_sentence_unknown(gold, sentence, judge->unknown);
        facts.unknown = judge->unknown;
    }
    if (judge->options.train != NULL) {
        facts.text = nomen_sentence_text(gold, sentence);
        facts.words = gold->words + s->first_word;
    }
    if (against != NULL) {
        NOMEN_TRY(get_tags(against, sentence, &judge->other_tags, &judge->other_capacity, err));
        facts.other = judge->other_tags;
    }
    NOMEN_TRY(nomen_scorer_add_facts(judge->scorer, judge->gold_tags, predicted, s->n_words, &facts, err));
    if (judge->errors != NULL) { NOMEN_TRY(list_errors(judge, sentence, err)); }
    if (judge->options.scored != NULL) { NOMEN_TRY(judge->options.scored(judge->options.user, judge->scorer, sentence, err)); }
done:
    return status;
}

nomen_status nomen_judge_finish(nomen_judge *judge, nomen_error *err) {
    nomen_output *errors = judge->errors;
    judge->errors = NULL;
    return errors != NULL ? nomen_output_commit(errors, err) : NOMEN_OK;
}

void nomen_judge_clear(nomen_judge *judge) {
    nomen_scorer_free(judge->scorer);
    nomen_mem_free(judge->gold_tags);
    nomen_mem_free(judge->other_tags);
    nomen_mem_free(judge->unknown);
    nomen_output_abandon(judge->errors);
    nomen_buffer_clear(&judge->line);
    *judge = (nomen_judge){0};
}

nomen_status nomen_compare(const nomen_dataset *predicted, const nomen_dataset *gold, const nomen_judge_options *options,
                           nomen_details *out, nomen_error *err) {
    nomen_judge judge = {0};
    const char **tags = NULL;
    size_t capacity = 0;
    nomen_status status;
    NOMEN_TRY(nomen_check_same_sentences(predicted, gold, err));
    NOMEN_TRY(nomen_judge_start(gold, options, &judge, err));
    for (size_t i = 0; i < gold->n_sentences; i++) {
        NOMEN_TRY(get_tags(predicted, i, &tags, &capacity, err));
        NOMEN_TRY(nomen_judge_add(&judge, i, tags, NULL, err));
    }
    NOMEN_TRY(nomen_judge_finish(&judge, err));
    NOMEN_TRY(nomen_scorer_details(judge.scorer, out, err));
done:
    nomen_judge_clear(&judge);
    nomen_mem_free(tags);
    return status;
}
