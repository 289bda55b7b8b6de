#pragma once

#include "app/history_model.h"
#include "app/run_history.h"
#include "paint/theme.h"

#include <QDialog>
#include <QTimer>

class QCheckBox;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QTableView;

namespace bitstill {

/// Every run that was kept: found, sorted, marked, thrown away and taken back, opened again, compared.
class HistoryWindow : public QDialog {
    Q_OBJECT
public:
    HistoryWindow(RunHistory& history, std::int64_t limit, QWidget* parent);

Q_SIGNALS:
    void openAsked(bitstill::RunId run);
    /// The baseline, or else the oldest, comes first.
    void compareAsked(const std::vector<bitstill::RunId>& runs);
    void limitChosen(std::int64_t bytes);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Found {
        std::vector<HistoryEntry> entries{};
        std::vector<std::pair<std::string, std::int64_t>> experiments{};
        std::vector<std::string> metrics{};
        std::int64_t usage = 0, trashed = 0;
    };

    QWidget* buildSearch();
    QWidget* buildTable();
    QWidget* buildNotes();
    QWidget* buildButtons();
    QPushButton* addButton(QHBoxLayout& row, const char* name, const QString& label, const QString& help);
    void addLimit(QHBoxLayout& row, std::int64_t limit);
    HistoryQuery query() const;
    void search();
    void searchRest(HistoryQuery rest, const std::vector<RunId>& there, const std::vector<RunId>& missing);
    void reload();
    bool showGroups(const Found& found);
    void showRuns(const std::vector<HistoryEntry>& runs);
    void showCount();
    void select(const std::vector<RunId>& runs);
    std::vector<RunId> chosen() const;
    const HistoryEntry* only() const;
    void showChosen();
    void compare();
    void star();
    void pin();
    void unpinAmong(const std::vector<RunId>& gone);
    void toTrash();
    void takeBack();
    void forget();
    void keepNotes();
    void goneFromHere();
    void openMenu(const QPoint& at);

    RunHistory& m_history;
    HistoryModel* m_model;
    QTimer m_typing; ///< a search a while after the last key
    quint64 m_asked = 0; ///< the newest search
    std::vector<RunId> m_thrown; ///< what Undo takes back
    std::optional<int> m_next; ///< the row to choose once the chosen runs are gone
    std::optional<RunId> m_noted; ///< whose note and tags are in the lines

    QLineEdit *m_words = nullptr, *m_tags = nullptr, *m_note = nullptr;
    QComboBox *m_experiment = nullptr, *m_metric = nullptr, *m_limit = nullptr;
    QCheckBox *m_starred = nullptr, *m_trash = nullptr;
    QTableView* m_table = nullptr;
    QLabel *m_count = nullptr, *m_usage = nullptr, *m_problem = nullptr;
    QPushButton *m_open = nullptr, *m_compare = nullptr, *m_star = nullptr, *m_pin = nullptr, *m_delete = nullptr, *m_undo = nullptr,
                *m_restore = nullptr, *m_forget = nullptr, *m_repair = nullptr;
};

} // namespace bitstill
