/** Which models are asked: read from the address, with a choice that suits a first look. */
import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { PlaygroundModelFragment } from '../../api/operations.ts';

/** Students beside the teacher, where the address names no models. */
const defaultStudents = 4;

/** Whether a model is what was asked for: a name, name@version, or an alias. */
export const means = (model: PlaygroundModelFragment, asked: string): boolean =>
  model.name === asked || model.reference === asked || model.aliases.includes(asked);

/** The newest teacher first, then students: the best one, and the newest others. */
export function defaultNames(models: readonly PlaygroundModelFragment[]): string[] {
  const newest = [...models].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  const teachers = newest.filter(({ method }) => method === 'TEACHER');
  const teacher = teachers.find(({ aliases }) => aliases.includes('teacher')) ?? teachers[0];
  const others = newest.filter(({ method }) => method !== 'TEACHER');
  const isBest = (model: PlaygroundModelFragment) => Number(model.aliases.includes('best-student'));
  const isStudent = (model: PlaygroundModelFragment) => Number(model.method !== 'BASELINE');
  others.sort((a, b) => isBest(b) - isBest(a) || isStudent(b) - isStudent(a));
  return [...(teacher ? [teacher] : []), ...others.slice(0, defaultStudents)].map(({ name }) => name);
}

/** @returns the names in use, in the order of the address, and a setter that writes them there */
export function useModelSelection(
  models: readonly PlaygroundModelFragment[],
): [readonly string[], (names: readonly string[]) => void] {
  const search = useSearch();
  const [, navigate] = useLocation();
  const written = new URLSearchParams(search).get('models');
  const names = useMemo(() => {
    if (written === null) return defaultNames(models);
    const asked = written.split(',').filter((name) => name !== '');
    // An alias or a newest version shows as the model that it means; what is not listed (an older version, say) stays.
    return [...new Set(asked.map((name) => models.find((model) => means(model, name))?.name ?? name))];
  }, [models, written]);
  const select = useCallback(
    (chosen: readonly string[]) => {
      const after = new URLSearchParams(search);
      after.set('models', chosen.join(','));
      // A comma needs no escape there, and the address stays one that can be read.
      navigate(`?${after.toString().replaceAll('%2C', ',')}`, { replace: true });
    },
    [navigate, search],
  );
  return [names, select];
}
