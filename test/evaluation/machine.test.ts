/** The machine line that goes into reports. */
import { availableParallelism } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { describeMachine } from '../../src/evaluation/machine.ts';

describe('describeMachine', () => {
  it('names the cores and the versions that latency depends on', () => {
    const machine = describeMachine();
    expect(machine).toContain(`${availableParallelism()} core`);
    expect(machine).toContain(`Node ${process.versions.node}`);
    expect(machine).toMatch(/onnxruntime-node \d+\.\d+\.\d+$/);
    expect(machine).not.toContain('\n');
  });
});
