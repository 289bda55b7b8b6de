#pragma once

#include "engine/experiment/spec.h"
#include "paint/export_options.h"

#include <QByteArray>
#include <QStringList>
#include <QVariant>

namespace bitstill {

/// What is remembered between starts. Broken or foreign entries are passed over.
struct Settings {
    QByteArray geometry;
    QByteArray splitter;
    QString experiment;
    QString theme; ///< "light", "dark" or empty: as the desktop
    QString language; ///< "ko", "en" or empty: as the desktop
    QString folder; ///< last exported to
    ExportOptions figures; ///< as they were last exported
    QStringList figureFormats{QStringLiteral("svg"), QStringLiteral("csv")}; ///< of all figures at once

    bool operator==(const Settings&) const = default;

    /// Where they are kept: bitstill/bitstill.conf among the user's configuration files.
    static QString file();
    /// Where what a user has made is kept: bitstill among the user's data.
    static QString dataFolder();
    /// Why they are not kept; empty when they are.
    static Text problem();

    static Settings load();
    void save() const;

    /// The fields of an experiment as they were left; those that are not valid (any more) at their defaults.
    static Spec loadSpec(const std::string& experiment);
    static void saveSpec(const Spec& spec);

    /// What else is remembered, each under a key of its own; not valid where there is nothing.
    static QVariant recalled(const QString& key);
    static void remember(const QString& key, const QVariant& value);
};

} // namespace bitstill
