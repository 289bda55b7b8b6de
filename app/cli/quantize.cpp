#include "app/cli/commands.h"
#include "app/cli/language.h"

#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/io/json_text.h"
#include "engine/io/packed_codes.h"
#include "engine/io/safetensors.h"
#include "engine/measure/error_measures.h"
#include "engine/quant/number_format.h"
#include "engine/quant/observer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <set>
#include <unistd.h>

namespace bitstill::cli {

namespace {

Granularity granularityOf(const QuantizeArguments& a)
{
    if (a.axis >= 0) return {.kind = Granularity::Kind::PerChannel, .axis = a.axis};
    if (a.group > 0) return {.kind = Granularity::Kind::PerGroup, .group = a.group};
    return {};
}

void check(const QuantizeArguments& a)
{
    if (a.format.empty() && a.bits == 0) throw WrongUse(text("say how: --bits 2 to 8, or 16, or --format NAME"));
    if (a.format.empty() && (a.bits < 2 || a.bits > 8) && a.bits != 16)
        throw WrongUse(text("--bits %1 is out of range; choose 2 to 8, or 16", std::to_string(a.bits)));
    if (!a.format.empty() && (a.pack || a.axis >= 0 || a.group > 0 || !a.against.empty()))
        throw WrongUse(text("--format has blocks and bits of its own: leave out --pack, --axis, --group and --against"));
    if (!a.file.ends_with(".npy") && !a.file.ends_with(".npz") && !a.file.ends_with(".safetensors"))
        throw WrongUse(text("%1: only .safetensors, .npy and .npz files are read", printable(a.file)));
    schemeOf(a.scheme);
    profileOf(a.profile);
    if (!a.against.empty()) profileOf(a.against);
    makeObserver(a.observer);
    if (!a.format.empty()) numberFormat(a.format);
}

/// The file's tensors, of which safetensors' are read one at a time.
struct Input {
    std::vector<std::string> names;
    std::function<Array(const std::string&)> read; ///< of a type that is known
    std::function<Array(const std::string&)> carry; ///< of any
    std::map<std::string, std::pair<bool, std::size_t>> floats; ///< is it of floats, and of how many dimensions
};

Input inputOf(const QuantizeArguments& a)
{
    Input input;
    if (a.file.ends_with(".safetensors")) {
        const auto file = std::make_shared<SafetensorsFile>(std::filesystem::path(a.file));
        for (const auto& [name, entry] : file->entries()) {
            input.names.push_back(name);
            input.floats[name] = {isFloatType(entry.type), entry.shape.size()};
        }
        input.read = [file](const std::string& name) { return file->read(name); };
        input.carry = [file](const std::string& name) { return file->carry(name); };
        return input;
    }
    const std::filesystem::path path = a.file;
    auto arrays = std::make_shared<NamedArrays>();
    if (a.file.ends_with(".npz"))
        *arrays = readNpz(path);
    else
        arrays->emplace(printable(path.stem().string()), readNpy(path)); // a name of the output: text
    for (const auto& [name, array] : *arrays) {
        input.names.push_back(name);
        input.floats[name] = {array.isFloat(), array.shape.size()};
    }
    input.read = input.carry = [arrays](const std::string& name) { return arrays->at(name); };
    return input;
}

/// What is quantized: the tensor that was asked for; else the floats, and of a model (something has two dimensions) its weights alone:
/// biases and statistics are few, and rounding them costs more than it saves.
std::vector<std::string> chosenOf(const Input& input, const QuantizeArguments& a)
{
    if (!a.tensor.empty()) {
        if (input.floats.contains(a.tensor)) return {a.tensor};
        const std::string near = nearest(a.tensor, input.names);
        throw Error(a.file, text("there is no tensor \"%1\"", a.tensor),
            near.empty() ? text("it has %1", joined(input.names)) : text("did you mean %1?", near));
    }
    std::size_t most = 0;
    for (const auto& [name, kind] : input.floats)
        if (kind.first) most = std::max(most, kind.second);
    std::vector<std::string> chosen;
    for (const auto& [name, kind] : input.floats)
        if (kind.first && kind.second >= std::min<std::size_t>(most, 2)) chosen.push_back(name);
    if (chosen.empty()) throw Error(a.file, text("holds no tensor of floats"), text("choose another file"));
    return chosen;
}

/// Writes a result under a name that no tensor of the input may have: it would be lost.
void put(NamedArrays& output, const Input& input, const std::string& name, Array array)
{
    if (input.floats.contains(name))
        throw Error(name, text("the file already has a tensor of this name"), text("rename it, or quantize the original file"));
    output.insert_or_assign(name, std::move(array));
}

struct Result {
    double sqnr = 0;
    std::size_t scales = 0;
    nlohmann::json report;
};

Result measured(const Tensor& x, const Tensor& y, std::size_t scales)
{
    const double sqnr = sqnrDb(x.data(), y.data(), x.size());
    return {sqnr, scales, {{"sqnr_db", sqnr}, {"rmse", rmse(x.data(), y.data(), x.size())}, {"scales", scales}, {"values", x.size()}}};
}

Result quantizeInFormat(const QuantizeArguments& a, const Input& input, const std::string& name, const Tensor& x, NamedArrays& output)
{
    for (const float v : x)
        if (!std::isfinite(v)) throw Error(name, text("%1 holds a number that is not finite", name), text("choose another file"));
    const NumberFormat& format = numberFormat(a.format);
    Tensor y = x;
    format.roundTrip(x.data(), x.size(), y.data());
    const std::size_t scales = format.bitsPerScale == 0 ? 0 : format.block == 0 ? 1 : (x.size() + format.block - 1) / format.block;
    Result result = measured(x, y, scales);
    result.report["bits_per_value"] = format.bits(x.size()) / static_cast<double>(x.size());
    put(output, input, name + ".output", Array::of(y));
    return result;
}

void compare(const QuantizeArguments& a, const Tensor& x, const QuantParameters& p, const std::vector<Range>& ranges, Result& result)
{
    const ProfileDifference d = compareCodes(x.data(), p,
        chooseParameters(a.bits, schemeOf(a.scheme), p.blocks, ranges, profileOf(a.against), scaleFloor(profileOf(a.against))));
    result.report["against"] = {
        {"profile", a.against}, {"differing", d.differing}, {"largest_in_codes", d.largestInCodes}, {"largest_in_value", d.largestInValue}};
    if (!a.json)
        std::cout << "  "
                  << said(text("against %1: %2 of %3 codes differ, by %4 at most; values by %5", a.against,
                         grouped(static_cast<std::int64_t>(d.differing)), grouped(static_cast<std::int64_t>(d.values)),
                         std::to_string(d.largestInCodes), significant(d.largestInValue, 3)))
                  << '\n';
}

Result quantizeInCodes(const QuantizeArguments& a, const Input& input, const std::string& name, const Tensor& x, NamedArrays& output)
{
    const Blocks blocks = blocksOf(x.shape(), granularityOf(a));
    const Scheme scheme = schemeOf(a.scheme);
    const std::vector<Range> ranges = observedRanges(a.observer, a.bits, scheme, x.data(), blocks, name);
    const QuantParameters p = chooseParameters(a.bits, scheme, blocks, ranges, profileOf(a.profile), scaleFloor(profileOf(a.profile)));
    std::vector<std::int32_t> codes(x.size());
    Tensor y = x;
    bitstill::quantize(x.data(), p, codes.data());
    dequantize(codes.data(), p, y.data());
    const int channels = static_cast<int>(p.scale.size());
    const bool isSigned = scheme != Scheme::AffineUnsigned;
    put(output, input, name + ".scale", {{channels}, p.scale});
    if (a.pack) {
        put(output, input, name + ".codes", packedCodes(codes, x.shape(), a.bits, isSigned));
        put(output, input, name + ".zero_point", packedCodes(p.zeroPoint, {channels}, std::max(a.bits, 8), isSigned));
    } else {
        put(output, input, name + ".codes", {x.shape(), codes});
        put(output, input, name + ".zero_point", {{channels}, std::vector<std::int64_t>(p.zeroPoint.begin(), p.zeroPoint.end())});
        put(output, input, name + ".output", Array::of(y));
    }
    Result result = measured(x, y, p.scale.size());
    if (!a.json)
        std::cout << printable(name) << "  " << describe(x.shape()) << "  " << said(counted(channels, "%1 scale", "%1 scales")) << "  SQNR "
                  << fixed(result.sqnr, 2) << " dB\n";
    if (!a.against.empty()) compare(a, x, p, ranges, result);
    return result;
}

std::map<std::string, std::string> metadataOf(const QuantizeArguments& a)
{
    if (!a.format.empty()) return {{"format", a.format}};
    std::map<std::string, std::string> metadata{
        {"bits", std::to_string(a.bits)}, {"scheme", a.scheme}, {"observer", a.observer}, {"profile", a.profile}};
    if (a.pack) metadata["packed"] = a.bits <= 4 ? "two codes a byte, the first in the low half" : "one code each";
    return metadata;
}

} // namespace

int quantize(const QuantizeArguments& a)
{
    check(a);
    const Input input = inputOf(a);
    const std::vector<std::string> chosen = chosenOf(input, a);
    std::map<std::string, std::string> metadata = metadataOf(a);
    NamedArrays output;
    nlohmann::json report = nlohmann::json::object();
    const bool terminal = isatty(STDERR_FILENO) != 0;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const std::string& name = chosen[i];
        if (terminal) std::cerr << "\r\033[K" << 100 * i / chosen.size() << " %  " << printable(name, 60) << std::flush;
        const Tensor x = input.read(name).toTensor(name);
        if (terminal) std::cerr << "\r\033[K";
        if (x.empty() && a.tensor.empty()) {
            output.insert_or_assign(name, input.carry(name)); // nothing to round
            continue;
        }
        if (x.empty()) throw Error(a.file, text("tensor %1 is empty", name), text("choose another file"));
        const Result result = a.format.empty() ? quantizeInCodes(a, input, name, x, output) : quantizeInFormat(a, input, name, x, output);
        report[name] = result.report;
        if (a.pack) metadata["shape." + name] = describe(x.shape());
        if (!a.json && !a.format.empty())
            std::cout << printable(name) << "  " << describe(x.shape()) << "  " << a.format << ", "
                      << said(text("%1 bits each", fixed(result.report["bits_per_value"].get<double>(), 2))) << "  SQNR "
                      << fixed(result.sqnr, 2) << " dB\n";
    }
    std::size_t kept = 0;
    const std::set<std::string> rounded(chosen.begin(), chosen.end());
    for (const std::string& name : input.names)
        if (!rounded.contains(name)) {
            output.insert_or_assign(name, input.carry(name));
            ++kept;
        }
    writeFile(a.out, safetensorsBytes(output, metadata));
    if (a.json) std::cout << jsonText(report, 2) << '\n';
    if (!a.json && kept > 0)
        std::cout << said(counted(static_cast<std::int64_t>(kept), "%1 other tensor kept as it was", "%1 other tensors kept as they were"))
                  << '\n';
    return 0;
}

} // namespace bitstill::cli
