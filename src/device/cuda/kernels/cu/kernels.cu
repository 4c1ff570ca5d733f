// The kernels of a training step besides matrix products, fused where this saves memory traffic: one
// translation unit, so that the program loads one image.
//
// Matrices are row-major; images have one row per pixel. The summation order depends on sizes alone, so
// results are deterministic. Every index fits into 32 bits; the host ensures that.

#include "activation.cuh"
#include "convolution.cuh"
#include "gather.cuh"
#include "loss.cuh"
#include "optimizer.cuh"
