#include "app/export_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QSignalBlocker>

namespace bitstill {

namespace {

void describe(QWidget& field, const char* name, const QString& label, const QString& hint)
{
    field.setObjectName(QLatin1String(name));
    field.setAccessibleName(label);
    field.setToolTip(hint);
}

} // namespace

ExportForm::ExportForm(const ExportOptions& options, QWidget* parent) : QWidget(parent), m_ownDpi(options.dpi > 0)
{
    auto* form = new QFormLayout(this);
    form->setContentsMargins(0, 0, 0, 0);
    form->setHorizontalSpacing(14);
    form->setVerticalSpacing(9);
    // In the order of ExportOptions::Size.
    m_size = choice("export.size", tr("Size"),
        {tr("as on screen"), tr("one column, 85 mm"), tr("two columns, 170 mm"), tr("slide, 16:9"), tr("own size")},
        tr("In columns, letters are 6 points or more."));
    m_width = side("export.width", tr("Width"), options.own.width());
    m_height = side("export.height", tr("Height"), options.own.height());
    m_dpi = new QSpinBox;
    describe(*m_dpi, "export.dpi", tr("DPI"), tr("Pixels per inch of PNG: 300 in print."));
    m_dpi->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_dpi->setRange(kLeastDpi, kMostDpi);
    form->addRow(tr("DPI"), m_dpi);
    m_theme = choice("export.theme", tr("Theme"), {tr("light"), tr("dark")}, tr("Dark suits dark slides."));
    m_letters = choice("export.letters", tr("Letters"), {tr("text"), tr("outlines")},
        tr("Text can be searched and changed; outlines look the same where the fonts are missing."));
    m_csv = new QCheckBox(tr("Numbers as CSV beside it"));
    describe(*m_csv, "export.csv", m_csv->text(), tr("A table of what the figure shows, under the same name."));
    form->addRow(m_csv);

    m_size->setCurrentIndex(static_cast<int>(options.size));
    m_theme->setCurrentIndex(options.dark ? 1 : 0);
    m_letters->setCurrentIndex(options.outlines ? 1 : 0);
    m_csv->setChecked(options.csv);
    m_dpi->setValue(dpiOf(options));
    connect(m_size, &QComboBox::currentIndexChanged, this, &ExportForm::showSize);
    connect(m_dpi, &QSpinBox::valueChanged, this, [this] { m_ownDpi = true; });
    showSize();
}

QComboBox* ExportForm::choice(const char* name, const QString& label, const QStringList& words, const QString& hint)
{
    auto* box = new QComboBox;
    describe(*box, name, label, hint);
    box->addItems(words);
    static_cast<QFormLayout*>(layout())->addRow(label, box);
    return box;
}

QDoubleSpinBox* ExportForm::side(const char* name, const QString& label, double mm)
{
    auto* box = new QDoubleSpinBox;
    describe(*box, name, label, tr("In millimeters."));
    box->setButtonSymbols(QAbstractSpinBox::NoButtons);
    box->setRange(kLeastMm, kMostMm);
    box->setDecimals(1);
    box->setSuffix(QStringLiteral(" mm"));
    box->setValue(mm);
    static_cast<QFormLayout*>(layout())->addRow(label, box);
    return box;
}

void ExportForm::showSize()
{
    const bool own = options().size == ExportOptions::Size::Own;
    m_width->setEnabled(own);
    m_height->setEnabled(own);
    if (m_ownDpi) return;
    const QSignalBlocker quiet(m_dpi);
    m_dpi->setValue(dpiOf(options()));
}

void ExportForm::setFormats(const QStringList& formats)
{
    const bool png = formats.contains(QStringLiteral("png")),
               vector = formats.contains(QStringLiteral("svg")) || formats.contains(QStringLiteral("pdf"));
    m_dpi->setEnabled(png);
    m_letters->setEnabled(vector);
    m_size->setEnabled(png || vector);
    m_theme->setEnabled(png || vector);
    m_csv->setVisible(!formats.contains(QStringLiteral("csv")));
}

ExportOptions ExportForm::options() const
{
    ExportOptions options;
    options.size = static_cast<ExportOptions::Size>(m_size->currentIndex());
    options.own = {m_width->value(), m_height->value()};
    options.dpi = m_ownDpi ? m_dpi->value() : 0;
    options.dark = m_theme->currentIndex() == 1;
    options.outlines = m_letters->currentIndex() == 1;
    options.csv = m_csv->isChecked();
    return options;
}

} // namespace bitstill
