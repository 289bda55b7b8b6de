#pragma once

/// Each prints what it measured.

/// From the start of the process to the first painted window.
void benchFirstWindow();
/// From the slider of the bits to a painted accuracy under them: on 1,000 test samples while the network trains, or on all of them after
/// it.
void benchBits(const char* model, bool whileItTrains, int moves);
/// From the slider of the temperature to painted soft labels, while the network that they come from trains.
void benchTemperature(int moves);
/// Figures a second, the longest gap in the event loop, and how much longer a training takes with the window than without.
void benchTraining();
