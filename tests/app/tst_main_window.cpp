// The real window, driven as a person would.

#include "app/main_window.h"
#include "tests/support/files.h"
#include "tests/support/quick.h"
#include "widgets/figure_card.h"
#include "widgets/icons.h"

#include <QComboBox>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QSlider>
#include <QTextBrowser>
#include <QToolButton>
#include <QtTest>

using namespace bitstill;

class TestMainWindow : public QObject {
    Q_OBJECT

    std::unique_ptr<MainWindow> m_window;

    template <class Widget> Widget* find(const char* name) const
    {
        auto* widget = m_window->findChild<Widget*>(QLatin1String(name));
        if (!widget) qFatal("no %s", name);
        return widget;
    }
    void open()
    {
        m_window = std::make_unique<MainWindow>(Settings::load(), Theme::light(), QStringLiteral("en"));
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    }
    void type(const char* field, const QString& text) const
    {
        auto* line = find<QLineEdit>(field);
        line->selectAll();
        QTest::keyClicks(line, text);
    }
    void chooseQuickRun()
    {
        QTest::mouseClick(find<QPushButton>("experiment.before-after"), Qt::LeftButton);
        auto* set = find<QComboBox>("field.data.set");
        set->setCurrentIndex(set->findData(QStringLiteral("strokes")));
        type("field.data.samples", QStringLiteral("600"));
        find<QComboBox>("field.model.name")->setCurrentText(QStringLiteral("mlp-16"));
        type("field.train.epochs", QStringLiteral("2"));
        type("field.train.batch", QStringLiteral("32"));
    }
    void runToTheEnd()
    {
        QTest::mouseClick(find<QPushButton>("runButton"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->controller()->latest() && m_window->controller()->latest()->outcome == Outcome::Finished, 30000);
    }
    /// Picks `what` in the figure's menu and answers the file dialog.
    void exportTo(const char* figure, const char* what, const QString& file)
    {
        QTimer::singleShot(0, this, [file] {
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            QVERIFY(dialog);
            dialog->selectFile(file);
            QMetaObject::invokeMethod(dialog, "accept");
        });
        auto* card = find<QWidget>(figure);
        for (QAction* action : card->findChild<QMenu*>()->actions())
            if (action->objectName() == QStringLiteral("action.") + QLatin1String(what)) action->trigger();
    }

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QApplication::setApplicationName(QStringLiteral("bitstill-test"));
        QApplication::setOrganizationName(QStringLiteral("bitstill-test"));
        QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
        initializeResources();
    }
    void init()
    {
        QSettings().clear();
        open();
    }
    void cleanup() { m_window.reset(); }

    void firstWindowShowsTheNumberLine()
    {
        QTRY_VERIFY(m_window->findChild<QWidget*>(QStringLiteral("figure.histogram")));
        QVERIFY(find<QPushButton>("experiment.number-line")->isChecked());
        QVERIFY(find<QTextBrowser>("lesson")->toPlainText().contains(QLatin1String("zero point"), Qt::CaseInsensitive));
    }

    void contrastsSetTheirFieldsAndRun()
    {
        m_window->openExperiment(QStringLiteral("teacher-student"));
        QTest::mouseClick(find<QPushButton>("contrast.shuffled"), Qt::LeftButton);
        QVERIFY(m_window->controller()->isRunning());
        QCOMPARE(m_window->controller()->spec().word("distill.knowledge"), std::string("shuffled"));
        QTest::mouseClick(find<QPushButton>("contrast.pool"), Qt::LeftButton);
        QCOMPARE(m_window->controller()->spec().word("distill.knowledge"), std::string("intact"));
        QVERIFY(m_window->controller()->spec().flag("distill.pool"));
        m_window->controller()->stop();
    }

    void runChangeBitsExport()
    {
        chooseQuickRun();
        runToTheEnd();
        QTRY_VERIFY(m_window->findChild<QWidget*>(QStringLiteral("figure.weights.dense1")));
        auto* bits = find<QSlider>("field.quant.bits");
        bits->setFocus();
        QTest::keyClick(bits, Qt::Key_Left); // 4 → 3
        const auto caption = [this] {
            for (const FigurePointer& f : m_window->controller()->latest()->figures)
                if (f->id == "weights.dense1") return f->caption.english();
            return std::string();
        };
        QTRY_VERIFY_WITH_TIMEOUT(contains(caption(), "of 7 levels"), 10000);
        QTRY_VERIFY(std::any_of(m_window->controller()->latest()->metrics.begin(), m_window->controller()->latest()->metrics.end(),
            [](const auto& m) { return m.first == "static.b3.accuracy"; }));

        const Folder folder;
        const QString svg = QString::fromStdString(folder.path("w.svg").string()),
                      csv = QString::fromStdString(folder.path("w.csv").string());
        exportTo("figure.weights.dense1", "svg", svg);
        exportTo("figure.weights.dense1", "csv", csv);
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

    void scrubbingShowsEarlierMoments()
    {
        chooseQuickRun();
        runToTheEnd();
        auto* scrubber = find<QSlider>("scrubber");
        QVERIFY(scrubber->isVisible());
        QCOMPARE(scrubber->maximum(), 3); // untrained, two epochs, now
        auto* card = find<FigureCard>("figure.accuracy");
        const auto points = [card] { return std::get<Curves>(card->figure()->body).series[1].x.size(); };
        const std::size_t atTheEnd = points();
        scrubber->setValue(0);
        QCOMPARE(points(), 1u); // measured once, before training
        scrubber->setValue(3);
        QCOMPARE(points(), atTheEnd);
    }

    void wrongValuesAreSaidWithoutADialog()
    {
        chooseQuickRun();
        type("field.train.epochs", QStringLiteral("0"));
        QTest::mouseClick(find<QPushButton>("runButton"), Qt::LeftButton);
        QVERIFY(!m_window->controller()->isRunning());
        QVERIFY(!QApplication::activeModalWidget());
        QVERIFY(find<QLabel>("messageText")->isVisible());
        QVERIFY(find<QLabel>("problem.train.epochs")->isVisible());
    }

    void failuresLeaveTheWindowUsable()
    {
        chooseQuickRun();
        runToTheEnd();
        auto* set = find<QComboBox>("field.data.set");
        set->setCurrentIndex(set->findData(QStringLiteral("csv")));
        QTest::mouseClick(find<QPushButton>("runButton"), Qt::LeftButton);
        QTRY_VERIFY(find<QLabel>("messageText")->text().contains(QLatin1String("data.path")));
        set->setCurrentIndex(set->findData(QStringLiteral("strokes")));
        runToTheEnd();
        QVERIFY(!find<QLabel>("messageText")->isVisible());
    }

    void brokenDocumentsLeaveWhatWasThere()
    {
        chooseQuickRun();
        const Folder folder;
        m_window->openFile(QString::fromStdString(folder.write("x.json", "{").string()));
        QVERIFY(find<QLabel>("messageText")->text().contains(QLatin1String("not a JSON document")));
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("2"));
        m_window->openFile(
            QString::fromStdString(folder.write("y.json", R"({"experiment": "before-after", "fields": {"train.epochs": 7}})").string()));
        QCOMPARE(find<QLineEdit>("field.train.epochs")->text(), QStringLiteral("7"));
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

    void everyControlCanBeNamedAndReached()
    {
        QTest::mouseClick(find<QPushButton>("experiment.before-after"), Qt::LeftButton);
        for (QAbstractButton* button : m_window->findChildren<QAbstractButton*>()) {
            if (!button->isVisible()) continue;
            QVERIFY2(!button->accessibleName().isEmpty() || !button->text().isEmpty(), qPrintable(button->objectName()));
            QVERIFY2(button->focusPolicy() != Qt::NoFocus || !button->shortcut().isEmpty() || qobject_cast<QToolButton*>(button),
                qPrintable(button->objectName()));
        }
    }

    void closingWhileItRunsIsQuick()
    {
        chooseQuickRun();
        type("field.train.epochs", QStringLiteral("200"));
        QTest::mouseClick(find<QPushButton>("runButton"), Qt::LeftButton);
        QTRY_VERIFY(m_window->controller()->latest());
        QElapsedTimer timer;
        timer.start();
        m_window->close();
        m_window.reset();
        QVERIFY2(timer.elapsed() < 200 * kSlow, qPrintable(QString::number(timer.elapsed())));
    }
};

QTEST_MAIN(TestMainWindow)
#include "tst_main_window.moc"
