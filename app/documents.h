#pragma once

#include "app/document.h"

#include <map>
#include <memory>

namespace bitstill {

/// One document for each experiment, made from what was remembered when it is first asked for. They outlive the widgets that
/// show them.
class Documents : public QObject {
    Q_OBJECT
public:
    ~Documents() override;

    Document& of(const QString& experiment);
    /// Null when it was never asked for.
    const Document* find(const QString& experiment) const;
    /// Remembers the settings of those that have changed since.
    void save();
    /// All runs: closing then waits once, not once for each.
    void close();

Q_SIGNALS:
    /// Here for the first time.
    void opened(bitstill::Document& document);

private:
    std::map<QString, std::unique_ptr<Document>> m_documents;
    std::map<QString, Spec> m_saved;
};

} // namespace bitstill
