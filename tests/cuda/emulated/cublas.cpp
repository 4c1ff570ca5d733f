// An emulation of cuBLAS: the column-major products that the program uses. MAJOR is defined by the compiler's
// command line.
#include <dlfcn.h>

namespace {

enum Status { SUCCESS = 0, INVALID_VALUE = 7 };
enum Operation { NONE = 0, TRANSPOSED = 1 };

void count() {
    // The emulated driver is loaded by then, but not linked.
    static auto told = [] {
        void *driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
        return driver ? (void (*)(const char *))dlsym(driver, "emulated_count") : nullptr;
    }();
    if (told) told("cublas product");
}

template <class T>
Status product(int ta, int tb, int m, int n, int k, T alpha, const T *a, int lda, const T *b, int ldb,
               T beta, T *c, int ldc) {
    // A leading dimension is that of the matrix in memory, and at least the number of its rows.
    bool fits = m >= 0 && n >= 0 && k >= 0 && lda >= (ta ? k : m) && ldb >= (tb ? n : k) && ldc >= m;
    if (!fits || lda < 1 || ldb < 1 || ldc < 1) return INVALID_VALUE;
    for (int j = 0; j < n; j++) {
        T *column = c + (long)j * ldc;
        for (int i = 0; i < m; i++) column[i] = beta == 0 ? 0 : beta * column[i];
        if (ta == NONE) {
            for (int p = 0; p < k; p++) {
                T factor = alpha * (tb ? b[(long)p * ldb + j] : b[(long)j * ldb + p]);
                const T *from = a + (long)p * lda;
                for (int i = 0; i < m; i++) column[i] += factor * from[i];
            }
        } else {
            for (int i = 0; i < m; i++) {
                T sum = 0;
                const T *from = a + (long)i * lda;
                for (int p = 0; p < k; p++) {
                    sum += from[p] * (tb ? b[(long)p * ldb + j] : b[(long)j * ldb + p]);
                }
                column[i] += alpha * sum;
            }
        }
    }
    return SUCCESS;
}

template <class T>
Status products(int ta, int tb, int m, int n, int k, const T *alpha, const T *a, int lda,
                long long stride_a, const T *b, int ldb, long long stride_b, const T *beta, T *c,
                int ldc, long long stride_c, int batch) {
    count();
    for (int i = 0; i < batch; i++) {
        Status status = product(ta, tb, m, n, k, *alpha, a + i * stride_a, lda, b + i * stride_b, ldb,
                                *beta, c + i * stride_c, ldc);
        if (status != SUCCESS) return status;
    }
    return SUCCESS;
}

char handle;

} // namespace

extern "C" {

// The major version is that of the file's name.
Status cublasGetProperty(int part, int *value) {
    *value = part == 0 ? MAJOR : part;
    return part < 3 ? SUCCESS : INVALID_VALUE;
}
Status cublasCreate_v2(void **created) {
    *created = &handle;
    return SUCCESS;
}
Status cublasDestroy_v2(void *) { return SUCCESS; }
Status cublasSetStream_v2(void *, void *) { return SUCCESS; }

#define PRODUCTS(T, ONE, MANY)                                                                     \
    Status ONE(void *, int ta, int tb, int m, int n, int k, const T *alpha, const T *a, int lda,   \
               const T *b, int ldb, const T *beta, T *c, int ldc) {                                \
        return products(ta, tb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);         \
    }                                                                                              \
    Status MANY(void *, int ta, int tb, int m, int n, int k, const T *alpha, const T *a, int lda,  \
                long long stride_a, const T *b, int ldb, long long stride_b, const T *beta, T *c,  \
                int ldc, long long stride_c, int batch) {                                          \
        return products(ta, tb, m, n, k, alpha, a, lda, stride_a, b, ldb, stride_b, beta, c, ldc,  \
                        stride_c, batch);                                                          \
    }
PRODUCTS(float, cublasSgemm_v2, cublasSgemmStridedBatched)
PRODUCTS(double, cublasDgemm_v2, cublasDgemmStridedBatched)
}
