#include "app/newest.h"

#include "engine/core/error.h"

namespace bitstill {

Newest::Newest(QObject* parent) : QObject(parent) { m_pool.setMaxThreadCount(1); }

Newest::~Newest() { cancel(); }

void Newest::cancel()
{
    if (m_wanted) m_wanted->store(false);
}

void Newest::ask(Work work)
{
    cancel();
    m_wanted = std::make_shared<std::atomic<bool>>(true);
    m_pool.start([this, work = std::move(work), wanted = m_wanted] {
        if (!wanted->load()) return;
        Deliver deliver;
        try {
            deliver = work([wanted] { return wanted->load(); });
        } catch (const Stopped&) {
            return;
        }
        QMetaObject::invokeMethod(this, [deliver = std::move(deliver), wanted] {
            if (wanted->load() && deliver) deliver();
        });
    });
}

} // namespace bitstill
