#pragma once

#include "app/documents.h"
#include "app/look.h"
#include "app/settings.h"

#include <QMainWindow>

class QLabel;
class QScrollArea;
class QSplitter;

namespace bitstill {

class BottomBar;
class CardGrid;
class MessageBar;
class RightPanel;
class Sidebar;
class TopBar;

/// Builds the window around a document and connects its parts; what happens is theirs.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(Settings settings);
    ~MainWindow() override;

    void openExperiment(const QString& id);
    /// Shows what is wrong when the file is no experiment; what was there stays.
    void openFile(const QString& file);
    /// The run of the experiment that is looked at.
    RunController* controller() { return &m_document->run(); }
    Document& document() { return *m_document; }
    const QString& experiment() const { return m_settings.experiment; }

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    void build();
    void rebuild();
    QWidget* buildMiddle();
    void connectTopBar();
    void connectParts();
    void connectDocument(Document& document);
    void look(Document& document);
    void start();
    void edit(const QString& key);
    void showSettings();
    void showFigures();
    void showState(const Document& document);
    void figureAsked(Document& document, FigurePointer figure, const QString& what, QWidget* parent);
    void exportFigures();
    void askForFile();
    void saveSpecAs();
    void say(Notice::Kind kind, const Text& text) { m_document->say(kind, text); }
    void remember();

    Settings m_settings, m_saved;
    Look m_look;
    Documents m_documents;
    Document* m_document = nullptr;
    QSplitter* m_splitter = nullptr;
    Sidebar* m_sidebar = nullptr;
    TopBar* m_topBar = nullptr;
    BottomBar* m_bottomBar = nullptr;
    RightPanel* m_rightPanel = nullptr;
    QScrollArea* m_scroll = nullptr;
    CardGrid* m_grid = nullptr;
    MessageBar* m_message = nullptr;
    QLabel* m_empty = nullptr;
};

} // namespace bitstill
