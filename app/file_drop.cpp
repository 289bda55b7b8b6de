#include "app/file_drop.h"

#include "engine/core/error.h"
#include "engine/experiment/kept_run.h"
#include "engine/models/open.h"

#include <QDropEvent>
#include <QFile>
#include <QFileInfo>
#include <QLabel>
#include <QMimeData>
#include <QUrl>

namespace bitstill {

namespace {

constexpr int kNameWidth = 420;

/// The one file that is dragged, empty where it is not one, or not on this machine.
QString fileOf(const QDropEvent& event)
{
    const QList<QUrl> urls = event.mimeData()->urls();
    return urls.size() == 1 ? urls.front().toLocalFile() : QString();
}

} // namespace

FileKind fileKindOf(const QString& file)
{
    const QFileInfo info(file);
    const bool mayBeRun = mayBeKeptRun(QFile::encodeName(file).toStdString());
    if (info.isDir())
        return QFileInfo::exists(file + QStringLiteral("/sweep.json")) ? FileKind::Sweep : mayBeRun ? FileKind::Run : FileKind::Other;
    const bool isPlan = info.fileName() == QLatin1String("sweep.json") && QFileInfo(info.absolutePath() + QStringLiteral("/runs")).isDir();
    if (isPlan) return FileKind::Sweep;
    if (mayBeRun) return FileKind::Run;
    if (info.suffix().toLower() == QLatin1String("json")) return FileKind::Experiment;
    try {
        return foreign::networkFileOf(QFile::encodeName(file).toStdString()) == foreign::NetworkFile::none ? FileKind::Other
                                                                                                           : FileKind::Model;
    } catch (const Error&) {
        return FileKind::Other; // it cannot be read
    }
}

Text whyNotOpened(const QString& file)
{
    const QString ending = QFileInfo(file).suffix().toLower();
    if (!QStringList{QStringLiteral("gguf"), QStringLiteral("safetensors"), QStringLiteral("npz"), QStringLiteral("npy")}.contains(ending))
        return {};
    return text(
        "%1 holds weights without a network: choose it under Trained weights of Before and after, or look into it with bitstill-cli inspect",
        QFileInfo(file).fileName().toStdString());
}

FileDrop::FileDrop(QWidget& window) : QObject(&window), m_window(window), m_hint(new QLabel(&window))
{
    m_hint->setObjectName(QStringLiteral("dropHint"));
    m_hint->setTextFormat(Qt::PlainText);
    m_hint->setAlignment(Qt::AlignCenter);
    m_hint->setAttribute(Qt::WA_TransparentForMouseEvents); // else the drag would leave the window for it
    m_hint->hide();
    window.setAcceptDrops(true);
    window.installEventFilter(this);
}

bool FileDrop::eventFilter(QObject* watched, QEvent* event)
{
    const QEvent::Type type = event->type();
    if (type == QEvent::DragLeave) m_hint->hide();
    if (type != QEvent::DragEnter && type != QEvent::DragMove && type != QEvent::Drop) return QObject::eventFilter(watched, event);
    auto& drag = *static_cast<QDropEvent*>(event);
    if (!drag.mimeData()->hasUrls()) return false;
    drag.setDropAction(Qt::CopyAction); // file managers propose to move, and the file stays where it is
    drag.accept();
    if (type == QEvent::DragEnter) showHint(drag);
    if (type == QEvent::Drop) take(drag);
    return true;
}

void FileDrop::showHint(const QDropEvent& event)
{
    const QString file = fileOf(event);
    const FileKind kind = fileKindOf(file);
    const QString name = m_hint->fontMetrics().elidedText(QFileInfo(file).fileName(), Qt::ElideMiddle, kNameWidth);
    m_hint->setText(kind == FileKind::Model ? tr("Drop to open the model %1").arg(name)
            : kind == FileKind::Experiment  ? tr("Drop to open the experiment %1").arg(name)
            : kind == FileKind::Run         ? tr("Drop to open the run %1").arg(name)
            : kind == FileKind::Sweep       ? tr("Drop to open the sweep %1").arg(name)
                                            : tr("Drop a model (.onnx, .tflite), an experiment (.json), a run or a sweep's folder"));
    m_hint->adjustSize();
    m_hint->move((m_window.width() - m_hint->width()) / 2, (m_window.height() - m_hint->height()) / 2);
    m_hint->raise();
    m_hint->show();
}

void FileDrop::take(const QDropEvent& event)
{
    m_hint->hide();
    const QString file = fileOf(event);
    if (fileKindOf(file) != FileKind::Other) return Q_EMIT dropped(file);
    if (event.mimeData()->urls().size() > 1)
        return Q_EMIT refused(text("drop one: a model (.onnx, .tflite), an experiment (.json), a run or a sweep's folder"));
    if (const Text why = whyNotOpened(file); !why.empty()) return Q_EMIT refused(why);
    const QString name = file.isEmpty() ? event.mimeData()->urls().front().toDisplayString() : QFileInfo(file).fileName();
    Q_EMIT refused(
        text("%1 cannot be opened; drop a model (.onnx, .tflite), an experiment (.json), a run or a sweep's folder", name.toStdString()));
}

} // namespace bitstill
