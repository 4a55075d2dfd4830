/* How the hyper-parameters of nomen_train_parameters() lie in nomen_train_options, and what values they take. */
#ifndef NOMEN_TRAIN_OPTIONS_PARAMETERS_H
#define NOMEN_TRAIN_OPTIONS_PARAMETERS_H

#include "nomen/train.h"

typedef enum nomen_parameter_kind {
    NOMEN_PARAMETER_COUNT,
    NOMEN_PARAMETER_COUNT_OR_AUTO,
    NOMEN_PARAMETER_SEED,
    NOMEN_PARAMETER_NUMBER,
    NOMEN_PARAMETER_NUMBER_OR_AUTO, /* 0 is auto */
    NOMEN_PARAMETER_FLAG,
    NOMEN_PARAMETER_CHOICE,
    NOMEN_PARAMETER_SPLIT,
    NOMEN_PARAMETER_TEXT
} nomen_parameter_kind;

typedef struct nomen_parameter_field {
    nomen_parameter_kind kind;
    size_t offset;
    double least, most;         /* of counts and numbers, both allowed */
    const char *const *choices; /* of NOMEN_PARAMETER_CHOICE, by value, NULL after the last */
} nomen_parameter_field;

/* One for each row of nomen_train_parameters(), in its order. */
const nomen_parameter_field *nomen_parameter_fields(void);

/* Of settings that have a use with some value of another alone: where they differ from these without it, they are refused. */
#define NOMEN_DEFAULT_CLASS_WEIGHT_BETA 0.999
#define NOMEN_DEFAULT_FOCAL_GAMMA 2.0
#define NOMEN_DEFAULT_CRF_LEARNING_RATE 5e-2
#define NOMEN_DEFAULT_LORA_ALPHA 8.0
#define NOMEN_DEFAULT_LORA_TARGET "query,value"

/* Sets every hyper-parameter to the value of the recipe of that name; false where there is none. */
bool nomen_recipe_fill(nomen_train_options *options, const char *name);

/* The learning rate that options without one (0) get, for a model of that hidden size. */
double nomen_usual_rate(const nomen_train_options *options, size_t hidden_size);

#endif
