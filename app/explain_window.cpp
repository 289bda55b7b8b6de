#include "app/explain_window.h"

#include "app/problem_of.h"
#include "engine/core/thread_pool.h"
#include "paint/translate.h"

#include <QProgressBar>
#include <QVBoxLayout>

namespace bitstill {

ExplainWindow::ExplainWindow(Spec spec, std::map<std::string, Tensor> tensors, const Theme& theme, QWidget* parent) :
    FiguresDialog(QStringLiteral("explainWindow"), theme, {980, 720}, parent), m_spec(std::move(spec)), m_progress(new QProgressBar)
{
    setWindowTitle(tr("Why accuracy is lost"));
    setLeading(true);
    m_progress->setObjectName(QStringLiteral("explainProgress"));
    m_progress->setAccessibleName(tr("Measuring"));
    m_progress->setTextVisible(false);
    m_progress->setRange(0, 100);
    above().addWidget(m_progress);
    say(tr("Rounding and measuring each part by itself…"), "muted");
    connect(this, &FiguresDialog::placeChosen, this, [this](const FigureCard* card, std::size_t place) { follow(*card, place); });
    connect(this, &FiguresDialog::linkChosen, this, [this](const QString& link) { run(m_proofs.at(link.toUInt())); });
    m_work.ask([this, spec = m_spec, tensors = std::move(tensors)](const Newest::KeepGoing& keepGoing) {
        auto found = std::make_shared<DropExplanation>();
        const Text problem = problemOf(text("There is not enough memory for this; choose a smaller model or data set."), [&] {
            TrainedNetwork network = trainedNetwork(spec, "float32", tensors);
            ThreadPool pool(defaultThreads());
            *found = explainDrop(network, pool, keepGoing, [this](double share) {
                QMetaObject::invokeMethod(m_progress, [this, share] { m_progress->setValue(static_cast<int>(100 * share)); });
            });
        });
        return Newest::Deliver([this, found, problem] {
            m_progress->hide();
            if (!problem.empty()) return say(toQString(problem), "problem");
            tell(*found);
        });
    });
}

void ExplainWindow::tell(const DropExplanation& found)
{
    QStringList sentences;
    for (const ExplainedSentence& sentence : sentencesOf(found)) {
        sentences << toQString(sentence.words).toHtmlEscaped();
        if (sentence.leads.empty()) continue;
        sentences.back() += QStringLiteral(" <a href=\"%1\">%2</a>").arg(m_proofs.size()).arg(tr("Run this"));
        m_proofs.push_back(sentence.leads);
    }
    sayLinked(sentences.join(QLatin1String("<br>")));
    std::vector<FigurePointer> figures;
    for (ExplainedFigure& explained : figuresOf(found)) {
        m_leads[explained.figure.id] = std::move(explained.leads);
        figures.push_back(std::make_shared<const Figure>(std::move(explained.figure)));
    }
    showFigures(figures);
}

void ExplainWindow::follow(const FigureCard& card, std::size_t place)
{
    const auto found = m_leads.find(card.figure()->id);
    if (found == m_leads.end() || place >= found->second.size() || found->second[place].empty()) return;
    run(found->second[place]);
}

void ExplainWindow::run(const Values& settings)
{
    Spec spec = m_spec;
    for (const auto& [key, value] : settings) spec.values[key] = value;
    Q_EMIT runAsked(spec);
}

} // namespace bitstill
