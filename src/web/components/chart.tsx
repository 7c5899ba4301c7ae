/** A chart: what ECharts draws of its options, in the page's colours, with words for those who do not see it. */
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { init, use, type ComposeOption, type ECharts } from 'echarts/core';
import type {
  BarSeriesOption,
  CustomSeriesOption,
  LineSeriesOption,
  ScatterSeriesOption,
} from 'echarts/charts';
import type { GridComponentOption, LegendComponentOption, TooltipComponentOption } from 'echarts/components';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { useInk } from './useInk.ts';

use([
  BarChart,
  CanvasRenderer,
  CustomChart,
  GridComponent,
  LegendComponent,
  LineChart,
  MarkLineComponent,
  ScatterChart,
  TooltipComponent,
]);

export type ChartOption = ComposeOption<
  | BarSeriesOption
  | CustomSeriesOption
  | LineSeriesOption
  | ScatterSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | TooltipComponentOption
>;

export interface ChartProps {
  readonly option: ChartOption;
  /** What the chart shows, for a screen reader. The numbers themselves stand in a table of the page. */
  readonly label: string;
  /** Pixels. */
  readonly height?: number;
  /** A point, a bar or a line was clicked. */
  readonly onPick?: (picked: { name: string; seriesName: string; dataIndex: number }) => void;
}

export function Chart({ option, label, height = 320, onPick }: ChartProps) {
  const ink = useInk();
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const pick = useRef(onPick);
  pick.current = onPick;

  useEffect(() => {
    const own = init(element.current!, null, { renderer: 'canvas' });
    chart.current = own;
    own.on('click', ({ name, seriesName = '', dataIndex }) =>
      pick.current?.({ name, seriesName, dataIndex }),
    );
    const observer = new ResizeObserver(() => own.resize());
    observer.observe(element.current!);
    return () => {
      observer.disconnect();
      own.dispose();
    };
  }, []);

  useEffect(() => {
    const { text, faint, surface } = ink;
    // Axes are completed here, since every chart wants them in the page's ink.
    const inked = (axes: unknown) =>
      (Array.isArray(axes) ? axes : [axes]).map((own: Record<string, object | undefined>) => ({
        ...own,
        axisLabel: { color: text, ...own.axisLabel },
        axisLine: { lineStyle: { color: faint }, ...own.axisLine },
        nameTextStyle: { color: text, ...own.nameTextStyle },
        splitLine: { lineStyle: { color: faint }, ...own.splitLine },
      }));
    chart.current?.setOption(
      {
        animation: false,
        textStyle: { color: text, fontFamily: 'system-ui, sans-serif' },
        ...option,
        // Text drawn on the canvas: a tooltip of elements would bring styles that the page's policy forbids.
        tooltip: {
          renderMode: 'richText',
          backgroundColor: surface,
          borderColor: faint,
          textStyle: { color: text },
          ...option.tooltip,
        },
        legend: { textStyle: { color: text }, ...option.legend },
        xAxis: inked((option as { xAxis?: unknown }).xAxis ?? {}),
        yAxis: inked((option as { yAxis?: unknown }).yAxis ?? {}),
      },
      { notMerge: true },
    );
  }, [option, ink]);

  return <div ref={element} className="chart" style={{ height }} role="img" aria-label={label} />;
}
