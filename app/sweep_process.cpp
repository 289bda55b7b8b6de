#include "app/sweep_process.h"

#include <QCoreApplication>
#include <QStandardPaths>
#include <csignal>
#include <sys/prctl.h>

namespace bitstill {

SweepProcess::SweepProcess(QObject* parent) : QObject(parent)
{
    // It ends when the window is killed, too: nobody would know of it.
    m_process.setChildProcessModifier([] { prctl(PR_SET_PDEATHSIG, SIGTERM); });
    m_process.setStandardOutputFile(QProcess::nullDevice());
    connect(&m_process, &QProcess::readyReadStandardError, this, &SweepProcess::take);
    connect(&m_process, &QProcess::finished, this, &SweepProcess::end);
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) Q_EMIT ended(tr("%1 cannot be started: %2").arg(program(), m_process.errorString()));
    });
}

SweepProcess::~SweepProcess()
{
    m_process.disconnect(this);
    if (!isRunning()) return;
    constexpr int kPatience = 10'000; // ms
    m_process.terminate();
    if (!m_process.waitForFinished(kPatience)) m_process.kill();
}

QString SweepProcess::program()
{
    const QString name = QStringLiteral("bitstill-cli"), here = QCoreApplication::applicationDirPath();
    QString found = QStandardPaths::findExecutable(name, {here});
    if (found.isEmpty()) found = QStandardPaths::findExecutable(name);
    return found.isEmpty() ? here + QLatin1Char('/') + name : found;
}

void SweepProcess::start(const QStringList& arguments, const QString& language)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(
        QStringLiteral("LC_ALL"), language == QLatin1String("ko") ? QStringLiteral("ko_KR.UTF-8") : QStringLiteral("C.UTF-8"));
    m_process.setProcessEnvironment(environment);
    m_said.clear();
    m_stopping = false;
    m_process.start(program(), arguments, QIODevice::ReadOnly);
}

void SweepProcess::stop()
{
    m_stopping = true;
    m_process.terminate();
}

void SweepProcess::take()
{
    constexpr qsizetype kMost = 2000;
    m_said = (m_said + m_process.readAllStandardError()).right(kMost);
}

void SweepProcess::end()
{
    take();
    const bool well = m_stopping || (m_process.exitStatus() == QProcess::NormalExit && m_process.exitCode() == 0);
    const QString said = QString::fromUtf8(m_said).trimmed();
    Q_EMIT ended(well ? QString() : said.isEmpty() ? tr("bitstill-cli ended before its work was done.") : said);
}

} // namespace bitstill
