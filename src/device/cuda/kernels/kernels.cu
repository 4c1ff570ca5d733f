// The kernels of a training step besides matrix products, fused where this saves memory traffic.
// Matrices are row-major; images have one row per pixel. The summation order depends on sizes alone, so
// results are deterministic. Every index fits into 32 bits; the host ensures that.

#include <stddef.h>

// Structs passed by the host have the same layout there: `layout!` in kernel.rs reads these assertions.
#define SIZE(type, bytes) static_assert(sizeof(type) == bytes, "the host's size")
#define PLACE(type, field, at) static_assert(offsetof(type, field) == at, "the host's offset")

namespace {

// In the order of `Activation`.
enum Function { LINEAR, RELU, LEAKY_RELU, ELU, GELU, SILU, TANH, SIGMOID };
constexpr float LEAKY_SLOPE = 0.3f;
constexpr float ABOVE_ZERO = 1e-30f; // the lower bound of sigmoids
constexpr float BELOW_ONE = 0.99999994f; // 1 - 2^-24, the upper bound of sigmoids
constexpr float SQRT_HALF = 0.70710678f; // sqrt(1 / 2)
constexpr float DENSITY = 0.39894228f; // 1 / sqrt(2 pi)
// Threads per block of a reduction.
constexpr unsigned SUMMING = 256;

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
// `seen` is the output, or the input of GELU and SiLU.
__device__ float activation_gradient(int function, float seen, float g) {
    switch (function) {
    case RELU: return seen > 0 ? g : 0;
    case LEAKY_RELU: return seen > 0 ? g : LEAKY_SLOPE * g;
    case ELU: return seen > 0 ? g : (seen + 1) * g;
    case GELU: {
        float z = from_flat(seen);
        return (normal(z) + z * DENSITY * expf(-0.5f * z * z)) * g;
    }
    case SILU: {
        float z = from_flat(seen), s = sigmoid(z);
        return s * (1 + z * (1 - s)) * g;
    }
    case TANH: return (1 - seen * seen) * g;
    case SIGMOID: return seen * (1 - seen) * g;
    default: return g;
    }
}

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

// A convolution between a large image and a small one; the large one is padded with `pad_y` rows and
// `pad_x` columns of zeros at its start.
struct Geometry {
    unsigned height, width, small_height, small_width, kernel_height, kernel_width;
    unsigned stride_y, stride_x, pad_y, pad_x, channels;
};
SIZE(Geometry, 44); PLACE(Geometry, height, 0); PLACE(Geometry, width, 4);
PLACE(Geometry, small_height, 8); PLACE(Geometry, small_width, 12); PLACE(Geometry, kernel_height, 16);
PLACE(Geometry, kernel_width, 20); PLACE(Geometry, stride_y, 24); PLACE(Geometry, stride_x, 28);
PLACE(Geometry, pad_y, 32); PLACE(Geometry, pad_x, 36); PLACE(Geometry, channels, 40);

// `V` consecutive channels, loaded and stored as one vector.
template <int V> struct alignas(4 * V) Channels {
    float of[V];
};

// im2col: copies the pixels of each window to a row.
template <int V>
__device__ void unfolded(Geometry g, unsigned images, const float *large, float *windows) {
    const unsigned channels = g.channels / V;
    const unsigned taps = g.kernel_height * g.kernel_width;
    const unsigned len = g.small_height * g.small_width * taps * channels;
    const unsigned pixels = g.height * g.width;
    for (unsigned i = first_index(); i < len; i += all_threads()) {
        unsigned channel = i % channels, pair = i / channels;
        unsigned tap = pair % taps, place = pair / taps;
        // Before the first row or column these wrap around to very large numbers.
        unsigned y = place / g.small_width * g.stride_y + tap / g.kernel_width - g.pad_y;
        unsigned x = place % g.small_width * g.stride_x + tap % g.kernel_width - g.pad_x;
        bool inside = y < g.height && x < g.width;
        unsigned from = (y * g.width + x) * channels + channel;
        for (unsigned n = blockIdx.y; n < images; n += gridDim.y) {
            Channels<V> value = {};
            if (inside) {
                value = reinterpret_cast<const Channels<V> *>(large)[n * pixels * channels + from];
            }
            reinterpret_cast<Channels<V> *>(windows)[n * len + i] = value;
        }
    }
}

// col2im, the adjoint of im2col, followed by bias and activation. Each thread gathers the values of its
// own pixels, so no atomics are needed.
template <int V>
__device__ void folded(Geometry g, unsigned images, const float *windows, const float *bias,
                       int function, float *large) {
    const unsigned channels = g.channels / V;
    const unsigned taps = g.kernel_height * g.kernel_width;
    const unsigned len = g.height * g.width * channels;
    const unsigned pairs = g.small_height * g.small_width * taps;
    for (unsigned i = first_index(); i < len; i += all_threads()) {
        unsigned channel = i % channels, pixel = i / channels;
        unsigned y = pixel / g.width + g.pad_y, x = pixel % g.width + g.pad_x;
        for (unsigned n = blockIdx.y; n < images; n += gridDim.y) {
            Channels<V> sum = {};
            for (unsigned ky = y % g.stride_y; ky < g.kernel_height && ky <= y; ky += g.stride_y) {
                unsigned oy = (y - ky) / g.stride_y;
                if (oy >= g.small_height) continue;
                for (unsigned kx = x % g.stride_x; kx < g.kernel_width && kx <= x;
                     kx += g.stride_x) {
                    unsigned ox = (x - kx) / g.stride_x;
                    if (ox >= g.small_width) continue;
                    unsigned pair = (oy * g.small_width + ox) * taps + ky * g.kernel_width + kx;
                    Channels<V> met = reinterpret_cast<const Channels<V> *>(
                        windows)[(n * pairs + pair) * channels + channel];
                    for (int v = 0; v < V; v++) sum.of[v] += met.of[v];
                }
            }
            for (int v = 0; v < V; v++) {
                float z = sum.of[v] + (bias ? bias[channel * V + v] : 0);
                sum.of[v] = activated(function, z);
            }
            reinterpret_cast<Channels<V> *>(large)[n * len + i] = sum;
        }
    }
}

} // namespace

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

// im2col: images (pixels, channels) to windows (small pixels, taps * channels).
__global__ void unfold(Geometry g, unsigned images, const float *large, float *windows) {
    unfolded<1>(g, images, large, windows);
}

// The same with vectors of four channels.
__global__ void unfold_vec4(Geometry g, unsigned images, const float *large, float *windows) {
    unfolded<4>(g, images, large, windows);
}

// col2im: sums the contributions of all windows to each pixel, then adds the bias, if any.
__global__ void fold(Geometry g, unsigned images, const float *windows, const float *bias,
                     int function, float *large) {
    folded<1>(g, images, windows, bias, function, large);
}

// The same with vectors of four channels.
__global__ void fold_vec4(Geometry g, unsigned images, const float *windows, const float *bias,
                           int function, float *large) {
    folded<4>(g, images, windows, bias, function, large);
}

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
__global__ void activation_backward(const float *seen, float *g, unsigned rows, unsigned columns,
                                    unsigned strip, int function, float *sums) {
    // Rows that a thread loads at a time, to hide memory latency.
    constexpr int AHEAD = 4;
    __shared__ float values[1024];
    unsigned column = first_index();
    unsigned end = min(rows, (blockIdx.y + 1) * strip);
    float sum = 0;
    for (unsigned first = blockIdx.y * strip + threadIdx.y; column < columns && first < end;
         first += AHEAD * blockDim.y) {
        float value[AHEAD], saw[AHEAD];
        for (int k = 0; k < AHEAD; k++) {
            unsigned row = first + k * blockDim.y;
            value[k] = row < end ? g[row * columns + column] : 0;
            saw[k] = row < end && function != LINEAR ? seen[row * columns + column] : 0;
        }
        for (int k = 0; k < AHEAD; k++) {
            unsigned row = first + k * blockDim.y;
            if (row >= end) break;
            if (function != LINEAR) {
                value[k] = activation_gradient(function, saw[k], value[k]);
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

// In the order in which the host numbers them.
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
}
