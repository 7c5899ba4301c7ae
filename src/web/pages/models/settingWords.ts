/** Settings of a network or a training, as words: learningRate: 0.001 as "Learning rate" and "0.001". */
import { count } from '../../components/format.ts';
import type { Fact } from './factsTable.tsx';

export function settingFacts(settings: Record<string, unknown>): Fact[] {
  return Object.entries(settings).map(([name, value]) => [settingName(name), settingValue(value)]);
}

const settingName = (name: string): string => {
  const spaced = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};

function settingValue(value: unknown): string {
  if (value === null || value === undefined) return 'not set';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(settingValue).join(', ');
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1e4) return count(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
