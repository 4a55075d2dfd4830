/* JSON formats that are read alone: json_shapes.c has what their records look like. */
#include "data/format.h"
#include "data/json_reader.h"

#define READ_ONLY(format_, key_, name_, holds_) \
    {.format = format_, \
     .key = key_, \
     .name = name_, \
     .suffix = "", \
     .holds = (holds_) | NOMEN_HOLDS_NAMES, \
     .has = NOMEN_HAS_VALUES, \
     .advice = "add texts with their annotations", \
     .read_only = true, \
     .read = nomen_json_read_records}

const nomen_format nomen_format_gliner = READ_ONLY(NOMEN_DATA_GLINER, "gliner", "GLiNER", 0),
                   nomen_format_spert = READ_ONLY(NOMEN_DATA_SPERT, "spert", "SpERT", 0),
                   nomen_format_dataturks =
                       READ_ONLY(NOMEN_DATA_DATATURKS, "dataturks", "Dataturks", NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING),
                   nomen_format_ai4privacy =
                       READ_ONLY(NOMEN_DATA_AI4PRIVACY, "ai4privacy", "AI4Privacy", NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING);
