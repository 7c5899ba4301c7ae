/** From a chart's description to an SVG file. */
import * as echarts from 'echarts';

interface Size {
  width: number;
  height: number;
}

/** @returns an SVG file; the same option gives the same file, whatever was drawn before */
export function svgOf(option: echarts.EChartsOption, size: Size = { width: 900, height: 520 }): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  chart.setOption({ animation: false, backgroundColor: '#ffffff', ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${renumbered(svg)}\n`;
}

/** Ids and classes count all charts of a process; the file should not depend on those drawn before. */
function renumbered(svg: string): string {
  const numbers = new Map<string, string>();
  return svg.replaceAll(/zr\d+-(\w+?-?)\d+/g, (id, kind: string) => {
    const known = numbers.get(id) ?? `${kind}${numbers.size}`;
    numbers.set(id, known);
    return known;
  });
}
