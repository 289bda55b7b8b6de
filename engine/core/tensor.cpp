#include "engine/core/tensor.h"

#include <algorithm>
#include <cassert>

namespace bitstill {

std::size_t elements(const Shape& shape)
{
    std::size_t n = 1;
    for (const int d : shape) n *= static_cast<std::size_t>(d);
    return n;
}

std::string describe(const Shape& shape)
{
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

Tensor::Tensor(Shape shape, float value) : m_shape(std::move(shape)), m_size(elements(m_shape))
{
    m_data.reset(static_cast<float*>(::operator new[](std::max<std::size_t>(m_size, 1) * sizeof(float), std::align_val_t{64})));
    fill(value);
}

Tensor::Tensor(Shape shape, const std::vector<float>& values) : Tensor(std::move(shape))
{
    assert(values.size() == m_size);
    std::copy(values.begin(), values.end(), begin());
}

Tensor::Tensor(const Tensor& other)
{
    if (other.m_data) *this = Tensor(other.m_shape); // one without values stays so: it is no number either
    std::copy(other.begin(), other.end(), begin());
}

Tensor& Tensor::operator=(const Tensor& other)
{
    if (this != &other) *this = Tensor(other);
    return *this;
}

void Tensor::fill(float value) { std::fill(begin(), end(), value); }

} // namespace bitstill
