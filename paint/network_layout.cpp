#include "paint/network_layout.h"

#include <algorithm>
#include <array>

namespace bitstill {

namespace {

/// Sizes in pixels. What only passes a layer needs no more than a line's room.
struct Style {
    qreal width, height; ///< of a box
    qreal gap; ///< between layers
    qreal laneGap, rowGap, names;
};

/// From the most readable to the smallest.
constexpr std::array kStyles{
    Style{136, 44, 22, 8, 14, 0},
    Style{104, 40, 18, 8, 12, 0},
    Style{70, 24, 14, 6, 12, 0},
    Style{30, 24, 10, 5, 10, 16},
    Style{15, 22, 7, 4, 8, 16},
    Style{8, 18, 5, 3, 6, 16},
    Style{3, 12, 3, 2, 5, 0},
};
constexpr qreal kMargin = 12, kTrack = 8, kTrackStep = 4, kMostStretch = 1.35;
constexpr std::size_t kMostTracks = 8; ///< side by side between two rows
constexpr qreal kUsualHeight = 400, kMostHeight = 900, kSeen = 8;

struct Row {
    std::size_t first = 0, end = 0; ///< of its layers
    std::size_t crossing = 0; ///< outputs that are read in a later row
    std::vector<qreal> heights; ///< of its lanes
    qreal top = 0, height = 0; ///< of its boxes
};

/// By layer: the outputs made before it that it or a later one reads.
std::vector<std::size_t> crossings(const NetworkLanes& lanes)
{
    std::vector<std::size_t> begin(lanes.layers() + 1, 0), end = begin, crossing;
    for (std::size_t node = 0; node < lanes.layer.size(); ++node) {
        if (lanes.lastUse[node] == lanes.layer[node]) continue;
        ++begin[lanes.layer[node] + 1];
        ++end[lanes.lastUse[node] + 1];
    }
    for (std::size_t layer = 0; layer <= lanes.layers(); ++layer)
        crossing.push_back((layer == 0 ? 0 : crossing.back()) + begin[layer] - end[layer]);
    return crossing;
}

/// One network in one style at one width, as high as it is then.
class Rows {
public:
    Rows(const NetworkLanes& lanes, const std::vector<std::size_t>& crossing, const Style& style, qreal width) :
        m_lanes(lanes), m_style(style), m_margin(std::min(kMargin, width / 8))
    {
        const qreal room = width - 2 * m_margin;
        const std::size_t most = std::max<std::size_t>(1, static_cast<std::size_t>((room + style.gap) / (style.width + style.gap)));
        cut(crossing, most);
        std::size_t widest = 1;
        for (const Row& row : m_rows) widest = std::max(widest, row.end - row.first);
        m_gap = std::min(style.gap, room / 4);
        const auto layers = static_cast<qreal>(widest);
        m_width = std::min((room - (layers - 1) * m_gap) / layers, kMostStretch * style.width);
        setHeights();
    }

    qreal height() const { return m_height; }
    const Style& style() const { return m_style; }
    NetworkLayout at(QSizeF size) const;

private:
    void cut(const std::vector<std::size_t>& crossing, std::size_t most);
    void setHeights();
    void addEdges(NetworkLayout& layout, qreal scale, qreal top) const;
    const Row& rowOf(std::size_t layer) const;
    qreal left(std::size_t layer) const { return m_margin + static_cast<qreal>(layer - rowOf(layer).first) * (m_width + m_gap); }
    qreal middle(std::size_t layer, std::size_t lane) const;
    std::size_t laneAt(std::size_t node, std::size_t layer) const
    {
        return m_lanes.layer[node] == layer ? m_lanes.lane[node] : m_lanes.track[node];
    }

    const NetworkLanes& m_lanes;
    Style m_style;
    qreal m_margin, m_gap = 0, m_width = 0, m_height = 0;
    std::vector<Row> m_rows;
    std::vector<std::size_t> m_rowOfLayer;
};

/// A row ends where the fewest lines go on, in the second half of where it may end.
void Rows::cut(const std::vector<std::size_t>& crossing, std::size_t most)
{
    for (std::size_t first = 0; first < m_lanes.layers();) {
        std::size_t end = std::min(first + most, m_lanes.layers());
        if (end < m_lanes.layers())
            for (std::size_t earlier = end; earlier > first && earlier + most / 2 >= first + most; --earlier)
                if (crossing[earlier] < crossing[end]) end = earlier;
        m_rowOfLayer.resize(end, m_rows.size());
        m_rows.push_back({first, end, end < m_lanes.layers() ? crossing[end] : 0, {}, 0, 0});
        first = end;
    }
}

const Row& Rows::rowOf(std::size_t layer) const { return m_rows[m_rowOfLayer[layer]]; }

void Rows::setHeights()
{
    const auto atLeast = [this](std::size_t layer, std::size_t lane, qreal height) {
        std::vector<qreal>& heights = m_rows[m_rowOfLayer[layer]].heights;
        if (lane >= heights.size()) heights.resize(lane + 1, 0);
        heights[lane] = std::max(heights[lane], height);
    };
    for (std::size_t node = 0; node < m_lanes.layer.size(); ++node) {
        atLeast(m_lanes.layer[node], m_lanes.lane[node], m_style.height);
        for (std::size_t layer = m_lanes.layer[node] + 1; layer < m_lanes.lastUse[node]; ++layer)
            atLeast(layer, m_lanes.track[node], kTrack);
    }
    qreal y = 0;
    for (Row& row : m_rows) {
        y += m_style.names;
        row.top = y;
        for (const qreal height : row.heights) row.height += height > 0 ? height + m_style.laneGap : 0;
        row.height -= m_style.laneGap;
        y += row.height + m_style.rowGap + kTrackStep * static_cast<qreal>(std::min(row.crossing, kMostTracks));
    }
    m_height = m_rows.empty() ? 0 : m_rows.back().top + m_rows.back().height;
}

qreal Rows::middle(std::size_t layer, std::size_t lane) const
{
    const Row& row = rowOf(layer);
    qreal y = row.top;
    for (std::size_t i = 0; i < lane; ++i) y += row.heights[i] > 0 ? row.heights[i] + m_style.laneGap : 0;
    return y + row.heights[lane] / 2;
}

NetworkLayout Rows::at(QSizeF size) const
{
    NetworkLayout layout;
    if (m_rows.empty()) return layout;
    const qreal scale = std::min(size.height() / m_height, kMostStretch), top = std::max(0.0, (size.height() - m_height * scale) / 2);
    for (std::size_t node = 0; node < m_lanes.layer.size(); ++node) {
        const std::size_t layer = m_lanes.layer[node];
        const qreal y = middle(layer, m_lanes.lane[node]) - m_style.height / 2;
        layout.boxes.emplace_back(left(layer), top + y * scale, m_width, m_style.height * scale);
        layout.rowOf.push_back(m_rowOfLayer[layer]);
    }
    for (const Row& row : m_rows)
        layout.nameRows.emplace_back(m_margin, top + (row.top - m_style.names) * scale, size.width() - 2 * m_margin, m_style.names * scale);
    addEdges(layout, scale, top);
    return layout;
}

/// Lines go up and down between two layers only, each output at a place of its own.
void Rows::addEdges(NetworkLayout& layout, qreal scale, qreal top) const
{
    std::vector<std::size_t> turning(m_lanes.layers() + 1, 0); // outputs that turn before a layer
    const auto turnsBefore = [this](std::size_t node, std::size_t layer) {
        if (m_rowOfLayer[layer] != m_rowOfLayer[layer - 1] || layer == m_lanes.layer[node] + 1) return true;
        return std::any_of(m_lanes.nodesIn[layer].begin(), m_lanes.nodesIn[layer].end(),
            [&](std::size_t reader) { return std::count(m_lanes.inputs[reader].begin(), m_lanes.inputs[reader].end(), node) > 0; });
    };
    std::vector<std::vector<std::size_t>> places(m_lanes.layer.size()); // by node: its place before each layer that it reaches
    for (std::size_t node = 0; node < m_lanes.layer.size(); ++node)
        for (std::size_t layer = m_lanes.layer[node] + 1; layer <= m_lanes.lastUse[node]; ++layer)
            places[node].push_back(turnsBefore(node, layer) ? turning[layer]++ : 0);

    const auto y = [&](std::size_t layer, std::size_t lane) { return top + middle(layer, lane) * scale; };
    for (std::size_t reader = 0; reader < m_lanes.layer.size(); ++reader)
        for (const std::size_t node : m_lanes.inputs[reader]) {
            QList<QPointF> points{{left(m_lanes.layer[node]) + m_width, y(m_lanes.layer[node], m_lanes.lane[node])}};
            for (std::size_t layer = m_lanes.layer[node] + 1; layer <= m_lanes.layer[reader]; ++layer) {
                const std::size_t place = places[node][layer - m_lanes.layer[node] - 1];
                const qreal share = static_cast<qreal>(place + 1) / static_cast<qreal>(turning[layer] + 1);
                const qreal from = points.back().y(),
                            to = y(layer, layer == m_lanes.layer[reader] ? m_lanes.lane[reader] : m_lanes.track[node]);
                if (m_rowOfLayer[layer] != m_rowOfLayer[layer - 1]) {
                    const Row& before = rowOf(layer - 1);
                    const qreal right = left(layer - 1) + m_width + std::min(m_margin, m_gap) * share;
                    const qreal between =
                        before.top + before.height + m_style.rowGap / 2 + kTrackStep * static_cast<qreal>(std::min(place, kMostTracks));
                    const qreal down = top + between * scale;
                    points << QPointF(right, from) << QPointF(right, down) << QPointF(m_margin * share, down)
                           << QPointF(m_margin * share, to);
                } else if (from != to) {
                    const qreal x = left(layer) - m_gap * (1 - share);
                    points << QPointF(x, from) << QPointF(x, to);
                }
            }
            points << QPointF(left(m_lanes.layer[reader]), y(m_lanes.layer[reader], m_lanes.lane[reader]));
            layout.edges.push_back({node, reader, std::move(points)});
        }
}

/// The first style that is not too high, or the one whose boxes keep the most of their smaller side.
Rows chosen(const NetworkLanes& lanes, QSizeF size)
{
    const std::vector<std::size_t> crossing = crossings(lanes);
    std::vector<Rows> all;
    std::size_t best = 0;
    qreal most = 0;
    for (const Style& style : kStyles) {
        const Rows& rows = all.emplace_back(lanes, crossing, style, size.width());
        if (rows.height() <= size.height()) return rows;
        const qreal side = std::min(style.width, style.height * size.height() / rows.height());
        if (side <= most) continue;
        most = side;
        best = all.size() - 1;
    }
    return all[best];
}

} // namespace

NetworkLayout layoutNetwork(const NodeInputs& inputs, QSizeF size)
{
    if (inputs.empty() || size.width() <= 0 || size.height() <= 0)
        return {std::vector<QRectF>(inputs.size()), std::vector<std::size_t>(inputs.size()), {}, {}};
    const NetworkLanes lanes = lanesOf(inputs);
    return chosen(lanes, size).at(size);
}

qreal networkHeight(const NodeInputs& inputs, qreal width)
{
    if (inputs.empty() || width <= 0) return 0;
    const NetworkLanes lanes = lanesOf(inputs);
    const Rows usual = chosen(lanes, {width, kUsualHeight});
    if (usual.height() <= kUsualHeight && usual.style().width >= kSeen) return usual.height();
    return std::min(chosen(lanes, {width, kMostHeight}).height(), kMostHeight);
}

} // namespace bitstill
