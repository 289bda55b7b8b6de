#pragma once

#include "app/sweep_draft.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace bitstill {

/// What a sweep varies, as one types it, with what is wrong under each line.
class SweepForm : public QWidget {
    Q_OBJECT
public:
    explicit SweepForm(SweepDraft draft, QWidget* parent = nullptr);

    const SweepDraft& draft() const { return m_draft; }
    void showProblems(const std::vector<Problem>& problems);

Q_SIGNALS:
    void edited();

private:
    struct Row {
        QWidget* page;
        QComboBox* field;
        QLineEdit* values;
        QToolButton* remove;
        QLabel* problem;
    };

    void addAxis(const SweepDraft::Axis& axis);
    void removeAxis(const QWidget* page);
    void addFieldOnce();
    void fillFields(QComboBox& box) const;
    QLineEdit* addLine(const char* name, const QString& label, const QString& help, const std::string& words, QLabel*& problem);
    void askForFolder();
    void take();

    SweepDraft m_draft;
    std::vector<Row> m_rows;
    QVBoxLayout *m_page, *m_axes;
    QPushButton* m_add;
    QLineEdit *m_seeds = nullptr, *m_folder = nullptr;
    QComboBox* m_jobs;
    QLabel *m_seedsProblem = nullptr, *m_folderProblem = nullptr, *m_problem;
};

} // namespace bitstill
