/* The recipes, and the learning rate that fits a model; docs/TRAINING.md says what they gain. */
#include <string.h>

#include "train/options/parameters.h"

static void fill_default(nomen_train_options *o) {
    o->rows = 0;
    memcpy(o->split, (unsigned[3]){80, 10, 10}, sizeof o->split);
    o->numpy_split = false;
    o->split_seed = 42;
    o->folds = o->fold = 0;
    o->seed = 42;
    o->epochs = 3;
    o->batch_size = 16;
    o->gradient_accumulation_steps = 1;
    o->max_tokens = 4096;
    o->gradient_checkpointing = false;
    o->reduce_by_batch = false;
    o->shuffle = true;
    o->optimizer = NOMEN_OPTIMIZER_ADAMW;
    o->learning_rate = 0; /* auto */
    o->schedule = NOMEN_SCHEDULE_LINEAR;
    o->warmup_ratio = 0.1;
    o->warmup_steps = 0;
    o->weight_decay = 0.01;
    o->adam_beta1 = 0.9;
    o->adam_beta2 = 0.999;
    o->adam_epsilon = 1e-8;
    o->max_grad_norm = 1.0;
    o->alignment = NOMEN_ALIGN_FIRST;
    o->crf = false;
    o->crf_learning_rate = NOMEN_DEFAULT_CRF_LEARNING_RATE;
    o->freeze_embeddings = false;
    o->freeze_layers = 0;
    o->lora_rank = 0;
    o->lora_alpha = NOMEN_DEFAULT_LORA_ALPHA;
    o->lora_dropout = 0;
    o->lora_target = NOMEN_DEFAULT_LORA_TARGET;
    o->lora_init = "none";
    o->lora_export = NOMEN_LORA_MERGED;
    o->class_weight = "none";
    o->max_length = 0;
    o->stride = SIZE_MAX;
    o->on_overflow = NOMEN_OVERFLOW_WINDOW;
    o->context = 0;
    o->logging_steps = SIZE_MAX;
    o->keep_best = true;
    o->eval_steps = 0;
    o->best_metric = "f1";
    o->early_stopping_patience = 0;
    o->early_stopping_threshold = 0;
    o->precision = NOMEN_PRECISION_FP32;
    o->momentum = 0;
    o->lion_beta1 = 0.9;
    o->lion_beta2 = 0.99;
    o->lr_scheduler_kwargs = "{}";
    o->layer_lr_decay = 1;
    o->head_learning_rate = 0;
    o->nesterov = false;
    o->class_weight_beta = NOMEN_DEFAULT_CLASS_WEIGHT_BETA;
    o->focal_gamma = NOMEN_DEFAULT_FOCAL_GAMMA;
    o->label_smoothing = 0;
    o->oversample_threshold = 0;
    o->ema_decay = 0;
    o->loss = NOMEN_LOSS_CROSS_ENTROPY;
    o->keep_labels = NOMEN_KEEP_LABELS_AUTO;
}

/* The article's run. */
static void make_seed(nomen_train_options *o) {
    o->numpy_split = true;
    o->epochs = 5;
    o->batch_size = 2;
    o->optimizer = NOMEN_OPTIMIZER_SGD;
    o->learning_rate = 5e-3;
    o->schedule = NOMEN_SCHEDULE_CONSTANT;
    o->warmup_ratio = 0;
    o->weight_decay = 0;
    o->max_grad_norm = 0;
}

/* A first look at new data. */
static void make_fast(nomen_train_options *o) {
    o->epochs = 1;
}

/* More passes, twice the time. */
static void make_best(nomen_train_options *o) {
    o->epochs = 6;
}

static const struct {
    const char *name;
    void (*make)(nomen_train_options *options); /* of the default recipe; NULL: that itself */
} recipes[] = {{"default", NULL}, {"seed", make_seed}, {"fast", make_fast}, {"best", make_best}};
enum { N_RECIPES = sizeof recipes / sizeof *recipes };

bool nomen_recipe_fill(nomen_train_options *options, const char *name) {
    for (size_t i = 0; i < N_RECIPES; i++) {
        if (strcmp(recipes[i].name, name) != 0) { continue; }
        fill_default(options);
        if (recipes[i].make != NULL) { recipes[i].make(options); }
        return true;
    }
    return false;
}

/*
 * AdamW's rate for BERT-base is the one that its authors recommend. Smaller models need larger ones: all-MiniLM-L6-v2, half as
 * wide, scored best at four to eight times as much; at four times it gains on little and on much data (docs/TRAINING.md). Outside
 * of these bounds nothing was measured.
 */
static const double BASE_RATE = 5e-5, BASE_HIDDEN = 768, LEAST_RATE = 2e-5, MOST_RATE = 4e-4;

/*
 * What the other optimisers take of AdamW's rate, and adapters of that of the whole model, by all-MiniLM-L6-v2 on 800 sentences
 * (docs/TRAINING.md). Twice as much scored higher there each time; shorter steps are for longer runs, which were tried with
 * adapters alone. With a fifth of SGD's and a quarter of Lion's the model learnt nothing.
 */
static const double SGD_RATE = 500, LION_RATE = 0.4, LORA_RATE = 10;

double nomen_usual_rate(const nomen_train_options *o, size_t hidden_size) {
    const double narrower = BASE_HIDDEN / (double)hidden_size;
    double rate = BASE_RATE * narrower * narrower;
    rate = rate < LEAST_RATE ? LEAST_RATE : rate > MOST_RATE ? MOST_RATE : rate;
    if (o->lora_rank > 0) { rate *= LORA_RATE; }
    switch (o->optimizer) {
    case NOMEN_OPTIMIZER_SGD: return rate * SGD_RATE;
    case NOMEN_OPTIMIZER_LION: return rate * LION_RATE;
    case NOMEN_OPTIMIZER_ADAMW: break;
    }
    return rate;
}
