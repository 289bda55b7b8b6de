#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/quant/number_format.h"
#include "engine/quant/observer.h"

#include <cmath>

namespace bitstill {

const std::vector<ObserverInfo>& observers()
{
    static const std::vector<ObserverInfo> all{
        {"min-max", text("the smallest and the largest value ever seen"), &makeMinMax},
        {"moving-average", text("the extremes of each batch, averaged with weight 0.01"), &makeMovingAverage},
        {"percentile", text("all but the outermost 0.01 % of the values"), &makePercentile},
        {"mse", text("the range with the smallest mean squared error"), &makeMse},
        {"entropy", text("the range whose quantized distribution diverges least (KL, 2048 bins)"), &makeEntropy},
    };
    return all;
}

const std::vector<NumberFormat>& numberFormats()
{
    static const std::vector<NumberFormat> all{
        formatFp16(),
        formatBf16(),
        formatFp8E4m3(),
        formatFp8E5m2(),
        formatNf4(),
        formatQ8(),
        formatQ4(),
        formatMxfp4(),
        formatTernary(),
        formatBinary(),
    };
    return all;
}

const NumberFormat& numberFormat(const std::string& name)
{
    std::vector<std::string> names;
    for (const NumberFormat& f : numberFormats()) {
        if (f.name == name) return f;
        names.push_back(f.name);
    }
    throw Error("quantize", text("there is no number format \"%1\"", name), text("the formats are %1", joined(names)));
}

double NumberFormat::bits(std::size_t n) const
{
    const auto count = static_cast<double>(n);
    const double scales = block == 0 ? 1 : block == 1 ? 0 : std::ceil(count / static_cast<double>(block));
    return count * bitsPerWeight + scales * bitsPerScale;
}

std::unique_ptr<Observer> makeObserver(const std::string& name)
{
    std::vector<std::string> names;
    for (const ObserverInfo& info : observers()) {
        if (info.name == name) return info.make();
        names.push_back(info.name);
    }
    throw Error("quantize", text("there is no observer \"%1\"", name), text("the observers are %1", joined(names)));
}

} // namespace bitstill
