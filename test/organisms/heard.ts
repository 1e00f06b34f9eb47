import type { Engine } from '../../src/engine/index.ts';

/** An engine that keeps, of every text that a program is given whole, the first `width` tokens, in the order in which it is given them. */
export function heardBy(engine: Engine, width: number): { readonly engine: Engine; readonly heard: number[][] } {
  const heard: number[][] = [];
  const compile: Engine['compile'] = async (key, fn, signature) => {
    const program = await engine.compile(key, fn, signature);
    const [B = 0, T = 0] = signature.inputs.tokens?.shape ?? [];
    return {
      run(state, inputs) {
        if (T >= width) for (let b = 0; b < B; b++) heard.push([...inputs.tokens!.slice(b * T, b * T + width)]);
        return program.run(state, inputs);
      },
    };
  };
  const { backend, description, threads } = engine;
  return {
    heard,
    engine: {
      ...{ backend, description, threads, compile },
      createState: (values) => engine.createState(values),
      dispose: () => engine.dispose(),
    },
  };
}
