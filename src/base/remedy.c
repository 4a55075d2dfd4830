/* Names of remedies; see nomen/error.h. */
#include "nomen/error.h"

const char *nomen_remedy_name(nomen_remedy remedy) {
    switch (remedy) {
    case NOMEN_REMEDY_NONE: return "none";
    case NOMEN_REMEDY_OVERWRITE: return "overwrite";
    case NOMEN_REMEDY_FORMAT: return "format";
    case NOMEN_REMEDY_SCHEME: return "scheme";
    case NOMEN_REMEDY_MAX_UNPACKED: return "max-unpacked";
    case NOMEN_REMEDY_WORD_COLUMN: return "word-column";
    case NOMEN_REMEDY_TAG_COLUMN: return "tag-column";
    case NOMEN_REMEDY_TEXT_COLUMN: return "text-column";
    case NOMEN_REMEDY_SENTENCE_COLUMN: return "sentence-column";
    case NOMEN_REMEDY_COLUMNS: return "columns";
    case NOMEN_REMEDY_TITLES: return "titles";
    case NOMEN_REMEDY_TAG_NAMES: return "tag-names";
    case NOMEN_REMEDY_NUMBER_NAMES: return "number-names";
    case NOMEN_REMEDY_DOCUMENTS: return "documents";
    case NOMEN_REMEDY_MISALIGNED: return "misaligned";
    case NOMEN_REMEDY_OFFSETS: return "offsets";
    case NOMEN_REMEDY_ONE_SENTENCE: return "one-sentence";
    case NOMEN_REMEDY_TITLES_OR_FORMAT: return "titles-or-format";
    case NOMEN_REMEDY_ENCODING: return "encoding";
    case NOMEN_REMEDY_ONE_SCHEME: return "one-scheme";
    case NOMEN_REMEDY_TRAIN: return "train";
    case NOMEN_REMEDY_QUANTIZE: return "quantize";
    case NOMEN_REMEDY_LABELS: return "labels";
    case NOMEN_REMEDY_LABELS_OR_CONFIG: return "labels-or-config";
    case NOMEN_REMEDY_TYPE: return "type";
    case NOMEN_REMEDY_STRIDE: return "stride";
    case NOMEN_REMEDY_WINDOWS: return "windows";
    case NOMEN_REMEDY_NO_CALIBRATION: return "no-calibration";
    case NOMEN_REMEDY_RECALIBRATE: return "recalibrate";
    case NOMEN_REMEDY_NO_DECODING: return "no-decoding";
    case NOMEN_REMEDY_CASE: return "case";
    case NOMEN_REMEDY_FETCH: return "fetch";
    case NOMEN_REMEDY_FP32: return "fp32";
    case NOMEN_REMEDY_HYPERPARAMETER: return "hyperparameter";
    case NOMEN_REMEDY_SPLIT: return "split";
    case NOMEN_REMEDY_RESUME: return "resume";
    case NOMEN_REMEDY_LEARNING_RATE: return "learning-rate";
    }
    return "unknown";
}
