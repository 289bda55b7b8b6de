#pragma once

#include "engine/experiment/catalogue.h"
#include "engine/experiment/spec.h"

/// Stretches times under sanitizers.
#if defined(__SANITIZE_THREAD__)
constexpr int kSlow = 200;
#elif defined(__SANITIZE_ADDRESS__)
constexpr int kSlow = 20;
#else
constexpr int kSlow = 1;
#endif

/// The experiment at a size that takes well under a second: few drawn digits, a small network.
inline bitstill::Spec quickSpec(const std::string& id)
{
    bitstill::Spec spec = bitstill::defaultSpec(id);
    const bitstill::ExperimentInfo& info = bitstill::experimentInfo(id);
    const auto set = [&](const char* key, const bitstill::Value& value) {
        if (bitstill::fieldOf(info, key)) spec.values[key] = value;
    };
    set("data.set", std::string("strokes"));
    set("data.samples", std::int64_t{600});
    set("model.name", std::string("mlp-16"));
    set("train.epochs", std::int64_t{2});
    set("train.batch", std::int64_t{32});
    set("sweep.narrowest", std::int64_t{4});
    set("sweep.widest", std::int64_t{8});
    set("sweep.seeds", std::int64_t{2});
    set("distill.teacher", std::string("mlp-32"));
    set("distill.teacher_epochs", std::int64_t{2});
    set("distill.labels", std::int64_t{200});
    set("distill.seeds", std::int64_t{2});
    set("quant.aware_epochs", std::int64_t{1});
    set("quant.calibration", std::int64_t{64});
    set("repair.samples", std::int64_t{128});
    set("repair.epochs", std::int64_t{4});
    set("values.count", std::int64_t{1000});
    return spec;
}

/// The same where nothing asks for images: a digit is 784 weights for each neuron, and AdaRound goes over each a thousand times.
inline bitstill::Spec quickestSpec(const std::string& id)
{
    bitstill::Spec spec = quickSpec(id);
    if (id == "which-layer") spec.values["data.set"] = std::string("rings");
    return spec;
}
