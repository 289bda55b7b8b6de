#pragma once

#include "engine/experiment/spec.h"

#include <QByteArray>
#include <QString>

namespace bitstill {

/// What is remembered between starts. Broken or foreign entries are passed over.
struct Settings {
    QByteArray geometry;
    QByteArray splitter;
    QString experiment;
    QString theme; ///< "light", "dark" or empty: as the desktop
    QString language; ///< "ko", "en" or empty: as the desktop
    QString folder; ///< last exported to

    bool operator==(const Settings&) const = default;

    static Settings load();
    void save() const;

    /// The fields of an experiment as they were left; those that are not valid (any more) at their defaults.
    static Spec loadSpec(const std::string& experiment);
    static void saveSpec(const Spec& spec);
};

} // namespace bitstill
