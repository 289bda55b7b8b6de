#pragma once

#include "app/newest.h"
#include "engine/store/tried_search.h"

#include <QWidget>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QProgressBar;
class QPushButton;

namespace bitstill {

/// "Find me one": a budget, and the search for a network that keeps to it, measured while the window stays alive.
class TriedSearchBar : public QWidget {
    Q_OBJECT
public:
    TriedSearchBar();

    /// What a run has kept, to be searched.
    void search(const Spec& spec, const std::map<std::string, Tensor>& tensors);
    /// There is none.
    void fail(const Text& why);
    /// Nobody wants a search that is under way, nor what was found, any more.
    void cancel();
    /// Into the language of now.
    void translate();

Q_SIGNALS:
    /// It needs search() with a network.
    void networkAsked();
    /// Of the search that is under way, in its order.
    void measured(const bitstill::SearchStep& step);
    /// The answer is to be set.
    void settingsAsked(const bitstill::Spec& spec);

private:
    Budget budget() const;
    void say(const Text& words, const char* role);
    void nameAmountAndFind();
    void showKind();
    void start();
    void stop();
    void tell(const Spec& spec, const SearchResult& result, const Budget& budget);
    void setSearching(bool searching);

    QComboBox* m_kind;
    QDoubleSpinBox* m_amount;
    QPushButton *m_find, *m_set;
    QProgressBar* m_progress;
    QLabel* m_said;
    Text m_words; ///< that are said
    Spec m_answer;
    bool m_searching = false;
    Newest m_work; ///< last: it waits in its destructor
};

} // namespace bitstill
