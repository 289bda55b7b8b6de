#include "engine/experiment/session_worker.h"

namespace bitstill {

Session::Session(Spec spec, SessionOptions options) : m_worker(std::make_unique<Worker>(std::move(spec), std::move(options))) { }
Session::~Session() { m_worker->close(); }
void Session::stop() { m_worker->stop(); }
void Session::close() { m_worker->close(); }
void Session::pause() { m_worker->setPaused(true); }
void Session::resume() { m_worker->setPaused(false); }
void Session::stepOnce(StepSize size) { m_worker->stepOnce(size); }
void Session::setLive(const std::string& key, const Value& value) { m_worker->setLive(key, value); }
void Session::request() { m_worker->request(); }
std::unique_ptr<const Snapshot> Session::take() { return m_worker->take(); }
Outcome Session::outcome() const { return m_worker->outcome(); }
bool Session::isOver() const { return m_worker->isOver(); }
void Session::wait() const { m_worker->wait(); }
Record Session::record() const { return m_worker->record(); }
KeptModels Session::models() const { return m_worker->models(); }

} // namespace bitstill
