/*
 * Status codes and error messages.
 *
 * Every function of the library that can fail returns a nomen_status and takes a nomen_error as
 * its last argument. The error may be NULL. The first error wins: a function that meets an error
 * already set leaves it as it is. Results are written through out-parameters only on NOMEN_OK.
 * The library never prints, exits or aborts.
 */
#ifndef NOMEN_ERROR_H
#define NOMEN_ERROR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Grouped, never renumbered. */
typedef enum nomen_status {
    NOMEN_OK = 0,

    /* The caller or the machine. */
    NOMEN_ERROR_MEMORY = 1,      /* an allocation failed */
    NOMEN_ERROR_ARGUMENT = 2,    /* an argument or option is outside what the function accepts */
    NOMEN_ERROR_INTERRUPTED = 3, /* the call was cancelled, or the interrupt callback asked to stop */
    NOMEN_ERROR_TIMEOUT = 4,     /* the time set for the call is over */
    NOMEN_ERROR_CALLBACK = 5,    /* a callback of the caller's failed without saying why */

    /* The file system. */
    NOMEN_ERROR_IO = 10,     /* open, read, write or rename failed; the message holds the reason */
    NOMEN_ERROR_EXISTS = 11, /* the output already exists, and overwriting was not requested */

    /* The content of a file. */
    NOMEN_ERROR_FORMAT = 20, /* the file is damaged, or is not what it should be */
    NOMEN_ERROR_DATA = 21,   /* well formed, but the content can't be used (unknown tag, counts differ) */

    /* What nomen does not do. */
    NOMEN_ERROR_UNSUPPORTED = 30, /* a valid file that needs something nomen does not have */
    NOMEN_ERROR_LIMIT = 31        /* a stated limit was passed */
} nomen_status;

/*
 * What a caller can change to get past an error, if the library knows it: a setting, named here by its place in the
 * options. A message never names an option of a program; a program turns the remedy into the words of its interface.
 */
typedef enum nomen_remedy {
    NOMEN_REMEDY_NONE = 0,      /* none is known, or the message says all of it */
    NOMEN_REMEDY_OVERWRITE = 1, /* another path for the output, or permission to replace it */

    /* nomen_data_options. */
    NOMEN_REMEDY_FORMAT = 10,           /* format */
    NOMEN_REMEDY_SCHEME = 11,           /* scheme */
    NOMEN_REMEDY_MAX_UNPACKED = 12,     /* max_unpacked */
    NOMEN_REMEDY_WORD_COLUMN = 13,      /* word_column */
    NOMEN_REMEDY_TAG_COLUMN = 14,       /* tag_column */
    NOMEN_REMEDY_TEXT_COLUMN = 15,      /* text_column */
    NOMEN_REMEDY_SENTENCE_COLUMN = 16,  /* sentence_column */
    NOMEN_REMEDY_COLUMNS = 17,          /* word_column and tag_column */
    NOMEN_REMEDY_TITLES = 18,           /* text_column or word_column, and tag_column */
    NOMEN_REMEDY_TAG_NAMES = 19,        /* tag_names: the names of tags in order */
    NOMEN_REMEDY_NUMBER_NAMES = 20,     /* tag_names: a name for each number */
    NOMEN_REMEDY_DOCUMENTS = 21,        /* documents, document_column */
    NOMEN_REMEDY_MISALIGNED = 22,       /* misaligned */
    NOMEN_REMEDY_OFFSETS = 23,          /* offsets */
    NOMEN_REMEDY_ONE_SENTENCE = 24,     /* sentence_column: "none" */
    NOMEN_REMEDY_TITLES_OR_FORMAT = 25, /* those of TITLES, or format */
    NOMEN_REMEDY_ENCODING = 26,         /* encoding */
    NOMEN_REMEDY_ONE_SCHEME = 27,       /* nomen_convert_options: scheme */

    /* nomen_model_options, or the model. */
    NOMEN_REMEDY_TRAIN = 40,            /* a model that is trained to label words */
    NOMEN_REMEDY_QUANTIZE = 41,         /* the float model, quantised */
    NOMEN_REMEDY_LABELS = 42,           /* label_names */
    NOMEN_REMEDY_LABELS_OR_CONFIG = 43, /* label_names, or "id2label" of config.json */
    NOMEN_REMEDY_TYPE = 44,             /* a type that one of the model's labels has */
    NOMEN_REMEDY_STRIDE = 45,           /* stride */
    NOMEN_REMEDY_WINDOWS = 46,          /* on_overflow: NOMEN_OVERFLOW_WINDOW */
    NOMEN_REMEDY_NO_CALIBRATION = 47,   /* nomen_request: no_calibration */
    NOMEN_REMEDY_RECALIBRATE = 48,      /* a calibration in place of the one that is stored */
    NOMEN_REMEDY_NO_DECODING = 49,      /* nomen_request: NOMEN_DECODE_ARGMAX, and no repair */
    NOMEN_REMEDY_CASE = 50,             /* nomen_tokenizer_options: lower_case */
    NOMEN_REMEDY_FETCH = 51,            /* the model, brought into the hub's cache */
    NOMEN_REMEDY_FP32 = 52,             /* precision: NOMEN_PRECISION_FP32 */

    /* nomen_train_options. */
    NOMEN_REMEDY_HYPERPARAMETER = 60, /* the hyper-parameter whose name the message begins with */
    NOMEN_REMEDY_SPLIT = 61,          /* split, by text */
    NOMEN_REMEDY_RESUME = 62,         /* resume */
    NOMEN_REMEDY_LEARNING_RATE = 63   /* learning_rate: training has diverged, a lower one may not */
} nomen_remedy;

/* Room for a message; a longer one keeps its beginning and ends in "...". */
#define NOMEN_ERROR_SIZE 1024

/* What a nomen_error starts as, in C and in C++. In C, {0} is the same. */
#ifdef __cplusplus
#define NOMEN_ERROR_INIT \
    {}
#else
#define NOMEN_ERROR_INIT {0}
#endif

/*
 * One error. Start it as `nomen_error err = NOMEN_ERROR_INIT;`. The message is one UTF-8 line without a full
 * stop or newline at its end: it names the file, line or tensor, what was found, what was
 * expected, and what to do; `remedy` is the setting that does it, for programs.
 */
typedef struct nomen_error {
    nomen_status status;
    nomen_remedy remedy;
    char message[NOMEN_ERROR_SIZE];
} nomen_error;

/* A short English name of a status, such as "out of memory". Borrowed, never NULL. */
const char *nomen_status_name(nomen_status status);

/* A remedy's name for programs: "overwrite", "tag-column"...; "unknown" for a value that is none. Borrowed, never NULL. */
const char *nomen_remedy_name(nomen_remedy remedy);

/* Takes a part of what is written. Any status but NOMEN_OK ends the call that led to it, and is its status. */
typedef nomen_status (*nomen_bytes_function)(void *user, const void *bytes, size_t n_bytes, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
