#pragma once

#include "engine/models/onnx/read.h"
#include "tests/support/onnx_model.h"

#include <random>

namespace bitstill {

inline std::vector<float> numbers(std::size_t n, unsigned seed, float scale = 1)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, scale);
    std::vector<float> values(n);
    for (float& v : values) v = normal(random);
    return values;
}

/// Samples for it.
inline NamedArrays inputs(int samples, const Shape& each = {3, 8, 8})
{
    Shape shape{samples};
    shape.insert(shape.end(), each.begin(), each.end());
    return {{"x", {shape, numbers(elements(shape), 7)}}};
}

/// Conv, BatchNormalization, Relu, MaxPool, depthwise Conv, Add, pooling, dense, Softmax.
inline foreign::Network classifier()
{
    OnnxModel m;
    m.input("x", {-1, 3, 8, 8});
    m.weights("w1", {4, 3, 3, 3}, numbers(108, 1, 0.3f))
        .node("Conv", {"x", "w1"}, {"c1"})
        .with("pads", std::vector<std::int64_t>{1, 1, 1, 1});
    m.weights("g", {4}, {1.5f, 0.5f, -1, 2}).weights("b", {4}, {0.1f, -0.2f, 0.3f, 0});
    m.weights("m", {4}, {0.2f, 0, -0.1f, 0.4f}).weights("v", {4}, {0.5f, 1, 2, 0.7f});
    m.node("BatchNormalization", {"c1", "g", "b", "m", "v"}, {"n1"}).node("Relu", {"n1"}, {"r1"});
    m.node("MaxPool", {"r1"}, {"p1"})
        .with("kernel_shape", std::vector<std::int64_t>{2, 2})
        .with("strides", std::vector<std::int64_t>{2, 2});
    m.weights("w2", {4, 1, 3, 3}, numbers(36, 2, 0.4f)).weights("b2", {4}, {0.1f, 0.2f, 0, -0.1f});
    m.node("Conv", {"p1", "w2", "b2"}, {"c2"}).with("pads", std::vector<std::int64_t>{1, 1, 1, 1}).with("group", 4);
    m.node("Add", {"c2", "p1"}, {"s"}).node("GlobalAveragePool", {"s"}, {"a"}).node("Flatten", {"a"}, {"f"});
    m.weights("w3", {4, 5}, numbers(20, 3)).weights("b3", {5}, {0.1f, 0, 0, 0.2f, -0.3f});
    m.node("MatMul", {"f", "w3"}, {"d"}).node("Add", {"d", "b3"}, {"l"}).node("Softmax", {"l"}, {"y"}).output("y");
    return foreign::readOnnxBytes(m.bytes(), "m.onnx");
}

} // namespace bitstill
