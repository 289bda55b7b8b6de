#include "app/export_dialogs.h"

#include "app/export_form.h"
#include "app/export_job.h"
#include "paint/figure_export.h"
#include "paint/translate.h"
#include "widgets/figure_table.h"
#include "widgets/file_dialog.h"

#include <QCheckBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileInfo>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QVBoxLayout>

namespace bitstill {

namespace {

/// Asks once about all that would be replaced; true when that is nothing.
bool mayReplace(QWidget* parent, const QStringList& paths)
{
    constexpr qsizetype kMostNames = 10;
    QStringList names;
    for (const QString& path : paths)
        if (QFileInfo::exists(path)) names << QFileInfo(path).fileName();
    if (names.isEmpty()) return true;
    const qsizetype more = names.size() - kMostNames;
    QString list = names.mid(0, kMostNames).join(QLatin1Char('\n'));
    if (more > 0) list += QLatin1Char('\n') + QCoreApplication::translate("export", "and %1 more").arg(more);
    QMessageBox box(QMessageBox::Warning, QCoreApplication::translate("export", "Replace files"),
        QCoreApplication::translate("export", "These files in %1 would be replaced:").arg(QFileInfo(paths.first()).absolutePath())
            + QStringLiteral("\n\n") + list,
        QMessageBox::NoButton, parent);
    box.setObjectName(QStringLiteral("replaceFiles"));
    box.setTextFormat(Qt::PlainText);
    QPushButton* replace = box.addButton(QCoreApplication::translate("export", "Replace"), QMessageBox::AcceptRole);
    replace->setObjectName(QStringLiteral("replace"));
    box.setDefaultButton(box.addButton(QCoreApplication::translate("export", "Cancel"), QMessageBox::RejectRole));
    box.exec();
    return box.clickedButton() == replace;
}

/// The buttons below a form; what is behind `next` comes after it.
QDialogButtonBox* buttonsOf(QDialog& dialog, const QString& next)
{
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    buttons->button(QDialogButtonBox::Ok)->setText(next);
    buttons->button(QDialogButtonBox::Cancel)->setText(QCoreApplication::translate("export", "Cancel"));
    QObject::connect(buttons, &QDialogButtonBox::accepted, &dialog, &QDialog::accept);
    QObject::connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    return buttons;
}

/// False when it was cancelled.
bool askHow(QWidget* parent, const QString& format, ExportOptions& options)
{
    QDialog dialog(parent);
    dialog.setObjectName(QStringLiteral("exportFigure"));
    dialog.setWindowTitle(QCoreApplication::translate("export", "Export figure"));
    auto* column = new QVBoxLayout(&dialog);
    column->setSpacing(12);
    auto* form = new ExportForm(options);
    form->setFormats({format});
    column->addWidget(form);
    column->addWidget(buttonsOf(dialog, QCoreApplication::translate("export", "Choose file…")));
    if (dialog.exec() != QDialog::Accepted) return false;
    options = form->options();
    return true;
}

/// The formats chosen, and how; none when it was cancelled.
QStringList askFormats(QWidget* parent, const QStringList& formats, ExportOptions& options)
{
    QDialog dialog(parent);
    dialog.setObjectName(QStringLiteral("exportAll"));
    dialog.setWindowTitle(QCoreApplication::translate("export", "Export all figures"));
    auto* column = new QVBoxLayout(&dialog);
    column->setSpacing(9);
    column->addWidget(new QLabel(QCoreApplication::translate("export", "Formats")));
    QDialogButtonBox* buttons = buttonsOf(dialog, QCoreApplication::translate("export", "Choose folder…"));
    QPushButton* choose = buttons->button(QDialogButtonBox::Ok);
    auto* form = new ExportForm(options);
    std::vector<QCheckBox*> boxes;
    const auto chosen = [&boxes] {
        QStringList names;
        for (qsizetype i = 0; i < exportFormats().size(); ++i)
            if (boxes[static_cast<std::size_t>(i)]->isChecked()) names << exportFormats()[i];
        return names;
    };
    const auto refresh = [choose, chosen, form] {
        choose->setEnabled(!chosen().isEmpty());
        QStringList names = chosen();
        names << QStringLiteral("csv"); // has a box of its own here
        form->setFormats(names);
    };
    for (const QString& format : exportFormats()) {
        auto* box = new QCheckBox(format.toUpper());
        box->setObjectName(QStringLiteral("format.") + format);
        box->setToolTip(format == QLatin1String("csv") ? QCoreApplication::translate("export", "The numbers of each figure.")
                                                       : QCoreApplication::translate("export", "A picture of each figure."));
        box->setChecked(formats.contains(format));
        column->addWidget(box);
        boxes.push_back(box);
    }
    for (QCheckBox* box : boxes) QObject::connect(box, &QCheckBox::toggled, &dialog, refresh);
    refresh();
    column->addWidget(form);
    column->addWidget(buttons);
    if (dialog.exec() != QDialog::Accepted) return {};
    const bool csv = options.csv; // of one figure's dialog
    options = form->options();
    options.csv = csv;
    return chosen();
}

/// As large as the figure is now in this window, where it can be seen; enlarged, it is in another.
ExportOptions asOnScreen(ExportOptions options, const QWidget& window, const Figure& figure)
{
    for (const QWidget* card : window.findChildren<QWidget*>(QStringLiteral("figure.") + QString::fromStdString(figure.id)))
        if (card->isVisible() && card->window() == window.window() && !card->size().isEmpty()) options.screen = card->size();
    return options;
}

} // namespace

QString askWhereTo(QWidget* parent, const QString& title, QString& folder, const QString& name, const QString& ending)
{
    const QString suggestion = QDir(folder.isEmpty() ? QDir::homePath() : folder).filePath(name + QLatin1Char('.') + ending);
    QString file = askForPath(parent, Ask::Save, title, suggestion, ending.toUpper() + QStringLiteral(" (*.") + ending + QLatin1Char(')'));
    if (file.isEmpty()) return {};
    if (QFileInfo(file).suffix().toLower() != ending) {
        file += QLatin1Char('.') + ending;
        if (!mayReplace(parent, {file})) return {}; // another name than the dialog has asked about
    }
    folder = QFileInfo(file).absolutePath();
    return file;
}

void exportOne(
    QWidget* parent, FigurePointer figure, const std::string& provenance, const QString& format, Settings& settings, const Say& say)
{
    const bool picture = format != QLatin1String("csv");
    if (picture && !askHow(parent, format, settings.figures)) return;
    const QString file = askWhereTo(parent, QCoreApplication::translate("export", "Export figure"), settings.folder,
        QString::fromStdString(fileNameOf(*figure)), format);
    if (file.isEmpty()) return;
    const ExportOptions options = asOnScreen(settings.figures, *parent, *figure);
    std::vector<ExportJob::File> files{{figure, format, file, options}};
    if (picture && options.csv) {
        const QFileInfo info(file);
        const QString beside = info.dir().filePath(info.completeBaseName() + QStringLiteral(".csv"));
        if (!mayReplace(parent, {beside})) return;
        files.push_back({figure, QStringLiteral("csv"), beside, options});
    }
    auto* job = new ExportJob(std::move(files), provenance, parent);
    QObject::connect(job, &ExportJob::ended, parent, [say, file](int count, const Text& problem) {
        if (!problem.empty()) return say({Notice::Kind::Error, problem});
        if (count > 0) say({Notice::Kind::Done, text("Saved: %1", file.toStdString())});
    });
}

void exportAll(
    QWidget* parent, const std::vector<FigurePointer>& figures, const std::string& provenance, Settings& settings, const Say& say)
{
    const QStringList formats = askFormats(parent, settings.figureFormats, settings.figures);
    if (formats.isEmpty()) return;
    settings.figureFormats = formats;
    const QString chosen =
        askForPath(parent, Ask::Folder, QCoreApplication::translate("export", "Folder for the figures"), settings.folder);
    if (chosen.isEmpty()) return;
    std::vector<ExportJob::File> files;
    QStringList paths;
    for (const FigurePointer& figure : figures)
        for (const QString& format : formats) {
            paths << QDir(chosen).filePath(QString::fromStdString(fileNameOf(*figure)) + QLatin1Char('.') + format);
            files.push_back({figure, format, paths.last(), asOnScreen(settings.figures, *parent, *figure)});
        }
    if (!mayReplace(parent, paths)) return;
    settings.folder = chosen;
    auto* job = new ExportJob(std::move(files), provenance, parent);
    QObject::connect(job, &ExportJob::ended, parent, [say, chosen, all = paths.size()](int count, const Text& problem) {
        if (!problem.empty()) return say({Notice::Kind::Error, problem});
        const std::string where = chosen.toStdString();
        if (count == all) return say({Notice::Kind::Done, counted(count, "Saved: %1 file in %2", "Saved: %1 files in %2", where)});
        say({Notice::Kind::Hint, text("Cancelled after %1 of %2 files in %3", std::to_string(count), std::to_string(all), where)});
    });
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
