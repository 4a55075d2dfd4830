/* The hub's rules for names and revisions; see nomen/hub.h. */
#ifndef NOMEN_HUB_NAMES_H
#define NOMEN_HUB_NAMES_H

#include "base/error.h"

/* NOMEN_ERROR_ARGUMENT where a rule is broken. */
nomen_status nomen_hub_check_name(const char *name, nomen_error *err);
nomen_status nomen_hub_check_revision(const char *revision, nomen_error *err);

#endif
