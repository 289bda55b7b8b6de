#pragma once

#include "engine/experiment/branch.h"
#include "engine/experiment/catalogue.h"

#include <QDialog>

class QLabel;

namespace bitstill {

class SpecForm;

/// Asks what shall be other from one of a run's marks on; offers the fields that can change there, as they were then.
class BranchDialog : public QDialog {
    Q_OBJECT
public:
    /// `mark`: counted from 1.
    BranchDialog(std::shared_ptr<const Record> parent, long mark, QWidget* over);

Q_SIGNALS:
    void chosen(const bitstill::BranchedRun& run);

private:
    void choose();
    void explain(const QString& sentence);

    std::shared_ptr<const Record> m_parent;
    long m_mark;
    ExperimentInfo m_info; ///< with those fields alone
    Values m_before;
    SpecForm* m_form;
    QLabel* m_why;
};

} // namespace bitstill
