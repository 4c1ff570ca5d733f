// Activations, and the kernels that apply them.
#pragma once
#include "common.cuh"

namespace {

// Numbered as the host's `Activation`.
enum Function { LINEAR, RELU, LEAKY_RELU, ELU, GELU, SILU, TANH, SIGMOID };
constexpr float LEAKY_SLOPE = 0.3f;
constexpr float ABOVE_ZERO = 1e-30f; // the lower bound of sigmoids
constexpr float BELOW_ONE = 0.99999994f; // 1 - 2^-24, the upper bound of sigmoids
constexpr float SQRT_HALF = 0.70710678f; // sqrt(1 / 2)
constexpr float DENSITY = 0.39894228f; // 1 / sqrt(2 pi)

__device__ float sigmoid(float z) { return 1 / (1 + expf(-z)); }

// The normal distribution function, accurate in both tails.
__device__ float normal(float z) { return 0.5f * erfcf(-z * SQRT_HALF); }

// Below -100, GELU and SiLU are 0; -infinity times 0 would be NaN.
__device__ float from_flat(float z) { return z < -100 ? -100 : z; }

// Applies the activation; NaN stays NaN.
__device__ float activated(int function, float z) {
    switch (function) {
    case RELU: return z < 0 ? 0 : z;
    case LEAKY_RELU: return z > 0 ? z : LEAKY_SLOPE * z;
    case ELU: return z > 0 ? z : expm1f(z);
    case GELU: return from_flat(z) * normal(z);
    case SILU: return from_flat(z) * sigmoid(z);
    case TANH: return tanhf(z);
    case SIGMOID: {
        float y = sigmoid(z);
        y = y < ABOVE_ZERO ? ABOVE_ZERO : y;
        return y > BELOW_ONE ? BELOW_ONE : y;
    }
    default: return z;
    }
}

// Turns the gradient `g` with respect to the function's output into the one with respect to its input;
// `saved` is the output, or the input of GELU and SiLU.
__device__ float activation_gradient(int function, float saved, float g) {
    switch (function) {
    case RELU: return saved > 0 ? g : 0;
    case LEAKY_RELU: return saved > 0 ? g : LEAKY_SLOPE * g;
    case ELU: return saved > 0 ? g : (saved + 1) * g;
    case GELU: {
        float z = from_flat(saved);
        return (normal(z) + z * DENSITY * expf(-0.5f * z * z)) * g;
    }
    case SILU: {
        float z = from_flat(saved), s = sigmoid(z);
        return s * (1 + z * (1 - s)) * g;
    }
    case TANH: return (1 - saved * saved) * g;
    case SIGMOID: return saved * (1 - saved) * g;
    default: return g;
    }
}

} // namespace

extern "C" {

// Adds a row to each row of a matrix and applies the function, in place.
__global__ void add_bias(float *z, const float *bias, unsigned columns, unsigned len, int function) {
    for (unsigned i = first_index(); i < len; i += all_threads()) {
        z[i] = activated(function, z[i] + bias[i % columns]);
    }
}

// Applies the function to every value.
__global__ void activate(const float *z, float *y, unsigned len, int function) {
    for (unsigned i = first_index(); i < len; i += all_threads()) y[i] = activated(function, z[i]);
}

// Backpropagates the gradient through the function, in place, and sums its columns, one strip of rows per
// block: (rows, columns) to (strips, columns). With the linear function, only sums. Block dimensions are
// powers of two, with at most 1024 threads in total.
__launch_bounds__(1024)
__global__ void activation_backward(const float *saved, float *g, unsigned rows, unsigned columns,
                                    unsigned strip, int function, float *sums) {
    // Rows that a thread loads at a time, to hide memory latency.
    constexpr int AHEAD = 4;
    __shared__ float values[1024];
    unsigned column = first_index();
    unsigned end = min(rows, (blockIdx.y + 1) * strip);
    float sum = 0;
    for (unsigned first = blockIdx.y * strip + threadIdx.y; column < columns && first < end;
         first += AHEAD * blockDim.y) {
        float value[AHEAD], kept[AHEAD];
        for (int k = 0; k < AHEAD; k++) {
            unsigned row = first + k * blockDim.y;
            value[k] = row < end ? g[row * columns + column] : 0;
            kept[k] = row < end && function != LINEAR ? saved[row * columns + column] : 0;
        }
        for (int k = 0; k < AHEAD; k++) {
            unsigned row = first + k * blockDim.y;
            if (row >= end) break;
            if (function != LINEAR) {
                value[k] = activation_gradient(function, kept[k], value[k]);
                g[row * columns + column] = value[k];
            }
            sum += value[k];
        }
    }
    unsigned place = threadIdx.y * blockDim.x + threadIdx.x;
    values[place] = sum;
    __syncthreads();
    for (unsigned half = blockDim.y / 2; half > 0; half /= 2) {
        if (threadIdx.y < half) values[place] += values[place + half * blockDim.x];
        __syncthreads();
    }
    if (threadIdx.y == 0 && column < columns) sums[blockIdx.y * columns + column] = values[place];
}

} // extern "C"
