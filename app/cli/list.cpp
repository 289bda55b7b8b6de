#include "app/cli/commands.h"

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
    case Field::Kind::Name: return "such as " + joined(values);
    case Field::Kind::Flag: return "true, false";
    case Field::Kind::File: return "a path";
    }
    return {};
}

const ExperimentInfo& infoOf(const std::string& what, const std::string& experiment)
{
    if (experiment.empty()) throw WrongUse{"list " + what + ": whose? Say for example: bitstill-cli list " + what + " before-after"};
    try {
        return experimentInfo(experiment);
    } catch (const Error& e) {
        throw WrongUse{e.what()};
    }
}

void listNetworks(const std::string& experiment)
{
    const std::vector<KeptNetwork>& networks = infoOf("networks", experiment).networks;
    if (networks.empty()) row("none", "this experiment trains nothing");
    for (const KeptNetwork& n : networks) row(n.name, n.what.english(), 20);
}

void listFields(const std::string& experiment)
{
    for (const Field& f : infoOf("fields", experiment).fields)
        std::cout << std::left << std::setw(24) << f.key << "  default " << describe(f.initial) << (f.live ? ", live" : "") << "  ("
                  << domain(f) << ")\n"
                  << std::string(26, ' ') << f.help.english() << '\n';
}

} // namespace

int list(const std::string& what, const std::string& experiment)
{
    const std::vector<std::string> known{"experiments", "fields", "networks", "models", "datasets", "methods", "observers", "formats"};
    if (!experiment.empty() && what != "fields" && what != "networks")
        throw WrongUse{"list " + printable(what) + " takes nothing more, \"" + printable(experiment) + "\" is too much"};
    if (what == "experiments")
        for (const ExperimentInfo& e : experiments()) row(e.id, e.question.english());
    else if (what == "fields")
        listFields(experiment);
    else if (what == "networks")
        listNetworks(experiment);
    else if (what == "models")
        for (const ModelFamily& m : modelFamilies()) row(m.example, m.description);
    else if (what == "datasets")
        for (const DatasetInfo& d : datasets()) row(d.id, d.description);
    else if (what == "methods") {
        row("static", "post-training quantization: weights and activations rounded, ranges from calibration");
        row("dynamic", "weights rounded, each sample's activations as they come");
        row("straight-through", "quantization-aware training; gradients pass the rounding unchanged");
        row("learned-step", "quantization-aware training with step sizes that are trained too (LSQ)");
        for (const DistillMethod& m : distillMethods()) row(m.name, m.description);
    } else if (what == "observers")
        for (const ObserverInfo& o : observers()) row(o.name, o.description);
    else if (what == "formats") {
        row("int2 ... int8", "integers with a scale: symmetric, affine or affine-unsigned");
        for (const NumberFormat& f : numberFormats()) row(f.name, f.description);
    } else {
        const std::string near = nearest(what, known);
        throw WrongUse{"list: there is no \"" + printable(what) + "\"; "
            + (near.empty() ? "choose one of " + joined(known) : "did you mean " + near + "?")};
    }
    return 0;
}

} // namespace bitstill::cli
