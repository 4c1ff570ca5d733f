// CUDA C++ on the CPU: the built-in names of kernels, and the execution of their threads.
//
// The threads of a block run as fibers on a single host thread, each from one barrier to the next. The order
// of threads and blocks changes with every launch, to expose results that depend on it.
#pragma once
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <tuple>
#include <type_traits>
#include <ucontext.h>
#include <utility>
#include <vector>

#define __global__ EMULATED_KERNEL
#define __device__
#define __host__
#define __forceinline__ inline
#define __restrict__ __restrict
#define __shared__ static thread_local
#define __constant__ static const
#define __launch_bounds__(...)

struct dim3 {
    unsigned x, y, z;
};

namespace emulated {

using std::size_t;

// Where to jump. The compiler's own jumps, as AddressSanitizer looks at the whole stack at each of the library's.
using Jump = void *[5];

// A fiber: runs threads of a block one after another, until one of them waits at a barrier.
struct Fiber {
    static constexpr size_t STACK = 256 << 10;
    std::unique_ptr<char[]> stack{new char[STACK]};
    Jump state;
    bool is_begun = false;
    // Whether it has no thread left to run in this block.
    bool is_done;
};

struct Block {
    std::vector<std::unique_ptr<Fiber>> fibers;
    size_t running = 0;
    Jump scheduler;
    unsigned next = 0, count = 0, step = 1, first = 0;
    void (*call)(const void *) = nullptr;
    const void *arguments = nullptr;
};

inline thread_local Block block;
inline thread_local dim3 thread_index, block_index, block_size, grid_size;

inline void place(unsigned turn) {
    unsigned i = unsigned((block.first + (uint64_t)turn * block.step) % block.count);
    thread_index = {i % block_size.x, i / block_size.x % block_size.y,
                    i / block_size.x / block_size.y};
}

// Not inlined, here and in `resume`, so that the caller keeps no variables in registers across a jump.
__attribute__((noinline)) inline void suspend() {
    if (!__builtin_setjmp(block.fibers[block.running]->state)) __builtin_longjmp(block.scheduler, 1);
}

inline void barrier() {
    dim3 thread = thread_index;
    suspend();
    thread_index = thread;
}

[[noreturn]] inline void body() {
    for (;;) {
        while (block.next < block.count) {
            place(block.next++);
            block.call(block.arguments);
        }
        block.fibers[block.running]->is_done = true;
        suspend();
    }
}

[[noreturn]] inline void begin(Fiber &fiber) {
    fiber.is_begun = true;
    ucontext_t entry;
    getcontext(&entry);
    entry.uc_stack.ss_sp = fiber.stack.get();
    entry.uc_stack.ss_size = Fiber::STACK;
    entry.uc_link = nullptr;
    makecontext(&entry, body, 0);
    setcontext(&entry);
    std::abort();
}

__attribute__((noinline)) inline void resume(size_t index) {
    block.running = index;
    if (__builtin_setjmp(block.scheduler)) return;
    Fiber &fiber = *block.fibers[index];
    if (!fiber.is_begun) begin(fiber);
    __builtin_longjmp(fiber.state, 1);
}

inline void run_block() {
    block.next = 0;
    size_t begun = 0;
    while (block.next < block.count) {
        if (begun == block.fibers.size()) block.fibers.push_back(std::make_unique<Fiber>());
        block.fibers[begun]->is_done = false;
        resume(begun++);
    }
    for (bool waiting = true; waiting;) {
        waiting = false;
        for (size_t i = 0; i < begun; i++) {
            if (block.fibers[i]->is_done) continue;
            resume(i);
            waiting = true;
        }
    }
}

inline unsigned gcd(unsigned a, unsigned b) { return b ? gcd(b, a % b) : a; }

// A permutation of `count` indices that depends on `salt`: a first index and a stride.
inline std::pair<unsigned, unsigned> way(unsigned count, uint64_t salt) {
    salt = (salt + 1) * 0x9e3779b97f4a7c15;
    unsigned step = unsigned(salt >> 33) % count | 1;
    while (gcd(step, count) != 1) step++;
    return {unsigned(salt >> 13) % count, step};
}

template <class... A> struct Call {
    void (*kernel)(A...);
    void **parameters;
    template <size_t... I> void with(std::index_sequence<I...>) const {
        kernel(*static_cast<std::remove_const_t<A> *>(parameters[I])...);
    }
};

template <class... A>
void launch(void (*kernel)(A...), void **parameters, const unsigned *sizes, uint64_t salt) {
    grid_size = {sizes[0], sizes[1], sizes[2]};
    block_size = {sizes[3], sizes[4], sizes[5]};
    Call<A...> call{kernel, parameters};
    block.call = [](const void *call) {
        static_cast<const Call<A...> *>(call)->with(std::index_sequence_for<A...>{});
    };
    block.arguments = &call;
    block.count = sizes[3] * sizes[4] * sizes[5];
    unsigned blocks = sizes[0] * sizes[1] * sizes[2];
    auto [first, step] = way(blocks, salt);
    for (unsigned turn = 0; turn < blocks; turn++) {
        unsigned i = unsigned((first + (uint64_t)turn * step) % blocks);
        block_index = {i % sizes[0], i / sizes[0] % sizes[1], i / sizes[0] / sizes[1]};
        std::tie(block.first, block.step) = way(block.count, salt + i);
        run_block();
    }
}

} // namespace emulated

#define threadIdx emulated::thread_index
#define blockIdx emulated::block_index
#define blockDim emulated::block_size
#define gridDim emulated::grid_size

inline void __syncthreads() { emulated::barrier(); }

template <class A, class B> std::common_type_t<A, B> min(A a, B b) {
    using T = std::common_type_t<A, B>;
    return T(a) < T(b) ? T(a) : T(b);
}
template <class A, class B> std::common_type_t<A, B> max(A a, B b) {
    using T = std::common_type_t<A, B>;
    return T(a) > T(b) ? T(a) : T(b);
}

// No two threads run at once.
template <class T, class U> T atomicAdd(T *address, U value) {
    T old = *address;
    *address = T(old + T(value));
    return old;
}
template <class T, class U> T atomicMax(T *address, U operand) {
    T value = T(operand);
    T old = *address;
    *address = old > value ? old : value;
    return old;
}
template <class T, class U> T atomicMin(T *address, U operand) {
    T value = T(operand);
    T old = *address;
    *address = old < value ? old : value;
    return old;
}
template <class T, class U, class V> T atomicCAS(T *address, U expected, V value) {
    T old = *address;
    if (old == T(expected)) *address = T(value);
    return old;
}

template <class To, class From> To bits_as(From from) {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    std::memcpy(&to, &from, sizeof to);
    return to;
}
inline float __int_as_float(int a) { return bits_as<float>(a); }
inline float __uint_as_float(unsigned a) { return bits_as<float>(a); }
inline int __float_as_int(float a) { return bits_as<int>(a); }
inline unsigned __float_as_uint(float a) { return bits_as<unsigned>(a); }
inline double __longlong_as_double(long long a) { return bits_as<double>(a); }
inline long long __double_as_longlong(double a) { return bits_as<long long>(a); }
using std::isnan;
using std::signbit;
using std::size_t;
