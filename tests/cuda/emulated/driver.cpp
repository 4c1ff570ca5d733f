// An emulation of the NVIDIA driver: GPUs that use host memory, and kernels that are shared libraries made
// by this folder's nvcc.
//
// Stricter than a GPU, to find bugs: memory is filled with NaN when it is allocated and freed; writes outside
// an allocation are detected when it is freed; memory freed on a stream is available only after the stream is
// synchronized; copies must be inside an allocation and not empty, allocations and fills not empty; launches
// must be within CUDA's limits.
// Every call is synchronous, so races between host and GPU are not detected.
//
//   EMULATED_GPUS          number of GPUs (1)
//   EMULATED_GPU_CUDA      CUDA version of the driver (12080, that is 12.8)
//   EMULATED_GPU_MEMORY    bytes of memory per GPU (4 GiB)
//   EMULATED_GPU_LAUNCHES  number of launches after which the GPU fails for good (never)
//   EMULATED_GPU_ALLOCATIONS  the same for allocations
//   EMULATED_GPU_CODE      the status code of a GPU that has failed (700, an illegal address)
//   EMULATED_GPU_COUNTS    a file to write at exit: the launches of each kernel, the calls of each function,
//                          the bytes copied, and the peak memory use of a GPU
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace {

// From cuda.h.
enum Result : unsigned {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    INVALID_CONTEXT = 201,
    NOT_FOUND = 500,
};
enum Attribute { MAJOR = 75, MINOR = 76, MEMORY_POOLS = 115 };
enum PoolAttribute { RELEASE_THRESHOLD = 4 };
using Entry = void (*)(void **, const unsigned *, unsigned long);

struct Kernel {
    std::string name;
    Entry entry;
};
struct Module {
    void *library;
    std::map<std::string, Kernel> kernels;
};
struct Allocation {
    size_t bytes;
    int gpu;
};

constexpr size_t GUARD = 256;
constexpr unsigned char NOTHING = 0xff, FENCE = 0xa5;
constexpr size_t MOST_GPUS = 16;

long number(const char *variable, long otherwise) {
    const char *text = getenv(variable);
    return text ? atol(text) : otherwise;
}

// Leaked, because other threads may make calls during process exit.
struct State {
    std::mutex lock;
    const long gpus = number("EMULATED_GPUS", 1);
    const size_t memory = size_t(number("EMULATED_GPU_MEMORY", 4L << 30));
    // `leaving` is the part of `used` that was freed on a stream not yet synchronized.
    size_t used[MOST_GPUS] = {}, leaving[MOST_GPUS] = {}, most = 0;
    std::map<uintptr_t, Allocation> allocations;
    std::map<std::string, unsigned long> counts;
    unsigned long launches = 0, allocated = 0;
    const unsigned long good = (unsigned long)number("EMULATED_GPU_LAUNCHES", -1);
    const unsigned long allocatable = (unsigned long)number("EMULATED_GPU_ALLOCATIONS", -1);
    bool failed() const { return launches > good || allocated > allocatable; }
};
State &state = *new State;
const Result FAILED = Result(number("EMULATED_GPU_CODE", 700));
char contexts[MOST_GPUS];
thread_local int current = -1;

struct Report {
    ~Report() {
        const char *path = getenv("EMULATED_GPU_COUNTS");
        FILE *file = path ? fopen(path, "w") : nullptr;
        if (!file) return;
        fprintf(file, "%zu most bytes in use\n", state.most);
        for (auto &[name, count] : state.counts) fprintf(file, "%lu %s\n", count, name.c_str());
        fclose(file);
    }
} report;

void count(const char *what, unsigned long many = 1) {
    std::lock_guard guard(state.lock);
    state.counts[what] += many;
}

[[noreturn]] void found(const char *what) {
    fprintf(stderr, "emulated GPU: %s\n", what);
    abort();
}

// Returns whether all of these bytes are in one allocation.
bool inside(uint64_t address, size_t bytes) {
    std::lock_guard guard(state.lock);
    auto after = state.allocations.upper_bound(address);
    if (after == state.allocations.begin()) return bytes == 0;
    auto &[start, allocation] = *--after;
    return bytes == 0 || address + bytes <= start + allocation.bytes;
}

Result copy(void *to, const void *from, size_t bytes, const char *what) {
    if (current < 0) return INVALID_CONTEXT;
    if (state.failed()) return FAILED;
    // An empty copy has no valid pointer.
    if (bytes == 0) return INVALID_VALUE;
    count(what);
    count((std::string(what) + " bytes").c_str(), bytes);
    memcpy(to, from, bytes);
    return SUCCESS;
}

} // namespace

extern "C" {

Result cuDriverGetVersion(int *version) {
    *version = int(number("EMULATED_GPU_CUDA", 12080));
    return SUCCESS;
}

Result cuInit(unsigned) { return state.gpus > 0 ? SUCCESS : NO_DEVICE; }

Result cuDeviceGetCount(int *count) {
    *count = int(state.gpus);
    return SUCCESS;
}

Result cuDeviceGet(int *device, int ordinal) {
    if (ordinal < 0 || ordinal >= state.gpus) return INVALID_DEVICE;
    *device = ordinal;
    return SUCCESS;
}

Result cuDeviceGetName(char *name, int length, int device) {
    snprintf(name, size_t(length), "emulated GPU %d", device);
    return SUCCESS;
}

Result cuDeviceTotalMem_v2(size_t *bytes, int) {
    *bytes = state.memory;
    return SUCCESS;
}

Result cuDeviceGetAttribute(int *value, int attribute, int) {
    *value = attribute == MAJOR ? 9 : attribute == MEMORY_POOLS ? 1 : 0;
    return SUCCESS;
}

Result cuDevicePrimaryCtxRetain(void **context, int device) {
    *context = contexts + device;
    return SUCCESS;
}

Result cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }

Result cuCtxSetCurrent(void *context) {
    current = context ? int(static_cast<char *>(context) - contexts) : -1;
    return SUCCESS;
}

Result cuGetErrorName(Result error, const char **name) {
    switch (int(error)) {
    case OUT_OF_MEMORY: *name = "CUDA_ERROR_OUT_OF_MEMORY"; break;
    case INVALID_CONTEXT: *name = "CUDA_ERROR_INVALID_CONTEXT"; break;
    case INVALID_VALUE: *name = "CUDA_ERROR_INVALID_VALUE"; break;
    case 999: *name = "CUDA_ERROR_UNKNOWN"; break;
    default: *name = error == FAILED ? "CUDA_ERROR_ILLEGAL_ADDRESS" : "CUDA_ERROR_OF_THE_EMULATION"; break;
    }
    return SUCCESS;
}

Result cuGetErrorString(Result error, const char **text) { return cuGetErrorName(error, text); }

Result cuModuleLoadData(Module **module, const char *image) {
    if (current < 0) return INVALID_CONTEXT;
    if (state.failed()) return FAILED;
    void *library = dlopen(image, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "emulated GPU: %s\n", dlerror());
        return INVALID_IMAGE;
    }
    *module = new Module{library, {}};
    count("cuModuleLoadData");
    return SUCCESS;
}

Result cuModuleLoad(Module **module, const char *path) { return cuModuleLoadData(module, path); }

// Libraries stay loaded: threads that exit later have thread-local variables of theirs.
Result cuModuleUnload(Module *module) {
    delete module;
    return SUCCESS;
}

Result cuModuleGetFunction(Kernel **kernel, Module *module, const char *name) {
    void *entry = dlsym(module->library, (std::string("emulated_") + name).c_str());
    if (!entry) return NOT_FOUND;
    *kernel = &module->kernels.insert_or_assign(name, Kernel{name, Entry(entry)}).first->second;
    return SUCCESS;
}

Result cuMemGetInfo_v2(size_t *free, size_t *total) {
    if (current < 0) return INVALID_CONTEXT;
    if (state.failed()) return FAILED;
    std::lock_guard guard(state.lock);
    *total = state.memory;
    *free = state.memory - state.used[current];
    return SUCCESS;
}

Result cuMemAlloc_v2(uint64_t *address, size_t bytes) {
    if (current < 0) return INVALID_CONTEXT;
    if (state.failed()) return FAILED;
    if (bytes == 0) return INVALID_VALUE;
    count("cuMemAlloc");
    std::lock_guard guard(state.lock);
    if (state.allocated++ >= state.allocatable) return FAILED;
    if (bytes > state.memory - state.used[current]) return OUT_OF_MEMORY;
    auto *memory = static_cast<unsigned char *>(malloc(bytes + 2 * GUARD));
    memset(memory, FENCE, GUARD);
    memset(memory + GUARD, NOTHING, bytes);
    memset(memory + GUARD + bytes, FENCE, GUARD);
    *address = uint64_t(memory + GUARD);
    state.used[current] += bytes;
    state.most = std::max(state.most, state.used[current]);
    state.allocations[*address] = {bytes, current};
    return SUCCESS;
}

Result cuMemFreeAsync(uint64_t address, void *) {
    if (state.failed()) return FAILED;
    count("cuMemFree");
    std::lock_guard guard(state.lock);
    auto at = state.allocations.find(address);
    if (at == state.allocations.end()) found("memory is freed that was not allocated");
    auto [bytes, gpu] = at->second;
    auto *memory = reinterpret_cast<unsigned char *>(address) - GUARD;
    for (size_t i = 0; i < GUARD; i++) {
        if (memory[i] != FENCE) found("something wrote before the start of an allocation");
        if (memory[GUARD + bytes + i] != FENCE) found("something wrote beyond an allocation");
    }
    memset(memory + GUARD, NOTHING, bytes);
    free(memory);
    state.leaving[gpu] += bytes;
    state.allocations.erase(at);
    return SUCCESS;
}

// Memory freed on a stream becomes available once the stream is synchronized.
Result cuStreamSynchronize(void *) {
    if (current < 0) return INVALID_CONTEXT;
    count("cuStreamSynchronize");
    if (state.failed()) return FAILED;
    std::lock_guard guard(state.lock);
    state.used[current] -= std::exchange(state.leaving[current], 0);
    return SUCCESS;
}

Result cuMemFree_v2(uint64_t address) {
    Result result = cuMemFreeAsync(address, nullptr);
    return result == SUCCESS ? cuStreamSynchronize(nullptr) : result;
}

Result cuMemAllocAsync(uint64_t *address, size_t bytes, void *) {
    return cuMemAlloc_v2(address, bytes);
}

Result cuDeviceGetDefaultMemPool(void **pool, int device) {
    *pool = contexts + device;
    return SUCCESS;
}

Result cuMemPoolSetAttribute(void *pool, int attribute, uint64_t *bytes) {
    bool known = pool >= contexts && pool < contexts + MOST_GPUS && attribute == RELEASE_THRESHOLD;
    if (!known || *bytes == 0) return INVALID_VALUE;
    count("cuMemPoolSetAttribute");
    return SUCCESS;
}

Result cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t bytes) {
    if (!inside(to, bytes)) return FAILED;
    return copy(reinterpret_cast<void *>(to), from, bytes, "host to device");
}

Result cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *) {
    return cuMemcpyHtoD_v2(to, from, bytes);
}

Result cuMemcpyDtoH_v2(void *to, uint64_t from, size_t bytes) {
    if (!inside(from, bytes)) return FAILED;
    return copy(to, reinterpret_cast<void *>(from), bytes, "device to host");
}

Result cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *) {
    return cuMemcpyDtoH_v2(to, from, bytes);
}

Result cuMemcpyDtoD_v2(uint64_t to, uint64_t from, size_t bytes) {
    if (!inside(from, bytes) || !inside(to, bytes)) return FAILED;
    return copy(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from), bytes,
                "device to device");
}

Result cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void *) {
    return cuMemcpyDtoD_v2(to, from, bytes);
}

Result cuMemsetD8_v2(uint64_t to, unsigned char value, size_t bytes) {
    if (current < 0) return INVALID_CONTEXT;
    if (state.failed()) return FAILED;
    if (bytes == 0) return INVALID_VALUE;
    if (!inside(to, bytes)) return FAILED;
    count("cuMemset");
    memset(reinterpret_cast<void *>(to), value, bytes);
    return SUCCESS;
}

Result cuMemsetD8Async(uint64_t to, unsigned char value, size_t bytes, void *) {
    return cuMemsetD8_v2(to, value, bytes);
}

Result cuStreamCreate(void **stream, unsigned) {
    *stream = nullptr;
    return SUCCESS;
}
Result cuStreamDestroy_v2(void *) { return SUCCESS; }
Result cuStreamWaitEvent(void *, void *, unsigned) { return SUCCESS; }
Result cuEventCreate(void **event, unsigned) {
    *event = nullptr;
    return SUCCESS;
}
Result cuEventDestroy_v2(void *) { return SUCCESS; }
Result cuEventRecord(void *, void *) { return SUCCESS; }

Result cuLaunchKernel(Kernel *kernel, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                      unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared, void *,
                      void **parameters, void **) {
    if (current < 0) return INVALID_CONTEXT;
    if (state.failed()) return FAILED;
    const unsigned sizes[] = {grid_x, grid_y, grid_z, block_x, block_y, block_z};
    for (unsigned size : sizes) {
        if (size == 0) return INVALID_VALUE;
    }
    bool fits = grid_y < 65536 && grid_z < 65536 && block_x <= 1024 && block_y <= 1024 &&
                block_z <= 64 && block_x * block_y * block_z <= 1024 && shared == 0;
    if (!fits) return INVALID_VALUE;
    count(("kernel " + kernel->name).c_str());
    unsigned long salt;
    {
        std::lock_guard guard(state.lock);
        salt = state.launches++;
    }
    kernel->entry(parameters, sizes, salt);
    return SUCCESS;
}

// For cublas.cpp.
__attribute__((visibility("default"))) void emulated_count(const char *what) { count(what); }
}
