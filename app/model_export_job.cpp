#include "app/model_export_job.h"

#include "app/problem_of.h"
#include "engine/core/thread_pool.h"
#include "engine/data/sample.h"
#include "engine/experiment/foreign_export.h"
#include "engine/experiment/model_export.h"

#include <QFile>
#include <QProgressDialog>

namespace bitstill {

namespace {

constexpr int kShowAfter = 500; // ms

} // namespace

ModelExportJob::ModelExportJob(Order order, QWidget* parent) :
    QObject(parent), m_order(std::move(order)), m_progress(new QProgressDialog(parent))
{
    m_worker.setMaxThreadCount(1);
    m_progress->setObjectName(QStringLiteral("modelExportProgress"));
    m_progress->setWindowTitle(tr("Export model"));
    m_progress->setLabelText(tr("Measuring, writing and reading back the model"));
    m_progress->setCancelButtonText(tr("Cancel"));
    m_progress->setRange(0, 0); // nobody knows how long
    m_progress->setMinimumDuration(kShowAfter);
    connect(m_progress, &QProgressDialog::canceled, this, [this] { m_cancelled = true; });
    m_worker.start([this] {
        const Notice notice = work();
        QMetaObject::invokeMethod(this, [this, notice] {
            Q_EMIT ended(notice);
            m_progress->deleteLater();
            deleteLater();
        });
    });
}

ModelExportJob::~ModelExportJob() { m_cancelled = true; }

Notice ModelExportJob::writeKept(const std::string& file) const
{
    const auto keepGoing = [this] { return !m_cancelled; };
    TrainedNetwork network = trainedNetwork(m_order.spec, m_order.network, m_order.tensors);
    ThreadPool pool(defaultThreads());
    const ExportedModel exported = m_order.rounds
        ? exportedQuantized(network, int8For(m_order.target), calibrationFor(network), m_order.target, pool, keepGoing)
        : exportedFloat(network, pool, keepGoing);
    writeOnnx(file, exported.bytes);
    const std::size_t all = network.data.test.count();
    const ReadBack back = verifiedExport(file, network, exported, sampledRows(all, all, network.spec.seed), pool);
    return {Notice::Kind::Done,
        text("Saved: %1 (%2, accuracy %3); read back: %4 of %5 outputs equal", m_order.path.toStdString(),
            bytesText(static_cast<std::int64_t>(exported.bytes.size())), percent(exported.accuracy),
            grouped(static_cast<std::int64_t>(back.equal)), grouped(static_cast<std::int64_t>(back.samples)))};
}

Notice ModelExportJob::writeForeign(const std::string& file) const
{
    ThreadPool pool(defaultThreads());
    const own_model::WrittenModel written =
        own_model::writeModel(m_order.spec, m_order.rounds, m_order.target, file, pool, [this] { return !m_cancelled; });
    return {Notice::Kind::Done,
        text("Saved: %1 (%2); read back: %3 of %4 outputs equal", m_order.path.toStdString(),
            bytesText(static_cast<std::int64_t>(written.bytes)), grouped(static_cast<std::int64_t>(written.equal)),
            grouped(static_cast<std::int64_t>(written.samples)))};
}

Notice ModelExportJob::work() const
{
    const std::string file = QFile::encodeName(m_order.path).toStdString();
    Notice done;
    const Text problem = problemOf(text("there is not enough memory for the export; close other programs"), [&] {
        try {
            done = m_order.network.empty() ? writeForeign(file) : writeKept(file);
        } catch (const Stopped&) { // by the person: nothing to say
        }
    });
    return problem.empty() ? done : Notice{Notice::Kind::Error, problem};
}

} // namespace bitstill
