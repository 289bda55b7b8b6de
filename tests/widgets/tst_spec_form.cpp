#include "widgets/spec_form.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QSlider>
#include <QtTest>
#include <set>

using namespace bitstill;

static QLabel* labelOf(const SpecForm& form, const char* key)
{
    for (QLabel* l : form.findChildren<QLabel*>())
        if (l->buddy() && l->buddy()->focusProxy()
            && l->buddy()->focusProxy()->objectName() == QLatin1String("field.") + QLatin1String(key))
            return l;
    return nullptr;
}

class TestSpecForm : public QObject {
    Q_OBJECT

    static void experimentRows()
    {
        QTest::addColumn<QString>("id");
        for (const ExperimentInfo& e : experiments()) QTest::newRow(e.id.c_str()) << QString::fromStdString(e.id);
    }

private Q_SLOTS:
    void aGroupWithoutFieldsHasNoHeading()
    {
        SpecForm form(experimentInfo("own-model"));
        const auto heading = [&form](const char* text) {
            for (QLabel* label : form.findChildren<QLabel*>())
                if (label->property("role") == QLatin1String("group") && label->text() == QLatin1String(text))
                    return label->isVisibleTo(&form);
            return false;
        };
        QVERIFY(heading("TRAINING") && heading("INPUTS"));
        form.setValues({{"model.file", std::string("x.onnx")}});
        QVERIFY(!heading("TRAINING") && heading("INPUTS"));
        form.setValues({{"model.file", std::string()}});
        QVERIFY(heading("TRAINING"));
    }

    void aGroupHasOneHeading()
    {
        for (const ExperimentInfo& info : experiments()) {
            SpecForm form(info);
            QStringList groups;
            for (QLabel* label : form.findChildren<QLabel*>())
                if (label->property("role") == QLatin1String("group")) groups << label->text();
            QCOMPARE(groups.removeDuplicates(), qsizetype{0});
        }
    }

    /// A bar beside the name, the default where help is, and a count over the group.
    void whatDiffersFromItsDefaultIsMarked()
    {
        SpecForm form(experimentInfo("before-after"));
        form.show();
        const auto label = [&form](const char* key) { return labelOf(form, key); };
        const auto heading = [&form](const char* says) {
            for (QLabel* l : form.findChildren<QLabel*>())
                if (l->property("role") == QLatin1String("group") && l->text() == QLatin1String(says)) return true;
            return false;
        };
        const auto marked = [&](const char* key) { return label(key)->property("changed").toBool(); };
        QVERIFY(!marked("train.epochs") && heading("TRAINING"));
        const int width = form.minimumSizeHint().width();
        form.setValues({{"train.epochs", std::int64_t{17}}, {"train.batch", std::string("many")}});
        QVERIFY(marked("train.epochs") && marked("train.batch") && !marked("train.momentum"));
        QVERIFY(heading("TRAINING   2 changed"));
        QVERIFY(label("train.epochs")->toolTip().endsWith(QLatin1String("Default: 5")));
        QVERIFY(form.findChild<QLineEdit*>(QStringLiteral("field.train.epochs"))
                    ->accessibleDescription()
                    .contains(QLatin1String("Default: 5")));
        QCOMPARE(form.minimumSizeHint().width(), width);
        form.setValues({{"train.epochs", std::int64_t{5}}, {"train.batch", std::int64_t{128}}});
        QVERIFY(!marked("train.epochs") && heading("TRAINING"));
        QVERIFY(!label("train.epochs")->toolTip().contains(QLatin1String("Default")));
    }

    /// As a branch from a run: what is changed is changed from there.
    void whatAFormStartsFromIsUnchanged()
    {
        SpecForm form(experimentInfo("before-after"));
        form.show();
        form.startFrom({{"train.epochs", std::int64_t{17}}});
        const QLabel* label = labelOf(form, "train.epochs");
        QVERIFY(label && !label->property("changed").toBool());
        form.setValues({{"train.epochs", std::int64_t{5}}}); // its default
        QVERIFY(label->property("changed").toBool());
        QVERIFY2(label->toolTip().endsWith(QLatin1String("It was: 17")), qPrintable(label->toolTip()));
    }

    void aFieldsMenuRestoresItsDefault()
    {
        SpecForm form(experimentInfo("before-after"));
        form.show();
        form.setValues({{"train.epochs", std::int64_t{17}}});
        QStringList asked;
        connect(&form, &SpecForm::restoreAsked, this, [&](const QString& key) { asked << key; });
        auto* line = form.findChild<QLineEdit*>(QStringLiteral("field.train.epochs"));
        line->setFocus();
        for (QWidget* at : {static_cast<QWidget*>(line), line->parentWidget()}) {
            QContextMenuEvent event(QContextMenuEvent::Keyboard, QPoint(1, 1), QPoint(1, 1));
            QApplication::sendEvent(at, &event);
            auto* menu = form.findChild<QMenu*>(QStringLiteral("menu.field"));
            if (!menu) menu = line->findChild<QMenu*>(QStringLiteral("menu.field"));
            QVERIFY(menu);
            auto* restore = menu->findChild<QAction*>(QStringLiteral("action.restore"));
            QCOMPARE(restore->text(), QStringLiteral("Restore the default: 5"));
            QVERIFY(restore->isEnabled());
            restore->trigger();
            delete menu;
        }
        QCOMPARE(asked, QStringList({QStringLiteral("train.epochs"), QStringLiteral("train.epochs")}));
    }

    void showsWhatItIsGiven_data() { experimentRows(); }
    void showsWhatItIsGiven()
    {
        QFETCH(QString, id);
        const Spec spec = defaultSpec(id.toStdString());
        SpecForm form(experimentInfo(spec.experiment));
        form.setValues(spec.values);
        QVERIFY(form.values() == spec.values);
    }

    void everyControlIsNamed_data() { experimentRows(); }
    void everyControlIsNamed()
    {
        QFETCH(QString, id);
        const ExperimentInfo& info = experimentInfo(id.toStdString());
        SpecForm form(info);
        for (const Field& f : info.fields) {
            auto* control = form.findChild<QWidget*>(QStringLiteral("field.") + QString::fromStdString(f.key));
            QVERIFY2(control, f.key.c_str());
            QVERIFY2(!control->accessibleName().isEmpty() && !control->toolTip().isEmpty() && control->focusPolicy() == Qt::StrongFocus,
                f.key.c_str());
        }
    }

    /// While a slider is dragged, or moved by a key that is down, figures show what was before.
    void slidersSayWhileTheyAreHeld()
    {
        SpecForm form(experimentInfo("before-after"));
        form.setValues(defaultSpec("before-after").values);
        std::vector<bool> held;
        connect(&form, &SpecForm::held, this, [&held](bool is) { held.push_back(is); });
        auto* slider = form.findChild<QSlider*>(QStringLiteral("field.quant.bits"));
        slider->setSliderDown(true);
        slider->setSliderDown(false);
        QTest::keyPress(slider, Qt::Key_Right);
        QCOMPARE(held, (std::vector<bool>{true, false, true}));
        QTest::keyRelease(slider, Qt::Key_Right);
        QTest::keyClick(slider, Qt::Key_A);
        QCOMPARE(held, (std::vector<bool>{true, false, true, false}));
    }

    void sliderAndTypedValueAgree()
    {
        SpecForm form(experimentInfo("before-after"));
        form.setValues(defaultSpec("before-after").values);
        QSignalSpy edited(&form, &SpecForm::edited);
        auto* slider = form.findChild<QSlider*>(QStringLiteral("field.quant.bits"));
        auto* typed = form.findChild<QLineEdit*>(QStringLiteral("value.quant.bits"));
        slider->setValue(slider->minimum());
        QCOMPARE(edited.size(), 1);
        QVERIFY(form.values().at("quant.bits") == Value(std::int64_t{2}));
        QCOMPARE(typed->text(), QStringLiteral("2"));
        typed->setText(QStringLiteral("7"));
        Q_EMIT typed->editingFinished();
        QVERIFY(form.values().at("quant.bits") == Value(std::int64_t{7}));
    }

    /// Not put back without a word: it stays, and under it stands why it will not do.
    void typedValuesOutOfRangeAreSaidUnderTheField()
    {
        SpecForm form(experimentInfo("before-after"));
        Spec spec = defaultSpec("before-after");
        form.setValues(spec.values);
        auto* typed = form.findChild<QLineEdit*>(QStringLiteral("value.quant.bits"));
        auto* problem = form.findChild<QLabel*>(QStringLiteral("problem.quant.bits"));
        QSignalSpy edited(&form, &SpecForm::edited);
        for (const char* word : {"99", "four", "", "1", "4.5"}) {
            edited.clear();
            typed->setText(QLatin1String(word));
            Q_EMIT typed->editingFinished();
            QCOMPARE(typed->text(), QLatin1String(word));
            QCOMPARE(edited.size(), 1);
            spec.values = form.values();
            form.showProblems(validate(spec));
            QVERIFY2(problem->isVisibleTo(&form) && !problem->text().isEmpty(), word);
            QVERIFY(typed->property("wrong").toBool());
        }
        typed->setText(QStringLiteral("5"));
        Q_EMIT typed->editingFinished();
        spec.values = form.values();
        form.showProblems(validate(spec));
        QVERIFY(!problem->isVisibleTo(&form) && !typed->property("wrong").toBool());
        QCOMPARE(form.findChild<QSlider*>(QStringLiteral("field.quant.bits"))->value(), 3);
    }

    /// A field that does not matter now but keeps the experiment from running is shown.
    void problemsAreNeverHidden()
    {
        SpecForm form(experimentInfo("before-after"));
        form.setValues(defaultSpec("before-after").values);
        auto* set = form.findChild<QComboBox*>(QStringLiteral("field.data.set"));
        auto* samples = form.findChild<QLineEdit*>(QStringLiteral("field.data.samples"));
        set->setCurrentIndex(set->findData(QStringLiteral("strokes")));
        samples->setText(QStringLiteral("no"));
        set->setCurrentIndex(set->findData(QStringLiteral("csv")));
        Spec spec = defaultSpec("before-after");
        spec.values = form.values();
        form.showProblems(validate(spec));
        QVERIFY(samples->isVisibleTo(&form) && form.firstProblem());
    }

    void aFolderIsAskedForWhereOneIsMeant()
    {
        SpecForm form(experimentInfo("before-after"));
        form.setValues(defaultSpec("before-after").values);
        auto* set = form.findChild<QComboBox*>(QStringLiteral("field.data.set"));
        auto* browse = form.findChild<QAbstractButton*>(QStringLiteral("browse.data.path"));
        set->setCurrentIndex(set->findData(QStringLiteral("idx")));
        QVERIFY(browse->findChild<QAction*>(QStringLiteral("action.chooseFolder")));
        QVERIFY(browse->findChild<QAction*>(QStringLiteral("action.chooseFile")));
        SpecForm other(experimentInfo("teacher-student"));
        QVERIFY(!other.findChild<QAbstractButton*>(QStringLiteral("browse.distill.teacher_file"))->findChild<QAction*>());
    }

    void anImageCanBeDrawn()
    {
        SpecForm form(experimentInfo("soft-labels"));
        auto* draw = form.findChild<QAbstractButton*>(QStringLiteral("draw.show.image"));
        QVERIFY(draw);
        QSignalSpy edits(&form, &SpecForm::edited);
        std::set<std::int64_t> seen;
        for (int i = 0; i < 20; ++i) {
            draw->click();
            seen.insert(std::get<std::int64_t>(form.values().at("show.image")));
        }
        QVERIFY(seen.size() > 10 && *seen.begin() >= 1 && *seen.rbegin() <= 10000);
        QVERIFY(edits.size() >= static_cast<qsizetype>(seen.size()));
    }

    void fieldsAppearWhenTheyMatter()
    {
        SpecForm form(experimentInfo("before-after"));
        form.setValues(defaultSpec("before-after").values);
        auto* set = form.findChild<QComboBox*>(QStringLiteral("field.data.set"));
        auto* path = form.findChild<QWidget*>(QStringLiteral("field.data.path"));
        auto* samples = form.findChild<QWidget*>(QStringLiteral("field.data.samples"));
        set->setCurrentIndex(set->findData(QStringLiteral("csv")));
        QVERIFY(path->isVisibleTo(&form) && !samples->isVisibleTo(&form));
        set->setCurrentIndex(set->findData(QStringLiteral("strokes")));
        QVERIFY(!path->isVisibleTo(&form) && samples->isVisibleTo(&form));
    }

    void problemsStandUnderTheirFields()
    {
        SpecForm form(experimentInfo("before-after"));
        form.setValues(defaultSpec("before-after").values);
        form.findChild<QLineEdit*>(QStringLiteral("field.train.learning_rate"))->setText(QStringLiteral("fast"));
        Spec spec = defaultSpec("before-after");
        spec.values = form.values();
        form.showProblems(validate(spec));
        auto* problem = form.findChild<QLabel*>(QStringLiteral("problem.train.learning_rate"));
        QVERIFY(problem->isVisibleTo(&form) && problem->text().contains(QLatin1String("not a number")));
        QVERIFY(!form.findChild<QLabel*>(QStringLiteral("problem.train.epochs"))->isVisibleTo(&form));
        form.showProblems({});
        QVERIFY(!problem->isVisibleTo(&form));
    }

    /// The focus alone does not open a field to the wheel, nor does a click that was long ago.
    void theWheelChangesOnlyWhatWasClicked_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"field.train.optimizer", "field.quant.bits", "field.model.name"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }
    void theWheelChangesOnlyWhatWasClicked()
    {
        QFETCH(QString, name);
        SpecForm form(experimentInfo("before-after"));
        form.setValues(defaultSpec("before-after").values);
        form.show();
        QVERIFY(QTest::qWaitForWindowExposed(&form));
        form.activateWindow();
        QTRY_VERIFY(form.isActiveWindow());
        const auto before = form.values();
        auto* control = form.findChild<QWidget*>(name);
        const auto turn = [control] {
            QWheelEvent wheel({5, 5}, {5, 5}, {}, {0, 120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
            QCoreApplication::sendEvent(control, &wheel);
            return wheel.isAccepted();
        };
        QVERIFY(!turn() && form.values() == before);
        control->setFocus();
        QVERIFY(control->hasFocus());
        QVERIFY(!turn() && form.values() == before);
        if (auto* slider = qobject_cast<QSlider*>(control)) {
            QTest::mousePress(slider, Qt::LeftButton);
            QTest::mouseRelease(slider, Qt::LeftButton);
            const auto clicked = form.values();
            QVERIFY(turn() && form.values() != clicked);
            QEvent leave(QEvent::Leave);
            QCoreApplication::sendEvent(slider, &leave);
            const auto left = form.values();
            QVERIFY(!turn() && form.values() == left);
        }
    }
};

QTEST_MAIN(TestSpecForm)
#include "tst_spec_form.moc"
