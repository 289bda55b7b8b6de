#include "widgets/expected_page.h"

#include "paint/translate.h"
#include "widgets/card_layout.h"
#include "widgets/figure_sketch.h"

#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

namespace bitstill {

namespace {

constexpr int kSketchHeight = 160, kMargin = 24;

} // namespace

/// They stand where the figures will.
class ExpectedPage::Sketches : public QWidget {
public:
    void show(const std::vector<ExpectedFigure>& figures, const Theme& theme)
    {
        qDeleteAll(m_sketches);
        m_sketches.clear();
        for (const ExpectedFigure& figure : figures) {
            m_sketches.push_back(new FigureSketch(figure, theme, this));
            m_sketches.back()->show();
        }
        arrange();
    }

protected:
    void resizeEvent(QResizeEvent*) override { arrange(); }

private:
    void arrange()
    {
        std::vector<CardWish> wishes;
        for (const FigureSketch* sketch : m_sketches) wishes.push_back({sketch->span(), 0, [](int) { return kSketchHeight; }});
        setMinimumHeight(layOutCards(wishes, size()).leastHeight);
        const CardLayout layout = layOutCards(wishes, size());
        for (std::size_t i = 0; i < m_sketches.size(); ++i) m_sketches[i]->setGeometry(layout.cards[i]);
    }

    std::vector<FigureSketch*> m_sketches;
};

ExpectedPage::ExpectedPage(const Theme& theme, QWidget* parent) :
    QWidget(parent), m_theme(theme), m_question(new QLabel), m_hint(new QLabel), m_time(new QLabel), m_sketches(new Sketches)
{
    setObjectName(QStringLiteral("expectedPage"));
    m_question->setObjectName(QStringLiteral("expectedQuestion"));
    m_hint->setObjectName(QStringLiteral("expectedHint"));
    m_time->setObjectName(QStringLiteral("expectedTime"));
    m_question->setFont(Theme::pageTitle());
    m_time->setProperty("role", "muted");
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, kMargin, 0, 0);
    column->setSpacing(6);
    for (QLabel* label : {m_question, m_hint, m_time}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setContentsMargins(kMargin, 0, kMargin, 0);
        column->addWidget(label);
    }
    column->addWidget(m_sketches, 1);
}

void ExpectedPage::setExperiment(const ExperimentInfo& info)
{
    m_question->setText(toQString(info.question));
    m_sketches->show(info.expected, m_theme);
}

void ExpectedPage::paintEvent(QPaintEvent*) { QPainter(this).fillRect(rect(), m_theme.page); }

void ExpectedPage::setHint(const QString& hint) { m_hint->setText(hint); }

void ExpectedPage::setTime(const QString& time) { m_time->setText(time); }

} // namespace bitstill
