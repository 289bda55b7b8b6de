#pragma once

#include "paint/export_options.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QSpinBox;

namespace bitstill {

/// How figures are put into files: the fields of ExportOptions.
class ExportForm : public QWidget {
    Q_OBJECT
public:
    explicit ExportForm(const ExportOptions& options, QWidget* parent = nullptr);

    /// What is of no use for these formats cannot be set.
    void setFormats(const QStringList& formats);
    ExportOptions options() const;

private:
    QComboBox* choice(const char* name, const QString& label, const QStringList& words, const QString& hint);
    QDoubleSpinBox* side(const char* name, const QString& label, double mm);
    void showSize();

    QComboBox *m_size = nullptr, *m_theme = nullptr, *m_letters = nullptr;
    QDoubleSpinBox *m_width = nullptr, *m_height = nullptr;
    QSpinBox* m_dpi = nullptr;
    QCheckBox* m_csv = nullptr;
    bool m_ownDpi = false; ///< not the one that suits the size
};

} // namespace bitstill
