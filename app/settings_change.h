#pragma once

#include "engine/experiment/spec.h"

#include <QElapsedTimer>
#include <QUndoCommand>
#include <functional>

namespace bitstill {

/// An experiment's settings, right or wrong.
struct SettingsState {
    Spec spec;
    bool hasSeed = true; ///< false while the seed box is empty

    bool operator==(const SettingsState&) const = default;
};

/// A change of them that can be taken back. Changes of one field that follow each other without a pause (a slider that is dragged, a
/// number that is typed) are one.
class SettingsChange : public QUndoCommand {
public:
    using Apply = std::function<void(const SettingsState&)>;
    /// `field`: what was changed; empty for several at once, which `title` may name.
    SettingsChange(SettingsState before, SettingsState after, std::string field, Text title, Apply apply);

    /// What it did: "Bits 4 → 3", "several settings (preset small)".
    Text words() const;

    void undo() override { m_apply(m_before); }
    void redo() override { m_apply(m_after); }
    int id() const override { return 1; }
    bool mergeWith(const QUndoCommand* next) override;

private:
    SettingsState m_before, m_after;
    std::string m_field;
    Text m_title;
    Apply m_apply;
    QElapsedTimer m_since;
};

} // namespace bitstill
