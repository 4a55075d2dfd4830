/* Settings of the hub's libraries in the environment: the endpoint, the token, and whether to stay offline. */
#ifndef NOMEN_FETCH_ENVIRONMENT_H
#define NOMEN_FETCH_ENVIRONMENT_H

#include <stdbool.h>

#include "base/error.h"

/* HF_HUB_OFFLINE, else TRANSFORMERS_OFFLINE: 1, ON, YES and TRUE in letters of any case. */
bool nomen_fetch_is_offline(void);

/* HF_ENDPOINT, else https://huggingface.co. */
const char *nomen_fetch_endpoint(void);

/*
 * HF_TOKEN, else HUGGING_FACE_HUB_TOKEN, else the file HF_TOKEN_PATH, which is "token" in HF_HOME; without white space round
 * it, in a new block. NULL where there is none, or HF_HUB_DISABLE_IMPLICIT_TOKEN is on. What can't be in a header is an
 * error, which does not show it.
 */
nomen_status nomen_fetch_find_token(char **token, nomen_error *err);

#endif
