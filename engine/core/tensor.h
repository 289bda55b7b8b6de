#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace bitstill {

using Shape = std::vector<int>;

/// Number of elements of a shape; 1 for the empty one.
std::size_t elements(const Shape& shape);
/// "[16, 3, 3]"
std::string describe(const Shape& shape);

/// Dense row-major float32 array, 64-byte aligned. Copies copy the data.
class Tensor {
public:
    Tensor() = default;
    explicit Tensor(Shape shape, float value = 0);
    Tensor(Shape shape, const std::vector<float>& values);
    Tensor(const Tensor& other);
    Tensor& operator=(const Tensor& other);
    Tensor(Tensor&&) noexcept = default;
    Tensor& operator=(Tensor&&) noexcept = default;

    const Shape& shape() const { return m_shape; }
    std::size_t size() const { return m_size; }
    bool empty() const { return m_size == 0; }
    float* data() { return m_data.get(); }
    const float* data() const { return m_data.get(); }
    float* begin() { return data(); }
    float* end() { return data() + m_size; }
    const float* begin() const { return data(); }
    const float* end() const { return data() + m_size; }
    float& operator[](std::size_t i) { return m_data[i]; }
    float operator[](std::size_t i) const { return m_data[i]; }
    void fill(float value);

private:
    struct Free {
        void operator()(float* p) const { ::operator delete[](p, std::align_val_t{64}); }
    };
    Shape m_shape;
    std::size_t m_size = 0;
    std::unique_ptr<float[], Free> m_data;
};

} // namespace bitstill
