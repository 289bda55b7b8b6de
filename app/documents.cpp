#include "app/documents.h"

#include "app/durations.h"
#include "app/settings.h"

namespace bitstill {

Documents::~Documents() { close(); }

Document& Documents::of(const QString& experiment)
{
    std::unique_ptr<Document>& document = m_documents[experiment];
    if (!document) {
        document = std::make_unique<Document>(Settings::loadSpec(experiment.toStdString()));
        m_saved[experiment] = document->spec();
        connect(&document->run(), &RunController::ended, this, [run = &document->run()] { keepDuration(run->record()); });
        Q_EMIT opened(*document);
    }
    return *document;
}

const Document* Documents::find(const QString& experiment) const
{
    const auto found = m_documents.find(experiment);
    return found == m_documents.end() ? nullptr : found->second.get();
}

void Documents::save()
{
    for (const auto& [id, document] : m_documents) {
        if (m_saved[id] == document->spec()) continue;
        m_saved[id] = document->spec();
        Settings::saveSpec(document->spec());
    }
}

void Documents::close()
{
    for (const auto& [id, document] : m_documents) document->run().close();
    for (const auto& [id, document] : m_documents) document->run().settle();
}

} // namespace bitstill
