/** Types of a survey's report, and how its conditions are put into words. */
import type { SurveyMeanFragment, SurveyPageReportQuery, SurveyPlaceFragment } from '../../api/operations.ts';
import { count, words } from '../../components/format.ts';

export type SurveyReport = NonNullable<SurveyPageReportQuery['survey']['report']>;
export type SurveyCell = SurveyReport['cells'][number];
export type SurveyGrid = SurveyReport['grids'][number];
export type SurveyPlace = SurveyPlaceFragment;
export type SurveyMean = SurveyMeanFragment;

export const targetNames = {
  SCRATCH: 'from scratch',
  SOFT: 'soft targets',
  SOFT_THEN_HARD: 'soft, then hard',
} as const;

/** Settings that may vary within a grid, beside the network and the targets. */
export const settings = ['labelled', 'unlabelled', 'temperature', 'hardLabelWeight'] as const;
export type Setting = (typeof settings)[number];

export const settingNames: Record<Setting, string> = {
  labelled: 'Labelled reviews',
  unlabelled: 'Extra unlabelled reviews',
  temperature: 'Temperature',
  hardLabelWeight: 'Weight of hard labels',
};

type Condition = Pick<SurveyPlace, 'architecture' | 'targets' | Setting>;

/** What a setting is in words; of a student from scratch most mean nothing. */
export function settingText(place: Condition, setting: Setting): string {
  const value = place[setting];
  if (value === null) return setting === 'labelled' ? 'all' : '–';
  return setting === 'labelled' || setting === 'unlabelled' ? count(value) : String(value);
}

/** Settings that differ among the points to which they mean something. */
export function varying(places: readonly Condition[]): Setting[] {
  return settings.filter((setting) => {
    const meant = setting === 'labelled' ? places : places.filter((place) => place[setting] !== null);
    return new Set(meant.map((place) => place[setting])).size > 1;
  });
}

/** A condition in a few words, with those settings alone that its grid varies. */
export function placeText(place: Condition, among: readonly Setting[]): string {
  const parts = among
    .filter((setting) => setting === 'labelled' || place[setting] !== null)
    .map((setting) => `${words(settingNames[setting])} ${settingText(place, setting)}`);
  return [place.architecture, targetNames[place.targets], ...parts].join(', ');
}

/** A mean share as "84.79 % ± 0.12"; ± is half of the 95 % interval over seeds. */
export function meanText({ mean, interval }: SurveyMean, digits = 2): string {
  const half = interval ? ` ± ${(50 * (interval.high - interval.low)).toFixed(digits)}` : '';
  return `${(100 * mean).toFixed(digits)}${half}`;
}

/** In the order in which an axis shows them: numbers by size, "all" and "–" last, networks as they came. */
export function compareSetting(a: number | null, b: number | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a - b;
}

/** Values by a key, in the order in which the keys came. */
export function grouped<Value, Key>(
  values: readonly Value[],
  keyOf: (value: Value) => Key,
): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}
