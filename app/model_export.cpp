#include "app/model_export.h"

#include "app/model_export_job.h"
#include "engine/core/error.h"
#include "engine/experiment/trained_network.h"
#include "paint/translate.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <algorithm>

namespace bitstill {

namespace {

constexpr int kNoteWidth = 380;

/// Of those that the run has kept, the ones whose model its settings name.
std::vector<std::string> networksIn(const Document& document)
{
    std::vector<std::string> names = document.run().networks();
    std::erase_if(names, [&](const std::string& name) { return modelOf(document.run().spec(), name).empty(); });
    // What the experiment is about comes first.
    const std::vector<KeptNetwork>& known = document.info().networks;
    std::ranges::stable_sort(names, {}, [&](const std::string& name) { return std::ranges::find(known, name, &KeptNetwork::name); });
    return names;
}

/// Its model is a file's: what is exported is that, as the fields round and repair it.
bool isForeign(const Spec& spec)
{
    const auto file = spec.values.find("model.file");
    return file != spec.values.end() && !std::get<std::string>(file->second).empty();
}

QComboBox* chooser(const char* name, QFormLayout& form, const QString& label)
{
    auto* box = new QComboBox;
    box->setObjectName(QLatin1String(name));
    box->setAccessibleName(label);
    form.addRow(label, box);
    return box;
}

/// What is to be exported, without a path; no network when it was cancelled.
ModelExportJob::Order askWhat(QWidget* parent, const Document& document)
{
    QDialog dialog(parent);
    dialog.setObjectName(QStringLiteral("exportModel"));
    dialog.setWindowTitle(QCoreApplication::translate("export", "Export model"));
    auto* form = new QFormLayout(&dialog);
    form->setHorizontalSpacing(14);
    form->setVerticalSpacing(9);
    QComboBox* format = chooser("export.format", *form, QCoreApplication::translate("export", "Format"));
    format->addItem(QStringLiteral("ONNX"));
    QComboBox* network = chooser("export.network", *form, QCoreApplication::translate("export", "Network"));
    const bool isFile = isForeign(document.run().spec());
    for (const std::string& name : networksIn(document)) network->addItem(QString::fromStdString(name));
    form->setRowVisible(network, !isFile);
    QComboBox* precision = chooser("export.precision", *form, QCoreApplication::translate("export", "Precision"));
    precision->addItem(QStringLiteral("float32"));
    precision->addItem(isFile ? QCoreApplication::translate("export", "as measured") : QStringLiteral("int8"));
    if (isFile) precision->setCurrentIndex(1); // the file as it came is there already
    QComboBox* target = chooser("export.target", *form, QCoreApplication::translate("export", "Runtime"));
    target->addItem(QCoreApplication::translate("export", "any"));
    target->addItem(QStringLiteral("ONNX Runtime"));
    target->addItem(QStringLiteral("TensorRT"));
    auto* note = new QLabel;
    note->setObjectName(QStringLiteral("export.note"));
    note->setProperty("role", "muted");
    note->setWordWrap(true);
    note->setFixedWidth(kNoteWidth);
    form->addRow(note);
    const auto refresh = [=, &document] {
        const bool rounds = precision->currentIndex() == 1;
        target->setEnabled(rounds); // float files are the same for all
        if (isFile) {
            const QString rounded =
                QCoreApplication::translate("export", "With the bits and repairs chosen now, calibrated again as in the run.");
            note->setText(rounds ? rounded : QCoreApplication::translate("export", "The weights as they are in the file."));
            note->setMinimumHeight(note->heightForWidth(kNoteWidth));
            return;
        }
        QString what;
        for (const KeptNetwork& known : document.info().networks)
            if (QString::fromStdString(known.name) == network->currentText()) what = toQString(known.what) + QLatin1Char('\n');
        note->setText(what
            + (rounds ? QCoreApplication::translate("export", "Int8 weights by channel, activations calibrated on training samples.")
                      : QCoreApplication::translate("export", "The weights as they were trained.")));
        note->setMinimumHeight(note->heightForWidth(kNoteWidth)); // a form gives a wrapped line no room by itself
    };
    QObject::connect(precision, &QComboBox::currentIndexChanged, &dialog, refresh);
    QObject::connect(network, &QComboBox::currentIndexChanged, &dialog, refresh);
    refresh();
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    buttons->button(QDialogButtonBox::Ok)->setText(QCoreApplication::translate("export", "Choose file…"));
    buttons->button(QDialogButtonBox::Cancel)->setText(QCoreApplication::translate("export", "Cancel"));
    form->addRow(buttons);
    QObject::connect(buttons, &QDialogButtonBox::accepted, &dialog, &QDialog::accept);
    QObject::connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    if (dialog.exec() != QDialog::Accepted) return {};
    return {.chosen = true,
        .network = isFile ? std::string() : network->currentText().toStdString(),
        .rounds = precision->currentIndex() == 1,
        .target = static_cast<ExportTarget>(target->currentIndex())};
}

} // namespace

Text whyNoModelExport(const Document& document)
{
    const RunController& run = document.run();
    if (run.hasRun() && !run.isRunning() && (isForeign(run.spec()) || !networksIn(document).empty())) return {};
    if (run.hasRun() && isForeign(run.spec())) return text("The model can be exported when the run has ended");
    if (document.info().networks.empty()) return text("This experiment trains no network");
    return text("There is something to export when a run has trained a network");
}

void exportModel(QWidget* parent, Document& document, QString& folder, const Say& say)
{
    if (const Text why = whyNoModelExport(document); !why.empty()) return say({Notice::Kind::Hint, why});
    // The dialogs run event loops, in which another run may begin.
    const Spec spec = document.run().spec();
    const KeptModels models = document.run().models();
    ModelExportJob::Order order = askWhat(parent, document);
    if (!order.chosen) return;
    order.spec = spec;
    if (const auto kept = models.find(order.network); kept != models.end()) order.tensors = kept->second;
    // A name of its own, so that nobody replaces the file that was opened.
    const QString name = order.network.empty()
        ? QFileInfo(QString::fromStdString(spec.word("model.file"))).completeBaseName()
            + (order.rounds ? QStringLiteral("-quantized") : QStringLiteral("-float32"))
        : document.id() + QLatin1Char('-') + QString::fromStdString(order.network) + (order.rounds ? QStringLiteral("-int8") : QString());
    order.path = askWhereTo(parent, QCoreApplication::translate("export", "Export model"), folder, name, QStringLiteral("onnx"));
    if (order.path.isEmpty()) return;
    auto* job = new ModelExportJob(std::move(order), parent);
    QObject::connect(job, &ModelExportJob::ended, parent, [say](const Notice& notice) {
        if (!notice.text.empty()) say(notice);
    });
}

} // namespace bitstill
