#include "app/tried_search_bar.h"

#include "app/problem_of.h"
#include "engine/core/thread_pool.h"
#include "paint/translate.h"
#include "widgets/restyle.h"
#include "widgets/wheel_guard.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>

namespace bitstill {

namespace {

enum Kind { Points, Kibibytes };

} // namespace

TriedSearchBar::TriedSearchBar() :
    m_kind(new QComboBox), m_amount(new QDoubleSpinBox), m_find(new QPushButton), m_set(new QPushButton), m_progress(new QProgressBar),
    m_said(new QLabel)
{
    m_kind->setObjectName(QStringLiteral("triedBudgetKind"));
    m_kind->addItems({{}, {}});
    WheelGuard::install(m_kind);
    m_amount->setObjectName(QStringLiteral("triedBudget"));
    m_amount->setButtonSymbols(QAbstractSpinBox::NoButtons);
    WheelGuard::install(m_amount);
    m_find->setObjectName(QStringLiteral("triedFind"));
    m_set->setObjectName(QStringLiteral("triedSet"));
    m_progress->setObjectName(QStringLiteral("triedProgress"));
    m_progress->setTextVisible(false);
    m_progress->setRange(0, 100);
    m_said->setObjectName(QStringLiteral("triedSaid"));
    m_said->setWordWrap(true);
    m_said->setTextFormat(Qt::PlainText);
    m_said->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(16, 8, 16, 0);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_kind, m_amount, m_find, m_progress}) row->addWidget(widget);
    row->addWidget(m_said, 1);
    row->addWidget(m_set);
    m_said->hide();
    m_set->hide();
    connect(m_kind, &QComboBox::currentIndexChanged, this, &TriedSearchBar::showKind);
    connect(m_find, &QPushButton::clicked, this, [this] { m_searching ? stop() : start(); });
    connect(m_set, &QPushButton::clicked, this, [this] { Q_EMIT settingsAsked(m_answer); });
    showKind();
    setSearching(false);
    translate();
}

void TriedSearchBar::translate()
{
    m_kind->setAccessibleName(tr("What the network must keep to"));
    m_kind->setToolTip(tr("The smallest network that loses no more points than this, or the most accurate that fits into this size"));
    m_kind->setItemText(Points, tr("Smallest that loses at most"));
    m_kind->setItemText(Kibibytes, tr("Most accurate within"));
    m_amount->setAccessibleName(tr("The budget"));
    m_amount->setToolTip(m_amount->accessibleName());
    m_set->setText(tr("&Set it"));
    m_set->setToolTip(tr("Sets the answer in Before and after; Undo takes it back"));
    m_set->setAccessibleName(m_set->toolTip());
    m_progress->setAccessibleName(tr("Measuring"));
    m_said->setText(toQString(m_words));
    nameAmountAndFind();
}

/// What they are called depends on what is chosen and on what goes on.
void TriedSearchBar::nameAmountAndFind()
{
    m_amount->setSuffix(m_kind->currentIndex() == Points ? tr(" points") : QStringLiteral(" KiB"));
    m_find->setText(m_searching ? tr("Sto&p") : tr("&Find me one"));
    m_find->setToolTip(m_searching ? tr("Ends the search; what was measured stays")
                                   : tr("Quantizes the newest network here in other ways and measures each, the smallest first"));
    m_find->setAccessibleName(m_find->toolTip());
}

Budget TriedSearchBar::budget() const
{
    constexpr double kKib = 1024;
    if (m_kind->currentIndex() == Points) return {.points = m_amount->value()};
    return {.bytes = static_cast<std::int64_t>(kKib * m_amount->value())};
}

void TriedSearchBar::showKind()
{
    constexpr double kMostKib = 1e6, kKib = 32, kMostPoints = 100;
    const bool points = m_kind->currentIndex() == Points;
    nameAmountAndFind();
    m_amount->setDecimals(points ? 2 : 1);
    m_amount->setRange(points ? 0 : 0.1, points ? kMostPoints : kMostKib);
    m_amount->setValue(points ? 1 : kKib);
}

void TriedSearchBar::say(const Text& words, const char* role)
{
    m_words = words;
    m_said->setText(toQString(words));
    m_said->setProperty("role", role);
    restyle(*m_said);
    m_said->setVisible(!words.empty());
}

void TriedSearchBar::setSearching(bool searching)
{
    m_searching = searching;
    nameAmountAndFind();
    m_progress->setValue(0);
    m_progress->setVisible(searching);
}

void TriedSearchBar::fail(const Text& why)
{
    setSearching(false);
    say(why, "problem");
}

void TriedSearchBar::start()
{
    m_set->hide();
    say({}, "muted");
    setSearching(true);
    Q_EMIT networkAsked();
}

void TriedSearchBar::cancel()
{
    m_work.ask([](const Newest::KeepGoing&) { return Newest::Deliver(); });
    setSearching(false);
    say({}, "muted");
    m_set->hide();
}

void TriedSearchBar::stop()
{
    cancel();
    say(text("Stopped; what was measured is shown."), "muted");
}

void TriedSearchBar::search(const Spec& spec, const std::map<std::string, Tensor>& tensors)
{
    if (!m_searching) return; // stopped meanwhile
    m_work.ask([this, spec, tensors, wanted = budget()](const Newest::KeepGoing& keepGoing) {
        auto result = std::make_shared<SearchResult>();
        const Text problem = problemOf(text("There is not enough memory for this; choose a smaller model or data set."), [&] {
            TrainedNetwork network = trainedNetwork(spec, "float32", tensors);
            ThreadPool pool(defaultThreads());
            *result = findWithin(network, wanted, pool, keepGoing, [&](const SearchStep& step, double share) {
                QMetaObject::invokeMethod(this, [this, step, share, keepGoing] {
                    if (!keepGoing()) return;
                    m_progress->setValue(static_cast<int>(100 * share));
                    Q_EMIT measured(step);
                });
            });
        });
        return Newest::Deliver([this, spec, result, problem, wanted] {
            if (!problem.empty()) return fail(problem);
            setSearching(false);
            tell(spec, *result, wanted);
        });
    });
}

void TriedSearchBar::tell(const Spec& spec, const SearchResult& result, const Budget& budget)
{
    say(sentenceOf(result, budget), "plain");
    m_set->setVisible(result.answer.has_value());
    if (result.answer) m_answer = specOf(result.steps[*result.answer], spec);
}

} // namespace bitstill
