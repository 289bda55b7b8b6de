#pragma once

#include "engine/core/tensor.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <vector>

/// Largest |a − b|, relative to the largest |b| (or absolute when b is zero).
inline double relativeError(const float* a, const float* b, std::size_t n)
{
    double error = 0, size = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (!std::isfinite(a[i])) return std::numeric_limits<double>::infinity();
        error = std::max(error, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
        size = std::max(size, std::abs(static_cast<double>(b[i])));
    }
    return size > 0 ? error / size : error;
}

inline double relativeError(const bitstill::Tensor& a, const bitstill::Tensor& b)
{
    return a.size() == b.size() ? relativeError(a.data(), b.data(), a.size()) : std::numeric_limits<double>::infinity();
}

/// NCHW to NHWC and back; a 2-D array stays as it is.
inline bitstill::Tensor toNhwc(const bitstill::Tensor& x)
{
    const bitstill::Shape& s = x.shape();
    if (s.size() != 4) return x;
    bitstill::Tensor y({s[0], s[2], s[3], s[1]});
    std::size_t i = 0;
    for (int n = 0; n < s[0]; ++n)
        for (int c = 0; c < s[1]; ++c)
            for (int h = 0; h < s[2]; ++h)
                for (int w = 0; w < s[3]; ++w) y[static_cast<std::size_t>(((n * s[2] + h) * s[3] + w) * s[1] + c)] = x[i++];
    return y;
}
