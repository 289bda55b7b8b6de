// What the window shows before a run, beside fields, and in which order.

#include "app/figure_window.h"
#include "app/look_window.h"
#include "app/run_controller.h"
#include "tests/support/window.h"
#include "widgets/card_grid.h"
#include "widgets/figure_sketch.h"

#include <QAccessible>
#include <QPointer>
#include <QScrollArea>
#include <QTextEdit>
#include <QToolButton>

using namespace bitstill;

class TestWindowPages : public WindowTest {
    Q_OBJECT

    void open(const char* language = "en")
    {
        Settings settings = Settings::load();
        settings.language = QLatin1String(language);
        settings.theme = QStringLiteral("light");
        settings.save();
        WindowTest::open();
    }
    QString textOf(const char* label) const { return find<QLabel>(label)->text(); }
    QStringList order() const
    {
        QStringList ids;
        for (const FigureCard* card : find<CardGrid>("grid")->cards()) ids << QString::fromStdString(card->figure()->id);
        return ids;
    }
    FigureCard* card(const char* id) const { return find<FigureCard>((std::string("figure.") + id).c_str()); }
    LookWindow* lookAt(const char* field) const
    {
        return m_window->findChild<LookWindow*>(QStringLiteral("lookAt.") + QLatin1String(field));
    }
    const FigureCard* shownBy(const char* field, const char* figure) const
    {
        return lookAt(field) ? lookAt(field)->findChild<FigureCard*>(QStringLiteral("figure.") + QLatin1String(figure)) : nullptr;
    }
    /// By Tab until it has the focus.
    bool reaches(const char* name) const
    {
        find<QWidget>("field.data.set")->setFocus();
        for (int i = 0; i < 40; ++i) {
            if (m_window->focusWidget() && m_window->focusWidget()->objectName() == QLatin1String(name)) return true;
            QTest::keyClick(m_window->focusWidget(), Qt::Key_Tab);
        }
        return false;
    }

private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init() { forget(); }
    void cleanup() { m_window.reset(); }

    void beforeARunThePageSaysWhatWillBe_data()
    {
        QTest::addColumn<QByteArray>("language");
        for (const char* language : {"en", "ko"}) QTest::newRow(language) << QByteArray(language);
    }
    void beforeARunThePageSaysWhatWillBe()
    {
        QFETCH(QByteArray, language);
        open(language);
        m_window->resize(1024, 700);
        for (const ExperimentInfo& info : experiments()) {
            m_window->openExperiment(QString::fromStdString(info.id));
            if (info.instant) continue;
            auto* page = find<QWidget>("expectedPage");
            QVERIFY2(page->isVisible(), info.id.c_str());
            for (const char* label : {"expectedQuestion", "expectedHint", "expectedTime"}) {
                QVERIFY2(find<QLabel>(label)->isVisible() && !textOf(label).isEmpty(), label);
                const auto* shown = find<QLabel>(label);
                EVENTUALLY(shown->height() >= shown->heightForWidth(shown->width()));
            }
            EVENTUALLY(page->width() <= find<QScrollArea>("expected")->viewport()->width());
            const auto sketches = page->findChildren<FigureSketch*>();
            QCOMPARE(sketches.size(), static_cast<qsizetype>(info.expected.size()));
            for (const FigureSketch* sketch : sketches) {
                EVENTUALLY(sketch->isVisible() && page->rect().contains(QRect(sketch->mapTo(page, QPoint()), sketch->size())));
                QVERIFY(!sketch->accessibleName().isEmpty() && sketch->accessibleDescription().contains(QLatin1String(": ")));
            }
        }
    }

    void theTimeIsThatOfAnEarlierRun()
    {
        open();
        chooseQuickRun();
        QCOMPARE(textOf("expectedTime"), QStringLiteral("How long it takes has not been measured on this machine yet."));
        QSignalSpy ended(m_window->controller(), &RunController::ended); // a moment after the last figures, with the record
        runToTheEnd();
        EVENTUALLY(ended.size() == 1);
        EVENTUALLY(find<QScrollArea>("figures")->isVisible());
        QVERIFY(!find<QWidget>("expectedPage")->isVisible());
        click("action.reset");
        QVERIFY(find<QWidget>("expectedPage")->isVisible());
        QVERIFY2(textOf("expectedTime").startsWith(QLatin1String("Takes about")), qPrintable(textOf("expectedTime")));
        type("field.train.epochs", QStringLiteral("3"));
        QVERIFY2(textOf("expectedTime").startsWith(QLatin1String("An earlier run with other settings took")),
            qPrintable(textOf("expectedTime")));
        m_window.reset();
        open(); // another start of the program
        chooseQuickRun();
        QVERIFY2(textOf("expectedTime").startsWith(QLatin1String("Takes about")), qPrintable(textOf("expectedTime")));
    }

    void whileARunHasNothingToShowThePageStays()
    {
        open();
        chooseLongRun();
        find<QLineEdit>("field.data.samples")->setText(QStringLiteral("100000")); // seconds until there is a figure
        click("runButton");
        QVERIFY(find<QWidget>("expectedPage")->isVisible());
        QVERIFY(textOf("expectedHint").startsWith(QLatin1String("The run has begun")));
        m_window->controller()->stop();
        EVENTUALLY(!m_window->controller()->isRunning());
    }

    void theDataCardOpensByKeyboardAndFollows()
    {
        open();
        chooseQuickRun();
        QVERIFY(reaches("look.data.set"));
        QTest::keyClick(m_window->focusWidget(), Qt::Key_Space);
        QVERIFY(lookAt("data.set") && lookAt("data.set")->isVisible() && !lookAt("data.set")->isModal());
        EVENTUALLY(shownBy("data.set", "data.samples"));
        QCOMPARE(std::get<Images>(shownBy("data.set", "data.samples")->figure()->body).tiles.size(), 40u);
        QVERIFY(!shownBy("data.set", "data.columns"));
        const auto samples = [this] {
            const FigureCard* facts = shownBy("data.set", "data.facts");
            return facts ? std::get<Readout>(facts->figure()->body).items[0].value.english() : std::string();
        };
        QCOMPARE(samples(), std::string("600"));
        type("field.data.samples", QStringLiteral("700"));
        EVENTUALLY(samples() == "700");
        type("field.data.samples", QStringLiteral("7")); // that is too few
        EVENTUALLY(!shownBy("data.set", "data.facts"));
        QVERIFY(lookAt("data.set")->findChild<QLabel*>(QStringLiteral("lookStatus"))->isVisible());
        auto* set = find<QComboBox>("field.data.set");
        set->setCurrentIndex(set->findData(QStringLiteral("moons")));
        type("field.data.samples", QStringLiteral("500"));
        EVENTUALLY(shownBy("data.set", "data.columns"));
        QTest::mouseClick(find<QToolButton>("look.data.set"), Qt::LeftButton); // the same window
        QCOMPARE(m_window->findChildren<LookWindow*>().size(), 1);
        lookAt("data.set")->close();
        EVENTUALLY(!lookAt("data.set"));
    }

    void theDataCardSaysHowOnesOwnFileWasUnderstood()
    {
        const Folder folder;
        std::string table = "size,still,colour\n";
        for (int i = 0; i < 60; ++i) table += std::to_string(i * 7 % 11) + ",3," + (i % 2 ? "red" : "blue") + '\n';
        open();
        chooseQuickRun();
        auto* set = find<QComboBox>("field.data.set");
        set->setCurrentIndex(set->findData(QStringLiteral("csv")));
        click("look.data.set");
        EVENTUALLY(lookAt("data.set")->findChild<QLabel*>(QStringLiteral("lookStatus"))->text().contains(QLatin1String("data.path")));
        find<QLineEdit>("field.data.path")->setText(QString::fromStdString(folder.write("t.csv", table).string()));
        EVENTUALLY(shownBy("data.set", "data.columns"));
        QVERIFY2(contains(shownBy("data.set", "data.facts")->figure()->caption.english(), "colour"),
            shownBy("data.set", "data.facts")->figure()->caption.english().c_str());
        const auto& columns = std::get<Table>(shownBy("data.set", "data.columns")->figure()->body);
        QCOMPARE(columns.rows.front().front(), Text(std::string("still")));
        // Now its shape is known, so the network's is too.
        EVENTUALLY(find<QLabel>("note.model.name")->isVisible());
        QVERIFY2(textOf("note.model.name").startsWith(QLatin1String("82 parameters")), qPrintable(textOf("note.model.name")));
    }

    void theNetworkIsOutlinedBesideItsField()
    {
        open();
        chooseQuickRun();
        EVENTUALLY(textOf("note.model.name").startsWith(QLatin1String("12,730 parameters")));
        const QString before = textOf("note.model.name");
        find<QSlider>("field.quant.bits")->setValue(0);
        EVENTUALLY(textOf("note.model.name") != before && textOf("note.model.name").contains(QLatin1String("2 bits")));
        find<QComboBox>("field.model.name")->setCurrentText(QStringLiteral("mlp-8"));
        EVENTUALLY(textOf("note.model.name").startsWith(QLatin1String("6,370 parameters")));
        find<QComboBox>("field.model.name")->setCurrentText(QStringLiteral("mlp-x"));
        QVERIFY(!find<QLabel>("note.model.name")->isVisible());
        find<QComboBox>("field.model.name")->setCurrentText(QStringLiteral("mlp-8"));
        QVERIFY(reaches("look.model.name"));
        QTest::keyClick(m_window->focusWidget(), Qt::Key_Space);
        EVENTUALLY(shownBy("model.name", "network.layers"));
        const auto rows = [this] { return std::get<Table>(shownBy("model.name", "network.layers")->figure()->body).rows.size(); };
        QCOMPARE(rows(), 5u); // flatten, dense1, relu1, logits, total
        QVERIFY(shownBy("model.name", "network.map"));
        find<QComboBox>("field.model.name")->setCurrentText(QStringLiteral("mlp-8-8"));
        EVENTUALLY(rows() == 7u);
    }

    void everyNetworkOfAnExperimentHasItsLine()
    {
        open();
        m_window->openExperiment(QStringLiteral("teacher-student"));
        EVENTUALLY(!textOf("note.distill.teacher").isEmpty() && !textOf("note.model.name").isEmpty());
        QVERIFY(!textOf("note.distill.teacher").contains(QLatin1String("bits"))); // it stays float
    }

    void figuresArePinnedAndMoved()
    {
        open();
        m_window->openExperiment(QStringLiteral("number-line"));
        EVENTUALLY(order().size() == 6);
        const QStringList original = order();
        pick(*card("sqnr"), "pin");
        EVENTUALLY(order().first() == QLatin1String("sqnr"));
        pick(*card("error"), "pin");
        EVENTUALLY(order()[1] == QLatin1String("error"));
        pick(*card("error"), "up"); // among those that are pinned
        EVENTUALLY(order().mid(0, 2) == (QStringList{QStringLiteral("error"), QStringLiteral("sqnr")}));
        auto* view = card("histogram")->findChild<FigureView*>();
        view->setFocus();
        QTest::keyClick(view, Qt::Key_Down, Qt::ControlModifier | Qt::ShiftModifier);
        EVENTUALLY(order().mid(2, 2) == (QStringList{original[1], original[0]}));
        QCOMPARE(m_window->focusWidget(), view); // it went with the card
        const QStringList mine = order();
        const FigurePointer before = card("histogram")->figure();
        find<QSlider>("field.quant.bits")->setValue(1);
        EVENTUALLY(card("histogram")->figure() != before); // new figures, the same order
        QCOMPARE(order(), mine);
        m_window.reset();
        open();
        m_window->openExperiment(QStringLiteral("number-line"));
        EVENTUALLY(order() == mine);
        pick(*card("sqnr"), "order");
        EVENTUALLY(order() == original);
    }

    /// Named by what the picture shows, not by what the form says; and it stays with another theme and another experiment in between.
    void keptOutlinesAreNamedAndStay()
    {
        const auto kept = [this] {
            QStringList names;
            for (const KeptFigure& k : card("weights.dense1")->state().kept) names << k.settings;
            return names;
        };
        open();
        chooseQuickRun();
        runToTheEnd();
        EVENTUALLY(m_window->findChild<FigureCard*>(QStringLiteral("figure.weights.dense1")));
        const FigurePointer before = card("weights.dense1")->figure();
        find<QSlider>("field.quant.bits")->setValue(6); // 8 bits
        EVENTUALLY(!latest()->updating && card("weights.dense1")->figure() != before);
        pick(*card("weights.dense1"), "keep");
        QCOMPARE(kept(), QStringList{QStringLiteral("Bits 8")});
        m_window->document().showMark(0); // measured at 3 bits, the default
        pick(*card("weights.dense1"), "keep");
        const QStringList both{QStringLiteral("Bits 8"), QStringLiteral("defaults")};
        QCOMPARE(kept(), both);
        click("action.theme");
        QPointer<FigureCard> old = card("weights.dense1");
        EVENTUALLY(!old);
        EVENTUALLY(m_window->findChild<FigureCard*>(QStringLiteral("figure.weights.dense1")));
        QCOMPARE(kept(), both);
        m_window->openExperiment(QStringLiteral("number-line"));
        m_window->openExperiment(QStringLiteral("before-after"));
        QCOMPARE(kept(), both);
    }

    /// An outline while a slider moves, a name for what is kept.
    void enlargedFiguresTakePart()
    {
        open();
        chooseQuickRun();
        runToTheEnd();
        EVENTUALLY(m_window->findChild<FigureCard*>(QStringLiteral("figure.weights.dense1")));
        pick(*card("weights.dense1"), "enlarge");
        auto* large = m_window->findChild<FigureWindow*>();
        QVERIFY(large);
        const auto picture = [large] { return large->card()->findChild<FigureView*>()->grab().toImage(); };
        const FigurePointer before = large->card()->figure();
        m_window->document().hold(true);
        find<QSlider>("field.quant.bits")->setValue(6); // 8 bits
        EVENTUALLY(!latest()->updating && large->card()->figure() != before);
        const QImage held = picture();
        m_window->document().hold(false);
        QVERIFY(picture() != held);
        pick(*large->card(), "keep");
        QCOMPARE(large->card()->state().kept.at(0).settings, QStringLiteral("Bits 8"));
    }

    /// What is looked at beside a field is of the settings, not of a run before.
    void whatIsLookedAtSaysWhereItIsFrom()
    {
        open();
        chooseQuickRun();
        click("look.model.name");
        EVENTUALLY(lookAt("model.name") && !lookAt("model.name")->findChildren<FigureCard*>().isEmpty());
        const FigureCard* layers = lookAt("model.name")->findChildren<FigureCard*>().first();
        pick(*layers, "enlarge");
        auto* large = m_window->findChild<FigureWindow*>();
        QVERIFY(large);
        QCOMPARE(large->provenance(), provenance(m_window->document().spec()));
        Q_EMIT const_cast<FigureCard*>(layers)->findChild<QMenu*>()->aboutToShow();
        QVERIFY(!layers->findChild<QAction*>(QStringLiteral("action.keep"))->isVisible()); // it has no settings to be named by
    }

    void aTitleCanBeDragged()
    {
        open();
        m_window->openExperiment(QStringLiteral("number-line"));
        EVENTUALLY(order().size() == 6);
        const QStringList original = order();
        FigureCard *first = card("histogram"), *second = find<CardGrid>("grid")->cards()[1];
        const QPoint title(30, 20), there = first->mapFromGlobal(second->mapToGlobal(second->rect().center()));
        QTest::mousePress(first, Qt::LeftButton, {}, title);
        QTest::mouseMove(first, title + QPoint(40, 0));
        QTest::mouseRelease(first, Qt::LeftButton, {}, there);
        QCOMPARE(order().first(), original[1]);
        QCOMPARE(order()[1], original[0]);
        QTest::mouseClick(first, Qt::LeftButton, {}, title); // moves nothing
        QCOMPARE(order().first(), original[1]);
    }

    void tabFollowsTheOrder()
    {
        open();
        m_window->openExperiment(QStringLiteral("number-line"));
        EVENTUALLY(order().size() == 6);
        pick(*card("sqnr"), "pin");
        EVENTUALLY(order().first() == QLatin1String("sqnr"));
        card("sqnr")->findChild<FigureView*>()->setFocus();
        QStringList passed;
        for (int i = 0; i < 12; ++i) {
            const QWidget* focus = m_window->focusWidget();
            const QString name = focus->parentWidget()->objectName();
            if (passed.isEmpty() || passed.last() != name) passed << name;
            QTest::keyClick(m_window->focusWidget(), Qt::Key_Tab);
        }
        QStringList expected;
        for (const QString& id : order()) expected << QStringLiteral("figure.") + id;
        QCOMPARE(passed, expected);
    }

    void figuresOfCellsAreTablesForAScreenReader()
    {
        open();
        m_window->openExperiment(QStringLiteral("number-line"));
        EVENTUALLY(order().size() == 6);
        QAccessibleInterface* figure = QAccessible::queryAccessibleInterface(card("readout")->findChild<FigureView*>());
        QVERIFY(figure);
        QCOMPARE(figure->role(), QAccessible::Table);
        QAccessibleTableInterface* table = figure->tableInterface();
        QVERIFY(table);
        const auto& items = std::get<Readout>(card("readout")->figure()->body).items;
        QCOMPARE(table->rowCount(), static_cast<int>(items.size()));
        QCOMPARE(table->columnCount(), 2);
        QCOMPARE(table->rowDescription(0), QString::fromStdString(items[0].label.english()));
        QAccessibleInterface* cell = table->cellAt(0, 1);
        QVERIFY(cell && cell->isValid());
        QCOMPARE(cell->text(QAccessible::Name), QString::fromStdString(items[0].value.english()));
        QCOMPARE(cell->tableCellInterface()->rowIndex(), 0);
        QCOMPARE(cell->tableCellInterface()->columnIndex(), 1);
        QVERIFY(!cell->rect().isEmpty());
        QCOMPARE(figure->child(figure->indexOfChild(cell)), cell);
        QCOMPARE(figure->childAt(cell->rect().center().x(), cell->rect().center().y()), table->cellAt(0, 0));
        // A chart stays a picture.
        QCOMPARE(QAccessible::queryAccessibleInterface(card("sqnr")->findChild<FigureView*>())->role(), QAccessible::Graphic);
        // What it says is what there is now.
        find<QSlider>("field.quant.bits")->setValue(0);
        EVENTUALLY(cell->text(QAccessible::Name)
            == QString::fromStdString(std::get<Readout>(card("readout")->figure()->body).items[0].value.english()));
    }

    /// Where the keyboard is, something is drawn otherwise than where it is not.
    void focusIsVisibleEverywhere_data()
    {
        QTest::addColumn<QString>("experiment");
        for (const char* id : {"number-line", "teacher-student", "before-after"}) QTest::newRow(id) << QString::fromLatin1(id);
    }
    void focusIsVisibleEverywhere()
    {
        QFETCH(QString, experiment);
        open();
        QApplication::setActiveWindow(m_window.get());
        m_window->openExperiment(experiment);
        if (experiment == QLatin1String("number-line")) EVENTUALLY(order().size() == 6);
        EVENTUALLY(!m_window->controller()->isRunning());
        QApplication::setCursorFlashTime(0); // a cursor that blinks is no proof
        std::set<QWidget*> seen;
        QStringList unseen;
        find<QWidget>("runButton")->setFocus();
        for (int i = 0; i < 200 && seen.insert(m_window->focusWidget()).second; ++i) {
            QWidget* focus = m_window->focusWidget();
            QWidget* around = focus->parentWidget() ? focus->parentWidget() : focus;
            const QImage with = around->grab().toImage();
            focus->clearFocus();
            const QImage without = around->grab().toImage();
            focus->setFocus(Qt::TabFocusReason);
            if (with == without) unseen << focus->objectName() + QLatin1Char(' ') + QLatin1String(focus->metaObject()->className());
            QTest::keyClick(focus, Qt::Key_Tab);
        }
        QVERIFY(seen.size() > 20);
        QVERIFY2(unseen.isEmpty(), qPrintable(unseen.join(QStringLiteral(", "))));
    }
};

WINDOW_TEST_MAIN(TestWindowPages, 1280, 800)
#include "tst_window_pages.moc"
