#pragma once

#include "app/figures_dialog.h"
#include "app/newest.h"
#include "engine/experiment/drop_explanation.h"

class QProgressBar;

namespace bitstill {

/// Why a run's network is less accurate once it is rounded: measured while the window stays alive, told in sentences, and from them and
/// from every bar the way to the run that has these settings.
class ExplainWindow : public FiguresDialog {
    Q_OBJECT
public:
    /// Begins at once. `tensors`: what the run has kept as "float32".
    ExplainWindow(Spec spec, std::map<std::string, Tensor> tensors, const Theme& theme, QWidget* parent);

    const Spec& spec() const { return m_spec; }

Q_SIGNALS:
    void runAsked(const bitstill::Spec& spec);

private:
    void tell(const DropExplanation& found);
    void run(const Values& settings);
    void follow(const FigureCard& card, std::size_t place);

    Spec m_spec;
    QProgressBar* m_progress;
    std::map<std::string, std::vector<Values>> m_leads; ///< by figure, see ExplainedFigure
    std::vector<Values> m_proofs; ///< of sentences, by their links
    Newest m_work; ///< last: it waits in its destructor
};

} // namespace bitstill
