#include "app/cli/commands.h"
#include "app/cli/language.h"

#include "engine/core/text.h"
#include "engine/data/catalogue.h"
#include "engine/distill/method.h"
#include "engine/experiment/catalogue.h"
#include "engine/nn/zoo.h"
#include "engine/quant/number_format.h"
#include "engine/quant/observer.h"

#include <iomanip>
#include <iostream>

namespace bitstill::cli {

namespace {

void row(const std::string& name, const std::string& text, int width = 16)
{
    std::cout << std::left << std::setw(width) << name << "  " << text << '\n';
}

std::string domain(const Field& f)
{
    std::vector<std::string> values;
    for (const Field::Choice& c : f.choices) values.push_back(c.value);
    switch (f.kind) {
    case Field::Kind::Int:
    case Field::Kind::Real: return shortest(f.low) + "..." + shortest(f.high) + (f.unit.empty() ? "" : " " + f.unit);
    case Field::Kind::Choice: return joined(values);
    case Field::Kind::Name: return said(text("such as %1", joined(values)));
    case Field::Kind::Flag: return "true, false";
    case Field::Kind::File: return said(text("a path"));
    }
    return {};
}

const ExperimentInfo& infoOf(const std::string& what, const std::string& experiment)
{
    if (experiment.empty()) throw WrongUse(text("list %1: whose? Say for example: bitstill-cli list %1 before-after", what));
    try {
        return experimentInfo(experiment);
    } catch (const Error& e) {
        throw WrongUse(e.sentence());
    }
}

void listNetworks(const std::string& experiment)
{
    const std::vector<KeptNetwork>& networks = infoOf("networks", experiment).networks;
    if (networks.empty()) row("none", said(text("this experiment trains nothing")));
    for (const KeptNetwork& n : networks) row(n.name, said(n.what), 20);
}

void listFields(const std::string& experiment)
{
    for (const Field& f : infoOf("fields", experiment).fields)
        std::cout << std::left << std::setw(24) << f.key << "  "
                  << said(f.live ? text("default %1, live", describe(f.initial)) : text("default %1", describe(f.initial))) << "  ("
                  << domain(f) << ")\n"
                  << std::string(26, ' ') << said(f.help) << '\n';
}

} // namespace

int list(const std::string& what, const std::string& experiment)
{
    const std::vector<std::string> known{"experiments", "fields", "networks", "models", "datasets", "methods", "observers", "formats"};
    if (!experiment.empty() && what != "fields" && what != "networks")
        throw WrongUse(text("list %1 takes nothing more, \"%2\" is too much", printable(what), printable(experiment)));
    if (what == "experiments")
        for (const ExperimentInfo& e : experiments()) row(e.id, said(e.question));
    else if (what == "fields")
        listFields(experiment);
    else if (what == "networks")
        listNetworks(experiment);
    else if (what == "models")
        for (const ModelFamily& m : modelFamilies()) row(m.example, said(m.description));
    else if (what == "datasets")
        for (const DatasetInfo& d : datasets()) row(d.id, said(d.description));
    else if (what == "methods") {
        row("static", said(text("post-training quantization: weights and activations rounded, ranges from calibration")));
        row("dynamic", said(text("weights quantized, activations with each sample's own range")));
        row("straight-through", said(text("quantization-aware training; gradients pass straight through the rounding")));
        row("learned-step", said(text("quantization-aware training with trained step sizes (LSQ)")));
        for (const DistillMethod& m : distillMethods()) row(m.name, said(m.description));
    } else if (what == "observers")
        for (const ObserverInfo& o : observers()) row(o.name, said(o.description));
    else if (what == "formats") {
        row("int2 ... int8", said(text("integers with a scale: symmetric, affine or affine-unsigned")));
        for (const NumberFormat& f : numberFormats()) row(f.name, said(f.description));
    } else {
        const std::string near = nearest(what, known);
        throw WrongUse(text("list: there is no \"%1\"; %2", printable(what),
            near.empty() ? text("choose one of %1", joined(known)) : text("did you mean %1?", near)));
    }
    return 0;
}

} // namespace bitstill::cli
