/* Inside of weights: the zip form of torch.save, in a file of its own as it needs libzip. */
#ifndef NOMEN_MODEL_TORCH_ZIP_H
#define NOMEN_MODEL_TORCH_ZIP_H

#include "model/tensor_file.h"

/* Reads the members of a mapped zip file; NOMEN_ERROR_UNSUPPORTED where nomen was built without libzip. */
nomen_status nomen_torch_zip_open(nomen_tensor_file *file, nomen_error *err);

#endif
