#include "widgets/field_editor.h"

#include "paint/translate.h"
#include "widgets/file_dialog.h"
#include "widgets/icons.h"
#include "widgets/restyle.h"
#include "widgets/wheel_guard.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QRandomGenerator>
#include <QSlider>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

namespace bitstill {

namespace {

QHBoxLayout* rowLayout(QWidget* widget)
{
    auto* layout = new QHBoxLayout(widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    return layout;
}

class ChoiceEditor : public FieldEditor {
public:
    ChoiceEditor(const Field& f, QWidget* parent) : FieldEditor(f, parent), m_box(new QComboBox)
    {
        for (const Field::Choice& c : f.choices) m_box->addItem(toQString(c.label), QString::fromStdString(c.value));
        m_box->setEditable(f.kind == Field::Kind::Name);
        m_box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        m_box->setMinimumContentsLength(8);
        name(m_box);
        rowLayout(this)->addWidget(m_box);
        connect(m_box, &QComboBox::currentTextChanged, this, &FieldEditor::edited);
    }
    Value value() const override
    {
        if (m_field.kind == Field::Kind::Name) return m_box->currentText().trimmed().toStdString();
        return m_box->currentData().toString().toStdString();
    }
    void setValue(const Value& value) override
    {
        const QString word = QString::fromStdString(describe(value));
        if (m_field.kind == Field::Kind::Name)
            m_box->setCurrentText(word);
        else
            m_box->setCurrentIndex(std::max(0, m_box->findData(word)));
    }

private:
    QComboBox* m_box;
};

class FlagEditor : public FieldEditor {
public:
    FlagEditor(const Field& f, QWidget* parent) : FieldEditor(f, parent), m_box(new QCheckBox)
    {
        name(m_box);
        rowLayout(this)->addWidget(m_box);
        connect(m_box, &QCheckBox::toggled, this, &FieldEditor::edited);
    }
    Value value() const override { return m_box->isChecked(); }
    void setValue(const Value& value) override { m_box->setChecked(std::get<bool>(value)); }

private:
    QCheckBox* m_box;
};

class FileEditor : public FieldEditor {
public:
    FileEditor(const Field& f, QWidget* parent) : FieldEditor(f, parent), m_line(new QLineEdit)
    {
        auto* browse = new QToolButton;
        browse->setText(QStringLiteral("…"));
        browse->setObjectName(QStringLiteral("browse.") + QString::fromStdString(f.key));
        name(m_line);
        rowLayout(this)->addWidget(m_line);
        layout()->addWidget(browse);
        connect(m_line, &QLineEdit::textChanged, this, &FieldEditor::edited);
        const auto chooseFile = [this] { choose(Ask::Open, tr("Choose a file")); };
        // A path may be either: a table is a file, image sets are folders.
        const bool onlyFile = f.key.ends_with("file");
        browse->setToolTip(onlyFile ? tr("Choose a file") : tr("Choose a file or folder"));
        browse->setAccessibleName(browse->toolTip());
        if (onlyFile) {
            connect(browse, &QToolButton::clicked, this, chooseFile);
            return;
        }
        auto* menu = new QMenu(browse);
        menu->addAction(tr("Choose a file"), this, chooseFile)->setObjectName(QStringLiteral("action.chooseFile"));
        menu->addAction(tr("Choose a folder"), this, [this] { choose(Ask::Folder, tr("Choose a folder")); })
            ->setObjectName(QStringLiteral("action.chooseFolder"));
        browse->setMenu(menu);
        browse->setPopupMode(QToolButton::InstantPopup);
    }
    Value value() const override { return m_line->text().trimmed().toStdString(); }
    void setValue(const Value& value) override { m_line->setText(QString::fromStdString(std::get<std::string>(value))); }

private:
    void choose(Ask what, const QString& title)
    {
        const QString models = m_field.key == "model.file"
            ? tr("Models") + QStringLiteral(" (*.onnx *.tflite);;") + tr("All files") + QStringLiteral(" (*)")
            : QString();
        const QString chosen = askForPath(window(), what, title, m_line->text(), models);
        if (!chosen.isEmpty()) m_line->setText(chosen);
    }
    QLineEdit* m_line;
};

/// What was typed; text that is no number stays text, so that validation says so.
Value valueOf(const Field& field, const QLineEdit& line)
{
    try {
        return field.parse(line.text().trimmed().toStdString());
    } catch (const Error&) {
        return line.text().toStdString();
    }
}

/// Numbers as text: exact, locale-free, any magnitude.
class NumberEditor : public FieldEditor {
public:
    NumberEditor(const Field& f, QWidget* parent) : FieldEditor(f, parent), m_line(new QLineEdit)
    {
        name(m_line);
        rowLayout(this)->addWidget(m_line);
        connect(m_line, &QLineEdit::textChanged, this, &FieldEditor::edited);
    }
    Value value() const override { return valueOf(m_field, *m_line); }
    void setValue(const Value& value) override
    {
        const QString word = QString::fromStdString(describe(value));
        if (m_line->text() != word) m_line->setText(word);
    }

private:
    QLineEdit* m_line;
};

/// A slider with the places of some of its values written under it.
class TickedSlider : public QSlider {
public:
    explicit TickedSlider(QWidget* parent = nullptr) : QSlider(Qt::Horizontal, parent) { }

    void setTicks(std::vector<std::pair<int, QString>> ticks)
    {
        m_ticks = std::move(ticks);
        if (!m_ticks.empty()) setStyleSheet(QStringLiteral("min-height: %1px").arg(22 + 2 * kRoom));
    }

protected:
    /// While a key moves it, it is held as by a pointer.
    void keyPressEvent(QKeyEvent* event) override
    {
        const int before = value();
        const bool first = !event->isAutoRepeat() && !m_keyHolds && moves(event->key());
        if (first) hold(true);
        QSlider::keyPressEvent(event);
        if (first && value() == before) hold(false);
    }
    void keyReleaseEvent(QKeyEvent* event) override
    {
        if (!event->isAutoRepeat() && m_keyHolds) hold(false);
        QSlider::keyReleaseEvent(event);
    }
    void focusOutEvent(QFocusEvent* event) override
    {
        if (m_keyHolds) hold(false);
        QSlider::focusOutEvent(event);
    }
    void paintEvent(QPaintEvent* event) override
    {
        QSlider::paintEvent(event);
        QPainter painter(this);
        QFont small = font();
        small.setPixelSize(10);
        painter.setFont(small);
        painter.setPen(palette().color(QPalette::PlaceholderText));
        for (const auto& [position, word] : m_ticks) {
            const int x = kHandle / 2 + QStyle::sliderPositionFromValue(minimum(), maximum(), position, width() - kHandle);
            painter.drawLine(x, height() / 2 + 8, x, height() / 2 + 10);
            painter.drawText(QRect(x - 20, height() - kRoom, 40, kRoom), Qt::AlignCenter, word);
        }
    }

private:
    static bool moves(int key)
    {
        static constexpr std::array kKeys{
            Qt::Key_Left, Qt::Key_Right, Qt::Key_Up, Qt::Key_Down, Qt::Key_PageUp, Qt::Key_PageDown, Qt::Key_Home, Qt::Key_End};
        return std::ranges::find(kKeys, key) != kKeys.end();
    }
    void hold(bool held)
    {
        m_keyHolds = held;
        if (held)
            Q_EMIT sliderPressed();
        else
            Q_EMIT sliderReleased();
    }

    static constexpr int kRoom = 12, kHandle = 16;
    bool m_keyHolds = false;
    std::vector<std::pair<int, QString>> m_ticks;
};

/// A live number: a slider and its value, which can be typed as well.
class SliderEditor : public FieldEditor {
public:
    SliderEditor(const Field& f, QWidget* parent) : FieldEditor(f, parent), m_slider(new TickedSlider), m_line(new QLineEdit)
    {
        m_slider->setRange(0, f.kind == Field::Kind::Int && !f.logarithmic ? static_cast<int>(f.high - f.low) : 1000);
        m_slider->setPageStep(std::max(1, m_slider->maximum() / 10));
        std::vector<std::pair<int, QString>> ticks;
        for (const double t : f.ticks) ticks.emplace_back(positionOf(Value(t)), QString::fromStdString(shortest(t)));
        m_slider->setTicks(std::move(ticks));
        name(m_slider);
        m_line->setObjectName(QStringLiteral("value.") + QString::fromStdString(f.key));
        m_line->setAccessibleName(toQString(f.label));
        m_line->setProperty("role", "number");
        m_line->setFixedWidth(boxWidth());
        mark(m_line);
        m_line->setAlignment(Qt::AlignRight);
        rowLayout(this)->addWidget(m_slider);
        layout()->addWidget(m_line);
        if (!f.unit.empty()) layout()->addWidget(new QLabel(QString::fromStdString(f.unit)));
        if (f.drawn) addDraw();
        connect(m_slider, &QSlider::valueChanged, this, [this](int position) { take(valueAt(position)); });
        connect(m_line, &QLineEdit::editingFinished, this, &SliderEditor::takeTyped);
        connect(m_slider, &QSlider::sliderPressed, this, [this] { Q_EMIT held(true); });
        connect(m_slider, &QSlider::sliderReleased, this, [this] { Q_EMIT held(false); });
    }
    Value value() const override { return m_value; }
    void setValue(const Value& value) override
    {
        m_value = value;
        if (isNumber(value)) {
            const QSignalBlocker quiet(m_slider);
            m_slider->setValue(positionOf(value));
        }
        m_line->setText(QString::fromStdString(describe(value)));
    }
    void commit() override
    {
        if (m_line->isModified()) takeTyped();
    }
    void setHighest(std::int64_t highest) override
    {
        if (m_field.logarithmic) return;
        const QSignalBlocker quiet(m_slider);
        m_slider->setRange(0, static_cast<int>(static_cast<double>(highest) - m_field.low));
        m_field.high = static_cast<double>(highest);
        if (isNumber(m_value)) m_slider->setValue(positionOf(m_value));
    }

private:
    static bool isNumber(const Value& v)
    {
        return std::holds_alternative<std::int64_t>(v) || (std::holds_alternative<double>(v) && std::isfinite(std::get<double>(v)));
    }
    static double numberOf(const Value& v) { return v.index() == 1 ? static_cast<double>(std::get<std::int64_t>(v)) : std::get<double>(v); }
    Value valueAt(int position) const
    {
        const double t = static_cast<double>(position) / m_slider->maximum();
        const double number =
            m_field.logarithmic ? m_field.low * std::pow(m_field.high / m_field.low, t) : m_field.low + t * (m_field.high - m_field.low);
        if (m_field.kind == Field::Kind::Int) return static_cast<std::int64_t>(std::lround(number));
        return std::stod(significant(number, 4));
    }
    int positionOf(const Value& value) const
    {
        const double v = std::clamp(numberOf(value), m_field.low, m_field.high);
        const double t = m_field.logarithmic ? std::log(v / m_field.low) / std::log(m_field.high / m_field.low)
                                             : (v - m_field.low) / (m_field.high - m_field.low);
        return static_cast<int>(std::lround(t * m_slider->maximum()));
    }
    void addDraw()
    {
        auto* draw = new QToolButton;
        draw->setObjectName(QStringLiteral("draw.") + QString::fromStdString(m_field.key));
        draw->setIcon(icon(QStringLiteral("dice"), palette().color(QPalette::WindowText)));
        draw->setToolTip(tr("Picks one at random"));
        draw->setAccessibleName(tr("Picks one at random"));
        layout()->addWidget(draw);
        connect(draw, &QToolButton::clicked, this, [this] {
            const auto low = static_cast<int>(m_field.low), high = static_cast<int>(m_field.high);
            take(static_cast<std::int64_t>(QRandomGenerator::global()->bounded(low, high + 1)));
        });
    }
    void take(const Value& value)
    {
        const bool same = value == m_value;
        setValue(value);
        if (same) return;
        Q_EMIT edited();
    }
    /// Right or wrong: validation says what is wrong with it, under the field.
    void takeTyped() { take(valueOf(m_field, *m_line)); }
    /// Shows every value that the slider can take, and what is typed up to it.
    int boxWidth() const
    {
        const QFontMetrics metrics(m_line->font());
        int width = metrics.horizontalAdvance(QStringLiteral("00000"));
        for (int i = 0; i <= m_slider->maximum(); i += std::max(1, m_slider->maximum() / 100))
            width = std::max(width, metrics.horizontalAdvance(QString::fromStdString(describe(valueAt(i)))));
        return width + kBoxPadding;
    }

    static constexpr int kBoxPadding = 18; // as in the style sheet, and the cursor
    Value m_value;
    TickedSlider* m_slider;
    QLineEdit* m_line;
};

} // namespace

FieldEditor::FieldEditor(const Field& field, QWidget* parent) : QWidget(parent), m_field(field) { }

void FieldEditor::name(QWidget* control)
{
    control->setObjectName(QStringLiteral("field.") + QString::fromStdString(m_field.key));
    control->setAccessibleName(toQString(m_field.label));
    control->setFocusPolicy(Qt::StrongFocus);
    WheelGuard::install(control);
    setFocusProxy(control);
    m_control = control;
    tell();
}

QString FieldEditor::help() const
{
    const QString help = toQString(m_field.help);
    return m_changedFrom.isEmpty() ? help : help + QLatin1Char('\n') + m_changedFrom;
}

void FieldEditor::tell()
{
    m_control->setAccessibleDescription(m_problem.isEmpty() ? help() : m_problem + QStringLiteral(". ") + help());
    m_control->setToolTip(help());
}

void FieldEditor::setChangedFrom(const QString& before)
{
    if (m_changedFrom == before) return;
    m_changedFrom = before;
    tell();
}

void FieldEditor::setProblem(const QString& problem)
{
    if (m_problem != problem) {
        m_problem = problem;
        tell();
    }
    QWidget* marked = m_marked ? m_marked : m_control;
    if (marked->property("wrong").toBool() == !problem.isEmpty()) return;
    marked->setProperty("wrong", !problem.isEmpty());
    restyle(*marked);
}

FieldEditor* FieldEditor::make(const Field& field, QWidget* parent)
{
    switch (field.kind) {
    case Field::Kind::Choice:
    case Field::Kind::Name: return new ChoiceEditor(field, parent);
    case Field::Kind::Flag: return new FlagEditor(field, parent);
    case Field::Kind::File: return new FileEditor(field, parent);
    case Field::Kind::Int:
    case Field::Kind::Real: break;
    }
    if (field.live) return new SliderEditor(field, parent);
    return new NumberEditor(field, parent);
}

} // namespace bitstill
