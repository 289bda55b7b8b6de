#include "app/look.h"
#include "app/main_window.h"
#include "app/signals.h"
#include "paint/translate.h"
#include "widgets/icons.h"

#include "engine/core/cpu_isa.h"
#include "engine/core/error.h"
#include "engine/experiment/record.h"

#include <QApplication>
#include <QCommandLineParser>
#include <iostream>
#include <optional>

using namespace bitstill;

namespace {

/// Says, in the language of the settings, what is wrong with BITSTILL_MAX_CPU_ISA.
bool canCompute()
{
    try {
        cpuIsa();
        return true;
    } catch (const Error& e) {
        Look look;
        look.apply(Settings::load());
        std::cerr << toQString(e.sentence()).toStdString() << '\n';
        return false;
    }
}

} // namespace

int main(int argc, char** argv)
{
    initializeResources();
    // A desktop's own dialogs would speak the desktop's language in the desktop's colours.
    QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
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
    parser.addPositionalArgument(QStringLiteral("FILE"),
        QStringLiteral("a model (.onnx, .tflite), an experiment (.json) or a sweep's folder to open"), QStringLiteral("[FILE]"));
    parser.process(application);
    if (!canCompute()) return 1;
    std::optional<MainWindow> window;
    // Before the window, whose first run may be under way when somebody wants it closed.
    const SignalWatch watch([&window] {
        window->close();
        QApplication::quit(); // out of dialogs too
    });
    window.emplace(Settings::load());
    window->show();
    if (!parser.positionalArguments().isEmpty()) window->openFile(parser.positionalArguments().first());
    return QApplication::exec();
}
