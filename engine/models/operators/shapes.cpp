// What changes shapes and moves values.

#include "engine/models/operators/move.h"
#include "engine/models/operators/typed.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace bitstill::foreign {

namespace {

using Dimensions = std::vector<std::int64_t>;

Arrays sameValues(const Call& call, const Shapes& shapes) { return single(reshaped(call.input(0), shapes[0])); }

/// 0 keeps a dimension (unless allowzero), −1 takes what is left.
Shapes reshapeShape(const Call& call)
{
    const Shape& x = call.shape(0);
    const auto given = call.integers("shape", 1);
    call.need(given.has_value(), text("its input %1 is missing", "2"));
    Dimensions wanted = *given;
    const Text misfit = text("shapes %1 and %2 do not fit", describe(x), describe(Shape(wanted.begin(), wanted.end())));
    std::ptrdiff_t open = -1;
    std::int64_t product = 1;
    for (std::size_t d = 0; d < wanted.size(); ++d) {
        if (wanted[d] == 0 && call.integer("allowzero", 0) == 0) {
            call.need(d < x.size(), misfit);
            wanted[d] = x[d];
        }
        call.need(wanted[d] >= 0 || (wanted[d] == -1 && open < 0), misfit);
        if (wanted[d] == -1)
            open = static_cast<std::ptrdiff_t>(d);
        else
            call.need(!__builtin_mul_overflow(product, wanted[d], &product), misfit);
    }
    const auto n = static_cast<std::int64_t>(elements(x));
    if (open >= 0) wanted[static_cast<std::size_t>(open)] = product == 0 ? 0 : n / product;
    const Shape shape = call.checked(wanted);
    call.need(elements(shape) == elements(x), misfit);
    return {shape};
}

Shapes flattenShape(const Call& call)
{
    const Shape& x = call.shape(0);
    const std::int64_t axis = call.integer("axis", 1);
    const int rank = call.rank(0), at = axis == rank ? rank : call.axis(axis, rank);
    std::int64_t rows = 1, columns = 1;
    for (int d = 0; d < rank; ++d) (d < at ? rows : columns) *= x[static_cast<std::size_t>(d)];
    return {call.checked({rows, columns})};
}

Shapes squeezeShape(const Call& call)
{
    const Shape& x = call.shape(0);
    const bool all = !call.integers("axes", 1);
    const std::vector<int> axes = call.axes(1, call.rank(0));
    Shape shape;
    for (int d = 0; d < call.rank(0); ++d) {
        const int size = x[static_cast<std::size_t>(d)];
        const bool chosen = std::ranges::binary_search(axes, d);
        call.need(all || !chosen || size == 1, text("axis %1 of %2 is not 1", std::to_string(d), describe(x)));
        if (!chosen || size != 1) shape.push_back(size);
    }
    return {shape};
}

Shapes unsqueezeShape(const Call& call)
{
    const auto given = call.integers("axes", 1);
    call.need(given.has_value() && given->size() <= 32, text("its input %1 is missing", "2"));
    const int rank = call.rank(0) + static_cast<int>(given->size());
    std::vector<int> axes;
    for (const std::int64_t a : *given) axes.push_back(call.axis(a, rank));
    Dimensions shape(call.shape(0).begin(), call.shape(0).end());
    std::ranges::sort(axes);
    call.need(std::ranges::adjacent_find(axes) == axes.end(), text("its attribute %1 is of another type than it takes", "axes"));
    for (const int a : axes) shape.insert(shape.begin() + a, 1);
    return {call.checked(shape)};
}

Shapes shapeShape(const Call& call)
{
    const std::int64_t rank = call.rank(0);
    const auto within = [&](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + rank : i, 0, rank); };
    return {{static_cast<int>(std::max<std::int64_t>(within(call.integer("end", rank)) - within(call.integer("start", 0)), 0))}};
}

Arrays shapeValues(const Call& call, const Shapes& shapes)
{
    const Shape& x = call.shape(0);
    const std::int64_t rank = call.rank(0), start = call.integer("start", 0);
    const auto from = static_cast<std::size_t>(std::clamp<std::int64_t>(start < 0 ? start + rank : start, 0, rank));
    Array y = zerosOf<std::int64_t>(shapes[0]);
    for (std::size_t i = 0; i < y.size(); ++i) valuesOf<std::int64_t>(y)[i] = x[from + i];
    return single(std::move(y));
}

Shapes oneValue(const Call&) { return {{}}; }
Arrays sizeValue(const Call& call, const Shapes&)
{
    return {Array{{}, std::vector<std::int64_t>{static_cast<std::int64_t>(elements(call.shape(0)))}}};
}

Shapes constantShape(const Call& call) { return {call.checked(call.integers("shape", 0).value_or(Dimensions{}))}; }

Arrays constantOfShape(const Call& call, const Shapes& shapes)
{
    const auto found = call.node().attributes.find("value");
    const Array* value = found == call.node().attributes.end() ? nullptr : std::get_if<Array>(&found->second);
    call.need(!value || value->size() == 1, text("its attribute %1 is of another type than it takes", "value"));
    const Array zero = zerosOf<float>({1});
    const Array& one = value ? *value : zero;
    const std::size_t width = widthOf(call, one);
    Array y = zeros(one.type(), shapes[0]);
    for (std::size_t i = 0; i < y.size(); ++i) std::memcpy(bytesIn(y) + i * width, bytesIn(one), width);
    return single(std::move(y));
}

Shapes expandShape(const Call& call)
{
    const auto given = call.integers("shape", 1);
    call.need(given.has_value(), text("its input %1 is missing", "2"));
    const Shape wanted = call.checked(*given);
    return broadcastShape(Call(call.node(), {{true, call.shape(0), nullptr}, {true, wanted, nullptr}}));
}

/// Of an array stretched or repeated along its axes: as many axes as `wide`.
std::vector<std::vector<int>> repeating(const Shape& x, const Shape& wide)
{
    std::vector<std::vector<int>> maps(wide.size());
    for (std::size_t d = 0; d < wide.size(); ++d) {
        const int own = d + x.size() < wide.size() ? 1 : x[d + x.size() - wide.size()];
        for (int i = 0; i < wide[d]; ++i) maps[d].push_back(i % own);
    }
    return maps;
}

Arrays repeated(const Call& call, const Shapes& shapes)
{
    const Shape& x = call.shape(0);
    Shape padded(shapes[0].size() - x.size(), 1);
    padded.insert(padded.end(), x.begin(), x.end());
    return single(picked(call, reshaped(call.input(0), padded), repeating(padded, shapes[0])));
}

Shapes tileShape(const Call& call)
{
    const auto repeats = call.integers("repeats", 1);
    call.need(repeats.has_value() && repeats->size() == call.shape(0).size(), text("its input %1 is missing", "2"));
    Dimensions shape;
    for (std::size_t d = 0; d < repeats->size(); ++d) {
        std::int64_t size = 0;
        call.need(!__builtin_mul_overflow(std::int64_t{call.shape(0)[d]}, (*repeats)[d], &size), text("its input %1 is missing", "2"));
        shape.push_back(size);
    }
    return {call.checked(shape)};
}

std::vector<int> permutation(const Call& call)
{
    const int rank = call.rank(0);
    std::vector<int> order(static_cast<std::size_t>(rank));
    for (int d = 0; d < rank; ++d) order[static_cast<std::size_t>(d)] = rank - 1 - d;
    if (const auto given = call.integers("perm")) {
        order.clear();
        for (const std::int64_t a : *given) order.push_back(call.axis(a, rank));
        std::vector<int> sorted = order;
        std::ranges::sort(sorted);
        call.need(static_cast<int>(order.size()) == rank && std::ranges::adjacent_find(sorted) == sorted.end(),
            text("its attribute %1 is of another type than it takes", "perm"));
    }
    return order;
}

Shapes transposeShape(const Call& call)
{
    Shape shape;
    for (const int d : permutation(call)) shape.push_back(call.shape(0)[static_cast<std::size_t>(d)]);
    return {shape};
}

Arrays transpose(const Call& call, const Shapes&) { return single(permuted(call, call.input(0), permutation(call))); }

Shapes concatShape(const Call& call)
{
    const int axis = call.axis(call.integer("axis", 1), call.rank(0));
    Dimensions shape(call.shape(0).begin(), call.shape(0).end());
    for (std::size_t i = 1; i < call.inputs(); ++i) {
        Shape s = call.shape(i);
        call.need(s.size() == shape.size(), text("shapes %1 and %2 do not fit", describe(call.shape(0)), describe(s)));
        for (std::size_t d = 0; d < s.size(); ++d)
            call.need(
                static_cast<int>(d) == axis || s[d] == shape[d], text("shapes %1 and %2 do not fit", describe(call.shape(0)), describe(s)));
        shape[static_cast<std::size_t>(axis)] += s[static_cast<std::size_t>(axis)];
    }
    return {call.checked(shape)};
}

Arrays concat(const Call& call, const Shapes& shapes)
{
    const auto axis = static_cast<std::size_t>(call.axis(call.integer("axis", 1), call.rank(0)));
    const std::string type = call.input(0).type();
    Array y = zeros(type, shapes[0]);
    const std::size_t width = widthOf(call, y);
    std::size_t outer = 1, inner = width;
    for (std::size_t d = 0; d < shapes[0].size(); ++d) (d < axis ? outer : inner) *= d == axis ? 1 : static_cast<std::size_t>(shapes[0][d]);
    const std::size_t row = inner * static_cast<std::size_t>(shapes[0][axis]);
    std::size_t at = 0;
    for (std::size_t i = 0; i < call.inputs(); ++i) {
        const Array& x = call.input(i);
        call.need(x.type() == type, text("type %1 is not computed here", x.type()));
        const std::size_t piece = inner * static_cast<std::size_t>(x.shape[axis]);
        for (std::size_t o = 0; o < outer && piece > 0; ++o) std::memcpy(bytesIn(y) + o * row + at, bytesIn(x) + o * piece, piece);
        at += piece;
    }
    return single(std::move(y));
}

/// [n, c, h, w] by blocks of b×b: to [n, c/b², h·b, w·b], or (SpaceToDepth) the other way.
int blockOf(const Call& call, bool toSpace)
{
    const std::int64_t b = call.integer("blocksize", 0);
    call.need(call.rank(0) == 4 && b > 0 && b <= 1 << 15, text("its attribute %1 is %2", "blocksize", std::to_string(b)));
    const Shape& x = call.shape(0);
    const bool fits = toSpace ? x[1] % (b * b) == 0 : x[2] % b == 0 && x[3] % b == 0;
    call.need(fits, text("its attribute %1 is %2", "blocksize", std::to_string(b)));
    return static_cast<int>(b);
}

Shapes depthToSpaceShape(const Call& call)
{
    const Shape& x = call.shape(0);
    const std::int64_t b = blockOf(call, true);
    return {call.checked({x[0], x[1] / (b * b), x[2] * b, x[3] * b})};
}

Arrays depthToSpace(const Call& call, const Shapes& shapes)
{
    const Shape& x = call.shape(0);
    const int b = blockOf(call, true), c = x[1] / (b * b);
    const bool columnFirst = call.word("mode", "DCR") == "CRD";
    const Shape apart = columnFirst ? Shape{x[0], c, b, b, x[2], x[3]} : Shape{x[0], b, b, c, x[2], x[3]};
    const std::vector<int> order = columnFirst ? std::vector<int>{0, 1, 4, 2, 5, 3} : std::vector<int>{0, 3, 4, 1, 5, 2};
    return single(reshaped(permuted(call, reshaped(call.input(0), apart), order), shapes[0]));
}

Shapes spaceToDepthShape(const Call& call)
{
    const Shape& x = call.shape(0);
    const std::int64_t b = blockOf(call, false);
    return {call.checked({x[0], x[1] * b * b, x[2] / b, x[3] / b})};
}

Arrays spaceToDepth(const Call& call, const Shapes& shapes)
{
    const Shape& x = call.shape(0);
    const int b = blockOf(call, false);
    const Shape apart{x[0], x[1], x[2] / b, b, x[3] / b, b};
    return single(reshaped(permuted(call, reshaped(call.input(0), apart), {0, 3, 5, 1, 2, 4}), shapes[0]));
}

} // namespace

namespace {

/// Indices that follow one another, or (−1) as many that are nowhere.
struct Stretch {
    int from = 0;
    std::size_t count = 0;
};

std::vector<Stretch> stretchesOf(const std::vector<int>& map)
{
    std::vector<Stretch> stretches;
    for (const int index : map) {
        const bool follows = !stretches.empty()
            && (index < 0 ? stretches.back().from < 0
                          : stretches.back().from >= 0 && index == stretches.back().from + static_cast<int>(stretches.back().count));
        if (!follows) stretches.push_back({index < 0 ? -1 : index, 0});
        ++stretches.back().count;
    }
    return stretches;
}

} // namespace

Array picked(const Call& call, const Array& x, const std::vector<std::vector<int>>& maps, const Array* fill)
{
    Shape shape;
    for (const auto& map : maps) shape.push_back(static_cast<int>(map.size()));
    Array y = zeros(x.type(), shape);
    const std::size_t width = widthOf(call, x), rank = shape.size(), n = y.size(), inner = rank == 0 ? 1 : maps[rank - 1].size();
    const std::vector<std::size_t> strides = stridesOf(x.shape);
    const std::vector<Stretch> stretches = rank == 0 ? std::vector<Stretch>{{0, 1}} : stretchesOf(maps[rank - 1]);
    const std::string with = fill ? bytesOf(*fill) : std::string();
    const bool filled = with.find_first_not_of('\0') != std::string::npos; // y is zeros
    const char* from = bytesIn(x);
    char* to = bytesIn(y);
    Shape at(rank, 0);
    for (std::size_t done = 0; done < n; done += inner) {
        std::size_t base = 0;
        bool outside = false;
        for (std::size_t d = 0; d + 1 < rank; ++d) {
            const int index = maps[d][static_cast<std::size_t>(at[d])];
            outside = outside || index < 0;
            base += strides[d] * static_cast<std::size_t>(std::max(index, 0));
        }
        for (const Stretch& s : stretches) {
            if (!outside && s.from >= 0)
                std::memcpy(to, from + (base + static_cast<std::size_t>(s.from)) * width, s.count * width);
            else if (filled)
                for (std::size_t i = 0; i < s.count; ++i) std::memcpy(to + i * width, with.data(), width);
            to += s.count * width;
        }
        for (std::size_t d = rank; d-- > 0;) {
            if (d + 1 == rank) continue;
            if (++at[d] < shape[d]) break;
            at[d] = 0;
        }
    }
    return y;
}

Array permuted(const Call& call, const Array& x, const std::vector<int>& order)
{
    const std::vector<std::size_t> own = stridesOf(x.shape);
    Shape shape;
    std::vector<std::size_t> strides;
    for (const int d : order) {
        shape.push_back(x.shape[static_cast<std::size_t>(d)]);
        strides.push_back(own[static_cast<std::size_t>(d)]);
    }
    Array y = zeros(x.type(), shape);
    const std::size_t width = widthOf(call, x), rank = shape.size();
    Shape at(rank, 0);
    std::size_t from = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
        std::memcpy(bytesIn(y) + i * width, bytesIn(x) + from * width, width);
        for (std::size_t d = rank; d-- > 0;) {
            from += strides[d];
            if (++at[d] < shape[d]) break;
            from -= strides[d] * static_cast<std::size_t>(shape[d]);
            at[d] = 0;
        }
    }
    return y;
}

Table shapeOperators()
{
    return {
        {"Concat", concatShape, concat},
        {"ConstantOfShape", constantShape, constantOfShape},
        {"DepthToSpace", depthToSpaceShape, depthToSpace},
        {"Expand", expandShape, repeated},
        {"Flatten", flattenShape, sameValues},
        {"Identity", sameShape, sameValues},
        {"Reshape", reshapeShape, sameValues},
        {"Shape", shapeShape, shapeValues},
        {"Size", oneValue, sizeValue},
        {"SpaceToDepth", spaceToDepthShape, spaceToDepth},
        {"Squeeze", squeezeShape, sameValues},
        {"Tile", tileShape, repeated},
        {"Transpose", transposeShape, transpose},
        {"Unsqueeze", unsqueezeShape, sameValues},
    };
}

} // namespace bitstill::foreign
