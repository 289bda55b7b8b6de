#include "engine/models/export/read_back.h"

#include "engine/core/error.h"
#include "engine/models/run.h"

#include <algorithm>
#include <cmath>

namespace bitstill {

namespace {

constexpr std::size_t kRowsAtOnce = 50; ///< a whole test set as floats may be gigabytes

const foreign::ValueInfo& infoOf(const foreign::Network& file, foreign::ValueId id) { return file.values[static_cast<std::size_t>(id)]; }

} // namespace

Array exportInput(const foreign::Network& file, const Dataset& data, const Samples& samples, std::span<const std::uint32_t> rows)
{
    const SampleShape s = data.shape;
    const auto places = static_cast<std::size_t>(s.height * s.width), channels = static_cast<std::size_t>(s.channels);
    std::vector<float> inside(rows.size() * s.size()), values(inside.size());
    data.gather(samples, rows.data(), rows.size(), inside.data());
    for (std::size_t row = 0; row < inside.size(); row += s.size())
        for (std::size_t p = 0; p < places; ++p)
            for (std::size_t c = 0; c < channels; ++c) values[row + c * places + p] = inside[row + p * channels + c];
    const int count = static_cast<int>(rows.size());
    if (infoOf(file, file.inputs.front()).shape.size() == 2) return {{count, s.features()}, std::move(values)};
    return {{count, s.channels, s.height, s.width}, std::move(values)};
}

ReadBack compared(const float* outputs, std::span<const std::uint32_t> rows, const Logits& logits)
{
    ReadBack result{.samples = rows.size()};
    const auto best = [&](const float* y) { return std::max_element(y, y + logits.classes) - y; };
    for (const std::uint32_t row : rows) {
        const float* ours = logits.row(row);
        result.equal += best(outputs) == best(ours);
        for (std::size_t c = 0; c < logits.classes; ++c)
            result.largest = std::max(result.largest, std::abs(static_cast<double>(outputs[c]) - static_cast<double>(ours[c])));
        outputs += logits.classes;
    }
    return result;
}

ReadBack readBack(const foreign::Network& file, const Dataset& data, const Samples& samples, const std::vector<std::uint32_t>& rows,
    const Logits& logits, ThreadPool& pool)
{
    if (file.inputs.size() != 1 || file.outputs.size() != 1)
        throw Error("export", text("the file has not one input and one output"), text("please report this"));
    const std::string input = infoOf(file, file.inputs.front()).name, output = infoOf(file, file.outputs.front()).name;
    std::vector<ReadBack> parts((rows.size() + kRowsAtOnce - 1) / kRowsAtOnce);
    pool.run(static_cast<int>(parts.size()), [&](int part) {
        const std::size_t first = static_cast<std::size_t>(part) * kRowsAtOnce;
        const std::span<const std::uint32_t> some = std::span(rows).subspan(first, std::min(kRowsAtOnce, rows.size() - first));
        const NamedArrays outputs = foreign::run(file, {{input, exportInput(file, data, samples, some)}});
        const Tensor theirs = outputs.at(output).toTensor(output);
        if (theirs.size() != some.size() * logits.classes)
            throw Error("export", text("the file's output is %1", describe(theirs.shape())), text("please report this"));
        parts[static_cast<std::size_t>(part)] = compared(theirs.data(), some, logits);
    });
    ReadBack all;
    for (const ReadBack& part : parts) {
        all.samples += part.samples;
        all.equal += part.equal;
        all.largest = std::max(all.largest, part.largest);
    }
    return all;
}

} // namespace bitstill
