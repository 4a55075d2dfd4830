/* conlleval's rules; see the header. */
#include "eval/conlleval.h"

static bool is_outside(char letter) {
    return letter == 'O' || letter == '.';
}

static bool is_bracket(char letter) {
    return letter == '[' || letter == ']';
}

/* Whether an entity ends between two tags. */
static bool ends(const nomen_tag_parts *before, const nomen_tag_parts *tag) {
    char a = before->conll_letter, b = tag->conll_letter;
    if (is_bracket(a) || (!is_outside(a) && before->conll_type != tag->conll_type)) { return true; }
    return ((a == 'B' || a == 'I') && (b == 'B' || b == 'O')) || (a == 'E' && (b == 'E' || b == 'I' || b == 'O'));
}

/* Whether one starts there. */
static bool starts(const nomen_tag_parts *before, const nomen_tag_parts *tag) {
    char a = before->conll_letter, b = tag->conll_letter;
    if (is_bracket(b) || (!is_outside(b) && before->conll_type != tag->conll_type)) { return true; }
    return ((a == 'B' || a == 'I' || a == 'O') && b == 'B') || ((a == 'O' || a == 'E') && (b == 'I' || b == 'E'));
}

nomen_conll_step nomen_conll_step_on(nomen_conll_state *state, const nomen_tag_parts *gold, const nomen_tag_parts *predicted) {
    nomen_conll_step step = {.gold = -1, .predicted = -1, .correct = -1};
    bool same_type = gold->conll_type == predicted->conll_type;
    if (state->open) {
        bool gold_ends = ends(&state->gold, gold), predicted_ends = ends(&state->predicted, predicted);
        if (gold_ends && predicted_ends && state->gold.conll_type == state->predicted.conll_type) {
            step.correct = state->gold.conll_type;
            state->open = false;
        } else if (gold_ends != predicted_ends || !same_type) {
            state->open = false;
        }
    }
    if (starts(&state->gold, gold)) { step.gold = gold->conll_type; }
    if (starts(&state->predicted, predicted)) { step.predicted = predicted->conll_type; }
    if (step.gold >= 0 && step.predicted >= 0 && same_type) { state->open = true; }
    state->gold = *gold;
    state->predicted = *predicted;
    return step;
}
