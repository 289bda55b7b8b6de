// Sizes, themes and languages of the real window.

#include "app/placement.h"
#include "tests/support/patience.h"
#include "tests/support/window.h"

#include <QHeaderView>
#include <QLibraryInfo>
#include <QScopeGuard>
#include <QScreen>
#include <QSettings>
#include <QTableView>
#include <QTreeView>

using namespace bitstill;

namespace {

double luminance(const QColor& c)
{
    const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
}

/// As WCAG has it: 4.5 is readable, 21 is black on white.
double contrast(const QColor& a, const QColor& b)
{
    const double x = luminance(a), y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

/// The background that is really there, and whatever stands out from it most.
double paintedContrast(QWidget& widget)
{
    const QImage image = widget.grab().toImage();
    std::map<QRgb, int> count;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) ++count[image.pixel(x, y)];
    const auto most = std::max_element(count.begin(), count.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    double best = 1;
    for (const auto& [color, times] : count)
        if (times > 10) best = std::max(best, contrast(QColor(color), QColor(most->first)));
    return best;
}

} // namespace

class TestWindowLook : public WindowTest {
    Q_OBJECT

    const Folder m_config;

    void open(const char* theme, const char* language)
    {
        forget();
        Settings settings;
        settings.theme = QLatin1String(theme);
        settings.language = QLatin1String(language);
        settings.save();
        WindowTest::open();
    }
    static void lookRows()
    {
        QTest::addColumn<QByteArray>("theme");
        QTest::addColumn<QByteArray>("language");
        for (const char* theme : {"light", "dark"})
            for (const char* language : {"en", "ko"}) QTest::addRow("%s %s", theme, language) << QByteArray(theme) << QByteArray(language);
    }

private Q_SLOTS:
    void initTestCase()
    {
        prepare();
        // Qt's file dialog remembers its columns for all programs of the user.
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, QString::fromStdString(m_config.path().string()));
    }
    void cleanup() { m_window.reset(); }

    void theFirstStartLiesOnTheScreen()
    {
        open("light", "en");
        const QRect room = m_window->screen()->availableGeometry();
        QCOMPARE(room.size(), QSize(1280, 800));
        QVERIFY2(
            m_window->height() <= room.height() - 36 && m_window->width() <= room.width(), qPrintable(QString::number(m_window->height())));
    }

    void aWindowOfALargerScreenComesBackOnThisOne()
    {
        QWidget large;
        large.setGeometry(3000, 900, 1900, 1000);
        const QByteArray saved = large.saveGeometry();
        QWidget back;
        place(back, saved, {100, 100});
        QVERIFY(back.screen()->availableGeometry().contains(back.geometry()));
    }

    void smallScreensCutNothing_data() { lookRows(); }
    void smallScreensCutNothing()
    {
        QFETCH(QByteArray, theme);
        QFETCH(QByteArray, language);
        open(theme, language);
        for (const ExperimentInfo& info : experiments()) {
            m_window->openExperiment(QString::fromStdString(info.id));
            for (const QSize size : {QSize(1024, 700), QSize(960, 540)}) {
                m_window->resize(size);
                EVENTUALLY_EQUAL(m_window->size(), size);
                QVERIFY2(m_window->minimumSizeHint().width() <= 944, qPrintable(QString::number(m_window->minimumSizeHint().width())));
                // What does not scroll is there as a whole.
                for (QAbstractButton* button : m_window->findChildren<QAbstractButton*>()) {
                    const bool scrolls = find<QWidget>("formPage")->isAncestorOf(button)
                        || find<QWidget>("sidebarPage")->isAncestorOf(button) || find<QWidget>("grid")->isAncestorOf(button);
                    if (!button->isVisible() || scrolls) continue;
                    const QRect lies(button->mapTo(m_window.get(), QPoint()), button->size());
                    QVERIFY2(m_window->rect().contains(lies), qPrintable(button->objectName()));
                    QVERIFY2(button->width() >= button->minimumSizeHint().width(),
                        qPrintable(QStringLiteral("%1 %2 %3")
                                       .arg(button->objectName())
                                       .arg(button->width())
                                       .arg(button->minimumSizeHint().width())));
                }
                // The question wraps only where it has the whole line for itself.
                const auto* question = find<QLabel>("question");
                QTRY_VERIFY2(question->fontMetrics().horizontalAdvance(question->text()) <= question->width()
                        || question->width() > find<QWidget>("topBar")->width() - 30,
                    qPrintable(question->text()));
                // What scrolls does so downwards only, and can be reached by it.
                for (const char* page : {"formPage", "sidebarPage", "grid"}) {
                    auto* shown = find<QWidget>(page);
                    QTRY_VERIFY2(shown->width() <= shown->parentWidget()->width(),
                        qPrintable(QStringLiteral("%1 %2 %3 %4")
                                       .arg(QLatin1String(page))
                                       .arg(shown->width())
                                       .arg(shown->parentWidget()->width())
                                       .arg(size.width())));
                    QVERIFY2(shown->width() >= shown->minimumSizeHint().width(), page);
                }
            }
        }
        m_window->controller()->stop();
    }

    void noChoiceIsCutOff_data() { lookRows(); }
    void noChoiceIsCutOff()
    {
        QFETCH(QByteArray, theme);
        QFETCH(QByteArray, language);
        open(theme, language);
        for (const ExperimentInfo& info : experiments()) {
            m_window->openExperiment(QString::fromStdString(info.id));
            auto* form = find<QWidget>("formPage");
            QTRY_VERIFY(form->width() > 0);
            for (const QComboBox* box : form->findChildren<QComboBox*>()) {
                if (!box->isVisible()) continue;
                QStyleOptionComboBox option;
                option.initFrom(box);
                const int room = box->style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, box).width();
                for (int i = 0; i < box->count() && !box->isEditable(); ++i)
                    QVERIFY2(box->fontMetrics().horizontalAdvance(box->itemText(i)) <= room,
                        qPrintable(box->objectName() + QLatin1Char(' ') + box->itemText(i)));
            }
        }
        m_window->controller()->stop();
    }

    /// With a run that has moments, whose buttons lie in the bar below.
    void anotherLookKeepsTheWindowsSize()
    {
        open("light", "en");
        chooseQuickRun();
        runToTheEnd();
        const QSize size(1000, 700);
        m_window->resize(size);
        EVENTUALLY_EQUAL(m_window->size(), size);
        for (const char* change : {"language", "theme", "language"}) {
            const QPointer<QWidget> before = find<QWidget>("bottomBar");
            m_window->findChild<QAction*>(QLatin1String("action.") + QLatin1String(change))->trigger();
            EVENTUALLY(!before);
            QCoreApplication::processEvents();
            QCOMPARE(m_window->size(), size);
        }
    }

    /// "0.6139" must not read "6139".
    void valueBoxesShowAllDigits()
    {
        open("light", "en");
        for (const ExperimentInfo& info : experiments()) {
            m_window->openExperiment(QString::fromStdString(info.id));
            for (QSlider* slider : find<QWidget>("formPage")->findChildren<QSlider*>()) {
                const QString key = slider->objectName().mid(6);
                auto* box = m_window->findChild<QLineEdit*>(QStringLiteral("value.") + key);
                QVERIFY(box);
                for (int i = 0; i <= slider->maximum(); i += std::max(1, slider->maximum() / 37)) {
                    slider->setValue(i);
                    const int room = box->width() - 2 * 5 - 2 - 4; // padding, border, the line edit's own margin
                    QVERIFY2(box->fontMetrics().horizontalAdvance(box->text()) <= room, qPrintable(key + QLatin1Char(' ') + box->text()));
                }
            }
        }
        m_window->controller()->stop();
    }

    void tablesAndFileDialogsAreReadable_data() { lookRows(); }
    void tablesAndFileDialogsAreReadable()
    {
        QFETCH(QByteArray, theme);
        QFETCH(QByteArray, language);
        open(theme, language);
        EVENTUALLY(m_window->findChild<QWidget*>(QStringLiteral("figure.histogram")));
        pick(*find<QWidget>("figure.histogram"), "table");
        auto* table = m_window->findChild<QTableView*>();
        QVERIFY(table);
        QVERIFY(paintedContrast(*table->viewport()) >= 4.5);
        const bool dark = theme == "dark";
        QCOMPARE(table->palette().color(QPalette::Base).lightness() < 128, dark);
        table->window()->close();
        QFileDialog dialog(m_window.get());
        dialog.setDirectory(QStringLiteral("/"));
        dialog.show();
        QVERIFY(QTest::qWaitForWindowExposed(&dialog));
        auto* files = dialog.findChild<QTreeView*>(QStringLiteral("treeView"));
        dialog.setViewMode(QFileDialog::Detail);
        EVENTUALLY(files->model()->rowCount(files->rootIndex()) > 3);
        QVERIFY(paintedContrast(*files->viewport()) >= 4.5);
        for (QLabel* label : dialog.findChildren<QLabel*>())
            QVERIFY2(contrast(label->palette().color(QPalette::WindowText), dialog.palette().color(QPalette::Window)) >= 4.5,
                qPrintable(label->text()));
    }

    void theFileDialogSpeaksKorean()
    {
        if (!QFileInfo::exists(QLibraryInfo::path(QLibraryInfo::TranslationsPath) + QStringLiteral("/qtbase_ko.qm")))
            QSKIP("qt6-translations-l10n is not installed");
        open("light", "ko");
        const Folder folder;
        folder.write("a.json", "{}");
        m_window->openFile(
            QString::fromStdString(folder.write("b.json", R"({"experiment": "number-line"})").string())); // the dialog begins there
        const QRegularExpression english(QStringLiteral("[A-Za-z]{4,}")), names(QStringLiteral("JSON|json|bitstill"));
        const auto check = [&](QString text) { QVERIFY2(!text.remove(names).contains(english), qPrintable(text)); };
        QTimer::singleShot(0, this, [&] {
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            QVERIFY(dialog);
            dialog->setViewMode(QFileDialog::Detail);
            for (QLabel* label : dialog->findChildren<QLabel*>()) check(label->text());
            for (QAbstractButton* button : dialog->findChildren<QAbstractButton*>()) {
                check(button->text());
                if (button->isVisible()) check(button->toolTip());
            }
            auto* files = dialog->findChild<QTreeView*>(QStringLiteral("treeView"));
            EVENTUALLY(files->model()->rowCount(files->rootIndex()) > 0);
            for (int c = 0; c < files->model()->columnCount(); ++c) {
                if (files->isColumnHidden(c)) continue;
                check(files->model()->headerData(c, Qt::Horizontal).toString());
                if (c > 0) check(files->model()->index(0, c, files->rootIndex()).data().toString());
            }
            dialog->reject();
        });
        for (QAction* action : m_window->findChildren<QAction*>(QStringLiteral("action.open"))) action->trigger();
    }

    /// "150 bytes" must not read "150...tes".
    void theFileDialogShowsWholeCells_data() { lookRows(); }
    void theFileDialogShowsWholeCells()
    {
        QFETCH(QByteArray, theme);
        QFETCH(QByteArray, language);
        open(theme, language);
        const Folder folder;
        folder.write("a.json", std::string(150, ' '));
        m_window->openFile(
            QString::fromStdString(folder.write("b.json", R"({"experiment": "number-line"})").string())); // the dialog begins there
        QTimer::singleShot(0, this, [&] {
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            QVERIFY(dialog);
            const auto closing = qScopeGuard([dialog] { dialog->reject(); });
            dialog->setViewMode(QFileDialog::Detail);
            auto* files = dialog->findChild<QTreeView*>(QStringLiteral("treeView"));
            EVENTUALLY(files->model()->rowCount(files->rootIndex()) == 2);
            const QModelIndex last = files->model()->index(1, 0, files->rootIndex());
            EVENTUALLY(!files->visualRect(last).isEmpty()); // laid out: a hint before says nothing
            for (int c = 0; c < files->model()->columnCount(); ++c) {
                if (files->isColumnHidden(c)) continue;
                const QAbstractItemView& view = *files;
                const auto wanted = [files, &view, c] { return std::max(view.sizeHintForColumn(c), files->header()->sectionSizeHint(c)); };
                QTRY_VERIFY2(files->columnWidth(c) >= wanted(),
                    qPrintable(QStringLiteral("column %1: %2 of %3").arg(c).arg(files->columnWidth(c)).arg(wanted())));
            }
        });
        for (QAction* action : m_window->findChildren<QAction*>(QStringLiteral("action.open"))) action->trigger();
    }

    void aSwitchBackToEnglishTakesEverythingAlong()
    {
        open("light", "ko");
        click("action.language");
        EVENTUALLY_EQUAL(find<QPushButton>("runButton")->text(), QStringLiteral("Run"));
        QFileDialog dialog(m_window.get());
        QCOMPARE(dialog.labelText(QFileDialog::LookIn), QStringLiteral("Look in:"));
    }
};

WINDOW_TEST_MAIN(TestWindowLook, 1280, 800)
#include "tst_window_look.moc"
