#pragma once

#include "app/figures_dialog.h"
#include "app/run_history.h"
#include "app/tried_search_bar.h"

class QComboBox;
class QHBoxLayout;
class QLabel;

namespace bitstill {

/// Accuracy against cost of every network in the history, with the frontier that nothing beats; a click on a dot opens its run. New runs
/// come in while it is open. Networks of before-after are searched for one that keeps to a budget; each that is measured leaves a dot.
class TriedWindow : public FiguresDialog {
    Q_OBJECT
public:
    TriedWindow(RunHistory& history, TriedChoice choice, const Theme& theme, QWidget* parent);

    /// Its runs, where there are any.
    void setExperiment(const std::string& experiment);
    /// Into the language of now; a search goes on.
    void translate();
    /// Of its figures.
    std::string provenance() const;

Q_SIGNALS:
    void openAsked(bitstill::RunId run);
    /// Settings that a search has measured, or that were changed after a run.
    void settingsAsked(const bitstill::Spec& spec);

private:
    /// A list to choose from, and what stands before it.
    struct Choice {
        QComboBox* box = nullptr;
        QLabel* title = nullptr;
    };
    Choice addChoice(QHBoxLayout& row, const char* name);
    void choose();
    void ask();
    void tell(const Tried& tried);
    void showDots();
    void follow(const FigureCard& card, std::size_t place);
    void beginSearch();
    void addStep(const SearchStep& step);
    bool isSearchable() const { return m_tried.chosen.experiment == "before-after"; }

    RunHistory& m_history;
    TriedChoice m_choice; ///< as asked; what is empty is the newest run's
    quint64 m_asked = 0, m_begun = 0; ///< the newest question and search
    Choice m_experiment, m_data, m_cost;
    Tried m_tried; ///< as the history has it
    std::vector<SearchStep> m_steps; ///< of the newest search: the dots before those of m_tried
    Spec m_searched; ///< whose network it is
    TriedSearchBar* m_search;
    std::map<std::string, std::vector<std::size_t>> m_leads; ///< by figure, see TriedFigure
};

} // namespace bitstill
