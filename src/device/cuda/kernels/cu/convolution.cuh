// im2col and col2im, the parts of a convolution beside its matrix product.
#pragma once
#include "activation.cuh"

namespace {

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

} // extern "C"
