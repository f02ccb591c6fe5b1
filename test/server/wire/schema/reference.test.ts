/** Comparison with the recorded responses of the reference server, case by case, and the known differences. */
import { expect } from 'chai';
import type { Json } from '../../../../src/server/wire/object.ts';
import { type CompiledSchema, compileSchema } from '../../../../src/server/wire/schema/compile-schema.ts';
import type { JsonObject } from '../../../../src/server/wire/json.ts';
import { CASES, resourceSchema } from './cases.ts';
import { DIFFERENT_CASES, DIFFERENT_SCHEMAS } from './differences.ts';
import { ANSWERS, type CaseAnswer, type Cause } from './reference-answers.ts';
import { REFUSED } from './refused-schemas.ts';
import { STATUSES, statusSchema, UPDATES, updateSchema } from './update-cases.ts';

const inOrder = (causes: readonly Cause[]): readonly Cause[] =>
  causes
    .map(({ reason, message, field }) => ({ reason, message, field }) as Cause)
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

const object = (spec: Json): JsonObject<Json> => ({
  apiVersion: 'schema.test.example.org/v1',
  kind: 'probes',
  metadata: { name: 'a' },
  spec,
});

/** Returns the result of a create. */
const created = (schema: CompiledSchema, name: string, value: Json): CaseAnswer => {
  const { object: known, unknown } = schema.pruned(object(Object.fromEntries([[name, value]])));
  const whole = schema.defaulted(known);
  const causes = schema.validate(whole);
  if (causes.length > 0) return { name, value, unknown, causes: inOrder(causes as readonly Cause[]) };
  const spec = whole['spec'] as JsonObject<Json>;
  return { name, value, unknown, ...(Object.hasOwn(spec, name) ? { result: spec[name] as Json } : {}) };
};

const rowName = (name: string, value: Json): string => `${name} of ${JSON.stringify(value)}`;

describe('a compiled schema', () => {
  const schema = compileSchema(resourceSchema);

  for (const answer of ANSWERS.cases) {
    const row = rowName(answer.name, answer.value);
    const difference = DIFFERENT_CASES.get(row);
    if (difference === undefined) {
      it(`responds like the reference server to ${row}`, () => {
        const expected = answer.causes === undefined ? answer : { ...answer, causes: inOrder(answer.causes) };
        expect(created(schema, answer.name, answer.value)).to.deep.equal(expected);
      });
    } else {
      it(`responds differently from the reference server to ${row}: ${difference.because}`, () => {
        const { unknown: _, ...ours } = created(schema, answer.name, answer.value);
        const { unknown: __, ...theirs } = answer;
        expect(ours).to.deep.equal({ name: answer.name, value: answer.value, ...difference.ours });
        expect(ours).not.to.deep.equal(theirs);
      });
    }
  }

  it('covers all questions to the reference server', () => {
    const rows = CASES.flatMap(({ name, values }) => values.map((value) => rowName(name, value)));
    expect(ANSWERS.cases.map(({ name, value }) => rowName(name, value))).to.deep.equal(rows);
    expect([...DIFFERENT_CASES.keys()].filter((row) => !rows.includes(row))).to.deep.equal([]);
  });
});

describe('compileSchema()', () => {
  for (const { name, schema } of REFUSED) {
    const theirs = ANSWERS.refused[name] ?? [];
    const ours = DIFFERENT_SCHEMAS.get(name);
    const taken = ours === undefined && theirs.length === 0;
    it(`${taken ? 'accepts' : 'rejects'} ${name}${ours === undefined ? '' : ', unlike the reference server'}`, () => {
      if (taken) {
        expect(() => compileSchema(schema)).not.to.throw();
        return;
      }
      const texts =
        ours === undefined
          ? theirs.map(({ field, message }) =>
              `${field}: ${message}`.replaceAll('spec.validation.openAPIV3Schema', 'schema'),
            )
          : [ours];
      const thrown = ((): unknown => {
        try {
          compileSchema(schema);
        } catch (error) {
          return error;
        }
        return undefined;
      })();
      expect(thrown).to.be.instanceOf(TypeError);
      const told = (thrown as Error).message.replace('the schema cannot be used: ', '').split('; ');
      expect(told.toSorted()).to.deep.equal(texts.toSorted());
    });
  }
});

describe('an update', () => {
  const schema = compileSchema(updateSchema);

  for (const { name, old, changed } of UPDATES) {
    it(`gives the result of the reference server: ${name}`, () => {
      const causes = schema.validate(object(changed), object(old));
      expect(inOrder(causes as readonly Cause[])).to.deep.equal(inOrder(ANSWERS.updates[name] ?? []));
    });
  }
});

describe('an update of a status', () => {
  const schema = compileSchema(statusSchema);

  for (const { name, status } of STATUSES) {
    it(`gives the result of the reference server: ${name}`, () => {
      const old = { ...object({}), status: { phase: 'ok', done: false } };
      const changed = schema.defaulted({ ...object({}), status });
      const causes = schema.validateStatus(changed, old);
      expect(inOrder(causes as readonly Cause[])).to.deep.equal(inOrder(ANSWERS.statuses[name] ?? []));
    });
  }
});
