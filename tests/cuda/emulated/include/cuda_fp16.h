// The part of half precision that dfdx's kernels refer to; float32 kernels do not use it.
#pragma once
#include <cmath>
#include <cstring>

struct __half {
    float value;
    __half() = default;
    template <class T> __half(T value) : value(float(value)) {}
    operator float() const { return value; }
    template <class T> __half &operator+=(T other) { value += float(other); return *this; }
    template <class T> __half &operator-=(T other) { value -= float(other); return *this; }
    template <class T> __half &operator*=(T other) { value *= float(other); return *this; }
    template <class T> __half &operator/=(T other) { value /= float(other); return *this; }
};
using half = __half;

#define HALF(OPERATOR)                                                                             \
    inline __half operator OPERATOR(__half a, __half b) { return a.value OPERATOR b.value; }
HALF(+) HALF(-) HALF(*) HALF(/)
#undef HALF
#define HALF(OPERATOR)                                                                             \
    inline bool operator OPERATOR(__half a, __half b) { return a.value OPERATOR b.value; }
HALF(<) HALF(>) HALF(<=) HALF(>=) HALF(==) HALF(!=)
#undef HALF
inline __half operator-(__half a) { return -a.value; }

inline float __half2float(__half a) { return a.value; }
inline __half __float2half(float a) { return a; }
inline bool __hisnan(__half a) { return std::isnan(a.value); }
inline __half __habs(__half a) { return std::fabs(a.value); }
inline __half __hmax_nan(__half a, __half b) { return a.value > b.value || __hisnan(a) ? a : b; }
inline __half __hmin_nan(__half a, __half b) { return a.value < b.value || __hisnan(a) ? a : b; }
inline __half hcos(__half a) { return std::cos(a.value); }
inline __half hsin(__half a) { return std::sin(a.value); }
inline __half hsqrt(__half a) { return std::sqrt(a.value); }
inline __half hlog(__half a) { return std::log(a.value); }
inline __half hexp(__half a) { return std::exp(a.value); }
inline unsigned short __half_as_ushort(__half a) { return (unsigned short)a.value; }
inline __half __ushort_as_half(unsigned short a) { return float(a); }
