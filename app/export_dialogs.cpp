#include "app/export_dialogs.h"

#include "engine/core/error.h"
#include "widgets/figure_card.h"
#include "widgets/figure_export.h"
#include "widgets/figure_table.h"
#include "widgets/translate.h"

#include <QCheckBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace bitstill {

QString exportOne(QWidget* parent, const Figure& figure, const std::string& provenance, const QString& format, QString& folder)
{
    const QString suggestion = QDir(folder.isEmpty() ? QDir::homePath() : folder).filePath(fileNameOf(figure) + QLatin1Char('.') + format);
    QString file = QFileDialog::getSaveFileName(parent, QCoreApplication::translate("export", "Export figure"), suggestion,
        format.toUpper() + QStringLiteral(" (*.") + format + QLatin1Char(')'));
    if (file.isEmpty()) return {};
    if (QFileInfo(file).suffix().toLower() != format) file += QLatin1Char('.') + format;
    folder = QFileInfo(file).absolutePath();
    try {
        exportFigure(figure, provenance, file);
        return {};
    } catch (const Error& e) {
        return toQString(e.sentence());
    }
}

QString exportAll(QWidget* parent, const std::vector<FigurePointer>& figures, const std::string& provenance, QString& folder)
{
    QDialog dialog(parent);
    dialog.setWindowTitle(QCoreApplication::translate("export", "Export all figures"));
    auto* column = new QVBoxLayout(&dialog);
    column->addWidget(new QLabel(QCoreApplication::translate("export", "Formats")));
    std::vector<QCheckBox*> boxes;
    for (const QString& format : exportFormats()) {
        auto* box = new QCheckBox(format.toUpper());
        box->setObjectName(QStringLiteral("format.") + format);
        box->setChecked(format == QLatin1String("svg") || format == QLatin1String("csv"));
        column->addWidget(box);
        boxes.push_back(box);
    }
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    buttons->button(QDialogButtonBox::Ok)->setText(QCoreApplication::translate("export", "Choose folder…"));
    buttons->button(QDialogButtonBox::Cancel)->setText(QCoreApplication::translate("export", "Cancel"));
    column->addWidget(buttons);
    QObject::connect(buttons, &QDialogButtonBox::accepted, &dialog, &QDialog::accept);
    QObject::connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    if (dialog.exec() != QDialog::Accepted) return {};
    const QString chosen =
        QFileDialog::getExistingDirectory(parent, QCoreApplication::translate("export", "Folder for the figures"), folder);
    if (chosen.isEmpty()) return {};
    folder = chosen;
    try {
        for (const FigurePointer& figure : figures)
            for (qsizetype i = 0; i < exportFormats().size(); ++i)
                if (boxes[static_cast<std::size_t>(i)]->isChecked())
                    exportFigure(*figure, provenance, QDir(folder).filePath(fileNameOf(*figure) + QLatin1Char('.') + exportFormats()[i]));
        return {};
    } catch (const Error& e) {
        return toQString(e.sentence());
    }
}

void showAsTable(QWidget* parent, const Figure& figure)
{
    auto* dialog = new QDialog(parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(plain(figure.title));
    dialog->resize(560, 480);
    auto* column = new QVBoxLayout(dialog);
    column->addWidget(new FigureTable(figure, dialog));
    dialog->show();
}

void enlarge(QWidget* parent, FigurePointer figure, bool dark)
{
    auto* dialog = new QDialog(parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(toQString(figure->title));
    dialog->resize(1000, 640);
    auto* column = new QVBoxLayout(dialog);
    column->addWidget(new FigureCard(dark ? Theme::darkTheme() : Theme::light(), std::move(figure)));
    dialog->show();
}

} // namespace bitstill
