#pragma once

#include "engine/data/catalogue.h"
#include "engine/data/text_table.h"

namespace bitstill {

/// What the first rows of a table and the options say about its columns.
struct CsvColumns {
    std::vector<std::string> names; ///< of the header, else "column 1", ...
    bool hasHeader = false;
    std::size_t label = 0;
    bool labelIsNamed = false; ///< by its own name or by the options; otherwise it was guessed
    std::vector<bool> used; ///< holds a measurement

    std::size_t count() const { return names.size(); }
    std::size_t measurements() const;
    /// The table's columns; notes say what a person should know about them. Throws Error when no label can be told from the
    /// measurements, a named column is not there, or columns hold words; it names them all.
    static CsvColumns of(TextTable& table, const DatasetOptions& options, std::vector<Text>& notes);
};

} // namespace bitstill
