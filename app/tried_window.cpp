#include "app/tried_window.h"

#include "app/problem_of.h"
#include "engine/experiment/catalogue.h"
#include "engine/experiment/record.h"
#include "paint/translate.h"
#include "widgets/wheel_guard.h"

#include <QComboBox>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

namespace bitstill {

namespace {

constexpr const char* kSearchedCost = "bytes";

/// Nobody has chosen by it. Choices that are as they were stay, with a list that may be open.
void fill(QComboBox& box, const std::vector<std::pair<std::string, QString>>& choices, const std::string& now)
{
    QStringList before, after;
    for (int i = 0; i < box.count(); ++i) before << box.itemData(i).toString() << box.itemText(i);
    for (const auto& choice : choices) after << QString::fromStdString(choice.first) << choice.second;
    if (before != after) {
        box.clear();
        for (const auto& [id, words] : choices) box.addItem(words, QString::fromStdString(id));
    }
    box.setCurrentIndex(box.findData(QString::fromStdString(now)));
    box.setEnabled(box.count() > 1);
}

std::string chosenIn(const QComboBox& box) { return box.currentData().toString().toStdString(); }

} // namespace

TriedWindow::TriedWindow(RunHistory& history, TriedChoice choice, const Theme& theme, QWidget* parent) :
    FiguresDialog(QStringLiteral("triedWindow"), theme, {1000, 760}, parent), m_history(history), m_choice(std::move(choice)),
    m_search(new TriedSearchBar)
{
    setLeading(true);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(16, 8, 16, 0);
    m_experiment = addChoice(*row, "triedExperiment");
    m_data = addChoice(*row, "triedData");
    m_cost = addChoice(*row, "triedCost");
    above().addLayout(row);
    above().addWidget(m_search);
    m_search->hide();
    connect(m_search, &TriedSearchBar::networkAsked, this, &TriedWindow::beginSearch);
    connect(m_search, &TriedSearchBar::measured, this, &TriedWindow::addStep);
    connect(m_search, &TriedSearchBar::settingsAsked, this, &TriedWindow::settingsAsked);
    connect(this, &FiguresDialog::placeChosen, this, [this](const FigureCard* card, std::size_t place) { follow(*card, place); });
    connect(&m_history, &RunHistory::changed, this, &TriedWindow::ask);
    connect(&m_history, &RunHistory::touched, this, &TriedWindow::ask);
    say(tr("Reading the history…"), "muted");
    translate();
}

void TriedWindow::translate()
{
    const auto name = [](const Choice& choice, const QString& title, const QString& help) {
        choice.title->setText(title);
        choice.box->setAccessibleName(help);
        choice.box->setToolTip(help);
    };
    setWindowTitle(tr("What you tried"));
    name(m_experiment, tr("&Experiment"), tr("Only runs of this experiment"));
    name(m_data, tr("&Data"), tr("Only runs on this data: accuracies on other data say nothing about networks"));
    name(m_cost, tr("&Against"), tr("What accuracy is shown against"));
    m_search->translate();
    ask(); // the rest has words of its own
}

TriedWindow::Choice TriedWindow::addChoice(QHBoxLayout& row, const char* name)
{
    constexpr int kLetters = 8;
    auto* title = new QLabel;
    title->setProperty("role", "muted");
    auto* box = new QComboBox;
    box->setObjectName(QLatin1String(name));
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(kLetters);
    WheelGuard::install(box);
    title->setBuddy(box);
    row.addWidget(title);
    row.addWidget(box, 1);
    connect(box, &QComboBox::activated, this, &TriedWindow::choose);
    return {box, title};
}

/// On other runs there may be other data and costs; what was chosen stays where it can.
void TriedWindow::choose()
{
    const std::string experiment = chosenIn(*m_experiment.box);
    const bool same = experiment == m_choice.experiment;
    m_choice = {.experiment = experiment, .data = same ? chosenIn(*m_data.box) : "", .cost = same ? chosenIn(*m_cost.box) : ""};
    ask();
}

void TriedWindow::setExperiment(const std::string& experiment)
{
    if (experiment == m_choice.experiment) return;
    m_choice = {.experiment = experiment};
    ask();
}

void TriedWindow::ask()
{
    m_history.read(this, [this, choice = m_choice, asked = ++m_asked](History& history) {
        auto tried = std::make_shared<Tried>(triedOf(history, choice));
        if (std::ranges::count(tried->experiments, tried->chosen.experiment) == 0) *tried = triedOf(history); // it has no dots
        return [this, tried, asked] {
            if (asked == m_asked) tell(*tried);
        };
    });
}

void TriedWindow::tell(const Tried& tried)
{
    if (tried.chosen.experiment != m_tried.chosen.experiment || tried.chosen.data != m_tried.chosen.data) {
        m_steps.clear();
        m_search->cancel();
    }
    m_tried = tried;
    m_search->setVisible(isSearchable() && !tried.dots.empty());
    m_choice.experiment = tried.chosen.experiment;
    m_choice.data = tried.chosen.data; // a run on other data that ends does not change what is looked at
    std::vector<std::pair<std::string, QString>> known, sets, axes;
    for (const std::string& id : tried.experiments) known.emplace_back(id, toQString(experimentInfo(id).title));
    for (const std::string& id : tried.dataSets) sets.emplace_back(id, QString::fromStdString(id));
    for (const std::string& id : tried.costs) axes.emplace_back(id, toQString(costOf(id).axis.title));
    fill(*m_experiment.box, known, tried.chosen.experiment);
    fill(*m_data.box, sets, tried.chosen.data);
    fill(*m_cost.box, axes, tried.chosen.cost);
    say(tried.dots.empty() ? tr("Nothing was tried yet: each finished run of Before and after, Four ways or Squeeze leaves its dots here.")
                           : tr("A click on a dot or a row opens its run."),
        "muted");
    showDots();
}

void TriedWindow::showDots()
{
    m_leads.clear();
    Tried all = m_tried;
    if (all.chosen.cost == kSearchedCost)
        for (std::size_t i = m_steps.size(); i-- > 0;) all.dots.insert(all.dots.begin(), m_steps[i].dot);
    std::vector<FigurePointer> shown;
    for (TriedFigure& figure : figuresOf(all)) {
        m_leads[figure.figure.id] = std::move(figure.leads);
        shown.push_back(std::make_shared<const Figure>(std::move(figure.figure)));
    }
    showFigures(shown);
}

void TriedWindow::follow(const FigureCard& card, std::size_t place)
{
    const auto found = m_leads.find(card.figure()->id);
    if (found == m_leads.end() || place >= found->second.size()) return;
    const std::size_t steps = m_tried.chosen.cost == kSearchedCost ? m_steps.size() : 0, dot = found->second[place];
    if (dot < steps) return settingsAsked(specOf(m_steps[dot], m_searched));
    if (dot - steps >= m_tried.dots.size()) return;
    const TriedDot& tried = m_tried.dots[dot - steps];
    if (tried.touched.empty()) return openAsked(tried.run);
    m_history.read(this, [this, tried](History& history) {
        Spec spec = settingsAtEnd(history, history.entry(tried.run));
        for (const auto& [key, value] : tried.touched) spec.values[key] = value;
        return [this, spec] { Q_EMIT settingsAsked(spec); };
    });
}

void TriedWindow::beginSearch()
{
    m_steps.clear();
    showDots(); // a click must not find those that are gone
    m_choice.cost = kSearchedCost; // its dots have no other
    ask();
    m_history.read(this, [this, runs = m_tried.runs, begun = ++m_begun](History& history) -> std::function<void()> {
        auto run = std::make_shared<RunToSearch>();
        const Text problem = problemOf(
            text("There is not enough memory for this; choose a smaller model or data set."), [&] { *run = runToSearch(history, runs); });
        return [this, run, problem, begun] {
            if (begun != m_begun) return; // stopped and begun again meanwhile
            if (!problem.empty()) return m_search->fail(problem);
            m_searched = run->spec;
            m_search->search(run->spec, run->tensors);
        };
    });
}

void TriedWindow::addStep(const SearchStep& step)
{
    m_steps.push_back(step);
    showDots();
}

std::string TriedWindow::provenance() const { return "bitstill " + versionText() + " · history of " + m_choice.experiment; }

} // namespace bitstill
