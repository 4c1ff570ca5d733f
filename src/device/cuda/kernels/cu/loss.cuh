// Losses, with their gradients.
#pragma once
#include "common.cuh"

extern "C" {

// Weights of the losses of a value.
struct Weights {
    float squared, absolute, cross_entropy;
    // Bounds of the prediction in the cross-entropy.
    float least, most;
};
SIZE(Weights, 20); PLACE(Weights, squared, 0); PLACE(Weights, absolute, 4);
PLACE(Weights, cross_entropy, 8); PLACE(Weights, least, 12);
PLACE(Weights, most, 16);

// Computes the weighted loss at each value, summed per block, and its derivative times `scale`.
__global__ void loss(const float *prediction, const float *target, unsigned len, Weights weights,
                     float scale, float *gradient, float *sums) {
    float sum = 0;
    for (unsigned i = first_index(); i < len; i += all_threads()) {
        float p = prediction[i], t = target[i], difference = p - t, slope = 0;
        if (weights.squared != 0) {
            sum += weights.squared * difference * difference;
            slope += weights.squared * 2 * difference;
        }
        if (weights.absolute != 0) {
            sum += weights.absolute * fabsf(difference);
            slope += weights.absolute * (difference > 0 ? 1 : difference < 0 ? -1 : 0);
        }
        if (weights.cross_entropy != 0) {
            float q = p < weights.least ? weights.least : p > weights.most ? weights.most : p;
            sum -= weights.cross_entropy * (t * logf(q) + (1 - t) * logf(1 - q));
            slope += weights.cross_entropy * (q - t) / (q * (1 - q));
        }
        gradient[i] = scale * slope;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

// Computes `factor` times the sum of all values; launched with one block.
__global__ void total(const float *values, unsigned len, float factor, float *out) {
    float sum = 0;
    for (unsigned i = threadIdx.x; i < len; i += SUMMING) sum += values[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) *out = factor * sum;
}

} // extern "C"
