#pragma once

#include "app/document.h"
#include "engine/models/export/export.h"

#include <QObject>
#include <QThreadPool>
#include <atomic>

class QProgressDialog;
class QWidget;

namespace bitstill {

/// Writes a kept network as ONNX and reads it back, on another thread. A progress window, in which it can be cancelled, shows when it takes
/// long.
class ModelExportJob : public QObject {
    Q_OBJECT
public:
    struct Order {
        bool chosen = false; ///< not cancelled
        Spec spec{}; ///< of the run
        std::string network{}; ///< among the run's; empty for the model of a file, as the spec's fields round it
        std::map<std::string, Tensor> tensors{};
        bool rounds = false; ///< int8, otherwise float32
        ExportTarget target = ExportTarget::Any;
        QString path{};
    };

    /// Begins at once. `parent` owns it, but it goes by itself once it is done.
    ModelExportJob(Order order, QWidget* parent);
    /// Cancels and waits.
    ~ModelExportJob() override;

Q_SIGNALS:
    /// Nothing to say: it was cancelled.
    void ended(const bitstill::Notice& notice);

private:
    Notice work() const;
    Notice writeKept(const std::string& file) const;
    Notice writeForeign(const std::string& file) const;

    Order m_order;
    QProgressDialog* m_progress;
    std::atomic<bool> m_cancelled = false;
    QThreadPool m_worker; ///< last: it waits in its destructor
};

} // namespace bitstill
