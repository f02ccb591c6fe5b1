/** Values of the words in braces in request paths: versions and tokens, separate for each server. */
import { BASE } from './fixtures.ts';
import { sendJson } from './sides.ts';
import type { Side, ComparisonEnvironment } from './environment.ts';

/** Lists whose continue tokens are needed. */
const PAGES: Readonly<Record<string, string>> = {
  page: 'namespaces/cmp-a/flunders?limit=2',
  pageOfAll: 'flunders?limit=3&labelSelector=app',
  pageSelected: 'namespaces/cmp-a/flunders?limit=1&labelSelector=app%3Dweb',
  pageExact: 'namespaces/cmp-a/flunders?limit=2&resourceVersion={a.gone#2}&resourceVersionMatch=Exact',
  pageOfRacks: 'cmp-racks?limit=2',
};

/** The contents of hand-made tokens. */
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

/** Older than all kept history: the first revision of the store. */
const ANCIENT = 1n;
/** A revision that is not reached during the comparison. */
const AHEAD = 1_000_000n;

export class Placeholders {
  readonly #environment: ComparisonEnvironment;
  readonly #side: Side;
  readonly #tokens = new Map<string, string>();

  private constructor(environment: ComparisonEnvironment, side: Side) {
    this.#environment = environment;
    this.#side = side;
  }

  /** Requests the tokens. */
  static async of(environment: ComparisonEnvironment, side: Side): Promise<Placeholders> {
    const placeholders = new Placeholders(environment, side);
    for (const [name, path] of Object.entries(PAGES)) {
      const { text } = placeholders.fill(`${BASE}/${path}`);
      const { metadata } = await sendJson(side.target, { path: text });
      if (typeof metadata.continue !== 'string' || metadata.continue === '')
        throw new Error(`${text} has no second page`);
      placeholders.#tokens.set(name, metadata.continue);
    }
    for (const [name, content] of Object.entries(MADE)) {
      placeholders.#tokens.set(name, Buffer.from(placeholders.fill(content).text).toString('base64url'));
    }
    return placeholders;
  }

  /** Returns the text with its placeholders replaced, and the values by name. */
  fill(template: string): { readonly text: string; readonly requestValues: ReadonlyMap<string, string> } {
    const requestValues = new Map<string, string>();
    const text = template.replaceAll(/\{([a-zA-Z][\w.#-]*)\}/g, (_match, name: string) => {
      const value = this.#tokens.get(name) ?? this.#version(name, template);
      requestValues.set(name, value);
      return value;
    });
    return { text, requestValues };
  }

  #version(name: string, path: string): string {
    const notation = this.#side.notation(path);
    const { revisions } = this.#environment;
    if (name === 'future') return notation.write(revisions.last + AHEAD);
    return notation.write(name === 'ancient' ? ANCIENT : revisions.of(name));
  }
}
