#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bitstill {

/// The records of a text table (RFC 4180, read liberally), one after the other. A cell may be quoted, then separators and line breaks
/// belong to it and "" is a quote. Lines end in LF or CRLF. Cells come without the blanks around them.
class TextTable {
public:
    /// `text` outlives the table. Throws Error when it is not a text table at all: another encoding or kind of file, or old line ends,
    /// each named for what it is.
    TextTable(std::string_view text, std::string name);

    char separator() const { return m_separator; }
    const std::string& name() const { return m_name; }

    /// Back to the first record.
    void rewind();
    /// The next record that has anything in it; false at the end. Throws Error for a quote that is never closed.
    bool next(std::vector<std::string>& cells);
    /// Of the record that next() gave: counted from 1 and with empty ones, as a spreadsheet shows it.
    std::size_t row() const { return m_row; }

private:
    bool read(std::vector<std::string>& cells);
    char guessSeparator();

    std::string_view m_text;
    std::string m_name;
    std::size_t m_start = 0; ///< behind a byte order mark and a "sep=" line
    std::size_t m_firstRow = 0;
    std::size_t m_at = 0;
    std::size_t m_row = 0;
    char m_separator = ',';
};

} // namespace bitstill
