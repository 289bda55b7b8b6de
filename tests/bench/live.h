#pragma once

#include <QString>

/// Each prints what it measured.

/// From the start of the process to the first painted window: prints seconds, alone or in a sentence.
void benchFirstWindow(bool alone = false);
/// The same beside a history of 10,000 runs in this folder, which is filled first; then a search letter by letter, and two and eight runs
/// compared. On a disk in memory the filling takes a minute, elsewhere many.
void benchHistory(const QString& folder);
/// From the slider of the bits to a painted accuracy under them: on 1,000 test samples while the network trains, or on all of them after
/// it.
void benchBits(const char* model, bool whileItTrains, int moves);
/// From the slider of the temperature to painted soft labels, while the network that they come from trains.
void benchTemperature(int moves);
/// Figures a second, the longest gap in the event loop, and how much longer a training takes with the window than without.
void benchTraining();
