#pragma once

#include <QProcess>

namespace bitstill {

/// A sweep that is done here, by bitstill-cli: processes of its own, which take nothing with them. Who destroys it
/// stops it and waits; what is not done is done by the same command again.
class SweepProcess : public QObject {
    Q_OBJECT
public:
    explicit SweepProcess(QObject* parent = nullptr);
    ~SweepProcess() override;

    /// bitstill-cli beside this program, or else on the PATH.
    static QString program();

    void start(const QStringList& arguments, const QString& language);
    /// Runs under way end within a moment; ended() follows.
    void stop();
    bool isRunning() const { return m_process.state() != QProcess::NotRunning; }
    bool isStopping() const { return m_stopping && isRunning(); }

Q_SIGNALS:
    /// `said`: of what went wrong, in the program's words; empty when nothing did, or when it was stopped.
    void ended(const QString& said);

private:
    void take();
    void end();

    QProcess m_process;
    QByteArray m_said; ///< the end of what it wrote as errors
    bool m_stopping = false;
};

} // namespace bitstill
