#pragma once

#include "app/main_window.h"
#include "tests/support/files.h"
#include "tests/support/patience.h"
#include "tests/support/quick.h"
#include "widgets/figure_card.h"
#include "widgets/icons.h"

#include <QApplication>
#include <QComboBox>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSlider>
#include <QtTest>

/// The real window, driven as a person would.
class WindowTest : public QObject {
protected:
    std::unique_ptr<bitstill::MainWindow> m_window;

    /// Settings, files of the user and a history that no other program sees, not even the same test at the same time.
    static void prepare()
    {
        static const Folder home;
        qputenv("XDG_CONFIG_HOME", home.path("settings").c_str());
        qputenv("XDG_DATA_HOME", home.path("data").c_str());
        prepareApplication();
    }
    /// Where the homes are those of another process.
    static void prepareApplication()
    {
        QApplication::setApplicationName(QStringLiteral("bitstill-test-") + QFileInfo(QCoreApplication::applicationFilePath()).fileName());
        QApplication::setOrganizationName(QStringLiteral("bitstill-test"));
        QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
        bitstill::initializeResources();
    }
    /// Settings and what stands beside them; not the history.
    static void forget()
    {
        QFile::remove(bitstill::Settings::file());
        QDir(bitstill::Settings::dataFolder()).removeRecursively();
    }

    template <class Widget> Widget* find(const char* name) const
    {
        auto* widget = m_window->findChild<Widget*>(QLatin1String(name));
        if (!widget) qFatal("no %s", name);
        return widget;
    }
    void open()
    {
        m_window = std::make_unique<bitstill::MainWindow>(bitstill::Settings::load());
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    }
    void click(const char* button) const { find<QAbstractButton>(button)->click(); }
    void type(const char* field, const QString& text) const
    {
        auto* line = find<QLineEdit>(field);
        line->selectAll();
        QTest::keyClicks(line, text);
    }
    void chooseQuickRun(const char* epochs = "2")
    {
        click("experiment.before-after");
        auto* set = find<QComboBox>("field.data.set");
        set->setCurrentIndex(set->findData(QStringLiteral("strokes")));
        type("field.data.samples", QStringLiteral("600"));
        find<QComboBox>("field.model.name")->setCurrentText(QStringLiteral("mlp-16"));
        type("field.train.epochs", QLatin1String(epochs));
        type("field.train.batch", QStringLiteral("32"));
    }
    /// Minutes: still under way however long the window was kept from looking.
    void chooseLongRun()
    {
        chooseQuickRun("1000");
        find<QComboBox>("field.model.name")->setCurrentText(QStringLiteral("cnn-16-32"));
    }
    std::shared_ptr<const bitstill::Snapshot> latest() const { return m_window->controller()->latest(); }
    void runToTheEnd()
    {
        click("runButton");
        EVENTUALLY(latest() && latest()->outcome == bitstill::Outcome::Finished);
    }
    QString message() const
    {
        auto* label = find<QLabel>("messageText");
        return label->isVisible() ? label->text() : QString();
    }
    QString messageKind() const { return find<QWidget>("message")->property("kind").toString(); }
    /// Once a modal file dialog is up: this file or folder. How a figure is to look is left as it is.
    void answerFileDialog(const QString& path)
    {
        auto* looking = new QTimer(this);
        connect(looking, &QTimer::timeout, this, [looking, path] {
            QWidget* modal = QApplication::activeModalWidget();
            if (modal && modal->objectName() == QLatin1String("exportFigure")) {
                QMetaObject::invokeMethod(modal, "accept");
                return;
            }
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            if (!dialog) return;
            looking->deleteLater();
            looking->stop();
            if (dialog->fileMode() == QFileDialog::ExistingFile)
                dialog->selectFile(path); // picked in the list
            else
                dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"))->setText(path); // typed
            QMetaObject::invokeMethod(dialog, "accept");
        });
        looking->start(5);
    }
    /// Picks `what` in the menu of a figure, in the grid or enlarged.
    static void pick(const QWidget& card, const char* what)
    {
        for (QAction* action : card.findChild<QMenu*>()->actions())
            if (action->objectName() == QStringLiteral("action.") + QLatin1String(what)) action->trigger();
    }
};

/// As QTEST_MAIN, on a screen of this size where there is none.
#define WINDOW_TEST_MAIN(Test, width, height)                                                                                              \
    int main(int argc, char** argv)                                                                                                        \
    {                                                                                                                                      \
        const Folder folder;                                                                                                               \
        const std::string screen = R"({"screens": [{"name": "s", "x": 0, "y": 0, "width": )" #width R"(, "height": )" #height              \
                                   R"(, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}]})";                                             \
        if (qgetenv("QT_QPA_PLATFORM") == "offscreen")                                                                                     \
            qputenv("QT_QPA_PLATFORM", QByteArray("offscreen:configfile=") + folder.write("screen.json", screen).c_str());                 \
        QApplication application(argc, argv);                                                                                              \
        QApplication::setStyle(QStringLiteral("fusion"));                                                                                  \
        QApplication::setFont(bitstill::Theme::body());                                                                                    \
        Test test;                                                                                                                         \
        return QTest::qExec(&test, argc, argv);                                                                                            \
    }
