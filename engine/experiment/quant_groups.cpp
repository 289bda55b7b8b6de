#include "engine/experiment/groups.h"

namespace bitstill {

Fields quantFields()
{
    const Text group = text("Quantization");
    return {
        {.key = "quant.bits",
            .kind = Field::Kind::Int,
            .group = group,
            .label = text("Bits"),
            .help = text("Bits per weight: 8 give 255 levels, 4 give 15, 2 give 3 (symmetric)."),
            .initial = std::int64_t{4},
            .low = 2,
            .high = 8,
            .live = true},
        {.key = "quant.scheme",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Scheme"),
            .help = text("symmetric: levels mirrored about 0; affine: levels spread from the smallest to the largest value."),
            .initial = std::string("symmetric"),
            .choices = {{"symmetric", text("symmetric")}, {"affine", text("affine")}, {"affine-unsigned", text("affine, unsigned")}},
            .live = true},
        {.key = "quant.granularity",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Granularity"),
            .help = text("per tensor: one scale for a whole layer; per channel: one for each output."),
            .initial = std::string("per-tensor"),
            .choices = {{"per-tensor", text("per tensor")}, {"per-channel", text("per channel")}},
            .live = true},
    };
}

Field activationBitsField()
{
    return {.key = "quant.activation_bits",
        .kind = Field::Kind::Choice,
        .group = text("Quantization"),
        .label = text("Activation bits"),
        .help = text("Bits per activation, or float to leave activations unquantized."),
        .initial = std::string("8"),
        .choices = {{"8", "8"}, {"7", "7"}, {"6", "6"}, {"5", "5"}, {"4", "4"}, {"3", "3"}, {"2", "2"}, {"float", text("float")}},
        .live = true};
}

Fields awareFields(int epochs)
{
    const Text group = text("Quantization");
    return {
        {.key = "quant.aware_epochs",
            .kind = Field::Kind::Int,
            .group = group,
            .label = text("QAT epochs"),
            .help = text("Epochs of further training with quantization simulated."),
            .initial = std::int64_t{epochs},
            .low = 1,
            .high = 50},
        {.key = "quant.aware_method",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("QAT method"),
            .help = text("straight-through: ranges follow the values; learned steps: the step sizes are trained too (LSQ)."),
            .initial = std::string("learned-step"),
            .choices = {{"straight-through", text("straight-through")}, {"learned-step", text("learned steps")}}},
    };
}

Field formatField()
{
    std::vector<Field::Choice> formats{{kIntegerFormat, text("integers")}};
    for (const NumberFormat& f : numberFormats()) formats.push_back({f.name, f.name});
    return {.key = "quant.format",
        .kind = Field::Kind::Choice,
        .group = text("Quantization"),
        .label = text("Format"),
        .help = text("How a number is stored: as an integer with a scale, or in another number format."),
        .initial = std::string(kIntegerFormat),
        .choices = formats,
        .live = true};
}

const NumberFormat* quantFormat(const Spec& spec)
{
    const std::string& name = spec.word("quant.format");
    return name == kIntegerFormat ? nullptr : &numberFormat(name);
}

Fields calibrationFields()
{
    const Text group = text("Quantization");
    std::vector<std::string> names;
    for (const ObserverInfo& o : observers()) names.push_back(o.name);
    return {
        {.key = "quant.observer",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Observer"),
            .help = text("How calibration chooses the activation ranges."),
            .initial = std::string("min-max"),
            .choices = choicesOf(names)},
        {.key = "quant.calibration",
            .kind = Field::Kind::Int,
            .group = group,
            .label = text("Calibration samples"),
            .help = text("Training samples that the activation ranges are measured on."),
            .initial = std::int64_t{512},
            .low = 1,
            .high = 10000,
            .logarithmic = true},
        {.key = "quant.profile",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Rounding convention"),
            .help = text("Toolkits differ in symmetric ranges and rounding; pytorch also uses the lowest code."),
            .initial = std::string("bitstill"),
            .choices = choicesOf(profileNames())},
        {.key = "quant.edges_at_8",
            .kind = Field::Kind::Flag,
            .group = group,
            .label = text("Keep first and last layer at 8 bits"),
            .help = text("The first and last layer keep 8 bits, as in most published low-bit results."),
            .initial = false},
    };
}

Scheme quantScheme(const Spec& spec) { return schemeOf(spec.word("quant.scheme")); }

Granularity quantGranularity(const Spec& spec)
{
    return {.kind = spec.word("quant.granularity") == "per-channel" ? Granularity::Kind::PerChannel : Granularity::Kind::PerTensor};
}

int quantActivationBits(const Spec& spec)
{
    const std::string& bits = spec.word("quant.activation_bits");
    return bits == "float" ? 0 : std::stoi(bits);
}

AwareMethod quantAwareMethod(const Spec& spec)
{
    return spec.word("quant.aware_method") == "learned-step" ? AwareMethod::LearnedStep : AwareMethod::StraightThrough;
}

TrainOptions awareOptions(const Spec& spec)
{
    TrainOptions o = trainOptions(spec);
    o.epochs = static_cast<int>(spec.integer("quant.aware_epochs"));
    o.schedule.learningRate /= 5;
    return o;
}

Calibration quantCalibration(const Spec& spec)
{
    return {
        .samples = static_cast<std::size_t>(spec.integer("quant.calibration")), .observer = spec.word("quant.observer"), .seed = spec.seed};
}

Profile quantProfile(const Spec& spec) { return profileOf(spec.word("quant.profile")); }

Text quantName(const Spec& spec)
{
    const std::string bits = std::to_string(spec.integer("quant.bits"));
    const bool perChannel = spec.word("quant.granularity") == "per-channel";
    switch (quantScheme(spec)) {
    case Scheme::Symmetric: return perChannel ? text("%1-bit symmetric, per channel", bits) : text("%1-bit symmetric, per tensor", bits);
    case Scheme::Affine: return perChannel ? text("%1-bit affine, per channel", bits) : text("%1-bit affine, per tensor", bits);
    case Scheme::AffineUnsigned:
        return perChannel ? text("%1-bit unsigned affine, per channel", bits) : text("%1-bit unsigned affine, per tensor", bits);
    }
    return {};
}

} // namespace bitstill
