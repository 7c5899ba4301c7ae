/** Jest's Node environment with the outer realm's typed arrays, so that `instanceof` holds for arrays made by native addons. */
import { TestEnvironment } from 'jest-environment-node';

const shared = {
  ArrayBuffer,
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8Array,
  Uint16Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
};

// The tests' own process.env is a copy that native libraries don't see
process.env.ORT_DISABLE_TELEMETRY = '1';
process.env.TF_CPP_MIN_LOG_LEVEL = '2';

export default class NativeArraysEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    Object.assign(this.global, shared);
  }
}
