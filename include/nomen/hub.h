/*
 * Models by name: NAME or ORG/NAME on the Hugging Face hub, found in the hub's cache on this machine, which huggingface_hub,
 * transformers and `nomen fetch` fill. Nothing here opens a connection.
 *
 *     char *directory = NULL;
 *     if (nomen_hub_find("dslim/bert-base-NER", NULL, NULL, &directory, &err) == NOMEN_OK) {
 *         nomen_model_load(directory, NULL, &model, &err);
 *     }
 *     nomen_free(directory);
 *
 * Where the cache is, says the environment, as for huggingface_hub: HF_HUB_CACHE, else HUGGINGFACE_HUB_CACHE, else "hub" in
 * HF_HOME, which is "huggingface" in XDG_CACHE_HOME or ~/.cache. A leading ~ and $NAME in their values are replaced, and an
 * empty variable is as none. Changing the environment in another thread meanwhile is the caller's fault, as with getenv.
 * Strings that are handed over are freed with nomen_free.
 */
#ifndef NOMEN_HUB_H
#define NOMEN_HUB_H

#include <stdbool.h>

#include "nomen/error.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * The directory of a model in the cache. `name` may end in @REVISION; `revision` (NULL: as in the name, else "main") is a
 * branch, a tag or a commit. `cache` is the cache's directory, NULL for that of the environment. What is found is the
 * snapshot as it is: a program that wanted a part of the files may have left the others out. NOMEN_ERROR_ARGUMENT where it is
 * no name, or no revision, by the hub's rules; NOMEN_ERROR_IO with NOMEN_REMEDY_FETCH where the cache has no such model or
 * revision; NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_hub_find(const char *name, const char *revision, const char *cache, char **directory, nomen_error *err);

/*
 * NAME or NAME@REVISION in two strings, checked by the hub's rules; the revision is "main" where there is none. A name is
 * one or two parts, joined by "/", of at most 96 letters, digits, "-", "_" and "." each, that neither begin nor end in "-" or
 * ".", without "--" and "..", and does not end in ".git"; a revision is what git allows as a branch's name. So neither
 * leads out of a directory. NOMEN_ERROR_ARGUMENT where a rule is broken; NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_hub_parse(const char *text, const char *revision, char **name, char **parsed_revision, nomen_error *err);

/* Whether a text is a commit: 40 lower-case hexadecimal digits. */
bool nomen_hub_is_commit(const char *text);

/* The cache's directory, whether it exists or not. NOMEN_ERROR_ARGUMENT where neither HOME nor a variable above is set. */
nomen_status nomen_hub_cache(char **directory, nomen_error *err);

/* HF_HOME, or what stands for it: the directory in which the hub's libraries keep their files. Fails as nomen_hub_cache does. */
nomen_status nomen_hub_home(char **directory, nomen_error *err);

/* A model's folder in the cache, with its blobs, refs and snapshots: CACHE/models--ORG--NAME. Fails as nomen_hub_parse does. */
nomen_status nomen_hub_folder(const char *cache, const char *name, char **folder, nomen_error *err);

/* What the variable says, or a copy of `fallback` (NULL: none, and *value is NULL): with ~ and $NAME replaced. */
nomen_status nomen_hub_variable(const char *variable, const char *fallback, char **value, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
