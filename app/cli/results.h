#pragma once

#include "app/cli/interrupts.h"
#include "app/cli/painter.h"
#include "engine/experiment/session.h"
#include "engine/io/result_folder.h"

#include <string>
#include <vector>

namespace bitstill::cli {

/// Writes what a run has computed, the dearest first; what cannot be written is noted and the rest written all the same.
class Results {
public:
    Results(const std::filesystem::path& folder, FigureWishes wishes);

    /// record.json, the networks, spec.json.
    void writeNumbers(const Record& record, const KeptModels& models);
    /// figures/, in every format; for pictures see painter.h.
    void draw(const Record& record, Interrupts& interrupts);
    /// Everything takes the place of what the folder held, unless that is worth more: a finished result stays when this run failed, was
    /// stopped before it had anything, or could not be written as a whole, which is then kept beside it.
    void settle(const Record& record);

    /// What went wrong, as one line; empty when nothing did.
    Text problem() const;
    /// Where what was computed is if it is not in the folder, or what the folder holds instead; empty when it is there.
    const Text& whereabouts() const { return m_whereabouts; }

private:
    template <class Write> void attempt(const Write& write);
    bool earlierIsWorthMore(const Record& record) const;

    std::filesystem::path m_path;
    ResultFolder m_folder;
    FigureWishes m_wishes;
    std::vector<Text> m_problems;
    Text m_whereabouts;
};

/// As nameOf(), for a person.
Text wordOf(Outcome outcome);

} // namespace bitstill::cli
