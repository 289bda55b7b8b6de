#include "engine/core/error.h"
#include "engine/core/memory_budget.h"
#include "engine/core/rng.h"
#include "engine/data/cell.h"
#include "engine/data/csv_columns.h"
#include "engine/data/normalize.h"
#include "engine/data/readers.h"
#include "engine/io/files.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitstill {

namespace {

/// Where something was first seen in a table.
struct Place {
    std::size_t row = 0, column = 0;
    std::string cell;
    bool found() const { return row > 0; }
    void note(std::size_t r, std::size_t c, const std::string& text)
    {
        if (!found()) *this = {r, c, text.substr(0, 30)};
    }
};

/// Reads the rows behind the header: doubles until they are normalized.
class RowReader {
public:
    RowReader(TextTable& table, const CsvColumns& columns, const DatasetOptions& options) :
        m_table(table), m_columns(columns), m_options(options), m_commaSeparates(table.separator() == ','), m_width(columns.measurements()),
        m_counter(columns.count(), true)
    {
    }

    void read()
    {
        std::vector<std::string> cells;
        m_table.rewind();
        if (m_columns.hasHeader) m_table.next(cells);
        constexpr std::size_t kOften = 1 << 16; // cells, however wide the rows are
        std::size_t unasked = kOften;
        while (m_table.next(cells)) {
            if (unasked >= kOften) {
                m_options.stopIfAsked();
                unasked = 0;
            }
            unasked += cells.size();
            ++m_rows;
            readRow(cells);
        }
        judgeMissing();
        judgeMarks();
        judgeLabels();
        noteCounters();
    }

    std::vector<double> values;
    std::vector<std::int32_t> labels;
    ClassNames classes;
    std::vector<Text> notes;

private:
    std::string where(std::size_t row) const { return std::to_string(row); }

    void readRow(std::vector<std::string>& cells)
    {
        while (cells.size() > m_columns.count() && cells.back().empty()) cells.pop_back();
        const std::size_t row = m_table.row(), before = values.size();
        if (cells.size() != m_columns.count())
            throw Error("csv",
                m_columns.hasHeader ? text("row %1 of %2 has %3 columns, the header has %4", where(row), m_table.name(),
                    std::to_string(cells.size()), std::to_string(m_columns.count()))
                                    : text("row %1 of %2 has %3 columns, the first row has %4", where(row), m_table.name(),
                                        std::to_string(cells.size()), std::to_string(m_columns.count())),
                text("fix the row or choose another file"));
        bool complete = true;
        for (std::size_t c = 0; c < cells.size(); ++c) {
            if (c == m_columns.label)
                complete = checkLabel(row, cells[c]) && complete;
            else if (m_columns.used[c])
                complete = readValue(row, c, cells[c]) && complete;
        }
        if (!complete) {
            values.resize(before);
            ++m_incomplete;
            return;
        }
        labels.push_back(classes.add(cells[m_columns.label], m_commaSeparates));
    }

    /// False when there is none.
    bool checkLabel(std::size_t row, const std::string& label)
    {
        constexpr std::size_t kLongest = 200;
        if (label.size() > kLongest)
            throw Error("csv",
                text("the label in row %1 of %2 has %3 bytes: that is not a class", where(row), m_table.name(),
                    std::to_string(label.size())),
                text("set data.label to the name or number of the column with the classes"));
        // People do call a class "none" or "-".
        const bool isName = label == "-" || label == "." || label == "none" || label == "None" || label == "missing";
        if (isName || readCell(label, m_commaSeparates).kind != Cell::Kind::Missing) return true;
        if (!m_options.leaveOutMissing)
            throw Error("csv", text("row %1 of %2 has no label", where(row), m_table.name()),
                text("fill in column %1, or set data.missing to leave_out", m_columns.names[m_columns.label]));
        m_missing.note(row, m_columns.label, label);
        return false;
    }

    /// False when it is missing.
    bool readValue(std::size_t row, std::size_t column, const std::string& text)
    {
        const Cell cell = readCell(text, m_commaSeparates);
        if (cell.kind == Cell::Kind::Word) refuseWord(row, column, text);
        if (cell.kind == Cell::Kind::Missing) {
            m_missing.note(row, column, text);
            m_counter[column] = false;
            return false;
        }
        if (cell.mark == Cell::Mark::Comma) m_comma.note(row, column, text);
        if (cell.mark == Cell::Mark::Point) m_point.note(row, column, text);
        if (!labels.empty() && m_counter[column] && m_incomplete == 0) {
            const std::size_t before = values.size() - m_width;
            m_counter[column] = cell.value == values[before] + 1;
        }
        values.push_back(cell.value);
        return true;
    }

    [[noreturn]] void refuseWord(std::size_t row, std::size_t column, const std::string& cell) const
    {
        const bool inThousands = cell.find_first_not_of("+-0123456789.,' ") == std::string::npos && !cell.empty();
        throw Error("csv",
            text("row %1 of %2, column %3: \"%4\" is not a number", where(row), m_table.name(), m_columns.names[column],
                printable(cell, 30)),
            inThousands ? text("write numbers without marks between thousands")
                        : text("write it as a number, name the column in data.leave_out, or set data.label if it holds the classes"));
    }

    void judgeMissing()
    {
        if (!m_missing.found()) return;
        if (!m_options.leaveOutMissing)
            throw Error("csv",
                text("%1 of %2 rows of %3 have missing values; the first is row %4, column %5: \"%6\" is not a number",
                    std::to_string(m_incomplete), std::to_string(m_rows), m_table.name(), where(m_missing.row),
                    m_columns.names[m_missing.column], m_missing.cell),
                text("fill them in, set data.missing to leave_out, or name the column in data.leave_out"));
        notes.push_back(text("%1 of %2 rows have missing values and were left out; the first is row %3, column %4.",
            std::to_string(m_incomplete), std::to_string(m_rows), where(m_missing.row), m_columns.names[m_missing.column]));
    }

    void judgeMarks()
    {
        if (!m_comma.found()) return;
        if (m_point.found())
            throw Error("csv",
                text("%1 has both \"%2\" (row %3) and \"%4\" (row %5): is the decimal mark a comma or a point?", m_table.name(),
                    m_comma.cell, where(m_comma.row), m_point.cell, where(m_point.row)),
                text("write all numbers with a point and without marks between thousands"));
        notes.push_back(text("Commas are read as decimal marks (\"%1\" in row %2).", m_comma.cell, where(m_comma.row)));
    }

    void judgeLabels()
    {
        const std::string &column = m_columns.names[m_columns.label], &name = m_table.name();
        const std::size_t count = classes.count(), rows = labels.size();
        const Text hint = text("set data.label to the name or number of the column with the classes");
        if (count > ClassNames::kMost)
            throw Error("csv", text("column %1 of %2 has more than 1,000 different labels: those are not classes", column, name), hint);
        if (count > 1 && count == rows)
            throw Error("csv", text("column %1 of %2 has as many classes as rows, %3", column, name, std::to_string(count)), hint);
        // A class that is seen twice at most cannot be learned; a measurement that is taken for one looks like this.
        const bool manyOnce = count > 20 && rows < 3 * count;
        const bool measured = count > 20 && classes.areFractions();
        const bool counted = !m_columns.labelIsNamed && classes.areNumbers() && count > 10 && rows < 10 * count;
        if (manyOnce || measured || counted)
            throw Error("csv",
                text("column %1 of %2 holds %3 different values in %4 rows: measurements, not classes", column, name, std::to_string(count),
                    std::to_string(rows)),
                hint);
    }

    void noteCounters()
    {
        if (labels.size() < 10 || m_incomplete > 0) return;
        constexpr std::size_t kMost = 12; // of them say enough
        const std::size_t before = notes.size();
        for (std::size_t c = 0; c < m_columns.count() && notes.size() < before + kMost; ++c)
            if (m_columns.used[c] && m_counter[c])
                notes.push_back(text("Column %1 only numbers the rows; list it in data.leave_out.", m_columns.names[c]));
    }

    TextTable& m_table;
    const CsvColumns& m_columns;
    const DatasetOptions& m_options;
    bool m_commaSeparates;
    std::size_t m_rows = 0, m_incomplete = 0;
    Place m_missing, m_comma, m_point;
    std::size_t m_width; ///< measurements in a row
    std::vector<bool> m_counter; ///< by column: each row has had one more than the one before
};

/// Separators give the number of cells before any of them is read.
void demandRoom(const std::string& bytes, const TextTable& table, const CsvColumns& columns, std::vector<double>& values)
{
    const auto separators = static_cast<double>(std::ranges::count(bytes, table.separator()));
    const double rows = separators / static_cast<double>(columns.count() - 1), cells = rows * static_cast<double>(columns.measurements());
    requireMemory("csv", text("the table %1", table.name()),
        static_cast<double>(bytes.size()) + cells * (sizeof(double) + sizeof(float)) + rows * 2 * sizeof(std::int32_t),
        text("use fewer rows or columns"));
    values.reserve(static_cast<std::size_t>(cells));
}

Column rangeOf(const std::vector<double>& values, std::size_t width, std::size_t place, const std::string& name)
{
    Column column{name, values[place], values[place]};
    for (std::size_t i = place; i < values.size(); i += width) {
        column.low = std::min(column.low, values[i]);
        column.high = std::max(column.high, values[i]);
    }
    return column;
}

/// Training and test rows as floats of mean 0 and deviation 1.
void divide(const RowReader& rows, const CsvColumns& columns, const std::vector<std::uint32_t>& order, Dataset& data)
{
    const std::size_t width = columns.measurements(), testing = order.size() / 5;
    const ColumnNormalizer normalize(rows.values, width, order.data() + testing, order.size() - testing);
    data.train.values.reserve((order.size() - testing) * width);
    data.test.values.reserve(testing * width);
    std::size_t far = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        Samples& part = i < testing ? data.test : data.train;
        for (std::size_t c = 0; c < width; ++c) {
            const double value = rows.values[order[i] * width + c];
            far += normalize.isFar(value, c);
            part.values.push_back(normalize(value, c));
        }
        part.labels.push_back(rows.labels[order[i]]);
    }
    if (far > 0)
        data.notes.push_back(text("Test values clipped at 10,000 standard deviations from the training mean: %1.", std::to_string(far)));
    for (std::size_t c = 0; c < columns.count(); ++c)
        if (columns.used[c]) data.columns.push_back(rangeOf(rows.values, width, data.columns.size(), columns.names[c]));
    constexpr std::size_t kShown = 12;
    std::vector<std::string> constant;
    for (std::size_t c = 0, at = 0; c < columns.count(); ++c)
        if (columns.used[c] && normalize.isConstant(at++) && constant.size() <= kShown) constant.push_back(columns.names[c]);
    if (constant.size() > kShown) constant.back() = "...";
    if (!constant.empty() && order.size() > testing)
        data.notes.push_back(text("Constant in all training rows, so uninformative: %1.", joined(constant)));
}

} // namespace

Dataset readCsv(const DatasetOptions& options)
{
    const std::string name = options.path.filename().string();
    std::string bytes = readFile(options.path, 1'000'000'000);
    TextTable table(bytes, name);
    Dataset data;
    const CsvColumns columns = CsvColumns::of(table, options, data.notes);
    RowReader rows(table, columns, options);
    demandRoom(bytes, table, columns, rows.values);
    rows.read();
    std::string().swap(bytes);
    if (rows.labels.empty())
        throw Error("csv", text("%1 has no row without a missing value", name), text("give it a header line and rows of numbers"));
    data.notes.insert(data.notes.end(), rows.notes.begin(), rows.notes.end());
    data.classes = rows.classes.sorted(rows.labels);
    data.shape = {1, 1, static_cast<int>(columns.measurements())};
    std::vector<std::uint32_t> order(rows.labels.size());
    std::iota(order.begin(), order.end(), 0u);
    Rng(options.seed, "data").shuffle(order);
    divide(rows, columns, order, data);
    return data;
}

} // namespace bitstill
