#include "app/cli/commands.h"

#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/io/arrays.h"
#include "engine/io/files.h"
#include "engine/measure/error_measures.h"
#include "engine/quant/observer.h"

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

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
    if ((a.bits < 2 || a.bits > 8) && a.bits != 16)
        throw WrongUse{"--bits " + std::to_string(a.bits) + " is out of range; choose 2 to 8, or 16"};
    if (!a.file.ends_with(".npy") && !a.file.ends_with(".safetensors"))
        throw WrongUse{a.file + ": only .safetensors and .npy files are read"};
    schemeOf(a.scheme);
    profileOf(a.profile);
    if (!a.against.empty()) profileOf(a.against);
    makeObserver(a.observer);
}

} // namespace

int quantize(const QuantizeArguments& a)
{
    check(a);
    NamedArrays input;
    if (a.file.ends_with(".npy"))
        input.emplace(std::filesystem::path(a.file).stem().string(), readNpy(a.file));
    else
        input = readSafetensors(a.file);
    std::vector<std::string> names;
    for (const auto& [name, array] : input) names.push_back(name);
    if (!a.tensor.empty() && !input.contains(a.tensor)) {
        const std::string near = nearest(a.tensor, names);
        throw Error(
            a.file, "there is no tensor \"" + a.tensor + "\"", near.empty() ? "it has " + joined(names) : "did you mean " + near + "?");
    }
    NamedArrays output;
    nlohmann::json report = nlohmann::json::object();
    for (const auto& [name, array] : input) {
        const bool isFloat = array.values.index() < 2;
        if (a.tensor.empty() ? !isFloat : name != a.tensor) continue;
        const Tensor x = array.toTensor(name);
        if (x.empty()) throw Error(a.file, "tensor " + name + " is empty", "leave it out with --tensor");
        const Blocks blocks = blocksOf(x.shape(), granularityOf(a));
        const Scheme scheme = schemeOf(a.scheme);
        const std::vector<Extent> extents = observedExtents(a.observer, a.bits, scheme, x.data(), blocks, name);
        const QuantParameters p = chooseParameters(a.bits, scheme, blocks, extents, profileOf(a.profile));
        std::vector<std::int32_t> codes(x.size());
        Tensor y = x;
        bitstill::quantize(x.data(), p, codes.data());
        dequantize(codes.data(), p, y.data());
        const int channels = static_cast<int>(p.scale.size());
        output[name + ".codes"] = {x.shape(), codes};
        output[name + ".scale"] = {{channels}, p.scale};
        output[name + ".zero_point"] = {{channels}, std::vector<std::int64_t>(p.zeroPoint.begin(), p.zeroPoint.end())};
        output[name + ".output"] = Array::of(y);
        const double sqnr = sqnrDb(x.data(), y.data(), x.size());
        report[name] = {{"sqnr_db", sqnr}, {"rmse", rmse(x.data(), y.data(), x.size())}, {"scales", channels}, {"values", x.size()}};
        if (!a.json)
            std::cout << name << "  " << describe(x.shape()) << "  " << channels << (channels == 1 ? " scale" : " scales") << "  SQNR "
                      << fixed(sqnr, 2) << " dB\n";
        if (a.against.empty()) continue;
        const ProfileDifference d = compareCodes(x.data(), p, chooseParameters(a.bits, scheme, blocks, extents, profileOf(a.against)));
        report[name]["against"] = {{"profile", a.against}, {"differing", d.differing}, {"largest_in_codes", d.largestInCodes},
            {"largest_in_value", d.largestInValue}};
        if (!a.json)
            std::cout << "  against " << a.against << ": " << grouped(static_cast<std::int64_t>(d.differing)) << " of "
                      << grouped(static_cast<std::int64_t>(d.values)) << " codes differ, by " << d.largestInCodes << " at most; values by "
                      << significant(d.largestInValue, 3) << '\n';
    }
    if (output.empty()) throw Error(a.file, "holds no tensor of floats", "choose another file");
    writeFile(a.out,
        safetensorsBytes(
            output, {{"bits", std::to_string(a.bits)}, {"scheme", a.scheme}, {"observer", a.observer}, {"profile", a.profile}}));
    if (a.json) std::cout << report.dump(2) << '\n';
    return 0;
}

} // namespace bitstill::cli
