// What takes parts of arrays.

#include "engine/models/operators/move.h"
#include "engine/models/operators/typed.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitstill::foreign {

namespace {

using Maps = std::vector<std::vector<int>>;

Maps identityMaps(const Shape& shape)
{
    Maps maps;
    for (const int d : shape) {
        maps.emplace_back(static_cast<std::size_t>(d));
        std::iota(maps.back().begin(), maps.back().end(), 0);
    }
    return maps;
}

/// Padding before and after by axis; negative amounts cut away.
struct Padding {
    std::vector<std::int64_t> before, after;
};

Padding paddingOf(const Call& call)
{
    const auto rank = static_cast<std::size_t>(call.rank(0));
    const auto given = call.integers("pads", 1);
    call.need(given.has_value(), text("its input %1 is missing", "2"));
    std::vector<int> axes;
    for (const std::int64_t a : call.integers("axes", 3).value_or(std::vector<std::int64_t>{})) axes.push_back(call.axis(a, call.rank(0)));
    if (axes.empty())
        for (std::size_t d = 0; d < rank; ++d) axes.push_back(static_cast<int>(d));
    call.need(given->size() == 2 * axes.size(), text("its attribute %1 is of another type than it takes", "pads"));
    Padding p{std::vector<std::int64_t>(rank, 0), std::vector<std::int64_t>(rank, 0)};
    for (std::size_t i = 0; i < axes.size(); ++i) {
        p.before[static_cast<std::size_t>(axes[i])] = (*given)[i];
        p.after[static_cast<std::size_t>(axes[i])] = (*given)[axes.size() + i];
    }
    for (std::size_t d = 0; d < rank; ++d)
        call.need(std::max(p.before[d], p.after[d]) <= 1 << 28 && std::min(p.before[d], p.after[d]) >= -(1 << 28),
            text("its attribute %1 is of another type than it takes", "pads"));
    return p;
}

Shapes padShape(const Call& call)
{
    const Padding p = paddingOf(call);
    std::vector<std::int64_t> shape;
    for (std::size_t d = 0; d < p.before.size(); ++d) shape.push_back(call.shape(0)[d] + p.before[d] + p.after[d]);
    return {call.checked(shape)};
}

/// Where an index outside [0, size) of the input is found, −1: nowhere.
int padded(std::int64_t i, int size, const std::string& mode)
{
    if (i >= 0 && i < size) return static_cast<int>(i);
    if (size == 0 || mode == "constant") return -1;
    if (mode == "edge") return i < 0 ? 0 : size - 1;
    if (mode == "wrap") return static_cast<int>(((i % size) + size) % size);
    if (size == 1) return 0;
    const std::int64_t period = 2 * (std::int64_t{size} - 1), at = ((i % period) + period) % period;
    return static_cast<int>(at < size ? at : period - at);
}

Arrays pad(const Call& call, const Shapes& shapes)
{
    const Padding p = paddingOf(call);
    const std::string mode = call.word("mode", "constant");
    call.need(mode == "constant" || mode == "edge" || mode == "reflect" || mode == "wrap", text("its attribute %1 is %2", "mode", mode));
    const Array& x = call.input(0);
    Maps maps(shapes[0].size());
    for (std::size_t d = 0; d < maps.size(); ++d)
        for (int i = 0; i < shapes[0][d]; ++i) maps[d].push_back(padded(i - p.before[d], x.shape[d], mode));
    Array fill = zeros(x.type(), {});
    if (const auto value = call.node().attributes.find("value"); value != call.node().attributes.end())
        fill = castTo(call, Array{{}, std::vector<float>{call.number("value", 0)}}, x.type());
    else if (call.has(2) && call.input(2).size() == 1)
        fill = castTo(call, call.input(2), x.type());
    return single(picked(call, x, maps, &fill));
}

/// What is taken along an axis: `count` indices from `from` on, `step` apart.
struct Span {
    std::int64_t from = 0, step = 1, count = 0;
};

Span spanOf(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t size)
{
    const auto within = [size](std::int64_t at, std::int64_t low, std::int64_t high) {
        return std::clamp(at < -size ? low : at < 0 ? at + size : at, low, high);
    };
    const std::int64_t from = step > 0 ? within(start, 0, size) : within(start, 0, size - 1);
    const std::int64_t to = step > 0 ? within(end, 0, size) : within(end, -1, size - 1);
    const std::int64_t distance = step > 0 ? to - from : from - to, stride = step > 0 ? step : -step;
    return {from, step, size > 0 && distance > 0 ? (distance + stride - 1) / stride : 0};
}

std::vector<Span> spansOf(const Call& call)
{
    const auto starts = call.integers("starts", 1), ends = call.integers("ends", 2);
    call.need(starts && ends && starts->size() == ends->size(), text("its input %1 is missing", "2"));
    std::vector<std::int64_t> axes(starts->size());
    std::iota(axes.begin(), axes.end(), 0);
    axes = call.integers("axes", 3).value_or(axes);
    const auto steps = call.integers("steps", 4).value_or(std::vector<std::int64_t>(axes.size(), 1));
    call.need(
        axes.size() == starts->size() && steps.size() == axes.size(), text("its attribute %1 is of another type than it takes", "axes"));
    std::vector<Span> spans;
    for (const int size : call.shape(0)) spans.push_back({0, 1, size});
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const auto axis = static_cast<std::size_t>(call.axis(axes[i], call.rank(0)));
        call.need(steps[i] != 0 && steps[i] > -(std::int64_t{1} << 40) && steps[i] < std::int64_t{1} << 40,
            text("its attribute %1 is %2", "steps", std::to_string(steps[i])));
        spans[axis] = spanOf((*starts)[i], (*ends)[i], steps[i], call.shape(0)[axis]);
    }
    return spans;
}

Shapes sliceShape(const Call& call)
{
    Shape shape;
    for (const Span& span : spansOf(call)) shape.push_back(static_cast<int>(span.count));
    return {shape};
}

Arrays slice(const Call& call, const Shapes&)
{
    Maps maps;
    for (const Span& span : spansOf(call)) {
        maps.emplace_back();
        for (std::int64_t i = 0; i < span.count; ++i) maps.back().push_back(static_cast<int>(span.from + i * span.step));
    }
    return single(picked(call, call.input(0), maps));
}

Shapes splitShape(const Call& call)
{
    const auto axis = static_cast<std::size_t>(call.axis(call.integer("axis", 0), call.rank(0)));
    const std::int64_t size = call.shape(0)[axis], parts = static_cast<std::int64_t>(call.node().outputs.size());
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(parts), (size + parts - 1) / parts);
    // What does not divide evenly is missing in the last.
    sizes.back() = size - (parts - 1) * sizes.back();
    sizes = call.integers("split", 1).value_or(sizes);
    std::int64_t sum = 0;
    bool fits = static_cast<std::int64_t>(sizes.size()) == parts;
    for (const std::int64_t s : sizes) {
        fits = fits && s >= 0 && s <= size;
        sum += fits ? s : 0;
    }
    call.need(fits && sum == size, text("its parts do not make up axis %1 of %2", std::to_string(axis), describe(call.shape(0))));
    Shapes shapes(sizes.size(), call.shape(0));
    for (std::size_t i = 0; i < sizes.size(); ++i) shapes[i][axis] = static_cast<int>(sizes[i]);
    return shapes;
}

Arrays splitApart(const Call& call, const Shapes& shapes)
{
    const auto axis = static_cast<std::size_t>(call.axis(call.integer("axis", 0), call.rank(0)));
    Arrays parts;
    int from = 0;
    for (const Shape& shape : shapes) {
        Maps maps = identityMaps(shape);
        for (int& index : maps[axis]) index += from;
        from += shape[axis];
        parts.push_back(picked(call, call.input(0), maps));
    }
    return parts;
}

Shapes gatherShape(const Call& call)
{
    const auto axis = static_cast<std::ptrdiff_t>(call.axis(call.integer("axis", 0), call.rank(0)));
    const Shape &x = call.shape(0), &indices = call.shape(1);
    std::vector<std::int64_t> shape(x.begin(), x.begin() + axis);
    shape.insert(shape.end(), indices.begin(), indices.end());
    shape.insert(shape.end(), x.begin() + axis + 1, x.end());
    return {call.checked(shape)};
}

Arrays gather(const Call& call, const Shapes& shapes)
{
    const auto axis = static_cast<std::size_t>(call.axis(call.integer("axis", 0), call.rank(0)));
    const Array& x = call.input(0);
    const Array indices = castTo(call, call.input(1), "I64");
    Maps maps = identityMaps(x.shape);
    maps[axis].clear();
    for (std::size_t i = 0; i < indices.size(); ++i) maps[axis].push_back(call.axis(valuesOf<std::int64_t>(indices)[i], x.shape[axis]));
    return single(reshaped(picked(call, x, maps), shapes[0]));
}

/// `to` by its number in ONNX.
Arrays cast(const Call& call, const Shapes&)
{
    static const std::map<std::int64_t, const char*> names{
        {1, "F32"}, {2, "U8"}, {3, "I8"}, {6, "I32"}, {7, "I64"}, {9, "BOOL"}, {11, "F64"}};
    const std::int64_t to = call.integer("to", 0);
    call.need(names.contains(to), text("its attribute %1 is %2", "to", std::to_string(to)));
    return single(castTo(call, call.input(0), names.at(to)));
}

std::int64_t rangeCount(const Call& call)
{
    std::int64_t count = 0;
    const Array &a = call.input(0), b = castTo(call, call.input(1), a.type()), step = castTo(call, call.input(2), a.type());
    call.need(
        a.size() == 1 && b.size() == 1 && step.size() == 1, text("shapes %1 and %2 do not fit", describe(a.shape), describe(b.shape)));
    withTypes<float, double, std::int32_t, std::int64_t>(call, a, [&](auto t) {
        using T = decltype(t);
        const double steps = std::ceil(
            (static_cast<double>(*valuesOf<T>(b)) - static_cast<double>(*valuesOf<T>(a))) / static_cast<double>(*valuesOf<T>(step)));
        count = steps > 0 ? static_cast<std::int64_t>(std::min(steps, 1e9)) : 0;
    });
    return count;
}

Shapes rangeShape(const Call& call) { return {call.checked({rangeCount(call)})}; }

Arrays range(const Call& call, const Shapes& shapes)
{
    const Array &a = call.input(0), step = castTo(call, call.input(2), a.type());
    Array y = zeros(a.type(), shapes[0]);
    withTypes<float, double, std::int32_t, std::int64_t>(call, a, [&](auto t) {
        using T = decltype(t);
        for (std::size_t i = 0; i < y.size(); ++i)
            if constexpr (std::is_integral_v<T>)
                valuesOf<T>(y)[i] =
                    static_cast<T>(static_cast<std::uint64_t>(*valuesOf<T>(a)) + i * static_cast<std::uint64_t>(*valuesOf<T>(step)));
            else
                valuesOf<T>(y)[i] = *valuesOf<T>(a) + static_cast<T>(i) * *valuesOf<T>(step);
    });
    return single(std::move(y));
}

} // namespace

Table indexOperators()
{
    return {{"Cast", sameShape, cast}, {"Gather", gatherShape, gather}, {"Pad", padShape, pad}, {"Range", rangeShape, range},
        {"Slice", sliceShape, slice}, {"Split", splitShape, splitApart}};
}

} // namespace bitstill::foreign
