// A step of an optimizer, and the norm of the gradient.
#pragma once
#include "common.cuh"

extern "C" {

// Computes the sum of squares per block, in double since it may overflow a float.
__global__ void squares(const float *values, unsigned len, double *sums) {
    double sum = 0;
    for (unsigned i = first_index(); i < len; i += all_threads()) {
        sum += (double)values[i] * values[i];
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

// Computes the square root of the sum of all values; launched with one block.
__global__ void gradient_norm(const double *values, unsigned len, float *out) {
    double sum = 0;
    for (unsigned i = threadIdx.x; i < len; i += SUMMING) sum += values[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) *out = (float)sqrt(sum);
}

// Numbered as by the host's `rule`.
enum Rule { ADAM, SGD, MOMENTUM, NESTEROV, RMSPROP, RMSPROP_MOMENTUM };

// The formula of one step; see train::optimizer.
struct Update {
    int rule;
    // ADAM: 1 - beta1, 1 - beta2, corrected rate, epsilon. MOMENTUM: rate, momentum.
    // RMSPROP: rate, rho, 1 - rho, momentum, epsilon.
    float a, b, c, d, e;
    // Bounds of the gradient's norm and of each value; infinite for none.
    float norm, value;
    // The factor that weight decay applies to a weight.
    float kept;
};
SIZE(Update, 36); PLACE(Update, rule, 0); PLACE(Update, a, 4); PLACE(Update, b, 8);
PLACE(Update, c, 12); PLACE(Update, d, 16); PLACE(Update, e, 20); PLACE(Update, norm, 24);
PLACE(Update, value, 28); PLACE(Update, kept, 32);

// One step of all parameters. `norm` is the norm of the gradient, or null without a bound; `decays` is 1 for
// parameters that weight decay applies to and 0 for others, or null without weight decay.
__global__ void update(Update u, unsigned len, float *parameters, const float *gradients,
                       float *first, float *second, const float *norm, const float *decays) {
    float factor = 1;
    if (norm && *norm > u.norm) factor = u.norm / *norm;
    for (unsigned i = first_index(); i < len; i += all_threads()) {
        float p = parameters[i], g = gradients[i] * factor;
        g = g > u.value ? u.value : g < -u.value ? -u.value : g;
        if (decays && decays[i] != 0) p *= u.kept;
        float m = first ? first[i] : 0, v = second ? second[i] : 0;
        switch (u.rule) {
        case ADAM:
            m += (g - m) * u.a;
            v += (g * g - v) * u.b;
            p -= m * u.c / (sqrtf(v) + u.d);
            break;
        case SGD: p -= u.a * g; break;
        case MOMENTUM:
            m = u.b * m - u.a * g;
            p += m;
            break;
        case NESTEROV:
            m = u.b * m - u.a * g;
            p += u.b * m - u.a * g;
            break;
        case RMSPROP:
            m = u.b * m + u.c * (g * g);
            p -= u.a * g / sqrtf(m + u.e);
            break;
        case RMSPROP_MOMENTUM:
            m = u.b * m + u.c * (g * g);
            v = u.d * v + u.a * g / sqrtf(m + u.e);
            p -= v;
            break;
        }
        parameters[i] = p;
        if (first) first[i] = m;
        if (second) second[i] = v;
    }
}

} // extern "C"
