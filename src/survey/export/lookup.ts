/** Finds what a report refers to by id. */
import type { Condition, GridPoint } from '../plan.ts';
import type { CellResult, GridResult, PublishedResult, RunResult, SurveyReport } from '../report.ts';

interface MeasuredPoint {
  readonly point: GridPoint;
  readonly cell: CellResult;
}

export class Lookup {
  readonly #cells: ReadonlyMap<string, CellResult>;
  readonly #runs: ReadonlyMap<string, RunResult>;
  readonly #conditions: ReadonlyMap<string, Condition>;

  constructor({ cells, runs, grids }: SurveyReport) {
    this.#cells = new Map(cells.filter((cell) => cell.runs.length > 0).map((cell) => [cell.id, cell]));
    this.#runs = new Map(runs.map((run) => [run.key, run]));
    const points = grids.flatMap((grid) =>
      grid.points.map((point): [string, Condition] => [point.cell, point]),
    );
    // A cell says better what it is than a point that happens to lie on it
    this.#conditions = new Map<string, Condition>([...points, ...this.#cells]);
  }

  /** Nothing where none of its runs succeeded. */
  cell(id: string): CellResult | undefined {
    return this.#cells.get(id);
  }

  run(key: string): RunResult | undefined {
    return this.#runs.get(key);
  }

  runsOf({ runs }: CellResult): RunResult[] {
    return runs.flatMap((key) => this.#runs.get(key) ?? []);
  }

  /** What a cell is, also where none of its runs succeeded; nothing where it stands in no grid either. */
  condition(cell: string): Condition | undefined {
    return this.#conditions.get(cell);
  }

  /** The points of a grid whose cells have runs. */
  measured({ points }: GridResult): MeasuredPoint[] {
    return points.flatMap((point) => {
      const cell = this.cell(point.cell);
      return cell ? [{ point, cell }] : [];
    });
  }
}

/** What was published of a point; nothing where nothing was. */
export function publishedOf({ published }: GridResult, point: GridPoint): PublishedResult | undefined {
  return published.find(
    ({ cell, architecture, targets }) =>
      cell === point.cell && architecture === point.architecture && targets === point.targets,
  );
}
