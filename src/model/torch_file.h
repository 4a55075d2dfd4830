/* Inside of weights: what the two forms of torch.save's files share. */
#ifndef NOMEN_MODEL_TORCH_FILE_H
#define NOMEN_MODEL_TORCH_FILE_H

#include "model/pickle.h"

/*
 * Takes the named tensors of the state dict at `top` into the file, with as many empty storages as
 * the pickle speaks of, for the caller to fill in.
 */
nomen_status nomen_torch_take(nomen_tensor_file *file, const nomen_pickle *p, uint32_t top, nomen_error *err);

#endif
