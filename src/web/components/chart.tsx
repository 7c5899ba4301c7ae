/** A chart: a plot in the page's colours on a canvas, its legend, and words for those who do not see it. */
import { Chart as Canvas } from 'chart.js';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { configurationOf, type Reach } from './drawing.ts';
import { Legend } from './legend.tsx';
import { marks } from './marks.ts';
import type { Plot } from './plot.ts';
import { useInk } from './useInk.ts';

interface ChartProps {
  /** The same object as long as it shows the same: each other one is drawn anew. */
  readonly plot: Plot;
  /** What the chart shows, for a screen reader. The numbers themselves stand in a table of the page. */
  readonly label: string;
  /** Pixels, with the legend. */
  readonly height?: number;
  readonly legend?: boolean;
  /** Which points are told about: the one under the pointer, or those above and below it. */
  readonly reach?: Reach;
}

export function Chart({ plot, label, height = 360, legend = true, reach = 'point' }: ChartProps) {
  const ink = useInk();
  const [, navigate] = useLocation();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const shown = useMemo(
    () => ({ ...plot, ink, series: plot.series.filter(({ name }) => !hidden.has(name)) }),
    [plot, ink, hidden],
  );
  const element = useRef<HTMLCanvasElement>(null);
  const canvas = useRef<Canvas<'line'> | null>(null);
  const drawn = useRef(shown);
  drawn.current = shown;
  const open = useRef(navigate);
  open.current = navigate;

  useEffect(() => {
    const own = new Canvas<'line'>(element.current!, {
      ...configurationOf(drawn.current, reach, (href) => open.current(href)),
      plugins: [marks(() => drawn.current)],
    });
    canvas.current = own;
    return () => own.destroy();
  }, [reach]);

  useEffect(() => {
    const own = canvas.current!;
    const { data, options } = configurationOf(shown, reach, (href) => open.current(href));
    own.data = data;
    own.options = options;
    own.update();
  }, [shown, reach]);

  const toggle = (name: string) =>
    setHidden((before) => {
      const after = new Set(before);
      if (!after.delete(name)) after.add(name);
      return after;
    });
  return (
    <div className="chart" style={{ height }}>
      {legend && <Legend entries={plot.series} hidden={hidden} onToggle={toggle} />}
      <div>
        <canvas ref={element} role="img" aria-label={label} />
      </div>
    </div>
  );
}
