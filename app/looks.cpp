#include "app/looks.h"

#include "paint/translate.h"
#include "widgets/spec_form.h"

namespace bitstill {

Looks::Looks(QWidget* window) : QObject(window), m_window(window) { connect(&m_inspector, &Inspector::changed, this, &Looks::showAll); }

void Looks::setTheme(const Theme& theme)
{
    m_theme = theme;
    for (LookWindow* window : m_window->findChildren<LookWindow*>()) window->setTheme(theme);
}

void Looks::follow(Document& document, SpecForm& form)
{
    m_document = &document;
    m_form = &form;
    for (LookWindow* window : m_window->findChildren<LookWindow*>())
        if (!fieldOf(document.info(), window->field())) window->close();
}

/// What is wrong with the settings that decide what is there.
Text Looks::problemOf(const std::string& field) const
{
    const Field* look = fieldOf(m_document->info(), field);
    const bool rounds = look && look->look == Field::Look::Network;
    for (const Problem& problem : m_problems)
        if (problem.field == field || problem.field.starts_with("data.") || (rounds && problem.field.starts_with("quant.")))
            return problem.sentence();
    return {};
}

OverviewPointer Looks::lookAt(const Field& field, bool reads)
{
    const Spec& spec = m_document->spec();
    return field.look == Field::Look::Data ? m_inspector.data(spec) : m_inspector.network(spec, field.key, reads);
}

void Looks::update(std::vector<Problem> problems)
{
    m_problems = std::move(problems);
    showAll();
}

void Looks::showAll()
{
    for (const Field& field : m_document->info().fields) {
        if (field.look != Field::Look::Network) continue;
        const OverviewPointer look = problemOf(field.key).empty() ? lookAt(field, false) : std::make_shared<const Overview>();
        if (look) m_form->showNote(field.key, toQString(look->summary));
    }
    for (LookWindow* window : m_window->findChildren<LookWindow*>()) updateWindow(*window);
}

void Looks::updateWindow(LookWindow& window)
{
    const Field* field = fieldOf(m_document->info(), window.field());
    if (!field) return; // it closes
    const QString title = (field->look == Field::Look::Data ? tr("Data: %1") : tr("Network: %1"))
                              .arg(QString::fromStdString(describe(m_document->spec().values.at(field->key))));
    if (const Text problem = problemOf(field->key); !problem.empty()) return window.showProblem(title, problem);
    window.showLook(title, lookAt(*field, true));
}

void Looks::open(const QString& field)
{
    const std::string key = field.toStdString();
    auto* window = m_window->findChild<LookWindow*>(QStringLiteral("lookAt.") + field);
    if (problemOf(key).empty()) m_inspector.readAgain(m_document->spec());
    if (!window) {
        window = new LookWindow(key, m_theme, m_window);
        connect(window, &LookWindow::asked, this,
            [this, window](const FigurePointer& figure, FigureCommand command) { Q_EMIT asked(figure, command, window); });
    }
    updateWindow(*window);
    window->show();
    window->raise();
    window->activateWindow();
}

} // namespace bitstill
