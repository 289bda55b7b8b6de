// Figures on their way out of the window: what would be replaced is asked once, the window stays alive, nothing is half written.

#include "app/export_job.h"
#include "engine/data/catalogue.h"
#include "engine/experiment/models.h"
#include "engine/models/export/export.h"
#include "engine/models/onnx/read.h"
#include "tests/support/figures.h"
#include "tests/support/patience.h"
#include "tests/support/window.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QListView>
#include <QMessageBox>
#include <QProgressDialog>
#include <QSpinBox>
#include <QTreeView>
#include <fcntl.h>
#include <set>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace bitstill;

namespace {

QByteArray bytesOf(const QString& file)
{
    QFile f(file);
    return f.open(QIODevice::ReadOnly) ? f.readAll() : QByteArray();
}

/// A pipe that takes little and is not read before drain(): whoever writes to it waits.
class SlowFile {
public:
    explicit SlowFile(const QString& path)
    {
        const std::string name = QFile::encodeName(path).toStdString();
        if (mkfifo(name.c_str(), 0600) != 0) qFatal("no FIFO");
        m_descriptor = open(name.c_str(), O_RDONLY | O_NONBLOCK);
        fcntl(m_descriptor, F_SETPIPE_SZ, 4096);
    }
    ~SlowFile() { close(m_descriptor); }
    SlowFile(const SlowFile&) = delete;
    SlowFile& operator=(const SlowFile&) = delete;
    bool isFull() const
    {
        int count = 0;
        return ioctl(m_descriptor, FIONREAD, &count) == 0 && count == 4096;
    }
    void drain() const
    {
        char piece[4096];
        while (read(m_descriptor, piece, sizeof piece) > 0) { }
    }

private:
    int m_descriptor;
};

} // namespace

class TestWindowExport : public WindowTest {
    Q_OBJECT

    QString m_asked; ///< what the question about replacing says
    int m_questions = 0;

    static QString pathIn(const Folder& folder) { return QDir(QString::fromStdString(folder.path().string())).absolutePath(); }
    static QString pathIn(const Folder& folder, const char* name) { return pathIn(folder) + QLatin1Char('/') + QLatin1String(name); }
    /// Once it is asked: presses this button.
    void answerReplace(bool replace)
    {
        auto* looking = new QTimer(m_window.get());
        connect(looking, &QTimer::timeout, this, [this, looking, replace] {
            auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
            if (!box || box->objectName() != QLatin1String("replaceFiles")) return;
            looking->deleteLater();
            m_asked = box->text();
            ++m_questions;
            if (replace)
                box->findChild<QPushButton*>(QStringLiteral("replace"))->click();
            else
                box->reject();
        });
        looking->start(5);
    }
    /// Exports all figures as SVG and CSV into this folder.
    void exportAllTo(const QString& into)
    {
        QTimer::singleShot(0, this, [this, into] {
            auto* dialog = QApplication::activeModalWidget();
            QVERIFY(dialog);
            answerFileDialog(into);
            dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok)->click();
        });
        m_window->findChild<QAction*>(QStringLiteral("action.exportAll"))->trigger();
    }

    QAction* exportModelAction() const { return m_window->findChild<QAction*>(QStringLiteral("action.exportModel")); }
    /// Through its two dialogs.
    void exportModelTo(const QString& file, const char* precision, const char* target = "any")
    {
        m_window->document().clearMessage();
        QTimer::singleShot(0, this, [this, file, precision, target] {
            auto* dialog = QApplication::activeModalWidget();
            QVERIFY(dialog && dialog->objectName() == QLatin1String("exportModel"));
            QCOMPARE(dialog->findChild<QComboBox*>(QStringLiteral("export.format"))->currentText(), QStringLiteral("ONNX"));
            auto* network = dialog->findChild<QComboBox*>(QStringLiteral("export.network"));
            QCOMPARE(network->currentText(), network->isVisible() ? QStringLiteral("float32") : QString()); // a file has but one
            auto* runtime = dialog->findChild<QComboBox*>(QStringLiteral("export.target"));
            auto* rounding = dialog->findChild<QComboBox*>(QStringLiteral("export.precision"));
            const bool isFile = !network->isVisible(); // which is there in float already
            QCOMPARE(rounding->currentText(), isFile ? QStringLiteral("as measured") : QStringLiteral("float32"));
            QCOMPARE(runtime->isEnabled(), isFile); // float files are the same for all
            rounding->setCurrentText(QLatin1String(precision));
            QCOMPARE(runtime->isEnabled(), precision != QLatin1String("float32"));
            runtime->setCurrentText(QLatin1String(target));
            answerFileDialog(file);
            dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok)->click();
        });
        exportModelAction()->trigger();
    }

    /// In the file dialog that comes: a click on a file, then a name for the keyboard and Return.
    void typeAfterAClickOn(const QString& file, const QString& typed)
    {
        QTimer::singleShot(0, this, [file, typed] {
            EVENTUALLY(qobject_cast<QFileDialog*>(QApplication::activeModalWidget()));
            const std::unique_ptr<QWidget, void (*)(QWidget*)> closed(
                QApplication::activeModalWidget(), [](QWidget* w) { w->close(); }); // whatever fails here
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            QAbstractItemView* view = dialog->findChild<QListView*>(QStringLiteral("listView"));
            if (!view->isVisible()) view = dialog->findChild<QTreeView*>(QStringLiteral("treeView"));
            const auto rowOf = [view](const QString& name) {
                for (int row = 0; row < view->model()->rowCount(view->rootIndex()); ++row)
                    if (const QModelIndex index = view->model()->index(row, 0, view->rootIndex()); index.data().toString() == name)
                        return index;
                return QModelIndex();
            };
            EVENTUALLY(rowOf(file).isValid());
            QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(rowOf(file)).center());
            auto* name = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
            EVENTUALLY_EQUAL(name->text(), file);
            QTest::mouseClick(name, Qt::LeftButton);
            name->selectAll();
            QTest::keyClicks(name, typed);
            QTest::keyClick(name, Qt::Key_Return);
            if (dialog->isVisible()) QTest::keyClick(name, Qt::Key_Return); // the first one closes the list of completions
        });
    }

private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init()
    {
        forget();
        open();
        m_asked.clear();
        m_questions = 0;
    }
    void cleanup() { m_window.reset(); }

    void whatWouldBeReplacedIsAskedOnce()
    {
        EVENTUALLY(latest() && latest()->outcome == Outcome::Finished); // number-line, at once
        const Folder folder;
        const qsizetype files = 2 * static_cast<qsizetype>(latest()->figures.size());
        exportAllTo(pathIn(folder));
        EVENTUALLY_EQUAL(messageKind(), QStringLiteral("done"));
        QCOMPARE(QDir(pathIn(folder)).entryList(QDir::Files | QDir::Hidden).size(), files);
        QVERIFY(message().contains(QString::number(files)));
        QCOMPARE(m_questions, 0);
        for (const char* name : {"histogram.svg", "histogram.csv"}) folder.write(name, "mine");
        m_window->document().clearMessage();

        answerReplace(false);
        exportAllTo(pathIn(folder));
        QCOMPARE(m_questions, 1);
        QVERIFY(m_asked.contains(pathIn(folder)) && m_asked.contains(QLatin1String("histogram.svg"))
            && m_asked.contains(QLatin1String("histogram.csv")));
        QCOMPARE(bytesOf(pathIn(folder, "histogram.csv")), QByteArray("mine"));
        QVERIFY(m_window->findChildren<ExportJob*>().isEmpty());

        answerReplace(true);
        exportAllTo(pathIn(folder));
        QCOMPARE(m_questions, 2);
        EVENTUALLY_EQUAL(messageKind(), QStringLiteral("done"));
        QVERIFY(bytesOf(pathIn(folder, "histogram.svg")).contains("</svg>"));
        QVERIFY(bytesOf(pathIn(folder, "histogram.csv")) != QByteArray("mine"));
    }

    /// The name that is written is not the one that the file dialog has asked about.
    void anEndingThatIsAddedIsAskedAbout()
    {
        EVENTUALLY(m_window->findChild<QWidget*>(QStringLiteral("figure.histogram")));
        const Folder folder;
        const QString file = QString::fromStdString(folder.write("a.txt.csv", "mine").string());
        answerReplace(false);
        answerFileDialog(pathIn(folder, "a.txt"));
        pick(*find<QWidget>("figure.histogram"), "csv");
        QCOMPARE(m_questions, 1);
        QCOMPARE(bytesOf(file), QByteArray("mine"));
    }

    /// One figure a turn of the event loop, and whoever waits for the disk is not the window.
    void theWindowLivesWhileFiguresAreWritten()
    {
        const Folder folder;
        const SlowFile slow(pathIn(folder, "1.csv"));
        std::vector<ExportJob::File> files;
        for (const Figure& figure : everyFigure())
            files.push_back({std::make_shared<const Figure>(figure), QStringLiteral("png"),
                pathIn(folder, "") + QString::number(files.size()) + QStringLiteral(".png")});
        files[1].path = pathIn(folder, "1.csv");
        int turns = 0, atStart = 0;
        QTimer counter;
        connect(&counter, &QTimer::timeout, this, [&turns] { ++turns; });
        counter.start(0);
        auto* job = new ExportJob(files, "source", m_window.get());
        int written = -1;
        connect(job, &ExportJob::ended, this, [&](int count, const Text& problem) { written = problem.empty() ? count : -2; });
        EVENTUALLY(slow.isFull());
        atStart = turns;
        EVENTUALLY(turns > atStart + 20); // while somebody waits for the pipe
        QCOMPARE(written, -1);
        QVERIFY(!QFileInfo::exists(files[2].path));
        QTimer reader;
        connect(&reader, &QTimer::timeout, this, [&slow] { slow.drain(); });
        reader.start(1);
        EVENTUALLY_EQUAL(written, static_cast<int>(files.size()));
        QVERIFY(turns - atStart >= static_cast<int>(files.size()) - 2);
    }

    void anExportThatIsCancelledLeavesWholeFiles()
    {
        EVENTUALLY(latest() && latest()->outcome == Outcome::Finished);
        const Folder folder;
        const QString slowName = pathIn(folder, "histogram.csv");
        const SlowFile slow(slowName);
        answerReplace(true);
        exportAllTo(pathIn(folder));
        EVENTUALLY(slow.isFull());
        auto* progress = m_window->findChild<QProgressDialog*>(QStringLiteral("exportProgress"));
        QVERIFY(progress);
        EVENTUALLY(progress->isVisible());
        progress->findChild<QPushButton*>()->click();
        QTimer reader;
        connect(&reader, &QTimer::timeout, this, [&slow] { slow.drain(); });
        reader.start(1);
        EVENTUALLY(m_window->findChildren<ExportJob*>().isEmpty());
        QCOMPARE(messageKind(), QStringLiteral("hint"));
        QVERIFY(message().contains(pathIn(folder)));
        const QFileInfoList there = QDir(pathIn(folder)).entryInfoList(QDir::Files | QDir::System | QDir::Hidden);
        QVERIFY(there.size() < 2 * static_cast<qsizetype>(latest()->figures.size()));
        for (const QFileInfo& file : there)
            QVERIFY2(file.filePath() == slowName || file.suffix() == QLatin1String("csv") || bytesOf(file.filePath()).contains("</svg>"),
                qPrintable(file.filePath()));
    }

    /// In the dialog of one figure; what was chosen is there the next time, in another window too.
    void aFigureIsExportedAsAskedAndThatIsRemembered()
    {
        EVENTUALLY(m_window->findChild<QWidget*>(QStringLiteral("figure.histogram")));
        const Folder folder;
        const auto ask = [this](const QString& file, const std::function<void(const QWidget&)>& choose) {
            QTimer::singleShot(0, this, [this, file, choose] {
                auto* dialog = QApplication::activeModalWidget();
                QVERIFY(dialog && dialog->objectName() == QLatin1String("exportFigure"));
                choose(*dialog);
                answerFileDialog(file);
            });
            m_window->document().clearMessage();
            pick(*find<QWidget>("figure.histogram"), "png");
            EVENTUALLY_EQUAL(messageKind(), QStringLiteral("done"));
        };
        const auto box = [](const QWidget& dialog, const char* name) { return dialog.findChild<QComboBox*>(QLatin1String(name)); };
        ask(pathIn(folder, "a.png"), [&](const QWidget& dialog) {
            auto* dpi = dialog.findChild<QSpinBox*>(QStringLiteral("export.dpi"));
            QCOMPARE(dpi->value(), 192);
            QVERIFY(!dialog.findChild<QWidget*>(QStringLiteral("export.width"))->isEnabled());
            QVERIFY(!box(dialog, "export.letters")->isEnabled()); // no PNG has text
            box(dialog, "export.size")->setCurrentIndex(static_cast<int>(ExportOptions::Size::Own));
            QCOMPARE(dpi->value(), 300);
            dialog.findChild<QDoubleSpinBox*>(QStringLiteral("export.width"))->setValue(100);
            dialog.findChild<QDoubleSpinBox*>(QStringLiteral("export.height"))->setValue(75);
            box(dialog, "export.theme")->setCurrentIndex(1);
            dialog.findChild<QCheckBox*>(QStringLiteral("export.csv"))->setChecked(true);
            dpi->setValue(254);
        });
        const QImage image(pathIn(folder, "a.png"));
        QCOMPARE(image.size(), QSize(1000, 750));
        QCOMPARE(image.dotsPerMeterX(), 10000);
        QVERIFY(qGray(image.pixel(2, 2)) < 60);
        QVERIFY(bytesOf(pathIn(folder, "a.csv")).contains("before"));

        m_window->close();
        open();
        EVENTUALLY(m_window->findChild<QWidget*>(QStringLiteral("figure.histogram")));
        ask(pathIn(folder, "b.png"), [&](const QWidget& dialog) {
            QCOMPARE(dialog.findChild<QDoubleSpinBox*>(QStringLiteral("export.height"))->value(), 75.0);
            QVERIFY(dialog.findChild<QCheckBox*>(QStringLiteral("export.csv"))->isChecked());
        });
        QCOMPARE(QImage(pathIn(folder, "b.png")), image);
    }

    void theSizeOnScreenIsTheSizeOfTheCard()
    {
        EVENTUALLY(m_window->findChild<QWidget*>(QStringLiteral("figure.histogram")));
        const Folder folder;
        const QSize card = find<QWidget>("figure.histogram")->size();
        answerFileDialog(pathIn(folder, "a.png"));
        pick(*find<QWidget>("figure.histogram"), "png");
        EVENTUALLY_EQUAL(messageKind(), QStringLiteral("done"));
        const QImage image(pathIn(folder, "a.png"));
        QCOMPARE(image.width(), 2 * card.width());
        QVERIFY(image.height() >= 2 * card.height());
    }

    void whatCannotBeWrittenIsSaid()
    {
        EVENTUALLY(m_window->findChild<QWidget*>(QStringLiteral("figure.histogram")));
        for (const char* what : {"csv", "png"}) {
            m_window->document().clearMessage();
            answerFileDialog(QStringLiteral("/proc/a.") + QLatin1String(what));
            pick(*find<QWidget>("figure.histogram"), what);
            EVENTUALLY_EQUAL(messageKind(), QStringLiteral("error"));
            QVERIFY(message().contains(QLatin1String("/proc/a.")));
        }
    }

    void aModelIsExportedAndReadBack()
    {
        QVERIFY(!exportModelAction()->isEnabled()); // number-line has none
        QVERIFY(exportModelAction()->toolTip().contains(QLatin1String("trains no network")));
        chooseQuickRun("1");
        QVERIFY(!exportModelAction()->isEnabled());
        runToTheEnd();
        EVENTUALLY(exportModelAction()->isEnabled());
        QCOMPARE(exportModelAction()->toolTip(), exportModelAction()->text());
        const Folder folder;
        const auto roundingIn = [](const QString& file) {
            std::size_t count = 0;
            for (const foreign::Node& node : foreign::readOnnx(file.toStdString()).nodes) count += node.op == "QuantizeLinear";
            return count;
        };
        exportModelTo(pathIn(folder, "float"), "float32"); // the ending is added
        EVENTUALLY_EQUAL(messageKind(), QStringLiteral("done"));
        QVERIFY2(message().contains(pathIn(folder, "float.onnx")), qPrintable(message()));
        const QRegularExpressionMatch said =
            QRegularExpression(QStringLiteral("read back: (\\d+) of (\\d+) outputs equal")).match(message());
        QVERIFY2(said.hasMatch() && said.captured(1) == said.captured(2), qPrintable(message()));
        QCOMPARE(roundingIn(pathIn(folder, "float.onnx")), std::size_t{0});

        exportModelTo(pathIn(folder, "int8.onnx"), "int8", "TensorRT");
        EVENTUALLY_EQUAL(messageKind(), QStringLiteral("done"));
        QVERIFY(roundingIn(pathIn(folder, "int8.onnx")) > 1);

        exportModelTo(QStringLiteral("/proc/a.onnx"), "float32");
        EVENTUALLY_EQUAL(messageKind(), QStringLiteral("error"));
        QVERIFY(message().contains(QLatin1String("/proc/a.onnx")));
        click("action.reset");
        QVERIFY(!exportModelAction()->isEnabled());
    }

    /// What is measured is what is written: the bits and repairs of now.
    void anOwnModelIsExportedAsItWasMeasured()
    {
        const Folder folder;
        DatasetOptions few;
        few.samples = 200;
        const Dataset data = loadDataset("strokes", few);
        Graph graph = resolveModel("cnn-4-8", data);
        graph.initialize(1);
        const std::string model = folder.write("mine.onnx", onnxBytes(graph, {})).string();
        click("experiment.own-model");
        QVERIFY(!exportModelAction()->isEnabled());
        Document& document = m_window->document();
        for (const auto& [key, value] :
            Values{{"model.file", model}, {"inputs.from", std::string("random")}, {"inputs.count", std::int64_t{16}},
                {"quant.calibration", std::int64_t{16}}, {"quant.bits", std::int64_t{3}}, {"repair.bias", true}})
            document.edit(key, value);
        runToTheEnd();
        EVENTUALLY(exportModelAction()->isEnabled());
        exportModelTo(pathIn(folder, "small.onnx"), "as measured");
        EVENTUALLY_EQUAL(messageKind(), QStringLiteral("done"));
        QVERIFY2(message().contains(QLatin1String("16 of 16 outputs equal")), qPrintable(message()));
        std::size_t widest = 0;
        for (const auto& [id, array] : foreign::readOnnx(pathIn(folder, "small.onnx").toStdString()).constants) {
            if (!std::holds_alternative<std::vector<float>>(array.values) || array.shape.size() < 2) continue;
            const auto& numbers = std::get<std::vector<float>>(array.values);
            widest = std::max(widest, std::set<float>(numbers.begin(), numbers.end()).size());
        }
        QCOMPARE(widest, std::size_t{7}); // levels of 3 bits
        exportModelTo(pathIn(folder, "whole.onnx"), "float32");
        EVENTUALLY(message().contains(QLatin1String("whole.onnx")));
        QVERIFY2(message().contains(QLatin1String("16 of 16 outputs equal")), qPrintable(message()));
    }

    void aTypedNameWinsOverASelectedFile_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("meant");
        QTest::newRow("beside it") << QStringLiteral("b.json") << QStringLiteral("b.json");
        QTest::newRow("absolute") << QStringLiteral("%1/b.json") << QStringLiteral("b.json");
        QTest::newRow("another folder") << QStringLiteral("%1/other/c.json") << QStringLiteral("other/c.json");
        QTest::newRow("relative") << QStringLiteral("other/c.json") << QStringLiteral("other/c.json");
        QTest::newRow("upwards") << QStringLiteral("other/../b.json") << QStringLiteral("b.json");
        QTest::newRow("another ending") << QStringLiteral("d.txt") << QStringLiteral("d.txt");
        QTest::newRow("begins like it") << QStringLiteral("a.json2.json") << QStringLiteral("a.json2.json");
        QTest::newRow("with a space") << QStringLiteral("a b.json") << QStringLiteral("a b.json");
    }
    /// With keys, as a person does, after a click on another file.
    void aTypedNameWinsOverASelectedFile()
    {
        QFETCH(QString, typed);
        QFETCH(QString, meant);
        const Folder folder;
        std::filesystem::create_directory(folder.path("other"));
        const auto seedOf = [](const QString& name) { return static_cast<std::uint64_t>(100 * name.size() + name.front().toLatin1()); };
        for (const char* name : {"a.json", "b.json", "other/c.json", "d.txt", "a.json2.json", "a b.json"})
            folder.write(name, "{\"experiment\": \"number-line\", \"seed\": " + std::to_string(seedOf(QLatin1String(name))) + "}");
        Settings settings = Settings::load();
        settings.folder = pathIn(folder);
        m_window = std::make_unique<MainWindow>(settings);
        m_window->show();
        typed = typed.contains(QLatin1String("%1")) ? typed.arg(settings.folder) : typed;
        typeAfterAClickOn(QStringLiteral("a.json"), typed);
        m_window->findChild<QAction*>(QStringLiteral("action.open"))->trigger();
        QCOMPARE(m_window->document().spec().seed, seedOf(meant));

        // The same for a name to save under: there is no such file yet.
        if (typed.contains(QLatin1Char('/'))) return; // the dialog now begins in another folder
        const QString target = pathIn(folder, "new.json");
        const QByteArray before = bytesOf(pathIn(folder, "a.json"));
        m_window->document().clearMessage();
        typeAfterAClickOn(QStringLiteral("a.json"), QStringLiteral("new.json"));
        m_window->findChild<QAction*>(QStringLiteral("action.save"))->trigger();
        QCOMPARE(messageKind(), QStringLiteral("done"));
        QVERIFY(bytesOf(target).contains("number-line"));
        QCOMPARE(bytesOf(pathIn(folder, "a.json")), before);
    }
};

WINDOW_TEST_MAIN(TestWindowExport, 1920, 1080)
#include "tst_window_export.moc"
