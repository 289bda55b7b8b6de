#include "engine/models/operators/window.h"

#include <algorithm>

namespace bitstill::foreign {

namespace {

/// The attribute for each axis, `fallback` where it is not there. Bounded so that no product leaves 32 bits.
Shape perAxis(const Call& call, const char* name, std::size_t count, std::int64_t fallback, std::int64_t lowest)
{
    const std::vector<std::int64_t> given = call.integers(name).value_or(std::vector<std::int64_t>(count, fallback));
    if (!(given.size() == count)) call.fail(text("its attribute %1 is of another type than it takes", name));
    Shape values;
    for (const std::int64_t v : given) {
        if (!(v >= lowest && v <= 1 << 20)) call.fail(text("its attribute %1 is %2", name, std::to_string(v)));
        values.push_back(static_cast<int>(v));
    }
    return values;
}

/// TensorFlow's SAME: as many outputs as strides fit into the input, the odd row where `upper` says.
void padSame(Window& w, bool upper)
{
    for (std::size_t d = 0; d < w.axes(); ++d) {
        const std::int64_t out = (std::int64_t{w.in[d]} + w.strides[d] - 1) / w.strides[d];
        const std::int64_t reach = (out - 1) * w.strides[d] + std::int64_t{w.kernel[d] - 1} * w.dilations[d] + 1;
        const int total = static_cast<int>(std::max<std::int64_t>(reach - w.in[d], 0));
        (upper ? w.before : w.after)[d] = total / 2;
        (upper ? w.after : w.before)[d] = total - total / 2;
    }
}

} // namespace

Shape kernelOf(const Call& call)
{
    if (!(call.rank(0) >= 3)) call.fail(text("it wants an input of three dimensions or more, not of shape %1", describe(call.shape(0))));
    return perAxis(call, "kernel_shape", static_cast<std::size_t>(call.rank(0)) - 2, 0, 1);
}

Window windowOf(const Call& call, const Shape& kernel)
{
    const Shape& x = call.shape(0);
    if (!(x.size() >= 3 && kernel.size() == x.size() - 2))
        call.fail(text("it wants an input of three dimensions or more, not of shape %1", describe(x)));
    Window w{.in = Shape(x.begin() + 2, x.end()), .kernel = kernel, .strides = {}, .dilations = {}, .before = {}, .after = {}, .out = {}};
    std::int64_t taps = 1;
    for (const int k : kernel) {
        if (!(k >= 1)) call.fail(text("its kernel %1 is larger than its padded input %2", describe(kernel), describe(w.in)));
        taps = std::min<std::int64_t>(taps * k, 1 << 24);
    }
    if (!(taps <= 1 << 20)) call.fail(text("its kernel %1 is larger than its padded input %2", describe(kernel), describe(w.in)));
    w.strides = perAxis(call, "strides", w.axes(), 1, 1);
    w.dilations = perAxis(call, "dilations", w.axes(), 1, 1);
    const Shape pads = perAxis(call, "pads", 2 * w.axes(), 0, 0);
    w.before.assign(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(w.axes()));
    w.after.assign(pads.begin() + static_cast<std::ptrdiff_t>(w.axes()), pads.end());
    for (std::size_t d = 0; d < w.axes(); ++d) {
        const std::int64_t reach = std::int64_t{kernel[d]} * w.dilations[d];
        if (!(w.in[d] <= 1 << 24 && reach <= 1 << 26))
            call.fail(text("its kernel %1 is larger than its padded input %2", describe(kernel), describe(w.in)));
    }
    const std::string automatic = call.word("auto_pad", "NOTSET");
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") padSame(w, automatic == "SAME_UPPER");
    if (automatic == "VALID") w.before = w.after = Shape(w.axes(), 0);
    const bool up = call.integer("ceil_mode", 0) != 0;
    for (std::size_t d = 0; d < w.axes(); ++d) {
        const std::int64_t reach = std::int64_t{w.kernel[d] - 1} * w.dilations[d] + 1;
        const std::int64_t room = std::int64_t{w.in[d]} + w.before[d] + w.after[d] - reach;
        if (!(room >= 0)) call.fail(text("its kernel %1 is larger than its padded input %2", describe(kernel), describe(w.in)));
        std::int64_t out = (room + (up ? w.strides[d] - 1 : 0)) / w.strides[d] + 1;
        // A window that begins in the padding behind the input is none.
        if (up && (out - 1) * w.strides[d] >= std::int64_t{w.in[d]} + w.before[d]) --out;
        w.out.push_back(static_cast<int>(out));
    }
    return w;
}

bool next(Shape& at, const Shape& shape)
{
    for (std::size_t d = shape.size(); d-- > 0;) {
        if (++at[d] < shape[d]) return true;
        at[d] = 0;
    }
    return false;
}

} // namespace bitstill::foreign
