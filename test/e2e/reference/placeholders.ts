/** What stands in braces in the paths of requests: versions and tokens, of each server its own. */
import { BASE } from './fixtures.ts';
import { askJson } from './sides.ts';
import type { Side, Stage } from './stage.ts';

/** Lists whose continue token is asked for. */
const PAGES: Readonly<Record<string, string>> = {
  page: 'namespaces/cmp-a/flunders?limit=2',
  pageOfAll: 'flunders?limit=3&labelSelector=app',
  pageSelected: 'namespaces/cmp-a/flunders?limit=1&labelSelector=app%3Dweb',
  pageExact: 'namespaces/cmp-a/flunders?limit=2&resourceVersion={a.gone#2}&resourceVersionMatch=Exact',
  pageOfRacks: 'cmp-racks?limit=2',
};

/** What tokens made by hand hold. */
const MADE: Readonly<Record<string, string>> = {
  madeAtPast: '{"v":"meta.k8s.io/v1","rv":{a.gone#3},"start":"beta\\u0000"}',
  madeTooOld: '{"v":"meta.k8s.io/v1","rv":{ancient},"start":"beta\\u0000"}',
  madeTooOldOfAll: '{"v":"meta.k8s.io/v1","rv":{ancient},"start":"cmp-a/beta\\u0000"}',
  madeFresh: '{"v":"meta.k8s.io/v1","rv":-1,"start":"beta\\u0000"}',
  madeFuture: '{"v":"meta.k8s.io/v1","rv":{future},"start":"beta\\u0000"}',
  madeZero: '{"v":"meta.k8s.io/v1","rv":0,"start":"beta\\u0000"}',
  madeOtherVersion: '{"v":"meta.k8s.io/v2","rv":{start},"start":"beta\\u0000"}',
  madeEmptyStart: '{"v":"meta.k8s.io/v1","rv":{start},"start":""}',
  madeClimbing: '{"v":"meta.k8s.io/v1","rv":{start},"start":"../cmp-b/"}',
  madeUnclean: '{"v":"meta.k8s.io/v1","rv":{start},"start":"a//b"}',
  madeBroken: '{"v":"meta.k8s.io/v1","rv":',
  madeNegative: '{"v":"meta.k8s.io/v1","rv":-7,"start":"beta\\u0000"}',
  madeRooted: '{"v":"meta.k8s.io/v1","rv":{a.gone#3},"start":"/beta\\u0000"}',
};

/** Below everything that is kept: the first revision there was. */
const ANCIENT = 1n;
/** So far ahead that it is not reached while the comparison runs. */
const AHEAD = 1_000_000n;

export class Placeholders {
  readonly #stage: Stage;
  readonly #side: Side;
  readonly #tokens = new Map<string, string>();

  private constructor(stage: Stage, side: Side) {
    this.#stage = stage;
    this.#side = side;
  }

  /** Asks for the tokens. */
  static async of(stage: Stage, side: Side): Promise<Placeholders> {
    const placeholders = new Placeholders(stage, side);
    for (const [name, path] of Object.entries(PAGES)) {
      const { text } = placeholders.fill(`${BASE}/${path}`);
      const { metadata } = await askJson(side.target, { path: text });
      if (typeof metadata.continue !== 'string' || metadata.continue === '')
        throw new Error(`${text} has no second page`);
      placeholders.#tokens.set(name, metadata.continue);
    }
    for (const [name, content] of Object.entries(MADE)) {
      placeholders.#tokens.set(name, Buffer.from(placeholders.fill(content).text).toString('base64url'));
    }
    return placeholders;
  }

  /** The text with values in place of names, and the values by name. */
  fill(template: string): { readonly text: string; readonly given: ReadonlyMap<string, string> } {
    const given = new Map<string, string>();
    const text = template.replaceAll(/\{([a-zA-Z][\w.#-]*)\}/g, (_match, name: string) => {
      const value = this.#tokens.get(name) ?? this.#version(name, template);
      given.set(name, value);
      return value;
    });
    return { text, given };
  }

  #version(name: string, path: string): string {
    const notation = this.#side.notation(path);
    const { revisions } = this.#stage;
    if (name === 'future') return notation.write(revisions.last + AHEAD);
    return notation.write(name === 'ancient' ? ANCIENT : revisions.of(name));
  }
}
