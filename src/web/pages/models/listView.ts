/** How the list of models is filtered and sorted, as the address says. */
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import type { Method, ModelsRowFragment } from '../../api/operations.ts';
import { methodNames } from '../../components/colours.ts';
import { columns } from './columns.tsx';

export interface ListView {
  /** Part of a name, an architecture or an alias. */
  readonly words: string;
  readonly method: Method | null;
  readonly dataset: string | null;
  /** A column's key. */
  readonly sort: string;
  readonly down: boolean;
  readonly ofSurveys: boolean;
}

export const methods = Object.keys(methodNames) as Method[];

export function useListView(): [ListView, (change: Record<string, string | null>) => void] {
  const [search, setSearch] = useSearchParams();
  const view = useMemo(() => {
    const sort = search.get('sort') ?? '-accuracy';
    return {
      words: search.get('q') ?? '',
      method: methods.find((known) => known === search.get('method')) ?? null,
      dataset: search.get('dataset'),
      sort: sort.replace(/^-/, ''),
      down: sort.startsWith('-'),
      ofSurveys: search.has('surveys'),
    };
  }, [search]);
  /** null or nothing takes a part out of the address. */
  const change = (parts: Record<string, string | null>) =>
    setSearch(
      (before) => {
        for (const [name, value] of Object.entries(parts))
          if (value) before.set(name, value);
          else before.delete(name);
        return before;
      },
      { replace: true },
    );
  return [view, change];
}

export function listed(models: readonly ModelsRowFragment[], view: ListView): ModelsRowFragment[] {
  const asked = view.words.trim().toLowerCase();
  const found = models.filter(
    ({ name, architecture, aliases, method, dataset }) =>
      (view.method === null || method === view.method) &&
      (view.dataset === null || dataset?.name === view.dataset) &&
      [name, architecture, ...aliases].some((text) => text.toLowerCase().includes(asked)),
  );
  const { value } = columns.find(({ key }) => key === view.sort) ?? columns[0]!;
  const sign = view.down ? -1 : 1;
  return found.sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    // What is not known comes last, whichever way the others go.
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
    return sign * String(x).localeCompare(String(y), 'en', { numeric: true });
  });
}
