#include "engine/data/text_table.h"

#include "engine/core/error.h"

#include <algorithm>
#include <array>

namespace bitstill {

namespace {

// What no table of numbers reaches; without them a lost quote or a page of commas would cost many times the file's size.
constexpr std::size_t kLongestCell = 100'000, kMostColumns = 1'000'000;

constexpr std::string_view kBlanks = " \t\xC2\xA0"; // the last two bytes are the space that does not break

void trim(std::string& cell)
{
    const std::size_t first = cell.find_first_not_of(kBlanks);
    if (first == std::string::npos) {
        cell.clear();
        return;
    }
    // A byte of the no-break space may belong to another letter: only the pair is a blank.
    std::size_t begin = 0, end = cell.size();
    while (begin < end && (cell[begin] == ' ' || cell[begin] == '\t' || cell.compare(begin, 2, "\xC2\xA0") == 0))
        begin += cell[begin] == '\xC2' ? 2 : 1;
    while (
        end > begin && (cell[end - 1] == ' ' || cell[end - 1] == '\t' || (end - begin >= 2 && cell.compare(end - 2, 2, "\xC2\xA0") == 0)))
        end -= cell[end - 1] == '\xA0' ? 2 : 1;
    cell = cell.substr(begin, end - begin);
}

/// Files that are often called .csv and are none, by how they begin.
void refuseOtherKinds(std::string_view bytes, const std::string& name)
{
    const auto refuse = [&](const Text& kind) {
        throw Error("csv", text("%1 is %2, not a text table", name, kind), text("save it as CSV with the encoding UTF-8"));
    };
    if (bytes.starts_with(std::string_view("\xFF\xFE\0\0", 4)) || bytes.starts_with(std::string_view("\0\0\xFE\xFF", 4))) refuse("UTF-32");
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) refuse("UTF-16");
    if (bytes.starts_with("PK\x03\x04")) refuse(text("a spreadsheet or a zip archive"));
    if (bytes.starts_with("\x1F\x8B")) refuse(text("packed with gzip"));
    if (bytes.starts_with("%PDF")) refuse("PDF");
    if (bytes.starts_with("<!DOCTYPE") || bytes.starts_with("<!doctype") || bytes.starts_with("<html")) refuse(text("a web page"));
    const std::string_view head = bytes.substr(0, 4096);
    const auto zeros = std::count(head.begin(), head.end(), '\0');
    // Latin letters in UTF-16 are a zero and a letter.
    if (zeros > 0) refuse(4 * static_cast<std::size_t>(zeros) >= head.size() ? Text("UTF-16") : text("binary data"));
    if (bytes.find('\0') != std::string_view::npos) refuse(text("binary data"));
}

void refuseOldLineEnds(std::string_view bytes, const std::string& name)
{
    std::size_t feeds = 0, returns = 0; // those without a line feed behind them
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        feeds += bytes[i] == '\n';
        returns += bytes[i] == '\r' && (i + 1 == bytes.size() || bytes[i + 1] != '\n');
    }
    if (returns > feeds)
        throw Error(
            "csv", text("the lines of %1 end in a CR alone, as on Macs before 2001", name), text("save it with line ends LF or CRLF"));
}

void refuseOtherEncodings(std::string_view bytes, const std::string& name)
{
    if (isUtf8(bytes)) return;
    std::size_t row = 1;
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view line = bytes.substr(0, end);
        if (!isUtf8(line))
            throw Error("csv", text("row %1 of %2 is not UTF-8 (perhaps Latin-1 or Windows-1252)", std::to_string(row), name),
                text("save it as CSV with the encoding UTF-8"));
        if (end == std::string_view::npos) return;
        bytes.remove_prefix(end + 1);
        ++row;
    }
}

} // namespace

TextTable::TextTable(std::string_view text, std::string name) : m_text(text), m_name(std::move(name))
{
    refuseOtherKinds(text, m_name);
    refuseOldLineEnds(text, m_name);
    refuseOtherEncodings(text, m_name);
    if (text.starts_with("\xEF\xBB\xBF")) m_start = 3;
    // Spreadsheets say the separator in a first line of its own.
    const std::size_t end = text.find('\n', m_start);
    const std::string_view first = text.substr(m_start, end == std::string_view::npos ? end : end - m_start);
    const bool says = first.size() >= 5 && first.size() <= 6 && first.starts_with("sep=") && (first.size() == 5 || first[5] == '\r');
    if (says && end != std::string_view::npos) {
        m_start = end + 1;
        m_firstRow = 1;
        m_separator = first[4];
    } else {
        m_separator = guessSeparator();
    }
    rewind();
}

void TextTable::rewind()
{
    m_at = m_start;
    m_row = m_firstRow;
}

bool TextTable::next(std::vector<std::string>& cells)
{
    for (;;) {
        for (; m_at < m_text.size() && m_text[m_at] == '\n'; ++m_at) ++m_row;
        if (!read(cells)) return false;
        if (std::ranges::any_of(cells, [](const std::string& cell) { return !cell.empty(); })) return true;
    }
}

bool TextTable::read(std::vector<std::string>& cells)
{
    if (m_at >= m_text.size()) return false;
    ++m_row;
    std::size_t count = 0;
    const auto add = [&]() -> std::string& {
        if (count == cells.size()) cells.emplace_back();
        cells[count].clear();
        return cells[count++];
    };
    std::string* cell = &add();
    bool quoted = false;
    for (; m_at < m_text.size(); ++m_at) {
        const char c = m_text[m_at];
        if (cell->size() > kLongestCell || count > kMostColumns) break;
        if (c == '"') {
            const bool twice = quoted && m_at + 1 < m_text.size() && m_text[m_at + 1] == '"';
            if (twice) {
                *cell += '"';
                ++m_at;
            } else if (quoted) {
                quoted = false;
            } else if (cell->find_first_not_of(kBlanks) == std::string::npos) {
                quoted = true;
            } else {
                *cell += '"'; // 5" within a word is no quotation
            }
        } else if (quoted) {
            *cell += c;
        } else if (c == m_separator) {
            trim(*cell);
            cell = &add();
        } else if (c == '\n') {
            break;
        } else if (c != '\r') {
            *cell += c;
        }
    }
    if (count > kMostColumns)
        throw Error("csv", text("row %1 of %2 has more than %3 columns", std::to_string(m_row), m_name, grouped(kMostColumns)),
            text("choose a table of numbers and a label"));
    if (!quoted && cell->size() > kLongestCell)
        throw Error("csv", text("row %1 of %2 has a cell of more than %3 bytes", std::to_string(m_row), m_name, grouped(kLongestCell)),
            text("choose a table of numbers and a label"));
    if (quoted)
        throw Error("csv", text("a quotation mark opened in row %1 of %2 is never closed", std::to_string(m_row), m_name),
            text("close it, or remove it"));
    ++m_at;
    trim(*cell);
    cells.resize(count);
    return true;
}

/// The separator that makes the most of the first records as wide as the first; of two that do, the one that numbers never hold.
char TextTable::guessSeparator()
{
    constexpr int kLooked = 50;
    char best = ',';
    double bestAgreement = 0;
    for (const char candidate : {'\t', ';', '|', ','}) {
        m_separator = candidate;
        rewind();
        std::vector<std::string> cells;
        std::size_t columns = 0;
        int records = 0, agree = 0;
        // A quote that is open only for a wrong separator is no error yet.
        try {
            for (; records < kLooked && next(cells); ++records) {
                if (records == 0) columns = cells.size();
                agree += cells.size() == columns;
            }
        } catch (const Error&) {
            ++records;
        }
        const double agreement = columns < 2 ? 0 : static_cast<double>(agree) / records;
        if (agreement > bestAgreement) {
            bestAgreement = agreement;
            best = candidate;
        }
    }
    return best;
}

} // namespace bitstill
