// The rows of a table that a step trains on.
#pragma once
#include "common.cuh"

extern "C" {

// Gathers rows of `len` values; the row indices are passed by value with the launch, which saves a copy.
struct Numbers {
    unsigned of[512];
};
SIZE(Numbers, 2048); PLACE(Numbers, of, 0);
__global__ void gather(const float *table, Numbers numbers, unsigned rows, unsigned len, float *out) {
    for (unsigned i = first_index(); i < len; i += all_threads()) {
        for (unsigned n = blockIdx.y; n < rows; n += gridDim.y) {
            out[n * len + i] = table[(unsigned long long)numbers.of[n] * len + i];
        }
    }
}

} // extern "C"
