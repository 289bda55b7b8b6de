#include "app/cli/painter.h"

#include "app/cli/language.h"
#include "engine/core/error.h"
#include "engine/experiment/kept_run.h"
#include "engine/io/json_text.h"
#include "paint/figure_export.h"
#include "paint/report.h"

#include <QApplication>
#include <QFile>
#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <new>
#include <poll.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bitstill::cli {

namespace {

constexpr std::chrono::milliseconds kTimeAfterSignal{1200};
constexpr std::chrono::seconds kTimeForOne{60}; ///< figure; more means that the painter hangs

Text withHint(const Text& problem)
{
    return Text("[figures] %1; %2", {problem, text("raise the limits on memory, files and threads (ulimit), or leave out --figures")});
}

int g_report = -1; ///< where the painter's process says what it did, one line each

void report(const std::string& line)
{
    const std::string whole = line + "\n";
    if (write(g_report, whole.data(), whole.size()) < 0) std::_Exit(1);
}

ExportOptions optionsOf(const FigureWishes& wishes, std::vector<Problem>& problems)
{
    return exportOptionsFrom({.size = wishes.size, .dpi = wishes.dpi, .theme = wishes.theme, .outlines = wishes.outlines}, problems);
}

/// In the painter's process.
void drawAll(ResultFolder& folder, const Record& record, const FigureWishes& wishes)
{
    // One line says how it ended, and it is the caller's.
    close(STDERR_FILENO);
    if (open("/dev/null", O_WRONLY) < 0) std::_Exit(1);
    folder.leaveLocks();
    qInstallMessageHandler([](QtMsgType type, const QMessageLogContext&, const QString& message) {
        if (type != QtFatalMsg) return;
        report("!" + said(withHint(text("Qt cannot draw: %1", printable(message.toStdString())))));
        std::_Exit(1);
    });
    qputenv("QT_QPA_PLATFORM", "offscreen");
    qputenv("QT_NO_GLIB", "1"); // it aborts where files are few
    int count = 1;
    char name[] = "bitstill-cli";
    char* arguments[] = {name, nullptr};
    const QApplication application(count, arguments);
    const std::string source = provenance(record);
    std::vector<Problem> none;
    const ExportOptions options = optionsOf(wishes, none);
    for (const FigurePointer& figure : record.figures)
        for (const std::string& format : wishes.formats) {
            if (format == "csv") continue;
            const std::string file = "figures/" + fileNameOf(*figure) + "." + format;
            try {
                const ListedFile written = folder.write(file, figureBytes(*figure, source, QString::fromStdString(format), options));
                report(std::to_string(written.bytes) + " " + std::to_string(written.crc) + " " + file);
            } catch (const std::bad_alloc&) {
                report("!"
                    + said(text("[%1] there is not enough memory to draw it; close other programs, or raise the limit (ulimit -v)", file)));
            } catch (const Error& e) {
                report("!" + said(e.sentence()));
            } catch (const std::exception& e) {
                report(std::string("!") + e.what());
            }
        }
    report(".");
}

/// A line of the painter's; false when it was the last one.
bool take(const std::string& line, ResultFolder& folder, std::vector<Text>& problems)
{
    if (line == ".") return false;
    ListedFile file;
    int name = 0;
    if (line.starts_with("!"))
        problems.push_back(Text(line.substr(1))); // said already
    else if (std::sscanf(line.c_str(), "%lu %u %n", &file.bytes, &file.crc, &name) == 2)
        folder.add(line.substr(static_cast<std::size_t>(name)), file);
    return true;
}

/// Why it was ended.
enum class End { Done, Died, Hung, Interrupted };

End listen(int from, ResultFolder& folder, Interrupts& interrupts, std::vector<Text>& problems)
{
    std::string heard;
    auto last = Interrupts::Clock::now();
    while (true) {
        pollfd ready{from, POLLIN, 0};
        constexpr int kOften = 20;
        if (poll(&ready, 1, kOften) > 0) {
            char piece[4096];
            const ssize_t n = read(from, piece, sizeof piece);
            if (n <= 0) return End::Died;
            heard.append(piece, static_cast<std::size_t>(n));
            last = Interrupts::Clock::now();
        }
        for (std::size_t end = heard.find('\n'); end != std::string::npos; end = heard.find('\n')) {
            if (!take(heard.substr(0, end), folder, problems)) return End::Done;
            heard.erase(0, end + 1);
        }
        interrupts.wait(std::chrono::milliseconds(0));
        if (interrupts.age() > kTimeAfterSignal) return End::Interrupted;
        if (Interrupts::Clock::now() - last > kTimeForOne) return End::Hung;
    }
}

} // namespace

std::vector<std::string> pictureFormats()
{
    std::vector<std::string> formats;
    for (const char* format : kExportFormats) // no QString yet: it does not ask whether it got its memory
        if (std::string_view(format) != "csv") formats.emplace_back(format);
    return formats;
}

std::vector<Problem> problemsOf(const FigureWishes& wishes)
{
    std::vector<Problem> problems;
    optionsOf(wishes, problems);
    return problems;
}

std::vector<Text> drawFigures(ResultFolder& folder, const Record& record, const FigureWishes& wishes, Interrupts& interrupts)
{
    const bool draws = std::any_of(wishes.formats.begin(), wishes.formats.end(), [](const std::string& f) { return f != "csv"; });
    if (!draws || record.figures.empty()) return {};
    int ends[2] = {-1, -1};
    const pid_t parent = getpid();
    const pid_t painter = pipe2(ends, O_CLOEXEC) == 0 ? fork() : -1;
    if (painter == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) std::_Exit(1);
        g_report = ends[1];
        drawAll(folder, record, wishes);
        std::_Exit(0);
    }
    if (ends[1] >= 0) close(ends[1]);
    if (painter < 0) {
        if (ends[0] >= 0) close(ends[0]);
        return {withHint(text("no process can be started to draw them"))};
    }
    std::vector<Text> problems;
    const End end = listen(ends[0], folder, interrupts, problems);
    kill(painter, SIGKILL);
    waitpid(painter, nullptr, 0);
    close(ends[0]);
    if (end == End::Died && problems.empty()) problems.push_back(withHint(text("the drawing ended too early, maybe for lack of memory")));
    if (end == End::Hung) problems.push_back(withHint(text("the drawing does not go on")));
    return problems;
}

namespace {

/// Runs `draw` as a program of Qt's that has no window.
template <class Draw> std::string drawn(const Draw& draw)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    qputenv("QT_NO_GLIB", "1");
    int count = 1;
    char name[] = "bitstill-cli";
    char* arguments[] = {name, nullptr};
    const QApplication application(count, arguments);
    return draw();
}

/// Nothing where it cannot be drawn: the report says so.
std::string pictureOrNothing(const Figure& figure, const std::string& source, const QString& format)
{
    try {
        return figureBytes(figure, source, format);
    } catch (const Error&) {
        return {};
    }
}

} // namespace

std::string reportOf(const Record& record, const std::string& ending)
{
    return drawn([&] {
        const QString format = QString::fromStdString(ending);
        std::vector<std::string> pictures;
        for (const FigurePointer& f : record.figures) pictures.push_back(pictureOrNothing(*f, provenance(record), reportPictures(format)));
        QFile lesson(QStringLiteral(":/lessons/") + QString::fromStdString(record.spec.experiment) + QStringLiteral(".md"));
        ReportParts parts{.language = QStringLiteral("en")};
        if (lesson.open(QIODevice::ReadOnly)) parts.lesson = QString::fromUtf8(lesson.readAll());
        if (ending == "html") parts.carried = recordElement(jsonText(toJson(record)));
        return reportBytes(record, format, pictures, parts);
    });
}

std::string pictureBytes(const Figure& figure, const std::string& source, const std::string& format)
{
    return drawn([&] { return figureBytes(figure, source, QString::fromStdString(format)); });
}

} // namespace bitstill::cli
