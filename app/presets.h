#pragma once

#include "engine/experiment/spec.h"

#include <QString>
#include <vector>

namespace bitstill {

/// Settings under a name: a spec's document with a title and a sentence, each in English and Korean or in one for both. The seed is none of
/// them: whoever takes a preset keeps the one of the form.
struct Preset {
    QString title, about;
    Spec spec; ///< complete and valid
    QString file;
    bool own = false; ///< made by the user, who may delete it
};

/// What is there for an experiment: those that come with Bitstill, then the user's own, by title; and what is wrong with files among them
/// that are passed over.
struct Presets {
    std::vector<Preset> all;
    std::vector<Text> passedOver;
};
Presets presetsOf(const std::string& experiment, const QString& language);

/// Where the user's own are.
QString presetFolder();
/// Keeps the settings as the user's own. Throws Error when they do not validate, when the title is empty, too long or taken, and when they
/// cannot be written.
void savePreset(const QString& title, const Spec& spec);

} // namespace bitstill
