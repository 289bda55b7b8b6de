#pragma once

#include "app/documents.h"
#include "app/look.h"
#include "app/settings.h"
#include "app/unfinished_runs.h"
#include "widgets/figure_card.h"

#include <QMainWindow>
#include <QPointer>

class QAction;
class QSplitter;

namespace bitstill {

class Actions;
class BottomBar;
class FiguresPage;
class LessonProgress;
class Looks;
class MessageBar;
class OfferBar;
class OpenJob;
class Replay;
class RightPanel;
class RunKeeper;
class Sidebar;
class Sweeps;
class TopBar;

/// Builds the window around a document and connects its parts; what happens is theirs.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(Settings settings);
    ~MainWindow() override;

    void openExperiment(const QString& id);
    /// A model, which is run, an experiment, or a sweep's folder. Shows what is wrong when the file is none of them; what was there stays.
    void openFile(const QString& file);
    /// The run of the experiment that is looked at.
    RunController* controller() { return &m_document->run(); }
    Document& document() { return *m_document; }
    const QString& experiment() const { return m_settings.experiment; }

protected:
    void closeEvent(QCloseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void build();
    void rebuild();
    QWidget* buildMiddle();
    void connectActions();
    void connectParts();
    void connectDocument(Document& document);
    void look(Document& document);
    void relook(QString Settings::*what, const QString& value);
    void moveBy(int experiments);
    void changeSize();
    void restoreField(const std::string& key);
    void copyFigure();
    void connectPresets();
    void savePresetAs();
    void connectOffers();
    void offerUnfinished();
    void answerUnfinished(bool again);
    void start();
    void edit(const QString& key);
    void showSettings();
    void showFigures();
    void showState(const Document& document);
    /// `origin`: of a figure that is not of the document's run.
    void figureAsked(
        Document& document, const std::optional<std::string>& origin, FigurePointer figure, FigureCommand command, QWidget* parent);
    void enlarge(Document& document, const std::optional<std::string>& origin, FigurePointer figure);
    void exportFigures();
    void exportNetwork();
    bool openKept(KeptRun& run, const std::string& name);
    void branch();
    void goOn(const QString& experiment);
    bool canExplain() const;
    void explain();
    void openSpec(const Spec& spec);
    void openAsked(const Spec& spec);
    void openModel(const QString& file);
    void stopOpening();
    void askForFile();
    void saveSpecAs();
    void say(Notice::Kind kind, const Text& text) { m_document->say(kind, text); }
    void remember();
    void noteRun(const Document& document);

    Settings m_settings, m_saved;
    Look m_look;
    UnfinishedRuns m_unfinished;
    std::deque<Spec> m_offered; ///< runs that did not end
    Documents m_documents;
    Document* m_document = nullptr;
    std::map<QString, std::map<std::string, FigureCard::State>> m_cardStates; ///< by experiment, by figure
    Actions* m_actions = nullptr;
    QSplitter* m_splitter = nullptr;
    Sidebar* m_sidebar = nullptr;
    TopBar* m_topBar = nullptr;
    BottomBar* m_bottomBar = nullptr;
    Replay* m_replay = nullptr;
    RightPanel* m_rightPanel = nullptr;
    FiguresPage* m_figures = nullptr;
    Looks* m_looks = nullptr;
    LessonProgress* m_lessons = nullptr;
    Sweeps* m_sweeps = nullptr;
    RunKeeper* m_keeper = nullptr;
    QPointer<OpenJob> m_opening;
    MessageBar* m_message = nullptr;
    OfferBar* m_offer = nullptr;
};

} // namespace bitstill
