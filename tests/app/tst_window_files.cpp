// What goes out of the window and comes back: exports, documents, settings.

#include "app/figure_window.h"
#include "tests/support/window.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QProcess>
#include <csignal>

using namespace bitstill;

class TestWindowFiles : public WindowTest {
    Q_OBJECT

    void exportTo(const char* figure, const char* what, const QString& file)
    {
        answerFileDialog(file);
        pick(*find<QWidget>(figure), what);
    }
    void choose(const char* field, const char* word)
    {
        auto* box = find<QComboBox>(field);
        box->setCurrentIndex(box->findData(QLatin1String(word)));
    }

private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init()
    {
        forget();
        open();
    }
    void cleanup() { m_window.reset(); }

    void aFigureIsExportedAndThatIsSaid()
    {
        chooseQuickRun();
        type("field.train.epochs", QStringLiteral("1"));
        choose("field.quant.scheme", "symmetric");
        auto* bits = find<QLineEdit>("value.quant.bits");
        bits->setText(QStringLiteral("3"));
        Q_EMIT bits->editingFinished();
        runToTheEnd();
        const Folder folder;
        const QString svg = QString::fromStdString(folder.path("w.svg").string()),
                      csv = QString::fromStdString(folder.path("w.csv").string());
        exportTo("figure.weights.dense1", "svg", svg);
        exportTo("figure.weights.dense1", "csv", csv);
        QCOMPARE(messageKind(), QStringLiteral("done"));
        QVERIFY(message().contains(csv));
        QFile svgFile(svg), csvFile(csv);
        QVERIFY(svgFile.open(QIODevice::ReadOnly) && csvFile.open(QIODevice::ReadOnly));
        const QByteArray picture = svgFile.readAll(), table = csvFile.readAll();
        for (const char* part :
            {"Weights of dense1, before and after", ">before<", ">after<", ">weight<", "share of weights per step (%)", "seed 1"})
            QVERIFY2(picture.contains(part), part);
        int levels = 0;
        double share = 0;
        for (const QByteArray& line : table.split('\n'))
            if (line.startsWith("after,")) {
                ++levels;
                share += line.split(',')[3].toDouble();
            }
        QCOMPARE(levels, 7);
        QVERIFY(std::abs(share - 1) < 1e-6);
    }


    /// The dialogs run event loops, in which the run replaces its snapshots: what is exported must not go with them.
    void allFiguresAreExportedWhileTheRunGoesOn()
    {
        chooseQuickRun("1000");
        click("runButton");
        QTRY_VERIFY_WITH_TIMEOUT(latest() && latest()->figures.size() > 3, 20000);
        const std::size_t figures = latest()->figures.size();
        const Folder folder;
        const QString into = QDir(QString::fromStdString(folder.path().string())).absolutePath();
        QTimer::singleShot(0, this, [&] {
            auto* dialog = QApplication::activeModalWidget();
            QVERIFY(dialog);
            dialog->findChild<QCheckBox*>(QStringLiteral("format.pdf"))->setChecked(true);
            const std::shared_ptr<const Snapshot> shown = latest();
            QTRY_VERIFY_WITH_TIMEOUT(latest() != shown && latest()->step > shown->step, 60000);
            answerFileDialog(into);
            dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok)->click();
        });
        for (QAction* action : m_window->findChildren<QAction*>(QStringLiteral("action.exportAll"))) action->trigger();
        QVERIFY(m_window->controller()->isRunning());
        m_window->controller()->stop();
        QCOMPARE(QDir(into).entryList(QDir::Files).size(), static_cast<qsizetype>(3 * figures));
        QCOMPARE(messageKind(), QStringLiteral("done"));
        QVERIFY(message().contains(into));
    }

    /// One figure's dialog, while the figure is replaced in its card.
    void aFigureIsExportedWhileItChanges()
    {
        chooseQuickRun("1000");
        click("runButton");
        QTRY_VERIFY_WITH_TIMEOUT(m_window->findChild<QWidget*>(QStringLiteral("figure.accuracy")), 20000);
        const Folder folder;
        const QString file = QString::fromStdString(folder.path("a.svg").string());
        QTimer::singleShot(0, this, [&] {
            const std::shared_ptr<const Snapshot> shown = latest();
            QTRY_VERIFY_WITH_TIMEOUT(latest() != shown && latest()->step > shown->step, 60000);
            answerFileDialog(file);
        });
        pick(*find<QWidget>("figure.accuracy"), "svg");
        m_window->controller()->stop();
        QVERIFY(QFileInfo(file).size() > 1000);
    }

    void enlargedFiguresAreAlive()
    {
        chooseQuickRun();
        runToTheEnd();
        QTRY_VERIFY(m_window->findChild<QWidget*>(QStringLiteral("figure.weights.dense1")));
        pick(*find<QWidget>("figure.weights.dense1"), "enlarge");
        auto* enlarged = m_window->findChild<FigureWindow*>();
        QVERIFY(enlarged && enlarged->isVisible());
        auto* card = enlarged->findChild<FigureCard*>();
        const FigurePointer before = card->figure();
        auto* bits = find<QSlider>("field.quant.bits");
        bits->setValue(0); // 2 bits
        QTRY_VERIFY_WITH_TIMEOUT(card->figure() != before && contains(card->figure()->caption.english(), "of 3 levels"), 10000);
        Q_EMIT card->fieldChosen(QStringLiteral("quant.bits"), Value(5.0)); // as a drag in it does
        QCOMPARE(m_window->document().spec().integer("quant.bits"), std::int64_t{5});
        QCOMPARE(find<QLineEdit>("value.quant.bits")->text(), QStringLiteral("5"));

        const Folder folder;
        const QString file = QString::fromStdString(folder.path("large.csv").string());
        answerFileDialog(file);
        pick(*card, "csv");
        QVERIFY(QFileInfo::exists(file));
        click("action.theme"); // and it follows the window's look
        QTRY_VERIFY(enlarged->findChild<FigureCard*>() != card);
        enlarged->close();
    }

    void brokenDocumentsLeaveWhatWasThere()
    {
        chooseQuickRun();
        const Folder folder;
        m_window->openFile(QString::fromStdString(folder.write("x.json", "{").string()));
        QVERIFY(message().contains(QLatin1String("not a JSON document")));
        QCOMPARE(messageKind(), QStringLiteral("error"));
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("2"));
        m_window->openFile(
            QString::fromStdString(folder.write("y.json", R"({"experiment": "before-after", "fields": {"train.epochs": 7}})").string()));
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("7"));
        QVERIFY(message().isEmpty());
    }

    /// A folder where a folder is meant, a file where a file is, whatever its ending.
    void filesAndFoldersAreChosenAsWhatTheyAre()
    {
        const Folder folder;
        const QString directory = QDir(QString::fromStdString(folder.path().string())).absolutePath();
        click("experiment.before-after");
        choose("field.data.set", "idx");
        answerFileDialog(directory);
        find<QWidget>("browse.data.path")->findChild<QAction*>(QStringLiteral("action.chooseFolder"))->trigger();
        QCOMPARE(find<QLineEdit>("field.data.path")->text(), directory);
        choose("field.data.set", "csv");
        for (const char* name : {"a.csv", "b.CSV", "c.tsv", "d"}) {
            const QString file = QString::fromStdString(folder.write(name, "x,label\n1,a\n").string());
            answerFileDialog(file);
            find<QWidget>("browse.data.path")->findChild<QAction*>(QStringLiteral("action.chooseFile"))->trigger();
            QCOMPARE(find<QLineEdit>("field.data.path")->text(), file);
        }
        click("experiment.teacher-student");
        const QString teacher = QString::fromStdString(folder.write("model.safetensors", "").string());
        answerFileDialog(teacher);
        click("browse.distill.teacher_file");
        QCOMPARE(find<QLineEdit>("field.distill.teacher_file")->text(), teacher);
    }

    void remembersExperimentAndFields()
    {
        chooseQuickRun();
        m_window->resize(1111, 777);
        m_window->close();
        m_window.reset();
        open();
        QCOMPARE(m_window->experiment(), QStringLiteral("before-after"));
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("2"));
        QCOMPARE(find<QComboBox>("field.model.name")->currentText(), QStringLiteral("mlp-16"));
        QCOMPARE(m_window->size(), QSize(1111, 777));
    }

    /// As after a crash: nothing was closed.
    void settingsAreSavedWhenARunStartsAndNowAndThen()
    {
        chooseQuickRun("77");
        click("runButton");
        QCOMPARE(Settings::loadSpec("before-after").integer("train.epochs"), std::int64_t{77});
        QCOMPARE(Settings::load().experiment, QStringLiteral("before-after"));
        m_window->controller()->stop();
        type("field.train.epochs", QStringLiteral("78"));
        QTRY_COMPARE_WITH_TIMEOUT(Settings::loadSpec("before-after").integer("train.epochs"), std::int64_t{78}, 10000);
    }

    void termAndHangUpCloseCleanly_data()
    {
        QTest::addColumn<int>("signal");
        for (const int signal : {SIGTERM, SIGHUP, SIGINT}) QTest::newRow(strsignal(signal)) << signal;
    }
    void termAndHangUpCloseCleanly()
    {
        QFETCH(int, signal);
        const Folder folder;
        const std::string spec = folder.write("s.json", R"({"experiment": "number-line", "seed": 77})").string();
        QProcess program;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), QString::fromStdString(folder.path().string()));
        environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
        program.setProcessEnvironment(environment);
        program.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill"), {QString::fromStdString(spec)});
        const auto saved = [&] {
            QFile file(QString::fromStdString(folder.path("bitstill/bitstill.conf").string()));
            return file.open(QIODevice::ReadOnly) && file.readAll().contains("number-line");
        };
        QTRY_VERIFY_WITH_TIMEOUT(saved(), 20000);
        QCOMPARE(kill(static_cast<pid_t>(program.processId()), signal), 0);
        QVERIFY(program.waitForFinished(10000));
        QCOMPARE(program.exitStatus(), QProcess::NormalExit);
        QCOMPARE(program.exitCode(), 0);
    }

    void oneWrongValueDoesNotCostTheOthers()
    {
        chooseQuickRun("66");
        type("field.train.batch", QStringLiteral("many"));
        m_window->close();
        m_window.reset();
        open();
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("66"));
        QCOMPARE(find<QLineEdit>("field.train.batch")->text(), QString::fromStdString(describe(fieldOf(experimentInfo("before-after"), "train.batch")->initial)));
    }

    void aDamagedSettingsFileDoesNotStopTheStart_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("noise") << QByteArray("\x00\xff\xfe[[[=\n;;%%%\n\x01", 14);
        QTest::newRow("geometry") << QByteArray("[window]\ngeometry=@ByteArray(\\x1\\xd9\\xd0\\xcb\\0\\x3)\nsplitter=@Invalid()\n");
        QTest::newRow("variant") << QByteArray("theme=@Variant(\\0\\0\\0\\x7f\\xff\\xff)\nexperiment=@Rect(1 2 3 4)\nlanguage=@Size(1 1)\n");
        QTest::newRow("no experiment") << QByteArray("[General]\nexperiment=no-such\n");
        QTest::newRow("spec") << QByteArray("[specs]\nnumber-line=\"{\\\"experiment\\\": 3}\"\n");
        QTest::newRow("types")
            << QByteArray("[specs]\nnumber-line=\"{\\\"experiment\\\": \\\"number-line\\\", \\\"fields\\\": {\\\"quant.bits\\\": \\\"x\\\", \\\"a\\\": null}}\"\n");
    }
    void aDamagedSettingsFileDoesNotStopTheStart()
    {
        QFETCH(QByteArray, bytes);
        m_window.reset();
        const QString name = QSettings().fileName();
        QDir().mkpath(QFileInfo(name).absolutePath());
        QFile file(name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        file.close();
        open();
        QTRY_VERIFY(m_window->findChild<QWidget*>(QStringLiteral("figure.histogram")));
        QVERIFY(m_window->width() >= 600 && m_window->height() >= 400);
    }
};

WINDOW_TEST_MAIN(TestWindowFiles, 1920, 1080)
#include "tst_window_files.moc"
