#include "widgets/file_dialog.h"

#include <QCoreApplication>
#include <QFileDialog>
#include <QFileIconProvider>
#include <QHeaderView>
#include <QLocale>
#include <QTreeView>

namespace bitstill {

namespace {

/// Qt's dictionaries have no words for the kinds of files.
class FileKinds : public QFileIconProvider {
    Q_DECLARE_TR_FUNCTIONS(FileKinds)
public:
    QString type(const QFileInfo& info) const override
    {
        if (info.isDir()) return tr("Folder");
        return info.suffix().isEmpty() ? tr("File") : tr("%1 file").arg(info.suffix().toUpper());
    }
};

} // namespace

QString askForPath(QWidget* parent, Ask what, const QString& title, const QString& at, const QString& filter)
{
    const QFileInfo info(at);
    const bool isFolder = at.isEmpty() || info.isDir();
    QFileDialog dialog(parent, title, isFolder ? at : info.absolutePath(), filter);
    FileKinds kinds;
    dialog.setIconProvider(&kinds);
    dialog.setFileMode(what == Ask::Folder ? QFileDialog::Directory : what == Ask::Open ? QFileDialog::ExistingFile : QFileDialog::AnyFile);
    dialog.setOption(QFileDialog::ShowDirsOnly, what == Ask::Folder);
    dialog.setAcceptMode(what == Ask::Save ? QFileDialog::AcceptSave : QFileDialog::AcceptOpen);
    if (!isFolder) dialog.selectFile(info.fileName());
    // It writes sizes and dates as the system does, whatever the window speaks.
    const bool sameLanguage =
        QCoreApplication::translate("QFileDialog", "Back") == QLatin1String("Back") || QLocale::system().language() == QLocale::Korean;
    constexpr int kSizeColumn = 1, kDateColumn = 3;
    if (auto* details = dialog.findChild<QTreeView*>(QStringLiteral("treeView"))) {
        for (const int column : {kSizeColumn, kDateColumn}) details->setColumnHidden(column, !sameLanguage);
        // Qt's own widths cut "150 bytes" to "150...tes"; it is the name that takes what is left.
        for (int column = 1; column < details->header()->count(); ++column)
            details->header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
        details->header()->setStretchLastSection(false);
        details->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    }
    if (dialog.exec() != QDialog::Accepted || dialog.selectedFiles().isEmpty()) return {};
    return dialog.selectedFiles().first();
}

} // namespace bitstill
