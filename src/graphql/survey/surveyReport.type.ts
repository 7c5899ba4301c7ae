/** What a survey found, as clients see it: src/survey/report.ts with names for GraphQL. */
import { Field, Float, ID, InterfaceType, Int, ObjectType } from 'type-graphql';
import { Method, SurveyAxis, SurveyTargets, Verdict } from '../enums.ts';
import { Latency } from '../model/latency.type.ts';
import { ClassificationMetrics, Interval } from '../model/model.type.ts';

@ObjectType({ description: 'How a model’s answers and the teacher’s go together, on the same reviews.' })
export class TeacherAgreement {
  @Field(() => Float, { description: 'Share of the reviews to which both give the same answer.' })
  agreement!: number;

  @Field(() => Int, { description: 'Reviews that the teacher alone gets right.' })
  onlyTeacherRight!: number;

  @Field(() => Int, { description: 'Reviews that the model alone gets right.' })
  onlyModelRight!: number;
}

@InterfaceType({ description: 'A model on the test reviews.' })
export abstract class SurveyMeasurement {
  @Field(() => ID, { description: 'name@version' })
  model!: string;

  @Field(() => String, { description: 'The network with its size.' })
  architecture!: string;

  @Field(() => Method, { description: 'How the model was made.' })
  method!: string;

  @Field(() => Int, { description: 'Trained numbers.' })
  parameters!: number;

  @Field(() => Float, { description: 'Bytes of model.onnx.' })
  fileBytes!: number;

  @Field(() => String, { description: 'Of model.onnx, in hexadecimal digits.' })
  sha256!: string;

  @Field(() => ClassificationMetrics, { description: 'How good the answers were.' })
  metrics!: ClassificationMetrics;

  @Field(() => Latency, { description: 'How long one review takes.' })
  latency!: Latency;

  @Field(() => TeacherAgreement, { description: 'Beside the teacher’s answers.' })
  teacher!: TeacherAgreement;
}

@ObjectType({ implements: SurveyMeasurement, description: 'The teacher, or a model beside the students.' })
export class SurveyModelResult extends SurveyMeasurement {}

@ObjectType({ description: 'A point of a learning curve.' })
export class CurvePoint {
  @Field(() => String, { description: 'The phase of training.' })
  phase!: string;

  @Field(() => Int, { description: '1-based within the phase.' })
  epoch!: number;

  @Field(() => Float, { description: 'Mean loss of its steps.' })
  loss!: number;

  @Field(() => Float, { nullable: true, description: 'On validation reviews, after the epoch.' })
  validationAccuracy!: number | null;
}

@ObjectType({ implements: SurveyMeasurement, description: 'A trained student of a survey.' })
export class SurveyRunResult extends SurveyMeasurement {
  @Field(() => ID, { description: 'The run’s key in the survey.' })
  key!: string;

  @Field(() => ID, { description: 'The run.' })
  runId!: string;

  @Field(() => ID, { description: 'The cell that it belongs to.' })
  cell!: string;

  @Field(() => Int, { description: 'Its seed.' })
  seed!: number;

  @Field(() => ID, { nullable: true, description: 'The key of the run whose model it went on from.' })
  parent!: string | null;

  @Field(() => [CurvePoint], { description: 'Its learning curve.' })
  epochs!: CurvePoint[];

  @Field(() => Float, { description: 'From its start to its end.' })
  seconds!: number;
}

@ObjectType({ description: 'A mean over seeds.' })
export class MeanOverSeeds {
  @Field(() => Float, { description: 'The mean.' })
  mean!: number;

  @Field(() => Interval, { nullable: true, description: 'Student’s t, 95 %; null for one seed.' })
  interval!: Interval | null;
}

@InterfaceType({
  description: 'What a student is and learns from; null where a setting means nothing to it.',
})
export abstract class SurveyCondition {
  @Field(() => String, { description: 'The network with its size.' })
  architecture!: string;

  @Field(() => SurveyTargets, { description: 'What it learns from.' })
  targets!: string;

  @Field(() => Float, { nullable: true, description: 'Of the soft targets.' })
  temperature!: number | null;

  @Field(() => Float, { nullable: true, description: 'Weight of the labels’ loss beside them.' })
  hardLabelWeight!: number | null;

  @Field(() => Int, { nullable: true, description: 'Labelled reviews; null: all of them.' })
  labelled!: number | null;

  @Field(() => Int, { nullable: true, description: 'Extra unlabelled reviews.' })
  unlabelled!: number | null;

  @Field(() => Boolean, { description: 'Whether the other training reviews are used without labels.' })
  restUnlabelled!: boolean;
}

@ObjectType({ implements: SurveyCondition, description: 'A condition, over its seeds.' })
export class SurveyCell extends SurveyCondition {
  @Field(() => ID, { description: 'Its name within the survey.' })
  id!: string;

  @Field(() => [Int], { description: 'Seeds whose runs succeeded.' })
  seeds!: number[];

  @Field(() => [ID], { description: 'The keys of those runs.' })
  runs!: string[];

  @Field(() => MeanOverSeeds, { description: 'Share of right answers.' })
  accuracy!: MeanOverSeeds;

  @Field(() => MeanOverSeeds, { description: 'Of the positive class.' })
  precision!: MeanOverSeeds;

  @Field(() => MeanOverSeeds, { description: 'Of the positive class.' })
  recall!: MeanOverSeeds;

  @Field(() => MeanOverSeeds, { description: 'Harmonic mean of both.' })
  f1!: MeanOverSeeds;

  @Field(() => MeanOverSeeds, { description: 'Expected calibration error.' })
  calibrationError!: MeanOverSeeds;

  @Field(() => MeanOverSeeds, { description: 'With the teacher.' })
  agreement!: MeanOverSeeds;
}

@ObjectType({ implements: SurveyCondition, description: 'A point of a grid.' })
export class SurveyPoint extends SurveyCondition {
  @Field(() => ID, { description: 'The cell that it lies on.' })
  cell!: string;
}

@ObjectType({ description: 'Two runs of the same seed.' })
export class SeedPair {
  @Field(() => Int, { description: 'The seed.' })
  seed!: number;

  @Field(() => ID, { description: 'The key of the point’s run.' })
  run!: string;

  @Field(() => ID, { description: 'The key of the reference’s run.' })
  reference!: string;

  @Field(() => Float, { description: 'Accuracy of the point minus that of the reference.' })
  difference!: number;

  @Field(() => Float, { description: 'Of McNemar’s exact test, uncorrected.' })
  pValue!: number;

  @Field(() => Int, { description: 'Reviews that only the point’s model gets right.' })
  onlyPoint!: number;

  @Field(() => Int, { description: 'Reviews that only the reference’s model gets right.' })
  onlyReference!: number;
}

@ObjectType({
  description: 'A point of a grid against its reference: pairs of one seed, on the same reviews.',
})
export class SurveyComparison {
  @Field(() => SurveyAxis, { description: 'What the two differ in.' })
  axis!: string;

  @Field(() => SurveyPoint, { description: 'The point.' })
  point!: SurveyPoint;

  @Field(() => SurveyPoint, { description: 'What it is compared with.' })
  reference!: SurveyPoint;

  @Field(() => MeanOverSeeds, { description: 'Accuracy of the point minus that of the reference.' })
  difference!: MeanOverSeeds;

  @Field(() => Interval, { description: 'Of the mean, over reviews like these (paired bootstrap, 95 %).' })
  overReviews!: Interval;

  @Field(() => Float, {
    description:
      'The largest over seeds of McNemar’s p values, corrected for the comparisons along this axis of the grid (Holm).',
  })
  pValue!: number;

  @Field(() => Verdict, { description: 'Whether the difference is real.' })
  verdict!: string;

  @Field(() => [SeedPair], { description: 'Seed by seed.' })
  pairs!: SeedPair[];
}

@ObjectType({ description: 'A published figure and the cell that measured the same.' })
export class PublishedResult {
  @Field(() => String, { description: 'The network with its size.' })
  architecture!: string;

  @Field(() => SurveyTargets, { description: 'What it learnt from.' })
  targets!: string;

  @Field(() => Float, { description: 'As published.' })
  accuracy!: number;

  @Field(() => Float, { nullable: true, description: 'As published.' })
  precision!: number | null;

  @Field(() => Float, { nullable: true, description: 'As published.' })
  recall!: number | null;

  @Field(() => ID, { nullable: true, description: 'The measured cell; null where it is not in the grid.' })
  cell!: string | null;
}

@ObjectType({ description: 'A question and its answer.' })
export class SurveyGrid {
  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => String, { description: 'What it is to answer.' })
  question!: string;

  @Field(() => String, { description: 'The answer in two sentences.' })
  answer!: string;

  @Field(() => [SurveyPoint], { description: 'Its points.' })
  points!: SurveyPoint[];

  @Field(() => [SurveyComparison], { description: 'Each point against its references.' })
  comparisons!: SurveyComparison[];

  @Field(() => [PublishedResult], { description: 'Figures to stand beside.' })
  published!: PublishedResult[];
}

@ObjectType({ description: 'A planned run that came to nothing.' })
export class MissingRun {
  @Field(() => ID, { description: 'Its key in the survey.' })
  key!: string;

  @Field(() => ID, { description: 'The cell that it belongs to.' })
  cell!: string;

  @Field(() => Int, { description: 'Its seed.' })
  seed!: number;

  @Field(() => String, { description: 'Why.' })
  reason!: string;
}

@ObjectType({ description: 'A test review that many students answer otherwise than the teacher.' })
export class DividedReview {
  @Field(() => ID, { description: 'Its identifier in the dataset.' })
  id!: string;

  @Field(() => Int, { description: '0 negative, 1 positive.' })
  label!: number;

  @Field(() => Int, { description: 'The teacher’s answer: 0 negative, 1 positive.' })
  teacherClass!: number;

  @Field(() => Float, { description: 'The teacher’s probability of positive.' })
  teacherPositive!: number;

  @Field(() => Int, { description: 'Students that give the other answer.' })
  studentsAgainst!: number;
}

@ObjectType({ description: 'The reviews of a survey, counted.' })
export class SurveyDataset {
  @Field(() => String, { description: 'The dataset’s name.' })
  name!: string;

  @Field(() => String, { description: 'sha256 over texts, labels and splits.' })
  fingerprint!: string;

  @Field(() => Int, { description: 'Labelled reviews to train on.' })
  trainReviews!: number;

  @Field(() => Int, { description: 'Reviews that choose the best epoch.' })
  validationReviews!: number;

  @Field(() => Int, { description: 'Reviews that all numbers are measured on.' })
  testReviews!: number;

  @Field(() => Int, { description: 'Unlabelled reviews.' })
  unlabelledReviews!: number;
}

@ObjectType({ description: 'What a survey found; every number with the runs that it comes from.' })
export class SurveyReport {
  @Field(() => SurveyDataset, { description: 'The reviews.' })
  dataset!: SurveyDataset;

  @Field(() => String, { description: 'The machine that latencies belong to.' })
  machine!: string;

  @Field(() => Int, { description: 'Threads of each session when measuring latency.' })
  threads!: number;

  @Field(() => String, { description: 'When it was made.' })
  createdAt!: string;

  @Field(() => SurveyModelResult, { description: 'The teacher.' })
  teacher!: SurveyModelResult;

  @Field(() => [SurveyModelResult], { description: 'Models measured beside the students.' })
  beside!: SurveyModelResult[];

  @Field(() => [SurveyRunResult], { description: 'All trained students.' })
  runs!: SurveyRunResult[];

  @Field(() => [SurveyCell], { description: 'Conditions, over their seeds.' })
  cells!: SurveyCell[];

  @Field(() => [SurveyGrid], { description: 'Questions with their answers.' })
  grids!: SurveyGrid[];

  @Field(() => [MissingRun], { description: 'Planned runs that came to nothing.' })
  missing!: MissingRun[];

  @Field(() => [DividedReview], {
    description: 'The reviews that most students answer otherwise than the teacher.',
  })
  divided!: DividedReview[];
}
