// What goes out of the window and comes back: exports, documents, settings.

#include "app/figure_window.h"
#include "app/open_job.h"
#include "app/recent_files.h"
#include "engine/experiment/models.h"
#include "engine/models/export/export.h"
#include "tests/support/patience.h"
#include "tests/support/window.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QDropEvent>
#include <QMimeData>
#include <QProcess>
#include <QThreadPool>
#include <csignal>
#include <sys/stat.h>

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

    /// A classifier of two numbers, as an ONNX file.
    static std::string smallModel()
    {
        Dataset points;
        points.shape = {.channels = 2};
        points.classes = {"a", "b"};
        Spec spec = defaultSpec("before-after");
        spec.values["model.name"] = std::string("mlp-4");
        return onnxBytes(makeModel(spec, points), {});
    }
    QString dropHint() const
    {
        auto* hint = find<QLabel>("dropHint");
        return hint->isVisible() ? hint->text() : QString();
    }
    /// As a file manager does; false when the window does not want it.
    bool drag(QMimeData& what, const QPoint& at)
    {
        const Qt::DropActions actions = Qt::CopyAction | Qt::MoveAction;
        QDragEnterEvent enter(at, actions, &what, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window->windowHandle(), &enter);
        QDragMoveEvent move(at + QPoint(1, 0), actions, &what, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window->windowHandle(), &move);
        return enter.isAccepted() && move.isAccepted() && move.dropAction() == Qt::CopyAction;
    }
    bool drag(const QStringList& files, QMimeData& what, const QPoint& at = {700, 500})
    {
        QList<QUrl> urls;
        for (const QString& file : files) urls << QUrl::fromLocalFile(file);
        what.setUrls(urls);
        return drag(what, at);
    }
    void drop(const QStringList& files, const QPoint& at = {700, 500})
    {
        QMimeData what;
        QVERIFY(drag(files, what, at));
        QVERIFY(!dropHint().isEmpty());
        QDropEvent event(at, Qt::CopyAction | Qt::MoveAction, &what, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window->windowHandle(), &event);
        QCOMPARE(dropHint(), QString());
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
        EVENTUALLY(messageKind() == QLatin1String("done") && message().contains(svg));
        exportTo("figure.weights.dense1", "csv", csv);
        EVENTUALLY(messageKind() == QLatin1String("done") && message().contains(csv));
        QFile svgFile(svg), csvFile(csv);
        QVERIFY(svgFile.open(QIODevice::ReadOnly) && csvFile.open(QIODevice::ReadOnly));
        const QByteArray picture = svgFile.readAll(), table = csvFile.readAll();
        for (const char* part : {"Weights of dense1, before and after", ">before<", ">after<", ">weight<", "density per step", "seed 1"})
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
        chooseLongRun();
        click("runButton");
        EVENTUALLY(latest() && latest()->figures.size() > 3);
        const std::size_t figures = latest()->figures.size();
        const Folder folder;
        const QString into = QDir(QString::fromStdString(folder.path().string())).absolutePath();
        QTimer::singleShot(0, this, [&] {
            auto* dialog = QApplication::activeModalWidget();
            QVERIFY(dialog);
            dialog->findChild<QCheckBox*>(QStringLiteral("format.pdf"))->setChecked(true);
            const std::shared_ptr<const Snapshot> shown = latest();
            EVENTUALLY(latest() != shown && latest()->step > shown->step);
            answerFileDialog(into);
            dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok)->click();
        });
        for (QAction* action : m_window->findChildren<QAction*>(QStringLiteral("action.exportAll"))) action->trigger();
        QVERIFY(m_window->controller()->isRunning());
        EVENTUALLY_EQUAL(messageKind(), QStringLiteral("done"));
        m_window->controller()->stop();
        QCOMPARE(QDir(into).entryList(QDir::Files).size(), static_cast<qsizetype>(3 * figures));
        QVERIFY(message().contains(into));
    }

    /// One figure's dialog, while the figure is replaced in its card.
    void aFigureIsExportedWhileItChanges()
    {
        chooseLongRun();
        click("runButton");
        EVENTUALLY(m_window->findChild<QWidget*>(QStringLiteral("figure.accuracy")));
        const Folder folder;
        const QString file = QString::fromStdString(folder.path("a.svg").string());
        QTimer::singleShot(0, this, [&] {
            const std::shared_ptr<const Snapshot> shown = latest();
            EVENTUALLY(latest() != shown && latest()->step > shown->step);
            answerFileDialog(file);
        });
        pick(*find<QWidget>("figure.accuracy"), "svg");
        EVENTUALLY(QFileInfo(file).size() > 1000);
        m_window->controller()->stop();
    }

    void enlargedFiguresAreAlive()
    {
        chooseQuickRun();
        runToTheEnd();
        EVENTUALLY(m_window->findChild<QWidget*>(QStringLiteral("figure.weights.dense1")));
        pick(*find<QWidget>("figure.weights.dense1"), "enlarge");
        auto* enlarged = m_window->findChild<FigureWindow*>();
        QVERIFY(enlarged && enlarged->isVisible());
        const QPointer<FigureCard> card = enlarged->findChild<FigureCard*>();
        const FigurePointer before = card->figure();
        auto* bits = find<QSlider>("field.quant.bits");
        bits->setValue(0); // 2 bits
        EVENTUALLY(card->figure() != before && contains(card->figure()->caption.english(), "of 3 levels"));
        Q_EMIT card->fieldChosen(QStringLiteral("quant.bits"), Value(5.0)); // as a drag in it does
        QCOMPARE(m_window->document().spec().integer("quant.bits"), std::int64_t{5});
        QCOMPARE(find<QLineEdit>("value.quant.bits")->text(), QStringLiteral("5"));

        const Folder folder;
        const QString file = QString::fromStdString(folder.path("large.csv").string());
        answerFileDialog(file);
        pick(*card, "csv");
        EVENTUALLY(QFileInfo::exists(file));
        click("action.theme"); // and it follows the window's look
        EVENTUALLY(!card && enlarged->findChild<FigureCard*>()); // a new one may stand where the old one was
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

    void aModelThatIsDroppedRuns()
    {
        const Folder folder;
        const QString file = QString::fromStdString(folder.write("Points.ONNX", smallModel()).string());
        QMimeData what;
        QVERIFY(drag({file}, what));
        QVERIFY(dropHint().contains(QLatin1String("Points.ONNX")));
        QDragLeaveEvent leave;
        QCoreApplication::sendEvent(m_window->windowHandle(), &leave);
        QCOMPARE(dropHint(), QString());
        QCOMPARE(m_window->experiment(), QStringLiteral("number-line"));

        click("experiment.own-model");
        choose("field.inputs.from", "random");
        click("experiment.number-line");
        drop({file});
        EVENTUALLY_EQUAL(m_window->experiment(), QStringLiteral("own-model"));
        QCOMPARE(find<QLineEdit>("field.model.file")->text(), file);
        EVENTUALLY(latest() && latest()->outcome != Outcome::Running);
        QVERIFY2(latest()->outcome == Outcome::Finished, latest()->message.english().c_str());

        // On a line that takes text, and while the last one is looked at: the next is opened all the same.
        const QString other = QString::fromStdString(folder.write("other.onnx", smallModel()).string());
        auto* line = find<QLineEdit>("field.model.file");
        drop({other}, line->mapTo(m_window.get(), line->rect().center()));
        EVENTUALLY_EQUAL(line->text(), other);
        QCOMPARE(m_window->controller()->spec().word("model.file"), other.toStdString());
        m_window->controller()->stop();
    }

    /// It is said what is wrong with it, and all else stays: setting, figures, and where one is.
    void aModelThatCannotBeReadChangesNothing()
    {
        const Folder folder;
        const QString file = QString::fromStdString(folder.write("good.onnx", smallModel()).string()),
                      broken = QString::fromStdString(folder.write("broken.onnx", "no model at all").string());
        drop({broken});
        EVENTUALLY_EQUAL(messageKind(), QStringLiteral("error"));
        QVERIFY2(message().contains(QLatin1String("broken.onnx")), qPrintable(message()));
        QCOMPARE(m_window->experiment(), QStringLiteral("number-line"));

        click("experiment.own-model");
        QCOMPARE(find<QLineEdit>("field.model.file")->text(), QString());
        choose("field.inputs.from", "random");
        drop({file});
        EVENTUALLY(latest() && latest()->outcome == Outcome::Finished);
        const std::size_t figures = latest()->figures.size();
        drop({broken});
        EVENTUALLY_EQUAL(messageKind(), QStringLiteral("error"));
        QCOMPARE(find<QLineEdit>("field.model.file")->text(), file);
        QCOMPARE(latest()->figures.size(), figures);
        QVERIFY(!m_window->controller()->isRunning());
        QVERIFY(!recentFiles().contains(broken));
    }

    /// Typed, not opened: it is told, and what was there stays and still answers.
    void aRunOfAPathThatIsNoneLeavesTheFigures()
    {
        const Folder folder;
        const QString file = QString::fromStdString(folder.write("good.onnx", smallModel()).string());
        click("experiment.own-model");
        choose("field.inputs.from", "random");
        drop({file});
        EVENTUALLY(latest() && latest()->outcome == Outcome::Finished);
        const std::size_t figures = latest()->figures.size();
        type("field.model.file", QString::fromStdString(folder.path("none.onnx").string()));
        click("runButton");
        EVENTUALLY_EQUAL(messageKind(), QStringLiteral("error"));
        EVENTUALLY_EQUAL(m_window->controller()->spec().word("model.file"), file.toStdString());
        QVERIFY2(message().contains(QLatin1String("none.onnx")), qPrintable(message()));
        QVERIFY(latest()->outcome == Outcome::Finished);
        QCOMPARE(latest()->figures.size(), figures);
        QVERIFY(m_window->controller()->setLive(QStringLiteral("quant.bits"), std::int64_t{4}));
    }

    void theModelThatWasAskedForLastIsOpened()
    {
        const Folder folder;
        const QString first = QString::fromStdString(folder.write("first.onnx", smallModel()).string()),
                      last = QString::fromStdString(folder.write("last.onnx", smallModel()).string());
        click("experiment.own-model");
        const int before = m_window->document().changes().count();
        m_window->openFile(first);
        m_window->openFile(last);
        EVENTUALLY_EQUAL(find<QLineEdit>("field.model.file")->text(), last);
        QVERIFY(QThreadPool::globalInstance()->waitForDone(60'000));
        QTest::qWait(50);
        QCOMPARE(m_window->document().changes().count(), before + 1);
        m_window->controller()->stop();
    }

    void openingIsGivenUp()
    {
        const Folder folder;
        m_window->openFile(QString::fromStdString(folder.write("slow.onnx", smallModel()).string()));
        QTest::keyClick(m_window.get(), Qt::Key_Escape);
        QVERIFY(QThreadPool::globalInstance()->waitForDone(60'000));
        QTest::qWait(50);
        QCOMPARE(m_window->experiment(), QStringLiteral("number-line"));
    }

    void nobodyWaitsForWhatIsReadNoMore()
    {
        const auto goesOn = std::make_shared<std::atomic<bool>>(true);
        bool told = false;
        {
            QWidget window;
            auto* job = new OpenJob(
                QStringLiteral("slow.onnx"),
                [goesOn](const auto&) {
                    while (*goesOn) QThread::msleep(1);
                },
                &window);
            connect(job, &OpenJob::ended, this, [&told] { told = true; });
        }
        *goesOn = false; // not before
        QVERIFY(QThreadPool::globalInstance()->waitForDone(60'000));
        QTest::qWait(20);
        QVERIFY(!told);
    }

    void anExperimentThatIsDroppedIsOpened()
    {
        const Folder folder;
        drop({QString::fromStdString(folder.write("y.json", R"({"experiment": "before-after", "seed": 77})").string())});
        QCOMPARE(m_window->experiment(), QStringLiteral("before-after"));
        QCOMPARE(m_window->document().spec().seed, std::uint64_t{77});
    }

    void whatCannotBeOpenedIsSaidWhenItIsDropped()
    {
        const Folder folder;
        const QString picture = QString::fromStdString(folder.write("cat.png", "x").string()),
                      directory = QString::fromStdString(folder.path().string());
        for (const QStringList& files : {QStringList{picture}, {directory}, {picture, picture}}) {
            m_window->document().clearMessage();
            drop(files);
            QCOMPARE(messageKind(), QStringLiteral("error"));
            QVERIFY2(message().contains(QLatin1String(".onnx, .tflite")), qPrintable(message()));
            QCOMPARE(m_window->experiment(), QStringLiteral("number-line"));
        }
        QMimeData text;
        text.setText(QStringLiteral("no file"));
        QVERIFY(!drag(text, {700, 500}));
        QCOMPARE(dropHint(), QString());
    }

    void aModelIsChosenInTheFileDialogs()
    {
        const Folder folder;
        const QString file = QString::fromStdString(folder.write("a.onnx", smallModel()).string());
        answerFileDialog(file);
        m_window->findChild<QAction*>(QStringLiteral("action.open"))->trigger();
        EVENTUALLY_EQUAL(m_window->experiment(), QStringLiteral("own-model"));
        QCOMPARE(find<QLineEdit>("field.model.file")->text(), file);
        m_window->controller()->stop();

        const QString other = QString::fromStdString(folder.write("b.onnx", smallModel()).string());
        QStringList filters;
        QTimer::singleShot(0, this, [&] { filters = qobject_cast<QFileDialog*>(QApplication::activeModalWidget())->nameFilters(); });
        answerFileDialog(other);
        click("browse.model.file");
        QCOMPARE(find<QLineEdit>("field.model.file")->text(), other);
        QVERIFY2(filters.value(0).contains(QLatin1String("*.onnx *.tflite")), qPrintable(filters.join(QLatin1Char('|'))));
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
        EVENTUALLY_EQUAL(Settings::loadSpec("before-after").integer("train.epochs"), std::int64_t{78});
    }

    /// Writing takes longer than a frame: what a slider has come to is saved a little later.
    void movesOfASliderWriteNothing()
    {
        chooseLongRun();
        click("runButton");
        QVERIFY(m_window->controller()->isRunning());
        const std::int64_t before = Settings::loadSpec("before-after").integer("quant.bits");
        m_window->document().edit("quant.bits", std::int64_t{7}); // as its slider does
        QCOMPARE(m_window->controller()->spec().integer("quant.bits"), std::int64_t{7});
        QCOMPARE(Settings::loadSpec("before-after").integer("quant.bits"), before);
        EVENTUALLY_EQUAL(Settings::loadSpec("before-after").integer("quant.bits"), std::int64_t{7});
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
        for (const char* home : {"XDG_CONFIG_HOME", "XDG_DATA_HOME"})
            environment.insert(QLatin1String(home), QString::fromStdString(folder.path().string()));
        environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
        program.setProcessEnvironment(environment);
        program.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill"), {QString::fromStdString(spec)});
        const auto saved = [&] {
            QFile file(QString::fromStdString(folder.path("bitstill/bitstill.conf").string()));
            return file.open(QIODevice::ReadOnly) && file.readAll().contains("number-line");
        };
        EVENTUALLY(saved());
        QCOMPARE(kill(static_cast<pid_t>(program.processId()), signal), 0);
        QVERIFY(program.waitForFinished(10000));
        QCOMPARE(program.exitStatus(), QProcess::NormalExit);
        QCOMPARE(program.exitCode(), 0);
    }

    void anUnknownInstructionSetIsRefused()
    {
        const Folder folder;
        QProcess program;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), QString::fromStdString(folder.path().string()));
        environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
        environment.insert(QStringLiteral("BITSTILL_MAX_CPU_ISA"), QStringLiteral("avx3"));
        std::filesystem::create_directory(folder.path("bitstill"));
        folder.write("bitstill/bitstill.conf", "[General]\nlanguage=ko\n");
        program.setProcessEnvironment(environment);
        program.start(QStringLiteral(BITSTILL_BINARY "/bin/bitstill"), {});
        QVERIFY(program.waitForFinished(60000));
        QCOMPARE(program.exitCode(), 1);
        const QString said = QString::fromUtf8(program.readAllStandardError());
        QVERIFY2(said.contains(QStringLiteral("명령어 집합은 없습니다")) && said.contains(QStringLiteral("sse41, avx2, avx512")),
            qPrintable(said));
    }

    void oneWrongValueDoesNotCostTheOthers()
    {
        chooseQuickRun("66");
        type("field.train.batch", QStringLiteral("many"));
        m_window->close();
        m_window.reset();
        open();
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("66"));
        QCOMPARE(find<QLineEdit>("field.train.batch")->text(),
            QString::fromStdString(describe(fieldOf(experimentInfo("before-after"), "train.batch")->initial)));
    }

    void aDamagedSettingsFileDoesNotStopTheStart_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("noise") << QByteArray("\x00\xff\xfe[[[=\n;;%%%\n\x01", 14);
        QTest::newRow("geometry") << QByteArray("[window]\ngeometry=@ByteArray(\\x1\\xd9\\xd0\\xcb\\0\\x3)\nsplitter=@Invalid()\n");
        QTest::newRow("variant") << QByteArray(
            "theme=@Variant(\\0\\0\\0\\x7f\\xff\\xff)\nexperiment=@Rect(1 2 3 4)\nlanguage=@Size(1 1)\n");
        QTest::newRow("no experiment") << QByteArray("[General]\nexperiment=no-such\n");
        QTest::newRow("spec") << QByteArray("[specs]\nnumber-line=\"{\\\"experiment\\\": 3}\"\n");
        QTest::newRow("types") << QByteArray(
            "[specs]\nnumber-line=\"{\\\"experiment\\\": \\\"number-line\\\", \\\"fields\\\": {\\\"quant.bits\\\": \\\"x\\\", \\\"a\\\": null}}\"\n");
    }
    void aDamagedSettingsFileDoesNotStopTheStart()
    {
        QFETCH(QByteArray, bytes);
        m_window.reset();
        const QString name = Settings::file();
        QDir().mkpath(QFileInfo(name).absolutePath());
        QFile file(name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        file.close();
        open();
        EVENTUALLY(m_window->findChild<QWidget*>(QStringLiteral("figure.histogram")));
        QVERIFY(m_window->width() >= 600 && m_window->height() >= 400);
    }

    /// What stands where the settings file should be is left alone; nobody waits for it.
    void noSettingsFileStopsTheStart_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("ending");
        for (const char* kind : {"fifo", "folder", "huge", "device"}) QTest::newRow(kind) << QString::fromLatin1(kind) << QString();
        QTest::newRow("lock") << QStringLiteral("fifo") << QStringLiteral(".lock");
    }
    void noSettingsFileStopsTheStart()
    {
        QFETCH(QString, kind);
        QFETCH(QString, ending);
        m_window.reset();
        forget();
        const QString name = Settings::file() + ending;
        QDir().mkpath(QFileInfo(name).absolutePath());
        const std::string path = QFile::encodeName(name).toStdString();
        if (kind == QLatin1String("fifo")) QCOMPARE(mkfifo(path.c_str(), 0600), 0);
        if (kind == QLatin1String("folder")) QVERIFY(QDir().mkpath(name));
        if (kind == QLatin1String("device")) QVERIFY(QFile::link(QStringLiteral("/dev/zero"), name));
        if (kind == QLatin1String("huge")) {
            std::ofstream(path) << "[General]\n";
            std::filesystem::resize_file(path, std::uintmax_t{1} << 40); // sparse
        }
        open();
        QVERIFY(!Settings::problem().empty());
        EVENTUALLY(m_window->findChild<QWidget*>(QStringLiteral("figure.histogram")));
        chooseQuickRun("66");
        m_window->close(); // would save
        m_window.reset();
        QVERIFY(QFileInfo::exists(name));
        std::filesystem::remove(path);
        QVERIFY(Settings::problem().empty());
    }
};

WINDOW_TEST_MAIN(TestWindowFiles, 1920, 1080)
#include "tst_window_files.moc"
