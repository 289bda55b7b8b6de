#include "app/export_dialogs.h"

#include "engine/core/error.h"
#include "widgets/figure_export.h"
#include "widgets/figure_table.h"
#include "widgets/file_dialog.h"
#include "widgets/translate.h"

#include <QCheckBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDir>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace bitstill {

namespace {

Notice written(const QString& where) { return {Notice::Kind::Done, text("Written: %1", where.toStdString())}; }

/// The formats chosen; none when it was cancelled.
QStringList askFormats(QWidget* parent)
{
    QDialog dialog(parent);
    dialog.setObjectName(QStringLiteral("exportAll"));
    dialog.setWindowTitle(QCoreApplication::translate("export", "Export all figures"));
    auto* column = new QVBoxLayout(&dialog);
    column->addWidget(new QLabel(QCoreApplication::translate("export", "Formats")));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    QPushButton* choose = buttons->button(QDialogButtonBox::Ok);
    choose->setText(QCoreApplication::translate("export", "Choose folder…"));
    buttons->button(QDialogButtonBox::Cancel)->setText(QCoreApplication::translate("export", "Cancel"));
    std::vector<QCheckBox*> boxes;
    const auto chosen = [&boxes] {
        QStringList formats;
        for (qsizetype i = 0; i < exportFormats().size(); ++i)
            if (boxes[static_cast<std::size_t>(i)]->isChecked()) formats << exportFormats()[i];
        return formats;
    };
    for (const QString& format : exportFormats()) {
        auto* box = new QCheckBox(format.toUpper());
        box->setObjectName(QStringLiteral("format.") + format);
        box->setChecked(format == QLatin1String("svg") || format == QLatin1String("csv"));
        QObject::connect(box, &QCheckBox::toggled, choose, [choose, chosen] { choose->setEnabled(!chosen().isEmpty()); });
        column->addWidget(box);
        boxes.push_back(box);
    }
    column->addWidget(buttons);
    QObject::connect(buttons, &QDialogButtonBox::accepted, &dialog, &QDialog::accept);
    QObject::connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    return dialog.exec() == QDialog::Accepted ? chosen() : QStringList();
}

} // namespace

std::optional<Notice> exportOne(
    QWidget* parent, FigurePointer figure, const std::string& provenance, const QString& format, QString& folder)
{
    const QString suggestion =
        QDir(folder.isEmpty() ? QDir::homePath() : folder).filePath(fileNameOf(*figure) + QLatin1Char('.') + format);
    QString file = askForPath(parent, Ask::Save, QCoreApplication::translate("export", "Export figure"), suggestion,
        format.toUpper() + QStringLiteral(" (*.") + format + QLatin1Char(')'));
    if (file.isEmpty()) return {};
    if (QFileInfo(file).suffix().toLower() != format) file += QLatin1Char('.') + format;
    folder = QFileInfo(file).absolutePath();
    try {
        exportFigure(*figure, provenance, file);
        return written(file);
    } catch (const Error& e) {
        return Notice{Notice::Kind::Error, e.sentence()};
    }
}

std::optional<Notice> exportAll(
    QWidget* parent, std::vector<FigurePointer> figures, const std::string& provenance, QString& folder)
{
    const QStringList formats = askFormats(parent);
    if (formats.isEmpty()) return {};
    const QString chosen = askForPath(parent, Ask::Folder, QCoreApplication::translate("export", "Folder for the figures"), folder);
    if (chosen.isEmpty()) return {};
    folder = chosen;
    try {
        for (const FigurePointer& figure : figures)
            for (const QString& format : formats)
                exportFigure(*figure, provenance, QDir(folder).filePath(fileNameOf(*figure) + QLatin1Char('.') + format));
        return Notice{Notice::Kind::Done,
            text("Written: %1 files in %2", std::to_string(figures.size() * static_cast<std::size_t>(formats.size())), folder.toStdString())};
    } catch (const Error& e) {
        return Notice{Notice::Kind::Error, e.sentence()};
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

} // namespace bitstill
