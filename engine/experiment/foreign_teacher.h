#pragma once

#include "engine/experiment/teacher.h"

namespace bitstill {

/// distill.teacher_scale: what an .onnx or .tflite in distill.teacher_file expects of pixels.
Field foreignTeacherScaleField();
/// Is distill.teacher_file a network from elsewhere?
bool hasForeignTeacher(const Spec& spec);
/// What tells two of them apart for TeacherCache: the file's bytes, the data and their scale; empty where files hold the data.
std::string foreignTeacherKey(const Spec& spec);
/// What the classifier in distill.teacher_file says of every sample, a few hundred at a time: its logits, which have no network here.
/// Throws Error naming the field when it cannot run, is no classifier, knows other classes, or when the data do not fit it; Stopped.
Teacher foreignTeacher(const TrainingRunner& runner);

} // namespace bitstill
