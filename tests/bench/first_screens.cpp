#include "tests/bench/window_bench.h"

#include "engine/experiment/catalogue.h"
#include "widgets/icons.h"

#include <QCommandLineParser>
#include <QDir>
#include <QEventLoop>
#include <QStandardPaths>

using namespace bitstill;

namespace {

/// The window as it stands once the experiment has run at its defaults.
bool photograph(const Settings& settings, const QSize& size, const QString& file)
{
    MainWindow window(settings);
    window.resize(size);
    window.show();
    if (!window.controller()->isRunning())
        window.findChild<QAbstractButton*>(QStringLiteral("runButton"))->click(); // some start by themselves
    const auto over = [&] {
        const auto latest = window.controller()->latest();
        return latest && latest->outcome != Outcome::Running && !latest->updating;
    };
    QEventLoop loop;
    QTimer look;
    QObject::connect(&look, &QTimer::timeout, &loop, [&] {
        constexpr int kRest = 500; // ms, for what is painted a frame later
        if (!over()) return;
        look.stop();
        QTimer::singleShot(kRest, &loop, &QEventLoop::quit);
    });
    look.start(20);
    loop.exec();
    return window.grab().save(file);
}

} // namespace

/// first_screens DIR [EXPERIMENT...]: runs them at their defaults and writes what the window shows then, DIR/EXPERIMENT.png.
int main(int argc, char** argv)
{
    initializeResources();
    QApplication application(argc, argv);
    prepareBench();
    QStandardPaths::setTestModeEnabled(true);
    QCommandLineParser parser;
    parser.addHelpOption();
    parser.addOption({QStringLiteral("size"), QStringLiteral("of the window"), QStringLiteral("WxH"), QStringLiteral("1280x800")});
    parser.addOption({QStringLiteral("theme"), QStringLiteral("light or dark"), QStringLiteral("THEME"), QStringLiteral("light")});
    parser.addOption({QStringLiteral("language"), QStringLiteral("en or ko"), QStringLiteral("LANGUAGE"), QStringLiteral("en")});
    parser.addPositionalArgument(QStringLiteral("DIR"), QStringLiteral("where to"));
    parser.addPositionalArgument(
        QStringLiteral("EXPERIMENT"), QStringLiteral("which; all that need no file"), QStringLiteral("[EXPERIMENT...]"));
    parser.process(application);
    QStringList chosen = parser.positionalArguments();
    if (chosen.isEmpty()) parser.showHelp(2);
    const QDir folder(chosen.takeFirst());
    if (chosen.isEmpty())
        for (const ExperimentInfo& e : experiments())
            if (e.id != "own-model") chosen << QString::fromStdString(e.id);
    const QStringList size = parser.value(QStringLiteral("size")).split(QLatin1Char('x'));
    QFile::remove(Settings::file());
    for (const QString& id : chosen) {
        Settings settings;
        settings.experiment = id;
        settings.theme = parser.value(QStringLiteral("theme"));
        settings.language = parser.value(QStringLiteral("language"));
        const QString file = folder.filePath(id + QStringLiteral(".png"));
        if (!folder.mkpath(QStringLiteral(".")) || !photograph(settings, {size.value(0).toInt(), size.value(1).toInt()}, file)) {
            std::fprintf(stderr, "cannot write %s\n", qPrintable(file));
            return 1;
        }
        std::printf("%s\n", qPrintable(file));
    }
}
