#pragma once

#include "app/settings.h"
#include "paint/theme.h"

#include <QTranslator>
#include <memory>

namespace bitstill {

/// Theme and language of the whole application: what the settings say, or else the desktop.
class Look {
public:
    Look();
    ~Look();

    /// Widgets made from now on speak this language; those that are there keep the words that they have.
    void apply(const Settings& settings);

    const Theme& theme() const { return m_theme; }
    /// "ko" or "en".
    const QString& language() const { return m_language; }

private:
    bool m_darkDesktop;
    Theme m_theme;
    QString m_language;
    std::unique_ptr<QTranslator> m_own, m_qt;
};

} // namespace bitstill
