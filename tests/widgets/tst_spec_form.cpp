#include "widgets/spec_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QSlider>
#include <QtTest>
#include <set>

using namespace bitstill;

class TestSpecForm : public QObject {
    Q_OBJECT

    static void experimentRows()
    {
        QTest::addColumn<QString>("id");
        for (const ExperimentInfo& e : experiments()) QTest::newRow(e.id.c_str()) << QString::fromStdString(e.id);
    }

private Q_SLOTS:
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
        typed->setText(QStringLiteral("99"));
        Q_EMIT typed->editingFinished();
        QCOMPARE(typed->text(), QStringLiteral("7"));
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

    void wheelDoesNotChangeAFieldInPassing()
    {
        SpecForm form(experimentInfo("before-after"));
        form.setValues(defaultSpec("before-after").values);
        const auto before = form.values();
        auto* box = form.findChild<QComboBox*>(QStringLiteral("field.train.optimizer"));
        QWheelEvent wheel({5, 5}, {5, 5}, {}, {0, -120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(box, &wheel);
        QVERIFY(form.values() == before);
    }
};

QTEST_MAIN(TestSpecForm)
#include "tst_spec_form.moc"
