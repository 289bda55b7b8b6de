#include "app/look.h"

#include "app/translator.h"

#include <QApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QPalette>

namespace bitstill {

Look::Look() : m_darkDesktop(QApplication::palette().window().color().lightness() < 128), m_theme(Theme::light()) { }

Look::~Look() = default;

void Look::apply(const Settings& settings)
{
    const bool korean =
        settings.language.isEmpty() ? QLocale::system().language() == QLocale::Korean : settings.language == QLatin1String("ko");
    m_language = korean ? QStringLiteral("ko") : QStringLiteral("en");
    const bool dark = settings.theme.isEmpty() ? m_darkDesktop : settings.theme == QLatin1String("dark");
    m_theme = dark ? Theme::darkTheme() : Theme::light();

    // Destroying one removes it. Ours is asked first.
    m_own.reset();
    m_qt = std::make_unique<QTranslator>();
    if (korean && m_qt->load(QStringLiteral("qtbase_ko"), QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QCoreApplication::installTranslator(m_qt.get());
    m_own = std::make_unique<Translator>(m_language);
    QCoreApplication::installTranslator(m_own.get());

    QApplication::setPalette(m_theme.palette());
    qApp->setStyleSheet(m_theme.styleSheet());
}

} // namespace bitstill
