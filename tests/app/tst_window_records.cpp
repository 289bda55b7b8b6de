// A run that was kept is opened again: settings, figures, marks and networks, without training.

#include "app/model_export.h"
#include "app/report.h"
#include "engine/io/files.h"
#include "engine/io/json_text.h"
#include "engine/nn/model_file.h"
#include "tests/support/window.h"

#include <QDropEvent>
#include <QMimeData>
#include <nlohmann/json.hpp>

using namespace bitstill;

class TestWindowRecords : public WindowTest {
    Q_OBJECT

    static QString text(const std::filesystem::path& path) { return QString::fromStdString(path.string()); }
    Document& document() const { return m_window->document(); }

    /// As `run --out` writes it.
    static void write(const Folder& folder, const RunController& run)
    {
        writeFile(folder.path("record.json"), jsonText(toJson(run.record()), 1));
        for (const auto& [name, tensors] : run.models())
            writeFile(folder.path("models/" + name + ".safetensors"), modelBytes(tensors, {{"network", name}}));
    }
    void drop(const QString& file)
    {
        QMimeData what;
        what.setUrls({QUrl::fromLocalFile(file)});
        QDragEnterEvent enter(QPoint(700, 500), Qt::CopyAction, &what, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window->windowHandle(), &enter);
        QDragMoveEvent move(QPoint(701, 500), Qt::CopyAction, &what, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window->windowHandle(), &move);
        QDropEvent event({700, 500}, Qt::CopyAction, &what, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window->windowHandle(), &event);
    }
    static std::string figuresText(const std::vector<FigurePointer>& figures)
    {
        std::string all;
        for (const FigurePointer& f : figures)
            if (!f->timed) all += toJson(*f).dump(); // measured times differ
        return all;
    }
    /// Another window, without the run.
    void startAnew()
    {
        m_window.reset();
        forget();
        open();
    }

private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init()
    {
        forget();
        open();
    }
    void cleanup() { m_window.reset(); }

    void aFolderOfARunIsOpenedByDrop()
    {
        chooseQuickRun();
        runToTheEnd();
        const Folder folder;
        write(folder, *m_window->controller());
        const Spec spec = document().spec();
        const std::string figures = figuresText(latest()->figures);
        const std::size_t marks = latest()->marks.size();
        const std::string then = figuresText(latest()->marks[0].figures);
        startAnew();
        click("experiment.before-after");
        const Spec before = document().spec();
        click("experiment.number-line");
        drop(text(folder.path()));
        EVENTUALLY(m_window->experiment() == QLatin1String("before-after") && latest());
        QVERIFY(m_window->controller()->isKept() && !m_window->controller()->isRunning());
        QCOMPARE(figuresText(latest()->figures), figures);
        QVERIFY(document().spec() == spec && !(before == spec));
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("2"));
        QVERIFY2(message().contains(QStringLiteral("a run that was kept")), qPrintable(message()));
        // The scrubber.
        auto* scrubber = find<QSlider>("scrubber");
        QVERIFY(scrubber->isVisible() && static_cast<std::size_t>(scrubber->maximum()) == marks && marks > 0);
        scrubber->setValue(0);
        QCOMPARE(document().shownMark() ? figuresText(document().shownMark()->figures) : std::string(), then);
        scrubber->setValue(scrubber->maximum());
        // Its networks.
        QVERIFY(whyNoModelExport(document()).empty());
        QVERIFY(document().run().models().contains("float32"));
        // Nobody answers a live field.
        document().edit("quant.bits", std::int64_t{2});
        QVERIFY2(message().contains(QStringLiteral("run again to change them")), qPrintable(message()));
        QCOMPARE(figuresText(latest()->figures), figures);
        // The settings before are one step back.
        document().changes().undo();
        document().changes().undo();
        QVERIFY(document().spec() == before);
        // And a run starts anew.
        document().changes().redo();
        runToTheEnd();
        QVERIFY(!m_window->controller()->isKept());
        QCOMPARE(figuresText(latest()->figures), figures);
    }

    /// It would run at once: the figures that were kept are shown instead.
    void anInstantExperimentIsShownAsItWas()
    {
        click("experiment.number-line");
        EVENTUALLY(latest() && latest()->outcome == Outcome::Finished);
        document().edit("quant.bits", std::int64_t{3});
        EVENTUALLY(!latest()->updating && latest()->live.at("quant.bits") == Value(std::int64_t{3}));
        EVENTUALLY(m_window->controller()->record().knobs.size() == 1);
        const Folder folder;
        write(folder, *m_window->controller());
        const std::string figures = figuresText(m_window->controller()->record().figures);
        startAnew();
        m_window->openFile(text(folder.path("record.json")));
        EVENTUALLY(m_window->controller()->isKept());
        QCOMPARE(figuresText(latest()->figures), figures);
        QCOMPARE(document().spec().integer("quant.bits"), std::int64_t{3});
        document().edit("quant.bits", std::int64_t{4});
        EVENTUALLY(!m_window->controller()->isKept() && latest()->outcome == Outcome::Finished);
    }

    /// Written, dropped on another window, run again: always the same figures.
    void aReportCarriesItsRun()
    {
        chooseQuickRun();
        runToTheEnd();
        const Folder folder;
        const QString html = text(folder.path("r.html"));
        const std::string figures = figuresText(latest()->figures);
        const Spec spec = document().spec();
        const QString title = QString::fromStdString(latest()->figures[0]->title.english());
        QString where = text(folder.path()), said;
        answerFileDialog(html);
        exportReport(m_window.get(), document(), QStringLiteral("html"), QStringLiteral("en"), where,
            [&said](const Notice& notice) { said = QString::fromStdString(notice.text.english()); });
        EVENTUALLY(said.contains(html));
        QFile file(html);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString page = QString::fromUtf8(file.readAll());
        const std::string command = "bitstill-cli run before-after --seed ";
        for (const QString& part : {title, QString::fromStdString(document().info().question.english()), QString::fromStdString(command),
                 QString::fromStdString(specHash(spec)), QStringLiteral("<code>model.name</code>"), QStringLiteral("float32.accuracy"),
                 QStringLiteral("data:image/svg+xml;base64,"), QStringLiteral("What to try"), QString::fromStdString(cpuText())})
            QVERIFY2(page.contains(part.toHtmlEscaped()) || page.contains(part), qPrintable(part));
        QCOMPARE(page.count(QLatin1String("<figure>")), static_cast<qsizetype>(latest()->figures.size()));
        QVERIFY(!page.contains(QLatin1String("src=\"http")) && !page.contains(QLatin1String("could not be drawn")));
        startAnew();
        drop(html);
        EVENTUALLY(m_window->experiment() == QLatin1String("before-after") && latest());
        QCOMPARE(figuresText(latest()->figures), figures);
        QVERIFY(document().spec() == spec);
        runToTheEnd();
        QCOMPARE(figuresText(latest()->figures), figures);
    }

    void aReportIsAPdfToo()
    {
        click("experiment.number-line");
        EVENTUALLY(latest() && latest()->outcome == Outcome::Finished);
        const Folder folder;
        QString where = text(folder.path()), said;
        answerFileDialog(text(folder.path("r.pdf")));
        exportReport(m_window.get(), document(), QStringLiteral("pdf"), QStringLiteral("en"), where,
            [&said](const Notice& notice) { said = QString::fromStdString(notice.text.english()); });
        EVENTUALLY(said.contains(QStringLiteral("r.pdf")));
        QVERIFY(readFile(folder.path("r.pdf"), 100'000'000).starts_with("%PDF-"));
    }

    void whatIsNoRunIsRefusedWithALine()
    {
        Record record;
        record.spec = defaultSpec("before-after");
        record.threads = 1;
        nlohmann::json j = toJson(record);
        j["spec"]["experiment"] = "before-time";
        const Folder folder;
        writeFile(folder.path("record.json"), jsonText(j));
        writeFile(folder.path("page.html"), "<html></html>");
        const QString experiment = m_window->experiment();
        m_window->openFile(text(folder.path()));
        EVENTUALLY(messageKind() == QLatin1String("error"));
        QVERIFY2(message().contains(QStringLiteral("there is no experiment \"before-time\"")), qPrintable(message()));
        click("action.closeMessage");
        m_window->openFile(text(folder.path("page.html")));
        EVENTUALLY(message().contains(QStringLiteral("not a report that carries a record")));
        QCOMPARE(m_window->experiment(), experiment);
    }

    void aRunThatGoesOnIsNotLost()
    {
        Record record;
        record.spec = defaultSpec("before-after");
        const Folder folder;
        writeFile(folder.path("record.json"), jsonText(toJson(record)));
        chooseLongRun();
        click("runButton");
        EVENTUALLY(m_window->controller()->isRunning());
        m_window->openFile(text(folder.path()));
        EVENTUALLY(message().contains(QStringLiteral("is under way")));
        QVERIFY(m_window->controller()->isRunning());
    }
};

WINDOW_TEST_MAIN(TestWindowRecords, 1280, 800)
#include "tst_window_records.moc"
