// What kernels have in common: indices, sums over a block, and the layout of structs.
#pragma once
#include <stddef.h>

// Structs passed by the host have the same layout there: `layout!` in kernel.rs reads these assertions.
#define SIZE(type, bytes) static_assert(sizeof(type) == bytes, "the host's size")
#define PLACE(type, field, at) static_assert(offsetof(type, field) == at, "the host's offset")

namespace {

// Threads per block of a reduction.
constexpr unsigned SUMMING = 256;

// Sums one value per thread over a block of `SUMMING` threads; the result is valid in the first thread.
template <class T> __device__ T block_sum(T value) {
    __shared__ T values[SUMMING];
    unsigned i = threadIdx.x;
    values[i] = value;
    __syncthreads();
    for (unsigned half = SUMMING / 2; half > 0; half /= 2) {
        if (i < half) values[i] += values[i + half];
        __syncthreads();
    }
    return values[0];
}

__device__ unsigned first_index() { return blockIdx.x * blockDim.x + threadIdx.x; }
__device__ unsigned all_threads() { return gridDim.x * blockDim.x; }

} // namespace
