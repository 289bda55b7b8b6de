#include "app/main_window.h"
#include "app/translator.h"
#include "widgets/icons.h"

#include "engine/experiment/record.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QLocale>
#include <memory>

using namespace bitstill;

namespace {

/// Holds the window, and makes it anew when language or theme change.
class Shell : public QObject {
public:
    explicit Shell(QApplication& application) : m_application(application) { open(Settings::load()); }

    MainWindow* window() { return m_window.get(); }

private:
    void open(const Settings& settings)
    {
        const bool korean =
            settings.language.isEmpty() ? QLocale::system().language() == QLocale::Korean : settings.language == QLatin1String("ko");
        const bool darkDesktop = m_application.palette().window().color().lightness() < 128;
        const bool dark = settings.theme.isEmpty() ? darkDesktop : settings.theme == QLatin1String("dark");
        const QString language = korean ? QStringLiteral("ko") : QStringLiteral("en");
        if (m_translator) m_application.removeTranslator(m_translator.get());
        m_translator = std::make_unique<Translator>(language);
        m_application.installTranslator(m_translator.get());
        m_window = std::make_unique<MainWindow>(settings, dark ? Theme::darkTheme() : Theme::light(), language);
        // Queued: the old window is still inside the click that asked for the new one.
        connect(
            m_window.get(), &MainWindow::lookChanged, this,
            [this](const Settings& next) {
                next.save();
                open(next);
            },
            Qt::QueuedConnection);
        m_window->show();
    }

    QApplication& m_application;
    std::unique_ptr<Translator> m_translator;
    std::unique_ptr<MainWindow> m_window;
};

} // namespace

int main(int argc, char** argv)
{
    initializeResources();
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("bitstill"));
    QApplication::setOrganizationName(QStringLiteral("bitstill"));
    QApplication::setApplicationVersion(QString::fromStdString(versionText()));
    QApplication::setStyle(QStringLiteral("fusion"));
    QApplication::setFont(Theme::body());
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("See, understand and do neural-network compression."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("SPEC.json"), QStringLiteral("an experiment to open"), QStringLiteral("[SPEC.json]"));
    parser.process(application);
    qRegisterMetaType<bitstill::Settings>();
    Shell shell(application);
    if (!parser.positionalArguments().isEmpty()) shell.window()->openFile(parser.positionalArguments().first());
    return QApplication::exec();
}
