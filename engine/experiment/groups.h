#pragma once

#include "engine/data/catalogue.h"
#include "engine/distill/method.h"
#include "engine/experiment/context.h"
#include "engine/experiment/fields.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"
#include "engine/quant/aware.h"

namespace bitstill {

/// Fields that several experiments share, and what they mean. An experiment's table is put together from these.
Fields dataFields();
Fields modelFields();
Fields trainFields(int epochs);
/// quant.bits, quant.scheme, quant.granularity; all live.
Fields quantFields();
/// quant.activation_bits; live, with "float" among the choices.
Field activationBitsField();
/// quant.aware_epochs, quant.aware_method.
Fields awareFields(int epochs);
/// quant.format, live: integers (kIntegerFormat) or one of the number formats.
Field formatField();
inline constexpr const char* kIntegerFormat = "integer";
/// Null for integers.
const NumberFormat* quantFormat(const Spec& spec);
/// quant.observer, quant.calibration, quant.profile, quant.edges_at_8.
Fields calibrationFields();
/// distill.teacher, distill.teacher_epochs: a network that teaches.
Fields teacherFields();
/// The same with distill.ensemble and distill.teacher_file: several of them, or one that was saved.
Fields teachersFields();
/// distill.teacher_data: what the teacher has seen.
Field teacherDataField();
/// distill.temperature, logarithmic and live.
Field temperatureField(double initial);
/// The student: model.name, a small one.
Field studentField();
/// How a student is taught: the student, distill.labels, .pool, .seeds, .method, .knowledge, .temperature, .teacher_weight,
/// .feature_weight, .student_tap, .teacher_tap, .assistant.
Fields studentFields();
/// Those of studentFields() that make sense where several ways are compared; none is live.
Fields comparedStudentFields();
std::vector<Field::Choice> choicesOf(const std::vector<std::string>& values);

/// Where data.* say that the data set lies, and how it is made.
DatasetOptions datasetOptions(const Spec& spec);
/// The data set that data.* name; of a person's own files, shows how they were understood (figure "data"). Throws Stopped when the session
/// is stopped meanwhile.
Dataset loadData(Context& context);
TrainOptions trainOptions(const Spec& spec);
/// As `of` says of the spec, and from one epoch to the next as it says of the spec by then: a branch may have changed it at a mark.
TrainOptions followed(const Context& context, TrainOptions (*of)(const Spec& spec));
/// Keys of what TrainOptions::pace takes up but for the epochs; those besides are put behind.
std::vector<std::string> paceKeys(std::vector<std::string> others);
/// As trainOptions, for distill.teacher_epochs.
TrainOptions teacherOptions(const Spec& spec);
DistillSettings distillSettings(const Spec& spec);
/// All training samples in an order of their own (stream "labels"); the first distill.labels of them are the labelled ones.
std::vector<std::uint32_t> labelOrder(const Spec& spec, const Dataset& data);
std::size_t labelCount(const Spec& spec, const Dataset& data);
Scheme quantScheme(const Spec& spec);
Granularity quantGranularity(const Spec& spec);
int quantActivationBits(const Spec& spec);
AwareMethod quantAwareMethod(const Spec& spec);
/// How long and how fast aware training goes on: quant.aware_epochs at a fifth of the learning rate.
TrainOptions awareOptions(const Spec& spec);
Calibration quantCalibration(const Spec& spec);
Profile quantProfile(const Spec& spec);
/// "4-bit symmetric, per tensor"
Text quantName(const Spec& spec);
/// Layers with weights of the network model.name, in their order; none where the name is no network's for such data.
std::vector<std::string> weightLayers(const Values& values);
/// A problem where the field names, with spaces between, layers that are none of those.
Problem layersProblem(const Values& values, const std::string& field);
/// What distill.* taps can name: the nodes of the network of this field.
Problem nodeProblem(const Values& values, const std::string& model, const std::string& field);
/// Classes and test samples of data.set, 0 where only its files tell.
std::int64_t knownClasses(const Values& values);
std::int64_t knownTestSamples(const Values& values);

/// What to say when training has diverged.
Text divergenceAdvice(const Spec& spec, long step);
/// The name of a class, its number where it has none.
std::string className(const Dataset& data, std::size_t c);
/// Throws Diverged when a logit is no number.
void refuseNonsense(const Logits& logits, const Spec& spec);

} // namespace bitstill
