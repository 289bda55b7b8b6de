#include "app/cli/foreign_rounding.h"

#include "app/cli/export_parts.h"

#include <algorithm>

namespace bitstill::cli {

QuantizationOptions foreignOptions(const ForeignRounding& rounding)
{
    QuantizationOptions o{.profile = Profile::Onnx};
    if (rounding.perChannel) o.granularity.kind = Granularity::Kind::PerChannel;
    if (rounding.target == ExportTarget::TensorRt) o.activationScheme = Scheme::Symmetric;
    if (rounding.weightsAlone) {
        o.weightBits = 4;
        o.activationBits = 0;
    }
    takeBits(rounding.bits, o);
    return o;
}

void refuseRounded(const foreign::Network& network, const std::string& what)
{
    if (std::ranges::count(network.nodes, "QuantizeLinear", &foreign::Node::op) > 0)
        throw Error(printable(what), text("it is quantized already"), text("--precision float32 takes it as it is"));
}

foreign::Quantizer calibrated(foreign::Network network, const NamedArrays& samples, const QuantizationOptions& options, ThreadPool& pool)
{
    foreign::Quantizer quantizer(std::move(network), samples, kForeignObserver, pool);
    std::vector<std::string> names;
    for (const foreign::WeightLayer& layer : quantizer.layers()) names.push_back(layer.name);
    requireLayers(options, names);
    return quantizer;
}

} // namespace bitstill::cli
